//! What is assigned, indexed and taken apart: fields, elements, ranges, struct literals.

use std::sync::Arc;

use super::Infer;
use crate::diagnostics::Diagnostic;
use crate::program::similar;
use crate::source::Span;
use crate::syntax::{self};
use crate::tree::{CallSite, Expr, ExprKind, Statement};
use crate::types::{Callee, Projection, Type, Types};

impl Infer<'_, '_> {
    pub(super) fn assign(&mut self, place: &syntax::Expr, value: &syntax::Expr, span: Span) -> Expr {
        let unit = Type::unit();
        // `_ = value` and `(a, b) = value` bind nothing new.
        if let syntax::ExprKind::Path(path) = &place.kind
            && path.segments.len() == 1
            && &*path.segments[0].name.text == "_"
        {
            let value = self.infer(value, None);
            let statement = Statement::Expression(value);
            let nothing = Expr { kind: ExprKind::Aggregate(Vec::new()), ty: unit.clone(), span };
            return Expr { kind: ExprKind::Block(vec![statement], Box::new(nothing)), ty: unit, span };
        }
        let mut place = self.infer(place, None);
        self.make_mutable(&mut place);
        let value = self.check(value, &place.ty.clone());
        Expr { kind: ExprKind::Assign(Box::new(place), Box::new(value)), ty: unit, span }
    }

    /// Indexing by a trait's method is by the one that gives a mutable reference.
    pub(super) fn make_mutable(&mut self, place: &mut Expr) {
        match &mut place.kind {
            ExprKind::Field(base, _) | ExprKind::Index(base, _) | ExprKind::Part(base, ..) => {
                self.make_mutable(base);
            }
            ExprKind::Dereference(base) => {
                if let ExprKind::Call(site, arguments) = &mut base.kind
                    && let Callee::Method(of_trait, _, types) = &site.callee
                    && Some(*of_trait) == self.program.prelude_trait("Index")
                    && let Some(mutable) = self.program.prelude_trait("IndexMut")
                    && let Some(function) = self.program.trait_function(mutable, "index_mut")
                {
                    *site = CallSite::new(Callee::Method(mutable, function, types.clone()));
                    if let ExprKind::Reference(inner) = &mut arguments[0].kind {
                        self.make_mutable(inner);
                    }
                }
            }
            _ => {}
        }
    }

    pub(super) fn field(&mut self, base: &syntax::Expr, name: &syntax::Name, span: Span) -> Expr {
        let mut base = self.infer(base, None);
        let mut fields_passed: Vec<Arc<str>> = Vec::new();
        loop {
            let ty = self.known(&base.ty);
            match &ty {
                Type::Tuple(elements) => {
                    if let Ok(index) = name.text.parse::<usize>()
                        && let Some(ty) = elements.get(index)
                    {
                        let kind = ExprKind::Field(Box::new(base), index as u32);
                        return Expr { kind, ty: ty.clone(), span };
                    }
                }
                Type::Adt(id, arguments) if !self.program.adt(*id).is_enum => {
                    let variants = self.program.variants(*id);
                    let fields = variants.first().map_or(&[][..], |variant| &variant.fields);
                    let hidden = self.program.prelude_name(*id) == Some("Box");
                    if !self.program.adt(*id).in_prelude {
                        fields_passed.extend(fields.iter().map(|field| field.name.clone()));
                    }
                    if let Some(index) = fields.iter().position(|field| field.name == name.text)
                        && !hidden
                    {
                        let ty = self.normalized(&fields[index].ty.substitute(arguments), span);
                        return Expr { kind: ExprKind::Field(Box::new(base), index as u32), ty, span };
                    }
                }
                Type::Error => {
                    self.failed = true;
                    return Expr { kind: ExprKind::Error, ty: Type::Error, span };
                }
                _ => {}
            }
            match self.dereferenced(base, &ty) {
                Ok(inner) => base = inner,
                Err(_) => {
                    let message = match ty {
                        Type::Variable(_) => "the type has to be known here".to_owned(),
                        ty => format!("`{}` has no field `{}`", self.name(&ty), name.text),
                    };
                    let diagnostic = Diagnostic::new(name.span, message);
                    self.report(match similar(&name.text, fields_passed.iter()).first() {
                        Some(other) => diagnostic.help(format!("did you mean `{other}`?")),
                        None => diagnostic.help("see the definition of the type"),
                    });
                    return Expr { kind: ExprKind::Error, ty: Type::Error, span };
                }
            }
        }
    }

