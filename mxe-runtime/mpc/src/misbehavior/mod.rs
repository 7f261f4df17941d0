//! Evidence of what a party did, which anyone can verify who knows the cluster's members.
//!
//! One variant per fault that can be proven to a third party. What only the honest parties themselves can know
//! (a share that does not fit its MAC) is a [`ProtocolError`](crate::ProtocolError) and no evidence.
//!
//! Encoding: CBOR (RFC 8949) of `[version, evidence]`, version 1; signed headers are byte strings of
//! `signature || header`.

mod output;
mod preprocessing;
mod result;
mod signature;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use thiserror::Error;

use crate::PartyId;
use crate::message::{Header, Members, SignedHeader};
pub use output::WrongOutputTag;
pub use preprocessing::WrongPreprocessing;
pub use result::{ResultStatement, SignedResult, WrongResult};
pub use signature::WrongSignatureShare;

/// The version of the encoding.
pub const EVIDENCE_VERSION: u8 = 1;

/// The longest encoding that is read.
pub const MAX_EVIDENCE_BYTES: usize = 1 << 20;

/// What a party did, with the proof of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Misbehavior {
    /// Two different signed messages for one place: the sender told two parties different things.
    Equivocation {
        /// One message.
        first: SignedHeader,
        /// The other.
        second: SignedHeader,
    },
    /// A signed message that does not continue what its sender had broadcast before.
    BrokenChain {
        /// The sender's last broadcast before, if it is not its first message.
        first: Option<SignedHeader>,
        /// The message that does not continue it.
        second: SignedHeader,
    },
    /// A share of a signature that does not fit what its sender had confirmed before.
    WrongSignatureShare(Box<WrongSignatureShare>),
    /// A message of a burned batch of preprocessing that its sender's seed does not give.
    WrongPreprocessing(Box<WrongPreprocessing>),
    /// A signed result that does not follow from what was opened, in a transcript that its signer signed with it.
    WrongResult(Box<WrongResult>),
    /// A tag of an output that its node's pad does not have, in a result that the node signed.
    WrongOutputTag(Box<WrongOutputTag>),
}

/// Why something is no evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EvidenceError {
    /// Not an encoding of any.
    #[error("the evidence is not an encoding of version {EVIDENCE_VERSION}")]
    Encoding,
    /// A header in it was not signed by its sender, as a member of this cluster in this epoch.
    #[error("a message in the evidence is not signed by a member of this cluster in its epoch")]
    Signature,
    /// The messages are two parties', or about different things.
    #[error("the messages in the evidence do not belong together: {what}")]
    Unrelated {
        /// What differs.
        what: &'static str,
    },
    /// Nothing in it is forbidden.
    #[error("the evidence shows nothing that is forbidden")]
    Innocent,
}

impl Misbehavior {
    /// Checks the evidence and returns who is guilty.
    ///
    /// # Errors
    /// [`EvidenceError`] if it proves nothing.
    pub fn verify(&self, members: &Members) -> Result<PartyId, EvidenceError> {
        match self {
            Self::Equivocation { first, second } => equivocation(members, first, second),
            Self::BrokenChain { first, second } => broken_chain(members, first.as_ref(), second),
            Self::WrongSignatureShare(evidence) => evidence.verify(members),
            Self::WrongPreprocessing(evidence) => evidence.verify(members),
            Self::WrongResult(evidence) => evidence.verify(members),
            Self::WrongOutputTag(evidence) => evidence.verify(members),
        }
    }

    /// The epoch and the session in which it happened.
    pub fn place(&self) -> (u64, [u8; 32]) {
        let of = |header: &Header| (header.epoch, header.session);
        match self {
            Self::Equivocation { second, .. } | Self::BrokenChain { second, .. } => of(&second.header),
            Self::WrongSignatureShare(evidence) => of(&evidence.message().header),
            Self::WrongPreprocessing(evidence) => of(&evidence.message().header),
            Self::WrongResult(evidence) => evidence.result().place(),
            Self::WrongOutputTag(evidence) => evidence.result().place(),
        }
    }

