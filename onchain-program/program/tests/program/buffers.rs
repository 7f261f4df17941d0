//! Outputs that are too long for one transaction.

use anchor_lang::prelude::AccountMeta;
use arx_program::{
    client,
    constants::{MAX_RESULT_LENGTH, RESULT_CHUNK},
    error::ArxError,
    instructions::FinalizeArguments,
    message::{output_digest, slice_words, stored_output_digest},
    pda,
    state::{Argument, Buffer, ComputationStatus, OutputKind, OutputSpec, ResultBuffer},
};
use arx_testing::{
    application::{Definition, forward},
    harness::key,
};
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::world::World;

const LONG: u32 = 3_000;
const CHUNK: usize = 800;

fn world_with_a_long_output() -> (World, Pubkey, Vec<u8>) {
    let mut world = World::new();
    let definition = Definition {
        name: "long",
        circuit: vec![3; 50],
        cost_units: 1,
        parameters: vec![],
        outputs: vec![OutputSpec { kind: OutputKind::Public, bits: 8 * LONG, plain_len: LONG }],
    };
    let definition = world.application.define(&mut world.harness, &definition);
    let mut call = world.call(1);
    call.arguments.clear();
    call.output_cells = vec![None];
    let address = world.must_queue_with(definition, call, vec![]);
    let output: Vec<u8> = (0..LONG).map(|index| (index * 31) as u8).collect();
    (world, address, output)
}

/// Borsh of `vec![output]`.
fn encode(output: &[u8]) -> Vec<u8> {
    let mut bytes = 1u32.to_le_bytes().to_vec();
    bytes.extend_from_slice(&(output.len() as u32).to_le_bytes());
    bytes.extend_from_slice(output);
    bytes
}

fn write(world: &mut World, address: Pubkey, bytes: &[u8]) {
    let writer = world.harness.payer().pubkey();
    for (index, chunk) in bytes.chunks(CHUNK).enumerate() {
        let offset = (index * CHUNK) as u32;
        let write = client::write_result(writer, address, bytes.len() as u32, offset, chunk.to_vec());
        world.harness.must_send(&[write], &[]);
    }
}

fn finalize_from_buffer(world: &World, address: Pubkey, output: &[u8]) -> Vec<Instruction> {
    let result = FinalizeArguments { outputs: vec![output.to_vec()], ..world.result(address) };
    let message = world.result_message(address, &result);
    let arguments = FinalizeArguments { outputs: vec![], ..result };
    let submitter = world.harness.payer().pubkey();
    let account = world.computation(address);
    vec![
        world.network.sign(&message),
        client::finalize_computation(submitter, address, &account, arguments, true),
    ]
}

#[test]
fn a_long_output_is_written_in_chunks_and_the_buffers_rent_comes_back() {
    let (mut world, address, output) = world_with_a_long_output();
    let before = world.harness.lamports(&world.harness.payer().pubkey());
    write(&mut world, address, &encode(&output));
    let instructions = finalize_from_buffer(&world, address, &output);
    world.harness.must_send(&instructions, &[]);
    let computation = world.computation(address);
    assert_eq!(computation.status, ComputationStatus::Finalized);
    assert_eq!(computation.result.unwrap().outputs, vec![output]);
    let writer = world.harness.payer().pubkey();
    assert!(world.harness.account(&pda::result_buffer(&address, &writer).0).is_none());
    // Only fees are gone: four chunks, and a result whose three signatures are charged too.
    assert_eq!(before - world.harness.lamports(&writer), 8 * 5_000);
}

#[test]
fn chunks_may_come_in_any_order_and_twice() {
    let (mut world, address, output) = world_with_a_long_output();
    let bytes = encode(&output);
    let writer = world.harness.payer().pubkey();
    for index in [2usize, 0, 3, 2, 1] {
        let chunk = bytes.chunks(CHUNK).nth(index).unwrap().to_vec();
        let write = client::write_result(writer, address, bytes.len() as u32, (index * CHUNK) as u32, chunk);
        world.harness.must_send(&[write], &[]);
    }
    let instructions = finalize_from_buffer(&world, address, &output);
    world.harness.must_send(&instructions, &[]);
}

#[test]
fn refuses_a_buffer_with_other_bytes_than_were_signed() {
    let (mut world, address, output) = world_with_a_long_output();
    let mut other = output.clone();
    other[2_999] ^= 1;
    write(&mut world, address, &encode(&other));
    let instructions = finalize_from_buffer(&world, address, &output);
    let refusal = world.harness.must_refuse(&instructions, &[]);
    assert!(refusal.is(ArxError::WrongSignedMessage), "{refusal}");
}

