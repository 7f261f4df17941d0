//! Forged, repeated, foreign, reordered and misplaced signatures; results of something else.

use arx_program::{
    client,
    error::ArxError,
    state::{ComputationStatus, FailureReason},
};
use arx_testing::{Refusal, network::NodeKeys};
use solana_instruction::Instruction;
use solana_sdk_ids::ed25519_program;
use solana_signer::Signer;

use crate::world::World;

/// Finalises computation 1 with a precompile instruction made from its members, their signatures and the message.
fn with_signatures(make: impl FnOnce(&World, &[u8]) -> Instruction) -> Refusal {
    let mut world = World::new();
    let address = world.must_queue(1);
    let result = world.result(address);
    let message = world.result_message(address, &result);
    let instructions = [make(&world, &message), world.finalize(address, result)];
    world.harness.must_refuse(&instructions, &[])
}

fn precompile(data: Vec<u8>) -> Instruction {
    Instruction { program_id: ed25519_program::ID, accounts: vec![], data }
}

#[test]
fn refuses_a_missing_signature() {
    let refusal = with_signatures(|world, message| {
        let members = world.network.members();
        let signatures: Vec<_> = world.network.nodes[..2].iter().map(|node| node.sign(message)).collect();
        client::verify_signatures(&members[..2], &signatures, message)
    });
    assert!(refusal.is(ArxError::WrongSignatureCount), "{refusal}");
}

#[test]
fn refuses_an_additional_signature() {
    let refusal = with_signatures(|world, message| {
        let mut members = world.network.members();
        let mut signatures: Vec<_> = world.network.nodes.iter().map(|node| node.sign(message)).collect();
        members.push(members[0]);
        signatures.push(signatures[0]);
        client::verify_signatures(&members, &signatures, message)
    });
    assert!(refusal.is(ArxError::WrongSignatureCount), "{refusal}");
}

#[test]
fn refuses_a_repeated_signature() {
    let refusal = with_signatures(|world, message| {
        let node = &world.network.nodes[0];
        let members = [node.identity.pubkey(); 3];
        client::verify_signatures(&members, &[node.sign(message); 3], message)
    });
    assert!(refusal.is(ArxError::WrongSigner), "{refusal}");
}

#[test]
fn refuses_a_foreign_signature() {
    let refusal = with_signatures(|world, message| {
        let foreign = NodeKeys::named("not a member");
        let mut members = world.network.members();
        members[1] = foreign.identity.pubkey();
        let nodes = [&world.network.nodes[0], &foreign, &world.network.nodes[2]];
        let signatures: Vec<_> = nodes.iter().map(|node| node.sign(message)).collect();
        client::verify_signatures(&members, &signatures, message)
    });
    assert!(refusal.is(ArxError::WrongSigner), "{refusal}");
}

#[test]
fn refuses_signatures_in_another_order() {
    let refusal = with_signatures(|world, message| {
        let mut members = world.network.members();
        let mut signatures: Vec<_> = world.network.nodes.iter().map(|node| node.sign(message)).collect();
        members.swap(0, 1);
        signatures.swap(0, 1);
        client::verify_signatures(&members, &signatures, message)
    });
    assert!(refusal.is(ArxError::WrongSigner), "{refusal}");
}

#[test]
fn refuses_a_forged_signature() {
    // The precompile itself fails, and with it the transaction.
    let refusal = with_signatures(|world, message| {
        let mut signatures: Vec<_> = world.network.nodes.iter().map(|node| node.sign(message)).collect();
        signatures[2][40] ^= 1;
        client::verify_signatures(&world.network.members(), &signatures, message)
    });
    assert!(refusal.error.contains("InstructionError(0"), "{refusal}");
}

