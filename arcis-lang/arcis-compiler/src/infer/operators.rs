//! Operators and casts.

use std::sync::Arc;

use super::Infer;
use super::obligations::ObligationKind;
use crate::diagnostics::Diagnostic;
use crate::source::Span;
use crate::syntax::{self, BinaryOp, UnaryOp};
use crate::tree::{CallSite, Expr, ExprKind};
use crate::types::{Callee, Projection, Type, Types};

impl Infer<'_, '_> {
    /// `-a`, `!a`
    pub(super) fn unary(
        &mut self,
        op: UnaryOp,
        operand: &syntax::Expr,
        hint: Option<&Type>,
        span: Span,
    ) -> Expr {
        // `-128i8` is one literal.
        if op == UnaryOp::Negate
            && let syntax::ExprKind::Integer(value, suffix) = &operand.kind
        {
            return self.integer(*value, suffix.as_deref(), true, hint, span);
        }
        let operand = self.infer(operand, hint);
        let known = self.known(&operand.ty);
        let own = self.peeled(&known);
        let fits = match (&own, op) {
            (Type::Integer(integer), UnaryOp::Negate) => integer.signed,
            (Type::Integer(_) | Type::Bool, UnaryOp::Not) => true,
            (Type::Float(_), UnaryOp::Negate) | (Type::Variable(_) | Type::Error, _) => true,
            _ => false,
        };
        if fits {
            let operand = self.read_through(operand);
            return Expr { ty: own, kind: ExprKind::Unary(op, Box::new(operand)), span };
        }
        let (name, method) = if op == UnaryOp::Negate { ("Neg", "neg") } else { ("Not", "not") };
        if let Some(call) = self.operator_call(name, method, vec![known.clone()], span) {
            let (callee, result) = call;
            return Expr { kind: ExprKind::Call(CallSite::new(callee), vec![operand]), ty: result, span };
        }
        let name = self.name(&known);
        let diagnostic = Diagnostic::new(span, format!("`{}` cannot be applied to `{name}`", op.symbol()));
        self.report(match own {
            Type::Integer(_) => diagnostic.help("use a signed type, or `0 - x`, which wraps"),
            _ => diagnostic.help("write a method for it"),
        });
        Expr { kind: ExprKind::Error, ty: Type::Error, span }
    }

    /// The operand without the references it is behind.
    fn read_through(&mut self, mut operand: Expr) -> Expr {
        while let Type::Reference(_, target) = self.known(&operand.ty) {
            let span = operand.span;
            operand = Expr { ty: (*target).clone(), kind: ExprKind::Dereference(Box::new(operand)), span };
        }
        operand
    }

    /// A method of an operator's trait on these types: `Self`, then the other operand.
    fn operator_call(
        &mut self,
        name: &str,
        method: &str,
        arguments: Vec<Type>,
        span: Span,
    ) -> Option<(Callee, Type)> {
        let id = self.program.prelude_trait(name)?;
        let function = self.program.trait_function(id, method)?;
        let mut all = arguments;
        while all.len() < self.program.trait_arity(id) {
            all.push(self.fresh());
        }
        let all: Types = all.into();
        if !self.implements(id, &all) {
            return None;
        }
        self.oblige(ObligationKind::Trait(id, all.clone(), Vec::new()), span);
        let result = if self.program.has_associated_type(id, "Output") {
            let projection = Projection { of_trait: id, arguments: all.clone(), name: "Output".into() };
            self.normalized(&Type::Projection(Arc::new(projection)), span)
        } else {
            Type::unit()
        };
        self.process();
        Some((Callee::Method(id, function, all), result))
    }

