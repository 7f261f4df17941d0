//! Syntax trees: what was written, with the place of every part.
//!
//! They follow Rust's grammar closely. What the parser rewrites: `while` is a [`Loop`](ExprKind::Loop) around an `if`,
//! `matches!` is a `match`, parentheses are gone.

use std::sync::Arc;

use crate::source::Span;

/// An identifier.
#[derive(Clone, Debug)]
pub struct Name {
    /// Its text, without `r#`.
    pub text: Arc<str>,
    /// Where.
    pub span: Span,
}

impl Name {
    /// A name.
    pub fn new(text: &str, span: Span) -> Self {
        Self { text: text.into(), span }
    }
}

/// A path: `a::b::<C>::d`, `<T as Trait>::Item`.
#[derive(Clone, Debug)]
pub struct Path {
    /// `T` and `Trait` of `<T as Trait>::..`; the segments are what follows.
    pub qualified: Option<Box<(Type, Option<Path>)>>,
    /// Its segments.
    pub segments: Vec<Segment>,
    /// Where.
    pub span: Span,
}

/// A segment of a path.
#[derive(Clone, Debug)]
pub struct Segment {
    /// Its name.
    pub name: Name,
    /// What stands between `<` and `>`; `None` without them.
    pub arguments: Option<Vec<GenericArgument>>,
}

/// An argument between `<` and `>`.
#[derive(Clone, Debug)]
pub enum GenericArgument {
    /// A type (or the name of a constant: which of both is known later).
    Type(Type),
    /// A constant.
    Const(Arc<Expr>),
    /// `Item = T`
    Binding(Name, Type),
}

/// A bound: a trait, or `Fn(A) -> B`.
#[derive(Clone, Debug)]
pub struct Bound {
    /// The trait.
    pub path: Path,
    /// Parameters and result of `Fn(A) -> B`.
    pub function: Option<(Vec<Type>, Type)>,
}

/// Generic parameters and what is asked of them.
#[derive(Clone, Debug, Default)]
pub struct Generics {
    /// The parameters, without lifetimes.
    pub parameters: Vec<GenericParameter>,
    /// Bounds, from the parameters and from `where`.
    pub bounds: Vec<(Type, Vec<Bound>)>,
}

/// A generic parameter.
#[derive(Clone, Debug)]
pub struct GenericParameter {
    /// Its name.
    pub name: Name,
    /// The type of a const parameter.
    pub constant: Option<Type>,
    /// The type it is when none is given.
    pub default: Option<Type>,
}

