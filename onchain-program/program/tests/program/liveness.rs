//! Silence, which the chain judges by its clock.

use arx_program::{
    client,
    error::ArxError,
    pda,
    state::{ClusterState, MissWindow, NodeStatus},
};
use arx_testing::harness::key;
use solana_signer::Signer;

use crate::court::{Court, STAKE, culprit};

#[test]
fn an_answer_in_time_earns_the_bond() {
    let mut court = Court::new();
    let address = court.stuck(1);
    let challenge = court.challenge(address, 0);
    court.must_submit(std::slice::from_ref(&challenge));
    court.must_refuse(&[challenge], ArxError::AlreadyExists);
    let node = culprit();
    let (payer, identity) = (node.fee_payer.pubkey(), node.identity.pubkey());
    let before = court.world.harness.lamports(&payer);
    let answer =
        client::answer_challenge(payer, identity, address, 4, [5; 32], b"the missing message".to_vec());
    // Nobody answers in another's name.
    let thief = court.world.harness.must_key("thief");
    let mut false_answer = answer.clone();
    false_answer.accounts[0].pubkey = thief.pubkey();
    let refusal = court.world.harness.must_refuse(&[false_answer], &[&thief]);
    assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");
    court.world.harness.must_send(std::slice::from_ref(&answer), &[&node.fee_payer]);
    assert_eq!(court.world.harness.lamports(&payer) - before, court.parameters.bond);
    let recorded = court.opened(address, 0).answer.expect("answered");
    assert_eq!((recorded.round, recorded.running_digest), (4, [5; 32]));
    assert_eq!(recorded.message_hash, arx_program::message::sha256(&[b"the missing message"]));
    let refusal = court.world.harness.must_refuse(&[answer], &[&node.fee_payer]);
    assert!(refusal.is(ArxError::ChallengeClosed), "{refusal}");
    let record = client::record_miss(
        court.world.harness.payer().pubkey(),
        &court.opened(address, 0),
        &court.parameters,
    );
    let refusal = court.world.harness.must_refuse(&[record], &[]);
    assert!(refusal.is(ArxError::ChallengeClosed), "{refusal}");
    // The challenger's rent comes back.
    let close = client::close_challenge(court.reporter.pubkey(), address, identity);
    court.world.harness.must_send(&[close], &[]);
}

#[test]
fn three_windows_of_silence_mean_jail_and_a_small_slash() {
    let mut court = Court::new();
    let address = court.stuck(1);
    let identity = court.identity(0);
    for strikes in 1..=2 {
        let missed = court.miss(address, &[0]);
        court.strike(&missed);
        assert_eq!(
            (court.node(identity).strikes, court.node(identity).status),
            (strikes, NodeStatus::Active)
        );
    }
    let missed = court.miss(address, &[0]);
    court.strike(&missed);
    let node = court.node(identity);
    assert_eq!((node.strikes, node.status), (0, NodeStatus::Jailed));
    assert_eq!(court.stake(identity).tokens, STAKE - STAKE / 1_000);
    assert_eq!(court.world.cluster().state, ClusterState::Frozen);
    court.check_vault();

    // In jail it does nothing, and it comes back only after its time and by itself.
    let (cold, cluster) = (culprit().authority, court.world.network.cluster);
    let unjail = client::unjail(cold.pubkey(), identity, cluster);
    let refusal = court.world.harness.must_refuse(std::slice::from_ref(&unjail), &[&cold]);
    assert!(refusal.is(ArxError::TooEarly), "{refusal}");
    let refusal = court.world.harness.must_refuse(&[client::drain_node(cold.pubkey(), identity)], &[&cold]);
    assert!(refusal.is(ArxError::WrongNodeState), "{refusal}");
    court.world.harness.warp_to(node.jailed_until);
    let thief = court.world.harness.must_key("thief");
    let steal = client::unjail(thief.pubkey(), identity, cluster);
    let refusal = court.world.harness.must_refuse(&[steal], &[&thief]);
    assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");
    court.world.harness.must_send(&[unjail], &[&cold]);
    assert_eq!(court.node(identity).status, NodeStatus::Active);
    assert_eq!(court.world.cluster().state, ClusterState::Active);
}

#[test]
fn one_window_gives_one_strike_however_many_challenges_were_missed() {
    let mut court = Court::new();
    let (first, second) = (court.stuck(1), court.stuck(2));
    court.align();
    for address in [first, second] {
        let challenge = court.challenge(address, 0);
        court.must_submit(&[challenge]);
    }
    let challenges = [court.opened(first, 0), court.opened(second, 0)];
    court.world.harness.warp_to(challenges[0].answer_by + 1);
    let payer = court.world.harness.payer().pubkey();
    for challenge in &challenges {
        let record = client::record_miss(payer, challenge, &court.parameters);
        court.world.harness.must_send(std::slice::from_ref(&record), &[]);
        let refusal = court.world.harness.must_refuse(&[record], &[]);
        assert!(refusal.is(ArxError::ChallengeClosed), "{refusal}");
    }
    let window = client::window_of(&challenges[0], &court.parameters);
    let misses: MissWindow = court.world.harness.must_load(&pda::misses(window).0);
    assert_eq!((misses.nodes, misses.missed, misses.total), (1, STAKE, 6 * STAKE));
    court.strike(&challenges);
    assert_eq!(court.node(court.identity(0)).strikes, 1);
}

