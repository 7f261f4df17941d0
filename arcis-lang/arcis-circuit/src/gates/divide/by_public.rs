//! Division by a public word: multiplication by its inverse, which is computed in the clear.
//!
//! With `d` of `w` bits, its highest bit at place `l`, and `m = floor(2^(w+l+1) / d) + 1`, the quotient of every `n` of `w`
//! bits is `floor(m n / 2^(w+l+1))` exactly (T. Granlund, P. Montgomery, "Division by invariant integers using
//! multiplication", 1994, theorem 4.2: the error of `m` is at most 1 in 2^(w+l+1) / 2^w). Over the divisor shifted to the
//! top, `D = d 2^(w-1-l)`, that is `m = floor(2^(2w) / D) + 1`, which has `w + 2` bits.

use super::super::Shape;
use super::super::add::sub_with_borrow;
use super::super::columns::Columns;
use super::super::graph::{Graph, Literal};
use super::super::multiply::{add_unsigned_product, subtract_product, with_zero};
use super::super::shift::{Direction, shift_by_digit};
use super::{Word, highest_set};

/// Quotient and remainder of unsigned words by a public one. By zero: all ones, and the dividend.
pub(super) fn divide(graph: &mut Graph, shape: Shape, a: &[Literal], d: &[Literal]) -> (Word, Word) {
    let width = d.len();
    let highest = highest_set(graph, Shape::Small, d);
    let places: Vec<_> = highest.iter().rev().copied().collect();
    let normalised = shift_by_digit(graph, Direction::Left, d, &places, 1, Literal::ZERO);
    let inverse = inverse(graph, &normalised);

    let wide = 2 * width + 2;
    let mut product = Columns::new(wide);
    add_unsigned_product(graph, &mut product, a, &inverse);
    let product = product.sum(graph, shape);
    let unshifted = &product[width + 1..2 * width + 1];
    let quotient = shift_by_digit(graph, Direction::Right, unshifted, &highest, 1, Literal::ZERO);
    let is_zero = graph.and_all(d.iter().map(|&bit| !bit));

    let mut remainder = Columns::new(width);
    remainder.push_word(0, a);
    subtract_product(graph, &mut remainder, &quotient, &with_zero(d));
    let remainder = remainder.sum(graph, shape);
    (quotient.into_iter().map(|bit| graph.or(bit, is_zero)).collect(), remainder)
}

/// `floor(2^(2w) / d) + 1` for a `d` of `w` bits with the highest one set: `w + 2` bits. Long division of which the first
/// `w` steps, that leave a remainder of 2^(w-1), are known.
fn inverse(graph: &mut Graph, d: &[Literal]) -> Word {
    let width = d.len();
    let divisor = with_zero(d);
    let mut remainder = vec![Literal::ZERO; width + 1];
    remainder[width - 1] = Literal::ONE;
    let mut quotient = Vec::with_capacity(width + 2);
    for _ in 0..width + 2 {
        let (difference, borrow) = sub_with_borrow(graph, Shape::Small, &remainder, &divisor);
        quotient.push(!borrow);
        let rest: Word = remainder.iter().zip(difference).map(|(&a, b)| graph.select(borrow, a, b)).collect();
        // The remainder is less than the divisor, so twice that fits.
        remainder = [Literal::ZERO].into_iter().chain(rest).take(width + 1).collect();
    }
    quotient.reverse();
    let mut inverse = Columns::new(width + 2);
    inverse.push_word(0, &quotient);
    inverse.add_power(0);
    inverse.sum(graph, Shape::Small)
}
