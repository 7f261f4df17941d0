//! Conditions: which branch runs, and how two that both ran become one.

use std::collections::BTreeSet;
use std::rc::Rc;

use arcis_circuit::{Op, WireId};

use super::memory::Changes;
use super::value::Value;
use super::{Condition, Evaluator, Stop};
use crate::diagnostics::Diagnostic;
use crate::source::Span;

impl Evaluator<'_> {
    /// Runs one of two bodies if it is known which, else both, and joins what they leave.
    pub(super) fn choose(
        &mut self,
        condition: WireId,
        span: Span,
        when_true: impl FnOnce(&mut Self) -> Result<Value, Stop>,
        when_false: impl FnOnce(&mut Self) -> Result<Value, Stop>,
    ) -> Result<Value, Stop> {
        match self.known(condition) {
            Some(true) => return when_true(self),
            Some(false) => return when_false(self),
            None => {}
        }
        let (true_value, true_changes) =
            self.branch(Condition { wire: condition, holds: true, span }, when_true)?;
        let (false_value, false_changes) =
            self.branch(Condition { wire: condition, holds: false, span }, when_false)?;
        self.join_changes(condition, &true_changes, &false_changes, span)?;
        self.join(condition, &true_value, &false_value, span)
    }

    /// The value of a condition, where it is constant or was decided by an enclosing `if`.
    fn known(&self, condition: WireId) -> Option<bool> {
        if let Some(bits) = self.graph.constant_value(condition) {
            return Some(!bits.is_zero());
        }
        let is_not = |a: WireId, b: WireId| matches!(self.graph.op(a), Some(Op::Not(inner)) if *inner == b);
        self.conditions.iter().find_map(|outer| {
            if outer.wire == condition {
                Some(outer.holds)
            } else if is_not(outer.wire, condition) || is_not(condition, outer.wire) {
                Some(!outer.holds)
            } else {
                None
            }
        })
    }

    fn branch(
        &mut self,
        condition: Condition,
        body: impl FnOnce(&mut Self) -> Result<Value, Stop>,
    ) -> Result<(Value, Changes), Stop> {
        self.conditions.push(condition);
        self.memory.begin_branch();
        let value = body(self);
        let changes = self.memory.end_branch();
        self.conditions.pop();
        Ok((value?, changes))
    }

    fn join_changes(
        &mut self,
        condition: WireId,
        when_true: &Changes,
        when_false: &Changes,
        span: Span,
    ) -> Result<(), Stop> {
        let slots: BTreeSet<usize> = when_true.keys().chain(when_false.keys()).copied().collect();
        for slot in slots {
            let Some(former) = self.memory.slot(slot).cloned() else { continue };
            let yes = when_true.get(&slot).unwrap_or(&former);
            let no = when_false.get(&slot).unwrap_or(&former);
            let joined = self.join(condition, yes, no, span)?;
            if self.memory.write_slot(slot, joined).is_none() {
                return Err(self.inconsistent(span, "a variable vanished in a branch"));
            }
        }
        Ok(())
    }

    /// One value that is `yes` where the condition holds and `no` where it does not.
    pub(super) fn join(
        &mut self,
        condition: WireId,
        yes: &Value,
        no: &Value,
        span: Span,
    ) -> Result<Value, Stop> {
        self.step(span)?;
        if yes == no {
            return Ok(yes.clone());
        }
        match (yes, no) {
            (Value::Word(yes), Value::Word(no)) => {
                let choice = Op::Select { condition, when_true: *yes, when_false: *no };
                Ok(Value::Word(self.graph.build(choice, span)))
            }
            (Value::Aggregate(yes), Value::Aggregate(no)) if yes.len() == no.len() => {
                let parts = yes.iter().zip(no.iter()).map(|(yes, no)| self.join(condition, yes, no, span));
                parts.collect::<Result<_, _>>().map(Value::aggregate)
            }
            (Value::Encrypted(yes_owner, yes), Value::Encrypted(no_owner, no)) if yes_owner == no_owner => {
                Ok(Value::Encrypted(*yes_owner, Rc::new(self.join(condition, yes, no, span)?)))
            }
            // Only one branch gave it a value: rustc sees to it that nobody reads it before it has one.
            (Value::Uninitialized, _) | (_, Value::Uninitialized) => Ok(Value::Uninitialized),
            (Value::Reference(_), Value::Reference(_)) => Err(self.stop(
                Diagnostic::new(span, "which variable a reference leads to depends on a condition")
                    .help("choose between the values, not between references to them"),
            )),
            (Value::Owner(_) | Value::Encrypted(..), Value::Owner(_) | Value::Encrypted(..)) => Err(self
                .stop(
                    Diagnostic::new(span, "who owns the data depends on a condition")
                        .help("choose between the values, then call `from_arcis` of one owner"),
                )),
            _ => Err(self.inconsistent(span, "two branches give values of different shapes")),
        }
    }

    /// The innermost secret condition under which this place is reached.
    pub(super) fn secret_condition(&self) -> Option<Span> {
        let mut conditions = self.conditions.iter().rev();
        conditions.find(|condition| !self.graph.is_public(condition.wire)).map(|condition| condition.span)
    }

    /// One bit that says whether this place is reached, when that depends on something.
    pub(super) fn path_condition(&mut self, span: Span) -> Option<WireId> {
        let conditions = self.conditions.clone();
        conditions.into_iter().fold(None, |path, condition| {
            let wire = match condition.holds {
                true => condition.wire,
                false => self.graph.build(Op::Not(condition.wire), span),
            };
            Some(match path {
                Some(path) => self.graph.build(Op::And(path, wire), span),
                None => wire,
            })
        })
    }
}
