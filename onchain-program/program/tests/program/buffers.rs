//! Outputs that are too long for one transaction.

use anchor_lang::prelude::AccountMeta;
use arx_program::{
    client,
    error::ArxError,
    instructions::FinalizeArguments,
    pda,
    state::{ComputationStatus, OutputKind, OutputSpec, ResultBuffer},
};
use arx_testing::{application::Definition, harness::key};
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
    let write = client::write_result(writer, address, 10_001, 0, vec![1; 10]);
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
