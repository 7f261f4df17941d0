//! Calls and loops, and how they are left early.
//!
//! A function has a flag that says whether it has returned, a loop one for `break` and, in each round, one for `continue`. Where
//! it is known when compiling that control leaves, evaluation leaves too ([`Stop::Leaves`]). Where it depends on a condition,
//! the flag becomes that condition, and what follows is evaluated, but what it writes counts only where the flag is not
//! set. That concerns only variables that are still there after the function or loop: those from within are never looked
//! at again.

use std::sync::Arc;

use arcis_circuit::{Op, WireId};

use super::memory::Reference;
use super::value::{EnumValue, Value};
use super::{Evaluator, MAX_CALL_DEPTH, Stop};
use crate::diagnostics::Diagnostic;
use crate::source::Span;
use crate::tree::{Body, CallSite, ClosureBody, Expr, LocalId, LoopId, Pattern, Target};
use crate::types::{ClosureId, FunctionId};

/// Most rounds of a loop.
const MAX_ROUNDS: u64 = 1 << 20;

/// What may have been left.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guard {
    /// The slot of the flag that says so.
    flag: usize,
    /// Slots from this one on are within.
    base: usize,
}

/// The function or closure being run.
#[derive(Debug, Default)]
pub(super) struct Frame {
    /// Where each variable is, once it is bound.
    pub(super) locals: Vec<Option<usize>>,
    returned: Option<Exit>,
    loops: Vec<ActiveLoop>,
}

/// Where a value goes when control leaves.
#[derive(Clone, Copy, Debug)]
struct Exit {
    flag: usize,
    value: usize,
    base: usize,
}

#[derive(Clone, Copy, Debug)]
struct ActiveLoop {
    id: LoopId,
    broken: Exit,
    /// The flag of this round, and its slots.
    continued: Option<(usize, usize)>,
}

impl Evaluator<'_, '_> {
    /// A variable that a flag is.
    fn flag(&mut self, span: Span) -> usize {
        let unset = self.graph.bool(false, span);
        self.memory.allocate(Value::Word(unset))
    }

    fn flag_value(&self, flag: usize) -> WireId {
        match self.memory.slot(flag) {
            Value::Word(wire) => *wire,
            _ => 0,
        }
    }

    fn exit(&mut self, span: Span) -> Exit {
        let flag = self.flag(span);
        let value = self.memory.allocate(Value::Uninitialized);
        let base = self.memory.len();
        self.guards.push(Guard { flag, base });
        Exit { flag, value, base }
    }

    /// Whether no guard whose variables begin after `slot` has been left; `None` when that is certain.
    pub(super) fn live_for(&mut self, slot: usize, span: Span) -> Option<WireId> {
        let mut live = None;
        for index in (0..self.guards.len()).rev() {
            let guard = self.guards[index];
            if guard.base <= slot {
                break;
            }
            let flag = self.flag_value(guard.flag);
            if self.graph.constant_value(flag).is_some_and(arcis_circuit::Bits::is_zero) {
                continue;
            }
            let unset = self.graph.build(Op::Not(flag), span);
            live = Some(match live {
                Some(live) => self.graph.build(Op::And(live, unset), span),
                None => unset,
            });
        }
        live
    }

    /// Whether nothing around has been left; `None` when that is certain.
    pub(super) fn live(&mut self, span: Span) -> Option<WireId> {
        // No slot is before all guards.
        let mut live = None;
        for index in 0..self.guards.len() {
            let flag = self.flag_value(self.guards[index].flag);
            if self.graph.constant_value(flag).is_some_and(arcis_circuit::Bits::is_zero) {
                continue;
            }
            let unset = self.graph.build(Op::Not(flag), span);
            live = Some(match live {
                Some(live) => self.graph.build(Op::And(live, unset), span),
                None => unset,
            });
        }
        live
    }

    /// The flags that are not known and were set since they had these values: of what may be left.
    fn flags_since(&self, before: &[WireId]) -> Vec<WireId> {
        let flags = self.guards.iter().map(|guard| self.flag_value(guard.flag)).enumerate();
        let set = flags.filter(|(index, flag)| before.get(*index) != Some(flag));
        set.map(|(_, flag)| flag).filter(|flag| self.graph.constant_value(*flag).is_none()).collect()
    }

