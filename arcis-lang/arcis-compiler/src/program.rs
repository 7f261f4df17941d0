//! The program: what the circuit modules define, and what is asked about it.
//!
//! Names are collected at once ([`Program::new`]). Everything else is worked out when it is asked for and kept: the fields of
//! a struct, the signature and the typed body of a function, the value of a constant. So the stages can need each other in
//! any order (the length of an array in a signature is a constant, whose value has to be type-checked and evaluated), and
//! a definition that needs itself is found where it happens.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::diagnostics::{Diagnostic, Reporter};
use crate::evaluate::{self, Constant};
use crate::infer;
use crate::source::Span;
use crate::syntax::{ConstItem, FunctionItem, Item, Module, Name, StructItem};
use crate::tree::Body;
use crate::types::{ConstantId, FunctionId, Owner, StructId, Type};

/// What the circuit modules define.
pub struct Program<'a> {
    reporter: &'a Reporter,
    scopes: Vec<BTreeMap<String, (Definition, Span)>>,
    members: BTreeMap<(StructId, String), (Definition, Span)>,
    structs: Vec<StructDefinition>,
    functions: Vec<FunctionDefinition>,
    constants: Vec<ConstantDefinition>,
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Definition {
    /// A struct.
    Struct(StructId),
    /// A function.
    Function(FunctionId),
    /// A constant.
    Constant(ConstantId),
}

/// Where names are looked up: a module and, within an `impl`, the type that `Self` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The module.
    pub module: usize,
    /// The type that `Self` is.
    pub self_type: Option<StructId>,
}

/// A struct.
struct StructDefinition {
    module: usize,
    item: StructItem,
    fields: Query<Rc<[Field]>>,
}

/// A field of a struct.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name, or its position.
    pub name: String,
    /// Its type.
    pub ty: Type,
}

struct FunctionDefinition {
    scope: Scope,
    item: FunctionItem,
    signature: Query<Rc<Signature>>,
    body: Query<Option<Rc<Body>>>,
}

/// The types of a function's parameters and result.
#[derive(Clone, Debug)]
pub struct Signature {
    /// Of the parameters, `self` first where there is one.
    pub parameters: Vec<Type>,
    /// Of the result.
    pub result: Type,
}

struct ConstantDefinition {
    scope: Scope,
    item: ConstItem,
    ty: Query<Type>,
    value: Query<Option<Rc<Constant>>>,
}

/// An answer worked out at most once.
struct Query<T>(RefCell<QueryState<T>>);

enum QueryState<T> {
    Open,
    Running,
    Done(T),
}

impl<T: Clone> Query<T> {
    fn new() -> Self {
        Self(RefCell::new(QueryState::Open))
    }

    /// The answer; `None` when working it out needs it itself.
    fn get(&self, work_out: impl FnOnce() -> T) -> Option<T> {
        match &*self.0.borrow() {
            QueryState::Done(answer) => return Some(answer.clone()),
            QueryState::Running => return None,
            QueryState::Open => {}
        }
        *self.0.borrow_mut() = QueryState::Running;
        let answer = work_out();
        *self.0.borrow_mut() = QueryState::Done(answer.clone());
        Some(answer)
    }
}

impl<'a> Program<'a> {
    /// Collects the definitions of the modules.
    pub fn new(modules: Vec<Module>, reporter: &'a Reporter) -> Self {
        let mut program = Self {
            reporter,
            scopes: Vec::new(),
            members: BTreeMap::new(),
            structs: Vec::new(),
            functions: Vec::new(),
            constants: Vec::new(),
        };
        let mut implementations = Vec::new();
        for (module, syntax) in modules.into_iter().enumerate() {
            program.scopes.push(BTreeMap::new());
            let scope = Scope { module, self_type: None };
            for item in syntax.items {
                match item {
                    Item::Struct(item) => {
                        let id = StructId(program.structs.len());
                        program.define(module, &item.name, Definition::Struct(id));
                        program.structs.push(StructDefinition { module, item, fields: Query::new() });
                    }
                    Item::Function(item) => {
                        let name = item.name.clone();
                        let id = program.add_function(scope, item);
                        program.define(module, &name, Definition::Function(id));
                    }
                    Item::Const(item) => {
                        let name = item.name.clone();
                        let id = program.add_constant(scope, item);
                        program.define(module, &name, Definition::Constant(id));
                    }
                    Item::Impl(item) => implementations.push((module, item)),
                }
            }
        }
        for (module, item) in implementations {
            let scope = Scope { module, self_type: None };
            let Type::Struct(target) = program.resolve_type(scope, &item.target) else {
                reporter.report(
                    Diagnostic::new(item.target.span, "methods can be added to structs of this module only")
                        .help("write a function that takes the value as its first argument"),
                );
                continue;
            };
            let scope = Scope { module, self_type: Some(target) };
            for function in item.functions {
                let name = function.name.clone();
                let id = program.add_function(scope, function);
                program.define_member(target, &name, Definition::Function(id));
            }
            for constant in item.constants {
                let name = constant.name.clone();
                let id = program.add_constant(scope, constant);
                program.define_member(target, &name, Definition::Constant(id));
            }
        }
        program.check_struct_recursion();
        program.check_instruction_names();
        program
    }

