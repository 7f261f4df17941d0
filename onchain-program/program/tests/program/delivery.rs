//! Callbacks and pull: the outcome reaches the application once, and a failing callback undoes nothing.

use anchor_lang::prelude::AccountMeta;
use arx_program::{
    client,
    error::ArxError,
    state::{ComputationStatus, Delivery, FailureReason},
};
use arx_testing::{Application, application::forward, harness::key, network::NodeKeys};
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::world::{World, discriminator};

const TOLD_TO_FAIL: u32 = 6_000;
const ACCEPT: u8 = 0;
const FAIL: u8 = 1;
const REENTER: u8 = 2;

#[test]
fn a_failing_callback_does_not_undo_the_result() {
    let mut world = World::new();
    let address = world.must_queue(1);
    world.set_mode(FAIL);

    // In one transaction with the result it undoes both, so that the nodes then finalise alone.
    let mut together = world.signed(address, world.result(address));
    together.push(world.deliver(address));
    let refusal = world.harness.must_refuse(&together, &[]);
    assert_eq!(refusal.code, Some(TOLD_TO_FAIL), "{refusal}");
    assert_eq!(world.computation(address).status, ComputationStatus::Queued);
    world.must_finalize(address);

    let deliver = world.deliver(address);
    let refusal = world.harness.must_refuse(std::slice::from_ref(&deliver), &[]);
    assert_eq!(refusal.code, Some(TOLD_TO_FAIL), "{refusal}");
    let computation = world.computation(address);
    assert_eq!(computation.status, ComputationStatus::Finalized);
    assert_eq!(computation.delivery, Delivery::Pending);

    // Anyone may try again, and once it passes it is done.
    world.set_mode(ACCEPT);
    world.harness.must_send(std::slice::from_ref(&deliver), &[]);
    assert_eq!(world.computation(address).delivery, Delivery::Delivered);
    assert_eq!(world.journal_entry().0, 1);
}

#[test]
fn refuses_to_deliver_twice() {
    let mut world = World::new();
    let address = world.must_queue(1);
    world.must_finalize(address);
    let deliver = world.deliver(address);
    world.harness.must_send(std::slice::from_ref(&deliver), &[]);
    let refusal = world.harness.must_refuse(&[deliver], &[]);
    assert!(refusal.is(ArxError::AlreadyDelivered), "{refusal}");
    let consume = client::consume_result(world.application.program, world.application.mxe, address);
    let refusal = world.harness.must_refuse(&[forward(consume)], &[]);
    assert!(refusal.is(ArxError::AlreadyDelivered), "{refusal}");
}

#[test]
fn refuses_to_deliver_what_is_not_settled() {
    let mut world = World::new();
    let address = world.must_queue(1);
    let deliver = world.deliver(address);
    let refusal = world.harness.must_refuse(&[deliver], &[]);
    assert!(refusal.is(ArxError::NotSettled), "{refusal}");
    let consume = client::consume_result(world.application.program, world.application.mxe, address);
    let refusal = world.harness.must_refuse(&[forward(consume)], &[]);
    assert!(refusal.is(ArxError::NotSettled), "{refusal}");
}

#[test]
fn failures_and_expiries_are_delivered_too() {
    let mut world = World::new();
    let (first, second) = (world.must_queue(1), world.must_queue(2));
    let fail = world.fail(first, FailureReason::InputSpent, 1);
    world.harness.must_send(&fail, &[]);
    let deadline = world.computation(second).deadline;
    world.harness.warp_to(deadline + 1);
    let expire = world.expire(second);
    world.harness.must_send(&[expire], &[]);
    for (count, address) in [(1, first), (2, second)] {
        let deliver = world.deliver(address);
        world.harness.must_send(&[deliver], &[]);
        assert_eq!(world.journal_entry(), (count, address, false, vec![]));
    }
}

#[test]
fn refuses_other_accounts_than_the_callbacks() {
    let mut world = World::new();
    let address = world.must_queue(1);
    world.must_finalize(address);
    let right = world.deliver(address);
    let mut missing = right.clone();
    missing.accounts.pop();
    let mut another = right.clone();
    another.accounts.last_mut().unwrap().pubkey = world.user.pubkey();
    let mut additional = right.clone();
    additional.accounts.push(AccountMeta::new_readonly(world.user.pubkey(), false));
    let mut program = right.clone();
    program.accounts[1].pubkey = anchor_lang::system_program::ID;
    for wrong in [missing, another, additional, program] {
        let refusal = world.harness.must_refuse(&[wrong], &[]);
        assert!(refusal.is(ArxError::WrongCallbackAccounts), "{refusal}");
    }
    world.harness.must_send(&[right], &[]);
}

#[test]
fn refuses_to_call_back_where_nothing_was_asked_for() {
    let mut world = World::new();
    let with_callback = world.must_queue(9);
    let mut deliver = world.deliver(with_callback);
    let mut call = world.call(1);
    call.callback = None;
    let cell = world.cell_account();
    let address = world.must_queue_with(world.mixed, call, cell);
    world.must_finalize(address);
    deliver.accounts[0].pubkey = address;
    let refusal = world.harness.must_refuse(&[deliver], &[]);
    assert!(refusal.is(ArxError::NoCallback), "{refusal}");
}

