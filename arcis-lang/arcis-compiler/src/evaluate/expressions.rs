//! Expressions and statements.

use std::sync::Arc;

use arcis_circuit::{Op, WireId};

use super::memory::{Reference, Step};
use super::value::{EnumValue, Value, tag_width};
use super::{Evaluator, Stop};
use crate::diagnostics::Diagnostic;
use crate::source::Span;
use crate::syntax::BinaryOp;
use crate::tree::{CallSite, Expr, ExprKind, Statement};
use crate::types::{AdtId, Type};

/// Longest array.
const MAX_ARRAY: u128 = 1 << 20;

impl Evaluator<'_, '_> {
    /// The value of an expression.
    pub(super) fn value(&mut self, expression: &Expr) -> Result<Value, Stop> {
        let span = expression.span;
        self.step(span)?;
        match &expression.kind {
            ExprKind::Integer(value) => {
                let width = self.word_width(&expression.ty, span)?;
                Ok(Value::Word(self.graph.integer(*value, width, span)))
            }
            ExprKind::Float(value) => self.float_constant(*value, &expression.ty, span),
            ExprKind::Bool(value) => Ok(Value::Word(self.graph.bool(*value, span))),
            ExprKind::Bytes(bytes) => {
                let bytes = bytes.iter().map(|byte| Value::Word(self.graph.integer((*byte).into(), 8, span)));
                let array = Value::aggregate(bytes.collect());
                Ok(self.reference_to(array))
            }
            ExprKind::Text | ExprKind::Error => Ok(Value::Uninitialized),
            ExprKind::Local(id) => match self.frame.locals.get(id.0).copied().flatten() {
                Some(slot) => Ok(self.memory.slot(slot).clone()),
                None => Err(self.inconsistent(span, "a variable is not bound")),
            },
            ExprKind::Constant(id, arguments) => {
                let constant = self.program.constant_value(*id, arguments);
                self.constant(constant, span)
            }
            ExprKind::TraitConstant(of_trait, name, arguments) => {
                self.trait_constant(*of_trait, name, arguments, span)
            }
            ExprKind::Function(site) => Ok(Value::Function(Arc::clone(site))),
            ExprKind::Unary(op, operand) => {
                let ty = operand.ty.clone();
                let operand = self.value(operand)?;
                let word = self.word_of(&operand, span)?;
                self.unary(*op, word, &ty, span)
            }
            ExprKind::Binary(BinaryOp::And, left, right) => {
                let left = self.bit(left)?;
                self.choose(
                    left,
                    span,
                    |this| this.value(right),
                    |this| Ok(Value::Word(this.graph.bool(false, span))),
                )
            }
            ExprKind::Binary(BinaryOp::Or, left, right) => {
                let left = self.bit(left)?;
                self.choose(
                    left,
                    span,
                    |this| Ok(Value::Word(this.graph.bool(true, span))),
                    |this| this.value(right),
                )
            }
            ExprKind::Binary(op, left, right) => {
                let (a, b) = (self.value(left)?, self.value(right)?);
                let (mut a, mut b, mut ty) = (a, b, left.ty.clone());
                while let (Value::Reference(first), Value::Reference(second)) = (&a, &b) {
                    let (first, second) = (Arc::clone(first), Arc::clone(second));
                    (a, b) = (self.read(&first, span)?, self.read(&second, span)?);
                    if let Type::Reference(_, target) = &ty {
                        ty = (**target).clone();
                    }
                }
                self.binary(*op, &ty, &a, &b, span).map(Value::Word)
            }
            ExprKind::Assign(place, value) => {
                let value = self.value(value)?;
                let place = self.place(place)?;
                self.write(&place, value, span)?;
                Ok(Value::unit())
            }
            ExprKind::AssignOp(op, place, value) => {
                let value = self.value(value)?;
                let ty = place.ty.clone();
                let place = self.place(place)?;
                let old = self.read(&place, span)?;
                let new = self.binary(*op, &ty, &old, &value, span)?;
                self.write(&place, Value::Word(new), span)?;
                Ok(Value::unit())
            }
            ExprKind::Call(site, arguments) => {
                let arguments = self.values(arguments)?;
                self.call(site, arguments, &expression.ty, span)
            }
            ExprKind::CallValue(function, arguments) => {
                let function = self.value(function)?;
                let arguments = self.values(arguments)?;
                self.call_value(&function, arguments, &expression.ty, span)
            }
            ExprKind::Field(base, index) if !is_place(base) => {
                let base = self.value(base)?;
                match &base {
                    Value::Aggregate(parts) => match parts.get(*index as usize) {
                        Some(part) => Ok(part.clone()),
                        None => Err(self.inconsistent(span, "a field is not there")),
                    },
                    Value::Uninitialized => Ok(Value::Uninitialized),
                    _ => Err(self.inconsistent(span, "a struct was expected")),
                }
            }
            ExprKind::Field(..)
            | ExprKind::Index(..)
            | ExprKind::Part(..)
            | ExprKind::PartByRange(..)
            | ExprKind::Dereference(_) => {
                let place = self.place(expression)?;
                self.read(&place, span)
            }
            ExprKind::Aggregate(elements) => self.values(elements).map(Value::aggregate),
            ExprKind::Repeat(value, length) => {
                let value = self.value(value)?;
                match length {
                    Type::Constant(length) if *length <= MAX_ARRAY => {
                        Ok(Value::aggregate(vec![value; *length as usize]))
                    }
                    _ => Err(self.stop(
                        Diagnostic::new(span, "this array is too long")
                            .help(format!("a circuit has arrays of at most {MAX_ARRAY} elements")),
                    )),
                }
            }
            ExprKind::Struct(id, variant, fields, base) => {
                self.struct_value(*id, *variant, fields, base.as_deref(), span)
            }
            ExprKind::Let(pattern, value) => {
                let place = self.place(value)?;
                let fits = self.fits(pattern, &place, span)?;
                if self.known(fits) != Some(false) {
                    self.bind(pattern, &place, span)?;
                }
                Ok(Value::Word(fits))
            }
            ExprKind::If(condition, when_true, when_false) => {
                let condition_span = condition.span;
                let condition = self.bit(condition)?;
                self.choose(
                    condition,
                    condition_span,
                    |this| this.value(when_true),
                    |this| this.value(when_false),
                )
            }
            ExprKind::Match(value, arms) => {
                let value_span = value.span;
                let place = self.place(value)?;
                self.arms(arms, &place, value_span)
            }
            ExprKind::Block(statements, value) => {
                for statement in statements {
                    self.statement(statement)?;
                    if let Some(left) = self.left(span) {
                        return Err(left);
                    }
                }
                self.value(value)
            }
            ExprKind::Labelled(id, body) => self.labelled(*id, body),
            ExprKind::Loop { id, bound, body, .. } => self.endless(*id, *bound, body, span),
            ExprKind::For { id, bound, pattern, iterator, step, body } => {
                self.for_loop(*id, *bound, pattern, iterator, step, body, span)
            }
            ExprKind::Break(id, value) => {
                let value = match value {
                    Some(value) => self.value(value)?,
                    None => Value::unit(),
                };
                self.break_value(*id, value, span)
            }
            ExprKind::Continue(id) => self.continue_loop(*id, span),
            ExprKind::Return(value) => {
                let value = match value {
                    Some(value) => self.value(value)?,
                    None => Value::unit(),
                };
                self.return_value(value, span)
            }
            ExprKind::Try(value, site) => self.try_value(value, site.as_deref(), span),
            ExprKind::Closure(id, captured, moves) => {
                let mut slots = Vec::with_capacity(captured.len());
                for local in captured {
                    let Some(slot) = self.frame.locals.get(local.0).copied().flatten() else { continue };
                    let slot = if *moves {
                        let value = self.memory.slot(slot).clone();
                        self.memory.allocate(value)
                    } else {
                        slot
                    };
                    slots.push((*local, slot));
                }
                Ok(Value::Closure(*id, Arc::new(slots)))
            }
            ExprKind::Reference(target) => {
                let place = self.place(target)?;
                Ok(Value::Reference(Arc::new(place)))
            }
            ExprKind::Cast(value) => self.cast(value, &expression.ty, span),
            ExprKind::Panic(text) => {
                let message = if text.is_empty() { "this is reached" } else { text };
                let secret = self.secret_condition();
                let diagnostic = Diagnostic::new(span, message).help(
                    "a circuit cannot stop half-way: this has to be ruled out by what is known when compiling",
                );
                Err(self.stop(match secret {
                    Some(condition) => diagnostic.related(condition, "whether it is reached depends on this"),
                    None => diagnostic,
                }))
            }
        }
    }

