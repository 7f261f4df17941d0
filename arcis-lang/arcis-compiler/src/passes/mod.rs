//! Passes over a finished graph.
//!
//! Folding, local simplification and common subexpressions are done while a graph is built. What is left needs to see the
//! result: which operations it depends on, and how often each is read.
//!
//! # Layout
//! - `accumulate`: a choice between a sum and one of its terms becomes a sum.
//! - `reassociate`: chains that loops leave become trees.
//! - `rebuild`: a graph on the way to another one; `rounds`: how late each word is known.

mod accumulate;
mod reassociate;
mod rebuild;
mod rounds;

use arcis_circuit::WireId;

use crate::graph::Graph;
use rebuild::{Rebuild, used_wires};

/// A pass: a graph and the wires that are its result, to an equivalent graph and the same results there.
pub type Pass = fn(&Graph, &[WireId]) -> (Graph, Vec<WireId>);

/// All passes, in order, with their names.
pub const PASSES: [(&str, Pass); 4] = [
    ("dead_code", dead_code),
    ("accumulate", accumulate::accumulate),
    ("reassociate", reassociate::reassociate),
    ("dead_code", dead_code),
];

/// Runs all passes.
pub fn run(graph: Graph, outputs: Vec<WireId>) -> (Graph, Vec<WireId>) {
    PASSES.iter().fold((graph, outputs), |(graph, outputs), (_, pass)| pass(&graph, &outputs))
}

/// Drops the operations that no result depends on, and numbers the others anew. An unused reveal is dropped as well: nobody
/// learns what nobody asked for.
pub fn dead_code(graph: &Graph, outputs: &[WireId]) -> (Graph, Vec<WireId>) {
    let used = used_wires(graph, outputs);
    let mut rebuild = Rebuild::new(graph, used.len());
    for (wire, node) in graph.nodes().filter(|(wire, _)| used[*wire as usize]) {
        rebuild.copy(wire, node);
    }
    rebuild.finish(outputs)
}
