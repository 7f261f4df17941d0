//! Shuffles: permutations, and the networks of switches that carry them out.
//!
//! For [`Op::Shuffle`](crate::circuit::Op::Shuffle) every party in turn applies a permutation of its own, which nobody
//! else knows, so that the result is uniformly random to everybody if one party's permutation is. A permutation of `m`
//! words is carried out by a network of switches on two words each, after A. Waksman, "A permutation network" (1968), for
//! any `m` after B. Beauquier and E. Darrot, "On arbitrary size Waksman networks and their vulnerability" (2002): the
//! words go in pairs through a column of switches, of each pair one to an upper and one to a lower network of half the
//! size, and pairs of what those give through a second column. Whatever the switches' settings are, the result is a
//! permutation, and for every permutation there are settings. So a party that sets its switches otherwise than at
//! random does no more than choose its own permutation.
//!
//! # For protocols
//! A program lists its shuffles (`Step::Switches`). For each, every party samples [`Permutation::random`] from its own
//! randomness, and enters [`Permutation::switches`] as private input bits. The settings of a uniform permutation are
//! not uniform bits, so they cannot be drawn at random together.

use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::bits::Bits;

/// Bits of a seed of [`Permutation::from_seed`].
pub const SEED_BITS: u32 = 128;

/// An order of `len` words: place `i` of the result is place `sources()[i]` of what is permuted. Wiped when dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Permutation {
    sources: Vec<u32>,
}

impl Permutation {
    /// A uniformly random one (R. Durstenfeld's form of the Fisher-Yates shuffle, with rejection), from a source of
    /// uniform bytes.
    pub fn random(len: u32, mut fill: impl FnMut(&mut [u8])) -> Self {
        let mut below = |limit: u32| -> u32 {
            // Numbers below the largest multiple of `limit` in 2^64; a rejection happens less than once in 2^32.
            let most = u64::MAX - u64::MAX % u64::from(limit);
            loop {
                let mut bytes = [0; 8];
                fill(&mut bytes);
                let number = u64::from_le_bytes(bytes);
                bytes.zeroize();
                if number < most {
                    return (number % u64::from(limit)) as u32;
                }
            }
        };
        let mut sources: Vec<u32> = (0..len).collect();
        for last in (1..len).rev() {
            sources.swap(last as usize, below(last + 1) as usize);
        }
        Self { sources }
    }

    /// The one that a seed stands for: what the reference evaluator uses, and tests.
    pub fn from_seed(seed: &Bits, len: u32) -> Self {
        let mut block = 0u64;
        let mut bytes: Vec<u8> = Vec::new();
        Self::random(len, |out| {
            while bytes.len() < out.len() {
                let mut hash = Sha256::new();
                hash.update(b"arx/v1/shuffle");
                hash.update(seed.to_bytes());
                hash.update(block.to_le_bytes());
                bytes.extend(hash.finalize());
                block += 1;
            }
            out.copy_from_slice(&bytes[..out.len()]);
            bytes.drain(..out.len());
        })
    }

    /// Where each place's word comes from.
    pub fn sources(&self) -> &[u32] {
        &self.sources
    }

    /// The words in this order.
    pub fn apply<T: Clone>(&self, words: &[T]) -> Vec<T> {
        self.sources.iter().map(|&source| words[source as usize].clone()).collect()
    }

    /// First `self`, then `next`.
    pub fn then(&self, next: &Self) -> Self {
        Self { sources: next.apply(&self.sources) }
    }

    /// The one that takes this one back.
    pub fn inverse(&self) -> Self {
        let mut sources = vec![0; self.sources.len()];
        for (place, &source) in (0..).zip(&self.sources) {
            sources[source as usize] = place;
        }
        Self { sources }
    }