#[test]
fn the_application_takes_a_result_itself_and_then_no_callback_follows() {
    let mut world = World::new();
    let address = world.must_queue(1);
    world.must_finalize(address);
    let consume = client::consume_result(world.application.program, world.application.mxe, address);
    // In the same transaction it queues the next computation, which a callback could not.
    let next = world.queue(world.call(2));
    world.harness.must_send(&[forward(consume), next], &[&world.user]);
    assert_eq!(world.computation(address).delivery, Delivery::Consumed);
    let deliver = world.deliver(address);
    let refusal = world.harness.must_refuse(&[deliver], &[]);
    assert!(refusal.is(ArxError::AlreadyDelivered), "{refusal}");
}

#[test]
fn refuses_to_let_anyone_else_take_a_result() {
    let mut world = World::new();
    let address = world.must_queue(1);
    world.must_finalize(address);
    let thief = key("thief");
    let mut consume = client::consume_result(world.application.program, world.application.mxe, address);
    consume.accounts[0].pubkey = thief.pubkey();
    let refusal = world.harness.must_refuse(&[consume], &[&thief]);
    assert!(refusal.is(ArxError::WrongApplicationSigner), "{refusal}");

    // Nor the application for another of its MXEs.
    let other = Application::start(&mut world.harness, &world.network, 1);
    let consume = client::consume_result(world.application.program, other.mxe, address);
    let refusal = world.harness.must_refuse(&[forward(consume)], &[]);
    assert!(refusal.is(ArxError::AccountsDoNotBelongTogether), "{refusal}");
}

#[test]
fn refuses_a_callback_that_calls_back() {
    let mut world = World::new();
    let address = world.must_queue(1);
    world.must_finalize(address);
    world.set_mode(REENTER);
    let mut deliver = world.deliver(address);
    deliver.accounts.push(AccountMeta::new_readonly(arx_program::ID, false));
    let refusal = world.harness.must_refuse(&[deliver], &[]);
    // The list of accounts is the queued one, so the program itself cannot be smuggled in.
    assert!(refusal.is(ArxError::WrongCallbackAccounts), "{refusal}");

    // Even if the application listed it, Solana refuses the second entry into the program.
    let mut call = world.call(2);
    let callback = call.callback.as_mut().unwrap();
    callback.accounts.push(arx_program::state::CallbackAccount { key: arx_program::ID, writable: false });
    let cell = world.cell_account();
    let address = world.must_queue_with(world.mixed, call, cell);
    world.must_finalize(address);
    let deliver = world.deliver(address);
    let refusal = world.harness.must_refuse(&[deliver], &[]);
    assert!(refusal.error.contains("ReentrancyNotAllowed"), "{refusal}");
}

#[test]
fn every_application_is_called_by_a_signer_of_its_own() {
    // With one signer for all, an application that is being called could pass the signature on to another's handler.
    let mut world = World::new();
    let address = world.must_queue(1);
    world.must_finalize(address);
    let mut deliver = world.deliver(address);
    let other = arx_program::pda::callback_signer(&Pubkey::new_from_array([8; 32])).0;
    assert_ne!(deliver.accounts[2].pubkey, other);
    deliver.accounts[2].pubkey = other;
    let refusal = world.harness.must_refuse(&[deliver], &[]);
    assert!(refusal.is(ArxError::WrongCallbackAccounts), "{refusal}");
}

#[test]
fn a_handler_refuses_callers_other_than_arx() {
    let mut world = World::new();
    let address = world.must_queue(1);
    world.must_finalize(address);
    let attacker = key("attacker");
    let accounts = vec![
        AccountMeta::new_readonly(attacker.pubkey(), true),
        AccountMeta::new_readonly(address, false),
        AccountMeta::new(world.journal(), false),
    ];
    let data = discriminator("receive").to_vec();
    let direct = solana_instruction::Instruction { program_id: world.application.program, accounts, data };
    let refusal = world.harness.must_refuse(&[direct], &[&attacker]);
    assert_eq!(refusal.code, Some(6_001), "{refusal}");
}

#[test]
fn a_member_keeps_the_first_error_of_a_callback() {
    let mut world = World::new();
    let address = world.must_queue(1);
    world.must_finalize(address);
    for (index, code) in [(0, 6_000), (1, 6_001)] {
        let node = &world.network.nodes[index];
        let report =
            client::report_callback_failure(node.fee_payer.pubkey(), node.identity.pubkey(), address, code);
        world.harness.must_send(&[report], &[&node.fee_payer]);
        assert_eq!(world.computation(address).callback_error, Some(6_000));
    }
    // It can still be delivered.
    let deliver = world.deliver(address);
    world.harness.must_send(&[deliver], &[]);
}

#[test]
fn refuses_a_report_by_a_stranger() {
    let mut world = World::new();
    let address = world.must_queue(1);
    world.must_finalize(address);
    let payer = world.harness.payer().pubkey();
    let stranger = NodeKeys::named("stranger");
    let register = stranger.register(&payer, "127.0.0.1:1");
    world.harness.must_send(&[register], &[&stranger.authority, &stranger.identity]);
    let report =
        client::report_callback_failure(stranger.fee_payer.pubkey(), stranger.identity.pubkey(), address, 1);
    let refusal = world.harness.must_refuse(&[report], &[&stranger.fee_payer]);
    assert!(refusal.is(ArxError::NotAMember), "{refusal}");

    let node = &world.network.nodes[0];
    let report =
        client::report_callback_failure(stranger.fee_payer.pubkey(), node.identity.pubkey(), address, 1);
    let refusal = world.harness.must_refuse(&[report], &[&stranger.fee_payer]);
    assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");
}
