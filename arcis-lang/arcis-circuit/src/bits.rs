//! Bit vectors: the value of a word, a constant, a packed input.
//!
//! A [`Bits`] of length `k` is `k` bits, least significant first, held in 64-bit limbs; the unused bits of the last
//! limb are always zero, so that equality of values is equality of representations. As bytes, bit `k` is bit `k % 8`
//! of byte `k / 8`.

use std::fmt;
use std::ops::{BitAndAssign, BitXorAssign};

use thiserror::Error;
use zeroize::Zeroize;

/// A vector of bits, least significant first.
///
/// It may hold secrets: it implements [`Zeroize`], so that `Zeroizing<Bits>` wipes it. `Debug` prints the value, so a
/// type that keeps a secret in a `Bits` must not derive `Debug`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Bits {
    limbs: Vec<u64>,
    len: usize,
}

/// Bytes that are not the packed form of a bit vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BitsError {
    /// The number of bytes is not `ceil(bits / 8)`.
    #[error("{bits} bits take {expected} bytes, got {actual}")]
    WrongLength {
        /// Bits asked for.
        bits: usize,
        /// Bytes they take.
        expected: usize,
        /// Bytes given.
        actual: usize,
    },
    /// A bit past the last one is set; padding must be zero.
    #[error("a padding bit past bit {bits} is set")]
    PaddingSet {
        /// Bits asked for.
        bits: usize,
    },
}

impl Bits {
    /// No bits.
    pub const fn new() -> Self {
        Self { limbs: Vec::new(), len: 0 }
    }

    /// `len` zero bits.
    pub fn zeros(len: usize) -> Self {
        Self { limbs: vec![0; len.div_ceil(64)], len }
    }

    /// `len` one bits.
    pub fn ones(len: usize) -> Self {
        Self::from_limbs(vec![u64::MAX; len.div_ceil(64)], len)
    }

    /// The low `len` bits of `value`; zeros above bit 127.
    pub fn from_u128(value: u128, len: usize) -> Self {
        let mut limbs = vec![0; len.div_ceil(64)];
        for (limb, part) in limbs.iter_mut().zip([value as u64, (value >> 64) as u64]) {
            *limb = part;
        }
        Self::from_limbs(limbs, len)
    }

    /// The low `len` bits of `value`; zeros above bit 63.
    pub fn from_u64(value: u64, len: usize) -> Self {
        Self::from_u128(value.into(), len)
    }

    /// The first `len` bits of `limbs` (least significant limb first); missing limbs are zero, further ones dropped.
    pub fn from_limbs(mut limbs: Vec<u64>, len: usize) -> Self {
        limbs.resize(len.div_ceil(64), 0);
        let mut bits = Self { limbs, len };
        bits.clear_padding();
        bits
    }

    /// Unpacks `len` bits.
    ///
    /// # Errors
    /// When there are not exactly `ceil(len / 8)` bytes, or a bit past `len` is set.
    pub fn from_bytes(bytes: &[u8], len: usize) -> Result<Self, BitsError> {
        let expected = len.div_ceil(8);
        if bytes.len() != expected {
            return Err(BitsError::WrongLength { bits: len, expected, actual: bytes.len() });
        }
        if let Some(last) = bytes.last()
            && !len.is_multiple_of(8)
            && last >> (len % 8) != 0
        {
            return Err(BitsError::PaddingSet { bits: len });
        }
        let limbs = bytes
            .chunks(8)
            .map(|chunk| {
                let mut limb = [0; 8];
                limb[..chunk.len()].copy_from_slice(chunk);
                u64::from_le_bytes(limb)
            })
            .collect();
        Ok(Self { limbs, len })
    }

