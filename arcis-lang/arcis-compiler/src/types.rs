//! The compiler's types.

/// Number of a struct in the [`Program`](crate::program::Program).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StructId(pub usize);

/// Number of a function in the [`Program`](crate::program::Program).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionId(pub usize);

/// Number of a constant in the [`Program`](crate::program::Program).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConstantId(pub usize);

/// A type not known yet, while types of a function are inferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Variable(pub usize);

/// A type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// Something was reported already: fits everything.
    Error,
    /// Not known yet.
    Variable(Variable),
    /// `bool`
    Bool,
    /// An integer.
    Integer(IntegerType),
    /// `SolanaPublicKey`
    PublicKey,
    /// An array and its length.
    Array(Box<Type>, u64),
    /// A tuple.
    Tuple(Vec<Type>),
    /// A struct of the author.
    Struct(StructId),
    /// A reference.
    Reference {
        /// Whether it is `&mut`.
        mutable: bool,
        /// To what.
        target: Box<Type>,
    },
    /// `Enc<Owner, T>`
    Encrypted(Owner, Box<Type>),
    /// An owner on its own.
    Owner(Owner),
}

/// Whose data is encrypted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// A client.
    Shared,
    /// The cluster.
    Mxe,
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
    /// The unit type.
    pub const UNIT: Self = Self::Tuple(Vec::new());
    /// `usize`
    pub const USIZE: Self = Self::Integer(IntegerType::USIZE);

    /// The type behind references.
    pub fn behind_references(&self) -> &Self {
        match self {
            Self::Reference { target, .. } => target.behind_references(),
            other => other,
        }
    }

    /// Whether it contains [`Type::Error`].
    pub fn has_error(&self) -> bool {
        match self {
            Self::Error => true,
            Self::Array(element, _) => element.has_error(),
            Self::Tuple(elements) => elements.iter().any(Self::has_error),
            Self::Reference { target, .. } | Self::Encrypted(_, target) => target.has_error(),
            _ => false,
        }
    }
}

impl Owner {
    /// Its name in the language.
    pub fn name(self) -> &'static str {
        match self {
            Self::Shared => "Shared",
            Self::Mxe => "Mxe",
        }
    }
}
