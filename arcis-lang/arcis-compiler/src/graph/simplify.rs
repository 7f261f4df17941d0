//! The rules by which an operation becomes a cheaper one or none at all.
//!
//! Bit movements (slices, concatenations, extensions, shifts by constants) cost nothing in any protocol, nor does what is
//! public; a secret `And` per bit is what counts.

use arcis_circuit::{Bits, Op, WireId};

use super::{Graph, fold};
use crate::source::Span;

impl Graph {
    /// The wire of an operation, after simplification.
    pub fn build(&mut self, op: Op, span: Span) -> WireId {
        if let Some(value) = fold::fold(self, &op) {
            return self.constant(value, span);
        }
        let op = self.canonical(op);
        if let Some(wire) = self.simplified(&op, span) {
            return wire;
        }
        if let Some(wire) = self.narrowed(&op, span) {
            return wire;
        }
        self.intern(op, span)
    }

    /// Operands that may be exchanged in one order: a constant last, otherwise the older wire first.
    fn canonical(&self, op: Op) -> Op {
        let ordered = |a: WireId, b: WireId| {
            let key = |wire| (self.constant_value(wire).is_some(), wire);
            if key(a) <= key(b) { (a, b) } else { (b, a) }
        };
        match op {
            Op::Xor(a, b) => {
                let (a, b) = ordered(a, b);
                Op::Xor(a, b)
            }
            Op::And(a, b) => {
                let (a, b) = ordered(a, b);
                Op::And(a, b)
            }
            Op::Or(a, b) => {
                let (a, b) = ordered(a, b);
                Op::Or(a, b)
            }
            Op::Add(a, b) => {
                let (a, b) = ordered(a, b);
                Op::Add(a, b)
            }
            Op::Mul(a, b) => {
                let (a, b) = ordered(a, b);
                Op::Mul(a, b)
            }
            Op::Eq(a, b) => {
                let (a, b) = ordered(a, b);
                Op::Eq(a, b)
            }
            other => other,
        }
    }

    fn zeros(&mut self, width: u32, span: Span) -> WireId {
        self.constant(Bits::zeros(width as usize), span)
    }

    fn ones(&mut self, width: u32, span: Span) -> WireId {
        self.constant(Bits::ones(width as usize), span)
    }

    fn is_zero(&self, wire: WireId) -> bool {
        self.constant_value(wire).is_some_and(Bits::is_zero)
    }

    fn is_ones(&self, wire: WireId) -> bool {
        self.constant_value(wire).is_some_and(|bits| *bits == Bits::ones(bits.len()))
    }

    fn is_one(&self, wire: WireId) -> bool {
        self.constant_value(wire).is_some_and(|bits| bits.to_u64() == Some(1))
    }

    /// The place of its only bit, when the wire is a constant power of two.
    fn power_of_two(&self, wire: WireId) -> Option<u32> {
        let bits = self.constant_value(wire)?;
        let mut set = bits.iter().enumerate().filter(|(_, bit)| *bit);
        let (place, _) = set.next()?;
        set.next().is_none().then_some(place as u32)
    }

    /// Whether one is the complement of the other.
    fn are_complements(&self, a: WireId, b: WireId) -> bool {
        matches!(self.op(a), Some(Op::Not(inner)) if *inner == b)
            || matches!(self.op(b), Some(Op::Not(inner)) if *inner == a)
    }

    fn simplified(&mut self, op: &Op, span: Span) -> Option<WireId> {
        match *op {
            Op::Not(a) => match self.op(a) {
                Some(Op::Not(inner)) => Some(*inner),
                _ => None,
            },
            Op::Xor(..) | Op::And(..) | Op::Or(..) => self.simplified_bitwise(op, span),
            Op::Add(a, b) if self.is_zero(b) => Some(a),
            Op::Sub(a, b) if self.is_zero(b) => Some(a),
            Op::Sub(a, b) if a == b => Some(self.zeros(self.width(a), span)),
            Op::Sub(a, b) if self.is_zero(a) => Some(self.build(Op::Neg(b), span)),
            Op::Neg(a) => match self.op(a) {
                Some(Op::Neg(inner)) => Some(*inner),
                _ if self.width(a) == 1 => Some(a),
                _ => None,
            },
            Op::Mul(_, b) if self.is_zero(b) => Some(b),
            Op::Mul(a, b) => {
                let by = self.power_of_two(b)?;
                Some(self.shifted_left(a, by, span))
            }
            Op::Div { .. } | Op::Rem { .. } => self.simplified_division(op, span),
            Op::Eq(a, b) if a == b => Some(self.bool(true, span)),
            Op::Eq(a, b) if self.width(a) == 1 => {
                let differ = self.build(Op::Xor(a, b), span);
                Some(self.build(Op::Not(differ), span))
            }
            Op::Less { a, b, signed } => self.simplified_less(a, b, signed, span),
            Op::Select { condition, when_true, when_false } => {
                self.simplified_select(condition, when_true, when_false, span)
            }
            Op::Concat(ref parts) => self.simplified_concat(parts, span),
            Op::Slice { a, offset, width } => self.simplified_slice(a, offset, width, span),
            Op::Extend { a, width, signed } => self.simplified_extend(a, width, signed, span),
            Op::Shl { a, by } => {
                let by = self.places(by)?;
                Some(self.shifted_left(a, by, span))
            }
            Op::Shr { a, by } | Op::Sar { a, by } => {
                let signed = matches!(op, Op::Sar { .. });
                let by = self.places(by)?;
                Some(self.shifted_right(a, by, signed, span))
            }
            Op::Reveal(a) if self.is_public(a) => Some(a),
            Op::Sum { ref words } => match **words {
                [only] => Some(only),
                [a, b] => Some(self.build(Op::Add(a, b), span)),
                _ => None,
            },
            _ => None,
        }
    }

