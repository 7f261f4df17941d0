//! The attributes of circuit modules, for rustc: they let the module that `arcis_compiler` turns into circuits also run
//! natively, with the circuits' meaning. Import them from `arcis`.
//!
//! # Layout
//! - `files`: includes other files.
//! - `operators`: rewrites the arithmetic. `methods`: rewrites calls of methods that may panic.
//! - `values`: gives the module's structs a bit layout.

use std::collections::BTreeSet;

use proc_macro::TokenStream;
use quote::quote;
use syn::parse::Nothing;
use syn::{Item, ItemFn, ItemMod, parse_macro_input, parse_quote};

mod files;
mod methods;
mod operators;
mod values;

/// Marks a module of circuits: an inline module whose functions marked [`macro@instruction`] the compiler turns into
/// circuits.
///
/// For rustc it rewrites the module's arithmetic to the circuits' meaning (`arcis::native` has the details) and
/// implements `Value` for the structs that can be arguments and results.
#[proc_macro_attribute]
pub fn encrypted(attribute: TokenStream, item: TokenStream) -> TokenStream {
    parse_macro_input!(attribute as Nothing);
    let mut module = parse_macro_input!(item as ItemMod);
    match body(&mut module) {
        Ok(items) => prepare(items),
        Err(error) => return error.into_compile_error().into(),
    }
    let quiet = quiet();
    quote!(#(#quiet)* #module).into()
}

fn body(module: &mut ItemMod) -> syn::Result<&mut Vec<Item>> {
    let name = module.ident.clone();
    let message = "this attribute goes on a module with its body here: `mod circuits { .. }`";
    module.content.as_mut().map(|(_, items)| items).ok_or_else(|| syn::Error::new(name.span(), message))
}

/// Switches off what the rewriting itself causes, advice that the language cannot follow, and what rustc says of
/// instructions that only the network calls.
fn quiet() -> [syn::Attribute; 2] {
    [
        parse_quote!(#[allow(
            arithmetic_overflow,
            dead_code,
            unconditional_panic,
            clippy::match_single_binding,
            clippy::needless_borrow,
            clippy::needless_borrows_for_generic_args
        )]),
        parse_quote!(#[allow(
            clippy::manual_swap,
            clippy::nonminimal_bool,
            clippy::never_loop,
            clippy::needless_range_loop,
            clippy::too_many_arguments,
            clippy::type_complexity
        )]),
    ]
}

/// Marks a function of an [`macro@encrypted`] module as an instruction: what clients can have computed.
#[proc_macro_attribute]
pub fn instruction(_attribute: TokenStream, item: TokenStream) -> TokenStream {
    let function = parse_macro_input!(item as ItemFn);
    let message = "`#[instruction]` belongs inside a module marked `#[encrypted]`";
    let error = syn::Error::new(function.sig.ident.span(), message).into_compile_error();
    quote!(#error #function).into()
}

/// Marks a function of an [`macro@encrypted`] module as public code: it works on what everybody knows, in the clear, with loops
/// of any length. `#[public(fuel = 10_000_000, memory_kib = 1024)]` declares what a call may use.
#[proc_macro_attribute]
pub fn public(_attribute: TokenStream, item: TokenStream) -> TokenStream {
    let function = parse_macro_input!(item as ItemFn);
    let message = "`#[public]` belongs inside a module marked `#[encrypted]`";
    let error = syn::Error::new(function.sig.ident.span(), message).into_compile_error();
    quote!(#error #function).into()
}

/// A library of circuits, for circuit modules in other files and crates: a module like [`macro@encrypted`], without
/// instructions. What it has belongs to the module around it; where it has another name than `arcis_library`, it can be
/// reached by that as well.
#[proc_macro_attribute]
pub fn encrypted_library(attribute: TokenStream, item: TokenStream) -> TokenStream {
    parse_macro_input!(attribute as Nothing);
    let mut module = parse_macro_input!(item as ItemMod);
    let (visibility, name) = (module.vis.clone(), module.ident.clone());
    let items = match body(&mut module) {
        Ok(items) => items,
        Err(error) => return error.into_compile_error().into(),
    };
    prepare(items);
    for item in items.iter_mut() {
        if let Some(attributes) = attributes(item) {
            attributes.extend(quiet());
        }
        // The module around it imports the same, for its own sake.
        if let Item::Use(item) = item {
            item.attrs.push(parse_quote!(#[allow(unused_imports)]));
        }
    }
    let named = (name != "arcis_library").then(|| {
        quote! {
            #visibility mod #name {
                #[allow(unused_imports)]
                pub use super::*;
            }
        }
    });
    quote!(#(#items)* #named).into()
}

fn attributes(item: &mut Item) -> Option<&mut Vec<syn::Attribute>> {
    match item {
        Item::Fn(item) => Some(&mut item.attrs),
        Item::Impl(item) => Some(&mut item.attrs),
        Item::Mod(item) => Some(&mut item.attrs),
        Item::Trait(item) => Some(&mut item.attrs),
        _ => None,
    }
}

/// Includes a file of circuits as a module: `encrypted_mod!("file.rs")`, or `encrypted_mod!("file.rs", name)` for another
/// name than the file's. The path starts at the folder of the file that this is written in. The included file has a module
/// marked [`macro@encrypted_library`].
#[proc_macro]
pub fn encrypted_mod(arguments: TokenStream) -> TokenStream {
    let arguments = parse_macro_input!(arguments as files::Included);
    files::module(&arguments).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Rewrites the items of a module, and of the modules within.
fn prepare(items: &mut Vec<Item>) {
    let own_methods = methods::own_methods(items);
    prepare_with(items, &own_methods);
}

fn prepare_with(items: &mut Vec<Item>, own_methods: &BTreeSet<String>) {
    for item in items.iter_mut() {
        if let Item::Mod(inner) = item
            && let Some((_, items)) = &mut inner.content
        {
            prepare_with(items, own_methods);
        } else {
            operators::rewrite(item, own_methods);
        }
    }
    let values = values::implementations(items);
    let sums = methods::sums(items);
    items.push(parse_quote! {
        #[allow(unused_imports)]
        use ::arcis::native::operators::*;
    });
    items.extend(values);
    items.extend(sums);
    strip_instruction(items);
}

/// Takes the markers off: inside an encrypted module they are only read by the compiler.
fn strip_instruction(items: &mut [Item]) {
    for item in items {
        if let Item::Fn(function) = item {
            function.attrs.retain(|attribute| {
                let marker =
                    |segment: &syn::PathSegment| segment.ident == "instruction" || segment.ident == "public";
                !attribute.path().segments.last().is_some_and(marker)
            });
        }
    }
}
