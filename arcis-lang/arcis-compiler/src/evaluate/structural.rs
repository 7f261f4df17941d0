//! What works on values by their parts: comparison, default values, revealing.

use std::sync::Arc;

use arcis_circuit::{Op, WireId};

use super::value::{EnumValue, Value, tag_width};
use super::{Evaluator, Stop};
use crate::diagnostics::Diagnostic;
use crate::source::Span;
use crate::syntax::BinaryOp;
use crate::types::Type;

/// Widest word that parts are put together in to be compared at once.
const MAX_COMPARED_WIDTH: u32 = arcis_circuit::circuit::MAX_WORD_WIDTH;

impl Evaluator<'_, '_> {
    /// A function of a trait that every type has, by its parts.
    pub(super) fn structural(
        &mut self,
        name: &str,
        own: &Type,
        arguments: Vec<Value>,
        span: Span,
    ) -> Result<Value, Stop> {
        let mut values = Vec::with_capacity(arguments.len());
        for argument in &arguments {
            values.push(match argument {
                Value::Reference(reference) => self.read(reference, span)?,
                value => value.clone(),
            });
        }
        match (name, values.as_slice()) {
            ("clone", [value]) => self.cloned(own, value, span),
            ("default", []) => self.default_value(own, span),
            ("eq", [a, b]) => self.equal(own, a, b, span).map(Value::Word),
            ("cmp", [a, b]) => {
                let (less, equal) = self.order(own, a, b, span)?;
                Ok(self.ordering(less, equal, span))
            }
            ("partial_cmp", [a, b]) => {
                let (less, equal) = self.order(own, a, b, span)?;
                let ordering = self.ordering(less, equal, span);
                Ok(self.variant(1, 2, vec![ordering], span))
            }
            _ => {
                let own = self.program.type_name(own);
                let message = format!("`{name}` has no meaning for `{own}` in a circuit");
                Err(self.stop(Diagnostic::new(span, message).help("write a function of your own")))
            }
        }
    }

    /// `Ordering`: less, equal, greater are 0, 1, 2.
    fn ordering(&mut self, less: WireId, equal: WireId, span: Span) -> Value {
        let either = self.graph.build(Op::Or(less, equal), span);
        let greater = self.graph.build(Op::Not(either), span);
        let tag = self.graph.build(Op::Concat(vec![equal, greater]), span);
        let fields = vec![Some(Arc::new(Vec::new())); 3];
        Value::Enum(Arc::new(EnumValue { tag, fields }))
    }

    /// The type of each part of a value of this type that is no enum.
    fn part_types(&mut self, ty: &Type, count: usize) -> Vec<Type> {
        match ty {
            Type::Tuple(elements) => elements.to_vec(),
            Type::Array(element, _) | Type::Slice(element) => vec![(**element).clone(); count],
            Type::Adt(..) => self.program.variant_types(ty).into_iter().next().unwrap_or_default(),
            Type::Reference(_, target) => self.part_types(target, count),
            _ => vec![Type::Error; count],
        }
    }

    fn read_through(&mut self, value: &Value, span: Span) -> Result<Value, Stop> {
        match value {
            Value::Reference(reference) => {
                let value = self.read(reference, span)?;
                self.read_through(&value, span)
            }
            value => Ok(value.clone()),
        }
    }

    /// A comparison.
    pub(super) fn compare(
        &mut self,
        op: BinaryOp,
        ty: &Type,
        left: &Value,
        right: &Value,
        span: Span,
    ) -> Result<WireId, Stop> {
        if matches!(op, BinaryOp::Equal | BinaryOp::NotEqual) {
            let equal = self.equal(ty, left, right, span)?;
            return Ok(if op == BinaryOp::Equal { equal } else { self.graph.build(Op::Not(equal), span) });
        }
        if let (Value::Word(a), Value::Word(b)) = (left, right) {
            let signed = is_signed(ty);
            let (a, b, negate) = match op {
                BinaryOp::Less => (*a, *b, false),
                BinaryOp::Greater => (*b, *a, false),
                BinaryOp::LessOrEqual => (*b, *a, true),
                _ => (*a, *b, true),
            };
            let less = self.graph.build(Op::Less { a, b, signed }, span);
            return Ok(if negate { self.graph.build(Op::Not(less), span) } else { less });
        }
        let swapped = matches!(op, BinaryOp::Greater | BinaryOp::LessOrEqual);
        let (first, second) = if swapped { (right, left) } else { (left, right) };
        let (less, _) = self.order(ty, first, second, span)?;
        let negate = matches!(op, BinaryOp::LessOrEqual | BinaryOp::GreaterOrEqual);
        Ok(if negate { self.graph.build(Op::Not(less), span) } else { less })
    }

