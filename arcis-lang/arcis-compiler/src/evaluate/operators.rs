//! Operators and casts on words.

use arcis_circuit::{Op, WireId};

use super::value::Value;
use super::{Evaluator, Stop};
use crate::diagnostics::Diagnostic;
use crate::source::Span;
use crate::syntax::{BinaryOp, UnaryOp};
use crate::types::{IntegerType, Type};

impl Evaluator<'_, '_> {
    pub(super) fn unary(
        &mut self,
        op: UnaryOp,
        operand: WireId,
        ty: &Type,
        span: Span,
    ) -> Result<Value, Stop> {
        if let Type::Float(_) = ty {
            return self.float_call("neg", ty, &[operand], span);
        }
        Ok(Value::Word(match op {
            UnaryOp::Negate => self.graph.build(Op::Neg(operand), span),
            UnaryOp::Not => self.graph.build(Op::Not(operand), span),
        }))
    }

    /// An operator on two values, the left one of this type. `&&` and `||` are not among them.
    pub(super) fn binary(
        &mut self,
        op: BinaryOp,
        ty: &Type,
        left: &Value,
        right: &Value,
        span: Span,
    ) -> Result<WireId, Stop> {
        if op.is_comparison() {
            return self.compare(op, ty, left, right, span);
        }
        let (a, b) = (self.word_of(left, span)?, self.word_of(right, span)?);
        if let Type::Float(_) = ty {
            let name = op.operator_trait().map_or("", |(_, method)| method);
            let value = self.float_call(name, ty, &[a, b], span)?;
            return self.word_of(&value, span);
        }
        let signed = matches!(ty, Type::Integer(integer) if integer.signed);
        let op = match op {
            BinaryOp::Add => Op::Add(a, b),
            BinaryOp::Subtract => Op::Sub(a, b),
            BinaryOp::Multiply => Op::Mul(a, b),
            BinaryOp::Divide => Op::Div { a, b, signed },
            BinaryOp::Remainder => Op::Rem { a, b, signed },
            BinaryOp::BitAnd => Op::And(a, b),
            BinaryOp::BitOr => Op::Or(a, b),
            BinaryOp::BitXor => Op::Xor(a, b),
            BinaryOp::ShiftLeft => Op::Shl { a, by: self.shift_amount(a, b, span) },
            BinaryOp::ShiftRight if signed => Op::Sar { a, by: self.shift_amount(a, b, span) },
            BinaryOp::ShiftRight => Op::Shr { a, by: self.shift_amount(a, b, span) },
            _ => return Err(self.inconsistent(span, "an operator was treated before")),
        };
        Ok(self.graph.build(op, span))
    }

    /// The amount modulo the width, which is a power of two: its low bits.
    fn shift_amount(&mut self, a: WireId, by: WireId, span: Span) -> WireId {
        let bits = self.graph.width(a).trailing_zeros().clamp(1, self.graph.width(by));
        self.graph.build(Op::Slice { a: by, offset: 0, width: bits }, span)
    }

    /// Bits of a scalar of this type.
    pub(super) fn word_width(&mut self, ty: &Type, span: Span) -> Result<u32, Stop> {
        match ty {
            Type::Bool => Ok(1),
            Type::Integer(integer) => Ok(integer.bits.into()),
            Type::Float(bits) => Ok(float_width(*bits)),
            Type::Word(bits) => Ok(*bits),
            _ => Err(self.inconsistent(span, "a scalar type was expected")),
        }
    }

    /// `as` between scalars.
    pub(super) fn cast_word(
        &mut self,
        word: WireId,
        from: &Type,
        to: &Type,
        span: Span,
    ) -> Result<WireId, Stop> {
        if matches!(from, Type::Float(_)) || matches!(to, Type::Float(_)) {
            return self.cast_float(word, from, to, span);
        }
        let signed = matches!(from, Type::Integer(IntegerType { signed: true, .. }));
        let width = self.graph.width(word);
        let wanted = self.word_width(to, span)?;
        Ok(self.resized(word, width, wanted, signed, span))
    }

    /// A word with more or fewer bits.
    pub(super) fn resized(
        &mut self,
        word: WireId,
        width: u32,
        wanted: u32,
        signed: bool,
        span: Span,
    ) -> WireId {
        let op = if wanted >= width {
            Op::Extend { a: word, width: wanted, signed }
        } else {
            Op::Slice { a: word, offset: 0, width: wanted }
        };
        self.graph.build(op, span)
    }

    pub(super) fn float_constant(&mut self, value: f64, ty: &Type, span: Span) -> Result<Value, Stop> {
        let Type::Float(bits) = ty else {
            return Err(self.inconsistent(span, "a number of another type"));
        };
        let _ = (value, bits);
        Err(self.floats(span))
    }

    pub(super) fn float_call(
        &mut self,
        name: &str,
        ty: &Type,
        operands: &[WireId],
        span: Span,
    ) -> Result<Value, Stop> {
        let _ = (name, ty, operands);
        Err(self.floats(span))
    }

    fn cast_float(&mut self, word: WireId, from: &Type, to: &Type, span: Span) -> Result<WireId, Stop> {
        let _ = (word, from, to);
        Err(self.floats(span))
    }

    fn floats(&mut self, span: Span) -> Stop {
        self.stop(
            Diagnostic::new(span, "a floating-point number cannot be used in a circuit")
                .help("use integers in the smallest unit, such as cents"),
        )
    }
}

/// Bits of the word that a number with a point is.
pub(super) fn float_width(bits: u16) -> u32 {
    u32::from(bits)
}
