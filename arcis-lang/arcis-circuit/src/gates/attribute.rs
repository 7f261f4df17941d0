//! Which positions of the source cost how much.
//!
//! A [`SourceMap`] is kept beside a circuit, not in it: the artifact and its hash do not depend on it.

use std::collections::BTreeMap;

use super::expand::expand;
use super::graph::{Graph, Kind};
use super::schedule::{Uses, is_secret_and};
use super::{LowerError, SIGNING_ROUNDS, Target};
use crate::circuit::Circuit;

/// What stands for no position.
pub const NO_POSITION: u32 = u32::MAX;

/// Positions of the operations of a circuit, as numbers that mean something to whoever made the circuit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceMap {
    /// For every function, for every operation its position, or [`NO_POSITION`]: then it counts for the position from
    /// which the function is called. Lists may be short.
    pub functions: Vec<Vec<u32>>,
}

impl SourceMap {
    /// The position of an operation.
    pub fn position(&self, function: usize, op: usize) -> u32 {
        self.functions.get(function).and_then(|ops| ops.get(op)).copied().unwrap_or(NO_POSITION)
    }
}

/// What a position of the source costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PositionCost {
    /// The position; `None` for what has none.
    pub position: Option<u32>,
    /// ANDs of secret bits.
    pub ands: u64,
    /// Bits revealed.
    pub reveals: u64,
    /// Signatures.
    pub signatures: u64,
    /// Rounds of a longest chain of gates that need one another: those that making this faster could save.
    pub rounds: u32,
}

/// What each position costs, the one with most ANDs first. A gate that several positions share counts for the first.
///
/// # Errors
/// When the circuit is invalid or takes too many gates.
pub fn attribute(
    circuit: &Circuit,
    sources: &SourceMap,
    target: impl Into<Target>,
) -> Result<Vec<PositionCost>, LowerError> {
    let expanded = expand(circuit, target.into(), Some(sources))?;
    let graph = &expanded.graph;
    let uses = Uses::of(graph, &expanded.outputs);
    let mut costs: BTreeMap<u32, PositionCost> = BTreeMap::new();
    let mut of = |position: u32, count: &mut dyn FnMut(&mut PositionCost)| {
        let known = Some(position).filter(|&position| position != NO_POSITION);
        let empty = PositionCost { position: known, ands: 0, reveals: 0, signatures: 0, rounds: 0 };
        count(costs.entry(position).or_insert(empty));
    };
    let live = (1..graph.len() as u32).filter(|&node| uses.has(node, Uses::LIVE));
    let mut last = None;
    for node in live {
        if is_secret_and(graph, node) {
            of(graph.origin_of(node), &mut |cost| cost.ands += 1);
        } else if graph.kind(node) == Kind::Reveal {
            of(graph.origin_of(node), &mut |cost| cost.reveals += 1);
        } else if graph.kind(node) == Kind::Sign {
            of(graph.origin_of(node), &mut |cost| cost.signatures += 1);
        } else {
            continue;
        }
        if last.is_none_or(|last| level(graph, last) < level(graph, node)) {
            last = Some(node);
        }
    }
    // Down a longest chain.
    while let Some(node) = last {
        if graph.kind(node) == Kind::Sign {
            of(graph.origin_of(node), &mut |cost| cost.rounds += SIGNING_ROUNDS);
        } else if is_secret_and(graph, node) || graph.kind(node) == Kind::Reveal {
            of(graph.origin_of(node), &mut |cost| cost.rounds += 1);
        }
        let operands = graph.operands(node).map(|operand| operand.node());
        last = match graph.kind(node) {
            Kind::Zero | Kind::Leaf => None,
            _ => operands.into_iter().max_by_key(|&operand| level(graph, operand)),
        };
    }
    let mut costs: Vec<_> = costs.into_values().collect();
    costs.sort_by_key(|cost| std::cmp::Reverse((cost.ands, cost.rounds)));
    Ok(costs)
}

fn level(graph: &Graph, node: u32) -> u32 {
    graph.level(super::graph::Literal::of_node(node))
}
