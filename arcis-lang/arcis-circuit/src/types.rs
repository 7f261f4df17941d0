//! Types of instruction arguments and results. Their values have two forms:
//!
//! - **Bits**, for what is encrypted: bool 1 bit, `uN` and `iN` N bits, a public key 256 bits, aggregates one after
//!   another without padding; least significant bit first ([`Value`](crate::value::Value)).
//! - **Plain bytes**, for plaintext arguments and public results: bool one byte 0 or 1, integers little-endian, a public key
//!   its 32 bytes, aggregates one after another. Without options and enums this is Borsh's layout.
//!
//! A number with a point is the integer of twice the bits that counts 2^-24ths (`f32`) or 2^-52ths (`f64`). An option is a
//! bool and its value, an enum the number of its variant in 8 bits and the fields of all variants in their order; what the
//! value does not have is zero. So every value of a type is as long as every other, in either form.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Deepest nesting of a type.
pub const MAX_TYPE_DEPTH: usize = 16;
/// Most variants of an enum: their numbers have 8 bits.
pub const MAX_VARIANTS: usize = 256;
/// Most bits of one parameter or output.
pub const MAX_TYPE_BITS: u64 = 1 << 20;

/// The type of an argument or a result.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Type {
    /// `bool`: 1 bit.
    Bool,
    /// An integer of Rust: 8, 16, 32, 64 or 128 bits.
    Integer {
        /// 8, 16, 32, 64 or 128.
        bits: u16,
        /// Whether it is `iN`.
        signed: bool,
    },
    /// A number with a point: `f32` in 64 bits, `f64` in 128.
    Fixed {
        /// 32 or 64.
        bits: u16,
    },
    /// A Solana public key: 256 bits.
    PublicKey,
    /// So many elements of one type.
    Array(Box<Type>, u32),
    /// A tuple; the empty one has no bits.
    Tuple(Vec<Type>),
    /// A struct.
    Struct {
        /// Its name in the source.
        name: String,
        /// Names and types of the fields, in order.
        fields: Vec<(String, Type)>,
    },
    /// `Option`: 1 bit, then the value.
    Option(Box<Type>),
    /// An enum: 8 bits, then the fields of all variants.
    Enum {
        /// Its name in the source.
        name: String,
        /// Its variants, in order: they are numbered from 0.
        variants: Vec<Variant>,
    },
}

/// A variant of an enum.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Variant {
    /// Its name in the source.
    pub name: String,
    /// Names and types of its fields, in order; those of a tuple variant are called `0`, `1` ..
    pub fields: Vec<(String, Type)>,
}

/// A type outside the limits of an interface.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TypeError {
    /// An integer of a width that Rust does not have.
    #[error("integers have 8, 16, 32, 64 or 128 bits, not {bits}")]
    IntegerWidth {
        /// The width found.
        bits: u16,
    },
    /// A number with a point of a width that Rust does not have.
    #[error("numbers with a point have 32 or 64 bits, not {bits}")]
    FixedWidth {
        /// The width found.
        bits: u16,
    },
    /// An enum without variants, or with more than their numbers can tell apart.
    #[error("an enum has 1 to {MAX_VARIANTS} variants, not {variants}")]
    Variants {
        /// Variants found.
        variants: usize,
    },
    /// Nested too deeply.
    #[error("the type is nested more than {MAX_TYPE_DEPTH} levels deep")]
    TooDeep,
    /// Too many bits.
    #[error("the type has more than {MAX_TYPE_BITS} bits")]
    TooLarge,
    /// A name that is no identifier.
    #[error("{name:?} is no identifier of at most 64 characters")]
    Name {
        /// The name found.
        name: String,
    },
}

/// A scalar that a type is made of: what one input or output wire of the entry function carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaf {
    /// 1 bit, 1 plain byte.
    Bool,
    /// So many bits, an eighth of that in plain bytes.
    Integer {
        /// 8, 16, 32, 64 or 128.
        bits: u16,
    },
    /// 256 bits, 32 plain bytes.
    PublicKey,
}

impl Leaf {
    /// Bits of the wire.
    pub fn width(self) -> u32 {
        match self {
            Self::Bool => 1,
            Self::Integer { bits } => bits.into(),
            Self::PublicKey => 256,
        }
    }

    /// Bytes of the plain form.
    pub fn plain_len(self) -> u32 {
        self.width().div_ceil(8)
    }
}

impl Type {
    /// Bits of the encrypted form. Saturates for types that [`Type::validate`] refuses.
    pub fn bits(&self) -> u64 {
        self.sum(&|leaf| leaf.width().into())
    }

    /// Bytes of the plain form. Saturates for types that [`Type::validate`] refuses.
    pub fn plain_len(&self) -> u64 {
        self.sum(&|leaf| leaf.plain_len().into())
    }

