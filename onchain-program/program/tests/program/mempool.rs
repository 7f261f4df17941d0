//! Cancelling, buffers, and results of clusters whose signatures need several transactions.

use anchor_lang::prelude::AccountMeta;
use arx_program::{
    client,
    constants::{CANCEL_DELAY_SLOTS, MAX_BUFFER_LENGTH, PROTOCOL_DISHONEST_MAJORITY},
    error::ArxError,
    message::sha256,
    pda,
    state::{Argument, Attestation, Buffer, ComputationStatus, FailureReason, StoredArgument},
};
use arx_testing::{input::input, receipt::Refusal};
use solana_signer::Signer;

use crate::world::{COST_UNITS, INPUT_BITS, PRICES, PRIORITY, World};

fn cancel(world: &mut World, address: solana_pubkey::Pubkey, asks: bool) -> Result<(), Refusal> {
    let instruction = client::cancel_computation(address, &world.computation(address), asks);
    let signers: &[&solana_keypair::Keypair] = if asks { &[&world.user] } else { &[] };
    world.harness.send(&[instruction], signers).map(|_| ())
}

/// Queues a call with a deadline behind the delay of cancelling.
fn must_queue_patient(world: &mut World) -> solana_pubkey::Pubkey {
    let mut call = world.call(1);
    call.deadline = world.harness.slot() + 1_000;
    let cell = world.cell_account();
    world.must_queue_with(world.mixed, call, cell)
}

#[test]
fn after_the_deadline_a_computation_expires_and_is_not_cancelled() {
    // Or the members could keep the base fee of what they did not compute.
    let mut world = World::new();
    let address = must_queue_patient(&mut world);
    cancel(&mut world, address, true).expect("the user may ask");
    let deadline = world.computation(address).deadline;
    world.harness.warp_to(deadline + 1);
    let refusal = cancel(&mut world, address, false).expect_err("too late");
    assert!(refusal.is(ArxError::DeadlinePassed), "{refusal}");
    let expire = world.expire(address);
    world.harness.must_send(&[expire], &[]);
}

#[test]
fn a_user_cancels_after_the_delay_and_loses_the_base_fee() {
    let mut world = World::new();
    let payer = world.harness.payer().pubkey();
    let address = must_queue_patient(&mut world);
    let before = world.cluster();
    cancel(&mut world, address, true).expect("the user may ask");
    let asked = world.computation(address).cancel_slot;
    assert_eq!(world.computation(address).status, ComputationStatus::Queued);
    world.harness.warp_to(asked + CANCEL_DELAY_SLOTS);
    let early = cancel(&mut world, address, false).expect_err("too early");
    assert!(early.is(ArxError::CancelTooEarly), "{early}");
    world.harness.warp_to(asked + CANCEL_DELAY_SLOTS + 1);
    let purse = world.harness.lamports(&payer);
    cancel(&mut world, address, false).expect("anyone completes it");
    assert_eq!(world.computation(address).status, ComputationStatus::Cancelled);
    assert_eq!(world.harness.lamports(&payer) + 5_000 - purse, COST_UNITS * PRICES.price_per_unit + PRIORITY);
    let kept: u64 = world.cluster().accrued.iter().sum::<u64>() + world.cluster().treasury_accrued;
    assert_eq!(kept - before.accrued.iter().sum::<u64>() - before.treasury_accrued, PRICES.base_fee);
    assert!(world.queue_account().is_empty());
    // The application hears of it like of any other outcome.
    let deliver = world.deliver(address);
    world.harness.must_send(&[deliver], &[]);
    assert!(!world.journal_entry().2);
}

#[test]
fn a_result_in_flight_lands_before_a_cancel() {
    // Who sees an unwelcome result on its way cannot take the question back.
    let mut world = World::new();
    let address = world.must_queue(1);
    let result = world.signed(address, world.result(address));
    cancel(&mut world, address, true).expect("the user may ask");
    let refusal = cancel(&mut world, address, true).expect_err("no second request helps");
    assert!(refusal.is(ArxError::CancelTooEarly), "{refusal}");
    world.harness.must_send(&result, &[]);
    assert_eq!(world.computation(address).status, ComputationStatus::Finalized);
    let slot = world.harness.slot() + CANCEL_DELAY_SLOTS + 1;
    world.harness.warp_to(slot);
    let refusal = cancel(&mut world, address, false).expect_err("it is settled");
    assert!(refusal.is(ArxError::AlreadySettled), "{refusal}");
}

