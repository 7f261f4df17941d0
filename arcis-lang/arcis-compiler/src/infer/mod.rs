//! Types of bodies, by unification.
//!
//! A body is typed once for every instance: its generic parameters are known types, so that every method is found in one
//! `impl` block and no bound has to be reasoned with. What a body does not know yet are variables; what has to hold of
//! them later waits as `obligations`.
//!
//! # Layout
//! - `unify`: variables. `obligations`: traits, associated types, the types of closures.
//! - `expressions`, `operators`, `calls`, `paths`, `patterns`: the rules for each form.
//! - `finish`: variables are replaced by what they were found to be.

mod calls;
mod expressions;
mod finish;
mod loops;
mod obligations;
mod operators;
mod paths;
mod patterns;
mod places;
mod unify;

use std::sync::Arc;

pub use obligations::Selection;

use crate::diagnostics::Diagnostic;
use crate::program::{Program, Scope};
use crate::source::Span;
use crate::syntax;
use crate::tree::{Body, ClosureBody, Local, LocalId, LoopId};
use crate::types::{ClosureId, FunctionId, TraitId, Type, Types};
use obligations::Obligation;
use unify::Variables;

/// Types the body of an instance of a function; `None` when something in it was reported.
pub fn function(program: &Program<'_>, id: FunctionId, arguments: &Types) -> Option<Arc<Body>> {
    let definition = program.function(id);
    let block = definition.item.body.as_ref()?;
    let signature = program.signature(id);
    let mut infer = Infer::new(program, &definition.scope, arguments);
    let instantiated: Vec<Type> = signature
        .parameters
        .iter()
        .map(|ty| infer.normalized(&ty.substitute(arguments), definition.item.span))
        .collect();
    let result = match &signature.opaque {
        Some(_) => infer.fresh(),
        None => infer.normalized(&signature.result.substitute(arguments), definition.item.result.span),
    };
    infer.scopes.push(Vec::new());
    let mut parameters = Vec::new();
    for ((pattern, _), ty) in definition.item.parameters.iter().zip(&instantiated) {
        parameters.push(infer.bind_pattern(pattern, ty));
    }
    if let Some(bounds) = &signature.opaque {
        infer.expect_opaque(bounds, &result, definition.item.result.span);
    }
    infer.results.push(result.clone());
    let value = infer.check_block(block, &result);
    infer.finish(parameters, value, result)
}

/// Types a constant expression.
pub fn constant(
    program: &Program<'_>,
    scope: &Scope,
    arguments: &Types,
    value: &syntax::Expr,
    ty: &Type,
) -> Option<Arc<Body>> {
    let mut infer = Infer::new(program, scope, arguments);
    let ty = infer.normalized(ty, value.span);
    infer.scopes.push(Vec::new());
    infer.results.push(ty.clone());
    let value = infer.check(value, &ty);
    infer.finish(Vec::new(), value, ty)
}

/// Which `impl` a trait's bound on known types is fulfilled by.
pub fn select(program: &Program<'_>, of_trait: TraitId, arguments: &Types) -> Option<Selection> {
    let scope = program.prelude_scope();
    let mut infer = Infer::new(program, &scope, &Arc::from([]));
    infer.select_known(of_trait, arguments)
}

/// A type without generic parameters with its associated types looked up.
pub fn normalized(program: &Program<'_>, ty: &Type) -> Type {
    if !ty.any(&mut |part| matches!(part, Type::Projection(_) | Type::Opaque(..))) {
        return ty.clone();
    }
    let scope = program.prelude_scope();
    let mut infer = Infer::new(program, &scope, &Arc::from([]));
    let ty = infer.normalized(ty, Span::default());
    infer.process();
    infer.variables.resolved(&ty)
}

/// Types one body.
struct Infer<'p, 'a> {
    program: &'p Program<'a>,
    /// Where names are looked up; blocks with items of their own change its module.
    scope: Scope,
    /// What the generic parameters in scope are.
    arguments: Types,
    variables: Variables,
    pending: Vec<Obligation>,
    locals: Vec<Local>,
    /// The names in scope, the innermost last.
    scopes: Vec<Vec<(Arc<str>, LocalId)>>,
    loops: Vec<LoopContext>,
    loop_count: usize,
    /// The result of the function, and of the closures around the current place.
    results: Vec<Type>,
    /// The closures around the current place.
    capturing: Vec<Capturing>,
    closures: Vec<(ClosureId, ClosureBody, Span)>,
    failed: bool,
}

