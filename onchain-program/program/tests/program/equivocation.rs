//! Equivocation, which the chain judges at once.

use arx_program::{
    client,
    error::ArxError,
    message::MessageHeader,
    pda,
    state::{ClusterState, NodeStatus, Offence, OffenceClass},
};
use arx_testing::{NodeKeys, harness::key};
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::court::{Court, STAKE, culprit};

#[test]
fn two_results_of_one_session_are_punished_at_once() {
    let mut court = Court::new();
    let address = court.world.must_queue(1);
    let identity = court.identity(0);
    let evidence = court.two_results(address, &culprit(), |result| result.coin[0] ^= 1);
    court.must_submit(&evidence);
    let units = court.world.harness.units()["SubmitEquivocation"];
    assert!(units < 60_000, "{units} units");
    assert_eq!(court.node(identity).status, NodeStatus::Tombstoned);
    assert_eq!(court.stake(identity).tokens, STAKE / 2);
    let session = court.world.result(address).session;
    let offence: Offence =
        court.world.harness.must_load(&pda::offence(&identity, OffenceClass::Equivocation, &session).0);
    assert_eq!((offence.slashed, offence.reward), (STAKE / 2, STAKE / 40));
    // The convicted stake does not count among the jury's any more.
    assert_eq!(court.pool().total, 5 * STAKE);
    court.check_vault();
    // The cluster stands still.
    assert_eq!(court.world.cluster().state, ClusterState::Frozen);

    // The reporter takes its part, once, and the rest is burned.
    let purse = court.token.account(&mut court.world.harness, "reporter", &court.reporter.pubkey(), 0);
    let claim =
        client::claim_report(court.reporter.pubkey(), identity, OffenceClass::Equivocation, &session, purse);
    let thief = court.world.harness.must_key("thief");
    let mut steal = claim.clone();
    steal.accounts[0].pubkey = thief.pubkey();
    let refusal = court.world.harness.must_refuse(&[steal], &[&thief]);
    assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");
    court.must_submit(std::slice::from_ref(&claim));
    court.must_refuse(&[claim], ArxError::NothingToClaim);
    assert_eq!(court.token.balance(&court.world.harness, &purse), STAKE / 40);
    let supply = court.token.supply(&court.world.harness);
    court.world.harness.must_send(&[client::burn_slashed(court.token.mint)], &[]);
    assert_eq!(supply - court.token.supply(&court.world.harness), STAKE / 2 - STAKE / 40 - STAKE / 20);
    let refusal = court.world.harness.must_refuse(&[client::burn_slashed(court.token.mint)], &[]);
    assert!(refusal.is(ArxError::NothingToClaim), "{refusal}");
    court.check_vault();
}

#[test]
fn two_messages_of_one_round_are_punished_at_once() {
    for change in
        [(|header: &mut MessageHeader| header.payload_hash[0] ^= 1) as fn(&mut MessageHeader), |header| {
            // To another member, a message that follows other broadcasts.
            (header.recipient, header.running_digest[31]) = (1, 0xFF);
        }]
    {
        let mut court = Court::new();
        let one = court.header();
        let mut other = one;
        change(&mut other);
        let evidence = court.two_messages(&culprit(), &one, &other);
        court.must_submit(&evidence);
        assert_eq!(court.node(court.identity(0)).status, NodeStatus::Tombstoned);
    }
}

#[test]
fn refuses_messages_that_do_not_contradict_each_other() {
    let mut court = Court::new();
    let one = court.header();
    for change in [
        (|_: &mut MessageHeader| ()) as fn(&mut MessageHeader),
        |header| (header.session, header.payload_hash) = ([4; 32], [9; 32]),
        |header| (header.phase[4], header.payload_hash) = (8, [9; 32]),
        |header| (header.piece, header.payload_hash) = (1, [9; 32]),
        |header| (header.piece, header.broadcasts, header.running_digest) = (1, 4, [9; 32]),
        |header| (header.recipient, header.payload_hash) = (1, [9; 32]),
        |header| (header.sender, header.payload_hash) = (1, [9; 32]),
        |header| (header.epoch, header.payload_hash) = (0, [9; 32]),
        |header| (header.cluster, header.payload_hash) = (Pubkey::default(), [9; 32]),
    ] {
        let mut other = one;
        change(&mut other);
        let evidence = court.two_messages(&culprit(), &one, &other);
        court.must_refuse(&evidence, ArxError::NoContradiction);
    }
}