    /// Whether `a` comes before `b`, and whether they are equal.
    fn order(&mut self, ty: &Type, a: &Value, b: &Value, span: Span) -> Result<(WireId, WireId), Stop> {
        self.step(span)?;
        let (a, b) = (self.read_through(a, span)?, self.read_through(b, span)?);
        let mut ty = ty.clone();
        while let Type::Reference(_, target) = &ty {
            ty = (**target).clone();
        }
        for (of_trait, method) in [("PartialOrd", "partial_cmp"), ("Ord", "cmp")] {
            let Some(site) = self.program.own_method(of_trait, method, &ty) else { continue };
            let arguments = vec![self.reference_to(a.clone()), self.reference_to(b.clone())];
            let mut found = self.call(&site, arguments, &Type::Error, span)?;
            if method == "partial_cmp" {
                // What cannot be compared is neither less nor equal.
                let (some, inner) = self.option(&found, span)?;
                let greater = self.variant(2, 3, Vec::new(), span);
                found = self.join(some, &inner.unwrap_or(greater.clone()), &greater, span)?;
            }
            let Value::Enum(value) = found else {
                return Err(self.inconsistent(span, "an ordering was expected"));
            };
            let less = self.graph.integer(0, 2, span);
            let equal = self.graph.integer(1, 2, span);
            return Ok((
                self.graph.build(Op::Eq(value.tag, less), span),
                self.graph.build(Op::Eq(value.tag, equal), span),
            ));
        }
        match (&a, &b) {
            (Value::Word(a), Value::Word(b)) => {
                let less = self.graph.build(Op::Less { a: *a, b: *b, signed: is_signed(&ty) }, span);
                let equal = self.graph.build(Op::Eq(*a, *b), span);
                Ok((less, equal))
            }
            (Value::Aggregate(a), Value::Aggregate(b)) => {
                let types = self.part_types(&ty, a.len());
                let shorter = self.graph.bool(a.len() < b.len(), span);
                let same = self.graph.bool(a.len() == b.len(), span);
                self.order_lists(&types, a, b, (shorter, same), span)
            }
            (Value::Enum(a), Value::Enum(b)) => {
                let less = self.graph.build(Op::Less { a: a.tag, b: b.tag, signed: false }, span);
                let same = self.graph.build(Op::Eq(a.tag, b.tag), span);
                let (mut fields_less, mut fields_equal) =
                    (self.graph.bool(false, span), self.graph.bool(true, span));
                let types = self.program.variant_types(&ty);
                for (variant, (a_fields, b_fields)) in a.fields.iter().zip(&b.fields).enumerate() {
                    let (Some(a_fields), Some(b_fields)) = (a_fields, b_fields) else { continue };
                    if a_fields.is_empty() {
                        continue;
                    }
                    let end = (self.graph.bool(false, span), self.graph.bool(true, span));
                    let own = types.get(variant).cloned().unwrap_or_default();
                    let (inner_less, inner_equal) = self.order_lists(&own, a_fields, b_fields, end, span)?;
                    let number = self.graph.integer(variant as u128, tag_width(a.fields.len()), span);
                    let condition = self.graph.build(Op::Eq(a.tag, number), span);
                    let mut choose = |when_true, when_false| {
                        self.graph.build(Op::Select { condition, when_true, when_false }, span)
                    };
                    fields_less = choose(inner_less, fields_less);
                    fields_equal = choose(inner_equal, fields_equal);
                }
                let by_fields = self.graph.build(Op::And(same, fields_less), span);
                let less = self.graph.build(Op::Or(less, by_fields), span);
                Ok((less, self.graph.build(Op::And(same, fields_equal), span)))
            }
            _ => Err(self.inconsistent(span, "plain data was expected")),
        }
    }

