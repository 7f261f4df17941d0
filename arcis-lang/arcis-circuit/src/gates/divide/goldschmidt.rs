//! Goldschmidt's division of unsigned words, with one exact correction.
//!
//! Words have `w` bits. The divisor is shifted up by its leading zeros to `D` in [1, 2) with `w - 1` places after the
//! point, and `n` is the dividend over 2^w. Then with `l` the place of the divisor's highest bit the quotient is
//! `floor(2^(w - l) n / D)`: the first `w` places of `t = n / D`, shifted down by `l`. The steps:
//!
//! 1. A table of the first bits of `D` gives `r`, less than `1 / D`. `n_0 = n r`, `e_0 = 1 - D r`, which is in
//!    (0, 1.25 / 2^k] for a table of `k` bits.
//! 2. `n_(i+1) = n_i (1 + e_i)`, `e_(i+1) = e_i^2`, side by side. Since `t = n_0 / (1 - e_0)`, that is `t` but for a
//!    factor `1 - e_i`: the good places double every time.
//! 3. The quotient `q` or `q - 1` is `t` shifted. The remainder `a - q d`, and that less `d`, tell which.
//!
//! **Error.** Everything is truncated downwards to `p = w + g` places, and bits of products below are not even made:
//! each row of a product loses less than one unit of the last place, a recoded one (of which there are half as many)
//! less than two. Let `t r_i = t - n_i`. Then `r_i >= e_i >= 0` at all times, and the gap between them grows in a step to
//! at most (gap)(1 + e_i) plus what the step truncates: it is never more than 1.01 times the units lost in all, which
//! `guard_places` counts. So `t - n_i <= e_i + gap`, never negative; with `e_i` and the gap below 2^-(w+1) each, the
//! quotient is at most one too small. That may be -1, where `t` is smaller than what is lost: hence a sign.

use super::super::Shape;
use super::super::add::add;
use super::super::columns::Columns;
use super::super::graph::{Graph, Literal};
use super::super::multiply::{add_signed_product, add_unsigned_product, subtract_product};
use super::super::select::{choose_or_zero, demultiplex};
use super::super::shift::{Direction, shift_by_digit};
use super::{Word, highest_set};

/// Most bits of the divisor that the table looks at.
const MOST_TABLE_BITS: u32 = 9;
/// Most bits of a shift amount per stage.
const DIGIT_BITS: u32 = 3;

/// How many bits the table takes, and how many steps follow.
struct Precision {
    table_bits: u32,
    steps: u32,
}

impl Precision {
    /// The fewest steps, then the smallest table, that give `places` places.
    fn of(places: usize) -> Self {
        // 1.25 / 2^k is less than 2^-(k - 0.33).
        let reaches = |bits: u32, steps: u32| (u64::from(bits) * 100 - 33) << steps >= places as u64 * 100;
        let steps = (0..16).find(|&steps| reaches(MOST_TABLE_BITS, steps)).unwrap_or(16);
        let table_bits = (1..MOST_TABLE_BITS).find(|&bits| reaches(bits, steps)).unwrap_or(MOST_TABLE_BITS);
        Self { table_bits, steps }
    }

    /// Places of the table's entries: two more than it takes bits.
    fn entry_places(&self) -> usize {
        self.table_bits as usize + 2
    }

    /// The first place at which `e` of a step can have a bit.
    fn first_place(&self, step: u32) -> usize {
        // e_0 <= 1.25 / 2^k < 2^(1-k); squares double the exponent: e_i <= 2^-(2^i (k - 0.33)).
        (((u64::from(self.table_bits) * 100 - 33) << step) / 100 + 1) as usize
    }
}