#[test]
fn refuses_to_cancel_for_someone_else_or_to_refund_someone_else() {
    let mut world = World::new();
    let thief = world.harness.must_key("thief");
    let address = must_queue_patient(&mut world);
    let refusal = cancel(&mut world, address, false).expect_err("nobody asked");
    assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");
    let mut other = client::cancel_computation(address, &world.computation(address), true);
    other.accounts[0].pubkey = thief.pubkey();
    let refusal = world.harness.must_refuse(&[other], &[&thief]);
    assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");

    cancel(&mut world, address, true).expect("the user may ask");
    let slot = world.harness.slot() + CANCEL_DELAY_SLOTS + 1;
    world.harness.warp_to(slot);
    let mut steal = client::cancel_computation(address, &world.computation(address), false);
    steal.accounts[1].pubkey = thief.pubkey();
    let refusal = world.harness.must_refuse(&[steal], &[]);
    assert!(refusal.is(ArxError::AccountsDoNotBelongTogether), "{refusal}");
}

#[test]
fn clusters_of_two_three_five_and_sixteen_finalise() {
    for nodes in [2, 3, 5, 16] {
        let mut world = World::with_nodes(nodes, PROTOCOL_DISHONEST_MAJORITY);
        let address = world.must_queue_fill(1);
        world.must_finalize(address);
        assert_eq!(world.computation(address).status, ComputationStatus::Finalized, "{nodes} members");
        let accrued = world.cluster().accrued;
        assert_eq!(accrued.len(), nodes);
        assert!(accrued.iter().all(|share| *share > 0 && *share == accrued[0]), "{nodes} members");
    }
}

#[test]
fn the_bitmap_shows_who_withholds_and_nothing_is_finalised_without_all() {
    let mut world = World::with_nodes(16, PROTOCOL_DISHONEST_MAJORITY);
    let payer = world.harness.payer().pubkey();
    let address = world.must_queue_fill(1);
    let result = world.result(address);
    let message = world.result_message(address, &result);
    let hash = world.must_attest(address, &message, 0..15);
    let attestation: Attestation = world.harness.must_load(&pda::attestation(&address, &hash).0);
    assert_eq!(attestation.signed, 0x7FFF);
    let finalize = client::with_attestation(world.finalize(address, result.clone()), &address, &hash);
    let refusal = world.harness.must_refuse(std::slice::from_ref(&finalize), &[]);
    assert!(refusal.is(ArxError::NotAllSigned), "{refusal}");
    // Another result does not pass under these signatures.
    let mut other = result.clone();
    other.coin[0] ^= 1;
    world.must_attest(address, &message, 15..16);
    let wrong = client::with_attestation(world.finalize(address, other), &address, &hash);
    let refusal = world.harness.must_refuse(&[wrong], &[]);
    assert!(refusal.is(ArxError::WrongSignedMessage), "{refusal}");
    let early = client::close_attestation(payer, address, &hash);
    let refusal = world.harness.must_refuse(std::slice::from_ref(&early), &[]);
    assert!(refusal.is(ArxError::NotSettled), "{refusal}");
    world.harness.must_send(&[finalize], &[]);
    world.harness.must_send(&[early], &[]);
    assert!(world.harness.account(&pda::attestation(&address, &hash).0).is_none());
}

#[test]
fn a_failure_is_attested_too_and_not_as_a_result() {
    let mut world = World::with_nodes(5, PROTOCOL_DISHONEST_MAJORITY);
    let (first, second) = (world.must_queue_fill(1), world.must_queue_fill(2));
    let fail = world.fail(first, FailureReason::InputSpent, 1);
    let computation = world.computation(first);
    let message = arx_program::message::FailureStatement {
        cluster: &computation.cluster,
        epoch: 1,
        computation: &first,
        input_digest: &computation.input_digest,
        reason: FailureReason::InputSpent,
        detail: 1,
    }
    .message();
    let hash = world.must_attest(first, &message, 0..5);
    let result = world.result(first);
    let as_result = client::with_attestation(world.finalize(first, result), &first, &hash);
    let refusal = world.harness.must_refuse(&[as_result], &[]);
    assert!(refusal.is(ArxError::WrongSignedMessage), "{refusal}");
    // Nor for another computation.
    let mut elsewhere =
        client::with_attestation(world.fail(second, FailureReason::InputSpent, 1)[1].clone(), &first, &hash);
    let refusal = world.harness.must_refuse(std::slice::from_ref(&elsewhere), &[]);
    assert!(refusal.is(ArxError::AccountsDoNotBelongTogether), "{refusal}");
    // Nor may any other account stand in for it.
    let place = pda::attestation(&first, &hash).0;
    for meta in &mut elsewhere.accounts {
        if meta.pubkey == place {
            meta.pubkey = world.cell;
        }
    }
    let refusal = world.harness.must_refuse(&[elsewhere], &[]);
    assert!(refusal.is(ArxError::NotASignatureInstruction), "{refusal}");
    let settled = client::with_attestation(fail[1].clone(), &first, &hash);
    world.harness.must_send(&[settled], &[]);
    let failed = ComputationStatus::Failed { reason: FailureReason::InputSpent, detail: 1 };
    assert_eq!(world.computation(first).status, failed);
}

