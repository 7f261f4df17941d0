//! How parties reach each other.
//!
//! A driver (the node's QUIC mesh, the simulated network, [`crate::memory`]) implements [`Channel`] for one
//! session. It delivers payloads of at most [`MAX_PAYLOAD_BYTES`], in order for each ordered pair of parties,
//! from authenticated peers. Every payload carries a [`Phase`]; a payload whose phase is not the one asked
//! for is an error that names its sender, so a message can neither be taken for another one nor be repeated.

use std::fmt;
use std::future::Future;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The longest payload that a protocol hands to a channel. Longer messages are cut into several payloads of
/// one phase, so a driver may refuse anything longer from a peer.
pub const MAX_PAYLOAD_BYTES: usize = 1 << 20;

/// A party's index in the cluster, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PartyId(pub u8);

impl PartyId {
    /// For indexing lists of one entry per party.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for PartyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "party {}", self.0)
    }
}

/// What a payload is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum PhaseKind {
    /// Commitment to a coin, with a statement that all parties must make alike.
    CoinCommit = 1,
    /// Opening of a coin commitment.
    CoinReveal = 2,
    /// Correlated randomness for the session.
    Setup = 3,
    /// Private vectors of the parties: pads and masks.
    Enter = 4,
    /// Seeds of inputs, revealed after pads are entered and inputs are recorded as spent.
    InputSeeds = 5,
    /// Tags of inputs and outputs.
    Tags = 6,
    /// A layer of ANDs.
    And = 7,
    /// Shares of values that become public.
    Open = 8,
    /// Digest of everything broadcast so far, compared before anything is revealed.
    Confirm = 9,
    /// Answers to the check of opened shares, each for one verifier alone.
    Check = 10,
    /// Signatures on what is about to be opened.
    Certificate = 11,
    /// Commitments to the shares of a zero that stored state must give, and then the shares.
    LoadCheck = 12,
    /// Shares of the tags of a state that is written, under their pads.
    StateTags = 13,
    /// Preprocessing: base transfers, and the trees of seeds made from them.
    Transfers = 16,
    /// Preprocessing: corrections of correlated transfers.
    Corrections = 17,
    /// Preprocessing: answers to the check of correlated transfers.
    Responses = 18,
    /// Preprocessing: masked shares of the products of leaky ANDs.
    Products = 19,
    /// Preprocessing: commitments, opened in the next phase of this kind.
    Commitments = 20,
    /// Preprocessing: what was committed to.
    Openings = 21,
    /// Digest of the messages that are signed, and of the key.
    SignMessages = 22,
    /// Nonces of signatures.
    SignNonces = 23,
    /// Digest of the messages, the key and the nonces.
    SignConfirm = 24,
    /// Shares of signatures.
    SignShares = 25,
}

impl PhaseKind {
    /// Every kind, in the order of their codes.
    pub const ALL: [Self; 23] = [
        Self::CoinCommit,
        Self::CoinReveal,
        Self::Setup,
        Self::Enter,
        Self::InputSeeds,
        Self::Tags,
        Self::And,
        Self::Open,
        Self::Confirm,
        Self::Check,
        Self::Certificate,
        Self::LoadCheck,
        Self::StateTags,
        Self::Transfers,
        Self::Corrections,
        Self::Responses,
        Self::Products,
        Self::Commitments,
        Self::Openings,
        Self::SignMessages,
        Self::SignNonces,
        Self::SignConfirm,
        Self::SignShares,
    ];
}

/// A phase: the kind, and which one of its kind in this session, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phase {
    /// What kind of message.
    pub kind: PhaseKind,
    /// How many phases of this kind came before it in the session.
    pub index: u32,
}

impl Phase {
    /// The code of the kind, then the index with its lowest byte first.
    pub const fn to_bytes(self) -> [u8; 5] {
        let [a, b, c, d] = self.index.to_le_bytes();
        [self.kind as u8, a, b, c, d]
    }

    /// Reads the bytes of [`to_bytes`](Self::to_bytes); `None` for an unknown kind.
    pub fn from_bytes([code, index @ ..]: [u8; 5]) -> Option<Self> {
        let kind = PhaseKind::ALL.into_iter().find(|kind| *kind as u8 == code)?;
        Some(Self { kind, index: u32::from_le_bytes(index) })
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?} {}", self.kind, self.index)
    }
}

