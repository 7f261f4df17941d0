//! The program: what the circuit modules and the prelude define, and what is asked about it.
//!
//! Names are collected at once ([`Program::new`]). Everything else is worked out when it is asked for and kept: the fields of
//! a struct, the signature of a function, the typed body of each instance of it, the value of a constant. So the stages
//! can need each other in any order (the length of an array in a signature is a constant, whose value has to be
//! type-checked and evaluated), and a definition that needs itself is found where it happens.
//!
//! # Layout
//! - `definitions`: what there is to define.
//! - `query`: answers worked out once.
//! - `collect`: from syntax trees to definitions.
//! - `names`: what a path stands for.
//! - `resolve`: written types to [`Type`]s.
//! - `target`: what calls run.

mod collect;
mod definitions;
mod names;
mod query;
mod resolve;
mod target;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

pub use definitions::{
    AdtDefinition, ClosureInfo, Container, Definition, Field, FunctionDefinition, Generics, ImplDefinition,
    Predicate, Scope, Signature, TraitDefinition, Variant,
};
use definitions::{AliasDefinition, ConstantDefinition, ModuleDefinition};
pub use names::{Resolved, similar};
use query::{Query, Table};

use crate::diagnostics::{Diagnostic, Reporter};
use crate::evaluate::{self, Constant};
use crate::infer;
use crate::syntax::{self, Name};
use crate::tree::Body;
use crate::types::{AdtId, ClosureId, ConstantId, FunctionId, ImplId, TraitId, Type, Types};

/// Deepest nesting of instances that are typed because of each other.
const MAX_INSTANCE_DEPTH: usize = 200;

/// What the circuit modules and the prelude define.
pub struct Program<'a> {
    reporter: &'a Reporter,
    modules: Vec<ModuleDefinition>,
    /// What each crate calls other crates, by their numbers; the author's is the first.
    crates: Vec<BTreeMap<Arc<str>, usize>>,
    /// The numbers of modules that are blocks, by where their syntax trees are in memory.
    blocks: HashMap<*const syntax::Module, usize>,
    adts: Vec<AdtDefinition>,
    traits: Vec<TraitDefinition>,
    impls: Vec<ImplDefinition>,
    functions: Vec<FunctionDefinition>,
    constants: Vec<ConstantDefinition>,
    aliases: Vec<AliasDefinition>,
    /// Functions of `impl` blocks without a trait, and of traits, by name.
    members: HashMap<Arc<str>, Vec<FunctionId>>,
    member_constants: HashMap<Arc<str>, Vec<ConstantId>>,
    trait_impls: HashMap<TraitId, Vec<ImplId>>,
    closures: RefCell<Vec<ClosureInfo>>,
    bodies: Table<(FunctionId, Types), Option<Arc<Body>>>,
    values: Table<(ConstantId, Types), Option<Arc<Constant>>>,
    selections: Table<(TraitId, Types), Option<infer::Selection>>,
    instance_depth: RefCell<usize>,
}

