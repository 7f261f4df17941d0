//! Arithmetic on words of any width, for the reference evaluator.
//!
//! Plain schoolbook on limbs, and independent of [`gates`](crate::gates), so that one can be tested against the other.
//! Operands of a function have the same width unless said otherwise, and so has the result.

use crate::bits::Bits;
use crate::circuit::count_width;

pub(crate) fn not(a: &Bits) -> Bits {
    let mut word = a.clone();
    word.invert();
    word
}

pub(crate) fn xor(a: &Bits, b: &Bits) -> Bits {
    let mut word = a.clone();
    word ^= b;
    word
}

pub(crate) fn and(a: &Bits, b: &Bits) -> Bits {
    let mut word = a.clone();
    word &= b;
    word
}

pub(crate) fn or(a: &Bits, b: &Bits) -> Bits {
    not(&and(&not(a), &not(b)))
}

pub(crate) fn add(a: &Bits, b: &Bits) -> Bits {
    add_with_carry(a, b, false)
}

pub(crate) fn sub(a: &Bits, b: &Bits) -> Bits {
    add_with_carry(a, &not(b), true)
}

pub(crate) fn neg(a: &Bits) -> Bits {
    sub(&Bits::zeros(a.len()), a)
}

fn add_with_carry(a: &Bits, b: &Bits, mut carry: bool) -> Bits {
    let limbs = a.limbs().iter().zip(b.limbs()).map(|(&a, &b)| {
        let (sum, first) = a.overflowing_add(b);
        let (sum, second) = sum.overflowing_add(carry.into());
        carry = first | second;
        sum
    });
    Bits::from_limbs(limbs.collect(), a.len())
}

pub(crate) fn mul(a: &Bits, b: &Bits) -> Bits {
    let count = a.limbs().len();
    let mut product = vec![0u64; count];
    for (i, &a) in a.limbs().iter().enumerate() {
        let mut carry = 0u128;
        for (&b, place) in b.limbs().iter().zip(&mut product[i..]) {
            let sum = u128::from(a) * u128::from(b) + u128::from(*place) + carry;
            *place = sum as u64;
            carry = sum >> 64;
        }
    }
    Bits::from_limbs(product, a.len())
}

pub(crate) fn less(a: &Bits, b: &Bits, signed: bool) -> bool {
    let (top_a, top_b) = (top(a), top(b));
    if signed && top_a != top_b {
        return top_a;
    }
    a.limbs().iter().rev().lt(b.limbs().iter().rev())
}

/// Quotient and remainder as [`Op::Div`](crate::circuit::Op::Div) and [`Op::Rem`](crate::circuit::Op::Rem) define them.
pub(crate) fn div_rem(a: &Bits, b: &Bits, signed: bool) -> (Bits, Bits) {
    if b.is_zero() {
        return (Bits::ones(a.len()), a.clone());
    }
    let (negative_a, negative_b) = (signed && top(a), signed && top(b));
    let magnitude = |word: &Bits, negative| if negative { neg(word) } else { word.clone() };
    let (quotient, remainder) = div_rem_unsigned(&magnitude(a, negative_a), &magnitude(b, negative_b));
    (magnitude(&quotient, negative_a != negative_b), magnitude(&remainder, negative_a))
}

/// Long division, bit by bit. The divisor is not zero.
fn div_rem_unsigned(a: &Bits, b: &Bits) -> (Bits, Bits) {
    let width = a.len();
    // One bit more: the remainder is doubled before it is reduced.
    let divisor = extend(b, width + 1, false);
    let mut remainder = Bits::zeros(width + 1);
    let mut quotient = Bits::zeros(width);
    for index in (0..width).rev() {
        remainder = shift_left(&remainder, 1);
        remainder.set(0, a.get(index) == Some(true));
        if !less(&remainder, &divisor, false) {
            remainder = sub(&remainder, &divisor);
            quotient.set(index, true);
        }
    }
    (quotient, remainder.slice(0, width))
}

/// To `width` bits, which is at least the word's.
pub(crate) fn extend(a: &Bits, width: usize, signed: bool) -> Bits {
    let fill = if signed && top(a) { Bits::ones(width - a.len()) } else { Bits::zeros(width - a.len()) };
    Bits::concat([a, &fill])
}

pub(crate) fn shift_left(a: &Bits, places: usize) -> Bits {
    let places = places.min(a.len());
    Bits::concat([&Bits::zeros(places), &a.slice(0, a.len() - places)])
}

pub(crate) fn shift_right(a: &Bits, places: usize, signed: bool) -> Bits {
    let places = places.min(a.len());
    let fill = if signed && top(a) { Bits::ones(places) } else { Bits::zeros(places) };
    Bits::concat([&a.slice(places, a.len() - places), &fill])
}

/// A shift amount of any width; more than any word is wide if it does not fit.
pub(crate) fn places(by: &Bits) -> usize {
    by.to_u64().and_then(|places| usize::try_from(places).ok()).unwrap_or(usize::MAX)
}

/// Zeros above the highest set bit.
pub(crate) fn leading_zeros(a: &Bits) -> Bits {
    let zeros = (0..a.len()).rev().take_while(|&index| a.get(index) == Some(false)).count();
    count(zeros, a.len())
}

pub(crate) fn count_ones(a: &Bits) -> Bits {
    count(a.iter().filter(|&bit| bit).count(), a.len())
}

/// A number of bits of a word of a width.
fn count(number: usize, width: usize) -> Bits {
    Bits::from_u64(number as u64, count_width(width as u32) as usize)
}

fn top(a: &Bits) -> bool {
    a.get(a.len().wrapping_sub(1)) == Some(true)
}