    /// Lexicographic order, in a tree.
    fn order_lists(
        &mut self,
        types: &[Type],
        a: &[Value],
        b: &[Value],
        end: (WireId, WireId),
        span: Span,
    ) -> Result<(WireId, WireId), Stop> {
        let mut parts = Vec::new();
        for (index, (a, b)) in a.iter().zip(b).enumerate() {
            let ty = types.get(index).cloned().unwrap_or(Type::Error);
            parts.push(self.order(&ty, a, b, span)?);
        }
        parts.push(end);
        while parts.len() > 1 {
            let mut next = Vec::with_capacity(parts.len().div_ceil(2));
            for pair in parts.chunks(2) {
                next.push(match pair {
                    [(less, equal), (inner_less, inner_equal)] => {
                        let later = self.graph.build(Op::And(*equal, *inner_less), span);
                        (
                            self.graph.build(Op::Or(*less, later), span),
                            self.graph.build(Op::And(*equal, *inner_equal), span),
                        )
                    }
                    _ => pair[0],
                });
            }
            parts = next;
        }
        Ok(parts[0])
    }

    /// Whether two values are equal: parts without an `impl` of their own all at once, in one comparison of a wide word.
    pub(super) fn equal(&mut self, ty: &Type, a: &Value, b: &Value, span: Span) -> Result<WireId, Stop> {
        let mut pairs = Vec::new();
        let mut bits = Vec::new();
        self.equal_parts(ty, a, b, &mut pairs, &mut bits, span)?;
        let mut group: (Vec<WireId>, Vec<WireId>, u32) = (Vec::new(), Vec::new(), 0);
        for (left, right) in pairs {
            let width = self.graph.width(left);
            if group.2 + width > MAX_COMPARED_WIDTH {
                let group = std::mem::take(&mut group);
                bits.push(self.group_equal(group, span));
            }
            group.0.push(left);
            group.1.push(right);
            group.2 += width;
        }
        if !group.0.is_empty() {
            bits.push(self.group_equal(group, span));
        }
        let mut all = self.graph.bool(true, span);
        for bit in bits {
            all = self.graph.build(Op::And(all, bit), span);
        }
        Ok(all)
    }

    fn group_equal(&mut self, (left, right, _): (Vec<WireId>, Vec<WireId>, u32), span: Span) -> WireId {
        let left = self.graph.build(Op::Concat(left), span);
        let right = self.graph.build(Op::Concat(right), span);
        self.graph.build(Op::Eq(left, right), span)
    }

    fn equal_parts(
        &mut self,
        ty: &Type,
        a: &Value,
        b: &Value,
        pairs: &mut Vec<(WireId, WireId)>,
        bits: &mut Vec<WireId>,
        span: Span,
    ) -> Result<(), Stop> {
        self.step(span)?;
        let (a, b) = (self.read_through(a, span)?, self.read_through(b, span)?);
        let mut ty = ty.clone();
        while let Type::Reference(_, target) = &ty {
            ty = (**target).clone();
        }
        if let Some(site) = self.program.own_method("PartialEq", "eq", &ty) {
            let arguments = vec![self.reference_to(a), self.reference_to(b)];
            let equal = self.call(&site, arguments, &Type::Bool, span)?;
            bits.push(self.word_of(&equal, span)?);
            return Ok(());
        }
        match (&a, &b) {
            (Value::Word(a), Value::Word(b)) => {
                pairs.push((*a, *b));
                Ok(())
            }
            (Value::Aggregate(a), Value::Aggregate(b)) => {
                if a.len() != b.len() {
                    bits.push(self.graph.bool(false, span));
                    return Ok(());
                }
                let types = self.part_types(&ty, a.len());
                for (index, (a, b)) in a.iter().zip(b.iter()).enumerate() {
                    let ty = types.get(index).unwrap_or(&Type::Error);
                    self.equal_parts(ty, a, b, pairs, bits, span)?;
                }
                Ok(())
            }
            (Value::Enum(a), Value::Enum(b)) => {
                pairs.push((a.tag, b.tag));
                let types = self.program.variant_types(&ty);
                for (variant, (a_fields, b_fields)) in a.fields.iter().zip(&b.fields).enumerate() {
                    let (Some(a_fields), Some(b_fields)) = (a_fields, b_fields) else { continue };
                    let number = self.graph.integer(variant as u128, tag_width(a.fields.len()), span);
                    let is = self.graph.build(Op::Eq(a.tag, number), span);
                    let (a_fields, b_fields) =
                        (Value::Aggregate(Arc::clone(a_fields)), Value::Aggregate(Arc::clone(b_fields)));
                    let own = Type::Tuple(types.get(variant).cloned().unwrap_or_default().into());
                    let equal = self.equal(&own, &a_fields, &b_fields, span)?;
                    let is_not = self.graph.build(Op::Not(is), span);
                    bits.push(self.graph.build(Op::Or(is_not, equal), span));
                }
                Ok(())
            }
            (Value::Owner(_), Value::Owner(_)) if a.same(&b) => Ok(()),
            _ => Err(self.stop(
                Diagnostic::new(span, "these cannot be compared in a circuit")
                    .help("compare numbers, bools and keys, or structs, enums, tuples and arrays of them"),
            )),
        }
    }