/// Quotient and remainder. By zero: all ones, and the dividend.
pub(super) fn divide(graph: &mut Graph, a: &[Literal], d: &[Literal]) -> (Word, Word) {
    let width = a.len();
    let precision = Precision::of(width + 1);
    let places = width + guard_places(width, &precision);

    let highest = highest_set(graph, Shape::Fast, d);
    let leading: Vec<_> = highest.iter().rev().copied().collect();
    let normalised = shift_by_digits(graph, Direction::Left, d, &leading, Literal::ZERO);
    let is_zero = !highest.iter().fold(Literal::ZERO, |any, &bit| graph.xor(any, bit));

    let seed = seed(graph, &precision, &normalised);
    // The entry's places and the divisor's make up those of e_0; 1 - D r is the complement, but for one unit.
    let e_places = precision.entry_places() + width - 1;
    let mut product = Columns::new(e_places);
    add_unsigned_product(graph, &mut product, &normalised, &seed);
    let product = product.sum(graph, Shape::Fast);
    let first = precision.first_place(0).min(e_places);
    let mut e = Fraction::new(first, product[..=e_places - first].iter().map(|&bit| !bit).collect());
    e.truncate(places);

    let mut product = Columns::new(width + precision.entry_places());
    add_unsigned_product(graph, &mut product, a, &seed);
    let product = product.sum(graph, Shape::Fast);
    let mut n = Fraction::new(1, product);
    n.resize(places);
    // From here on with a sign: what is truncated may take it below zero.
    let mut n: Word = n.bits.into_iter().chain([Literal::ZERO]).collect();

    for step in 0..precision.steps {
        let next = (step + 1 < precision.steps).then(|| e.square(graph, &precision, step, places));
        n = with_product(graph, &n, &e);
        if let Some(next) = next {
            e = next;
        }
    }

    let estimate = shift_down(graph, &n[places - width..], &highest, is_zero);
    correct(graph, a, d, &estimate, is_zero)
}

/// Quotient and remainder from a quotient, with a sign, that is at most one too small; all ones where the divisor is zero.
fn correct(
    graph: &mut Graph,
    a: &[Literal],
    d: &[Literal],
    estimate: &[Literal],
    is_zero: Literal,
) -> (Word, Word) {
    let width = a.len();
    let mut columns = Columns::new(width + 1);
    columns.push_word(0, a);
    subtract_product(graph, &mut columns, d, estimate);
    let mut reduced = columns.clone();
    reduced.subtract_word(0, d);
    let remainder = columns.sum(graph, Shape::Fast);
    let reduced = reduced.sum(graph, Shape::Fast);
    let estimate = &estimate[..width];
    let one_more = add(graph, Shape::Fast, estimate, &vec![Literal::ZERO; width], Literal::ONE);
    // Its sign. With divisor zero both remainders are the dividend, and the quotient has to stay.
    let stays = graph.xor(reduced[width], is_zero);
    let mut select = |stays_as: &[Literal], becomes: &[Literal]| -> Word {
        stays_as.iter().zip(becomes).map(|(&a, &b)| graph.select(stays, a, b)).collect()
    };
    (select(estimate, &one_more), select(&remainder[..width], &reduced[..width]))
}

/// The table's entry for a divisor with the highest bit set: the first places of 1 / D, rounded down so that it is less
/// for every divisor that begins with these bits.
fn seed(graph: &mut Graph, precision: &Precision, normalised: &[Literal]) -> Word {
    let bits = precision.table_bits as usize;
    let below_top = normalised.iter().rev().skip(1).copied().chain(std::iter::repeat(Literal::ZERO));
    let mut index: Word = below_top.take(bits).collect();
    index.reverse();
    let indicators = demultiplex(graph, &index, 1 << bits, Literal::ONE);
    let entries: Vec<Word> = (0..1u64 << bits)
        .map(|value| {
            let entry = (1u64 << (precision.entry_places() + bits)) / ((1 << bits) + value + 1);
            (0..=precision.entry_places()).map(|place| Literal::constant(entry >> place & 1 == 1)).collect()
        })
        .collect();
    let entries: Vec<_> = entries.iter().map(Vec::as_slice).collect();
    let mut entry = choose_or_zero(graph, &indicators, &entries);
    // Less than one, all of them.
    entry.pop();
    entry
}

/// A number in [0, 1): bits from some place after the point on.
#[derive(Clone)]
struct Fraction {
    /// The place of the highest bit: 1 for one half.
    first: usize,
    /// Lowest bit first.
    bits: Word,
}

impl Fraction {
    fn new(first: usize, bits: Word) -> Self {
        Self { first, bits }
    }

    /// The last place.
    fn last(&self) -> usize {
        self.first + self.bits.len() - 1
    }

