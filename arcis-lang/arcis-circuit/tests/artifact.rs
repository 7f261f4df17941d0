//! Artifacts: one encoding, read back exactly, and nothing else is read.

mod common;

use std::collections::BTreeSet;

use arcis_circuit::artifact::{ARTIFACT_MAGIC, ARTIFACT_VERSION, MAX_ARTIFACT_BYTES};
use arcis_circuit::testing::{Limits, circuits};
use arcis_circuit::{
    Artifact, ArtifactError, Bits, Circuit, CircuitError, DecodeError, Function, Input, Interface,
    InterfaceError, Op, Output, OutputKind, Parameter, ParameterKind, Type, TypeError, Visibility,
    cost_units, evaluate,
};
use common::{function, public, secret, wrap};
use proptest::collection::vec;
use proptest::prelude::*;

const U64: Type = Type::Integer { bits: 64, signed: false };

fn parameter(name: &str, kind: ParameterKind, ty: Type) -> Parameter {
    Parameter { name: name.to_owned(), kind, ty }
}

/// `place_bid(bid: Enc<Shared, u64>, reserve: u64, state: Enc<Mxe, (u64, bool)>)`, which updates the state and tells
/// the bidder whether he leads.
fn place_bid() -> Artifact {
    let state = Type::Tuple(vec![U64, Type::Bool]);
    Artifact {
        interface: Interface {
            name: "place_bid".to_owned(),
            parameters: vec![
                parameter("bid", ParameterKind::Shared { slot: 0 }, U64),
                parameter("reserve", ParameterKind::Plaintext, U64),
                parameter("state", ParameterKind::Cell, state.clone()),
            ],
            outputs: vec![
                Output { kind: OutputKind::Cell { source: Some(2) }, ty: state },
                Output { kind: OutputKind::Shared { slot: 0 }, ty: Type::Bool },
            ],
        },
        circuit: Circuit {
            functions: vec![Function {
                name: "place_bid".to_owned(),
                inputs: vec![secret(64), public(64), secret(64), secret(1)],
                ops: vec![
                    Op::Less { a: 2, b: 0, signed: false },                   // 4
                    Op::Less { a: 0, b: 1, signed: false },                   // 5
                    Op::Not(5),                                               // 6
                    Op::And(4, 6),                                            // 7
                    Op::Select { condition: 7, when_true: 0, when_false: 2 }, // 8
                    Op::Or(3, 7),                                             // 9
                ],
                outputs: vec![8, 9, 7],
            }],
        },
        public: None,
    }
}

#[test]
fn the_bytes_of_an_artifact_are_fixed() {
    let artifact = place_bid();
    artifact.validate().unwrap();
    let interface = [
        &b"\x09place_bid"[..],
        &[3],
        b"\x03bid\x01\x00\x40",
        b"\x07reserve\x00\x40",
        b"\x05state\x03\x03\x02\x40\x00",
        &[2],
        &[3, 2, 3, 2, 0x40, 0],
        &[1, 0, 0],
    ]
    .concat();
    let circuit = [
        &[1][..],
        b"\x09place_bid",
        // 64 * 2 + 1 takes two bytes.
        &[4, 0x81, 1, 0x80, 1, 0x81, 1, 3],
        &[6, 14, 2, 4, 14, 5, 4, 1, 1, 3, 3, 1, 16, 1, 8, 6, 4, 6, 2],
        &[3, 2, 1, 3],
    ]
    .concat();
    assert_eq!(artifact.interface.to_bytes(), interface);
    assert_eq!(artifact.to_bytes(), [b"arxc\x01", &interface[..], &circuit[..]].concat());
    assert_eq!(Artifact::from_bytes(&artifact.to_bytes()), Ok(artifact.clone()));
    // Comparisons, the second with a public word, so that its lowest AND is free; flags and update; bits in and out.
    assert_eq!(cost_units(&artifact), Ok((64 + 63) + (1 + 64 + 1) + 129 + 66));
}

#[test]
fn hashes_tell_artifacts_apart() {
    let artifact = place_bid();
    let mut other_circuit = artifact.clone();
    other_circuit.circuit.functions[0].ops[3] = Op::Or(4, 6);
    assert_ne!(artifact.circuit_hash(), other_circuit.circuit_hash());
    assert_eq!(artifact.interface_hash(), other_circuit.interface_hash());

    let mut other_interface = artifact.clone();
    other_interface.interface.parameters[0].name = "offer".to_owned();
    assert_ne!(artifact.interface_hash(), other_interface.interface_hash());
    assert_ne!(artifact.circuit_hash(), other_interface.circuit_hash());
}

