//! Shifts by a wire: one selection per bit of the amount, free of ANDs where the amount is public.

use super::graph::{Graph, Literal};

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
    for (stage, &bit) in within.iter().enumerate() {
        let places = 1 << stage;
        let moved = |index: usize| match direction {
            Direction::Left => index.checked_sub(places),
            Direction::Right => Some(index + places).filter(|&index| index < width),
        };
        word = (0..width)
            .map(|index| graph.select(bit, moved(index).map_or(fill, |index| word[index]), word[index]))
            .collect();
    }
    let stays = graph.and_all(beyond.iter().map(|&bit| !bit));
    word.into_iter().map(|bit| graph.select(stays, bit, fill)).collect()
}
