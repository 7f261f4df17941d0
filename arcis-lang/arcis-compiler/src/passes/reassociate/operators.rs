//! Sums, products, conjunctions and disjunctions.
//!
//! The order of the operands does not matter either, so those known early are joined first, as in Huffman's construction,
//! which gives the least depth; what everybody knows comes first of all. Sums and differences are one operation
//! ([`Op::Sum`]), whose carries run once for all words.
//!
//! Sums of words with zeros above are narrowed as they are built ([`Graph::build`]), each to a bit more than the one before, so
//! a chain goes on through widenings, where what is widened did not wrap.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use arcis_circuit::{Bits, Op, WireId};

use super::prefix::Prefixes;
use super::{Chained, SHORTEST, rounds, widened};
use crate::graph::Graph;
use crate::passes::rebuild::Rebuild;
use crate::source::Span;

/// An associative operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Operation {
    Sum,
    Product,
    And,
    Or,
}

impl Operation {
    fn of(op: &Op) -> Option<Self> {
        match op {
            Op::Add(..) | Op::Sub(..) | Op::Neg(_) => Some(Self::Sum),
            Op::Mul(..) => Some(Self::Product),
            Op::And(..) => Some(Self::And),
            Op::Or(..) => Some(Self::Or),
            _ => None,
        }
    }

    /// The operation on two words.
    pub(super) fn op(self, a: WireId, b: WireId) -> Op {
        match self {
            Self::Sum => Op::Add(a, b),
            Self::Product => Op::Mul(a, b),
            Self::And => Op::And(a, b),
            Self::Or => Op::Or(a, b),
        }
    }
}

/// A term of a chain: a wire of the old graph, and whether it is subtracted.
type Term = (WireId, bool);

/// The chains of a graph.
pub(super) struct Operators<'a> {
    chained: &'a Chained<'a>,
    /// Wires that continue a chain, whose tree is built at its end.
    within: Vec<bool>,
    prefixes: Prefixes,
}

impl<'a> Operators<'a> {
    pub(super) fn find(chained: &'a Chained<'a>) -> Self {
        let mut within = vec![false; chained.uses.len()];
        for (_, op) in chained.ops() {
            let Some(operation) = Operation::of(op) else { continue };
            for operand in op.operands() {
                if let Some(inner) = continues(chained, operation, operand) {
                    within[inner as usize] = true;
                }
            }
        }
        Self { chained, within, prefixes: Prefixes::default() }
    }

    /// The tree of the chain that ends in a wire.
    pub(super) fn tree(&mut self, wire: WireId, rebuild: &mut Rebuild<'_>, span: Span) -> Option<WireId> {
        let operation = Operation::of(self.chained.graph.op(wire)?)?;
        if self.within[wire as usize] {
            return None;
        }
        let terms = terms(self.chained, operation, wire);
        let width = self.chained.graph.width(wire);
        if width == 1 && matches!(operation, Operation::And | Operation::Or) {
            let terms: Vec<_> = terms.into_iter().map(|(term, _)| term).collect();
            return Some(self.prefixes.extend(operation, wire, &terms, rebuild, span));
        }
        if terms.len() < SHORTEST {
            return None;
        }
        if operation == Operation::Sum {
            return Some(sum(rebuild, &terms, width, span));
        }
        let words = terms.into_iter().map(|(term, _)| {
            let number = rebuild.number(term);
            widened(rebuild, number, width, span)
        });
        let words: Vec<_> = words.collect();
        Some(earliest_first(rebuild, operation, words, span))
    }
}

/// The wire by which a chain goes on at an operand, if nothing else reads it.
fn continues(chained: &Chained<'_>, operation: Operation, operand: WireId) -> Option<WireId> {
    let inner = chained.through_zeros(operand);
    let op = chained.graph.op(inner).filter(|_| chained.is_link(inner))?;
    let is_same = Operation::of(op) == Some(operation);
    (is_same && (inner == operand || is_exact(chained.graph, op))).then_some(inner)
}

