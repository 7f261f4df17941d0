//! Modules, structs, functions, constants.

use syn::spanned::Spanned;

use super::Parser;
use crate::diagnostics::Diagnostic;
use crate::source::Span;
use crate::syntax::{
    ConstItem, FunctionItem, ImplItem, Item, Module, Name, Path, Pattern, PatternKind, Segment, StructItem,
    Type, TypeKind,
};

/// Attributes that say nothing to the compiler.
const HARMLESS: [&str; 9] =
    ["allow", "expect", "warn", "deny", "doc", "inline", "must_use", "derive", "rustfmt"];

/// Traits that a struct may derive.
const DERIVABLE: [&str; 8] = ["Clone", "Copy", "PartialEq", "Eq", "Default", "Debug", "Hash", "PartialOrd"];

impl Parser<'_> {
    /// The circuit modules among the items of a file, also those within its other modules.
    pub(super) fn modules(&self, items: &[syn::Item]) -> Vec<Module> {
        let mut modules = Vec::new();
        for item in items {
            let syn::Item::Mod(module) = item else { continue };
            let Some((_, content)) = &module.content else { continue };
            if has_attribute(&module.attrs, "encrypted") {
                let items = content.iter().flat_map(|item| self.item(item)).collect();
                modules.push(Module { name: self.name(&module.ident), items });
            } else if !is_test_only(&module.attrs) {
                modules.extend(self.modules(content));
            }
        }
        modules
    }

    fn item(&self, item: &syn::Item) -> Option<Item> {
        let attributes: &[syn::Attribute] = match item {
            syn::Item::Const(it) => &it.attrs,
            syn::Item::Enum(it) => &it.attrs,
            syn::Item::Fn(it) => &it.attrs,
            syn::Item::Impl(it) => &it.attrs,
            syn::Item::Mod(it) => &it.attrs,
            syn::Item::Struct(it) => &it.attrs,
            syn::Item::Use(it) => &it.attrs,
            _ => &[],
        };
        if is_test_only(attributes) {
            return None;
        }
        self.check_attributes(attributes);
        let span = self.span_of(item);
        match item {
            syn::Item::Const(item) => self.constant(&item.ident, &item.ty, &item.expr).map(Item::Const),
            syn::Item::Fn(item) => {
                let instruction = has_attribute(&item.attrs, "instruction");
                if instruction && !matches!(item.vis, syn::Visibility::Public(_)) {
                    let name = self.name(&item.sig.ident);
                    self.reporter.report(
                        Diagnostic::new(name.span, format!("the instruction `{}` is not public", name.text))
                            .help("write `pub fn`: clients and the Solana program call it"),
                    );
                }
                self.function(&item.sig, &item.block, instruction).map(Item::Function)
            }
            syn::Item::Impl(item) => self.implementation(item).map(Item::Impl),
            syn::Item::Struct(item) => self.struct_item(item).map(Item::Struct),
            syn::Item::Use(item) => {
                self.import(item);
                None
            }
            syn::Item::Enum(item) => {
                let place = self.span_of(&item.ident);
                self.unsupported(
                    place,
                    "an enum",
                    "keep a `bool` or a small integer that says which case it is",
                );
                None
            }
            syn::Item::Trait(item) => {
                let place = self.span_of(&item.ident);
                self.unsupported(
                    place,
                    "a trait of your own",
                    "write plain functions or methods of your structs",
                );
                None
            }
            syn::Item::Mod(item) => {
                let place = self.span_of(&item.ident);
                self.unsupported(
                    place,
                    "a module within a circuit module",
                    "move its items into the circuit module",
                );
                None
            }
            syn::Item::Static(item) => {
                let place = self.span_of(&item.ident);
                self.unsupported(
                    place,
                    "a `static`",
                    "use a `const`; state lives in `Enc<Mxe, _>` arguments",
                );
                None
            }
            syn::Item::Type(item) => {
                let place = self.span_of(&item.ident);
                self.unsupported(place, "a type alias", "write the type itself where it is needed");
                None
            }
            syn::Item::Macro(_) => {
                self.unsupported(span, "a macro", "write out what it stands for");
                None
            }
            _ => {
                self.unsupported(
                    span,
                    "this item",
                    "keep structs, functions, `impl` blocks and constants here",
                );
                None
            }
        }
    }

    /// The names of the language are known without being imported; rustc needs the import.
    fn import(&self, item: &syn::ItemUse) {
        let first = match &item.tree {
            syn::UseTree::Path(path) => Some(&path.ident),
            syn::UseTree::Name(name) => Some(&name.ident),
            _ => None,
        };
        if first.is_none_or(|ident| ident != "arcis") {
            let help =
                "`use arcis::*;` is all a circuit module needs; define everything else in the module itself";
            self.unsupported(self.span_of(&item.tree), "an import from elsewhere", help);
        }
    }

    fn check_attributes(&self, attributes: &[syn::Attribute]) {
        for attribute in attributes {
            let known = attribute.path().segments.first().is_some_and(|segment| {
                HARMLESS.iter().any(|name| segment.ident == name) || segment.ident == "arcis"
            });
            if !known && !attribute.path().is_ident("instruction") {
                let span = self.span_of(attribute);
                self.unsupported(span, "this attribute", "remove it; only `#[cfg(test)]` items are left out");
            }
        }
    }

    fn check_generics(&self, generics: &syn::Generics) {
        if !generics.params.is_empty() {
            let help = "write the function or struct for each type it is needed for";
            self.unsupported(self.span_of(generics), "a generic parameter", help);
        }
    }

    fn constant(&self, ident: &syn::Ident, ty: &syn::Type, value: &syn::Expr) -> Option<ConstItem> {
        Some(ConstItem { name: self.name(ident), ty: self.ty(ty), value: self.expression(value) })
    }

    fn struct_item(&self, item: &syn::ItemStruct) -> Option<StructItem> {
        self.check_generics(&item.generics);
        let fields = item
            .fields
            .iter()
            .enumerate()
            .map(|(index, field)| {
                self.check_attributes(&field.attrs);
                let name = match &field.ident {
                    Some(ident) => self.name(ident),
                    None => Name { text: index.to_string(), span: self.span_of(&field.ty) },
                };
                (name, self.ty(&field.ty))
            })
            .collect();
        let mut derives = Vec::new();
        for attribute in item.attrs.iter().filter(|attribute| attribute.path().is_ident("derive")) {
            // rustc reports what is wrong with the list itself.
            let _ = attribute.parse_nested_meta(|meta| {
                if let Some(segment) = meta.path.segments.last() {
                    let name = self.name(&segment.ident);
                    if !DERIVABLE.contains(&name.text.as_str()) {
                        let what = format!("deriving `{}`", name.text);
                        self.unsupported(name.span, &what, &format!("derive only {}", DERIVABLE.join(", ")));
                    }
                    derives.push(name);
                }
                Ok(())
            });
        }
        let positional = matches!(item.fields, syn::Fields::Unnamed(_));
        Some(StructItem { name: self.name(&item.ident), fields, positional, derives })
    }

    fn implementation(&self, item: &syn::ItemImpl) -> Option<ImplItem> {
        self.check_generics(&item.generics);
        if let Some((_, path, _)) = &item.trait_ {
            let help =
                "write methods in `impl Type { .. }`; Clone, Copy, PartialEq, Eq and Default can be derived";
            self.unsupported(self.span_of(path), "implementing a trait", help);
            return None;
        }
        let mut functions = Vec::new();
        let mut constants = Vec::new();
        for member in &item.items {
            match member {
                syn::ImplItem::Fn(function) => {
                    self.check_attributes(&function.attrs);
                    functions.extend(self.function(&function.sig, &function.block, false));
                }
                syn::ImplItem::Const(constant) => {
                    constants.extend(self.constant(&constant.ident, &constant.ty, &constant.expr));
                }
                other => {
                    self.unsupported(self.span_of(other), "this item", "keep functions and constants here")
                }
            }
        }
        Some(ImplItem { target: self.ty(&item.self_ty), functions, constants })
    }

    fn function(
        &self,
        signature: &syn::Signature,
        body: &syn::Block,
        instruction: bool,
    ) -> Option<FunctionItem> {
        self.check_generics(&signature.generics);
        let name = self.name(&signature.ident);
        if let Some(token) = &signature.asyncness {
            self.unsupported(self.span(token.span), "an `async` function", "write a plain function");
        }
        if let Some(token) = &signature.unsafety {
            self.unsupported(self.span(token.span), "an `unsafe` function", "write a plain function");
        }
        let span = self.span(signature.fn_token.span).to(self.span_of(&signature.output)).to(name.span);
        let has_receiver = signature.receiver().is_some();
        let parameters = signature
            .inputs
            .iter()
            .map(|input| match input {
                syn::FnArg::Receiver(receiver) => self.receiver(receiver),
                syn::FnArg::Typed(typed) => (self.pattern(&typed.pat), self.ty(&typed.ty)),
            })
            .collect();
        let result = match &signature.output {
            syn::ReturnType::Default => Type { kind: TypeKind::Tuple(Vec::new()), span: name.span },
            syn::ReturnType::Type(_, ty) => self.ty(ty),
        };
        let body = self.function_body(body);
        Some(FunctionItem { name, instruction, parameters, has_receiver, result, body, span })
    }

    fn receiver(&self, receiver: &syn::Receiver) -> (Pattern, Type) {
        let span = self.span(receiver.self_token.span);
        let name = Name { text: "self".to_owned(), span };
        let mutable = receiver.mutability.is_some() && receiver.reference.is_none();
        let pattern = Pattern { kind: PatternKind::Binding { name, mutable }, span };
        let ty = if receiver.colon_token.is_some() {
            self.ty(&receiver.ty)
        } else {
            let own = self.self_type(span);
            match &receiver.reference {
                None => own,
                Some(_) => {
                    let mutable = receiver.mutability.is_some();
                    Type {
                        kind: TypeKind::Reference { mutable, target: Box::new(own) },
                        span: self.span(receiver.span()),
                    }
                }
            }
        };
        (pattern, ty)
    }

    fn self_type(&self, span: Span) -> Type {
        let segment = Segment { name: Name { text: "Self".to_owned(), span }, arguments: Vec::new() };
        Type { kind: TypeKind::Path(Path { segments: vec![segment], span }), span }
    }
}

/// Whether an attribute's path ends in `name`: `#[encrypted]` and `#[arcis::encrypted]` are the same.
fn has_attribute(attributes: &[syn::Attribute], name: &str) -> bool {
    attributes
        .iter()
        .any(|attribute| attribute.path().segments.last().is_some_and(|segment| segment.ident == name))
}

/// Whether something is there for rustc's tests only.
fn is_test_only(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg")
                && attribute.parse_args::<syn::Path>().is_ok_and(|condition| condition.is_ident("test"))
    })
}
