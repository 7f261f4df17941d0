//! The compiler's types.

use std::sync::Arc;

/// Number of a struct or an enum in the [`Program`](crate::program::Program).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AdtId(pub usize);

/// Number of a trait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraitId(pub usize);

/// Number of an `impl` block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImplId(pub usize);

/// Number of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionId(pub usize);

/// Number of a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConstantId(pub usize);

/// Number of a closure: each closure of each instance of a function has its own type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClosureId(pub usize);

/// A list of types.
pub type Types = Arc<[Type]>;

/// A type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// Something was reported already: fits everything.
    Error,
    /// The type of what never gives a value.
    Never,
    /// Not known yet, while the types of a body are inferred.
    Variable(u32),
    /// A generic parameter of the item, by its number; `Self` of a trait is the first.
    Parameter(u32),
    /// `bool`
    Bool,
    /// An integer.
    Integer(IntegerType),
    /// `f32`, `f64`: bits.
    Float(u16),
    /// Text, in messages.
    Text,
    /// A word of so many bits, without a meaning of its own: what keys are made of.
    Word(u32),
    /// A tuple.
    Tuple(Types),
    /// An array: the element and the length.
    Array(Arc<Type>, Arc<Type>),
    /// A slice.
    Slice(Arc<Type>),
    /// A reference; whether it is `&mut`.
    Reference(bool, Arc<Type>),
    /// A struct or an enum and its arguments.
    Adt(AdtId, Types),
    /// An associated type that is not resolved yet.
    Projection(Arc<Projection>),
    /// A constant as a generic argument, by its bits.
    Constant(u128),
    /// A closure.
    Closure(ClosureId),
    /// A function by its name.
    Function(Arc<Callee>),
    /// `fn(A) -> B`
    Pointer(Types, Arc<Type>),
    /// `impl Trait` as the result of a function.
    Opaque(FunctionId, Types),
}

/// `<Self as Trait<..>>::Name`
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Projection {
    /// The trait.
    pub of_trait: TraitId,
    /// `Self` and the trait's arguments.
    pub arguments: Types,
    /// The associated type's name.
    pub name: Arc<str>,
}

/// What a call runs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Callee {
    /// A function, and what its generic parameters are, those of its `impl` first.
    Function(FunctionId, Types),
    /// A function of a trait, whichever `impl` it turns out to be in: the trait's function, and what the generic
    /// parameters of the trait (`Self` first) and of the function are.
    Method(TraitId, FunctionId, Types),
    /// A tuple struct or a variant, by its number.
    Constructor(AdtId, u32, Types),
}

/// An integer type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IntegerType {
    /// Its width.
    pub bits: u16,
    /// Whether it is signed.
    pub signed: bool,
    /// Whether it is `usize` or `isize`, which have 64 bits.
    pub pointer_sized: bool,
}

impl IntegerType {
    /// `usize`
    pub const USIZE: Self = Self { bits: 64, signed: false, pointer_sized: true };
    /// `i32`, the type of a literal that nothing else decides.
    pub const I32: Self = Self { bits: 32, signed: true, pointer_sized: false };
    /// `u8`
    pub const U8: Self = Self { bits: 8, signed: false, pointer_sized: false };

    /// The type of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        let signed = match name.as_bytes().first()? {
            b'u' => false,
            b'i' => true,
            _ => return None,
        };
        let (bits, pointer_sized) = match &name[1..] {
            "8" => (8, false),
            "16" => (16, false),
            "32" => (32, false),
            "64" => (64, false),
            "128" => (128, false),
            "size" => (64, true),
            _ => return None,
        };
        Some(Self { bits, signed, pointer_sized })
    }

    /// Its name.
    pub fn name(self) -> String {
        let prefix = if self.signed { 'i' } else { 'u' };
        if self.pointer_sized { format!("{prefix}size") } else { format!("{prefix}{}", self.bits) }
    }

    /// The bits of its largest value.
    pub fn max_bits(self) -> u128 {
        if self.signed { self.mask() >> 1 } else { self.mask() }
    }

    /// The bits of its smallest value.
    pub fn min_bits(self) -> u128 {
        if self.signed { self.mask() & !(self.mask() >> 1) } else { 0 }
    }

    /// All its bits set.
    pub fn mask(self) -> u128 {
        u128::MAX >> (128 - u32::from(self.bits))
    }
}

