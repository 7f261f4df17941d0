//! Implements `Value`, the bit layout of arguments and results, for the structs of a circuit module.
//!
//! A struct qualifies when all its fields do: bool, fixed-width integers, `SolanaPublicKey`, arrays and tuples of them,
//! other structs that qualify. The others (with references in them, say) live inside circuits only and are left alone.

use std::collections::BTreeMap;

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use syn::{Fields, GenericParam, Item, ItemStruct, Type, parse_quote};

/// The implementations for all structs that qualify.
pub fn implementations(items: &[Item]) -> Vec<Item> {
    let structs: Vec<&ItemStruct> = items
        .iter()
        .filter_map(|item| if let Item::Struct(item) = item { Some(item) } else { None })
        .collect();
    let mut qualifies: BTreeMap<String, bool> =
        structs.iter().map(|item| (item.ident.to_string(), true)).collect();
    // A struct that does not qualify disqualifies those that contain it: repeat until nothing changes.
    loop {
        let next: BTreeMap<String, bool> = structs
            .iter()
            .map(|item| {
                let parameters: Vec<String> =
                    item.generics.type_params().map(|it| it.ident.to_string()).collect();
                let without_lifetimes = item.generics.lifetimes().next().is_none();
                let known =
                    |name: &str| qualifies.get(name).copied().unwrap_or_else(|| is_known(name, &parameters));
                (
                    item.ident.to_string(),
                    without_lifetimes && item.fields.iter().all(|field| is_value(&field.ty, &known)),
                )
            })
            .collect();
        if next == qualifies {
            break;
        }
        qualifies = next;
    }
    structs
        .into_iter()
        .filter(|item| qualifies.get(&item.ident.to_string()).copied().unwrap_or(false))
        .map(implementation)
        .collect()
}

fn is_known(name: &str, parameters: &[String]) -> bool {
    const KNOWN: [&str; 12] =
        ["bool", "u8", "u16", "u32", "u64", "u128", "i8", "i16", "i32", "i64", "i128", "SolanaPublicKey"];
    KNOWN.contains(&name) || parameters.iter().any(|parameter| parameter == name)
}

fn is_value(ty: &Type, known: &impl Fn(&str) -> bool) -> bool {
    match ty {
        Type::Array(array) => is_value(&array.elem, known),
        Type::Tuple(tuple) => tuple.elems.iter().all(|element| is_value(element, known)),
        Type::Paren(inner) => is_value(&inner.elem, known),
        Type::Group(inner) => is_value(&inner.elem, known),
        Type::Path(path) => {
            path.path.segments.last().is_some_and(|segment| known(&segment.ident.to_string()))
        }
        _ => false,
    }
}

fn implementation(item: &ItemStruct) -> Item {
    let name = &item.ident;
    let name_text = name.to_string();
    let mut generics = item.generics.clone();
    for parameter in &mut generics.params {
        if let GenericParam::Type(parameter) = parameter {
            parameter.bounds.push(parse_quote!(::arcis::native::Value));
        }
    }
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let types: Vec<&Type> = item.fields.iter().map(|field| &field.ty).collect();
    let members: Vec<TokenStream> = item
        .fields
        .iter()
        .enumerate()
        .map(|(index, field)| match &field.ident {
            Some(ident) => quote!(#ident),
            None => {
                let index = Literal::usize_unsuffixed(index);
                quote!(#index)
            }
        })
        .collect();
    let names = members.iter().map(|member| member.to_string().trim_start_matches("r#").to_owned());
    let unit = matches!(item.fields, Fields::Unit);
    let construct = if unit {
        quote!(Self)
    } else {
        quote!(Self { #(#members: <#types as ::arcis::native::Value>::read_bits(reader)?),* })
    };
    parse_quote! {
        #[allow(unused_variables)]
        impl #impl_generics ::arcis::native::Value for #name #ty_generics #where_clause {
            fn ty() -> ::arcis::native::Type {
                ::arcis::native::Type::Struct {
                    name: #name_text.into(),
                    fields: ::std::vec![#((#names.into(), <#types as ::arcis::native::Value>::ty())),*],
                }
            }

            fn write_bits(&self, out: &mut ::arcis::native::Bits) {
                #(::arcis::native::Value::write_bits(&self.#members, out);)*
            }

            fn read_bits(
                reader: &mut ::arcis::native::BitReader<'_>,
            ) -> ::core::result::Result<Self, ::arcis::native::ValueError> {
                ::core::result::Result::Ok(#construct)
            }
        }
    }
}
