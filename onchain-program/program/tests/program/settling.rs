//! Failure, expiry, refunds, claims and rent: who gets what, and when.

use anchor_lang::prelude::AccountMeta;
use arx_program::{
    client,
    error::ArxError,
    state::{ComputationStatus, FailureReason},
};
use arx_testing::harness::key;
use solana_signer::Signer;

use crate::world::{COST_UNITS, PRICES, PRIORITY, World};

const WORK: u64 = COST_UNITS * PRICES.price_per_unit;

/// Settles computation 1 with a failure and returns what payer and cluster received.
fn paid_on_failure(reason: FailureReason) -> (u64, u64) {
    let mut world = World::new();
    let payer = world.harness.payer().pubkey();
    let address = world.must_queue(1);
    let before = (world.harness.lamports(&payer), world.harness.lamports(&world.network.cluster));
    let fail = world.fail(address, reason, 1);
    let receipt = world.harness.must_send(&fail, &[]);
    assert_eq!(world.computation(address).status, ComputationStatus::Failed { reason, detail: 1 });
    assert!(world.queue_account().is_empty());
    let cluster = world.cluster();
    assert_eq!(cluster.failed, 1);
    (
        world.harness.lamports(&payer) + receipt.fee - before.0,
        world.harness.lamports(&world.network.cluster) - before.1,
    )
}

#[test]
fn an_input_at_fault_costs_the_base_fee() {
    for reason in [
        FailureReason::InputTampered,
        FailureReason::InputSpent,
        FailureReason::InputMalformed,
        FailureReason::InputStale,
        FailureReason::CircuitMismatch,
        FailureReason::DefinitionMismatch,
    ] {
        assert_eq!(paid_on_failure(reason), (WORK + PRIORITY, PRICES.base_fee), "{reason:?}");
    }
}

#[test]
fn nodes_at_fault_refund_everything() {
    for reason in [FailureReason::CellUnreadable, FailureReason::ProtocolFailed] {
        assert_eq!(paid_on_failure(reason), (WORK + PRIORITY + PRICES.base_fee, 0), "{reason:?}");
    }
}

#[test]
fn refuses_a_failure_for_another_reason_argument_or_computation() {
    let mut world = World::new();
    let (first, second) = (world.must_queue(1), world.must_queue(2));
    let signed = world.fail(first, FailureReason::InputTampered, 1);
    for (address, reason, detail) in [
        (first, FailureReason::InputSpent, 1),
        (first, FailureReason::InputTampered, 0),
        (second, FailureReason::InputTampered, 1),
    ] {
        let other = world.fail(address, reason, detail);
        let refusal = world.harness.must_refuse(&[signed[0].clone(), other[1].clone()], &[]);
        assert!(refusal.is(ArxError::WrongSignedMessage), "{reason:?}: {refusal}");
    }
    // A result's signatures are not a failure's.
    let result = world.signed(first, world.result(first));
    let refusal = world.harness.must_refuse(&[result[0].clone(), signed[1].clone()], &[]);
    assert!(refusal.is(ArxError::WrongSignedMessage), "{refusal}");
}

#[test]
fn refuses_to_send_a_refund_to_someone_else() {
    let mut world = World::new();
    let thief = world.harness.must_key("thief").pubkey();
    let address = world.must_queue(1);
    let mut fail = world.fail(address, FailureReason::ProtocolFailed, 0);
    fail[1].accounts[0].pubkey = thief;
    let refusal = world.harness.must_refuse(&fail, &[]);
    assert!(refusal.is(ArxError::AccountsDoNotBelongTogether), "{refusal}");

    let deadline = world.computation(address).deadline;
    world.harness.warp_to(deadline + 1);
    let mut expire = world.expire(address);
    expire.accounts[0].pubkey = thief;
    let refusal = world.harness.must_refuse(&[expire], &[]);
    assert!(refusal.is(ArxError::AccountsDoNotBelongTogether), "{refusal}");
}

#[test]
fn expiry_refunds_everything_to_the_payer() {
    let mut world = World::new();
    let payer = world.harness.payer().pubkey();
    let address = world.must_queue(1);
    let deadline = world.computation(address).deadline;
    world.harness.warp_to(deadline + 1);
    let before = world.harness.lamports(&payer);
    let expire = world.expire(address);
    let receipt = world.harness.must_send(&[expire], &[]);
    let refund = world.harness.lamports(&payer) + receipt.fee - before;
    assert_eq!(refund, WORK + PRICES.base_fee + PRIORITY);
    assert_eq!(world.computation(address).status, ComputationStatus::Expired);
    assert!(world.queue_account().is_empty());
}

#[test]
fn refuses_to_expire_before_the_deadline() {
    let mut world = World::new();
    let address = world.must_queue(1);
    let deadline = world.computation(address).deadline;
    for slot in [world.harness.slot(), deadline] {
        world.harness.warp_to(slot);
        let expire = world.expire(address);
        let refusal = world.harness.must_refuse(&[expire], &[]);
        assert!(refusal.is(ArxError::DeadlineNotPassed), "{slot}: {refusal}");
    }
}

#[test]
fn refuses_to_expire_twice() {
    let mut world = World::new();
    let address = world.must_queue(1);
    let deadline = world.computation(address).deadline;
    world.harness.warp_to(deadline + 1);
    let expire = world.expire(address);
    world.harness.must_send(std::slice::from_ref(&expire), &[]);
    let refusal = world.harness.must_refuse(&[expire], &[]);
    assert!(refusal.is(ArxError::AlreadySettled), "{refusal}");
}

