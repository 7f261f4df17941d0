//! A choice between a sum and one of its terms becomes a sum: `if c { total += x }` adds `x` or nothing.
//!
//! `c ? s + x : s` takes an addition and a choice one after the other, `s + (c ? x : 0)` takes the same two, but the choice does
//! not wait for `s`, and is free where `x` is a constant, as in `if c { count += 1 }`. The next pass then sees one sum
//! where there was a chain of choices. So with every operation that has a word which changes nothing.
//!
//! Where both sides do the same to the same word (`c ? s + x : s + y`, `c ? s / x : s / y`), it is done once, to a choice.

use arcis_circuit::{Bits, Op, WireId};

use super::rebuild::{Rebuild, count_uses, used_wires};
use crate::graph::Graph;
use crate::source::Span;

/// The pass.
pub(super) fn accumulate(graph: &Graph, outputs: &[WireId]) -> (Graph, Vec<WireId>) {
    let used = used_wires(graph, outputs);
    let uses = count_uses(graph, outputs, &used);
    let mut rebuild = Rebuild::new(graph, used.len());
    for (wire, node) in graph.nodes().filter(|(wire, _)| used[*wire as usize]) {
        if let Op::Select { condition, when_true, when_false } = node.op {
            let choice = Choice {
                condition: rebuild.number(condition),
                sides: [when_true, when_false].map(|side| rebuild.number(side)),
                // What is read elsewhere too has to be made as it is.
                removable: [when_true, when_false].map(|side| uses[side as usize] == 1),
                span: node.span,
            };
            if let Some(number) = choice.moved(&mut rebuild.new) {
                rebuild.set(wire, number);
                continue;
            }
        }
        rebuild.copy(wire, node);
    }
    rebuild.finish(outputs)
}

/// A choice in the new graph.
struct Choice {
    condition: WireId,
    /// The word if the condition holds, and if not.
    sides: [WireId; 2],
    removable: [bool; 2],
    span: Span,
}

impl Choice {
    /// The same word with the choice made earlier.
    fn moved(&self, graph: &mut Graph) -> Option<WireId> {
        if self.removable == [true; 2]
            && let Some(once) = self.of_one_operation(graph)
        {
            return Some(once);
        }
        (0..2).find_map(|side| if self.removable[side] { self.of_operand(graph, side) } else { None })
    }

    /// `c ? f(s, x) : s` as `f(s, c ? x : neutral)`.
    fn of_operand(&self, graph: &mut Graph, side: usize) -> Option<WireId> {
        let other = self.sides[1 - side];
        let op = graph.op(self.sides[side])?.clone();
        let (x, neutral) = match op {
            Op::Sub(a, b) if a == other => (b, Neutral::Zero),
            Op::Add(a, b) | Op::Xor(a, b) | Op::Or(a, b) => (without(a, b, other)?, Neutral::Zero),
            Op::And(a, b) => (without(a, b, other)?, Neutral::Ones),
            // A product with a constant is cheaper than one with a secret.
            Op::Mul(a, b) => (without(a, b, other).filter(|x| !graph.is_public(*x))?, Neutral::One),
            _ => return None,
        };
        let width = graph.width(other) as usize;
        let neutral = match neutral {
            Neutral::Zero => Bits::zeros(width),
            Neutral::One => Bits::from_u64(1, width),
            Neutral::Ones => Bits::ones(width),
        };
        let neutral = graph.constant(neutral, self.span);
        let mut choice = [neutral; 2];
        choice[side] = x;
        let x = self.between(graph, choice);
        let op = match op {
            Op::Sub(..) => Op::Sub(other, x),
            Op::Add(..) => Op::Add(other, x),
            Op::Xor(..) => Op::Xor(other, x),
            Op::Or(..) => Op::Or(other, x),
            Op::And(..) => Op::And(other, x),
            _ => Op::Mul(other, x),
        };
        Some(graph.build(op, self.span))
    }

