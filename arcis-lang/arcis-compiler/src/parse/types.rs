//! Types, paths and patterns.

use super::Parser;
use crate::syntax::{Name, Path, Pattern, PatternKind, Segment, Type, TypeKind};

impl Parser<'_> {
    pub(super) fn ty(&self, ty: &syn::Type) -> Type {
        let span = self.span_of(ty);
        let unsupported = |what: &str, instead: &str| {
            self.unsupported(span, what, instead);
            TypeKind::Error
        };
        let kind = match ty {
            syn::Type::Path(path) if path.qself.is_none() => TypeKind::Path(self.path(&path.path)),
            syn::Type::Tuple(tuple) => {
                TypeKind::Tuple(tuple.elems.iter().map(|element| self.ty(element)).collect())
            }
            syn::Type::Array(array) => {
                TypeKind::Array(Box::new(self.ty(&array.elem)), Box::new(self.expression(&array.len)))
            }
            syn::Type::Reference(reference) => match &*reference.elem {
                syn::Type::Slice(_) => {
                    unsupported("a slice", "take an array: `&[u8; 32]`; its length is part of the circuit")
                }
                target => TypeKind::Reference {
                    mutable: reference.mutability.is_some(),
                    target: Box::new(self.ty(target)),
                },
            },
            syn::Type::Infer(_) => TypeKind::Inferred,
            syn::Type::Paren(inner) => return self.ty(&inner.elem),
            syn::Type::Group(inner) => return self.ty(&inner.elem),
            syn::Type::ImplTrait(_) | syn::Type::TraitObject(_) => {
                unsupported("a type known only by its trait", "name the type itself")
            }
            syn::Type::BareFn(_) => unsupported("a function pointer", "call the function by its name"),
            syn::Type::Slice(_) => unsupported("a slice", "take an array: its length is part of the circuit"),
            syn::Type::Ptr(_) => unsupported("a raw pointer", "use a reference"),
            _ => unsupported(
                "this type",
                "use bool, integers, `SolanaPublicKey`, arrays, tuples and your structs",
            ),
        };
        Type { kind, span }
    }

    pub(super) fn path(&self, path: &syn::Path) -> Path {
        let segments = path
            .segments
            .iter()
            .filter(|segment| path.segments.len() == 1 || segment.ident != "arcis")
            .map(|segment| Segment {
                name: self.name(&segment.ident),
                arguments: match &segment.arguments {
                    syn::PathArguments::AngleBracketed(list) => {
                        list.args.iter().filter_map(|argument| self.generic_argument(argument)).collect()
                    }
                    _ => Vec::new(),
                },
            })
            .collect();
        Path { segments, span: self.span_of(path) }
    }

    fn generic_argument(&self, argument: &syn::GenericArgument) -> Option<Type> {
        match argument {
            syn::GenericArgument::Type(ty) => Some(self.ty(ty)),
            syn::GenericArgument::Lifetime(_) => None,
            other => {
                self.unsupported(self.span_of(other), "this generic argument", "pass types only");
                None
            }
        }
    }

    pub(super) fn pattern(&self, pattern: &syn::Pat) -> Pattern {
        let span = self.span_of(pattern);
        let unsupported = |what: &str, instead: &str| {
            self.unsupported(span, what, instead);
            PatternKind::Error
        };
        let kind = match pattern {
            syn::Pat::Wild(_) => PatternKind::Wildcard,
            syn::Pat::Ident(ident) if ident.by_ref.is_some() => {
                unsupported("a `ref` binding", "bind the value and borrow it where it is used")
            }
            syn::Pat::Ident(ident) if ident.subpat.is_some() => {
                unsupported("a binding with `@`", "bind the whole value, then take it apart")
            }
            syn::Pat::Ident(ident) => {
                PatternKind::Binding { name: self.name(&ident.ident), mutable: ident.mutability.is_some() }
            }
            syn::Pat::Tuple(tuple) => {
                PatternKind::Tuple(tuple.elems.iter().map(|element| self.pattern(element)).collect())
            }
            syn::Pat::Struct(pattern) => PatternKind::Struct {
                path: self.path(&pattern.path),
                fields: pattern
                    .fields
                    .iter()
                    .map(|field| (self.member(&field.member), self.pattern(&field.pat)))
                    .collect(),
                rest: pattern.rest.is_some(),
            },
            syn::Pat::TupleStruct(pattern) => PatternKind::Struct {
                path: self.path(&pattern.path),
                fields: pattern
                    .elems
                    .iter()
                    .enumerate()
                    .map(|(index, element)| {
                        (Name { text: index.to_string(), span: self.span_of(element) }, self.pattern(element))
                    })
                    .collect(),
                rest: false,
            },
            syn::Pat::Reference(reference) => PatternKind::Reference(Box::new(self.pattern(&reference.pat))),
            syn::Pat::Paren(inner) => return self.pattern(&inner.pat),
            syn::Pat::Type(typed) => return self.pattern(&typed.pat),
            syn::Pat::Rest(_) => {
                unsupported("`..` here", "name every element, with `_` for those you do not need")
            }
            _ => unsupported("this pattern", "bind the value to a name and compare it with `if`"),
        };
        Pattern { kind, span }
    }

    pub(super) fn member(&self, member: &syn::Member) -> Name {
        match member {
            syn::Member::Named(ident) => self.name(ident),
            syn::Member::Unnamed(index) => {
                Name { text: index.index.to_string(), span: self.span(index.span) }
            }
        }
    }
}