/// Whether the result is that of the integers: nothing wraps.
fn is_exact(graph: &Graph, op: &Op) -> bool {
    let bits = |wire| graph.significant_bits(wire);
    match *op {
        Op::Add(a, b) => bits(a).max(bits(b)) < graph.width(a),
        Op::Mul(a, b) => bits(a) + bits(b) <= graph.width(a),
        Op::And(..) | Op::Or(..) => true,
        _ => false,
    }
}

/// What a chain that ends in a wire joins.
fn terms(chained: &Chained<'_>, operation: Operation, wire: WireId) -> Vec<Term> {
    let mut terms = Vec::new();
    let mut open = vec![(wire, false, true)];
    while let Some((wire, negative, is_inner)) = open.pop() {
        if !is_inner {
            terms.push((wire, negative));
            continue;
        }
        let mut operand = |operand, negative| match continues(chained, operation, operand) {
            Some(inner) => open.push((inner, negative, true)),
            None => open.push((operand, negative, false)),
        };
        match chained.graph.op(wire) {
            Some(Op::Sub(a, b)) => {
                operand(*b, !negative);
                operand(*a, negative);
            }
            Some(Op::Neg(a)) => operand(*a, !negative),
            Some(Op::Add(a, b) | Op::Mul(a, b) | Op::And(a, b) | Op::Or(a, b)) => {
                operand(*b, negative);
                operand(*a, negative);
            }
            _ => {}
        }
    }
    terms
}

/// Positive and negative terms as few sums: one, unless some terms are known so late that the others can be added before.
fn sum(rebuild: &mut Rebuild<'_>, terms: &[Term], width: u32, span: Span) -> WireId {
    let mut words = Vec::with_capacity(terms.len());
    let mut subtracted: u64 = 0;
    for &(term, negative) in terms {
        let number = rebuild.number(term);
        let word = widened(rebuild, number, width, span);
        // -x = !x + 1.
        subtracted += u64::from(negative);
        words.push(if negative { rebuild.build(Op::Not(word), span) } else { word });
    }
    let constant = rebuild.new.constant(wrapped(subtracted, width), span);
    let mut secret = Vec::with_capacity(words.len());
    let mut public = vec![constant];
    for word in words {
        if rebuild.new.is_public(word) { public.push(word) } else { secret.push(word) }
    }
    secret.push(rebuild.new.sum(&public, width, span));
    let mut timed: Vec<_> = secret.into_iter().map(|word| (rebuild.rounds(word), word)).collect();
    timed.sort_unstable();
    let mut group: Vec<WireId> = Vec::new();
    let mut latest = 0;
    for (round, word) in timed {
        if group.len() > 1 && round > latest + rounds::sum(group.len(), width) {
            group = vec![rebuild.new.sum(&group, width, span)];
        }
        latest = round;
        group.push(word);
    }
    rebuild.new.sum(&group, width, span)
}

/// The low bits of a number.
fn wrapped(value: u64, width: u32) -> Bits {
    (0..width).map(|place| place < 64 && value >> place & 1 == 1).collect()
}

/// Joins words, those known early first.
pub(super) fn earliest_first(
    rebuild: &mut Rebuild<'_>,
    operation: Operation,
    words: Vec<WireId>,
    span: Span,
) -> WireId {
    let mut heap = BinaryHeap::new();
    for (order, word) in words.into_iter().enumerate() {
        let is_secret = !rebuild.new.is_public(word);
        heap.push(Reverse((is_secret, rebuild.rounds(word), order, word)));
    }
    let mut order = heap.len();
    loop {
        match (heap.pop(), heap.pop()) {
            (Some(Reverse((.., a))), Some(Reverse((.., b)))) => {
                let joined = rebuild.build(operation.op(a, b), span);
                let is_secret = !rebuild.new.is_public(joined);
                heap.push(Reverse((is_secret, rebuild.rounds(joined), order, joined)));
                order += 1;
            }
            (Some(Reverse((.., word))), None) => return word,
            // There is at least one.
            (None, _) => return 0,
        }
    }
}
