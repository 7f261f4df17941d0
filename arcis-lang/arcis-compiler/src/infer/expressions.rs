//! Expressions, blocks and statements.

use super::{Check, Inference, unit};
use crate::diagnostics::Diagnostic;
use crate::source::Span;
use crate::syntax::{self, Block, Iterable, Name, Path, UnaryOp};
use crate::tree::{Expr, ExprKind, Statement};
use crate::types::{IntegerType, Type};

impl Inference<'_> {
    /// Infers an expression. `expected` is a hint that its type may become known from outside.
    pub(super) fn expression(&mut self, expression: &syntax::Expr, expected: Option<&Type>) -> Expr {
        let span = expression.span;
        let typed = |kind, ty| Expr { kind, ty, span };
        match &expression.kind {
            syntax::ExprKind::Integer(value, suffix) => self.integer(*value, suffix.as_deref(), false, span),
            syntax::ExprKind::Bool(value) => typed(ExprKind::Bool(*value), Type::Bool),
            syntax::ExprKind::Path(path) => self.path(path),
            syntax::ExprKind::Unary(op, operand) => self.unary(*op, operand, expected, span),
            syntax::ExprKind::Binary(op, left, right) => self.binary(*op, left, right, expected, span),
            syntax::ExprKind::Assign(place, value) => {
                let place = self.place(place);
                let value = self.expression_of(value, &place.ty.clone());
                typed(ExprKind::Assign(Box::new(place), Box::new(value)), Type::UNIT)
            }
            syntax::ExprKind::AssignOp(op, place, value) => self.assign_op(*op, place, value, span),
            syntax::ExprKind::Call(path, arguments) => self.call(path, arguments, expected, span),
            syntax::ExprKind::MethodCall { receiver, method, arguments } => {
                self.method_call(receiver, method, arguments, span)
            }
            syntax::ExprKind::Field(base, name) => self.field(base, name, span),
            syntax::ExprKind::Index(base, index) => self.index(base, index, span),
            syntax::ExprKind::Tuple(elements) => self.tuple(elements, expected, span),
            syntax::ExprKind::Array(elements) => self.array(elements, expected, span),
            syntax::ExprKind::Repeat(value, length) => self.repeat(value, length, expected, span),
            syntax::ExprKind::Struct { path, fields, base } => {
                self.struct_literal(path, fields, base.as_deref(), span)
            }
            syntax::ExprKind::If { condition, when_true, when_false } => {
                self.conditional(condition, when_true, when_false.as_deref(), expected, span)
            }
            syntax::ExprKind::Block(block) => self.block(block, span, expected),
            syntax::ExprKind::For { pattern, iterable, body } => self.for_loop(pattern, iterable, body, span),
            syntax::ExprKind::Reference { mutable, target } => {
                self.reference(*mutable, target, expected, span)
            }
            syntax::ExprKind::Dereference(target) => self.dereference(target, span),
            syntax::ExprKind::Cast(value, ty) => self.cast(value, ty, span),
            syntax::ExprKind::Error => {
                self.failed = true;
                typed(ExprKind::Error, Type::Error)
            }
        }
    }

    pub(super) fn integer(&mut self, value: u128, suffix: Option<&str>, negated: bool, span: Span) -> Expr {
        let ty = match suffix {
            None => self.types.integer(),
            Some(suffix) => match IntegerType::from_name(suffix) {
                Some(integer) => Type::Integer(integer),
                None => {
                    return self.error(Diagnostic::new(span, format!("there is no integer type `{suffix}`")));
                }
            },
        };
        self.checks.push(Check::Literal(value, negated, ty.clone(), span));
        Expr { kind: ExprKind::Integer(value), ty, span }
    }

    pub(super) fn block(&mut self, block: &Block, span: Span, expected: Option<&Type>) -> Expr {
        self.in_new_scope(|this| {
            let statements = block.statements.iter().map(|statement| this.statement(statement)).collect();
            let value = match &block.value {
                Some(value) => this.expression(value, expected),
                None => unit(span),
            };
            let ty = value.ty.clone();
            Expr { kind: ExprKind::Block(statements, Box::new(value)), ty, span }
        })
    }

    fn statement(&mut self, statement: &syntax::Statement) -> Statement {
        match statement {
            syntax::Statement::Expression(expression) => {
                Statement::Expression(self.expression(expression, None))
            }
            syntax::Statement::Let { pattern, ty, value } => {
                let declared = match ty {
                    Some(ty) => self.local_type(ty),
                    None => self.types.unknown(),
                };
                let value = value.as_ref().map(|value| match ty {
                    Some(_) => self.expression_of(value, &declared),
                    None => self.expression(value, None),
                });
                // Without a written type, the variable has the value's own: a reference keeps its kind.
                let ty = match (&value, ty) {
                    (Some(value), None) => value.ty.clone(),
                    _ => declared,
                };
                Statement::Let(self.pattern(pattern, &ty), value)
            }
        }
    }

    /// A type within a function, where `_` leaves it to inference.
    pub(super) fn local_type(&mut self, ty: &syntax::Type) -> Type {
        match &ty.kind {
            syntax::TypeKind::Inferred => self.types.unknown(),
            syntax::TypeKind::Tuple(elements) => {
                Type::Tuple(elements.iter().map(|element| self.local_type(element)).collect())
            }
            syntax::TypeKind::Array(element, length) => {
                let element = self.local_type(element);
                match self.program.length(self.scope, length) {
                    Some(length) => Type::Array(Box::new(element), length),
                    None => {
                        self.failed = true;
                        Type::Error
                    }
                }
            }
            syntax::TypeKind::Reference { mutable, target } => {
                Type::Reference { mutable: *mutable, target: Box::new(self.local_type(target)) }
            }
            _ => self.program.resolve_type(self.scope, ty),
        }
    }

    /// An expression that can be assigned to.
    pub(super) fn place(&mut self, place: &syntax::Expr) -> Expr {
        let typed = self.expression(place, None);
        let assignable = matches!(
            typed.kind,
            ExprKind::Local(_)
                | ExprKind::Field(..)
                | ExprKind::Index(..)
                | ExprKind::Dereference(_)
                | ExprKind::Error
        );
        if !assignable {
            self.report(
                Diagnostic::new(place.span, "this cannot be assigned to")
                    .help("assign to a variable, a field, an element, or through `*`"),
            );
        }
        typed
    }

    fn field(&mut self, base: &syntax::Expr, name: &Name, span: Span) -> Expr {
        let base = self.expression(base, None);
        let base = self.dereferenced(base);
        match &base.ty {
            Type::Struct(id) => match self.field_of(*id, name) {
                Some((index, ty)) => Expr { kind: ExprKind::Field(Box::new(base), index), ty, span },
                None => Expr { kind: ExprKind::Error, ty: Type::Error, span },
            },
            Type::Tuple(elements) => {
                match name.text.parse::<u32>().ok().filter(|index| (*index as usize) < elements.len()) {
                    Some(index) => {
                        let ty = elements[index as usize].clone();
                        Expr { kind: ExprKind::Field(Box::new(base), index), ty, span }
                    }
                    None => {
                        let message = format!("a tuple of {} has no field `{}`", elements.len(), name.text);
                        self.error(Diagnostic::new(name.span, message))
                    }
                }
            }
            Type::Encrypted(owner, _) if name.text == "owner" => {
                let ty = Type::Owner(*owner);
                Expr { kind: ExprKind::OwnerOf(Box::new(base)), ty, span }
            }
            Type::Encrypted(..) => {
                let message = format!("encrypted data has no field `{}`", name.text);
                self.error(
                    Diagnostic::new(name.span, message)
                        .help("call `.to_arcis()` first, to compute on the data"),
                )
            }
            Type::Error => Expr { kind: ExprKind::Error, ty: Type::Error, span },
            Type::Variable(_) => self.unknown_type(base.span),
            other => {
                let message = format!("`{}` has no fields", self.name_of(other));
                self.error(Diagnostic::new(name.span, message))
            }
        }
    }

    pub(super) fn unknown_type(&mut self, span: Span) -> Expr {
        self.error(
            Diagnostic::new(span, "the type of this is not known yet")
                .help("say it where the variable is declared: `let x: u64 = ..`"),
        )
    }

    fn index(&mut self, base: &syntax::Expr, index: &syntax::Expr, span: Span) -> Expr {
        let base = self.expression(base, None);
        let base = self.dereferenced(base);
        let index = self.expression_of(index, &Type::USIZE);
        match &base.ty {
            Type::Array(element, _) => {
                let ty = (**element).clone();
                Expr { kind: ExprKind::Index(Box::new(base), Box::new(index)), ty, span }
            }
            Type::Error => Expr { kind: ExprKind::Error, ty: Type::Error, span },
            Type::Variable(_) => self.unknown_type(base.span),
            other => {
                let message = format!("`{}` has no elements to index", self.name_of(other));
                self.error(Diagnostic::new(base.span, message).help("only arrays can be indexed"))
            }
        }
    }

    fn tuple(&mut self, elements: &[syntax::Expr], expected: Option<&Type>, span: Span) -> Expr {
        let hints = match expected.map(|ty| self.types.shallow(ty)) {
            Some(Type::Tuple(types)) if types.len() == elements.len() => {
                types.into_iter().map(Some).collect()
            }
            _ => vec![None; elements.len()],
        };
        let elements: Vec<Expr> = elements
            .iter()
            .zip(&hints)
            .map(|(element, hint)| self.expression(element, hint.as_ref()))
            .collect();
        let ty = Type::Tuple(elements.iter().map(|element| element.ty.clone()).collect());
        Expr { kind: ExprKind::Aggregate(elements), ty, span }
    }

    fn element_hint(&mut self, expected: Option<&Type>) -> Type {
        match expected.map(|ty| self.types.shallow(ty)) {
            Some(Type::Array(element, _)) => *element,
            _ => self.types.unknown(),
        }
    }

    fn array(&mut self, elements: &[syntax::Expr], expected: Option<&Type>, span: Span) -> Expr {
        let element = self.element_hint(expected);
        let elements: Vec<Expr> = elements.iter().map(|value| self.expression_of(value, &element)).collect();
        let ty = Type::Array(Box::new(element), elements.len() as u64);
        Expr { kind: ExprKind::Aggregate(elements), ty, span }
    }

    fn repeat(
        &mut self,
        value: &syntax::Expr,
        length: &syntax::Expr,
        expected: Option<&Type>,
        span: Span,
    ) -> Expr {
        let element = self.element_hint(expected);
        let value = self.expression_of(value, &element);
        let Some(length) = self.program.length(self.scope, length) else {
            self.failed = true;
            return Expr { kind: ExprKind::Error, ty: Type::Error, span };
        };
        let ty = Type::Array(Box::new(element), length);
        Expr { kind: ExprKind::Repeat(Box::new(value), length), ty, span }
    }

    fn struct_literal(
        &mut self,
        path: &Path,
        fields: &[(Name, syntax::Expr)],
        base: Option<&syntax::Expr>,
        span: Span,
    ) -> Expr {
        let Some(id) = self.struct_of_path(path) else {
            return Expr { kind: ExprKind::Error, ty: Type::Error, span };
        };
        let ty = Type::Struct(id);
        let mut values = Vec::new();
        for (name, value) in fields {
            match self.field_of(id, name) {
                Some((index, field)) => values.push((index, self.expression_of(value, &field))),
                None => {
                    self.expression(value, None);
                }
            }
        }
        let base = base.map(|base| Box::new(self.expression_of(base, &ty)));
        let definition = self.program.fields(id);
        let missing: Vec<String> = definition
            .iter()
            .filter(|field| base.is_none() && !fields.iter().any(|(name, _)| name.text == field.name))
            .map(|field| format!("`{}`", field.name))
            .collect();
        if !missing.is_empty() {
            self.report(Diagnostic::new(path.span, format!("this leaves out {}", missing.join(", "))));
        }
        Expr { kind: ExprKind::Struct(id, values, base), ty, span }
    }

    fn conditional(
        &mut self,
        condition: &syntax::Expr,
        when_true: &Block,
        when_false: Option<&syntax::Expr>,
        expected: Option<&Type>,
        span: Span,
    ) -> Expr {
        let condition = self.expression_of(condition, &Type::Bool);
        let Some(when_false) = when_false else {
            let when_true = self.block(when_true, when_true.span, Some(&Type::UNIT));
            let at = when_true.span;
            let when_true = self.coerce(when_true, &Type::UNIT, at);
            let kind = ExprKind::If(Box::new(condition), Box::new(when_true), Box::new(unit(span)));
            return Expr { kind, ty: Type::UNIT, span };
        };
        let value_span = |block: &Block| block.value.as_ref().map_or(block.span, |value| value.span);
        let when_true_at = value_span(when_true);
        let when_true = self.block(when_true, when_true.span, expected);
        let ty = match expected {
            Some(expected) => expected.clone(),
            None => when_true.ty.clone(),
        };
        let when_true = self.coerce(when_true, &ty, when_true_at);
        let when_false_at = match &when_false.kind {
            syntax::ExprKind::Block(block) => value_span(block),
            _ => when_false.span,
        };
        let when_false = self.expression(when_false, Some(&ty));
        let when_false = self.coerce(when_false, &ty, when_false_at);
        let kind = ExprKind::If(Box::new(condition), Box::new(when_true), Box::new(when_false));
        Expr { kind, ty, span }
    }

    fn for_loop(&mut self, pattern: &syntax::Pattern, iterable: &Iterable, body: &Block, span: Span) -> Expr {
        match iterable {
            Iterable::Range { start, end, inclusive } => {
                let ty = self.types.integer();
                let start = self.expression_of(start, &ty);
                let end = self.expression_of(end, &ty);
                self.checks.push(Check::RangeOf(ty.clone(), span));
                self.in_new_scope(|this| {
                    let pattern = this.pattern(pattern, &ty);
                    let body = Box::new(this.loop_body(body));
                    let (start, end) = (Box::new(start), Box::new(end));
                    let kind = ExprKind::ForRange { pattern, start, end, inclusive: *inclusive, body };
                    Expr { kind, ty: Type::UNIT, span }
                })
            }
            Iterable::Elements(array) => {
                let array_span = array.span;
                let array = self.expression(array, None);
                let element = match self.types.shallow(&array.ty) {
                    Type::Array(element, _) => *element,
                    Type::Reference { mutable, target } => match self.types.shallow(&target) {
                        Type::Array(element, _) => Type::Reference { mutable, target: element },
                        _ => self.not_iterable(&array.ty, array_span),
                    },
                    _ => self.not_iterable(&array.ty, array_span),
                };
                self.in_new_scope(|this| {
                    let pattern = this.pattern(pattern, &element);
                    let body = Box::new(this.loop_body(body));
                    let kind = ExprKind::ForElements { pattern, array: Box::new(array), body };
                    Expr { kind, ty: Type::UNIT, span }
                })
            }
        }
    }

    fn loop_body(&mut self, body: &Block) -> Expr {
        let value = self.block(body, body.span, Some(&Type::UNIT));
        self.coerce(value, &Type::UNIT, body.span)
    }

    fn not_iterable(&mut self, ty: &Type, span: Span) -> Type {
        if self.types.shallow(ty) != Type::Error {
            let message = format!("a loop cannot go through `{}`", self.name_of(ty));
            let help = "go through a range, `0..10`, an array, or a reference to one: `for x in &array`";
            self.report(Diagnostic::new(span, message).help(help));
        }
        Type::Error
    }

    fn reference(
        &mut self,
        mutable: bool,
        target: &syntax::Expr,
        expected: Option<&Type>,
        span: Span,
    ) -> Expr {
        let hint = match expected.map(|ty| self.types.shallow(ty)) {
            Some(Type::Reference { target, .. }) => Some(*target),
            _ => None,
        };
        let target = self.expression(target, hint.as_ref());
        let ty = Type::Reference { mutable, target: Box::new(target.ty.clone()) };
        Expr { kind: ExprKind::Reference(Box::new(target)), ty, span }
    }

    fn dereference(&mut self, target: &syntax::Expr, span: Span) -> Expr {
        let value = self.expression(target, None);
        match self.types.shallow(&value.ty) {
            Type::Reference { target, .. } => {
                Expr { kind: ExprKind::Dereference(Box::new(value)), ty: *target, span }
            }
            Type::Error => Expr { kind: ExprKind::Error, ty: Type::Error, span },
            Type::Variable(_) => self.unknown_type(target.span),
            other => {
                let message = format!("`{}` is not a reference", self.name_of(&other));
                self.error(Diagnostic::new(span, message).help("remove the `*`"))
            }
        }
    }

    fn cast(&mut self, value: &syntax::Expr, ty: &syntax::Type, span: Span) -> Expr {
        let ty = self.local_type(ty);
        // As in rustc, a literal takes the type it is cast to.
        let literal = match &value.kind {
            syntax::ExprKind::Integer(_, None) => true,
            syntax::ExprKind::Unary(UnaryOp::Negate, inner) => {
                matches!(inner.kind, syntax::ExprKind::Integer(_, None))
            }
            _ => false,
        };
        let value = self.expression(value, None);
        if literal && self.types.is_integer(&ty) {
            self.types.unify(&value.ty, &ty);
        }
        self.checks.push(Check::Cast(value.ty.clone(), ty.clone(), span));
        Expr { kind: ExprKind::Cast(Box::new(value)), ty, span }
    }
}
