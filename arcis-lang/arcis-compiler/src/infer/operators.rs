//! Operators.

use super::{Check, Inference};
use crate::diagnostics::Diagnostic;
use crate::source::Span;
use crate::syntax::{self, BinaryOp, UnaryOp};
use crate::tree::{Expr, ExprKind};
use crate::types::Type;

impl Inference<'_> {
    pub(super) fn unary(
        &mut self,
        op: UnaryOp,
        operand: &syntax::Expr,
        expected: Option<&Type>,
        span: Span,
    ) -> Expr {
        if let (UnaryOp::Negate, syntax::ExprKind::Integer(value, suffix)) = (op, &operand.kind) {
            let literal = self.integer(*value, suffix.as_deref(), true, operand.span);
            let ty = literal.ty.clone();
            self.checks.push(Check::Unary(op, ty.clone(), span));
            return Expr { kind: ExprKind::Unary(op, Box::new(literal)), ty, span };
        }
        let operand = self.expression(operand, expected);
        let operand = self.dereferenced(operand);
        let ty = operand.ty.clone();
        self.checks.push(Check::Unary(op, ty.clone(), span));
        Expr { kind: ExprKind::Unary(op, Box::new(operand)), ty, span }
    }

    pub(super) fn binary(
        &mut self,
        op: BinaryOp,
        left: &syntax::Expr,
        right: &syntax::Expr,
        expected: Option<&Type>,
        span: Span,
    ) -> Expr {
        if matches!(op, BinaryOp::And | BinaryOp::Or) {
            let left = self.expression_of(left, &Type::Bool);
            let right = self.expression_of(right, &Type::Bool);
            return Expr {
                kind: ExprKind::Binary(op, Box::new(left), Box::new(right)),
                ty: Type::Bool,
                span,
            };
        }
        if op.is_comparison() {
            return self.comparison(op, left, right, span);
        }
        let (left_span, right_span) = (left.span, right.span);
        let left = self.expression(left, expected);
        let left = self.dereferenced(left);
        let hint = if op.is_shift() { None } else { Some(left.ty.clone()) };
        let right = self.expression(right, hint.as_ref());
        let right = self.dereferenced(right);
        if op.is_shift() {
            self.checks.push(Check::ShiftAmount(right.ty.clone(), right_span));
        } else if !self.types.unify(&left.ty, &right.ty) {
            return self.operands_differ(op, (&left.ty, left_span), (&right.ty, right_span), span);
        }
        let ty = left.ty.clone();
        self.checks.push(Check::Operator(op, ty.clone(), span));
        Expr { kind: ExprKind::Binary(op, Box::new(left), Box::new(right)), ty, span }
    }

    fn comparison(&mut self, op: BinaryOp, left: &syntax::Expr, right: &syntax::Expr, span: Span) -> Expr {
        let (left_span, right_span) = (left.span, right.span);
        let left = self.expression(left, None);
        let right = self.expression(right, Some(&left.ty));
        // `&a == &b` compares what they refer to; `&mut a == &b` too, so the kinds of reference do not matter.
        let (left_type, right_type) = (left.ty.clone(), right.ty.clone());
        let left = self.dereferenced(left);
        let right = self.dereferenced(right);
        let same_depth = self.reference_depth(&left_type) == self.reference_depth(&right_type);
        if !same_depth || !self.types.unify(&left.ty, &right.ty) {
            return self.operands_differ(op, (&left_type, left_span), (&right_type, right_span), span);
        }
        self.checks.push(Check::Comparison(op, left.ty.clone(), span));
        Expr { kind: ExprKind::Binary(op, Box::new(left), Box::new(right)), ty: Type::Bool, span }
    }

    fn reference_depth(&self, ty: &Type) -> usize {
        match self.types.shallow(ty) {
            Type::Reference { target, .. } => 1 + self.reference_depth(&target),
            _ => 0,
        }
    }

    fn operands_differ(
        &mut self,
        op: BinaryOp,
        (left, left_span): (&Type, Span),
        (right, right_span): (&Type, Span),
        span: Span,
    ) -> Expr {
        let (left, right) = (self.name_of(left), self.name_of(right));
        let message = format!("`{}` takes two operands of one type", op.symbol());
        self.error(
            Diagnostic::new(span, message)
                .related(left_span, format!("this is `{left}`"))
                .related(right_span, format!("this is `{right}`"))
                .help("convert one of them with `as`, or remove a `&`"),
        )
    }

    pub(super) fn assign_op(
        &mut self,
        op: BinaryOp,
        place: &syntax::Expr,
        value: &syntax::Expr,
        span: Span,
    ) -> Expr {
        let place_span = place.span;
        let place = self.place(place);
        let value_span = value.span;
        let hint = if op.is_shift() { None } else { Some(place.ty.clone()) };
        let value = self.expression(value, hint.as_ref());
        let value = self.dereferenced(value);
        if op.is_shift() {
            self.checks.push(Check::ShiftAmount(value.ty.clone(), value_span));
        } else if !self.types.unify(&place.ty, &value.ty) {
            return self.operands_differ(op, (&place.ty, place_span), (&value.ty, value_span), span);
        }
        self.checks.push(Check::Operator(op, place.ty.clone(), span));
        Expr { kind: ExprKind::AssignOp(op, Box::new(place), Box::new(value)), ty: Type::UNIT, span }
    }
}
