//! What ends a session.

use arx_wire::WireError;
use thiserror::Error;

use crate::certificate::KeepError;
use crate::channel::{ChannelError, PartyId, Phase};
use crate::correlation::StockError;
use crate::message::MembersError;
use crate::misbehavior::Misbehavior;
use crate::signature::SigningKeyError;

/// Why a protocol ended without a result. The variants about a peer name it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ProtocolError {
    /// A message was not sent or did not come, or was not the one that was due.
    #[error(transparent)]
    Channel(#[from] ChannelError),
    /// A message has another length than its phase has.
    #[error("{party} sent {actual} bytes in {phase} where {expected} are right")]
    WrongLength {
        /// The sender.
        party: PartyId,
        /// The message's phase.
        phase: Phase,
        /// The only length that is right.
        expected: usize,
        /// The length that came.
        actual: usize,
    },
    /// A message of the right length that no honest party sends.
    #[error("{party} sent a malformed message in {phase}: {what}")]
    Malformed {
        /// The sender.
        party: PartyId,
        /// The message's phase.
        phase: Phase,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A peer was started on other public data: another circuit, argument, cell or session.
    #[error(
        "{party} has another view of the task: its arguments, cells, circuit or session differ from ours"
    )]
    DifferentTask {
        /// The peer.
        party: PartyId,
    },
    /// A peer saw other broadcasts or openings than this party, so someone sent different things to different
    /// parties.
    #[error(
        "{party} has another transcript than ours: some party sent different messages to different peers"
    )]
    TranscriptDiverged {
        /// The peer whose transcript differs; not necessarily the culprit.
        party: PartyId,
    },
    /// A coin's opening does not fit its commitment.
    #[error("{party} opened a coin to another value than it had committed to")]
    CoinOpenedWrong {
        /// The peer.
        party: PartyId,
    },
    /// The engine does not run with this number of parties.
    #[error("this protocol runs with {expected} parties, the session has {actual}")]
    WrongPartyCount {
        /// The number it runs with.
        expected: u8,
        /// The number there are.
        actual: u8,
    },
    /// The engine does not run with this number of parties.
    #[error("this protocol runs with {least} to {most} parties, the session has {actual}")]
    UnsupportedPartyCount {
        /// The smallest number it runs with.
        least: u8,
        /// The largest.
        most: u8,
        /// The number there are.
        actual: u8,
    },
    /// A peer opened a share, or a tag, that does not fit the MAC on it. This party knows it for certain; to
    /// a third party accuser and accused look alike.
    #[error("{party} opened a share that does not fit its MAC")]
    WrongShare {
        /// The peer.
        party: PartyId,
    },
    /// A message does not carry its sender's signature.
    #[error("{party} sent a message in {phase} that does not carry its signature")]
    BadSignature {
        /// The peer.
        party: PartyId,
        /// The message's phase.
        phase: Phase,
    },
    /// A peer did what anyone can verify.
    #[error("{party} is proven to have misbehaved: {evidence}")]
    Misbehaved {
        /// The peer.
        party: PartyId,
        /// The evidence.
        evidence: Box<Misbehavior>,
    },
    /// Some product, or a triple that products are verified with, is wrong. Names nobody: in this protocol an error
    /// in a product has no author that could be seen.
    #[error("a product is wrong: some party did not multiply as it should")]
    WrongProduct,
    /// Two parties who both know a tag opened it differently.
    #[error("{owner} and {neighbour} opened a tag that both know to different values")]
    ConflictingTags {
        /// Whose tag it is.
        owner: PartyId,
        /// Who knows it as well.
        neighbour: PartyId,
    },
    /// A share of the check of stored states does not fit its commitment.
    #[error(
        "{party} opened its share of the check of stored states to another value than it had committed to"
    )]
    LoadCheckOpenedWrong {
        /// The peer.
        party: PartyId,
    },
    /// A stored state does not fit what the parties entered for it: the ciphertext or its tags were altered,
    /// or some party used another pad or another key than when it was written. Names nobody: there is nothing
    /// to tell the cases apart by.
    #[error(
        "a stored state does not fit its tags: it was altered, or a party used a wrong pad or key for it"
    )]
    StateMismatch,
    /// A party's share of a signature does not fit its nonce and its share of the key, in a session without signatures.
    #[error("{party} sent a share of a signature that is wrong")]
    WrongSignatureShare {
        /// The peer.
        party: PartyId,
    },
    /// A nonce does not fit its commitment.
    #[error("{party} opened a nonce to another value than it had committed to")]
    NonceOpenedWrong {
        /// The peer.
        party: PartyId,
    },
    /// A share of a signing key does not fit its commitment, is no point of the prime-order group, or is not proven to
    /// be known.
    #[error("{party} did not open or prove its share of the signing key")]
    WrongKeyShare {
        /// The peer.
        party: PartyId,
    },
    /// The circuit signs, and the engine was given no key.
    #[error("the circuit signs a message, but this application has no signing key: make one first")]
    NoSigningKey,
    /// More signatures in one step than there can be.
    #[error("{actual} messages are signed in one step, at most {most} can be")]
    TooManySignatures {
        /// The most.
        most: usize,
        /// How many there are.
        actual: usize,
    },
    /// The signing key cannot be used.
    #[error(transparent)]
    SigningKey(#[from] SigningKeyError),
    /// What was asked for needs a session whose messages are signed.
    #[error("a certificate, or a signing key, takes a session whose messages are signed")]
    Unsigned,
    /// What this party would be answerable for could not be kept, so it goes no further. No peer's fault.
    #[error(transparent)]
    NotKept(#[from] KeepError),
    /// The session's identity is not that of this party.
    #[error(transparent)]
    Members(#[from] MembersError),
    /// The correlated randomness handed to the engine was made for another party or cluster size.
    #[error("the stock of correlated randomness was made for another party, or another number of parties")]
    ForeignStock,
    /// There is no correlated randomness to go on with. No peer's fault.
    #[error(transparent)]
    Stock(#[from] StockError),
    /// Values handed to the protocol by its caller do not fit each other. The same at every party, and no
    /// peer's fault.
    #[error(
        "the computation's values do not fit its circuit: {what} has {actual} bits where {expected} are right"
    )]
    WidthMismatch {
        /// Which value.
        what: &'static str,
        /// Bits that are right.
        expected: usize,
        /// Bits there are.
        actual: usize,
    },
    /// Bytes that this party itself builds or was given do not fit the wire format. No peer's fault.
    #[error(transparent)]
    Wire(#[from] WireError),
}

impl ProtocolError {
    /// The peer that the error is about, if it is about one.
    pub const fn party(&self) -> Option<PartyId> {
        match self {
            Self::Channel(error) => Some(error.party()),
            Self::WrongLength { party, .. }
            | Self::Malformed { party, .. }
            | Self::DifferentTask { party }
            | Self::TranscriptDiverged { party }
            | Self::CoinOpenedWrong { party }
            | Self::WrongShare { party }
            | Self::LoadCheckOpenedWrong { party }
            | Self::WrongSignatureShare { party }
            | Self::NonceOpenedWrong { party }
            | Self::WrongKeyShare { party }
            | Self::BadSignature { party, .. }
            | Self::Misbehaved { party, .. } => Some(*party),
            Self::WrongPartyCount { .. }
            | Self::UnsupportedPartyCount { .. }
            | Self::ForeignStock
            | Self::Unsigned
            | Self::NotKept(_)
            | Self::NoSigningKey
            | Self::TooManySignatures { .. }
            | Self::SigningKey(_)
            | Self::StateMismatch
            | Self::WrongProduct
            | Self::ConflictingTags { .. }
            | Self::Members(_)
            | Self::Stock(_)
            | Self::WidthMismatch { .. }
            | Self::Wire(_) => None,
        }
    }
}