impl<'a> Program<'a> {
    /// Where problems are reported.
    pub fn reporter(&self) -> &'a Reporter {
        self.reporter
    }

    /// The functions of the author's modules, in source order, those in `impl` blocks last.
    pub fn own_functions(&self) -> impl Iterator<Item = FunctionId> + '_ {
        (0..self.functions.len()).map(FunctionId).filter(|id| !self.function(*id).in_prelude)
    }

    /// The constants of the author's modules.
    pub fn own_constants(&self) -> impl Iterator<Item = ConstantId> + '_ {
        (0..self.constants.len()).map(ConstantId).filter(|id| self.constants[id.0].item.name.span.file != 0)
    }

    /// The structs and enums of the author's modules.
    pub fn own_adts(&self) -> impl Iterator<Item = AdtId> + '_ {
        (0..self.adts.len()).map(AdtId).filter(|id| !self.adt(*id).in_prelude)
    }

    /// Whether a constant has a value of its own, whatever the generic parameters around it are.
    pub fn stands_alone(&self, id: ConstantId) -> bool {
        let definition = &self.constants[id.0];
        definition.item.value.is_some() && definition.scope.generics.names.is_empty()
    }

    /// A function.
    pub fn function(&self, id: FunctionId) -> &FunctionDefinition {
        &self.functions[id.0]
    }

    /// A struct or an enum.
    pub fn adt(&self, id: AdtId) -> &AdtDefinition {
        &self.adts[id.0]
    }

    /// A trait.
    pub fn trait_definition(&self, id: TraitId) -> &TraitDefinition {
        &self.traits[id.0]
    }

    /// An `impl` block.
    pub fn implementation(&self, id: ImplId) -> &ImplDefinition {
        &self.impls[id.0]
    }

    /// The `impl` blocks of a trait.
    pub fn implementations(&self, id: TraitId) -> &[ImplId] {
        self.trait_impls.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Functions of this name in `impl` blocks and traits.
    pub fn members(&self, name: &str) -> &[FunctionId] {
        self.members.get(name).map_or(&[], Vec::as_slice)
    }

    /// Constants of this name in `impl` blocks and traits, and what they belong to.
    pub fn member_constants(&self, name: &str) -> &[ConstantId] {
        self.member_constants.get(name).map_or(&[], Vec::as_slice)
    }

    /// What a constant belongs to.
    pub fn constant_container(&self, id: ConstantId) -> Container {
        self.constants[id.0].container
    }

    /// The function of this name in an `impl` block.
    pub fn impl_function(&self, id: ImplId, name: &str) -> Option<FunctionId> {
        self.impls[id.0].functions.get(name).copied()
    }

    /// The constant of this name in an `impl` block.
    pub fn impl_constant(&self, id: ImplId, name: &str) -> Option<ConstantId> {
        self.impls[id.0].constants.get(name).copied()
    }

    /// The function of this name in a trait.
    pub fn trait_function(&self, id: TraitId, name: &str) -> Option<FunctionId> {
        self.traits[id.0].functions.get(name).copied()
    }

    /// The constant of this name in a trait.
    pub fn trait_constant(&self, id: TraitId, name: &str) -> Option<ConstantId> {
        self.traits[id.0].constants.get(name).copied()
    }

    /// Number of generic parameters of a trait, `Self` among them.
    pub fn trait_arity(&self, id: TraitId) -> usize {
        self.traits[id.0].scope.generics.names.len()
    }

    /// Number of generic parameters of a struct or an enum.
    pub fn adt_arity(&self, id: AdtId) -> usize {
        self.adts[id.0].scope.generics.names.len()
    }

    /// Whether a trait has an associated type of this name.
    pub fn has_associated_type(&self, id: TraitId, name: &str) -> bool {
        self.traits[id.0].item.types.iter().any(|(other, ..)| &*other.text == name)
    }

    /// The struct or enum of this name in the prelude.
    pub fn prelude_adt(&self, name: &str) -> Option<AdtId> {
        match self.modules.first()?.types.get(name) {
            Some((Definition::Adt(id), _)) => Some(*id),
            _ => None,
        }
    }

    /// The trait of this name in the prelude.
    pub fn prelude_trait(&self, name: &str) -> Option<TraitId> {
        match self.modules.first()?.types.get(name) {
            Some((Definition::Trait(id), _)) => Some(*id),
            _ => None,
        }
    }

    /// The function of this name in the prelude.
    pub fn prelude_function(&self, name: &str) -> Option<FunctionId> {
        match self.modules.first()?.values.get(name) {
            Some((Definition::Function(id), _)) => Some(*id),
            _ => None,
        }
    }

    /// The name of a struct or enum, if it is of the prelude.
    pub fn prelude_name(&self, id: AdtId) -> Option<&str> {
        let adt = self.adt(id);
        adt.in_prelude.then_some(&*adt.name.text)
    }

    /// The name of a function, with its type's where it has one.
    pub fn function_name(&self, id: FunctionId) -> String {
        let function = self.function(id);
        let name = &function.item.name.text;
        match function.container {
            Container::Module => name.to_string(),
            Container::Impl(id) => format!("{}::{name}", self.type_name(&self.impls[id.0].target)),
            Container::Trait(id) => format!("{}::{name}", self.traits[id.0].name.text),
        }
    }

    /// The name of a constant.
    pub fn constant_name(&self, id: ConstantId) -> &str {
        &self.constants[id.0].item.name.text
    }

    /// The variants of an enum, in terms of its generic parameters; of a struct, one.
    pub fn variants(&self, id: AdtId) -> Arc<[Variant]> {
        let definition = self.adt(id);
        let work_out = || {
            let variant = |item: &syntax::VariantItem| Variant {
                name: item.name.text.clone(),
                style: item.fields.style,
                fields: item
                    .fields
                    .list
                    .iter()
                    .map(|(name, ty)| Field {
                        name: name.text.clone(),
                        ty: self.resolve_item_type(&definition.scope, ty),
                    })
                    .collect(),
            };
            definition.items.iter().map(variant).collect()
        };
        definition.variants.get(work_out).unwrap_or_else(|| {
            self.report_cycle(&definition.name);
            Arc::from([])
        })
    }

    /// The numbers that the variants of an enum are cast to.
    pub fn discriminants(&self, id: AdtId) -> Arc<[u128]> {
        let definition = self.adt(id);
        let work_out = || {
            let mut next = 0;
            let mut all = Vec::new();
            for item in &definition.items {
                if let Some(written) = &item.discriminant {
                    next = self
                        .constant_bits(
                            &definition.scope,
                            &Arc::from([]),
                            written,
                            &Type::Integer(crate::types::IntegerType {
                                bits: 64,
                                signed: true,
                                pointer_sized: true,
                            }),
                        )
                        .unwrap_or(0);
                }
                all.push(next);
                next = next.wrapping_add(1);
            }
            all.into()
        };
        definition.discriminants.get(work_out).unwrap_or_else(|| Arc::from([]))
    }

    /// Which variant `#[default]` marks.
    pub fn default_variant(&self, id: AdtId) -> Option<u32> {
        self.adt(id).items.iter().position(|item| item.is_default).map(|index| index as u32)
    }

    /// The types of a function's parameters and result.
    pub fn signature(&self, id: FunctionId) -> Arc<Signature> {
        let definition = self.function(id);
        let scope = &definition.scope;
        let work_out = || {
            let item = &definition.item;
            let opaque = match &item.result.kind {
                syntax::TypeKind::Impl(bounds) => Some(Arc::from(bounds.as_slice())),
                _ => None,
            };
            let result = match opaque {
                Some(_) => {
                    let own = (0..scope.generics.names.len() as u32).map(Type::Parameter).collect();
                    Type::Opaque(id, own)
                }
                None => self.resolve_item_type(scope, &item.result),
            };
            let mut predicates = self.predicates(scope, &item.generics.bounds);
            match definition.container {
                Container::Impl(id) => predicates.extend(self.impl_predicates(id).iter().cloned()),
                // What a trait's function asks of `Self` is asked where the trait is selected.
                Container::Trait(_) | Container::Module => {}
            }
            Arc::new(Signature {
                parameters: item.parameters.iter().map(|(_, ty)| self.resolve_item_type(scope, ty)).collect(),
                result,
                predicates: predicates.into(),
                opaque,
            })
        };
        definition.signature.get(work_out).unwrap_or_else(|| {
            self.report_cycle(&definition.item.name);
            Arc::new(Signature {
                parameters: Arc::from([]),
                result: Type::Error,
                predicates: Arc::from([]),
                opaque: None,
            })
        })
    }

    /// What an `impl` block asks of its generic parameters.
    pub fn impl_predicates(&self, id: ImplId) -> Arc<[Predicate]> {
        let definition = &self.impls[id.0];
        let work_out = || self.predicates(&definition.scope, &definition.scope.generics.bounds).into();
        definition.predicates.get(work_out).unwrap_or_else(|| Arc::from([]))
    }

    /// The traits that a trait extends, asked of its `Self`.
    pub fn supertraits(&self, id: TraitId) -> Arc<[Predicate]> {
        let definition = &self.traits[id.0];
        let work_out = || {
            let bounds = &definition.item.supertraits;
            let own = Type::Parameter(0);
            bounds.iter().filter_map(|bound| self.predicate(&definition.scope, &own, bound)).collect()
        };
        definition.supertraits.get(work_out).unwrap_or_else(|| Arc::from([]))
    }

    /// The type that an `impl` block says an associated type is; else the trait's default.
    pub fn impl_type(&self, id: ImplId, name: &str) -> Option<Type> {
        let definition = &self.impls[id.0];
        let written = definition.types.get(name)?;
        Some(self.resolve_item_type(&definition.scope, written))
    }

    /// The type of a constant, in terms of the generic parameters of what it belongs to.
    pub fn constant_type(&self, id: ConstantId) -> Type {
        let definition = &self.constants[id.0];
        let work_out = || self.resolve_item_type(&definition.scope, &definition.item.ty);
        definition.ty.get(work_out).unwrap_or_else(|| {
            self.report_cycle(&definition.item.name);
            Type::Error
        })
    }

    /// The value of a constant; `None` when something in it was reported.
    pub fn constant_value(&self, id: ConstantId, arguments: &Types) -> Option<Arc<Constant>> {
        let definition = &self.constants[id.0];
        let work_out = || {
            let Some(value) = &definition.item.value else {
                self.reporter.report(
                    Diagnostic::new(definition.item.name.span, "this constant has no value here")
                        .help("give it one in the `impl`"),
                );
                return None;
            };
            let ty = self.constant_type(id).substitute(arguments);
            self.constant_expression(&definition.scope, arguments, value, &ty)
        };
        let answer = self.values.get((id, arguments.clone()), work_out);
        answer.unwrap_or_else(|| {
            self.report_cycle(&definition.item.name);
            None
        })
    }

    /// The value of an expression that has to be constant.
    pub fn constant_expression(
        &self,
        scope: &Scope,
        arguments: &Types,
        value: &Arc<syntax::Expr>,
        ty: &Type,
    ) -> Option<Arc<Constant>> {
        let body = infer::constant(self, scope, arguments, value, ty)?;
        evaluate::constant(self, &body).map(Arc::new)
    }

    /// The bits of an integer expression that has to be constant.
    pub fn constant_bits(
        &self,
        scope: &Scope,
        arguments: &Types,
        value: &Arc<syntax::Expr>,
        ty: &Type,
    ) -> Option<u128> {
        if let syntax::ExprKind::Integer(value, None) = &value.kind {
            return Some(*value);
        }
        match &*self.constant_expression(scope, arguments, value, ty)? {
            Constant::Word(bits) => bits.to_u128(),
            _ => None,
        }
    }

    /// The typed body of an instance of a function; `None` when something in it was reported.
    pub fn body(&self, id: FunctionId, arguments: &Types) -> Option<Arc<Body>> {
        let work_out = || {
            if *self.instance_depth.borrow() > MAX_INSTANCE_DEPTH {
                self.report_cycle(&self.function(id).item.name);
                return None;
            }
            *self.instance_depth.borrow_mut() += 1;
            let body = infer::function(self, id, arguments);
            *self.instance_depth.borrow_mut() -= 1;
            body
        };
        self.bodies.get((id, arguments.clone()), work_out).unwrap_or_else(|| {
            self.report_cycle(&self.function(id).item.name);
            None
        })
    }

    /// Which `impl` a trait's bound on known types is fulfilled by.
    pub fn select(&self, of_trait: TraitId, arguments: &Types) -> Option<infer::Selection> {
        self.selections
            .get((of_trait, arguments.clone()), || infer::select(self, of_trait, arguments))
            .flatten()
    }

    /// A type without generic parameters with its associated types looked up.
    pub fn normalized(&self, ty: &Type) -> Type {
        infer::normalized(self, ty)
    }

    /// A scope that sees the prelude only.
    pub fn prelude_scope(&self) -> Scope {
        Scope { module: 0, generics: Arc::new(Generics::default()), self_type: None, of_trait: None }
    }

    /// A new closure.
    pub fn add_closure(&self, info: ClosureInfo) -> ClosureId {
        let mut closures = self.closures.borrow_mut();
        closures.push(info);
        ClosureId(closures.len() - 1)
    }

    /// A closure.
    pub fn closure(&self, id: ClosureId) -> ClosureInfo {
        self.closures.borrow()[id.0].clone()
    }

    /// Says more about a closure.
    pub fn set_closure(&self, id: ClosureId, info: ClosureInfo) {
        self.closures.borrow_mut()[id.0] = info;
    }

    /// The number of a module that is a block within a function.
    pub fn block_module(&self, module: &Arc<syntax::Module>) -> Option<usize> {
        self.blocks.get(&Arc::as_ptr(module)).copied()
    }

    fn report_cycle(&self, name: &Name) {
        self.reporter.report(
            Diagnostic::new(name.span, format!("`{}` is defined by itself", name.text))
                .help("break the circle: one of the definitions has to stand on its own"),
        );
    }

    /// A type as it is written.
    pub fn type_name(&self, ty: &Type) -> String {
        let list = |types: &[Type]| types.iter().map(|ty| self.type_name(ty)).collect::<Vec<_>>().join(", ");
        match ty {
            Type::Error => "?".to_owned(),
            Type::Never => "!".to_owned(),
            Type::Variable(_) => "_".to_owned(),
            Type::Parameter(index) => format!("#{index}"),
            Type::Bool => "bool".to_owned(),
            Type::Integer(integer) => integer.name(),
            Type::Float(bits) => format!("f{bits}"),
            Type::Text => "str".to_owned(),
            Type::Word(bits) => format!("word of {bits} bits"),
            Type::Tuple(elements) if elements.len() == 1 => format!("({},)", self.type_name(&elements[0])),
            Type::Tuple(elements) => format!("({})", list(elements)),
            Type::Array(element, length) => {
                format!("[{}; {}]", self.type_name(element), self.type_name(length))
            }
            Type::Slice(element) => format!("[{}]", self.type_name(element)),
            Type::Reference(true, target) => format!("&mut {}", self.type_name(target)),
            Type::Reference(false, target) => format!("&{}", self.type_name(target)),
            Type::Adt(id, arguments) if arguments.is_empty() => self.adt(*id).name.text.to_string(),
            Type::Adt(id, arguments) => format!("{}<{}>", self.adt(*id).name.text, list(arguments)),
            Type::Projection(projection) => {
                let own = projection.arguments.first().map_or_else(String::new, |own| self.type_name(own));
                let of_trait = &self.traits[projection.of_trait.0].name.text;
                format!("<{own} as {of_trait}>::{}", projection.name)
            }
            Type::Constant(value) => value.to_string(),
            Type::Closure(_) => "closure".to_owned(),
            Type::Function(callee) => format!("fn {}", self.callee_name(callee)),
            Type::Pointer(inputs, result) => format!("fn({}) -> {}", list(inputs), self.type_name(result)),
            Type::Opaque(id, _) => format!("result of `{}`", self.function_name(*id)),
        }
    }

    /// A callee as it is written.
    pub fn callee_name(&self, callee: &crate::types::Callee) -> String {
        use crate::types::Callee;
        match callee {
            Callee::Function(id, _) | Callee::Method(_, id, _) => self.function_name(*id),
            Callee::Constructor(id, variant, _) => {
                let adt = self.adt(*id);
                let name = adt.items.get(*variant as usize).map_or("?", |item| &*item.name.text);
                if adt.is_enum { format!("{}::{name}", adt.name.text) } else { name.to_owned() }
            }
        }
    }
}
