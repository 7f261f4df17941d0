//! Signatures: what is signed, by whom, and where they come in a program.

mod common;

use arcis_circuit::artifact::UNITS_PER_SIGNATURE;
use arcis_circuit::circuit::{MAX_MESSAGE_BYTES, SIGNATURE_BITS};
use arcis_circuit::gates::{
    GateProgram, NO_POSITION, RunError, SIGNING_ROUNDS, Step, attribute, cost, lower,
};
use arcis_circuit::report::{Engine, report};
use arcis_circuit::testing::{Limits, cases};
use arcis_circuit::validate::{Fault, Place};
use arcis_circuit::{
    Artifact, Bits, Circuit, CircuitError, EvaluateError, Function, Op, Visibility, cost_units, evaluate,
    evaluate_signing,
};
use common::{SHAPES, circuit, function, no_random, public, secret, wrap};
use ed25519_dalek::{Signer, SigningKey};
use proptest::prelude::*;

/// RFC 8032, section 7.1: secret key, message, signature.
const RFC_8032: [(&str, &str, &str); 3] = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155\
         5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
         085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac\
         18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
];

fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text).expect("hexadecimal")
}

fn signer(secret: &str) -> impl FnMut(&[u8]) -> [u8; 64] {
    let key = SigningKey::from_bytes(&bytes(secret).try_into().expect("32 bytes"));
    move |message| key.sign(message).to_bytes()
}

fn word(bytes: &[u8]) -> Bits {
    Bits::from_bytes(bytes, bytes.len() * 8).expect("whole bytes")
}

/// A circuit that signs a public message of so many bytes.
fn signing(message: usize) -> Circuit {
    match message {
        0 => circuit(&[], vec![Op::Sign { message: vec![] }]),
        bytes => circuit(&[public(8 * bytes as u32)], vec![Op::Sign { message: vec![0] }]),
    }
}

#[test]
fn rfc_8032_by_the_evaluator_and_by_gates() {
    for (secret, message, signature) in RFC_8032 {
        let message = bytes(message);
        let circuit = signing(message.len());
        let inputs: Vec<_> = (!message.is_empty()).then(|| word(&message)).into_iter().collect();
        let evaluated = evaluate_signing(&circuit, &inputs, &mut no_random, &mut signer(secret)).unwrap();
        assert_eq!(evaluated[0].to_bytes(), bytes(signature));
        for shape in SHAPES {
            let program = lower(&circuit, shape).unwrap();
            let run = program.run_clear_signing(&inputs, &mut no_random, &mut signer(secret)).unwrap();
            assert_eq!(run, evaluated);
        }
    }
}

#[test]
fn without_a_key_nothing_is_signed() {
    let (circuit, inputs) = (signing(1), [word(b"x")]);
    assert_eq!(evaluate(&circuit, &inputs, &mut no_random), Err(EvaluateError::NoSigningKey));
    let program = lower(&circuit, SHAPES[0]).unwrap();
    assert_eq!(program.run_clear(&inputs, &mut no_random), Err(RunError::NoSigningKey));
}

#[test]
fn a_message_is_its_words_one_after_another() {
    let inputs = [public(3), public(13)];
    let circuit = circuit(&inputs, vec![Op::Sign { message: vec![0, 1] }]);
    let values = [Bits::from_u64(5, 3), Bits::from_u64(0x1abc, 13)];
    let together = 5_u16 | 0x1abc << 3;
    let mut seen = Vec::new();
    let mut sign = |message: &[u8]| {
        seen.push(message.to_vec());
        [0; 64]
    };
    evaluate_signing(&circuit, &values, &mut no_random, &mut sign).unwrap();
    lower(&circuit, SHAPES[0]).unwrap().run_clear_signing(&values, &mut no_random, &mut sign).unwrap();
    assert_eq!(seen, vec![together.to_le_bytes().to_vec(); 2]);
}

