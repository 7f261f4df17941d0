//! Numbers modulo l = 2^252 + c, the order of the base point.

use super::{Builder, Word};
use crate::bits::Bits;

/// l less 2^252: RFC 8032, 5.1.
const ABOVE: u128 = 27_742_317_777_372_353_535_851_937_790_883_648_493;
/// Bits of it.
const ABOVE_BITS: u32 = 125;
const TOP: u32 = 252;
/// Bits of the word that holds a number.
const WIDTH: u32 = 256;

/// l, in 256 bits.
pub(super) fn order() -> Bits {
    Bits::concat([&Bits::from_u128(ABOVE, TOP as usize), &Bits::from_u64(1, 4)])
}

/// A word of 512 bits modulo l. 2^252 is -c: what is above bit 251 is multiplied by c and subtracted, three times; what is
/// left is between -2^252 - 2^131 and 2^253, and becomes the rest by 2 l added and 2 l and l taken away where they can be.
pub(super) fn reduce(b: &mut Builder<'_>, word: Word) -> Word {
    let (first, high) = split(b, word);
    let product = multiple(b, high);
    let (second, high) = split(b, product);
    let product = multiple(b, high);
    let (third, high) = split(b, product);
    let product = multiple(b, high);
    let fourth = b.resize(product, WIDTH);
    let order = order();
    let twice = crate::word::shift_left(&order, 1);
    // -x is !x + 1: for two of them, with 2 l.
    let constant = b.constant(crate::word::add(&twice, &Bits::from_u64(2, 256)));
    let (minus_second, minus_fourth) = (b.not(second), b.not(fourth));
    let mut rest = b.sum(&[constant, first, minus_second, third, minus_fourth]);
    for subtrahend in [twice, order] {
        let subtrahend = b.constant(subtrahend);
        let is_less = b.less(rest, subtrahend, false);
        let difference = b.sub(rest, subtrahend);
        rest = b.select(is_less, rest, difference);
    }
    rest
}

/// c times a word.
fn multiple(b: &mut Builder<'_>, word: Word) -> Word {
    let factor = b.number(ABOVE, ABOVE_BITS);
    b.product(word, factor)
}

/// The low 252 bits, in a word of a scalar's width, and those above.
fn split(b: &mut Builder<'_>, word: Word) -> (Word, Word) {
    let low = b.slice(word, 0, TOP);
    (b.resize(low, WIDTH), b.slice(word, TOP, word.width - TOP))
}
