//! From syntax trees to definitions.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::{
    AdtDefinition, AliasDefinition, ConstantDefinition, Container, Definition, FunctionDefinition, Generics,
    ImplDefinition, ModuleDefinition, Program, Query, Scope, Table, TraitDefinition,
};
use crate::diagnostics::{Diagnostic, Reporter};
use crate::parse::{Found, FoundModule};
use crate::source::Span;
use crate::syntax::{self, Item, Module, Name};
use crate::types::{AdtId, ConstantId, FunctionId, ImplId, TraitId, Type, Types};

/// The prelude's module, and the root of the author's crate; those of library crates come after it.
const PRELUDE: usize = 0;
const ROOT: usize = 1;

impl<'a> Program<'a> {
    /// Collects the definitions of the prelude and of the author's modules.
    pub fn new(prelude: &Arc<Module>, found: &Found, reporter: &'a Reporter) -> Self {
        let mut program = Self {
            reporter,
            modules: Vec::new(),
            crates: found.crates.clone(),
            blocks: HashMap::new(),
            adts: Vec::new(),
            traits: Vec::new(),
            impls: Vec::new(),
            functions: Vec::new(),
            constants: Vec::new(),
            aliases: Vec::new(),
            members: HashMap::new(),
            member_constants: HashMap::new(),
            trait_impls: HashMap::new(),
            closures: Vec::new().into(),
            bodies: Table::new(),
            values: Table::new(),
            selections: Table::new(),
            instance_depth: 0.into(),
        };
        program.add_module(None, false, Vec::new());
        for _ in 0..found.crates.len().max(1) {
            program.add_module(None, false, Vec::new());
        }
        let mut implementations = Vec::new();
        program.collect(PRELUDE, prelude, &mut implementations);
        for found in &found.modules {
            program.add_found(found, &mut implementations);
        }
        for (module, item) in implementations {
            program.add_implementation(module, item);
        }
        program.check_imports();
        program.check_struct_recursion();
        program.check_instruction_names();
        program
    }

    /// Adds a circuit module where it is in its crate. What a library has belongs to the module around it, which its own
    /// name stands for too.
    fn add_found(&mut self, found: &FoundModule, implementations: &mut Vec<(usize, syntax::ImplItem)>) {
        let mut parent = ROOT + found.crate_number;
        for name in &found.around {
            parent = match self.modules[parent].types.get(&name.text) {
                Some((Definition::Module(number), _)) => *number,
                _ => {
                    let number = self.add_module(Some(parent), false, Vec::new());
                    self.define_type(parent, name, Definition::Module(number));
                    number
                }
            };
        }
        if found.is_library {
            self.define_type(parent, &found.name, Definition::Module(parent));
            self.collect(parent, &found.module, implementations);
        } else {
            let number = self.add_module(Some(parent), false, Vec::new());
            self.define_type(parent, &found.name, Definition::Module(number));
            self.collect(number, &found.module, implementations);
        }
    }

    fn add_module(&mut self, parent: Option<usize>, is_block: bool, imports: Vec<syntax::Import>) -> usize {
        self.modules.push(ModuleDefinition {
            parent,
            is_block,
            types: BTreeMap::new(),
            values: BTreeMap::new(),
            imports,
        });
        self.modules.len() - 1
    }

    fn scope(&self, module: usize, generics: Generics) -> Scope {
        Scope { module, generics: Arc::new(generics), self_type: None, of_trait: None }
    }

    /// Defines what a module's syntax tree has; `impl` blocks are put aside until all names are known.
    fn collect(
        &mut self,
        module: usize,
        syntax: &Module,
        implementations: &mut Vec<(usize, syntax::ImplItem)>,
    ) {
        self.modules[module].imports.extend(syntax.imports.iter().cloned());
        for block in &syntax.blocks {
            let number = self.add_module(Some(module), true, Vec::new());
            self.blocks.insert(Arc::as_ptr(block), number);
            self.collect(number, block, implementations);
        }
        for item in &syntax.items {
            match item {
                Item::Module(name, inner) => {
                    let number = self.add_module(Some(module), false, Vec::new());
                    self.define_type(module, name, Definition::Module(number));
                    self.collect(number, inner, implementations);
                }
                Item::Struct(item) => {
                    let variant = syntax::VariantItem {
                        name: item.name.clone(),
                        fields: item.fields.clone(),
                        discriminant: None,
                        is_default: false,
                    };
                    self.add_adt(module, &item.name, &item.generics, vec![variant], &item.derives, false);
                }
                Item::Enum(item) => {
                    let variants = item.variants.clone();
                    self.add_adt(module, &item.name, &item.generics, variants, &item.derives, true);
                }
                Item::Trait(item) => self.add_trait(module, item),
                Item::Function(item) => {
                    let scope = self.scope(module, Generics::of(&item.generics));
                    let id = self.add_function(scope, item.clone(), Container::Module);
                    self.define_value(module, &item.name, Definition::Function(id));
                }
                Item::Const(item) => {
                    let scope = self.scope(module, Generics::default());
                    let id = self.add_constant(scope, item.clone(), Container::Module);
                    self.define_value(module, &item.name, Definition::Constant(id));
                }
                Item::Alias(item) => {
                    let scope = self.scope(module, Generics::of(&item.generics));
                    let definition = Definition::Alias(self.aliases.len());
                    self.define_type(module, &item.name, definition);
                    self.aliases.push(AliasDefinition { item: item.clone(), scope, target: Query::new() });
                }
                Item::Impl(item) => implementations.push((module, item.clone())),
            }
        }
    }

