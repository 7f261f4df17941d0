//! Multiplication: partial products, added in [`Columns`].
//!
//! The multiplier is recoded to digits -2 to 2 of base four (A. Booth, "A signed binary multiplication technique", 1951,
//! in the form of O. MacSorley, "High-speed arithmetic in binary computers", 1961). A row is then two ANDs per bit
//! instead of one, but there are half as many rows to add, at one AND per bit: three ANDs where bit by bit takes four.
//! Two words take 2 ANDs per pair of bits where the multiplier has at most [`SHORT_MULTIPLIER`] bits; so it is done then.
//!
//! Words that are zero- or sign-extended count with the bits that they have: the full product of two 64-bit words as a
//! multiplication of 128-bit ones costs what it has to. A factor times itself is multiplied bit by bit, because equal
//! products of two bits then come in pairs. A public factor is the multiplier, and costs the additions alone. A constant
//! one is recoded to signed digits without two neighbours other than zero, so that at most every second one costs a row.
//!
//! Long unsigned factors whose whole product counts are split into halves (A. Karatsuba and Y. Ofman, "Multiplication of
//! multidigit numbers on automata", 1963): three products of halves in place of four, again and again. It is where the
//! product of two 255-bit words goes from 100,000 ANDs to half. The sums of the halves and the products of halves wait for
//! carries, which a fast product does but once at its end: *fast* does not split.

use super::Shape;
use super::add::add;
use super::columns::Columns;
use super::graph::{Graph, Literal};

/// Multipliers of at most so many bits are not recoded.
const SHORT_MULTIPLIER: usize = 4;

/// Factors of more bits than this are split, if the other one is more than half as long.
const SPLIT_ABOVE: usize = 20;
/// As [`SPLIT_ABOVE`], where one factor is public.
const PUBLIC_SPLIT_ABOVE: usize = 40;

/// The low half of `a * b`.
pub(super) fn multiply(graph: &mut Graph, shape: Shape, a: &[Literal], b: &[Literal]) -> Vec<Literal> {
    let mut columns = Columns::new(a.len());
    add_product(graph, shape, &mut columns, a, b);
    columns.sum(graph, shape)
}

/// Adds the product of two words of the width of the columns.
fn add_product(graph: &mut Graph, shape: Shape, columns: &mut Columns, a: &[Literal], b: &[Literal]) {
    let (a, b) = (significant(a), significant(b));
    match (constant(a), constant(b)) {
        (_, Some(factor)) => add_constant_multiple(columns, a, &factor),
        (Some(factor), None) => add_constant_multiple(columns, b, &factor),
        (None, None) if is_split(graph, shape, columns, a, b) => {
            let (a, b) = (&a[..a.len() - 1], &b[..b.len() - 1]);
            add_split_product(graph, shape, columns, a.min(b), a.max(b));
        }
        (None, None) if a == b => add_square(graph, columns, a),
        (None, None) => {
            let is_public = |word: &[Literal]| word.iter().all(|&bit| graph.is_public(bit));
            let b_multiplies = match (is_public(a), is_public(b)) {
                (true, false) => false,
                (false, true) => true,
                // Which one it is must not depend on the order, so that equal products are made once.
                _ => (b.len(), b) <= (a.len(), a),
            };
            let (word, multiplier) = if b_multiplies { (a, b) } else { (b, a) };
            let unsigned = multiplier.last() == Some(&Literal::ZERO);
            if unsigned && multiplier.len() <= SHORT_MULTIPLIER + 1 {
                add_bit_by_bit(graph, columns, word, multiplier);
            } else {
                add_recoded(graph, columns, word, multiplier, false);
            }
        }
    }
}

