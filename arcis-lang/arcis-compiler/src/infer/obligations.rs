//! What has to hold of types: traits, associated types, what closures take and give.

use std::sync::Arc;

use super::Infer;
use super::unify::Kind;
use crate::diagnostics::Diagnostic;
use crate::program::{Predicate, Signature};
use crate::source::Span;
use crate::syntax;
use crate::types::{Callee, FunctionId, ImplId, Projection, TraitId, Type, Types};

/// Deepest nesting of bounds that are looked into.
const MAX_DEPTH: usize = 12;

/// Traits that every type has, by its parts, unless it implements them itself. Whether it should have them is rustc's to say.
pub(crate) const STRUCTURAL: [&str; 9] =
    ["Clone", "Copy", "PartialEq", "Eq", "PartialOrd", "Ord", "Default", "Debug", "Hash"];

/// How a trait's bound is fulfilled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// By this `impl`, its generic parameters being these.
    Impl(ImplId, Types),
    /// By the parts of the type.
    Structural,
}

/// What has to hold, once more is known.
#[derive(Clone)]
pub(super) struct Obligation {
    pub(super) kind: ObligationKind,
    pub(super) span: Span,
}

#[derive(Clone)]
pub(super) enum ObligationKind {
    Trait(TraitId, Types, Vec<(Arc<str>, Type)>),
    Projection(Arc<Projection>, Type),
    Function(Type, Types, Type),
    Opaque(FunctionId, Types, Type),
}

enum Candidates {
    One(ImplId),
    Structural,
    Several,
    None,
}

impl Infer<'_, '_> {
    /// Asks what predicates ask, their generic parameters being these.
    pub(super) fn require(&mut self, predicates: &[Predicate], arguments: &[Type], span: Span) {
        for predicate in predicates {
            let kind = match predicate {
                Predicate::Trait(id, types, bindings) => {
                    let types =
                        types.iter().map(|ty| self.normalized(&ty.substitute(arguments), span)).collect();
                    let bindings = bindings
                        .iter()
                        .map(|(name, ty)| (name.clone(), self.normalized(&ty.substitute(arguments), span)))
                        .collect();
                    ObligationKind::Trait(*id, types, bindings)
                }
                Predicate::Function(own, inputs, result) => {
                    let own = self.normalized(&own.substitute(arguments), span);
                    let inputs =
                        inputs.iter().map(|ty| self.normalized(&ty.substitute(arguments), span)).collect();
                    let result = self.normalized(&result.substitute(arguments), span);
                    ObligationKind::Function(own, inputs, result)
                }
            };
            self.pending.push(Obligation { kind, span });
        }
    }

    /// The bounds of `impl Trait` as result hold of what the body gives.
    pub(super) fn expect_opaque(&mut self, bounds: &[syntax::Bound], result: &Type, span: Span) {
        let program = self.program;
        let scope = self.scope.clone();
        let predicates: Vec<Predicate> =
            bounds.iter().filter_map(|bound| program.predicate(&scope, result, bound)).collect();
        let arguments = self.arguments.clone();
        self.require(&predicates, &arguments, span);
    }

    /// The type with its associated types looked up, or variables in their place until they can be.
    pub(super) fn normalized(&mut self, ty: &Type, span: Span) -> Type {
        let waits = |part: &Type| matches!(part, Type::Projection(_) | Type::Opaque(..));
        if !ty.any(&mut |part| waits(part)) {
            return ty.clone();
        }
        ty.map(&mut |part| match part {
            Type::Projection(projection) => {
                let arguments = projection.arguments.iter().map(|ty| self.normalized(ty, span)).collect();
                let result = self.fresh();
                let projection =
                    Projection { of_trait: projection.of_trait, arguments, name: projection.name.clone() };
                let kind = ObligationKind::Projection(Arc::new(projection), result.clone());
                self.attempt(Obligation { kind, span });
                Some(self.shallow(&result))
            }
            Type::Opaque(id, arguments) => {
                let arguments = arguments.iter().map(|ty| self.normalized(ty, span)).collect();
                let result = self.fresh();
                let kind = ObligationKind::Opaque(*id, arguments, result.clone());
                self.attempt(Obligation { kind, span });
                Some(self.shallow(&result))
            }
            _ => None,
        })
    }

