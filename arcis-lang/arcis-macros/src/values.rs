//! Implements `Value`, the bit layout of arguments and results, for the structs and enums of a circuit module.
//!
//! A struct qualifies when all its fields do: bool, integers, keys, arrays and tuples of them, other structs that qualify.
//! The others (with references in them, say) live inside circuits only and are left alone. Whether types of other modules
//! are values only rustc can say: they become bounds of the implementation. The `for<'any>` before such a bound makes it
//! one that need not hold; the struct is no value then.

use std::collections::BTreeMap;

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use syn::{Fields, GenericParam, Item, ItemEnum, ItemStruct, Type, parse_quote};

/// A struct or an enum.
enum Data<'i> {
    Struct(&'i ItemStruct),
    Enum(&'i ItemEnum),
}

impl Data<'_> {
    fn name(&self) -> String {
        match self {
            Self::Struct(item) => item.ident.to_string(),
            Self::Enum(item) => item.ident.to_string(),
        }
    }

    fn generics(&self) -> &syn::Generics {
        match self {
            Self::Struct(item) => &item.generics,
            Self::Enum(item) => &item.generics,
        }
    }

    fn fields(&self) -> Vec<&Type> {
        match self {
            Self::Struct(item) => item.fields.iter().map(|field| &field.ty).collect(),
            Self::Enum(item) => item
                .variants
                .iter()
                .flat_map(|variant| variant.fields.iter().map(|field| &field.ty))
                .collect(),
        }
    }
}

/// The implementations for all structs and enums that qualify.
pub fn implementations(items: &[Item]) -> Vec<Item> {
    let data: Vec<Data<'_>> = items
        .iter()
        .filter_map(|item| match item {
            Item::Struct(item) => Some(Data::Struct(item)),
            Item::Enum(item) => Some(Data::Enum(item)),
            _ => None,
        })
        .collect();
    let mut qualifies: BTreeMap<String, bool> = data.iter().map(|item| (item.name(), true)).collect();
    // A type that does not qualify disqualifies those that contain it: repeat until nothing changes.
    loop {
        let next: BTreeMap<String, bool> = data
            .iter()
            .map(|item| {
                let generics = item.generics();
                let parameters: Vec<String> = generics.type_params().map(|it| it.ident.to_string()).collect();
                let without_lifetimes = generics.lifetimes().next().is_none();
                let known = |name: &str| match qualifies.get(name) {
                    Some(qualifies) => Some(*qualifies),
                    None => is_known(name, &parameters).then_some(true),
                };
                let all = item.fields().into_iter().all(|field| is_value(field, &known, &mut Vec::new()));
                (item.name(), without_lifetimes && all)
            })
            .collect();
        if next == qualifies {
            break;
        }
        qualifies = next;
    }
    data.into_iter()
        .filter(|item| qualifies.get(&item.name()).copied().unwrap_or(false))
        .filter_map(|item| {
            let generics = value_generics(&item, &qualifies);
            match item {
                Data::Struct(item) => Some(implementation(item, &generics)),
                Data::Enum(item) if item.variants.is_empty() => None,
                Data::Enum(item) => Some(enum_implementation(item, &generics)),
            }
        })
        .collect()
}

