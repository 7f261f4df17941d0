//! Bit strings as they travel.

use core::fmt;

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::WireError;

/// A string of `k` bits in `ceil(k / 8)` bytes: bit `j` is bit `j % 8` of byte `j / 8`, and bits past `k` are
/// zero.
///
/// Holds pads and plaintexts as well as ciphertexts, so it is wiped when dropped, compared in constant time
/// and not shown by `Debug`.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct PackedBits {
    bits: u32,
    bytes: Vec<u8>,
}

impl PackedBits {
    /// Takes `bytes` as a string of `bits` bits.
    ///
    /// # Errors
    /// [`WireError::WrongLength`] or [`WireError::BitsPastEnd`].
    pub fn new(bits: u32, bytes: Vec<u8>) -> Result<Self, WireError> {
        let packed = Self { bits, bytes };
        packed.require_canonical("a bit string")?;
        Ok(packed)
    }

    /// As [`new`](Self::new), with bits past `bits` cleared and bytes past the end dropped or filled with
    /// zeros.
    pub fn truncating(bits: u32, mut bytes: Vec<u8>) -> Self {
        bytes.resize(Self::bytes_for(bits), 0);
        if let Some(last) = bytes.last_mut() {
            *last &= Self::last_byte_mask(bits);
        }
        Self { bits, bytes }
    }

    /// `bits` zeros.
    pub fn zeros(bits: u32) -> Self {
        Self { bits, bytes: vec![0; Self::bytes_for(bits)] }
    }

    /// How many bytes `bits` bits take.
    pub const fn bytes_for(bits: u32) -> usize {
        bits.div_ceil(8) as usize
    }

    /// How many bits the string has.
    pub const fn len(&self) -> u32 {
        self.bits
    }

    /// Whether the string has no bits.
    pub const fn is_empty(&self) -> bool {
        self.bits == 0
    }

    /// The packed bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Bit `index`, or `None` past the end.
    pub fn bit(&self, index: u32) -> Option<bool> {
        let byte = self.bytes.get(index as usize / 8)?;
        (index < self.bits).then_some(byte >> (index % 8) & 1 == 1)
    }

    /// The bitwise sum of two strings of one length.
    ///
    /// # Errors
    /// [`WireError::BitLengthsDiffer`].
    pub fn xor(&self, other: &Self) -> Result<Self, WireError> {
        if self.bits != other.bits {
            return Err(WireError::BitLengthsDiffer { left: self.bits, right: other.bits });
        }
        let bytes = self.bytes.iter().zip(&other.bytes).map(|(left, right)| left ^ right).collect();
        Ok(Self { bits: self.bits, bytes })
    }

    pub(crate) fn require_canonical(&self, what: &'static str) -> Result<(), WireError> {
        let (expected, actual) = (Self::bytes_for(self.bits) as u64, self.bytes.len() as u64);
        if expected != actual {
            return Err(WireError::WrongLength { what, expected, actual });
        }
        match self.bytes.last() {
            Some(last) if last & !Self::last_byte_mask(self.bits) != 0 => {
                Err(WireError::BitsPastEnd { what, bits: self.bits })
            }
            _ => Ok(()),
        }
    }

    const fn last_byte_mask(bits: u32) -> u8 {
        0xff >> ((8 - bits % 8) % 8)
    }
}

impl fmt::Debug for PackedBits {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PackedBits([{} bits])", self.bits)
    }
}

/// Compares the contents in constant time.
impl PartialEq for PackedBits {
    fn eq(&self, other: &Self) -> bool {
        self.bits == other.bits && bool::from(self.bytes.ct_eq(&other.bytes))
    }
}

impl Eq for PackedBits {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_one_encoding_only() {
        assert!(PackedBits::new(12, vec![0xff, 0x0f]).is_ok());
        assert!(PackedBits::new(16, vec![0xff, 0xff]).is_ok());
        assert!(PackedBits::new(0, vec![]).is_ok());
        let past = PackedBits::new(12, vec![0xff, 0x1f]);
        assert_eq!(past, Err(WireError::BitsPastEnd { what: "a bit string", bits: 12 }));
        for bytes in [vec![], vec![0], vec![0, 0, 0]] {
            let actual = bytes.len() as u64;
            let wrong = PackedBits::new(12, bytes);
            assert_eq!(wrong, Err(WireError::WrongLength { what: "a bit string", expected: 2, actual }));
        }
    }

    #[test]
    fn bits_are_numbered_from_the_lowest_of_the_first_byte() {
        let packed = PackedBits::truncating(10, vec![0b0000_0010, 0b1111_1110]);
        let set: Vec<_> = (0..12).filter(|&k| packed.bit(k) == Some(true)).collect();
        assert_eq!(set, [1, 9]);
        assert_eq!(packed.bit(10), None);
        assert_eq!(packed.as_bytes(), [0b10, 0b10]);
    }

    #[test]
    fn strings_of_different_length_do_not_mix() {
        let (left, right) = (PackedBits::zeros(9), PackedBits::zeros(10));
        assert_eq!(left.xor(&right), Err(WireError::BitLengthsDiffer { left: 9, right: 10 }));
        assert_ne!(left, right);
    }

    #[test]
    fn prints_no_contents() {
        assert_eq!(format!("{:?}", PackedBits::truncating(9, vec![0xaa, 1])), "PackedBits([9 bits])");
    }
}
