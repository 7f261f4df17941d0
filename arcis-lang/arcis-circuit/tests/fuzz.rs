//! A mutation fuzzer of the artifact loader, for the stable toolchain: a small corpus that has every kind of operation,
//! and bytes made from it by the mutations that find bugs in binary formats. What is accepted has to be valid, to have
//! exactly these bytes, to cost no more than the limits, and to compute the same as gates as it does word by word.
//!
//! `cargo test` runs a bounded number of cases; `ARX_FUZZ_CASES=10000000 cargo test --release --test fuzz` runs more.

mod common;

use arcis_circuit::gates::lower;
use arcis_circuit::library::{FixedFormat, FixedFunction, Gadget, Hash, Library, Sort};
use arcis_circuit::testing::bit_stream;
use arcis_circuit::validate::{MAX_WIRES, MAX_WORK};
use arcis_circuit::{
    Artifact, ArtifactError, Bits, Circuit, CircuitError, Finish, Function, Input, Op, PublicCall,
    PublicCode, evaluate,
};
use common::{SHAPES, function, public, secret, wrap};

/// Cases of a run where nothing else is said.
const CASES: u64 = 10_000;
/// Circuits of no more work are run as well.
const RUN_WORK: u64 = 200_000;

/// Artifacts with every kind of operation.
fn corpus() -> Vec<Vec<u8>> {
    let word = |value: u64| Op::Const(Bits::from_u64(value, 8));
    let ops = vec![
        word(200),                                                                   // 3
        Op::Add(0, 3),                                                               // 4
        Op::Sub(4, 1),                                                               // 5
        Op::Mul(4, 5),                                                               // 6
        Op::Div { a: 6, b: 1, signed: false },                                       // 7
        Op::Rem { a: 6, b: 1, signed: true },                                        // 8
        Op::Less { a: 7, b: 8, signed: true },                                       // 9
        Op::Select { condition: 9, when_true: 7, when_false: 8 },                    // 10
        Op::Lookup { index: 0, words: vec![3, 4, 5] },                               // 11
        Op::Update { index: 1, value: 10, condition: 9, words: vec![3, 4, 11] },     // 12 to 14
        Op::Shuffle { words: vec![12, 13, 14] },                                     // 15 to 17
        Op::Table { index: 0, width: 8, entries: Bits::from_u128(0x0123_4567, 32) }, // 18
        Op::LeadingZeros(15),                                                        // 19
        Op::CountOnes(16),                                                           // 20
        Op::Concat(vec![19, 20]),                                                    // 21
        Op::Eq(18, 17),                                                              // 22
        Op::Reveal(22),                                                              // 23
        Op::Random { width: 8 },                                                     // 24
        Op::Slice { a: 2, offset: 3, width: 8 },                                     // 25
        Op::Extend { a: 25, width: 16, signed: true },                               // 26
        Op::Shl { a: 26, by: 0 },                                                    // 27
        Op::Sar { a: 27, by: 1 },                                                    // 28
        Op::Xor(28, 26),                                                             // 29
        Op::Not(29),                                                                 // 30
        Op::Neg(30),                                                                 // 31
        Op::Sum { words: vec![3, 4, 11, 3] },                                        // 32
    ];
    let mut all = function(&[secret(8), public(8), secret(16)], ops);
    all.outputs = vec![21, 23, 24, 31, 32];
    // No such output type: as 8 bits.
    all.ops.push(Op::Slice { a: 21, offset: 0, width: 8 });
    all.outputs[0] = 33;
    let mut caller = function(
        &[secret(8), public(8), secret(16)],
        vec![Op::Call { function: 0, args: vec![0, 1, 2] }, Op::Call { function: 0, args: vec![3, 1, 6] }],
    );
    caller.outputs = vec![8, 10, 11, 12];
    let signed = vec![
        Op::Reveal(0),                               // 2
        Op::Sign { message: vec![2, 1] },            // 3
        Op::Slice { a: 3, offset: 256, width: 256 }, // 4
        Op::Sign { message: vec![4] },               // 5
        Op::Slice { a: 5, offset: 0, width: 128 },   // 6
    ];
    let signing = Circuit { functions: vec![function(&[secret(8), public(8)], signed)] };
    let mut circuits = vec![Circuit { functions: vec![all, caller] }, signing];

    for gadget in [
        Gadget::Sort(Sort { count: 4, key: 8, payload: 8, signed: true, descending: true }),
        Gadget::Hash { hash: Hash::TurboShake128, bytes: 4 },
        Gadget::Fixed { format: FixedFormat::F32, function: FixedFunction::Mul },
    ] {
        let mut library = Library::new();
        let index = library.require(&gadget);
        let signature = gadget.signature();
        let inputs: Vec<_> = signature.inputs.iter().map(|&width| secret(width)).collect();
        let count = inputs.len() as u32;
        let call = Op::Call { function: index, args: (0..count).collect() };
        let mut main = function(&inputs, vec![call]);
        main.outputs = (count..count + signature.outputs.len() as u32).collect();
        let mut functions = library.into_functions();
        functions.push(main);
        circuits.push(Circuit { functions });
    }
    let plain = circuits.into_iter().map(|circuit| wrap(circuit).unwrap().to_bytes());
    plain.chain([with_public_code().to_bytes()]).collect()
}

