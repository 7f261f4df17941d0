//! Re-association: what a plain loop leaves, each step waiting for the one before, becomes a tree.
//!
//! A loop over `n` elements is a chain of `n` operations. Where the operation is associative, the same result comes from a tree
//! of the same operations whose depth grows with the logarithm of `n`:
//!
//! - `operators`: sums, products, conjunctions and disjunctions.
//! - `prefix`: conjunctions and disjunctions whose steps are read as well, such as the flag that says whether a loop was left.
//! - `choices`: chains of `if c { x = v }`, in which the last one counts; so also long `match`es and searches.
//! - `contests`: the greatest or least of many, with whatever goes with it: an index, a payload, a condition for taking part.
//!
//! Results are exactly the same, bit for bit. Only steps that nothing else reads are replaced, so nothing is computed twice;
//! those that are replaced are left behind, for the pass that drops dead code. Trees take what is known early first, and
//! are built only where they are estimated to be known earlier than the chain (`rounds`).

mod choices;
mod contests;
mod operators;
mod prefix;

use arcis_circuit::{Op, WireId};

use super::rebuild::{Rebuild, count_uses, used_wires};
use super::rounds;
use crate::graph::Graph;
use crate::source::Span;
use choices::Choices;
use contests::Contests;
use operators::Operators;

/// Chains of fewer steps stay: their tree is as deep.
const SHORTEST: usize = 3;

/// The pass.
pub(super) fn reassociate(graph: &Graph, outputs: &[WireId]) -> (Graph, Vec<WireId>) {
    let used = used_wires(graph, outputs);
    let uses = count_uses(graph, outputs, &used);
    let chained = Chained { graph, used: &used, uses: &uses };
    let mut operators = Operators::find(&chained);
    let choices = Choices::find(&chained);
    let mut contests = Contests::find(&chained);
    let mut rebuild = Rebuild::new(graph, used.len());
    for (wire, node) in graph.nodes().filter(|(wire, _)| used[*wire as usize]) {
        // The rules look at the chain in the new graph, so it is there in any case.
        rebuild.copy(wire, node);
        let tree = match &node.op {
            _ if node.part > 0 => None,
            Op::Select { .. } => {
                contests.tree(wire, &mut rebuild).or_else(|| choices.tree(wire, &mut rebuild, node.span))
            }
            _ => contests.tree(wire, &mut rebuild).or_else(|| operators.tree(wire, &mut rebuild, node.span)),
        };
        if let Some(tree) = tree {
            rebuild.set(wire, tree);
        }
    }
    rebuild.finish(outputs)
}

/// A graph in which chains are looked for.
struct Chained<'a> {
    graph: &'a Graph,
    used: &'a [bool],
    uses: &'a [u32],
}

impl Chained<'_> {
    /// Whether a wire is read just once: by what continues the chain.
    fn is_link(&self, wire: WireId) -> bool {
        self.uses[wire as usize] == 1
    }

    /// The wire that another one is, or is but for zeros above, where nothing else reads either.
    fn through_zeros(&self, wire: WireId) -> WireId {
        match self.graph.op(wire) {
            Some(Op::Extend { a, signed: false, .. }) if self.is_link(wire) => *a,
            _ => wire,
        }
    }

    /// The operations that results depend on.
    fn ops(&self) -> impl Iterator<Item = (WireId, &Op)> {
        self.graph
            .nodes()
            .filter(|(wire, node)| self.used[*wire as usize] && node.part == 0)
            .map(|(wire, node)| (wire, &node.op))
    }
}

/// Joins all items in order, early ones first: an item is joined with the one before it once that is not the earlier of the
/// two by more than the rounds of joining would tell. For items known at the same time it is a balanced tree.
fn join_in_order<T>(
    items: impl IntoIterator<Item = T>,
    rounds: impl Fn(&T) -> u32,
    mut join: impl FnMut(T, T) -> T,
) -> Option<T> {
    let mut joined: Vec<T> = Vec::new();
    for item in items {
        joined.push(item);
        while let [.., left, right] = joined.as_slice()
            && rounds(left) <= rounds(right)
            && let (Some(right), Some(left)) = (joined.pop(), joined.pop())
        {
            joined.push(join(left, right));
        }
    }
    let mut result = joined.pop()?;
    while let Some(left) = joined.pop() {
        result = join(left, result);
    }
    Some(result)
}

/// A word of the new graph widened with zeros.
fn widened(rebuild: &mut Rebuild<'_>, a: WireId, width: u32, span: Span) -> WireId {
    rebuild.build(Op::Extend { a, width, signed: false }, span)
}
