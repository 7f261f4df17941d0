//! Logarithms, by tables of inverses (J. Briggs' method of factors).
//!
//! The mantissa is multiplied by `r` from a table of its first bits, then what that gives, just below one, by `r` from a
//! table of the next ones, and so on. At the end it is `1 - e`, and the logarithm is that of two to the exponent, less
//! those of all `r`, which tables give as well, less `e + e^2 / 2`.

use super::constants::{at_places, ln, ln_2, log2, log2_e};
use super::{Fixed, FixedFormat, Word};
use crate::bits::Bits;

/// What the logarithm is to the base of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    Two,
    E,
}

/// Bits that a table looks at.
const TABLE_BITS: u32 = 8;
/// Places of the first table's inverses.
const FIRST_ENTRY_PLACES: u32 = 10;
/// Bits of the whole part of a result, with its sign.
const WHOLE_BITS: u32 = 9;

impl Fixed<'_> {
    pub(super) fn log(&mut self, x: Word, base: Base) -> Word {
        let wide = self.wide_log(x, base);
        let result = self.number_of(wide);
        let least = self.least();
        let positive = self.is_positive(x);
        self.builder.select(positive, result, least)
    }

    pub(super) fn logit(&mut self, p: Word) -> Word {
        let one = self.builder.number(1 << self.format.fraction(), p.width);
        let rest = self.builder.sub(one, p);
        let (of_p, of_rest) = (self.wide_log(p, Base::E), self.wide_log(rest, Base::E));
        let difference = self.builder.sub(of_p, of_rest);
        let result = self.number_of(difference);
        let (least, greatest) = (self.least(), self.greatest());
        let is_below_one = self.is_positive(rest);
        let result = self.builder.select(is_below_one, result, greatest);
        let is_positive = self.is_positive(p);
        self.builder.select(is_positive, result, least)
    }

    fn is_positive(&mut self, x: Word) -> Word {
        let zero = self.builder.number(0, x.width);
        self.builder.less(zero, x, true)
    }

    /// A result of `G` places as a number.
    fn number_of(&mut self, wide: Word) -> Word {
        let (fraction, places) = (self.format.fraction(), self.format.places());
        let cut = self.builder.slice(wide, places - fraction, wide.width - (places - fraction));
        self.builder.resize_signed(cut, self.format.width())
    }

    /// The logarithm of a positive number, with `G` places.
    fn wide_log(&mut self, x: Word, base: Base) -> Word {
        let (width, fraction, places) = (self.format.width(), self.format.fraction(), self.format.places());
        let result_width = places + WHOLE_BITS;
        let number = self.normalised(x);

        // The first table, of inverses below one.
        let index = self.builder.slice(number.mantissa, places - TABLE_BITS, TABLE_BITS);
        let inverse = |i: u128| (1u128 << (FIRST_ENTRY_PLACES + TABLE_BITS)) / ((1 << TABLE_BITS) + i + 1);
        let entries: Vec<_> = (0..1 << TABLE_BITS).map(inverse).collect();
        let seed = self.builder.table(index, FIRST_ENTRY_PLACES, &entries);
        let logs: Vec<_> =
            entries.iter().map(|&entry| self.log_entry(1 << FIRST_ENTRY_PLACES, entry, base)).collect();
        let first_log = self.builder.table(index, places + 1, &logs);
        let mut value = self.product_from(number.mantissa, seed, FIRST_ENTRY_PLACES, places);

        let tables = match self.format {
            FixedFormat::F32 => 2,
            FixedFormat::F64 => 3,
        };
        // What is to be subtracted, and the first place at which `1 - value` can have a bit: 1.25 / 2^8 is less than 2^-7,
        // and every table adds seven places.
        let mut subtracted = Vec::new();
        let mut first = TABLE_BITS;
        for _ in 1..tables {
            let (next, log) = self.next_table(value, first, base);
            value = next;
            subtracted.push(log);
            first += TABLE_BITS - 1;
        }
        let rest = self.builder.slice(value, 0, places + 1 - first);
        let rest = self.builder.not(rest);
        subtracted.push(self.minus_log_of_one_less(rest, first, base));

        let exponent = self.constant_minus(width - 1 - fraction, number.zeros);
        let exponent = self.builder.resize_signed(exponent, WHOLE_BITS + 1);
        let exponent = match base {
            Base::Two => {
                let whole = self.builder.slice(exponent, 0, WHOLE_BITS);
                let zeros = self.builder.number(0, places);
                self.builder.concat(&[zeros, whole])
            }
            Base::E => {
                let factor_places = places + WHOLE_BITS;
                let factor = self.builder.number(at_places(ln_2(), factor_places), factor_places + 1);
                let product = self.builder.product_signed(exponent, factor);
                self.builder.slice(product, WHOLE_BITS, result_width)
            }
        };
        // -x = !x + 1.
        let ones = self.builder.constant(Bits::from_u64(subtracted.len() as u64, result_width as usize));
        let mut terms = vec![exponent, ones, self.builder.resize(first_log, result_width)];
        for word in subtracted {
            let word = self.builder.resize(word, result_width);
            terms.push(self.builder.not(word));
        }
        self.builder.sum(&terms)
    }

    /// A value `1 - e` times an inverse of its first bits, and that inverse's logarithm. `e` has its first bit at `first` or
    /// later; of the result's, at seven places more.
    fn next_table(&mut self, value: Word, first: u32, base: Base) -> (Word, Word) {
        let places = self.format.places();
        let last = first + TABLE_BITS - 1;
        // Complements of e's bits.
        let index = self.builder.slice(value, places - last, TABLE_BITS);
        // Places enough that rounding the inverse down loses an eighth of a unit of the last bit looked at.
        let entry_places = last + 3;
        let entries: Vec<_> = (0..1u128 << TABLE_BITS)
            .map(|index| {
                let e = (1 << TABLE_BITS) - 1 - index;
                (1u128 << (entry_places + last)) / ((1 << last) - e)
            })
            .collect();
        // Without their one: less than 2^(1-first).
        let fractions: Vec<_> = entries.iter().map(|&entry| entry - (1 << entry_places)).collect();
        let fraction = self.builder.table(index, entry_places + 2 - first, &fractions);
        let factor = self.one_plus(fraction, first - 1);
        let logs: Vec<_> =
            entries.iter().map(|&entry| self.log_entry(entry, 1 << entry_places, base)).collect();
        let log = self.builder.table(index, places + 2 - first + 1, &logs);
        (self.product_from(value, factor, entry_places, places), log)
    }

    /// `-log(1 - e)`, where the highest bit of `e` is at place `first`, by two terms of the series.
    fn minus_log_of_one_less(&mut self, e: Word, first: u32, base: Base) -> Word {
        let places = self.format.places();
        // As many of the first bits in the square as make a difference.
        let bits = places + 3 - 2 * first;
        let first_bits = self.builder.slice(e, e.width - bits, bits);
        let dropped = 2 * (first + bits - 1) + 1 - places;
        let square = self.product_from(first_bits, first_bits, dropped, 2 * bits - dropped);
        let (e, square) = (self.builder.resize(e, e.width + 1), self.builder.resize(square, e.width + 1));
        let sum = self.builder.add(e, square);
        match base {
            Base::E => sum,
            Base::Two => {
                let factor_places = e.width + 3;
                let factor = self.builder.number(at_places(log2_e(), factor_places), factor_places + 1);
                self.product_from(sum, factor, factor_places, sum.width + 1)
            }
        }
    }

    /// `log(numerator / denominator)` with `G` places.
    fn log_entry(&self, numerator: u128, denominator: u128, base: Base) -> u128 {
        let log = match base {
            Base::Two => log2(numerator, denominator),
            Base::E => ln(numerator, denominator),
        };
        at_places(log, self.format.places())
    }
}
