//! Why a task came to no outcome.

use arx_wire::WireError;
use mpc::{PartyId, ProtocolError};
use thiserror::Error;

use crate::JournalError;

/// Why an execution ended without an outcome.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ExecuteError {
    /// The task was never one that could run here.
    #[error("the task cannot be run: {0}")]
    Task(#[from] TaskError),
    /// The protocol ended; the error names the peer where there is one to name.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    /// Something could not be recorded.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl ExecuteError {
    /// The peer that the error is about, if it is about one.
    pub const fn party(&self) -> Option<PartyId> {
        match self {
            Self::Protocol(error) => error.party(),
            Self::Task(_) | Self::Journal(_) => None,
        }
    }
}

/// What is wrong with a task. The node's own fault or that of the definition, found before anything is sent.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TaskError {
    /// No engine for the protocol.
    #[error("protocol {0} is not known to this build")]
    UnknownProtocol(u16),
    /// The session's channel connects another number of nodes than the cluster has.
    #[error("the cluster has {expected} members, the channel {actual}")]
    PartyCount {
        /// Members.
        expected: usize,
        /// Parties of the channel.
        actual: usize,
    },
    /// The node's secret key is not the one that the cluster has for it.
    #[error("this node's encryption key is not the one registered for member {member} in this epoch")]
    ForeignKey {
        /// The node's index.
        member: u8,
    },
    /// The identities that messages are signed with are not those of the cluster's members.
    #[error("the identities to sign and check messages with are not those of the cluster in this epoch")]
    ForeignIdentity,
    /// The base names another circuit or interface than the plan.
    #[error("the computation is defined with another {what} than the one to be run")]
    OtherCircuit {
        /// Which hash differs.
        what: &'static str,
    },
    /// There is not one argument per parameter, or not one target per output.
    #[error("there are {actual} {what} where the interface has {expected}")]
    Count {
        /// Of what.
        what: &'static str,
        /// How many the interface has.
        expected: usize,
        /// How many there are.
        actual: usize,
    },
    /// An argument is of another kind than its parameter.
    #[error("argument {argument} is of another kind than its parameter")]
    ArgumentKind {
        /// Which.
        argument: u16,
    },
    /// A cell output has no target, or another output has one.
    #[error("output {output} has a cell as its target exactly if it is a cell output")]
    OutputTarget {
        /// Which.
        output: u16,
    },
    /// An output goes to a client slot that no parameter has.
    #[error("output {output} is for client slot {slot}, which no parameter carries a key for")]
    NoRecipient {
        /// Which.
        output: u16,
        /// The slot.
        slot: u16,
    },
    /// The circuit signs, and the application has no key to sign with.
    #[error("the circuit signs a message, but this application has no signing key: make one first")]
    NoSigningKey,
    /// Public code could not be run on this machine, which says nothing about the task.
    #[error("{0}")]
    Sandbox(String),
    /// The base of the derivations is not one.
    #[error(transparent)]
    Base(#[from] WireError),
}
