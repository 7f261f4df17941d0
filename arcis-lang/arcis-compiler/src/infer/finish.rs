//! The end of an inference: every variable replaced, and what could be judged only now.

use super::{Check, Inference, is_integer};
use crate::diagnostics::Diagnostic;
use crate::program::Program;
use crate::source::Span;
use crate::syntax::{BinaryOp, UnaryOp};
use crate::tree::{Body, Expr, ExprKind, Pattern, Statement};
use crate::types::Type;

impl Inference<'_> {
    /// The typed body; `None` when something was reported.
    pub(super) fn finish(mut self, parameters: Vec<Pattern>, mut value: Expr) -> Option<Body> {
        for check in std::mem::take(&mut self.checks) {
            self.check(&check);
        }
        let mut locals = std::mem::take(&mut self.locals);
        for local in &mut locals {
            self.finish_type(&mut local.ty, local.span);
        }
        self.finish_expression(&mut value);
        (!self.failed).then_some(Body { locals, parameters, value })
    }

    fn finish_type(&mut self, ty: &mut Type, span: Span) {
        match self.types.deep(ty) {
            Some(known) => {
                self.failed |= known.has_error();
                *ty = known;
            }
            None if self.failed => *ty = Type::Error,
            None => {
                self.unknown_type(span);
                *ty = Type::Error;
            }
        }
    }

    fn finish_expression(&mut self, expression: &mut Expr) {
        self.finish_type(&mut expression.ty, expression.span);
        match &mut expression.kind {
            ExprKind::Integer(_)
            | ExprKind::Bool(_)
            | ExprKind::Local(_)
            | ExprKind::Constant(_)
            | ExprKind::Error => {}
            ExprKind::Unary(_, inner)
            | ExprKind::Field(inner, _)
            | ExprKind::OwnerOf(inner)
            | ExprKind::Repeat(inner, _)
            | ExprKind::Reference(inner)
            | ExprKind::Dereference(inner)
            | ExprKind::Cast(inner) => self.finish_expression(inner),
            ExprKind::Binary(_, left, right)
            | ExprKind::Assign(left, right)
            | ExprKind::AssignOp(_, left, right)
            | ExprKind::Index(left, right) => {
                self.finish_expression(left);
                self.finish_expression(right);
            }
            ExprKind::Call(_, list) | ExprKind::Builtin(_, list) | ExprKind::Aggregate(list) => {
                list.iter_mut().for_each(|inner| self.finish_expression(inner));
            }
            ExprKind::Struct(_, fields, base) => {
                fields.iter_mut().for_each(|(_, inner)| self.finish_expression(inner));
                if let Some(base) = base {
                    self.finish_expression(base);
                }
            }
            ExprKind::If(condition, when_true, when_false) => {
                self.finish_expression(condition);
                self.finish_expression(when_true);
                self.finish_expression(when_false);
            }
            ExprKind::Block(statements, value) => {
                for statement in statements {
                    match statement {
                        Statement::Let(_, Some(inner)) | Statement::Expression(inner) => {
                            self.finish_expression(inner)
                        }
                        Statement::Let(_, None) => {}
                    }
                }
                self.finish_expression(value);
            }
            ExprKind::ForRange { start, end, body, .. } => {
                self.finish_expression(start);
                self.finish_expression(end);
                self.finish_expression(body);
            }
            ExprKind::ForElements { array, body, .. } => {
                self.finish_expression(array);
                self.finish_expression(body);
            }
        }
    }

    fn check(&mut self, check: &Check) {
        let Some(diagnostic) = self.judge(check) else { return };
        self.report(diagnostic);
    }

    /// What is wrong, if something is. Types with errors or unknown parts are reported elsewhere.
    fn judge(&self, check: &Check) -> Option<Diagnostic> {
        let known = |ty: &Type| self.types.deep(ty).filter(|ty| !ty.has_error());
        let name = |ty: &Type| self.program.type_name(ty);
        match check {
            Check::Operator(op, ty, span) => {
                let ty = known(ty)?;
                let fits = is_integer(&ty).is_some() || ty == Type::Bool && op.is_bitwise();
                (!fits).then(|| {
                    Diagnostic::new(*span, format!("`{}` cannot be used on `{}`", op.symbol(), name(&ty)))
                        .help(operator_help(&ty))
                })
            }
            Check::Unary(op, ty, span) => {
                let ty = known(ty)?;
                let fits = match op {
                    UnaryOp::Not => is_integer(&ty).is_some() || ty == Type::Bool,
                    UnaryOp::Negate => is_integer(&ty).is_some_and(|integer| integer.signed),
                };
                (!fits).then(|| {
                    Diagnostic::new(*span, format!("`{}` cannot be used on `{}`", op.symbol(), name(&ty)))
                        .help(operator_help(&ty))
                })
            }
            Check::ShiftAmount(ty, span) => {
                let ty = known(ty)?;
                is_integer(&ty).is_none().then(|| {
                    Diagnostic::new(*span, format!("a value cannot be shifted by `{}`", name(&ty)))
                        .help("shift by an integer")
                })
            }
            Check::Comparison(op, ty, span) => {
                let ty = known(ty)?;
                let fits = match op {
                    BinaryOp::Equal | BinaryOp::NotEqual => has_equality(self.program, &ty),
                    _ => is_integer(&ty).is_some() || ty == Type::Bool,
                };
                (!fits).then(|| {
                    let help = match &ty {
                        Type::Encrypted(..) => "call `.to_arcis()` first, to compute on the data".to_owned(),
                        Type::Struct(_) if matches!(op, BinaryOp::Equal | BinaryOp::NotEqual) => {
                            format!("write `#[derive(PartialEq)]` on `{}`", name(&ty))
                        }
                        _ => "compare integers; compare other things field by field".to_owned(),
                    };
                    Diagnostic::new(*span, format!("`{}` cannot compare `{}`", op.symbol(), name(&ty)))
                        .help(help)
                })
            }
            Check::Cast(from, to, span) => {
                let (from, to) = (known(from)?, known(to)?);
                let fits = is_integer(&to).is_some() && (is_integer(&from).is_some() || from == Type::Bool)
                    || from == Type::Bool && to == Type::Bool;
                (!fits).then(|| {
                    let help = match to {
                        Type::Bool => "compare instead: `x != 0`",
                        _ => "`as` converts integers and bool to integers",
                    };
                    Diagnostic::new(*span, format!("`{}` cannot be cast to `{}`", name(&from), name(&to)))
                        .help(help)
                })
            }
            Check::From(from, to, span) => {
                let (from, to) = (known(from)?, known(to)?);
                let fits = match (is_integer(&from), is_integer(&to)) {
                    (Some(from), Some(to)) => {
                        from == to
                            || !from.pointer_sized
                                && !to.pointer_sized
                                && from.bits < to.bits
                                && (to.signed || !from.signed)
                    }
                    (None, Some(_)) => from == Type::Bool,
                    _ => false,
                };
                (!fits).then(|| {
                    Diagnostic::new(*span, format!("not every `{}` is a `{}`", name(&from), name(&to)))
                        .help(format!("write `as {}`, which drops the high bits", name(&to)))
                })
            }
            Check::Literal(value, negated, ty, span) => {
                let ty = known(ty)?;
                let Some(integer) = is_integer(&ty) else {
                    return Some(Diagnostic::new(*span, format!("an integer is no `{}`", name(&ty))));
                };
                let largest =
                    if *negated { integer.max_bits().saturating_add(1) } else { integer.max_bits() };
                (*value > largest).then(|| {
                    Diagnostic::new(*span, format!("this does not fit `{}`", name(&ty)))
                        .help(format!("its largest value is {}", integer.max_bits()))
                })
            }
            Check::IntegerMethod(method, ty, span) => {
                let ty = known(ty)?;
                is_integer(&ty)
                    .is_none()
                    .then(|| Diagnostic::new(*span, format!("`{}` has no method `{method}`", name(&ty))))
            }
            Check::Default(ty, span) => {
                let ty = known(ty)?;
                (!has_default(self.program, &ty)).then(|| {
                    let help = match &ty {
                        Type::Struct(_) => format!("write `#[derive(Default)]` on `{}`", name(&ty)),
                        _ => "write the value itself".to_owned(),
                    };
                    Diagnostic::new(*span, format!("`{}` has no default", name(&ty))).help(help)
                })
            }
            Check::RangeOf(ty, span) => {
                let ty = known(ty)?;
                is_integer(&ty)
                    .is_none()
                    .then(|| Diagnostic::new(*span, format!("a range of `{}` has no elements", name(&ty))))
            }
        }
    }
}