/// The generic parameters of an implementation: they have to be values, and so have types of other modules.
fn value_generics(item: &Data<'_>, qualifies: &BTreeMap<String, bool>) -> syn::Generics {
    let mut generics = item.generics().clone();
    let mut parameters = Vec::new();
    for parameter in &mut generics.params {
        if let GenericParam::Type(parameter) = parameter {
            parameters.push(parameter.ident.to_string());
            parameter.bounds.push(parse_quote!(::arcis::native::Value));
        }
    }
    let known = |name: &str| (qualifies.contains_key(name) || is_known(name, &parameters)).then_some(true);
    let mut foreign = Vec::new();
    for field in item.fields() {
        is_value(field, &known, &mut foreign);
    }
    if !foreign.is_empty() {
        let clause = generics.make_where_clause();
        for ty in foreign {
            clause.predicates.push(parse_quote!(for<'any> #ty: ::arcis::native::Value));
        }
    }
    generics
}

fn is_known(name: &str, parameters: &[String]) -> bool {
    const KNOWN: [&str; 26] = [
        "bool",
        "u8",
        "u16",
        "u32",
        "u64",
        "u128",
        "usize",
        "i8",
        "i16",
        "i32",
        "i64",
        "i128",
        "isize",
        "SolanaPublicKey",
        "SerializedSolanaPublicKey",
        "Option",
        "Box",
        "Pack",
        "BoundedVec",
        "BaseField25519",
        "ArcisX25519Pubkey",
        "ArcisEd25519Signature",
        "VerifyingKey",
        "Reverse",
        "f32",
        "f64",
    ];
    KNOWN.contains(&name) || parameters.iter().any(|parameter| parameter == name)
}

/// A generic argument that looks like a type may be the name of a constant, in capitals.
fn is_constant_name(ty: &Type) -> bool {
    match ty {
        Type::Path(path) => path.path.get_ident().is_some_and(|ident| {
            let name = ident.to_string();
            name.chars().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_')
        }),
        _ => false,
    }
}

/// Whether a type may be a value's; types that are not known are added to `foreign`.
fn is_value(ty: &Type, known: &dyn Fn(&str) -> Option<bool>, foreign: &mut Vec<Type>) -> bool {
    match ty {
        Type::Array(array) => is_value(&array.elem, known, foreign),
        Type::Tuple(tuple) => tuple.elems.iter().all(|element| is_value(element, known, foreign)),
        Type::Paren(inner) => is_value(&inner.elem, known, foreign),
        Type::Group(inner) => is_value(&inner.elem, known, foreign),
        Type::Path(path) => path.path.segments.last().is_some_and(|segment| {
            let name = segment.ident.to_string();
            let is_own = path.qself.is_none() && path.path.segments.len() == 1 || is_known(&name, &[]);
            let Some(qualifies) = known(&name).filter(|_| is_own) else {
                foreign.push(ty.clone());
                return true;
            };
            let arguments = match &segment.arguments {
                syn::PathArguments::AngleBracketed(list) => list.args.iter().all(|argument| match argument {
                    syn::GenericArgument::Type(ty) => is_constant_name(ty) || is_value(ty, known, foreign),
                    _ => true,
                }),
                _ => true,
            };
            arguments && qualifies
        }),
        _ => false,
    }
}

fn implementation(item: &ItemStruct, generics: &syn::Generics) -> Item {
    let name = &item.ident;
    let name_text = name.to_string();
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let types: Vec<&Type> = item.fields.iter().map(|field| &field.ty).collect();
    let members = members(&item.fields);
    let names = members.iter().map(field_name);
    let unit = matches!(item.fields, Fields::Unit);
    let construct = if unit {
        quote!(Self)
    } else {
        quote!(Self { #(#members: <#types as ::arcis::native::Value>::read_bits(reader)?),* })
    };
    parse_quote! {
        #[allow(unused_variables, private_bounds)]
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

/// An enum is its number in 8 bits, then the fields of every variant, zero in those that it is not.
fn enum_implementation(item: &ItemEnum, generics: &syn::Generics) -> Item {
    let name = &item.ident;
    let name_text = name.to_string();
    let count = Literal::usize_unsuffixed(item.variants.len());
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let value = quote!(::arcis::native::Value);
    let ty = quote!(::arcis::native::Type);
    let mut numbers = Vec::new();
    let mut variant_types = Vec::new();
    let mut writes = Vec::new();
    let mut reads = Vec::new();
    for (index, variant) in item.variants.iter().enumerate() {
        let ident = &variant.ident;
        let number = Literal::u8_unsuffixed(index as u8);
        numbers.push(quote!(Self::#ident { .. } => #number));
        let types: Vec<&Type> = variant.fields.iter().map(|field| &field.ty).collect();
        let names: Vec<syn::Ident> =
            (0..types.len()).map(|field| quote::format_ident!("field_{field}")).collect();
        let members: Vec<TokenStream> = members(&variant.fields);
        let texts = members.iter().map(field_name);
        let variant_name = ident.to_string().trim_start_matches("r#").to_owned();
        variant_types.push(quote!(::arcis::native::Variant {
            name: #variant_name.into(),
            fields: ::std::vec![#((#texts.into(), <#types as #value>::ty())),*],
        }));
        reads.push(quote! {
            if number == #number {
                read = ::core::option::Option::Some(
                    Self::#ident { #(#members: <#types as #value>::read_bits(reader)?),* },
                );
            } else {
                #(::arcis::native::skip::<#types>(reader)?;)*
            }
        });
        if types.is_empty() {
            continue;
        }
        writes.push(quote! {
            if let Self::#ident { #(#members: #names),* } = self {
                #(#value::write_bits(#names, out);)*
            } else {
                #(::arcis::native::write_zeros::<#types>(out);)*
            }
        });
    }
    parse_quote! {
        #[allow(unused_variables, irrefutable_let_patterns, private_bounds)]
        impl #impl_generics #value for #name #ty_generics #where_clause {
            fn ty() -> #ty {
                #ty::Enum { name: #name_text.into(), variants: ::std::vec![#(#variant_types),*] }
            }

            fn write_bits(&self, out: &mut ::arcis::native::Bits) {
                let number: u8 = match self { #(#numbers),* };
                #value::write_bits(&number, out);
                #(#writes)*
            }

            fn read_bits(
                reader: &mut ::arcis::native::BitReader<'_>,
            ) -> ::core::result::Result<Self, ::arcis::native::ValueError> {
                let number = ::arcis::native::read_variant(reader, #name_text, #count)?;
                let mut read = ::core::option::Option::None;
                #(#reads)*
                read.ok_or(::arcis::native::ValueError::NoVariant {
                    name: #name_text.into(),
                    number,
                    variants: #count,
                })
            }
        }
    }
}

/// The fields by name or place, as they stand in a literal.
fn members(fields: &Fields) -> Vec<TokenStream> {
    let member = |(index, field): (usize, &syn::Field)| match &field.ident {
        Some(ident) => quote!(#ident),
        None => {
            let index = Literal::usize_unsuffixed(index);
            quote!(#index)
        }
    };
    fields.iter().enumerate().map(member).collect()
}

/// The name of a field in the interface.
fn field_name(member: &TokenStream) -> String {
    member.to_string().trim_start_matches("r#").to_owned()
}
