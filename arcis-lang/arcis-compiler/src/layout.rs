//! The compiler's types as types of the interface.

use arcis_circuit::types::MAX_TYPE_BITS;

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
        Type::Integer(integer) if integer.pointer_sized => {
            no(&format!("`{}` has no fixed size outside of circuits", integer.name()), "use `u64` or `i64`")
        }
        Type::Integer(integer) => {
            Ok(arcis_circuit::Type::Integer { bits: integer.bits, signed: integer.signed })
        }
        Type::PublicKey => Ok(arcis_circuit::Type::PublicKey),
        Type::Array(element, length) => match u32::try_from(*length) {
            Ok(length) if u64::from(length) <= MAX_TYPE_BITS => {
                Ok(arcis_circuit::Type::Array(Box::new(layout(program, element)?), length))
            }
            _ => no("this array is too long", "split it over several calls"),
        },
        Type::Tuple(elements) => elements
            .iter()
            .map(|element| layout(program, element))
            .collect::<Result<_, _>>()
            .map(arcis_circuit::Type::Tuple),
        Type::Struct(id) => {
            let fields = program.fields(*id);
            let fields =
                fields.iter().map(|field| layout(program, &field.ty).map(|ty| (field.name.clone(), ty)));
            let name = program.struct_item(*id).name.text.clone();
            Ok(arcis_circuit::Type::Struct { name, fields: fields.collect::<Result<_, _>>()? })
        }
        Type::Reference { .. } => no("this is a reference", "take and return the value itself"),
        Type::Encrypted(..) => no(
            "encrypted data within other data",
            "make it an argument or a result of its own: `(Enc<..>, Enc<..>)`",
        ),
        Type::Owner(_) => no("an owner without data", "return data: `owner.from_arcis(..)`"),
        Type::Error | Type::Variable(_) => Err(None),
    }
}
