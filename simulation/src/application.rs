//! The application of most scenarios: a number kept in a cell, which calls raise, add to, and finally reveal.
//!
//! Its circuits are written out here by hand, so that every kind of argument and output occurs in a circuit small enough
//! to run thousands of times; what the results should be is asked of the reference evaluator. On chain it is the `echo`
//! program of the test harness, which forwards any call. The sealed-bid auction has scenarios of its own.

use arcis_circuit::{
    Artifact, Bits, Circuit, Function, Input, Interface, Op, Output, OutputKind, Parameter, ParameterKind,
    Type, Visibility,
};
use solana_pubkey::Pubkey;

/// The instructions of the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `open(start: u64) -> Enc<Mxe, u64>`: the cell becomes `start`.
    Open,
    /// `raise(bid: Enc<Shared, u64>, state: Enc<Mxe, u64>) -> (Enc<Mxe, u64>, Enc<Shared, bool>)`: the larger of the two
    /// stays in the cell; the client learns whether it was its own.
    Raise,
    /// `add(amount: u64, state: Enc<Mxe, u64>) -> Enc<Mxe, u64>`.
    Add,
    /// `close(state: Enc<Mxe, u64>) -> u64`: reveals the number.
    Close,
    /// `next(number: Enc<Shared, u64>) -> Enc<Shared, u64>`: one more, without any state.
    Next,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Open, Self::Raise, Self::Add, Self::Close, Self::Next];

    /// The instruction's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Raise => "raise",
            Self::Add => "add",
            Self::Close => "close",
            Self::Next => "next",
        }
    }

    /// Its parameters.
    pub fn parameters(self) -> &'static [(&'static str, ParameterKind)] {
        const STATE: (&str, ParameterKind) = ("state", ParameterKind::Cell);
        match self {
            Self::Open => &[("start", ParameterKind::Plaintext)],
            Self::Raise => &[("bid", ParameterKind::Shared { slot: 0 }), STATE],
            Self::Add => &[("amount", ParameterKind::Plaintext), STATE],
            Self::Close => &[STATE],
            Self::Next => &[("number", ParameterKind::Shared { slot: 0 })],
        }
    }

    /// Its outputs.
    pub fn outputs(self) -> Vec<Output> {
        let output = |kind, ty| Output { kind, ty };
        match self {
            Self::Open => vec![output(OutputKind::Cell { source: None }, number())],
            Self::Raise => vec![
                output(OutputKind::Cell { source: Some(1) }, number()),
                output(OutputKind::Shared { slot: 0 }, Type::Bool),
            ],
            Self::Add => vec![output(OutputKind::Cell { source: Some(1) }, number())],
            Self::Close => vec![output(OutputKind::Public, number())],
            Self::Next => vec![output(OutputKind::Shared { slot: 0 }, number())],
        }
    }

    /// Whether it reads the cell.
    pub fn reads_cell(self) -> bool {
        self.parameters().iter().any(|(_, kind)| *kind == ParameterKind::Cell)
    }

    /// Whether it writes the cell.
    pub fn writes_cell(self) -> bool {
        self.outputs().iter().any(|output| matches!(output.kind, OutputKind::Cell { .. }))
    }

    /// The compiled instruction.
    pub fn artifact(self) -> Artifact {
        let parameters = self.parameters().iter().map(|(name, kind)| Parameter {
            name: (*name).to_owned(),
            kind: *kind,
            ty: number(),
        });
        let inputs = self.parameters().iter().map(|(_, kind)| Input {
            width: 64,
            visibility: if *kind == ParameterKind::Plaintext {
                Visibility::Public
            } else {
                Visibility::Secret
            },
        });
        let (ops, outputs) = match self {
            Self::Open => (vec![], vec![0]),
            // Wire 0 is the bid, wire 1 the state.
            Self::Raise => (
                vec![
                    Op::Less { a: 1, b: 0, signed: false },
                    Op::Select { condition: 2, when_true: 0, when_false: 1 },
                ],
                vec![3, 2],
            ),
            Self::Add => (vec![Op::Add(0, 1)], vec![2]),
            Self::Close => (vec![Op::Reveal(0)], vec![1]),
            Self::Next => (vec![Op::Const(Bits::from_u64(1, 64)), Op::Add(0, 1)], vec![2]),
        };
        Artifact {
            interface: Interface {
                name: self.name().to_owned(),
                parameters: parameters.collect(),
                outputs: self.outputs(),
            },
            circuit: Circuit {
                functions: vec![Function {
                    name: self.name().to_owned(),
                    inputs: inputs.collect(),
                    ops,
                    outputs,
                }],
            },
            public: None,
        }
    }
}

fn number() -> Type {
    Type::Integer { bits: 64, signed: false }
}

/// A definition on chain.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Its address.
    pub address: Pubkey,
    /// Hash of the circuit.
    pub circuit: [u8; 32],
    /// Hash of the interface.
    pub interface: [u8; 32],
    /// The circuit itself.
    pub artifact: Artifact,
}

#[cfg(test)]
mod tests {
    use arcis_circuit::evaluate;

    use super::*;

    #[test]
    fn circuits_are_valid_and_do_what_they_say() {
        let run = |kind: Kind, inputs: &[u64]| -> Vec<u64> {
            let artifact = kind.artifact();
            let bytes = artifact.to_bytes();
            assert_eq!(Artifact::from_bytes(&bytes).unwrap(), artifact);
            let inputs: Vec<_> = inputs.iter().map(|input| Bits::from_u64(*input, 64)).collect();
            let outputs = evaluate(&artifact.circuit, &inputs, &mut |_| Bits::new()).unwrap();
            outputs.iter().map(|output| output.to_u64().unwrap()).collect()
        };
        assert_eq!(run(Kind::Open, &[7]), [7]);
        assert_eq!(run(Kind::Raise, &[9, 7]), [9, 1]);
        assert_eq!(run(Kind::Raise, &[7, 7]), [7, 0]);
        assert_eq!(run(Kind::Add, &[2, u64::MAX]), [1]);
        assert_eq!(run(Kind::Close, &[7]), [7]);
        assert_eq!(run(Kind::Next, &[7]), [8]);
    }
}