#[test]
fn refuses_signatures_over_another_message() {
    let refusal = with_signatures(|world, message| {
        let mut other = message.to_vec();
        other[20] ^= 1;
        world.network.sign(&other)
    });
    assert!(refusal.is(ArxError::WrongSignedMessage), "{refusal}");
    let refusal = with_signatures(|world, message| world.network.sign(&message[..44]));
    assert!(refusal.is(ArxError::WrongSignedMessage), "{refusal}");
    let refusal = with_signatures(|world, message| world.network.sign(&[message, &[0]].concat()));
    assert!(refusal.is(ArxError::WrongSignedMessage), "{refusal}");
}

/// Where parts lie in the instructions of [`with_parts_elsewhere`].
const KEYS_AT: usize = 44;
const MESSAGE_AT: usize = 140;
const SIGNATURE_AT: usize = 185;

/// Bytes of a precompile instruction with three keys, one message and one signature, and entries that are still empty.
fn parts(count: u8, keys: &[[u8; 32]; 3], message: &[u8], signature: &[u8; 64]) -> Vec<u8> {
    let mut data = vec![count, 0];
    data.resize(KEYS_AT, 0);
    data.extend_from_slice(&keys.concat());
    data.extend_from_slice(message);
    data.extend_from_slice(signature);
    assert_eq!(data.len(), SIGNATURE_AT + 64);
    data
}

/// Writes one entry: which key it uses, and in which instructions signature, key and message lie.
fn set_entry(data: &mut [u8], entry: usize, instructions: [u16; 3]) {
    let [signature, key, message] = instructions;
    let fields =
        [SIGNATURE_AT as u16, signature, (KEYS_AT + 32 * entry) as u16, key, MESSAGE_AT as u16, 45, message];
    for (position, field) in fields.into_iter().enumerate() {
        let at = 2 + 14 * entry + 2 * position;
        data[at..at + 2].copy_from_slice(&field.to_le_bytes());
    }
}

/// An attacker's precompile instruction whose own bytes say what the program wants to read, members' keys and message,
/// while the chosen parts (signature, key, message) that are verified lie in another instruction of the attacker's.
fn with_parts_elsewhere(elsewhere: [bool; 3]) -> Refusal {
    const THIS: u16 = u16::MAX;
    let mut world = World::new();
    let address = world.must_queue(1);
    let result = world.result(address);
    let message = world.result_message(address, &result);
    let attacker = NodeKeys::named("attacker");
    let own = [0x66; 45];
    let own_key = attacker.identity.pubkey().to_bytes();
    let mut decoy = parts(1, &[own_key; 3], &own, &attacker.sign(&own));
    set_entry(&mut decoy, 0, [THIS; 3]);

    let members = world.network.members();
    let keys = [0, 1, 2].map(|index: usize| members[index].to_bytes());
    let mut data = parts(3, &keys, &message, &[0; 64]);
    for entry in 0..3 {
        set_entry(&mut data, entry, elsewhere.map(|part| if part { 2 } else { THIS }));
    }
    let instructions = [precompile(data), world.finalize(address, result), precompile(decoy)];
    world.harness.must_refuse(&instructions, &[])
}

#[test]
fn refuses_offsets_that_point_into_another_instruction() {
    let refusal = with_parts_elsewhere([true; 3]);
    assert!(refusal.is(ArxError::SignatureOutsideInstruction), "{refusal}");
    assert!(refusal.error.contains("InstructionError(1"), "the precompile itself was satisfied: {refusal}");
}

#[test]
fn refuses_a_single_part_in_another_instruction() {
    // The signature no longer verifies, so the precompile refuses before the program is asked.
    for elsewhere in [[true, false, false], [false, true, false], [false, false, true]] {
        let refusal = with_parts_elsewhere(elsewhere);
        assert!(refusal.error.contains("InstructionError(0"), "{refusal}");
    }
}

#[test]
fn takes_offsets_that_name_their_own_index() {
    let mut world = World::new();
    let address = world.must_queue(1);
    let mut signed = world.signed(address, world.result(address));
    for entry in 0..3 {
        for part in [1, 3, 6] {
            let at = 2 + 14 * entry + 2 * part;
            signed[0].data[at..at + 2].copy_from_slice(&0u16.to_le_bytes());
        }
    }
    world.harness.must_send(&signed, &[]);
}