    /// Packs into `ceil(len / 8)` bytes, padding bits zero.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes: Vec<u8> = self.limbs.iter().flat_map(|limb| limb.to_le_bytes()).collect();
        bytes.truncate(self.len.div_ceil(8));
        bytes
    }

    /// Number of bits.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no bits.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The limbs, least significant first; bits past the length are zero.
    pub fn limbs(&self) -> &[u64] {
        &self.limbs
    }

    /// Bit `index`, or `None` past the end.
    pub fn get(&self, index: usize) -> Option<bool> {
        (index < self.len).then(|| self.limbs[index / 64] >> (index % 64) & 1 == 1)
    }

    /// Sets bit `index`.
    ///
    /// # Panics
    /// When `index` is past the end.
    pub fn set(&mut self, index: usize, bit: bool) {
        assert!(index < self.len, "bit {index} of {} bits", self.len);
        let mask = 1 << (index % 64);
        if bit {
            self.limbs[index / 64] |= mask;
        } else {
            self.limbs[index / 64] &= !mask;
        }
    }

    /// Appends one bit.
    pub fn push(&mut self, bit: bool) {
        if self.len.is_multiple_of(64) {
            self.limbs.push(0);
        }
        self.len += 1;
        self.set(self.len - 1, bit);
    }

    /// Appends all bits of `other`.
    pub fn extend_from_bits(&mut self, other: &Self) {
        self.extend_from_limbs(&other.limbs, other.len);
    }

    /// Appends the low `width` bits of `value`; zeros for bits past 127.
    pub fn push_u128(&mut self, value: u128, width: usize) {
        if width <= 128 {
            let masked = if width == 128 { value } else { value & ((1 << width) - 1) };
            self.extend_from_limbs(&[masked as u64, (masked >> 64) as u64], width);
        } else {
            self.extend_from_bits(&Self::from_u128(value, width));
        }
    }

    /// Appends `len` bits of `limbs`, whose bits past `len` are zero.
    fn extend_from_limbs(&mut self, limbs: &[u64], len: usize) {
        let shift = self.len % 64;
        let limbs = &limbs[..len.div_ceil(64)];
        if shift == 0 {
            self.limbs.extend_from_slice(limbs);
        } else {
            for &limb in limbs {
                if let Some(last) = self.limbs.last_mut() {
                    *last |= limb << shift;
                }
                self.limbs.push(limb >> (64 - shift));
            }
        }
        self.len += len;
        self.limbs.truncate(self.len.div_ceil(64));
    }

    /// The words one after another, the first one in the low bits.
    pub fn concat<'a>(words: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut bits = Self::new();
        for word in words {
            bits.extend_from_bits(word);
        }
        bits
    }

    /// Bits `offset .. offset + len`.
    ///
    /// # Panics
    /// When the range goes past the end.
    pub fn slice(&self, offset: usize, len: usize) -> Self {
        assert!(
            offset.checked_add(len).is_some_and(|end| end <= self.len),
            "bits {offset}..{offset}+{len} of {} bits",
            self.len
        );
        let (first, shift) = (offset / 64, offset % 64);
        let limbs = (first..first + len.div_ceil(64))
            .map(|index| {
                let high = self.limbs.get(index + 1).copied().unwrap_or(0);
                if shift == 0 { self.limbs[index] } else { self.limbs[index] >> shift | high << (64 - shift) }
            })
            .collect();
        Self::from_limbs(limbs, len)
    }

    /// The bits, least significant first.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = bool> + '_ {
        (0..self.len).map(|index| self.limbs[index / 64] >> (index % 64) & 1 == 1)
    }

    /// The value as an integer, or `None` when a bit past 63 is set.
    pub fn to_u64(&self) -> Option<u64> {
        self.to_u128().and_then(|value| value.try_into().ok())
    }

    /// The value as an integer, or `None` when a bit past 127 is set.
    pub fn to_u128(&self) -> Option<u128> {
        if self.limbs.iter().skip(2).any(|&limb| limb != 0) {
            return None;
        }
        let limb = |index: usize| u128::from(self.limbs.get(index).copied().unwrap_or(0));
        Some(limb(0) | limb(1) << 64)
    }

    /// Whether every bit is zero.
    pub fn is_zero(&self) -> bool {
        self.limbs.iter().all(|&limb| limb == 0)
    }

    /// Flips every bit.
    pub fn invert(&mut self) {
        for limb in &mut self.limbs {
            *limb = !*limb;
        }
        self.clear_padding();
    }

    fn clear_padding(&mut self) {
        if !self.len.is_multiple_of(64)
            && let Some(last) = self.limbs.last_mut()
        {
            *last &= (1 << (self.len % 64)) - 1;
        }
    }
}

impl BitXorAssign<&Bits> for Bits {
    /// # Panics
    /// When the lengths differ.
    fn bitxor_assign(&mut self, other: &Bits) {
        assert_eq!(self.len, other.len, "exclusive or of bit vectors of different lengths");
        for (limb, other) in self.limbs.iter_mut().zip(&other.limbs) {
            *limb ^= other;
        }
    }
}

impl BitAndAssign<&Bits> for Bits {
    /// # Panics
    /// When the lengths differ.
    fn bitand_assign(&mut self, other: &Bits) {
        assert_eq!(self.len, other.len, "conjunction of bit vectors of different lengths");
        for (limb, other) in self.limbs.iter_mut().zip(&other.limbs) {
            *limb &= other;
        }
    }
}

impl FromIterator<bool> for Bits {
    fn from_iter<I: IntoIterator<Item = bool>>(bits: I) -> Self {
        let mut collected = Self::new();
        for bit in bits {
            collected.push(bit);
        }
        collected
    }
}

impl Zeroize for Bits {
    fn zeroize(&mut self) {
        self.limbs.zeroize();
        self.len = 0;
    }
}

/// The value in hexadecimal, most significant digit first, without leading zeros: `0x2a`.
impl fmt::LowerHex for Bits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("0x")?;
        let top = self.limbs.iter().rposition(|&limb| limb != 0).unwrap_or(0);
        write!(f, "{:x}", self.limbs.get(top).copied().unwrap_or(0))?;
        self.limbs.iter().take(top).rev().try_for_each(|limb| write!(f, "{limb:016x}"))
    }
}

/// Value and length: `0x2a:64`.
impl fmt::Debug for Bits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:x}:{}", self.len)
    }
}