#[test]
fn refuses_a_buffer_that_does_not_decode() {
    let (mut world, address, output) = world_with_a_long_output();
    let mut bytes = encode(&output);
    bytes.push(0);
    write(&mut world, address, &bytes);
    let instructions = finalize_from_buffer(&world, address, &output);
    let refusal = world.harness.must_refuse(&instructions, &[]);
    assert!(refusal.is(ArxError::WrongOutputs), "{refusal}");
}

#[test]
fn refuses_outputs_both_inline_and_in_a_buffer() {
    let (mut world, address, output) = world_with_a_long_output();
    write(&mut world, address, &encode(&output));
    let mut instructions = finalize_from_buffer(&world, address, &output);
    let result = FinalizeArguments { outputs: vec![vec![]], ..world.result(address) };
    let submitter = world.harness.payer().pubkey();
    let account = world.computation(address);
    instructions[1] = client::finalize_computation(submitter, address, &account, result, true);
    let refusal = world.harness.must_refuse(&instructions, &[]);
    assert!(refusal.is(ArxError::WrongOutputs), "{refusal}");
}

#[test]
fn refuses_the_buffer_of_another_writer_or_computation() {
    let (mut world, address, output) = world_with_a_long_output();
    let other_writer = world.harness.must_key("other writer");
    let bytes = encode(&output);
    for (index, chunk) in bytes.chunks(CHUNK).enumerate() {
        let offset = (index * CHUNK) as u32;
        let write =
            client::write_result(other_writer.pubkey(), address, bytes.len() as u32, offset, chunk.to_vec());
        world.harness.must_send(&[write], &[&other_writer]);
    }
    let mut instructions = finalize_from_buffer(&world, address, &output);
    let own = pda::result_buffer(&address, &world.harness.payer().pubkey()).0;
    let place = instructions[1].accounts.iter().position(|account| account.pubkey == own).unwrap();
    instructions[1].accounts[place].pubkey = pda::result_buffer(&address, &other_writer.pubkey()).0;
    let refusal = world.harness.must_refuse(&instructions, &[]);
    assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");

    // The submitter's own buffer, but for another computation.
    let second = world.must_queue(2);
    write(&mut world, second, &bytes);
    instructions[1].accounts[place].pubkey = pda::result_buffer(&second, &world.harness.payer().pubkey()).0;
    let refusal = world.harness.must_refuse(&instructions, &[]);
    assert!(refusal.is(ArxError::AccountsDoNotBelongTogether), "{refusal}");
}

#[test]
fn refuses_to_write_outside_a_buffer_or_into_a_settled_computation() {
    let (mut world, address, _) = world_with_a_long_output();
    let writer = world.harness.payer().pubkey();
    let first = client::write_result(writer, address, 100, 0, vec![1; 10]);
    world.harness.must_send(&[first], &[]);
    for (length, offset) in [(100, 91), (100, u32::MAX), (101, 0), (99, 0)] {
        let write = client::write_result(writer, address, length, offset, vec![1; 10]);
        let refusal = world.harness.must_refuse(&[write], &[]);
        assert!(refusal.is(ArxError::ResultOutOfRange), "{length} {offset}: {refusal}");
    }
    let done = world.must_queue(2);
    world.must_finalize(done);
    let write = client::write_result(writer, done, 100, 0, vec![1; 10]);
    let refusal = world.harness.must_refuse(&[write], &[]);
    assert!(refusal.is(ArxError::AlreadySettled), "{refusal}");
    let write = client::write_result(writer, address, MAX_RESULT_LENGTH + 1, 0, vec![1; 10]);
    let refusal = world.harness.must_refuse(&[write], &[]);
    assert!(refusal.is(ArxError::ResultTooLarge), "{refusal}");
}

#[test]
fn only_its_writer_closes_an_unused_buffer() {
    let (mut world, address, _) = world_with_a_long_output();
    let writer = world.harness.payer().pubkey();
    let first = client::write_result(writer, address, 100, 0, vec![1; 10]);
    world.harness.must_send(&[first], &[]);
    let thief = key("thief");
    let mut steal = client::close_result(writer, address);
    steal.accounts[0] = AccountMeta::new(thief.pubkey(), true);
    let refusal = world.harness.must_refuse(&[steal], &[&thief]);
    assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");
    world.harness.must_send(&[client::close_result(writer, address)], &[]);
    assert!(world.harness.load::<ResultBuffer>(&pda::result_buffer(&address, &writer).0).is_none());
}