    fn simplified_bitwise(&mut self, op: &Op, span: Span) -> Option<WireId> {
        let (Op::Xor(a, b) | Op::And(a, b) | Op::Or(a, b)) = *op else { return None };
        let width = self.width(a);
        let (zero, ones) = (self.is_zero(b), self.is_ones(b));
        let complements = self.are_complements(a, b);
        match op {
            Op::Xor(..) if zero => Some(a),
            Op::Xor(..) if ones => Some(self.build(Op::Not(a), span)),
            Op::Xor(..) if a == b => Some(self.zeros(width, span)),
            Op::Xor(..) if complements => Some(self.ones(width, span)),
            Op::And(..) if zero => Some(b),
            Op::And(..) if ones || a == b => Some(a),
            Op::And(..) if complements => Some(self.zeros(width, span)),
            Op::Or(..) if ones => Some(b),
            Op::Or(..) if zero || a == b => Some(a),
            Op::Or(..) if complements => Some(self.ones(width, span)),
            Op::And(..) | Op::Or(..) => self.absorbed(op, span),
            _ => None,
        }
    }

    /// `a | (a & b)` is `a`, `a | (!a & b)` is `a | b`; so with `&` and `|` exchanged.
    fn absorbed(&mut self, op: &Op, span: Span) -> Option<WireId> {
        let (Op::And(a, b) | Op::Or(a, b)) = *op else { return None };
        let is_and = matches!(op, Op::And(..));
        for (outer, inner) in [(a, b), (b, a)] {
            let (same, (c, d)) = match self.op(inner) {
                Some(Op::And(c, d)) => (is_and, (*c, *d)),
                Some(Op::Or(c, d)) => (!is_and, (*c, *d)),
                _ => continue,
            };
            if c == outer || d == outer {
                return Some(if same { inner } else { outer });
            }
            let rest = match () {
                () if self.are_complements(c, outer) => d,
                () if self.are_complements(d, outer) => c,
                () => continue,
            };
            if same {
                let width = self.width(outer);
                return Some(if is_and { self.zeros(width, span) } else { self.ones(width, span) });
            }
            let op = if is_and { Op::And(outer, rest) } else { Op::Or(outer, rest) };
            return Some(self.build(op, span));
        }
        None
    }

    fn simplified_division(&mut self, op: &Op, span: Span) -> Option<WireId> {
        let (Op::Div { a, b, signed } | Op::Rem { a, b, signed }) = *op else { return None };
        let quotient = matches!(op, Op::Div { .. });
        let width = self.width(a);
        if self.is_zero(b) {
            return Some(if quotient { self.ones(width, span) } else { a });
        }
        // A single set bit is the sign when it is the top one of a signed word.
        let place = self.power_of_two(b).filter(|place| !signed || place + 1 < width)?;
        match (quotient, signed) {
            (true, _) if place == 0 => Some(a),
            (false, _) if place == 0 => Some(self.zeros(width, span)),
            (true, false) => Some(self.shifted_right(a, place, false, span)),
            (false, false) => {
                let low = self.build(Op::Slice { a, offset: 0, width: place }, span);
                Some(self.build(Op::Extend { a: low, width, signed: false }, span))
            }
            (_, true) => None,
        }
    }