#[test]
fn refuses_results_that_do_not_contradict_each_other() {
    let mut court = Court::new();
    let address = court.world.must_queue(1);
    let evidence = court.two_results(address, &culprit(), |_| ());
    court.must_refuse(&evidence, ArxError::NoContradiction);
    // Another session: after a changed cell the members rightly sign anew.
    let evidence = court.two_results(address, &culprit(), |result| {
        result.session[0] ^= 1;
        result.coin[0] ^= 1;
    });
    court.must_refuse(&evidence, ArxError::WrongSignedMessage);
}

#[test]
fn refuses_forged_borrowed_and_missing_signatures() {
    let mut court = Court::new();
    let address = court.world.must_queue(1);
    let (one, mut other) = (court.world.result(address), court.world.result(address));
    other.coin[0] ^= 1;
    // Node 1's signatures do not convict node 0.
    let framed =
        court.accuse_of_results(address, &NodeKeys::named("node 1"), court.identity(0), &one, &other);
    court.must_refuse(&framed, ArxError::WrongSigner);
    // Nor do two signatures by two nodes.
    let messages = [court.world.result_message(address, &one), court.world.result_message(address, &other)];
    let keys = [0, 1].map(|index| court.identity(index));
    let signatures = [0, 1].map(|index: usize| court.world.network.nodes[index].sign(&messages[0]));
    let mixed = client::verify_signatures(&keys, &signatures, &messages[0]);
    let right = court.two_results(address, &culprit(), |result| result.coin[0] ^= 1);
    court.must_refuse(&[mixed, right[1].clone()], ArxError::WrongSigner);
    // One signature is none.
    let single = client::verify_signatures(&keys[..1], &signatures[..1], &messages[0]);
    court.must_refuse(&[single, right[1].clone()], ArxError::WrongSignatureCount);
    // The precompile itself refuses a forged one.
    let mut forged = right.clone();
    let at = forged[0].data.len() - 2 * 45 - 64;
    forged[0].data[at] ^= 1;
    court.world.harness.must_refuse(&forged, &[&court.reporter]);
    // Other digests than the signed ones.
    let changed = court.two_results(address, &culprit(), |result| result.coin[1] ^= 1);
    court.must_refuse(&[right[0].clone(), changed[1].clone()], ArxError::WrongSignedMessage);
    assert_eq!(court.node(court.identity(0)).status, NodeStatus::Active);
}

#[test]
fn refuses_to_punish_twice_for_one_offence() {
    let mut court = Court::new();
    let address = court.world.must_queue(1);
    let evidence = court.two_results(address, &culprit(), |result| result.coin[0] ^= 1);
    court.must_submit(&evidence);
    court.must_refuse(&evidence, ArxError::AlreadyPunished);
    // A third signature for the same session is the same offence.
    let third = court.two_results(address, &culprit(), |result| result.coin[1] ^= 1);
    court.must_refuse(&third, ArxError::AlreadyPunished);
}

#[test]
fn the_cap_bounds_what_a_period_can_cost() {
    let mut court = Court::new();
    for round in 0..3 {
        let mut one = court.header();
        one.session = [round; 32];
        let mut other = one;
        other.payload_hash = [9; 32];
        let evidence = court.two_messages(&culprit(), &one, &other);
        court.must_submit(&evidence);
    }
    // 50 %, then up to the cap of 60 %, then nothing.
    let identity = court.identity(0);
    assert_eq!(court.stake(identity).tokens, STAKE * 4 / 10);
    court.check_vault();
}

#[test]
fn refuses_evidence_older_than_its_window() {
    let mut court = Court::new();
    let address = court.world.must_queue(1);
    let deadline = court.world.computation(address).deadline;
    let evidence = court.two_results(address, &culprit(), |result| result.coin[0] ^= 1);
    court.world.harness.warp_to(deadline + court.parameters.evidence_slots + 1);
    court.must_refuse(&evidence, ArxError::EvidenceTooOld);
    court.world.harness.warp_to(deadline + court.parameters.evidence_slots);
    court.must_submit(&evidence);
}

