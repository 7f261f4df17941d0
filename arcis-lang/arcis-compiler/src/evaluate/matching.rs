//! Patterns: whether a value fits, and what variables are bound to.

use arcis_circuit::{Op, WireId};

use super::memory::{Reference, Step};
use super::value::Value;
use super::{Evaluator, Stop};
use crate::source::Span;
use crate::syntax::BinaryOp;
use crate::tree::{Expr, Pattern};

impl Evaluator<'_, '_> {
    /// Binds a pattern that always fits.
    pub(super) fn bind_value(&mut self, pattern: &Pattern, value: Value, span: Span) -> Result<(), Stop> {
        match pattern {
            Pattern::Wildcard => Ok(()),
            Pattern::Local { id, by_reference: false, inner: None } => {
                let slot = self.memory.allocate(value);
                self.frame.locals[id.0] = Some(slot);
                Ok(())
            }
            _ => {
                let place = Reference::slot(self.memory.allocate(value));
                self.bind(pattern, &place, span)
            }
        }
    }

    /// Binds the variables of a pattern to parts of a place.
    pub(super) fn bind(&mut self, pattern: &Pattern, place: &Reference, span: Span) -> Result<(), Stop> {
        match pattern {
            Pattern::Wildcard | Pattern::Constant(_) | Pattern::Range(..) => Ok(()),
            Pattern::Local { id, by_reference, inner } => {
                let value = if *by_reference {
                    Value::Reference(place.clone().into())
                } else {
                    self.read(place, span)?
                };
                let slot = self.memory.allocate(value);
                self.frame.locals[id.0] = Some(slot);
                match inner {
                    Some(inner) => self.bind(inner, place, span),
                    None => Ok(()),
                }
            }
            Pattern::Fields(fields) => fields
                .iter()
                .try_for_each(|(index, inner)| self.bind(inner, &place.step(&Step::Part(*index)), span)),
            Pattern::Variant(variant, fields) => {
                if fields.is_empty() {
                    return Ok(());
                }
                fields.iter().try_for_each(|(index, inner)| {
                    self.bind(inner, &place.step(&Step::Field(*variant, *index)), span)
                })
            }
            Pattern::Slice(start, middle, end) => {
                let count = self.count(place, span)?;
                for (index, inner) in start.iter().enumerate() {
                    self.bind(inner, &place.step(&Step::Part(index as u32)), span)?;
                }
                let rest = count.saturating_sub((start.len() + end.len()) as u32);
                if let Some(middle) = middle {
                    self.bind(middle, &place.step(&Step::Range(start.len() as u32, rest)), span)?;
                }
                for (index, inner) in end.iter().enumerate() {
                    let index = start.len() as u32 + rest + index as u32;
                    self.bind(inner, &place.step(&Step::Part(index)), span)?;
                }
                Ok(())
            }
            Pattern::Dereference(inner) => {
                let target = self.follow(place, span)?;
                self.bind(inner, &target, span)
            }
            Pattern::Or(cases) => self.bind_cases(cases, place, span),
        }
    }

    /// The first case that fits binds; where that is not known, the variables are choices.
    fn bind_cases(&mut self, cases: &[Pattern], place: &Reference, span: Span) -> Result<(), Stop> {
        let Some((first, rest)) = cases.split_first() else { return Ok(()) };
        if rest.is_empty() {
            return self.bind(first, place, span);
        }
        let fits = self.fits(first, place, span)?;
        match self.known(fits) {
            Some(true) => self.bind(first, place, span),
            Some(false) => self.bind_cases(rest, place, span),
            None => {
                let before = self.frame.locals.clone();
                self.bind(first, place, span)?;
                let chosen = std::mem::replace(&mut self.frame.locals, before.clone());
                self.bind_cases(rest, place, span)?;
                for index in 0..before.len() {
                    if let (Some(yes), Some(no)) = (chosen[index], self.frame.locals[index])
                        && before[index] != Some(yes)
                    {
                        let (yes, no) = (self.memory.slot(yes).clone(), self.memory.slot(no).clone());
                        let value = self.join(fits, &yes, &no, span)?;
                        self.frame.locals[index] = Some(self.memory.allocate(value));
                    }
                }
                Ok(())
            }
        }
    }

