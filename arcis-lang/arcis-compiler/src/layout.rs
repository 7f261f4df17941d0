//! The compiler's types as types of the interface. What stands in the way of data says what to write instead.

use arcis_circuit::Variant;
use arcis_circuit::types::{MAX_TYPE_BITS, MAX_VARIANTS};

use crate::program::Program;
use crate::types::Type;

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
        Type::Float(bits) => Ok(arcis_circuit::Type::Fixed { bits: *bits }),
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
            if program.prelude_name(*id) == Some("Option") {
                return field(&variants[1].fields[0].ty).map(|ty| arcis_circuit::Type::Option(Box::new(ty)));
            }
            let mut own = Vec::with_capacity(variants.len());
            for variant in variants.iter() {
                let fields =
                    variant.fields.iter().map(|it| field(&it.ty).map(|ty| (it.name.to_string(), ty)));
                own.push(Variant {
                    name: variant.name.to_string(),
                    fields: fields.collect::<Result<_, _>>()?,
                });
            }
            if !program.adt(*id).is_enum {
                let fields = own.into_iter().next().map_or_else(Vec::new, |variant| variant.fields);
                return Ok(arcis_circuit::Type::Struct { name, fields });
            }
            match own.len() {
                0 => {
                    no("this enum has no variants, so there is no value of it", "take nothing instead: `()`")
                }
                1..=MAX_VARIANTS => Ok(arcis_circuit::Type::Enum { name, variants: own }),
                _ => no("this enum has too many variants", "use an integer"),
            }
        }
        Type::Reference(..) | Type::Slice(_) => no("this is a reference", "take and return the value itself"),
        Type::Closure(_) | Type::Function(_) | Type::Pointer(..) => {
            no("this is a function", "take a number that says which one")
        }
        Type::Text => no("this is text", "use bytes: `[u8; N]`"),
        _ => Err(None),
    }
}
