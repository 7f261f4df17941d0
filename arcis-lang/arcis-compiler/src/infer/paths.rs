//! What paths in expressions stand for.

use std::sync::Arc;

use super::Infer;
use super::obligations::ObligationKind;
use super::unify::Kind;
use crate::diagnostics::Diagnostic;
use crate::program::{Container, Definition, Resolved, similar};
use crate::source::Span;
use crate::syntax::{self, FieldStyle, GenericArgument, Name, Segment};
use crate::tree::{CallSite, Expr, ExprKind};
use crate::types::{AdtId, Callee, ConstantId, FunctionId, TraitId, Type, Types};

/// What belongs to a type.
pub(super) enum Member {
    Callee(Callee),
    Constant(ConstantId, Types),
    TraitConstant(TraitId, ConstantId, Types),
}

impl Infer<'_, '_> {
    /// A path as an expression.
    pub(super) fn path(&mut self, path: &syntax::Path, hint: Option<&Type>) -> Expr {
        let span = path.span;
        let error = Expr { kind: ExprKind::Error, ty: Type::Error, span };
        if path.qualified.is_none()
            && let [only] = path.segments.as_slice()
            && only.arguments.is_none()
            && let Some(id) = self.local(&only.name.text)
        {
            let ty = self.locals[id.0].ty.clone();
            return Expr { kind: ExprKind::Local(id), ty, span };
        }
        let Some(resolved) = self.program.resolve_value(&self.scope, path) else {
            self.report_unknown(path);
            return error;
        };
        match resolved {
            Resolved::Parameter(index) => self.constant_parameter(index, span),
            Resolved::Item(Definition::Constant(id), _) => {
                let ty = self.program.constant_type(id);
                let ty = self.normalized(&ty, span);
                Expr { kind: ExprKind::Constant(id, Arc::from([])), ty, span }
            }
            Resolved::Item(Definition::Function(id), arguments) => {
                let arguments = self.generics_of(id, Vec::new(), arguments.as_deref(), span);
                self.function_value(Callee::Function(id, arguments), span)
            }
            Resolved::Struct(_) | Resolved::Variant(..) => match self.constructor_of(path) {
                Some((id, variant, arguments)) => self.constructor(id, variant, arguments, hint, span),
                None => error,
            },
            Resolved::Member(base, of_trait, segment) => {
                let base = self.written(&base);
                let base = self.known(&base);
                if let Type::Adt(id, arguments) = &base
                    && of_trait.is_none()
                    && let Some(Definition::Variant(_, variant)) =
                        self.program.variant(*id, &segment.name.text)
                {
                    return self.constructor(*id, variant, arguments.clone(), hint, span);
                }
                let of_trait = match of_trait {
                    Some(of_trait) => match self.program.resolve_trait(&self.scope, &of_trait, &base) {
                        Some((id, arguments)) => {
                            let arguments =
                                arguments.iter().map(|ty| ty.substitute(&self.arguments)).collect::<Vec<_>>();
                            let arguments =
                                arguments.iter().map(|ty| self.normalized(ty, span)).collect::<Types>();
                            Some((id, arguments))
                        }
                        None => return error,
                    },
                    None => None,
                };
                self.member_value(&base, of_trait, &segment, span)
            }
            Resolved::TraitMember(id, _, segment) => {
                let arguments: Types = (0..self.program.trait_arity(id)).map(|_| self.fresh()).collect();
                self.member_value(&arguments[0].clone(), Some((id, arguments)), &segment, span)
            }
            Resolved::Item(..) => {
                self.report_unknown(path);
                error
            }
        }
    }

    fn report_unknown(&mut self, path: &syntax::Path) {
        let written: Vec<&str> = path.segments.iter().map(|segment| &*segment.name.text).collect();
        let written = written.join("::");
        let locals: Vec<Arc<str>> = self.locals.iter().map(|local| Arc::clone(&local.name)).collect();
        let known_local = similar(&written, locals.iter().filter(|name| name.len() > 1))
            .first()
            .map(|name| Arc::clone(name));
        let similar = known_local.or_else(|| self.program.similar_name(&self.scope, &written));
        let diagnostic = Diagnostic::new(path.span, format!("`{written}` is not known here"));
        self.report(match similar {
            Some(other) => diagnostic.help(format!("did you mean `{other}`?")),
            None => diagnostic.help("define it in the circuit module"),
        });
    }

    /// A generic parameter that is a constant.
    fn constant_parameter(&mut self, index: u32, span: Span) -> Expr {
        let generics = Arc::clone(&self.scope.generics);
        let ty = match generics.names.get(index as usize) {
            Some((_, Some(ty))) => self.written(ty),
            _ => Type::Error,
        };
        match self.arguments.get(index as usize) {
            Some(Type::Constant(value)) => {
                let kind = match ty {
                    Type::Bool => ExprKind::Bool(*value != 0),
                    _ => ExprKind::Integer(*value),
                };
                Expr { kind, ty, span }
            }
            _ => {
                self.failed = true;
                Expr { kind: ExprKind::Error, ty, span }
            }
        }
    }