    /// The settings of the network's switches that carry it out, in the network's order: [`switch_count`] of them, set
    /// where a switch crosses. Looks at the permutation by index, so its time depends on it; it is the party's own.
    pub fn switches(&self) -> Bits {
        let mut switches = Bits::zeros(switch_count(self.sources.len()));
        route(&self.sources, &mut switches, 0);
        switches
    }
}

/// Switches of the network for `len` words: the sum of `ceil(log2 i)` for `i` up to `len`.
pub fn switch_count(len: usize) -> usize {
    // The part of the sum from i = 2^(k-1) + 1 to 2^k, or to `len`, is k each.
    let bits = |k: u32| (len.min(1 << k) - len.min(1 << (k - 1))) * k as usize;
    (1..usize::BITS - 1).map(bits).sum()
}

/// Where the parts of the network for `len` words are among its switches: the column of inputs comes first, then the
/// upper network, the lower one, and the column of outputs.
struct Parts {
    upper_len: usize,
    lower_len: usize,
    upper: usize,
    lower: usize,
    outputs: usize,
    output_count: usize,
}

impl Parts {
    fn of(len: usize) -> Self {
        let (upper_len, lower_len) = (len / 2, len.div_ceil(2));
        let upper = len / 2;
        let lower = upper + switch_count(upper_len);
        let outputs = lower + switch_count(lower_len);
        // With an even number of words the last pair of outputs needs no switch.
        let output_count = len.div_ceil(2) - 1;
        Self { upper_len, lower_len, upper, lower, outputs, output_count }
    }
}

/// Sets the switches from `first` on for a permutation.
fn route(sources: &[u32], switches: &mut Bits, first: usize) {
    let len = sources.len();
    if len < 2 {
        return;
    }
    if len == 2 {
        switches.set(first, sources[0] == 1);
        return;
    }
    let parts = Parts::of(len);
    let mut places = vec![0; len];
    for (place, &source) in sources.iter().enumerate() {
        places[source as usize] = place;
    }
    // Whether each output comes from the lower network. The last one does; its pair's other, by that, does not.
    let mut is_lower: Vec<Option<bool>> = vec![None; len];
    for start in (0..len).rev() {
        let mut place = start;
        while is_lower[place].is_none() {
            is_lower[place] = Some(true);
            // The other input of the pair goes to the upper network, and so does the output it is for; whose pair's
            // other is from the lower one again.
            let other = sources[place] as usize ^ 1;
            let Some(&upper) = places.get(other) else { break };
            is_lower[upper] = Some(false);
            if upper ^ 1 >= len {
                break;
            }
            place = upper ^ 1;
        }
    }
    let mut upper = vec![0; parts.upper_len];
    let mut lower = vec![0; parts.lower_len];
    for (place, &source) in sources.iter().enumerate() {
        let is_lower = is_lower[place] == Some(true);
        if is_lower {
            lower[place / 2] = source / 2;
        } else {
            upper[place / 2] = source / 2;
        }
        // A switch is crossed where the first of its pair has to do with the lower network.
        if source % 2 == 0 && (source as usize) < len - 1 {
            switches.set(first + source as usize / 2, is_lower);
        }
        if place % 2 == 0 && place / 2 < parts.output_count {
            switches.set(first + parts.outputs + place / 2, is_lower);
        }
    }
    route(&upper, switches, first + parts.upper);
    route(&lower, switches, first + parts.lower);
    upper.zeroize();
    lower.zeroize();
    places.zeroize();
}

/// Sends words through the network. `switch(k, a, b)` gives `(a, b)`, or `(b, a)` if switch `k` is set.
pub fn through_network<T: Clone>(words: Vec<T>, switch: &mut impl FnMut(usize, T, T) -> (T, T)) -> Vec<T> {
    network(words, 0, switch)
}