/// Artifacts of random circuits, whose outputs are cut to widths that types have.
fn artifacts() -> impl Strategy<Value = Artifact> {
    circuits(Limits { update: true, shuffle: true, ..Limits::default() }).prop_map(|mut circuit| {
        let analysis = circuit.analyze().unwrap();
        let wires = analysis.functions.last().unwrap();
        let entry = circuit.functions.last_mut().unwrap();
        for (next, output) in (wires.len() as u32..).zip(&mut entry.outputs) {
            let width = wires[*output as usize].width;
            let width = [256, 128, 64, 32, 16, 8, 1].into_iter().find(|&bits| bits <= width).unwrap();
            entry.ops.push(Op::Slice { a: *output, offset: 0, width });
            *output = next;
        }
        // Inputs of other widths become constants of a function without inputs.
        let inputs = std::mem::take(&mut entry.inputs);
        let constants = inputs.iter().map(|input| match input.visibility {
            Visibility::Secret => Op::Random { width: input.width },
            Visibility::Public => Op::Const(Bits::ones(input.width as usize)),
        });
        entry.ops.splice(0..0, constants);
        wrap(circuit).unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]
    #[test]
    fn what_is_written_is_read_back(artifact in artifacts()) {
        artifact.validate().unwrap();
        let bytes = artifact.to_bytes();
        prop_assert_eq!(Artifact::from_bytes(&bytes), Ok(artifact));
    }

    #[test]
    fn cut_short_or_lengthened_it_is_refused(artifact in artifacts(), cut: prop::sample::Index, more: u8) {
        let mut bytes = artifact.to_bytes();
        prop_assert!(Artifact::from_bytes(&bytes[..cut.index(bytes.len())]).is_err());
        bytes.push(more);
        prop_assert_eq!(Artifact::from_bytes(&bytes), Err(DecodeError::TrailingBytes { count: 1 }.into()));
    }

    /// Whatever the bytes: an error, or an artifact that is valid, has these bytes, and can be run.
    #[test]
    fn mutated_bytes_are_refused_or_mean_something_else(
        artifact in artifacts(),
        mutations in vec((any::<prop::sample::Index>(), any::<u8>(), 0..4u8), 1..6),
    ) {
        let original = artifact.to_bytes();
        let mut bytes = original.clone();
        for (index, byte, kind) in mutations {
            let at = index.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes[at] ^= 1 << (byte % 8),
                2 => bytes.insert(at, byte),
                _ => drop(bytes.remove(at)),
            }
        }
        survives(&bytes);
    }

    #[test]
    fn any_bytes_are_survived(mut bytes in vec(any::<u8>(), 0..300), proper_start: bool) {
        if proper_start {
            bytes.splice(0..0, ARTIFACT_MAGIC.into_iter().chain([ARTIFACT_VERSION]));
        }
        survives(&bytes);
    }
}

fn survives(bytes: &[u8]) {
    let Ok(artifact) = Artifact::from_bytes(bytes) else { return };
    assert_eq!(artifact.to_bytes(), bytes);
    artifact.validate().unwrap();
    let work = artifact.circuit.analyze().unwrap().work;
    if work < 1_000_000 {
        let inputs = &artifact.circuit.entry().unwrap().inputs;
        let inputs: Vec<_> = inputs.iter().map(|input| Bits::ones(input.width as usize)).collect();
        evaluate(&artifact.circuit, &inputs, &mut |width| Bits::zeros(width as usize)).unwrap();
        cost_units(&artifact).unwrap();
    }
}

