//! The attributes of circuit modules, for rustc: they let the module that `arcis_compiler` turns into circuits also run
//! natively, with the circuits' meaning. Import them from `arcis`.
//!
//! # Layout
//! - `operators`: rewrites the arithmetic.
//! - `values`: gives the module's structs a bit layout.

use proc_macro::TokenStream;
use quote::quote;
use syn::parse::Nothing;
use syn::{Item, ItemFn, ItemMod, parse_macro_input, parse_quote};

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
    let name = module.ident.clone();
    let Some((_, items)) = &mut module.content else {
        let message = "`#[encrypted]` goes on a module with its body here: `mod circuits { .. }`";
        return syn::Error::new(name.span(), message).into_compile_error().into();
    };
    prepare(items);
    // First what the rewriting itself causes, then advice that the language cannot follow.
    quote! {
        #[allow(arithmetic_overflow, unconditional_panic, clippy::match_single_binding, clippy::needless_borrow)]
        #[allow(
            clippy::manual_swap,
            clippy::nonminimal_bool,
            clippy::never_loop,
            clippy::needless_range_loop,
            clippy::too_many_arguments,
            clippy::type_complexity
        )]
        #module
    }
    .into()
}

/// Marks a function of an [`macro@encrypted`] module as an instruction: what clients can have computed.
#[proc_macro_attribute]
pub fn instruction(_attribute: TokenStream, item: TokenStream) -> TokenStream {
    let function = parse_macro_input!(item as ItemFn);
    let message = "`#[instruction]` belongs inside a module marked `#[encrypted]`";
    let error = syn::Error::new(function.sig.ident.span(), message).into_compile_error();
    quote!(#error #function).into()
}

/// A library of circuits: a module like [`macro@encrypted`], without instructions.
#[proc_macro_attribute]
pub fn encrypted_library(attribute: TokenStream, item: TokenStream) -> TokenStream {
    encrypted(attribute, item)
}

/// Rewrites the items of a module, and of the modules within.
fn prepare(items: &mut Vec<Item>) {
    for item in items.iter_mut() {
        if let Item::Mod(inner) = item
            && let Some((_, items)) = &mut inner.content
        {
            prepare(items);
        } else {
            operators::rewrite(item);
        }
    }
    let values = values::implementations(items);
    items.push(parse_quote! {
        #[allow(unused_imports)]
        use ::arcis::native::operators::*;
    });
    items.extend(values);
    strip_instruction(items);
}

/// Takes the marker off: inside an encrypted module it is only read by the compiler.
fn strip_instruction(items: &mut [Item]) {
    for item in items {
        if let Item::Fn(function) = item {
            function.attrs.retain(|attribute| {
                attribute.path().segments.last().is_none_or(|segment| segment.ident != "instruction")
            });
        }
    }
}