    /// `c ? f(s, x) : f(s, y)` as `f(s, c ? x : y)`.
    fn of_one_operation(&self, graph: &mut Graph) -> Option<WireId> {
        let [yes, no] = self.sides.map(|side| graph.op(side).cloned());
        let secret = |graph: &Graph, x, y| !graph.is_public(x) && !graph.is_public(y);
        match (yes?, no?) {
            (Op::Add(a, b), Op::Add(c, d)) => {
                let (s, x, y) = common(a, b, c, d)?;
                let x = self.between(graph, [x, y]);
                Some(graph.build(Op::Add(s, x), self.span))
            }
            (Op::Sub(a, b), Op::Sub(c, d)) if a == c || b == d => {
                let (a, b) = (self.between(graph, [a, c]), self.between(graph, [b, d]));
                Some(graph.build(Op::Sub(a, b), self.span))
            }
            (Op::Sub(s, x), Op::Add(a, b)) => {
                let added = without(a, b, s)?;
                Some(self.subtracted_or_added(graph, s, [x, added], 0))
            }
            (Op::Add(a, b), Op::Sub(s, x)) => {
                let added = without(a, b, s)?;
                Some(self.subtracted_or_added(graph, s, [added, x], 1))
            }
            // What is known makes these cheaper than the choice between two of them.
            (Op::Mul(a, b), Op::Mul(c, d)) => {
                let (s, x, y) = common(a, b, c, d).filter(|(_, x, y)| secret(graph, *x, *y))?;
                let x = self.between(graph, [x, y]);
                Some(graph.build(Op::Mul(s, x), self.span))
            }
            (Op::Div { a, b, signed }, Op::Div { a: c, b: d, signed: other })
                if signed == other && (a == c || secret(graph, a, c)) && (b == d || secret(graph, b, d)) =>
            {
                let (a, b) = (self.between(graph, [a, c]), self.between(graph, [b, d]));
                Some(graph.build(Op::Div { a, b, signed }, self.span))
            }
            (Op::Rem { a, b, signed }, Op::Rem { a: c, b: d, signed: other })
                if signed == other && (a == c || secret(graph, a, c)) && (b == d || secret(graph, b, d)) =>
            {
                let (a, b) = (self.between(graph, [a, c]), self.between(graph, [b, d]));
                Some(graph.build(Op::Rem { a, b, signed }, self.span))
            }
            _ => None,
        }
    }

    /// `s` with one of two words, of which one is subtracted: `-x = !x + 1`.
    fn subtracted_or_added(
        &self,
        graph: &mut Graph,
        s: WireId,
        mut words: [WireId; 2],
        subtracted: usize,
    ) -> WireId {
        let width = graph.width(s);
        words[subtracted] = graph.build(Op::Not(words[subtracted]), self.span);
        let word = self.between(graph, words);
        let mut one = self.condition;
        if subtracted == 1 {
            one = graph.build(Op::Not(one), self.span);
        }
        let one = graph.build(Op::Extend { a: one, width, signed: false }, self.span);
        let sum = graph.build(Op::Add(s, word), self.span);
        graph.build(Op::Add(sum, one), self.span)
    }

    fn between(&self, graph: &mut Graph, [when_true, when_false]: [WireId; 2]) -> WireId {
        graph.build(Op::Select { condition: self.condition, when_true, when_false }, self.span)
    }
}

/// The word with which an operation changes nothing.
enum Neutral {
    Zero,
    One,
    Ones,
}

/// The operand that is not `s`, of two of which the other one is.
fn without(a: WireId, b: WireId, s: WireId) -> Option<WireId> {
    if a == s {
        Some(b)
    } else if b == s {
        Some(a)
    } else {
        None
    }
}

/// The operand that two pairs have in common, and the other one of each.
fn common(a: WireId, b: WireId, c: WireId, d: WireId) -> Option<(WireId, WireId, WireId)> {
    match () {
        () if a == c => Some((a, b, d)),
        () if a == d => Some((a, b, c)),
        () if b == c => Some((b, a, d)),
        () if b == d => Some((b, a, c)),
        () => None,
    }
}