#[test]
fn other_formats_are_named() {
    let bytes = place_bid().to_bytes();
    let error = |bytes: &[u8]| match Artifact::from_bytes(bytes) {
        Err(ArtifactError::Decode(error)) => error,
        other => panic!("{other:?}"),
    };
    assert_eq!(error(b""), DecodeError::Magic);
    assert_eq!(error(b"\x7fELF and more"), DecodeError::Magic);
    assert_eq!(error(b"arxc"), DecodeError::UnexpectedEnd { at: 4 });
    let mut newer = bytes.clone();
    newer[4] = 3;
    assert_eq!(error(&newer), DecodeError::Version { version: 3, supported: 2 });
    assert_eq!(
        error(&vec![0; MAX_ARTIFACT_BYTES + 1]),
        DecodeError::TooLong { len: MAX_ARTIFACT_BYTES + 1, limit: MAX_ARTIFACT_BYTES }
    );
    // The number of functions in two bytes where one does.
    let at = bytes.len() - 1 - 4 - 19 - 8 - 10;
    assert_eq!(bytes[at], 1);
    let mut long = bytes.clone();
    long.splice(at..=at, [0x81, 0]);
    assert_eq!(error(&long), DecodeError::NotCanonical);
    // Numbers that do not fit 64 bits.
    long.splice(at..at + 2, [0xff; 9].into_iter().chain([2]));
    assert_eq!(error(&long), DecodeError::OutOfRange { at, what: "the number of functions" });
    // A count that promises more than there is.
    long.splice(at..at + 10, [0xff, 0xff, 0xff, 0x7f]);
    assert_eq!(error(&long), DecodeError::OutOfRange { at, what: "the number of functions" });
}

#[test]
fn nested_types_do_not_overflow_the_stack() {
    let mut bytes = b"arxc\x01\x01f\x01\x01p\x00".to_vec();
    bytes.extend([3, 1].repeat(1_000_000));
    assert!(matches!(
        Artifact::from_bytes(&bytes),
        Err(ArtifactError::Decode(DecodeError::TypeTooDeep { .. }))
    ));
}

#[test]
fn calls_of_functions_with_many_outputs_stop_early() {
    let mut many = function(&[secret(1)], vec![Op::Not(0)]);
    many.outputs = vec![1; 100_000];
    let calls = (0..100_000).map(|_| Op::Call { function: 0, args: vec![0] }).collect();
    let circuit = Circuit { functions: vec![many, function(&[secret(1)], calls)] };
    let bytes = Artifact { circuit, ..place_bid() }.to_bytes();
    assert!(matches!(
        Artifact::from_bytes(&bytes),
        Err(ArtifactError::Decode(DecodeError::OutOfRange { what: "the number of wires", .. }))
    ));
}

#[test]
fn interface_and_circuit_must_fit() {
    let error = |change: fn(&mut Artifact)| {
        let mut artifact = place_bid();
        change(&mut artifact);
        // Whether made here or read from bytes.
        let error = artifact.validate().unwrap_err();
        assert_eq!(Artifact::from_bytes(&artifact.to_bytes()), Err(error.clone()));
        error
    };
    assert_eq!(
        error(|artifact| artifact.interface.parameters[0].ty = Type::Tuple(vec![U64, U64])),
        ArtifactError::InputCount { expected: 5, actual: 4 }
    );
    let input = |index, parameter: &str, expected: Input, actual: Input| ArtifactError::Input {
        index,
        parameter: parameter.to_owned(),
        expected,
        actual,
    };
    assert_eq!(
        error(|artifact| artifact.interface.parameters[0].ty = Type::Integer { bits: 32, signed: true }),
        input(0, "bid", secret(32), secret(64))
    );
    // A client's secret as an input that everybody knows, and the other way round.
    assert_eq!(
        error(|artifact| artifact.circuit.functions[0].inputs[0] = public(64)),
        input(0, "bid", secret(64), public(64))
    );
    assert_eq!(
        error(|artifact| artifact.circuit.functions[0].inputs[1] = secret(64)),
        input(1, "reserve", public(64), secret(64))
    );
    assert_eq!(
        error(|artifact| drop(artifact.interface.outputs.pop())),
        ArtifactError::OutputCount { expected: 2, actual: 3 }
    );
    assert_eq!(
        error(|artifact| artifact.interface.outputs[1].ty = Type::PublicKey),
        ArtifactError::OutputWidth { output: 1, expected: 256, actual: 1 }
    );
    assert_eq!(
        error(|artifact| artifact.interface.outputs[1].kind = OutputKind::Public),
        ArtifactError::SecretPublicOutput { output: 1 }
    );
    assert!(matches!(
        error(|artifact| artifact.circuit.functions[0].ops[0] = Op::Add(0, 3)),
        ArtifactError::Circuit(CircuitError::Function { .. })
    ));
}

