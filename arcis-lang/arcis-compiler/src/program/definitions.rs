//! What a program can define, as far as the syntax says it; the rest is asked for and kept.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::query::Query;
use crate::source::Span;
use crate::syntax::{self, FieldStyle, Name};
use crate::tree::{ClosureBody, Local, LocalId};
use crate::types::{AdtId, ConstantId, FunctionId, ImplId, TraitId, Type, Types};

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Definition {
    /// A module.
    Module(usize),
    /// A struct or an enum.
    Adt(AdtId),
    /// A variant of an enum.
    Variant(AdtId, u32),
    /// A trait.
    Trait(TraitId),
    /// A function.
    Function(FunctionId),
    /// A constant.
    Constant(ConstantId),
    /// A type alias.
    Alias(usize),
}

/// A module: what its names stand for.
pub(super) struct ModuleDefinition {
    pub(super) parent: Option<usize>,
    /// Whether it is a block within a function, where the names around it are known too.
    pub(super) is_block: bool,
    /// Modules, types and traits.
    pub(super) types: BTreeMap<Arc<str>, (Definition, Span)>,
    /// Functions and constants.
    pub(super) values: BTreeMap<Arc<str>, (Definition, Span)>,
    pub(super) imports: Vec<syntax::Import>,
}

/// The generic parameters in scope, those of an `impl` or a trait before those of a function.
#[derive(Clone, Debug, Default)]
pub struct Generics {
    /// Names; and the type, of those that are constants.
    pub names: Vec<(Arc<str>, Option<syntax::Type>)>,
    /// What they are when nothing is given.
    pub defaults: Vec<Option<syntax::Type>>,
    /// What is asked of them, as written.
    pub bounds: Vec<(syntax::Type, Vec<syntax::Bound>)>,
    /// How many belong to the `impl` or trait.
    pub outer: usize,
}

/// Where names are looked up.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The module.
    pub module: usize,
    /// Generic parameters.
    pub generics: Arc<Generics>,
    /// The type that `Self` is.
    pub self_type: Option<Type>,
    /// The trait that is being defined or implemented, and its arguments, `Self` first.
    pub of_trait: Option<(TraitId, Types)>,
}

/// What is asked of types.
#[derive(Clone, Debug)]
pub enum Predicate {
    /// `Self: Trait<..>`, and what its associated types are to be.
    Trait(TraitId, Types, Vec<(Arc<str>, Type)>),
    /// `F: Fn(A) -> B`
    Function(Type, Types, Type),
}

/// A struct or an enum.
pub struct AdtDefinition {
    /// Its name.
    pub name: Name,
    /// Whether it is an enum.
    pub is_enum: bool,
    /// Whether it is of the prelude: the compiler knows some of those by name.
    pub in_prelude: bool,
    /// What it derives.
    pub derives: Vec<Name>,
    pub(super) scope: Scope,
    /// The variants as written; of a struct, one.
    pub items: Vec<syntax::VariantItem>,
    pub(super) variants: Query<Arc<[Variant]>>,
    pub(super) discriminants: Query<Arc<[u128]>>,
}

/// A variant of an enum, or the fields of a struct.
#[derive(Clone, Debug)]
pub struct Variant {
    /// Its name; that of the struct.
    pub name: Arc<str>,
    /// Its fields, in terms of the generic parameters.
    pub fields: Vec<Field>,
    /// How they are written.
    pub style: FieldStyle,
}

/// A field.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name, or its position.
    pub name: Arc<str>,
    /// Its type.
    pub ty: Type,
}

/// A trait.
pub struct TraitDefinition {
    /// Its name.
    pub name: Name,
    /// Whether it is of the prelude.
    pub in_prelude: bool,
    pub(super) scope: Scope,
    pub(super) item: syntax::TraitItem,
    pub(super) functions: BTreeMap<Arc<str>, FunctionId>,
    pub(super) constants: BTreeMap<Arc<str>, ConstantId>,
    pub(super) supertraits: Query<Arc<[Predicate]>>,
}

/// An `impl` block.
pub struct ImplDefinition {
    /// Where its names are looked up.
    pub scope: Scope,
    /// Its type.
    pub target: Type,
    /// The trait and its arguments, the type first.
    pub of_trait: Option<(TraitId, Types)>,
    /// Where its target is written.
    pub span: Span,
    pub(super) types: BTreeMap<Arc<str>, syntax::Type>,
    pub(super) functions: BTreeMap<Arc<str>, FunctionId>,
    pub(super) constants: BTreeMap<Arc<str>, ConstantId>,
    pub(super) predicates: Query<Arc<[Predicate]>>,
}

/// What a function belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// A module.
    Module,
    /// An `impl` block.
    Impl(ImplId),
    /// A trait.
    Trait(TraitId),
}

/// A function.
pub struct FunctionDefinition {
    /// As written.
    pub item: syntax::FunctionItem,
    /// What it belongs to.
    pub container: Container,
    /// Where its names are looked up.
    pub scope: Scope,
    /// Whether it is of the prelude.
    pub in_prelude: bool,
    pub(super) signature: Query<Arc<Signature>>,
}

/// The types of a function's parameters and result, and what is asked of its generic parameters.
#[derive(Clone, Debug)]
pub struct Signature {
    /// Of the parameters, `self` first where there is one.
    pub parameters: Types,
    /// Of the result.
    pub result: Type,
    /// What is asked.
    pub predicates: Arc<[Predicate]>,
    /// The bounds of `impl Trait` as result.
    pub opaque: Option<Arc<[syntax::Bound]>>,
}

pub(super) struct ConstantDefinition {
    pub(super) item: syntax::ConstItem,
    pub(super) scope: Scope,
    pub(super) ty: Query<Type>,
    pub(super) container: Container,
}

pub(super) struct AliasDefinition {
    pub(super) item: syntax::AliasItem,
    pub(super) scope: Scope,
    pub(super) target: Query<Type>,
}

/// A closure: known once the body it stands in has been typed.
#[derive(Clone, Debug)]
pub struct ClosureInfo {
    /// The types of its parameters.
    pub parameters: Types,
    /// The type of its result.
    pub result: Type,
    /// What it runs.
    pub body: Option<Arc<ClosureBody>>,
    /// The variables of the body it stands in, its own among them.
    pub locals: Arc<[Local]>,
    /// The variables around it that it uses.
    pub captured: Arc<[LocalId]>,
    /// Whether it takes copies of them.
    pub moves: bool,
    /// Where it stands.
    pub span: Span,
}