/// Whether a product is made of products of halves: of signed words, whose last bit is the sign.
fn is_split(graph: &Graph, shape: Shape, columns: &Columns, a: &[Literal], b: &[Literal]) -> bool {
    let (shorter, longer) = (a.len().min(b.len()) - 1, a.len().max(b.len()) - 1);
    let is_public = |word: &[Literal]| word.iter().all(|&bit| graph.is_public(bit));
    let is_unsigned = a.last() == Some(&Literal::ZERO) && b.last() == Some(&Literal::ZERO);
    let split_above = if is_public(a) == is_public(b) { SPLIT_ABOVE } else { PUBLIC_SPLIT_ABOVE };
    shape == Shape::Small
        && is_unsigned
        && shorter > split_above
        && longer.div_ceil(2) < shorter
        && columns.width() >= shorter + longer
}

/// Adds the product of two unsigned words, by those of their halves: with `low`, `high` and `all` the products of the low
/// halves, the high ones and the sums of both, it is `low + (all - low - high) 2^half + high 4^half`.
fn add_split_product(graph: &mut Graph, shape: Shape, columns: &mut Columns, a: &[Literal], b: &[Literal]) {
    let half = a.len().max(b.len()).div_ceil(2);
    let ((a_low, a_high), (b_low, b_high)) = (a.split_at(half), b.split_at(half));
    let low = unsigned_product(graph, shape, a_low, b_low);
    let high = unsigned_product(graph, shape, a_high, b_high);
    let a_sum = unsigned_sum(graph, shape, a_low, a_high);
    let b_sum = if a == b { a_sum.clone() } else { unsigned_sum(graph, shape, b_low, b_high) };
    let all = unsigned_product(graph, shape, &a_sum, &b_sum);
    columns.push_word(0, &low);
    columns.push_word(2 * half, &high);
    columns.push_word(half, &all);
    columns.subtract_word(half, &low);
    columns.subtract_word(half, &high);
}

/// The whole product of two unsigned words.
fn unsigned_product(graph: &mut Graph, shape: Shape, a: &[Literal], b: &[Literal]) -> Vec<Literal> {
    let width = a.len() + b.len();
    let extended = |word: &[Literal]| {
        let mut word = word.to_vec();
        word.resize(width, Literal::ZERO);
        word
    };
    multiply(graph, shape, &extended(a), &extended(b))
}

/// The whole sum of two unsigned words, the first of which is not shorter.
fn unsigned_sum(graph: &mut Graph, shape: Shape, a: &[Literal], b: &[Literal]) -> Vec<Literal> {
    let (a, mut b) = (with_zero(a), b.to_vec());
    b.resize(a.len(), Literal::ZERO);
    add(graph, shape, &a, &b, Literal::ZERO)
}

/// Adds the product of a signed word and an unsigned one, which is recoded. With columns that drop low places the sum is
/// too small by less than two units of the first place for every second bit of the multiplier.
pub(super) fn add_signed_product(
    graph: &mut Graph,
    columns: &mut Columns,
    word: &[Literal],
    multiplier: &[Literal],
) {
    add_recoded(graph, columns, word, &with_zero(multiplier), false);
}

/// Adds the product of two unsigned words of any widths, the second recoded.
pub(super) fn add_unsigned_product(
    graph: &mut Graph,
    columns: &mut Columns,
    word: &[Literal],
    multiplier: &[Literal],
) {
    let (word, multiplier) = (with_zero(word), with_zero(multiplier));
    match constant(significant(&multiplier)) {
        Some(factor) => add_constant_multiple(columns, &word, &factor),
        None => add_recoded(graph, columns, &word, &multiplier, false),
    }
}

/// Subtracts the product of an unsigned word and a signed one, which is recoded.
pub(super) fn subtract_product(
    graph: &mut Graph,
    columns: &mut Columns,
    word: &[Literal],
    multiplier: &[Literal],
) {
    add_recoded(graph, columns, &with_zero(word), multiplier, true);
}

/// An unsigned word as a signed one.
pub(super) fn with_zero(word: &[Literal]) -> Vec<Literal> {
    word.iter().copied().chain([Literal::ZERO]).collect()
}

/// A word without the repetitions of its top bit: the last bit left is its sign.
fn significant(word: &[Literal]) -> &[Literal] {
    let Some(&sign) = word.last() else {
        return word;
    };
    let repeated = word.iter().rev().take_while(|&&bit| bit == sign).count();
    &word[..word.len() - repeated + 1]
}

