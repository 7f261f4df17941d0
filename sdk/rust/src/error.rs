//! What can go wrong between a client, the chain and the network.

use arcis_circuit::{BitsError, ValueError};
use arx_program::state::{ComputationStatus, FailureReason};
use arx_wire::WireError;
use solana_pubkey::Pubkey;
use solana_signature::Signature;
use thiserror::Error;

use crate::{Fingerprint, TransactionFailure};

/// Why something was refused, and what to do.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The cluster cannot be used yet.
    #[error("cluster {cluster} is not active: not all of its members have joined")]
    ClusterNotActive {
        /// The cluster.
        cluster: Pubkey,
    },
    /// The cluster's account makes no sense.
    #[error("the account of cluster {cluster} is malformed: {why}")]
    MalformedCluster {
        /// The cluster.
        cluster: Pubkey,
        /// What is wrong.
        why: String,
    },
    /// The cluster has other members or keys than were pinned.
    #[error(
        "cluster {cluster} now states fingerprint {actual} (epoch {epoch}), but {pinned} is pinned; find out from its \
         operators whether the new keys are theirs before you pin them"
    )]
    FingerprintChanged {
        /// The cluster.
        cluster: Pubkey,
        /// What was pinned.
        pinned: Fingerprint,
        /// What is stated now.
        actual: Fingerprint,
        /// The stated epoch.
        epoch: u64,
    },
    /// The chain's definition is another version than the generated code.
    #[error(
        "definition {definition} of `{name}` has {what} {chain}, this client was built for {built}; regenerate the \
         client with `arx build`, or deploy the circuit again. Nothing was sent"
    )]
    DefinitionMismatch {
        /// The definition.
        definition: Pubkey,
        /// The instruction.
        name: &'static str,
        /// `circuit` or `interface`.
        what: &'static str,
        /// Hash in the generated code.
        built: String,
        /// Hash on chain.
        chain: String,
    },
    /// The account is the definition of another instruction.
    #[error("definition {definition} is of `{actual}`, not of `{expected}`")]
    OtherDefinition {
        /// The definition.
        definition: Pubkey,
        /// The instruction wanted.
        expected: &'static str,
        /// The instruction it defines.
        actual: String,
    },
    /// The definition takes no calls.
    #[error("definition {definition} of `{name}` is a draft or deprecated and takes no calls")]
    DefinitionNotActive {
        /// The definition.
        definition: Pubkey,
        /// The instruction.
        name: &'static str,
    },
    /// Another circuit has the name.
    #[error(
        "definition {definition} of `{name}` exists with another circuit; deploy under another MXE or name"
    )]
    DefinitionTaken {
        /// The definition.
        definition: Pubkey,
        /// The name.
        name: String,
    },
    /// The bytes are no circuit that can be deployed.
    #[error("the circuit cannot be deployed: {why}")]
    Artifact {
        /// What is wrong.
        why: String,
    },
    /// A value does not fit an argument.
    #[error("a value of {bits} bits is too large for an argument")]
    ValueTooLarge {
        /// Its size.
        bits: u64,
    },
    /// A value is not of its type.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// Bits are not packed canonically.
    #[error(transparent)]
    Bits(#[from] BitsError),
    /// An encrypted input or output was refused.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The operating system gives no random bytes.
    #[error("the operating system gives no randomness, without which nothing can be encrypted: {why}")]
    NoRandomness {
        /// What it said.
        why: String,
    },
    /// The wallet did not sign.
    #[error("the wallet did not sign: {why}")]
    WalletRefused {
        /// What it said.
        why: String,
    },

    /// There is no result to verify.
    #[error("computation {computation} has no result")]
    NotFinalized {
        /// The computation.
        computation: Pubkey,
    },
    /// The result belongs to another cluster or epoch than is pinned.
    #[error(
        "computation {computation} ran on cluster {} in epoch {}, pinned is cluster {} in epoch {}",
        actual.0, actual.1, expected.0, expected.1
    )]
    OtherCluster {
        /// The computation.
        computation: Pubkey,
        /// Cluster and epoch that are pinned.
        expected: (Pubkey, u64),
        /// Cluster and epoch of the computation.
        actual: (Pubkey, u64),
    },
    /// The result is of another call.
    #[error("the result is of computation {actual}, this call's is {expected}")]
    OtherComputation {
        /// This call's.
        expected: Pubkey,
        /// The result's.
        actual: Pubkey,
    },
    /// What was served as the computation's account cannot be one.
    #[error(
        "the account served for computation {computation} contradicts itself in {what}; ask another RPC server"
    )]
    InconsistentAccount {
        /// The computation.
        computation: Pubkey,
        /// Where.
        what: &'static str,
    },
    /// The application passed on something else than the client gave it.
    #[error(
        "computation {computation} differs from the call that was made in {what}: the application's program did not \
         pass it on unchanged"
    )]
    CallAltered {
        /// The computation.
        computation: Pubkey,
        /// Where.
        what: String,
    },
    /// The output bytes are not those that were signed.
    #[error("the outputs served for computation {computation} are not those that its members signed")]
    OutputsDoNotMatch {
        /// The computation.
        computation: Pubkey,
    },
    /// No transaction with the signatures was found.
    #[error(
        "the RPC server has no transaction that finalised computation {computation}; ask one that keeps the history"
    )]
    NoEvidence {
        /// The computation.
        computation: Pubkey,
    },
    /// Not one signature per member.
    #[error(
        "computation {computation} has {actual} signatures on its result, its cluster has {expected} members"
    )]
    ResultSignatureCount {
        /// The computation.
        computation: Pubkey,
        /// Number of members.
        expected: usize,
        /// Number of signatures.
        actual: usize,
    },
    /// A member did not sign this result.
    #[error("member {member} did not sign this result of computation {computation}")]
    BadResultSignature {
        /// The computation.
        computation: Pubkey,
        /// The member.
        member: Pubkey,
    },
    /// An application's signing key is not to be believed.
    #[error("the signing key at {address} is not to be believed: {why}")]
    SigningKey {
        /// Where it is.
        address: Pubkey,
        /// Why not.
        why: String,
    },
    /// The generated code expects other outputs.
    #[error(
        "the result has {actual} outputs, the generated code takes {expected}; regenerate it with `arx build`"
    )]
    OutputCount {
        /// Outputs that the code takes.
        expected: usize,
        /// Outputs that there are.
        actual: usize,
    },

    /// The RPC server cannot be reached or answers with an error of its own.
    #[error("{what}: {cause}")]
    Rpc {
        /// What was tried.
        what: String,
        /// What the server or the transport said.
        cause: Box<solana_rpc_client_api::client_error::Error>,
    },
    /// The websocket cannot be reached or answers with an error.
    #[error("the websocket {url}: {why}")]
    Websocket {
        /// Where.
        url: String,
        /// What it said.
        why: String,
    },
    /// There is no such account.
    #[error("there is no {what} at {address}")]
    NoAccount {
        /// The kind expected.
        what: &'static str,
        /// The address.
        address: Pubkey,
    },
    /// The account is something else.
    #[error("the account {address} is no {what}: {why}")]
    WrongAccount {
        /// The kind expected.
        what: &'static str,
        /// The address.
        address: Pubkey,
        /// What the decoder said.
        why: String,
    },
    /// A transaction was refused before or when it ran.
    #[error(transparent)]
    Transaction(#[from] Box<TransactionFailure>),
    /// A transaction did not land in time.
    #[error(
        "transaction {signature} was not confirmed before its blockhash expired; it will not land any more: send it again"
    )]
    TransactionExpired {
        /// Its signature.
        signature: Signature,
    },
    /// A transaction cannot be signed or encoded.
    #[error("cannot sign the transaction: {why}")]
    Unsignable {
        /// What is wrong.
        why: String,
    },
    /// The deadline passed and nobody settled the computation.
    #[error(
        "computation {computation} is still queued in slot {slot}, after its deadline {deadline}; send \
         `expire_computation` for the refund"
    )]
    DeadlinePassed {
        /// The computation.
        computation: Pubkey,
        /// Its deadline.
        deadline: u64,
        /// The chain's slot.
        slot: u64,
    },
    /// The computation ended without a result.
    #[error("computation {computation} ended without a result: {}", describe(.status))]
    NoResult {
        /// The computation.
        computation: Pubkey,
        /// How it ended.
        status: ComputationStatus,
    },
}

