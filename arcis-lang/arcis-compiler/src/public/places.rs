//! Places: variables, fields, elements, what references lead to.

use wasm_encoder::{Instruction, ValType};

use super::code::at;
use super::function::{Place, Sink, Writer};
use super::layout::{Repr, list_element};
use super::module::{Failed, Instance};
use crate::diagnostics::Diagnostic;
use crate::source::Span;
use crate::tree::{Expr, ExprKind};
use crate::types::Type;

impl Writer<'_, '_, '_> {
    /// The place that an expression names, and the type of what is there; for any other, a temporary with its value. An
    /// array whose expression has the type of a slice becomes one.
    pub(super) fn place(&mut self, expression: &Expr) -> Result<(Place, Type), Failed> {
        let (place, ty) = self.own_place(expression)?;
        match (&expression.ty, &ty) {
            (Type::Slice(_), Type::Array(_, length)) => {
                let Type::Constant(length) = **length else {
                    return Err(self.m.inconsistent(expression.span, "an array without a length"));
                };
                let slice = self.slice_of(place, length as u32, expression.span)?;
                Ok((slice, expression.ty.clone()))
            }
            _ => Ok((place, ty)),
        }
    }

    /// An array in memory, as a slice.
    fn slice_of(&mut self, place: Place, length: u32, span: Span) -> Result<Place, Failed> {
        let (start, count) = (self.code.local(ValType::I32), self.code.local(ValType::I32));
        let place = self.within(place, 0, span)?;
        self.push_address(place, span)?;
        self.code.set(start);
        self.code.i32(length);
        self.code.set(count);
        Ok(Place::Slice { start, length: count })
    }

    fn own_place(&mut self, expression: &Expr) -> Result<(Place, Type), Failed> {
        let span = expression.span;
        match &expression.kind {
            ExprKind::Local(id) => self.variable(*id, span),
            ExprKind::Field(base, index) => {
                let (place, ty) = self.place(base)?;
                self.field(place, &ty, *index, span)
            }
            ExprKind::Dereference(reference) => {
                let Type::Reference(_, target) = reference.ty.clone() else {
                    return Err(self.m.inconsistent(span, "a reference was expected"));
                };
                self.push(reference)?;
                Ok((self.referenced_place(&target), (*target).clone()))
            }
            ExprKind::Index(base, index) => {
                let (place, ty) = self.place(base)?;
                self.push(index)?;
                self.element(place, &ty, span)
            }
            ExprKind::Part(base, start, end, inclusive) => {
                let (place, ty) = self.place(base)?;
                let limits = [self.code.local(ValType::I64), self.code.local(ValType::I64)];
                match start {
                    Some(start) => self.push(start)?,
                    None => self.code.i64(0),
                }
                self.code.set(limits[0]);
                match end {
                    Some(end) => self.push(end)?,
                    None => self.push_length(place, &ty, span)?,
                }
                self.code.set(limits[1]);
                self.part(place, &ty, limits, *inclusive && end.is_some(), span)
            }
            ExprKind::PartByRange(base, range) => self.part_by_range(base, range, span),
            _ => {
                let ty = self.own_type(expression)?;
                let layout = self.layout(&ty, span)?;
                let place = self.temporary(layout.size);
                self.emit(expression, place.sink())?;
                Ok((place, ty))
            }
        }
    }

    /// The type that an expression's value has: a `Box` of an array where one of a slice is wanted is still the former.
    pub(super) fn own_type(&mut self, expression: &Expr) -> Result<Type, Failed> {
        Ok(self.m.program.normalized(&expression.ty))
    }

    /// A field of what is at a place.
    pub(super) fn field(
        &mut self,
        place: Place,
        ty: &Type,
        index: u32,
        span: Span,
    ) -> Result<(Place, Type), Failed> {
        if let Some(element) = list_element(self.m.program, ty) {
            let (start, length) = (self.code.local(ValType::I32), self.code.local(ValType::I32));
            for (local, offset) in [(start, 0), (length, 4)] {
                self.push_address(place, span)?;
                self.code.op(Instruction::I32Load(at(offset)));
                self.code.set(local);
            }
            return Ok((Place::Slice { start, length }, Type::Slice(element.into())));
        }
        let parts = self.m.parts(ty, span)?;
        match parts.into_iter().nth(index as usize) {
            Some(part) => Ok((self.within(place, part.offset, span)?, part.ty)),
            None => Err(self.m.inconsistent(span, "a field that there is not")),
        }
    }

    /// Pops a reference and gives the place that it leads to.
    pub(super) fn referenced_place(&mut self, target: &Type) -> Place {
        match target {
            Type::Slice(_) => {
                let (start, length) = (self.code.local(ValType::I32), self.code.local(ValType::I32));
                self.code.set(length);
                self.code.set(start);
                Place::Slice { start, length }
            }
            Type::Text => Place::Memory { base: self.code.frame_pointer, offset: 0 },
            _ => self.popped_place(),
        }
    }

    /// What references at a place lead to in the end.
    pub(super) fn peeled(&mut self, place: Place, ty: &Type, span: Span) -> Result<(Place, Type), Failed> {
        let (mut place, mut ty) = (place, ty.clone());
        while let Type::Reference(_, target) = &ty {
            let target = target.clone();
            self.load(place, &ty, span)?;
            place = self.referenced_place(&target);
            ty = (*target).clone();
        }
        Ok((place, ty))
    }

    /// The element type of an array or slice.
    pub(super) fn element_type(&mut self, ty: &Type, span: Span) -> Result<Type, Failed> {
        match ty {
            Type::Array(element, _) | Type::Slice(element) => Ok((**element).clone()),
            _ => Err(self.m.inconsistent(span, "an array was expected")),
        }
    }

    /// Pushes the number of elements, as 32 bits.
    pub(super) fn push_count(&mut self, place: Place, ty: &Type, span: Span) -> Result<(), Failed> {
        match (place, ty) {
            (Place::Slice { length, .. }, _) => {
                self.code.get(length);
                Ok(())
            }
            (_, Type::Array(_, length)) => match **length {
                Type::Constant(length) => {
                    self.code.i32(length as u32);
                    Ok(())
                }
                _ => Err(self.m.inconsistent(span, "an array without a length")),
            },
            _ => Err(self.m.inconsistent(span, "an array was expected")),
        }
    }

    /// Pushes the number of elements, as a `usize`.
    fn push_length(&mut self, place: Place, ty: &Type, span: Span) -> Result<(), Failed> {
        self.push_count(place, ty, span)?;
        self.code.op(Instruction::I64ExtendI32U);
        Ok(())
    }

    /// The element whose index, a `usize`, is at the top of the stack. Beyond the last, the default is read and nothing is
    /// written; where there is no default, the code stops.
    pub(super) fn element(&mut self, place: Place, ty: &Type, span: Span) -> Result<(Place, Type), Failed> {
        use Instruction as I;
        let element = self.element_type(ty, span)?;
        let layout = self.layout(&element, span)?;
        let index = self.code.local(ValType::I64);
        let address = self.code.local(ValType::I32);
        self.code.set(index);
        self.code.get(index);
        self.push_length(place, ty, span)?;
        self.code.op(I::I64LtU);
        self.code.when();
        let first = self.within_slice(place, span)?;
        self.push_address(first, span)?;
        self.code.get(index);
        self.code.op(I::I32WrapI64);
        self.code.i32(layout.size);
        self.code.ops([I::I32Mul, I::I32Add]);
        self.code.set(address);
        self.code.otherwise();
        if self.m.program.has_default(&element) {
            let nowhere = self.temporary(layout.size);
            self.write_default(nowhere, &element, span)?;
            self.push_address(nowhere, span)?;
            self.code.set(address);
        } else {
            self.panic("an index is beyond the end of an array");
        }
        self.code.end();
        Ok((Place::Memory { base: address, offset: 0 }, element))
    }

    /// The place of an array's elements; that of a slice is itself.
    fn within_slice(&mut self, place: Place, span: Span) -> Result<Place, Failed> {
        match place {
            Place::Slice { .. } => Ok(place),
            place => self.within(place, 0, span),
        }
    }

    /// A part of an array or slice, between two limits in locals.
    pub(super) fn part(
        &mut self,
        place: Place,
        ty: &Type,
        limits: [u32; 2],
        inclusive: bool,
        span: Span,
    ) -> Result<(Place, Type), Failed> {
        use Instruction as I;
        let element = self.element_type(ty, span)?;
        let size = self.layout(&element, span)?.size;
        let [from, to] = limits;
        let (start, length) = (self.code.local(ValType::I32), self.code.local(ValType::I32));
        if inclusive {
            // The largest number is beyond every end as it is; one more of it would not be.
            self.code.get(to);
            self.code.op(I::I64Const(-1));
            self.code.op(I::I64Ne);
            self.code.when();
            self.code.get(to);
            self.code.ops([I::I64Const(1), I::I64Add]);
            self.code.set(to);
            self.code.end();
        }
        self.code.get(from);
        self.code.get(to);
        self.code.op(I::I64GtU);
        self.code.get(to);
        self.push_length(place, ty, span)?;
        self.code.ops([I::I64GtU, I::I32Or]);
        self.code.when();
        self.panic("a part of an array goes beyond its end");
        self.code.end();
        let first = self.within_slice(place, span)?;
        self.push_address(first, span)?;
        self.code.get(from);
        self.code.op(I::I32WrapI64);
        self.code.i32(size);
        self.code.ops([I::I32Mul, I::I32Add]);
        self.code.set(start);
        self.code.get(to);
        self.code.get(from);
        self.code.ops([I::I64Sub, I::I32WrapI64]);
        self.code.set(length);
        Ok((Place::Slice { start, length }, Type::Slice(element.into())))
    }

    fn part_by_range(&mut self, base: &Expr, range: &Expr, span: Span) -> Result<(Place, Type), Failed> {
        let (place, ty) = self.place(base)?;
        let name = match &range.ty {
            Type::Adt(id, _) => self.m.program.prelude_name(*id).unwrap_or_default().to_owned(),
            _ => String::new(),
        };
        let (range_place, range_type) = self.place(range)?;
        let limits = [self.code.local(ValType::I64), self.code.local(ValType::I64)];
        let (start, end, inclusive) = match name.as_str() {
            "Range" => (Some(0), Some(1), false),
            "RangeInclusive" => (Some(0), Some(1), true),
            "RangeFrom" => (Some(0), None, false),
            "RangeTo" => (None, Some(0), false),
            "RangeToInclusive" => (None, Some(0), true),
            _ => (None, None, false),
        };
        for (limit, field, is_start) in [(limits[0], start, true), (limits[1], end, false)] {
            match field {
                Some(field) => {
                    let (field, ty) = self.field(range_place, &range_type, field, span)?;
                    self.load(field, &ty, span)?;
                }
                None if is_start => self.code.i64(0),
                None => self.push_length(place, &ty, span)?,
            }
            self.code.set(limit);
        }
        self.part(place, &ty, limits, inclusive, span)
    }

    /// Copies what is at a place to where it goes, with all that it owns if it owns anything on the heap.
    pub(super) fn copy_value(
        &mut self,
        place: Place,
        ty: &Type,
        sink: Sink,
        span: Span,
    ) -> Result<(), Failed> {
        let layout = self.layout(ty, span)?;
        match (layout.repr, sink) {
            (Repr::Memory, Sink::Memory { base, offset }) if self.owns_heap(ty) => {
                self.push_address(Place::Memory { base, offset }, span)?;
                self.push_address(place, span)?;
                self.call_instance(Instance::Clone(ty.clone()), span)
            }
            _ => {
                self.load(place, ty, span)?;
                self.store(layout, sink);
                Ok(())
            }
        }
    }

    /// Whether there is a list within values of a type.
    pub(super) fn owns_heap(&mut self, ty: &Type) -> bool {
        if list_element(self.m.program, ty).is_some() {
            return true;
        }
        match ty {
            Type::Tuple(elements) => elements.iter().any(|element| self.owns_heap(element)),
            Type::Array(element, _) | Type::Slice(element) => self.owns_heap(element),
            Type::Adt(..) => {
                let types = self.m.program.variant_types(ty);
                types.iter().flatten().any(|field| self.owns_heap(field))
            }
            _ => false,
        }
    }

    /// Reports something that public code cannot have.
    pub(super) fn unsupported(&mut self, span: Span, what: &str, instead: &str) -> Failed {
        self.m.report(
            Diagnostic::new(span, format!("{what} cannot be used in public code")).help(instead.to_owned()),
        )
    }
}