    pub(super) fn values(&mut self, expressions: &[Expr]) -> Result<Vec<Value>, Stop> {
        expressions.iter().map(|expression| self.value(expression)).collect()
    }

    fn statement(&mut self, statement: &Statement) -> Result<(), Stop> {
        match statement {
            Statement::Expression(expression) => self.value(expression).map(|_| ()),
            Statement::Let(pattern, None, _) => {
                self.bind_value(pattern, Value::Uninitialized, Span::default())
            }
            Statement::Let(pattern, Some(value), None) => {
                let span = value.span;
                let value = self.value(value)?;
                self.bind_value(pattern, value, span)
            }
            Statement::Let(pattern, Some(value), Some(otherwise)) => {
                let span = value.span;
                let place = self.place(value)?;
                let fits = self.fits(pattern, &place, span)?;
                if self.known(fits) == Some(false) {
                    return self.value(otherwise).map(|_| ());
                }
                self.bind(pattern, &place, span)?;
                self.choose(fits, span, |_| Ok(Value::unit()), |this| this.value(otherwise)).map(|_| ())
            }
        }
    }

    fn struct_value(
        &mut self,
        id: AdtId,
        variant: u32,
        fields: &[(u32, Expr)],
        base: Option<&Expr>,
        span: Span,
    ) -> Result<Value, Stop> {
        let adt = self.program.adt(id);
        let count = adt.items.get(variant as usize).map_or(0, |item| item.fields.list.len());
        let mut parts = vec![Value::Uninitialized; count];
        let mut given = Vec::new();
        for (index, value) in fields {
            given.push((*index as usize, self.value(value)?));
        }
        if let Some(base) = base
            && let Value::Aggregate(values) = self.value(base)?
        {
            parts = values.as_ref().clone();
        }
        for (index, value) in given {
            if let Some(part) = parts.get_mut(index) {
                *part = value;
            }
        }
        if adt.is_enum {
            let count = adt.items.len();
            return Ok(self.variant(variant, count, parts, span));
        }
        Ok(Value::aggregate(parts))
    }