fn network<T: Clone>(words: Vec<T>, first: usize, switch: &mut impl FnMut(usize, T, T) -> (T, T)) -> Vec<T> {
    let len = words.len();
    if len < 2 {
        return words;
    }
    let parts = Parts::of(len);
    let (mut upper, mut lower) = (Vec::with_capacity(parts.upper_len), Vec::with_capacity(parts.lower_len));
    for (pair, words) in words.chunks(2).enumerate() {
        match words {
            [a, b] => {
                let (a, b) = switch(first + pair, a.clone(), b.clone());
                upper.push(a);
                lower.push(b);
            }
            single => lower.extend_from_slice(single),
        }
    }
    if len == 2 {
        upper.append(&mut lower);
        return upper;
    }
    let upper = network(upper, first + parts.upper, switch);
    let lower = network(lower, first + parts.lower, switch);
    let mut result = Vec::with_capacity(len);
    for (pair, a) in upper.into_iter().enumerate() {
        let b = lower[pair].clone();
        let (a, b) =
            if pair < parts.output_count { switch(first + parts.outputs + pair, a, b) } else { (a, b) };
        result.extend([a, b]);
    }
    if len % 2 == 1 {
        result.extend(lower.last().cloned());
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(permutation: &Permutation) -> Vec<u32> {
        let switches = permutation.switches();
        let words = (0..permutation.sources.len() as u32).collect();
        through_network(words, &mut |switch, a, b| {
            if switches.get(switch).unwrap() { (b, a) } else { (a, b) }
        })
    }

    #[test]
    fn networks_carry_out_all_permutations_of_few_words() {
        fn all(sources: &mut Vec<u32>, fixed: usize, check: &mut impl FnMut(&[u32])) {
            if fixed == sources.len() {
                return check(sources);
            }
            for other in fixed..sources.len() {
                sources.swap(fixed, other);
                all(sources, fixed + 1, check);
                sources.swap(fixed, other);
            }
        }
        for len in 0..=7 {
            let mut count = 0;
            all(&mut (0..len).collect(), 0, &mut |sources| {
                let permutation = Permutation { sources: sources.to_vec() };
                assert_eq!(through(&permutation), sources);
                count += 1;
            });
            assert_eq!(count, (1..=len).product::<u32>());
        }
    }

    #[test]
    fn networks_carry_out_random_permutations() {
        for len in (8..70).chain([100, 127, 128, 129, 1000]) {
            let permutation = Permutation::from_seed(&Bits::from_u64(len.into(), 128), len);
            let mut sorted = permutation.sources.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..len).collect::<Vec<_>>());
            assert_eq!(through(&permutation), permutation.sources);
            assert_eq!(permutation.then(&permutation.inverse()).sources, (0..len).collect::<Vec<_>>());
        }
    }

    #[test]
    fn networks_have_as_many_switches_as_they_should() {
        let expected =
            |len: usize| (1..=len).map(|i| i.next_power_of_two().trailing_zeros() as usize).sum::<usize>();
        for len in 0..300 {
            assert_eq!(switch_count(len), expected(len));
            let mut used = Vec::new();
            through_network(vec![(); len], &mut |switch, (), ()| {
                used.push(switch);
                ((), ())
            });
            used.sort_unstable();
            assert_eq!(used, (0..switch_count(len)).collect::<Vec<_>>());
        }
    }

    /// Every permutation of four words comes about as often as it should: a chi-squared test with 23 degrees of freedom,
    /// which a fair shuffle fails once in about 10^9 seeds; the seeds are fixed.
    #[test]
    fn random_permutations_are_uniform() {
        let mut counts = std::collections::BTreeMap::new();
        let draws = 24_000;
        for seed in 0..draws {
            *counts
                .entry(Permutation::from_seed(&Bits::from_u64(seed, 128), 4).sources.clone())
                .or_insert(0) += 1;
        }
        let chi_squared: f64 =
            counts.values().map(|&count: &i32| f64::from(count - 1000).powi(2) / 1000.0).sum();
        assert_eq!(counts.len(), 24);
        assert!(chi_squared < 90.0, "{chi_squared}");
    }
}