    fn add_adt(
        &mut self,
        module: usize,
        name: &Name,
        generics: &syntax::Generics,
        items: Vec<syntax::VariantItem>,
        derives: &[Name],
        is_enum: bool,
    ) {
        let id = AdtId(self.adts.len());
        self.define_type(module, name, Definition::Adt(id));
        let mut scope = self.scope(module, Generics::of(generics));
        let arguments = (0..scope.generics.names.len() as u32).map(Type::Parameter).collect();
        scope.self_type = Some(Type::Adt(id, arguments));
        self.adts.push(AdtDefinition {
            name: name.clone(),
            is_enum,
            in_prelude: self.is_prelude(module),
            derives: derives.to_vec(),
            scope,
            items,
            variants: Query::new(),
            discriminants: Query::new(),
        });
    }

    fn is_prelude(&self, mut module: usize) -> bool {
        while let Some(parent) = self.modules[module].parent {
            module = parent;
        }
        module == PRELUDE
    }

    fn add_trait(&mut self, module: usize, item: &syntax::TraitItem) {
        let id = TraitId(self.traits.len());
        self.define_type(module, &item.name, Definition::Trait(id));
        let own = (Arc::from("Self"), None);
        let mut generics = Generics::of(&item.generics);
        generics.names.insert(0, own);
        generics.defaults.insert(0, None);
        generics.outer = generics.names.len();
        let arguments: Types = (0..generics.names.len() as u32).map(Type::Parameter).collect();
        let scope = Scope {
            module,
            generics: Arc::new(generics),
            self_type: Some(Type::Parameter(0)),
            of_trait: Some((id, arguments)),
        };
        let mut functions = BTreeMap::new();
        let mut constants = BTreeMap::new();
        for function in &item.functions {
            let inner = scope.within(&function.generics);
            let function_id = self.add_function(inner, function.clone(), Container::Trait(id));
            functions.insert(function.name.text.clone(), function_id);
            self.members.entry(function.name.text.clone()).or_default().push(function_id);
        }
        for constant in &item.constants {
            let constant_id = self.add_constant(scope.clone(), constant.clone(), Container::Trait(id));
            constants.insert(constant.name.text.clone(), constant_id);
            self.member_constants.entry(constant.name.text.clone()).or_default().push(constant_id);
        }
        let in_prelude = self.is_prelude(module);
        let item = syntax::TraitItem { functions: Vec::new(), constants: Vec::new(), ..item.clone() };
        self.traits.push(TraitDefinition {
            name: item.name.clone(),
            in_prelude,
            scope,
            item,
            functions,
            constants,
            supertraits: Query::new(),
        });
    }

    fn add_function(&mut self, scope: Scope, item: syntax::FunctionItem, container: Container) -> FunctionId {
        let in_prelude = self.is_prelude(scope.module);
        self.functions.push(FunctionDefinition {
            item,
            container,
            scope,
            in_prelude,
            signature: Query::new(),
        });
        FunctionId(self.functions.len() - 1)
    }

    fn add_constant(&mut self, scope: Scope, item: syntax::ConstItem, container: Container) -> ConstantId {
        self.constants.push(ConstantDefinition { item, scope, ty: Query::new(), container });
        ConstantId(self.constants.len() - 1)
    }

    fn define_type(&mut self, module: usize, name: &Name, definition: Definition) {
        let types = &mut self.modules[module].types;
        if let Some((_, first)) = types.get(&name.text) {
            report_duplicate(self.reporter, name, *first);
            return;
        }
        types.insert(name.text.clone(), (definition, name.span));
    }

    fn define_value(&mut self, module: usize, name: &Name, definition: Definition) {
        let values = &mut self.modules[module].values;
        if let Some((_, first)) = values.get(&name.text) {
            report_duplicate(self.reporter, name, *first);
            return;
        }
        values.insert(name.text.clone(), (definition, name.span));
    }

