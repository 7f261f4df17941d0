//! Modules, structs, enums, traits, functions, constants.

use std::sync::Arc;

use arcis_circuit::public::{MAX_FUEL, MAX_MEMORY_PAGES, PAGE_BYTES};
use syn::spanned::Spanned;

use super::types::named_type;
use super::{FoundModule, Parser, has_attribute, is_test_only};
use crate::diagnostics::Diagnostic;
use crate::source::Span;
use crate::syntax::{
    AliasItem, ConstItem, EnumItem, FieldStyle, Fields, FunctionItem, ImplItem, Import, Item, Module, Name,
    Pattern, PatternKind, PublicLimits, StructItem, TraitItem, Type, TypeKind, VariantItem,
};

/// Attributes that say nothing to the compiler.
const HARMLESS: [&str; 15] = [
    "allow",
    "expect",
    "warn",
    "deny",
    "doc",
    "inline",
    "must_use",
    "derive",
    "rustfmt",
    "repr",
    "default",
    "bound",
    "cold",
    "track_caller",
    "automatically_derived",
];

/// Whether a function is marked `#[inline(never)]`.
fn is_outlined(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("inline")
            && attribute.parse_args::<syn::Path>().is_ok_and(|argument| argument.is_ident("never"))
    })
}

/// Whether this is a call of the macro of that name.
fn is_macro(call: &syn::Macro, name: &str) -> bool {
    call.path.segments.last().is_some_and(|segment| segment.ident == name)
}

/// Traits that a type may derive.
/// Fuel of a public function that declares none: some milliseconds.
const DEFAULT_FUEL: u64 = 10_000_000;
/// Memory of a public function that declares none.
const DEFAULT_MEMORY_KIB: u64 = 1024;

const DERIVABLE: [&str; 9] =
    ["Clone", "Copy", "PartialEq", "Eq", "Default", "Debug", "Hash", "PartialOrd", "Ord"];