    /// `a + b`
    pub(super) fn binary(
        &mut self,
        op: BinaryOp,
        left: &syntax::Expr,
        right: &syntax::Expr,
        hint: Option<&Type>,
        span: Span,
    ) -> Expr {
        if matches!(op, BinaryOp::And | BinaryOp::Or) {
            let left = self.check(left, &Type::Bool);
            let right = self.check(right, &Type::Bool);
            return Expr {
                kind: ExprKind::Binary(op, Box::new(left), Box::new(right)),
                ty: Type::Bool,
                span,
            };
        }
        let left = self.infer(left, if op.is_comparison() { None } else { hint });
        let known = self.known(&left.ty);
        if op.is_comparison() {
            let right = self.infer(right, Some(&known));
            return self.comparison(op, left, right, span);
        }
        let own = self.peeled(&known);
        if op.is_shift() && matches!(own, Type::Integer(_) | Type::Variable(_)) {
            self.variables.make_integer(&own);
            let right = self.infer(right, None);
            let amount = self.peeled(&right.ty);
            self.variables.make_integer(&amount);
            if !matches!(amount, Type::Integer(_) | Type::Variable(_) | Type::Error) {
                self.mismatch(right.span, &Type::USIZE, &amount);
            }
            let (left, right) = (self.read_through(left), self.read_through(right));
            return Expr { kind: ExprKind::Binary(op, Box::new(left), Box::new(right)), ty: own, span };
        }
        let wanted = match own {
            Type::Integer(_) | Type::Float(_) | Type::Bool | Type::Variable(_) => Some(own.clone()),
            _ => None,
        };
        let right = self.infer(right, wanted.as_ref());
        let right_known = self.known(&right.ty);
        if let Some(result) = self.builtin_operation(op, &own, &right_known, right.span) {
            let (left, right) = (self.read_through(left), self.read_through(right));
            return Expr { kind: ExprKind::Binary(op, Box::new(left), Box::new(right)), ty: result, span };
        }
        if let Some((name, method)) = op.operator_trait()
            && let Some((callee, result)) =
                self.operator_call(name, method, vec![known.clone(), right_known.clone()], span)
        {
            return Expr { kind: ExprKind::Call(CallSite::new(callee), vec![left, right]), ty: result, span };
        }
        self.no_operation(op, &known, &right_known, right.span, span);
        Expr { kind: ExprKind::Error, ty: Type::Error, span }
    }

    /// The type of an operation on numbers or bools; `None` when it is none of those.
    fn builtin_operation(&mut self, op: BinaryOp, own: &Type, right: &Type, span: Span) -> Option<Type> {
        let other = self.peeled(right);
        let bits = matches!(op, BinaryOp::BitAnd | BinaryOp::BitOr | BinaryOp::BitXor);
        let simple = |ty: &Type| match ty {
            Type::Integer(_) | Type::Variable(_) | Type::Error => true,
            Type::Float(_) => !bits,
            Type::Bool => bits,
            _ => false,
        };
        if !simple(own) || !simple(&other) {
            return None;
        }
        if !self.try_unify(own, &other) {
            self.mismatch(span, own, &other);
        }
        Some(own.clone())
    }

    fn no_operation(&mut self, op: BinaryOp, left: &Type, right: &Type, right_span: Span, span: Span) {
        let (own, other) = (self.peeled(left), self.peeled(right));
        if matches!(own, Type::Error) || matches!(other, Type::Error) {
            self.failed = true;
            return;
        }
        if matches!(own, Type::Integer(_) | Type::Float(_)) {
            self.mismatch(right_span, left, right);
            return;
        }
        let message = format!(
            "`{}` cannot be applied to `{}` and `{}`",
            op.symbol(),
            self.name(left),
            self.name(right)
        );
        let diagnostic = Diagnostic::new(span, message);
        self.report(match (own, op.operator_trait()) {
            (Type::Bool, _) => {
                diagnostic.help("use `&`, `|`, `^` or `!` on bools, or convert them: `x as u8`")
            }
            (Type::Adt(..), Some((name, _))) => {
                diagnostic.help(format!("implement it: `impl {name} for .. {{ .. }}`"))
            }
            _ => diagnostic.help("apply it to the parts"),
        });
    }

    fn comparison(&mut self, op: BinaryOp, left: Expr, right: Expr, span: Span) -> Expr {
        let result = |left: Expr, right: Expr| Expr {
            kind: ExprKind::Binary(op, Box::new(left), Box::new(right)),
            ty: Type::Bool,
            span,
        };
        let (mut a, mut b) = (self.known(&left.ty), self.known(&right.ty));
        // References are compared by what they lead to.
        while let (Type::Reference(_, first), Type::Reference(_, second)) = (&a, &b) {
            let (first, second) = (Arc::clone(first), Arc::clone(second));
            (a, b) = (self.known(&first), self.known(&second));
        }
        let fits = match (&a, &b) {
            (Type::Array(a, _), Type::Slice(b)) | (Type::Slice(a), Type::Array(b, _)) => self.try_unify(a, b),
            (a, b) => self.try_unify(a, b),
        };
        if fits {
            return result(left, right);
        }
        let equality = matches!(op, BinaryOp::Equal | BinaryOp::NotEqual);
        let name = if equality { "PartialEq" } else { "PartialOrd" };
        if matches!(a, Type::Adt(..))
            && let Some(id) = self.program.prelude_trait(name)
            && self.implements(id, &Arc::from([a.clone(), b.clone()]))
        {
            return result(left, right);
        }
        self.mismatch(right.span, &left.ty.clone(), &right.ty.clone());
        Expr { kind: ExprKind::Error, ty: Type::Bool, span }
    }

