//! Selection among many: indicators of an index, words chosen by them, tables.

use super::Shape;
use super::divide::highest_set;
use super::graph::{Graph, Literal};
use crate::circuit::count_width;

/// For every value below `count` whether `index` (unsigned, lowest bit first) has it, all false unless `enable`.
///
/// A tree: the indicators of both halves of the index, then every product of two of them. In each row and column of that
/// table one entry follows from the others by exclusive or, so that all 2^k values of k bits take 2^k - k - 1 ANDs, in
/// log k rounds.
pub(super) fn demultiplex(
    graph: &mut Graph,
    index: &[Literal],
    count: usize,
    enable: Literal,
) -> Vec<Literal> {
    let bits = count.next_power_of_two().trailing_zeros() as usize;
    let (within, beyond) = index.split_at(bits.min(index.len()));
    let in_range = graph.and_all(beyond.iter().map(|&bit| !bit).chain([enable]));
    let mut indicators = indicators(graph, within, in_range);
    indicators.resize(count, Literal::ZERO);
    indicators
}

fn indicators(graph: &mut Graph, index: &[Literal], enable: Literal) -> Vec<Literal> {
    match index {
        [] => return vec![enable],
        [bit] => {
            let set = graph.and(*bit, enable);
            return vec![graph.xor(set, enable), set];
        }
        _ => {}
    }
    let (low, high) = index.split_at(index.len() / 2);
    let columns = indicators(graph, low, Literal::ONE);
    let rows = indicators(graph, high, enable);
    let mut table = Vec::with_capacity(rows.len() * columns.len());
    for (at, &row) in rows.iter().enumerate() {
        // The sum of a column is its indicator where every row counts.
        let last_row = at + 1 == rows.len() && enable == Literal::ONE;
        let mut left = row;
        for (place, &column) in columns[..columns.len() - 1].iter().enumerate() {
            let entry = if last_row {
                let above = (0..at).map(|above| table[above * columns.len() + place]);
                above.fold(column, |sum, entry| graph.xor(sum, entry))
            } else {
                graph.and(row, column)
            };
            left = graph.xor(left, entry);
            table.push(entry);
        }
        table.push(left);
    }
    table
}

/// The option whose indicator is set, of which at most one is; the first when none is. One AND per bit and option but the
/// first, one round.
pub(super) fn choose(graph: &mut Graph, indicators: &[Literal], options: &[Vec<Literal>]) -> Vec<Literal> {
    let Some((first, others)) = options.split_first() else {
        return Vec::new();
    };
    let mut chosen = first.clone();
    for (option, &indicator) in others.iter().zip(indicators.iter().skip(1)) {
        for ((chosen, &first), &bit) in chosen.iter_mut().zip(first).zip(option) {
            let difference = graph.xor(first, bit);
            let change = graph.and(indicator, difference);
            *chosen = graph.xor(*chosen, change);
        }
    }
    chosen
}

/// The exclusive or of the words whose indicators are set: the word of the one that is, or zero. One AND per bit.
pub(super) fn choose_or_zero(
    graph: &mut Graph,
    indicators: &[Literal],
    words: &[&[Literal]],
) -> Vec<Literal> {
    let mut chosen = vec![Literal::ZERO; words.first().map_or(0, |word| word.len())];
    for (word, &indicator) in words.iter().zip(indicators) {
        for (chosen, &bit) in chosen.iter_mut().zip(*word) {
            let part = graph.and(indicator, bit);
            *chosen = graph.xor(*chosen, part);
        }
    }
    chosen
}

/// The word that an index names, or zero.
pub(super) fn lookup(
    graph: &mut Graph,
    shape: Shape,
    index: &[Literal],
    words: &[&[Literal]],
) -> Vec<Literal> {
    // An index that names a word for sure needs no zero to fall back on.
    let bits = words.len().next_power_of_two().trailing_zeros() as usize;
    let beyond = &index[bits.min(index.len())..];
    let always = words.len() == 1 << bits.min(index.len()) && beyond.iter().all(|&bit| bit == Literal::ZERO);
    let any_secret = words.iter().flat_map(|word| word.iter()).any(|&bit| !graph.is_public(bit));
    if always && any_secret && shape == Shape::Small {
        return multiplex(graph, &index[..bits], words);
    }
    let indicators = demultiplex(graph, index, words.len(), Literal::ONE);
    if always && any_secret {
        let words: Vec<_> = words.iter().map(|word| word.to_vec()).collect();
        choose(graph, &indicators, &words)
    } else {
        choose_or_zero(graph, &indicators, words)
    }
}

/// A tree of selections by one bit each: one AND less per bit than there are words, and none for indicators.
fn multiplex(graph: &mut Graph, index: &[Literal], words: &[&[Literal]]) -> Vec<Literal> {
    let mut words: Vec<Vec<Literal>> = words.iter().map(|word| word.to_vec()).collect();
    for &bit in index {
        let mut select = |pair: &[Vec<Literal>]| match pair {
            [even, odd] => even.iter().zip(odd).map(|(&even, &odd)| graph.select(bit, odd, even)).collect(),
            _ => pair.concat(),
        };
        words = words.chunks(2).map(&mut select).collect();
    }
    words.into_iter().next().unwrap_or_default()
}

/// How many zeros a word has above its highest set bit.
pub(super) fn leading_zeros(graph: &mut Graph, shape: Shape, word: &[Literal]) -> Vec<Literal> {
    let width = word.len();
    let highest = highest_set(graph, shape, word);
    let none = !highest.iter().fold(Literal::ZERO, |any, &bit| graph.xor(any, bit));
    // At most one of these is set, so their numbers are added by exclusive or.
    let numbered = highest.iter().rev().enumerate().map(|(zeros, &bit)| (zeros, bit)).chain([(width, none)]);
    let mut count = vec![Literal::ZERO; count_width(width as u32) as usize];
    for (zeros, set) in numbered {
        for (_, bit) in count.iter_mut().enumerate().filter(|(place, _)| zeros >> place & 1 == 1) {
            *bit = graph.xor(*bit, set);
        }
    }
    count
}
