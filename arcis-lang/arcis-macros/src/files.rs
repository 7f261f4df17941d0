//! `encrypted_mod!`: another file as a module.

use std::path::Path;

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{LitStr, Token};

/// What `encrypted_mod!` is called with.
pub struct Included {
    path: LitStr,
    name: Option<Ident>,
}

impl Parse for Included {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let path = input.parse()?;
        let name = match input.parse::<Option<Token![,]>>()? {
            Some(_) if !input.is_empty() => Some(input.parse()?),
            _ => None,
        };
        input.parse::<Option<Token![,]>>()?;
        Ok(Self { path, name })
    }
}

/// The module, by the file's full path: rustc would look for it elsewhere within an inline module.
pub fn module(included: &Included) -> syn::Result<TokenStream> {
    let error = |message: &str| syn::Error::new(included.path.span(), message);
    let written = included.path.value();
    let name = match &included.name {
        Some(name) => name.clone(),
        None => {
            let stem = Path::new(&written).file_stem().map(|stem| stem.to_string_lossy().into_owned());
            let name = syn::parse_str::<Ident>(&stem.unwrap_or_default()).map_err(|_| {
                error("the file's name is no name for a module: give one after the path, `encrypted_mod!(\"file.rs\", name)`")
            })?;
            Ident::new(&name.to_string(), included.path.span())
        }
    };
    let here = Span::call_site().unwrap().local_file();
    let folder = here.as_deref().and_then(Path::parent).ok_or_else(|| {
        error("the file that this is written in is not known here: write `encrypted_mod!` into a file of its own, not into a macro")
    })?;
    let path = std::path::absolute(folder.join(&written)).unwrap_or_else(|_| folder.join(&written));
    if !path.is_file() {
        return Err(error(&format!("there is no file {}", path.display())));
    }
    let path = path.to_string_lossy();
    Ok(quote! {
        #[path = #path]
        pub mod #name;
    })
}