/// A type.
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
    /// A name.
    Path(Path),
    /// `(A, B)`
    Tuple(Vec<Type>),
    /// `[T; N]`
    Array(Box<Type>, Arc<Expr>),
    /// `[T]`
    Slice(Box<Type>),
    /// `&T`, `&mut T`
    Reference(bool, Box<Type>),
    /// `fn(A) -> B`
    Function(Vec<Type>, Box<Type>),
    /// `impl Trait`
    Impl(Vec<Bound>),
    /// `_`
    Inferred,
    /// `!`
    Never,
    /// Something was reported here.
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
    /// `..` within a slice or tuple.
    Rest,
    /// `name`, `mut name`, `ref name`, `name @ pattern`
    Binding {
        /// The variable.
        name: Name,
        /// `ref` or `ref mut`.
        reference: Option<bool>,
        /// What is after `@`.
        inner: Option<Box<Pattern>>,
    },
    /// `(a, b)`
    Tuple(Vec<Pattern>),
    /// `[a, b]`
    Slice(Vec<Pattern>),
    /// `Path { a, b, .. }`, `Path(a, b)`: the latter's fields are numbers.
    Struct {
        /// The struct or variant.
        path: Path,
        /// The fields named.
        fields: Vec<(Name, Pattern)>,
        /// Whether there are others.
        rest: bool,
    },
    /// `Path(a, .., b)`
    TupleStruct(Path, Vec<Pattern>),
    /// A constant or a variant without fields.
    Path(Path),
    /// A literal, perhaps negated.
    Literal(Box<Expr>),
    /// `a..=b`; whether the end belongs to it.
    Range(Option<Box<Expr>>, Option<Box<Expr>>, bool),
    /// `&pattern`
    Reference(Box<Pattern>),
    /// `a | b`
    Or(Vec<Pattern>),
    /// Something was reported here.
    Error,
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
    /// An integer and its suffix.
    Integer(u128, Option<Arc<str>>),
    /// A number with a point, and its suffix.
    Float(f64, Option<Arc<str>>),
    /// `true`, `false`
    Bool(bool),
    /// Text. It has no use but in messages.
    Text(Arc<str>),
    /// `b".."`
    Bytes(Arc<[u8]>),
    /// A variable, a constant, a function.
    Path(Path),
    /// An operator before its operand.
    Unary(UnaryOp, Box<Expr>),
    /// An operator between its operands.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `=`
    Assign(Box<Expr>, Box<Expr>),
    /// `+=` and its kind.
    AssignOp(BinaryOp, Box<Expr>, Box<Expr>),
    /// `f(a)`
    Call(Box<Expr>, Vec<Expr>),
    /// `a.f(b)`
    MethodCall {
        /// On what.
        receiver: Box<Expr>,
        /// Which.
        method: Name,
        /// What stands between `::<` and `>`.
        generics: Option<Vec<GenericArgument>>,
        /// With what.
        arguments: Vec<Expr>,
    },
    /// `a.b`
    Field(Box<Expr>, Name),
    /// `a[b]`
    Index(Box<Expr>, Box<Expr>),
    /// `a..b`; whether the end belongs to it.
    Range(Option<Box<Expr>>, Option<Box<Expr>>, bool),
    /// `(a, b)`
    Tuple(Vec<Expr>),
    /// `[a, b]`
    Array(Vec<Expr>),
    /// `[a; N]`
    Repeat(Box<Expr>, Arc<Expr>),
    /// `Path { a, ..b }`
    Struct {
        /// The struct or variant.
        path: Path,
        /// The fields named.
        fields: Vec<(Name, Expr)>,
        /// What gives the others.
        base: Option<Box<Expr>>,
    },
    /// `let pattern = value`, in a condition.
    Let(Box<Pattern>, Box<Expr>),
    /// `if`
    If(Box<Expr>, Block, Option<Box<Expr>>),
    /// `match`
    Match(Box<Expr>, Vec<Arm>),
    /// `{ .. }`, perhaps with a label.
    Block(Block, Option<Name>),
    /// `const { .. }`
    ConstBlock(Arc<Expr>),
    /// `loop`, `while`
    Loop {
        /// `'name:`
        label: Option<Name>,
        /// `#[bound(N)]`
        bound: Option<Arc<Expr>>,
        /// What is done.
        body: Block,
        /// Whether it was written `while`.
        is_while: bool,
    },
    /// `for`
    For {
        /// `'name:`
        label: Option<Name>,
        /// `#[bound(N)]`
        bound: Option<Arc<Expr>>,
        /// Bound to each element.
        pattern: Pattern,
        /// The elements.
        iterable: Box<Expr>,
        /// What is done.
        body: Block,
    },
    /// `break 'label value`
    Break(Option<Name>, Option<Box<Expr>>),
    /// `continue 'label`
    Continue(Option<Name>),
    /// `return value`
    Return(Option<Box<Expr>>),
    /// `value?`
    Try(Box<Expr>),
    /// `|a| b`
    Closure {
        /// Whether it was written `move`.
        moves: bool,
        /// Its parameters.
        parameters: Vec<(Pattern, Option<Type>)>,
        /// The type of its result.
        result: Option<Type>,
        /// What it computes.
        body: Box<Expr>,
    },
    /// `&a`, `&mut a`
    Reference(bool, Box<Expr>),
    /// `*a`
    Dereference(Box<Expr>),
    /// `a as T`
    Cast(Box<Expr>, Type),
    /// `panic!` and its kind: an error where it is reached. The text is for the message.
    Panic(Arc<str>),
    /// Something was reported here.
    Error,
}

