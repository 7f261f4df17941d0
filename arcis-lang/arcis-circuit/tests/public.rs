//! Public code in artifacts: bytes, limits, and the order in which it is run.

use arcis_circuit::artifact::{ARTIFACT_VERSION, ARTIFACT_VERSION_PUBLIC};
use arcis_circuit::public::{
    MAX_CALLS, MAX_FUEL, MAX_MEMORY_PAGES, MAX_MODULE_BYTES, read_words, write_words, written_len,
};
use arcis_circuit::report::{Engine, report};
use arcis_circuit::{
    Artifact, ArtifactError, Bits, Circuit, Finish, Function, Input, Interface, Op, Output, OutputKind,
    Parameter, ParameterKind, PublicCall, PublicCode, PublicCodeError, PublicRunError, Type, Visibility,
    cost_units, evaluate,
};

const BYTE: Type = Type::Integer { bits: 8, signed: false };

fn public(width: u32) -> Input {
    Input { width, visibility: Visibility::Public }
}

fn secret(width: u32) -> Input {
    Input { width, visibility: Visibility::Secret }
}

fn circuit(inputs: &[Input], ops: Vec<Op>, outputs: &[u32]) -> Circuit {
    let (inputs, outputs) = (inputs.to_vec(), outputs.to_vec());
    Circuit { functions: vec![Function { name: "f".into(), inputs, ops, outputs }] }
}

fn call(function: &str, entry: u32, arguments: Circuit, results: &[u32]) -> PublicCall {
    PublicCall { function: function.into(), entry, fuel: 5_000, arguments, results: results.to_vec() }
}

/// ```text
/// fn settle(known: u8, x: Enc<Shared, u8>) -> (u8, bool, u8) {
///     let (limit, flag) = prepare(known + 1);
///     let sum = (x + limit).reveal();
///     (sum, finish(sum, flag), known)
/// }
/// ```
fn settle() -> Artifact {
    let parameter = |name: &str, kind| Parameter { name: name.into(), kind, ty: BYTE };
    let output = |ty| Output { kind: OutputKind::Public, ty };
    let one = || Op::Const(Bits::from_u64(1, 8));
    Artifact {
        interface: Interface {
            name: "settle".into(),
            parameters: vec![
                parameter("known", ParameterKind::Plaintext),
                parameter("x", ParameterKind::Shared { slot: 0 }),
            ],
            outputs: vec![output(BYTE), output(Type::Bool), output(BYTE)],
        },
        circuit: circuit(
            &[public(8), secret(8), public(8), public(1)],
            vec![Op::Add(1, 2), Op::Reveal(4)],
            &[5, 0, 5],
        ),
        public: Some(PublicCode {
            module: b"a module".to_vec(),
            memory_pages: 2,
            prepare: vec![call(
                "prepare",
                0,
                circuit(&[public(8)], vec![one(), Op::Add(0, 1)], &[2]),
                &[8, 1],
            )],
            finish: Some(Finish {
                revealed: vec![8],
                calls: vec![call(
                    "finish",
                    1,
                    circuit(&[public(8), public(8), public(1), public(8)], vec![], &[3, 2]),
                    &[1],
                )],
                outputs: vec![1],
                results: circuit(&[public(8), public(8), public(1), public(8), public(1)], vec![], &[4]),
            }),
        }),
    }
}

