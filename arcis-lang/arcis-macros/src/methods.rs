//! Rewrites calls of methods that panic where a circuit cannot: `pow` and `sum` when they overflow, `div_ceil` by zero,
//! `swap` beyond the end.
//!
//! A name that a type of the module has for a method of its own is left alone.

use std::collections::BTreeSet;

use proc_macro2::Span;
use syn::visit::{self, Visit};
use syn::{Expr, ExprMethodCall, Ident, Item, Signature, parse_quote};

/// Methods of integers, with how many arguments they take.
const OF_INTEGERS: [(&str, usize); 11] = [
    ("abs", 0),
    ("pow", 1),
    ("div_ceil", 1),
    ("div_euclid", 1),
    ("rem_euclid", 1),
    ("next_multiple_of", 1),
    ("next_power_of_two", 0),
    ("ilog2", 0),
    ("isqrt", 0),
    ("wrapping_div", 1),
    ("wrapping_rem", 1),
];

/// Methods of iterators and slices; what they are called instead.
const OF_SEQUENCES: [(&str, usize, &str); 5] = [
    ("sum", 0, "arcis_sum"),
    ("product", 0, "arcis_product"),
    ("swap", 2, "arcis_swap"),
    ("rotate_left", 1, "arcis_rotate_left"),
    ("rotate_right", 1, "arcis_rotate_right"),
];

/// The names of the methods that items define.
pub fn own_methods(items: &[Item]) -> BTreeSet<String> {
    struct Methods(BTreeSet<String>);
    impl<'i> Visit<'i> for Methods {
        fn visit_signature(&mut self, signature: &'i Signature) {
            if signature.receiver().is_some() {
                self.0.insert(signature.ident.to_string());
            }
            visit::visit_signature(self, signature);
        }
    }
    let mut methods = Methods(BTreeSet::new());
    items.iter().for_each(|item| methods.visit_item(item));
    methods.0
}

/// What a call becomes; `None` when it stays as it is but for its name.
pub fn rewritten(call: &mut ExprMethodCall, own: &BTreeSet<String>) -> Option<Expr> {
    let name = call.method.to_string();
    if own.contains(&name) {
        return None;
    }
    if OF_INTEGERS.contains(&(name.as_str(), call.args.len())) {
        let ExprMethodCall { receiver, method, turbofish, args, .. } = call;
        let number = Ident::new("number", Span::mixed_site());
        return Some(parse_quote! {
            match &(#receiver) {
                #number => (&::arcis::native::numbers::Number::of(#number)).arcis_number().#method #turbofish(#args)
            }
        });
    }
    let sequence = OF_SEQUENCES.iter().find(|(known, count, _)| *known == name && *count == call.args.len());
    if let Some((_, _, instead)) = sequence {
        call.method = Ident::new(instead, call.method.span());
    }
    None
}

/// For each `Sum` and `Product` that a type of the module implements, the trait that is called instead.
pub fn sums(items: &[Item]) -> Vec<Item> {
    let implementations = items.iter().filter_map(|item| match item {
        Item::Impl(item) => item.trait_.as_ref().map(|(_, path, _)| (item, path)),
        _ => None,
    });
    implementations
        .filter_map(|(item, path)| {
            let last = path.segments.last()?;
            let (of_trait, method) = match last.ident.to_string().as_str() {
                "Sum" => ("WrappingSum", "sum"),
                "Product" => ("WrappingProduct", "product"),
                _ => return None,
            };
            let (of_trait, method) =
                (Ident::new(of_trait, Span::call_site()), Ident::new(method, Span::call_site()));
            let arguments = &last.arguments;
            let element: syn::Type = match arguments {
                syn::PathArguments::AngleBracketed(list) => match list.args.first()? {
                    syn::GenericArgument::Type(ty) => parse_quote!(#ty),
                    _ => return None,
                },
                _ => parse_quote!(Self),
            };
            let (generics, _, clause) = item.generics.split_for_impl();
            let target = &item.self_ty;
            Some(parse_quote! {
                impl #generics ::arcis::native::numbers::#of_trait<#element> for #target #clause {
                    fn wrapping<I: ::core::iter::Iterator<Item = #element>>(iterator: I) -> Self {
                        <Self as #path>::#method(iterator)
                    }
                }
            })
        })
        .collect()
}