    /// A copy: by the author's `Clone` where there is one.
    fn cloned(&mut self, ty: &Type, value: &Value, span: Span) -> Result<Value, Stop> {
        if !self.program.has_own("Clone", ty) {
            return Ok(value.clone());
        }
        if let Some(site) = self.program.own_method("Clone", "clone", ty) {
            let argument = self.reference_to(value.clone());
            return self.call(&site, vec![argument], ty, span);
        }
        match value {
            Value::Aggregate(parts) => {
                let types = self.part_types(ty, parts.len());
                let mut all = Vec::with_capacity(parts.len());
                for (part, ty) in parts.iter().zip(&types) {
                    all.push(self.cloned(ty, part, span)?);
                }
                Ok(Value::aggregate(all))
            }
            value => Ok(value.clone()),
        }
    }

    /// The default value of a type.
    pub(super) fn default_value(&mut self, ty: &Type, span: Span) -> Result<Value, Stop> {
        match ty {
            Type::Bool | Type::Integer(_) | Type::Float(_) | Type::Word(_) => {
                let width = self.word_width(ty, span)?;
                Ok(Value::Word(self.graph.integer(0, width, span)))
            }
            Type::Array(element, length) => {
                let element = self.default_value(element, span)?;
                let Type::Constant(length) = **length else {
                    return Err(self.inconsistent(span, "an array without a length"));
                };
                Ok(Value::aggregate(vec![element; usize::try_from(length).unwrap_or(0)]))
            }
            Type::Tuple(elements) => {
                let parts = elements.iter().map(|element| self.default_value(element, span));
                parts.collect::<Result<_, _>>().map(Value::aggregate)
            }
            Type::Adt(id, _) => {
                if let Some(site) = self.program.own_method("Default", "default", ty) {
                    return self.call(&site, Vec::new(), ty, span);
                }
                let adt = self.program.adt(*id);
                let count = adt.items.len();
                let variants = self.program.variant_types(ty);
                if !adt.is_enum {
                    let fields = variants.into_iter().next().unwrap_or_default();
                    let parts = fields.iter().map(|field| self.default_value(field, span));
                    return parts.collect::<Result<_, _>>().map(Value::aggregate);
                }
                match self.program.default_variant(*id) {
                    Some(variant) => Ok(self.variant(variant, count, Vec::new(), span)),
                    None => {
                        let name = self.program.type_name(ty);
                        let message = format!("`{name}` has no default value");
                        Err(self
                            .stop(Diagnostic::new(span, message).help("mark a variant with `#[default]`")))
                    }
                }
            }
            _ => {
                let name = self.program.type_name(ty);
                let message = format!("`{name}` has no default value");
                Err(self.stop(Diagnostic::new(span, message).help("implement `Default` for it")))
            }
        }
    }

    /// A value of the same shape, all zero.
    pub(super) fn zeros_like(&mut self, value: &Value, span: Span) -> Value {
        match value {
            Value::Word(wire) => {
                let width = self.graph.width(*wire);
                Value::Word(self.graph.integer(0, width, span))
            }
            Value::Aggregate(parts) => {
                Value::aggregate(parts.iter().map(|part| self.zeros_like(part, span)).collect())
            }
            Value::Enum(inner) => {
                let width = self.graph.width(inner.tag);
                let tag = self.graph.integer(0, width, span);
                let mut fields = vec![None; inner.fields.len()];
                // What the value cannot be has no fields to be zero; its number is zero all the same.
                if let Some(Some(first)) = inner.fields.first() {
                    fields[0] =
                        Some(Arc::new(first.iter().map(|part| self.zeros_like(part, span)).collect()));
                }
                Value::Enum(Arc::new(EnumValue { tag, fields }))
            }
            other => other.clone(),
        }
    }

