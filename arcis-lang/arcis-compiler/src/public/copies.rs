//! Copies, with all that they own, and default values.

use wasm_encoder::{Instruction, ValType};

use super::code::at;
use super::function::{Place, Sink, Writer};
use super::layout::{LIST_SIZE, Repr, list_element};
use super::module::{Failed, Instance};
use crate::source::Span;
use crate::types::Type;

impl Writer<'_, '_, '_> {
    /// A copy of what is at a place: by the author's `Clone` where there is one.
    pub(super) fn clone_of(
        &mut self,
        place: Place,
        ty: &Type,
        sink: Option<Sink>,
        span: Span,
    ) -> Result<(), Failed> {
        let layout = self.layout(ty, span)?;
        let special = self.m.program.has_own("Clone", ty) || self.owns_heap(ty);
        if !special {
            self.load(place, ty, span)?;
            if let (Repr::Memory, Some(sink)) = (layout.repr, sink) {
                self.store(layout, sink);
            }
            return Ok(());
        }
        let target = match sink {
            Some(Sink::Memory { base, offset }) => Place::Memory { base, offset },
            _ => self.temporary(layout.size),
        };
        self.push_address(target, span)?;
        let place = self.in_memory(place, ty, span)?;
        self.push_address(place, span)?;
        self.call_instance(Instance::Clone(ty.clone()), span)?;
        if layout.repr != Repr::Memory { self.load(target, ty, span) } else { Ok(()) }
    }

    pub(super) fn clone_function(&mut self, ty: &Type, span: Span) -> Result<(), Failed> {
        use Instruction as I;
        let (to, from) = self.two_places(&Type::unit());
        let layout = self.layout(ty, span)?;
        if self.m.program.own_method("Clone", "clone", ty).is_some() {
            let sink = (layout.repr == Repr::Memory).then_some(to);
            self.own_call("Clone", "clone", ty, &[from], sink, span)?;
            if layout.repr != Repr::Memory {
                self.store(layout, to.sink());
            }
            return Ok(());
        }
        let clone_part = |this: &mut Self, ty: &Type, to: Place, from: Place| {
            let layout = this.layout(ty, span)?;
            if layout.repr == Repr::Unit {
                return Ok(());
            }
            this.clone_of(from, ty, Some(to.sink()), span)?;
            if layout.repr != Repr::Memory {
                this.store(layout, to.sink());
            }
            Ok(())
        };
        match ty {
            _ if list_element(self.m.program, ty).is_some() => {
                let element = list_element(self.m.program, ty).unwrap_or(Type::Error);
                let size = self.layout(&element, span)?.size;
                let (from, slice) = self.field(from, ty, 0, span)?;
                let start = self.code.local(ValType::I32);
                self.push_count(from, &slice, span)?;
                self.code.i32(size);
                self.code.op(I::I32Mul);
                self.call_instance(Instance::Reserve, span)?;
                self.code.set(start);
                let new = Place::Slice { start, length: 0 };
                self.for_each_pair(from, new, &slice, &element, span, |this, from, to, _| {
                    clone_part(this, &element, to, from)
                })?;
                self.code.get(0);
                self.code.get(start);
                self.code.op(I::I32Store(at(0)));
                for word in [4, LIST_SIZE - 4] {
                    self.code.get(0);
                    self.push_count(from, &slice, span)?;
                    self.code.op(I::I32Store(at(word)));
                }
                Ok(())
            }
            Type::Array(element, _) => {
                self.for_each_pair(from, to, ty, element, span, |this, from, to, _| {
                    clone_part(this, element, to, from)
                })
            }
            Type::Adt(id, _) if self.m.program.adt(*id).is_enum => {
                let count = self.m.program.adt(*id).items.len();
                self.copy(0, 0, 1, 0, layout.size);
                for variant in 0..count as u32 {
                    let parts = self.m.variant_parts(ty, variant, span)?;
                    self.push_tag(from, ty, span)?;
                    self.code.i32(variant);
                    self.code.op(I::I32Eq);
                    self.code.when();
                    for part in parts {
                        let (to, from) =
                            (self.within(to, part.offset, span)?, self.within(from, part.offset, span)?);
                        clone_part(self, &part.ty, to, from)?;
                    }
                    self.code.end();
                }
                Ok(())
            }
            Type::Adt(..) | Type::Tuple(_) => {
                for part in self.m.parts(ty, span)? {
                    let (to, from) =
                        (self.within(to, part.offset, span)?, self.within(from, part.offset, span)?);
                    clone_part(self, &part.ty, to, from)?;
                }
                Ok(())
            }
            _ => {
                self.copy(0, 0, 1, 0, layout.size);
                Ok(())
            }
        }
    }

    /// Writes the default value of a type to a place in memory.
    pub(super) fn write_default(&mut self, place: Place, ty: &Type, span: Span) -> Result<(), Failed> {
        let layout = self.layout(ty, span)?;
        let zero = |this: &mut Self| {
            this.push_integer(0, ty, layout.repr);
            this.store(layout, place.sink());
        };
        match ty {
            Type::Bool | Type::Integer(_) => zero(self),
            _ if layout.repr == Repr::Unit => {}
            _ => {
                self.push_address(place, span)?;
                self.call_instance(Instance::Default(ty.clone()), span)?;
            }
        }
        Ok(())
    }

    pub(super) fn default_function(&mut self, ty: &Type, span: Span) -> Result<(), Failed> {
        use Instruction as I;
        let to = Place::Memory { base: 0, offset: 0 };
        let layout = self.layout(ty, span)?;
        if self.m.program.own_method("Default", "default", ty).is_some() {
            let sink = (layout.repr == Repr::Memory).then_some(to);
            self.own_call("Default", "default", ty, &[], sink, span)?;
            if layout.repr != Repr::Memory {
                self.store(layout, to.sink());
            }
            return Ok(());
        }
        match ty {
            Type::Word(bits) => {
                for word in 0..bits / 64 {
                    self.code.get(0);
                    self.code.ops([I::I64Const(0), I::I64Store(at(8 * word))]);
                }
                Ok(())
            }
            Type::Array(element, _) => self.for_each_pair(to, to, ty, element, span, |this, to, _, span| {
                this.write_default(to, element, span)
            }),
            Type::Adt(id, _) if self.m.program.adt(*id).is_enum => {
                match self.m.program.default_variant(*id) {
                    Some(variant) => {
                        self.store_tag(*id, variant, to.sink());
                        Ok(())
                    }
                    None => self.no_default(ty, span),
                }
            }
            Type::Tuple(_) | Type::Adt(..) if list_element(self.m.program, ty).is_none() => {
                for part in self.m.parts(ty, span)? {
                    let place = self.within(to, part.offset, span)?;
                    self.write_default(place, &part.ty, span)?;
                }
                Ok(())
            }
            _ => self.no_default(ty, span),
        }
    }

    fn no_default(&mut self, ty: &Type, span: Span) -> Result<(), Failed> {
        let name = self.m.program.type_name(ty);
        Err(self.unsupported(
            span,
            &format!("a default value of `{name}`"),
            "implement `Default` for it, or mark a variant with `#[default]`",
        ))
    }
}