    /// Calls a value: a closure or a function, perhaps behind references.
    pub(super) fn call_value(
        &mut self,
        function: &Value,
        arguments: Vec<Value>,
        result: &Type,
        span: Span,
    ) -> Result<Value, Stop> {
        match function {
            Value::Closure(id, captured) => self.call_closure(*id, captured, arguments, span),
            Value::Function(site) => self.call(site, arguments, result, span),
            Value::Reference(reference) => {
                let target = self.read(reference, span)?;
                self.call_value(&target, arguments, result, span)
            }
            Value::Aggregate(parts) if parts.len() == 1 => {
                self.call_value(&parts[0], arguments, result, span)
            }
            _ => Err(self.inconsistent(span, "a function was expected")),
        }
    }

    /// `value?`
    fn try_value(&mut self, value: &Expr, site: Option<&CallSite>, span: Span) -> Result<Value, Stop> {
        let value = self.value(value)?;
        let Value::Enum(value) = value else {
            return Err(self.inconsistent(span, "an option or a result was expected"));
        };
        let good: u32 = if site.is_some() { 0 } else { 1 };
        let number = self.graph.integer(good.into(), self.graph.width(value.tag), span);
        let is_good = self.graph.build(Op::Eq(value.tag, number), span);
        let inner = |value: &EnumValue, variant: u32| {
            let fields = value.fields.get(variant as usize).and_then(|fields| fields.as_ref());
            fields.and_then(|fields| fields.first().cloned()).unwrap_or(Value::Uninitialized)
        };
        self.choose(
            is_good,
            span,
            |_| Ok(inner(&value, good)),
            |this| {
                let early = match site {
                    Some(site) => {
                        let error = inner(&value, 1);
                        let error = this.call(site, vec![error], &Type::Error, span)?;
                        this.variant(1, 2, vec![error], span)
                    }
                    None => this.variant(0, 2, Vec::new(), span),
                };
                this.return_value(early, span)
            },
        )
    }