    /// `a += b`
    pub(super) fn assign_op(
        &mut self,
        op: BinaryOp,
        place: &syntax::Expr,
        value: &syntax::Expr,
        span: Span,
    ) -> Expr {
        let mut place = self.infer(place, None);
        self.make_mutable(&mut place);
        let known = self.known(&place.ty);
        let unit = Type::unit();
        if op.is_shift() && matches!(known, Type::Integer(_) | Type::Variable(_)) {
            self.variables.make_integer(&known);
            let value = self.infer(value, None);
            let amount = self.peeled(&value.ty);
            self.variables.make_integer(&amount);
            let value = self.read_through(value);
            return Expr { kind: ExprKind::AssignOp(op, Box::new(place), Box::new(value)), ty: unit, span };
        }
        let simple = matches!(known, Type::Integer(_) | Type::Float(_) | Type::Bool | Type::Variable(_));
        let value = self.infer(value, simple.then_some(&known));
        let value_known = self.known(&value.ty);
        if simple && self.builtin_operation(op, &known, &value_known, value.span).is_some() {
            let value = self.read_through(value);
            return Expr { kind: ExprKind::AssignOp(op, Box::new(place), Box::new(value)), ty: unit, span };
        }
        if let Some((name, method)) = op.operator_trait() {
            let (name, method) = (format!("{name}Assign"), format!("{method}_assign"));
            let types = vec![known.clone(), value_known.clone()];
            if let Some((callee, _)) = self.operator_call(&name, &method, types, span) {
                let target = Expr {
                    ty: Type::reference(true, known),
                    kind: ExprKind::Reference(Box::new(place)),
                    span,
                };
                return Expr {
                    kind: ExprKind::Call(CallSite::new(callee), vec![target, value]),
                    ty: unit,
                    span,
                };
            }
        }
        self.no_operation(op, &known, &value_known, value.span, span);
        Expr { kind: ExprKind::Error, ty: unit, span }
    }

    /// `a as T`
    pub(super) fn cast(&mut self, value: &syntax::Expr, ty: &syntax::Type, span: Span) -> Expr {
        let to = self.written(ty);
        let is_number =
            |it: &syntax::ExprKind| matches!(it, syntax::ExprKind::Integer(..) | syntax::ExprKind::Float(..));
        let is_literal = match &value.kind {
            syntax::ExprKind::Unary(UnaryOp::Negate, inner) => is_number(&inner.kind),
            kind => is_number(kind),
        };
        let value = self.infer(value, is_literal.then_some(&to));
        let from = self.known(&value.ty);
        let to = self.known(&to);
        if let Type::Variable(_) = to {
            self.variables.unify(&to, &from);
        }
        let is_enum = matches!(&from, Type::Adt(id, _) if self.program.adt(*id).is_enum);
        let fits = match (&from, &to) {
            (Type::Error, _) | (_, Type::Error | Type::Variable(_)) => true,
            (Type::Integer(_) | Type::Variable(_) | Type::Float(_), Type::Integer(_) | Type::Float(_)) => {
                true
            }
            (Type::Bool, Type::Integer(_)) => true,
            (Type::Function(_) | Type::Closure(_), Type::Pointer(..)) => return self.coerce(value, &to),
            (from, to) if from == to => true,
            (Type::Adt(..), Type::Integer(_)) => is_enum,
            _ => false,
        };
        if !fits {
            let (from_name, to_name) = (self.name(&from), self.name(&to));
            let diagnostic =
                Diagnostic::new(span, format!("`{from_name}` cannot be converted to `{to_name}`"));
            self.report(match to {
                Type::Bool => diagnostic.help("compare it with something: `.. != 0`"),
                _ => diagnostic
                    .help("`as` converts between integers, from bool, and from enums without fields"),
            });
        }
        Expr { kind: ExprKind::Cast(Box::new(value)), ty: to, span }
    }
}
