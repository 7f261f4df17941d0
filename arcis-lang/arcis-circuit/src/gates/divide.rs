//! Division.
//!
//! *Small* is the restoring array, one subtraction and one selection per quotient bit. The remainder after `s` bits of
//! the dividend has at most `s` bits, so step `s` subtracts `s` bits only; the divisor is larger than the remainder for
//! sure when a bit above them is set.
//!
//! *Fast* is Goldschmidt's iteration (R. Goldschmidt, "Applications of division by convergence", 1964; with the error
//! accounting of G. Even, P. Seidel, W. Ferguson, "A parametric error analysis of Goldschmidt's division algorithm",
//! 2005), in `goldschmidt`. A public divisor is inverted in the clear, in `by_public`, in either shape.

mod by_public;
mod goldschmidt;

use std::collections::BTreeMap;

use super::Shape;
use super::add::{negate_if, sub_with_borrow};
use super::graph::{Graph, Literal};

/// Words up to this width are divided by the restoring array in either shape.
const NARROW: usize = 12;

type Word = Vec<Literal>;

/// The divisions made so far: quotient and remainder of the same words come from one.
#[derive(Default)]
pub(super) struct Divisions {
    made: BTreeMap<(Word, Word, bool), (Word, Word)>,
}

impl Divisions {
    /// Quotient and remainder. By zero: all ones, and the dividend.
    pub(super) fn divide(
        &mut self,
        graph: &mut Graph,
        shape: Shape,
        a: &[Literal],
        b: &[Literal],
        signed: bool,
    ) -> (Word, Word) {
        let key = (a.to_vec(), b.to_vec(), signed);
        if let Some(made) = self.made.get(&key) {
            return made.clone();
        }
        let result = divide(graph, shape, a, b, signed);
        self.made.insert(key, result.clone());
        result
    }
}

fn divide(graph: &mut Graph, shape: Shape, a: &[Literal], b: &[Literal], signed: bool) -> (Word, Word) {
    let (Some(&sign_a), Some(&sign_b)) = (a.last(), b.last()) else {
        return (Vec::new(), Vec::new());
    };
    if !signed {
        return divide_unsigned(graph, shape, a, b);
    }
    let magnitude_a = negate_if(graph, shape, a, sign_a);
    let magnitude_b = negate_if(graph, shape, b, sign_b);
    let (quotient, remainder) = divide_unsigned(graph, shape, &magnitude_a, &magnitude_b);
    // By zero the quotient stays all ones whatever the sign of the dividend.
    let divisor_is_zero = graph.and_all(b.iter().map(|&bit| !bit));
    let signs_differ = graph.xor(sign_a, sign_b);
    let negate_quotient = graph.and(signs_differ, !divisor_is_zero);
    (negate_if(graph, shape, &quotient, negate_quotient), negate_if(graph, shape, &remainder, sign_a))
}

fn divide_unsigned(graph: &mut Graph, shape: Shape, a: &[Literal], b: &[Literal]) -> (Word, Word) {
    let width = a.len();
    // Zeros at the high end of both are no work. A division by zero fills the quotient to its full width.
    let used = width - leading_zeros(a).min(leading_zeros(b));
    if used == 0 {
        return (vec![Literal::ONE; width], a.to_vec());
    }
    let (a, b) = (&a[..used], &b[..used]);
    let (mut quotient, mut remainder) = if b.iter().all(|&bit| graph.is_public(bit)) {
        by_public::divide(graph, shape, a, b)
    } else if shape == Shape::Small || used <= NARROW {
        restoring(graph, shape, a, b)
    } else {
        goldschmidt::divide(graph, a, b)
    };
    if used < width {
        let zero = graph.and_all(b.iter().map(|&bit| !bit));
        quotient.resize(width, zero);
        remainder.resize(width, Literal::ZERO);
    }
    (quotient, remainder)
}

fn leading_zeros(word: &[Literal]) -> usize {
    word.iter().rev().take_while(|&&bit| bit == Literal::ZERO).count()
}

fn restoring(graph: &mut Graph, shape: Shape, a: &[Literal], b: &[Literal]) -> (Word, Word) {
    let width = a.len();
    let set_from = set_from(graph, shape, b);
    let mut quotient = vec![Literal::ZERO; width];
    let mut remainder: Word = Vec::with_capacity(width);
    for step in 1..=width {
        remainder.insert(0, a[width - step]);
        // One position more stands for the divisor's bits above.
        remainder.push(Literal::ZERO);
        let divisor: Vec<_> = b[..step].iter().copied().chain([set_from[step]]).collect();
        let (difference, borrow) = sub_with_borrow(graph, shape, &remainder, &divisor);
        let fits = !borrow;
        remainder.pop();
        for (bit, difference) in remainder.iter_mut().zip(difference) {
            *bit = graph.select(fits, difference, *bit);
        }
        quotient[width - step] = fits;
    }
    (quotient, remainder)
}

/// For every place, and the one past the last, whether a bit there or above is set.
pub(super) fn set_from(graph: &mut Graph, shape: Shape, word: &[Literal]) -> Word {
    let mut from: Word = word.iter().copied().chain([Literal::ZERO]).collect();
    match shape {
        Shape::Small => {
            for place in (0..word.len()).rev() {
                from[place] = graph.or(from[place], from[place + 1]);
            }
        }
        Shape::Fast => {
            // Sklansky's prefix, from the high end: blocks of doubled size, whose upper half the lower one takes in.
            let last = word.len().saturating_sub(1);
            let mut size = 1;
            while size < word.len() {
                for below in (0..word.len()).filter(|below| below & size != 0) {
                    let upper = (below | (size - 1)) - size;
                    from[last - below] = graph.or(from[last - below], from[last - upper]);
                }
                size *= 2;
            }
        }
    }
    from
}

/// For every place whether the highest set bit of the word is there.
pub(super) fn highest_set(graph: &mut Graph, shape: Shape, word: &[Literal]) -> Word {
    let from = set_from(graph, shape, word);
    from.windows(2).map(|pair| graph.xor(pair[0], pair[1])).collect()
}