impl Parser<'_> {
    /// The circuit modules among the items of a file, also those within its other modules; `around` are the modules
    /// around them.
    pub(super) fn modules(&self, items: &[syn::Item], around: &[Name]) -> Vec<FoundModule> {
        let mut modules = Vec::new();
        for item in items {
            let syn::Item::Mod(module) = item else { continue };
            if is_test_only(&module.attrs) {
                continue;
            }
            let Some((_, content)) = &module.content else {
                modules.extend(self.module_file(module, around));
                continue;
            };
            let name = self.name(&module.ident);
            let is_library = has_attribute(&module.attrs, "encrypted_library");
            if is_library || has_attribute(&module.attrs, "encrypted") {
                let module = if is_library { self.library_module(content) } else { self.module(content) };
                let around = self.said_to_be_in(content).unwrap_or_else(|| around.to_vec());
                let crate_number = self.crate_number;
                modules.push(FoundModule {
                    around,
                    name,
                    module: Arc::new(module),
                    is_library,
                    crate_number,
                });
            } else {
                let mut around = around.to_vec();
                around.push(name);
                modules.extend(self.modules(content, &around));
            }
        }
        modules
    }

    /// The modules around a circuit module, where `assert_current_module!` says them.
    fn said_to_be_in(&self, items: &[syn::Item]) -> Option<Vec<Name>> {
        let path = items.iter().find_map(|item| match item {
            syn::Item::Macro(call) if is_macro(&call.mac, "assert_current_module") => {
                call.mac.parse_body::<syn::Path>().ok()
            }
            _ => None,
        })?;
        let mut names: Vec<Name> = path.segments.iter().map(|segment| self.name(&segment.ident)).collect();
        names.pop();
        if names.first().is_some_and(|name| &*name.text == "crate") {
            names.remove(0);
        }
        Some(names)
    }

    pub(super) fn module(&self, items: &[syn::Item]) -> Module {
        let mut module = Module::default();
        let outer = self.blocks.take();
        for item in items {
            self.item(item, &mut module);
        }
        module.blocks = self.blocks.replace(outer);
        module
    }

    fn item(&self, item: &syn::Item, module: &mut Module) {
        let attributes: &[syn::Attribute] = match item {
            syn::Item::Const(it) => &it.attrs,
            syn::Item::Enum(it) => &it.attrs,
            syn::Item::Fn(it) => &it.attrs,
            syn::Item::Impl(it) => &it.attrs,
            syn::Item::Mod(it) => &it.attrs,
            syn::Item::Struct(it) => &it.attrs,
            syn::Item::Trait(it) => &it.attrs,
            syn::Item::Type(it) => &it.attrs,
            syn::Item::Use(it) => &it.attrs,
            _ => &[],
        };
        if is_test_only(attributes) {
            return;
        }
        self.check_attributes(attributes);
        let span = self.span_of(item);
        match item {
            syn::Item::Const(item) if item.ident == "_" => {}
            syn::Item::Const(item) => {
                module.items.push(Item::Const(self.constant(&item.ident, &item.ty, Some(&item.expr))));
            }
            syn::Item::Fn(item) => {
                let instruction = has_attribute(&item.attrs, "instruction");
                if instruction && !matches!(item.vis, syn::Visibility::Public(_)) {
                    let name = self.name(&item.sig.ident);
                    self.reporter.report(
                        Diagnostic::new(name.span, format!("the instruction `{}` is not public", name.text))
                            .help("write `pub fn`: clients and the Solana program call it"),
                    );
                }
                let mut function = self.function(&item.sig, Some(&item.block), instruction);
                function.public = self.public_limits(&item.attrs);
                function.outlined = is_outlined(&item.attrs);
                if instruction && function.public.is_some() {
                    let help = "split it: what runs in the clear goes into a `#[public]` function that the instruction calls";
                    self.unsupported(
                        function.name.span,
                        "a function that is both `#[instruction]` and `#[public]`",
                        help,
                    );
                }
                module.items.push(Item::Function(function));
            }
            syn::Item::ForeignMod(item) => {
                for function in &item.items {
                    if let syn::ForeignItem::Fn(function) = function {
                        module.items.push(Item::Function(self.function(&function.sig, None, false)));
                    }
                }
            }
            syn::Item::Impl(item) => module.items.push(Item::Impl(self.implementation(item))),
            syn::Item::Struct(item) => module.items.push(Item::Struct(StructItem {
                name: self.name(&item.ident),
                generics: self.generics(&item.generics),
                fields: self.fields(&item.fields),
                derives: self.derives(&item.attrs),
            })),
            syn::Item::Enum(item) => module.items.push(Item::Enum(self.enumeration(item))),
            syn::Item::Trait(item) => module.items.push(Item::Trait(self.trait_item(item))),
            syn::Item::Type(item) => module.items.push(Item::Alias(AliasItem {
                name: self.name(&item.ident),
                generics: self.generics(&item.generics),
                target: self.ty(&item.ty),
            })),
            syn::Item::Use(item) => self.import(&item.tree, &mut Vec::new(), &mut module.imports),
            syn::Item::Mod(item) => match &item.content {
                Some((_, items)) => {
                    let inner = Arc::new(self.module(items));
                    module.items.push(Item::Module(self.name(&item.ident), inner));
                }
                None => {
                    let help = "write its body here, `mod name { .. }`, or include it: `encrypted_mod!(\"name.rs\")`";
                    self.unsupported(self.span_of(&item.ident), "a module in a file of its own", help);
                }
            },
            syn::Item::Static(item) => {
                let help = "use a `const`; state lives in `Enc<Mxe, _>` arguments";
                self.unsupported(self.span_of(&item.ident), "a `static`", help);
            }
            syn::Item::Macro(call) if is_macro(&call.mac, "encrypted_mod") => {
                if let Some((name, inner)) = self.encrypted_mod(&call.mac) {
                    module.items.push(Item::Module(name, Arc::new(inner)));
                }
            }
            // Looked at where the module is found.
            syn::Item::Macro(call) if is_macro(&call.mac, "assert_current_module") => {}
            syn::Item::Macro(_) => {
                let help = "write out what it stands for, or use a generic function";
                self.unsupported(span, "a macro of your own", help);
            }
            _ => {
                let help = "keep structs, enums, traits, functions and constants here";
                self.unsupported(span, "this item", help);
            }
        }
    }

    fn check_attributes(&self, attributes: &[syn::Attribute]) {
        for attribute in attributes {
            let name = attribute.path().segments.last().map(|it| it.ident.to_string()).unwrap_or_default();
            let known = ["instruction", "encrypted", "encrypted_library", "public"].contains(&name.as_str());
            let of_tools = attribute.path().segments.len() > 1;
            if !known && !of_tools && !HARMLESS.contains(&name.as_str()) {
                let what = format!("the attribute `{name}`");
                self.unsupported(self.span_of(attribute), &what, "remove it: it has no meaning in a circuit");
            }
        }
    }

    /// What `#[public]`, or `#[public(fuel = .., memory_kib = ..)]`, says.
    fn public_limits(&self, attributes: &[syn::Attribute]) -> Option<PublicLimits> {
        let attribute = attributes.iter().find(|attribute| super::is_attribute(attribute, "public"))?;
        let mut limits = PublicLimits { fuel: DEFAULT_FUEL, memory_kib: DEFAULT_MEMORY_KIB };
        if let syn::Meta::Path(_) = attribute.meta {
            return Some(limits);
        }
        let parsed = attribute.parse_nested_meta(|meta| {
            let largest_memory = u64::from(MAX_MEMORY_PAGES) * u64::from(PAGE_BYTES / 1024);
            let (place, limit) = if meta.path.is_ident("fuel") {
                (&mut limits.fuel, MAX_FUEL)
            } else if meta.path.is_ident("memory_kib") {
                (&mut limits.memory_kib, largest_memory)
            } else {
                return Err(meta.error("there is no such limit"));
            };
            let value: syn::LitInt = meta.value()?.parse()?;
            *place = value.base10_parse()?;
            if !(1..=limit).contains(place) {
                return Err(syn::Error::new(value.span(), format!("this has to be between 1 and {limit}")));
            }
            Ok(())
        });
        if let Err(error) = parsed {
            let message = format!("these are no limits of a public function: {error}");
            self.reporter.report(
                Diagnostic::new(self.span(error.span()), message).help(
                    "write `#[public(fuel = 10_000_000, memory_kib = 1024)]`, or one of them, or neither",
                ),
            );
        }
        Some(limits)
    }

    fn import(&self, tree: &syn::UseTree, path: &mut Vec<Name>, imports: &mut Vec<Import>) {
        match tree {
            syn::UseTree::Path(it) => {
                path.push(self.name(&it.ident));
                self.import(&it.tree, path, imports);
                path.pop();
            }
            syn::UseTree::Name(it) => {
                let name = self.name(&it.ident);
                let mut full = path.clone();
                let alias = if &*name.text == "self" { full.last().cloned() } else { Some(name.clone()) };
                if &*name.text != "self" {
                    full.push(name);
                }
                imports.push(Import { path: full, alias });
            }
            syn::UseTree::Rename(it) => {
                let mut full = path.clone();
                if it.ident != "self" {
                    full.push(self.name(&it.ident));
                }
                imports.push(Import { path: full, alias: Some(self.name(&it.rename)) });
            }
            syn::UseTree::Glob(_) => imports.push(Import { path: path.clone(), alias: None }),
            syn::UseTree::Group(it) => it.items.iter().for_each(|tree| self.import(tree, path, imports)),
        }
    }

    fn constant(&self, name: &syn::Ident, ty: &syn::Type, value: Option<&syn::Expr>) -> ConstItem {
        let value = value.map(|value| Arc::new(self.expression(value)));
        ConstItem { name: self.name(name), ty: self.ty(ty), value }
    }

    fn fields(&self, fields: &syn::Fields) -> Fields {
        let list = fields.iter().enumerate().map(|(index, field)| {
            let name = match &field.ident {
                Some(ident) => self.name(ident),
                None => Name::new(&index.to_string(), self.span_of(&field.ty)),
            };
            (name, self.ty(&field.ty))
        });
        let style = match fields {
            syn::Fields::Named(_) => FieldStyle::Named,
            syn::Fields::Unnamed(_) => FieldStyle::Tuple,
            syn::Fields::Unit => FieldStyle::Unit,
        };
        Fields { list: list.collect(), style }
    }

    fn derives(&self, attributes: &[syn::Attribute]) -> Vec<Name> {
        let mut derives = Vec::new();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("derive")) {
            // rustc reports what is wrong with the list itself.
            let _ = attribute.parse_nested_meta(|meta| {
                if let Some(segment) = meta.path.segments.last() {
                    let name = self.name(&segment.ident);
                    if !DERIVABLE.contains(&&*name.text) {
                        let what = format!("deriving `{}`", name.text);
                        self.unsupported(name.span, &what, &format!("derive only {}", DERIVABLE.join(", ")));
                    }
                    derives.push(name);
                }
                Ok(())
            });
        }
        derives
    }

    fn enumeration(&self, item: &syn::ItemEnum) -> EnumItem {
        let variants = item.variants.iter().map(|variant| VariantItem {
            name: self.name(&variant.ident),
            fields: self.fields(&variant.fields),
            discriminant: variant.discriminant.as_ref().map(|(_, value)| Arc::new(self.expression(value))),
            is_default: has_attribute(&variant.attrs, "default"),
        });
        EnumItem {
            name: self.name(&item.ident),
            generics: self.generics(&item.generics),
            variants: variants.collect(),
            derives: self.derives(&item.attrs),
        }
    }

    fn trait_item(&self, item: &syn::ItemTrait) -> TraitItem {
        let mut parsed = TraitItem {
            name: self.name(&item.ident),
            generics: self.generics(&item.generics),
            supertraits: self.bounds(item.supertraits.iter()),
            types: Vec::new(),
            constants: Vec::new(),
            functions: Vec::new(),
        };
        for member in &item.items {
            match member {
                syn::TraitItem::Fn(it) => {
                    parsed.functions.push(self.function(&it.sig, it.default.as_ref(), false));
                }
                syn::TraitItem::Const(it) => {
                    let value = it.default.as_ref().map(|(_, value)| value);
                    parsed.constants.push(self.constant(&it.ident, &it.ty, value));
                }
                syn::TraitItem::Type(it) => {
                    if !it.generics.params.is_empty() {
                        let help = "make the parameters those of the trait";
                        self.unsupported(self.span_of(&it.generics), "a generic associated type", help);
                    }
                    let default = it.default.as_ref().map(|(_, ty)| self.ty(ty));
                    parsed.types.push((self.name(&it.ident), self.bounds(it.bounds.iter()), default));
                }
                other => {
                    let help = "keep functions, types and constants here";
                    self.unsupported(self.span_of(other), "this item", help);
                }
            }
        }
        parsed
    }

    fn implementation(&self, item: &syn::ItemImpl) -> ImplItem {
        let mut parsed = ImplItem {
            generics: self.generics(&item.generics),
            of_trait: item.trait_.as_ref().map(|(_, path, _)| self.path(path)),
            target: self.ty(&item.self_ty),
            types: Vec::new(),
            functions: Vec::new(),
            constants: Vec::new(),
            span: self.span_of(&item.self_ty),
        };
        for member in &item.items {
            match member {
                syn::ImplItem::Fn(it) if is_test_only(&it.attrs) => {}
                syn::ImplItem::Fn(it) => {
                    self.check_attributes(&it.attrs);
                    if let Some(attribute) = it.attrs.iter().find(|it| super::is_attribute(it, "public")) {
                        let help = "mark a function of the module, which calls this method";
                        self.unsupported(self.span_of(attribute), "`#[public]` on a method", help);
                    }
                    let mut function = self.function(&it.sig, Some(&it.block), false);
                    function.outlined = is_outlined(&it.attrs);
                    parsed.functions.push(function);
                }
                syn::ImplItem::Const(it) => {
                    parsed.constants.push(self.constant(&it.ident, &it.ty, Some(&it.expr)));
                }
                syn::ImplItem::Type(it) => parsed.types.push((self.name(&it.ident), self.ty(&it.ty))),
                other => {
                    let help = "keep functions, types and constants here";
                    self.unsupported(self.span_of(other), "this item", help);
                }
            }
        }
        parsed
    }

    fn function(
        &self,
        signature: &syn::Signature,
        body: Option<&syn::Block>,
        instruction: bool,
    ) -> FunctionItem {
        let name = self.name(&signature.ident);
        if let Some(token) = &signature.asyncness {
            self.unsupported(self.span(token.span), "an `async` function", "write a plain function");
        }
        if let Some(token) = &signature.unsafety {
            self.unsupported(self.span(token.span), "an `unsafe` function", "write a plain function");
        }
        let span = self.span(signature.fn_token.span).to(self.span_of(&signature.output)).to(name.span);
        let mut generics = self.generics(&signature.generics);
        let mut parameters = Vec::new();
        for (index, input) in signature.inputs.iter().enumerate() {
            let (pattern, mut ty) = match input {
                syn::FnArg::Receiver(receiver) => self.receiver(receiver),
                syn::FnArg::Typed(typed) => (self.pattern(&typed.pat), self.ty(&typed.ty)),
            };
            name_anonymous(&mut ty, index, &mut generics);
            parameters.push((pattern, ty));
        }
        FunctionItem {
            has_receiver: signature.receiver().is_some(),
            result: self.result(&signature.output, name.span),
            body: body.map(|body| self.block(body)),
            name,
            instruction,
            public: None,
            outlined: false,
            generics,
            parameters,
            span,
        }
    }

    fn receiver(&self, receiver: &syn::Receiver) -> (Pattern, Type) {
        let span = self.span(receiver.self_token.span);
        let name = Name::new("self", span);
        let kind = PatternKind::Binding { name, reference: None, inner: None };
        let ty = if receiver.colon_token.is_some() {
            self.ty(&receiver.ty)
        } else {
            let own = self.self_type(span);
            match &receiver.reference {
                None => own,
                Some(_) => Type {
                    kind: TypeKind::Reference(receiver.mutability.is_some(), Box::new(own)),
                    span: self.span(receiver.span()),
                },
            }
        };
        (Pattern { kind, span }, ty)
    }

    fn self_type(&self, span: Span) -> Type {
        named_type(&Name::new("Self", span))
    }
}

/// `impl Trait` as the type of a parameter is a generic parameter without a name.
fn name_anonymous(ty: &mut Type, index: usize, generics: &mut crate::syntax::Generics) {
    match &mut ty.kind {
        TypeKind::Impl(bounds) => {
            let name = Name::new(&format!("impl#{index}_{}", generics.parameters.len()), ty.span);
            let named = named_type(&name);
            generics.bounds.push((named.clone(), std::mem::take(bounds)));
            let parameter = crate::syntax::GenericParameter { name, constant: None, default: None };
            generics.parameters.push(parameter);
            *ty = named;
        }
        TypeKind::Reference(_, target) | TypeKind::Slice(target) | TypeKind::Array(target, _) => {
            name_anonymous(target, index, generics);
        }
        TypeKind::Tuple(elements) => {
            elements.iter_mut().for_each(|element| name_anonymous(element, index, generics));
        }
        _ => {}
    }
}
