//! The end of inference: variables are replaced by what they were found to be.

use std::sync::Arc;

use super::Infer;
use super::unify::Kind;
use crate::diagnostics::Diagnostic;
use crate::program::ClosureInfo;
use crate::source::Span;
use crate::tree::{Body, CallSite, Expr, ExprKind, Pattern, Statement};
use crate::types::{IntegerType, Type};

impl Infer<'_, '_> {
    /// The typed body; `None` when something in it was reported.
    pub(super) fn finish(
        mut self,
        mut parameters: Vec<Pattern>,
        mut value: Expr,
        result: Type,
    ) -> Option<Arc<Body>> {
        self.settle();
        if self.failed {
            return None;
        }
        for pattern in &mut parameters {
            self.finish_pattern(pattern);
        }
        self.finish_expression(&mut value);
        let count = self.locals.len();
        let closures = std::mem::take(&mut self.closures);
        let closure_ids: Vec<_> = closures.iter().map(|(id, ..)| *id).collect();
        // All signatures before any body: a body may contain an instance for a closure that comes later.
        for (id, _, span) in &closures {
            let info = self.program.closure(*id);
            let parameters = info.parameters.iter().map(|ty| self.finished(ty, *span)).collect();
            let result = self.finished(&info.result, *span);
            self.program.set_closure(*id, ClosureInfo { parameters, result, ..info });
        }
        for (id, mut body, _) in closures {
            for pattern in &mut body.parameters {
                self.finish_pattern(pattern);
            }
            self.finish_expression(&mut body.value);
            body.locals = count;
            let info = self.program.closure(id);
            self.program.set_closure(id, ClosureInfo { body: Some(Arc::new(body)), ..info });
        }
        // A variable whose type is not known has a value of which that was said.
        if self.failed {
            return None;
        }
        let span = value.span;
        let mut locals = std::mem::take(&mut self.locals);
        for local in &mut locals {
            local.ty = self.finished(&local.ty, local.span);
        }
        let result = self.finished(&result, span);
        if self.failed {
            return None;
        }
        if !closure_ids.is_empty() {
            let shared: Arc<[_]> = locals.as_slice().into();
            for id in closure_ids {
                let info = self.program.closure(id);
                self.program.set_closure(id, ClosureInfo { locals: shared.clone(), ..info });
            }
        }
        Some(Arc::new(Body { locals, parameters, value, result }))
    }

    /// Decides what is still open: integers are `i32`, numbers with a point `f64`.
    fn settle(&mut self) {
        self.process();
        for (kind, ty) in [(Kind::Integer, Type::Integer(IntegerType::I32)), (Kind::Float, Type::Float(64))] {
            for variable in self.variables.open(kind) {
                self.variables.unify(&Type::Variable(variable), &ty);
            }
        }
        self.process();
    }

    fn finished(&mut self, ty: &Type, span: Span) -> Type {
        let mut open = false;
        let finished = self.variables.resolved(ty).map(&mut |part| match part {
            Type::Variable(_) => {
                open = true;
                Some(Type::Error)
            }
            _ => None,
        });
        if open {
            let name = self.name(ty);
            self.report(
                Diagnostic::new(span, format!("the type is not known here: `{name}`"))
                    .help("write it: `let x: Type = ..`"),
            );
        }
        finished
    }

    fn finish_site(&mut self, site: &mut Arc<CallSite>, span: Span) {
        let mut open = false;
        let callee = site.callee.map(&mut |part| match part {
            Type::Variable(_) => {
                let resolved = self.variables.resolved(part);
                open |= resolved.any(&mut |part| matches!(part, Type::Variable(_)));
                Some(resolved)
            }
            _ => None,
        });
        if open && !self.failed {
            let name = self.program.callee_name(&callee);
            self.report(
                Diagnostic::new(span, format!("the generic arguments of `{name}` are not known here"))
                    .help("write them: `name::<Type>(..)`"),
            );
        }
        *site = CallSite::new(callee);
    }

    fn finish_pattern(&mut self, pattern: &mut Pattern) {
        match pattern {
            Pattern::Wildcard => {}
            Pattern::Local { inner, .. } => {
                if let Some(inner) = inner {
                    self.finish_pattern(inner);
                }
            }
            Pattern::Fields(fields) | Pattern::Variant(_, fields) => {
                fields.iter_mut().for_each(|(_, field)| self.finish_pattern(field));
            }
            Pattern::Slice(start, middle, end) => {
                start.iter_mut().chain(end).for_each(|element| self.finish_pattern(element));
                if let Some(middle) = middle {
                    self.finish_pattern(middle);
                }
            }
            Pattern::Dereference(inner) => self.finish_pattern(inner),
            Pattern::Constant(value) => self.finish_expression(value),
            Pattern::Range(start, end, _, ty) => {
                start.iter_mut().chain(end).for_each(|end| self.finish_expression(end));
                *ty = self.variables.resolved(ty);
            }
            Pattern::Or(cases) => cases.iter_mut().for_each(|case| self.finish_pattern(case)),
        }
    }

    fn finish_list(&mut self, expressions: &mut [Expr]) {
        expressions.iter_mut().for_each(|expression| self.finish_expression(expression));
    }