/// An arm of a `match`.
#[derive(Clone, Debug)]
pub struct Arm {
    /// What it is for.
    pub pattern: Pattern,
    /// `if ..`
    pub guard: Option<Expr>,
    /// What it gives.
    pub body: Expr,
}

/// Statements and a value.
#[derive(Clone, Debug)]
pub struct Block {
    /// The statements.
    pub statements: Vec<Statement>,
    /// What it gives.
    pub value: Option<Box<Expr>>,
    /// Items defined within, as a module: its number is given when names are collected.
    pub items: Option<Arc<Module>>,
    /// Where.
    pub span: Span,
}

/// A statement.
#[derive(Clone, Debug)]
pub enum Statement {
    /// `let`
    Let {
        /// What is bound.
        pattern: Pattern,
        /// The type written.
        ty: Option<Type>,
        /// The value.
        value: Option<Expr>,
        /// What `else` does.
        otherwise: Option<Block>,
    },
    /// An expression whose value is dropped; whether a semicolon ends it.
    Expression(Expr, bool),
}

/// An operator before its operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-`
    Negate,
    /// `!`
    Not,
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

/// An operator between its operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is named as Rust's documentation names it")]
pub enum BinaryOp {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    And,
    Or,
    BitXor,
    BitAnd,
    BitOr,
    ShiftLeft,
    ShiftRight,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
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
            Self::And => "&&",
            Self::Or => "||",
            Self::BitXor => "^",
            Self::BitAnd => "&",
            Self::BitOr => "|",
            Self::ShiftLeft => "<<",
            Self::ShiftRight => ">>",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    /// Whether it gives a `bool` for operands of one type.
    pub fn is_comparison(self) -> bool {
        matches!(
            self,
            Self::Equal
                | Self::NotEqual
                | Self::Less
                | Self::LessOrEqual
                | Self::Greater
                | Self::GreaterOrEqual
        )
    }

    /// Whether it is `<<` or `>>`.
    pub fn is_shift(self) -> bool {
        matches!(self, Self::ShiftLeft | Self::ShiftRight)
    }

    /// The trait and the method that a type of the author gives it by; whether the result is a comparison's.
    pub fn operator_trait(self) -> Option<(&'static str, &'static str)> {
        Some(match self {
            Self::Add => ("Add", "add"),
            Self::Subtract => ("Sub", "sub"),
            Self::Multiply => ("Mul", "mul"),
            Self::Divide => ("Div", "div"),
            Self::Remainder => ("Rem", "rem"),
            Self::BitXor => ("BitXor", "bitxor"),
            Self::BitAnd => ("BitAnd", "bitand"),
            Self::BitOr => ("BitOr", "bitor"),
            Self::ShiftLeft => ("Shl", "shl"),
            Self::ShiftRight => ("Shr", "shr"),
            _ => return None,
        })
    }
}

/// A module.
#[derive(Clone, Debug, Default)]
pub struct Module {
    /// What it defines.
    pub items: Vec<Item>,
    /// What it imports.
    pub imports: Vec<Import>,
    /// Items defined within its functions, one module for each block that has some.
    pub blocks: Vec<Arc<Module>>,
}

/// `use a::b as c`, `use a::*`
#[derive(Clone, Debug)]
pub struct Import {
    /// The names on the way.
    pub path: Vec<Name>,
    /// The name it is known by here; `None` for `*`.
    pub alias: Option<Name>,
}

/// An item.
#[derive(Clone, Debug)]
pub enum Item {
    /// A module within the module.
    Module(Name, Arc<Module>),
    /// A struct.
    Struct(StructItem),
    /// An enum.
    Enum(EnumItem),
    /// A trait.
    Trait(TraitItem),
    /// A function.
    Function(FunctionItem),
    /// A constant.
    Const(ConstItem),
    /// `impl`
    Impl(ImplItem),
    /// `type A = B;`
    Alias(AliasItem),
}