    fn simplified_less(&mut self, a: WireId, b: WireId, signed: bool, span: Span) -> Option<WireId> {
        if a == b {
            return Some(self.bool(false, span));
        }
        let width = self.width(a);
        if signed {
            // Below zero is the sign.
            return self.is_zero(b).then(|| self.build(Op::Slice { a, offset: width - 1, width: 1 }, span));
        }
        if self.is_zero(b) || self.is_ones(a) {
            return Some(self.bool(false, span));
        }
        if self.is_zero(a) {
            let is_zero = self.build(Op::Eq(b, a), span);
            return Some(self.build(Op::Not(is_zero), span));
        }
        if self.is_one(b) {
            let zero = self.zeros(width, span);
            return Some(self.build(Op::Eq(a, zero), span));
        }
        if width == 1 {
            let not_a = self.build(Op::Not(a), span);
            return Some(self.build(Op::And(not_a, b), span));
        }
        None
    }

    fn simplified_select(
        &mut self,
        condition: WireId,
        yes: WireId,
        no: WireId,
        span: Span,
    ) -> Option<WireId> {
        if let Some(value) = self.constant_value(condition) {
            return Some(if value.is_zero() { no } else { yes });
        }
        if yes == no {
            return Some(yes);
        }
        // Where two words are equal, it does not matter which of them is taken.
        if let Some(Op::Eq(a, b)) = self.op(condition)
            && ((*a, *b) == (yes, no) || (*a, *b) == (no, yes))
        {
            return Some(no);
        }
        if let Some(Op::Not(inner)) = self.op(condition) {
            let inner = *inner;
            return Some(self.build(Op::Select { condition: inner, when_true: no, when_false: yes }, span));
        }
        // A choice already made does not have to be made again.
        if let Some(Op::Select { condition: inner, when_true, .. }) = self.op(yes)
            && *inner == condition
        {
            let when_true = *when_true;
            return Some(self.build(Op::Select { condition, when_true, when_false: no }, span));
        }
        if let Some(Op::Select { condition: inner, when_false, .. }) = self.op(no)
            && *inner == condition
        {
            let when_false = *when_false;
            return Some(self.build(Op::Select { condition, when_true: yes, when_false }, span));
        }
        if self.width(yes) != 1 {
            return self.simplified_nested_select(condition, yes, no, span);
        }
        let (yes_zero, yes_one) = (self.is_zero(yes), self.is_ones(yes));
        let (no_zero, no_one) = (self.is_zero(no), self.is_ones(no));
        let inverse = |graph: &mut Self| graph.build(Op::Not(condition), span);
        match () {
            () if yes_one && no_zero => Some(condition),
            () if yes_zero && no_one => Some(inverse(self)),
            () if no_zero || no == condition => Some(self.build(Op::And(condition, yes), span)),
            () if yes_one || yes == condition => Some(self.build(Op::Or(condition, no), span)),
            () if yes_zero => {
                let inverse = inverse(self);
                Some(self.build(Op::And(inverse, no), span))
            }
            () if no_one => {
                let inverse = inverse(self);
                Some(self.build(Op::Or(inverse, yes), span))
            }
            () if self.are_complements(yes, no) => Some(self.build(Op::Xor(condition, no), span)),
            () => None,
        }
    }

    /// A choice between a word and a choice in which the same word stands is one choice, under a condition of one bit.
    fn simplified_nested_select(
        &mut self,
        condition: WireId,
        yes: WireId,
        no: WireId,
        span: Span,
    ) -> Option<WireId> {
        let select = |wire| match self.op(wire) {
            Some(Op::Select { condition, when_true, when_false }) => {
                Some((*condition, *when_true, *when_false))
            }
            _ => None,
        };
        let inverse = |graph: &mut Self, wire| graph.build(Op::Not(wire), span);
        let (both, when_true, when_false) = match (select(yes), select(no)) {
            (Some((inner, value, other)), _) if other == no => {
                (self.build(Op::And(condition, inner), span), value, no)
            }
            (Some((inner, other, value)), _) if other == no => {
                let inner = inverse(self, inner);
                (self.build(Op::And(condition, inner), span), value, no)
            }
            (_, Some((inner, value, other))) if other == yes => {
                let outer = inverse(self, condition);
                (self.build(Op::And(outer, inner), span), value, yes)
            }
            (_, Some((inner, other, value))) if other == yes => {
                (self.build(Op::Or(condition, inner), span), yes, value)
            }
            _ => return None,
        };
        Some(self.build(Op::Select { condition: both, when_true, when_false }, span))
    }

