//! Reading and writing through references.
//!
//! A step by a secret number reads every element and keeps one, and writes every element with what it had or what is new.

use std::sync::Arc;

use arcis_circuit::{Bits, Op, WireId};

use super::memory::{Place, Reference, Step};
use super::value::{EnumValue, Value};
use super::{Evaluator, Stop};
use crate::source::Span;

impl Evaluator<'_, '_> {
    /// What a reference leads to, if that needs no operation.
    pub(super) fn peek(&self, reference: &Reference) -> Option<Value> {
        let Reference::Place(place) = reference else { return None };
        let mut value = self.memory.slot(place.slot).clone();
        for step in &place.path {
            value = part(&value, step)?;
        }
        Some(value)
    }

    /// What a reference leads to.
    pub(super) fn read(&mut self, reference: &Reference, span: Span) -> Result<Value, Stop> {
        match reference {
            Reference::Place(place) => {
                if let Some(value) = self.peek(reference) {
                    return Ok(value);
                }
                let value = self.memory.slot(place.slot).clone();
                self.read_path(&value, &place.path, span)
            }
            Reference::Choice(condition, yes, no) => {
                let yes = self.read(yes, span)?;
                let no = self.read(no, span)?;
                self.join(*condition, &yes, &no, span)
            }
        }
    }

    fn read_path(&mut self, value: &Value, path: &[Step], span: Span) -> Result<Value, Stop> {
        self.step(span)?;
        let Some((first, rest)) = path.split_first() else { return Ok(value.clone()) };
        if matches!(value, Value::Uninitialized) {
            return Ok(Value::Uninitialized);
        }
        match (first, value) {
            (Step::Element(index, start, count, default), Value::Aggregate(parts)) => {
                let from = *start as usize;
                let elements = parts.get(from..from + *count as usize).unwrap_or_default().to_vec();
                let mut read = Vec::with_capacity(elements.len());
                for element in &elements {
                    read.push(self.read_path(element, rest, span)?);
                }
                let default = self.read_path(default, rest, span)?;
                self.lookup(*index, &read, &default, span)
            }
            // A variant that it cannot be: nobody looks at it.
            (Step::Field(..), Value::Enum(_)) if part(value, first).is_none() => Ok(Value::Uninitialized),
            _ => match part(value, first) {
                Some(inner) => self.read_path(&inner, rest, span),
                None => Err(self.inconsistent(span, "a reference leads to what is not there")),
            },
        }
    }

    /// The value of this number, which is not known; the default beyond the last.
    pub(super) fn lookup(
        &mut self,
        index: WireId,
        values: &[Value],
        default: &Value,
        span: Span,
    ) -> Result<Value, Stop> {
        if values.is_empty() {
            return Ok(default.clone());
        }
        if let Some(found) = self.lookup_words(index, values, default, span) {
            return Ok(found);
        }
        let width = self.graph.width(index);
        let depth = usize::BITS - (values.len() - 1).leading_zeros();
        let depth = depth.min(width);
        let mut level = values.to_vec();
        for bit in 0..depth {
            let bit = self.graph.build(Op::Slice { a: index, offset: bit, width: 1 }, span);
            let mut next = Vec::with_capacity(level.len().div_ceil(2));
            for pair in level.chunks(2) {
                let odd = pair.get(1).unwrap_or(default);
                next.push(self.join(bit, odd, &pair[0], span)?);
            }
            level = next;
        }
        let mut found = level.into_iter().next().unwrap_or_else(|| default.clone());
        if width > depth {
            let above = self.graph.build(Op::Slice { a: index, offset: depth, width: width - depth }, span);
            let zero = self.graph.constant(Bits::zeros((width - depth) as usize), span);
            let inside = self.graph.build(Op::Eq(above, zero), span);
            found = self.join(inside, &found, default, span)?;
        }
        Ok(found)
    }

