//! Addition and comparison.
//!
//! *Small* ripples: one AND per carry, by `carry' = ((a ^ c) & (b ^ c)) ^ c`, one round each.
//!
//! *Fast* is a parallel prefix after Sklansky (J. Sklansky, "Conditional-sum addition logic", 1960), with one change
//! that saves the layer of generate gates. A segment of positions is described by `passes`, that all its positions have
//! `a ^ b`, so that the carry into it comes out at its top, and by `value`, the carry out of it when it does not pass.
//! For one position `value` may be `a` itself (which equals `b` when the position does not pass), so leaves need no
//! AND. A segment after another one is `passes = passes1 & passes0`, `value = passes1 ? value0 : value1`: one round.
//! With the carry in as leaf 0 the carries into 2^k positions take k rounds: 6 for 64 bits, and the segments that begin
//! at leaf 0 need no `passes`.

use super::Shape;
use super::graph::{Graph, Literal};

/// `a + b + carry` of the width of `a`, which is that of `b`.
pub(super) fn add(
    graph: &mut Graph,
    shape: Shape,
    a: &[Literal],
    b: &[Literal],
    carry: Literal,
) -> Vec<Literal> {
    // The carry out is made and not used, so it is dropped from the program.
    add_with_carry(graph, shape, a, b, carry).0
}

/// `a - b`.
pub(super) fn sub(graph: &mut Graph, shape: Shape, a: &[Literal], b: &[Literal]) -> Vec<Literal> {
    add(graph, shape, a, &inverted(b), Literal::ONE)
}

/// `a` or, if `condition`, its two's complement.
pub(super) fn negate_if(graph: &mut Graph, shape: Shape, a: &[Literal], condition: Literal) -> Vec<Literal> {
    let flipped: Vec<_> = a.iter().map(|&bit| graph.xor(bit, condition)).collect();
    add(graph, shape, &flipped, &vec![Literal::ZERO; a.len()], condition)
}

/// Whether `a < b`.
pub(super) fn less(graph: &mut Graph, shape: Shape, a: &[Literal], b: &[Literal], signed: bool) -> Literal {
    let (mut a, mut b) = (a.to_vec(), b.to_vec());
    if signed && let (Some(a), Some(b)) = (a.last_mut(), b.last_mut()) {
        // The order of signed words is that of unsigned ones with the top bits flipped.
        (*a, *b) = (!*a, !*b);
    }
    match shape {
        Shape::Small => {
            let not_a = inverted(&a);
            let mut borrows = ripple_carries(graph, &not_a, &b, Literal::ZERO);
            borrows.pop().unwrap_or(Literal::ZERO)
        }
        Shape::Fast => {
            let mut segments = vec![Segment { passes: Literal::ZERO, value: Literal::ZERO }];
            // The carry out of !a + b is the borrow of a - b.
            segments.extend(a.iter().zip(&b).map(|(&a, &b)| Segment::leaf(graph, !a, b)));
            fold_segments(graph, segments)
        }
    }
}

/// `a - b`, and whether `a < b` as unsigned words.
pub(super) fn sub_with_borrow(
    graph: &mut Graph,
    shape: Shape,
    a: &[Literal],
    b: &[Literal],
) -> (Vec<Literal>, Literal) {
    let (difference, carry) = add_with_carry(graph, shape, a, &inverted(b), Literal::ONE);
    (difference, !carry)
}

fn add_with_carry(
    graph: &mut Graph,
    shape: Shape,
    a: &[Literal],
    b: &[Literal],
    carry: Literal,
) -> (Vec<Literal>, Literal) {
    let carries = match shape {
        Shape::Small => ripple_carries(graph, a, b, carry),
        Shape::Fast => prefix_carries(graph, a, b, carry),
    };
    let sums = a.iter().zip(b).zip(&carries).map(|((&a, &b), &carry)| match shape {
        // Exclusive ors that the carries are made of already, in either shape.
        Shape::Small => {
            let from_a = graph.xor(a, carry);
            graph.xor(from_a, b)
        }
        Shape::Fast => {
            let passes = graph.xor(a, b);
            graph.xor(passes, carry)
        }
    });
    (sums.collect(), carries.last().copied().unwrap_or(carry))
}

/// The carry into every position, and the one out of the last: one more than there are positions.
fn ripple_carries(graph: &mut Graph, a: &[Literal], b: &[Literal], carry: Literal) -> Vec<Literal> {
    let mut carries = Vec::with_capacity(a.len() + 1);
    carries.push(carry);
    let mut carry = carry;
    for (&a, &b) in a.iter().zip(b) {
        carry = graph.majority(a, b, carry);
        carries.push(carry);
    }
    carries
}

/// As [`ripple_carries`], in logarithmically many rounds.
fn prefix_carries(graph: &mut Graph, a: &[Literal], b: &[Literal], carry: Literal) -> Vec<Literal> {
    let mut segments = Vec::with_capacity(a.len() + 1);
    segments.push(Segment { passes: Literal::ZERO, value: carry });
    segments.extend(a.iter().zip(b).map(|(&a, &b)| Segment::leaf(graph, a, b)));
    // Before the step with a block size of s, leaf i holds the segment from the start of its block of s to i. The upper
    // half of every block of 2 s then takes in the whole lower half.
    let mut size = 1;
    while size < segments.len() {
        for index in (0..segments.len()).filter(|index| index & size != 0) {
            let lower = segments[(index | (size - 1)) - size];
            segments[index] = segments[index].after(graph, lower);
        }
        size *= 2;
    }
    segments.into_iter().map(|segment| segment.value).collect()
}

/// Positions next to one another, as carries see them.
#[derive(Clone, Copy)]
struct Segment {
    /// Whether the carry in comes out.
    passes: Literal,
    /// The carry out if it does not. For a segment that begins at the carry in: the carry out.
    value: Literal,
}

impl Segment {
    fn leaf(graph: &mut Graph, a: Literal, b: Literal) -> Self {
        // Where the position does not pass, a equals b; the public one of them makes for fewer secret gates.
        let value = if graph.is_public(b) { b } else { a };
        Self { passes: graph.xor(a, b), value }
    }

    /// This segment and `lower`, which ends where this one begins.
    fn after(self, graph: &mut Graph, lower: Self) -> Self {
        Self {
            passes: graph.and(self.passes, lower.passes),
            value: graph.select(self.passes, lower.value, self.value),
        }
    }
}

/// The carry out of segments next to one another, lowest first, by joining neighbours.
fn fold_segments(graph: &mut Graph, mut segments: Vec<Segment>) -> Literal {
    while segments.len() > 1 {
        segments = segments
            .chunks(2)
            .map(|pair| match pair {
                [lower, upper] => upper.after(graph, *lower),
                _ => pair[0],
            })
            .collect();
    }
    segments.first().map_or(Literal::ZERO, |segment| segment.value)
}

pub(super) fn inverted(word: &[Literal]) -> Vec<Literal> {
    word.iter().map(|&bit| !bit).collect()
}