    fn simplified_concat(&mut self, parts: &[WireId], span: Span) -> Option<WireId> {
        if let [only] = parts {
            return Some(*only);
        }
        let mut merged: Vec<WireId> = Vec::with_capacity(parts.len());
        for part in parts {
            match self.op(*part) {
                Some(Op::Concat(inner)) => merged.extend(inner.clone()),
                _ => merged.push(*part),
            }
            while let [.., low, high] = merged.as_slice()
                && let Some(joined) = self.joined(*low, *high, span)
            {
                merged.truncate(merged.len() - 2);
                merged.push(joined);
            }
        }
        if let [low @ .., high] = merged.as_slice()
            && !low.is_empty()
            && self.is_zero(*high)
        {
            let width = merged.iter().map(|part| self.width(*part)).sum();
            let low = self.build(Op::Concat(low.to_vec()), span);
            return Some(self.build(Op::Extend { a: low, width, signed: false }, span));
        }
        (merged != parts).then(|| self.build(Op::Concat(merged), span))
    }

    /// Two neighbours as one word: constants, or slices that follow each other.
    fn joined(&mut self, low: WireId, high: WireId, span: Span) -> Option<WireId> {
        if let (Some(low), Some(high)) = (self.constant_value(low), self.constant_value(high)) {
            let both = Bits::concat([low, high]);
            return Some(self.constant(both, span));
        }
        match (self.op(low), self.op(high)) {
            (
                Some(Op::Slice { a, offset, width }),
                Some(Op::Slice { a: next, offset: next_offset, width: next_width }),
            ) if a == next && offset + width == *next_offset => {
                let joined = Op::Slice { a: *a, offset: *offset, width: width + next_width };
                Some(self.build(joined, span))
            }
            _ => None,
        }
    }

    fn simplified_slice(&mut self, a: WireId, offset: u32, width: u32, span: Span) -> Option<WireId> {
        if offset == 0 && width == self.width(a) {
            return Some(a);
        }
        match self.op(a)?.clone() {
            Op::Slice { a: inner, offset: inner_offset, .. } => {
                Some(self.build(Op::Slice { a: inner, offset: inner_offset + offset, width }, span))
            }
            Op::Concat(parts) => {
                let mut taken = Vec::new();
                let mut start = 0;
                for part in parts {
                    let end = start + self.width(part);
                    let (from, to) = (offset.max(start), (offset + width).min(end));
                    if from < to {
                        let slice = Op::Slice { a: part, offset: from - start, width: to - from };
                        taken.push(self.build(slice, span));
                    }
                    start = end;
                }
                Some(self.build(Op::Concat(taken), span))
            }
            Op::Extend { a: inner, signed, .. } => {
                let inner_width = self.width(inner);
                if offset + width <= inner_width {
                    return Some(self.build(Op::Slice { a: inner, offset, width }, span));
                }
                if offset >= inner_width && !signed {
                    return Some(self.zeros(width, span));
                }
                let from = offset.min(inner_width - 1);
                let low = self.build(Op::Slice { a: inner, offset: from, width: inner_width - from }, span);
                Some(self.build(Op::Extend { a: low, width, signed }, span))
            }
            _ => None,
        }
    }

    fn simplified_extend(&mut self, a: WireId, width: u32, signed: bool, span: Span) -> Option<WireId> {
        if width == self.width(a) {
            return Some(a);
        }
        match self.op(a)? {
            Op::Extend { a: inner, signed: inner_signed, .. } if !inner_signed || signed => {
                let (inner, signed) = (*inner, *inner_signed);
                Some(self.build(Op::Extend { a: inner, width, signed }, span))
            }
            _ => None,
        }
    }

    /// The number of places, when it is constant; no word is wider than what it saturates to.
    fn places(&self, by: WireId) -> Option<u32> {
        let bits = self.constant_value(by)?;
        Some(bits.to_u64().and_then(|places| u32::try_from(places).ok()).unwrap_or(u32::MAX))
    }

    fn shifted_left(&mut self, a: WireId, by: u32, span: Span) -> WireId {
        let width = self.width(a);
        if by == 0 {
            return a;
        }
        if by >= width {
            return self.zeros(width, span);
        }
        let zeros = self.zeros(by, span);
        let kept = self.build(Op::Slice { a, offset: 0, width: width - by }, span);
        self.build(Op::Concat(vec![zeros, kept]), span)
    }

    fn shifted_right(&mut self, a: WireId, by: u32, signed: bool, span: Span) -> WireId {
        let width = self.width(a);
        if by >= width && !signed {
            return self.zeros(width, span);
        }
        let by = by.min(width - 1);
        let kept = self.build(Op::Slice { a, offset: by, width: width - by }, span);
        self.build(Op::Extend { a: kept, width, signed }, span)
    }
}
