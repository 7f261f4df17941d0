//! What the prelude leaves to the compiler.

use wasm_encoder::{Instruction, ValType};

use super::code::at;
use super::function::{Place, Sink, Writer};
use super::layout::Repr;
use super::module::Failed;
use crate::source::Span;
use crate::tree::Expr;
use crate::types::{IntegerType, Type, Types};

impl Writer<'_, '_, '_> {
    /// Runs an intrinsic: a result in memory goes to the sink, others are pushed.
    pub(super) fn intrinsic(
        &mut self,
        name: &str,
        generics: &Types,
        arguments: &[Expr],
        result: &Type,
        sink: Option<Sink>,
        span: Span,
    ) -> Result<(), Failed> {
        use Instruction as I;
        let first = generics.first().cloned().unwrap_or(Type::Error);
        let first = self.m.program.normalized(&first);
        let layout = self.layout(result, span)?;
        let memory = |this: &mut Self| sink.unwrap_or_else(|| this.temporary(layout.size).sink());
        match (name, arguments) {
            ("__reveal", [value]) => match layout.repr {
                Repr::Memory => {
                    let sink = memory(self);
                    self.emit(value, sink)
                }
                _ => self.push(value),
            },
            ("__len", [slice]) => {
                self.push(slice)?;
                let length = self.code.local(ValType::I32);
                self.code.set(length);
                self.code.op(I::Drop);
                self.code.get(length);
                self.code.op(I::I64ExtendI32U);
                Ok(())
            }
            ("__is_known" | "__is_public", [value]) => {
                self.discard(value)?;
                self.code.i32(1);
                Ok(())
            }
            // Public code sorts otherwise: the prelude asks `__in_the_clear` first.
            ("__network", [count]) => {
                self.discard(count)?;
                self.code.op(I::Unreachable);
                Ok(())
            }
            ("__in_the_clear", []) => {
                self.code.i32(1);
                Ok(())
            }
            ("__zeroed", []) => {
                if layout.repr == Repr::Memory {
                    let Sink::Memory { base, offset } = memory(self) else { return Ok(()) };
                    return self.write_default(Place::Memory { base, offset }, &first, span);
                }
                let place = self.temporary(layout.size);
                self.write_default(place, &first, span)?;
                self.load(place, &first, span)
            }
            ("__copy", [reference]) => {
                self.push(reference)?;
                let place = self.referenced_place(&first);
                if layout.repr == Repr::Memory {
                    let sink = memory(self);
                    return self.copy_value(place, &first, sink, span);
                }
                self.load(place, &first, span)
            }
            ("__from_bytes" | "__to_bytes", [value]) => {
                // Words lie in memory as their bytes.
                let own = self.own_type(value)?;
                let from = self.layout(&own, value.span)?;
                let place = self.temporary(from.size);
                self.emit(value, place.sink())?;
                if layout.repr == Repr::Memory {
                    let sink = memory(self);
                    self.push_address(place, span)?;
                    self.store(layout, sink);
                    return Ok(());
                }
                self.load(place, result, span)
            }
            ("__count_ones" | "__leading_zeros", [value]) => {
                self.push(value)?;
                self.count_bits(name == "__count_ones", &first, span)
            }
            ("__reverse_bits" | "__overflowing_add" | "__overflowing_sub" | "__overflowing_mul", _) => {
                let helper = name.replacen("__", "__clear_", 1);
                self.call_prelude(&helper, generics.clone(), arguments, sink, span)
            }
            ("__multiply_wide", _) => {
                self.call_prelude("__clear_multiply_wide", generics.clone(), arguments, sink, span)
            }
            ("__verify", _) => self.call_prelude("__clear_verify", generics.clone(), arguments, sink, span),
            ("__tree", _) => self.call_prelude("__clear_tree", generics.clone(), arguments, sink, span),
            ("__element", [slice, index]) => {
                self.push(slice)?;
                let place = self.referenced_place(&Type::Slice(first.clone().into()));
                self.push(index)?;
                let (element, _) = self.element(place, &Type::Slice(first.into()), span)?;
                self.push_address(element, span)
            }
            ("__range", [slice, start, end]) => {
                let ty = Type::Slice(first.into());
                self.push(slice)?;
                let place = self.referenced_place(&ty);
                let limits = [self.code.local(ValType::I64), self.code.local(ValType::I64)];
                for (limit, value) in limits.iter().zip([start, end]) {
                    self.push(value)?;
                    self.code.set(*limit);
                }
                let (part, own) = self.part(place, &ty, limits, false, span)?;
                self.load(part, &Type::reference(false, own), span)
            }
            ("__array_from_fn", [function]) => {
                let Some(Type::Constant(count)) =
                    generics.iter().find(|ty| matches!(ty, Type::Constant(_))).cloned()
                else {
                    return Err(self.m.inconsistent(span, "an array without a length"));
                };
                let sink = memory(self);
                self.array_from_fn(count as u64, function, &first, sink, span)
            }
            ("__empty_list", []) => {
                let Sink::Memory { base, offset } = memory(self) else { return Ok(()) };
                for word in 0..3 {
                    self.code.get(base);
                    self.code.ops([I::I32Const(0), I::I32Store(at(offset + 4 * word))]);
                }
                Ok(())
            }
            ("__push", [list, value]) => self.push_to_list(list, value, &first, span),
            ("__list_of", [array]) => {
                let own = self.own_type(array)?;
                let size = self.layout(&own, span)?.size;
                let place = self.temporary(size);
                self.emit(array, place.sink())?;
                let Type::Array(_, length) = &own else {
                    return Err(self.m.inconsistent(span, "an array was expected"));
                };
                let Type::Constant(length) = **length else {
                    return Err(self.m.inconsistent(span, "an array without a length"));
                };
                let sink = memory(self);
                self.list_of(place, size, length as u32, sink, span)
            }
            ("__reference_elements", [slice]) => {
                let sink = memory(self);
                self.reference_elements(slice, &first, sink, span)
            }
            ("__is_plain_order", []) => {
                let program = self.m.program;
                let plain = !program.has_own("PartialOrd", &first) && !program.has_own("Ord", &first);
                self.code.i32(u32::from(plain));
                Ok(())
            }
            ("__random" | "__random_bits" | "__shuffle", _) => Err(self.unsupported(
                span,
                "randomness",
                "draw it in the circuit and pass it on once it is revealed: all nodes have to come to the same result",
            )),
            ("__hash", _) => Err(self.unsupported(
                span,
                "a hash",
                "hash in the circuit, where public data costs nothing, and pass the digest",
            )),
            ("__mxe" | "__owner_of_key", _) => {
                Err(self.unsupported(span, "an owner", "encrypt in the instruction, after the call"))
            }
            _ => Err(self.unsupported(
                span,
                &format!("`{}`", name.trim_start_matches('_')),
                "work it out in the circuit, and pass the result",
            )),
        }
    }

    /// Pops a number of its type and pushes how many bits are set, or how many zeros are above them.
    fn count_bits(&mut self, ones: bool, ty: &Type, span: Span) -> Result<(), Failed> {
        use Instruction as I;
        let Type::Integer(IntegerType { bits, .. }) = *ty else {
            return Err(self.m.inconsistent(span, "an integer was expected"));
        };
        match bits {
            128 => {
                let first = self.code.locals_for(Repr::I128);
                self.code.pop(Repr::I128, first);
                let count = |this: &mut Self, local: u32| {
                    this.code.get(local);
                    this.code.ops([if ones { I::I64Popcnt } else { I::I64Clz }, I::I32WrapI64]);
                };
                count(self, first + 1);
                if ones {
                    count(self, first);
                    self.code.op(I::I32Add);
                } else {
                    count(self, first);
                    self.code.ops([I::I32Const(64), I::I32Add]);
                    self.code.get(first + 1);
                    self.code.ops([I::I64Const(0), I::I64Ne, I::Select]);
                }
            }
            64 => self.code.ops([if ones { I::I64Popcnt } else { I::I64Clz }, I::I32WrapI64]),
            bits => {
                if bits < 32 {
                    self.code.i32((1 << bits) - 1);
                    self.code.op(I::I32And);
                }
                self.code.op(if ones { I::I32Popcnt } else { I::I32Clz });
                if !ones && bits < 32 {
                    self.code.i32(32 - u32::from(bits));
                    self.code.op(I::I32Sub);
                }
            }
        }
        Ok(())
    }
}