    /// A constant as a value.
    pub(super) fn constant(
        &mut self,
        constant: Option<Arc<super::Constant>>,
        span: Span,
    ) -> Result<Value, Stop> {
        let Some(constant) = constant else {
            self.failed = true;
            return Err(Stop::Failed);
        };
        let Self { graph, memory, .. } = self;
        let mut allocate = |value| Value::Reference(Arc::new(Reference::slot(memory.allocate(value))));
        Ok(constant.to_value(graph, span, &mut allocate))
    }

    fn trait_constant(
        &mut self,
        of_trait: crate::types::TraitId,
        name: &str,
        arguments: &crate::types::Types,
        span: Span,
    ) -> Result<Value, Stop> {
        let program = self.program;
        match program.trait_constant_of(of_trait, name, arguments) {
            Some((id, generics)) => {
                let constant = program.constant_value(id, &generics);
                self.constant(constant, span)
            }
            None => {
                let own = program.type_name(&arguments[0]);
                let of_trait = &program.trait_definition(of_trait).name.text;
                let message = format!("`{own}` does not implement `{of_trait}`");
                Err(self.stop(Diagnostic::new(span, message).help("implement it")))
            }
        }
    }

    pub(super) fn reference_to(&mut self, value: Value) -> Value {
        Value::Reference(Arc::new(Reference::slot(self.memory.allocate(value))))
    }

    /// The place that an expression names; for any other, a new variable with its value.
    pub(super) fn place(&mut self, expression: &Expr) -> Result<Reference, Stop> {
        let span = expression.span;
        match &expression.kind {
            ExprKind::Local(id) => match self.frame.locals.get(id.0).copied().flatten() {
                Some(slot) => Ok(Reference::slot(slot)),
                None => Err(self.inconsistent(span, "a variable is not bound")),
            },
            ExprKind::Field(base, index) => Ok(self.place(base)?.step(&Step::Part(*index))),
            ExprKind::Dereference(reference) => {
                let reference = self.value(reference)?;
                match reference {
                    Value::Reference(reference) => Ok(reference.as_ref().clone()),
                    Value::Uninitialized => Ok(Reference::slot(self.memory.allocate(Value::Uninitialized))),
                    _ => Err(self.inconsistent(span, "a reference was expected")),
                }
            }
            ExprKind::Index(base, index) => {
                let base = self.place(base)?;
                let index_span = index.span;
                let index = self.value(index)?;
                let index = self.word_of(&index, index_span)?;
                self.element(&base, index, &expression.ty, index_span)
            }
            ExprKind::Part(base, start, end, inclusive) => {
                let base = self.place(base)?;
                let start = match start {
                    Some(start) => Some(self.value(start)?),
                    None => None,
                };
                let end = match end {
                    Some(end) => Some(self.value(end)?),
                    None => None,
                };
                self.part(&base, start.as_ref(), end.as_ref(), *inclusive, span)
            }
            ExprKind::PartByRange(base, range) => {
                let base = self.place(base)?;
                let name = match &range.ty {
                    Type::Adt(id, _) => self.program.prelude_name(*id).unwrap_or_default().to_owned(),
                    _ => String::new(),
                };
                let range = self.value(range)?;
                let ends = match &range {
                    Value::Aggregate(ends) => ends.as_ref().clone(),
                    _ => Vec::new(),
                };
                let (start, end, inclusive) = match name.as_str() {
                    "Range" => (ends.first(), ends.get(1), false),
                    "RangeInclusive" => (ends.first(), ends.get(1), true),
                    "RangeFrom" => (ends.first(), None, false),
                    "RangeTo" => (None, ends.first(), false),
                    "RangeToInclusive" => (None, ends.first(), true),
                    _ => (None, None, false),
                };
                self.part(&base, start, end, inclusive, span)
            }
            _ => {
                let value = self.value(expression)?;
                Ok(Reference::slot(self.memory.allocate(value)))
            }
        }
    }