    /// Where control certainly is by now, if something around has been left: the slots from there on are not needed.
    pub(super) fn left(&mut self, span: Span) -> Option<Stop> {
        let live = self.live(span)?;
        if !self.graph.constant_value(live).is_some_and(arcis_circuit::Bits::is_zero) {
            return None;
        }
        let is_set = |flag: WireId| self.graph.constant_value(flag).is_some_and(|bits| !bits.is_zero());
        let certain = self.guards.iter().find(|guard| is_set(self.flag_value(guard.flag)));
        // Where it is one of several, the innermost may be the one.
        certain.or(self.guards.last()).map(|guard| Stop::Leaves(guard.base))
    }

    fn leave(&mut self, exit: Exit, value: Option<Value>, span: Span) -> Result<Value, Stop> {
        if let Some(value) = value {
            self.write(&Reference::slot(exit.value), value, span)?;
        }
        let set = self.graph.bool(true, span);
        self.write(&Reference::slot(exit.flag), Value::Word(set), span)?;
        Err(Stop::Leaves(exit.base))
    }

    /// What was given on leaving, or the value at the end where it was not left.
    fn result_of(&mut self, exit: Exit, result: Result<Value, Stop>, span: Span) -> Result<Value, Stop> {
        let flag = self.flag_value(exit.flag);
        let given = self.memory.slot(exit.value).clone();
        match result {
            Err(Stop::Failed) => Err(Stop::Failed),
            // Something further out was left.
            Err(Stop::Leaves(base)) if base < exit.base => Err(Stop::Leaves(base)),
            Err(Stop::Leaves(_)) => Ok(given),
            Ok(value) => match self.graph.constant_value(flag).map(arcis_circuit::Bits::is_zero) {
                Some(true) => Ok(value),
                Some(false) => Ok(given),
                None => self.join(flag, &given, &value, span),
            },
        }
    }

    /// Runs a body on arguments.
    pub(super) fn body(&mut self, body: &Body, arguments: Vec<Value>) -> Result<Value, Stop> {
        let frame = Frame { locals: vec![None; body.locals.len()], ..Frame::default() };
        self.in_frame(frame, &body.parameters, arguments, &body.value)
    }

    fn in_frame(
        &mut self,
        frame: Frame,
        parameters: &[Pattern],
        arguments: Vec<Value>,
        value: &Expr,
    ) -> Result<Value, Stop> {
        let span = value.span;
        let outer = std::mem::replace(&mut self.frame, frame);
        let exit = self.exit(span);
        self.frame.returned = Some(exit);
        let mut result = Ok(());
        for (pattern, argument) in parameters.iter().zip(arguments) {
            result = result.and_then(|()| self.bind_value(pattern, argument, span));
        }
        let result = result.and_then(|()| self.value(value));
        self.guards.pop();
        self.frame = outer;
        self.result_of(exit, result, span)
    }

    pub(super) fn call_closure(
        &mut self,
        id: ClosureId,
        captured: &[(LocalId, usize)],
        arguments: Vec<Value>,
        span: Span,
    ) -> Result<Value, Stop> {
        let Some(body) = self.program.closure(id).body else {
            return Err(self.inconsistent(span, "a closure without a body"));
        };
        let body: Arc<ClosureBody> = body;
        let mut locals = vec![None; body.locals];
        for (id, slot) in captured {
            locals[id.0] = Some(*slot);
        }
        let frame = Frame { locals, ..Frame::default() };
        self.deeper(span)?;
        self.calls.push((FunctionId(usize::MAX), span));
        let result = self.in_frame(frame, &body.parameters, arguments, &body.value);
        self.calls.pop();
        result
    }

    fn deeper(&mut self, span: Span) -> Result<(), Stop> {
        if self.calls.len() >= MAX_CALL_DEPTH {
            return Err(self.stop(
                Diagnostic::new(span, "calls are nested too deeply here").help(
                    "recursion has to end by something known when compiling, such as a constant that decreases: `f(N - 1)`",
                ),
            ));
        }
        Ok(())
    }

    /// What a call runs.
    pub(super) fn target(&mut self, site: &CallSite, span: Span) -> Target {
        if let Some(target) = site.target.get() {
            return target.clone();
        }
        let target = self.program.target(&site.callee, self.shown(span));
        self.failed |= matches!(target, Target::Error);
        let _ = site.target.set(target.clone());
        target
    }