#[test]
fn refuses_a_signature_instruction_that_is_not_one() {
    let mut world = World::new();
    let address = world.must_queue(1);
    for index in [1, 2, 255] {
        let mut result = world.result(address);
        result.signature_instruction = index;
        let signed = world.signed(address, result);
        let refusal = world.harness.must_refuse(&signed, &[]);
        assert!(refusal.is(ArxError::NotASignatureInstruction), "{index}: {refusal}");
    }
    let unsigned = world.finalize(address, world.result(address));
    let refusal = world.harness.must_refuse(&[unsigned], &[]);
    assert!(refusal.is(ArxError::NotASignatureInstruction), "{refusal}");
}

#[test]
fn refuses_another_account_as_the_instructions_sysvar() {
    // An attacker's account could say anything about the transaction's instructions.
    let mut world = World::new();
    let address = world.must_queue(1);
    let mut signed = world.signed(address, world.result(address));
    signed[1].accounts[5].pubkey = world.user.pubkey();
    let refusal = world.harness.must_refuse(&signed, &[]);
    assert!(refusal.is(ArxError::NotASignatureInstruction), "{refusal}");
}

#[test]
fn refuses_the_signatures_of_another_computation() {
    let mut world = World::new();
    let (first, second) = (world.must_queue(1), world.must_queue(2));
    let result = world.result(first);
    let instructions =
        [world.network.sign(&world.result_message(first, &result)), world.finalize(second, result)];
    let refusal = world.harness.must_refuse(&instructions, &[]);
    assert!(refusal.is(ArxError::WrongSignedMessage), "{refusal}");
}

#[test]
fn refuses_the_signatures_of_another_epoch() {
    let mut world = World::new();
    let address = world.must_queue(1);
    let mut result = world.result(address);
    result.epoch = 2;
    let message = world.result_message(address, &result);
    let instructions = [world.network.sign(&message), world.finalize(address, result.clone())];
    let refusal = world.harness.must_refuse(&instructions, &[]);
    assert!(refusal.is(ArxError::WrongEpoch), "{refusal}");
    result.epoch = 1;
    let instructions = [world.network.sign(&message), world.finalize(address, result)];
    let refusal = world.harness.must_refuse(&instructions, &[]);
    assert!(refusal.is(ArxError::WrongSignedMessage), "{refusal}");
}

#[test]
fn refuses_the_signatures_of_another_definition() {
    // The same call of another definition: another circuit hash.
    let mut world = World::new();
    let address = world.must_queue(1);
    let result = world.result(address);
    let computation = world.computation(address);
    let message = arx_program::message::ResultStatement {
        cluster: &computation.cluster,
        epoch: 1,
        session: &result.session,
        computation: &address,
        circuit_hash: &[0xDD; 32],
        input_digest: &computation.input_digest,
        cell_versions: &result.cell_versions,
        output_digest: &arx_program::message::output_digest(&result.outputs),
        transcript_digest: &result.transcript_digest,
        coin: &result.coin,
    }
    .message();
    let instructions = [world.network.sign(&message), world.finalize(address, result)];
    let refusal = world.harness.must_refuse(&instructions, &[]);
    assert!(refusal.is(ArxError::WrongSignedMessage), "{refusal}");
}

#[test]
fn refuses_a_result_of_which_anything_was_changed_after_signing() {
    let mut world = World::new();
    let address = world.must_queue(1);
    let message = world.result_message(address, &world.result(address));
    for change in 0..5 {
        let mut result = world.result(address);
        match change {
            0 => result.session[0] ^= 1,
            1 => result.transcript_digest[31] ^= 1,
            2 => result.coin[9] ^= 1,
            3 => result.outputs[0][0] ^= 1,
            _ => result.outputs[1][50] ^= 1,
        }
        let instructions = [world.network.sign(&message), world.finalize(address, result)];
        let refusal = world.harness.must_refuse(&instructions, &[]);
        assert!(refusal.is(ArxError::WrongSignedMessage), "{change}: {refusal}");
    }
}