    fn attempt(&mut self, obligation: Obligation) {
        if !self.fulfil(&obligation) {
            self.pending.push(obligation);
        }
    }

    /// Looks at everything that waits, as long as that helps.
    pub(super) fn process(&mut self) {
        loop {
            let waiting = std::mem::take(&mut self.pending);
            let mut kept = Vec::new();
            let mut progress = false;
            for obligation in waiting {
                if self.fulfil(&obligation) {
                    progress = true;
                } else {
                    kept.push(obligation);
                }
            }
            kept.append(&mut self.pending);
            self.pending = kept;
            if !progress {
                break;
            }
        }
    }

    /// Whether nothing more is to be done about it.
    fn fulfil(&mut self, obligation: &Obligation) -> bool {
        let span = obligation.span;
        match &obligation.kind {
            ObligationKind::Trait(id, arguments, bindings) => match self.candidates(*id, arguments, 0) {
                Candidates::Several => false,
                Candidates::Structural => true,
                Candidates::None => {
                    self.report_missing(*id, &arguments[0], span);
                    true
                }
                Candidates::One(implementation) => {
                    self.commit(implementation, arguments, span);
                    for (name, ty) in bindings {
                        let found = self.program.trait_with_type(*id, arguments, name);
                        let (of_trait, arguments) = found.unwrap_or((*id, arguments.clone()));
                        let projection = Projection { of_trait, arguments, name: name.clone() };
                        let kind = ObligationKind::Projection(Arc::new(projection), ty.clone());
                        self.pending.push(Obligation { kind, span });
                    }
                    true
                }
            },
            ObligationKind::Projection(projection, result) => self.project(projection, result, span),
            ObligationKind::Function(own, inputs, result) => self.call_type(own, inputs, result, span),
            ObligationKind::Opaque(id, arguments, result) => self.reveal_opaque(*id, arguments, result, span),
        }
    }

    fn report_missing(&mut self, id: TraitId, own: &Type, span: Span) {
        let own = self.variables.resolved(own);
        self.failed = true;
        if own.any(&mut |part| *part == Type::Error) {
            return;
        }
        let name = &self.program.trait_definition(id).name.text;
        let own_name = self.name(&own);
        self.report(
            Diagnostic::new(span, format!("`{own_name}` does not implement `{name}`"))
                .help(format!("write `impl {name} for {own_name} {{ .. }}`, or use a type that has it")),
        );
    }

    fn project(&mut self, projection: &Projection, result: &Type, span: Span) -> bool {
        match self.candidates(projection.of_trait, &projection.arguments, 0) {
            Candidates::Several => false,
            Candidates::None | Candidates::Structural => {
                self.report_missing(projection.of_trait, &projection.arguments[0], span);
                self.variables.unify(result, &Type::Error);
                true
            }
            Candidates::One(id) => {
                let arguments = self.commit(id, &projection.arguments, span);
                let Some(ty) = self.program.impl_type(id, &projection.name) else {
                    let definition = self.program.implementation(id);
                    let message = format!("this `impl` lacks the type `{}`", projection.name);
                    let help = format!("add `type {} = ..;`", projection.name);
                    self.report(Diagnostic::new(definition.span, message).help(help));
                    self.variables.unify(result, &Type::Error);
                    return true;
                };
                let ty = self.normalized(&ty.substitute(&arguments), span);
                if !self.try_unify(result, &ty) {
                    self.mismatch(span, result, &ty);
                }
                true
            }
        }
    }

    fn call_type(&mut self, own: &Type, inputs: &Types, result: &Type, span: Span) -> bool {
        let (parameters, output) = match self.shallow(own) {
            Type::Variable(_) => return false,
            Type::Error => return true,
            Type::Reference(_, target) => return self.call_type(&target, inputs, result, span),
            Type::Adt(id, arguments) if self.program.prelude_name(id) == Some("Box") => {
                return self.call_type(&arguments[0], inputs, result, span);
            }
            Type::Closure(id) => {
                let info = self.program.closure(id);
                (info.parameters, info.result)
            }
            Type::Pointer(parameters, output) => (parameters, (*output).clone()),
            Type::Function(callee) => {
                let (parameters, output, _) = self.callee_types(&callee, span);
                (parameters.into(), output)
            }
            other => {
                let message = format!("`{}` cannot be called", self.name(&other));
                self.report(Diagnostic::new(span, message).help("give a closure or the name of a function"));
                return true;
            }
        };
        if parameters.len() != inputs.len() {
            let message =
                format!("this is called with {} arguments, but takes {}", inputs.len(), parameters.len());
            self.report(Diagnostic::new(span, message).help("change the parameters"));
            return true;
        }
        for (parameter, input) in parameters.iter().zip(inputs.iter()) {
            if !self.try_unify(parameter, input) {
                self.mismatch(span, input, parameter);
            }
        }
        if !matches!(self.shallow(&output), Type::Never) && !self.try_unify(result, &output) {
            self.mismatch(span, result, &output);
        }
        true
    }

