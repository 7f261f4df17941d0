//! Which variables references lead to: those have to be in memory.

use std::collections::BTreeSet;

use crate::tree::{Expr, ExprKind, LocalId, Pattern, Statement};

/// Adds the variables that an expression takes references to, by `&`, by a pattern or in a closure.
pub(super) fn referenced(parameters: &[Pattern], value: &Expr, found: &mut BTreeSet<LocalId>) {
    for pattern in parameters {
        in_pattern(pattern, found);
    }
    in_expression(value, found);
}

/// The variable that a place is a part of, itself in its memory.
fn root(expression: &Expr) -> Option<LocalId> {
    match &expression.kind {
        ExprKind::Local(id) => Some(*id),
        ExprKind::Field(base, _) | ExprKind::Index(base, _) => root(base),
        _ => None,
    }
}

fn binds_by_reference(pattern: &Pattern) -> bool {
    match pattern {
        Pattern::Wildcard | Pattern::Constant(_) | Pattern::Range(..) | Pattern::Dereference(_) => false,
        Pattern::Local { by_reference, inner, .. } => {
            *by_reference || inner.as_deref().is_some_and(binds_by_reference)
        }
        Pattern::Fields(fields) | Pattern::Variant(_, fields) => {
            fields.iter().any(|(_, field)| binds_by_reference(field))
        }
        Pattern::Slice(start, middle, end) => {
            start.iter().chain(end).any(binds_by_reference) || middle.as_deref().is_some()
        }
        Pattern::Or(cases) => cases.iter().any(binds_by_reference),
    }
}

/// A value matched by a pattern.
fn matched(pattern: &Pattern, value: &Expr, found: &mut BTreeSet<LocalId>) {
    if binds_by_reference(pattern) {
        found.extend(root(value));
    }
    in_pattern(pattern, found);
}

/// The variables of a pattern that is bound again within: `a @ (ref b, _)` leads into what `a` is a copy of, so none. The
/// constants in it.
fn in_pattern(pattern: &Pattern, found: &mut BTreeSet<LocalId>) {
    match pattern {
        Pattern::Wildcard | Pattern::Local { inner: None, .. } => {}
        Pattern::Local { inner: Some(inner), .. } | Pattern::Dereference(inner) => in_pattern(inner, found),
        Pattern::Fields(fields) | Pattern::Variant(_, fields) => {
            fields.iter().for_each(|(_, field)| in_pattern(field, found));
        }
        Pattern::Slice(start, middle, end) => {
            start.iter().chain(end).for_each(|element| in_pattern(element, found));
            if let Some(middle) = middle {
                in_pattern(middle, found);
            }
        }
        Pattern::Constant(value) => in_expression(value, found),
        Pattern::Range(start, end, ..) => {
            start.iter().chain(end).for_each(|end| in_expression(end, found));
        }
        Pattern::Or(cases) => cases.iter().for_each(|case| in_pattern(case, found)),
    }
}

fn in_expression(expression: &Expr, found: &mut BTreeSet<LocalId>) {
    match &expression.kind {
        ExprKind::Integer(_)
        | ExprKind::Float(_)
        | ExprKind::Bool(_)
        | ExprKind::Bytes(_)
        | ExprKind::Text
        | ExprKind::Local(_)
        | ExprKind::Constant(..)
        | ExprKind::TraitConstant(..)
        | ExprKind::Function(_)
        | ExprKind::Continue(_)
        | ExprKind::Panic(_)
        | ExprKind::Error => {}
        ExprKind::Reference(target) => {
            found.extend(root(target));
            in_expression(target, found);
        }
        ExprKind::Closure(_, captured, _) => found.extend(captured.iter().copied()),
        ExprKind::Unary(_, operand)
        | ExprKind::Field(operand, _)
        | ExprKind::Dereference(operand)
        | ExprKind::Cast(operand)
        | ExprKind::Labelled(_, operand)
        | ExprKind::Loop { body: operand, .. }
        | ExprKind::Try(operand, _)
        | ExprKind::Repeat(operand, _) => in_expression(operand, found),
        ExprKind::Binary(_, left, right)
        | ExprKind::Assign(left, right)
        | ExprKind::AssignOp(_, left, right)
        | ExprKind::Index(left, right)
        | ExprKind::PartByRange(left, right) => {
            in_expression(left, found);
            in_expression(right, found);
        }
        ExprKind::Part(base, start, end, _) => {
            in_expression(base, found);
            start.iter().chain(end).for_each(|end| in_expression(end, found));
        }
        ExprKind::Call(_, arguments) => arguments.iter().for_each(|it| in_expression(it, found)),
        ExprKind::CallValue(function, arguments) => {
            in_expression(function, found);
            arguments.iter().for_each(|it| in_expression(it, found));
        }
        ExprKind::Aggregate(elements) => elements.iter().for_each(|it| in_expression(it, found)),
        ExprKind::Struct(_, _, fields, base) => {
            fields.iter().for_each(|(_, value)| in_expression(value, found));
            if let Some(base) = base {
                in_expression(base, found);
            }
        }
        ExprKind::Let(pattern, value) => {
            matched(pattern, value, found);
            in_expression(value, found);
        }
        ExprKind::If(condition, yes, no) => {
            [condition, yes, no].into_iter().for_each(|it| in_expression(it, found));
        }
        ExprKind::Match(value, arms) => {
            in_expression(value, found);
            for (pattern, guard, body) in arms {
                matched(pattern, value, found);
                if let Some(guard) = guard {
                    in_expression(guard, found);
                }
                in_expression(body, found);
            }
        }
        ExprKind::Block(statements, value) => {
            for statement in statements {
                match statement {
                    Statement::Let(pattern, value, otherwise) => {
                        if let Some(value) = value {
                            matched(pattern, value, found);
                            in_expression(value, found);
                        }
                        if let Some(otherwise) = otherwise {
                            in_expression(otherwise, found);
                        }
                    }
                    Statement::Expression(expression) => in_expression(expression, found),
                }
            }
            in_expression(value, found);
        }
        ExprKind::For { pattern, iterator, body, .. } => {
            in_pattern(pattern, found);
            in_expression(iterator, found);
            in_expression(body, found);
        }
        ExprKind::Break(_, value) | ExprKind::Return(value) => {
            if let Some(value) = value {
                in_expression(value, found);
            }
        }
    }
}