/// What the functions of the module would do.
fn run(call: &PublicCall, bytes: &[u8]) -> Result<Vec<u8>, String> {
    match (call.entry, bytes) {
        (0, [known]) => Ok(vec![known * 2, u8::from(*known > 3)]),
        (1, [sum, flag]) => Ok(vec![u8::from(*sum > 10) & flag]),
        (9, _) => Err("out of fuel".into()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_artifact_has_one_encoding_and_says_its_version() {
    let artifact = settle();
    let bytes = artifact.to_bytes();
    assert_eq!(bytes[4], ARTIFACT_VERSION_PUBLIC);
    assert_eq!(Artifact::from_bytes(&bytes), Ok(artifact.clone()));
    let plain = Artifact { public: None, ..artifact.clone() };
    assert_eq!(plain.to_bytes()[4], ARTIFACT_VERSION);
    // The hash covers the module, and its limits.
    for change in [
        |public: &mut PublicCode| public.module[0] ^= 1,
        |public: &mut PublicCode| public.memory_pages += 1,
        |public: &mut PublicCode| public.prepare[0].fuel += 1,
    ] {
        let mut other = artifact.clone();
        change(other.public.as_mut().expect("there is some"));
        assert_ne!(other.circuit_hash(), artifact.circuit_hash());
        assert_eq!(other.validate(), Ok(()));
    }
    for end in 0..bytes.len() {
        assert!(Artifact::from_bytes(&bytes[..end]).is_err(), "cut at {end}");
    }
}

#[test]
fn it_runs_before_and_after_the_circuit() {
    let artifact = settle();
    for (known, x) in [(0u64, 3u64), (4, 1), (5, 0), (100, 200)] {
        let known = [Bits::from_u64(known, 8)];
        let prepared = artifact.prepare(&known, &mut run).expect("it runs");
        let inputs = [&known[..], &[Bits::from_u64(x, 8)], &prepared].concat();
        let outputs = evaluate(&artifact.circuit, &inputs, &mut |_| Bits::new()).expect("it runs");
        let finished = artifact.finish(&known, &prepared, &outputs[2..], &mut run).expect("it runs");
        let limit = (known[0].to_u64().unwrap() + 1) * 2 % 256;
        let sum = (limit + x) % 256;
        assert_eq!(outputs[0], Bits::from_u64(sum, 8));
        assert_eq!(finished, [Bits::from_u64((limit / 2 > 3 && sum > 10).into(), 1)]);
    }
}

#[test]
fn faults_and_malformed_results_name_the_function() {
    let mut artifact = settle();
    let known = [Bits::from_u64(1, 8)];
    let mut two = |_: &PublicCall, _: &[u8]| Ok::<_, String>(vec![1, 2]);
    let malformed = PublicRunError::Result { function: "prepare".into() };
    assert_eq!(artifact.prepare(&known, &mut two), Err(malformed.clone()));
    let mut short = |_: &PublicCall, _: &[u8]| Ok::<_, String>(vec![1]);
    assert_eq!(artifact.prepare(&known, &mut short), Err(malformed));
    artifact.public.as_mut().unwrap().prepare[0].entry = 9;
    let error = PublicRunError::Call { function: "prepare".into(), error: "out of fuel".to_owned() };
    assert_eq!(artifact.prepare(&known, &mut run), Err(error));
}

#[test]
fn what_is_outside_the_limits_is_refused() {
    let error = |change: &dyn Fn(&mut PublicCode)| {
        let mut artifact = settle();
        change(artifact.public.as_mut().expect("there is some"));
        let refused = artifact.validate().expect_err("it is refused");
        assert_eq!(Artifact::from_bytes(&artifact.to_bytes()), Err(refused.clone()));
        match refused {
            ArtifactError::Public(error) => error,
            other => panic!("{other:?}"),
        }
    };
    let limit = |what, actual, limit| PublicCodeError::Limit { what, actual, limit };
    assert_eq!(error(&|it| it.module.clear()), limit("bytes", 0, MAX_MODULE_BYTES as u64));
    let too_long = MAX_MODULE_BYTES + 1;
    assert_eq!(
        error(&|it| it.module = vec![0; too_long]),
        limit("bytes", too_long as u64, MAX_MODULE_BYTES as u64)
    );
    let pages = MAX_MEMORY_PAGES + 1;
    assert_eq!(
        error(&|it| it.memory_pages = pages),
        limit("pages of memory", pages.into(), MAX_MEMORY_PAGES.into())
    );
    assert_eq!(error(&|it| it.prepare[0].fuel = 0), limit("fuel", 0, MAX_FUEL));
    // Each within the limit, but not together.
    assert_eq!(error(&|it| it.prepare[0].fuel = MAX_FUEL), limit("fuel", MAX_FUEL + 5_000, MAX_FUEL));
    assert_eq!(
        error(&|it| it.prepare = vec![it.prepare[0].clone(); MAX_CALLS]),
        limit("calls", MAX_CALLS as u64 + 1, MAX_CALLS as u64)
    );
    assert!(matches!(error(&|it| it.prepare[0].function = "a b".into()), PublicCodeError::Name { .. }));
    assert_eq!(
        error(&|it| {
            it.prepare.clear();
            it.finish = None;
        }),
        PublicCodeError::Empty
    );
    for width in [0, 2, 12, 264] {
        assert!(
            matches!(error(&|it| it.prepare[0].results[0] = width), PublicCodeError::WordWidth { width: found, .. } if found == width)
        );
    }
    // Circuits between the calls are in the clear, and take what is known there.
    let random = circuit(&[public(8)], vec![Op::Random { width: 8 }], &[1]);
    assert!(matches!(
        error(&|it| it.prepare[0].arguments = random.clone()),
        PublicCodeError::NotPublic { .. }
    ));
    for inputs in [&[secret(8)][..], &[public(16)], &[], &[public(8), public(8)]] {
        let other = circuit(inputs, vec![Op::Const(Bits::from_u64(1, 8))], &[0]);
        assert!(matches!(
            error(&|it| it.prepare[0].arguments = other.clone()),
            PublicCodeError::Inputs { .. }
        ));
    }
    let undefined = circuit(&[public(8)], vec![Op::Slice { a: 0, offset: 4, width: 8 }], &[1]);
    assert!(matches!(
        error(&|it| it.prepare[0].arguments = undefined.clone()),
        PublicCodeError::Circuit { .. }
    ));
    // Outputs: not there, named twice, of other words.
    for outputs in [vec![3], vec![1, 1], vec![2, 1]] {
        assert!(matches!(
            error(&|it| it.finish.as_mut().unwrap().outputs = outputs.clone()),
            PublicCodeError::Output { .. }
        ));
    }
    assert_eq!(error(&|it| it.finish.as_mut().unwrap().outputs = vec![0]), PublicCodeError::OutputWords);
}

#[test]
fn the_circuit_has_to_fit_the_public_code() {
    let artifact = settle();
    let without = Artifact { public: None, ..artifact.clone() };
    assert_eq!(without.validate(), Err(ArtifactError::InputCount { expected: 2, actual: 4 }));
    let mut secret_reveal = artifact.clone();
    secret_reveal.circuit.functions[0].outputs[2] = 4;
    assert_eq!(secret_reveal.validate(), Err(ArtifactError::SecretPublicOutput { output: 3 }));
    let mut encrypted = artifact;
    encrypted.interface.outputs[1].kind = OutputKind::Shared { slot: 0 };
    let refused = ArtifactError::Public(PublicCodeError::Output { output: 1 });
    assert_eq!(encrypted.validate(), Err(refused));
}

#[test]
fn fuel_is_paid_for_and_reported() {
    let mut artifact = settle();
    let code = report(&artifact, Engine::Replicated).unwrap().public_code.expect("there is some");
    assert_eq!((code.calls, code.fuel, code.memory_kib, code.module_bytes), (2, 10_000, 128, 8));
    let before = cost_units(&artifact).unwrap();
    artifact.public.as_mut().unwrap().prepare[0].fuel += 2_000_000;
    assert_eq!(cost_units(&artifact).unwrap(), before + 2_000);
}

#[test]
fn words_are_written_as_bytes() {
    let words = [Bits::from_u64(1, 1), Bits::from_u64(0x1234, 16), Bits::from_u64(9, 8)];
    let widths = [1, 16, 8];
    let bytes = write_words(&words);
    assert_eq!(bytes, [1, 0x34, 0x12, 9]);
    assert_eq!(written_len(&widths), bytes.len());
    assert_eq!(read_words(&widths, &bytes).as_deref(), Some(&words[..]));
    assert_eq!(read_words(&widths, &[2, 0, 0, 0]), None);
    assert_eq!(read_words(&widths, &bytes[..3]), None);
    assert_eq!(read_words(&widths, &[1, 0, 0, 0, 0]), None);
}
