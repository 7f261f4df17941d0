//! Operators and casts on words.

use arcis_circuit::{Op, WireId};

use super::value::Value;
use super::{Evaluator, Stop};
use crate::source::Span;
use crate::syntax::{BinaryOp, UnaryOp};
use crate::types::Type;

/// Widest word that parts are put together in to be compared at once.
const MAX_COMPARED_WIDTH: u32 = arcis_circuit::circuit::MAX_WORD_WIDTH;

impl Evaluator<'_> {
    pub(super) fn unary(&mut self, op: UnaryOp, operand: WireId, span: Span) -> WireId {
        match op {
            UnaryOp::Negate => self.graph.build(Op::Neg(operand), span),
            UnaryOp::Not => self.graph.build(Op::Not(operand), span),
        }
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
        if matches!(op, BinaryOp::Equal | BinaryOp::NotEqual) {
            let equal = self.equal(left, right, span)?;
            return Ok(if op == BinaryOp::Equal { equal } else { self.graph.build(Op::Not(equal), span) });
        }
        let (a, b) = (self.word_of(left, span)?, self.word_of(right, span)?);
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
            BinaryOp::Less => Op::Less { a, b, signed },
            BinaryOp::Greater => Op::Less { a: b, b: a, signed },
            BinaryOp::LessOrEqual => return Ok(self.not_less(b, a, signed, span)),
            BinaryOp::GreaterOrEqual => return Ok(self.not_less(a, b, signed, span)),
            BinaryOp::And | BinaryOp::Or | BinaryOp::Equal | BinaryOp::NotEqual => {
                return Err(self.inconsistent(span, "an operator was treated before"));
            }
        };
        Ok(self.graph.build(op, span))
    }

    fn not_less(&mut self, a: WireId, b: WireId, signed: bool, span: Span) -> WireId {
        let less = self.graph.build(Op::Less { a, b, signed }, span);
        self.graph.build(Op::Not(less), span)
    }

    /// The amount modulo the width, which is a power of two: its low bits.
    fn shift_amount(&mut self, a: WireId, by: WireId, span: Span) -> WireId {
        let bits = self.graph.width(a).trailing_zeros().clamp(1, self.graph.width(by));
        self.graph.build(Op::Slice { a: by, offset: 0, width: bits }, span)
    }

    /// Whether two values are equal, all parts at once: a comparison of one wide word.
    fn equal(&mut self, left: &Value, right: &Value, span: Span) -> Result<WireId, Stop> {
        let (Some(left), Some(right)) = (left.words(), right.words()) else {
            return Err(self.inconsistent(span, "plain data was expected"));
        };
        let mut result = None;
        let mut group: (Vec<WireId>, Vec<WireId>, u32) = (Vec::new(), Vec::new(), 0);
        for (left, right) in left.into_iter().zip(right) {
            let width = self.graph.width(left);
            if group.2 + width > MAX_COMPARED_WIDTH {
                result = Some(self.group_equal(std::mem::take(&mut group), result, span));
            }
            group.0.push(left);
            group.1.push(right);
            group.2 += width;
        }
        if group.0.is_empty() {
            return Ok(result.unwrap_or_else(|| self.graph.bool(true, span)));
        }
        Ok(self.group_equal(group, result, span))
    }

    fn group_equal(
        &mut self,
        (left, right, _): (Vec<WireId>, Vec<WireId>, u32),
        so_far: Option<WireId>,
        span: Span,
    ) -> WireId {
        let left = self.graph.build(Op::Concat(left), span);
        let right = self.graph.build(Op::Concat(right), span);
        let equal = self.graph.build(Op::Eq(left, right), span);
        match so_far {
            Some(so_far) => self.graph.build(Op::And(so_far, equal), span),
            None => equal,
        }
    }

    /// `as`
    pub(super) fn cast(&mut self, word: WireId, from: &Type, to: &Type, span: Span) -> Result<WireId, Stop> {
        if from == to {
            return Ok(word);
        }
        let to = self.integer_type(to, span)?;
        let (signed, width) = match from {
            Type::Bool => (false, 1),
            _ => {
                let from = self.integer_type(from, span)?;
                (from.signed, u32::from(from.bits))
            }
        };
        let op = if u32::from(to.bits) >= width {
            Op::Extend { a: word, width: to.bits.into(), signed }
        } else {
            Op::Slice { a: word, offset: 0, width: to.bits.into() }
        };
        Ok(self.graph.build(op, span))
    }
}