    fn finish_expression(&mut self, expression: &mut Expr) {
        let span = expression.span;
        expression.ty = self.finished(&expression.ty.clone(), span);
        match &mut expression.kind {
            ExprKind::Integer(value) => {
                let value = *value;
                self.check_range(value, &expression.ty, span);
            }
            ExprKind::Function(site) => self.finish_site(site, span),
            ExprKind::Constant(_, arguments) | ExprKind::TraitConstant(_, _, arguments) => {
                *arguments = arguments.iter().map(|ty| self.variables.resolved(ty)).collect();
            }
            ExprKind::Unary(_, operand)
            | ExprKind::Field(operand, _)
            | ExprKind::Reference(operand)
            | ExprKind::Dereference(operand)
            | ExprKind::Cast(operand)
            | ExprKind::Labelled(_, operand)
            | ExprKind::Loop { body: operand, .. } => self.finish_expression(operand),
            ExprKind::Binary(_, left, right)
            | ExprKind::Assign(left, right)
            | ExprKind::AssignOp(_, left, right)
            | ExprKind::Index(left, right)
            | ExprKind::PartByRange(left, right) => {
                self.finish_expression(left);
                self.finish_expression(right);
            }
            ExprKind::Part(base, start, end, _) => {
                self.finish_expression(base);
                start.iter_mut().chain(end).for_each(|end| self.finish_expression(end));
            }
            ExprKind::Call(site, arguments) => {
                self.finish_site(site, span);
                self.finish_list(arguments);
            }
            ExprKind::CallValue(function, arguments) => {
                self.finish_expression(function);
                self.finish_list(arguments);
            }
            ExprKind::Aggregate(elements) => self.finish_list(elements),
            ExprKind::Repeat(value, length) => {
                self.finish_expression(value);
                *length = self.finished(&length.clone(), span);
            }
            ExprKind::Struct(_, _, fields, base) => {
                fields.iter_mut().for_each(|(_, value)| self.finish_expression(value));
                if let Some(base) = base {
                    self.finish_expression(base);
                }
            }
            ExprKind::Let(pattern, value) => {
                self.finish_pattern(pattern);
                self.finish_expression(value);
            }
            ExprKind::If(condition, yes, no) => {
                self.finish_expression(condition);
                self.finish_expression(yes);
                self.finish_expression(no);
            }
            ExprKind::Match(value, arms) => {
                self.finish_expression(value);
                for (pattern, guard, body) in arms {
                    self.finish_pattern(pattern);
                    if let Some(guard) = guard {
                        self.finish_expression(guard);
                    }
                    self.finish_expression(body);
                }
            }
            ExprKind::Block(statements, value) => {
                for statement in statements {
                    match statement {
                        Statement::Let(pattern, value, otherwise) => {
                            self.finish_pattern(pattern);
                            value.iter_mut().chain(otherwise).for_each(|value| self.finish_expression(value));
                        }
                        Statement::Expression(expression) => {
                            // A value that is dropped may be of any type.
                            if let Type::Variable(variable) = self.shallow(&expression.ty)
                                && matches!(
                                    expression.kind,
                                    ExprKind::If(..)
                                        | ExprKind::Match(..)
                                        | ExprKind::Loop { .. }
                                        | ExprKind::Labelled(..)
                                )
                            {
                                self.variables.unify(&Type::Variable(variable), &Type::unit());
                            }
                            self.finish_expression(expression);
                        }
                    }
                }
                self.finish_expression(value);
            }
            ExprKind::For { pattern, iterator, step, body, .. } => {
                self.finish_pattern(pattern);
                self.finish_expression(iterator);
                self.finish_site(step, span);
                self.finish_expression(body);
            }
            ExprKind::Break(_, value) | ExprKind::Return(value) => {
                if let Some(value) = value {
                    self.finish_expression(value);
                }
            }
            ExprKind::Try(value, site) => {
                self.finish_expression(value);
                if let Some(site) = site {
                    self.finish_site(site, span);
                }
            }
            ExprKind::Float(_)
            | ExprKind::Bool(_)
            | ExprKind::Bytes(_)
            | ExprKind::Text
            | ExprKind::Local(_)
            | ExprKind::Continue(_)
            | ExprKind::Closure(..)
            | ExprKind::Panic(_)
            | ExprKind::Error => {}
        }
    }

    /// A literal has to fit its type.
    fn check_range(&mut self, value: u128, ty: &Type, span: Span) {
        let Type::Integer(integer) = ty else { return };
        let negative = value > i128::MAX.cast_unsigned() && integer.signed;
        let magnitude = if negative { value.wrapping_neg() } else { value };
        let largest = if negative { integer.max_bits() + 1 } else { integer.max_bits() };
        let fits = if integer.bits == 128 && !integer.signed { true } else { magnitude <= largest };
        if !fits {
            let name = integer.name();
            let sign = if negative { "-" } else { "" };
            self.report(
                Diagnostic::new(span, format!("{sign}{magnitude} does not fit `{name}`"))
                    .help("use a wider type, or a smaller number"),
            );
        }
    }
}
