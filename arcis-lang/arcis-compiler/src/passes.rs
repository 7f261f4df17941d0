//! Passes over a finished graph.
//!
//! Folding, local simplification and common subexpressions are done while a graph is built. What is left needs to see the
//! result: which operations it depends on.

use arcis_circuit::{Op, WireId};

use crate::graph::{Graph, has_several, operands, with_operands};

/// A pass: a graph and the wires that are its result, to an equivalent graph and the same results there.
pub type Pass = fn(&Graph, &[WireId]) -> (Graph, Vec<WireId>);

/// All passes, in order, with their names.
pub const PASSES: [(&str, Pass); 1] = [("dead_code", dead_code)];

/// Runs all passes.
pub fn run(graph: Graph, outputs: Vec<WireId>) -> (Graph, Vec<WireId>) {
    PASSES.iter().fold((graph, outputs), |(graph, outputs), (_, pass)| pass(&graph, &outputs))
}

/// Drops the operations that no result depends on, and numbers the others anew. An unused reveal is dropped as well: nobody
/// learns what nobody asked for.
pub fn dead_code(graph: &Graph, outputs: &[WireId]) -> (Graph, Vec<WireId>) {
    let used = used_wires(graph, outputs);
    let mut kept = Graph::with_inputs_of(graph);
    let mut numbers: Vec<WireId> = (0..used.len() as WireId).collect();
    for (wire, node) in graph.nodes().filter(|(wire, _)| used[*wire as usize]) {
        if node.part > 0 {
            continue;
        }
        let op: Op = with_operands(&node.op, |operand| numbers[operand as usize]);
        if has_several(&op) {
            for (part, number) in kept.build_all(op, node.span).into_iter().enumerate() {
                numbers[wire as usize + part] = number;
            }
        } else {
            numbers[wire as usize] = kept.build(op, node.span);
        }
    }
    (kept, outputs.iter().map(|output| numbers[*output as usize]).collect())
}

/// For each wire, whether a result depends on it.
fn used_wires(graph: &Graph, outputs: &[WireId]) -> Vec<bool> {
    let wires = graph.nodes().next_back().map_or(0, |(wire, _)| wire as usize + 1);
    let wires = outputs.iter().map(|output| *output as usize + 1).fold(wires, usize::max);
    let mut used = vec![false; wires];
    outputs.iter().for_each(|output| used[*output as usize] = true);
    for (wire, node) in graph.nodes().rev() {
        if used[wire as usize] && node.part > 0 {
            used[node.of as usize] = true;
        } else if used[wire as usize] {
            operands(&node.op).into_iter().for_each(|operand| used[operand as usize] = true);
        }
    }
    used
}
