//! Out of what is slashed: who gets what, and from whose stake it is taken.

use arx_program::{
    client,
    error::ArxError,
    pda,
    state::{Offence, OffenceClass},
};
use arx_testing::{StakeToken, harness::key};
use proptest::prelude::*;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::{
    court::{Court, STAKE, culprit},
    world::World,
};

fn equivocation(court: &Court, session: &[u8; 32]) -> Offence {
    let place = pda::offence(&court.identity(0), OffenceClass::Equivocation, session).0;
    court.world.harness.must_load(&place)
}

#[test]
fn who_paid_for_the_computation_is_compensated_and_nobody_else() {
    let mut court = Court::new();
    let address = court.world.must_queue(1);
    let identity = court.identity(0);
    let session = court.world.result(address).session;
    let evidence = court.two_results(address, &culprit(), |result| result.coin[0] ^= 1);
    court.must_submit(&evidence);
    let offence = equivocation(&court, &session);
    let payer = court.world.harness.payer();
    assert_eq!((offence.computation, offence.victim), (address, payer.pubkey()));
    // First 5 % to the reporter, then 10 % to the victim, and the rest is burned.
    assert_eq!((offence.slashed, offence.reward, offence.compensation), (STAKE / 2, STAKE / 40, STAKE / 20));
    assert_eq!(court.pool().burnable, STAKE / 2 - STAKE / 40 - STAKE / 20);
    court.check_vault();
    let purse = court.token.account(&mut court.world.harness, "victim", &payer.pubkey(), 0);
    let class = OffenceClass::Equivocation;
    // The reporter has no part in it, and the victim none in the reporter's.
    let steal = client::claim_compensation(court.reporter.pubkey(), identity, class, &session, purse);
    court.must_refuse(&[steal], ArxError::WrongAuthority);
    let steal = client::claim_report(payer.pubkey(), identity, class, &session, purse);
    let refusal = court.world.harness.must_refuse(&[steal], &[]);
    assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");
    let claim = client::claim_compensation(payer.pubkey(), identity, class, &session, purse);
    court.world.harness.must_send(std::slice::from_ref(&claim), &[]);
    let refusal = court.world.harness.must_refuse(&[claim], &[]);
    assert!(refusal.is(ArxError::NothingToClaim), "{refusal}");
    assert_eq!(court.token.balance(&court.world.harness, &purse), STAKE / 20);
    court.check_vault();
}

#[test]
fn messages_name_no_computation_and_compensate_nobody() {
    let mut court = Court::new();
    let one = court.header();
    let mut other = one;
    other.payload_hash = [9; 32];
    let evidence = court.two_messages(&culprit(), &one, &other);
    court.must_submit(&evidence);
    let offence = equivocation(&court, &one.session);
    assert_eq!((offence.victim, offence.compensation), (Pubkey::default(), 0));
    // Nobody claims in nobody's name.
    let purse = court.token.account(&mut court.world.harness, "thief", &court.reporter.pubkey(), 0);
    let class = OffenceClass::Equivocation;
    let claim =
        client::claim_compensation(court.reporter.pubkey(), court.identity(0), class, &one.session, purse);
    court.must_refuse(&[claim], ArxError::WrongAuthority);
}

#[test]
fn reporter_and_victim_are_capped_and_never_get_more_than_there_is() {
    let mut court = Court::new();
    court.parameters = court.world.network.set_parameters(&mut court.world.harness, |parameters| {
        parameters.reporter_most = 7;
        parameters.compensation_basis_points = 9_500;
        parameters.compensation_most = 1_234;
    });
    let address = court.world.must_queue(1);
    let session = court.world.result(address).session;
    let evidence = court.two_results(address, &culprit(), |result| result.coin[0] ^= 1);
    court.must_submit(&evidence);
    let offence = equivocation(&court, &session);
    assert_eq!((offence.reward, offence.compensation), (7, 1_234));
    court.check_vault();
    // Parameters that would give away more than all are refused.
    let authority = key("network authority");
    let mut parameters = court.parameters;
    parameters.compensation_basis_points = 9_501;
    let propose = client::propose_parameters(authority.pubkey(), parameters);
    let refusal = court.world.harness.must_refuse(&[propose], &[&authority]);
    assert!(refusal.is(ArxError::InvalidParameters), "{refusal}");
}

#[test]
fn what_was_bonded_after_the_offence_does_not_count() {
    let mut court = Court::new();
    let address = court.world.must_queue(1);
    let evidence = court.two_results(address, &culprit(), |result| result.coin[0] ^= 1);
    let deadline = court.world.computation(address).deadline;
    court.world.harness.warp_to(deadline + 1);
    let alice = court.world.harness.must_key("alice");
    court.token.must_delegate(&mut court.world.harness, &alice, &culprit(), 3 * STAKE);
    court.must_submit(&evidence);
    let session = court.world.result(address).session;
    assert_eq!(equivocation(&court, &session).slashed, STAKE / 2);
    assert_eq!(court.stake(court.identity(0)).tokens, 4 * STAKE - STAKE / 2);
    court.check_vault();
}