#[test]
fn what_may_be_signed() {
    let fault = |inputs: &[_], message| match circuit(inputs, vec![Op::Sign { message }]).analyze() {
        Err(CircuitError::Function { function: 0, place: Place::Op(0), fault }) => Some(fault),
        Err(error) => panic!("{error}"),
        Ok(_) => None,
    };
    assert_eq!(fault(&[public(8), secret(8)], vec![0, 1]), Some(Fault::SecretMessage { word: 1 }));
    assert_eq!(fault(&[public(9)], vec![0]), Some(Fault::MessageLength { bits: 9 }));
    assert_eq!(fault(&[public(9)], vec![0; 8]), None);
    assert_eq!(fault(&[public(8)], vec![0, 1]), Some(Fault::UndefinedWire { wire: 1, defined: 1 }));
    let words = MAX_MESSAGE_BYTES as usize / 8;
    assert_eq!(fault(&[public(64)], vec![0; words]), None);
    let bits = 8 * u64::from(MAX_MESSAGE_BYTES) + 64;
    assert_eq!(fault(&[public(64)], vec![0; words + 1]), Some(Fault::MessageLength { bits }));
    // As many as take all the work there is.
    let many = circuit(&[public(8)], vec![Op::Sign { message: vec![0] }; 1024]);
    assert_eq!(many.analyze(), Err(CircuitError::TooMuchWork));
}

#[test]
fn a_signature_is_public_and_has_a_code() {
    let circuit = signing(3);
    let info = circuit.analyze().unwrap().wire(0, 1).unwrap();
    assert_eq!((info.width, info.visibility), (SIGNATURE_BITS, Visibility::Public));
    assert!(circuit.to_string().contains("%1: public 512 = sign %0"), "{circuit}");
    let mut function = function(&[public(32)], vec![Op::Sign { message: vec![0] }]);
    function.ops.push(Op::Slice { a: 1, offset: 0, width: 256 });
    function.outputs = vec![2];
    let artifact = wrap(Circuit { functions: vec![function] }).unwrap();
    assert_eq!(Artifact::from_bytes(&artifact.to_bytes()), Ok(artifact.clone()));
    assert_eq!(cost_units(&artifact), Ok(UNITS_PER_SIGNATURE));
    let costs = report(&artifact, Engine::DishonestMajority { parties: 3 }).unwrap();
    assert_eq!((costs.fast.signatures, costs.fast.preprocessing.scalars), (1, 1));
    assert_eq!(costs.fast.rounds, SIGNING_ROUNDS);
    assert_eq!(costs.fast.scalar_multiplications, 15);
    assert_eq!(report(&artifact, Engine::Replicated).unwrap().fast.preprocessing.scalars, 0);
    let positions = attribute(&artifact.circuit, &Default::default(), SHAPES[0]).unwrap();
    assert_eq!(positions.len(), 1);
    assert_eq!((positions[0].signatures, positions[0].rounds), (1, SIGNING_ROUNDS));
    assert_ne!(positions[0].position, Some(NO_POSITION));
}

/// The communication of a program, in order: ANDs, reveals and signatures with how many of each.
fn events(program: &GateProgram) -> Vec<(char, usize)> {
    let event = |step: &Step| match step {
        Step::And(gates) => Some(('a', gates.len())),
        Step::Reveal(gates) => Some(('r', gates.len())),
        Step::Sign(gates) => Some(('s', gates.len())),
        Step::Linear(_) | Step::Random(_) | Step::Switches(_) => None,
    };
    program.steps.iter().filter_map(event).collect()
}

