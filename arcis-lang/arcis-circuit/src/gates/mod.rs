//! From words to gates: the bit-level program that a protocol runs.
//!
//! [`lower`] expands the calls of a circuit, takes every word operation apart in the [`Shape`] asked for, folds what is
//! constant, equal or not needed, and puts every AND of secret bits into the earliest layer that its operands allow. The
//! result is a [`GateProgram`]: flat lists of gates on numbered bits, public and secret ones told apart, in steps that
//! are either local to a party or one round of communication for all their gates together.
//!
//! # Layout
//! - `expand`: calls and word operations, by `add`, `columns`, `multiply`, `divide`, `select` and `shift` where there is
//!   something to choose.
//! - `graph`: the gates while they are built, and all simplification.
//! - `schedule`: layers, batches of reveals, wires.
//! - `attribute`: which positions of the source cost how much.
//! - `program`: the result, and its run in the clear.
//!
//! # Costs for 64-bit words
//! | operation | small: ANDs, rounds | fast: ANDs, rounds |
//! | --- | --- | --- |
//! | add, subtract | 63, 63 | 321, 6 |
//! | less | 64, 64 | 121, 7 |
//! | equal | 63, 6 | 63, 6 |
//! | select | 64, 1 | 64, 1 |
//! | multiply | 3,136, 64 | 3,394, 14 |
//! | shift by a secret | 384, 6 | 514, 4 |
//! | divide | 4,221, 2,204 | 20,565, 83 |
//! | divide by a public word | 2,266, 127 | 2,692, 14 |
//!
//! Less where operands are public or constant.

mod add;
mod attribute;
mod columns;
mod divide;
mod expand;
mod graph;
mod multiply;
mod program;
mod schedule;
mod select;
mod shift;

pub use attribute::{NO_POSITION, PositionCost, SourceMap, attribute};
pub use graph::MAX_GATES;
pub use program::{
    AndGate, GateProgram, InputWires, LinearGate, OutputWires, PublicWire, RevealGate, RunError, SecretWire,
    ShuffleSwitches, SignGate, Step,
};

use thiserror::Error;

use crate::circuit::{Circuit, Visibility};
use crate::validate::CircuitError;

/// Rounds of a step of signatures, however many there are: agreeing on the messages, nonces, agreeing on those, shares.
pub const SIGNING_ROUNDS: u32 = 4;

/// Which form an operation takes where there is a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Few ANDs: little traffic, more rounds.
    Small,
    /// Few rounds: for networks where latency dominates.
    Fast,
}

/// A circuit that cannot be lowered.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LowerError {
    /// The circuit is invalid.
    #[error(transparent)]
    Circuit(#[from] CircuitError),
    /// Too many gates.
    #[error("the circuit takes more than {limit} gates; split the computation into several instructions")]
    TooManyGates {
        /// The limit.
        limit: u32,
    },
}

/// What a program costs to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Cost {
    /// ANDs of secret bits.
    pub ands: u64,
    /// Layers of ANDs: one round each.
    pub and_rounds: u32,
    /// Bits revealed on the way or as public outputs.
    pub reveals: u64,
    /// Reveal steps: at least one round each.
    pub reveal_rounds: u32,
    /// Signatures.
    pub signatures: u64,
    /// Steps of signatures: [`SIGNING_ROUNDS`] rounds each.
    pub signing_steps: u32,
    /// Random bits.
    pub random_bits: u64,
    /// Bits that set switches of shuffles, of all parties together.
    pub switch_bits: u64,
    /// Secret input bits.
    pub input_bits: u64,
    /// Public input bits.
    pub public_input_bits: u64,
    /// Secret output bits.
    pub output_bits: u64,
    /// Public output bits.
    pub public_output_bits: u64,
    /// Gates without communication.
    pub linear_gates: u64,
}

/// What a program is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// The form of operations.
    pub shape: Shape,
    /// How many parties run it. Only shuffles depend on it; a program with shuffles is for this number alone.
    pub parties: u8,
}

/// The parties of a cluster of the replicated protocol, for which a shape alone makes a target.
pub const DEFAULT_PARTIES: u8 = 3;

impl From<Shape> for Target {
    fn from(shape: Shape) -> Self {
        Self { shape, parties: DEFAULT_PARTIES }
    }
}

/// Turns a circuit into gates.
///
/// # Errors
/// When the circuit is invalid or takes too many gates.
pub fn lower(circuit: &Circuit, target: impl Into<Target>) -> Result<GateProgram, LowerError> {
    expand::expand(circuit, target.into(), None).map(schedule::schedule)
}

/// Counts what a program costs.
pub fn cost(program: &GateProgram) -> Cost {
    let mut cost = Cost::default();
    for input in &program.inputs {
        match input.visibility {
            Visibility::Secret => cost.input_bits += u64::from(input.width),
            Visibility::Public => cost.public_input_bits += u64::from(input.width),
        }
    }
    for step in &program.steps {
        match step {
            Step::Linear(gates) => cost.linear_gates += gates.len() as u64,
            Step::And(gates) => {
                cost.ands += gates.len() as u64;
                cost.and_rounds += 1;
            }
            Step::Reveal(gates) => {
                cost.reveals += gates.len() as u64;
                cost.reveal_rounds += 1;
            }
            Step::Sign(gates) => {
                cost.signatures += gates.len() as u64;
                cost.signing_steps += 1;
            }
            Step::Random(wires) => cost.random_bits += wires.len() as u64,
            Step::Switches(shuffles) => {
                let wires = shuffles.iter().flat_map(|shuffle| &shuffle.parties);
                cost.switch_bits += wires.map(|wires| wires.len() as u64).sum::<u64>();
            }
        }
    }
    for output in &program.outputs {
        match output {
            OutputWires::Secret(wires) => cost.output_bits += wires.len() as u64,
            OutputWires::Public(wires) => cost.public_output_bits += wires.len() as u64,
        }
    }
    cost
}
