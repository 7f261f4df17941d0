//! Signs and magnitudes, mantissas and exponents, and the way back to a number.

use super::{Fixed, Word};
use crate::bits::Bits;

/// A number of at least zero as mantissa and exponent.
pub(super) struct Normalised {
    /// `G + 1` bits, of which the highest is set unless the number is zero: one to two, with `G` places.
    pub(super) mantissa: Word,
    /// Zeros above the highest set bit of the number.
    pub(super) zeros: Word,
}

impl Fixed<'_> {
    /// Whether a number is negative, and its magnitude.
    pub(super) fn magnitude(&mut self, x: Word) -> (Word, Word) {
        let sign = self.builder.top(x);
        (sign, self.with_sign(x, sign))
    }

    /// A number, or what it is negated.
    pub(super) fn with_sign(&mut self, x: Word, negate: Word) -> Word {
        let mask = self.builder.resize_signed(negate, x.width);
        let flipped = self.builder.xor(x, mask);
        let one = self.builder.resize(negate, x.width);
        self.builder.add(flipped, one)
    }

    pub(super) fn normalised(&mut self, magnitude: Word) -> Normalised {
        let zeros = self.builder.leading_zeros(magnitude);
        let shifted = self.builder.shl(magnitude, zeros);
        let bits = self.format.places() + 1;
        let mantissa = self.builder.slice(shifted, magnitude.width - bits, bits);
        Normalised { mantissa, zeros }
    }

    /// The greatest number.
    pub(super) fn greatest(&mut self) -> Word {
        let mut bits = Bits::ones(self.format.width() as usize);
        bits.set(bits.len() - 1, false);
        self.builder.constant(bits)
    }

    /// The least number, in this sense.
    pub(super) fn least(&mut self) -> Word {
        let mut bits = Bits::zeros(self.format.width() as usize);
        bits.set(0, true);
        bits.set(bits.len() - 1, true);
        self.builder.constant(bits)
    }

    /// A mantissa of less than two, times two to the power of `W - 1 - F - down`; the greatest number if that is beyond it.
    /// `down` is signed. (A mantissa of less than one may be in range where one of more is not.)
    pub(super) fn scaled(&mut self, mantissa: Word, down: Word) -> Word {
        let width = self.format.width();
        let zeros = self.builder.number(0, width - mantissa.width);
        let up = self.builder.concat(&[zeros, mantissa]);
        let is_beyond = self.builder.top(down);
        let places = self.builder.slice(down, 0, down.width - 1);
        let scaled = self.builder.shr(up, places);
        let has_sign = self.builder.top(scaled);
        let overflows = self.builder.or(is_beyond, has_sign);
        let greatest = self.greatest();
        self.builder.select(overflows, greatest, scaled)
    }

    /// `constant - x` for an unsigned `x`, as a signed word of two bits more.
    pub(super) fn constant_minus(&mut self, constant: u32, x: Word) -> Word {
        let x = self.builder.resize(x, x.width + 2);
        let constant = self.builder.number(constant.into(), x.width);
        self.builder.sub(constant, x)
    }

    /// The upper part of a full product: `places` of its bits dropped at the low end, `width` kept.
    pub(super) fn product_from(&mut self, a: Word, b: Word, places: u32, width: u32) -> Word {
        let product = self.builder.product(a, b);
        self.builder.slice(product, places, width)
    }

    /// `1 + e`, where the highest bit of `e` is at place `first`; as many places as `e` ends at.
    pub(super) fn one_plus(&mut self, e: Word, first: u32) -> Word {
        let one = self.builder.number(1, 1);
        if first == 1 {
            return self.builder.concat(&[e, one]);
        }
        let zeros = self.builder.number(0, first - 1);
        self.builder.concat(&[e, zeros, one])
    }
}