impl Type {
    /// `usize`
    pub const USIZE: Self = Self::Integer(IntegerType::USIZE);

    /// The empty tuple.
    pub fn unit() -> Self {
        Self::Tuple(Arc::from([]))
    }

    /// A reference to a type.
    pub fn reference(mutable: bool, target: Self) -> Self {
        Self::Reference(mutable, Arc::new(target))
    }

    /// A tuple of types.
    pub fn tuple(elements: Vec<Self>) -> Self {
        Self::Tuple(elements.into())
    }

    /// The primitive type of this name.
    pub fn primitive(name: &str) -> Option<Self> {
        match name {
            "bool" => Some(Self::Bool),
            "f32" => Some(Self::Float(32)),
            "f64" => Some(Self::Float(64)),
            "str" => Some(Self::Text),
            _ => IntegerType::from_name(name).map(Self::Integer),
        }
    }

    /// The same type with each part replaced by what `replace` gives for it, where it gives something.
    pub fn map(&self, replace: &mut impl FnMut(&Self) -> Option<Self>) -> Self {
        if let Some(replaced) = replace(self) {
            return replaced;
        }
        let mut all = |types: &Types| types.iter().map(|ty| ty.map(replace)).collect::<Types>();
        match self {
            Self::Tuple(elements) => Self::Tuple(all(elements)),
            Self::Array(element, length) => {
                Self::Array(Arc::new(element.map(replace)), Arc::new(length.map(replace)))
            }
            Self::Slice(element) => Self::Slice(Arc::new(element.map(replace))),
            Self::Reference(mutable, target) => Self::Reference(*mutable, Arc::new(target.map(replace))),
            Self::Adt(id, arguments) => Self::Adt(*id, all(arguments)),
            Self::Projection(projection) => Self::Projection(Arc::new(Projection {
                of_trait: projection.of_trait,
                arguments: all(&projection.arguments),
                name: projection.name.clone(),
            })),
            Self::Function(callee) => Self::Function(Arc::new(callee.map(replace))),
            Self::Pointer(inputs, result) => Self::Pointer(all(inputs), Arc::new(result.map(replace))),
            Self::Opaque(id, arguments) => Self::Opaque(*id, all(arguments)),
            Self::Error
            | Self::Never
            | Self::Variable(_)
            | Self::Parameter(_)
            | Self::Bool
            | Self::Integer(_)
            | Self::Float(_)
            | Self::Text
            | Self::Word(_)
            | Self::Constant(_)
            | Self::Closure(_) => self.clone(),
        }
    }

    /// The type with generic parameters replaced by these.
    pub fn substitute(&self, arguments: &[Self]) -> Self {
        self.map(&mut |ty| match ty {
            Self::Parameter(index) => Some(arguments.get(*index as usize).cloned().unwrap_or(Self::Error)),
            _ => None,
        })
    }

    /// Whether any part of it fulfils `test`.
    pub fn any(&self, test: &mut impl FnMut(&Self) -> bool) -> bool {
        let mut found = false;
        self.map(&mut |ty| {
            found = found || test(ty);
            found.then(|| ty.clone())
        });
        found
    }
}

impl Callee {
    /// The same callee with its types replaced as by [`Type::map`].
    pub fn map(&self, replace: &mut impl FnMut(&Type) -> Option<Type>) -> Self {
        let mut all = |types: &Types| types.iter().map(|ty| ty.map(replace)).collect::<Types>();
        match self {
            Self::Function(id, arguments) => Self::Function(*id, all(arguments)),
            Self::Method(of_trait, id, arguments) => Self::Method(*of_trait, *id, all(arguments)),
            Self::Constructor(id, variant, arguments) => Self::Constructor(*id, *variant, all(arguments)),
        }
    }
}