#[test]
fn refuses_outputs_of_another_number_or_length() {
    let mut world = World::new();
    let address = world.must_queue(1);
    for change in 0..4 {
        let mut result = world.result(address);
        match change {
            0 => {
                result.outputs.pop();
            }
            1 => result.outputs.push(vec![]),
            2 => result.outputs[0].push(0),
            _ => {
                result.outputs[1].pop();
            }
        }
        let signed = world.signed(address, result);
        let refusal = world.harness.must_refuse(&signed, &[]);
        assert!(refusal.is(ArxError::WrongOutputs), "{change}: {refusal}");
    }
}

#[test]
fn refuses_the_cluster_or_queue_of_someone_else() {
    let mut world = World::new();
    let address = world.must_queue(1);
    // Another account of the right type at another address.
    let fake = solana_pubkey::Pubkey::new_from_array([0xFA; 32]);
    for (position, original) in
        [(2, world.network.cluster), (3, arx_program::pda::queue(&world.network.cluster).0)]
    {
        let mut account = world.harness.account(&original).unwrap();
        if position == 3 {
            account.data[8..40].copy_from_slice(fake.as_ref());
        }
        world.harness.set_account(fake, account);
        let mut signed = world.signed(address, world.result(address));
        assert_eq!(signed[1].accounts[position].pubkey, original);
        signed[1].accounts[position].pubkey = fake;
        let refusal = world.harness.must_refuse(&signed, &[]);
        assert!(refusal.is(ArxError::AccountsDoNotBelongTogether), "{position}: {refusal}");
    }
}

#[test]
fn refuses_a_computation_account_of_another_program() {
    let mut world = World::new();
    let address = world.must_queue(1);
    let fake = solana_pubkey::Pubkey::new_from_array([0xFA; 32]);
    let mut account = world.harness.account(&address).unwrap();
    account.owner = arx_testing::application::ECHO;
    world.harness.set_account(fake, account);
    let mut signed = world.signed(address, world.result(address));
    signed[1].accounts[1].pubkey = fake;
    let refusal = world.harness.must_refuse(&signed, &[]);
    assert!(refusal.is(ArxError::WrongAccount), "{refusal}");
}

#[test]
fn refuses_to_finalize_twice() {
    let mut world = World::new();
    let address = world.must_queue(1);
    let signed = world.signed(address, world.result(address));
    world.harness.must_send(&signed, &[]);
    let refusal = world.harness.must_refuse(&signed, &[]);
    assert!(refusal.is(ArxError::AlreadySettled), "{refusal}");
    let fail = world.fail(address, FailureReason::ProtocolFailed, 0);
    let refusal = world.harness.must_refuse(&fail, &[]);
    assert!(refusal.is(ArxError::AlreadySettled), "{refusal}");
    let deadline = world.computation(address).deadline;
    world.harness.warp_to(deadline + 1);
    let expire = world.expire(address);
    let refusal = world.harness.must_refuse(&[expire], &[]);
    assert!(refusal.is(ArxError::AlreadySettled), "{refusal}");
    assert_eq!(world.computation(address).status, ComputationStatus::Finalized);
}

#[test]
fn refuses_a_result_after_the_deadline() {
    let mut world = World::new();
    let address = world.must_queue(1);
    let signed = world.signed(address, world.result(address));
    let deadline = world.computation(address).deadline;
    let mut in_time = world.harness.clone();
    in_time.warp_to(deadline);
    in_time.must_send(&signed, &[]);
    world.harness.warp_to(deadline + 1);
    let refusal = world.harness.must_refuse(&signed, &[]);
    assert!(refusal.is(ArxError::DeadlinePassed), "{refusal}");
}
