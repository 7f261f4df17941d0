//! Patterns.

use super::Parser;
use crate::syntax::{Name, Pattern, PatternKind};

impl Parser<'_> {
    pub(super) fn pattern(&self, pattern: &syn::Pat) -> Pattern {
        let span = self.span_of(pattern);
        let all = |patterns: &syn::punctuated::Punctuated<syn::Pat, syn::Token![,]>| {
            patterns.iter().map(|element| self.pattern(element)).collect::<Vec<_>>()
        };
        let kind = match pattern {
            syn::Pat::Wild(_) => PatternKind::Wildcard,
            syn::Pat::Rest(_) => PatternKind::Rest,
            syn::Pat::Ident(ident) => PatternKind::Binding {
                name: self.name(&ident.ident),
                reference: ident.by_ref.is_some().then_some(ident.mutability.is_some()),
                inner: ident.subpat.as_ref().map(|(_, inner)| Box::new(self.pattern(inner))),
            },
            syn::Pat::Tuple(tuple) => PatternKind::Tuple(all(&tuple.elems)),
            syn::Pat::Slice(slice) => PatternKind::Slice(all(&slice.elems)),
            syn::Pat::Struct(pattern) => PatternKind::Struct {
                path: self.qualified_path(pattern.qself.as_ref(), &pattern.path),
                fields: pattern
                    .fields
                    .iter()
                    .map(|field| (self.member(&field.member), self.pattern(&field.pat)))
                    .collect::<Vec<(Name, Pattern)>>(),
                rest: pattern.rest.is_some(),
            },
            syn::Pat::TupleStruct(pattern) => PatternKind::TupleStruct(
                self.qualified_path(pattern.qself.as_ref(), &pattern.path),
                all(&pattern.elems),
            ),
            syn::Pat::Path(path) => PatternKind::Path(self.qualified_path(path.qself.as_ref(), &path.path)),
            syn::Pat::Lit(literal) => {
                PatternKind::Literal(Box::new(self.expression(&syn::Expr::Lit(literal.clone()))))
            }
            syn::Pat::Range(range) => {
                let end =
                    |end: &Option<Box<syn::Expr>>| end.as_ref().map(|end| Box::new(self.expression(end)));
                let inclusive = matches!(range.limits, syn::RangeLimits::Closed(_));
                PatternKind::Range(end(&range.start), end(&range.end), inclusive)
            }
            syn::Pat::Const(block) => {
                PatternKind::Literal(Box::new(self.expression(&syn::Expr::Const(block.clone()))))
            }
            syn::Pat::Reference(reference) => PatternKind::Reference(Box::new(self.pattern(&reference.pat))),
            syn::Pat::Or(or) => PatternKind::Or(or.cases.iter().map(|case| self.pattern(case)).collect()),
            syn::Pat::Paren(inner) => return self.pattern(&inner.pat),
            syn::Pat::Type(typed) => return self.pattern(&typed.pat),
            syn::Pat::Verbatim(tokens) => {
                // `-1` in a pattern.
                match syn::parse2::<syn::Expr>(tokens.clone()) {
                    Ok(expression) => PatternKind::Literal(Box::new(self.expression(&expression))),
                    Err(_) => {
                        self.unsupported(span, "this pattern", "bind the value and compare it with `if`");
                        PatternKind::Error
                    }
                }
            }
            _ => {
                self.unsupported(span, "this pattern", "bind the value to a name and compare it with `if`");
                PatternKind::Error
            }
        };
        Pattern { kind, span }
    }
}