impl Error {
    pub(crate) fn rpc(
        what: impl Into<String>,
    ) -> impl FnOnce(solana_rpc_client_api::client_error::Error) -> Self {
        let what = what.into();
        move |cause| Self::Rpc { what, cause: Box::new(cause) }
    }

    /// The reason that all members signed, if that is how the computation ended.
    pub fn failure_reason(&self) -> Option<FailureReason> {
        match self {
            Self::NoResult { status: ComputationStatus::Failed { reason, .. }, .. } => Some(*reason),
            _ => None,
        }
    }
}

/// The status in a user's words, with what to do.
pub fn describe(status: &ComputationStatus) -> String {
    match status {
        ComputationStatus::Queued => "it is still queued".into(),
        ComputationStatus::Finalized => "it has a result".into(),
        ComputationStatus::Expired => {
            "its deadline passed; the fee was refunded, call again with the next counter".into()
        }
        ComputationStatus::Cancelled => "you cancelled it; the base fee was kept".into(),
        ComputationStatus::Failed { reason, detail } => describe_reason(*reason, *detail),
    }
}

fn describe_reason(reason: FailureReason, detail: u32) -> String {
    let refund = if reason.keeps_base_fee() { "the base fee was kept" } else { "the fee was refunded" };
    let what = match reason {
        FailureReason::InputTampered => format!(
            "argument {detail} was altered after it was encrypted, or was encrypted for another call (InputTampered)"
        ),
        FailureReason::InputSpent => {
            format!("argument {detail} is a ciphertext that was used before: encrypt again (InputSpent)")
        }
        FailureReason::InputMalformed => format!("argument {detail} does not decode (InputMalformed)"),
        FailureReason::InputStale => {
            format!(
                "the account of argument {detail} changed after the call was queued: call again (InputStale)"
            )
        }
        FailureReason::CircuitMismatch => {
            "the circuit's bytes are not those of its hash (CircuitMismatch)".into()
        }
        FailureReason::DefinitionMismatch => {
            "the definition's shapes or cost are not the circuit's: define it again (DefinitionMismatch)"
                .into()
        }
        FailureReason::CellUnreadable => {
            format!("the cell of argument {detail} does not load (CellUnreadable)")
        }
        FailureReason::ProtocolFailed => "the nodes stopped: call again (ProtocolFailed)".into(),
    };
    format!("{what}; {refund}")
}
