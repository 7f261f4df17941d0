//! Conditions: which branch runs, and how two that both ran become one.

use std::collections::BTreeSet;
use std::sync::Arc;

use arcis_circuit::{Op, WireId};

use super::memory::{Changes, Reference};
use super::value::{EnumValue, Value};
use super::{Condition, Evaluator, Stop};
use crate::diagnostics::Diagnostic;
use crate::source::Span;

impl Evaluator<'_, '_> {
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
        let (yes, yes_changes) = self.branch(Condition { wire: condition, holds: true, span }, when_true)?;
        let (no, no_changes) = self.branch(Condition { wire: condition, holds: false, span }, when_false)?;
        // Where a branch has left to, the slots from `dead` on are not looked at any more.
        let dead = |result: &Result<Value, Stop>| match result {
            Err(Stop::Leaves(base)) => *base,
            _ => usize::MAX,
        };
        self.join_changes(condition, &yes_changes, &no_changes, (dead(&yes), dead(&no)), span)?;
        match (yes, no) {
            (Ok(yes), Ok(no)) => self.join(condition, &yes, &no, span),
            (Ok(value), Err(_)) | (Err(_), Ok(value)) => Ok(value),
            (Err(Stop::Leaves(a)), Err(Stop::Leaves(b))) => Err(Stop::Leaves(a.max(b))),
            _ => Err(Stop::Failed),
        }
    }

    /// The value of a condition, where it is constant or was decided by an enclosing `if`.
    pub(super) fn known(&self, condition: WireId) -> Option<bool> {
        if let Some(bits) = self.graph.constant_value(condition) {
            return Some(!bits.is_zero());
        }
        let is_not = |a: WireId, b: WireId| matches!(self.graph.op(a), Some(Op::Not(inner)) if *inner == b);
        self.conditions.iter().rev().find_map(|outer| {
            if outer.wire == condition {
                Some(outer.holds)
            } else if is_not(outer.wire, condition) || is_not(condition, outer.wire) {
                Some(!outer.holds)
            } else {
                None
            }
        })
    }

    /// Runs a body under a condition; fails only where nothing makes sense any more.
    #[allow(clippy::type_complexity, reason = "that control leaves is a result here")]
    fn branch(
        &mut self,
        condition: Condition,
        body: impl FnOnce(&mut Self) -> Result<Value, Stop>,
    ) -> Result<(Result<Value, Stop>, Changes), Stop> {
        self.conditions.push(condition);
        self.memory.begin_branch();
        let value = body(self);
        let changes = self.memory.end_branch();
        self.conditions.pop();
        match value {
            Err(Stop::Failed) => Err(Stop::Failed),
            value => Ok((value, changes)),
        }
    }

    fn join_changes(
        &mut self,
        condition: WireId,
        yes: &Changes,
        no: &Changes,
        (yes_dead, no_dead): (usize, usize),
        span: Span,
    ) -> Result<(), Stop> {
        let slots: BTreeSet<usize> = yes.keys().chain(no.keys()).copied().collect();
        for slot in slots {
            let former = self.memory.slot(slot).clone();
            let when_true = yes.get(&slot).unwrap_or(&former);
            let when_false = no.get(&slot).unwrap_or(&former);
            let joined = if slot >= yes_dead {
                when_false.clone()
            } else if slot >= no_dead {
                when_true.clone()
            } else {
                self.join(condition, when_true, when_false, span)?
            };
            *self.memory.slot_mut(slot) = joined;
        }
        Ok(())
    }

    fn join_lists(
        &mut self,
        condition: WireId,
        yes: &[Value],
        no: &[Value],
        span: Span,
    ) -> Result<Vec<Value>, Stop> {
        yes.iter().zip(no).map(|(yes, no)| self.join(condition, yes, no, span)).collect()
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
        match (yes, no) {
            (Value::Word(a), Value::Word(b)) if a == b => Ok(yes.clone()),
            (Value::Word(yes), Value::Word(no)) => {
                let choice = Op::Select { condition, when_true: *yes, when_false: *no };
                Ok(Value::Word(self.graph.build(choice, span)))
            }
            (Value::Aggregate(a), Value::Aggregate(b)) if Arc::ptr_eq(a, b) => Ok(yes.clone()),
            (Value::Aggregate(yes), Value::Aggregate(no)) if yes.len() == no.len() => {
                self.join_lists(condition, yes, no, span).map(Value::aggregate)
            }
            (Value::Aggregate(_), Value::Aggregate(_)) => Err(self.stop(
                Diagnostic::new(
                    span,
                    "how long a slice is depends on a condition that is not known when compiling",
                )
                .help("use slices of one length, or a `BoundedVec`"),
            )),
            (Value::Enum(a), Value::Enum(b)) if Arc::ptr_eq(a, b) => Ok(yes.clone()),
            (Value::Enum(yes), Value::Enum(no)) => {
                let choice = Op::Select { condition, when_true: yes.tag, when_false: no.tag };
                let tag = self.graph.build(choice, span);
                let mut fields = Vec::with_capacity(yes.fields.len());
                for (yes, no) in yes.fields.iter().zip(&no.fields) {
                    fields.push(match (yes, no) {
                        (Some(a), Some(b)) if Arc::ptr_eq(a, b) => Some(Arc::clone(a)),
                        (Some(yes), Some(no)) => Some(Arc::new(self.join_lists(condition, yes, no, span)?)),
                        // Only one of them can be this variant.
                        (Some(only), None) | (None, Some(only)) => Some(Arc::clone(only)),
                        (None, None) => None,
                    });
                }
                Ok(Value::Enum(Arc::new(EnumValue { tag, fields })))
            }
            // Only one branch gave it a value: rustc sees to it that nobody reads it where it has none.
            (Value::Uninitialized, value) | (value, Value::Uninitialized) => Ok(value.clone()),
            (Value::Reference(a), Value::Reference(b)) => {
                if a.same(b) {
                    return Ok(yes.clone());
                }
                Ok(Value::Reference(Arc::new(Reference::Choice(condition, Arc::clone(a), Arc::clone(b)))))
            }
            _ if yes.same(no) => Ok(yes.clone()),
            (Value::Closure(a, slots), Value::Closure(b, others)) if a == b => {
                let mut joined = Vec::with_capacity(slots.len());
                for ((id, slot), (_, other)) in slots.iter().zip(others.iter()) {
                    let (yes, no) = (self.memory.slot(*slot).clone(), self.memory.slot(*other).clone());
                    let value = self.join(condition, &yes, &no, span)?;
                    joined.push((*id, self.memory.allocate(value)));
                }
                Ok(Value::Closure(*a, Arc::new(joined)))
            }
            (Value::Owner(_), Value::Owner(_)) => Err(self.stop(
                Diagnostic::new(span, "who owns the data depends on a condition")
                    .help("choose between the values, then call `from_arcis` of one owner"),
            )),
            (Value::Closure(..) | Value::Function(_), _) => Err(self.stop(
                Diagnostic::new(
                    span,
                    "which function is called depends on a condition that is not known when compiling",
                )
                .help("call both and choose between the results: `if c { f(x) } else { g(x) }`"),
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
        let live = self.live(span);
        conditions.into_iter().fold(live, |path, condition| {
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
