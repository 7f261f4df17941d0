//! Strings of bits as words that are worked on side by side ("bit-sliced"), and the transposition between
//! 128 long columns and rows of 128 bits.

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{Gf128, simd};

/// A string of bits, bit `k` in bit `k % 128` of word `k / 128`. Bits past the end are zero. Wiped when
/// dropped; `Debug` prints the length alone.
#[derive(Clone, Default, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct BitVector {
    words: Vec<u128>,
    len: usize,
}

impl core::fmt::Debug for BitVector {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(formatter, "BitVector([{} secret bits])", self.len)
    }
}

/// Bits in a word.
pub const WORD_BITS: usize = 128;

impl BitVector {
    /// `len` zeros.
    pub fn zeros(len: usize) -> Self {
        Self { words: vec![0; len.div_ceil(WORD_BITS)], len }
    }

    /// The first `len` bits of `words`; bits of them past the end are cleared.
    ///
    /// # Panics
    /// If there are not exactly as many words as `len` bits take.
    pub fn from_words(words: Vec<u128>, len: usize) -> Self {
        assert_eq!(words.len(), len.div_ceil(WORD_BITS), "{len} bits take another number of words");
        let mut bits = Self { words, len };
        bits.clear_past_end();
        bits
    }

    /// Reads `len` bits packed into bytes, bit `k` in bit `k % 8` of byte `k / 8`. `None` if the number of
    /// bytes is not that of `len` bits, or a bit past the end is set.
    pub fn from_bytes(bytes: &[u8], len: usize) -> Option<Self> {
        if bytes.len() != len.div_ceil(8) {
            return None;
        }
        let mut bits = Self::zeros(len);
        for (word, bytes) in bits.words.iter_mut().zip(bytes.chunks(16)) {
            let mut padded = [0; 16];
            padded[..bytes.len()].copy_from_slice(bytes);
            *word = u128::from_le_bytes(padded);
        }
        let last = bits.words.last().copied();
        bits.clear_past_end();
        (bits.words.last().copied() == last).then_some(bits)
    }

    /// Appends the bytes that [`from_bytes`](Self::from_bytes) reads.
    pub fn write_bytes(&self, out: &mut Vec<u8>) {
        let end = out.len() + self.len.div_ceil(8);
        out.extend(self.words.iter().flat_map(|word| word.to_le_bytes()));
        out.truncate(end);
    }

    /// Number of bits.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The words. Bits past the end are zero.
    pub fn words(&self) -> &[u128] {
        &self.words
    }

    /// Bit `index`.
    ///
    /// # Panics
    /// If there is no such bit.
    #[inline]
    pub fn bit(&self, index: usize) -> bool {
        assert!(index < self.len, "bit {index} of {}", self.len);
        self.words[index / WORD_BITS] >> (index % WORD_BITS) & 1 == 1
    }

    /// Sets bit `index`, which must exist.
    ///
    /// # Panics
    /// If there is no such bit.
    #[inline]
    pub fn set(&mut self, index: usize, bit: bool) {
        assert!(index < self.len, "bit {index} of {}", self.len);
        let (word, place) = (&mut self.words[index / WORD_BITS], index % WORD_BITS);
        *word = *word & !(1 << place) | u128::from(bit) << place;
    }

    /// All ones where bit `index` is one, else zero.
    ///
    /// # Panics
    /// If there is no such bit.
    #[inline]
    pub fn mask(&self, index: usize) -> u128 {
        0_u128.wrapping_sub(u128::from(self.bit(index)))
    }

    /// Adds another string of the same length, bit by bit.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn add_assign(&mut self, other: &Self) {
        assert_eq!(self.len, other.len, "bit strings of different lengths are added");
        add_words(&mut self.words, &other.words);
    }

    fn clear_past_end(&mut self) {
        if let Some(last) = self.words.last_mut() {
            let past = (WORD_BITS - self.len % WORD_BITS) % WORD_BITS;
            *last &= u128::MAX >> past;
        }
    }
}