/// A struct.
#[derive(Clone, Debug)]
pub struct StructItem {
    /// Its name.
    pub name: Name,
    /// Its generic parameters.
    pub generics: Generics,
    /// Its fields.
    pub fields: Fields,
    /// What it derives.
    pub derives: Vec<Name>,
}

/// The fields of a struct or of a variant.
#[derive(Clone, Debug)]
pub struct Fields {
    /// Names (numbers where it has none) and types.
    pub list: Vec<(Name, Type)>,
    /// How they are written.
    pub style: FieldStyle,
}

/// How fields are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldStyle {
    /// `{ a: A }`
    Named,
    /// `(A)`
    Tuple,
    /// Not at all.
    Unit,
}

/// An enum.
#[derive(Clone, Debug)]
pub struct EnumItem {
    /// Its name.
    pub name: Name,
    /// Its generic parameters.
    pub generics: Generics,
    /// Its variants.
    pub variants: Vec<VariantItem>,
    /// What it derives.
    pub derives: Vec<Name>,
}

/// A variant of an enum.
#[derive(Clone, Debug)]
pub struct VariantItem {
    /// Its name.
    pub name: Name,
    /// Its fields.
    pub fields: Fields,
    /// `= N`
    pub discriminant: Option<Arc<Expr>>,
    /// Whether it is marked `#[default]`.
    pub is_default: bool,
}

/// A trait.
#[derive(Clone, Debug)]
pub struct TraitItem {
    /// Its name.
    pub name: Name,
    /// Its generic parameters.
    pub generics: Generics,
    /// The traits it extends.
    pub supertraits: Vec<Bound>,
    /// Its associated types, with bounds and what they are unless an `impl` says otherwise.
    pub types: Vec<(Name, Vec<Bound>, Option<Type>)>,
    /// Its associated constants, with what they are unless an `impl` says otherwise.
    pub constants: Vec<ConstItem>,
    /// Its functions.
    pub functions: Vec<FunctionItem>,
}

/// A function.
#[derive(Clone, Debug)]
pub struct FunctionItem {
    /// Its name.
    pub name: Name,
    /// Whether it is marked `#[instruction]`.
    pub instruction: bool,
    /// What `#[public]` says.
    pub public: Option<PublicLimits>,
    /// Whether it is marked `#[inline(never)]`: it stays a function of the circuit.
    pub outlined: bool,
    /// Its generic parameters.
    pub generics: Generics,
    /// Its parameters, `self` among them.
    pub parameters: Vec<(Pattern, Type)>,
    /// Whether the first parameter is `self`.
    pub has_receiver: bool,
    /// Its result.
    pub result: Type,
    /// What it computes; `None` for a trait's function without a default and for what the compiler does itself.
    pub body: Option<Block>,
    /// From `fn` to the result.
    pub span: Span,
}

/// What a function marked `#[public]` may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicLimits {
    /// Fuel of a call.
    pub fuel: u64,
    /// Memory, in KiB.
    pub memory_kib: u64,
}

/// A constant.
#[derive(Clone, Debug)]
pub struct ConstItem {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub ty: Type,
    /// Its value; `None` for a trait's constant without a default.
    pub value: Option<Arc<Expr>>,
}

/// An `impl` block.
#[derive(Clone, Debug)]
pub struct ImplItem {
    /// Its generic parameters.
    pub generics: Generics,
    /// The trait.
    pub of_trait: Option<Path>,
    /// The type.
    pub target: Type,
    /// The associated types.
    pub types: Vec<(Name, Type)>,
    /// The functions.
    pub functions: Vec<FunctionItem>,
    /// The constants.
    pub constants: Vec<ConstItem>,
    /// Where.
    pub span: Span,
}

/// A type alias.
#[derive(Clone, Debug)]
pub struct AliasItem {
    /// Its name.
    pub name: Name,
    /// Its generic parameters.
    pub generics: Generics,
    /// What it stands for.
    pub target: Type,
}