    /// Drops what is below a place.
    fn truncate(&mut self, places: usize) {
        let drop = self.last().saturating_sub(places).min(self.bits.len());
        self.bits.drain(..drop);
    }

    /// Truncates, or fills up with zeros.
    fn resize(&mut self, places: usize) {
        self.truncate(places);
        let fill = places - self.last();
        self.bits.splice(..0, std::iter::repeat_n(Literal::ZERO, fill));
    }

    /// The bit of a place.
    fn bit(&self, place: usize) -> Literal {
        match place.checked_sub(self.first) {
            Some(from_top) if from_top < self.bits.len() => self.bits[self.bits.len() - 1 - from_top],
            _ => Literal::ZERO,
        }
    }

    /// The square, known to be below the first place of the next step.
    fn square(&self, graph: &mut Graph, precision: &Precision, step: u32, places: usize) -> Self {
        let first = precision.first_place(step + 1).min(places);
        let mut columns = Columns::new(places + 1 - first);
        for i in self.first..=self.last() {
            if 2 * i <= places {
                columns.push(places - 2 * i, self.bit(i));
            }
            // A product of two different bits counts twice, one place higher.
            for j in i + 1..=self.last().min((places + 1).saturating_sub(i)) {
                let product = graph.and(self.bit(i), self.bit(j));
                columns.push(places + 1 - i - j, product);
            }
        }
        Self::new(first, columns.sum(graph, Shape::Fast))
    }
}

/// `n (1 + e)`. Bit 0 of `n` is at the place to which `e` goes.
fn with_product(graph: &mut Graph, n: &[Literal], e: &Fraction) -> Word {
    let mut columns = Columns::from_place(e.last(), n.len());
    columns.push_signed(e.last(), n);
    add_signed_product(graph, &mut columns, n, &e.bits);
    columns.sum(graph, Shape::Fast)
}

/// Places beyond the words' width, so that what is truncated stays below half a unit of the width.
fn guard_places(width: usize, precision: &Precision) -> usize {
    // At most as many units are lost in a product as it has rows, and no number has more rows than 2 w bits; e_0 and n_0
    // lose one each.
    let rows = 2 * width;
    let lost: usize = (0..precision.steps)
        .map(|step| {
            let rows = rows.saturating_sub(precision.first_place(step)) + 1;
            // Once for the product, once for the square.
            2 * rows
        })
        .sum::<usize>()
        + 2;
    let lost = lost + lost / 64 + 1;
    lost.ilog2() as usize + 2
}

/// `word` shifted by the number of the set indicator, digit by digit; whatever when none is set.
fn shift_by_digits(
    graph: &mut Graph,
    direction: Direction,
    word: &[Literal],
    places: &[Literal],
    fill: Literal,
) -> Word {
    let mut word = word.to_vec();
    for (digit_place, digits) in digits(graph, places) {
        word = shift_by_digit(graph, direction, &word, &digits, digit_place, fill);
    }
    word
}

/// For each digit of the number of the set indicator its place value and the indicators of its values.
fn digits(graph: &mut Graph, places: &[Literal]) -> Vec<(usize, Word)> {
    let mut digits = Vec::new();
    let mut bits = places.len().next_power_of_two().trailing_zeros();
    let mut place = 1;
    while bits > 0 {
        let digit = bits.div_ceil(bits.div_ceil(DIGIT_BITS));
        let values = places.len().div_ceil(place).min(1 << digit);
        let mut indicators = vec![Literal::ZERO; values];
        for (amount, &set) in places.iter().enumerate() {
            let value = (amount / place) % (1 << digit);
            indicators[value] = graph.xor(indicators[value], set);
        }
        digits.push((place, indicators));
        place <<= digit;
        bits -= digit;
    }
    digits
}

/// The first places of the quotient, with their sign, shifted down by the place of the divisor's highest bit; all ones
/// where the divisor is zero.
fn shift_down(graph: &mut Graph, top: &[Literal], highest: &[Literal], is_zero: Literal) -> Word {
    let sign = top.last().copied().unwrap_or(Literal::ZERO);
    let shifted = shift_by_digits(graph, Direction::Right, top, highest, sign);
    // No indicator is set where the divisor is zero, so these gates go beside the last stage's in time.
    shifted.into_iter().map(|bit| graph.or(bit, is_zero)).collect()
}
