//! SHA-256 and SHA-512 (FIPS 180-4).
//!
//! Sums of several words are made without waiting for carries: all but the last addition take one round. So a round takes
//! a few rounds more than one addition, which is what the next one waits for.

use super::{padded, split};
use crate::circuit::Function;
use crate::library::{Builder, Gadget, Library, Word};

/// What SHA-256 and SHA-512 differ in.
pub(in crate::library) struct Variant {
    width: u32,
    rounds: usize,
    /// Rotations of the functions on the first and the fifth word.
    big: [[u32; 3]; 2],
    /// Two rotations and a shift, of the message schedule's functions.
    small: [[u32; 3]; 2],
}

pub(in crate::library) const SHA256: Variant =
    Variant { width: 32, rounds: 64, big: [[2, 13, 22], [6, 11, 25]], small: [[7, 18, 3], [17, 19, 10]] };
pub(in crate::library) const SHA512: Variant =
    Variant { width: 64, rounds: 80, big: [[28, 34, 39], [14, 18, 41]], small: [[1, 8, 7], [19, 61, 6]] };

impl Variant {
    /// The first bits of the fractional parts of the roots of the first primes.
    fn root_bits(&self, cubic: bool, count: usize) -> Vec<u64> {
        let primes = (2u64..).filter(|n| (2..*n).take_while(|d| d * d <= *n).all(|d| n % d != 0));
        primes.take(count).map(|prime| fraction_of_root(prime, cubic) >> (64 - self.width)).collect()
    }
}

pub(super) fn digest(
    builder: &mut Builder<'_>,
    message: Option<Word>,
    variant: &Variant,
    compress: &Gadget,
) -> Word {
    let word_bytes = variant.width as usize / 8;
    let (block, length_bytes) = (16 * word_bytes, 2 * word_bytes);
    let bytes = message.map_or(0, |message| message.width as usize / 8);
    let total = (bytes + 1 + length_bytes).next_multiple_of(block);
    let mut padding = vec![0; total - bytes];
    padding[0] = 0x80;
    let end = padding.len();
    padding[end - 8..].copy_from_slice(&(8 * bytes as u64).to_be_bytes());
    let words = padded(builder, message, &padding);
    let words: Vec<_> =
        split(builder, &words, variant.width).into_iter().map(|word| reverse_bytes(builder, word)).collect();
    let mut state: Vec<_> = variant
        .root_bits(false, 8)
        .into_iter()
        .map(|word| builder.number(word.into(), variant.width))
        .collect();
    for block in words.chunks(16) {
        let args: Vec<_> = state.iter().chain(block).copied().collect();
        state = builder.call(compress, &args);
    }
    let words: Vec<_> = state.into_iter().map(|word| reverse_bytes(builder, word)).collect();
    builder.concat(&words)
}

pub(in crate::library) fn write_compress(
    library: &mut Library,
    gadget: &Gadget,
    variant: &Variant,
) -> Function {
    let schedule = library.add_schedule(variant);
    let round = library.add_round(variant);
    let width = variant.width;
    let (mut builder, inputs) = Builder::new(library, &gadget.signature().inputs);
    let (initial, block) = inputs.split_at(8);
    let mut words = block.to_vec();
    for t in 16..variant.rounds {
        let args = [words[t - 2], words[t - 7], words[t - 15], words[t - 16]];
        words.extend(builder.call_function(schedule, &args, &[width]));
    }
    let mut state = initial.to_vec();
    for (&word, constant) in words.iter().zip(variant.root_bits(true, variant.rounds)) {
        let constant = builder.number(constant.into(), width);
        let args: Vec<_> = state.iter().copied().chain([word, constant]).collect();
        let made = builder.call_function(round, &args, &[width; 2]);
        state = [&made[..1], &state[..3], &made[1..], &state[4..7]].concat();
    }
    let sums: Vec<_> = initial.iter().zip(&state).map(|(&a, &b)| builder.add(a, b)).collect();
    builder.finish(format!("sha{}_compress", 8 * width), &sums)
}