    /// One bit that says whether what is at a place fits a pattern.
    pub(super) fn fits(&mut self, pattern: &Pattern, place: &Reference, span: Span) -> Result<WireId, Stop> {
        match pattern {
            Pattern::Wildcard | Pattern::Local { inner: None, .. } => Ok(self.graph.bool(true, span)),
            Pattern::Local { inner: Some(inner), .. } => self.fits(inner, place, span),
            Pattern::Fields(fields) => {
                let parts = fields.iter().map(|(index, inner)| (inner, Step::Part(*index))).collect();
                self.all_fit(parts, None, place, span)
            }
            Pattern::Variant(variant, fields) => {
                let Value::Enum(value) = self.read(place, span)? else {
                    // A variant that cannot be looked into any more.
                    return Ok(self.graph.bool(false, span));
                };
                let number = self.graph.integer((*variant).into(), self.graph.width(value.tag), span);
                let mut is = self.graph.build(Op::Eq(value.tag, number), span);
                if value.fields.get(*variant as usize).is_none_or(Option::is_none) {
                    is = self.graph.bool(false, span);
                }
                let parts =
                    fields.iter().map(|(index, inner)| (inner, Step::Field(*variant, *index))).collect();
                self.all_fit(parts, Some(is), place, span)
            }
            Pattern::Slice(start, middle, end) => {
                let count = self.count(place, span)? as usize;
                let needed = start.len() + end.len();
                let fits = if middle.is_some() { count >= needed } else { count == needed };
                if !fits {
                    return Ok(self.graph.bool(false, span));
                }
                let from_end = (0..end.len()).map(|index| count - end.len() + index);
                let indices = (0..start.len()).chain(from_end);
                let parts = start
                    .iter()
                    .chain(end)
                    .zip(indices)
                    .map(|(inner, index)| (inner, Step::Part(index as u32)));
                self.all_fit(parts.collect(), None, place, span)
            }
            Pattern::Dereference(inner) => {
                let target = self.follow(place, span)?;
                self.fits(inner, &target, span)
            }
            Pattern::Constant(constant) => {
                let expected = self.value(constant)?;
                let found = self.read(place, span)?;
                self.equal(&constant.ty, &found, &expected, span)
            }
            Pattern::Range(start, end, inclusive, ty) => {
                let found = self.read(place, span)?;
                let mut fits = self.graph.bool(true, span);
                if let Some(start) = start {
                    let start = self.value(start)?;
                    let above = self.binary(BinaryOp::GreaterOrEqual, ty, &found, &start, span)?;
                    fits = self.graph.build(Op::And(fits, above), span);
                }
                if let Some(end) = end {
                    let end = self.value(end)?;
                    let op = if *inclusive { BinaryOp::LessOrEqual } else { BinaryOp::Less };
                    let below = self.binary(op, ty, &found, &end, span)?;
                    fits = self.graph.build(Op::And(fits, below), span);
                }
                Ok(fits)
            }
            Pattern::Or(cases) => {
                let mut any = self.graph.bool(false, span);
                for case in cases {
                    let fits = self.fits(case, place, span)?;
                    any = self.graph.build(Op::Or(any, fits), span);
                }
                Ok(any)
            }
        }
    }

    /// Whether all parts fit, if `so_far` holds; parts of what it is certainly not are not looked at.
    fn all_fit(
        &mut self,
        parts: Vec<(&Pattern, Step)>,
        so_far: Option<WireId>,
        place: &Reference,
        span: Span,
    ) -> Result<WireId, Stop> {
        let mut all = so_far.unwrap_or_else(|| self.graph.bool(true, span));
        for (pattern, step) in parts {
            if self.known(all) == Some(false) {
                break;
            }
            if matches!(pattern, Pattern::Wildcard | Pattern::Local { inner: None, .. }) {
                continue;
            }
            let fits = self.fits(pattern, &place.step(&step), span)?;
            all = self.graph.build(Op::And(all, fits), span);
        }
        Ok(all)
    }

    /// `match`
    pub(super) fn arms(
        &mut self,
        arms: &[(Pattern, Option<Expr>, Expr)],
        place: &Reference,
        span: Span,
    ) -> Result<Value, Stop> {
        let Some(((pattern, guard, body), rest)) = arms.split_first() else {
            // rustc sees to it that some arm fits; here none does in a case that cannot be.
            return Ok(Value::Uninitialized);
        };
        let fits = self.fits(pattern, place, span)?;
        if rest.is_empty() && guard.is_none() && self.known(fits) != Some(false) {
            self.bind(pattern, place, span)?;
            return self.value(body);
        }
        let Some(guard) = guard else {
            return self.choose(
                fits,
                span,
                |this| {
                    this.bind(pattern, place, span)?;
                    this.value(body)
                },
                |this| this.arms(rest, place, span),
            );
        };
        let allowed = self.choose(
            fits,
            span,
            |this| {
                this.bind(pattern, place, span)?;
                this.value(guard)
            },
            |this| Ok(Value::Word(this.graph.bool(false, span))),
        )?;
        let allowed = self.word_of(&allowed, span)?;
        self.choose(allowed, span, |this| this.value(body), |this| this.arms(rest, place, span))
    }
}
