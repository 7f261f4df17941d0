//! Runs a compiled instruction in every way, and insists that all agree: the reference evaluator, the gates in both shapes,
//! and, on the first arguments, three parties on shares.

#![allow(dead_code, reason = "each test uses a part")]

#[path = "../../../../mxe-runtime/mpc/tests/support/mod.rs"]
mod parties;

use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};

use arcis_circuit::gates::{GateProgram, Shape, cost, lower};
use arcis_circuit::{Bits, Value, evaluate};
use arcis_compiler::CompiledInstruction;
use proptest::prelude::*;

/// A compiled instruction and its gates in both shapes.
pub struct Instruction {
    pub compiled: CompiledInstruction,
    small: GateProgram,
    fast: GateProgram,
    /// How often it was run.
    runs: AtomicU64,
}

/// Runs of an instruction that parties compute, too.
const PARTY_RUNS: u64 = 2;
/// Larger circuits are left to the evaluators.
const MOST_PARTY_ANDS: u64 = 20_000;

impl Instruction {
    pub fn new(compiled: CompiledInstruction) -> Self {
        let must_lower =
            |shape| lower(&compiled.artifact.circuit, shape).expect("a compiled circuit can be lowered");
        let (small, fast) = (must_lower(Shape::Small), must_lower(Shape::Fast));
        Self { compiled, small, fast, runs: AtomicU64::new(0) }
    }

    /// Runs the circuit on the bits of all arguments, one after another; gives those of all results.
    pub fn run(&self, arguments: &Bits) -> Bits {
        let name = &self.compiled.artifact.interface.name;
        let circuit = &self.compiled.artifact.circuit;
        let mut words = Vec::new();
        let mut offset = 0;
        for input in &circuit.entry().expect("there is an entry").inputs {
            words.push(arguments.slice(offset, input.width as usize));
            offset += input.width as usize;
        }
        assert_eq!(offset, arguments.len(), "{name} takes other arguments");
        // What is drawn here hides something and does not change the results: any bits will do.
        let mut any_bits = |count: u32| (0..count).map(|place| place % 3 == 0).collect();
        let words_out = evaluate(circuit, &words, &mut any_bits).expect("the reference evaluator runs it");
        for (shape, program) in [("small", &self.small), ("fast", &self.fast)] {
            let gates_out = program.run_clear(&words, &mut any_bits).expect("the gates run");
            assert_eq!(gates_out, words_out, "{name}: {shape} gates and words differ on {words:?}");
        }
        let run = self.runs.fetch_add(1, Ordering::Relaxed);
        if run < PARTY_RUNS {
            self.run_by_parties(run, &words, &words_out);
        }
        Bits::concat(&words_out)
    }

    /// Three parties on shares come to the same; in one shape first, then in the other.
    fn run_by_parties(&self, run: u64, words: &[Bits], expected: &[Bits]) {
        let program = if run.is_multiple_of(2) { &self.fast } else { &self.small };
        if cost(program).ands > MOST_PARTY_ANDS {
            return;
        }
        let results = parties::must_run(|index, channel| async move {
            parties::evaluate(index, channel, program, words, run).await.map(|(outputs, ..)| outputs)
        });
        for outputs in results {
            let name = &self.compiled.artifact.interface.name;
            assert_eq!(outputs, expected, "{name}: parties and the evaluator differ on {words:?}");
        }
    }
}

/// The instructions of a source.
pub struct Instructions(Vec<Instruction>);

impl Instructions {
    pub fn must_compile(source: &str) -> Self {
        let compiled = arcis_compiler::compile_source("test.rs", source).expect("the source is good");
        Self::of(compiled)
    }

    pub fn of(compiled: Vec<CompiledInstruction>) -> Self {
        Self(compiled.into_iter().map(Instruction::new).collect())
    }

    pub fn must_find(&self, name: &str) -> &Instruction {
        self.0
            .iter()
            .find(|it| it.compiled.artifact.interface.name == name)
            .expect("there is this instruction")
    }

    /// Runs an instruction on arguments; the results have to be one value of this type.
    pub fn run<A: Value, R: Value>(&self, name: &str, arguments: &A) -> R {
        R::from_bits(&self.must_find(name).run(&arguments.to_bits())).expect("the results are of this type")
    }
}

/// Compares a circuit with the native run of its source on one argument tuple.
pub fn check<A: Value + Debug, R: Value + Debug + PartialEq>(
    instructions: &Instructions,
    name: &str,
    arguments: &A,
    native: &R,
) -> Result<(), TestCaseError> {
    let circuit: R = instructions.run(name, arguments);
    prop_assert_eq!(
        &circuit,
        native,
        "{}{:?}: circuit (left) and native run (right) differ",
        name,
        arguments
    );
    Ok(())
}

/// Integers, extremes and small ones more often than by chance.
pub trait Edge: Copy + Debug + 'static {
    fn edges() -> BoxedStrategy<Self>;
}

macro_rules! edges {
    ($($ty:ty)*) => {$(
        impl Edge for $ty {
            fn edges() -> BoxedStrategy<Self> {
                let extremes = [<$ty>::MIN, <$ty>::MAX, 0, 1, (0 as $ty).wrapping_sub(1), <$ty>::MIN + 1, <$ty>::MAX - 1];
                prop_oneof![
                    5 => any::<$ty>(),
                    3 => proptest::sample::select(extremes.to_vec()),
                    2 => (0u8..10).prop_map(|small| small as $ty),
                ]
                .boxed()
            }
        }
    )*};
}
edges! { u8 u16 u32 u64 u128 i8 i16 i32 i64 i128 }

/// Takes a module twice: for rustc, and as source text for the compiler.
#[macro_export]
macro_rules! circuit_module {
    ($(#[$attribute:meta])* mod $name:ident { $($body:tt)* }) => {
        #[arcis::encrypted]
        pub mod $name { $($body)* }
        pub const SOURCE: &str = concat!("#[encrypted] mod ", stringify!($name), " { ", stringify!($($body)*), " }");
    };
}
