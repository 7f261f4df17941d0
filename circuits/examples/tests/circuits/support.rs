//! Runs the compiled circuits.

use std::cell::RefCell;
use std::fmt::Debug;
use std::path::Path;

use arcis::MXESigningKey;
use arcis_circuit::gates::{GateProgram, Shape, lower};
use arcis_circuit::{Bits, ParameterKind, PublicCall, Value, evaluate_signing};
use arcis_compiler::{CompiledInstruction, Options, compile};
use circuit_examples::SOURCES;
use mxe_runtime::Sandbox;
use proptest::prelude::*;

/// The instructions of a file.
pub fn compiled(file: &str) -> Vec<CompiledInstruction> {
    compile(Path::new(SOURCES).join(file), &Options::default()).unwrap_or_else(|error| panic!("{error}"))
}

struct Instruction {
    compiled: CompiledInstruction,
    small: GateProgram,
    fast: GateProgram,
}

/// The circuits of a file, and the messages that they have signed.
pub struct Circuits(Vec<Instruction>, RefCell<Vec<Vec<u8>>>);

impl Circuits {
    pub fn of(file: &str) -> Self {
        let load = |compiled: CompiledInstruction| {
            let must_lower = |shape| lower(&compiled.artifact.circuit, shape).expect("it can be lowered");
            let (small, fast) = (must_lower(Shape::Small), must_lower(Shape::Fast));
            Instruction { compiled, small, fast }
        };
        Self(compiled(file).into_iter().map(load).collect(), RefCell::default())
    }

    /// Runs an instruction on bits drawn from a seed: words, and gates in both shapes.
    pub fn run<A: Value, R: Value>(&self, name: &str, arguments: &A, seed: u64) -> R {
        R::from_bits(&self.run_bits(name, arguments, seed)).expect("the results are of this type")
    }

    fn run_bits<A: Value>(&self, name: &str, arguments: &A, seed: u64) -> Bits {
        let named = |it: &&Instruction| it.compiled.artifact.interface.name == name;
        let instruction = self.0.iter().find(named).expect("there is this instruction");
        let artifact = &instruction.compiled.artifact;
        let circuit = &artifact.circuit;
        let arguments = arguments.to_bits();
        let (mut words, mut plaintext) = (Vec::new(), Vec::new());
        let mut offset = 0;
        for parameter in &artifact.interface.parameters {
            for leaf in parameter.ty.leaves().expect("types are good") {
                let width = leaf.width() as usize;
                words.push(arguments.slice(offset, width));
                plaintext
                    .extend(words.last().filter(|_| parameter.kind == ParameterKind::Plaintext).cloned());
                offset += width;
            }
        }
        assert_eq!(offset, arguments.len(), "{name} takes other arguments");
        if let Some(code) = &artifact.public {
            let sandbox = Sandbox::new(code).expect("the module is good");
            let prepared = artifact
                .prepare(&plaintext, &mut |call: &PublicCall, bytes: &[u8]| sandbox.call(call, bytes));
            words.extend(prepared.expect("the calls before the circuit run"));
        }
        let mut sign = |message: &[u8]| {
            self.1.borrow_mut().push(message.to_vec());
            MXESigningKey::sign(message).to_bytes()
        };
        let outputs = evaluate_signing(circuit, &words, &mut random(seed), &mut sign);
        let outputs = outputs.expect("the reference evaluator runs it");
        for program in [&instruction.small, &instruction.fast] {
            let of_gates = program.run_clear_signing(&words, &mut random(seed), &mut sign);
            let of_gates = of_gates.expect("the gates run");
            assert_eq!(of_gates, outputs, "{name}: gates and words differ");
        }
        Bits::concat(&outputs)
    }

    /// The messages that a run signs.
    pub fn signed<A: Value>(&self, name: &str, arguments: &A) -> Vec<Vec<u8>> {
        self.1.take();
        self.run_bits(name, arguments, 0);
        self.1.take()
    }
}

/// Bits from a linear congruential generator.
fn random(seed: u64) -> impl FnMut(u32) -> Bits {
    let mut state = seed;
    move |count| {
        let mut bits = Bits::new();
        for _ in 0..count {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            bits.push(state >> 63 == 1);
        }
        bits
    }
}

/// Compares a circuit with the native run of its source.
pub fn check<A: Value + Debug, R: Value + Debug + PartialEq>(
    circuits: &Circuits,
    name: &str,
    arguments: &A,
    native: &R,
) -> Result<(), TestCaseError> {
    let circuit: R = circuits.run(name, arguments, 0);
    prop_assert_eq!(&circuit, native, "{}({:?}): circuit (left), native run (right)", name, arguments);
    Ok(())
}
