//! The greatest or least of many: `if x > most { most = x; place = i; }` again and again.
//!
//! A step compares a key with the one kept so far, and chooses by the result between the two keys, and between whatever else is
//! kept with them. With a strict order of keys, "of two, the one on the right if it wins" is associative, whichever
//! way ties go: the leftmost or the rightmost of the best wins. A condition for taking part (`if open[i] && x > most`) is
//! kept as a bit: whether anybody takes part so far. What there was before the loop takes part.
//!
//! A tree takes as many comparisons and choices as the chain.

use std::collections::HashMap;

use arcis_circuit::{Op, WireId};

use super::{Chained, SHORTEST, join_in_order, rounds, widened};
use crate::passes::rebuild::Rebuild;
use crate::source::Span;

/// The contests of a graph.
pub(super) struct Contests {
    contests: Vec<Contest>,
    /// The contest and the lane whose last word a wire is. Only ever looked up.
    results: HashMap<WireId, (usize, usize)>,
}

/// A chain of steps.
struct Contest {
    /// The first one first.
    steps: Vec<Step>,
    /// The matches that are played: the places of the two, and whether the one on the right wins. `None` as long as it
    /// was not asked for, and no matches if the chain is as good.
    matches: Option<Vec<Match>>,
    span: Span,
}

#[derive(Clone, Copy)]
struct Match {
    left: usize,
    right: usize,
    right_wins: WireId,
}

/// A comparison, and the choices made by its result.
#[derive(Clone)]
struct Step {
    order: Order,
    /// What else has to hold, or not to hold, for the new one to win.
    conditions: Vec<(WireId, bool)>,
    /// What is chosen, the key first.
    lanes: Vec<Lane>,
}

/// When the new key wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Order {
    signed: bool,
    /// Whether it is the new key that has to be less.
    new_less: bool,
    /// Whether it wins if that is not so.
    negated: bool,
}

#[derive(Clone, Copy)]
struct Lane {
    /// The wire of the choice.
    chosen: WireId,
    /// The word kept so far.
    kept: WireId,
    new: WireId,
}

impl Contests {
    pub(super) fn find(chained: &Chained<'_>) -> Self {
        let steps = steps(chained);
        // The steps by the wire of their key.
        let mut by_key: HashMap<WireId, Vec<usize>> = HashMap::new();
        for (index, step) in steps.iter().enumerate() {
            by_key.entry(step.lanes[0].chosen).or_default().push(index);
        }
        let mut before = vec![None; steps.len()];
        let mut is_before = vec![false; steps.len()];
        for (index, step) in steps.iter().enumerate() {
            if let Some(former) = former_step(chained, step, &steps, &by_key) {
                is_before[former.0] = true;
                before[index] = Some(former);
            }
        }
        let mut found = Self { contests: Vec::new(), results: HashMap::new() };
        for last in (0..steps.len()).filter(|index| !is_before[*index]) {
            let mut chain = vec![steps[last].clone()];
            let mut index = last;
            // Lanes of the step before, in the order of the last one's.
            let mut order: Vec<usize> = (0..steps[last].lanes.len()).collect();
            while let Some((former, lanes)) = &before[index] {
                order = order.iter().map(|lane| lanes[*lane]).collect();
                let step = &steps[*former];
                let lanes = order.iter().map(|lane| step.lanes[*lane]).collect();
                chain.push(Step { lanes, ..step.clone() });
                index = *former;
            }
            if chain.len() < SHORTEST {
                continue;
            }
            chain.reverse();
            for (lane, result) in steps[last].lanes.iter().enumerate() {
                found.results.insert(result.chosen, (found.contests.len(), lane));
            }
            let span =
                chained.graph.node(steps[last].lanes[0].chosen).map_or_else(Span::default, |it| it.span);
            found.contests.push(Contest { steps: chain, matches: None, span });
        }
        found
    }

    /// The tree of the chain that ends in a wire.
    pub(super) fn tree(&mut self, wire: WireId, rebuild: &mut Rebuild<'_>) -> Option<WireId> {
        let (contest, lane) = *self.results.get(&wire)?;
        let contest = &mut self.contests[contest];
        let width = rebuild.old.width(wire);
        let matches = contest.matches(rebuild);
        if matches.is_empty() {
            return None;
        }
        let mut words = contest.words(lane, width, rebuild);
        for it in &matches {
            let op = Op::Select {
                condition: it.right_wins,
                when_true: words[it.right],
                when_false: words[it.left],
            };
            words[it.left] = rebuild.build(op, contest.span);
        }
        words.first().copied()
    }
}