    /// The generic arguments of a function: those of what it belongs to, then those written or variables.
    pub(super) fn generics_of(
        &mut self,
        id: FunctionId,
        outer: Vec<Type>,
        given: Option<&[GenericArgument]>,
        span: Span,
    ) -> Types {
        let program = self.program;
        let definition = program.function(id);
        let generics = Arc::clone(&definition.scope.generics);
        let before = program.reporter().count();
        let skip = outer.len();
        let variables = &mut self.variables;
        let mut holes = |_| variables.fresh(Kind::General);
        let own = program.generic_list(
            &self.scope,
            &self.arguments,
            given,
            &generics,
            &definition.scope,
            skip,
            span,
            &mut holes,
        );
        self.failed |= program.reporter().count() > before;
        let mut all = outer;
        for ty in own.iter() {
            let ty = ty.substitute(&self.arguments);
            all.push(self.normalized(&ty, span));
        }
        all.into()
    }

    /// A function by its name: what its bounds ask is asked from here on.
    fn function_value(&mut self, callee: Callee, span: Span) -> Expr {
        match &callee {
            Callee::Function(id, arguments) => {
                let signature = self.program.signature(*id);
                self.require(&signature.predicates, arguments, span);
            }
            Callee::Method(of_trait, id, arguments) => {
                let signature = self.program.signature(*id);
                let arity = self.program.trait_arity(*of_trait);
                let own: Types = arguments[..arity].iter().cloned().collect();
                self.oblige(ObligationKind::Trait(*of_trait, own, Vec::new()), span);
                self.require(&signature.predicates, arguments, span);
            }
            Callee::Constructor(..) => {}
        }
        let ty = Type::Function(Arc::new(callee.clone()));
        Expr { kind: ExprKind::Function(CallSite::new(callee)), ty, span }
    }

    /// A struct or variant without fields, or the function that makes one with them.
    fn constructor(
        &mut self,
        id: AdtId,
        variant: u32,
        arguments: Types,
        hint: Option<&Type>,
        span: Span,
    ) -> Expr {
        let variants = self.program.variants(id);
        let style = variants.get(variant as usize).map_or(FieldStyle::Unit, |variant| variant.style);
        match style {
            FieldStyle::Unit => {
                let ty = Type::Adt(id, arguments);
                if let Some(hint) = hint {
                    self.try_unify(&ty, hint);
                }
                Expr { kind: ExprKind::Struct(id, variant, Vec::new(), None), ty, span }
            }
            FieldStyle::Tuple => self.function_value(Callee::Constructor(id, variant, arguments), span),
            FieldStyle::Named => {
                let message = "this has named fields";
                self.report(Diagnostic::new(span, message).help("write `Name { field: value, .. }`"));
                Expr { kind: ExprKind::Error, ty: Type::Error, span }
            }
        }
    }

    /// The struct or variant that a path in a literal or a pattern names.
    pub(super) fn constructor_of(&mut self, path: &syntax::Path) -> Option<(AdtId, u32, Types)> {
        let resolved = self.program.resolve_value(&self.scope, path);
        let found = match resolved {
            Some(Resolved::Struct(ty)) => {
                let ty = self.written(&ty);
                match self.known(&ty) {
                    Type::Adt(id, arguments) if !self.program.adt(id).is_enum => Some((id, 0, arguments)),
                    Type::Error => return None,
                    _ => None,
                }
            }
            Some(Resolved::Variant(id, variant, given)) => {
                let given: Vec<Type> = given
                    .iter()
                    .flatten()
                    .filter_map(|argument| match argument {
                        GenericArgument::Type(ty) => Some(self.written(ty)),
                        _ => None,
                    })
                    .collect();
                let arity = self.program.adt_arity(id);
                let arguments = if given.len() == arity {
                    given.into()
                } else {
                    (0..arity).map(|_| self.fresh()).collect()
                };
                Some((id, variant, arguments))
            }
            Some(Resolved::Member(base, None, segment)) => {
                let base = self.written(&base);
                match self.known(&base) {
                    Type::Adt(id, arguments) => match self.program.variant(id, &segment.name.text) {
                        Some(Definition::Variant(_, variant)) => Some((id, variant, arguments)),
                        _ => None,
                    },
                    _ => None,
                }
            }
            _ => None,
        };
        if found.is_none() {
            let written: Vec<&str> = path.segments.iter().map(|segment| &*segment.name.text).collect();
            let message = format!("`{}` is no struct or variant that is known here", written.join("::"));
            self.report(Diagnostic::new(path.span, message).help("define it in the circuit module"));
        }
        found
    }

