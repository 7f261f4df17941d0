//! Expressions, statements and calls.

use std::rc::Rc;

use arcis_circuit::{Op, WireId};

use super::memory::Place;
use super::value::Value;
use super::{Evaluator, MAX_CALL_DEPTH, MAX_STEPS, Stop};
use crate::diagnostics::Diagnostic;
use crate::source::Span;
use crate::syntax::BinaryOp;
use crate::tree::{Body, Expr, ExprKind, Pattern, Statement};
use crate::types::{FunctionId, IntegerType, Type};

/// The variables of the function being run: where each is, once it is bound.
pub(super) struct Frame {
    locals: Vec<Option<Place>>,
}

impl Evaluator<'_> {
    /// Runs a body on arguments.
    pub(super) fn body(&mut self, body: &Body, arguments: Vec<Value>) -> Result<Value, Stop> {
        let mut frame = Frame { locals: vec![None; body.locals.len()] };
        let mark = self.memory.mark();
        for (pattern, argument) in body.parameters.iter().zip(arguments) {
            self.bind(&mut frame, pattern, argument, body.value.span)?;
        }
        let value = self.value(&mut frame, &body.value)?;
        self.memory.release(mark);
        Ok(value)
    }

    fn call(&mut self, id: FunctionId, arguments: Vec<Value>, span: Span) -> Result<Value, Stop> {
        let name = self.program.function_name(id);
        if self.calls.iter().any(|(running, _)| *running == id) {
            return Err(self.stop(
                Diagnostic::new(span, format!("`{name}` calls itself"))
                    .help("use a loop: `for i in 0..N` with a constant N"),
            ));
        }
        if self.calls.len() >= MAX_CALL_DEPTH {
            return Err(self.stop(Diagnostic::new(span, "calls are nested too deeply here")));
        }
        let Some(body) = self.program.body(id) else {
            // What is wrong with the body was reported where it stands.
            self.failed = true;
            return Err(Stop);
        };
        self.calls.push((id, span));
        let value = self.body(&body, arguments);
        self.calls.pop();
        value
    }

    fn bind(&mut self, frame: &mut Frame, pattern: &Pattern, value: Value, span: Span) -> Result<(), Stop> {
        match pattern {
            Pattern::Wildcard => Ok(()),
            Pattern::Local(id) => {
                let place = self.memory.allocate(value);
                match frame.locals.get_mut(id.0) {
                    Some(local) => *local = Some(place),
                    None => return Err(self.inconsistent(span, "a variable is unknown")),
                }
                Ok(())
            }
            Pattern::Dereference(inner) => {
                let value = self.follow(value, span)?;
                self.bind(frame, inner, value, span)
            }
            Pattern::Fields(fields) => {
                let value = self.last_reference(value);
                for (index, inner) in fields {
                    let part = match &value {
                        Value::Reference(place) => Some(Value::Reference(place.part(*index))),
                        Value::Aggregate(parts) => parts.get(*index as usize).cloned(),
                        Value::Uninitialized => Some(Value::Uninitialized),
                        _ => None,
                    };
                    let Some(part) = part else {
                        return Err(self.inconsistent(span, "a pattern does not fit its value"));
                    };
                    self.bind(frame, inner, part, span)?;
                }
                Ok(())
            }
        }
    }

    /// Of references to references, the one that leads to the value.
    fn last_reference(&self, mut value: Value) -> Value {
        while let Value::Reference(place) = &value
            && let Some(next @ Value::Reference(_)) = self.memory.read(place)
        {
            value = next.clone();
        }
        value
    }

    /// The value that a reference leads to.
    fn follow(&mut self, value: Value, span: Span) -> Result<Value, Stop> {
        let found = match &value {
            Value::Reference(place) => self.memory.read(place).cloned(),
            _ => None,
        };
        found.ok_or_else(|| self.inconsistent(span, "a reference leads nowhere"))
    }

    /// A value that has to be a word.
    pub(super) fn word_of(&mut self, value: &Value, span: Span) -> Result<WireId, Stop> {
        match value {
            Value::Word(wire) => Ok(*wire),
            _ => Err(self.inconsistent(span, "a scalar was expected")),
        }
    }

    pub(super) fn word(&mut self, frame: &mut Frame, expression: &Expr) -> Result<WireId, Stop> {
        let value = self.value(frame, expression)?;
        self.word_of(&value, expression.span)
    }

    fn values(&mut self, frame: &mut Frame, expressions: &[Expr]) -> Result<Vec<Value>, Stop> {
        expressions.iter().map(|expression| self.value(frame, expression)).collect()
    }

    /// The value of an expression.
    pub(super) fn value(&mut self, frame: &mut Frame, expression: &Expr) -> Result<Value, Stop> {
        let span = expression.span;
        self.step(span)?;
        match &expression.kind {
            ExprKind::Integer(value) => {
                let width = self.integer_type(&expression.ty, span)?.bits;
                Ok(Value::Word(self.graph.integer(*value, width.into(), span)))
            }
            ExprKind::Bool(value) => Ok(Value::Word(self.graph.bool(*value, span))),
            ExprKind::Local(_) => {
                let place = self.place(frame, expression)?;
                self.read(&place, span)
            }
            ExprKind::Constant(id) => match self.program.constant_value(*id) {
                Some(constant) => Ok(constant.to_value(&mut self.graph, span)),
                None => {
                    self.failed = true;
                    Err(Stop)
                }
            },
            ExprKind::Unary(op, operand) => {
                let operand = self.word(frame, operand)?;
                Ok(Value::Word(self.unary(*op, operand, span)))
            }
            ExprKind::Binary(op @ (BinaryOp::And | BinaryOp::Or), left, right) => {
                let left = self.word(frame, left)?;
                let decided = Value::Word(self.graph.bool(*op == BinaryOp::Or, span));
                if *op == BinaryOp::And {
                    self.choose(left, span, |this| this.value(frame, right), |_| Ok(decided))
                } else {
                    let not_left = self.graph.build(Op::Not(left), span);
                    self.choose(not_left, span, |this| this.value(frame, right), |_| Ok(decided))
                }
            }
            ExprKind::Binary(op, left, right) => {
                let ty = &left.ty;
                let left = self.value(frame, left)?;
                let right = self.value(frame, right)?;
                self.binary(*op, ty, &left, &right, span).map(Value::Word)
            }
            ExprKind::Assign(place, value) => {
                let value = self.value(frame, value)?;
                let place = self.place(frame, place)?;
                self.write(&place, value, span)
            }
            ExprKind::AssignOp(op, place, value) => {
                let ty = &place.ty;
                let value = self.value(frame, value)?;
                let place = self.place(frame, place)?;
                let former = self.read(&place, span)?;
                let result = self.binary(*op, ty, &former, &value, span)?;
                self.write(&place, Value::Word(result), span)
            }
            ExprKind::Call(id, arguments) => {
                let arguments = self.values(frame, arguments)?;
                self.call(*id, arguments, span)
            }
            ExprKind::Builtin(builtin, arguments) => {
                let values = self.values(frame, arguments)?;
                self.builtin(*builtin, &values, &expression.ty, span)
            }
            ExprKind::Field(base, index) => {
                let base = self.value(frame, base)?;
                self.part(&base, *index, span)
            }
            ExprKind::OwnerOf(base) => match self.value(frame, base)? {
                Value::Encrypted(owner, _) => Ok(Value::Owner(owner)),
                _ => Err(self.inconsistent(span, "encrypted data was expected")),
            },
            ExprKind::Index(base, index) => {
                let length = self.array_length(&base.ty, span)?;
                let base = self.value(frame, base)?;
                let index = self.index(frame, index, length)?;
                self.part(&base, index, span)
            }
            ExprKind::Aggregate(elements) => self.values(frame, elements).map(Value::aggregate),
            ExprKind::Repeat(value, length) => {
                let value = self.value(frame, value)?;
                let length = usize::try_from(*length).ok().filter(|length| *length <= super::MAX_OPERATIONS);
                match length {
                    Some(length) => Ok(Value::aggregate(vec![value; length])),
                    None => Err(self.stop(Diagnostic::new(span, "this array is too long for a circuit"))),
                }
            }
            ExprKind::Struct(id, fields, base) => {
                let mut parts = vec![Value::Uninitialized; self.program.fields(*id).len()];
                for (index, value) in fields {
                    let value = self.value(frame, value)?;
                    if let Some(part) = parts.get_mut(*index as usize) {
                        *part = value;
                    }
                }
                if let Some(base) = base {
                    let base = self.value(frame, base)?;
                    for (index, part) in parts.iter_mut().enumerate() {
                        if !fields.iter().any(|(given, _)| *given as usize == index) {
                            *part = self.part(&base, index as u32, span)?;
                        }
                    }
                }
                Ok(Value::aggregate(parts))
            }
            ExprKind::If(condition, when_true, when_false) => {
                let condition_span = condition.span;
                let condition = self.word(frame, condition)?;
                // Both bodies use the frame, one after the other.
                let frame = std::cell::RefCell::new(frame);
                self.choose(
                    condition,
                    condition_span,
                    |this| this.value(&mut frame.borrow_mut(), when_true),
                    |this| this.value(&mut frame.borrow_mut(), when_false),
                )
            }
            ExprKind::Block(statements, value) => {
                let mark = self.memory.mark();
                for statement in statements {
                    self.statement(frame, statement, span)?;
                }
                let value = self.value(frame, value)?;
                self.memory.release(mark);
                Ok(value)
            }
            ExprKind::ForRange { pattern, start, end, inclusive, body } => {
                self.for_range(frame, pattern, start, end, *inclusive, body)
            }
            ExprKind::ForElements { pattern, array, body } => self.for_elements(frame, pattern, array, body),
            ExprKind::Reference(target) => self.place(frame, target).map(Value::Reference),
            ExprKind::Dereference(target) => {
                let target = self.value(frame, target)?;
                self.follow(target, span)
            }
            ExprKind::Cast(value) => {
                let from = &value.ty;
                let word = self.word(frame, value)?;
                self.cast(word, from, &expression.ty, span).map(Value::Word)
            }
            ExprKind::Error => {
                self.failed = true;
                Err(Stop)
            }
        }
    }

    fn statement(&mut self, frame: &mut Frame, statement: &Statement, span: Span) -> Result<(), Stop> {
        match statement {
            Statement::Let(pattern, value) => {
                let value = match value {
                    Some(value) => self.value(frame, value)?,
                    None => Value::Uninitialized,
                };
                self.bind(frame, pattern, value, span)
            }
            Statement::Expression(expression) => self.value(frame, expression).map(|_| ()),
        }
    }

    fn read(&mut self, place: &Place, span: Span) -> Result<Value, Stop> {
        match self.memory.read(place).cloned() {
            Some(Value::Uninitialized) => Err(self.stop(
                Diagnostic::new(span, "this variable does not have a value in every case")
                    .help("give it one where it is declared: `let x = 0;`"),
            )),
            Some(value) => Ok(value),
            None => Err(self.inconsistent(span, "a variable is read that is not there")),
        }
    }

    fn write(&mut self, place: &Place, value: Value, span: Span) -> Result<Value, Stop> {
        match self.memory.write(place, value) {
            Some(()) => Ok(Value::unit()),
            None => Err(self.inconsistent(span, "a variable is written that is not there")),
        }
    }

    fn part(&mut self, value: &Value, index: u32, span: Span) -> Result<Value, Stop> {
        let part = match value {
            Value::Aggregate(parts) => parts.get(index as usize).cloned(),
            _ => None,
        };
        part.ok_or_else(|| self.inconsistent(span, "a part of a value is not there"))
    }

    /// Where an expression's value is kept; a value that is nowhere yet gets a place of its own.
    fn place(&mut self, frame: &mut Frame, expression: &Expr) -> Result<Place, Stop> {
        let span = expression.span;
        match &expression.kind {
            ExprKind::Local(id) => match frame.locals.get(id.0).cloned().flatten() {
                Some(place) => Ok(place),
                None => Err(self.inconsistent(span, "a variable is used before it is bound")),
            },
            ExprKind::Field(base, index) => Ok(self.place(frame, base)?.part(*index)),
            ExprKind::Index(base, index) => {
                let length = self.array_length(&base.ty, span)?;
                let base = self.place(frame, base)?;
                Ok(base.part(self.index(frame, index, length)?))
            }
            ExprKind::Dereference(target) => match self.value(frame, target)? {
                Value::Reference(place) => Ok(place),
                _ => Err(self.inconsistent(span, "a reference was expected")),
            },
            _ => {
                let value = self.value(frame, expression)?;
                Ok(self.memory.allocate(value))
            }
        }
    }

    fn array_length(&mut self, ty: &Type, span: Span) -> Result<u64, Stop> {
        match ty {
            Type::Array(_, length) => Ok(*length),
            _ => Err(self.inconsistent(span, "an array was expected")),
        }
    }

    /// An index, which has to be known when compiling and within the array.
    fn index(&mut self, frame: &mut Frame, index: &Expr, length: u64) -> Result<u32, Stop> {
        let wire = self.word(frame, index)?;
        let Some(value) = self.graph.constant_value(wire).map(arcis_circuit::Bits::to_u64) else {
            let what = if self.graph.is_public(wire) { "known only when the circuit runs" } else { "secret" };
            return Err(self.stop(
                Diagnostic::new(index.span, "an index has to be known when compiling")
                    .label(format!("this is {what}"))
                    .help("go through all elements: `for i in 0..N { if i == index { .. } }`"),
            ));
        };
        match value.filter(|value| *value < length).and_then(|value| u32::try_from(value).ok()) {
            Some(value) => Ok(value),
            None => {
                let value = value.map_or_else(|| "this".to_owned(), |value| value.to_string());
                Err(self.stop(
                    Diagnostic::new(index.span, format!("index {value} is out of range"))
                        .label(format!("the array has {length} elements")),
                ))
            }
        }
    }

    /// One turn of a loop: its variables die with it.
    fn turn(
        &mut self,
        frame: &mut Frame,
        pattern: &Pattern,
        element: Value,
        body: &Expr,
    ) -> Result<(), Stop> {
        let mark = self.memory.mark();
        self.bind(frame, pattern, element, body.span)?;
        self.value(frame, body)?;
        self.memory.release(mark);
        Ok(())
    }

    fn for_range(
        &mut self,
        frame: &mut Frame,
        pattern: &Pattern,
        start: &Expr,
        end: &Expr,
        inclusive: bool,
        body: &Expr,
    ) -> Result<Value, Stop> {
        let integer = self.integer_type(&start.ty, start.span)?;
        let first = self.bound(frame, start, integer)?;
        let last = self.bound(frame, end, integer)?;
        // Shifted so that order is the order of unsigned integers, whatever the type.
        let offset = if integer.signed { 1 << (integer.bits - 1) } else { 0 };
        let (mut current, last) = ((first ^ offset) & integer.mask(), (last ^ offset) & integer.mask());
        if current > last || current == last && !inclusive {
            return Ok(Value::unit());
        }
        let last = if inclusive { last } else { last - 1 };
        if last - current >= u128::from(MAX_STEPS) {
            return Err(self.too_large(start.span.to(end.span)));
        }
        loop {
            let element = self.graph.integer(current ^ offset, integer.bits.into(), start.span);
            self.turn(frame, pattern, Value::Word(element), body)?;
            if current == last {
                return Ok(Value::unit());
            }
            current += 1;
        }
    }

    fn bound(&mut self, frame: &mut Frame, bound: &Expr, integer: IntegerType) -> Result<u128, Stop> {
        let wire = self.word(frame, bound)?;
        match self.graph.constant_value(wire).and_then(arcis_circuit::Bits::to_u128) {
            Some(value) => Ok(value & integer.mask()),
            None => Err(self.stop(
                Diagnostic::new(bound.span, "the number of turns of a loop has to be known when compiling")
                    .help("loop up to a constant, and do the work of a turn only `if i < n`"),
            )),
        }
    }

    fn for_elements(
        &mut self,
        frame: &mut Frame,
        pattern: &Pattern,
        array: &Expr,
        body: &Expr,
    ) -> Result<Value, Stop> {
        let length = match array.ty.behind_references() {
            Type::Array(_, length) => *length,
            _ => return Err(self.inconsistent(array.span, "an array was expected")),
        };
        let value = self.value(frame, array)?;
        let value = match self.last_reference(value) {
            Value::Aggregate(parts) => Ok(parts),
            Value::Reference(place) => Err(place),
            _ => return Err(self.inconsistent(array.span, "an array was expected")),
        };
        let too_long =
            |this: &mut Self| this.stop(Diagnostic::new(array.span, "this array is too long for a circuit"));
        for index in 0..length {
            let Ok(index) = u32::try_from(index) else { return Err(too_long(self)) };
            let element = match &value {
                Ok(parts) => self.part(&Value::Aggregate(Rc::clone(parts)), index, array.span)?,
                Err(place) => Value::Reference(place.part(index)),
            };
            self.turn(frame, pattern, element, body)?;
        }
        Ok(Value::unit())
    }

    /// The type of an expression that is an integer.
    pub(super) fn integer_type(&mut self, ty: &Type, span: Span) -> Result<IntegerType, Stop> {
        match ty {
            Type::Integer(integer) => Ok(*integer),
            _ => Err(self.inconsistent(span, "an integer was expected")),
        }
    }
}