/// The steps that nothing else looks into.
fn steps(chained: &Chained<'_>) -> Vec<Step> {
    // Conditions in the order in which they come first, so that the result does not depend on the hash map.
    let mut order: Vec<WireId> = Vec::new();
    let mut choices: HashMap<WireId, Vec<WireId>> = HashMap::new();
    for (wire, op) in chained.ops() {
        if let Op::Select { condition, .. } = op {
            choices
                .entry(*condition)
                .or_insert_with(|| {
                    order.push(*condition);
                    Vec::new()
                })
                .push(wire);
        }
    }
    order.iter().flat_map(|condition| steps_of(chained, *condition, &choices[condition])).collect()
}

/// The step of a condition, if one of the choices is that of the keys compared: both ways round, unless it shows which of the
/// two is kept.
fn steps_of(chained: &Chained<'_>, condition: WireId, choices: &[WireId]) -> Vec<Step> {
    if chained.uses[condition as usize] as usize != choices.len() {
        return Vec::new();
    }
    let graph = chained.graph;
    let sides = |wire: WireId| match graph.op(wire) {
        Some(&Op::Select { when_true, when_false, .. }) => (when_true, when_false),
        _ => (wire, wire),
    };
    for is_or in [false, true] {
        let (comparisons, others) = junction(chained, condition, is_or);
        for &(comparison, negated) in &comparisons {
            let Some(&Op::Less { a, b, signed }) = graph.op(comparison) else { continue };
            let is_key = |wire: &WireId| sides(*wire) == (a, b) || sides(*wire) == (b, a);
            let Some(key) = choices.iter().copied().find(is_key) else { continue };
            let rest = choices.iter().copied().filter(|wire| *wire != key);
            let choices: Vec<_> = std::iter::once(key).chain(rest).collect();
            let conditions: Vec<_> = comparisons
                .iter()
                .filter(|it| it.0 != comparison)
                .chain(&others)
                .map(|&(wire, negated)| (wire, negated != is_or))
                .collect();
            // All conditions of a conjunction hold where the new one wins, none of a disjunction.
            let ways = if conditions.is_empty() { vec![true, false] } else { vec![!is_or] };
            let step = |new_if_true: bool| {
                let lanes = choices.iter().map(|&chosen| match (sides(chosen), new_if_true) {
                    ((new, kept), true) | ((kept, new), false) => Lane { chosen, kept, new },
                });
                let lanes: Vec<_> = lanes.collect();
                let order = Order { signed, new_less: a == lanes[0].new, negated: negated == new_if_true };
                Step { order, conditions: conditions.clone(), lanes }
            };
            return ways.into_iter().map(step).collect();
        }
    }
    Vec::new()
}

/// The comparisons of a conjunction or disjunction, and what else it joins; with each whether it is negated.
#[allow(clippy::type_complexity, reason = "two lists of the same")]
fn junction(
    chained: &Chained<'_>,
    condition: WireId,
    is_or: bool,
) -> (Vec<(WireId, bool)>, Vec<(WireId, bool)>) {
    let (mut comparisons, mut others) = (Vec::new(), Vec::new());
    let mut open = vec![(condition, true)];
    while let Some((wire, is_link)) = open.pop() {
        match chained.graph.op(wire) {
            Some(Op::And(a, b)) if !is_or && is_link => {
                open.extend([(*b, chained.is_link(*b)), (*a, chained.is_link(*a))]);
            }
            Some(Op::Or(a, b)) if is_or && is_link => {
                open.extend([(*b, chained.is_link(*b)), (*a, chained.is_link(*a))]);
            }
            Some(Op::Less { .. }) if is_link => comparisons.push((wire, false)),
            Some(Op::Not(a)) if is_link && chained.is_link(*a) => match chained.graph.op(*a) {
                Some(Op::Less { .. }) => comparisons.push((*a, true)),
                _ => others.push((wire, false)),
            },
            _ => others.push((wire, false)),
        }
    }
    (comparisons, others)
}

/// The step that another one goes on from, and which of its lanes each lane goes on from.
fn former_step(
    chained: &Chained<'_>,
    step: &Step,
    steps: &[Step],
    by_key: &HashMap<WireId, Vec<usize>>,
) -> Option<(usize, Vec<usize>)> {
    // What is kept, and nothing but this step reads; `reads` times.
    let former_word = |wire: WireId, reads: u32| match chained.graph.op(wire) {
        _ if chained.uses[wire as usize] != reads => None,
        Some(Op::Extend { a, signed: false, .. }) if chained.is_link(*a) => Some(*a),
        _ => Some(wire),
    };
    // The comparison reads it, and the choice.
    let key = former_word(step.lanes[0].kept, 2)?;
    let widened = key != step.lanes[0].kept;
    if widened && step.order.signed {
        return None;
    }
    let index = *by_key.get(&key)?.iter().find(|index| {
        let former = &steps[**index];
        former.order == step.order && former.lanes.len() == step.lanes.len()
    })?;
    let mut lanes = vec![0];
    for lane in &step.lanes[1..] {
        let word = former_word(lane.kept, 1)?;
        let place = steps[index].lanes.iter().skip(1).position(|it| it.chosen == word)? + 1;
        lanes.push(place);
    }
    Some((index, lanes))
}

