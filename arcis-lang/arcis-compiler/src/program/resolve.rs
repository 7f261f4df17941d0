//! Written types to [`Type`]s.

use std::sync::Arc;

use super::names::Namespace;
use super::{Definition, Generics, Predicate, Program, Scope};
use crate::diagnostics::Diagnostic;
use crate::source::Span;
use crate::syntax::{self, GenericArgument, Path, Segment, TypeKind};
use crate::types::{Projection, TraitId, Type, Types};

/// What stands for a type that is left out or written `_`.
pub type Holes<'h> = &'h mut dyn FnMut(Span) -> Type;

impl Program<'_> {
    /// The type written in an item, where nothing may be left out.
    pub fn resolve_item_type(&self, scope: &Scope, ty: &syntax::Type) -> Type {
        let mut no_holes = |span| {
            self.reporter.report(
                Diagnostic::new(span, "the type has to be written out here")
                    .help("types are inferred within functions only"),
            );
            Type::Error
        };
        self.resolve_type(scope, &Arc::from([]), ty, &mut no_holes)
    }

    /// The type written, in terms of the generic parameters in scope. `arguments` is what those are, if known: constants may
    /// need them.
    pub fn resolve_type(
        &self,
        scope: &Scope,
        arguments: &Types,
        ty: &syntax::Type,
        holes: Holes<'_>,
    ) -> Type {
        match &ty.kind {
            TypeKind::Path(path) => self.resolve_type_path(scope, arguments, path, holes),
            TypeKind::Tuple(elements) => Type::Tuple(
                elements.iter().map(|it| self.resolve_type(scope, arguments, it, holes)).collect(),
            ),
            TypeKind::Array(element, length) => {
                let element = self.resolve_type(scope, arguments, element, holes);
                let length = self.resolve_length(scope, arguments, length, holes);
                Type::Array(Arc::new(element), Arc::new(length))
            }
            TypeKind::Slice(element) => {
                Type::Slice(Arc::new(self.resolve_type(scope, arguments, element, holes)))
            }
            TypeKind::Reference(mutable, target) => {
                Type::reference(*mutable, self.resolve_type(scope, arguments, target, holes))
            }
            TypeKind::Function(inputs, result) => Type::Pointer(
                inputs.iter().map(|it| self.resolve_type(scope, arguments, it, holes)).collect(),
                Arc::new(self.resolve_type(scope, arguments, result, holes)),
            ),
            TypeKind::Impl(_) => {
                self.reporter.report(
                    Diagnostic::new(ty.span, "`impl Trait` cannot stand here")
                        .help("it can be the type of a parameter or the result; elsewhere name the type"),
                );
                Type::Error
            }
            TypeKind::Inferred => holes(ty.span),
            TypeKind::Never => Type::Never,
            TypeKind::Error => Type::Error,
        }
    }

    /// The length of an array: a constant.
    pub fn resolve_length(
        &self,
        scope: &Scope,
        arguments: &Types,
        length: &Arc<syntax::Expr>,
        holes: Holes<'_>,
    ) -> Type {
        if let syntax::ExprKind::Path(path) = &length.kind
            && let [only] = path.segments.as_slice()
        {
            if &*only.name.text == "_" {
                return holes(only.name.span);
            }
            if let Some(index) = self.parameter(scope, &only.name.text) {
                return Type::Parameter(index);
            }
        }
        if let syntax::ExprKind::Block(block, None) = &length.kind
            && block.statements.is_empty()
            && let Some(value) = &block.value
        {
            return self.resolve_length(scope, arguments, &Arc::new((**value).clone()), holes);
        }
        match self.constant_bits(scope, arguments, length, &Type::USIZE) {
            Some(bits) => Type::Constant(bits),
            None => Type::Error,
        }
    }

    fn resolve_type_path(&self, scope: &Scope, arguments: &Types, path: &Path, holes: Holes<'_>) -> Type {
        let Some(last) = path.segments.last() else { return Type::Error };
        if let Some(qualified) = &path.qualified {
            let (own, of_trait) = &**qualified;
            let base = self.resolve_type(scope, arguments, own, holes);
            let Some(of_trait) = of_trait else { return self.shorthand(scope, base, None, last) };
            let Some((id, trait_arguments)) = self.resolve_trait(scope, of_trait, &base) else {
                return Type::Error;
            };
            let name = last.name.text.clone();
            return Type::Projection(Arc::new(Projection { of_trait: id, arguments: trait_arguments, name }));
        }
        let first = &path.segments[0];
        let name = &*first.name.text;
        let base = if name == "Self" && scope.self_type.is_some() {
            scope.self_type.clone().map(|ty| (ty, None, 1))
        } else if let Some(index) = self.parameter(scope, name) {
            Some((Type::Parameter(index), Some(name), 1))
        } else if path.segments.len() == 1
            && let Some(primitive) = Type::primitive(name)
            && self
                .lookup(scope.module, name, Namespace::Types)
                .is_none_or(|it| matches!(it, Definition::Module(_)))
        {
            return primitive;
        } else if name == "__Word"
            && let Some([GenericArgument::Const(width)]) = first.arguments.as_deref()
        {
            let width = self.constant_bits(scope, arguments, width, &Type::USIZE).unwrap_or(1);
            return Type::Word(width as u32);
        } else {
            None
        };
        let (mut ty, mut parameter, taken) = match base {
            Some(base) => base,
            None => match self.type_of_path(scope, &path.segments) {
                Some((definition, taken)) => {
                    let segment = &path.segments[taken - 1];
                    (self.type_of_definition(scope, arguments, definition, segment, holes), None, taken)
                }
                None => {
                    let written: Vec<&str> = path.segments.iter().map(|it| &*it.name.text).collect();
                    let written = written.join("::");
                    let mut diagnostic =
                        Diagnostic::new(path.span, format!("the type `{written}` is not known here"));
                    diagnostic = match &*written {
                        "String" | "str" | "char" => {
                            diagnostic.help("text has no place in a circuit: use bytes, `[u8; N]`")
                        }
                        "Vec" => diagnostic
                            .help("use an array `[T; N]`, or `BoundedVec<T, N>`, whose length may be secret"),
                        "HashMap" | "BTreeMap" | "HashSet" | "BTreeSet" => diagnostic.help(
                            "use an array of pairs and search it: memory accesses of a circuit are fixed",
                        ),
                        "Rc" | "Arc" | "RefCell" => diagnostic.help("use references, `Box` or `Cell`"),
                        _ => match self.similar_name(scope, &written) {
                            Some(other) => diagnostic.help(format!("did you mean `{other}`?")),
                            None => diagnostic.help("define it in the circuit module"),
                        },
                    };
                    self.reporter.report(diagnostic);
                    return Type::Error;
                }
            },
        };
        for segment in &path.segments[taken..] {
            ty = self.shorthand(scope, ty, parameter.take(), segment);
        }
        ty
    }

    fn type_of_definition(
        &self,
        scope: &Scope,
        arguments: &Types,
        definition: Definition,
        segment: &Segment,
        holes: Holes<'_>,
    ) -> Type {
        match definition {
            Definition::Adt(id) => {
                let adt = self.adt(id);
                let generics = adt.scope.generics.clone();
                let given = segment.arguments.as_deref();
                let list = self.generic_list(
                    scope,
                    arguments,
                    given,
                    &generics,
                    &adt.scope,
                    0,
                    segment.name.span,
                    holes,
                );
                Type::Adt(id, list)
            }
            Definition::Alias(index) => {
                let alias = &self.aliases[index];
                let generics = alias.scope.generics.clone();
                let given = segment.arguments.as_deref();
                let list = self.generic_list(
                    scope,
                    arguments,
                    given,
                    &generics,
                    &alias.scope,
                    0,
                    segment.name.span,
                    holes,
                );
                let target = alias.target.get(|| self.resolve_item_type(&alias.scope, &alias.item.target));
                match target {
                    Some(target) => target.substitute(&list),
                    None => {
                        self.report_cycle(&alias.item.name);
                        Type::Error
                    }
                }
            }
            _ => {
                self.reporter.report(
                    Diagnostic::new(segment.name.span, format!("`{}` is not a type", segment.name.text))
                        .help("name a struct, an enum or a primitive type here"),
                );
                Type::Error
            }
        }
    }

    /// The generic arguments written, completed by defaults and holes. Those of `generics` before `skip` are not written.
    #[allow(
        clippy::too_many_arguments,
        reason = "two scopes meet here: that of the use and that of the definition"
    )]
    pub fn generic_list(
        &self,
        scope: &Scope,
        arguments: &Types,
        given: Option<&[GenericArgument]>,
        generics: &Generics,
        definition_scope: &Scope,
        skip: usize,
        span: Span,
        holes: Holes<'_>,
    ) -> Types {
        let mut written =
            given.unwrap_or(&[]).iter().filter(|argument| !matches!(argument, GenericArgument::Binding(..)));
        let mut list: Vec<Type> = Vec::new();
        for (index, (name, constant)) in generics.names.iter().enumerate().skip(skip) {
            let is_anonymous = name.starts_with("impl#");
            let argument = match if is_anonymous { None } else { written.next() } {
                Some(GenericArgument::Type(ty)) if constant.is_some() => {
                    let expression = type_as_expression(ty);
                    self.resolve_length(scope, arguments, &expression, holes)
                }
                Some(GenericArgument::Type(ty)) => self.resolve_type(scope, arguments, ty, holes),
                Some(GenericArgument::Const(value)) => {
                    let ty = match constant {
                        Some(ty) => self.resolve_item_type(definition_scope, ty),
                        None => Type::USIZE,
                    };
                    match &value.kind {
                        syntax::ExprKind::Bool(value) => Type::Constant(u128::from(*value)),
                        _ if ty == Type::USIZE => self.resolve_length(scope, arguments, value, holes),
                        _ => self
                            .constant_bits(scope, arguments, value, &ty)
                            .map_or(Type::Error, Type::Constant),
                    }
                }
                Some(GenericArgument::Binding(..)) | None => match &generics.defaults.get(index) {
                    Some(Some(default)) if given.is_some() || constant.is_none() => {
                        self.resolve_item_type(definition_scope, default).substitute(&list)
                    }
                    _ => holes(span),
                },
            };
            list.push(argument);
        }
        if written.next().is_some() {
            self.reporter.report(
                Diagnostic::new(span, "there are more generic arguments than parameters")
                    .help("remove the last ones"),
            );
        }
        list.into()
    }

    /// `T::Name`: which trait's associated type is meant follows from the bounds.
    fn shorthand(&self, scope: &Scope, base: Type, parameter: Option<&str>, segment: &Segment) -> Type {
        let name = &segment.name.text;
        let projection = |of_trait, arguments| {
            Type::Projection(Arc::new(Projection { of_trait, arguments, name: name.clone() }))
        };
        if let Some((of_trait, arguments)) = &scope.of_trait
            && parameter.is_none()
            && scope.self_type.as_ref() == Some(&base)
            && let Some((id, arguments)) = self.trait_with_type(*of_trait, arguments, name)
        {
            return projection(id, arguments);
        }
        if let Some(parameter) = parameter {
            for (bounded, bounds) in &scope.generics.bounds {
                let TypeKind::Path(path) = &bounded.kind else { continue };
                let [only] = path.segments.as_slice() else { continue };
                if &*only.name.text != parameter || path.qualified.is_some() {
                    continue;
                }
                for bound in bounds.iter().filter(|bound| bound.function.is_none()) {
                    let Some((id, arguments)) = self.resolve_trait(scope, &bound.path, &base) else {
                        continue;
                    };
                    if let Some((id, arguments)) = self.trait_with_type(id, &arguments, name) {
                        return projection(id, arguments);
                    }
                }
            }
        }
        let all = (0..self.traits.len()).map(TraitId);
        match all.into_iter().find(|id| self.has_associated_type(*id, name) && self.trait_arity(*id) == 1) {
            Some(id) => projection(id, Arc::from([base])),
            None => {
                self.reporter.report(
                    Diagnostic::new(segment.name.span, format!("no trait has an associated type `{name}`"))
                        .help("define it in the trait: `type Name;`"),
                );
                Type::Error
            }
        }
    }

    /// The trait itself or one it extends that has this associated type.
    pub fn trait_with_type(&self, id: TraitId, arguments: &Types, name: &str) -> Option<(TraitId, Types)> {
        if self.has_associated_type(id, name) {
            return Some((id, arguments.clone()));
        }
        self.supertraits(id).iter().find_map(|predicate| match predicate {
            Predicate::Trait(other, other_arguments, _) => {
                let other_arguments: Types =
                    other_arguments.iter().map(|ty| ty.substitute(arguments)).collect();
                self.trait_with_type(*other, &other_arguments, name)
            }
            Predicate::Function(..) => None,
        })
    }

    /// The trait that a path names, and its arguments, `own` first.
    pub fn resolve_trait(&self, scope: &Scope, path: &Path, own: &Type) -> Option<(TraitId, Types)> {
        let found = self.type_of_path(scope, &path.segments);
        let Some((Definition::Trait(id), _)) = found else {
            let name = path.segments.last().map_or("?", |segment| &*segment.name.text);
            self.reporter
                .report(Diagnostic::new(path.span, format!("the trait `{name}` is not known here")).help(
                "define it in the circuit module, or remove it: circuits know a part of `std`'s traits only",
            ));
            return None;
        };
        let definition = &self.traits[id.0];
        let generics = definition.scope.generics.clone();
        let given = path.segments.last().and_then(|segment| segment.arguments.as_deref());
        // A trait's parameter that is left out is its default, which may be `Self`.
        let mut list = vec![own.clone()];
        let mut holes = |_| Type::Error;
        let mut written =
            given.unwrap_or(&[]).iter().filter(|it| !matches!(it, GenericArgument::Binding(..)));
        for index in 1..generics.names.len() {
            let argument = match (written.next(), &generics.defaults[index]) {
                (Some(GenericArgument::Type(ty)), _) if generics.names[index].1.is_some() => {
                    self.resolve_length(scope, &Arc::from([]), &type_as_expression(ty), &mut holes)
                }
                (Some(GenericArgument::Type(ty)), _) => {
                    self.resolve_type(scope, &Arc::from([]), ty, &mut holes)
                }
                (Some(GenericArgument::Const(value)), _) => {
                    self.resolve_length(scope, &Arc::from([]), value, &mut holes)
                }
                (_, Some(default)) => self.resolve_item_type(&definition.scope, default).substitute(&list),
                _ => Type::Error,
            };
            list.push(argument);
        }
        Some((id, list.into()))
    }

    /// What bounds ask.
    pub(super) fn predicates(
        &self,
        scope: &Scope,
        bounds: &[(syntax::Type, Vec<syntax::Bound>)],
    ) -> Vec<Predicate> {
        let mut predicates = Vec::new();
        for (bounded, bounds) in bounds {
            let own = self.resolve_item_type(scope, bounded);
            predicates.extend(bounds.iter().filter_map(|bound| self.predicate(scope, &own, bound)));
        }
        predicates
    }

    /// What one bound asks of a type; `None` for those that mean nothing here.
    pub fn predicate(&self, scope: &Scope, own: &Type, bound: &syntax::Bound) -> Option<Predicate> {
        if let Some((inputs, result)) = &bound.function {
            let inputs = inputs.iter().map(|ty| self.resolve_item_type(scope, ty)).collect();
            return Some(Predicate::Function(own.clone(), inputs, self.resolve_item_type(scope, result)));
        }
        let last = bound.path.segments.last()?;
        if matches!(&*last.name.text, "Sized" | "Send" | "Sync" | "Unpin") {
            return None;
        }
        let (id, arguments) = self.resolve_trait(scope, &bound.path, own)?;
        let bindings = last.arguments.iter().flatten().filter_map(|argument| match argument {
            GenericArgument::Binding(name, ty) => {
                Some((name.text.clone(), self.resolve_item_type(scope, ty)))
            }
            _ => None,
        });
        Some(Predicate::Trait(id, arguments, bindings.collect()))
    }
}

/// A generic argument that looks like a type but stands for a constant.
fn type_as_expression(ty: &syntax::Type) -> Arc<syntax::Expr> {
    let kind = match &ty.kind {
        TypeKind::Path(path) => syntax::ExprKind::Path(path.clone()),
        _ => {
            let segment = Segment { name: syntax::Name::new("_", ty.span), arguments: None };
            syntax::ExprKind::Path(Path { qualified: None, segments: vec![segment], span: ty.span })
        }
    };
    Arc::new(syntax::Expr { kind, span: ty.span })
}