    /// The value of this number by one operation: of plain data whose default is zero.
    fn lookup_words(
        &mut self,
        index: WireId,
        values: &[Value],
        default: &Value,
        span: Span,
    ) -> Option<Value> {
        let default_words = default.words()?;
        let zero = |wire: &WireId| self.graph.constant_value(*wire).is_some_and(Bits::is_zero);
        if !default_words.iter().all(zero) {
            return None;
        }
        let mut all = Vec::with_capacity(values.len());
        for value in values {
            let words = value.words()?;
            if words.len() != default_words.len() {
                return None;
            }
            all.push(words);
        }
        let mut found = Vec::with_capacity(default_words.len());
        for place in 0..default_words.len() {
            let words: Vec<WireId> = all.iter().map(|words| words[place]).collect();
            let op = if words.iter().all(|word| *word == words[0])
                && values.len() == 1 << self.graph.width(index).min(60)
            {
                None
            } else {
                Some(Op::Lookup { index, words: words.clone() })
            };
            found.push(match op {
                Some(op) => self.graph.build(op, span),
                None => words[0],
            });
        }
        let mut found = found.into_iter();
        Some(rebuilt(default, &mut found))
    }

    /// For each number below `count`, whether the index is it.
    pub(super) fn one_hot(&mut self, index: WireId, count: usize, span: Span) -> Vec<WireId> {
        let width = self.graph.width(index);
        let depth = if count <= 1 { 0 } else { usize::BITS - (count - 1).leading_zeros() }.min(width);
        let mut level = if width > depth {
            let above = self.graph.build(Op::Slice { a: index, offset: depth, width: width - depth }, span);
            let zero = self.graph.constant(Bits::zeros((width - depth) as usize), span);
            vec![self.graph.build(Op::Eq(above, zero), span)]
        } else {
            vec![self.graph.bool(true, span)]
        };
        // From the highest bit down, so that the numbers come out in order.
        for place in (0..depth).rev() {
            let bit = self.graph.build(Op::Slice { a: index, offset: place, width: 1 }, span);
            let inverse = self.graph.build(Op::Not(bit), span);
            let mut next = Vec::with_capacity(level.len() * 2);
            for known in level {
                next.push(self.graph.build(Op::And(known, inverse), span));
                next.push(self.graph.build(Op::And(known, bit), span));
            }
            // Those that only lead beyond the last.
            next.truncate(count.div_ceil(1 << place));
            level = next;
        }
        level.truncate(count);
        level
    }

    /// Writes through a reference.
    pub(super) fn write(&mut self, reference: &Reference, value: Value, span: Span) -> Result<(), Stop> {
        match reference {
            Reference::Place(place) => {
                let condition = self.live_for(place.slot, span);
                match condition {
                    Some(condition) => match self.graph.constant_value(condition) {
                        Some(bits) if bits.is_zero() => Ok(()),
                        Some(_) => self.write_place(place, value, None, span),
                        None => self.write_place(place, value, Some(condition), span),
                    },
                    None => self.write_place(place, value, None, span),
                }
            }
            Reference::Choice(condition, yes, no) => {
                for (reference, holds) in [(yes, true), (no, false)] {
                    let old = self.read(reference, span)?;
                    let new = if holds {
                        self.join(*condition, &value, &old, span)?
                    } else {
                        self.join(*condition, &old, &value, span)?
                    };
                    self.write(reference, new, span)?;
                }
                Ok(())
            }
        }
    }

    fn write_place(
        &mut self,
        place: &Place,
        value: Value,
        condition: Option<WireId>,
        span: Span,
    ) -> Result<(), Stop> {
        let secret = place.path.iter().position(|step| matches!(step, Step::Element(..)));
        let known = &place.path[..secret.unwrap_or(place.path.len())];
        let prefix = Place { slot: place.slot, path: known.to_vec() };
        let new = match (secret, condition) {
            (None, None) => value,
            (None, Some(condition)) => {
                let old = self.read(&Reference::Place(prefix.clone()), span)?;
                self.join(condition, &value, &old, span)?
            }
            (Some(position), condition) => {
                let old = self.read(&Reference::Place(prefix.clone()), span)?;
                self.written(&old, &place.path[position..], &value, condition, span)?
            }
        };
        let mut target = self.memory.slot_mut(place.slot);
        for step in known {
            match part_mut(target, step) {
                Some(inner) => target = inner,
                None => return Ok(()),
            }
        }
        if let Some(Step::Range(..)) = known.last() {
            return Err(self.inconsistent(span, "a part of an array was written as a whole"));
        }
        *target = new;
        Ok(())
    }

