//! Types, paths and generics.

use std::sync::Arc;

use super::Parser;
use crate::syntax::{
    Bound, GenericArgument, GenericParameter, Generics, Name, Path, Segment, Type, TypeKind,
};

impl Parser<'_> {
    pub(super) fn ty(&self, ty: &syn::Type) -> Type {
        let span = self.span_of(ty);
        let unsupported = |what: &str, instead: &str| {
            self.unsupported(span, what, instead);
            TypeKind::Error
        };
        let kind = match ty {
            syn::Type::Path(path) => TypeKind::Path(self.qualified_path(path.qself.as_ref(), &path.path)),
            syn::Type::Tuple(tuple) => {
                TypeKind::Tuple(tuple.elems.iter().map(|element| self.ty(element)).collect())
            }
            syn::Type::Array(array) => {
                TypeKind::Array(Box::new(self.ty(&array.elem)), Arc::new(self.expression(&array.len)))
            }
            syn::Type::Slice(slice) => TypeKind::Slice(Box::new(self.ty(&slice.elem))),
            syn::Type::Reference(reference) => {
                TypeKind::Reference(reference.mutability.is_some(), Box::new(self.ty(&reference.elem)))
            }
            syn::Type::Infer(_) => TypeKind::Inferred,
            syn::Type::Never(_) => TypeKind::Never,
            syn::Type::Paren(inner) => return self.ty(&inner.elem),
            syn::Type::Group(inner) => return self.ty(&inner.elem),
            syn::Type::BareFn(function) => TypeKind::Function(
                function.inputs.iter().map(|input| self.ty(&input.ty)).collect(),
                Box::new(self.result(&function.output, span)),
            ),
            syn::Type::ImplTrait(it) => TypeKind::Impl(self.bounds(it.bounds.iter())),
            syn::Type::TraitObject(_) => {
                unsupported("a trait object", "take a generic parameter: `fn f<T: Trait>(x: T)`")
            }
            syn::Type::Ptr(_) => unsupported("a raw pointer", "use a reference"),
            _ => unsupported(
                "this type",
                "use bool, numbers, keys, arrays, slices, tuples, and your structs and enums",
            ),
        };
        Type { kind, span }
    }

    /// The result written, or the empty tuple.
    pub(super) fn result(&self, result: &syn::ReturnType, span: crate::source::Span) -> Type {
        match result {
            syn::ReturnType::Default => Type { kind: TypeKind::Tuple(Vec::new()), span },
            syn::ReturnType::Type(_, ty) => self.ty(ty),
        }
    }

    pub(super) fn path(&self, path: &syn::Path) -> Path {
        Path { qualified: None, segments: self.segments(path.segments.iter()), span: self.span_of(path) }
    }

    pub(super) fn qualified_path(&self, qself: Option<&syn::QSelf>, path: &syn::Path) -> Path {
        let Some(qself) = qself else { return self.path(path) };
        let span = self.span_of(path);
        let of_trait = (qself.position > 0).then(|| Path {
            qualified: None,
            segments: self.segments(path.segments.iter().take(qself.position)),
            span,
        });
        Path {
            qualified: Some(Box::new((self.ty(&qself.ty), of_trait))),
            segments: self.segments(path.segments.iter().skip(qself.position)),
            span: self.span(qself.lt_token.span).to(span),
        }
    }

    fn segments<'s>(&self, segments: impl Iterator<Item = &'s syn::PathSegment>) -> Vec<Segment> {
        segments
            .map(|segment| Segment {
                name: self.name(&segment.ident),
                arguments: match &segment.arguments {
                    syn::PathArguments::AngleBracketed(list) => Some(self.generic_arguments(list)),
                    _ => None,
                },
            })
            .collect()
    }

    pub(super) fn generic_arguments(
        &self,
        list: &syn::AngleBracketedGenericArguments,
    ) -> Vec<GenericArgument> {
        list.args
            .iter()
            .filter_map(|argument| match argument {
                syn::GenericArgument::Type(ty) => Some(GenericArgument::Type(self.ty(ty))),
                syn::GenericArgument::Const(value) => {
                    Some(GenericArgument::Const(Arc::new(self.expression(value))))
                }
                syn::GenericArgument::AssocType(binding) => {
                    Some(GenericArgument::Binding(self.name(&binding.ident), self.ty(&binding.ty)))
                }
                syn::GenericArgument::Lifetime(_) => None,
                other => {
                    self.unsupported(
                        self.span_of(other),
                        "this generic argument",
                        "pass types and constants only",
                    );
                    None
                }
            })
            .collect()
    }

    pub(super) fn bounds<'b>(&self, bounds: impl Iterator<Item = &'b syn::TypeParamBound>) -> Vec<Bound> {
        bounds
            .filter_map(|bound| match bound {
                syn::TypeParamBound::Trait(bound)
                    if matches!(bound.modifier, syn::TraitBoundModifier::None) =>
                {
                    let function = match bound.path.segments.last().map(|segment| &segment.arguments) {
                        Some(syn::PathArguments::Parenthesized(arguments)) => {
                            let inputs = arguments.inputs.iter().map(|input| self.ty(input)).collect();
                            Some((inputs, self.result(&arguments.output, self.span_of(bound))))
                        }
                        _ => None,
                    };
                    Some(Bound { path: self.path(&bound.path), function })
                }
                _ => None,
            })
            .collect()
    }

    pub(super) fn generics(&self, generics: &syn::Generics) -> Generics {
        let mut parsed = Generics::default();
        for parameter in &generics.params {
            match parameter {
                syn::GenericParam::Lifetime(_) => {}
                syn::GenericParam::Type(parameter) => {
                    let name = self.name(&parameter.ident);
                    let bounds = self.bounds(parameter.bounds.iter());
                    if !bounds.is_empty() {
                        parsed.bounds.push((named_type(&name), bounds));
                    }
                    let default = parameter.default.as_ref().map(|ty| self.ty(ty));
                    parsed.parameters.push(GenericParameter { name, constant: None, default });
                }
                syn::GenericParam::Const(parameter) => parsed.parameters.push(GenericParameter {
                    name: self.name(&parameter.ident),
                    constant: Some(self.ty(&parameter.ty)),
                    default: None,
                }),
            }
        }
        for predicate in generics.where_clause.iter().flat_map(|clause| &clause.predicates) {
            if let syn::WherePredicate::Type(predicate) = predicate {
                let bounds = self.bounds(predicate.bounds.iter());
                parsed.bounds.push((self.ty(&predicate.bounded_ty), bounds));
            }
        }
        parsed
    }

    pub(super) fn member(&self, member: &syn::Member) -> Name {
        match member {
            syn::Member::Named(ident) => self.name(ident),
            syn::Member::Unnamed(index) => Name::new(&index.index.to_string(), self.span(index.span)),
        }
    }
}

/// The type that is a name.
pub(super) fn named_type(name: &Name) -> Type {
    let segment = Segment { name: name.clone(), arguments: None };
    let path = Path { qualified: None, segments: vec![segment], span: name.span };
    Type { kind: TypeKind::Path(path), span: name.span }
}
