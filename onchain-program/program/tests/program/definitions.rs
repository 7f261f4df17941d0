//! Definitions: written in chunks, hashed on chain, fixed for good.

use arx_program::{
    client,
    constants::{
        PROTOCOL_DISHONEST_MAJORITY, PROTOCOL_REPLICATED3_MALICIOUS, PROTOCOL_REPLICATED3_SEMI_HONEST,
    },
    error::ArxError,
    state::{
        CircuitData, ComputationDefinition, DefinitionStatus, OutputKind, OutputSpec, ParameterKind,
        ParameterSpec,
    },
};
use arx_testing::{application::Definition, harness::key};
use solana_signer::Signer;

use crate::world::{World, mixed_definition, plaintext};

#[test]
fn a_circuit_longer_than_one_growth_step_is_written_in_chunks() {
    let mut world = World::new();
    let definition = Definition {
        name: "large",
        circuit: (0..25_000u32).map(|index| (index ^ (index >> 8)) as u8).collect(),
        ..mixed_definition()
    };
    let address = world.application.define(&mut world.harness, &definition);
    let account: ComputationDefinition = world.harness.must_load(&address);
    assert_eq!(account.status, DefinitionStatus::Active);
    let circuit = world.harness.account(&arx_program::pda::circuit(&address).0).unwrap();
    assert_eq!(CircuitData::bytes(&circuit.data, account.circuit_length), Some(&definition.circuit[..]));
}

#[test]
fn refuses_a_circuit_that_does_not_match_its_hash_or_is_incomplete() {
    let mut world = World::new();
    let mut definition = Definition { name: "wrong", ..mixed_definition() };
    let address = world.application.declare(&mut world.harness, &definition);
    let authority = &world.application.authority;
    let finalize = client::finalize_definition(authority.pubkey(), world.application.mxe, address);
    let refusal = world.harness.must_refuse(std::slice::from_ref(&finalize), &[authority]);
    assert!(refusal.is(ArxError::CircuitHashMismatch), "{refusal}");
    definition.circuit[1_500] ^= 1;
    world.application.write(&mut world.harness, address, &definition.circuit);
    let refusal = world.harness.must_refuse(std::slice::from_ref(&finalize), &[authority]);
    assert!(refusal.is(ArxError::CircuitHashMismatch), "{refusal}");
    // Written again, it passes.
    definition.circuit[1_500] ^= 1;
    world.application.write(&mut world.harness, address, &definition.circuit);
    world.harness.must_send(&[finalize], &[authority]);

    // Longer than the account was created with, and never grown.
    let long = Definition { name: "long", circuit: vec![1; 11_000], ..mixed_definition() };
    let address = world.application.declare(&mut world.harness, &long);
    let finalize = client::finalize_definition(authority.pubkey(), world.application.mxe, address);
    let refusal = world.harness.must_refuse(&[finalize], &[authority]);
    assert!(refusal.is(ArxError::CircuitIncomplete), "{refusal}");
}

#[test]
fn refuses_to_write_beyond_the_circuits_length() {
    let mut world = World::new();
    let definition = Definition { name: "draft", ..mixed_definition() };
    let address = world.application.declare(&mut world.harness, &definition);
    let payer = world.harness.payer().pubkey();
    let authority = &world.application.authority;
    for offset in [2_991, 3_000, u32::MAX] {
        let write = client::write_circuit(
            payer,
            authority.pubkey(),
            world.application.mxe,
            address,
            offset,
            vec![0; 10],
        );
        let refusal = world.harness.must_refuse(&[write], &[authority]);
        assert!(refusal.is(ArxError::CircuitWriteOutOfRange), "{offset}: {refusal}");
    }
}

#[test]
fn refuses_to_change_a_definition_that_is_in_use() {
    let mut world = World::new();
    let payer = world.harness.payer().pubkey();
    let authority = &world.application.authority;
    let mxe = world.application.mxe;
    for instruction in [
        client::write_circuit(payer, authority.pubkey(), mxe, world.mixed, 0, vec![0; 10]),
        client::finalize_definition(authority.pubkey(), mxe, world.mixed),
        client::close_definition(authority.pubkey(), mxe, world.mixed),
    ] {
        let refusal = world.harness.must_refuse(&[instruction], &[authority]);
        assert!(refusal.is(ArxError::NotADraft), "{refusal}");
    }
}

#[test]
fn only_the_mxes_authority_defines() {
    let mut world = World::new();
    let thief = world.harness.must_key("thief");
    let payer = world.harness.payer().pubkey();
    let mxe = world.application.mxe;
    let draft = Definition { name: "draft", ..mixed_definition() };
    let draft = world.application.declare(&mut world.harness, &draft);
    for instruction in [
        client::write_circuit(payer, thief.pubkey(), mxe, draft, 0, vec![0; 10]),
        client::finalize_definition(thief.pubkey(), mxe, draft),
        client::close_definition(thief.pubkey(), mxe, draft),
        client::deprecate_definition(thief.pubkey(), mxe, world.mixed),
    ] {
        let refusal = world.harness.must_refuse(&[instruction], &[&thief]);
        assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");
    }
}

