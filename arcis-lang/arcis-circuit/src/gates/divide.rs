//! Division: the restoring array, one subtraction and one selection per quotient bit.
//!
//! The remainder after `s` bits of the dividend has at most `s` bits, so step `s` subtracts `s` bits only; the divisor
//! is larger than the remainder for sure when a bit above them is set.

use super::Shape;
use super::add::{negate_if, sub_with_borrow};
use super::graph::{Graph, Literal};

/// Quotient and remainder. By zero: all ones, and the dividend.
pub(super) fn divide(
    graph: &mut Graph,
    shape: Shape,
    a: &[Literal],
    b: &[Literal],
    signed: bool,
) -> (Vec<Literal>, Vec<Literal>) {
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

fn divide_unsigned(
    graph: &mut Graph,
    shape: Shape,
    a: &[Literal],
    b: &[Literal],
) -> (Vec<Literal>, Vec<Literal>) {
    let width = a.len();
    let set_above = any_set_above(graph, shape, b);
    let mut quotient = vec![Literal::ZERO; width];
    let mut remainder: Vec<Literal> = Vec::with_capacity(width);
    for step in 1..=width {
        remainder.insert(0, a[width - step]);
        // One position more stands for the divisor's bits above.
        remainder.push(Literal::ZERO);
        let divisor: Vec<_> = b[..step].iter().copied().chain([set_above[step - 1]]).collect();
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

/// For every place whether a bit above it is set.
fn any_set_above(graph: &mut Graph, shape: Shape, word: &[Literal]) -> Vec<Literal> {
    let mut above: Vec<_> = word.iter().skip(1).copied().chain([Literal::ZERO]).collect();
    match shape {
        Shape::Small => {
            for place in (1..above.len()).rev() {
                above[place - 1] = graph.or(above[place - 1], above[place]);
            }
        }
        Shape::Fast => {
            let mut distance = 1;
            while distance < above.len() {
                for place in 0..above.len() - distance {
                    above[place] = graph.or(above[place], above[place + distance]);
                }
                distance *= 2;
            }
        }
    }
    above
}
