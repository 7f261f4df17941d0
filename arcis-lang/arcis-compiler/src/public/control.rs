//! `match`, loops, `?`.

use wasm_encoder::{Instruction, ValType};

use super::function::{ActiveLoop, Place, Sink, Writer};
use super::layout::Repr;
use super::module::{Failed, Instance};
use crate::source::Span;
use crate::tree::{CallSite, Expr, LoopId, Pattern, Target};
use crate::types::Type;

/// What a loop says that gives a value and ends without one.
const OVER_BOUND: &str = "a loop runs more often than its bound";

impl Writer<'_, '_, '_> {
    pub(super) fn arms(
        &mut self,
        value: &Expr,
        arms: &[(Pattern, Option<Expr>, Expr)],
        sink: Sink,
        span: Span,
    ) -> Result<(), Failed> {
        let (place, ty) = self.matched(value)?;
        let done = self.code.block();
        for (index, (pattern, guard, body)) in arms.iter().enumerate() {
            // rustc sees to it that the last one fits.
            if index + 1 == arms.len() && guard.is_none() {
                self.bind(pattern, place, &ty, span)?;
                self.emit(body, sink)?;
                self.code.leave(done);
                continue;
            }
            self.fits(pattern, place, &ty, span)?;
            if let Some(guard) = guard {
                self.and_then(|this| {
                    this.bind(pattern, place, &ty, span)?;
                    this.push(guard)
                })?;
            }
            self.code.when();
            if guard.is_none() {
                self.bind(pattern, place, &ty, span)?;
            }
            self.emit(body, sink)?;
            self.code.leave(done);
            self.code.end();
        }
        self.code.op(Instruction::Unreachable);
        self.code.end();
        Ok(())
    }

    pub(super) fn labelled(&mut self, id: LoopId, body: &Expr, sink: Sink) -> Result<(), Failed> {
        let end = self.code.block();
        self.loops.push(ActiveLoop { id, end, next: None, sink });
        let result = self.emit(body, sink);
        self.loops.pop();
        self.code.end();
        result
    }

    /// Begins to count rounds: a local that is zero.
    fn counter(&mut self, bound: Option<u64>) -> Option<(u32, u64)> {
        bound.map(|bound| {
            let rounds = self.code.local(ValType::I64);
            self.code.i64(0);
            self.code.set(rounds);
            (rounds, bound)
        })
    }

    /// Pushes whether all rounds are used up, and counts one more.
    fn count_round(&mut self, rounds: u32, bound: u64) {
        self.code.get(rounds);
        self.code.i64(bound);
        self.code.op(Instruction::I64GeU);
        self.code.get(rounds);
        self.code.ops([Instruction::I64Const(1), Instruction::I64Add]);
        self.code.set(rounds);
    }

    pub(super) fn endless(
        &mut self,
        id: LoopId,
        bound: Option<u64>,
        body: &Expr,
        is_while: bool,
        sink: Sink,
    ) -> Result<(), Failed> {
        let counter = self.counter(bound);
        let end = self.code.block();
        let next = self.code.repeat();
        if let Some((rounds, bound)) = counter {
            self.count_round(rounds, bound);
            if is_while || matches!(sink, Sink::Nothing) {
                self.code.leave_if(end);
            } else {
                self.code.when();
                self.panic(OVER_BOUND);
                self.code.end();
            }
        }
        self.loops.push(ActiveLoop { id, end, next: Some(next), sink });
        let result = self.discard(body);
        self.loops.pop();
        self.code.leave(next);
        self.code.end();
        self.code.end();
        result
    }

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
    ) -> Result<(), Failed> {
        let own = self.own_type(iterator)?;
        let size = self.layout(&own, span)?.size;
        let state = self.temporary(size);
        let is_unit = size == 0;
        self.emit(iterator, if is_unit { Sink::Nothing } else { state.sink() })?;
        let counter = self.counter(bound);
        let shown = if span.file == 0 { self.m.here } else { span };
        let Target::Body(function, generics, _) = self.m.program.target(&step.callee, shown) else {
            return Err(Failed);
        };
        let (_, stepped) = self.m.function_types(function, &generics)?;
        let layout = self.layout(&stepped, span)?;
        let given = self.temporary(layout.size);
        let end = self.code.block();
        let next = self.code.repeat();
        if let Some((rounds, bound)) = counter {
            self.count_round(rounds, bound);
            self.code.leave_if(end);
        }
        if layout.repr == Repr::Memory {
            self.push_address(given, span)?;
        }
        self.push_address(state, span)?;
        self.call_instance(Instance::Function(function, generics), span)?;
        if layout.repr != Repr::Memory {
            self.store(layout, given.sink());
        }
        // The end, one that is left out, or an element.
        self.push_tag(given, &stepped, span)?;
        self.code.op(Instruction::I32Eqz);
        self.code.leave_if(end);
        let (inner, inner_type) = self.variant_field(given, &stepped, 1, 0, span)?;
        self.push_tag(inner, &inner_type, span)?;
        self.code.op(Instruction::I32Eqz);
        self.code.leave_if(next);
        let (item, item_type) = self.variant_field(inner, &inner_type, 1, 0, span)?;
        self.bind(pattern, item, &item_type, span)?;
        self.loops.push(ActiveLoop { id, end, next: Some(next), sink: Sink::Nothing });
        let result = self.discard(body);
        self.loops.pop();
        self.code.leave(next);
        self.code.end();
        self.code.end();
        result
    }

    pub(super) fn break_loop(&mut self, id: LoopId, value: Option<&Expr>, span: Span) -> Result<(), Failed> {
        let Some((end, sink)) =
            self.loops.iter().rev().find(|active| active.id == id).map(|active| (active.end, active.sink))
        else {
            return Err(self.m.inconsistent(span, "a break outside of a loop"));
        };
        if let Some(value) = value {
            self.emit(value, sink)?;
        }
        self.code.leave(end);
        Ok(())
    }

    pub(super) fn continue_loop(&mut self, id: LoopId, span: Span) -> Result<(), Failed> {
        match self.loops.iter().rev().find(|active| active.id == id).and_then(|active| active.next) {
            Some(next) => {
                self.code.leave(next);
                Ok(())
            }
            None => Err(self.m.inconsistent(span, "a continue outside of a loop")),
        }
    }

    /// `value?`: of an `Option`, or with what converts the error of a `Result`.
    pub(super) fn try_value(
        &mut self,
        value: &Expr,
        site: Option<&CallSite>,
        sink: Sink,
        span: Span,
    ) -> Result<(), Failed> {
        let (place, ty) = self.place(value)?;
        let good = u32::from(site.is_none());
        self.push_tag(place, &ty, span)?;
        self.code.i32(good);
        self.code.op(Instruction::I32Ne);
        self.code.when();
        self.early_return(place, &ty, site, span)?;
        self.code.end();
        let (inner, inner_type) = self.variant_field(place, &ty, good, 0, span)?;
        let layout = self.layout(&inner_type, span)?;
        self.load(inner, &inner_type, span)?;
        self.store(layout, sink);
        Ok(())
    }

    /// Returns `None`, or the error.
    fn early_return(
        &mut self,
        place: Place,
        ty: &Type,
        site: Option<&CallSite>,
        span: Span,
    ) -> Result<(), Failed> {
        let result = self.result;
        let Type::Adt(id, _) = ty else {
            return Err(self.m.inconsistent(span, "an option or a result was expected"));
        };
        let Some(site) = site else {
            match result {
                Sink::Locals(first) => {
                    self.code.i32(0);
                    self.code.set(first);
                }
                sink => self.store_tag(*id, 0, sink),
            }
            return self.leave_function(span);
        };
        let (error, error_type) = self.variant_field(place, ty, 1, 0, span)?;
        let shown = if span.file == 0 { self.m.here } else { span };
        let Target::Body(function, generics, _) = self.m.program.target(&site.callee, shown) else {
            return Err(Failed);
        };
        let (_, converted) = self.m.function_types(function, &generics)?;
        let layout = self.layout(&converted, span)?;
        // The result is of the same enum, with the converted error as the field of the second variant.
        match result {
            Sink::Memory { base, offset } => {
                let target = Place::Memory { base, offset: offset + super::layout::tag_size(2) };
                if layout.repr == Repr::Memory {
                    self.push_address(target, span)?;
                }
                self.load(error, &error_type, span)?;
                self.call_instance(Instance::Function(function, generics), span)?;
                if layout.repr != Repr::Memory {
                    self.store(layout, target.sink());
                }
                self.store_tag(*id, 1, result);
            }
            Sink::Locals(first) => {
                self.code.i32(1);
                self.code.set(first);
            }
            Sink::Nothing => {}
        }
        self.leave_function(span)
    }

    fn leave_function(&mut self, span: Span) -> Result<(), Failed> {
        match self.exit {
            Some(exit) => {
                self.code.leave(exit);
                Ok(())
            }
            None => Err(self.m.inconsistent(span, "a return outside of a function")),
        }
    }
}
