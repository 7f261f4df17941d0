//! How values lie in the linear memory, and how they are passed.
//!
//! Parts lie one after another without padding. An enum is the number of its variant, then the fields of that variant;
//! variants share their place. A `Box` of a slice is where its elements are, how many they are and how many there is room
//! for. Everything is little-endian, so plain data without enums lies as it is written in arguments.

use super::module::{Failed, ModuleBuilder};
use crate::diagnostics::Diagnostic;
use crate::source::Span;
use crate::types::Type;

/// Most bytes of one value.
const MAX_SIZE: u64 = 1 << 20;
/// Bytes of a `Box` of a slice: address, length, room.
pub(super) const LIST_SIZE: u32 = 12;

/// How a value is passed and kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repr {
    /// Not at all: it has no bits.
    Unit,
    /// One 32-bit number: integers up to that width, bools, variants without fields, references.
    I32,
    /// One 64-bit number.
    I64,
    /// Two 64-bit numbers, the low one first.
    I128,
    /// A reference to a slice: two 32-bit numbers, the address and the length.
    Fat,
    /// In memory; passed by its address.
    Memory,
}

/// Size and representation of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub size: u32,
    pub repr: Repr,
}

impl Layout {
    const UNIT: Self = Self { size: 0, repr: Repr::Unit };

    fn aggregate(size: u32) -> Self {
        Self { size, repr: if size == 0 { Repr::Unit } else { Repr::Memory } }
    }
}

impl ModuleBuilder<'_, '_> {
    /// The layout of a type.
    pub(super) fn layout(&mut self, ty: &Type, span: Span) -> Result<Layout, Failed> {
        if let Some(known) = self.layouts.get(ty) {
            return Ok(*known);
        }
        let layout = self.new_layout(ty, span)?;
        self.layouts.insert(ty.clone(), layout);
        Ok(layout)
    }

    fn new_layout(&mut self, ty: &Type, span: Span) -> Result<Layout, Failed> {
        let scalar = |size, repr| Ok(Layout { size, repr });
        match ty {
            Type::Never | Type::Text | Type::Function(_) => Ok(Layout::UNIT),
            Type::Bool => scalar(1, Repr::I32),
            Type::Integer(integer) => match integer.bits {
                128 => scalar(16, Repr::I128),
                64 => scalar(8, Repr::I64),
                bits => scalar(u32::from(bits) / 8, Repr::I32),
            },
            Type::Word(bits) => Ok(Layout::aggregate(bits / 8)),
            Type::Reference(_, target) => match **target {
                Type::Slice(_) => scalar(8, Repr::Fat),
                Type::Text => Ok(Layout::UNIT),
                _ => scalar(4, Repr::I32),
            },
            Type::Array(element, length) => {
                let element = self.layout(element, span)?;
                let Type::Constant(length) = **length else {
                    return Err(self.inconsistent(span, "an array without a length"));
                };
                let size = u128::from(element.size).saturating_mul(length);
                self.checked_size(u64::try_from(size).unwrap_or(u64::MAX), span)
            }
            Type::Tuple(_) => {
                let size = self.parts(ty, span)?.iter().map(|part| u64::from(part.layout.size)).sum();
                self.checked_size(size, span)
            }
            Type::Closure(id) => {
                let info = self.program.closure(*id);
                if !info.moves {
                    return Ok(Layout::aggregate(4 * info.captured.len() as u32));
                }
                let size = self.captures(*id, span)?.iter().map(|part| u64::from(part.layout.size)).sum();
                self.checked_size(size, span)
            }
            Type::Adt(..) if list_element(self.program, ty).is_some() => Ok(Layout::aggregate(LIST_SIZE)),
            Type::Adt(id, _) => {
                let count = self.program.adt(*id).items.len();
                if !self.program.adt(*id).is_enum {
                    let size = self.parts(ty, span)?.iter().map(|part| u64::from(part.layout.size)).sum();
                    return self.checked_size(size, span);
                }
                let mut largest = 0;
                for variant in 0..count as u32 {
                    let parts = self.variant_parts(ty, variant, span)?;
                    largest = parts.iter().map(|part| u64::from(part.layout.size)).sum::<u64>().max(largest);
                }
                let tag = tag_size(count);
                if largest == 0 {
                    return scalar(tag, Repr::I32);
                }
                self.checked_size(largest + u64::from(tag), span)
            }
            Type::Projection(_) | Type::Opaque(..) => {
                let known = self.program.normalized(ty);
                if known == *ty {
                    return Err(self.inconsistent(span, "a type is not known"));
                }
                self.layout(&known, span)
            }
            Type::Float(_) => Err(self.report(
                Diagnostic::new(span, "numbers with a point cannot be used in public code").help(
                    "use integers: a price in millionths, say; to the circuit, pass them as they are and divide there",
                ),
            )),
            Type::Pointer(..) => Err(self.report(
                Diagnostic::new(span, "a function pointer cannot be used in public code")
                    .help("take a generic parameter: `F: Fn(u64) -> u64`, or `match` on a number"),
            )),
            Type::Slice(_) => Err(self.inconsistent(span, "a slice that is not behind a reference")),
            Type::Error | Type::Variable(_) | Type::Parameter(_) | Type::Constant(_) => {
                Err(self.inconsistent(span, "a type is not known"))
            }
        }
    }