fn operator_help(ty: &Type) -> &'static str {
    match ty {
        Type::Encrypted(..) => "call `.to_arcis()` first, to compute on the data",
        Type::Bool => "on bools there are `&&`, `||`, `!`, `&`, `|`, `^`, `==` and `!=`",
        Type::Integer(_) => "use a signed integer: `i64`",
        _ => "take it apart, and compute on its integers",
    }
}

/// Whether values can be compared with `==`, as rustc judges it.
fn has_equality(program: &Program<'_>, ty: &Type) -> bool {
    match ty {
        Type::Bool | Type::Integer(_) | Type::PublicKey => true,
        Type::Array(element, _) => has_equality(program, element),
        Type::Tuple(elements) => elements.iter().all(|element| has_equality(program, element)),
        Type::Struct(id) => {
            program.derives(*id, "PartialEq")
                && program.fields(*id).iter().all(|field| has_equality(program, &field.ty))
        }
        _ => false,
    }
}

/// Whether there is a default value, as rustc judges it.
fn has_default(program: &Program<'_>, ty: &Type) -> bool {
    match ty {
        Type::Bool | Type::Integer(_) | Type::PublicKey => true,
        Type::Array(element, length) => *length <= 32 && has_default(program, element),
        Type::Tuple(elements) => elements.iter().all(|element| has_default(program, element)),
        Type::Struct(id) => {
            program.derives(*id, "Default")
                && program.fields(*id).iter().all(|field| has_default(program, &field.ty))
        }
        _ => false,
    }
}
