//! The syntax tree: what the parser makes of a circuit module.
//!
//! It has only what the language has; everything else was reported by [`parse`](crate::parse). Names are unresolved and
//! there are no types beyond what the author wrote. Printing it gives back Rust, with every grouping explicit.

mod print;

pub use print::print_module;

use crate::source::Span;

/// A name in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The identifier, without `r#`. Tuple fields are named by their position.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// A module marked `#[encrypted]`.
#[derive(Clone, Debug)]
pub struct Module {
    /// Its name.
    pub name: Name,
    /// What is in it, in source order.
    pub items: Vec<Item>,
}

/// Something defined in a module.
#[derive(Clone, Debug)]
pub enum Item {
    /// A struct.
    Struct(StructItem),
    /// A free function.
    Function(FunctionItem),
    /// Methods of a struct.
    Impl(ImplItem),
    /// A constant.
    Const(ConstItem),
}

/// A struct.
#[derive(Clone, Debug)]
pub struct StructItem {
    /// Its name.
    pub name: Name,
    /// Its fields, in order.
    pub fields: Vec<(Name, Type)>,
    /// Whether the fields are named by position.
    pub positional: bool,
    /// The traits it derives.
    pub derives: Vec<Name>,
}

/// A function or method.
#[derive(Clone, Debug)]
pub struct FunctionItem {
    /// Its name.
    pub name: Name,
    /// Whether it is marked `#[instruction]`.
    pub instruction: bool,
    /// Parameters, `self` first where there is one.
    pub parameters: Vec<(Pattern, Type)>,
    /// Whether the first parameter is `self`.
    pub has_receiver: bool,
    /// What it returns; the empty tuple where nothing is written.
    pub result: Type,
    /// Its body.
    pub body: Block,
    /// The signature.
    pub span: Span,
}

/// An `impl` block of a struct.
#[derive(Clone, Debug)]
pub struct ImplItem {
    /// Whose methods.
    pub target: Type,
    /// The functions.
    pub functions: Vec<FunctionItem>,
    /// Constants.
    pub constants: Vec<ConstItem>,
}

/// A constant.
#[derive(Clone, Debug)]
pub struct ConstItem {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub ty: Type,
    /// Its value.
    pub value: Expr,
}

/// A path such as `Self::LENGTH` or `Enc<Mxe, u64>`.
#[derive(Clone, Debug)]
pub struct Path {
    /// The segments; at least one.
    pub segments: Vec<Segment>,
    /// All of it.
    pub span: Span,
}

/// One segment of a path.
#[derive(Clone, Debug)]
pub struct Segment {
    /// Its name.
    pub name: Name,
    /// Generic arguments.
    pub arguments: Vec<Type>,
}

/// A type as written.
#[derive(Clone, Debug)]
pub struct Type {
    /// Which.
    pub kind: TypeKind,
    /// Where.
    pub span: Span,
}

/// The forms of types.
#[derive(Clone, Debug)]
pub enum TypeKind {
    /// A named type.
    Path(Path),
    /// A tuple; the empty one is the unit type.
    Tuple(Vec<Type>),
    /// An array and its length.
    Array(Box<Type>, Box<Expr>),
    /// A reference.
    Reference {
        /// Whether it is `&mut`.
        mutable: bool,
        /// To what.
        target: Box<Type>,
    },
    /// `_`
    Inferred,
    /// Not in the language; reported.
    Error,
}

/// A pattern.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// Which.
    pub kind: PatternKind,
    /// Where.
    pub span: Span,
}

/// The forms of patterns.
#[derive(Clone, Debug)]
pub enum PatternKind {
    /// `_`
    Wildcard,
    /// A new variable.
    Binding {
        /// Its name.
        name: Name,
        /// Whether it is `mut`.
        mutable: bool,
    },
    /// Of a tuple.
    Tuple(Vec<Pattern>),
    /// Of a struct: fields by name.
    Struct {
        /// Which struct.
        path: Path,
        /// Fields and their patterns.
        fields: Vec<(Name, Pattern)>,
        /// Whether `..` stands for the others.
        rest: bool,
    },
    /// `&` before a pattern.
    Reference(Box<Pattern>),
    /// Not in the language; reported.
    Error,
}