    fn member_value(
        &mut self,
        base: &Type,
        of_trait: Option<(TraitId, Types)>,
        segment: &Segment,
        span: Span,
    ) -> Expr {
        let base = self.known(base);
        match self.member(&base, of_trait.clone(), segment, span) {
            Some(Member::Callee(callee)) => self.function_value(callee, span),
            Some(Member::Constant(id, arguments)) => {
                let ty = self.program.constant_type(id).substitute(&arguments);
                let ty = self.normalized(&ty, span);
                Expr { kind: ExprKind::Constant(id, arguments), ty, span }
            }
            Some(Member::TraitConstant(of_trait, id, arguments)) => {
                let ty = self.program.constant_type(id).substitute(&arguments);
                let ty = self.normalized(&ty, span);
                let kind = ExprKind::TraitConstant(of_trait, segment.name.text.clone(), arguments);
                Expr { kind, ty, span }
            }
            None => {
                self.failed = true;
                if base != Type::Error {
                    let own = match &of_trait {
                        Some((id, _)) => self.program.trait_definition(*id).name.text.to_string(),
                        None => self.name(&base),
                    };
                    let message = format!("`{own}` has no `{}`", segment.name.text);
                    let similar = if of_trait.is_none() { self.similar_member(&base, segment) } else { None };
                    let diagnostic = Diagnostic::new(segment.name.span, message);
                    self.report(match similar {
                        Some(other) => diagnostic.help(format!("did you mean `{other}`?")),
                        None => {
                            diagnostic.help("define it in an `impl`, or see which functions the language has")
                        }
                    });
                }
                Expr { kind: ExprKind::Error, ty: Type::Error, span }
            }
        }
    }

    /// A variant or a function that the type has and whose name is like this one.
    fn similar_member(&mut self, base: &Type, segment: &Segment) -> Option<Arc<str>> {
        let name = &segment.name.text;
        if let Type::Adt(id, _) = base
            && self.program.adt(*id).is_enum
        {
            let variants = self.program.variants(*id);
            if let Some(other) = similar(name, variants.iter().map(|variant| &variant.name)).first() {
                return Some((*other).clone());
            }
        }
        let names = self.program.similar_members(name);
        let mut names = names.into_iter();
        names
            .find(|name| {
                let other = Segment { name: Name::new(name, segment.name.span), arguments: None };
                self.member(base, None, &other, segment.name.span).is_some()
            })
            .cloned()
    }

    /// What belongs to a type, or to a trait as the type implements it.
    fn member(
        &mut self,
        base: &Type,
        of_trait: Option<(TraitId, Types)>,
        segment: &Segment,
        span: Span,
    ) -> Option<Member> {
        let program = self.program;
        let name = &segment.name.text;
        let given = segment.arguments.as_deref();
        if let Some((id, arguments)) = of_trait {
            if let Some(function) = program.trait_function(id, name) {
                let arguments = self.generics_of(function, arguments.to_vec(), given, span);
                return Some(Member::Callee(Callee::Method(id, function, arguments)));
            }
            let constant = program.trait_constant(id, name)?;
            return Some(Member::TraitConstant(id, constant, arguments));
        }
        for function in program.members(name) {
            if let Container::Impl(id) = program.function(*function).container
                && let Some(generics) = self.fits_implementation(id, base)
            {
                let arguments = self.generics_of(*function, generics, given, span);
                return Some(Member::Callee(Callee::Function(*function, arguments)));
            }
        }
        for constant in program.member_constants(name) {
            if let Container::Impl(id) = program.constant_container(*constant)
                && let Some(generics) = self.fits_implementation(id, base)
            {
                return Some(Member::Constant(*constant, generics.into()));
            }
        }
        let mut found: Option<(TraitId, FunctionId, Types)> = None;
        for function in program.members(name) {
            if let Container::Trait(id) = program.function(*function).container {
                let arguments = self.trait_arguments(id, base);
                if self.may_implement(id, &arguments)
                    && found.as_ref().is_none_or(|(other, ..)| program.trait_definition(*other).in_prelude)
                {
                    found = Some((id, *function, arguments));
                }
            }
        }
        if let Some((id, function, arguments)) = found {
            let arguments = self.generics_of(function, arguments.to_vec(), given, span);
            return Some(Member::Callee(Callee::Method(id, function, arguments)));
        }
        for constant in program.member_constants(name) {
            if let Container::Trait(id) = program.constant_container(*constant) {
                let arguments = self.trait_arguments(id, base);
                if self.may_implement(id, &arguments) {
                    return Some(Member::TraitConstant(id, *constant, arguments));
                }
            }
        }
        None
    }

    /// `Self` and variables for the other generic parameters of a trait.
    pub(super) fn trait_arguments(&mut self, id: TraitId, own: &Type) -> Types {
        let others = self.program.trait_arity(id) - 1;
        std::iter::once(own.clone()).chain((0..others).map(|_| self.variables.fresh(Kind::General))).collect()
    }

    /// The generic parameters of an `impl` block, if it is for this type.
    pub(super) fn fits_implementation(&mut self, id: crate::types::ImplId, own: &Type) -> Option<Vec<Type>> {
        let program = self.program;
        let definition = program.implementation(id);
        let snapshot = self.snapshot();
        let generics: Vec<Type> = definition.scope.generics.names.iter().map(|_| self.fresh()).collect();
        let target = definition.target.substitute(&generics);
        let fits = self.variables.unify(&target, own)
            && (!definition.scope.self_type.as_ref().is_some_and(|ty| matches!(ty, Type::Parameter(_)))
                || self.may_hold(&program.impl_predicates(id), &generics, 1));
        if !fits {
            self.rollback(&snapshot);
            return None;
        }
        Some(generics)
    }
}
