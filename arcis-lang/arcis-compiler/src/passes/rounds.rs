//! How late a word is known: an estimate of the rounds that the fast shape takes to it.
//!
//! Passes compare estimates to decide between two forms of the same thing, so that only their order matters; what a circuit
//! costs in fact is counted on its gates.

use arcis_circuit::{Op, WireId};

use crate::graph::{Graph, operands};

/// Rounds of what is not taken apart here: a function of the library, a shuffle, a division.
const MANY: u32 = 40;

/// Continues the list of how late each wire of a graph is known, to its end.
pub(super) fn extend(graph: &Graph, rounds: &mut Vec<u32>) {
    let end = graph.wires();
    rounds.reserve(end.saturating_sub(rounds.len()));
    for wire in rounds.len()..end {
        let wire = wire as WireId;
        let Some(node) = graph.node(wire) else {
            rounds.push(0);
            continue;
        };
        let latest = |wires: &[WireId]| wires.iter().map(|wire| rounds[*wire as usize]).max().unwrap_or(0);
        let known = match &node.op {
            _ if node.part > 0 => rounds[node.of as usize],
            Op::Reveal(a) => rounds[*a as usize] + 1,
            op => {
                let before = latest(&operands(op));
                if graph.is_public(wire) { before } else { before + own(graph, op) }
            }
        };
        rounds.push(known);
    }
}

/// Rounds of an operation by itself, at least one of whose operands is secret.
pub(super) fn own(graph: &Graph, op: &Op) -> u32 {
    let width = |wire: WireId| graph.width(wire);
    match *op {
        Op::And(a, b) | Op::Or(a, b) => u32::from(!graph.is_public(a) && !graph.is_public(b)),
        Op::Select { condition, .. } => u32::from(!graph.is_public(condition)),
        Op::Add(a, _) | Op::Sub(a, _) | Op::Neg(a) | Op::Eq(a, _) => doublings(width(a)),
        Op::Less { a, .. } => doublings(width(a)) + 1,
        Op::Mul(a, _) => 2 * doublings(width(a)) + 2,
        Op::Div { .. } | Op::Rem { .. } | Op::Shuffle { .. } | Op::Call { .. } => MANY,
        Op::Shl { by, .. } | Op::Shr { by, .. } | Op::Sar { by, .. } => {
            if graph.is_public(by) {
                0
            } else {
                4
            }
        }
        Op::Lookup { index, .. } | Op::Table { index, .. } | Op::Update { index, .. } => {
            if graph.is_public(index) { 0 } else { doublings(width(index)) + 1 }
        }
        Op::LeadingZeros(a) | Op::CountOnes(a) => 2 * doublings(width(a)),
        Op::Sum { ref words } => sum(words.len(), width(words[0])),
        _ => 0,
    }
}

/// Rounds of a sum of so many words.
pub(super) fn sum(count: usize, width: u32) -> u32 {
    // Each layer of adders makes two words of three.
    let mut layers = 0;
    let mut left = count;
    while left > 2 {
        left -= left / 3;
        layers += 1;
    }
    layers + doublings(width)
}

/// The logarithm, rounded up.
pub(super) fn doublings(count: u32) -> u32 {
    u32::BITS - count.saturating_sub(1).leading_zeros()
}