    /// Calls what a call site names.
    pub(super) fn call(
        &mut self,
        site: &CallSite,
        arguments: Vec<Value>,
        result: &crate::types::Type,
        span: Span,
    ) -> Result<Value, Stop> {
        self.step(span)?;
        match self.target(site, span) {
            Target::Error => {
                self.failed = true;
                Err(Stop::Failed)
            }
            Target::Body(id, generics, _)
                if self.public_calls.is_some() && self.program.function(id).item.public.is_some() =>
            {
                self.public_call(id, &generics, &arguments, span)
            }
            Target::Body(id, generics, body) => {
                self.deeper(span)?;
                let outer = self.here;
                if span.file != 0 {
                    self.here = span;
                    self.graph.here = span;
                }
                self.calls.push((id, span));
                let value = if self.program.function(id).item.outlined {
                    self.outlined_call(id, &generics, &body, arguments, span)
                } else {
                    self.body(&body, arguments)
                };
                self.calls.pop();
                self.here = outer;
                self.graph.here = outer;
                value
            }
            Target::Intrinsic(name, generics) => self.intrinsic(&name, &generics, arguments, result, span),
            Target::Structural(name, own) => self.structural(&name, &own, arguments, span),
            Target::Struct => Ok(Value::aggregate(arguments)),
            Target::Variant(id, variant) => {
                let count = self.program.adt(id).items.len();
                Ok(self.variant(variant, count, arguments, span))
            }
        }
    }

    /// A value of an enum.
    pub(super) fn variant(&mut self, variant: u32, count: usize, fields: Vec<Value>, span: Span) -> Value {
        let tag = self.graph.integer(variant.into(), super::value::tag_width(count), span);
        let mut all = vec![None; count];
        if let Some(place) = all.get_mut(variant as usize) {
            *place = Some(Arc::new(fields));
        }
        Value::Enum(Arc::new(EnumValue { tag, fields: all }))
    }

    pub(super) fn return_value(&mut self, value: Value, span: Span) -> Result<Value, Stop> {
        match self.frame.returned {
            Some(exit) => self.leave(exit, Some(value), span),
            None => Err(self.inconsistent(span, "a return outside of a function")),
        }
    }

    pub(super) fn break_value(&mut self, id: LoopId, value: Value, span: Span) -> Result<Value, Stop> {
        match self.frame.loops.iter().rev().find(|active| active.id == id).copied() {
            Some(active) => self.leave(active.broken, Some(value), span),
            None => Err(self.inconsistent(span, "a break outside of a loop")),
        }
    }

    pub(super) fn continue_loop(&mut self, id: LoopId, span: Span) -> Result<Value, Stop> {
        let active = self.frame.loops.iter().rev().find(|active| active.id == id).copied();
        match active.and_then(|active| active.continued) {
            Some((flag, base)) => self.leave(Exit { flag, value: flag, base }, None, span),
            None => Err(self.inconsistent(span, "a continue outside of a loop")),
        }
    }

    /// A block with a label.
    pub(super) fn labelled(&mut self, id: LoopId, body: &Expr) -> Result<Value, Stop> {
        let broken = self.exit(body.span);
        self.frame.loops.push(ActiveLoop { id, broken, continued: None });
        let result = self.value(body);
        self.frame.loops.pop();
        self.guards.pop();
        self.after_loop(broken, result, body.span)
    }

    /// The value of a loop or block once it is over.
    fn after_loop(&mut self, exit: Exit, result: Result<Value, Stop>, span: Span) -> Result<Value, Stop> {
        let value = self.result_of(exit, result, span)?;
        self.left(span).map_or(Ok(value), Err)
    }

    /// `loop` and `while`.
    pub(super) fn endless(
        &mut self,
        id: LoopId,
        bound: Option<u64>,
        body: &Expr,
        span: Span,
    ) -> Result<Value, Stop> {
        // What was left before the loop does not make it longer.
        let left_before: Vec<WireId> = self.guards.iter().map(|guard| self.flag_value(guard.flag)).collect();
        let broken = self.exit(span);
        self.frame.loops.push(ActiveLoop { id, broken, continued: None });
        let mut result = Ok(Value::unit());
        let mut rounds = 0;
        while bound.is_none_or(|bound| rounds < bound) {
            rounds += 1;
            let round = self.round(rounds, body.span, |this| this.value(body));
            if let Err(Stop::Failed) = round {
                result = round;
                break;
            }
            if let Some(left) = self.left(span) {
                result = Err(left);
                break;
            }
            let open = self.flags_since(&left_before);
            if bound.is_none() && !open.is_empty() {
                let secret = open.iter().any(|flag| !self.graph.is_public(*flag));
                let what = if secret { "a secret decides" } else { "it is not known when compiling" };
                result = Err(self.stop(
                    Diagnostic::new(span, format!("{what} how often this loop runs"))
                        .help("declare how often it runs at most: `#[bound(100)]` before the loop"),
                ));
                break;
            }
        }
        self.frame.loops.pop();
        self.guards.pop();
        self.after_loop(broken, result, span)
    }

