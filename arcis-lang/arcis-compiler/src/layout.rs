//! The compiler's types as types of the interface.
//!
//! The interface has no enums. An `Option` is a struct of `is_some` and `value`; another enum a struct of `variant`, its
//! number in 8 bits, and a field for each variant that has fields. What is not there is zero. Nor has it numbers with a
//! point: an `f64` is an `i128` of 2^-52ths, an `f32` an `i64` of 2^-24ths.

use arcis_circuit::types::MAX_TYPE_BITS;

use crate::program::Program;
use crate::syntax::FieldStyle;
use crate::types::Type;

/// Most variants of an enum that is an argument or a result.
pub const MAX_VARIANTS: usize = 256;

/// Why a type cannot be that of an argument or a result.
pub struct NoLayout {
    /// What is in the way.
    pub what: String,
    /// What to write instead.
    pub instead: &'static str,
}

/// The type in the interface; `Err(None)` when something was reported already.
pub fn layout(program: &Program<'_>, ty: &Type) -> Result<arcis_circuit::Type, Option<NoLayout>> {
    let no = |what: &str, instead| Err(Some(NoLayout { what: what.to_owned(), instead }));
    match ty {
        Type::Bool => Ok(arcis_circuit::Type::Bool),
        Type::Integer(integer) => {
            Ok(arcis_circuit::Type::Integer { bits: integer.bits, signed: integer.signed })
        }
        // Fixed-point: an integer of twice the bits.
        Type::Float(bits) => Ok(arcis_circuit::Type::Integer { bits: 2 * bits, signed: true }),
        Type::Array(element, length) => match **length {
            Type::Constant(length) if length <= u128::from(MAX_TYPE_BITS) => {
                Ok(arcis_circuit::Type::Array(Box::new(layout(program, element)?), length as u32))
            }
            _ => no("this array is too long", "split it over several calls"),
        },
        Type::Tuple(elements) => elements
            .iter()
            .map(|element| layout(program, element))
            .collect::<Result<_, _>>()
            .map(arcis_circuit::Type::Tuple),
        Type::Adt(id, arguments) => {
            match program.prelude_name(*id) {
                Some("SolanaPublicKey") => return Ok(arcis_circuit::Type::PublicKey),
                Some("Box" | "Pack" | "Cell") => return layout(program, &arguments[0]),
                Some("Enc" | "EncData") => {
                    return no(
                        "encrypted data within other data",
                        "make it an argument or a result of its own: `(Enc<..>, Enc<..>)`",
                    );
                }
                Some("Shared" | "Mxe" | "ArcisX25519Pubkey") => {
                    return no("an owner without data", "return data: `owner.from_arcis(..)`");
                }
                _ => {}
            }
            let name = program.adt(*id).name.text.to_string();
            let variants = program.variants(*id);
            let field = |ty: &Type| layout(program, &program.normalized(&ty.substitute(arguments)));
            if !program.adt(*id).is_enum {
                let fields = variants.first().map_or(&[][..], |variant| &variant.fields).iter();
                let fields = fields.map(|it| field(&it.ty).map(|ty| (it.name.to_string(), ty)));
                return Ok(arcis_circuit::Type::Struct { name, fields: fields.collect::<Result<_, _>>()? });
            }
            if program.prelude_name(*id) == Some("Option") {
                let value = field(&variants[1].fields[0].ty)?;
                let fields =
                    vec![("is_some".to_owned(), arcis_circuit::Type::Bool), ("value".to_owned(), value)];
                return Ok(arcis_circuit::Type::Struct { name, fields });
            }
            if variants.len() > MAX_VARIANTS {
                return no("this enum has too many variants", "use an integer");
            }
            let tag = arcis_circuit::Type::Integer { bits: 8, signed: false };
            let mut fields = vec![("variant".to_owned(), tag)];
            for variant in variants.iter().filter(|variant| !variant.fields.is_empty()) {
                let types = variant.fields.iter().map(|it| field(&it.ty)).collect::<Result<Vec<_>, _>>()?;
                let ty = match (variant.style, <[_; 1]>::try_from(types)) {
                    (FieldStyle::Tuple, Ok([only])) => only,
                    (FieldStyle::Tuple, Err(types)) => arcis_circuit::Type::Tuple(types),
                    (_, types) => {
                        let types = types.map_or_else(|types| types, |only| only.into());
                        let names = variant.fields.iter().map(|it| it.name.to_string());
                        let fields = names.zip(types).collect();
                        arcis_circuit::Type::Struct { name: format!("{name}{}", variant.name), fields }
                    }
                };
                fields.push((snake_case(&variant.name), ty));
            }
            Ok(arcis_circuit::Type::Struct { name, fields })
        }
        Type::Reference(..) | Type::Slice(_) => no("this is a reference", "take and return the value itself"),
        Type::Closure(_) | Type::Function(_) | Type::Pointer(..) => {
            no("this is a function", "take a number that says which one")
        }
        Type::Text => no("this is text", "use bytes: `[u8; N]`"),
        _ => Err(None),
    }
}

/// The name of a variant as that of a field: `DoubleDown` is `double_down`.
pub fn snake_case(name: &str) -> String {
    let mut out = String::new();
    for (index, letter) in name.chars().enumerate() {
        if letter.is_uppercase() {
            if index > 0 {
                out.push('_');
            }
            out.extend(letter.to_lowercase());
        } else {
            out.push(letter);
        }
    }
    if out == "variant" { "variant_".to_owned() } else { out }
}