    /// Writes plain data to the element of this number by one operation for each of its words.
    fn update_words(
        &mut self,
        index: WireId,
        parts: &[Value],
        (start, count): (u32, u32),
        new: &Value,
        condition: Option<WireId>,
        span: Span,
    ) -> Option<Vec<Value>> {
        let new_words = new.words()?;
        let range = start as usize..(start + count) as usize;
        let mut all = Vec::with_capacity(count as usize);
        for part in parts.get(range.clone())? {
            let words = part.words()?;
            if words.len() != new_words.len() {
                return None;
            }
            all.push(words);
        }
        if all.is_empty() {
            return None;
        }
        let condition = condition.unwrap_or_else(|| self.graph.bool(true, span));
        for (place, value) in new_words.iter().enumerate() {
            let words: Vec<WireId> = all.iter().map(|words| words[place]).collect();
            let op = Op::Update { index, value: *value, condition, words };
            for (element, wire) in self.graph.build_all(op, span).into_iter().enumerate() {
                all[element][place] = wire;
            }
        }
        let mut updated = parts.to_vec();
        for (place, words) in range.zip(all) {
            updated[place] = rebuilt(new, &mut words.into_iter());
        }
        Some(updated)
    }

    /// The old value with a new one at the end of a path, if a condition holds.
    fn written(
        &mut self,
        old: &Value,
        path: &[Step],
        new: &Value,
        condition: Option<WireId>,
        span: Span,
    ) -> Result<Value, Stop> {
        self.step(span)?;
        let Some((first, rest)) = path.split_first() else {
            return match condition {
                Some(condition) => self.join(condition, new, old, span),
                None => Ok(new.clone()),
            };
        };
        match (first, old) {
            (Step::Element(index, start, count, _), Value::Aggregate(parts)) => {
                let mut parts = parts.as_ref().clone();
                if rest.is_empty()
                    && let Some(updated) =
                        self.update_words(*index, &parts, (*start, *count), new, condition, span)
                {
                    return Ok(Value::aggregate(updated));
                }
                let hits = self.one_hot(*index, *count as usize, span);
                for (offset, hit) in hits.into_iter().enumerate() {
                    let hit = match condition {
                        Some(condition) => self.graph.build(Op::And(condition, hit), span),
                        None => hit,
                    };
                    let place = *start as usize + offset;
                    if let Some(part) = parts.get(place).cloned() {
                        parts[place] = self.written(&part, rest, new, Some(hit), span)?;
                    }
                }
                Ok(Value::aggregate(parts))
            }
            _ => {
                let mut whole = old.clone();
                let Some(inner) = part(old, first) else { return Ok(whole) };
                let inner = self.written(&inner, rest, new, condition, span)?;
                if let Some(target) = part_mut(&mut whole, first) {
                    *target = inner;
                }
                Ok(whole)
            }
        }
    }
}

/// A value of the same shape with these words.
pub(super) fn rebuilt(shape: &Value, words: &mut impl Iterator<Item = WireId>) -> Value {
    match shape {
        Value::Word(_) => words.next().map_or(Value::Uninitialized, Value::Word),
        Value::Aggregate(parts) => Value::aggregate(parts.iter().map(|part| rebuilt(part, words)).collect()),
        other => other.clone(),
    }
}

/// A step into a value; `None` where it is by a number not known, or leads nowhere.
fn part(value: &Value, step: &Step) -> Option<Value> {
    match (step, value) {
        (Step::Part(index), Value::Aggregate(parts)) => parts.get(*index as usize).cloned(),
        (Step::Field(variant, index), Value::Enum(value)) => {
            value.fields.get(*variant as usize)?.as_ref()?.get(*index as usize).cloned()
        }
        (Step::Range(start, count), Value::Aggregate(parts)) => {
            if *start == 0 && *count as usize == parts.len() {
                return Some(value.clone());
            }
            let start = *start as usize;
            Some(Value::aggregate(parts.get(start..start + *count as usize)?.to_vec()))
        }
        (_, Value::Uninitialized) => Some(Value::Uninitialized),
        _ => None,
    }
}

/// A step into a value that is to be changed.
fn part_mut<'v>(value: &'v mut Value, step: &Step) -> Option<&'v mut Value> {
    match (step, value) {
        (Step::Part(index), Value::Aggregate(parts)) => Arc::make_mut(parts).get_mut(*index as usize),
        (Step::Field(variant, index), Value::Enum(value)) => {
            let value: &mut EnumValue = Arc::make_mut(value);
            let fields = value.fields.get_mut(*variant as usize)?.as_mut()?;
            Arc::make_mut(fields).get_mut(*index as usize)
        }
        _ => None,
    }
}