    /// The element of an array with this number.
    pub(super) fn element(
        &mut self,
        base: &Reference,
        index: WireId,
        ty: &Type,
        span: Span,
    ) -> Result<Reference, Stop> {
        let count = self.count(base, span)?;
        let known = self.graph.constant_value(index).map(|bits| bits.to_u64().unwrap_or(u64::MAX));
        match known {
            Some(index) if index < u64::from(count) => Ok(base.step(&Step::Part(index as u32))),
            Some(index) if self.conditions.is_empty() && self.live(span).is_none() => {
                let message = format!("this array has {count} elements, the index is {index}");
                Err(self.stop(
                    Diagnostic::new(span, message)
                        .help("the first index is 0, the last one less than the length"),
                ))
            }
            Some(_) => {
                // It may not be reached: as anywhere beyond the last, the default is read and nothing written.
                let default = self.default_or_zero(ty, base, span)?;
                Ok(Reference::slot(self.memory.allocate(default)))
            }
            None => {
                let default = self.default_or_zero(ty, base, span)?;
                Ok(base.step(&Step::Element(index, 0, count, Box::new(default))))
            }
        }
    }

    /// What is read beyond the end of an array: the default, or zeros for a type that has none.
    fn default_or_zero(&mut self, ty: &Type, base: &Reference, span: Span) -> Result<Value, Stop> {
        if self.program.has_default(ty) {
            return self.default_value(ty, span);
        }
        let whole = self.read(base, span)?;
        match &whole {
            Value::Aggregate(parts) => match parts.first() {
                Some(first) => Ok(self.zeros_like(&first.clone(), span)),
                None => Ok(Value::Uninitialized),
            },
            _ => Ok(Value::Uninitialized),
        }
    }

    fn part(
        &mut self,
        base: &Reference,
        start: Option<&Value>,
        end: Option<&Value>,
        inclusive: bool,
        span: Span,
    ) -> Result<Reference, Stop> {
        let count = u64::from(self.count(base, span)?);
        let start = match start {
            Some(start) => self.known_number(start, span)?,
            None => 0,
        };
        let end = match end {
            Some(end) => self.known_number(end, span)?.saturating_add(u64::from(inclusive)),
            None => count,
        };
        if start > end || end > count {
            let message = format!("this array has {count} elements, the part goes from {start} to {end}");
            return Err(
                self.stop(Diagnostic::new(span, message).help("take a part that is within the array"))
            );
        }
        Ok(base.step(&Step::Range(start as u32, (end - start) as u32)))
    }

    /// A number that has to be known when compiling.
    pub(super) fn known_number(&mut self, value: &Value, span: Span) -> Result<u64, Stop> {
        let word = self.word_of(value, span)?;
        match self.graph.constant_value(word).and_then(arcis_circuit::Bits::to_u64) {
            Some(number) => Ok(number),
            None => Err(self.stop(
                Diagnostic::new(span, "this has to be known when compiling")
                    .help("use a constant; to read at a place that is not known, index an element: `a[i]`"),
            )),
        }
    }