/// Statements and a value.
#[derive(Clone, Debug)]
pub struct Block {
    /// The statements.
    pub statements: Vec<Statement>,
    /// The value; without one, the empty tuple.
    pub value: Option<Box<Expr>>,
    /// With its braces.
    pub span: Span,
}

/// A statement.
#[derive(Clone, Debug)]
pub enum Statement {
    /// `let`
    Let {
        /// What is bound.
        pattern: Pattern,
        /// The type, where written.
        ty: Option<Type>,
        /// The value, where there is one already.
        value: Option<Expr>,
    },
    /// An expression whose value is dropped.
    Expression(Expr),
}

/// An expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// Which.
    pub kind: ExprKind,
    /// Where.
    pub span: Span,
}

/// The forms of expressions.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// An integer literal and its suffix.
    Integer(u128, Option<String>),
    /// `true` or `false`.
    Bool(bool),
    /// A variable, constant or function.
    Path(Path),
    /// An operator before its operand.
    Unary(UnaryOp, Box<Expr>),
    /// An operator between its operands.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `=`
    Assign(Box<Expr>, Box<Expr>),
    /// `+=` and its kind.
    AssignOp(BinaryOp, Box<Expr>, Box<Expr>),
    /// A function by its path, applied.
    Call(Path, Vec<Expr>),
    /// A method, applied.
    MethodCall {
        /// On what.
        receiver: Box<Expr>,
        /// Which.
        method: Name,
        /// The further arguments.
        arguments: Vec<Expr>,
    },
    /// A field.
    Field(Box<Expr>, Name),
    /// An element of an array.
    Index(Box<Expr>, Box<Expr>),
    /// A tuple.
    Tuple(Vec<Expr>),
    /// An array by its elements.
    Array(Vec<Expr>),
    /// An array of one value, repeated.
    Repeat(Box<Expr>, Box<Expr>),
    /// A struct by its fields.
    Struct {
        /// Which.
        path: Path,
        /// Fields in the order written.
        fields: Vec<(Name, Expr)>,
        /// `..base`
        base: Option<Box<Expr>>,
    },
    /// `if`
    If {
        /// The condition.
        condition: Box<Expr>,
        /// If it holds.
        when_true: Block,
        /// If not: a block or another `if`.
        when_false: Option<Box<Expr>>,
    },
    /// A block.
    Block(Block),
    /// `for`
    For {
        /// Bound to each element.
        pattern: Pattern,
        /// What is gone through.
        iterable: Box<Iterable>,
        /// What is done.
        body: Block,
    },
    /// `&` or `&mut`
    Reference {
        /// Whether it is `&mut`.
        mutable: bool,
        /// To what.
        target: Box<Expr>,
    },
    /// `*`
    Dereference(Box<Expr>),
    /// `as`
    Cast(Box<Expr>, Type),
    /// Not in the language; reported.
    Error,
}

/// What a `for` loop goes through.
#[derive(Clone, Debug)]
pub enum Iterable {
    /// `start..end` or `start..=end`
    Range {
        /// First.
        start: Expr,
        /// Last, or the one after it.
        end: Expr,
        /// Whether `end` belongs to it.
        inclusive: bool,
    },
    /// The elements of an array, or references to them.
    Elements(Expr),
}

/// An operator before its operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-`
    Negate,
    /// `!`
    Not,
}

/// An operator between its operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is named as its operator is")]
pub enum BinaryOp {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    BitAnd,
    BitOr,
    BitXor,
    ShiftLeft,
    ShiftRight,
    And,
    Or,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl UnaryOp {
    /// As it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Negate => "-",
            Self::Not => "!",
        }
    }
}

impl BinaryOp {
    /// As it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
            Self::BitAnd => "&",
            Self::BitOr => "|",
            Self::BitXor => "^",
            Self::ShiftLeft => "<<",
            Self::ShiftRight => ">>",
            Self::And => "&&",
            Self::Or => "||",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    /// Whether it compares.
    pub fn is_comparison(self) -> bool {
        use BinaryOp::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        matches!(self, Equal | NotEqual | Less | LessOrEqual | Greater | GreaterOrEqual)
    }

    /// Whether it shifts.
    pub fn is_shift(self) -> bool {
        matches!(self, Self::ShiftLeft | Self::ShiftRight)
    }

    /// Whether it works on bits, so on bools too.
    pub fn is_bitwise(self) -> bool {
        matches!(self, Self::BitAnd | Self::BitOr | Self::BitXor)
    }
}