#[test]
fn refuses_a_failure_after_the_deadline() {
    let mut world = World::new();
    let address = world.must_queue(1);
    let fail = world.fail(address, FailureReason::InputSpent, 1);
    let deadline = world.computation(address).deadline;
    world.harness.warp_to(deadline + 1);
    let refusal = world.harness.must_refuse(&fail, &[]);
    assert!(refusal.is(ArxError::DeadlinePassed), "{refusal}");
}

#[test]
fn only_a_member_claims_and_only_once() {
    let mut world = World::new();
    let purse = world.harness.must_key("purse").pubkey();
    let node = &world.network.nodes[0];
    let identity = node.identity.pubkey();
    let thief = key("thief");
    let steal = client::claim_fees(thief.pubkey(), thief.pubkey(), identity, world.network.cluster);
    let refusal = world.harness.must_refuse(&[steal], &[&thief]);
    assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");

    let claim = client::claim_fees(node.authority.pubkey(), purse, identity, world.network.cluster);
    world.harness.must_send(std::slice::from_ref(&claim), &[&node.authority]);
    let refusal = world.harness.must_refuse(&[claim], &[&node.authority]);
    assert!(refusal.is(ArxError::NothingToClaim), "{refusal}");
}

#[test]
fn the_treasurys_part_goes_only_to_the_treasury() {
    let mut world = World::new();
    let thief = world.harness.must_key("thief").pubkey();
    let refusal = world.harness.must_refuse(&[client::sweep_treasury(thief, world.network.cluster)], &[]);
    assert!(refusal.is(ArxError::AccountsDoNotBelongTogether), "{refusal}");
}

#[test]
fn refuses_to_reclaim_rent_before_not_after_or_while_queued() {
    let mut world = World::new();
    let payer = world.harness.payer().pubkey();
    let address = world.must_queue(1);
    let computation = world.computation(address);
    let reclaim = client::reclaim_rent(payer, address, true);
    world.harness.warp_to(computation.not_after + 1);
    let refusal = world.harness.must_refuse(std::slice::from_ref(&reclaim), &[]);
    assert!(refusal.is(ArxError::NotSettled), "{refusal}");
    let expire = world.expire(address);
    world.harness.must_send(&[expire], &[]);
    world.harness.warp_to(computation.not_after);
    let refusal = world.harness.must_refuse(&[reclaim], &[]);
    assert!(refusal.is(ArxError::BeforeNotAfter), "{refusal}");
}

#[test]
fn only_the_payer_gives_up_an_outcome_that_was_not_delivered() {
    let mut world = World::new();
    let payer = world.harness.payer();
    let address = world.must_queue(1);
    world.must_finalize(address);
    let not_after = world.computation(address).not_after;
    world.harness.warp_to(not_after + 1);
    // Someone else pays this transaction's fee, so that the computation's payer does not sign.
    let stranger = world.harness.must_key("stranger");
    let reclaim = client::reclaim_rent(payer.pubkey(), address, false);
    let refusal = world.harness.must_refuse_paid_by(&stranger, &[reclaim], &[]);
    assert!(refusal.is(ArxError::OutcomePending), "{refusal}");
    world.harness.must_send(&[client::reclaim_rent(payer.pubkey(), address, true)], &[]);
    assert!(world.harness.account(&address).is_none());
}

#[test]
fn refuses_to_send_the_rent_to_someone_else() {
    let mut world = World::new();
    let thief = world.harness.must_key("thief");
    let address = world.must_queue(1);
    world.must_finalize(address);
    let not_after = world.computation(address).not_after;
    world.harness.warp_to(not_after + 1);
    let reclaim = client::reclaim_rent(thief.pubkey(), address, true);
    let refusal = world.harness.must_refuse(&[reclaim], &[&thief]);
    assert!(refusal.is(ArxError::AccountsDoNotBelongTogether), "{refusal}");
}

#[test]
fn refuses_to_revive_a_closed_computation_with_its_inputs() {
    // After not_after the address is free, but every input names a not_after that has passed.
    let mut world = World::new();
    let payer = world.harness.payer().pubkey();
    let old = world.call(1);
    let address = world.must_queue(1);
    let deliver = {
        world.must_finalize(address);
        world.deliver(address)
    };
    world.harness.must_send(&[deliver], &[]);
    world.harness.warp_to(old.not_after + 1);
    world.harness.must_send(&[client::reclaim_rent(payer, address, false)], &[]);
    let refusal = world.must_refuse_call(old.clone());
    assert!(refusal.is(ArxError::InvalidDeadline), "{refusal}");
    let mut later = world.call(1);
    later.arguments = old.arguments;
    let refusal = world.must_refuse_call(later);
    assert!(refusal.is(ArxError::WrongInputNotAfter), "{refusal}");
}

#[test]
fn an_account_is_not_revived_within_the_transaction_that_closes_it() {
    let mut world = World::new();
    let payer = world.harness.payer().pubkey();
    let address = world.must_queue(1);
    world.must_finalize(address);
    let not_after = world.computation(address).not_after;
    world.harness.warp_to(not_after + 1);
    let mut data = vec![2, 0, 0, 0];
    data.extend_from_slice(&u64::to_le_bytes(2_000_000));
    let gift = solana_instruction::Instruction {
        program_id: anchor_lang::system_program::ID,
        accounts: vec![AccountMeta::new(payer, true), AccountMeta::new(address, false)],
        data,
    };
    world.harness.must_send(&[client::reclaim_rent(payer, address, true), gift], &[]);
    let left = world.harness.account(&address).expect("it holds the gift");
    assert_eq!((left.owner, left.data.len()), (anchor_lang::system_program::ID, 0));
}
