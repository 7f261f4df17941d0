//! Square roots, by Goldschmidt's coupled iteration on a mantissa of one to four (P. Markstein, "Software division and
//! square root using Goldschmidt's algorithms", 2004).
//!
//! A table of the first bits of `d` gives `y`, less than its inverse root; `g = d y`. With `e = 1 - g y`, less than
//! 2^-7.83, both are multiplied by `1 + e / 2`, which leaves `3/4 e^2 + 1/4 e^3` of it. At the end `g` is the root but for
//! half of `e`.

use super::{Fixed, Word};

/// Bits of the mantissa that the table looks at, and places of its entries.
const TABLE_BITS: u32 = 8;
const ENTRY_PLACES: u32 = 13;
/// The first place at which `e` can have a bit: less than 2^-7.83, 2^-16.07, 2^-32.5.
const FIRST: [u32; 3] = [8, 17, 33];

impl Fixed<'_> {
    pub(super) fn square_root(&mut self, x: Word) -> Word {
        let (width, fraction, places) = (self.format.width(), self.format.fraction(), self.format.places());
        let number = self.normalised(x);
        // The exponent is W - 1 - F - zeros; if it is odd the mantissa is doubled.
        let exponent = self.constant_minus(width - 1 - fraction, number.zeros);
        let is_odd = self.builder.bit(exponent, 0);
        let mantissa = number.mantissa;
        let zero = self.builder.number(0, 1);
        let doubled = self.builder.concat(&[zero, mantissa]);
        let single = self.builder.resize(mantissa, places + 2);
        let d = self.builder.select(is_odd, doubled, single);

        let first_bits = self.builder.slice(mantissa, places - TABLE_BITS, TABLE_BITS);
        let index = self.builder.concat(&[first_bits, is_odd]);
        let entry = |index: u128| {
            let (i, is_odd) = (index & ((1 << TABLE_BITS) - 1), index >> TABLE_BITS);
            // 2^13 over the root of the largest d that begins so.
            ((1u128 << (2 * ENTRY_PLACES + TABLE_BITS)) / (((1 << TABLE_BITS) + i + 1) << is_odd)).isqrt()
        };
        let entries: Vec<_> = (0..1 << (TABLE_BITS + 1)).map(entry).collect();
        let mut y = self.builder.table(index, ENTRY_PLACES, &entries);
        let mut y_places = ENTRY_PLACES;

        let mut g = self.product_from(d, y, ENTRY_PLACES, places + 1);
        for first in FIRST {
            let product = self.product_from(g, y, y_places, places + 1 - first);
            let e = self.builder.not(product);
            let factor = self.one_plus(e, first + 1);
            g = self.product_from(g, factor, places + 1, places + 1);
            // Half of three quarters of e^2 is what is left.
            if 2 * first >= places {
                break;
            }
            let y_full = self.builder.product(y, factor);
            y = self.builder.slice(y_full, y_places + 1, places + 1);
            y_places = places;
        }
        let half = self.builder.slice(exponent, 1, exponent.width - 1);
        let half = self.builder.resize_signed(half, exponent.width);
        let most = self.builder.number((width - 1 - fraction).into(), exponent.width);
        let down = self.builder.sub(most, half);
        let root = self.scaled(g, down);
        let sign = self.builder.top(x);
        let zero = self.builder.number(0, width);
        self.builder.select(sign, zero, root)
    }
}