/// An artifact whose public code prepares an input of the circuit and makes an output of what that reveals.
fn with_public_code() -> Artifact {
    let inputs = [public(8), secret(8), public(1)];
    let outside = function(&inputs[..2], vec![Op::Reveal(1)]);
    let interface = wrap(Circuit { functions: vec![outside] }).unwrap().interface;
    let inside = vec![Op::Extend { a: 2, width: 8, signed: false }, Op::Add(1, 3), Op::Reveal(4)];
    let glue = |inputs: &[Input], op| Circuit { functions: vec![function(inputs, vec![op])] };
    let call = |entry, arguments, results: &[u32]| PublicCall {
        function: "called".to_owned(),
        entry,
        fuel: 1_000,
        arguments,
        results: results.to_vec(),
    };
    let known = [public(8), public(1), public(8), public(8)];
    Artifact {
        interface,
        circuit: Circuit { functions: vec![function(&inputs, inside)] },
        public: Some(PublicCode {
            module: b"\0asm\x01\0\0\0".to_vec(),
            memory_pages: 5,
            prepare: vec![call(0, glue(&known[..1], Op::Not(0)), &[1])],
            finish: Some(Finish {
                revealed: vec![8],
                calls: vec![call(1, glue(&known[..3], Op::Xor(0, 2)), &[8])],
                outputs: vec![0],
                results: glue(&known, Op::Add(2, 3)),
            }),
        }),
    }
}

/// Numbers for mutations, the same in every run.
struct Choices(u64);

impl Choices {
    fn below(&mut self, limit: usize) -> usize {
        let bits = bit_stream(self.0)(64).to_u64().unwrap();
        self.0 = self.0.wrapping_add(1);
        (bits % limit.max(1) as u64) as usize
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>, corpus: &[Vec<u8>]) {
        const BYTES: [u8; 12] = [0, 1, 2, 3, 7, 8, 0x20, 0x40, 0x7f, 0x80, 0xfe, 0xff];
        let at = self.below(bytes.len());
        let end = bytes.len().min(at + 1 + self.below(24));
        match self.below(9) {
            0 => bytes[at] = self.below(256) as u8,
            1 => bytes[at] = BYTES[self.below(BYTES.len())],
            2 => bytes[at] ^= 1 << self.below(8),
            3 => bytes[at] = bytes[at].wrapping_add(1),
            4 => bytes[at] = bytes[at].wrapping_sub(1),
            5 => drop(bytes.drain(at..end)),
            // A part twice, or one of another artifact.
            6 => drop(bytes.splice(at..at, bytes[at..end].to_vec())),
            7 => {
                let other = &corpus[self.below(corpus.len())];
                let from = self.below(other.len());
                let to = other.len().min(from + 1 + self.below(24));
                drop(bytes.splice(at..end, other[from..to].to_vec()));
            }
            // A large number.
            _ => drop(
                bytes.splice(at..=at, [0xff, 0xff, 0xff, 0xff, 0x0f].into_iter().take(1 + self.below(5))),
            ),
        }
        if bytes.is_empty() {
            bytes.push(0);
        }
    }
}

