//! Correlated randomness as the online phase takes it: authenticated bits and triples, made ahead.
//!
//! The sharing is that of pairwise information-theoretic MACs, [BDOZ11] section 3 and [NNOB12] section 4 for
//! bits: a bit is `x = x_0 ^ .. ^ x_(n-1)`; for every ordered pair `(i, j)` party `P_i` holds a MAC `M_i^j` on
//! its share and `P_j` a key `K_j^i`, with
//!
//! ```text
//! M_i^j = K_j^i + x_i D_j        in GF(2^128), D_j the global key of P_j
//! ```
//!
//! A [`CorrelationSource`] hands out what all parties made together, in the same order at every party and each
//! item once. What makes it (oblivious transfer now, a correlation generator later, a trusted dealer in tests)
//! is no business of the engine's.
//!
//! All items of one source come from one *batch*: the global keys `D_j` are the same for all of them, so that
//! they can be checked together.

use mpc_field::Scalar;
use thiserror::Error;

use crate::PartyId;

mod bits;
#[cfg(any(test, feature = "testing"))]
pub mod dealer;

pub use crate::preprocessing::scalars::AuthScalars;
pub use bits::{AuthBits, AuthTriples, FieldTriple, StateBits};
use mpc_field::Gf128;

/// The name of a batch: of the one run of preprocessing that its items and global keys come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchId(pub [u8; 32]);

/// The name of a state key `D_state`: whose state, and which version of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateKeyId {
    /// Address of the application's MXE.
    pub mxe: [u8; 32],
    /// The version of the nodes' long-term keys.
    pub version: u64,
}

/// Where one session takes its correlated randomness from.
///
/// # Contract
/// - Calls with the same arguments in the same order at all parties give matching items.
/// - Every item is given out once, ever, and is marked as used durably *before* it is given out.
/// - Nothing is given out whose checks have not all passed.
/// - [`delta`](Self::delta) is uniformly random, but for its lowest bit, which may be public, and the same for
///   all items of the batch.
pub trait CorrelationSource: Send {
    /// This party.
    fn me(&self) -> PartyId;

    /// How many parties there are.
    fn parties(&self) -> u8;

    /// The batch that all items come from.
    fn batch(&self) -> BatchId;

    /// `D_me`, this party's global key of the batch.
    fn delta(&self) -> Gf128;

    /// The next `count` random authenticated bits. Every party knows its own share and no other, so the same
    /// item serves as a random shared bit, or as one random bit of each party for that party's private input.
    ///
    /// # Errors
    /// [`StockError`].
    fn bits(&mut self, count: usize) -> Result<AuthBits, StockError>;

    /// The next `count` triples `c = a b`.
    ///
    /// # Errors
    /// [`StockError`].
    fn triples(&mut self, count: usize) -> Result<AuthTriples, StockError>;

    /// This party's share of `D_state` of the key `key`, the same in every batch.
    ///
    /// # Errors
    /// [`StockError::UnknownStateKey`].
    fn state_delta(&self, key: &StateKeyId) -> Result<Gf128, StockError>;

    /// The next `count` random bits that are authenticated under the batch's keys and under those of `key`.
    ///
    /// # Errors
    /// [`StockError`].
    fn state_bits(&mut self, key: &StateKeyId, count: usize) -> Result<StateBits, StockError>;

    /// The next `count` multiplication triples over GF(2^128), additively shared, without MACs.
    ///
    /// # Errors
    /// [`StockError`].
    fn field_triples(&mut self, count: usize) -> Result<Vec<FieldTriple>, StockError>;

    /// The next `count` random authenticated scalars, for the nonces of signatures.
    ///
    /// # Errors
    /// [`StockError`]; [`StockError::Exhausted`] from a source that has none.
    fn scalars(&mut self, count: usize) -> Result<AuthScalars<Scalar>, StockError> {
        Err(StockError::Exhausted { what: "scalars", wanted: count, left: 0 })
    }

    /// `D_me` of the scalars that were given out, another one than of the bits.
    ///
    /// # Errors
    /// [`StockError::Exhausted`] from a source that has no scalars.
    fn scalar_delta(&self) -> Result<Scalar, StockError> {
        Err(StockError::Exhausted { what: "scalars", wanted: 1, left: 0 })
    }
}

impl<S: CorrelationSource + ?Sized> CorrelationSource for &mut S {
    fn me(&self) -> PartyId {
        (**self).me()
    }

    fn parties(&self) -> u8 {
        (**self).parties()
    }

    fn batch(&self) -> BatchId {
        (**self).batch()
    }

    fn delta(&self) -> Gf128 {
        (**self).delta()
    }

    fn bits(&mut self, count: usize) -> Result<AuthBits, StockError> {
        (**self).bits(count)
    }

    fn triples(&mut self, count: usize) -> Result<AuthTriples, StockError> {
        (**self).triples(count)
    }

    fn state_delta(&self, key: &StateKeyId) -> Result<Gf128, StockError> {
        (**self).state_delta(key)
    }

    fn state_bits(&mut self, key: &StateKeyId, count: usize) -> Result<StateBits, StockError> {
        (**self).state_bits(key, count)
    }

    fn field_triples(&mut self, count: usize) -> Result<Vec<FieldTriple>, StockError> {
        (**self).field_triples(count)
    }

    fn scalars(&mut self, count: usize) -> Result<AuthScalars<Scalar>, StockError> {
        (**self).scalars(count)
    }

    fn scalar_delta(&self) -> Result<Scalar, StockError> {
        (**self).scalar_delta()
    }
}

/// Why no correlated randomness was given out.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StockError {
    /// The session's part of the stock is used up: the session's need was computed too low.
    #[error("the session's stock has {left} {what} left where {wanted} are wanted")]
    Exhausted {
        /// What is wanted.
        what: &'static str,
        /// How many.
        wanted: usize,
        /// How many are left.
        left: usize,
    },
    /// There is no such state key.
    #[error("there is no state key of version {version} for this application; its state cannot be read here")]
    UnknownStateKey {
        /// The version of the key.
        version: u64,
    },
    /// Items do not have the form that the protocol needs; the store is damaged.
    #[error("the stock of correlated randomness is damaged: {what}")]
    Damaged {
        /// What is wrong.
        what: &'static str,
    },
    /// The storage failed.
    #[error("the stock of correlated randomness could not be read or marked as used: {0}")]
    Storage(String),
}
