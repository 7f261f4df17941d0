//! Calls of functions, methods and closures.

use std::sync::Arc;

use super::Infer;
use super::obligations::ObligationKind;
use crate::diagnostics::Diagnostic;
use crate::program::{Container, Predicate, Signature};
use crate::source::Span;
use crate::syntax::{self, GenericArgument, Name};
use crate::tree::{CallSite, Expr, ExprKind};
use crate::types::{Callee, FunctionId, Type, Types};

/// How a method takes its receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Receiver {
    Value,
    Reference(bool),
}

/// In which of Rust's three attempts a method is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Attempt {
    AsIs,
    Borrowed(bool),
}

impl Infer<'_, '_> {
    /// `f(a)`
    pub(super) fn call(
        &mut self,
        function: &syntax::Expr,
        arguments: &[syntax::Expr],
        hint: Option<&Type>,
        span: Span,
    ) -> Expr {
        let mut function = self.infer(function, None);
        loop {
            let ty = self.known(&function.ty);
            match &ty {
                Type::Function(callee) => {
                    let callee = match &function.kind {
                        ExprKind::Function(site) => site.callee.clone(),
                        _ => (**callee).clone(),
                    };
                    let site = CallSite::new(callee.clone());
                    let (result, typed) = self.call_callee(&callee, None, arguments, hint, span);
                    return Expr { kind: ExprKind::Call(site, typed), ty: result, span };
                }
                Type::Closure(id) => {
                    let info = self.program.closure(*id);
                    let typed = self.arguments_for(&info.parameters, arguments, &[], &[], span);
                    let result = info.result;
                    return Expr { kind: ExprKind::CallValue(Box::new(function), typed), ty: result, span };
                }
                Type::Pointer(parameters, result) => {
                    let typed = self.arguments_for(parameters, arguments, &[], &[], span);
                    let result = (**result).clone();
                    return Expr { kind: ExprKind::CallValue(Box::new(function), typed), ty: result, span };
                }
                _ => {}
            }
            match self.dereferenced(function, &ty) {
                Ok(inner) => function = inner,
                Err(function) => {
                    for argument in arguments {
                        self.infer(argument, None);
                    }
                    if ty == Type::Error {
                        self.failed = true;
                    } else {
                        let (message, help) = match ty {
                            Type::Variable(_) => (
                                "the type has to be known here".to_owned(),
                                "write it: `|f: fn(u8) -> u8| ..`, or use a generic function: `F: Fn(u8) -> u8`",
                            ),
                            ty => (
                                format!("`{}` cannot be called", self.name(&ty)),
                                "call a function or a closure",
                            ),
                        };
                        self.report(Diagnostic::new(function.span, message).help(help));
                    }
                    return Expr { kind: ExprKind::Error, ty: Type::Error, span };
                }
            }
        }
    }

    /// Types the arguments of a callee: the type of the result, and the arguments with the receiver first.
    fn call_callee(
        &mut self,
        callee: &Callee,
        receiver: Option<Expr>,
        arguments: &[syntax::Expr],
        hint: Option<&Type>,
        span: Span,
    ) -> (Type, Vec<Expr>) {
        let (parameters, result, signature) = self.callee_types(callee, span);
        if let Some(hint) = hint
            && !matches!(self.shallow(hint), Type::Variable(_))
            && self.expectation_fits(&result, hint)
        {
            self.try_unify(&result, hint);
        }
        let generics: Types = match callee {
            Callee::Function(_, arguments) | Callee::Method(_, _, arguments) => arguments.clone(),
            Callee::Constructor(..) => Arc::from([]),
        };
        let predicates =
            signature.map_or_else(|| Arc::from([]), |signature: Arc<Signature>| signature.predicates.clone());
        let mut typed = Vec::new();
        let mut rest = parameters.as_slice();
        if let Some(receiver) = receiver
            && let Some((first, others)) = rest.split_first()
        {
            rest = others;
            let receiver = self.coerce(receiver, first);
            typed.push(receiver);
        }
        let rest: Types = rest.iter().cloned().collect();
        typed.extend(self.arguments_for(&rest, arguments, &predicates, &generics, span));
        self.process();
        (result, typed)
    }

    /// Whether a result should be made to fit what is expected: not where a coercion may still come.
    fn expectation_fits(&self, result: &Type, hint: &Type) -> bool {
        match (self.shallow(result), self.shallow(hint)) {
            (Type::Variable(_), Type::Reference(..) | Type::Pointer(..) | Type::Never) => false,
            (Type::Reference(..), _) | (_, Type::Never) => false,
            (Type::Adt(id, _), _) if self.program.prelude_name(id) == Some("Box") => false,
            _ => true,
        }
    }