/// Loads bytes; says whether they are an artifact.
fn load(bytes: &[u8]) -> bool {
    let Ok(artifact) = Artifact::from_bytes(bytes) else { return false };
    assert_eq!(artifact.to_bytes(), bytes, "another encoding of the same artifact");
    let analysis = artifact.circuit.analyze().unwrap();
    assert!(analysis.work <= MAX_WORK);
    assert!(analysis.functions.iter().map(Vec::len).sum::<usize>() <= MAX_WIRES);
    if analysis.work <= RUN_WORK {
        let mut random = bit_stream(1);
        let inputs: Vec<_> =
            artifact.circuit.entry().unwrap().inputs.iter().map(|input| random(input.width)).collect();
        let expected = evaluate(&artifact.circuit, &inputs, &mut bit_stream(2)).unwrap();
        for shape in SHAPES {
            let program = lower(&artifact.circuit, shape).unwrap();
            let actual = program.run_clear(&inputs, &mut bit_stream(2)).unwrap();
            assert_eq!(actual, expected, "{shape:?}\n{}", artifact.circuit);
        }
    }
    true
}

#[test]
fn mutated_artifacts_are_refused_or_run() {
    let cases = std::env::var("ARX_FUZZ_CASES").ok().map_or(CASES, |cases| cases.parse().unwrap());
    let corpus = corpus();
    for bytes in &corpus {
        assert!(load(bytes), "the corpus is valid");
    }
    let mut accepted = 0;
    for case in 0..cases {
        let mut choices = Choices(case << 8);
        let mut bytes = corpus[choices.below(corpus.len())].clone();
        for _ in 0..1 + choices.below(4) {
            choices.mutate(&mut bytes, &corpus);
        }
        let result = std::panic::catch_unwind(|| load(&bytes));
        match result {
            Ok(was_accepted) => accepted += u64::from(was_accepted),
            Err(_) => panic!("case {case}: {bytes:02x?}"),
        }
    }
    // Mutations that only ever break things would test nothing but the first check.
    assert!(accepted > cases / 100, "{accepted} of {cases} accepted");
}

/// Functions that call the one before twice: more work than there is time, from a few hundred bytes.
#[test]
fn exponential_calls_are_refused() {
    for op in [
        Op::Not(0),
        Op::Shuffle { words: vec![0] },
        Op::Table { index: 0, width: 8, entries: Bits::zeros(8) },
        Op::Lookup { index: 0, words: vec![0] },
        Op::Random { width: 8 },
    ] {
        let mut functions = vec![function(&[secret(8)], vec![op.clone()])];
        for callee in 0..60 {
            let twice = vec![
                Op::Call { function: callee, args: vec![0] },
                Op::Call { function: callee, args: vec![1] },
            ];
            functions.push(function(&[secret(8)], twice));
        }
        let circuit = Circuit { functions };
        assert_eq!(circuit.analyze(), Err(CircuitError::TooMuchWork), "{op:?}");
        // Also through the loader: before anything is computed.
        let interface = wrap(one(op)).unwrap().interface;
        let bytes = Artifact { interface, circuit, public: None }.to_bytes();
        assert!(bytes.len() < 2_000);
        assert_eq!(Artifact::from_bytes(&bytes), Err(ArtifactError::Circuit(CircuitError::TooMuchWork)));
    }
}

fn one(op: Op) -> Circuit {
    Circuit { functions: vec![function(&[secret(8)], vec![op])] }
}

/// Shuffles of very many words, which would take a network for every party.
#[test]
fn huge_shuffles_are_refused() {
    let words: Vec<_> = vec![0; 4_000_000];
    let huge = Function { outputs: vec![0], ..function(&[secret(8)], vec![Op::Shuffle { words }]) };
    assert_eq!(Circuit { functions: vec![huge] }.analyze(), Err(CircuitError::TooMuchWork));
}