#[test]
fn the_brake_spares_all_when_too_many_fail_at_once() {
    let mut court = Court::new();
    let address = court.stuck(1);
    // Three of six nodes hold half of the stake: more than a third.
    let missed = court.miss(address, &[0, 1, 2]);
    court.strike(&missed);
    for index in 0..3 {
        assert_eq!(court.node(court.identity(index)).strikes, 0);
    }
    // One alone is not spared.
    let missed = court.miss(address, &[1]);
    court.strike(&missed);
    assert_eq!(court.node(court.identity(1)).strikes, 1);
}

#[test]
fn strikes_wait_until_the_window_can_be_seen_whole() {
    let mut court = Court::new();
    let address = court.stuck(1);
    let missed = court.miss(address, &[0]);
    let payer = court.world.harness.payer().pubkey();
    let strike = client::strike_node(payer, &missed[0], &court.parameters);
    let refusal = court.world.harness.must_refuse(std::slice::from_ref(&strike), &[]);
    assert!(refusal.is(ArxError::TooEarly), "{refusal}");
    // Nor is it given for a challenge that was not recorded, or in another node's or window's name.
    let mut other = strike.clone();
    other.accounts[2].pubkey = pda::node(&court.identity(1)).0;
    let window = client::window_of(&missed[0], &court.parameters);
    court.world.harness.warp_to((window + 2) * court.parameters.challenge_slots);
    let refusal = court.world.harness.must_refuse(&[other], &[]);
    assert!(refusal.is(ArxError::AccountsDoNotBelongTogether), "{refusal}");
    court.world.harness.must_send(&[strike], &[]);
}

#[test]
fn refuses_challenges_too_early_to_others_or_late_answers() {
    let mut court = Court::new();
    let address = court.world.must_queue(1);
    let early = court.challenge(address, 0);
    court.must_refuse(&[early], ArxError::TooEarly);
    let address = court.stuck(2);
    let stranger = client::challenge_liveness(
        court.reporter.pubkey(),
        address,
        court.world.network.cluster,
        court.others.nodes[0].identity.pubkey(),
    );
    court.must_refuse(&[stranger], ArxError::NotAMember);
    let elsewhere = client::challenge_liveness(
        court.reporter.pubkey(),
        address,
        court.others.cluster,
        court.others.nodes[0].identity.pubkey(),
    );
    court.must_refuse(&[elsewhere], ArxError::AccountsDoNotBelongTogether);
    court.align();
    let challenge = court.challenge(address, 0);
    court.must_submit(&[challenge]);
    let opened = court.opened(address, 0);
    let record = client::record_miss(court.world.harness.payer().pubkey(), &opened, &court.parameters);
    let refusal = court.world.harness.must_refuse(std::slice::from_ref(&record), &[]);
    assert!(refusal.is(ArxError::ChallengeOpen), "{refusal}");
    court.world.harness.warp_to(opened.answer_by + 1);
    let node = culprit();
    let answer =
        client::answer_challenge(node.fee_payer.pubkey(), opened.identity, address, 1, [0; 32], vec![]);
    let refusal = court.world.harness.must_refuse(&[answer], &[&node.fee_payer]);
    assert!(refusal.is(ArxError::ChallengeClosed), "{refusal}");
    // Recorded too late it counts for nothing, and the challenger gets all back.
    let window = client::window_of(&opened, &court.parameters);
    court.world.harness.warp_to((window + 2) * court.parameters.challenge_slots);
    let refusal = court.world.harness.must_refuse(&[record], &[]);
    assert!(refusal.is(ArxError::EvidenceTooOld), "{refusal}");
    let close = client::close_challenge(court.reporter.pubkey(), address, opened.identity);
    court.world.harness.must_send(&[close], &[]);
}

#[test]
fn no_challenge_within_an_announced_maintenance_window() {
    let mut court = Court::new();
    let authority = key("network authority");
    let cluster = court.world.network.cluster;
    let parameters = court.parameters;
    let declare = |start, slots| client::declare_maintenance(authority.pubkey(), cluster, start, slots);
    let notice = court.world.harness.slot() + parameters.maintenance_notice;
    for (start, slots) in [(notice - 1, 10), (notice, 0), (notice, parameters.maintenance_slots + 1)] {
        let refusal = court.world.harness.must_refuse(&[declare(start, slots)], &[&authority]);
        assert!(refusal.is(ArxError::InvalidMaintenance), "{start} {slots}: {refusal}");
    }
    let thief = court.world.harness.must_key("thief");
    let steal = client::declare_maintenance(thief.pubkey(), cluster, notice, 10);
    let refusal = court.world.harness.must_refuse(&[steal], &[&thief]);
    assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");
    court.world.harness.must_send(&[declare(notice, parameters.maintenance_slots)], &[&authority]);
    let refusal =
        court.world.harness.must_refuse(&[declare(notice + parameters.maintenance_gap, 10)], &[&authority]);
    assert!(refusal.is(ArxError::InvalidMaintenance), "{refusal}");

    court.world.harness.warp_to(notice - parameters.challenge_slots - 10);
    let address = court.stuck(1);
    // The time for an answer would reach into the window.
    let challenge = court.challenge(address, 0);
    court.must_refuse(&[challenge], ArxError::InMaintenance);
    court.world.harness.warp_to(notice + parameters.maintenance_slots);
    let challenge = court.challenge(address, 0);
    court.must_submit(&[challenge]);
    // The next one keeps its distance from the last.
    let soon = court.world.harness.slot() + parameters.maintenance_notice;
    let refusal = court.world.harness.must_refuse(&[declare(soon, 10)], &[&authority]);
    assert!(refusal.is(ArxError::InvalidMaintenance), "{refusal}");
}