    pub(super) fn index(&mut self, base: &syntax::Expr, index: &syntax::Expr, span: Span) -> Expr {
        let mut base = self.infer(base, None);
        loop {
            let ty = self.known(&base.ty);
            if let Type::Array(element, _) | Type::Slice(element) = &ty {
                return self.element(base, element, index, span);
            }
            if let Type::Adt(..) = &ty
                && let Some(of_trait) = self.program.prelude_trait("Index")
                && let Some(function) = self.program.trait_function(of_trait, "index")
            {
                let index_type = self.fresh();
                let arguments: Types = Arc::from([ty.clone(), index_type.clone()]);
                if self.implements(of_trait, &arguments) {
                    let kind =
                        super::obligations::ObligationKind::Trait(of_trait, arguments.clone(), Vec::new());
                    self.oblige(kind, span);
                    self.process();
                    let index = self.check(index, &index_type);
                    let projection =
                        Projection { of_trait, arguments: arguments.clone(), name: "Output".into() };
                    let output = self.normalized(&Type::Projection(Arc::new(projection)), span);
                    let own = Expr {
                        ty: Type::reference(false, ty),
                        kind: ExprKind::Reference(Box::new(base)),
                        span,
                    };
                    let site = CallSite::new(Callee::Method(of_trait, function, arguments));
                    let call = Expr {
                        kind: ExprKind::Call(site, vec![own, index]),
                        ty: Type::reference(false, output.clone()),
                        span,
                    };
                    return Expr { kind: ExprKind::Dereference(Box::new(call)), ty: output, span };
                }
            }
            match self.dereferenced(base, &ty) {
                Ok(inner) => base = inner,
                Err(base) => {
                    if ty == Type::Error {
                        self.failed = true;
                    } else {
                        let message = format!("`{}` cannot be indexed", self.name(&ty));
                        let help = "index an array or a slice, or implement `Index`";
                        self.report(Diagnostic::new(base.span, message).help(help));
                    }
                    return Expr { kind: ExprKind::Error, ty: Type::Error, span };
                }
            }
        }
    }

    /// An element or a part of an array or slice.
    pub(super) fn element(
        &mut self,
        base: Expr,
        element: &Arc<Type>,
        index: &syntax::Expr,
        span: Span,
    ) -> Expr {
        let slice = Type::Slice(Arc::clone(element));
        if let syntax::ExprKind::Range(start, end, inclusive) = &index.kind {
            let mut end_of = |end: &Option<Box<syntax::Expr>>| {
                end.as_ref().map(|end| Box::new(self.check(end, &Type::USIZE)))
            };
            let (start, end) = (end_of(start), end_of(end));
            return Expr { kind: ExprKind::Part(Box::new(base), start, end, *inclusive), ty: slice, span };
        }
        let index = self.infer(index, Some(&Type::USIZE));
        let index_type = self.known(&index.ty);
        if let Type::Adt(id, _) = &index_type
            && self.program.prelude_name(*id).is_some_and(|name| name.starts_with("Range"))
        {
            return Expr { kind: ExprKind::PartByRange(Box::new(base), Box::new(index)), ty: slice, span };
        }
        if !self.try_unify(&Type::USIZE, &index_type) {
            self.mismatch(index.span, &Type::USIZE, &index_type);
        }
        Expr { kind: ExprKind::Index(Box::new(base), Box::new(index)), ty: (**element).clone(), span }
    }

