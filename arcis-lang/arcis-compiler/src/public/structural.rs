//! What works on values by their parts: which of it is called, and comparison. `copies` has the rest.

use wasm_encoder::{Instruction, ValType};

use super::code::at;
use super::function::{Place, Sink, Writer};
use super::layout::{Repr, list_element};
use super::module::{Failed, Instance};
use crate::source::Span;
use crate::syntax::BinaryOp;
use crate::tree::{CallSite, Expr, Target};
use crate::types::Type;

/// The results of comparing: less, equal, greater. They are the variants of `Ordering`.
const EQUAL: u32 = 1;
const GREATER: u32 = 2;

impl Writer<'_, '_, '_> {
    /// A function of a trait that every type has.
    pub(super) fn structural(
        &mut self,
        name: &str,
        own: &Type,
        arguments: &[Expr],
        sink: Option<Sink>,
        span: Span,
    ) -> Result<(), Failed> {
        let own = self.m.program.normalized(own);
        let layout = self.layout(&own, span)?;
        match (name, arguments) {
            ("clone", [value]) => {
                self.push(value)?;
                let place = self.referenced_place(&own);
                self.clone_of(place, &own, sink, span)
            }
            ("default", []) => {
                let place = match sink {
                    Some(Sink::Memory { base, offset }) => Place::Memory { base, offset },
                    _ => self.temporary(layout.size),
                };
                self.write_default(place, &own, span)?;
                if layout.repr != Repr::Memory { self.load(place, &own, span) } else { Ok(()) }
            }
            ("eq", [a, b]) => self.comparison(BinaryOp::Equal, a, b, span),
            ("cmp" | "partial_cmp", [a, b]) => {
                let (a, a_type) = self.compared(a)?;
                let (b, _) = self.compared(b)?;
                self.order(a, b, &a_type, span)?;
                if name == "cmp" {
                    return Ok(());
                }
                // `Some` of it: one tag after another.
                let order = self.code.local(ValType::I32);
                self.code.set(order);
                if let Some(Sink::Memory { base, offset }) = sink {
                    self.code.get(base);
                    self.code.ops([Instruction::I32Const(1), Instruction::I32Store8(at(offset))]);
                    self.code.get(base);
                    self.code.get(order);
                    self.code.op(Instruction::I32Store8(at(offset + 1)));
                }
                Ok(())
            }
            _ => {
                let own = self.m.program.type_name(&own);
                Err(self.unsupported(span, &format!("`{name}` of `{own}`"), "write a function of your own"))
            }
        }
    }

    /// An operand of a comparison: what it leads to in the end.
    fn compared(&mut self, operand: &Expr) -> Result<(Place, Type), Failed> {
        let (place, ty) = self.place(operand)?;
        self.peeled(place, &ty, operand.span)
    }

    /// A comparison of other things than numbers.
    pub(super) fn comparison(
        &mut self,
        op: BinaryOp,
        left: &Expr,
        right: &Expr,
        span: Span,
    ) -> Result<(), Failed> {
        let (a, a_type) = self.compared(left)?;
        let (b, b_type) = self.compared(right)?;
        if matches!(op, BinaryOp::Equal | BinaryOp::NotEqual) {
            self.equal((a, &a_type), (b, &b_type), span)?;
            if op == BinaryOp::NotEqual {
                self.code.op(Instruction::I32Eqz);
            }
            return Ok(());
        }
        if matches!(a_type, Type::Bool | Type::Integer(_)) {
            self.load(a, &a_type, span)?;
            self.load(b, &b_type, span)?;
            return self.binary_numbers(op, &a_type, span);
        }
        let swapped = matches!(op, BinaryOp::Greater | BinaryOp::LessOrEqual);
        let (first, second) = if swapped { (b, a) } else { (a, b) };
        self.order(first, second, &a_type, span)?;
        // Less is 0.
        self.code.op(Instruction::I32Eqz);
        if matches!(op, BinaryOp::LessOrEqual | BinaryOp::GreaterOrEqual) {
            self.code.op(Instruction::I32Eqz);
        }
        Ok(())
    }

    /// Pushes whether what is at two places is equal; an array may be compared with a slice.
    pub(super) fn equal(
        &mut self,
        (a, a_type): (Place, &Type),
        (b, b_type): (Place, &Type),
        span: Span,
    ) -> Result<(), Failed> {
        let (a, a_type) = self.peeled(a, a_type, span)?;
        let (b, b_type) = self.peeled(b, b_type, span)?;
        match (&a_type, &b_type) {
            (Type::Slice(element), _) | (_, Type::Slice(element)) => {
                let slice = Type::Slice(element.clone());
                let reference = Type::reference(false, slice.clone());
                self.push_reference(a, &a_type, &reference, span)?;
                self.push_reference(b, &b_type, &reference, span)?;
                self.call_instance(Instance::Equal(slice), span)
            }
            _ => {
                let layout = self.layout(&a_type, span)?;
                let own = self.m.program.has_own("PartialEq", &a_type);
                match layout.repr {
                    Repr::I32 | Repr::I64 | Repr::I128 if !own => {
                        self.load(a, &a_type, span)?;
                        self.load(b, &b_type, span)?;
                        self.binary_numbers(BinaryOp::Equal, &a_type, span)
                    }
                    Repr::Unit if !own => {
                        self.code.i32(1);
                        Ok(())
                    }
                    _ => {
                        for place in [a, b] {
                            let place = self.in_memory(place, &a_type, span)?;
                            self.push_address(place, span)?;
                        }
                        self.call_instance(Instance::Equal(a_type), span)
                    }
                }
            }
        }
    }

    /// The place of a value in memory: a copy if it is in locals.
    pub(super) fn in_memory(&mut self, place: Place, ty: &Type, span: Span) -> Result<Place, Failed> {
        let Place::Locals(_) = place else { return Ok(place) };
        let layout = self.layout(ty, span)?;
        let copy = self.temporary(layout.size);
        self.load(place, ty, span)?;
        self.store(layout, copy.sink());
        Ok(copy)
    }

    /// Pushes how what is at two places compares.
    fn order(&mut self, a: Place, b: Place, ty: &Type, span: Span) -> Result<(), Failed> {
        if let Type::Slice(_) = ty {
            let reference = Type::reference(false, ty.clone());
            self.push_reference(a, ty, &reference, span)?;
            self.push_reference(b, ty, &reference, span)?;
        } else {
            for place in [a, b] {
                let place = self.in_memory(place, ty, span)?;
                let place = self.within(place, 0, span)?;
                self.push_address(place, span)?;
            }
        }
        self.call_instance(Instance::Compare(ty.clone()), span)
    }

    /// Two parameters that are the addresses of values, or of slices four.
    pub(super) fn two_places(&self, ty: &Type) -> (Place, Place) {
        match ty {
            Type::Slice(_) => (Place::Slice { start: 0, length: 1 }, Place::Slice { start: 2, length: 3 }),
            _ => (Place::Memory { base: 0, offset: 0 }, Place::Memory { base: 1, offset: 0 }),
        }
    }

    /// Calls the author's method on references to two values, if there is one: where its result goes.
    pub(super) fn own_call(
        &mut self,
        of_trait: &str,
        method: &str,
        ty: &Type,
        places: &[Place],
        sink: Option<Place>,
        span: Span,
    ) -> Result<bool, Failed> {
        let Some(site) = self.m.program.own_method(of_trait, method, ty) else { return Ok(false) };
        let site: &CallSite = &site;
        let Target::Body(id, generics, _) = self.m.program.target(&site.callee, span) else {
            return Err(Failed);
        };
        if let Some(place) = sink {
            self.push_address(place, span)?;
        }
        for place in places {
            self.push_address(*place, span)?;
        }
        self.call_instance(Instance::Function(id, generics), span)?;
        Ok(true)
    }

    pub(super) fn equal_function(&mut self, ty: &Type, span: Span) -> Result<(), Failed> {
        use Instruction as I;
        let (a, b) = self.two_places(ty);
        if self.own_call("PartialEq", "eq", ty, &[a, b], None, span)? {
            return Ok(());
        }
        let result = self.code.local(ValType::I32);
        let exit = self.code.block();
        let parts: Vec<(Place, Place, Type)> = match ty {
            Type::Array(element, _) | Type::Slice(element) => {
                if let Type::Slice(_) = ty {
                    self.push_count(a, ty, span)?;
                    self.push_count(b, ty, span)?;
                    self.code.op(I::I32Ne);
                    self.code.leave_if(exit);
                }
                self.for_each_pair(a, b, ty, element, span, |this, a, b, span| {
                    this.equal((a, element), (b, element), span)?;
                    this.code.op(I::I32Eqz);
                    this.code.leave_if(exit);
                    Ok(())
                })?;
                Vec::new()
            }
            Type::Word(bits) => {
                for word in 0..bits / 64 {
                    for base in [0, 1] {
                        self.code.get(base);
                        self.code.op(I::I64Load(at(8 * word)));
                    }
                    self.code.op(I::I64Ne);
                    self.code.leave_if(exit);
                }
                Vec::new()
            }
            _ if list_element(self.m.program, ty).is_some() => {
                let (a, inner) = self.field(a, ty, 0, span)?;
                let (b, _) = self.field(b, ty, 0, span)?;
                vec![(a, b, inner)]
            }
            Type::Adt(id, _) if self.m.program.adt(*id).is_enum => {
                let count = self.m.program.adt(*id).items.len();
                self.push_tag(a, ty, span)?;
                self.push_tag(b, ty, span)?;
                self.code.op(I::I32Ne);
                self.code.leave_if(exit);
                for variant in 0..count as u32 {
                    let parts = self.m.variant_parts(ty, variant, span)?;
                    if parts.is_empty() {
                        continue;
                    }
                    self.push_tag(a, ty, span)?;
                    self.code.i32(variant);
                    self.code.op(I::I32Eq);
                    self.code.when();
                    for part in parts {
                        let (a, b) = (self.within(a, part.offset, span)?, self.within(b, part.offset, span)?);
                        self.equal((a, &part.ty), (b, &part.ty), span)?;
                        self.code.op(I::I32Eqz);
                        self.code.leave_if(exit);
                    }
                    self.code.end();
                }
                Vec::new()
            }
            Type::Tuple(_) | Type::Adt(..) => {
                let mut all = Vec::new();
                for part in self.m.parts(ty, span)? {
                    let places = (self.within(a, part.offset, span)?, self.within(b, part.offset, span)?);
                    all.push((places.0, places.1, part.ty));
                }
                all
            }
            _ => vec![],
        };
        if let Type::Closure(_) = ty {
            return Err(self.unsupported(span, "a comparison of closures", "compare what they give"));
        }
        for (a, b, ty) in parts {
            self.equal((a, &ty), (b, &ty), span)?;
            self.code.op(I::I32Eqz);
            self.code.leave_if(exit);
        }
        self.code.i32(1);
        self.code.set(result);
        self.code.end();
        self.code.get(result);
        Ok(())
    }

    /// Runs code for each pair of elements, as many as the first has.
    pub(super) fn for_each_pair(
        &mut self,
        a: Place,
        b: Place,
        ty: &Type,
        element: &Type,
        span: Span,
        body: impl FnOnce(&mut Self, Place, Place, Span) -> Result<(), Failed>,
    ) -> Result<(), Failed> {
        let size = self.layout(element, span)?.size;
        let [left, right, count] = [(); 3].map(|()| self.code.local(ValType::I32));
        for (place, local) in [(a, left), (b, right)] {
            self.push_address(place, span)?;
            self.code.set(local);
        }
        self.push_count(a, ty, span)?;
        self.code.set(count);
        let walk = self.code.begin_walk(count);
        body(self, Place::Memory { base: left, offset: 0 }, Place::Memory { base: right, offset: 0 }, span)?;
        self.code.end_walk(walk, [(left, size), (right, size)]);
        Ok(())
    }

    pub(super) fn compare_function(&mut self, ty: &Type, span: Span) -> Result<(), Failed> {
        use Instruction as I;
        let (a, b) = self.two_places(ty);
        if self.m.program.own_method("PartialOrd", "partial_cmp", ty).is_some() {
            let found = self.temporary(2);
            self.own_call("PartialOrd", "partial_cmp", ty, &[a, b], Some(found), span)?;
            // What cannot be compared is neither less nor equal.
            let Place::Memory { base, offset } = found else { return Err(Failed) };
            self.code.get(base);
            self.code.op(I::I32Load8U(at(offset + 1)));
            self.code.i32(GREATER);
            self.code.get(base);
            self.code.ops([I::I32Load8U(at(offset)), I::Select]);
            return Ok(());
        }
        if self.own_call("Ord", "cmp", ty, &[a, b], None, span)? {
            return Ok(());
        }
        let result = self.code.local(ValType::I32);
        let exit = self.code.block();
        match ty {
            Type::Bool | Type::Integer(_) => self.compare_numbers(a, b, ty, result, span)?,
            Type::Word(bits) => {
                // From the top.
                for word in (0..bits / 64).rev() {
                    let long = Type::Integer(crate::types::IntegerType::USIZE);
                    let (a, b) = (self.within(a, 8 * word, span)?, self.within(b, 8 * word, span)?);
                    self.compare_numbers(a, b, &long, result, span)?;
                    self.leave_unless_equal(result, exit);
                }
            }
            Type::Reference(..) => {
                let (a, inner) = self.peeled(a, ty, span)?;
                let (b, _) = self.peeled(b, ty, span)?;
                self.order(a, b, &inner, span)?;
                self.code.set(result);
            }
            Type::Array(element, _) | Type::Slice(element) => {
                self.compare_elements(a, b, ty, element, result, exit, span)?;
            }
            _ if list_element(self.m.program, ty).is_some() => {
                let (a, inner) = self.field(a, ty, 0, span)?;
                let (b, _) = self.field(b, ty, 0, span)?;
                self.order(a, b, &inner, span)?;
                self.code.set(result);
            }
            Type::Adt(id, _) if self.m.program.adt(*id).is_enum => {
                let count = self.m.program.adt(*id).items.len();
                let tags = [(); 2].map(|()| self.code.local(ValType::I32));
                for (place, tag) in [(a, tags[0]), (b, tags[1])] {
                    self.push_tag(place, ty, span)?;
                    self.code.set(tag);
                }
                let number = Type::Integer(crate::types::IntegerType::U8);
                let places = tags.map(Place::Locals);
                self.compare_numbers(places[0], places[1], &number, result, span)?;
                self.leave_unless_equal(result, exit);
                for variant in 0..count as u32 {
                    let parts = self.m.variant_parts(ty, variant, span)?;
                    if parts.is_empty() {
                        continue;
                    }
                    self.code.get(tags[0]);
                    self.code.i32(variant);
                    self.code.op(I::I32Eq);
                    self.code.when();
                    for part in parts {
                        let (a, b) = (self.within(a, part.offset, span)?, self.within(b, part.offset, span)?);
                        self.order(a, b, &part.ty, span)?;
                        self.code.set(result);
                        self.leave_unless_equal(result, exit);
                    }
                    self.code.end();
                }
            }
            _ => {
                self.code.i32(EQUAL);
                self.code.set(result);
                for part in self.m.parts(ty, span)? {
                    let (a, b) = (self.within(a, part.offset, span)?, self.within(b, part.offset, span)?);
                    self.order(a, b, &part.ty, span)?;
                    self.code.set(result);
                    self.leave_unless_equal(result, exit);
                }
            }
        }
        self.code.end();
        self.code.get(result);
        Ok(())
    }

    fn leave_unless_equal(&mut self, result: u32, exit: super::code::Label) {
        self.code.get(result);
        self.code.i32(EQUAL);
        self.code.op(Instruction::I32Ne);
        self.code.leave_if(exit);
    }

    fn compare_numbers(
        &mut self,
        a: Place,
        b: Place,
        ty: &Type,
        result: u32,
        span: Span,
    ) -> Result<(), Failed> {
        // 1 + (a > b) - (a < b)
        self.code.i32(EQUAL);
        for (op, then) in [(BinaryOp::Greater, Instruction::I32Add), (BinaryOp::Less, Instruction::I32Sub)] {
            self.load(a, ty, span)?;
            self.load(b, ty, span)?;
            self.binary_numbers(op, ty, span)?;
            self.code.op(then);
        }
        self.code.set(result);
        Ok(())
    }

    #[allow(clippy::too_many_arguments, reason = "two lists, what they are of, and where the result goes")]
    fn compare_elements(
        &mut self,
        a: Place,
        b: Place,
        ty: &Type,
        element: &Type,
        result: u32,
        exit: super::code::Label,
        span: Span,
    ) -> Result<(), Failed> {
        use Instruction as I;
        // As many as the shorter one has; then the lengths decide.
        let shorter = self.code.local(ValType::I32);
        for place in [a, b, a, b] {
            self.push_count(place, ty, span)?;
        }
        self.code.ops([I::I32LtU, I::Select]);
        self.code.set(shorter);
        let start = self.code.local(ValType::I32);
        self.push_address(a, span)?;
        self.code.set(start);
        let common = Place::Slice { start, length: shorter };
        self.for_each_pair(common, b, ty, element, span, |this, a, b, span| {
            this.order(a, b, element, span)?;
            this.code.set(result);
            this.leave_unless_equal(result, exit);
            Ok(())
        })?;
        let counts = [(); 2].map(|()| self.code.local(ValType::I32));
        for (place, count) in [(a, counts[0]), (b, counts[1])] {
            self.push_count(place, ty, span)?;
            self.code.set(count);
        }
        let number =
            Type::Integer(crate::types::IntegerType { bits: 32, signed: false, pointer_sized: false });
        self.compare_numbers(Place::Locals(counts[0]), Place::Locals(counts[1]), &number, result, span)
    }
}