    /// Makes a value public.
    pub(super) fn reveal(&mut self, value: &Value, span: Span) -> Result<Value, Stop> {
        // After a report it goes on as if the value were revealed, so that the same is not said of what follows.
        let live = self.live(span);
        let left = live.is_some_and(|live| !self.graph.is_public(live));
        if let Some(condition) = self.secret_condition() {
            // Whether something is revealed must not depend on a secret: seeing it would tell the secret.
            self.report(
                Diagnostic::new(span, "a secret decides whether this is revealed")
                    .related(condition, "this condition is secret")
                    .help("assign to a variable under the condition, and reveal the variable after the `if`"),
            );
            return self.revealed(value, None, span);
        }
        if left {
            self.report(
                Diagnostic::new(span, "a secret decides whether this is revealed").help(
                    "a `return`, `break` or `?` before this depends on a secret: reveal what is known before it, or after the loop",
                ),
            );
            return self.revealed(value, None, span);
        }
        let path = self.path_condition(span);
        self.revealed(value, path, span)
    }

    fn revealed(&mut self, value: &Value, path: Option<WireId>, span: Span) -> Result<Value, Stop> {
        self.step(span)?;
        match value {
            Value::Word(wire) if self.graph.is_public(*wire) => Ok(value.clone()),
            Value::Word(wire) => {
                let shown = match path {
                    Some(condition) => {
                        let zero = self.graph.integer(0, self.graph.width(*wire), span);
                        let choice = Op::Select { condition, when_true: *wire, when_false: zero };
                        self.graph.build(choice, span)
                    }
                    None => *wire,
                };
                Ok(Value::Word(self.graph.build(Op::Reveal(shown), span)))
            }
            Value::Aggregate(parts) => {
                let parts = parts.iter().map(|part| self.revealed(part, path, span));
                parts.collect::<Result<_, _>>().map(Value::aggregate)
            }
            Value::Enum(inner) => {
                // What is in variants that it is not stays secret.
                let masked = self.masked(inner, span)?;
                let Value::Word(tag) = self.revealed(&Value::Word(masked.tag), path, span)? else {
                    return Err(self.inconsistent(span, "a tag was expected"));
                };
                let mut fields = Vec::with_capacity(masked.fields.len());
                for variant in &masked.fields {
                    fields.push(match variant {
                        Some(parts) => {
                            let parts = parts.iter().map(|part| self.revealed(part, path, span));
                            Some(Arc::new(parts.collect::<Result<Vec<_>, _>>()?))
                        }
                        None => None,
                    });
                }
                Ok(Value::Enum(Arc::new(EnumValue { tag, fields })))
            }
            _ => {
                Err(self
                    .stop(Diagnostic::new(span, "only data can be revealed").help(
                        "reveal numbers, bools and keys, or structs, enums, tuples and arrays of them",
                    )))
            }
        }
    }

    /// The same value with zeros in the variants that it is not.
    pub(super) fn masked(&mut self, value: &EnumValue, span: Span) -> Result<EnumValue, Stop> {
        let mut fields = Vec::with_capacity(value.fields.len());
        for (variant, parts) in value.fields.iter().enumerate() {
            fields.push(match parts {
                Some(parts) => {
                    let number = self.graph.integer(variant as u128, self.graph.width(value.tag), span);
                    let is = self.graph.build(Op::Eq(value.tag, number), span);
                    let mut masked = Vec::with_capacity(parts.len());
                    for part in parts.iter() {
                        let zeros = self.zeros_like(part, span);
                        masked.push(self.join(is, part, &zeros, span)?);
                    }
                    Some(Arc::new(masked))
                }
                None => None,
            });
        }
        Ok(EnumValue { tag: value.tag, fields })
    }
}

fn is_signed(ty: &Type) -> bool {
    match ty {
        Type::Integer(integer) => integer.signed,
        Type::Float(_) => true,
        _ => false,
    }
}