    fn checked_size(&mut self, size: u64, span: Span) -> Result<Layout, Failed> {
        match u32::try_from(size) {
            Ok(small) if size <= MAX_SIZE => Ok(Layout::aggregate(small)),
            _ => Err(self.report(
                Diagnostic::new(span, format!("a value of {size} bytes is too large for public code"))
                    .help(format!("keep values below {MAX_SIZE} bytes, and take slices of what is larger")),
            )),
        }
    }

    /// The parts of a struct or a tuple.
    pub(super) fn parts(&mut self, ty: &Type, span: Span) -> Result<Vec<Part>, Failed> {
        let types = match ty {
            Type::Tuple(elements) => elements.to_vec(),
            _ => self.program.variant_types(ty).into_iter().next().unwrap_or_default(),
        };
        self.placed(types, 0, span)
    }

    /// The fields of a variant.
    pub(super) fn variant_parts(&mut self, ty: &Type, variant: u32, span: Span) -> Result<Vec<Part>, Failed> {
        let all = self.program.variant_types(ty);
        let tag = tag_size(all.len());
        let types = all.into_iter().nth(variant as usize).unwrap_or_default();
        self.placed(types, tag, span)
    }

    /// The variables that a closure has taken copies of.
    pub(super) fn captures(&mut self, id: crate::types::ClosureId, span: Span) -> Result<Vec<Part>, Failed> {
        let info = self.program.closure(id);
        let types = info.captured.iter().filter_map(|id| info.locals.get(id.0)).map(|it| it.ty.clone());
        self.placed(types.collect(), 0, span)
    }

    fn placed(&mut self, types: Vec<Type>, first: u32, span: Span) -> Result<Vec<Part>, Failed> {
        let mut offset = first;
        let mut parts = Vec::with_capacity(types.len());
        for ty in types {
            let ty = self.program.normalized(&ty);
            let layout = self.layout(&ty, span)?;
            parts.push(Part { offset, ty, layout });
            offset = offset.saturating_add(layout.size);
        }
        Ok(parts)
    }
}

/// A part of a value.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// Where it begins.
    pub offset: u32,
    pub ty: Type,
    pub layout: Layout,
}

/// Bytes of the number of a variant.
pub(super) fn tag_size(variants: usize) -> u32 {
    if variants <= 256 { 1 } else { 4 }
}

/// The elements of a `Box` of a slice.
pub(super) fn list_element(program: &crate::program::Program<'_>, ty: &Type) -> Option<Type> {
    match ty {
        Type::Adt(id, arguments) if program.prelude_name(*id) == Some("Box") => match arguments.first()? {
            Type::Slice(element) => Some((**element).clone()),
            _ => None,
        },
        _ => None,
    }
}
