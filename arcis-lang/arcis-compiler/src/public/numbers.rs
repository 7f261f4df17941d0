//! Arithmetic, with the meaning that it has in circuits: it wraps, shifts count modulo the width, and a quotient by zero is all
//! ones, the remainder the dividend.
//!
//! Integers of up to 32 bits are kept in one 32-bit number, extended by their sign or with zeros.

use wasm_encoder::{Instruction, ValType};

use super::function::{Sink, Writer};
use super::layout::Repr;
use super::module::{Failed, Instance, ShiftKind};
use crate::source::Span;
use crate::syntax::{BinaryOp, UnaryOp};
use crate::tree::Expr;
use crate::types::{IntegerType, Type};

impl Writer<'_, '_, '_> {
    pub(super) fn push_integer(&mut self, value: u128, ty: &Type, repr: Repr) {
        match repr {
            Repr::I64 => self.code.i64(value as u64),
            Repr::I128 => {
                self.code.i64(value as u64);
                self.code.i64((value >> 64) as u64);
            }
            Repr::I32 => {
                let (bits, signed) = width(ty);
                let unused = 32 - bits;
                let word = (value as u32) << unused;
                let word =
                    if signed { (word.cast_signed() >> unused).cast_unsigned() } else { word >> unused };
                self.code.i32(word);
            }
            Repr::Unit | Repr::Fat | Repr::Memory => {}
        }
    }

    /// Brings a 32-bit number back to the width of its type.
    fn normalize(&mut self, ty: &Type) {
        use Instruction as I;
        match width(ty) {
            (32, _) => {}
            (16, true) => self.code.op(I::I32Extend16S),
            (8, true) => self.code.op(I::I32Extend8S),
            (bits, _) => {
                self.code.i32((1 << bits) - 1);
                self.code.op(I::I32And);
            }
        }
    }

    pub(super) fn unary(&mut self, op: UnaryOp, ty: &Type, repr: Repr) {
        use Instruction as I;
        if *ty == Type::Bool {
            self.code.op(I::I32Eqz);
            return;
        }
        match (op, repr) {
            (UnaryOp::Not, Repr::I32) => {
                self.code.ops([I::I32Const(-1), I::I32Xor]);
                self.normalize(ty);
            }
            (UnaryOp::Not, Repr::I64) => self.code.ops([I::I64Const(-1), I::I64Xor]),
            (UnaryOp::Negate, Repr::I32) => {
                let operand = self.code.local(ValType::I32);
                self.code.set(operand);
                self.code.i32(0);
                self.code.get(operand);
                self.code.op(I::I32Sub);
                self.normalize(ty);
            }
            (UnaryOp::Negate, Repr::I64) => {
                let operand = self.code.local(ValType::I64);
                self.code.set(operand);
                self.code.i64(0);
                self.code.get(operand);
                self.code.op(I::I64Sub);
            }
            (UnaryOp::Not, _) => {
                let first = self.code.locals_for(Repr::I128);
                self.code.pop(Repr::I128, first);
                for word in 0..2 {
                    self.code.get(first + word);
                    self.code.ops([I::I64Const(-1), I::I64Xor]);
                }
            }
            (UnaryOp::Negate, _) => {
                let [zero, operand] = [(); 2].map(|()| self.code.locals_for(Repr::I128));
                self.code.pop(Repr::I128, operand);
                for word in 0..2 {
                    self.code.i64(0);
                    self.code.set(zero + word);
                }
                self.subtract_long(zero, operand);
            }
        }
    }

    /// An operator between two expressions.
    pub(super) fn binary(
        &mut self,
        op: BinaryOp,
        left: &Expr,
        right: &Expr,
        span: Span,
    ) -> Result<(), Failed> {
        let ty = self.own_type(left)?;
        let scalar = |ty: &Type| matches!(ty, Type::Bool | Type::Integer(_));
        if op.is_comparison() && !scalar(&ty) {
            return self.comparison(op, left, right, span);
        }
        self.push(left)?;
        self.push(right)?;
        if op.is_shift() {
            let amount = self.own_type(right)?;
            self.shift_amount(&ty, &amount);
        }
        self.binary_numbers(op, &ty, span)
    }

    pub(super) fn assign_op(
        &mut self,
        op: BinaryOp,
        place: &Expr,
        value: &Expr,
        span: Span,
    ) -> Result<(), Failed> {
        let value_type = self.own_type(value)?;
        let repr = self.layout(&value_type, span)?.repr;
        let kept = self.code.locals_for(repr);
        self.emit(value, Sink::Locals(kept))?;
        let (target, ty) = self.place(place)?;
        let layout = self.layout(&ty, span)?;
        self.load(target, &ty, span)?;
        self.code.push(repr, kept);
        if op.is_shift() {
            self.shift_amount(&ty, &value_type);
        }
        self.binary_numbers(op, &ty, span)?;
        self.store(layout, target.sink());
        Ok(())
    }

    /// Makes the amount of a shift, at the top of the stack, a 32-bit number below the width.
    fn shift_amount(&mut self, ty: &Type, amount: &Type) {
        use Instruction as I;
        match width(amount).0 {
            128 => self.code.ops([I::Drop, I::I32WrapI64]),
            64 => self.code.op(I::I32WrapI64),
            _ => {}
        }
        self.code.i32(width(ty).0 - 1);
        self.code.op(I::I32And);
    }

    /// Pops two numbers of a type (the amount of a shift is a 32-bit number) and pushes the result.
    pub(super) fn binary_numbers(&mut self, op: BinaryOp, ty: &Type, span: Span) -> Result<(), Failed> {
        match self.layout(ty, span)?.repr {
            Repr::I32 => {
                self.binary_word(op, ty);
                Ok(())
            }
            Repr::I64 => {
                self.binary_long(op, ty);
                Ok(())
            }
            Repr::I128 => self.binary_longest(op, ty, span),
            _ => Err(self.m.inconsistent(span, "numbers were expected")),
        }
    }

    fn binary_word(&mut self, op: BinaryOp, ty: &Type) {
        use Instruction as I;
        let signed = width(ty).1;
        let instruction = match op {
            BinaryOp::Add => I::I32Add,
            BinaryOp::Subtract => I::I32Sub,
            BinaryOp::Multiply => I::I32Mul,
            BinaryOp::BitXor => I::I32Xor,
            BinaryOp::BitAnd | BinaryOp::And => I::I32And,
            BinaryOp::BitOr | BinaryOp::Or => I::I32Or,
            BinaryOp::ShiftLeft => I::I32Shl,
            BinaryOp::ShiftRight if signed => I::I32ShrS,
            BinaryOp::ShiftRight => I::I32ShrU,
            BinaryOp::Equal => I::I32Eq,
            BinaryOp::NotEqual => I::I32Ne,
            BinaryOp::Less if signed => I::I32LtS,
            BinaryOp::Less => I::I32LtU,
            BinaryOp::LessOrEqual if signed => I::I32LeS,
            BinaryOp::LessOrEqual => I::I32LeU,
            BinaryOp::Greater if signed => I::I32GtS,
            BinaryOp::Greater => I::I32GtU,
            BinaryOp::GreaterOrEqual if signed => I::I32GeS,
            BinaryOp::GreaterOrEqual => I::I32GeU,
            BinaryOp::Divide | BinaryOp::Remainder => {
                self.divide_word(op, signed);
                self.normalize(ty);
                return;
            }
        };
        self.code.op(instruction);
        if !op.is_comparison() && *ty != Type::Bool {
            self.normalize(ty);
        }
    }

    /// The divisor is one where the hardware would stop: zero, and -1 of signed numbers.
    fn divide_word(&mut self, op: BinaryOp, signed: bool) {
        use Instruction as I;
        let [a, b, safe] = [(); 3].map(|()| self.code.local(ValType::I32));
        self.code.set(b);
        self.code.set(a);
        self.code.i32(1);
        self.code.get(b);
        self.code.get(b);
        self.code.op(I::I32Eqz);
        if signed {
            self.code.get(b);
            self.code.ops([I::I32Const(-1), I::I32Eq, I::I32Or]);
        }
        self.code.op(I::Select);
        self.code.set(safe);
        let quotient = op == BinaryOp::Divide;
        // What it is by zero, then what it is otherwise.
        if quotient {
            self.code.op(I::I32Const(-1));
        } else {
            self.code.get(a);
        }
        if signed {
            if quotient {
                self.code.i32(0);
                self.code.get(a);
                self.code.op(I::I32Sub);
            } else {
                self.code.i32(0);
            }
        }
        self.code.get(a);
        self.code.get(safe);
        self.code.op(match (quotient, signed) {
            (true, true) => I::I32DivS,
            (true, false) => I::I32DivU,
            (false, true) => I::I32RemS,
            (false, false) => I::I32RemU,
        });
        if signed {
            self.code.get(b);
            self.code.ops([I::I32Const(-1), I::I32Eq, I::Select]);
        }
        self.code.get(b);
        self.code.ops([I::I32Eqz, I::Select]);
    }

    fn binary_long(&mut self, op: BinaryOp, ty: &Type) {
        use Instruction as I;
        let signed = width(ty).1;
        let instruction = match op {
            BinaryOp::Add => I::I64Add,
            BinaryOp::Subtract => I::I64Sub,
            BinaryOp::Multiply => I::I64Mul,
            BinaryOp::BitXor => I::I64Xor,
            BinaryOp::BitAnd | BinaryOp::And => I::I64And,
            BinaryOp::BitOr | BinaryOp::Or => I::I64Or,
            BinaryOp::ShiftLeft | BinaryOp::ShiftRight => {
                self.code.op(I::I64ExtendI32U);
                match (op, signed) {
                    (BinaryOp::ShiftLeft, _) => I::I64Shl,
                    (_, true) => I::I64ShrS,
                    (_, false) => I::I64ShrU,
                }
            }
            BinaryOp::Equal => I::I64Eq,
            BinaryOp::NotEqual => I::I64Ne,
            BinaryOp::Less if signed => I::I64LtS,
            BinaryOp::Less => I::I64LtU,
            BinaryOp::LessOrEqual if signed => I::I64LeS,
            BinaryOp::LessOrEqual => I::I64LeU,
            BinaryOp::Greater if signed => I::I64GtS,
            BinaryOp::Greater => I::I64GtU,
            BinaryOp::GreaterOrEqual if signed => I::I64GeS,
            BinaryOp::GreaterOrEqual => I::I64GeU,
            BinaryOp::Divide | BinaryOp::Remainder => {
                self.divide_long(op, signed);
                return;
            }
        };
        self.code.op(instruction);
    }

    /// As [`divide_word`](Self::divide_word).
    fn divide_long(&mut self, op: BinaryOp, signed: bool) {
        use Instruction as I;
        let [a, b, safe] = [(); 3].map(|()| self.code.local(ValType::I64));
        self.code.set(b);
        self.code.set(a);
        self.code.i64(1);
        self.code.get(b);
        self.code.get(b);
        self.code.op(I::I64Eqz);
        if signed {
            self.code.get(b);
            self.code.ops([I::I64Const(-1), I::I64Eq, I::I32Or]);
        }
        self.code.op(I::Select);
        self.code.set(safe);
        let quotient = op == BinaryOp::Divide;
        if quotient {
            self.code.op(I::I64Const(-1));
        } else {
            self.code.get(a);
        }
        if signed {
            self.code.i64(0);
            if quotient {
                self.code.get(a);
                self.code.op(I::I64Sub);
            }
        }
        self.code.get(a);
        self.code.get(safe);
        self.code.op(match (quotient, signed) {
            (true, true) => I::I64DivS,
            (true, false) => I::I64DivU,
            (false, true) => I::I64RemS,
            (false, false) => I::I64RemU,
        });
        if signed {
            self.code.get(b);
            self.code.ops([I::I64Const(-1), I::I64Eq, I::Select]);
        }
        self.code.get(b);
        self.code.ops([I::I64Eqz, I::Select]);
    }

    fn binary_longest(&mut self, op: BinaryOp, ty: &Type, span: Span) -> Result<(), Failed> {
        use Instruction as I;
        let signed = width(ty).1;
        match op {
            BinaryOp::Multiply => return self.call_instance(Instance::Multiply, span),
            BinaryOp::ShiftLeft => return self.call_instance(Instance::Shift(ShiftKind::Left), span),
            BinaryOp::ShiftRight => {
                let kind = if signed { ShiftKind::RightSigned } else { ShiftKind::Right };
                return self.call_instance(Instance::Shift(kind), span);
            }
            BinaryOp::Divide | BinaryOp::Remainder => return self.divide_longest(op, signed, span),
            _ => {}
        }
        let [a, b] = [(); 2].map(|()| self.code.locals_for(Repr::I128));
        self.code.pop(Repr::I128, b);
        self.code.pop(Repr::I128, a);
        match op {
            BinaryOp::Add => {
                let low = self.code.local(ValType::I64);
                self.code.get(a);
                self.code.get(b);
                self.code.op(I::I64Add);
                self.code.set(low);
                self.code.get(low);
                self.code.get(a + 1);
                self.code.get(b + 1);
                self.code.op(I::I64Add);
                self.code.get(low);
                self.code.get(a);
                self.code.ops([I::I64LtU, I::I64ExtendI32U, I::I64Add]);
            }
            BinaryOp::Subtract => self.subtract_long(a, b),
            BinaryOp::BitXor | BinaryOp::BitAnd | BinaryOp::BitOr => {
                for word in 0..2 {
                    self.code.get(a + word);
                    self.code.get(b + word);
                    self.code.op(match op {
                        BinaryOp::BitXor => I::I64Xor,
                        BinaryOp::BitAnd => I::I64And,
                        _ => I::I64Or,
                    });
                }
            }
            BinaryOp::Equal | BinaryOp::NotEqual => {
                for word in 0..2 {
                    self.code.get(a + word);
                    self.code.get(b + word);
                    self.code.op(I::I64Xor);
                }
                self.code.ops([I::I64Or, I::I64Eqz]);
                if op == BinaryOp::NotEqual {
                    self.code.op(I::I32Eqz);
                }
            }
            BinaryOp::Less => self.less_long(a, b, signed),
            BinaryOp::Greater => self.less_long(b, a, signed),
            BinaryOp::LessOrEqual => {
                self.less_long(b, a, signed);
                self.code.op(I::I32Eqz);
            }
            BinaryOp::GreaterOrEqual => {
                self.less_long(a, b, signed);
                self.code.op(I::I32Eqz);
            }
            _ => return Err(self.m.inconsistent(span, "an operator was treated before")),
        }
        Ok(())
    }

    fn subtract_long(&mut self, a: u32, b: u32) {
        use Instruction as I;
        self.code.get(a);
        self.code.get(b);
        self.code.op(I::I64Sub);
        self.code.get(a + 1);
        self.code.get(b + 1);
        self.code.op(I::I64Sub);
        self.code.get(a);
        self.code.get(b);
        self.code.ops([I::I64LtU, I::I64ExtendI32U, I::I64Sub]);
    }

    fn less_long(&mut self, a: u32, b: u32, signed: bool) {
        use Instruction as I;
        self.code.get(a);
        self.code.get(b);
        self.code.op(I::I64LtU);
        self.code.get(a + 1);
        self.code.get(b + 1);
        self.code.op(if signed { I::I64LtS } else { I::I64LtU });
        self.code.get(a + 1);
        self.code.get(b + 1);
        self.code.ops([I::I64Eq, I::Select]);
    }

    /// Pops two 128-bit numbers and divides them, by a function of the prelude.
    fn divide_longest(&mut self, op: BinaryOp, signed: bool, span: Span) -> Result<(), Failed> {
        let name = match (op == BinaryOp::Divide, signed) {
            (true, false) => "__clear_div_u128",
            (false, false) => "__clear_rem_u128",
            (true, true) => "__clear_div_i128",
            (false, true) => "__clear_rem_i128",
        };
        let Some(id) = self.m.program.prelude_function(name) else {
            return Err(self.m.inconsistent(span, "a function of the prelude is missing"));
        };
        self.call_instance(Instance::Function(id, [].into()), span)
    }

    /// `as`
    pub(super) fn cast(&mut self, value: &Expr, to: &Type, span: Span) -> Result<(), Failed> {
        use Instruction as I;
        let from = self.own_type(value)?;
        if let Type::Adt(id, _) = &from {
            let numbers = self.m.program.discriminants(*id);
            let layout = self.layout(to, span)?;
            let (place, own) = self.place(value)?;
            let tag = self.code.local(ValType::I32);
            self.push_tag(place, &own, span)?;
            self.code.set(tag);
            let found = self.code.locals_for(layout.repr);
            self.push_integer(0, to, layout.repr);
            self.code.pop(layout.repr, found);
            for (variant, number) in numbers.iter().enumerate() {
                self.code.get(tag);
                self.code.i32(variant as u32);
                self.code.op(I::I32Eq);
                self.code.when();
                self.push_integer(*number, to, layout.repr);
                self.code.pop(layout.repr, found);
                self.code.end();
            }
            self.code.push(layout.repr, found);
            return Ok(());
        }
        let (from_layout, to_layout) = (self.layout(&from, span)?, self.layout(to, span)?);
        self.push(value)?;
        if from == *to {
            return Ok(());
        }
        let signed = width(&from).1;
        match (from_layout.repr, to_layout.repr) {
            (Repr::I32, Repr::I32) => self.normalize(to),
            (Repr::I32, Repr::I64) => {
                self.code.op(if signed { I::I64ExtendI32S } else { I::I64ExtendI32U });
            }
            (Repr::I32 | Repr::I64, Repr::I128) => {
                if from_layout.repr == Repr::I32 {
                    self.code.op(if signed { I::I64ExtendI32S } else { I::I64ExtendI32U });
                }
                let low = self.code.local(ValType::I64);
                self.code.set(low);
                self.code.get(low);
                if signed {
                    self.code.get(low);
                    self.code.ops([I::I64Const(63), I::I64ShrS]);
                } else {
                    self.code.i64(0);
                }
            }
            (Repr::I64, Repr::I32) => {
                self.code.op(I::I32WrapI64);
                self.normalize(to);
            }
            (Repr::I128, Repr::I32) => {
                self.code.ops([I::Drop, I::I32WrapI64]);
                self.normalize(to);
            }
            (Repr::I128, Repr::I64) => self.code.op(I::Drop),
            (a, b) if a == b => {}
            _ => return Err(self.m.inconsistent(span, "a cast between other things than numbers")),
        }
        Ok(())
    }
}

/// Bits of a number, and whether it is signed; bools are numbers of one bit, but kept as if they had 32.
fn width(ty: &Type) -> (u32, bool) {
    match ty {
        Type::Integer(IntegerType { bits, signed, .. }) => (u32::from(*bits), *signed),
        _ => (32, false),
    }
}