struct LoopContext {
    id: LoopId,
    label: Option<Arc<str>>,
    /// The type that `break` gives; `None` for a loop that gives nothing.
    result: Option<Type>,
    /// Whether a `break` leaves it.
    left: bool,
    /// A block with a label is no loop: only `break` with its label leaves it.
    is_block: bool,
}

/// A closure being typed.
struct Capturing {
    first_local: usize,
    captured: Vec<LocalId>,
}

impl<'p, 'a> Infer<'p, 'a> {
    fn new(program: &'p Program<'a>, scope: &Scope, arguments: &Types) -> Self {
        Self {
            program,
            scope: scope.clone(),
            arguments: arguments.clone(),
            variables: Variables::default(),
            pending: Vec::new(),
            locals: Vec::new(),
            scopes: Vec::new(),
            loops: Vec::new(),
            loop_count: 0,
            results: Vec::new(),
            capturing: Vec::new(),
            closures: Vec::new(),
            failed: false,
        }
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.failed = true;
        self.program.reporter().report(diagnostic);
    }

    fn fresh(&mut self) -> Type {
        self.variables.fresh(unify::Kind::General)
    }

    /// A written type, with `_` and what is left out as variables.
    fn written(&mut self, ty: &syntax::Type) -> Type {
        let before = self.program.reporter().count();
        let program = self.program;
        let variables = &mut self.variables;
        let mut holes = |_| variables.fresh(unify::Kind::General);
        let resolved = program.resolve_type(&self.scope, &self.arguments, ty, &mut holes);
        self.failed |= program.reporter().count() > before;
        let instantiated = resolved.substitute(&self.arguments);
        self.normalized(&instantiated, ty.span)
    }

    /// The name of a type in messages.
    fn name(&self, ty: &Type) -> String {
        match self.variables.resolved(ty) {
            Type::Variable(variable) if self.variables.kind(variable) == unify::Kind::Integer => {
                "an integer".to_owned()
            }
            Type::Variable(variable) if self.variables.kind(variable) == unify::Kind::Float => {
                "a number with a point".to_owned()
            }
            ty => self.program.type_name(&ty),
        }
    }

    fn mismatch(&mut self, span: Span, expected: &Type, found: &Type) {
        let (expected, found) = (self.variables.resolved(expected), self.variables.resolved(found));
        let has_error = |ty: &Type| ty.any(&mut |part| *part == Type::Error);
        self.failed = true;
        if has_error(&expected) || has_error(&found) {
            return;
        }
        let (expected_name, found_name) = (self.name(&expected), self.name(&found));
        let diagnostic = Diagnostic::new(span, "types do not fit")
            .label(format!("expected `{expected_name}`, this is `{found_name}`"));
        let is_number = |ty: &Type| matches!(ty, Type::Integer(_) | Type::Float(_));
        let diagnostic = match (&expected, &found) {
            (Type::Integer(_), found) if is_number(found) => {
                diagnostic.help(format!("convert it: `.. as {expected_name}`"))
            }
            (Type::Bool, Type::Integer(_)) => diagnostic.help("compare it with something: `.. != 0`"),
            (expected, Type::Reference(_, target)) if **target == *expected => {
                diagnostic.help("read what the reference leads to: `*..`")
            }
            (Type::Reference(false, target), found) if **target == *found => {
                diagnostic.help("borrow it: `&..`")
            }
            (Type::Reference(true, target), found) if **target == *found => {
                diagnostic.help("borrow it: `&mut ..`")
            }
            _ => diagnostic.help(format!("give a value of type `{expected_name}`")),
        };
        self.program.reporter().report(diagnostic);
    }

    /// Declares a variable.
    fn declare(&mut self, name: &syntax::Name, ty: Type) -> LocalId {
        let id = LocalId(self.locals.len());
        self.locals.push(Local { name: name.text.clone(), ty, span: name.span });
        if let Some(scope) = self.scopes.last_mut() {
            scope.push((name.text.clone(), id));
        }
        id
    }

    /// The variable of this name.
    fn local(&mut self, name: &str) -> Option<LocalId> {
        let mut names = self.scopes.iter().rev().flat_map(|scope| scope.iter().rev());
        let id = names.find(|(other, _)| &**other == name)?.1;
        for closure in &mut self.capturing {
            if id.0 < closure.first_local && !closure.captured.contains(&id) {
                closure.captured.push(id);
            }
        }
        Some(id)
    }
}
