//! Patterns: whether what is at a place fits, and what variables are bound to.

use wasm_encoder::{Instruction, ValType};

use super::code::at;
use super::function::{Place, Writer};
use super::layout::{Repr, tag_size};
use super::module::Failed;
use crate::source::Span;
use crate::syntax::BinaryOp;
use crate::tree::{Expr, Pattern};
use crate::types::Type;

impl Writer<'_, '_, '_> {
    /// Binds the variables of a pattern that fits.
    pub(super) fn bind(
        &mut self,
        pattern: &Pattern,
        place: Place,
        ty: &Type,
        span: Span,
    ) -> Result<(), Failed> {
        match pattern {
            Pattern::Wildcard | Pattern::Constant(_) | Pattern::Range(..) => Ok(()),
            Pattern::Local { id, by_reference, inner } => {
                let (variable, own) = self.variable(*id, span)?;
                if *by_reference {
                    let layout = self.layout(&own, span)?;
                    self.push_reference(place, ty, &own, span)?;
                    self.store(layout, variable.sink());
                } else {
                    let layout = self.layout(ty, span)?;
                    self.load(place, ty, span)?;
                    self.store(layout, variable.sink());
                }
                match inner {
                    Some(inner) => self.bind(inner, place, ty, span),
                    None => Ok(()),
                }
            }
            Pattern::Fields(fields) => {
                for (index, inner) in fields {
                    let (field, ty) = self.field(place, ty, *index, span)?;
                    self.bind(inner, field, &ty, span)?;
                }
                Ok(())
            }
            Pattern::Variant(variant, fields) => {
                for (index, inner) in fields {
                    let (field, ty) = self.variant_field(place, ty, *variant, *index, span)?;
                    self.bind(inner, field, &ty, span)?;
                }
                Ok(())
            }
            Pattern::Slice(start, middle, end) => {
                for (number, inner) in start.iter().enumerate() {
                    let (element, ty) = self.element_at(place, ty, number as u32, None, span)?;
                    self.bind(inner, element, &ty, span)?;
                }
                if let Some(middle) = middle {
                    let limits = [self.code.local(ValType::I64), self.code.local(ValType::I64)];
                    self.code.i64(start.len() as u64);
                    self.code.set(limits[0]);
                    self.push_count(place, ty, span)?;
                    self.code.i32(end.len() as u32);
                    self.code.ops([Instruction::I32Sub, Instruction::I64ExtendI32U]);
                    self.code.set(limits[1]);
                    let (part, part_type) = self.part(place, ty, limits, false, span)?;
                    match (&**middle, ty) {
                        // Of an array that is taken apart, an array.
                        (Pattern::Local { by_reference: false, .. }, Type::Array(element, length)) => {
                            let Type::Constant(length) = **length else {
                                return Err(self.m.inconsistent(span, "an array without a length"));
                            };
                            let rest = length.saturating_sub((start.len() + end.len()) as u128);
                            let rest = Type::Array(element.clone(), Type::Constant(rest).into());
                            self.push_address(part, span)?;
                            let part = self.popped_place();
                            self.bind(middle, part, &rest, span)?;
                        }
                        _ => self.bind(middle, part, &part_type, span)?,
                    }
                }
                for (number, inner) in end.iter().enumerate() {
                    let from_end = (end.len() - number) as u32;
                    let (element, ty) = self.element_at(place, ty, 0, Some(from_end), span)?;
                    self.bind(inner, element, &ty, span)?;
                }
                Ok(())
            }
            Pattern::Dereference(inner) => {
                let (target, ty) = self.followed(place, ty, span)?;
                self.bind(inner, target, &ty, span)
            }
            Pattern::Or(cases) => {
                let Some((last, others)) = cases.split_last() else { return Ok(()) };
                let done = self.code.block();
                for case in others {
                    self.fits(case, place, ty, span)?;
                    self.code.when();
                    self.bind(case, place, ty, span)?;
                    self.code.leave(done);
                    self.code.end();
                }
                self.bind(last, place, ty, span)?;
                self.code.end();
                Ok(())
            }
        }
    }

    /// Pushes a reference of type `own` to a place.
    pub(super) fn push_reference(
        &mut self,
        place: Place,
        ty: &Type,
        own: &Type,
        span: Span,
    ) -> Result<(), Failed> {
        let Type::Reference(_, target) = own else {
            return Err(self.m.inconsistent(span, "a reference was expected"));
        };
        match (&**target, place) {
            (Type::Text, _) => Ok(()),
            (Type::Slice(_), Place::Slice { start, length }) => {
                self.code.get(start);
                self.code.get(length);
                Ok(())
            }
            (Type::Slice(_), place) => {
                let place = self.within(place, 0, span)?;
                self.push_address(place, span)?;
                self.push_count(place, ty, span)
            }
            // What has no bits is nowhere.
            (_, place @ Place::Locals(_)) if self.layout(ty, span)?.repr == Repr::Unit => {
                let place = self.within(place, 0, span)?;
                self.push_address(place, span)
            }
            (_, place) => self.push_address(place, span),
        }
    }

    /// What the reference at a place leads to.
    fn followed(&mut self, place: Place, ty: &Type, span: Span) -> Result<(Place, Type), Failed> {
        let Type::Reference(_, target) = ty.clone() else {
            return Err(self.m.inconsistent(span, "a reference was expected"));
        };
        self.load(place, ty, span)?;
        Ok((self.referenced_place(&target), (*target).clone()))
    }

    /// A field of a variant.
    pub(super) fn variant_field(
        &mut self,
        place: Place,
        ty: &Type,
        variant: u32,
        index: u32,
        span: Span,
    ) -> Result<(Place, Type), Failed> {
        let parts = self.m.variant_parts(ty, variant, span)?;
        match parts.into_iter().nth(index as usize) {
            Some(part) => Ok((self.within(place, part.offset, span)?, part.ty)),
            None => Err(self.m.inconsistent(span, "a field that there is not")),
        }
    }

    /// The element with a number, or with one counted from the end; it is there.
    fn element_at(
        &mut self,
        place: Place,
        ty: &Type,
        number: u32,
        from_end: Option<u32>,
        span: Span,
    ) -> Result<(Place, Type), Failed> {
        use Instruction as I;
        let element = self.element_type(ty, span)?;
        let size = self.layout(&element, span)?.size;
        match (place, from_end) {
            (Place::Slice { .. }, _) | (_, Some(_)) => {
                let first =
                    if let Place::Slice { .. } = place { place } else { self.within(place, 0, span)? };
                self.push_address(first, span)?;
                match from_end {
                    Some(from_end) => {
                        self.push_count(place, ty, span)?;
                        self.code.i32(from_end);
                        self.code.op(I::I32Sub);
                    }
                    None => self.code.i32(number),
                }
                self.code.i32(size);
                self.code.ops([I::I32Mul, I::I32Add]);
                Ok((self.popped_place(), element))
            }
            (place, None) => Ok((self.within(place, number * size, span)?, element)),
        }
    }

    /// Pushes the number of the variant at a place.
    pub(super) fn push_tag(&mut self, place: Place, ty: &Type, span: Span) -> Result<(), Failed> {
        match place {
            Place::Locals(first) => self.code.get(first),
            place => {
                let Type::Adt(id, _) = ty else {
                    return Err(self.m.inconsistent(span, "an enum was expected"));
                };
                let wide = tag_size(self.m.program.adt(*id).items.len()) == 4;
                self.push_address(place, span)?;
                let load = if wide { Instruction::I32Load(at(0)) } else { Instruction::I32Load8U(at(0)) };
                self.code.op(load);
            }
        }
        Ok(())
    }

    /// Pushes whether what is at a place fits a pattern.
    pub(super) fn fits(
        &mut self,
        pattern: &Pattern,
        place: Place,
        ty: &Type,
        span: Span,
    ) -> Result<(), Failed> {
        use Instruction as I;
        match pattern {
            Pattern::Wildcard | Pattern::Local { inner: None, .. } => self.code.i32(1),
            Pattern::Local { inner: Some(inner), .. } => self.fits(inner, place, ty, span)?,
            Pattern::Fields(fields) => {
                self.code.i32(1);
                for (index, inner) in fields.iter().filter(|(_, inner)| !always_fits(inner)) {
                    self.and_then(|this| {
                        let (field, ty) = this.field(place, ty, *index, span)?;
                        this.fits(inner, field, &ty, span)
                    })?;
                }
            }
            Pattern::Variant(variant, fields) => {
                self.push_tag(place, ty, span)?;
                self.code.i32(*variant);
                self.code.op(I::I32Eq);
                for (index, inner) in fields.iter().filter(|(_, inner)| !always_fits(inner)) {
                    self.and_then(|this| {
                        let (field, ty) = this.variant_field(place, ty, *variant, *index, span)?;
                        this.fits(inner, field, &ty, span)
                    })?;
                }
            }
            Pattern::Slice(start, middle, end) => {
                self.push_count(place, ty, span)?;
                self.code.i32((start.len() + end.len()) as u32);
                self.code.op(if middle.is_some() { I::I32GeU } else { I::I32Eq });
                let from_start = start.iter().enumerate().map(|(number, inner)| (inner, number as u32, None));
                let from_end = end
                    .iter()
                    .enumerate()
                    .map(|(number, inner)| (inner, 0, Some((end.len() - number) as u32)));
                for (inner, number, from_end) in
                    from_start.chain(from_end).filter(|(inner, ..)| !always_fits(inner))
                {
                    self.and_then(|this| {
                        let (element, ty) = this.element_at(place, ty, number, from_end, span)?;
                        this.fits(inner, element, &ty, span)
                    })?;
                }
            }
            Pattern::Dereference(inner) => {
                if always_fits(inner) {
                    self.code.i32(1);
                } else {
                    let (target, ty) = self.followed(place, ty, span)?;
                    self.fits(inner, target, &ty, span)?;
                }
            }
            Pattern::Constant(constant) => {
                let (expected, expected_type) = self.place(constant)?;
                self.equal((place, ty), (expected, &expected_type), span)?;
            }
            Pattern::Range(start, end, inclusive, _) => {
                self.code.i32(1);
                let above = start.iter().map(|start| (start, BinaryOp::GreaterOrEqual));
                let below = if *inclusive { BinaryOp::LessOrEqual } else { BinaryOp::Less };
                for (limit, op) in above.chain(end.iter().map(|end| (end, below))) {
                    let limit: &Expr = limit;
                    self.and_then(|this| {
                        this.load(place, ty, span)?;
                        this.push(limit)?;
                        this.binary_numbers(op, ty, span)
                    })?;
                }
            }
            Pattern::Or(cases) => {
                let found = self.code.local(ValType::I32);
                let done = self.code.block();
                for case in cases {
                    self.fits(case, place, ty, span)?;
                    self.code.op(I::LocalTee(found));
                    self.code.leave_if(done);
                }
                self.code.end();
                self.code.get(found);
            }
        }
        Ok(())
    }

    /// Pops a bool, and pushes it if it is false, else another one.
    pub(super) fn and_then(
        &mut self,
        other: impl FnOnce(&mut Self) -> Result<(), Failed>,
    ) -> Result<(), Failed> {
        let result = self.code.local(ValType::I32);
        self.code.op(Instruction::LocalTee(result));
        self.code.when();
        other(self)?;
        self.code.set(result);
        self.code.end();
        self.code.get(result);
        Ok(())
    }
}

/// Whether a pattern fits whatever there is.
fn always_fits(pattern: &Pattern) -> bool {
    match pattern {
        Pattern::Wildcard => true,
        Pattern::Local { inner, .. } => inner.as_deref().is_none_or(always_fits),
        Pattern::Fields(fields) => fields.iter().all(|(_, field)| always_fits(field)),
        Pattern::Dereference(inner) => always_fits(inner),
        _ => false,
    }
}
