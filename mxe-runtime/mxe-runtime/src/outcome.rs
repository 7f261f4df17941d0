//! What comes of a task.

use arcis_circuit::ValueError;
use arx_wire::WireError;
use mpc::Traffic;
use thiserror::Error;

use crate::SandboxFault;

/// What all nodes came to. The same at each of them, but for the traffic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The outputs are there.
    Finished(Finished),
    /// The computation cannot be run with its arguments. Every node has the same verdict and has confirmed
    /// that.
    Rejected(Rejection),
}

/// The result of a computation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// One per output of the interface. Public: the value in Borsh's layout. Shared:
    /// [`arx_wire::output::EncryptedOutput`]. Cell: [`arx_wire::cell::CellBody`].
    pub outputs: Vec<Vec<u8>>,
    /// The digest of everything that was broadcast and opened.
    pub transcript_digest: [u8; 32],
    /// `coin_s`, which all pads of this session are bound to.
    pub coin: [u8; 32],
    /// This node's traffic.
    pub traffic: Traffic,
}

/// Why a computation is refused. `argument` is the parameter's index in the interface.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Rejection {
    /// An encrypted input was altered, made for another call, or not made by this protocol at all: its tags
    /// do not fit.
    #[error("argument {argument} was tampered with: its tags do not fit this computation")]
    InputTampered {
        /// Which.
        argument: u16,
    },
    /// An encrypted input was used before, for something else.
    #[error("argument {argument} was already used in another computation; encrypt the value again")]
    InputSpent {
        /// Which.
        argument: u16,
    },
    /// An argument is not what its parameter takes.
    #[error("argument {argument} is malformed: {why}")]
    InputMalformed {
        /// Which.
        argument: u16,
        /// What is wrong with it.
        why: ArgumentFault,
    },
    /// A public function came to no result.
    #[error("the public function `{function}` cannot be run: {why}")]
    PublicCode {
        /// Its name.
        function: String,
        /// When it was called.
        stage: PublicStage,
        /// What is wrong.
        why: PublicFault,
    },
    /// A cell's body is not one that this application's nodes wrote for this type.
    #[error("the cell of argument {argument} cannot be read: {why}")]
    CellUnreadable {
        /// Which.
        argument: u16,
        /// What is wrong with it.
        why: ArgumentFault,
    },
}

/// When public code is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublicStage {
    /// Before the circuit, on plaintext arguments.
    Before,
    /// After it, on what it revealed.
    After,
}

/// What is wrong with a call of public code.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PublicFault {
    /// It came to no result.
    #[error(transparent)]
    Stopped(#[from] SandboxFault),
    /// What it gave is not its result: the code was not made by the compiler.
    #[error("its result is malformed")]
    MalformedResult,
}

/// What is wrong with an argument.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ArgumentFault {
    /// Its bytes are refused.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// A plaintext is not the one encoding of a value of the parameter's type.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// It holds another number of bits than the parameter's type.
    #[error("it holds {actual} bits where the parameter's type has {expected}")]
    Bits {
        /// Bits of the type.
        expected: u64,
        /// Bits there are.
        actual: u64,
    },
    /// An input was encrypted for another parameter.
    #[error("it was encrypted for slot {actual}, the parameter is slot {expected}")]
    Slot {
        /// The parameter's slot.
        expected: u16,
        /// The input's.
        actual: u16,
    },
}

/// How far an execution has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// All nodes have the same task.
    TaskAgreed,
    /// All inputs are verified and shared.
    InputsVerified,
    /// So many of the circuit's rounds are done.
    Evaluated {
        /// Rounds done.
        rounds: u32,
        /// Rounds in all.
        of: u32,
    },
    /// The outputs are being opened.
    Opening,
}
