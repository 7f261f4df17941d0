//! How many leaky ANDs make one triple, and which.
//!
//! A party that cheats in a leaky AND learns a bit of its first factor if it is not caught, and is caught with
//! probability a half ([WRK17], the leaky AND's functionality). Of `N = B l` leaky ANDs, after all are fixed, a
//! coin's permutation puts `B` each into `l` buckets; a triple is lost if all of its bucket leak. Somebody who
//! cheats in `c` of them gets on with probability `2^-c`, and by the union bound then loses us a triple with
//! probability at most `l C(c, B) / C(N, B)`. So a size is safe if for every `c`
//!
//! ```text
//! 2^-c  l  C(c, B) / C(B l, B)  <=  2^-40
//! ```
//!
//! which is the computation behind the papers' rule of thumb `B >= 40 / log2(l) + 1`, done exactly: buckets of 3
//! from 276,325 triples on where the rule asks for 1,048,576. [`bucket_size`] evaluates it; the table is in
//! `docs/protocol.md` and in this module's test.

use mpc_ot::prg::{Prg, Seed};

/// The statistical security that bucketing gives, in bits.
pub const STATISTICAL_SECURITY: u32 = 40;

/// The sizes of buckets there are.
const SIZES: core::ops::RangeInclusive<usize> = 3..=6;

/// The least number of leaky ANDs for each of `triples` triples that is safe, or none up to six.
pub fn bucket_size(triples: usize) -> Option<usize> {
    SIZES.into_iter().find(|size| security_bits(triples, *size) >= f64::from(STATISTICAL_SECURITY))
}

/// `-log2` of the best chance to lose a triple of a group without being caught.
fn security_bits(triples: usize, size: usize) -> f64 {
    let log_choose = |n: usize| {
        (0..size).map(|k| (n.saturating_sub(k) as f64).log2() - ((k + 1) as f64).log2()).sum::<f64>()
    };
    let all = log_choose(triples * size);
    // The chance falls from c = 2 B on: C(c + 1, B) / C(c, B) = (c + 1) / (c + 1 - B) is below 2 there.
    let best = (size..=2 * size + 2)
        .map(|cheats| log_choose(cheats) - cheats as f64)
        .fold(f64::NEG_INFINITY, f64::max);
    all - (triples as f64).log2() - best
}

/// A random permutation of `0..count` from a public seed: [Knuth], algorithm P (Fisher and Yates). Every
/// permutation is as likely as any other but for a factor of `1 + 2^-24` where `count` is at most `2^20`.
pub(super) fn permutation(seed: &Seed, count: u32) -> Vec<u32> {
    let mut places: Vec<u32> = (0..count).collect();
    let stream = Prg::new(seed);
    let mut words = [0_u128; 64];
    for (drawn, last) in (1..places.len()).rev().enumerate() {
        let at = drawn % (2 * words.len());
        if at == 0 {
            stream.fill((drawn / 2) as u64, &mut words);
        }
        let random = (words[at / 2] >> (64 * (at % 2))) as u64;
        let chosen = (u128::from(random) * (last as u128 + 1)) >> 64;
        places.swap(last, chosen as usize);
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_by_triples() {
        // The table of docs/protocol.md: the first number of triples for which a size is enough.
        let first =
            |size| (1..400_000).find(|triples| bucket_size(*triples).is_some_and(|safe| safe <= size));
        assert_eq!([6, 5, 4, 3].map(first), [Some(84), Some(320), Some(3044), Some(276325)]);
        assert_eq!(bucket_size(1 << 20), Some(3));
        assert_eq!(bucket_size(1), None);
    }

    #[test]
    fn the_bound_is_that_of_exact_integers() {
        // Buckets of 3 for 300,000 triples, by hand: C(c, 3) / 2^c is largest at c = 5 and 6, 10/32 = 20/64.
        let exact = 900_000.0_f64 * 899_999.0 * 899_998.0 / 6.0 / (300_000.0 * 10.0 / 32.0);
        assert!((security_bits(300_000, 3) - exact.log2()).abs() < 1e-9);
    }

    #[test]
    fn permutations_are_permutations_and_depend_on_the_seed() {
        let places = permutation(&[1; 16], 1000);
        let mut sorted = places.clone();
        sorted.sort_unstable();
        assert!(sorted.iter().copied().eq(0..1000));
        assert_eq!(places, permutation(&[1; 16], 1000));
        assert_ne!(places, permutation(&[2; 16], 1000));
        // Every place is taken by every item about equally often: 4 items, 24,000 seeds, 6,000 each.
        let mut counts = [[0_u32; 4]; 4];
        for seed in 0..24_000_u32 {
            let mut bytes = [0; 16];
            bytes[..4].copy_from_slice(&seed.to_le_bytes());
            for (place, item) in permutation(&bytes, 4).into_iter().enumerate() {
                counts[place][item as usize] += 1;
            }
        }
        // Seven standard deviations.
        assert!(counts.iter().flatten().all(|count| count.abs_diff(6000) < 470), "{counts:?}");
    }
}
