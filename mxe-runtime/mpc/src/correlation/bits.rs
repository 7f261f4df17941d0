//! Batches of authenticated bits, in columns: one per party for the MACs, one per party for the keys.

use core::fmt;

use mpc_field::Gf128;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::StockError;
use crate::PartyId;

/// One party's part of `count` authenticated bits. Wiped when dropped.
///
/// Invariant, which [`AuthBits::new`] checks: columns of peers have `count` elements, those of this party
/// itself none; `shares` has `count.div_ceil(64)` words, bits past `count` are zero.
#[derive(Clone, Default, Zeroize, ZeroizeOnDrop)]
pub struct AuthBits {
    count: usize,
    shares: Vec<u64>,
    macs: Vec<Vec<Gf128>>,
    keys: Vec<Vec<Gf128>>,
}

impl AuthBits {
    /// Puts a batch together: bit `k % 64` of `shares[k / 64]` is `x_me` of item `k`; `macs[j][k]` is
    /// `M_me^j`; `keys[j][k]` is `K_me^j`.
    ///
    /// # Errors
    /// [`StockError::Damaged`] if a column has another length than the invariant says.
    pub fn new(
        me: PartyId,
        count: usize,
        shares: Vec<u64>,
        macs: Vec<Vec<Gf128>>,
        keys: Vec<Vec<Gf128>>,
    ) -> Result<Self, StockError> {
        let bits = Self { count, shares, macs, keys };
        let last = bits.shares.last().copied().unwrap_or_default();
        let used = count % 64;
        if bits.shares.len() != count.div_ceil(64) || (used != 0 && last >> used != 0) {
            return Err(StockError::Damaged { what: "a batch's shares are not as long as the batch" });
        }
        require_columns(me, count, &bits.macs)?;
        require_columns(me, count, &bits.keys)?;
        if bits.macs.len() != bits.keys.len() {
            return Err(StockError::Damaged { what: "a batch has MACs and keys of different peers" });
        }
        Ok(bits)
    }

    /// How many bits.
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The shares, 64 to a word.
    pub fn shares(&self) -> &[u64] {
        &self.shares
    }

    /// This party's share of item `index`, zero past the end.
    #[inline]
    pub fn share(&self, index: usize) -> bool {
        self.shares.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    /// `M_me^j` by party `j`; empty for this party itself.
    pub fn macs(&self) -> &[Vec<Gf128>] {
        &self.macs
    }

    /// `K_me^j` by party `j`; empty for this party itself.
    pub fn keys(&self) -> &[Vec<Gf128>] {
        &self.keys
    }
}

impl AuthBits {
    /// The shares, MACs and keys.
    #[allow(clippy::type_complexity)] // Three lists of columns.
    pub(crate) fn into_parts(mut self) -> (Zeroizing<Vec<u64>>, Vec<Vec<Gf128>>, Vec<Vec<Gf128>>) {
        let shares = Zeroizing::new(std::mem::take(&mut self.shares));
        (shares, std::mem::take(&mut self.macs), std::mem::take(&mut self.keys))
    }
}

fn require_columns(me: PartyId, count: usize, columns: &[Vec<Gf128>]) -> Result<(), StockError> {
    let expected = |party: usize| if party == me.index() { 0 } else { count };
    if me.index() < columns.len() && columns.iter().enumerate().all(|(party, c)| c.len() == expected(party)) {
        Ok(())
    } else {
        Err(StockError::Damaged { what: "a batch's columns are not as long as the batch" })
    }
}

impl fmt::Debug for AuthBits {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "AuthBits([{} bits])", self.count)
    }
}

/// One party's part of triples `c = a b` of authenticated bits.
#[derive(Clone, Debug, Default)]
pub struct AuthTriples {
    /// The first factors.
    pub a: AuthBits,
    /// The second factors.
    pub b: AuthBits,
    /// The products.
    pub c: AuthBits,
}

/// Bits with MACs under the keys of a batch and under a state key.
#[derive(Clone, Default, Zeroize, ZeroizeOnDrop)]
pub struct StateBits {
    bits: AuthBits,
    state_macs: Vec<Vec<Gf128>>,
    state_keys: Vec<Vec<Gf128>>,
}

impl StateBits {
    /// Adds to `bits` the columns under the state key: `state_macs[j][k] = state_keys_at_j[me][k] + x_me
    /// D_state_j`.
    ///
    /// # Errors
    /// [`StockError::Damaged`] if a column has another length than those of `bits`.
    pub fn new(
        me: PartyId,
        bits: AuthBits,
        state_macs: Vec<Vec<Gf128>>,
        state_keys: Vec<Vec<Gf128>>,
    ) -> Result<Self, StockError> {
        let bits = Self { bits, state_macs, state_keys };
        require_columns(me, bits.bits.len(), &bits.state_macs)?;
        require_columns(me, bits.bits.len(), &bits.state_keys)?;
        if bits.state_macs.len() != bits.state_keys.len() || bits.state_macs.len() != bits.bits.macs().len() {
            return Err(StockError::Damaged { what: "a batch has state MACs of other peers" });
        }
        Ok(bits)
    }

    /// The bits with their MACs under the batch's keys.
    pub const fn bits(&self) -> &AuthBits {
        &self.bits
    }

    /// MACs on this party's shares under the state keys of the others, by party.
    pub fn state_macs(&self) -> &[Vec<Gf128>] {
        &self.state_macs
    }

    /// Keys to the others' shares under this party's state key, by party.
    pub fn state_keys(&self) -> &[Vec<Gf128>] {
        &self.state_keys
    }
}

impl fmt::Debug for StateBits {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "StateBits([{} bits])", self.bits.len())
    }
}

/// One party's additive shares of `c = a b` over GF(2^128).
#[derive(Clone, Debug, Default, Zeroize, ZeroizeOnDrop)]
pub struct FieldTriple {
    /// The first factor.
    pub a: Gf128,
    /// The second factor.
    pub b: Gf128,
    /// The product.
    pub c: Gf128,
}
