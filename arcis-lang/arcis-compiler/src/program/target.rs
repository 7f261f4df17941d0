//! What a call runs, and which types have which traits by an `impl` of their own.

use std::sync::Arc;

use super::Program;
use crate::diagnostics::Diagnostic;
use crate::infer::Selection;
use crate::source::Span;
use crate::tree::{CallSite, Target};
use crate::types::{Callee, FunctionId, TraitId, Type, Types};

impl Program<'_> {
    /// What a call runs. Reports, at the call or at the function, what it cannot run.
    pub fn target(&self, callee: &Callee, span: Span) -> Target {
        match callee {
            Callee::Constructor(id, variant, _) => {
                if self.adt(*id).is_enum {
                    Target::Variant(*id, *variant)
                } else {
                    Target::Struct
                }
            }
            Callee::Function(id, arguments) => self.function_target(*id, arguments),
            Callee::Method(of_trait, id, arguments) => {
                let arity = self.trait_arity(*of_trait);
                let own: Types = arguments[..arity].iter().cloned().collect();
                let name = &self.function(*id).item.name.text;
                match self.select(*of_trait, &own) {
                    Some(Selection::Impl(implementation, generics)) => {
                        match self.impl_function(implementation, name) {
                            Some(found) => {
                                let all = generics.iter().chain(&arguments[arity..]).cloned().collect();
                                self.function_target(found, &all)
                            }
                            None => self.function_target(*id, arguments),
                        }
                    }
                    Some(Selection::Structural) => {
                        if self.function(*id).item.body.is_some() {
                            self.function_target(*id, arguments)
                        } else {
                            Target::Structural(name.clone(), own[0].clone())
                        }
                    }
                    None => {
                        let own = self.type_name(&own[0]);
                        let of_trait = &self.trait_definition(*of_trait).name.text;
                        let message = format!("`{own}` does not implement `{of_trait}`");
                        self.reporter.report(Diagnostic::new(span, message).help("implement it"));
                        Target::Error
                    }
                }
            }
        }
    }

    fn function_target(&self, id: FunctionId, arguments: &Types) -> Target {
        let definition = self.function(id);
        if definition.item.body.is_none() {
            if definition.in_prelude {
                return Target::Intrinsic(definition.item.name.text.clone(), arguments.clone());
            }
            self.reporter.report(
                Diagnostic::new(definition.item.name.span, "this function has no body")
                    .help("give it one here, or in every `impl` of the trait"),
            );
            return Target::Error;
        }
        match self.body(id, arguments) {
            Some(body) => Target::Body(id, arguments.clone(), body),
            // What is wrong with the body was reported where it stands.
            None => Target::Error,
        }
    }

    /// The constant of a trait for these types, `Self` first, and what its generic parameters are.
    pub fn trait_constant_of(
        &self,
        of_trait: TraitId,
        name: &str,
        arguments: &Types,
    ) -> Option<(crate::types::ConstantId, Types)> {
        match self.select(of_trait, arguments)? {
            Selection::Impl(id, generics) => match self.impl_constant(id, name) {
                Some(constant) => Some((constant, generics)),
                None => self.trait_constant(of_trait, name).map(|constant| (constant, arguments.clone())),
            },
            Selection::Structural => None,
        }
    }

    /// The method of a trait, where the type implements it itself.
    pub fn own_method(&self, of_trait: &str, method: &str, ty: &Type) -> Option<Arc<CallSite>> {
        if !matches!(ty, Type::Adt(..)) {
            return None;
        }
        let id = self.prelude_trait(of_trait)?;
        if self.implementations(id).is_empty() {
            return None;
        }
        let arguments: Types = vec![ty.clone(); self.trait_arity(id)].into();
        match self.select(id, &arguments)? {
            Selection::Impl(..) => {
                let function = self.trait_function(id, method)?;
                Some(CallSite::new(Callee::Method(id, function, arguments)))
            }
            Selection::Structural => None,
        }
    }

    /// Whether a type or a part of it implements a trait itself.
    pub fn has_own(&self, of_trait: &str, ty: &Type) -> bool {
        let Some(id) = self.prelude_trait(of_trait) else { return false };
        if self.implementations(id).is_empty() {
            return false;
        }
        match ty {
            Type::Adt(..) => {
                let arguments: Types = vec![ty.clone(); self.trait_arity(id)].into();
                if matches!(self.select(id, &arguments), Some(Selection::Impl(..))) {
                    return true;
                }
                self.variant_types(ty).iter().flatten().any(|field| self.has_own(of_trait, field))
            }
            Type::Tuple(elements) => elements.iter().any(|element| self.has_own(of_trait, element)),
            Type::Array(element, _) | Type::Slice(element) => self.has_own(of_trait, element),
            _ => false,
        }
    }

    /// Whether a type has a default value.
    pub fn has_default(&self, ty: &Type) -> bool {
        match ty {
            Type::Bool | Type::Integer(_) | Type::Float(_) | Type::Word(_) => true,
            Type::Array(element, _) => self.has_default(element),
            Type::Tuple(elements) => elements.iter().all(|element| self.has_default(element)),
            Type::Adt(id, _) => {
                let derived = self.adt(*id).derives.iter().any(|name| &*name.text == "Default");
                derived || self.own_method("Default", "default", ty).is_some()
            }
            _ => false,
        }
    }

    /// The types of the fields of each variant; of a struct, one.
    pub fn variant_types(&self, ty: &Type) -> Vec<Vec<Type>> {
        let Type::Adt(id, arguments) = ty else { return Vec::new() };
        let variants = self.variants(*id);
        let field = |field: &super::Field| self.normalized(&field.ty.substitute(arguments));
        variants.iter().map(|variant| variant.fields.iter().map(field).collect()).collect()
    }
}
