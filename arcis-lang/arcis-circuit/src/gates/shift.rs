//! Shifts by a wire: one selection per bit of the amount, free of ANDs where the amount is public.
//!
//! *Fast* takes two bits of the amount at a time, by four words chosen from in one round with three ANDs per bit; which
//! one it is takes one round, during which the first stage goes by a single bit.

use super::Shape;
use super::graph::{Graph, Literal};
use super::select::{choose, demultiplex};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// Towards the high bits.
    Left,
    /// Towards the low bits.
    Right,
}

/// `word` shifted by the unsigned `by`, `fill` coming in; all `fill` from the width on.
pub(super) fn shift(
    graph: &mut Graph,
    shape: Shape,
    direction: Direction,
    word: &[Literal],
    by: &[Literal],
    fill: Literal,
) -> Vec<Literal> {
    let width = word.len();
    // Bits of the amount whose place value is less than the width.
    let stages = (usize::BITS - (width - 1).leading_zeros()) as usize;
    let (within, beyond) = by.split_at(stages.min(by.len()));
    let mut word = word.to_vec();
    // How many stages go by a single bit: all, or as many as leave pairs and give time to tell those apart.
    let single = match shape {
        Shape::Small => within.len(),
        Shape::Fast => within.len().min(2 - within.len() % 2),
    };
    for (stage, &bit) in within[..single].iter().enumerate() {
        let moved = moved(direction, &word, 1 << stage, fill);
        word = word.iter().zip(moved).map(|(&stays, moved)| graph.select(bit, moved, stays)).collect();
    }
    for (pair, bits) in within[single..].chunks(2).enumerate() {
        let places = 1 << (single + 2 * pair);
        let indicators = demultiplex(graph, bits, 4, Literal::ONE);
        word = shift_by_digit(graph, direction, &word, &indicators, places, fill);
    }
    let stays = graph.and_all(beyond.iter().map(|&bit| !bit));
    word.into_iter().map(|bit| graph.select(stays, bit, fill)).collect()
}

/// `word` shifted by as many times `places` as the set one of `indicators` says; not at all when none is set.
pub(super) fn shift_by_digit(
    graph: &mut Graph,
    direction: Direction,
    word: &[Literal],
    indicators: &[Literal],
    places: usize,
    fill: Literal,
) -> Vec<Literal> {
    let options: Vec<_> =
        (0..indicators.len()).map(|digit| moved(direction, word, digit * places, fill)).collect();
    choose(graph, indicators, &options)
}

fn moved(direction: Direction, word: &[Literal], places: usize, fill: Literal) -> Vec<Literal> {
    (0..word.len())
        .map(|index| {
            let from = match direction {
                Direction::Left => index.checked_sub(places),
                Direction::Right => Some(index + places).filter(|&from| from < word.len()),
            };
            from.map_or(fill, |from| word[from])
        })
        .collect()
}