impl Library {
    /// A word of the message schedule from those 2, 7, 15 and 16 before.
    fn add_schedule(&mut self, variant: &Variant) -> u32 {
        let (mut builder, words) = Builder::new(self, &[variant.width; 4]);
        let late = small_sigma(&mut builder, words[0], variant.small[1]);
        let early = small_sigma(&mut builder, words[2], variant.small[0]);
        let sum = builder.sum(&[early, words[1], words[3], late]);
        let function = builder.finish("sha2_schedule".to_owned(), &[sum]);
        self.add(function)
    }

    /// The two new words of a round, from the state, a word of the schedule and a constant.
    fn add_round(&mut self, variant: &Variant) -> u32 {
        let (mut builder, words) = Builder::new(self, &[variant.width; 10]);
        let b = &mut builder;
        let &[a, second, c, d, e, f, g, h, word, constant] = &words[..] else {
            return 0;
        };
        let known = b.sum(&[word, constant, h]);
        let sigma = big_sigma(b, e, variant.big[1]);
        let choice = {
            let difference = b.xor(f, g);
            let change = b.and(e, difference);
            b.xor(change, g)
        };
        let (sum, carry) = b.carry_save(known, sigma, choice);
        let (new_sum, new_carry) = b.carry_save(sum, carry, d);
        let new_e = b.add(new_sum, new_carry);
        let majority = {
            let (from_a, from_b) = (b.xor(a, c), b.xor(second, c));
            let both = b.and(from_a, from_b);
            b.xor(both, c)
        };
        let sigma = big_sigma(b, a, variant.big[0]);
        let new_a = b.sum(&[sum, carry, majority, sigma]);
        let function = builder.finish("sha2_round".to_owned(), &[new_a, new_e]);
        self.add(function)
    }
}

fn big_sigma(builder: &mut Builder<'_>, a: Word, rotations: [u32; 3]) -> Word {
    let [x, y, z] = rotations.map(|places| builder.rotate_up(a, a.width - places));
    let sum = builder.xor(x, y);
    builder.xor(sum, z)
}

fn small_sigma(builder: &mut Builder<'_>, a: Word, [first, second, shift]: [u32; 3]) -> Word {
    let x = builder.rotate_up(a, a.width - first);
    let y = builder.rotate_up(a, a.width - second);
    let z = builder.shift_down(a, shift);
    let sum = builder.xor(x, y);
    builder.xor(sum, z)
}

fn reverse_bytes(builder: &mut Builder<'_>, a: Word) -> Word {
    let bytes: Vec<_> = (0..a.width / 8).rev().map(|byte| builder.slice(a, 8 * byte, 8)).collect();
    builder.concat(&bytes)
}

/// The first 64 bits of the fractional part of the square or cube root of a small prime, by bisection.
fn fraction_of_root(prime: u64, cubic: bool) -> u64 {
    // The root times 2^64, less than 2^69: its square or cube against the prime times 2^128 or 2^192, in limbs.
    let power = if cubic { 3 } else { 2 };
    let mut root = 0u128;
    for bit in (0..70).rev() {
        let candidate = root | 1 << bit;
        let candidate_limbs = [candidate as u64, (candidate >> 64) as u64];
        let mut product = vec![1u64];
        for _ in 0..power {
            product = multiply(&product, &candidate_limbs);
        }
        // At most the prime: its whole part is compared, and the rest is zero where they are equal.
        let (fraction, whole) = product.split_at(power);
        let whole_part =
            whole.iter().rev().fold(0u128, |sum, &limb| sum.checked_shl(64).unwrap_or(0) | u128::from(limb));
        let is_exact = fraction.iter().all(|&limb| limb == 0);
        if whole_part < prime.into() || (whole_part == prime.into() && is_exact) {
            root = candidate;
        }
    }
    root as u64
}

fn multiply(a: &[u64], b: &[u64]) -> Vec<u64> {
    let mut product = vec![0u64; a.len() + b.len()];
    for (i, &x) in a.iter().enumerate() {
        let mut carry = 0u128;
        for (j, &y) in b.iter().enumerate() {
            let sum = u128::from(x) * u128::from(y) + u128::from(product[i + j]) + carry;
            product[i + j] = sum as u64;
            carry = sum >> 64;
        }
        product[i + b.len()] = carry as u64;
    }
    product
}
