//! Runs the compiled circuits.

use std::sync::OnceLock;

use arcis_circuit::gates::{GateProgram, Shape, cost, lower};
use arcis_circuit::{Bits, Value, evaluate};
use arcis_compiler::{CompiledInstruction, Options, compile};
use games_circuit::SOURCE;

use crate::poker::Random;
use crate::support;

pub struct Instruction {
    pub compiled: CompiledInstruction,
    pub small: GateProgram,
    pub fast: GateProgram,
}

/// The instruction of a name.
pub fn instruction(name: &str) -> &'static Instruction {
    static ALL: OnceLock<Vec<Instruction>> = OnceLock::new();
    let load = |compiled: CompiledInstruction| {
        let must_lower = |shape| lower(&compiled.artifact.circuit, shape).expect("it can be lowered");
        let (small, fast) = (must_lower(Shape::Small), must_lower(Shape::Fast));
        Instruction { compiled, small, fast }
    };
    let all = ALL.get_or_init(|| {
        let compiled = compile(SOURCE, &Options::default()).unwrap_or_else(|error| panic!("{error}"));
        compiled.into_iter().map(load).collect()
    });
    all.iter().find(|it| it.compiled.artifact.interface.name == name).expect("there is this instruction")
}

impl Instruction {
    fn words(&self, arguments: &Bits) -> Vec<Bits> {
        let mut words = Vec::new();
        let mut offset = 0;
        for input in &self.compiled.artifact.circuit.entry().expect("there is an entry").inputs {
            words.push(arguments.slice(offset, input.width as usize));
            offset += input.width as usize;
        }
        assert_eq!(offset, arguments.len(), "it takes other arguments");
        words
    }

    /// What the reference evaluator gives, on randomness from a seed.
    pub fn evaluate<A: Value, R: Value>(&self, arguments: &A, seed: u64) -> R {
        let words = self.words(&arguments.to_bits());
        let outputs = evaluate(&self.compiled.artifact.circuit, &words, &mut bits(seed));
        read(&outputs.expect("the reference evaluator runs it"))
    }

    /// What the gates give, in both shapes, which has to be what the reference evaluator does.
    pub fn run<A: Value, R: Value + PartialEq>(&self, arguments: &A, seed: u64) -> R {
        let result: R = self.evaluate(arguments, seed);
        let words = self.words(&arguments.to_bits());
        for program in [&self.small, &self.fast] {
            let outputs = program.run_clear(&words, &mut bits(seed)).expect("the gates run");
            assert!(read::<R>(&outputs) == result, "gates and words differ");
        }
        result
    }

    /// What three parties come to on shares: with an honest majority, or with none.
    pub fn run_by_parties<A: Value, R: Value>(&self, arguments: &A, seed: u64, dishonest: bool) -> R {
        let words = &self.words(&arguments.to_bits());
        let program = if seed.is_multiple_of(2) { &self.small } else { &self.fast };
        let results = if dishonest {
            support::must_run(|index, channel| async move {
                let mut party = support::start_dishonest(index, channel, seed)?;
                Ok(support::evaluate_on(&mut party, index, program, words, seed).await?.0)
            })
        } else {
            support::must_run(|index, channel| async move {
                Ok(support::evaluate(index, channel, program, words, seed).await?.0)
            })
        };
        assert!(results.iter().all(|it| *it == results[0]), "the parties disagree");
        read(&results[0])
    }
}

fn read<R: Value>(outputs: &[Bits]) -> R {
    R::from_bits(&Bits::concat(outputs)).expect("the results are of this type")
}

fn bits(seed: u64) -> impl FnMut(u32) -> Bits {
    let mut random = Random(seed);
    move |count| {
        let mut bits = Bits::new();
        for _ in 0..count {
            bits.push(random.next() >> 63 == 1);
        }
        bits
    }
}

/// What the README promises: ANDs in the small shape, rounds in the fast one, bytes of the artifact.
#[test]
fn the_circuits_are_cheap() {
    for (name, ands, rounds, bytes) in [
        ("deal_holdem", 4_000, 33, 1_000),
        ("reveal_flop", 0, 1, 200),
        ("showdown", 6_200, 44, 37_000),
        ("deal_blackjack", 9_300, 57, 1_000),
        ("hit", 240, 26, 1_000),
        ("stand", 800, 42, 2_000),
    ] {
        let instruction = instruction(name);
        let (small, fast) = (cost(&instruction.small), cost(&instruction.fast));
        assert!(small.ands <= ands, "{name}: {small:?}");
        assert!(fast.and_rounds + fast.reveal_rounds <= rounds, "{name}: {fast:?}");
        assert!(
            instruction.compiled.bytes.len() <= bytes,
            "{name}: {} bytes",
            instruction.compiled.bytes.len()
        );
    }
}