    fn add_implementation(&mut self, module: usize, item: syntax::ImplItem) {
        let mut generics = Generics::of(&item.generics);
        generics.outer = generics.names.len();
        let mut scope = self.scope(module, generics);
        let target = self.resolve_item_type(&scope, &item.target);
        scope.self_type = Some(target.clone());
        if let Some(path) = &item.of_trait {
            let Some((of_trait, arguments)) = self.resolve_trait(&scope, path, &target) else { return };
            scope.of_trait = Some((of_trait, arguments));
        }
        if scope.of_trait.is_none()
            && !self.is_prelude(module)
            && matches!(&target, Type::Bool | Type::Integer(_) | Type::Array(..) | Type::Tuple(_))
        {
            self.reporter.report(
                Diagnostic::new(item.target.span, "methods can be added to types of this module only")
                    .help("write a trait of your own and implement it for this type"),
            );
            return;
        }
        let id = ImplId(self.impls.len());
        let mut functions = BTreeMap::new();
        let mut constants = BTreeMap::new();
        let mut taken: BTreeMap<Arc<str>, Span> = BTreeMap::new();
        for function in item.functions {
            let name = function.name.clone();
            if let Some(first) = taken.insert(name.text.clone(), name.span) {
                report_duplicate(self.reporter, &name, first);
                continue;
            }
            let inner = scope.within(&function.generics);
            let function_id = self.add_function(inner, function, Container::Impl(id));
            if scope.of_trait.is_none() {
                self.members.entry(name.text.clone()).or_default().push(function_id);
            }
            functions.insert(name.text, function_id);
        }
        for constant in item.constants {
            let name = constant.name.text.clone();
            let constant_id = self.add_constant(scope.clone(), constant, Container::Impl(id));
            if scope.of_trait.is_none() {
                self.member_constants.entry(name.clone()).or_default().push(constant_id);
            }
            constants.insert(name, constant_id);
        }
        if let Some((of_trait, _)) = &scope.of_trait {
            self.trait_impls.entry(*of_trait).or_default().push(id);
        }
        self.impls.push(ImplDefinition {
            of_trait: scope.of_trait.clone(),
            target,
            span: item.span,
            types: item.types.into_iter().map(|(name, ty)| (name.text, ty)).collect(),
            functions,
            constants,
            predicates: Query::new(),
            scope,
        });
    }

    /// A struct that contains itself has no size.
    fn check_struct_recursion(&self) {
        for id in self.own_adts() {
            if self.contains(id, id, &mut Vec::new()) {
                let name = &self.adt(id).name;
                self.reporter.report(
                    Diagnostic::new(name.span, format!("`{}` contains itself", name.text))
                        .help("use an array: the size of everything in a circuit is fixed"),
                );
            }
        }
    }

    fn contains(&self, outer: AdtId, sought: AdtId, seen: &mut Vec<AdtId>) -> bool {
        if seen.contains(&outer) {
            return false;
        }
        seen.push(outer);
        let variants = self.variants(outer);
        variants.iter().flat_map(|variant| &variant.fields).any(|field| {
            field.ty.any(&mut |part| match part {
                Type::Adt(id, _) => *id == sought || self.contains(*id, sought, seen),
                _ => false,
            })
        })
    }

    fn check_instruction_names(&self) {
        let mut names: BTreeMap<Arc<str>, Span> = BTreeMap::new();
        for id in self.own_functions() {
            let item = &self.function(id).item;
            if !item.instruction {
                continue;
            }
            if let Some(first) = names.insert(item.name.text.clone(), item.name.span) {
                let message = format!("there are two instructions called `{}`", item.name.text);
                self.reporter.report(
                    Diagnostic::new(item.name.span, message)
                        .related(first, "the other one")
                        .help("clients call instructions by name: rename one of them"),
                );
            }
            if !item.generics.parameters.is_empty() {
                self.reporter.report(
                    Diagnostic::new(item.name.span, "an instruction cannot be generic")
                        .help("write one instruction for each type, which call a generic function"),
                );
            }
        }
    }
}

impl Generics {
    /// The parameters as written.
    pub(super) fn of(generics: &syntax::Generics) -> Self {
        let names = generics.parameters.iter().map(|it| (it.name.text.clone(), it.constant.clone()));
        Self {
            names: names.collect(),
            defaults: generics.parameters.iter().map(|it| it.default.clone()).collect(),
            bounds: generics.bounds.clone(),
            outer: 0,
        }
    }
}

impl Scope {
    /// The scope of a function within this `impl` or trait.
    fn within(&self, generics: &syntax::Generics) -> Self {
        let own = Generics::of(generics);
        let mut all = (*self.generics).clone();
        all.names.extend(own.names);
        all.defaults.extend(own.defaults);
        all.bounds.extend(own.bounds);
        Self { generics: Arc::new(all), ..self.clone() }
    }
}

fn report_duplicate(reporter: &Reporter, name: &Name, first: Span) {
    reporter.report(
        Diagnostic::new(name.span, format!("`{}` is defined twice", name.text))
            .related(first, "the first definition")
            .help("rename one of them"),
    );
}
