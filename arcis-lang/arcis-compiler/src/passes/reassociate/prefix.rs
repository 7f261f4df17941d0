//! Conjunctions and disjunctions of bits, all of whose steps may be read.
//!
//! After `done = done | found[i]` in a loop, whatever the loop does under `!done` reads every step. All steps come from a
//! parallel prefix (J. Sklansky, "Conditional-sum addition logic", 1960): a step joins blocks of elements, each a power of
//! two long, so that it is as deep as the logarithm of its place. It takes more operations than the chain, which are ANDs of
//! single bits; those of whole words are not worth it, and stay.

use std::collections::HashMap;

use arcis_circuit::WireId;

use super::operators::{Operation, earliest_first};
use crate::passes::rebuild::Rebuild;
use crate::source::Span;

/// The chains so far.
#[derive(Default)]
pub(super) struct Prefixes {
    chains: Vec<Chain>,
    /// Chain and place of a step, by its wire in the old graph. Only ever looked up.
    steps: HashMap<WireId, (usize, usize)>,
}

struct Chain {
    operation: Operation,
    /// What each step adds, in the new graph.
    elements: Vec<WireId>,
    /// Blocks that are there, from one place to before another. Only ever looked up.
    blocks: HashMap<(usize, usize), WireId>,
    /// How late blocks that are not there would be known.
    estimates: HashMap<(usize, usize), u32>,
}

impl Prefixes {
    /// A step that joins these terms, of which one may be an earlier step.
    pub(super) fn extend(
        &mut self,
        operation: Operation,
        wire: WireId,
        terms: &[WireId],
        rebuild: &mut Rebuild<'_>,
        span: Span,
    ) -> WireId {
        let before = terms
            .iter()
            .filter_map(|term| self.steps.get(term).map(|step| (*term, *step)))
            .filter(|(_, (chain, _))| self.chains[*chain].operation == operation)
            .max_by_key(|(term, (_, place))| (*place, *term));
        let own = |but: Option<WireId>| terms.iter().filter(move |term| Some(**term) != but);
        let Some((former, (chain, place))) = before else {
            let words = own(None).map(|term| rebuild.number(*term)).collect();
            let first = earliest_first(rebuild, operation, words, span);
            self.begin(operation, wire, vec![first]);
            return first;
        };
        let words: Vec<_> = own(Some(former)).map(|term| rebuild.number(*term)).collect();
        let former = rebuild.number(former);
        if words.is_empty() {
            return former;
        }
        let element = earliest_first(rebuild, operation, words, span);
        if self.chains[chain].elements.len() == place + 1 {
            self.chains[chain].elements.push(element);
            self.steps.insert(wire, (chain, place + 1));
        } else {
            // Another step goes on from there already.
            self.begin(operation, wire, vec![former, element]);
        }
        let (chain, place) = self.steps[&wire];
        let chain = &mut self.chains[chain];
        let by_one = rebuild.rounds(former).max(rebuild.rounds(element)) + 1;
        if chain.rounds(0, place + 1, rebuild) < by_one {
            chain.block(0, place + 1, rebuild, span)
        } else {
            let step = rebuild.build(operation.op(former, element), span);
            chain.blocks.insert((0, place + 1), step);
            step
        }
    }

    fn begin(&mut self, operation: Operation, wire: WireId, elements: Vec<WireId>) {
        self.steps.insert(wire, (self.chains.len(), elements.len() - 1));
        self.chains.push(Chain { operation, elements, blocks: HashMap::new(), estimates: HashMap::new() });
    }
}

impl Chain {
    /// Where a block is divided.
    fn middle(from: usize, to: usize) -> usize {
        from + (to - from).next_power_of_two() / 2
    }

    /// How late a block is known, or would be.
    fn rounds(&mut self, from: usize, to: usize, rebuild: &mut Rebuild<'_>) -> u32 {
        if to - from == 1 {
            return rebuild.rounds(self.elements[from]);
        }
        if let Some(block) = self.blocks.get(&(from, to)) {
            return rebuild.rounds(*block);
        }
        if let Some(rounds) = self.estimates.get(&(from, to)) {
            return *rounds;
        }
        let middle = Self::middle(from, to);
        let rounds = self.rounds(from, middle, rebuild).max(self.rounds(middle, to, rebuild)) + 1;
        self.estimates.insert((from, to), rounds);
        rounds
    }

    fn block(&mut self, from: usize, to: usize, rebuild: &mut Rebuild<'_>, span: Span) -> WireId {
        if to - from == 1 {
            return self.elements[from];
        }
        if let Some(block) = self.blocks.get(&(from, to)) {
            return *block;
        }
        let middle = Self::middle(from, to);
        let (low, high) = (self.block(from, middle, rebuild, span), self.block(middle, to, rebuild, span));
        let block = rebuild.build(self.operation.op(low, high), span);
        self.blocks.insert((from, to), block);
        block
    }
}