impl FromIterator<bool> for BitVector {
    fn from_iter<I: IntoIterator<Item = bool>>(bits: I) -> Self {
        let mut vector = Self::default();
        for bit in bits {
            let place = vector.len % WORD_BITS;
            if place == 0 {
                vector.words.push(0);
            }
            if let Some(last) = vector.words.last_mut() {
                *last |= u128::from(bit) << place;
            }
            vector.len += 1;
        }
        vector
    }
}

/// `to ^= from`, word by word.
///
/// # Panics
/// If the lists differ in length.
#[inline]
pub fn add_words(to: &mut [u128], from: &[u128]) {
    assert_eq!(to.len(), from.len(), "lists of words of different lengths are added");
    for (to, from) in to.iter_mut().zip(from) {
        *to ^= from;
    }
}

/// A stretch of 128 columns of equally many words each, one after the other, to rows of 128 bits: bit `j` of
/// row `t` is bit `t` of what column `j` has from its word `first_word` on.
///
/// # Panics
/// If the rows are no multiple of 128, or more than the columns have.
pub fn transpose_columns(columns: &[u128], first_word: usize, rows: &mut [Gf128]) {
    let words = columns.len() / WORD_BITS;
    let (blocks, rest) = rows.as_chunks_mut::<WORD_BITS>();
    assert!(rest.is_empty() && first_word + blocks.len() <= words, "columns of {words} words");
    for (word, rows) in (first_word..).zip(blocks) {
        let block: &mut [u128; WORD_BITS] = bytemuck::cast_mut(rows);
        for (row, column) in block.iter_mut().zip(columns.chunks_exact(words)) {
            *row = column[word];
        }
        simd::transpose(block);
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bits_come_back(bits in vec(any::<bool>(), 0..400)) {
            let vector: BitVector = bits.iter().copied().collect();
            prop_assert_eq!(vector.len(), bits.len());
            let mut bytes = Vec::new();
            vector.write_bytes(&mut bytes);
            let read = BitVector::from_bytes(&bytes, bits.len());
            prop_assert_eq!(read.as_ref(), Some(&vector));
            for (k, bit) in bits.iter().enumerate() {
                prop_assert_eq!(vector.bit(k), *bit);
                prop_assert_eq!(bytes[k / 8] >> (k % 8) & 1 == 1, *bit);
                prop_assert_eq!(vector.mask(k), if *bit { u128::MAX } else { 0 });
            }
            let mut copy = BitVector::zeros(bits.len());
            bits.iter().enumerate().for_each(|(k, bit)| copy.set(k, *bit));
            prop_assert_eq!(&copy, &vector);
            copy.add_assign(&vector);
            prop_assert_eq!(copy, BitVector::zeros(bits.len()));
            prop_assert_eq!(BitVector::from_words(vector.words().to_vec(), bits.len()), vector);
        }

        #[test]
        fn refuses_other_lengths_and_bits_past_the_end(len in 1_usize..300, extra in 0_usize..8) {
            let bytes = vec![0; len.div_ceil(8)];
            prop_assert!(BitVector::from_bytes(&bytes, len).is_some());
            prop_assert!(BitVector::from_bytes(&bytes[1..], len).is_none());
            prop_assert!(BitVector::from_bytes(&[&bytes[..], &[0]].concat(), len).is_none());
            let past = len + extra;
            if past / 8 < bytes.len() {
                let mut set = bytes;
                set[past / 8] |= 1 << (past % 8);
                prop_assert!(BitVector::from_bytes(&set, len).is_none());
            }
        }

        #[test]
        fn transposition_moves_every_bit(
            words in 1_usize..4, first in 0_usize..4, seed in vec(any::<u128>(), 3 * 128),
        ) {
            let first = first.min(words);
            let columns = &seed[..words * 128];
            let mut rows = vec![Gf128::ZERO; (words - first) * 128];
            transpose_columns(columns, first, &mut rows);
            for (t, row) in rows.iter().enumerate() {
                for j in 0..128 {
                    let bit = columns[j * words + first + t / 128] >> (t % 128) & 1;
                    prop_assert_eq!(row.to_bits() >> j & 1, bit);
                }
            }
        }
    }
}