    fn sum(&self, measure: &impl Fn(Leaf) -> u64) -> u64 {
        let total = |mut types: &mut dyn Iterator<Item = &Self>| {
            (&mut types).fold(0u64, |total, ty| total.saturating_add(ty.sum(measure)))
        };
        match self {
            Self::Bool => measure(Leaf::Bool),
            Self::Integer { bits, .. } => measure(Leaf::Integer { bits: *bits }),
            Self::Fixed { bits } => measure(Leaf::Integer { bits: bits.saturating_mul(2) }),
            Self::PublicKey => measure(Leaf::PublicKey),
            Self::Option(value) => measure(Leaf::Bool).saturating_add(value.sum(measure)),
            Self::Enum { variants, .. } => {
                let fields = &mut variants.iter().flat_map(|it| &it.fields).map(|(_, ty)| ty);
                measure(Leaf::Integer { bits: 8 }).saturating_add(total(fields))
            }
            Self::Array(element, len) => element.sum(measure).saturating_mul((*len).into()),
            Self::Tuple(elements) => total(&mut elements.iter()),
            Self::Struct { fields, .. } => total(&mut fields.iter().map(|(_, ty)| ty)),
        }
    }

    /// The scalars of the type, in order: one wire each.
    ///
    /// # Errors
    /// When the type is outside the limits ([`Type::validate`]), so that the list cannot be huge.
    pub fn leaves(&self) -> Result<Vec<Leaf>, TypeError> {
        self.validate()?;
        let mut leaves = Vec::new();
        self.push_leaves(&mut leaves);
        Ok(leaves)
    }

    fn push_leaves(&self, leaves: &mut Vec<Leaf>) {
        match self {
            Self::Bool => leaves.push(Leaf::Bool),
            Self::Integer { bits, .. } => leaves.push(Leaf::Integer { bits: *bits }),
            Self::Fixed { bits } => leaves.push(Leaf::Integer { bits: bits.saturating_mul(2) }),
            Self::PublicKey => leaves.push(Leaf::PublicKey),
            Self::Option(value) => {
                leaves.push(Leaf::Bool);
                value.push_leaves(leaves);
            }
            Self::Enum { variants, .. } => {
                leaves.push(Leaf::Integer { bits: 8 });
                variants.iter().flat_map(|it| &it.fields).for_each(|(_, ty)| ty.push_leaves(leaves));
            }
            Self::Array(element, len) => {
                let start = leaves.len();
                if *len > 0 {
                    element.push_leaves(leaves);
                }
                let end = leaves.len();
                // An element without bits stays without bits however long the array is.
                if end > start {
                    for _ in 1..*len {
                        leaves.extend_from_within(start..end);
                    }
                }
            }
            Self::Tuple(elements) => elements.iter().for_each(|ty| ty.push_leaves(leaves)),
            Self::Struct { fields, .. } => fields.iter().for_each(|(_, ty)| ty.push_leaves(leaves)),
        }
    }

    /// Checks widths, names, depth and size.
    ///
    /// # Errors
    /// Says what is outside the limits.
    pub fn validate(&self) -> Result<(), TypeError> {
        self.validate_within(MAX_TYPE_DEPTH)?;
        if self.bits() > MAX_TYPE_BITS { Err(TypeError::TooLarge) } else { Ok(()) }
    }

    fn validate_within(&self, depth: usize) -> Result<(), TypeError> {
        let depth = depth.checked_sub(1).ok_or(TypeError::TooDeep)?;
        match self {
            Self::Bool | Self::PublicKey => Ok(()),
            Self::Integer { bits: 8 | 16 | 32 | 64 | 128, .. } => Ok(()),
            Self::Integer { bits, .. } => Err(TypeError::IntegerWidth { bits: *bits }),
            Self::Fixed { bits: 32 | 64 } => Ok(()),
            Self::Fixed { bits } => Err(TypeError::FixedWidth { bits: *bits }),
            Self::Option(value) => value.validate_within(depth),
            Self::Array(element, _) => element.validate_within(depth),
            Self::Tuple(elements) => elements.iter().try_for_each(|ty| ty.validate_within(depth)),
            Self::Struct { name, fields } => {
                validate_name(name)?;
                validate_fields(fields, depth)
            }
            Self::Enum { name, variants } => {
                validate_name(name)?;
                if !(1..=MAX_VARIANTS).contains(&variants.len()) {
                    return Err(TypeError::Variants { variants: variants.len() });
                }
                variants.iter().try_for_each(|variant| {
                    validate_name(&variant.name)?;
                    validate_fields(&variant.fields, depth)
                })
            }
        }
    }
}

fn validate_fields(fields: &[(String, Type)], depth: usize) -> Result<(), TypeError> {
    fields.iter().try_for_each(|(field, ty)| {
        validate_field_name(field)?;
        ty.validate_within(depth)
    })
}

/// Whether a name can stand in generated source: an identifier of ASCII letters, digits and `_`, of 1 to 64 bytes.
pub(crate) fn validate_name(name: &str) -> Result<(), TypeError> {
    let mut bytes = name.bytes();
    let starts = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    if starts && name.len() <= 64 && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        Ok(())
    } else {
        Err(TypeError::Name { name: name.chars().take(80).collect() })
    }
}

/// As [`validate_name`], and the fields of tuple structs are named by their position.
fn validate_field_name(name: &str) -> Result<(), TypeError> {
    let positional = !name.is_empty() && name.len() <= 4 && name.bytes().all(|byte| byte.is_ascii_digit());
    if positional { Ok(()) } else { validate_name(name) }
}
