//! Arithmetic modulo p = 2^255 - 19, the field of curve25519, on words of 256 bits that are less than p.
//!
//! 2^255 is 19 modulo p: what a product has above bit 254 is multiplied by 19 and added, twice. What then is p or more is
//! less than 2 p, and p is subtracted once: plus 19 it has bit 255.
//!
//! **Inverses.** Fermat's x^(p - 2) is 254 squarings and 11 products one after another. A secret x is inverted with two
//! products instead (J. Bar-Ilan and D. Beaver, "Non-cryptographic fault-tolerant computing in constant number of rounds
//! of interaction", 1989, section 4): `y = x r` for a random r that nobody knows is revealed and inverted in the clear, and
//! `r / y` is the inverse of x. Of x nothing is seen: y is uniform among the numbers other than zero, and for x = 0, whose
//! inverse is defined as zero, 1 is inverted instead. r is drawn as 255 bits, so that it is off from uniform by 2^-250.
//! A public number is inverted by the binary extended Euclidean algorithm (T. Pornin, "Optimized binary GCD for modular
//! inversion", 2020, algorithm 1), which on public bits has no ANDs and a fifth of the gates of Fermat's power.

use super::{Builder, Gadget, Library, Word};
use crate::bits::Bits;
use crate::circuit::{Function, Op};

/// Bits of an element.
const BITS: u32 = 255;
/// Bits of the word that holds one.
const WIDTH: u32 = 256;

/// Steps of the inversion of a public number: not fewer than one less than twice the bits of the modulus.
const EUCLIDEAN_STEPS: u32 = 512;
/// Of those, how many a function calls at once.
const STEPS_AT_ONCE: u32 = 8;

/// A function of elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FieldFunction {
    /// The sum.
    Add,
    /// The difference.
    Sub,
    /// The product.
    Mul,
    /// The product of one with itself: fewer ANDs than that of two.
    Square,
    /// What times it is one; zero of zero. It takes a secret: a public one would be hidden and revealed for nothing.
    Inverse,
    /// As [`FieldFunction::Inverse`], of a public element, without any AND.
    PublicInverse,
}

impl FieldFunction {
    /// How many elements it takes.
    pub fn operands(self) -> usize {
        match self {
            Self::Add | Self::Sub | Self::Mul => 2,
            Self::Square | Self::Inverse | Self::PublicInverse => 1,
        }
    }

    pub(super) fn write(self, library: &mut Library) -> Function {
        let (mut builder, words) = Builder::new(library, &Gadget::Field25519(self).signature().inputs);
        let b = &mut builder;
        let (name, result) = match (self, words.as_slice()) {
            (Self::Add, &[x, y]) => ("add", sum(b, x, y)),
            (Self::Sub, &[x, y]) => ("sub", difference(b, x, y)),
            (Self::Mul, &[x, y]) => ("mul", product(b, x, y)),
            (Self::Square, &[x, ..]) => ("square", product(b, x, x)),
            (Self::Inverse, &[x, ..]) => ("inverse", inverse(b, x)),
            (_, words) => ("public_inverse", public_inverse(b, words)),
        };
        builder.finish(format!("field25519_{name}"), &[result])
    }
}

fn sum(b: &mut Builder<'_>, x: Word, y: Word) -> Word {
    let below_twice = b.add(x, y);
    reduce_once(b, below_twice)
}

fn difference(b: &mut Builder<'_>, x: Word, y: Word) -> Word {
    let modulus = b.constant(modulus());
    let complement = b.not(y);
    let one = b.number(1, WIDTH);
    let below_twice = b.sum(&[modulus, one, x, complement]);
    reduce_once(b, below_twice)
}

/// The modulus, in the width of a word.
pub(super) fn modulus() -> Bits {
    let mut bits = Bits::ones(WIDTH as usize);
    // 2^256 - 1 less 2^255 and 18.
    for place in [1, 4, BITS as usize] {
        bits.set(place, false);
    }
    bits
}

/// A number of 256 bits, less than 2 p, modulo p.
fn reduce_once(b: &mut Builder<'_>, a: Word) -> Word {
    let nineteen = b.number(19, WIDTH);
    let more = b.add(a, nineteen);
    let is_large = b.bit(more, BITS);
    let (more, a) = (b.slice(more, 0, BITS), b.slice(a, 0, BITS));
    let reduced = b.select(is_large, more, a);
    b.resize(reduced, WIDTH)
}