    /// Types arguments, closures last: by then more is known of what they take.
    fn arguments_for(
        &mut self,
        parameters: &Types,
        arguments: &[syntax::Expr],
        predicates: &[Predicate],
        generics: &[Type],
        span: Span,
    ) -> Vec<Expr> {
        if parameters.len() != arguments.len() {
            let message = format!(
                "this takes {} argument{}, but {} {} given",
                parameters.len(),
                if parameters.len() == 1 { "" } else { "s" },
                arguments.len(),
                if arguments.len() == 1 { "is" } else { "are" }
            );
            self.report(Diagnostic::new(span, message).help("give as many as it has parameters"));
            for argument in arguments {
                self.infer(argument, None);
            }
            return Vec::new();
        }
        let mut typed: Vec<Option<Expr>> = arguments.iter().map(|_| None).collect();
        let is_closure = |argument: &syntax::Expr| matches!(argument.kind, syntax::ExprKind::Closure { .. });
        for closures in [false, true] {
            if closures && arguments.iter().any(is_closure) {
                self.process();
            }
            for (index, argument) in arguments.iter().enumerate() {
                if is_closure(argument) != closures {
                    continue;
                }
                let parameter = &parameters[index];
                typed[index] = Some(match &argument.kind {
                    syntax::ExprKind::Closure { moves, parameters: inputs, result, body } => {
                        let expected = self.expected_closure(parameter, predicates, generics, argument.span);
                        let closure =
                            self.closure(*moves, inputs, result.as_ref(), body, expected, argument.span);
                        self.coerce(closure, parameter)
                    }
                    _ => self.check(argument, parameter),
                });
            }
        }
        typed.into_iter().flatten().collect()
    }

    /// What the bounds on a parameter say that a closure takes and gives.
    fn expected_closure(
        &mut self,
        parameter: &Type,
        predicates: &[Predicate],
        generics: &[Type],
        span: Span,
    ) -> Option<(Types, Type)> {
        let parameter = self.shallow(parameter);
        if let Type::Pointer(inputs, result) = &parameter {
            return Some((inputs.clone(), (**result).clone()));
        }
        let found = predicates.iter().find_map(|predicate| match predicate {
            Predicate::Function(own, inputs, result) => {
                let own = self.shallow(&own.substitute(generics));
                (own == parameter).then(|| (inputs.clone(), result.clone()))
            }
            Predicate::Trait(..) => None,
        });
        let (inputs, result) = found?;
        let inputs = inputs.iter().map(|ty| self.normalized(&ty.substitute(generics), span)).collect();
        let result = self.normalized(&result.substitute(generics), span);
        Some((inputs, result))
    }

    /// `a.f(b)`
    pub(super) fn method_call(
        &mut self,
        receiver: &syntax::Expr,
        method: &Name,
        given: Option<&[GenericArgument]>,
        arguments: &[syntax::Expr],
        hint: Option<&Type>,
        span: Span,
    ) -> Expr {
        let receiver = self.infer(receiver, None);
        let own = self.known(&receiver.ty);
        match self.probe(receiver, method) {
            Ok((receiver, function, outer)) => {
                let generics = self.generics_of(function, outer, given, method.span);
                let signature = self.program.signature(function);
                let callee = match self.program.function(function).container {
                    Container::Trait(id) => {
                        let arity = self.program.trait_arity(id);
                        let own: Types = generics[..arity].iter().cloned().collect();
                        self.oblige(ObligationKind::Trait(id, own, Vec::new()), method.span);
                        Callee::Method(id, function, generics.clone())
                    }
                    _ => Callee::Function(function, generics.clone()),
                };
                self.require(&signature.predicates, &generics, method.span);
                let (result, typed) = self.call_callee(&callee, Some(receiver), arguments, hint, span);
                Expr { kind: ExprKind::Call(CallSite::new(callee), typed), ty: result, span }
            }
            Err(_) => {
                for argument in arguments {
                    if !matches!(argument.kind, syntax::ExprKind::Closure { .. }) {
                        self.infer(argument, None);
                    }
                }
                self.failed = true;
                if own != Type::Error {
                    self.report_no_method(&own, method);
                }
                Expr { kind: ExprKind::Error, ty: Type::Error, span }
            }
        }
    }

    fn report_no_method(&mut self, own: &Type, method: &Name) {
        let name = &*method.text;
        if let Type::Variable(_) = own {
            self.report(
                Diagnostic::new(method.span, "the type has to be known here")
                    .help("write it: `let x: Type = ..`, or with a suffix: `1u64`"),
            );
            return;
        }
        let own_name = self.name(own);
        let diagnostic = Diagnostic::new(method.span, format!("`{own_name}` has no method `{name}`"));
        let help = match name {
            "unwrap" | "expect" => {
                "a circuit cannot stop half-way: use `unwrap_or`, `unwrap_or_default` or `if let Some(x) = ..`"
            }
            "push" | "pop" | "insert" | "remove" | "extend" | "to_vec" => {
                "the length of arrays is fixed: use `BoundedVec<T, N>`"
            }
            "to_string" | "to_owned" => "text has no place in a circuit",
            "powf" | "powi" | "sin" | "cos" | "tan" => {
                "use `exp` and `ln`: x to the power of y is `(y * x.ln()).exp()`"
            }
            _ => match self.similar_method(own, method) {
                Some(other) => return self.report(diagnostic.help(format!("did you mean `{other}`?"))),
                None => "define it in an `impl`, or see which methods the language has",
            },
        };
        self.report(diagnostic.help(help));
    }