    /// What `impl Trait` as the result of a function is, which its body says.
    fn reveal_opaque(&mut self, id: FunctionId, arguments: &Types, result: &Type, span: Span) -> bool {
        let arguments: Types = arguments.iter().map(|ty| self.variables.resolved(ty)).collect();
        let unknown = arguments.iter().any(|ty| {
            ty.any(&mut |part| match part {
                Type::Variable(_) => true,
                Type::Closure(id) => self.program.closure(*id).body.is_none(),
                _ => false,
            })
        });
        if unknown {
            return false;
        }
        let ty = self.program.body(id, &arguments).map_or(Type::Error, |body| body.result.clone());
        if !self.try_unify(result, &ty) {
            self.mismatch(span, result, &ty);
        }
        true
    }

    /// The `impl`s that may fulfil a trait's bound.
    fn candidates(&mut self, id: TraitId, arguments: &Types, depth: usize) -> Candidates {
        let own = self.shallow(&arguments[0]);
        if own == Type::Error || depth > MAX_DEPTH {
            return Candidates::Structural;
        }
        if let Type::Variable(variable) = own
            && self.variables.kind(variable) == Kind::General
        {
            return Candidates::Several;
        }
        let program = self.program;
        let mut found = None;
        let mut several = false;
        for candidate in program.implementations(id) {
            let definition = program.implementation(*candidate);
            let Some((_, header)) = &definition.of_trait else { continue };
            if !may_match(&header[0], &own) {
                continue;
            }
            let snapshot = self.snapshot();
            let generics: Vec<Type> = definition.scope.generics.names.iter().map(|_| self.fresh()).collect();
            let fits = header.iter().zip(arguments.iter()).all(|(header, argument)| {
                let header = header.substitute(&generics);
                has_projection(&header) || self.variables.unify(&header, argument)
            }) && self.may_hold(&program.impl_predicates(*candidate), &generics, depth + 1);
            self.rollback(&snapshot);
            if fits {
                several |= found.is_some();
                found = Some(*candidate);
            }
        }
        match found {
            Some(_) if several => Candidates::Several,
            Some(found) => Candidates::One(found),
            None => {
                if self.is_structural(id, &own) {
                    Candidates::Structural
                } else {
                    Candidates::None
                }
            }
        }
    }

    /// Whether a type has a trait by its parts: it derives it, or is built in.
    fn is_structural(&self, id: TraitId, own: &Type) -> bool {
        let definition = self.program.trait_definition(id);
        let name = &*definition.name.text;
        if !definition.in_prelude || !STRUCTURAL.contains(&name) {
            return false;
        }
        match own {
            Type::Adt(adt, _) => {
                let adt = self.program.adt(*adt);
                let copies = adt.in_prelude && matches!(name, "Clone" | "Copy" | "Debug");
                copies || adt.derives.iter().any(|derived| &*derived.text == name)
            }
            Type::Closure(_) | Type::Function(_) | Type::Opaque(..) => matches!(name, "Clone" | "Copy"),
            Type::Slice(_) => !matches!(name, "Clone" | "Copy" | "Default"),
            _ => true,
        }
    }