/// The product of numbers of 255 bits, modulo p.
fn product(b: &mut Builder<'_>, x: Word, y: Word) -> Word {
    let (x, y) = (b.slice(x, 0, BITS), b.slice(y, 0, BITS));
    let full = b.product(x, y);
    // Less than 20 2^255 after the first time, than 2^255 + 380 after the second.
    let folded = fold(b, full, BITS + 5);
    let below_twice = fold(b, folded, WIDTH);
    reduce_once(b, below_twice)
}

/// The low bits plus 19 times the ones from bit 255 on.
fn fold(b: &mut Builder<'_>, a: Word, width: u32) -> Word {
    let low = b.slice(a, 0, BITS);
    let high = b.slice(a, BITS, a.width - BITS);
    let (low, high) = (b.resize(low, width), b.resize(high, width));
    let (twice, sixteen_times) = (b.shift_up(high, 1), b.shift_up(high, 4));
    b.sum(&[low, high, twice, sixteen_times])
}

/// The inverse of a secret, or zero.
fn inverse(b: &mut Builder<'_>, x: Word) -> Word {
    let zero = b.number(0, WIDTH);
    let is_zero = b.eq(x, zero);
    // 1 in place of 0.
    let one_if_zero = b.resize(is_zero, WIDTH);
    let inverted = b.or(x, one_if_zero);
    let mask = b.push(Op::Random { width: BITS }, BITS);
    let mask = b.resize(mask, WIDTH);
    let hidden = call(b, FieldFunction::Mul, &[inverted, mask]);
    let seen = b.push(Op::Reveal(hidden.wire), WIDTH);
    let seen = call(b, FieldFunction::PublicInverse, &[seen]);
    let result = call(b, FieldFunction::Mul, &[mask, seen]);
    b.select(is_zero, zero, result)
}

fn call(b: &mut Builder<'_>, function: FieldFunction, words: &[Word]) -> Word {
    b.call(&Gadget::Field25519(function), words)[0]
}

/// The inverse of a public number, or zero: `a` and `b` go down from the number and p to 0 and their common divisor, while
/// `a = u x` and `b = v x` modulo p for the number x. More steps than it takes change only `u`.
fn public_inverse(b: &mut Builder<'_>, x: &[Word]) -> Word {
    let mut steps = b.add_function(write_euclidean_step);
    let mut count = 1;
    while count < EUCLIDEAN_STEPS {
        let part = steps;
        steps = b.add_function(|library| {
            let (mut builder, mut words) = Builder::new(library, &[WIDTH; 4]);
            for _ in 0..STEPS_AT_ONCE {
                words = builder.call_function(part, &words, &[WIDTH; 4]);
            }
            builder.finish(format!("euclid_{}", STEPS_AT_ONCE * count), &words)
        });
        count *= STEPS_AT_ONCE;
    }
    let (modulus, one, zero) = (b.constant(modulus()), b.number(1, WIDTH), b.number(0, WIDTH));
    let words: Vec<_> = x.iter().copied().chain([modulus, one, zero]).collect();
    b.call_function(steps, &words, &[WIDTH; 4])[3]
}

/// One step: takes and gives `a`, `b`, `u` and `v`.
fn write_euclidean_step(library: &mut Library) -> Function {
    let (mut builder, words) = Builder::new(library, &[WIDTH; 4]);
    let b = &mut builder;
    let (a, other, u, v) = (words[0], words[1], words[2], words[3]);
    let is_odd = b.bit(a, 0);
    let is_less = b.less(a, other, false);
    let is_swapped = b.and(is_odd, is_less);
    let mut swap = |x, y| (b.select(is_swapped, y, x), b.select(is_swapped, x, y));
    let ((a, other), (u, v)) = (swap(a, other), swap(u, v));
    let zero = b.number(0, WIDTH);
    let mut subtract_if_odd = |x, y| {
        let subtrahend = b.select(is_odd, y, zero);
        b.sub(x, subtrahend)
    };
    let (a, u) = (subtract_if_odd(a, other), subtract_if_odd(u, v));
    let a = b.shift_down(a, 1);
    // From -p to p: p is added once if it is odd, twice if it is even and negative, so that half of it is below p.
    let (is_odd, is_negative) = (b.bit(u, 0), b.top(u));
    let is_even = b.not(is_odd);
    let adds_twice = b.and(is_negative, is_even);
    let modulus = b.constant(modulus());
    let twice = b.shift_up(modulus, 1);
    let added = b.select(adds_twice, twice, zero);
    let added = b.select(is_odd, modulus, added);
    let u = b.add(u, added);
    let u = b.shift_down(u, 1);
    builder.finish("euclid_1".to_owned(), &[a, other, u, v])
}
