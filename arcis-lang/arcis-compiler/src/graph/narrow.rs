//! Narrowing: an operation on words whose high bits are known to be zero is done on fewer bits.
//!
//! `u64::from(a) < u64::from(b)` for bytes `a` and `b` is a comparison of bytes, and the sum of the two has nine bits.

use arcis_circuit::{Op, WireId};

use super::Graph;
use crate::source::Span;

impl Graph {
    /// Bits of a wire outside of which it is always zero.
    pub(crate) fn significant_bits(&self, wire: WireId) -> u32 {
        match self.op(wire) {
            Some(Op::Const(bits)) => {
                (0..bits.len()).rev().find(|&bit| bits.get(bit) == Some(true)).map_or(0, |bit| bit as u32 + 1)
            }
            Some(Op::Extend { a, signed: false, .. }) => self.significant_bits(*a),
            _ => self.width(wire),
        }
    }

    /// The operation on fewer bits, where its operands allow it.
    pub(super) fn narrowed(&mut self, op: &Op, span: Span) -> Option<WireId> {
        if let Op::Select { condition, when_true, when_false } = *op {
            return self.narrowed_select(condition, when_true, when_false, span);
        }
        let (Op::Eq(a, b)
        | Op::Add(a, b)
        | Op::Mul(a, b)
        | Op::Less { a, b, .. }
        | Op::Rem { a, b, signed: false }) = *op
        else {
            return None;
        };
        let width = self.width(a);
        let (a_bits, b_bits) = (self.significant_bits(a), self.significant_bits(b));
        let needed = match op {
            Op::Add(..) => a_bits.max(b_bits) + 1,
            Op::Mul(..) => a_bits + b_bits,
            _ => a_bits.max(b_bits),
        }
        .max(1);
        if needed >= width {
            return None;
        }
        let a = self.build(Op::Slice { a, offset: 0, width: needed }, span);
        let b = self.build(Op::Slice { a: b, offset: 0, width: needed }, span);
        let narrow = match op {
            Op::Eq(..) => Op::Eq(a, b),
            // A bit above the significant ones is zero, so neither is negative.
            Op::Less { .. } => Op::Less { a, b, signed: false },
            Op::Add(..) => Op::Add(a, b),
            Op::Mul(..) => Op::Mul(a, b),
            _ => Op::Rem { a, b, signed: false },
        };
        let result = self.build(narrow, span);
        Some(match op {
            Op::Eq(..) | Op::Less { .. } => result,
            _ => self.build(Op::Extend { a: result, width, signed: false }, span),
        })
    }

    /// A choice between words that both have zeros above, made without those.
    fn narrowed_select(&mut self, condition: WireId, yes: WireId, no: WireId, span: Span) -> Option<WireId> {
        let width = self.width(yes);
        let needed = self.significant_bits(yes).max(self.significant_bits(no)).max(1);
        if needed >= width {
            return None;
        }
        let [when_true, when_false] =
            [yes, no].map(|a| self.build(Op::Slice { a, offset: 0, width: needed }, span));
        let a = self.build(Op::Select { condition, when_true, when_false }, span);
        Some(self.build(Op::Extend { a, width, signed: false }, span))
    }

    /// The sum of words of this width.
    ///
    /// As many bits are added as the sum may have, constants first.
    pub(crate) fn sum(&mut self, words: &[WireId], width: u32, span: Span) -> WireId {
        let mut constant = self.constant(arcis_circuit::Bits::zeros(width as usize), span);
        let mut terms = Vec::with_capacity(words.len() + 1);
        for &word in words {
            if self.constant_value(word).is_some() {
                constant = self.build(Op::Add(constant, word), span);
            } else {
                terms.push(word);
            }
        }
        if !self.constant_value(constant).is_some_and(arcis_circuit::Bits::is_zero) {
            terms.push(constant);
        }
        if terms.is_empty() {
            return constant;
        }
        let widest = terms.iter().map(|term| self.significant_bits(*term)).max().unwrap_or(width);
        let carries = u32::BITS - (terms.len() as u32 - 1).leading_zeros();
        let needed = (widest + carries).clamp(1, width);
        let words =
            terms.into_iter().map(|a| self.build(Op::Slice { a, offset: 0, width: needed }, span)).collect();
        let a = self.build(Op::Sum { words }, span);
        self.build(Op::Extend { a, width, signed: false }, span)
    }
}