    /// Whether nothing known says that predicates do not hold.
    pub(super) fn may_hold(&mut self, predicates: &[Predicate], arguments: &[Type], depth: usize) -> bool {
        predicates.iter().all(|predicate| match predicate {
            Predicate::Trait(id, types, _) => {
                let types: Types = types.iter().map(|ty| ty.substitute(arguments)).collect();
                if types.iter().any(has_projection) {
                    return true;
                }
                !matches!(self.candidates(*id, &types, depth), Candidates::None)
            }
            Predicate::Function(own, ..) => {
                let mut own = self.shallow(&own.substitute(arguments));
                while let Type::Reference(_, target) = &own {
                    own = self.shallow(&Arc::clone(target));
                }
                match own {
                    Type::Adt(id, _) => self.program.prelude_name(id) == Some("Box"),
                    Type::Variable(_)
                    | Type::Closure(_)
                    | Type::Function(_)
                    | Type::Pointer(..)
                    | Type::Error => true,
                    _ => false,
                }
            }
        })
    }

    /// Uses an `impl`: gives what its generic parameters are.
    fn commit(&mut self, id: ImplId, arguments: &Types, span: Span) -> Vec<Type> {
        let program = self.program;
        let definition = program.implementation(id);
        let generics: Vec<Type> = definition.scope.generics.names.iter().map(|_| self.fresh()).collect();
        if let Some((_, header)) = &definition.of_trait {
            for (header, argument) in header.iter().zip(arguments.iter()) {
                let header = self.normalized(&header.substitute(&generics), span);
                self.variables.unify(&header, argument);
            }
        }
        self.require(&program.impl_predicates(id), &generics, span);
        generics
    }

    /// The parameters, the result and the predicates of a callee, its generic arguments filled in.
    pub(super) fn callee_types(
        &mut self,
        callee: &Callee,
        span: Span,
    ) -> (Vec<Type>, Type, Option<Arc<Signature>>) {
        match callee {
            Callee::Function(id, arguments) | Callee::Method(_, id, arguments) => {
                let signature = self.program.signature(*id);
                let parameters = signature
                    .parameters
                    .iter()
                    .map(|ty| self.normalized(&ty.substitute(arguments), span))
                    .collect();
                let result = self.normalized(&signature.result.substitute(arguments), span);
                (parameters, result, Some(signature))
            }
            Callee::Constructor(id, variant, arguments) => {
                let variants = self.program.variants(*id);
                let fields = variants.get(*variant as usize).map_or(&[][..], |variant| &variant.fields);
                let parameters = fields
                    .iter()
                    .map(|field| self.normalized(&field.ty.substitute(arguments), span))
                    .collect();
                (parameters, Type::Adt(*id, arguments.clone()), None)
            }
        }
    }

    /// Which `impl` fulfils a bound on known types.
    pub(super) fn select_known(&mut self, id: TraitId, arguments: &Types) -> Option<Selection> {
        match self.candidates(id, arguments, 0) {
            Candidates::One(found) => {
                let span = self.program.implementation(found).span;
                let generics = self.commit(found, arguments, span);
                self.process();
                let generics = generics.iter().map(|ty| self.variables.resolved(ty)).collect();
                Some(Selection::Impl(found, generics))
            }
            Candidates::Structural => Some(Selection::Structural),
            Candidates::Several | Candidates::None => None,
        }
    }

    /// Whether a trait's bound may hold, as far as is known.
    pub(super) fn may_implement(&mut self, id: TraitId, arguments: &Types) -> bool {
        !matches!(self.candidates(id, arguments, 0), Candidates::None)
    }

    /// Whether an `impl` block (not the parts of the type) fulfils a trait's bound.
    pub(super) fn implements(&mut self, id: TraitId, arguments: &Types) -> bool {
        matches!(self.candidates(id, arguments, 0), Candidates::One(_) | Candidates::Several)
    }

    pub(super) fn oblige(&mut self, kind: ObligationKind, span: Span) {
        self.pending.push(Obligation { kind, span });
    }
}

fn has_projection(ty: &Type) -> bool {
    ty.any(&mut |part| matches!(part, Type::Projection(_)))
}

/// A quick look at the outermost parts.
fn may_match(header: &Type, own: &Type) -> bool {
    match (header, own) {
        (Type::Parameter(_) | Type::Projection(_), _) | (_, Type::Variable(_)) => true,
        (Type::Adt(a, _), Type::Adt(b, _)) => a == b,
        (Type::Reference(a, _), Type::Reference(b, _)) => a == b,
        (header, own) => std::mem::discriminant(header) == std::mem::discriminant(own),
    }
}