    /// How many elements there are at a place.
    pub(super) fn count(&mut self, reference: &Reference, span: Span) -> Result<u32, Stop> {
        match reference {
            Reference::Place(place) => {
                if let Some(Step::Range(_, count)) = place.path.last() {
                    return Ok(*count);
                }
                let mut value = self.memory.slot(place.slot).clone();
                for step in &place.path {
                    value = match (step, &value) {
                        (Step::Part(index), Value::Aggregate(parts)) => {
                            parts.get(*index as usize).cloned().unwrap_or(Value::Uninitialized)
                        }
                        (Step::Element(_, start, _, default), Value::Aggregate(parts)) => {
                            parts.get(*start as usize).unwrap_or(default).clone()
                        }
                        (Step::Range(start, count), Value::Aggregate(parts)) => {
                            let start = *start as usize;
                            let end = start + *count as usize;
                            Value::aggregate(parts.get(start..end).unwrap_or_default().to_vec())
                        }
                        (Step::Field(variant, index), Value::Enum(value)) => value
                            .fields
                            .get(*variant as usize)
                            .and_then(|fields| fields.as_ref())
                            .and_then(|fields| fields.get(*index as usize).cloned())
                            .unwrap_or(Value::Uninitialized),
                        _ => Value::Uninitialized,
                    };
                }
                match value {
                    Value::Aggregate(parts) => Ok(parts.len() as u32),
                    Value::Uninitialized => Ok(0),
                    _ => Err(self.inconsistent(span, "an array was expected")),
                }
            }
            Reference::Choice(_, yes, no) => {
                let (yes, no) = (self.count(yes, span)?, self.count(no, span)?);
                if yes != no {
                    return Err(self.stop(
                        Diagnostic::new(
                            span,
                            "how long a slice is depends on a condition that is not known when compiling",
                        )
                        .help("use slices of one length, or a `BoundedVec`"),
                    ));
                }
                Ok(yes)
            }
        }
    }

    /// The place that the reference at a place leads to.
    pub(super) fn follow(&mut self, place: &Reference, span: Span) -> Result<Reference, Stop> {
        match self.read(place, span)? {
            Value::Reference(reference) => Ok(reference.as_ref().clone()),
            Value::Uninitialized => Ok(Reference::slot(self.memory.allocate(Value::Uninitialized))),
            _ => Err(self.inconsistent(span, "a reference was expected")),
        }
    }

    fn bit(&mut self, expression: &Expr) -> Result<WireId, Stop> {
        let value = self.value(expression)?;
        self.word_of(&value, expression.span)
    }

    /// The word of a scalar; references are followed.
    pub(super) fn word_of(&mut self, value: &Value, span: Span) -> Result<WireId, Stop> {
        match value {
            Value::Word(wire) => Ok(*wire),
            Value::Reference(reference) => {
                let value = self.read(reference, span)?;
                self.word_of(&value, span)
            }
            _ => Err(self.inconsistent(span, "a scalar was expected")),
        }
    }

    /// `as`
    fn cast(&mut self, value: &Expr, to: &Type, span: Span) -> Result<Value, Stop> {
        let from = value.ty.clone();
        let value = self.value(value)?;
        if let (Type::Adt(id, _), Value::Enum(value)) = (&from, &value) {
            let width = self.word_width(to, span)?;
            let numbers = self.program.discriminants(*id);
            let values: Vec<Value> =
                numbers.iter().map(|number| Value::Word(self.graph.integer(*number, width, span))).collect();
            if numbers.iter().enumerate().all(|(index, number)| index as u128 == *number) {
                let tag = value.tag;
                let own = tag_width(numbers.len());
                let op = if width >= own {
                    Op::Extend { a: tag, width, signed: false }
                } else {
                    Op::Slice { a: tag, offset: 0, width }
                };
                return Ok(Value::Word(self.graph.build(op, span)));
            }
            let zero = Value::Word(self.graph.integer(0, width, span));
            return self.lookup(value.tag, &values, &zero, span);
        }
        if from == *to || matches!(to, Type::Pointer(..)) {
            return Ok(value);
        }
        let word = self.word_of(&value, span)?;
        self.cast_word(word, &from, to, span).map(Value::Word)
    }
}

/// Whether an expression names a place in memory.
fn is_place(expression: &Expr) -> bool {
    match &expression.kind {
        ExprKind::Local(_) | ExprKind::Dereference(_) | ExprKind::Index(..) | ExprKind::Part(..) => true,
        ExprKind::PartByRange(..) => true,
        ExprKind::Field(base, _) => is_place(base),
        _ => false,
    }
}
