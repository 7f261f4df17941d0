//! Chains of choices, the last of which counts: `if c { x = v }` again and again.
//!
//! A part of such a chain is a condition and a word: the word that it leaves if the condition holds, and the condition is that
//! any of its choices is made. Two parts one after the other are `(c1 | c2, c2 ? v2 : v1)`, which is associative. What there
//! was before the chain is a part whose condition always holds. A tree takes as many choices of words as the chain, and a
//! disjunction of two bits with each.

use arcis_circuit::{Op, WireId};

use super::{Chained, SHORTEST, join_in_order, widened};
use crate::passes::rebuild::Rebuild;
use crate::passes::rounds;
use crate::source::Span;

/// The chains of a graph.
pub(super) struct Choices<'a> {
    chained: &'a Chained<'a>,
    /// The choice that each choice goes on from, where there is one.
    links: Vec<Option<Link>>,
    within: Vec<bool>,
}

/// How a choice goes on from another one.
#[derive(Clone, Copy)]
struct Link {
    before: WireId,
    /// Whether the choice before is what is taken if the condition holds.
    when_true: bool,
}

/// A part of a chain.
#[derive(Clone, Copy)]
struct Part {
    /// Whether a choice of it is made; `None` if certainly.
    condition: Option<(WireId, u32)>,
    word: (WireId, u32),
}

impl<'a> Choices<'a> {
    pub(super) fn find(chained: &'a Chained<'a>) -> Self {
        let mut links = vec![None; chained.uses.len()];
        let mut within = vec![false; chained.uses.len()];
        let mut late = Vec::new();
        rounds::extend(chained.graph, &mut late);
        for (wire, op) in chained.ops() {
            let Op::Select { when_true, when_false, .. } = *op else { continue };
            let before = |side| {
                let before = chained.through_zeros(side);
                let is_choice = matches!(chained.graph.op(before), Some(Op::Select { .. }));
                (is_choice && chained.is_link(before)).then_some(before)
            };
            let lateness = |wire: Option<WireId>| wire.map(|wire| late[wire as usize]);
            let (yes, no) = (before(when_true), before(when_false));
            let link = if lateness(yes) > lateness(no) {
                yes.map(|before| Link { before, when_true: true })
            } else {
                no.map(|before| Link { before, when_true: false })
            };
            if let Some(link) = link {
                within[link.before as usize] = true;
            }
            links[wire as usize] = link;
        }
        Self { chained, links, within }
    }

    /// The tree of the chain that ends in a wire.
    pub(super) fn tree(&self, wire: WireId, rebuild: &mut Rebuild<'_>, span: Span) -> Option<WireId> {
        if self.within[wire as usize] {
            return None;
        }
        let steps = self.steps(wire);
        if steps.len() < SHORTEST {
            return None;
        }
        let width = self.chained.graph.width(wire);
        let parts: Vec<_> = steps.iter().rev().map(|step| self.part(step, width, rebuild, span)).collect();
        let first = self.first(&steps, width, rebuild, span)?;
        let mut last = first.word.1;
        for part in &parts {
            last = last.max(part.word.1).max(part.condition.map_or(0, |it| it.1)) + 1;
        }
        let parts = || std::iter::once(first).chain(parts.iter().copied());
        let estimate = join_in_order(parts(), Part::rounds, |left, right| Part {
            condition: left.condition.map(|it| (0, it.1.max(right.rounds()) + 1)),
            word: (0, left.word.1.max(right.rounds()) + 1),
        })?;
        if estimate.word.1 >= last {
            return None;
        }
        let tree = join_in_order(parts(), Part::rounds, |left, right| {
            // Only the first part has no condition, and that is never the right one.
            let Some((made, _)) = right.condition else { return right };
            let either = left.condition.map(|(condition, _)| rebuild.build(Op::Or(condition, made), span));
            let op = Op::Select { condition: made, when_true: right.word.0, when_false: left.word.0 };
            let word = rebuild.build(op, span);
            Part {
                condition: either.map(|either| (either, rebuild.rounds(either))),
                word: (word, rebuild.rounds(word)),
            }
        });
        tree.map(|tree| tree.word.0)
    }

    /// The choices of a chain, the last one first.
    fn steps(&self, last: WireId) -> Vec<WireId> {
        std::iter::successors(Some(last), |wire| self.links[*wire as usize].map(|link| link.before)).collect()
    }

    fn part(&self, step: &WireId, width: u32, rebuild: &mut Rebuild<'_>, span: Span) -> Part {
        let (mut condition, mut word) = (0, 0);
        if let Some(&Op::Select { condition: given, when_true, when_false }) = self.chained.graph.op(*step) {
            let keeps_true = self.links[*step as usize].is_some_and(|link| link.when_true);
            condition = rebuild.number(given);
            if keeps_true {
                condition = rebuild.build(Op::Not(condition), span);
            }
            let given = rebuild.number(if keeps_true { when_false } else { when_true });
            word = widened(rebuild, given, width, span);
        }
        Part { condition: Some((condition, rebuild.rounds(condition))), word: (word, rebuild.rounds(word)) }
    }

    /// What there was before the chain.
    fn first(&self, steps: &[WireId], width: u32, rebuild: &mut Rebuild<'_>, span: Span) -> Option<Part> {
        let Op::Select { when_false, .. } = self.chained.graph.op(*steps.last()?)? else { return None };
        let given = rebuild.number(*when_false);
        let word = widened(rebuild, given, width, span);
        Some(Part { condition: None, word: (word, rebuild.rounds(word)) })
    }
}

impl Part {
    /// How late all of it is known.
    fn rounds(&self) -> u32 {
        self.word.1.max(self.condition.map_or(0, |it| it.1))
    }
}