/// One that takes part, or several of whom the best is known.
struct Contender {
    place: usize,
    key: WireId,
    /// Whether anybody takes part; `None` if certainly.
    present: Option<WireId>,
    rounds: u32,
}

impl Contest {
    /// The words of a lane: what there was before, then those of the steps.
    fn words(&self, lane: usize, width: u32, rebuild: &mut Rebuild<'_>) -> Vec<WireId> {
        let first = self.steps.first().map(|step| step.lanes[lane].kept);
        let words = first.into_iter().chain(self.steps.iter().map(|step| step.lanes[lane].new));
        words
            .map(|word| {
                let word = rebuild.number(word);
                widened(rebuild, word, width, self.span)
            })
            .collect()
    }

    /// The matches, none if the chain is as good.
    fn matches(&mut self, rebuild: &mut Rebuild<'_>) -> Vec<Match> {
        if let Some(matches) = &self.matches {
            return matches.clone();
        }
        let matches = self.play(rebuild).unwrap_or_default();
        self.matches = Some(matches.clone());
        matches
    }

    fn play(&self, rebuild: &mut Rebuild<'_>) -> Option<Vec<Match>> {
        let last = self.steps.last()?;
        let width = rebuild.old.width(last.lanes[0].chosen);
        let order = last.order;
        let keys = self.words(0, width, rebuild);
        let mut contenders = Vec::with_capacity(keys.len());
        for (place, key) in keys.into_iter().enumerate() {
            let conditions = place.checked_sub(1).map(|step| self.steps[step].conditions.as_slice());
            let present = self.all_of(conditions.unwrap_or_default(), rebuild);
            let rounds = rebuild.rounds(key).max(present.map_or(0, |it| rebuild.rounds(it)));
            contenders.push(Contender { place, key, present, rounds });
        }
        let each = rounds::doublings(width) + 2;
        let chain = contenders.iter().map(|it| it.rounds).reduce(|kept, new| kept.max(new) + each)?;
        let estimate = join_in_order(
            contenders.iter().map(|it| it.rounds),
            |it| *it,
            |left, right| left.max(right) + each,
        )?;
        if estimate >= chain {
            return None;
        }
        let mut matches = Vec::with_capacity(contenders.len());
        join_in_order(
            contenders,
            |it| it.rounds,
            |left, right| {
                let right_wins = self.right_wins(order, &left, &right, rebuild);
                matches.push(Match { left: left.place, right: right.place, right_wins });
                let choice = Op::Select { condition: right_wins, when_true: right.key, when_false: left.key };
                let key = rebuild.build(choice, self.span);
                let present = match (left.present, right.present) {
                    (Some(left), Some(right)) => Some(rebuild.build(Op::Or(left, right), self.span)),
                    _ => None,
                };
                let rounds = rebuild.rounds(key).max(present.map_or(0, |it| rebuild.rounds(it)));
                Contender { place: left.place, key, present, rounds }
            },
        )?;
        Some(matches)
    }

    /// Whether all conditions hold; `None` if there are none.
    fn all_of(&self, conditions: &[(WireId, bool)], rebuild: &mut Rebuild<'_>) -> Option<WireId> {
        conditions.iter().fold(None, |all, &(condition, negated)| {
            let mut wire = rebuild.number(condition);
            if negated {
                wire = rebuild.build(Op::Not(wire), self.span);
            }
            Some(match all {
                Some(all) => rebuild.build(Op::And(all, wire), self.span),
                None => wire,
            })
        })
    }

    fn right_wins(
        &self,
        order: Order,
        left: &Contender,
        right: &Contender,
        rebuild: &mut Rebuild<'_>,
    ) -> WireId {
        let (a, b) = if order.new_less { (right.key, left.key) } else { (left.key, right.key) };
        let mut wins = rebuild.build(Op::Less { a, b, signed: order.signed }, self.span);
        if order.negated {
            wins = rebuild.build(Op::Not(wins), self.span);
        }
        if let Some(present) = left.present {
            let alone = rebuild.build(Op::Not(present), self.span);
            wins = rebuild.build(Op::Or(wins, alone), self.span);
        }
        match right.present {
            Some(present) => rebuild.build(Op::And(wins, present), self.span),
            None => wins,
        }
    }
}