/// The bits of a constant, all but the sign, which is repeated for ever.
fn constant(word: &[Literal]) -> Option<Vec<bool>> {
    word.iter().map(|bit| bit.as_constant()).collect()
}

/// Rows of the digits of `multiplier` times `word`, both signed; each row negated if `negate`.
fn add_recoded(
    graph: &mut Graph,
    columns: &mut Columns,
    word: &[Literal],
    multiplier: &[Literal],
    negate: bool,
) {
    let bit =
        |word: &[Literal], index: usize| word.get(index).or(word.last()).copied().unwrap_or(Literal::ZERO);
    for place in (0..multiplier.len()).step_by(2) {
        let below = place.checked_sub(1).map_or(Literal::ZERO, |below| bit(multiplier, below));
        let (low, high) = (bit(multiplier, place), bit(multiplier, place + 1));
        // The digit is low + below - 2 high: of size one, or two, or zero.
        let one = graph.xor(low, below);
        let differs = graph.xor(high, low);
        let two = graph.and(differs, !one);
        let minus = high.negated_if(negate);
        if one == Literal::ZERO && two == Literal::ZERO {
            continue;
        }
        let mut row = Vec::with_capacity(word.len() + 1);
        for index in 0..=word.len() {
            if columns.is_dropped(place + index) {
                // The sign, above everything that counts, matters only in that it is there.
                row.push(Literal::ZERO);
                continue;
            }
            let single = graph.and(one, bit(word, index));
            let below = index.checked_sub(1).map_or(Literal::ZERO, |below| bit(word, below));
            let double = graph.and(two, below);
            let either = graph.xor(single, double);
            row.push(graph.xor(either, minus));
        }
        columns.push_signed(place, &row);
        columns.push(place, minus);
    }
}

/// One row per bit of an unsigned multiplier.
fn add_bit_by_bit(graph: &mut Graph, columns: &mut Columns, word: &[Literal], multiplier: &[Literal]) {
    for (place, &bit) in multiplier.iter().enumerate().filter(|(_, bit)| **bit != Literal::ZERO) {
        let row: Vec<_> = word.iter().map(|&other| graph.and(bit, other)).collect();
        columns.push_signed(place, &row);
    }
}

/// A signed word times itself: products of two different bits count twice, those with the sign negatively.
fn add_square(graph: &mut Graph, columns: &mut Columns, word: &[Literal]) {
    let sign = word.len() - 1;
    for (low, &a) in word.iter().enumerate() {
        columns.push(2 * low, a);
        for (high, &b) in word.iter().enumerate().skip(low + 1) {
            let product = graph.and(a, b);
            if high == sign && product != Literal::ZERO {
                columns.push(low + high + 1, !product);
                columns.subtract_power(low + high + 1);
            } else {
                columns.push(low + high + 1, product);
            }
        }
    }
}

fn add_constant_multiple(columns: &mut Columns, word: &[Literal], factor: &[bool]) {
    for (place, digit) in signed_digits(factor) {
        match digit {
            Digit::PlusOne => columns.push_signed(place, word),
            Digit::MinusOne => {
                // -x = !x + 1.
                let inverted: Vec<_> = word.iter().map(|&bit| !bit).collect();
                columns.push_signed(place, &inverted);
                columns.add_power(place);
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Digit {
    PlusOne,
    MinusOne,
}

/// The non-adjacent form of a signed constant: places and digits other than zero.
fn signed_digits(factor: &[bool]) -> Vec<(usize, Digit)> {
    let bit = |index: usize| factor.get(index).or(factor.last()).copied().unwrap_or(false);
    let mut digits = Vec::new();
    let mut carry = false;
    for place in 0..factor.len() {
        match (bit(place), carry) {
            (false, false) => {}
            (true, true) => {}
            _ if bit(place + 1) => {
                digits.push((place, Digit::MinusOne));
                carry = true;
            }
            _ => {
                digits.push((place, Digit::PlusOne));
                carry = false;
            }
        }
    }
    digits
}