    fn add_function(&mut self, scope: Scope, item: FunctionItem) -> FunctionId {
        self.functions.push(FunctionDefinition { scope, item, signature: Query::new(), body: Query::new() });
        FunctionId(self.functions.len() - 1)
    }

    fn add_constant(&mut self, scope: Scope, item: ConstItem) -> ConstantId {
        self.constants.push(ConstantDefinition { scope, item, ty: Query::new(), value: Query::new() });
        ConstantId(self.constants.len() - 1)
    }

    fn define(&mut self, module: usize, name: &Name, definition: Definition) {
        let Some(scope) = self.scopes.get_mut(module) else { return };
        if let Some((_, first)) = scope.get(&name.text) {
            report_duplicate(self.reporter, name, *first);
            return;
        }
        scope.insert(name.text.clone(), (definition, name.span));
    }

    fn define_member(&mut self, target: StructId, name: &Name, definition: Definition) {
        let key = (target, name.text.clone());
        if let Some((_, first)) = self.members.get(&key) {
            report_duplicate(self.reporter, name, *first);
            return;
        }
        self.members.insert(key, (definition, name.span));
    }

    /// Where problems are reported.
    pub fn reporter(&self) -> &'a Reporter {
        self.reporter
    }

    /// What a name stands for in a module.
    pub fn lookup(&self, scope: Scope, name: &str) -> Option<Definition> {
        self.scopes.get(scope.module)?.get(name).map(|(definition, _)| *definition)
    }

    /// What a name stands for in the `impl` blocks of a struct.
    pub fn member(&self, target: StructId, name: &str) -> Option<Definition> {
        self.members.get(&(target, name.to_owned())).map(|(definition, _)| *definition)
    }

    /// All functions, in source order, those in `impl` blocks last.
    pub fn functions(&self) -> impl Iterator<Item = FunctionId> + use<> {
        (0..self.functions.len()).map(FunctionId)
    }

    /// All constants.
    pub fn constants(&self) -> impl Iterator<Item = ConstantId> + use<> {
        (0..self.constants.len()).map(ConstantId)
    }

    /// All structs.
    pub fn structs(&self) -> impl Iterator<Item = StructId> + use<> {
        (0..self.structs.len()).map(StructId)
    }

    /// The definition of a function, as written.
    pub fn function_item(&self, id: FunctionId) -> &FunctionItem {
        &self.functions[id.0].item
    }

    /// The definition of a struct, as written.
    pub fn struct_item(&self, id: StructId) -> &StructItem {
        &self.structs[id.0].item
    }

    /// The name of a function, with its struct's where it has one.
    pub fn function_name(&self, id: FunctionId) -> String {
        let function = &self.functions[id.0];
        self.member_name(function.scope, &function.item.name)
    }

    /// The name of a constant, with its struct's where it has one.
    pub fn constant_name(&self, id: ConstantId) -> String {
        let constant = &self.constants[id.0];
        self.member_name(constant.scope, &constant.item.name)
    }

    fn member_name(&self, scope: Scope, name: &Name) -> String {
        match scope.self_type {
            Some(target) => format!("{}::{}", self.structs[target.0].item.name.text, name.text),
            None => name.text.clone(),
        }
    }

    /// The fields of a struct.
    pub fn fields(&self, id: StructId) -> Rc<[Field]> {
        let definition = &self.structs[id.0];
        let scope = Scope { module: definition.module, self_type: Some(id) };
        let work_out = || {
            let fields = definition.item.fields.iter();
            fields
                .map(|(name, ty)| Field { name: name.text.clone(), ty: self.resolve_type(scope, ty) })
                .collect()
        };
        definition.fields.get(work_out).unwrap_or_else(|| {
            self.report_cycle(&definition.item.name);
            Rc::from([])
        })
    }

    /// The types of a function's parameters and result.
    pub fn signature(&self, id: FunctionId) -> Rc<Signature> {
        let definition = &self.functions[id.0];
        let work_out = || {
            let resolve = |ty| self.resolve_type(definition.scope, ty);
            Rc::new(Signature {
                parameters: definition.item.parameters.iter().map(|(_, ty)| resolve(ty)).collect(),
                result: resolve(&definition.item.result),
            })
        };
        definition.signature.get(work_out).unwrap_or_else(|| {
            self.report_cycle(&definition.item.name);
            Rc::new(Signature { parameters: Vec::new(), result: Type::Error })
        })
    }

    /// The typed body of a function; `None` when something in it was reported.
    pub fn body(&self, id: FunctionId) -> Option<Rc<Body>> {
        let definition = &self.functions[id.0];
        let work_out = || infer::function(self, definition.scope, &definition.item, &self.signature(id));
        definition.body.get(work_out).flatten()
    }

    /// The type of a constant.
    pub fn constant_type(&self, id: ConstantId) -> Type {
        let definition = &self.constants[id.0];
        definition.ty.get(|| self.resolve_type(definition.scope, &definition.item.ty)).unwrap_or_else(|| {
            self.report_cycle(&definition.item.name);
            Type::Error
        })
    }

    /// The value of a constant; `None` when something in it was reported.
    pub fn constant_value(&self, id: ConstantId) -> Option<Rc<Constant>> {
        let definition = &self.constants[id.0];
        let work_out = || {
            let ty = self.constant_type(id);
            let body = infer::expression(self, definition.scope, &definition.item.value, ty)?;
            evaluate::constant(self, &body).map(Rc::new)
        };
        definition.value.get(work_out).unwrap_or_else(|| {
            self.report_cycle(&definition.item.name);
            None
        })
    }

    /// The value of a constant expression of type `usize`, such as the length of an array.
    pub fn length(&self, scope: Scope, expression: &crate::syntax::Expr) -> Option<u64> {
        let body = infer::expression(self, scope, expression, Type::USIZE)?;
        match evaluate::constant(self, &body)? {
            Constant::Word(bits) => bits.to_u64(),
            Constant::Aggregate(_) => None,
        }
    }

    /// Whether the struct derives a trait.
    pub fn derives(&self, id: StructId, name: &str) -> bool {
        self.structs[id.0].item.derives.iter().any(|derived| derived.text == name)
    }

    /// The name of a type, as the author would write it.
    pub fn type_name(&self, ty: &Type) -> String {
        match ty {
            Type::Error | Type::Variable(_) => "_".to_owned(),
            Type::Bool => "bool".to_owned(),
            Type::Integer(integer) => integer.name(),
            Type::PublicKey => "SolanaPublicKey".to_owned(),
            Type::Array(element, length) => format!("[{}; {length}]", self.type_name(element)),
            Type::Tuple(elements) => {
                let names: Vec<String> = elements.iter().map(|element| self.type_name(element)).collect();
                if names.len() == 1 { format!("({},)", names[0]) } else { format!("({})", names.join(", ")) }
            }
            Type::Struct(id) => self.structs[id.0].item.name.text.clone(),
            Type::Reference { mutable, target } => {
                format!("&{}{}", if *mutable { "mut " } else { "" }, self.type_name(target))
            }
            Type::Encrypted(owner, data) => format!("Enc<{}, {}>", owner.name(), self.type_name(data)),
            Type::Owner(owner) => owner.name().to_owned(),
        }
    }

    fn report_cycle(&self, name: &Name) {
        self.reporter.report(
            Diagnostic::new(name.span, format!("`{}` is defined by itself", name.text))
                .help("break the circle: one of the definitions has to stand on its own"),
        );
    }

    /// rustc refuses such structs as well; here they would have endless layouts.
    fn check_struct_recursion(&self) {
        fn contains(program: &Program<'_>, ty: &Type, target: StructId, seen: &mut Vec<StructId>) -> bool {
            match ty {
                Type::Struct(id) if *id == target => true,
                Type::Struct(id) if seen.contains(id) => false,
                Type::Struct(id) => {
                    seen.push(*id);
                    program.fields(*id).iter().any(|field| contains(program, &field.ty, target, seen))
                }
                Type::Array(element, _) => contains(program, element, target, seen),
                Type::Tuple(elements) => {
                    elements.iter().any(|element| contains(program, element, target, seen))
                }
                Type::Encrypted(_, data) => contains(program, data, target, seen),
                _ => false,
            }
        }
        for id in self.structs() {
            if self.fields(id).iter().any(|field| contains(self, &field.ty, id, &mut Vec::new())) {
                let name = &self.structs[id.0].item.name;
                self.reporter.report(
                    Diagnostic::new(name.span, format!("the struct `{}` contains itself", name.text))
                        .help("a value has a fixed number of bits: use an array for what repeats"),
                );
            }
        }
    }

    /// Names of instructions are addresses on chain: one for each in a crate.
    fn check_instruction_names(&self) {
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        for function in self.functions.iter().filter(|function| function.item.instruction) {
            let name = &function.item.name;
            if let Some(first) = seen.get(name.text.as_str()) {
                // Within a module, the scope reports it.
                let same_module =
                    self.scopes.get(function.scope.module).and_then(|scope| scope.get(&name.text));
                if same_module.is_some_and(|(_, span)| *span == name.span) {
                    report_duplicate(self.reporter, name, *first);
                }
            } else {
                seen.insert(&name.text, name.span);
            }
        }
    }

    /// The type that a written type stands for. Reports what cannot be resolved.
    pub fn resolve_type(&self, scope: Scope, ty: &crate::syntax::Type) -> Type {
        crate::resolve::resolve_type(self, scope, ty)
    }

    /// Whether this name is an owner.
    pub(crate) fn owner_named(name: &str) -> Option<Owner> {
        match name {
            "Shared" => Some(Owner::Shared),
            "Mxe" => Some(Owner::Mxe),
            _ => None,
        }
    }
}

fn report_duplicate(reporter: &Reporter, name: &Name, first: Span) {
    reporter.report(
        Diagnostic::new(name.span, format!("`{}` is defined twice", name.text))
            .related(first, "first defined here")
            .help("give one of them another name"),
    );
}