/// A definition with one public output of this length.
fn large_definition(world: &mut World, length: u32) -> solana_pubkey::Pubkey {
    let definition = Definition {
        name: "large",
        circuit: vec![1; 100],
        cost_units: 10,
        parameters: vec![],
        outputs: vec![
            OutputSpec { kind: OutputKind::Public, bits: 8 * length, plain_len: length },
            OutputSpec { kind: OutputKind::Public, bits: 8, plain_len: 1 },
        ],
    };
    world.application.define(&mut world.harness, &definition)
}

#[test]
fn an_output_of_a_megabyte_is_finalised_from_its_buffer_and_delivered() {
    let mut world = World::new();
    let payer = world.harness.payer().pubkey();
    let length = MAX_RESULT_LENGTH - 4 - 4 - 4 - 1;
    let definition = large_definition(&mut world, length);
    let mut call = world.call(1);
    (call.arguments, call.output_cells) = (vec![], vec![None, None]);
    let address = world.must_queue_with(definition, call, vec![]);
    let computation = world.computation(address);
    assert!(computation.is_large());
    let rent = world.harness.rent(ResultBuffer::HEADER + MAX_RESULT_LENGTH as usize);
    assert!(computation.escrow.output_rent > rent);

    // Another member writes it, and gets back what that costs.
    let member = world.harness.must_key("member");
    let mut result = world.result(address);
    result.outputs = vec![vec![0xAB; length as usize], vec![7]];
    let mut bytes = Vec::new();
    anchor_lang::AnchorSerialize::serialize(&result.outputs, &mut bytes).unwrap();
    assert_eq!(bytes.len(), MAX_RESULT_LENGTH as usize);
    let before = world.harness.lamports(&member.pubkey());
    let mut fees = 0;
    for (index, chunk) in bytes.chunks(RESULT_CHUNK).enumerate() {
        let offset = (index * RESULT_CHUNK) as u32;
        let write = client::write_result(member.pubkey(), address, MAX_RESULT_LENGTH, offset, chunk.to_vec());
        fees += world.harness.send_paid_by(&member, &[write], &[]).unwrap().fee;
    }
    let message = world.result_message(address, &result);
    let outputs = std::mem::take(&mut result.outputs);
    let finalize =
        client::finalize_computation(member.pubkey(), address, &world.computation(address), result, true);
    let budget = Pubkey::from_str_const("ComputeBudget111111111111111111111111111111");
    // "Set the limit to": 1.4 million units.
    let data = [&[2][..], &1_400_000u32.to_le_bytes()].concat();
    let units = Instruction { program_id: budget, accounts: vec![], data };
    let proof = world.network.sign(&message);
    world.harness.must_send(&[proof, finalize, units], &[&member]);
    let done = world.computation(address);
    let buffer = pda::result_buffer(&address, &member.pubkey()).0;
    let stored = done.result.as_ref().expect("finalised");
    assert_eq!(stored.buffer, Some(buffer));
    assert_eq!(stored_output_digest(&stored.outputs, &done.output_cells, true), Some(stored.output_digest));
    assert_eq!(stored.output_digest, output_digest(&outputs));
    // The member has its rent and its fees again, but for the finalising transaction's own.
    let after = world.harness.lamports(&member.pubkey());
    let settle_fee = 2 * 5_000;
    assert!(after + settle_fee >= before, "{before} {after} {fees}");

    // The buffer stays until the application has the outcome; then its rent is the payer's.
    let refusal = world.harness.must_refuse(&[client::close_result(member.pubkey(), address)], &[&member]);
    assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");
    let close = client::close_final_result(payer, address, buffer);
    let refusal = world.harness.must_refuse(std::slice::from_ref(&close), &[]);
    assert!(refusal.is(ArxError::OutcomePending), "{refusal}");
    let deliver = world.deliver(address);
    assert_eq!(deliver.accounts.last().map(|meta| meta.pubkey), Some(buffer));
    let mut without = deliver.clone();
    without.accounts.pop();
    let refusal = world.harness.must_refuse(&[without], &[]);
    assert!(refusal.is(ArxError::WrongCallbackAccounts), "{refusal}");
    world.harness.must_send(&[deliver], &[]);
    let purse = world.harness.lamports(&payer);
    let receipt = world.harness.must_send(&[close], &[]);
    assert_eq!(world.harness.lamports(&payer) + receipt.fee - purse, rent);
}