#[test]
fn refuses_attestations_by_others_or_over_several_messages() {
    let mut world = World::with_nodes(5, PROTOCOL_DISHONEST_MAJORITY);
    let payer = world.harness.payer().pubkey();
    let address = world.must_queue_fill(1);
    let message = world.result_message(address, &world.result(address));
    let hash = sha256(&[&message]);
    let attest = client::attest_result(payer, address, world.network.cluster, &hash, 0);
    let thief = world.harness.must_key("thief");
    let forged =
        client::verify_signatures(&[thief.pubkey()], &[thief.sign_message(&message).into()], &message);
    let refusal = world.harness.must_refuse(&[forged, attest.clone()], &[]);
    assert!(refusal.is(ArxError::WrongSigner), "{refusal}");
    let node = &world.network.nodes[0];
    let (key, other) = (node.identity.pubkey(), [9; 45]);
    let two = client::verify_two(&key, [(&message, &node.sign(&message)), (&other, &node.sign(&other))]);
    let refusal = world.harness.must_refuse(&[two, attest.clone()], &[]);
    assert!(refusal.is(ArxError::WrongSignedMessage), "{refusal}");
    // The bitmap's place follows from the message.
    let wrong = client::attest_result(payer, address, world.network.cluster, &[7; 32], 0);
    let verify = client::verify_signatures(&[key], &[world.network.nodes[0].sign(&message)], &message);
    let refusal = world.harness.must_refuse(&[verify, wrong], &[]);
    assert!(refusal.is(ArxError::AccountsDoNotBelongTogether), "{refusal}");
}

#[test]
fn an_input_comes_from_a_buffer_and_a_changed_buffer_is_seen() {
    let mut world = World::new();
    let owner = world.harness.payer().pubkey();
    let call = world.call(1);
    let bytes = input(3, 0, INPUT_BITS, 1, call.not_after);
    let (label, length) = ([4; 32], bytes.len() as u32);
    for (index, chunk) in bytes.chunks(100).enumerate() {
        let write = client::write_buffer(owner, label, length, index as u32 * 100, chunk.to_vec());
        world.harness.must_send(&[write], &[]);
    }
    let buffer = pda::buffer(&owner, &label).0;
    let mut call = call;
    call.arguments[1] = Argument::AccountSlice { account: 1, offset: Buffer::HEADER as u32, length };
    let accounts = [world.cell_account(), vec![AccountMeta::new_readonly(buffer, false)]].concat();
    let address = world.must_queue_with(world.mixed, call, accounts);
    let StoredArgument::AccountSlice { hash, account, .. } = world.computation(address).arguments[1] else {
        panic!("a slice")
    };
    assert_eq!((account, hash), (buffer, sha256(&[&bytes])));
    world.must_finalize(address);
    world.harness.must_send(&[client::close_buffer(owner, &label)], &[]);
    assert!(world.harness.account(&buffer).is_none());
}

#[test]
fn refuses_to_write_or_close_anothers_buffer_or_beyond_its_end() {
    let mut world = World::new();
    let owner = world.harness.payer().pubkey();
    let thief = world.harness.must_key("thief");
    world.harness.must_send(&[client::write_buffer(owner, [1; 32], 40_000, 0, vec![7; 500])], &[]);
    let buffer = pda::buffer(&owner, &[1; 32]).0;
    let mut steal = client::close_buffer(thief.pubkey(), &[1; 32]);
    steal.accounts[1].pubkey = buffer;
    let refusal = world.harness.must_refuse(&[steal], &[&thief]);
    assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");
    let mut write = client::write_buffer(thief.pubkey(), [1; 32], 40_000, 0, vec![8; 10]);
    write.accounts[1].pubkey = buffer;
    let refusal = world.harness.must_refuse(&[write], &[&thief]);
    assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");
    for (length, offset, bytes) in [
        (40_000, 39_999, 2),
        (MAX_BUFFER_LENGTH + 1, 0, 1),
        (40_001, 0, 1),
        (40_000, u32::MAX, 1),
        (40_000, 30_000, 1),
    ] {
        let write = client::write_buffer(owner, [1; 32], length, offset, vec![1; bytes]);
        let refusal = world.harness.must_refuse(&[write], &[]);
        assert!(refusal.is(ArxError::BufferOutOfRange), "{length} {offset} {bytes}: {refusal}");
    }
}
