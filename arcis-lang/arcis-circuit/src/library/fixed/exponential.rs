//! Powers of two and of e, and the sigmoid.
//!
//! The fraction of the power is taken eight bits at a time from tables; for what is left, less than 2^-16 or 2^-24, the
//! first terms of the series of e do. The factors are multiplied as a tree.

use super::constants::{at_places, exp2, ln_2, log2_e, ratio};
use super::{Fixed, FixedFormat, Word};

/// Bits of the fraction per table.
const TABLE_BITS: u32 = 8;
/// Bits of a power's whole part: more is far out of range.
const WHOLE_BITS: u32 = 9;
/// Places of ln 2 in the series.
const LN_2_PLACES: u32 = 40;

/// A power of two as its whole part, signed, and its fraction of `G` places; whether it is too large or too small to
/// have been computed, and its sign.
struct Power {
    whole: Word,
    fraction: Word,
    in_range: Word,
    sign: Word,
}

impl Fixed<'_> {
    pub(super) fn exp2(&mut self, x: Word) -> Word {
        let (fraction, places) = (self.format.fraction(), self.format.places());
        let (sign, in_range) = self.range(x, WHOLE_BITS - 1);
        let zeros = self.builder.number(0, places - fraction);
        let low = self.builder.slice(x, 0, fraction);
        let power = Power {
            whole: self.builder.slice(x, fraction, WHOLE_BITS),
            fraction: self.builder.concat(&[zeros, low]),
            in_range,
            sign,
        };
        self.raised(&power)
    }

    pub(super) fn exp(&mut self, x: Word) -> Word {
        let power = self.power_of_e(x);
        self.raised(&power)
    }

    /// One over one plus e to the power of minus the magnitude, or one minus that.
    pub(super) fn sigmoid(&mut self, x: Word) -> Word {
        let places = self.format.places();
        let sign = self.builder.top(x);
        let positive = self.builder.not(sign);
        let minus = self.with_sign(x, positive);
        let power = self.power_of_e(minus);
        let mantissa = self.exp2_of_fraction(power.fraction);
        let down = self.builder.neg(power.whole);
        let places_down = self.builder.slice(down, 0, WHOLE_BITS);
        let shifted = self.builder.shr(mantissa, places_down);
        // One itself, the power of zero, is taken for a little less.
        let is_one = self.builder.top(shifted);
        let ones = self.builder.resize_signed(is_one, places);
        let below = self.builder.slice(shifted, 0, places);
        let term = self.builder.or(below, ones);
        let zero = self.builder.number(0, places);
        let term = self.builder.select(power.in_range, term, zero);
        let one = self.builder.number(1, 1);
        let divisor = self.builder.concat(&[term, one]);
        let dividend = self.builder.number(1 << places, places + 1);
        let inverse = self.ratio(dividend, divisor);
        // Less than one, and one minus it but for a unit of its last place is the complement.
        let inverse = self.builder.slice(inverse, places - self.format.fraction(), self.format.fraction());
        let mask = self.builder.resize_signed(sign, inverse.width);
        let result = self.builder.xor(inverse, mask);
        self.builder.resize(result, self.format.width())
    }

    /// Whether a number has at most so many bits before the point, besides its sign.
    fn range(&mut self, x: Word, bits: u32) -> (Word, Word) {
        let sign = self.builder.top(x);
        let from = self.format.fraction() + bits;
        let above = self.builder.slice(x, from, x.width - from);
        let mask = self.builder.resize_signed(sign, above.width);
        (sign, self.builder.eq(above, mask))
    }

    /// The power of two that is e to the power of `x`.
    fn power_of_e(&mut self, x: Word) -> Power {
        const BITS: u32 = 7;
        let (fraction, places) = (self.format.fraction(), self.format.places());
        let (sign, in_range) = self.range(x, BITS);
        let factor_places = places + BITS + 1;
        let factor = self.builder.number(at_places(log2_e(), factor_places), factor_places + 2);
        let x = self.builder.slice(x, 0, fraction + BITS + 1);
        let product = self.builder.product_signed(x, factor);
        let point = fraction + factor_places;
        Power {
            whole: self.builder.slice(product, point, WHOLE_BITS),
            fraction: self.builder.slice(product, point - places, places),
            in_range,
            sign,
        }
    }

    /// Two to a power.
    fn raised(&mut self, power: &Power) -> Word {
        let (width, fraction) = (self.format.width(), self.format.fraction());
        let mantissa = self.exp2_of_fraction(power.fraction);
        let whole = self.builder.resize_signed(power.whole, WHOLE_BITS + 1);
        let most = self.builder.number((width - 1 - fraction).into(), whole.width);
        let down = self.builder.sub(most, whole);
        let scaled = self.scaled(mantissa, down);
        let (greatest, zero) = (self.greatest(), self.builder.number(0, width));
        let beyond = self.builder.select(power.sign, zero, greatest);
        self.builder.select(power.in_range, scaled, beyond)
    }

    /// Two to the power of a fraction of `G` places: one to two, of `G` places, too small by less than 2^-(G-4).
    fn exp2_of_fraction(&mut self, fraction: Word) -> Word {
        let places = self.format.places();
        // The first table's entries with their one, those of others without.
        let first = self.power_table(fraction, 0);
        let second = self.power_table(fraction, 1);
        let second = self.one_plus(second, TABLE_BITS + 1);
        let high = self.product_from(first, second, places, places + 1);

        let low = match self.format {
            FixedFormat::F32 => {
                // u = r ln 2 is less than 2^-16; its square does not matter.
                let rest = self.rest_times_ln_2(fraction, 2);
                self.one_plus(rest, 2 * TABLE_BITS + 1)
            }
            FixedFormat::F64 => {
                let third = self.power_table(fraction, 2);
                let third = self.one_plus(third, 2 * TABLE_BITS + 1);
                // u + u^2 / 2, with the first bits of u in the square: what is left out is less than 2^-64.
                let u = self.rest_times_ln_2(fraction, 3);
                const FIRST_BITS: u32 = 16;
                let first_bits = self.builder.slice(u, u.width - FIRST_BITS, FIRST_BITS);
                let last_place = 3 * TABLE_BITS + FIRST_BITS;
                let dropped = 2 * last_place + 1 - places;
                let square = self.product_from(first_bits, first_bits, dropped, 2 * FIRST_BITS - dropped);
                let square = self.builder.resize(square, u.width);
                let sum = self.builder.add(u, square);
                let series = self.one_plus(sum, 3 * TABLE_BITS + 1);
                self.product_from(third, series, places, places + 1)
            }
        };
        self.product_from(high, low, places, places + 1)
    }

    /// Two to the power of the table's bits of the fraction; less one for all but the first.
    fn power_table(&mut self, fraction: Word, table: u32) -> Word {
        let places = self.format.places();
        let at = places - (table + 1) * TABLE_BITS;
        let index = self.builder.slice(fraction, at, TABLE_BITS);
        let width = if table == 0 { places + 1 } else { places - table * TABLE_BITS };
        let entries: Vec<_> = (0..1 << TABLE_BITS)
            .map(|i| {
                let power = exp2(ratio(i, 1 << ((table + 1) * TABLE_BITS)));
                at_places(power, places) - if table == 0 { 0 } else { 1 << places }
            })
            .collect();
        self.builder.table(index, width, &entries)
    }

    /// What so many tables leave of the fraction, times ln 2.
    fn rest_times_ln_2(&mut self, fraction: Word, tables: u32) -> Word {
        let rest = self.builder.slice(fraction, 0, self.format.places() - tables * TABLE_BITS);
        let factor = self.builder.number(at_places(ln_2(), LN_2_PLACES), LN_2_PLACES);
        self.product_from(rest, factor, LN_2_PLACES, rest.width)
    }
}