#[test]
fn faulty_interfaces() {
    let error = |change: fn(&mut Interface)| {
        let mut interface = place_bid().interface;
        change(&mut interface);
        interface.validate().unwrap_err()
    };
    let name = |name: &str| InterfaceError::Name { name: name.to_owned() };
    assert_eq!(error(|interface| interface.name = String::new()), name(""));
    assert_eq!(error(|interface| interface.name = "a-b".to_owned()), name("a-b"));
    assert_eq!(error(|interface| interface.name = "n".repeat(33)), name(&"n".repeat(33)));
    assert_eq!(
        error(|interface| interface.parameters[1].name = "bid".to_owned()),
        InterfaceError::DuplicateParameter { name: "bid".to_owned() }
    );
    assert_eq!(
        error(|interface| interface.parameters[0].kind = ParameterKind::Shared { slot: 1 }),
        InterfaceError::Slot { parameter: "bid".to_owned(), expected: 0, actual: 1 }
    );
    assert_eq!(
        error(|interface| interface.parameters[0].kind = ParameterKind::Recipient { slot: 0 }),
        InterfaceError::DataOfOwner { parameter: "bid".to_owned() }
    );
    assert_eq!(
        error(|interface| interface.outputs[1].kind = OutputKind::Shared { slot: 1 }),
        InterfaceError::UnknownSlot { output: 1, slot: 1 }
    );
    for parameter in [1, 7] {
        let mut interface = place_bid().interface;
        interface.outputs[0].kind = OutputKind::Cell { source: Some(parameter) };
        assert_eq!(interface.validate(), Err(InterfaceError::NotACell { output: 0, parameter }));
    }
    assert_eq!(
        error(|interface| interface.outputs[0].ty = U64),
        InterfaceError::CellType { output: 0, parameter: 2 }
    );
    assert_eq!(
        error(|interface| interface.outputs.push(interface.outputs[0].clone())),
        InterfaceError::CellWrittenTwice { parameter: 2 }
    );
    assert_eq!(
        error(|interface| interface.parameters[1].ty = Type::Integer { bits: 24, signed: false }),
        InterfaceError::Type {
            place: "parameter `reserve`".to_owned(),
            error: TypeError::IntegerWidth { bits: 24 }
        }
    );
    assert_eq!(
        error(|interface| interface.outputs = vec![interface.outputs[1].clone(); 256]),
        InterfaceError::TooMany
    );
}

#[test]
fn interfaces_as_json() {
    let interface = Interface {
        name: "f".to_owned(),
        parameters: vec![
            parameter("a", ParameterKind::Plaintext, Type::Array(Box::new(Type::Bool), 3)),
            parameter("b", ParameterKind::Recipient { slot: 0 }, Type::Tuple(vec![])),
        ],
        outputs: vec![Output {
            kind: OutputKind::Cell { source: None },
            ty: Type::Struct {
                name: "S".to_owned(),
                fields: vec![("key".to_owned(), Type::PublicKey), ("n".to_owned(), U64)],
            },
        }],
    };
    let json = r#"{
        "name": "f",
        "parameters": [
            {"name": "a", "kind": "plaintext", "type": {"array": ["bool", 3]}},
            {"name": "b", "kind": {"recipient": {"slot": 0}}, "type": {"tuple": []}}
        ],
        "outputs": [
            {"kind": {"cell": {"source": null}},
             "type": {"struct": {"name": "S", "fields": [["key", "public_key"], ["n", {"integer": {"bits": 64, "signed": false}}]]}}}
        ]
    }"#;
    let parsed: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::to_value(&interface).unwrap(), parsed);
    assert_eq!(serde_json::from_str::<Interface>(json).unwrap(), interface);
    interface.validate().unwrap();
}

#[test]
fn equal_code_has_equal_bytes_wherever_it_stands() {
    let ops: Vec<_> = (1..50).map(|wire| Op::Add(wire, wire - 1)).collect();
    let artifact = Artifact {
        circuit: Circuit { functions: vec![function(&[secret(64), secret(64)], ops)] },
        ..place_bid()
    };
    let bytes = artifact.to_bytes();
    let windows: BTreeSet<_> = bytes[bytes.len() - 100..bytes.len() - 4].chunks(3).collect();
    assert_eq!(windows.len(), 1, "{windows:?}");
}
