//! Operators and casts on words.

use arcis_circuit::library::{FixedFormat, FixedFunction, Gadget};
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

    /// A number with a point: so many halves of halves.
    pub(super) fn float_constant(&mut self, value: f64, ty: &Type, span: Span) -> Result<Value, Stop> {
        let Type::Float(bits) = ty else {
            return Err(self.inconsistent(span, "a number of another type"));
        };
        let width = float_width(*bits);
        let scaled = (value * 2f64.powi(float_fraction(*bits) as i32)).round();
        let limit = 2f64.powi(width as i32 - 1);
        if !(-limit..limit).contains(&scaled) {
            let message =
                format!("{value:?} does not fit the fixed-point numbers that `f{bits}` is in a circuit");
            return Err(self.stop(Diagnostic::new(span, message).help("use smaller numbers")));
        }
        Ok(Value::Word(self.graph.integer((scaled as i128).cast_unsigned(), width, span)))
    }

    /// An operation on numbers with a point.
    pub(super) fn float_call(
        &mut self,
        name: &str,
        ty: &Type,
        operands: &[WireId],
        span: Span,
    ) -> Result<Value, Stop> {
        let format = if *ty == Type::Float(32) { FixedFormat::F32 } else { FixedFormat::F64 };
        let function = match (name, operands) {
            ("add", [a, b]) => return Ok(Value::Word(self.graph.build(Op::Add(*a, *b), span))),
            ("sub", [a, b]) => return Ok(Value::Word(self.graph.build(Op::Sub(*a, *b), span))),
            ("neg", [a]) => return Ok(Value::Word(self.graph.build(Op::Neg(*a), span))),
            ("mul", [_, _]) => FixedFunction::Mul,
            ("div", [_, _]) => FixedFunction::Div,
            ("__sqrt", [_]) => FixedFunction::Sqrt,
            ("__exp", [_]) => FixedFunction::Exp,
            ("__exp2", [_]) => FixedFunction::Exp2,
            ("__ln", [_]) => FixedFunction::Ln,
            ("__log2", [_]) => FixedFunction::Log2,
            ("__sigmoid", [_]) => FixedFunction::Sigmoid,
            ("__logit", [_]) => FixedFunction::Logit,
            _ => {
                let message = "this operator cannot be applied to numbers with a point in a circuit";
                return Err(
                    self.stop(Diagnostic::new(span, message).help("use `+`, `-`, `*`, `/` and comparisons"))
                );
            }
        };
        let outputs = self.graph.call(&Gadget::Fixed { format, function }, operands.to_vec(), span);
        Ok(Value::Word(outputs[0]))
    }

    /// `as` to and from numbers with a point; towards integers, what is behind the point is dropped, and what is too large
    /// becomes the largest, as in Rust.
    fn cast_float(&mut self, word: WireId, from: &Type, to: &Type, span: Span) -> Result<WireId, Stop> {
        let width = self.graph.width(word);
        match (from, to) {
            (Type::Float(a), Type::Float(b)) => {
                let (from, to) = (float_fraction(*a), float_fraction(*b));
                let wanted = float_width(*b);
                if to >= from {
                    let wide = self.resized(word, width, wanted, true, span);
                    let by = self.graph.integer((to - from).into(), 32, span);
                    return Ok(self.graph.build(Op::Shl { a: wide, by }, span));
                }
                let by = self.graph.integer((from - to).into(), 32, span);
                let moved = self.graph.build(Op::Sar { a: word, by }, span);
                Ok(self.resized(moved, width, wanted, true, span))
            }
            (_, Type::Float(bits)) => {
                let signed = matches!(from, Type::Integer(IntegerType { signed: true, .. }));
                let wide = self.resized(word, width, float_width(*bits), signed, span);
                let by = self.graph.integer(float_fraction(*bits).into(), 32, span);
                Ok(self.graph.build(Op::Shl { a: wide, by }, span))
            }
            (Type::Float(bits), Type::Integer(integer)) => {
                // Towards zero: of a negative number, all that is behind the point but nothing is added first.
                let fraction = float_fraction(*bits);
                let sign = self.graph.build(Op::Slice { a: word, offset: width - 1, width: 1 }, span);
                let below = self.graph.integer((1u128 << fraction) - 1, width, span);
                let zero = self.graph.integer(0, width, span);
                let choice = Op::Select { condition: sign, when_true: below, when_false: zero };
                let added = self.graph.build(choice, span);
                let raised = self.graph.build(Op::Add(word, added), span);
                let by = self.graph.integer(fraction.into(), 32, span);
                let whole = self.graph.build(Op::Sar { a: raised, by }, span);
                let wanted = u32::from(integer.bits);
                let (least, most) = (integer.min_bits(), integer.max_bits());
                let mut result = whole;
                // The bounds, where the number can be outside of them.
                if !integer.signed {
                    result = self
                        .graph
                        .build(Op::Select { condition: sign, when_true: zero, when_false: result }, span);
                }
                if wanted < width - fraction {
                    let most = self.graph.integer(most, width, span);
                    let over = self.graph.build(Op::Less { a: most, b: result, signed: true }, span);
                    result = self
                        .graph
                        .build(Op::Select { condition: over, when_true: most, when_false: result }, span);
                    if integer.signed {
                        let unused = 128 - wanted;
                        let least = ((least << unused).cast_signed() >> unused).cast_unsigned();
                        let least = self.graph.integer(least, width, span);
                        let under = self.graph.build(Op::Less { a: result, b: least, signed: true }, span);
                        result = self.graph.build(
                            Op::Select { condition: under, when_true: least, when_false: result },
                            span,
                        );
                    }
                }
                Ok(self.resized(result, width, wanted, integer.signed, span))
            }
            _ => Err(self.inconsistent(span, "a number was expected")),
        }
    }
}

/// Bits of the word that a number with a point is.
pub(super) fn float_width(bits: u16) -> u32 {
    2 * u32::from(bits)
}

/// Bits of it behind the point.
pub(super) fn float_fraction(bits: u16) -> u32 {
    if bits == 32 { 24 } else { 52 }
}