#[test]
fn new_stake_does_not_hide_old_and_leaving_does_not_save_it() {
    let mut court = Court::new();
    let address = court.world.must_queue(1);
    let identity = court.identity(0);
    let evidence = court.two_results(address, &culprit(), |result| result.coin[0] ^= 1);
    let deadline = court.world.computation(address).deadline;
    // It leaves with everything, and hides behind many small deposits of others.
    let cold = culprit().authority;
    court.world.harness.must_send(&[client::unbond(cold.pubkey(), identity, 1, STAKE)], &[&cold]);
    let alice = court.world.harness.must_key("alice");
    let evidence_slots = court.parameters.evidence_slots;
    for step in 1..=40 {
        court.world.harness.warp_to(deadline + step * evidence_slots / 40);
        court.token.must_delegate(&mut court.world.harness, &alice, &culprit(), 10);
    }
    court.must_submit(&evidence);
    let session = court.world.result(address).session;
    assert_eq!(equivocation(&court, &session).slashed, STAKE / 2);
    court.check_vault();
}

#[test]
fn a_dispute_names_the_computation_of_its_cluster() {
    let mut court = Court::new();
    let slot = court.world.harness.slot() + 1;
    court.world.harness.warp_to(slot);
    let address = court.world.must_queue(1);
    let accuser = court.reporter.pubkey();
    let label = [4; 32];
    let write = client::write_buffer(accuser, label, 3, 0, vec![1, 2, 3]);
    court.must_submit(&[write]);
    let (members, cluster) = (court.world.network.members(), court.world.network.cluster);
    let identity = court.identity(0);
    let class = OffenceClass::Fault;
    let open = |computation| {
        client::open_dispute(accuser, identity, cluster, &members, &label, class, [1; 32], computation)
    };
    court.must_refuse(&[open(Some(court.world.cell))], ArxError::WrongAccount);
    court.must_submit(&[open(Some(address))]);
    // Stake that comes later is not the accused's of that time.
    let deadline = court.world.computation(address).deadline;
    court.world.harness.warp_to(deadline + 1);
    let alice = court.world.harness.must_key("alice");
    court.token.must_delegate(&mut court.world.harness, &alice, &culprit(), 5 * STAKE);
    let dispute = pda::dispute(&identity, class, &[1; 32]).0;
    for index in 0..2 {
        let juror = arx_testing::NodeKeys::named(&format!("cluster 1 node {index}"));
        let vote = client::vote_dispute(juror.fee_payer.pubkey(), juror.identity.pubkey(), dispute, true);
        court.world.harness.send_paid_by(&juror.fee_payer, &[vote], &[]).expect("a juror");
    }
    let opened = court.world.harness.must_load(&dispute);
    let payer = court.world.harness.payer().pubkey();
    let resolve = client::resolve_dispute(payer, culprit().authority.pubkey(), &opened);
    court.world.harness.must_send(&[resolve], &[]);
    let offence: Offence = court.world.harness.must_load(&pda::offence(&identity, class, &[1; 32]).0);
    assert_eq!((offence.computation, offence.victim), (address, payer));
    assert_eq!((offence.slashed, offence.compensation), (STAKE * 3 / 10, STAKE * 3 / 100));
    court.check_vault();
}

#[test]
fn refuses_a_dispute_over_another_clusters_computation() {
    let mut court = Court::new();
    let address = court.world.must_queue(1);
    let accuser = court.reporter.pubkey();
    let write = client::write_buffer(accuser, [4; 32], 3, 0, vec![1, 2, 3]);
    court.must_submit(&[write]);
    let accused = court.others.nodes[0].identity.pubkey();
    let open = client::open_dispute(
        accuser,
        accused,
        court.others.cluster,
        &court.others.members(),
        &[4; 32],
        OffenceClass::Fault,
        [1; 32],
        Some(address),
    );
    court.must_refuse(&[open], ArxError::AccountsDoNotBelongTogether);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// Against a plain list of all deposits: the history never counts old stake as new, forgets nothing that is as old as
    /// evidence, and errs by no more than one entry's time.
    #[test]
    fn the_history_of_stake_agrees_with_a_list_of_all_deposits(
        steps in prop::collection::vec((1..900_000u64, 1..5_000u64), 1..40),
        age in 0..3_240_000u64,
    ) {
        let mut world = World::new();
        let token = StakeToken::start(&mut world.harness, &world.network);
        let node = culprit();
        let parameters = world.network.set_parameters(&mut world.harness, |_| ());
        let mut deposits = Vec::new();
        for (slots, amount) in steps {
            let slot = world.harness.slot() + slots;
            world.harness.warp_to(slot);
            token.must_bond(&mut world.harness, &node, amount, 0);
            deposits.push((slot, amount));
        }
        let stake: arx_program::state::NodeStake =
            world.harness.must_load(&pda::node_stake(&node.identity.pubkey()).0);
        let at = world.harness.slot().saturating_sub(age);
        let span = parameters.unbonding_slots / arx_program::state::HISTORY as u64;
        let after = |slot: u64| deposits.iter().filter(|(when, _)| *when > slot).map(|(_, amount)| amount).sum::<u64>();
        let found = stake.added_after(at);
        prop_assert!(found <= after(at), "{found} of {}", after(at));
        prop_assert!(found >= after(at + span), "{found} of {}", after(at + span));
        let settled = stake.settled_tokens(at);
        prop_assert!(settled <= stake.tokens - after(at));
    }
}
