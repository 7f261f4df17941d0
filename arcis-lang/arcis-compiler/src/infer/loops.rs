//! Loops: labels, bounds, iteration, `break` and `continue`.

use std::sync::Arc;

use super::{Infer, LoopContext};
use crate::diagnostics::Diagnostic;
use crate::source::Span;
use crate::syntax::{self, Block};
use crate::tree::{CallSite, Expr, ExprKind, LoopId};
use crate::types::{Callee, Projection, Type, Types};

impl Infer<'_, '_> {
    pub(super) fn enter_loop(
        &mut self,
        label: Option<&syntax::Name>,
        result: Option<Type>,
        is_block: bool,
    ) -> LoopId {
        let id = LoopId(self.loop_count);
        self.loop_count += 1;
        let label = label.map(|label| label.text.clone());
        self.loops.push(LoopContext { id, label, result, left: false, is_block });
        id
    }

    pub(super) fn labelled(
        &mut self,
        block: &Block,
        label: &syntax::Name,
        hint: Option<&Type>,
        span: Span,
    ) -> Expr {
        let result = hint.cloned().unwrap_or_else(|| self.fresh());
        let id = self.enter_loop(Some(label), Some(result.clone()), true);
        let value = self.check_block(block, &result);
        self.loops.pop();
        Expr { kind: ExprKind::Labelled(id, Box::new(value)), ty: result, span }
    }

    pub(super) fn bound(&mut self, bound: Option<&Arc<syntax::Expr>>) -> Option<u64> {
        let bound = bound?;
        let arguments = self.arguments.clone();
        let value = self.program.constant_bits(&self.scope, &arguments, bound, &Type::USIZE);
        self.failed |= value.is_none();
        value.map(|value| value as u64)
    }

    pub(super) fn endless(
        &mut self,
        label: Option<&syntax::Name>,
        bound: Option<&Arc<syntax::Expr>>,
        body: &Block,
        is_while: bool,
        hint: Option<&Type>,
        span: Span,
    ) -> Expr {
        let bound = self.bound(bound);
        let result = if is_while { None } else { Some(hint.cloned().unwrap_or_else(|| self.fresh())) };
        let id = self.enter_loop(label, result.clone(), false);
        let unit = Type::unit();
        let body = self.check_block(body, &unit);
        let left = self.loops.pop().is_some_and(|context| context.left);
        let ty = match result {
            None => unit,
            Some(result) if left => result,
            Some(_) => Type::Never,
        };
        Expr { kind: ExprKind::Loop { id, bound, body: Box::new(body), is_while }, ty, span }
    }

    pub(super) fn for_loop(
        &mut self,
        label: Option<&syntax::Name>,
        bound: Option<&Arc<syntax::Expr>>,
        pattern: &syntax::Pattern,
        iterable: &syntax::Expr,
        body: &Block,
        span: Span,
    ) -> Expr {
        let unit = Type::unit();
        let bound = self.bound(bound);
        let iterable = self.infer(iterable, None);
        let (iterator, item, step) = self.iteration(iterable);
        self.scopes.push(Vec::new());
        let pattern = self.bind_pattern(pattern, &item);
        let id = self.enter_loop(label, None, false);
        let body = self.check_block(body, &unit);
        self.loops.pop();
        self.scopes.pop();
        let kind =
            ExprKind::For { id, bound, pattern, iterator: Box::new(iterator), step, body: Box::new(body) };
        Expr { kind, ty: unit, span }
    }

    /// The iterator over something, the type of its items, and what steps it.
    pub(super) fn iteration(&mut self, iterable: Expr) -> (Expr, Type, Arc<CallSite>) {
        let span = iterable.span;
        let own = self.known(&iterable.ty);
        let program = self.program;
        let traits = (program.prelude_trait("IntoIterator"), program.prelude_trait("Iterator"));
        let (Some(into), Some(of_iterator)) = traits else {
            let site = CallSite::new(Callee::Constructor(crate::types::AdtId(0), 0, Arc::from([])));
            return (iterable, Type::Error, site);
        };
        let arguments: Types = Arc::from([own.clone()]);
        let bad = match &own {
            Type::Error => true,
            Type::Variable(_) => {
                self.report(Diagnostic::new(span, "the type has to be known here"));
                true
            }
            own if !self.may_implement(into, &arguments) => {
                let message = format!("`{}` cannot be looped over", self.name(own));
                let help = "loop over a range, an array, a slice or an iterator: `for i in 0..10`";
                self.report(Diagnostic::new(span, message).help(help));
                true
            }
            _ => false,
        };
        if bad {
            self.failed = true;
            let site = CallSite::new(Callee::Constructor(crate::types::AdtId(0), 0, Arc::from([])));
            return (Expr { kind: ExprKind::Error, ty: Type::Error, span }, Type::Error, site);
        }
        let mut project = |of_trait, arguments: Types, name: &str| {
            let projection = Projection { of_trait, arguments, name: name.into() };
            self.normalized(&Type::Projection(Arc::new(projection)), span)
        };
        let iterator = project(into, arguments.clone(), "IntoIter");
        let item = project(of_iterator, Arc::from([iterator.clone()]), "Item");
        self.process();
        let function =
            |of_trait, name| program.trait_function(of_trait, name).unwrap_or(crate::types::FunctionId(0));
        let into_site = CallSite::new(Callee::Method(into, function(into, "into_iter"), arguments));
        let step =
            Callee::Method(of_iterator, function(of_iterator, "__step"), Arc::from([iterator.clone()]));
        let call = Expr { kind: ExprKind::Call(into_site, vec![iterable]), ty: iterator, span };
        (call, item, CallSite::new(step))
    }

    /// The loop that `break` or `continue` is about.
    pub(super) fn find_loop(
        &mut self,
        label: Option<&syntax::Name>,
        continues: bool,
        span: Span,
    ) -> Option<usize> {
        let found = self.loops.iter().rposition(|context| match label {
            Some(label) => context.label.as_ref() == Some(&label.text),
            None => !context.is_block,
        });
        if found.is_none() {
            let what = if continues { "`continue`" } else { "`break`" };
            let message = match label {
                Some(label) => format!("there is no loop `'{}` around this", label.text),
                None => format!("{what} outside of a loop"),
            };
            self.report(Diagnostic::new(span, message).help("see the labels of the loops around it"));
        }
        found
    }

    pub(super) fn break_loop(
        &mut self,
        label: Option<&syntax::Name>,
        value: Option<&syntax::Expr>,
        span: Span,
    ) -> Expr {
        let Some(index) = self.find_loop(label, false, span) else {
            return Expr { kind: ExprKind::Error, ty: Type::Never, span };
        };
        self.loops[index].left = true;
        let id = self.loops[index].id;
        let result = self.loops[index].result.clone();
        let value = match (value, result) {
            (Some(value), Some(result)) => Some(Box::new(self.check(value, &result))),
            (Some(value), None) => {
                self.report(
                    Diagnostic::new(value.span, "only `loop` gives a value")
                        .help("assign to a variable before `break`"),
                );
                None
            }
            (None, Some(result)) => {
                if !self.try_unify(&result, &Type::unit()) {
                    self.mismatch(span, &result, &Type::unit());
                }
                None
            }
            (None, None) => None,
        };
        Expr { kind: ExprKind::Break(id, value), ty: Type::Never, span }
    }
}
