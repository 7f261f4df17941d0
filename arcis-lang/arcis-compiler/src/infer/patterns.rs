//! Patterns.

use std::sync::Arc;

use super::Infer;
use crate::diagnostics::Diagnostic;
use crate::program::{Definition, Resolved};
use crate::source::Span;
use crate::syntax::{self, FieldStyle, Name, PatternKind};
use crate::tree::{Expr, LocalId, Pattern};
use crate::types::{AdtId, Type, Types};

/// How the variables of a pattern are bound: by value, or as references because a reference was looked through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Value,
    Reference(bool),
}

impl Infer<'_, '_> {
    /// Types a pattern for values of this type, and declares its variables.
    pub(super) fn bind_pattern(&mut self, pattern: &syntax::Pattern, ty: &Type) -> Pattern {
        let mut declared = Vec::new();
        self.pattern(pattern, ty, Mode::Value, &mut declared)
    }

    fn pattern(
        &mut self,
        pattern: &syntax::Pattern,
        ty: &Type,
        mode: Mode,
        declared: &mut Vec<(Arc<str>, LocalId)>,
    ) -> Pattern {
        let span = pattern.span;
        match &pattern.kind {
            PatternKind::Wildcard | PatternKind::Rest => return Pattern::Wildcard,
            PatternKind::Error => {
                self.failed = true;
                return Pattern::Wildcard;
            }
            PatternKind::Binding { name, reference, inner } => {
                if reference.is_none()
                    && inner.is_none()
                    && let Some(path) = self.constant_name(name)
                {
                    return self.through(ty, mode, declared, |this, ty, mode, declared| {
                        this.path_pattern(&path, ty, mode, declared)
                    });
                }
                return self.binding(name, *reference, inner.as_deref(), ty, mode, declared);
            }
            PatternKind::Reference(inner) => {
                let target = match self.known(ty) {
                    Type::Reference(_, target) => (*target).clone(),
                    other => {
                        let target = self.fresh();
                        let reference = Type::reference(false, target.clone());
                        if !self.try_unify(&other, &reference) {
                            self.mismatch(span, ty, &reference);
                        }
                        target
                    }
                };
                let inner = self.pattern(inner, &target, Mode::Value, declared);
                return Pattern::Dereference(Box::new(inner));
            }
            PatternKind::Or(cases) => {
                let cases = cases.iter().map(|case| self.pattern(case, ty, mode, declared)).collect();
                return Pattern::Or(cases);
            }
            _ => {}
        }
        self.through(ty, mode, declared, |this, ty, mode, declared| {
            this.inner_pattern(pattern, ty, mode, declared)
        })
    }

    /// Looks through references, as patterns that are none do.
    fn through(
        &mut self,
        ty: &Type,
        mode: Mode,
        declared: &mut Vec<(Arc<str>, LocalId)>,
        inner: impl FnOnce(&mut Self, &Type, Mode, &mut Vec<(Arc<str>, LocalId)>) -> Pattern,
    ) -> Pattern {
        let mut ty = self.known(ty);
        let mut mode = mode;
        let mut depth = 0;
        while let Type::Reference(mutable, target) = &ty {
            mode = match mode {
                Mode::Reference(false) => mode,
                Mode::Value | Mode::Reference(true) => Mode::Reference(*mutable),
            };
            ty = self.known(&Arc::clone(target));
            depth += 1;
        }
        let mut pattern = inner(self, &ty, mode, declared);
        for _ in 0..depth {
            pattern = Pattern::Dereference(Box::new(pattern));
        }
        pattern
    }

