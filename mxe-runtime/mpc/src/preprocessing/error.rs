//! Why a batch was not made.

use mpc_ot::OtError;
use thiserror::Error;

use crate::channel::PartyId;
use crate::correlation::StockError;
use crate::{ChannelError, ProtocolError};

/// Why a batch of correlated randomness was not made. Whatever the reason, the batch is burned: nothing of it
/// may be used, and its global keys never again (a check that fails can depend on bits of them).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PreprocessingError {
    /// Sending, receiving, coins and transcripts.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    /// A peer's message in a protocol between it and this party was refused, or failed its check.
    #[error("{party} cheated or failed in {stage}: {source}")]
    Transfer {
        /// The peer.
        party: PartyId,
        /// Which protocol.
        stage: &'static str,
        /// What was wrong.
        source: OtError,
    },
    /// A peer opened bits that do not fit the MACs on them. This party knows it for certain.
    #[error("{party} opened bits in {stage} that do not fit their MACs")]
    WrongMac {
        /// The peer.
        party: PartyId,
        /// Where.
        stage: &'static str,
    },
    /// A peer opened something else than it had committed to.
    #[error("{party} opened something else in {stage} than it had committed to")]
    WrongOpening {
        /// The peer.
        party: PartyId,
        /// Where.
        stage: &'static str,
    },
    /// A party's keys and the others' MACs do not fit one global key. Either it has different ones towards
    /// different peers, or a peer opened a wrong MAC; which of them cannot be told from what was opened.
    #[error("the MACs that were opened do not fit one global key of {key_holder}")]
    GlobalKeyUnproven {
        /// The party whose key it is; not necessarily the culprit.
        key_holder: PartyId,
    },
    /// The shares of zero that all leaky ANDs together must give do not sum to zero. Some party cheated; who
    /// shows only when the seeds of this batch are revealed and replayed.
    #[error("the products of the leaky ANDs fail their check: some party cheated")]
    LeakyAnds,
    /// The products of triples over GF(2^128) or of scalars fail their check. As with leaky ANDs.
    #[error("the products of {what} fail their check: some party cheated")]
    Products {
        /// Of what.
        what: &'static str,
    },
    /// A peer says that it has used more of a state key than any honest party can have.
    #[error("{party} has used a state key up to {claimed}, where no more than {most} can be")]
    StateKeyAhead {
        /// The peer.
        party: PartyId,
        /// Blocks it says were used.
        claimed: u64,
        /// The most that this party accepts.
        most: u64,
    },
    /// There are no parameters for what was asked for. No peer's fault.
    #[error("a group of {triples} triples with buckets of {bucket} is not safe or not possible: {why}")]
    Parameters {
        /// Triples of a group.
        triples: usize,
        /// Leaky ANDs for each.
        bucket: usize,
        /// What is wrong.
        why: &'static str,
    },
    /// The store refused what was made. No peer's fault.
    #[error(transparent)]
    Store(#[from] StockError),
}

impl From<ChannelError> for PreprocessingError {
    fn from(error: ChannelError) -> Self {
        Self::Protocol(error.into())
    }
}

impl PreprocessingError {
    /// The peer that the error is certain about, if there is one.
    pub const fn party(&self) -> Option<PartyId> {
        match self {
            Self::Protocol(error) => error.party(),
            Self::Transfer { party, .. }
            | Self::WrongMac { party, .. }
            | Self::WrongOpening { party, .. }
            | Self::StateKeyAhead { party, .. } => Some(*party),
            Self::GlobalKeyUnproven { .. }
            | Self::LeakyAnds
            | Self::Products { .. }
            | Self::Parameters { .. }
            | Self::Store(_) => None,
        }
    }
}