/// Why a payload was not sent or not received.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ChannelError {
    /// The peer sent something else than its turn was.
    #[error("{party} sent {actual} where {expected} was due; it runs another program, or is faulty")]
    WrongPhase {
        /// The sender.
        party: PartyId,
        /// The phase that was due.
        expected: Phase,
        /// The phase that came.
        actual: Phase,
    },
    /// The peer ended the session.
    #[error("{party} closed the session")]
    Closed {
        /// The peer.
        party: PartyId,
    },
    /// The peer ended the session and said why.
    #[error("{party} gave up the session: {reason}")]
    Aborted {
        /// The peer.
        party: PartyId,
        /// What it said; not to be trusted.
        reason: String,
    },
    /// Nothing came in time.
    #[error("{party} sent nothing in time while {phase} was due")]
    TimedOut {
        /// The silent peer.
        party: PartyId,
        /// The phase that was due.
        phase: Phase,
    },
    /// The peer's message was refused before it was read.
    #[error("{party} sent a message that was refused: {reason}")]
    Refused {
        /// The sender.
        party: PartyId,
        /// What was wrong with it.
        reason: String,
    },
    /// There is no such party, or it is this one.
    #[error("{party} is not a peer of this session")]
    NoSuchPeer {
        /// The party asked for.
        party: PartyId,
    },
}

impl ChannelError {
    /// The peer at whose end the fault is.
    pub const fn party(&self) -> PartyId {
        match self {
            Self::WrongPhase { party, .. }
            | Self::Closed { party }
            | Self::Aborted { party, .. }
            | Self::TimedOut { party, .. }
            | Self::Refused { party, .. }
            | Self::NoSuchPeer { party } => *party,
        }
    }
}

/// One session's connections to the other parties.
pub trait Channel: Send {
    /// How many parties there are, this one included.
    fn parties(&self) -> u8;

    /// This party.
    fn me(&self) -> PartyId;

    /// What turns this party into one that says something else than it should; asked for once.
    #[cfg(any(test, feature = "testing"))]
    fn take_cheat(&mut self) -> Option<crate::malicious::Cheat> {
        None
    }

    /// Hands `payload` over for delivery to `to`. Completing does not mean that it was delivered.
    fn send(
        &mut self,
        to: PartyId,
        phase: Phase,
        payload: Vec<u8>,
    ) -> impl Future<Output = Result<(), ChannelError>> + Send;

    /// The next payload from `from`.
    ///
    /// # Errors
    /// [`ChannelError::WrongPhase`] if it does not belong to `phase`; other errors if none comes.
    fn receive(
        &mut self,
        from: PartyId,
        phase: Phase,
    ) -> impl Future<Output = Result<Vec<u8>, ChannelError>> + Send;
}

impl<C: Channel> Channel for &mut C {
    fn parties(&self) -> u8 {
        (**self).parties()
    }

    fn me(&self) -> PartyId {
        (**self).me()
    }

    #[cfg(any(test, feature = "testing"))]
    fn take_cheat(&mut self) -> Option<crate::malicious::Cheat> {
        (**self).take_cheat()
    }

    fn send(
        &mut self,
        to: PartyId,
        phase: Phase,
        payload: Vec<u8>,
    ) -> impl Future<Output = Result<(), ChannelError>> + Send {
        (**self).send(to, phase, payload)
    }

    fn receive(
        &mut self,
        from: PartyId,
        phase: Phase,
    ) -> impl Future<Output = Result<Vec<u8>, ChannelError>> + Send {
        (**self).receive(from, phase)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_come_back_from_their_bytes() {
        for kind in PhaseKind::ALL {
            let phase = Phase { kind, index: 0x0102_0304 };
            assert_eq!(phase.to_bytes()[1..], [4, 3, 2, 1]);
            assert_eq!(Phase::from_bytes(phase.to_bytes()), Some(phase));
        }
        for code in [0, 14, 255] {
            assert_eq!(Phase::from_bytes([code, 0, 0, 0, 0]), None);
        }
    }
}
