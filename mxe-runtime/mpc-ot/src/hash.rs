//! The hash that turns correlated transfers into independent masks: tweakable and robust against
//! correlations of its inputs.
//!
//! `H(x, i) = pi(pi(x) ^ i) ^ pi(x)` with `pi` the AES-128 under a fixed public key: TMMO of [GKWY20], section
//! 7.4, proven tweakable *circular* correlation robust in the ideal-permutation model. Circularity is needed:
//! what is masked by `H(K)` and `H(K ^ D)` in the leaky AND depends on `D`. The tweak is needed: a malicious
//! holder of MACs chooses its own, so that it can make two keys equal. A tweak is used once per global key.

use std::sync::LazyLock;

use aes::Aes128;
use aes::cipher::KeyInit;
use sha2::{Digest, Sha256};

use crate::aes_blocks::encrypt;

/// A fixed key whose choice needs no trust: the first bytes of pi's fraction, in hexadecimal.
const FIXED_KEY: [u8; 16] =
    [0x24, 0x3f, 0x6a, 0x88, 0x85, 0xa3, 0x08, 0xd3, 0x13, 0x19, 0x8a, 0x2e, 0x03, 0x70, 0x73, 0x44];

static FIXED: LazyLock<Aes128> = LazyLock::new(|| Aes128::new(&FIXED_KEY.into()));

/// Names a range of tweaks: one for every (batch, pair of parties, stage), of 2^40 items each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TweakRange(u128);

impl TweakRange {
    /// Items in a range.
    pub const ITEMS: u64 = 1 << 40;

    /// The range of stage `stage` of batch `batch` with keys of `key_holder` and MACs of `mac_holder`:
    /// `SHA-256(0x0c || "arx/v1/tweak" || batch || key_holder || mac_holder || stage)`, of whose first 16
    /// bytes the lowest 40 bits are replaced by the item's number.
    pub fn new(batch: &[u8; 32], key_holder: u8, mac_holder: u8, stage: u8) -> Self {
        let label = b"arx/v1/tweak";
        let digest = Sha256::new()
            .chain_update([label.len() as u8])
            .chain_update(label)
            .chain_update(batch)
            .chain_update([key_holder, mac_holder, stage])
            .finalize();
        let (head, _) = digest.split_at(16);
        let head = head.iter().rev().fold(0_u128, |word, byte| word << 8 | u128::from(*byte));
        Self(head & !u128::from(Self::ITEMS - 1))
    }

    /// The tweak of item `item`, which is below [`ITEMS`](Self::ITEMS).
    #[inline]
    pub const fn tweak(self, item: u64) -> u128 {
        debug_assert!(item < Self::ITEMS);
        self.0 | item as u128
    }
}

/// Words hashed at a time: enough for the wide AES instructions, few enough to stay in the first-level cache.
const STRIP: usize = 64;

/// Replaces every word by its hash; word `k` is hashed with the tweak of item `first_item + k`.
pub fn hash_in_place(range: TweakRange, first_item: u64, words: &mut [u128]) {
    let cipher = &*FIXED;
    let mut permuted = [0; STRIP];
    for (strip, words) in words.chunks_mut(STRIP).enumerate() {
        let first = first_item + (strip * STRIP) as u64;
        encrypt(cipher, words);
        let permuted = &mut permuted[..words.len()];
        permuted.copy_from_slice(words);
        for (item, word) in (first..).zip(words.iter_mut()) {
            *word ^= range.tweak(item);
        }
        encrypt(cipher, words);
        for (word, permuted) in words.iter_mut().zip(permuted) {
            *word ^= *permuted;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(range: TweakRange, item: u64, x: u128) -> u128 {
        let permute = |x: u128| {
            let mut block = [x];
            encrypt(&Aes128::new(&FIXED_KEY.into()), &mut block);
            block[0]
        };
        permute(permute(x) ^ range.tweak(item)) ^ permute(x)
    }

    #[test]
    fn hashes_as_defined_at_every_place_of_a_strip() {
        let range = TweakRange::new(&[3; 32], 0, 1, 2);
        let words: Vec<u128> = (0..150_u128).map(|k| (k * k) << 77 | k).collect();
        let mut hashed = words.clone();
        hash_in_place(range, 1000, &mut hashed);
        for (k, (word, hashed)) in words.iter().zip(hashed).enumerate() {
            assert_eq!(hashed, reference(range, 1000 + k as u64, *word), "word {k}");
        }
    }

    #[test]
    fn known_answer() {
        // Computed with OpenSSL's AES and Python's SHA-256.
        let range = TweakRange::new(&[3; 32], 0, 1, 2);
        let mut words = [0x0011_2233_4455_6677_8899_aabb_ccdd_eeff];
        hash_in_place(range, 5, &mut words);
        assert_eq!(format!("{:032x}", range.tweak(5)), "8859363fabffdd6d8071080000000005");
        assert_eq!(format!("{:032x}", words[0]), "116d400ff064e1a60947dc9032a66883");
    }

    #[test]
    fn ranges_differ_in_everything_that_names_them() {
        let range = TweakRange::new(&[3; 32], 0, 1, 2);
        for other in [
            TweakRange::new(&[4; 32], 0, 1, 2),
            TweakRange::new(&[3; 32], 1, 0, 2),
            TweakRange::new(&[3; 32], 0, 2, 2),
            TweakRange::new(&[3; 32], 0, 1, 3),
        ] {
            assert_ne!(range.tweak(0), other.tweak(0));
        }
        assert_ne!(range.tweak(0), range.tweak(1));
    }
}
