//! Patterns.

use super::Inference;
use crate::diagnostics::Diagnostic;
use crate::syntax::{self, Name, Path, PatternKind};
use crate::tree::Pattern;
use crate::types::{StructId, Type};

impl Inference<'_> {
    /// Binds a pattern to a value of this type.
    pub(super) fn pattern(&mut self, pattern: &syntax::Pattern, ty: &Type) -> Pattern {
        match &pattern.kind {
            PatternKind::Wildcard => Pattern::Wildcard,
            PatternKind::Binding { name, .. } => {
                Pattern::Local(self.new_local(&name.text, ty.clone(), name.span))
            }
            PatternKind::Tuple(elements) => self.tuple_pattern(pattern, elements, ty),
            PatternKind::Struct { path, fields, rest } => {
                self.struct_pattern(pattern, path, fields, *rest, ty)
            }
            PatternKind::Reference(inner) => match self.types.shallow(ty) {
                Type::Reference { target, .. } => {
                    Pattern::Dereference(Box::new(self.pattern(inner, &target)))
                }
                Type::Error => self.pattern(inner, &Type::Error),
                other => {
                    let actual = self.name_of(&other);
                    self.report(
                        Diagnostic::new(pattern.span, "types do not fit")
                            .label(format!("this pattern is for a reference, the value is `{actual}`")),
                    );
                    self.pattern(inner, &Type::Error)
                }
            },
            PatternKind::Error => {
                self.failed = true;
                Pattern::Wildcard
            }
        }
    }

    /// The type behind references, and what a field's type becomes when it is reached through them.
    fn through_references(&self, ty: &Type) -> (Type, impl Fn(Type) -> Type + use<>) {
        let mut reference = None;
        let mut inner = self.types.shallow(ty);
        while let Type::Reference { mutable, target } = inner {
            reference = Some(mutable && reference.unwrap_or(true));
            inner = self.types.shallow(&target);
        }
        let wrap = move |field: Type| match reference {
            Some(mutable) => Type::Reference { mutable, target: Box::new(field) },
            None => field,
        };
        (inner, wrap)
    }

    fn tuple_pattern(
        &mut self,
        pattern: &syntax::Pattern,
        elements: &[syntax::Pattern],
        ty: &Type,
    ) -> Pattern {
        let (inner, wrap) = self.through_references(ty);
        let types = match inner {
            Type::Tuple(types) if types.len() == elements.len() => types,
            Type::Variable(_) => {
                let types: Vec<Type> = elements.iter().map(|_| self.types.unknown()).collect();
                self.types.unify(&inner, &Type::Tuple(types.clone()));
                types
            }
            other => {
                if other != Type::Error {
                    let actual = self.name_of(&other);
                    let label = format!("this is for a tuple of {}, the value is `{actual}`", elements.len());
                    self.report(Diagnostic::new(pattern.span, "types do not fit").label(label));
                }
                vec![Type::Error; elements.len()]
            }
        };
        let fields = elements.iter().zip(types).enumerate();
        Pattern::Fields(
            fields.map(|(index, (element, ty))| (index as u32, self.pattern(element, &wrap(ty)))).collect(),
        )
    }

    fn struct_pattern(
        &mut self,
        pattern: &syntax::Pattern,
        path: &Path,
        fields: &[(Name, syntax::Pattern)],
        rest: bool,
        ty: &Type,
    ) -> Pattern {
        let target = self.struct_of_path(path);
        let (inner, wrap) = self.through_references(ty);
        if let Some(id) = target
            && !self.types.unify(&inner, &Type::Struct(id))
        {
            let (wanted, actual) = (self.name_of(&Type::Struct(id)), self.name_of(&inner));
            let label = format!("this is for `{wanted}`, the value is `{actual}`");
            self.report(Diagnostic::new(pattern.span, "types do not fit").label(label));
        }
        let mut bound = Vec::new();
        for (name, field) in fields {
            let found = target.and_then(|id| self.field_of(id, name));
            let (index, ty) = found.unwrap_or((0, Type::Error));
            bound.push((index, self.pattern(field, &wrap(ty))));
        }
        if let Some(id) = target
            && !rest
        {
            let missing: Vec<String> = self
                .program
                .fields(id)
                .iter()
                .filter(|field| !fields.iter().any(|(name, _)| name.text == field.name))
                .map(|field| format!("`{}`", field.name))
                .collect();
            if !missing.is_empty() {
                let message = format!("the pattern leaves out {}", missing.join(", "));
                self.report(Diagnostic::new(pattern.span, message).help("name them, or end with `..`"));
            }
        }
        Pattern::Fields(bound)
    }

    /// The struct that a path names. Reports others.
    pub(super) fn struct_of_path(&mut self, path: &Path) -> Option<StructId> {
        let ty = syntax::Type { kind: syntax::TypeKind::Path(path.clone()), span: path.span };
        match self.program.resolve_type(self.scope, &ty) {
            Type::Struct(id) => Some(id),
            other => {
                self.failed = true;
                if other != Type::Error {
                    let message = format!("`{}` is not a struct", self.name_of(&other));
                    self.report(Diagnostic::new(path.span, message));
                }
                None
            }
        }
    }

    /// Index and type of a field. Reports a name that is none.
    pub(super) fn field_of(&mut self, id: StructId, name: &Name) -> Option<(u32, Type)> {
        let fields = self.program.fields(id);
        let found = fields.iter().position(|field| field.name == name.text);
        if let Some(index) = found {
            return Some((index as u32, fields[index].ty.clone()));
        }
        let message = format!("`{}` has no field `{}`", self.program.type_name(&Type::Struct(id)), name.text);
        let names: Vec<String> = fields.iter().map(|field| format!("`{}`", field.name)).collect();
        let diagnostic = Diagnostic::new(name.span, message);
        self.report(if names.is_empty() {
            diagnostic
        } else {
            diagnostic.help(format!("its fields are {}", names.join(", ")))
        });
        None
    }
}
