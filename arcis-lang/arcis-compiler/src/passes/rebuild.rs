//! A graph on the way to another one: what passes have in common.

use arcis_circuit::{Op, WireId};

use super::rounds;
use crate::graph::{Graph, Node, has_several, operands, with_operands};
use crate::source::Span;

/// A new graph, and where the wires of the old one are in it.
pub(super) struct Rebuild<'a> {
    pub(super) old: &'a Graph,
    pub(super) new: Graph,
    numbers: Vec<WireId>,
    /// How late the wires of the new graph are known.
    rounds: Vec<u32>,
}

impl<'a> Rebuild<'a> {
    /// A graph with the inputs of another, of which `wires` wires may be asked for.
    pub(super) fn new(old: &'a Graph, wires: usize) -> Self {
        Self {
            old,
            new: Graph::with_inputs_of(old),
            numbers: (0..wires as WireId).collect(),
            rounds: Vec::new(),
        }
    }

    /// The graph, and the wires of the results there.
    pub(super) fn finish(self, outputs: &[WireId]) -> (Graph, Vec<WireId>) {
        let outputs = outputs.iter().map(|output| self.numbers[*output as usize]).collect();
        (self.new, outputs)
    }

    /// Where a wire of the old graph is in the new one.
    pub(super) fn number(&self, wire: WireId) -> WireId {
        self.numbers[wire as usize]
    }

    /// Says where a wire of the old graph is in the new one.
    pub(super) fn set(&mut self, wire: WireId, new: WireId) {
        self.numbers[wire as usize] = new;
    }

    /// Takes an operation over as it is.
    pub(super) fn copy(&mut self, wire: WireId, node: &Node) {
        if node.part > 0 {
            return;
        }
        let op: Op = with_operands(&node.op, |operand| self.number(operand));
        if has_several(&op) {
            for (part, number) in self.new.build_all(op, node.span).into_iter().enumerate() {
                // The last results of an operation that a pass leaves out may not be asked for.
                if let Some(place) = self.numbers.get_mut(wire as usize + part) {
                    *place = number;
                }
            }
        } else {
            let number = self.new.build(op, node.span);
            self.set(wire, number);
        }
    }

    /// Adds an operation on wires of the new graph.
    pub(super) fn build(&mut self, op: Op, span: Span) -> WireId {
        self.new.build(op, span)
    }

    /// How late a wire of the new graph is known.
    pub(super) fn rounds(&mut self, wire: WireId) -> u32 {
        rounds::extend(&self.new, &mut self.rounds);
        self.rounds.get(wire as usize).copied().unwrap_or(0)
    }
}

/// For each wire, whether a result depends on it.
pub(super) fn used_wires(graph: &Graph, outputs: &[WireId]) -> Vec<bool> {
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

/// How often each wire is read: by operations that results depend on, and as a result.
pub(super) fn count_uses(graph: &Graph, outputs: &[WireId], used: &[bool]) -> Vec<u32> {
    let mut uses = vec![0; used.len()];
    outputs.iter().for_each(|output| uses[*output as usize] += 1);
    for (_, node) in graph.nodes().filter(|(wire, node)| used[*wire as usize] && node.part == 0) {
        operands(&node.op).into_iter().for_each(|operand| uses[operand as usize] += 1);
    }
    uses
}