    /// `a..b` as a value: one of the prelude's structs.
    pub(super) fn range(
        &mut self,
        start: Option<&syntax::Expr>,
        end: Option<&syntax::Expr>,
        inclusive: bool,
        hint: Option<&Type>,
        span: Span,
    ) -> Expr {
        let name = match (start, end, inclusive) {
            (Some(_), Some(_), false) => "Range",
            (Some(_), Some(_), true) => "RangeInclusive",
            (Some(_), None, _) => "RangeFrom",
            (None, Some(_), false) => "RangeTo",
            (None, Some(_), true) => "RangeToInclusive",
            (None, None, _) => "RangeFull",
        };
        let Some(id) = self.program.prelude_adt(name) else {
            return Expr { kind: ExprKind::Error, ty: Type::Error, span };
        };
        let element = match hint.map(|hint| self.shallow(hint)) {
            Some(Type::Adt(other, arguments)) if other == id && !arguments.is_empty() => arguments[0].clone(),
            _ => self.fresh(),
        };
        let mut fields = Vec::new();
        // The type of either end decides that of a literal at the other.
        for end in [start, end].into_iter().flatten() {
            let typed = self.infer(end, Some(&element));
            let typed = self.coerce(typed, &element);
            fields.push((fields.len() as u32, typed));
        }
        if name == "RangeInclusive" {
            fields.push((2, Expr { kind: ExprKind::Bool(false), ty: Type::Bool, span }));
        }
        let arguments: Types = if fields.is_empty() { Arc::from([]) } else { Arc::from([element]) };
        Expr { kind: ExprKind::Struct(id, 0, fields, None), ty: Type::Adt(id, arguments), span }
    }

    pub(super) fn struct_literal(
        &mut self,
        path: &syntax::Path,
        fields: &[(syntax::Name, syntax::Expr)],
        base: Option<&syntax::Expr>,
        hint: Option<&Type>,
        span: Span,
    ) -> Expr {
        let Some((id, variant, arguments)) = self.constructor_of(path) else {
            return Expr { kind: ExprKind::Error, ty: Type::Error, span };
        };
        let ty = Type::Adt(id, arguments.clone());
        if let Some(hint) = hint {
            self.try_unify(&ty, hint);
        }
        let variants = self.program.variants(id);
        let known = variants.get(variant as usize).map_or(&[][..], |variant| &variant.fields);
        let mut typed = Vec::new();
        for (name, value) in fields {
            let Some(index) = known.iter().position(|field| field.name == name.text) else {
                let message = format!("`{}` has no field `{}`", self.name(&ty), name.text);
                let diagnostic = Diagnostic::new(name.span, message);
                self.report(match similar(&name.text, known.iter().map(|field| &field.name)).first() {
                    Some(other) => diagnostic.help(format!("did you mean `{other}`?")),
                    None => diagnostic.help("see its definition"),
                });
                continue;
            };
            if typed.iter().any(|(other, _)| *other == index as u32) {
                let message = format!("the field `{}` is given twice", name.text);
                self.report(Diagnostic::new(name.span, message).help("give it once"));
                continue;
            }
            let field = self.normalized(&known[index].ty.substitute(&arguments), name.span);
            typed.push((index as u32, self.check(value, &field)));
        }
        let base = base.map(|base| Box::new(self.check(base, &ty)));
        if base.is_none() && !self.failed {
            let given = |index: usize| typed.iter().any(|(other, _)| *other == index as u32);
            let missing: Vec<String> = known
                .iter()
                .enumerate()
                .filter(|(index, _)| !given(*index))
                .map(|(_, field)| format!("`{}`", field.name))
                .collect();
            if !missing.is_empty() {
                let message = format!("fields of `{}` are missing: {}", self.name(&ty), missing.join(", "));
                self.report(Diagnostic::new(span, message).help("give all of them, or write `..base`"));
            }
        }
        Expr { kind: ExprKind::Struct(id, variant, typed, base), ty, span }
    }
}
