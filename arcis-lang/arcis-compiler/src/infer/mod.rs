//! Type inference: syntax trees to typed trees.
//!
//! Each body is inferred on its own, by unification: an unknown type is a variable, every use of a value is an equation
//! between types, and an integer literal is a variable that stands for some integer type (`i32`, if nothing decides). What can
//! be judged only with all types known (is this comparable, may this be cast) is kept for the end.
//!
//! A body is inferred for given types of its parameters. Generic functions will be inferred once for every set of
//! arguments they are used with, so nothing here has to reason about unknown bounds.
//!
//! # Layout
//! - `unify`: variables and equations.
//! - `expressions`, `operators`, `calls`, `patterns`: the rules for each form.
//! - `finish`: all variables replaced, the checks kept for the end.

mod calls;
mod expressions;
mod finish;
mod operators;
mod patterns;
mod unify;

use std::rc::Rc;

use crate::diagnostics::Diagnostic;
use crate::program::{Program, Scope, Signature};
use crate::source::Span;
use crate::syntax::{self, BinaryOp, FunctionItem, UnaryOp};
use crate::tree::{Body, Expr, ExprKind, Local, LocalId};
use crate::types::{IntegerType, Type};

/// Infers the body of a function; `None` when something in it was reported.
pub fn function(
    program: &Program<'_>,
    scope: Scope,
    item: &FunctionItem,
    signature: &Signature,
) -> Option<Rc<Body>> {
    let mut inference = Inference::new(program, scope);
    inference.variables_in_scope.push(Vec::new());
    let parameters = item
        .parameters
        .iter()
        .zip(&signature.parameters)
        .map(|((pattern, _), ty)| inference.pattern(pattern, ty))
        .collect();
    let value = inference.block(&item.body, item.body.span, Some(&signature.result));
    let at = item.body.value.as_ref().map_or(item.body.span, |value| value.span);
    let value = inference.coerce(value, &signature.result, at);
    inference.finish(parameters, value).map(Rc::new)
}

/// Infers an expression outside of functions, which has to have the type `ty`; `None` when something in it was reported.
pub fn expression(program: &Program<'_>, scope: Scope, expression: &syntax::Expr, ty: Type) -> Option<Body> {
    let mut inference = Inference::new(program, scope);
    inference.variables_in_scope.push(Vec::new());
    let value = inference.expression_of(expression, &ty);
    inference.finish(Vec::new(), value)
}

/// What is known while a body is inferred.
struct Inference<'a> {
    program: &'a Program<'a>,
    scope: Scope,
    types: unify::Variables,
    locals: Vec<Local>,
    /// One list for each block that is open, the innermost last.
    variables_in_scope: Vec<Vec<(String, LocalId)>>,
    checks: Vec<Check>,
    failed: bool,
}

/// Something to judge when all types are known.
enum Check {
    /// An arithmetic, bit or shift operator on a value of this type.
    Operator(BinaryOp, Type, Span),
    /// An operator before a value of this type.
    Unary(UnaryOp, Type, Span),
    /// The amount of a shift.
    ShiftAmount(Type, Span),
    /// A comparison of values of this type.
    Comparison(BinaryOp, Type, Span),
    /// `as`, from and to.
    Cast(Type, Type, Span),
    /// A literal of this type; whether it is negated.
    Literal(u128, bool, Type, Span),
    /// `T::from(value)`: from and to.
    From(Type, Type, Span),
    /// A method of integers, on this type.
    IntegerMethod(&'static str, Type, Span),
    /// `default()` of this type.
    Default(Type, Span),
    /// What goes through a `for` loop.
    RangeOf(Type, Span),
}

impl<'a> Inference<'a> {
    fn new(program: &'a Program<'a>, scope: Scope) -> Self {
        Self {
            program,
            scope,
            types: unify::Variables::default(),
            locals: Vec::new(),
            variables_in_scope: Vec::new(),
            checks: Vec::new(),
            failed: false,
        }
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.failed = true;
        self.program.reporter().report(diagnostic);
    }

    /// Reports and gives the expression that stands for what cannot be understood.
    fn error(&mut self, diagnostic: Diagnostic) -> Expr {
        let span = diagnostic.span;
        self.report(diagnostic);
        Expr { kind: ExprKind::Error, ty: Type::Error, span }
    }

    fn new_local(&mut self, name: &str, ty: Type, span: Span) -> LocalId {
        let id = LocalId(self.locals.len());
        self.locals.push(Local { name: name.to_owned(), ty, span });
        if let Some(scope) = self.variables_in_scope.last_mut() {
            scope.push((name.to_owned(), id));
        }
        id
    }

    fn find_local(&self, name: &str) -> Option<LocalId> {
        let mut names = self.variables_in_scope.iter().rev().flat_map(|scope| scope.iter().rev());
        names.find(|(local, _)| local == name).map(|(_, id)| *id)
    }

    fn in_new_scope<T>(&mut self, body: impl FnOnce(&mut Self) -> T) -> T {
        self.variables_in_scope.push(Vec::new());
        let result = body(self);
        self.variables_in_scope.pop();
        result
    }

    /// The name of a type for a message, as far as it is known.
    fn name_of(&self, ty: &Type) -> String {
        self.types.name(self.program, ty)
    }

    /// Makes `value` fit `expected`: the same type, or `&mut` where `&` is expected.
    fn coerce(&mut self, value: Expr, expected: &Type, at: Span) -> Expr {
        let actual = self.types.shallow(&value.ty);
        let wanted = self.types.shallow(expected);
        let fits = match (&actual, &wanted) {
            (
                Type::Reference { mutable: true, target },
                Type::Reference { mutable: false, target: wanted },
            ) => self.types.unify(target, wanted),
            _ => self.types.unify(&actual, &wanted),
        };
        if !fits {
            let (wanted, actual) = (self.name_of(&wanted), self.name_of(&actual));
            self.report(
                Diagnostic::new(at, "types do not fit")
                    .label(format!("expected `{wanted}`, this is `{actual}`")),
            );
        }
        Expr { ty: expected.clone(), ..value }
    }

    /// Infers an expression that has to have this type.
    fn expression_of(&mut self, expression: &syntax::Expr, expected: &Type) -> Expr {
        let value = self.expression(expression, Some(expected));
        self.coerce(value, expected, expression.span)
    }

    /// Follows references, writing the dereferencing out.
    fn dereferenced(&self, mut value: Expr) -> Expr {
        loop {
            value.ty = self.types.shallow(&value.ty);
            let Type::Reference { target, .. } = &value.ty else { return value };
            let (ty, span) = ((**target).clone(), value.span);
            value = Expr { kind: ExprKind::Dereference(Box::new(value)), ty, span };
        }
    }
}

fn unit(span: Span) -> Expr {
    Expr { kind: ExprKind::Aggregate(Vec::new()), ty: Type::UNIT, span }
}

fn is_integer(ty: &Type) -> Option<IntegerType> {
    if let Type::Integer(integer) = ty { Some(*integer) } else { None }
}
