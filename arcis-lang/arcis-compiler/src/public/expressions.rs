//! Expressions and statements.

use wasm_encoder::{Instruction, ValType};

use super::code::at;
use super::function::{Place, Sink, Writer};
use super::layout::{Repr, list_element, tag_size};
use super::module::{Failed, Instance};
use crate::source::Span;
use crate::syntax::BinaryOp;
use crate::tree::{Expr, ExprKind, Statement};
use crate::types::{AdtId, Type};

impl Writer<'_, '_, '_> {
    /// Pushes the value of an expression; of one in memory its address.
    pub(super) fn push(&mut self, expression: &Expr) -> Result<(), Failed> {
        use ExprKind as Kind;
        let span = expression.span;
        let ty = self.own_type(expression)?;
        let layout = self.layout(&ty, span)?;
        if layout.repr == Repr::Memory {
            let (place, _) = self.place(expression)?;
            return self.push_address(place, span);
        }
        match &expression.kind {
            Kind::Integer(value) => self.push_integer(*value, &ty, layout.repr),
            Kind::Bool(value) => self.code.i32(u32::from(*value)),
            Kind::Bytes(bytes) => {
                let address = self.m.bytes(bytes);
                self.code.i32(address);
            }
            Kind::Text | Kind::Function(_) => {}
            Kind::Local(_)
            | Kind::Field(..)
            | Kind::Index(..)
            | Kind::Part(..)
            | Kind::PartByRange(..)
            | Kind::Dereference(_) => {
                let (place, own) = self.place(expression)?;
                self.load(place, &own, span)?;
            }
            Kind::Unary(op, operand) => {
                self.push(operand)?;
                self.unary(*op, &ty, layout.repr);
            }
            Kind::Binary(BinaryOp::And, left, right) => {
                self.push(left)?;
                self.and_then(|this| this.push(right))?;
            }
            Kind::Binary(BinaryOp::Or, left, right) => {
                let result = self.code.local(ValType::I32);
                self.push(left)?;
                self.code.ops([Instruction::LocalTee(result), Instruction::I32Eqz]);
                self.code.when();
                self.push(right)?;
                self.code.set(result);
                self.code.end();
                self.code.get(result);
            }
            Kind::Binary(op, left, right) => self.binary(*op, left, right, span)?,
            Kind::Assign(place, value) => self.assign(place, value)?,
            Kind::AssignOp(op, place, value) => self.assign_op(*op, place, value, span)?,
            Kind::Call(site, arguments) => self.call(site, arguments, &ty, None, span)?,
            Kind::CallValue(function, arguments) => self.call_value(function, arguments, None, span)?,
            Kind::Let(pattern, value) => {
                let (place, own) = self.place(value)?;
                self.fits(pattern, place, &own, span)?;
                self.and_then(|this| {
                    this.bind(pattern, place, &own, span)?;
                    this.code.i32(1);
                    Ok(())
                })?;
            }
            Kind::Reference(target) => {
                let (place, own) = self.place(target)?;
                self.push_reference(place, &own, &ty, span)?;
            }
            Kind::Cast(value) => self.cast(value, &ty, span)?,
            Kind::Constant(..) | Kind::TraitConstant(..) => {
                let constant = self.constant(expression)?;
                self.push_constant(&constant, &ty, span)?;
            }
            Kind::Panic(text) => {
                let text = if text.is_empty() { "the code panicked" } else { text };
                self.panic(text);
            }
            Kind::Break(id, value) => self.break_loop(*id, value.as_deref(), span)?,
            Kind::Continue(id) => self.continue_loop(*id, span)?,
            Kind::Return(value) => {
                if let Some(value) = value {
                    let result = self.result;
                    self.emit(value, result)?;
                }
                match self.exit {
                    Some(exit) => self.code.leave(exit),
                    None => return Err(self.m.inconsistent(span, "a return outside of a function")),
                }
                if layout.repr != Repr::Unit {
                    self.code.op(Instruction::Unreachable);
                }
            }
            Kind::Struct(_, variant, fields, base) if layout.repr == Repr::I32 => {
                for (_, value) in fields {
                    self.discard(value)?;
                }
                let _ = base;
                self.code.i32(*variant);
            }
            Kind::Error => return Err(Failed),
            Kind::Float(_) => return Err(self.m.inconsistent(span, "a number of another type")),
            _ if layout.repr == Repr::Unit => self.emit(expression, Sink::Nothing)?,
            _ => {
                let first = self.code.locals_for(layout.repr);
                self.emit(expression, Sink::Locals(first))?;
                self.code.push(layout.repr, first);
            }
        }
        Ok(())
    }

    /// Evaluates an expression to where its value goes.
    pub(super) fn emit(&mut self, expression: &Expr, sink: Sink) -> Result<(), Failed> {
        use ExprKind as Kind;
        let span = expression.span;
        if expression.ty == Type::Never {
            self.diverging(expression)?;
            self.code.op(Instruction::Unreachable);
            return Ok(());
        }
        match &expression.kind {
            Kind::If(condition, yes, no) => {
                self.push(condition)?;
                self.code.when();
                self.emit(yes, sink)?;
                self.code.otherwise();
                self.emit(no, sink)?;
                self.code.end();
                return Ok(());
            }
            Kind::Match(value, arms) => return self.arms(value, arms, sink, span),
            Kind::Block(statements, value) => {
                for statement in statements {
                    self.statement(statement)?;
                }
                return self.emit(value, sink);
            }
            Kind::Labelled(id, body) => return self.labelled(*id, body, sink),
            Kind::Loop { id, bound, body, is_while } => {
                return self.endless(*id, *bound, body, *is_while, sink);
            }
            Kind::For { id, bound, pattern, iterator, step, body } => {
                return self.for_loop(*id, *bound, pattern, iterator, step, body, span);
            }
            Kind::Try(value, site) => return self.try_value(value, site.as_deref(), sink, span),
            // These leave, whatever type is wanted of them.
            Kind::Break(..) | Kind::Continue(_) | Kind::Return(_) | Kind::Panic(_) => {
                self.diverging(expression)?;
                self.code.op(Instruction::Unreachable);
                return Ok(());
            }
            _ => {}
        }
        let ty = self.own_type(expression)?;
        let layout = self.layout(&ty, span)?;
        match (&expression.kind, layout.repr, sink) {
            (Kind::Aggregate(elements), ..) => self.aggregate(elements, sink, span),
            (Kind::Struct(_, variant, fields, base), repr, _) if repr != Repr::I32 => {
                let Type::Adt(id, _) = &ty else {
                    return Err(self.m.inconsistent(span, "a struct was expected"));
                };
                self.struct_value(*id, *variant, &ty, fields, base.as_deref(), sink, span)
            }
            (Kind::Repeat(value, length), ..) => self.repeat(value, length, sink, span),
            (Kind::Closure(id, captured, _), ..) => self.closure_value(*id, captured, sink, span),
            (Kind::Constant(..) | Kind::TraitConstant(..), _, Sink::Memory { base, offset })
                if layout.repr == Repr::Memory =>
            {
                let constant = self.constant(expression)?;
                let mut bytes = Vec::new();
                self.constant_bytes(&constant, &ty, &mut bytes, span)?;
                let address = self.m.bytes(&bytes);
                self.code.i32(address);
                let Place::Memory { base: from, offset: from_offset } = self.popped_place() else {
                    return Err(self.m.inconsistent(span, "a constant without a place"));
                };
                self.copy(base, offset, from, from_offset, layout.size);
                Ok(())
            }
            (Kind::Call(site, arguments), Repr::Memory, _) => {
                self.call(site, arguments, &ty, Some(sink), span)
            }
            (Kind::CallValue(function, arguments), Repr::Memory, _) => {
                self.call_value(function, arguments, Some(sink), span)
            }
            (_, Repr::Memory, _) => {
                let (place, own) = self.place(expression)?;
                if list_element(self.m.program, &ty).is_some() && list_element(self.m.program, &own).is_none()
                {
                    return self.list_of_box(place, &own, sink, span);
                }
                self.load(place, &own, span)?;
                self.store(layout, sink);
                Ok(())
            }
            (_, repr, Sink::Nothing) => {
                self.push(expression)?;
                self.code.discard(repr);
                Ok(())
            }
            _ => {
                self.push(expression)?;
                self.store(layout, sink);
                Ok(())
            }
        }
    }

    /// Runs an expression that gives no value, because it leaves or stops.
    fn diverging(&mut self, expression: &Expr) -> Result<(), Failed> {
        use ExprKind as Kind;
        match &expression.kind {
            Kind::Block(statements, value) => {
                for statement in statements {
                    self.statement(statement)?;
                }
                if value.ty == Type::Never { self.diverging(value) } else { self.discard(value) }
            }
            Kind::If(condition, yes, no) => {
                self.push(condition)?;
                self.code.when();
                self.diverging(yes)?;
                self.code.otherwise();
                self.diverging(no)?;
                self.code.end();
                Ok(())
            }
            Kind::Match(value, arms) => self.arms(value, arms, Sink::Nothing, expression.span),
            Kind::Loop { id, bound, body, is_while } => {
                self.endless(*id, *bound, body, *is_while, Sink::Nothing)
            }
            Kind::Labelled(id, body) => self.labelled(*id, body, Sink::Nothing),
            Kind::Aggregate(elements) => elements.iter().try_for_each(|element| self.discard(element)),
            Kind::Try(value, site) => self.try_value(value, site.as_deref(), Sink::Nothing, expression.span),
            Kind::Call(site, arguments) => self.call(site, arguments, &Type::Never, None, expression.span),
            Kind::CallValue(function, arguments) => {
                self.call_value(function, arguments, None, expression.span)
            }
            Kind::Error => Err(Failed),
            _ => {
                let bare = Expr { ty: Type::Never, ..expression.clone() };
                self.push(&bare)
            }
        }
    }

    /// Evaluates an expression whose value nobody wants.
    pub(super) fn discard(&mut self, expression: &Expr) -> Result<(), Failed> {
        if expression.ty == Type::Never {
            return self.emit(expression, Sink::Nothing);
        }
        let ty = self.own_type(expression)?;
        let layout = self.layout(&ty, expression.span)?;
        match layout.repr {
            Repr::Unit => self.emit(expression, Sink::Nothing),
            Repr::Memory => {
                let place = self.temporary(layout.size);
                self.emit(expression, place.sink())
            }
            repr => {
                self.push(expression)?;
                self.code.discard(repr);
                Ok(())
            }
        }
    }

    pub(super) fn statement(&mut self, statement: &Statement) -> Result<(), Failed> {
        match statement {
            Statement::Expression(expression) => self.discard(expression),
            Statement::Let(_, None, _) => Ok(()),
            Statement::Let(pattern, Some(value), None) => {
                let span = value.span;
                if let crate::tree::Pattern::Local { id, by_reference: false, inner: None } = pattern {
                    let (variable, _) = self.variable(*id, span)?;
                    return self.emit_fresh(value, variable, span);
                }
                let (place, ty) = self.matched(value)?;
                self.bind(pattern, place, &ty, span)
            }
            Statement::Let(pattern, Some(value), Some(otherwise)) => {
                let span = value.span;
                let (place, ty) = self.matched(value)?;
                self.fits(pattern, place, &ty, span)?;
                self.code.op(Instruction::I32Eqz);
                self.code.when();
                self.diverging(otherwise)?;
                self.code.op(Instruction::Unreachable);
                self.code.end();
                self.bind(pattern, place, &ty, span)
            }
        }
    }

    /// A value that is matched; one that never comes is nowhere.
    pub(super) fn matched(&mut self, value: &Expr) -> Result<(Place, Type), Failed> {
        if value.ty == Type::Never {
            self.emit(value, Sink::Nothing)?;
            return Ok((self.temporary(0), Type::Never));
        }
        self.place(value)
    }

    /// The value of a new variable. What its expression reads may be the variable of the round before.
    fn emit_fresh(&mut self, value: &Expr, variable: Place, span: Span) -> Result<(), Failed> {
        let ty = self.own_type(value)?;
        let layout = self.layout(&ty, span)?;
        if layout.repr == Repr::Unit || value.ty == Type::Never {
            return self.emit(value, Sink::Nothing);
        }
        self.emit(value, variable.sink())
    }

    fn assign(&mut self, place: &Expr, value: &Expr) -> Result<(), Failed> {
        let span = value.span;
        let ty = self.own_type(value)?;
        let layout = self.layout(&ty, span)?;
        // The value may be made of what it replaces: it is put together elsewhere.
        match layout.repr {
            Repr::Unit => {
                self.emit(value, Sink::Nothing)?;
                self.place(place).map(|_| ())
            }
            Repr::Memory => {
                let made = self.temporary(layout.size);
                self.emit(value, made.sink())?;
                let (target, _) = self.place(place)?;
                self.load(made, &ty, span)?;
                self.store(layout, target.sink());
                Ok(())
            }
            repr => {
                let first = self.code.locals_for(repr);
                self.emit(value, Sink::Locals(first))?;
                let (target, _) = self.place(place)?;
                self.code.push(repr, first);
                self.store(layout, target.sink());
                Ok(())
            }
        }
    }

    fn aggregate(&mut self, elements: &[Expr], sink: Sink, span: Span) -> Result<(), Failed> {
        let mut offset = 0;
        for element in elements {
            let own = self.own_type(element)?;
            let size = self.layout(&own, span)?.size;
            self.emit_part(element, sink, offset)?;
            offset += size;
        }
        Ok(())
    }

    /// Evaluates a part of a value to its place within.
    pub(super) fn emit_part(&mut self, part: &Expr, sink: Sink, by: u32) -> Result<(), Failed> {
        match sink {
            Sink::Memory { base, offset } => {
                let ty = self.own_type(part)?;
                let sink = if self.layout(&ty, part.span)?.repr == Repr::Unit {
                    Sink::Nothing
                } else {
                    Sink::Memory { base, offset: offset + by }
                };
                self.emit(part, sink)
            }
            _ => self.discard(part),
        }
    }

    #[allow(clippy::too_many_arguments, reason = "a struct literal has as many parts")]
    fn struct_value(
        &mut self,
        id: AdtId,
        variant: u32,
        ty: &Type,
        fields: &[(u32, Expr)],
        base: Option<&Expr>,
        sink: Sink,
        span: Span,
    ) -> Result<(), Failed> {
        let is_enum = self.m.program.adt(id).is_enum;
        let parts =
            if is_enum { self.m.variant_parts(ty, variant, span)? } else { self.m.parts(ty, span)? };
        if is_enum && let Sink::Memory { .. } = sink {
            self.store_tag(id, variant, sink);
        }
        let mut given = Vec::new();
        for (index, value) in fields {
            let Some(part) = parts.get(*index as usize) else {
                return Err(self.m.inconsistent(span, "a field that there is not"));
            };
            self.emit_part(value, sink, part.offset)?;
            given.push(*index as usize);
        }
        if let Some(base) = base {
            let (from, own) = self.place(base)?;
            for (index, part) in parts.iter().enumerate().filter(|(index, _)| !given.contains(index)) {
                if let (Sink::Memory { base, offset }, true) = (sink, part.layout.size > 0) {
                    let (field, field_type) = self.field(from, &own, index as u32, span)?;
                    self.load(field, &field_type, span)?;
                    self.store(part.layout, Sink::Memory { base, offset: offset + part.offset });
                }
            }
        }
        Ok(())
    }

    /// Writes the number of a variant.
    pub(super) fn store_tag(&mut self, id: AdtId, variant: u32, sink: Sink) {
        if let Sink::Memory { base, offset } = sink {
            let wide = tag_size(self.m.program.adt(id).items.len()) == 4;
            self.code.get(base);
            self.code.i32(variant);
            self.code.op(if wide {
                Instruction::I32Store(at(offset))
            } else {
                Instruction::I32Store8(at(offset))
            });
        }
    }

    fn repeat(&mut self, value: &Expr, length: &Type, sink: Sink, span: Span) -> Result<(), Failed> {
        let Type::Constant(length) = *length else {
            return Err(self.m.inconsistent(span, "an array without a length"));
        };
        let own = self.own_type(value)?;
        let layout = self.layout(&own, span)?;
        let Sink::Memory { base, offset } = sink else { return self.discard(value) };
        if length == 0 || layout.size == 0 {
            return self.discard(value);
        }
        self.emit(value, Sink::Memory { base, offset })?;
        if length == 1 {
            return Ok(());
        }
        // The rest is copied from what is before it, so the copying may overlap in its direction.
        for place in [offset + layout.size, offset] {
            self.push_address(Place::Memory { base, offset: place }, span)?;
        }
        self.code.i32(layout.size * (length as u32 - 1));
        if layout.size.is_multiple_of(8) {
            self.call_instance(Instance::Copy, span)
        } else {
            self.copy_upwards(layout.size);
            Ok(())
        }
    }

    /// Pops target, source and size, and copies one element after another: the source runs into what was copied.
    fn copy_upwards(&mut self, step: u32) {
        use Instruction as I;
        let [to, from, left] = [(); 3].map(|()| self.code.local(ValType::I32));
        for local in [left, from, to] {
            self.code.set(local);
        }
        let done = self.code.block();
        let again = self.code.repeat();
        self.code.get(left);
        self.code.op(I::I32Eqz);
        self.code.leave_if(done);
        self.copy(to, 0, from, 0, step);
        for (local, op) in [(to, I::I32Add), (from, I::I32Add), (left, I::I32Sub)] {
            self.code.get(local);
            self.code.i32(step);
            self.code.op(op);
            self.code.set(local);
        }
        self.code.leave(again);
        self.code.end();
        self.code.end();
    }

    fn closure_value(
        &mut self,
        id: crate::types::ClosureId,
        captured: &[crate::tree::LocalId],
        sink: Sink,
        span: Span,
    ) -> Result<(), Failed> {
        let Sink::Memory { base, offset } = sink else { return Ok(()) };
        if self.m.program.closure(id).moves {
            for (local, part) in captured.iter().zip(self.m.captures(id, span)?) {
                let (place, ty) = self.variable(*local, span)?;
                self.load(place, &ty, span)?;
                self.store(part.layout, Sink::Memory { base, offset: offset + part.offset });
            }
            return Ok(());
        }
        for (index, local) in captured.iter().enumerate() {
            let (place, _) = self.variable(*local, span)?;
            self.code.get(base);
            let place = self.within(place, 0, span)?;
            self.push_address(place, span)?;
            self.code.op(Instruction::I32Store(at(offset + 4 * index as u32)));
        }
        Ok(())
    }
}