    /// One round of a loop.
    fn round(
        &mut self,
        rounds: u64,
        span: Span,
        body: impl FnOnce(&mut Self) -> Result<Value, Stop>,
    ) -> Result<Value, Stop> {
        self.step(span)?;
        if rounds > MAX_ROUNDS {
            return Err(self
                .stop(Diagnostic::new(span, "this loop does not end, or not soon").help(
                    "every round is part of the circuit: let it end by something known when compiling",
                )));
        }
        let flag = self.flag(span);
        let base = self.memory.len();
        self.guards.push(Guard { flag, base });
        if let Some(active) = self.frame.loops.last_mut() {
            active.continued = Some((flag, base));
        }
        let result = body(self);
        self.guards.pop();
        result
    }

    /// `for`
    #[allow(clippy::too_many_arguments, reason = "a loop has as many parts")]
    pub(super) fn for_loop(
        &mut self,
        id: LoopId,
        bound: Option<u64>,
        pattern: &Pattern,
        iterator: &Expr,
        step: &CallSite,
        body: &Expr,
        span: Span,
    ) -> Result<Value, Stop> {
        let iterator_span = iterator.span;
        let iterator = self.value(iterator)?;
        let broken = self.exit(span);
        let iterator = Value::Reference(Arc::new(Reference::slot(self.memory.allocate(iterator))));
        self.frame.loops.push(ActiveLoop { id, broken, continued: None });
        let mut result = Ok(Value::unit());
        let mut rounds = 0;
        while bound.is_none_or(|bound| rounds < bound) {
            let next = self.call(step, vec![iterator.clone()], &crate::types::Type::Error, iterator_span);
            let (more, item) = match next.and_then(|next| self.option(&next, iterator_span)) {
                Ok(next) => next,
                Err(stop) => {
                    result = Err(stop);
                    break;
                }
            };
            match self.graph.constant_value(more).map(arcis_circuit::Bits::is_zero) {
                Some(true) => break,
                Some(false) => {}
                None if bound.is_some() => {
                    // The end of a sequence whose length is not known is a `break`.
                    let over = self.graph.build(Op::Not(more), span);
                    let ended = self.choose(
                        over,
                        span,
                        |this| {
                            this.leave(broken, None, span).or_else(|stop| match stop {
                                Stop::Leaves(_) => Ok(Value::unit()),
                                stop => Err(stop),
                            })
                        },
                        |_| Ok(Value::unit()),
                    );
                    if let Err(stop) = ended {
                        result = Err(stop);
                        break;
                    }
                }
                None => {
                    result = Err(self.unbounded(more, span));
                    break;
                }
            }
            rounds += 1;
            let round = self.round(rounds, body.span, |this| {
                let Some(item) = item else { return Ok(Value::unit()) };
                let (present, item) = this.option(&item, iterator_span)?;
                this.choose(
                    present,
                    iterator_span,
                    |this| {
                        let item = item.unwrap_or(Value::Uninitialized);
                        this.bind_value(pattern, item, span)?;
                        this.value(body)
                    },
                    |_| Ok(Value::unit()),
                )
            });
            if let Err(Stop::Failed) = round {
                result = round;
                break;
            }
            if let Some(left) = self.left(span) {
                result = Err(left);
                break;
            }
        }
        self.frame.loops.pop();
        self.guards.pop();
        self.after_loop(broken, result, span)
    }

    fn unbounded(&mut self, more: WireId, span: Span) -> Stop {
        let message = if self.graph.is_public(more) {
            "how often this loop runs is not known when compiling"
        } else {
            "a secret decides how often this loop runs"
        };
        self.stop(Diagnostic::new(span, message).help(
            "loop to a constant and test inside: `for i in 0..10 { if i < n { .. } }`, or declare how often it runs at most: `#[bound(10)]`",
        ))
    }

    /// Whether there is something in an `Option`, and what.
    pub(super) fn option(&mut self, value: &Value, span: Span) -> Result<(WireId, Option<Value>), Stop> {
        let Value::Enum(value) = value else {
            return Err(self.inconsistent(span, "an option was expected"));
        };
        let inner = value.fields.get(1).and_then(|fields| fields.as_ref()).and_then(|fields| fields.first());
        Ok((value.tag, inner.cloned()))
    }
}