    /// A method that the type has and whose name is like this one.
    fn similar_method(&mut self, own: &Type, method: &Name) -> Option<Arc<str>> {
        let names = self.program.similar_members(&method.text);
        let similar = names.into_iter().find(|name| {
            let receiver = Expr { kind: ExprKind::Error, ty: own.clone(), span: method.span };
            self.probe(receiver, &Name::new(name, method.span)).is_ok()
        });
        similar.cloned()
    }

    /// Finds a method: the receiver as it is passed, the function, and the generic arguments of its `impl` or trait.
    fn probe(&mut self, receiver: Expr, method: &Name) -> Result<(Expr, FunctionId, Vec<Type>), ()> {
        let program = self.program;
        let candidates: Vec<(FunctionId, Receiver)> = program
            .members(&method.text)
            .iter()
            .filter_map(|id| receiver_kind(program, *id).map(|kind| (*id, kind)))
            .collect();
        let mut place = receiver;
        let mut unsized_already = false;
        loop {
            let ty = self.known(&place.ty);
            if let Type::Variable(variable) = ty
                && self.variables.kind(variable) == super::unify::Kind::General
            {
                return Err(());
            }
            for attempt in [Attempt::AsIs, Attempt::Borrowed(false), Attempt::Borrowed(true)] {
                if let Some((id, outer)) = self.attempt_method(&candidates, &ty, attempt) {
                    let span = place.span;
                    let receiver = match attempt {
                        Attempt::AsIs => place,
                        Attempt::Borrowed(mutable) => {
                            if mutable {
                                self.make_mutable(&mut place);
                            }
                            let ty = Type::reference(mutable, ty);
                            Expr { kind: ExprKind::Reference(Box::new(place)), ty, span }
                        }
                    };
                    return Ok((receiver, id, outer));
                }
            }
            place = match self.dereferenced(place, &ty) {
                Ok(inner) => inner,
                Err(mut last) => match &ty {
                    Type::Array(element, _) if !unsized_already => {
                        unsized_already = true;
                        last.ty = Type::Slice(Arc::clone(element));
                        last
                    }
                    _ => return Err(()),
                },
            };
        }
    }

    fn attempt_method(
        &mut self,
        candidates: &[(FunctionId, Receiver)],
        ty: &Type,
        attempt: Attempt,
    ) -> Option<(FunctionId, Vec<Type>)> {
        let program = self.program;
        let mut found: Option<(FunctionId, Vec<Type>)> = None;
        for inherent in [true, false] {
            for (id, kind) in candidates {
                let own = match (attempt, kind, ty) {
                    (Attempt::AsIs, Receiver::Value, own) => own.clone(),
                    (Attempt::AsIs, Receiver::Reference(wanted), Type::Reference(mutable, target))
                        if wanted == mutable =>
                    {
                        self.known(&Arc::clone(target))
                    }
                    (Attempt::Borrowed(mutable), Receiver::Reference(wanted), own) if mutable == *wanted => {
                        own.clone()
                    }
                    // A trait that is implemented for the reference.
                    (Attempt::Borrowed(mutable), Receiver::Value, own) if !inherent => {
                        Type::reference(mutable, own.clone())
                    }
                    _ => continue,
                };
                if let Type::Variable(variable) = own
                    && self.variables.kind(variable) == super::unify::Kind::General
                {
                    continue;
                }
                match program.function(*id).container {
                    Container::Impl(implementation) if inherent => {
                        if let Some(generics) = self.fits_implementation(implementation, &own) {
                            return Some((*id, generics));
                        }
                    }
                    Container::Trait(of_trait) if !inherent => {
                        let arguments = self.trait_arguments(of_trait, &own);
                        let better = found.as_ref().is_none_or(|(other, _)| {
                            program.function(*other).in_prelude && !program.function(*id).in_prelude
                        });
                        if better && self.may_implement(of_trait, &arguments) {
                            found = Some((*id, arguments.to_vec()));
                        }
                    }
                    _ => {}
                }
            }
        }
        found
    }
}

/// How a function takes `self`; `None` for one that does not.
fn receiver_kind(program: &crate::program::Program<'_>, id: FunctionId) -> Option<Receiver> {
    let definition = program.function(id);
    if !definition.item.has_receiver {
        return None;
    }
    let signature = program.signature(id);
    let first = signature.parameters.first()?;
    match first {
        Type::Reference(mutable, target) if Some(&**target) == definition.scope.self_type.as_ref() => {
            Some(Receiver::Reference(*mutable))
        }
        _ => Some(Receiver::Value),
    }
}