    /// The path, where a single name is a constant, a struct or a variant without fields.
    fn constant_name(&mut self, name: &Name) -> Option<syntax::Path> {
        let segment = syntax::Segment { name: name.clone(), arguments: None };
        let path = syntax::Path { qualified: None, segments: vec![segment], span: name.span };
        match self.program.resolve_value(&self.scope, &path)? {
            Resolved::Item(Definition::Constant(_), _) => Some(path),
            Resolved::Variant(id, variant, _) => {
                let variants = self.program.variants(id);
                (variants.get(variant as usize)?.style == FieldStyle::Unit).then_some(path)
            }
            Resolved::Struct(ty) => {
                // Names of types that are in capitals may be variables, too; only a unit struct is a pattern.
                let syntax::TypeKind::Path(_) = &ty.kind else { return None };
                match self.written(&ty) {
                    Type::Adt(id, _) if !self.program.adt(id).is_enum => {
                        let variants = self.program.variants(id);
                        (variants.first()?.style == FieldStyle::Unit).then_some(path)
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn binding(
        &mut self,
        name: &Name,
        reference: Option<bool>,
        inner: Option<&syntax::Pattern>,
        ty: &Type,
        mode: Mode,
        declared: &mut Vec<(Arc<str>, LocalId)>,
    ) -> Pattern {
        let by = match (reference, mode) {
            (Some(mutable), Mode::Value) => Some(mutable),
            (_, Mode::Reference(mutable)) => Some(mutable),
            (None, Mode::Value) => None,
        };
        let bound = match by {
            Some(mutable) => Type::reference(mutable, ty.clone()),
            None => ty.clone(),
        };
        // The cases of an or-pattern bind the same variables.
        let id = match declared.iter().find(|(other, _)| *other == name.text) {
            Some((_, id)) => {
                let known = self.locals[id.0].ty.clone();
                if !self.try_unify(&known, &bound) {
                    self.mismatch(name.span, &known, &bound);
                }
                *id
            }
            None => {
                let id = self.declare(name, bound);
                declared.push((name.text.clone(), id));
                id
            }
        };
        let inner = inner.map(|inner| Box::new(self.pattern(inner, ty, mode, declared)));
        Pattern::Local { id, by_reference: by.is_some(), inner }
    }

    fn path_pattern(
        &mut self,
        path: &syntax::Path,
        ty: &Type,
        _mode: Mode,
        _declared: &mut Vec<(Arc<str>, LocalId)>,
    ) -> Pattern {
        let is_constant = match self.program.resolve_value(&self.scope, path) {
            Some(Resolved::Item(Definition::Constant(_), _) | Resolved::TraitMember(..)) => true,
            Some(Resolved::Member(base, None, segment)) => {
                let base = self.written(&base);
                match self.known(&base) {
                    Type::Adt(id, _) => self.program.variant(id, &segment.name.text).is_none(),
                    _ => true,
                }
            }
            Some(Resolved::Member(..)) => true,
            _ => false,
        };
        if is_constant {
            let value = self.path(path, Some(ty));
            return self.constant_pattern(value, ty);
        }
        match self.constructor_of(path) {
            Some((id, variant, arguments)) => {
                self.expect_adt(id, &arguments, ty, path.span);
                if self.program.adt(id).is_enum {
                    Pattern::Variant(variant, Vec::new())
                } else {
                    Pattern::Wildcard
                }
            }
            None => Pattern::Wildcard,
        }
    }

    fn constant_pattern(&mut self, value: Expr, ty: &Type) -> Pattern {
        let found = self.peeled(&value.ty);
        let mut value = value;
        while let Type::Reference(_, target) = self.known(&value.ty) {
            let span = value.span;
            value = Expr {
                ty: (*target).clone(),
                kind: crate::tree::ExprKind::Dereference(Box::new(value)),
                span,
            };
        }
        let fits = match (&found, ty) {
            (Type::Array(a, _), Type::Slice(b)) => self.try_unify(a, b),
            _ => self.try_unify(ty, &found),
        };
        if !fits {
            self.mismatch(value.span, ty, &found);
        }
        Pattern::Constant(Box::new(value))
    }

    fn expect_adt(&mut self, id: AdtId, arguments: &Types, ty: &Type, span: Span) {
        let own = Type::Adt(id, arguments.clone());
        if !self.try_unify(ty, &own) {
            self.mismatch(span, ty, &own);
        }
    }

    fn inner_pattern(
        &mut self,
        pattern: &syntax::Pattern,
        ty: &Type,
        mode: Mode,
        declared: &mut Vec<(Arc<str>, LocalId)>,
    ) -> Pattern {
        let span = pattern.span;
        match &pattern.kind {
            PatternKind::Path(path) => self.path_pattern(path, ty, mode, declared),
            PatternKind::Literal(value) => {
                let value = self.infer(value, Some(ty));
                self.constant_pattern(value, ty)
            }
            PatternKind::Range(start, end, inclusive) => {
                let start = start.as_ref().map(|start| Box::new(self.check(start, ty)));
                let end = end.as_ref().map(|end| Box::new(self.check(end, ty)));
                Pattern::Range(start, end, *inclusive, ty.clone())
            }
            PatternKind::Tuple(elements) => {
                let rest = elements.iter().position(|element| matches!(element.kind, PatternKind::Rest));
                let known: Types = match ty {
                    Type::Tuple(known) => known.clone(),
                    Type::Error => elements.iter().map(|_| Type::Error).collect(),
                    _ => {
                        let known: Types = elements.iter().map(|_| self.fresh()).collect();
                        if !self.try_unify(ty, &Type::Tuple(known.clone())) {
                            self.mismatch(span, ty, &Type::Tuple(known.clone()));
                        }
                        known
                    }
                };
                let fits = if rest.is_some() {
                    elements.len() <= known.len() + 1
                } else {
                    elements.len() == known.len()
                };
                if !fits {
                    let found = Type::Tuple(elements.iter().map(|_| self.fresh()).collect());
                    self.mismatch(span, ty, &found);
                    return Pattern::Wildcard;
                }
                Pattern::Fields(self.positional(elements, rest, &known, mode, declared))
            }
            PatternKind::TupleStruct(path, elements) => {
                let Some((id, variant, arguments)) = self.constructor_of(path) else {
                    self.declare_all(elements, declared);
                    return Pattern::Wildcard;
                };
                self.expect_adt(id, &arguments, ty, span);
                let types = self.field_types(id, variant, &arguments, span);
                let rest = elements.iter().position(|element| matches!(element.kind, PatternKind::Rest));
                let fits = if rest.is_some() {
                    elements.len() <= types.len() + 1
                } else {
                    elements.len() == types.len()
                };
                if !fits {
                    let message = format!(
                        "this has {} fields, but the pattern has {}",
                        types.len(),
                        elements.len() - usize::from(rest.is_some())
                    );
                    self.report(Diagnostic::new(span, message).help("name every field, or write `..`"));
                    self.declare_all(elements, declared);
                    return Pattern::Wildcard;
                }
                let fields = self.positional(elements, rest, &types, mode, declared);
                if self.program.adt(id).is_enum {
                    Pattern::Variant(variant, fields)
                } else {
                    Pattern::Fields(fields)
                }
            }
            PatternKind::Struct { path, fields, rest } => {
                let Some((id, variant, arguments)) = self.constructor_of(path) else {
                    for (_, field) in fields {
                        self.pattern(field, &Type::Error, Mode::Value, declared);
                    }
                    return Pattern::Wildcard;
                };
                self.expect_adt(id, &arguments, ty, span);
                let variants = self.program.variants(id);
                let known = variants.get(variant as usize).map_or(&[][..], |variant| &variant.fields);
                let types = self.field_types(id, variant, &arguments, span);
                let mut typed = Vec::new();
                for (name, field) in fields {
                    match known.iter().position(|known| known.name == name.text) {
                        Some(index) => {
                            let inner = self.pattern(field, &types[index], mode, declared);
                            typed.push((index as u32, inner));
                        }
                        None => {
                            let message = format!("there is no field `{}`", name.text);
                            self.report(Diagnostic::new(name.span, message).help("see its definition"));
                            self.pattern(field, &Type::Error, mode, declared);
                        }
                    }
                }
                if !rest && typed.len() < known.len() && !self.failed {
                    let message = "this pattern does not name every field";
                    self.report(Diagnostic::new(span, message).help("name all of them, or write `..`"));
                }
                if self.program.adt(id).is_enum {
                    Pattern::Variant(variant, typed)
                } else {
                    Pattern::Fields(typed)
                }
            }
            PatternKind::Slice(elements) => self.slice_pattern(elements, ty, mode, declared, span),
            _ => Pattern::Wildcard,
        }
    }

    fn declare_all(&mut self, patterns: &[syntax::Pattern], declared: &mut Vec<(Arc<str>, LocalId)>) {
        for pattern in patterns {
            self.pattern(pattern, &Type::Error, Mode::Value, declared);
        }
    }

    fn field_types(&mut self, id: AdtId, variant: u32, arguments: &Types, span: Span) -> Types {
        let variants = self.program.variants(id);
        let fields = variants.get(variant as usize).map_or(&[][..], |variant| &variant.fields);
        fields.iter().map(|field| self.normalized(&field.ty.substitute(arguments), span)).collect()
    }

    /// Patterns by position, with `..` for those in the middle.
    fn positional(
        &mut self,
        elements: &[syntax::Pattern],
        rest: Option<usize>,
        types: &Types,
        mode: Mode,
        declared: &mut Vec<(Arc<str>, LocalId)>,
    ) -> Vec<(u32, Pattern)> {
        let skipped = types.len() + 1 - elements.len().min(types.len() + 1);
        let mut fields = Vec::new();
        for (index, element) in elements.iter().enumerate() {
            let place = match rest {
                Some(rest) if index == rest => continue,
                Some(rest) if index > rest => index - 1 + skipped,
                _ => index,
            };
            if let Some(ty) = types.get(place) {
                fields.push((place as u32, self.pattern(element, ty, mode, declared)));
            }
        }
        fields
    }

    fn slice_pattern(
        &mut self,
        elements: &[syntax::Pattern],
        ty: &Type,
        mode: Mode,
        declared: &mut Vec<(Arc<str>, LocalId)>,
        span: Span,
    ) -> Pattern {
        let (element, length) = match ty {
            Type::Array(element, length) => ((**element).clone(), Some(self.shallow(length))),
            Type::Slice(element) => ((**element).clone(), None),
            Type::Error => (Type::Error, None),
            other => {
                let message = format!("`{}` is no array or slice", self.name(other));
                self.report(Diagnostic::new(span, message).help("match the value as what it is"));
                (Type::Error, None)
            }
        };
        let is_rest = |pattern: &syntax::Pattern| match &pattern.kind {
            PatternKind::Rest => true,
            PatternKind::Binding { inner: Some(inner), .. } => matches!(inner.kind, PatternKind::Rest),
            _ => false,
        };
        let rest = elements.iter().position(is_rest);
        let mut start = Vec::new();
        let mut middle = None;
        let mut end = Vec::new();
        for (index, pattern) in elements.iter().enumerate() {
            if Some(index) == rest {
                middle = Some(Box::new(match &pattern.kind {
                    PatternKind::Binding { name, reference, .. } => {
                        let taken = elements.len() as u128 - 1;
                        let ty = match &length {
                            Some(Type::Constant(length)) => Type::Array(
                                Arc::new(element.clone()),
                                Arc::new(Type::Constant(length.saturating_sub(taken))),
                            ),
                            _ => Type::Slice(Arc::new(element.clone())),
                        };
                        self.binding(name, *reference, None, &ty, mode, declared)
                    }
                    _ => Pattern::Wildcard,
                }));
            } else {
                let pattern = self.pattern(pattern, &element, mode, declared);
                if rest.is_some_and(|rest| index > rest) { end.push(pattern) } else { start.push(pattern) }
            }
        }
        Pattern::Slice(start, middle, end)
    }
}
