//! What the host calls: arguments and results as plain bytes, the layout of `arcis_circuit::types`.
//!
//! A slice is its length in four bytes and its elements. An enum is the number of its variant in a byte and the fields of
//! every variant, zero in those that it is not; a number that is no variant's is the first variant. Everything else is
//! written as it lies in memory.

use wasm_encoder::{Instruction, ValType};

use super::code::at;
use super::function::{Place, Writer};
use super::layout::Repr;
use super::module::{Failed, Instance};
use crate::source::Span;
use crate::types::{FunctionId, Type, Types};

impl Writer<'_, '_, '_> {
    /// Bytes of a value as it is written.
    fn written_size(&mut self, ty: &Type, span: Span) -> Result<u32, Failed> {
        match ty {
            Type::Array(element, length) => match **length {
                Type::Constant(length) => Ok(self.written_size(element, span)? * length as u32),
                _ => Err(self.m.inconsistent(span, "an array without a length")),
            },
            Type::Tuple(elements) => {
                elements.iter().try_fold(0, |sum, ty| Ok(sum + self.written_size(ty, span)?))
            }
            Type::Adt(id, _) => {
                let tag = u32::from(self.m.program.adt(*id).is_enum);
                let types = self.m.program.variant_types(ty);
                types.iter().flatten().try_fold(tag, |sum, ty| Ok(sum + self.written_size(ty, span)?))
            }
            _ => Ok(self.layout(ty, span)?.size),
        }
    }

    /// Whether a value is written in another way than it lies in memory.
    fn is_translated(&self, ty: &Type) -> bool {
        match ty {
            Type::Array(element, _) | Type::Slice(element) => self.is_translated(element),
            Type::Tuple(elements) => elements.iter().any(|element| self.is_translated(element)),
            Type::Adt(id, _) => {
                self.m.program.adt(*id).is_enum
                    || self.m.program.variant_types(ty).iter().flatten().any(|ty| self.is_translated(ty))
            }
            _ => false,
        }
    }

    /// Reads what is written at an address: the place of the value.
    fn read(&mut self, from: Place, ty: &Type, span: Span) -> Result<Place, Failed> {
        if !self.is_translated(ty) {
            return Ok(from);
        }
        let size = self.layout(ty, span)?.size;
        let to = self.temporary(size);
        self.translate(to, from, ty, true, span)?;
        Ok(to)
    }

    /// Reads or writes a value: from one place in memory to another.
    fn translate(
        &mut self,
        to: Place,
        from: Place,
        ty: &Type,
        reads: bool,
        span: Span,
    ) -> Result<(), Failed> {
        if self.is_translated(ty) {
            self.push_address(to, span)?;
            self.push_address(from, span)?;
            let ty = ty.clone();
            return self.call_instance(if reads { Instance::Decode(ty) } else { Instance::Encode(ty) }, span);
        }
        let size = self.layout(ty, span)?.size;
        if let (Place::Memory { base: to, offset: to_offset }, Place::Memory { base, offset }) = (to, from) {
            self.copy(to, to_offset, base, offset, size);
        }
        Ok(())
    }

    pub(super) fn entry(&mut self, id: FunctionId, generics: &Types, span: Span) -> Result<(), Failed> {
        use Instruction as I;
        let (parameters, result) = self.m.function_types(id, generics)?;
        let cursor = self.code.local(ValType::I32);
        self.code.get(0);
        self.code.set(cursor);
        let here = Place::Memory { base: cursor, offset: 0 };
        let mut arguments = Vec::new();
        for ty in &parameters {
            let value = match ty {
                Type::Reference(_, target) => (**target).clone(),
                ty => ty.clone(),
            };
            let (place, size) = match &value {
                Type::Slice(element) => {
                    let (start, length) = (self.code.local(ValType::I32), self.code.local(ValType::I32));
                    self.code.get(cursor);
                    self.code.op(I::I32Load(at(0)));
                    self.code.set(length);
                    self.code.get(cursor);
                    self.code.ops([I::I32Const(4), I::I32Add]);
                    self.code.set(cursor);
                    self.code.get(cursor);
                    self.code.set(start);
                    let written = self.written_size(element, span)?;
                    self.code.get(length);
                    self.code.i32(written);
                    self.code.op(I::I32Mul);
                    self.code.get(cursor);
                    self.code.op(I::I32Add);
                    self.code.set(cursor);
                    if self.is_translated(element) {
                        self.read_elements(start, length, element, written, span)?;
                    }
                    (Place::Slice { start, length }, 0)
                }
                value => {
                    // The cursor moves on; what was read stays where it is.
                    let base = self.code.local(ValType::I32);
                    self.code.get(cursor);
                    self.code.set(base);
                    let place = self.read(Place::Memory { base, offset: 0 }, value, span)?;
                    (place, self.written_size(value, span)?)
                }
            };
            if size > 0 {
                self.push_address(here, span)?;
                self.code.i32(size);
                self.code.op(I::I32Add);
                self.code.set(cursor);
            }
            arguments.push((place, value));
        }
        let layout = self.layout(&result, span)?;
        let given = self.temporary(layout.size);
        if layout.repr == Repr::Memory {
            self.push_address(given, span)?;
        }
        for ((place, value), ty) in arguments.iter().zip(&parameters) {
            match ty {
                Type::Reference(..) => self.push_reference(*place, value, ty, span)?,
                _ => self.load(*place, value, span)?,
            }
        }
        self.call_instance(Instance::Function(id, generics.clone()), span)?;
        if layout.repr != Repr::Memory {
            self.store(layout, given.sink());
        }
        let size = self.written_size(&result, span)?;
        let written = self.code.local(ValType::I32);
        self.code.i32(size);
        self.call_instance(Instance::Reserve, span)?;
        self.code.set(written);
        self.translate(Place::Memory { base: written, offset: 0 }, given, &result, false, span)?;
        self.code.get(written);
        Ok(())
    }

    /// Reads the elements of a slice to the heap, and lets it begin there.
    fn read_elements(
        &mut self,
        start: u32,
        length: u32,
        element: &Type,
        written: u32,
        span: Span,
    ) -> Result<(), Failed> {
        use Instruction as I;
        let size = self.layout(element, span)?.size;
        let [list, from, to, left] = [(); 4].map(|()| self.code.local(ValType::I32));
        self.code.get(length);
        self.code.i32(size);
        self.code.op(I::I32Mul);
        self.call_instance(Instance::Reserve, span)?;
        self.code.set(list);
        for (source, target) in [(start, from), (list, to), (length, left)] {
            self.code.get(source);
            self.code.set(target);
        }
        let walk = self.code.begin_walk(left);
        let places = (Place::Memory { base: to, offset: 0 }, Place::Memory { base: from, offset: 0 });
        self.translate(places.0, places.1, element, true, span)?;
        self.code.end_walk(walk, [(from, written), (to, size)]);
        self.code.get(list);
        self.code.set(start);
        Ok(())
    }

    pub(super) fn decode_function(&mut self, ty: &Type, span: Span) -> Result<(), Failed> {
        self.translation(ty, true, span)
    }

    pub(super) fn encode_function(&mut self, ty: &Type, span: Span) -> Result<(), Failed> {
        self.translation(ty, false, span)
    }

    /// From the second address to the first.
    fn translation(&mut self, ty: &Type, reads: bool, span: Span) -> Result<(), Failed> {
        use Instruction as I;
        let place = |base, offset| Place::Memory { base, offset };
        match ty {
            Type::Array(element, length) => {
                let (size, written) = (self.layout(element, span)?.size, self.written_size(element, span)?);
                let Type::Constant(length) = **length else {
                    return Err(self.m.inconsistent(span, "an array without a length"));
                };
                let (to_step, from_step) = if reads { (size, written) } else { (written, size) };
                let left = self.code.local(ValType::I32);
                self.code.i32(length as u32);
                self.code.set(left);
                let walk = self.code.begin_walk(left);
                self.translate(place(0, 0), place(1, 0), element, reads, span)?;
                self.code.end_walk(walk, [(0, to_step), (1, from_step)]);
                Ok(())
            }
            Type::Adt(id, _) if self.m.program.adt(*id).is_enum => {
                let count = self.m.program.adt(*id).items.len();
                let tag = self.code.local(ValType::I32);
                if reads {
                    self.code.get(1);
                    self.code.op(I::I32Load8U(at(0)));
                    self.code.i32(0);
                    self.code.get(1);
                    self.code.op(I::I32Load8U(at(0)));
                    self.code.i32(count as u32);
                    self.code.ops([I::I32LtU, I::Select]);
                } else {
                    self.push_tag(place(1, 0), ty, span)?;
                }
                self.code.set(tag);
                // The tag of an enum that is written has a byte; one of more variants is none that can be written.
                self.code.get(0);
                self.code.get(tag);
                let wide = reads && super::layout::tag_size(count) == 4;
                self.code.op(if wide { I::I32Store(at(0)) } else { I::I32Store8(at(0)) });
                let mut written = 1;
                for variant in 0..count as u32 {
                    let parts = self.m.variant_parts(ty, variant, span)?;
                    if parts.is_empty() {
                        continue;
                    }
                    let first = written;
                    self.code.get(tag);
                    self.code.i32(variant);
                    self.code.op(I::I32Eq);
                    self.code.when();
                    for part in parts {
                        let (to, from) = if reads {
                            (place(0, part.offset), place(1, written))
                        } else {
                            (place(0, written), place(1, part.offset))
                        };
                        self.translate(to, from, &part.ty, reads, span)?;
                        written += self.written_size(&part.ty, span)?;
                    }
                    if !reads {
                        self.code.otherwise();
                        self.zeros(first, written - first);
                    }
                    self.code.end();
                }
                Ok(())
            }
            _ => {
                let mut written = 0;
                for part in self.m.parts(ty, span)? {
                    let (to, from) = if reads {
                        (place(0, part.offset), place(1, written))
                    } else {
                        (place(0, written), place(1, part.offset))
                    };
                    self.translate(to, from, &part.ty, reads, span)?;
                    written += self.written_size(&part.ty, span)?;
                }
                Ok(())
            }
        }
    }

    /// Writes zeros behind the first address.
    fn zeros(&mut self, offset: u32, size: u32) {
        use Instruction as I;
        let end = self.code.local(ValType::I32);
        let cursor = self.code.local(ValType::I32);
        for (local, at) in [(cursor, offset), (end, offset + size)] {
            self.code.get(0);
            self.code.i32(at);
            self.code.op(I::I32Add);
            self.code.set(local);
        }
        let done = self.code.block();
        let again = self.code.repeat();
        self.code.get(cursor);
        self.code.get(end);
        self.code.op(I::I32GeU);
        self.code.leave_if(done);
        self.code.get(cursor);
        self.code.ops([I::I32Const(0), I::I32Store8(at(0))]);
        self.code.get(cursor);
        self.code.ops([I::I32Const(1), I::I32Add]);
        self.code.set(cursor);
        self.code.leave(again);
        self.code.end();
        self.code.end();
    }
}