#[test]
fn refuses_messages_of_an_epoch_long_past() {
    let mut court = Court::new();
    let authority = key("network authority");
    let members = court.world.network.members();
    let cluster = court.world.network.cluster;
    let one = court.header();
    let mut other = one;
    other.payload_hash = [9; 32];
    let evidence = court.two_messages(&culprit(), &one, &other);
    let begin = client::begin_epoch(authority.pubkey(), cluster, &members);
    court.world.harness.must_send(std::slice::from_ref(&begin), &[&authority]);
    let slot = court.world.harness.slot();
    court.world.harness.warp_to(slot + court.parameters.evidence_slots + 1);
    court.must_refuse(&evidence, ArxError::EvidenceTooOld);
    court.world.harness.must_send(&[begin], &[&authority]);
    court.must_refuse(&evidence, ArxError::EvidenceTooOld);
    // And of an epoch that has not come.
    let (mut one, mut other) = (one, other);
    (one.epoch, other.epoch) = (4, 4);
    let evidence = court.two_messages(&culprit(), &one, &other);
    court.must_refuse(&evidence, ArxError::EvidenceTooOld);
}

#[test]
fn unbonding_ahead_of_the_evidence_does_not_help() {
    let mut court = Court::new();
    let address = court.world.must_queue(1);
    let identity = court.identity(0);
    let evidence = court.two_results(address, &culprit(), |result| result.coin[0] ^= 1);
    // It lies, and leaves with everything before anyone knows.
    let cold = culprit().authority;
    court.world.harness.must_send(&[client::unbond(cold.pubkey(), identity, 1, STAKE)], &[&cold]);
    assert_eq!((court.stake(identity).tokens, court.stake(identity).unbonding_tokens), (0, STAKE));
    let purse = court.token.account(&mut court.world.harness, "purse", &cold.pubkey(), 0);
    let withdraw = client::withdraw(cold.pubkey(), identity, 1, purse);
    let refusal = court.world.harness.must_refuse(std::slice::from_ref(&withdraw), &[&cold]);
    assert!(refusal.is(ArxError::TooEarly), "{refusal}");
    let last = court.world.computation(address).deadline + court.parameters.evidence_slots;
    court.world.harness.warp_to(last);
    court.must_submit(&evidence);
    assert_eq!(court.stake(identity).unbonding_tokens, STAKE / 2);
    court.check_vault();
    let slot = court.world.harness.slot() + court.parameters.unbonding_slots;
    court.world.harness.warp_to(slot);
    court.world.harness.must_send(&[withdraw], &[&cold]);
    assert_eq!(court.token.balance(&court.world.harness, &purse), STAKE / 2);
    court.check_vault();
}

#[test]
fn a_convicted_node_is_refused_everywhere() {
    let mut court = Court::new();
    let address = court.world.must_queue(1);
    let signed = court.world.signed(address, court.world.result(address));
    let evidence = court.two_results(address, &culprit(), |result| result.coin[0] ^= 1);
    court.must_submit(&evidence);
    // Its cluster's results do not pass, not even signed by all, and it takes no calls.
    let refusal = court.world.harness.must_refuse(&signed, &[]);
    assert!(refusal.is(ArxError::ClusterNotActive), "{refusal}");
    let call = court.world.call(2);
    let refusal = court.world.must_refuse_call(call);
    assert!(refusal.is(ArxError::ClusterNotActive), "{refusal}");
    let (cold, identity) = (culprit().authority, court.identity(0));
    for (instruction, expected) in [
        (client::unjail(cold.pubkey(), identity, court.world.network.cluster), ArxError::WrongNodeState),
        (client::drain_node(cold.pubkey(), identity), ArxError::WrongNodeState),
        (client::exit_node(cold.pubkey(), identity), ArxError::WrongNodeState),
    ] {
        let refusal = court.world.harness.must_refuse(&[instruction], &[&cold]);
        assert!(refusal.is(expected), "{refusal}");
    }
    let source = court.token.account(&mut court.world.harness, "more", &cold.pubkey(), 100);
    let bond = client::bond(cold.pubkey(), identity, source, 100, 0);
    let refusal = court.world.harness.must_refuse(&[bond], &[&cold]);
    assert!(refusal.is(ArxError::NodeNotAble), "{refusal}");
    // What waits is paid back when its deadline has passed.
    let deadline = court.world.computation(address).deadline;
    court.world.harness.warp_to(deadline + 1);
    let expire = court.world.expire(address);
    court.world.harness.must_send(&[expire], &[]);
}
