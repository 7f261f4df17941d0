//! Quotients, by Goldschmidt's iteration on mantissas (R. Goldschmidt, "Applications of division by convergence", 1964).
//!
//! A table of the divisor's first bits gives `r`, less than its inverse. With `n = a r` and `e = 1 - d r`, less than
//! 2^-8.67, `n` is multiplied by `1 + e` while `e` is squared: `n` is the quotient but for a factor `1 - e`.

use super::{Fixed, Word};

/// Bits of the divisor that the table looks at, and places of its entries.
const TABLE_BITS: u32 = 9;
const ENTRY_PLACES: u32 = 11;
/// The first place at which `1 - d r` can have a bit.
const FIRST: u32 = 9;

impl Fixed<'_> {
    pub(super) fn quotient(&mut self, a: Word, b: Word) -> Word {
        let (sign_a, a) = self.magnitude(a);
        let (sign_b, b) = self.magnitude(b);
        let (a, b) = (self.normalised(a), self.normalised(b));
        let ratio = self.ratio(a.mantissa, b.mantissa);
        // The quotient of mantissas times 2^(zeros_b - zeros_a).
        let (width, fraction) = (self.format.width(), self.format.fraction());
        let zeros_a = self.builder.resize(a.zeros, a.zeros.width + 2);
        let down = self.constant_minus(width - 1 - fraction, b.zeros);
        let down = self.builder.add(down, zeros_a);
        let magnitude = self.scaled(ratio, down);
        let is_finite = self.builder.top(b.mantissa);
        let greatest = self.greatest();
        let magnitude = self.builder.select(is_finite, magnitude, greatest);
        let sign = self.builder.xor(sign_a, sign_b);
        self.with_sign(magnitude, sign)
    }

    /// `n / d` of words of `G + 1` bits with `G` places, where `d` is one to two and the quotient less than two; too
    /// small by less than 2^-(G-3) of it.
    pub(super) fn ratio(&mut self, n: Word, d: Word) -> Word {
        let places = self.format.places();
        let index = self.builder.slice(d, places - TABLE_BITS, TABLE_BITS);
        let entries: Vec<_> = (0..1u128 << TABLE_BITS)
            .map(|i| (1 << (ENTRY_PLACES + TABLE_BITS)) / ((1 << TABLE_BITS) + i + 1))
            .collect();
        let seed = self.builder.table(index, ENTRY_PLACES, &entries);

        let product = self.builder.product(d, seed);
        let product = self.builder.slice(product, ENTRY_PLACES, places + 1 - FIRST);
        let mut e = self.builder.not(product);
        let mut n = self.product_from(n, seed, ENTRY_PLACES, places + 1);
        let mut first = FIRST;
        loop {
            let factor = self.one_plus(e, first);
            n = self.product_from(n, factor, places, places + 1);
            // e^2 is less than 2^(2 - 2 first); in it, e counted double stands for what is left of `n`.
            if 2 * first >= places {
                return n;
            }
            e = self.product_from(e, e, places, 2 * e.width - places);
            first = 2 * first - 1;
        }
    }
}