    /// The encoding.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        // Writing to memory cannot fail, and the types have no maps with keys that could.
        let _ = ciborium::into_writer(&(EVIDENCE_VERSION, self), &mut bytes);
        bytes
    }

    /// Reads the bytes of [`to_bytes`](Self::to_bytes), and nothing else.
    ///
    /// # Errors
    /// [`EvidenceError::Encoding`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EvidenceError> {
        if bytes.len() > MAX_EVIDENCE_BYTES {
            return Err(EvidenceError::Encoding);
        }
        let (version, evidence): (u8, Self) =
            ciborium::from_reader(bytes).map_err(|_| EvidenceError::Encoding)?;
        // One encoding only: no other integer widths, no indefinite lengths, nothing after the end.
        if version != EVIDENCE_VERSION || evidence.to_bytes() != bytes {
            return Err(EvidenceError::Encoding);
        }
        Ok(evidence)
    }
}

fn equivocation(
    members: &Members,
    first: &SignedHeader,
    second: &SignedHeader,
) -> Result<PartyId, EvidenceError> {
    if !members.vouch(first) || !members.vouch(second) {
        return Err(EvidenceError::Signature);
    }
    if !first.header.same_place(&second.header) {
        return Err(EvidenceError::Unrelated { what: "they are for different places" });
    }
    if first.header == second.header {
        return Err(EvidenceError::Innocent);
    }
    Ok(first.header.sender)
}

fn broken_chain(
    members: &Members,
    first: Option<&SignedHeader>,
    second: &SignedHeader,
) -> Result<PartyId, EvidenceError> {
    if !members.vouch(second) || !first.is_none_or(|first| members.vouch(first)) {
        return Err(EvidenceError::Signature);
    }
    let (due, broadcasts) = match first.map(|first| &first.header) {
        None => (Header::first_chain(&second.header.session, second.header.sender), 0),
        Some(first) => {
            if first.sender != second.header.sender || first.session != second.header.session {
                return Err(EvidenceError::Unrelated { what: "they are of different senders or sessions" });
            }
            if first.recipient.is_some() {
                return Err(EvidenceError::Unrelated { what: "the first is no broadcast" });
            }
            (first.next_chain(), first.broadcasts.saturating_add(1))
        }
    };
    if second.header.broadcasts != broadcasts {
        return Err(EvidenceError::Unrelated { what: "the second does not follow the first" });
    }
    if second.header.chain == due {
        return Err(EvidenceError::Innocent);
    }
    Ok(second.header.sender)
}

impl fmt::Display for Misbehavior {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Equivocation { first, .. } => {
                write!(formatter, "two different signed messages for {}", first.header.phase)
            }
            Self::BrokenChain { second, .. } => {
                write!(formatter, "a message in {} that does not continue earlier ones", second.header.phase)
            }
            Self::WrongPreprocessing(evidence) => {
                let phase = evidence.message().header.phase;
                write!(formatter, "a message in {phase} of a batch that its seed does not give")
            }
            Self::WrongResult(_) => {
                write!(formatter, "a signed result that does not follow from what was opened")
            }
            Self::WrongOutputTag(evidence) => {
                write!(formatter, "a tag of output {} that its pad does not have", evidence.index())
            }
            Self::WrongSignatureShare(evidence) => {
                write!(
                    formatter,
                    "a share of a signature in {} that is wrong",
                    evidence.shared().header.phase
                )
            }
        }
    }
}

impl Serialize for SignedHeader {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.to_bytes())
    }
}

impl<'de> Deserialize<'de> for SignedHeader {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = ByteBuf::deserialize(deserializer)?;
        Self::from_bytes(&bytes).ok_or_else(|| serde::de::Error::custom("not a signed header"))
    }
}