#[test]
fn a_large_result_is_refused_inline_and_refunded_when_it_fails() {
    let mut world = World::new();
    let payer = world.harness.payer().pubkey();
    let definition = large_definition(&mut world, 20_000);
    let mut call = world.call(1);
    (call.arguments, call.output_cells) = (vec![], vec![None, None]);
    let before = world.harness.lamports(&payer);
    let address = world.must_queue_with(definition, call, vec![]);
    let rent = world.harness.rent(world.harness.account(&address).unwrap().data.len());
    let deadline = world.computation(address).deadline;
    world.harness.warp_to(deadline + 1);
    let expire = world.expire(address);
    world.harness.must_send(&[expire], &[]);
    // Everything but the tombstone's rent and the two transactions came back.
    assert_eq!(before - world.harness.lamports(&payer), rent + 3 * 5_000);
}

/// A call whose plaintext argument is read from an account when the computation starts.
fn latest(world: &mut World, counter: u64) -> (solana_pubkey::Pubkey, solana_pubkey::Pubkey) {
    let owner = world.harness.payer().pubkey();
    let price = client::write_buffer(owner, [3; 32], 8, 0, 42u64.to_le_bytes().to_vec());
    world.harness.must_send(&[price], &[]);
    let feed = pda::buffer(&owner, &[3; 32]).0;
    let mut call = world.call(counter);
    call.arguments[0] = Argument::LatestSlice { account: 1, offset: Buffer::HEADER as u32, length: 8 };
    let accounts = [world.cell_account(), vec![AccountMeta::new_readonly(feed, false)]].concat();
    (world.must_queue_with(world.mixed, call, accounts), feed)
}

#[test]
fn a_latest_slice_is_compared_when_the_result_lands() {
    let mut world = World::new();
    let owner = world.harness.payer().pubkey();
    let (address, feed) = latest(&mut world, 1);
    let result = |world: &World, value: u64| {
        let mut result = world.result(address);
        result.cell_versions.extend(slice_words(&value.to_le_bytes()));
        result
    };
    // Between start and result the account changes: what was computed on the old value does not land.
    let old = world.signed(address, result(&world, 42));
    let change = client::write_buffer(owner, [3; 32], 8, 0, 43u64.to_le_bytes().to_vec());
    world.harness.must_send(&[change], &[]);
    let refusal = world.harness.must_refuse(&old, &[]);
    assert!(refusal.is(ArxError::CellChanged), "{refusal}");
    // Nor with another account in its place, or none.
    let new = world.signed(address, result(&world, 43));
    let mut other = new.clone();
    let last = other[1].accounts.len() - 1;
    assert_eq!(other[1].accounts[last].pubkey, feed);
    other[1].accounts[last].pubkey = world.cell;
    let refusal = world.harness.must_refuse(&other, &[]);
    assert!(refusal.is(ArxError::WrongCell), "{refusal}");
    other[1].accounts.pop();
    let refusal = world.harness.must_refuse(&other, &[]);
    assert!(refusal.is(ArxError::WrongCell), "{refusal}");
    // Computed again on the new one it does.
    world.harness.must_send(&new, &[]);
    let versions = world.computation(address).result.expect("finalised").cell_versions;
    assert_eq!(versions[1..], slice_words(&43u64.to_le_bytes()));
}

#[test]
fn refuses_latest_slices_of_wrong_size_or_for_encrypted_arguments() {
    let mut world = World::new();
    let (_, feed) = latest(&mut world, 1);
    let accounts = [world.cell_account(), vec![AccountMeta::new_readonly(feed, false)]].concat();
    let head = Buffer::HEADER as u32;
    for (argument, slice, expected) in [
        (0, (head, 7), ArxError::WrongArgumentLength),
        (0, (head + 1, 8), ArxError::SliceOutOfRange),
        (0, (u32::MAX, 8), ArxError::SliceOutOfRange),
        (1, (head, 8), ArxError::WrongArgumentKind),
        (2, (head, 8), ArxError::WrongArgumentKind),
    ] {
        let mut call = world.call(2);
        call.arguments[argument] = Argument::LatestSlice { account: 1, offset: slice.0, length: slice.1 };
        let inner = client::queue_computation(&world.caller(world.mixed), call, accounts.clone());
        let refusal = world.harness.must_refuse(&[forward(inner)], &[&world.user]);
        assert!(refusal.is(expected), "{argument} {slice:?}: {refusal}");
    }
}
