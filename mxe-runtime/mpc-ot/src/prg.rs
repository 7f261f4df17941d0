//! Expansion of 16-byte seeds: AES-128 in counter mode.
//!
//! Why AES and not ChaCha: nearly all work of correlated transfer is expanding a few hundred seeds by a few
//! kilobytes each. Processors with AES instructions (every target of this project) make a block in a few
//! cycles, with the wide instructions four at a time; ChaCha8 on the same vectors takes about twice as long.
//! Key schedules are computed once per seed. Without the instructions the `aes` crate computes in constant
//! time by bit-slicing. Every block of every seed is used at most once, far below the 2^64 blocks at which
//! counter mode shows that it is a permutation: 2^32 blocks of one seed are told from random bits with
//! advantage at most 2^-64, see [`Prg::MAX_BLOCKS`].

use aes::Aes128;
use aes::cipher::KeyInit;

use crate::aes_blocks::encrypt;

/// A seed. Not `Debug`: it is secret.
pub type Seed = [u8; 16];

/// A seed's stream of 128-bit words. The key schedule is wiped when dropped.
#[derive(Clone)]
pub struct Prg {
    cipher: Aes128,
}

impl core::fmt::Debug for Prg {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("Prg([secret])")
    }
}

impl Prg {
    /// The most blocks that may be taken from one seed.
    pub const MAX_BLOCKS: u64 = 1 << 32;

    /// The stream of `seed`.
    pub fn new(seed: &Seed) -> Self {
        Self { cipher: Aes128::new(seed.into()) }
    }

    /// Words `start..` of the stream.
    #[inline]
    pub fn fill(&self, start: u64, out: &mut [u128]) {
        for (block, out) in (u128::from(start)..).zip(out.iter_mut()) {
            *out = block;
        }
        encrypt(&self.cipher, out);
    }

    /// The first `N` words of the stream.
    #[inline]
    pub fn first<const N: usize>(&self) -> [u128; N] {
        let mut words = [0; N];
        self.fill(0, &mut words);
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_encrypted_counters() {
        // FIPS 197, appendix C.1: the key 00..0f takes the block 00112233..ff to 69c4e0d8..5a.
        let key = core::array::from_fn(|k| k as u8);
        let plain: [u8; 16] = core::array::from_fn(|k| k as u8 * 0x11);
        let mut block = [u128::from_le_bytes(plain)];
        encrypt(&Prg::new(&key).cipher, &mut block);
        assert_eq!(hex::encode(block[0].to_le_bytes()), "69c4e0d86a7b0430d8cdb78070b4c55a");

        // NIST's AESAVS, all-zero key and block; so is the first word of the stream of the zero seed.
        let words = Prg::new(&[0; 16]).first::<1>();
        assert_eq!(hex::encode(words[0].to_le_bytes()), "66e94bd4ef8a2c3b884cfa59ca342b2e");
    }

    #[test]
    fn a_stream_is_the_same_in_pieces() {
        let prg = Prg::new(&[9; 16]);
        let whole: [u128; 37] = prg.first();
        let mut pieces = [0; 37];
        prg.fill(0, &mut pieces[..5]);
        prg.fill(5, &mut pieces[5..30]);
        prg.fill(30, &mut pieces[30..]);
        assert_eq!(whole, pieces);
    }
}