#[test]
fn a_draft_can_be_given_up_and_its_name_used_again() {
    let mut world = World::new();
    let draft = Definition { name: "draft", ..mixed_definition() };
    let address = world.application.declare(&mut world.harness, &draft);
    let authority = &world.application.authority;
    let close = client::close_definition(authority.pubkey(), world.application.mxe, address);
    world.harness.must_send(&[close], &[authority]);
    assert!(world.harness.account(&address).is_none());
    assert!(world.harness.account(&arx_program::pda::circuit(&address).0).is_none());
    world.application.define(&mut world.harness, &draft);
}

#[track_caller]
fn refuses_definition(expected: ArxError, change: impl FnOnce(&mut Definition)) {
    let mut world = World::new();
    let mut definition = Definition { name: "new", ..mixed_definition() };
    change(&mut definition);
    let authority = &world.application.authority;
    let create = client::create_definition(
        world.harness.payer().pubkey(),
        authority.pubkey(),
        world.application.mxe,
        arx_program::instructions::CreateDefinitionArguments {
            name: definition.name.to_owned(),
            circuit_hash: [1; 32],
            interface_hash: [2; 32],
            circuit_length: definition.circuit.len() as u32,
            cost_units: 1,
            parameters: definition.parameters,
            outputs: definition.outputs,
        },
    );
    let refusal = world.harness.must_refuse(&[create], &[authority]);
    assert!(refusal.is(expected), "{refusal}");
}

#[test]
fn refuses_definitions_that_no_call_could_satisfy() {
    refuses_definition(ArxError::InvalidName, |definition| definition.name = "");
    refuses_definition(ArxError::InvalidName, |definition| definition.name = "with space");
    refuses_definition(ArxError::InvalidName, |definition| {
        definition.name = "a_name_of_thirty_three_characters";
    });
    refuses_definition(ArxError::InvalidCircuitLength, |definition| definition.circuit.clear());
    refuses_definition(ArxError::InvalidDefinition, |definition| {
        definition.parameters = vec![plaintext(1); 33];
    });
    // Written back to a parameter that does not exist, is no cell, or has another size.
    for source in [1, 9] {
        refuses_definition(ArxError::InvalidDefinition, |definition| {
            definition.outputs[1].kind = OutputKind::Cell { source: Some(source) };
        });
    }
    refuses_definition(ArxError::InvalidDefinition, |definition| definition.outputs[1].bits += 1);
    refuses_definition(ArxError::ResultTooLarge, |definition| {
        definition.outputs[0] = OutputSpec { kind: OutputKind::Public, bits: 8 << 20, plain_len: 1 << 20 };
    });
}

#[test]
fn lengths_of_arguments_are_those_of_the_wire_format() {
    let shared = ParameterSpec { kind: ParameterKind::Shared { slot: 0 }, bits: 65, plain_len: 0 };
    // R 32; version, n, slot, k, counter, not_after, E1, E2 = 88; three tags and bindings; 9 bytes of 65 bits.
    assert_eq!(shared.data_length(3), Some(32 + 88 + 3 * 32 + 9));
    let output = OutputSpec { kind: OutputKind::Shared { slot: 0 }, bits: 65, plain_len: 0 };
    assert_eq!(output.data_length(3, PROTOCOL_DISHONEST_MAJORITY), 176 + 3 * 16 + 9);
    let cell = OutputSpec { kind: OutputKind::Cell { source: None }, bits: 65, plain_len: 0 };
    assert_eq!(cell.data_length(3, PROTOCOL_REPLICATED3_SEMI_HONEST), 1 + 8 + 32 + 4 + 9);
    // A tag for every 128 bits, begun ones included.
    assert_eq!(cell.data_length(3, PROTOCOL_DISHONEST_MAJORITY), 1 + 8 + 32 + 4 + 9 + 16);
    let cell = OutputSpec { bits: 129, ..cell };
    assert_eq!(cell.data_length(3, PROTOCOL_REPLICATED3_MALICIOUS), 1 + 8 + 32 + 4 + 17 + 2 * 16);
}

#[test]
fn refuses_a_foreign_mxe_authority_for_a_new_definition() {
    let mut world = World::new();
    let thief = key("thief");
    let payer = world.harness.payer().pubkey();
    let create = client::create_definition(
        payer,
        thief.pubkey(),
        world.application.mxe,
        arx_program::instructions::CreateDefinitionArguments {
            name: "reveal_all".to_owned(),
            circuit_hash: [1; 32],
            interface_hash: [2; 32],
            circuit_length: 10,
            cost_units: 1,
            parameters: vec![],
            outputs: vec![],
        },
    );
    let refusal = world.harness.must_refuse(&[create], &[&thief]);
    assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");
}
