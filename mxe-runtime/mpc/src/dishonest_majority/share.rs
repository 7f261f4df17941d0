//! One party's share of a private bit or element, with its MACs and keys.

use core::fmt;

use mpc_field::Gf128;
use zeroize::Zeroize;

use super::masked;
use crate::correlation::AuthBits;

/// One party's share of a bit.
///
/// Place `j` of `macs` is `M_me^j`, place `j` of `keys` is `K_me^j`. This party's own place in `macs` has its
/// share of the bit, as zero or one of the field: everything linear then is the same operation on all places.
/// Places past the number of parties are zero.
#[derive(Clone, Copy, Zeroize)]
pub(super) struct AuthShare<const N: usize> {
    pub(super) macs: [Gf128; N],
    pub(super) keys: [Gf128; N],
}

impl<const N: usize> AuthShare<N> {
    pub(super) const ZERO: Self = Self { macs: [Gf128::ZERO; N], keys: [Gf128::ZERO; N] };

    /// The items of a batch; `None` if the batch is of another cluster size.
    pub(super) fn from_batch(me: usize, parties: usize, bits: &AuthBits) -> Option<Vec<Self>> {
        if bits.macs().len() != parties || bits.keys().len() != parties || parties > N {
            return None;
        }
        let mut shares = vec![Self::ZERO; bits.len()];
        for (index, share) in shares.iter_mut().enumerate() {
            share.macs[me] = masked(Gf128::ONE, bits.share(index).into());
        }
        for peer in (0..parties).filter(|peer| *peer != me) {
            let columns = bits.macs()[peer].iter().zip(&bits.keys()[peer]);
            for (share, (mac, key)) in shares.iter_mut().zip(columns) {
                share.macs[peer] = *mac;
                share.keys[peer] = *key;
            }
        }
        Some(shares)
    }

    #[inline]
    pub(super) fn plus(&self, other: &Self) -> Self {
        let mut sum = *self;
        sum.macs.iter_mut().zip(&other.macs).for_each(|(sum, other)| *sum += *other);
        sum.keys.iter_mut().zip(&other.keys).for_each(|(sum, other)| *sum += *other);
        sum
    }

    /// This party's share of the bit.
    #[inline]
    pub(super) fn own_bit(&self, me: usize) -> u8 {
        self.macs[me].to_bits() as u8 & 1
    }

    #[inline]
    pub(super) const fn mac(&self, peer: usize) -> Gf128 {
        self.macs[peer]
    }

    #[inline]
    pub(super) const fn key(&self, peer: usize) -> Gf128 {
        self.keys[peer]
    }

    /// Every place times the field's element.
    pub(super) fn times(&self, factor: Gf128) -> Self {
        Self { macs: self.macs.map(|mac| mac * factor), keys: self.keys.map(|key| key * factor) }
    }

    /// Every place times `X`.
    #[inline]
    pub(super) fn times_x(&self) -> Self {
        Self { macs: self.macs.map(times_x), keys: self.keys.map(times_x) }
    }
}

#[inline]
fn times_x(element: Gf128) -> Gf128 {
    let bits = element.to_bits();
    let overflow = 0_u128.wrapping_sub(bits >> 127);
    Gf128::from_bits(bits << 1 ^ overflow & 0b1000_0111)
}

impl<const N: usize> fmt::Debug for AuthShare<N> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("AuthShare([secret])")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn times_x_is_multiplication_by_x(bits: u128) {
            let element = Gf128::from_bits(bits);
            prop_assert_eq!(times_x(element), element * Gf128::from_bits(2));
        }
    }
}