#[test]
fn signatures_come_after_what_they_sign_and_before_what_needs_them() {
    let mut function = Function {
        name: "test".into(),
        inputs: vec![secret(8), secret(8), public(8)],
        ops: vec![
            Op::And(0, 1),                           // 3
            Op::Reveal(3),                           // 4
            Op::Sign { message: vec![4, 2] },        // 5: after the reveal
            Op::Sign { message: vec![2] },           // 6: of what is known from the start
            Op::Sign { message: vec![5] },           // 7: of a signature
            Op::Slice { a: 5, offset: 0, width: 8 }, // 8
            Op::Xor(8, 0),                           // 9
            Op::And(9, 1),                           // 10
            Op::Sign { message: vec![2] },           // 11: that nothing needs
            Op::Not(6),                              // 12
        ],
        outputs: vec![4, 5, 12, 7, 10],
    };
    let inputs = [Bits::from_u64(0xa5, 8), Bits::from_u64(0x3c, 8), Bits::from_u64(0x77, 8)];
    let mut sign = signer(RFC_8032[0].0);
    let with = Circuit { functions: vec![function.clone()] };
    let expected = evaluate_signing(&with, &inputs, &mut no_random, &mut sign).unwrap();
    for shape in SHAPES {
        let program = lower(&with, shape).unwrap();
        // The signature that steers an AND comes before it, with the reveal before that; the others at the end.
        assert_eq!(events(&program), [('a', 8), ('r', 8), ('s', 1), ('a', 8), ('s', 2)]);
        assert_eq!((cost(&program).signatures, cost(&program).signing_steps), (3, 2));
        assert_eq!(program.run_clear_signing(&inputs, &mut no_random, &mut sign), Ok(expected.clone()));
    }
    // Without what depends on it, the signature is no longer early, but what it signs still is.
    function.outputs = vec![4, 5, 12];
    let program = lower(&Circuit { functions: vec![function] }, SHAPES[0]).unwrap();
    assert_eq!(events(&program), [('a', 8), ('r', 8), ('s', 2)]);
}

#[test]
fn signatures_of_constants_and_of_each_other() {
    let ops = vec![
        Op::Const(Bits::from_u64(0x1234, 16)), // 0
        Op::Sign { message: vec![0] },         // 1
        Op::Sign { message: vec![1, 0] },      // 2
        Op::Sign { message: vec![2] },         // 3
    ];
    let circuit = circuit(&[], ops);
    let mut sign = signer(RFC_8032[1].0);
    let expected = evaluate_signing(&circuit, &[], &mut no_random, &mut sign).unwrap();
    let program = lower(&circuit, SHAPES[0]).unwrap();
    assert_eq!(events(&program), [('s', 1), ('s', 1), ('s', 1)]);
    assert_eq!(program.run_clear_signing(&[], &mut no_random, &mut sign), Ok(expected));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn random_circuits_that_sign_what_they_reveal(case in cases(Limits::default()), key: [u8; 32]) {
        // What the random circuit gives is revealed and signed, and the signature goes back into a secret.
        let mut circuit = case.circuit.clone();
        let wires = circuit.analyze().unwrap().functions.pop().unwrap();
        let entry = circuit.functions.last_mut().unwrap();
        let (output, next) = (entry.outputs[0], wires.len() as u32);
        let width = wires[output as usize].width;
        entry.ops.push(Op::Extend { a: output, width: width.next_multiple_of(8), signed: false });
        entry.ops.push(Op::Reveal(next));
        entry.ops.push(Op::Sign { message: vec![next + 1] });
        entry.ops.push(Op::Slice { a: next + 2, offset: 0, width });
        entry.ops.push(Op::And(next + 3, output));
        entry.outputs.extend([next + 1, next + 2, next + 4]);
        let key = SigningKey::from_bytes(&key);
        let mut sign = |message: &[u8]| key.sign(message).to_bytes();
        let random = || arcis_circuit::testing::bit_stream(7);
        let expected = evaluate_signing(&circuit, &case.inputs, &mut random(), &mut sign).unwrap();
        for shape in SHAPES {
            let program = lower(&circuit, shape).unwrap();
            let run = program.run_clear_signing(&case.inputs, &mut random(), &mut sign).unwrap();
            prop_assert_eq!(&run, &expected);
        }
    }
}
