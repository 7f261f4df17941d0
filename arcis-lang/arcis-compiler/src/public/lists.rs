//! Lists on the heap, and arrays that are made element by element.

use wasm_encoder::{Instruction, ValType};

use super::code::at;
use super::function::{Place, Sink, Writer};
use super::layout::Repr;
use super::module::{Failed, Instance};
use crate::source::Span;
use crate::tree::Expr;
use crate::types::Type;

impl Writer<'_, '_, '_> {
    /// Fills an array with what a closure gives for each index.
    pub(super) fn array_from_fn(
        &mut self,
        count: u64,
        function: &Expr,
        element: &Type,
        sink: Sink,
        span: Span,
    ) -> Result<(), Failed> {
        use Instruction as I;
        let (place, ty) = self.place(function)?;
        let (place, ty) = self.peeled(place, &ty, span)?;
        let Type::Closure(id) = ty else {
            return Err(self.unsupported(
                span,
                "this function as a value",
                "write a closure that calls it: `|i| f(i)`",
            ));
        };
        let layout = self.layout(element, span)?;
        let environment = self.environment(place, span)?;
        let index = self.code.local(ValType::I64);
        let target = self.code.local(ValType::I32);
        if let Sink::Memory { base, offset } = sink {
            self.push_address(Place::Memory { base, offset }, span)?;
            self.code.set(target);
        }
        self.code.i64(0);
        self.code.set(index);
        let done = self.code.block();
        let again = self.code.repeat();
        self.code.get(index);
        self.code.i64(count);
        self.code.op(I::I64GeU);
        self.code.leave_if(done);
        if layout.repr == Repr::Memory {
            self.code.get(target);
        }
        self.code.get(environment);
        self.code.get(index);
        self.call_instance(Instance::Closure(id), span)?;
        if layout.repr != Repr::Memory {
            self.store(layout, Sink::Memory { base: target, offset: 0 });
        }
        self.code.get(index);
        self.code.ops([I::I64Const(1), I::I64Add]);
        self.code.set(index);
        self.code.get(target);
        self.code.i32(layout.size);
        self.code.op(I::I32Add);
        self.code.set(target);
        self.code.leave(again);
        self.code.end();
        self.code.end();
        Ok(())
    }

    /// Appends to a list, which is moved when its room is used up.
    pub(super) fn push_to_list(
        &mut self,
        list: &Expr,
        value: &Expr,
        element: &Type,
        span: Span,
    ) -> Result<(), Failed> {
        use Instruction as I;
        let size = self.layout(element, span)?.size;
        self.push(list)?;
        let address = self.code.local(ValType::I32);
        self.code.set(address);
        let made = self.temporary(size);
        let unit = self.layout(element, span)?.repr == Repr::Unit;
        self.emit(value, if unit { Sink::Nothing } else { made.sink() })?;
        let load = |this: &mut Self, offset: u32| {
            this.code.get(address);
            this.code.op(I::I32Load(at(offset)));
        };
        load(self, 4);
        load(self, 8);
        self.code.op(I::I32Eq);
        self.code.when();
        {
            let (room, moved) = (self.code.local(ValType::I32), self.code.local(ValType::I32));
            load(self, 8);
            self.code.ops([I::I32Const(1), I::I32Shl, I::I32Const(4), I::I32Or]);
            self.code.set(room);
            // So many that their size would wrap are more than the memory has.
            self.code.get(room);
            self.code.ops([I::I64ExtendI32U, I::I64Const(size.into()), I::I64Mul]);
            self.code.ops([I::I64Const(1 << 31), I::I64GeU]);
            self.code.when();
            self.code.ops([I::I32Const(-1)]);
            self.call_instance(Instance::Reserve, span)?;
            self.code.op(I::Drop);
            self.code.end();
            self.code.get(room);
            self.code.i32(size);
            self.code.op(I::I32Mul);
            self.call_instance(Instance::Reserve, span)?;
            self.code.set(moved);
            self.code.get(moved);
            load(self, 0);
            load(self, 4);
            self.code.i32(size);
            self.code.op(I::I32Mul);
            self.call_instance(Instance::Copy, span)?;
            for (offset, local) in [(0, moved), (8, room)] {
                self.code.get(address);
                self.code.get(local);
                self.code.op(I::I32Store(at(offset)));
            }
        }
        self.code.end();
        if size > 0 {
            load(self, 0);
            load(self, 4);
            self.code.i32(size);
            self.code.ops([I::I32Mul, I::I32Add]);
            let target = self.popped_place();
            if let (Place::Memory { base: to, .. }, Place::Memory { base, offset }) = (target, made) {
                self.copy(to, 0, base, offset, size);
            }
        }
        self.code.get(address);
        load(self, 4);
        self.code.ops([I::I32Const(1), I::I32Add, I::I32Store(at(4))]);
        Ok(())
    }

    /// Makes a list of the elements of an array.
    pub(super) fn list_of(
        &mut self,
        place: Place,
        size: u32,
        length: u32,
        sink: Sink,
        span: Span,
    ) -> Result<(), Failed> {
        use Instruction as I;
        let Sink::Memory { base, offset } = sink else { return Ok(()) };
        let start = self.code.local(ValType::I32);
        self.code.i32(size);
        self.call_instance(Instance::Reserve, span)?;
        self.code.set(start);
        if let Place::Memory { base: from, offset: from_offset } = place {
            self.copy(start, 0, from, from_offset, size);
        }
        self.code.get(base);
        self.code.get(start);
        self.code.op(I::I32Store(at(offset)));
        for word in [4, 8] {
            self.code.get(base);
            self.code.i32(length);
            self.code.op(I::I32Store(at(offset + word)));
        }
        Ok(())
    }

    /// Makes a list of a `Box` of an array.
    pub(super) fn list_of_box(
        &mut self,
        place: Place,
        own: &Type,
        sink: Sink,
        span: Span,
    ) -> Result<(), Failed> {
        let (place, array) = self.field(place, own, 0, span)?;
        let size = self.layout(&array, span)?.size;
        match &array {
            Type::Array(_, length) => match **length {
                Type::Constant(length) => self.list_of(place, size, length as u32, sink, span),
                _ => Err(self.m.inconsistent(span, "an array without a length")),
            },
            _ => Err(self.m.inconsistent(span, "an array was expected")),
        }
    }

    /// Makes a list of references to the elements of a slice.
    pub(super) fn reference_elements(
        &mut self,
        slice: &Expr,
        element: &Type,
        sink: Sink,
        span: Span,
    ) -> Result<(), Failed> {
        use Instruction as I;
        let size = self.layout(element, span)?.size;
        let Sink::Memory { base, offset } = sink else { return self.discard(slice) };
        self.push(slice)?;
        let Place::Slice { start, length } = self.referenced_place(&Type::Slice(element.clone().into()))
        else {
            return Err(self.m.inconsistent(span, "a slice was expected"));
        };
        let [list, index] = [(); 2].map(|()| self.code.local(ValType::I32));
        self.code.get(length);
        self.code.ops([I::I32Const(4), I::I32Mul]);
        self.call_instance(Instance::Reserve, span)?;
        self.code.set(list);
        self.code.i32(0);
        self.code.set(index);
        let done = self.code.block();
        let again = self.code.repeat();
        self.code.get(index);
        self.code.get(length);
        self.code.op(I::I32GeU);
        self.code.leave_if(done);
        self.code.get(list);
        self.code.get(index);
        self.code.ops([I::I32Const(4), I::I32Mul, I::I32Add]);
        self.code.get(start);
        self.code.get(index);
        self.code.i32(size);
        self.code.ops([I::I32Mul, I::I32Add, I::I32Store(at(0))]);
        self.code.get(index);
        self.code.ops([I::I32Const(1), I::I32Add]);
        self.code.set(index);
        self.code.leave(again);
        self.code.end();
        self.code.end();
        for (word, local) in [(0, list), (4, length), (8, length)] {
            self.code.get(base);
            self.code.get(local);
            self.code.op(I::I32Store(at(offset + word)));
        }
        Ok(())
    }
}
