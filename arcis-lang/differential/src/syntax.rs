//! Programs as trees: the part of the language that is generated.

/// A type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// `bool`
    Bool,
    /// An integer type.
    Int(Int),
    /// `[T; N]`
    Array(Box<Type>, usize),
    /// A tuple of at least two.
    Tuple(Vec<Type>),
    /// A struct of the program.
    Struct(usize),
    /// An enum of the program.
    Enum(usize),
    /// `Option<T>`
    Option(Box<Type>),
}

/// An integer type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Int {
    /// Its width.
    pub bits: u32,
    /// Whether it is signed.
    pub signed: bool,
    /// Whether it is `usize`.
    pub size: bool,
}

/// `usize`
pub const USIZE: Int = Int { bits: 64, signed: false, size: true };
/// `u32`
pub const U32: Int = Int { bits: 32, signed: false, size: false };

/// A value. Integers are their bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Of `bool`.
    Bool(bool),
    /// Of an integer type, zero above its width.
    Int(u128),
    /// Of an array, a tuple or a struct.
    Parts(Vec<Value>),
    /// Of an enum, or 0 and 1 for `None` and `Some`.
    Variant(usize, Vec<Value>),
}

/// A struct.
#[derive(Clone, Debug)]
pub struct Struct {
    /// Types of its fields.
    pub fields: Vec<Type>,
    /// Whether they have no names.
    pub is_tuple: bool,
}

/// An enum.
#[derive(Clone, Debug)]
pub struct Enum {
    /// Types of each variant's fields, and whether they have names.
    pub variants: Vec<(Vec<Type>, bool)>,
    /// The default variant, one without fields.
    pub default: usize,
}

/// A program: one instruction, and what it uses.
#[derive(Clone, Debug)]
pub struct Program {
    /// The structs.
    pub structs: Vec<Struct>,
    /// The enums.
    pub enums: Vec<Enum>,
    /// Constants of integer types.
    pub constants: Vec<(Int, u128)>,
    /// The functions; each calls only earlier ones, and the last one is the instruction.
    pub functions: Vec<Function>,
    /// How many of the instruction's parameters are secret; the others are plaintext.
    pub secret_parameters: usize,
}

/// A function.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its parameters, which are its first variables.
    pub parameters: Vec<(Type, Passing)>,
    /// The struct that it is a method of: then the first parameter is `self`.
    pub method_of: Option<usize>,
    /// What it gives.
    pub result: Type,
    /// What it does.
    pub body: Block,
    /// Steps of a run, about.
    pub work: usize,
}

/// How an argument is passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passing {
    /// By value, to a variable that is not changed.
    Value,
    /// By value, to a `mut` one.
    Mutable,
    /// `&T`
    Shared,
    /// `&mut T`
    Exclusive,
}

/// Statements and the value they end in.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// The statements.
    pub statements: Vec<Statement>,
    /// The value, where one is needed.
    pub value: Option<Box<Expr>>,
}

/// A variable of a function.
pub type Local = usize;

/// An operator on two integers, or on two `bool`s where that is possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "they are named as in `std::ops`")]
pub enum Operator {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    And,
    Or,
    Xor,
    Shl,
    Shr,
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "they are named as in `std::cmp`")]
pub enum Comparison {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

/// An expression with its type.
#[derive(Clone, Debug)]
pub struct Expr {
    /// Its type.
    pub ty: Type,
    /// What it is.
    pub kind: Kind,
}

/// An expression.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A literal; bare where the type follows from what is around.
    Literal(Value, bool),
    /// A constant of the program.
    Constant(usize),
    /// What is at a place.
    Place(Place),
    /// `!a`
    Not(Box<Expr>),
    /// `-a`
    Neg(Box<Expr>),
    /// `a + b`
    Binary(Operator, Box<Expr>, Box<Expr>),
    /// `a < b`
    Compare(Comparison, Box<Expr>, Box<Expr>),
    /// `a && b`
    Both(Box<Expr>, Box<Expr>),
    /// `a || b`
    Either(Box<Expr>, Box<Expr>),
    /// `a as T`
    Cast(Box<Expr>),
    /// The parts of an array, a tuple, a struct or a variant (by its number), or `Some(a)` and `None`.
    Build(usize, Vec<Expr>),
    /// `[a; N]`
    Repeat(Box<Expr>),
    /// `if a { .. } else { .. }`
    If(Box<Expr>, Block, Block),
    /// `if let p = a { .. } else { .. }`
    IfLet(Pattern, Box<Expr>, Block, Block),
    /// `match a { .. }`
    Match(Box<Expr>, Vec<Arm>),
    /// `matches!(a, p)`
    Matches(Box<Expr>, Pattern),
    /// `{ .. }`
    Block(Block),
    /// A call of a function of the program.
    Call(usize, Vec<Argument>),
    /// A method of an integer.
    IntMethod(IntMethod, Vec<Expr>),
    /// A method of `Option`.
    OptionMethod(OptionMethod, Box<Expr>, Box<Expr>),
    /// `a?` in a function that gives an option.
    Try(Box<Expr>),
    /// A call of a closure that changes nothing: its variable.
    CallClosure(Local, Vec<Expr>),
    /// A method of an array's iterator with a closure of one or two parameters.
    Iterate(Iterate, Box<Expr>, Box<Closure>),
    /// `std::array::from_fn(|i| a)`
    FromFn(Box<Closure>),
}

/// A method of an integer, of itself and at most one other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "they are named as in Rust")]
pub enum IntMethod {
    WrappingAdd,
    WrappingSub,
    WrappingMul,
    SaturatingAdd,
    SaturatingSub,
    CheckedAdd,
    CheckedSub,
    CheckedMul,
    AbsDiff,
    Min,
    Max,
    CountOnes,
    LeadingZeros,
    TrailingZeros,
    RotateLeft,
    Signum,
    Pow,
}

/// A method of `Option`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "they are named as in Rust")]
pub enum OptionMethod {
    UnwrapOr,
    Or,
    Xor,
    IsSome,
    IsNone,
}

/// A method of an iterator over an array.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "they are named as in Rust")]
pub enum Iterate {
    Any,
    All,
    Position,
    CountFiltered,
    /// From a first value.
    Fold(Box<Expr>),
    /// The greatest of what the closure makes of the elements.
    MapMax,
    MapMin,
}

/// A closure: parameters, then what it gives.
#[derive(Clone, Debug)]
pub struct Closure {
    /// Its parameters with their types.
    pub parameters: Vec<(Local, Type)>,
    /// What it gives.
    pub value: Expr,
}

/// An argument.
#[derive(Clone, Debug)]
pub enum Argument {
    /// By value.
    Value(Expr),
    /// `&a` of a place.
    Shared(Place),
    /// `&mut a`
    Exclusive(Place),
}

/// A place: a variable, and the way into it.
#[derive(Clone, Debug)]
pub struct Place {
    /// The variable.
    pub local: Local,
    /// Whether the variable is a reference.
    pub is_reference: bool,
    /// The type of what is there.
    pub ty: Type,
    /// The way.
    pub path: Vec<Step>,
}

/// A step of a way, with the type of what it leads into.
#[derive(Clone, Debug)]
pub enum Step {
    /// A field of a struct or tuple.
    Field(Type, usize),
    /// An element of an array.
    Index(Type, Box<Expr>),
}

/// A case of a `match`.
#[derive(Clone, Debug)]
pub struct Arm {
    /// What it is for.
    pub pattern: Pattern,
    /// The condition that has to hold as well.
    pub guard: Option<Expr>,
    /// What it gives.
    pub body: Block,
}

/// A pattern.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// `_`
    Wild,
    /// A variable.
    Bind(Local),
    /// A literal of this type.
    Literal(Type, Value),
    /// `a..=b`
    Range(Int, u128, u128),
    /// Either.
    Or(Vec<Pattern>),
    /// The parts of a tuple or struct.
    Parts(Type, Vec<Pattern>),
    /// A variant of an enum or option.
    Variant(Type, usize, Vec<Pattern>),
}

/// A loop, for `break` and `continue`.
pub type Label = usize;

/// A statement.
#[derive(Clone, Debug)]
pub enum Statement {
    /// `let mut x: T = a;`
    Let {
        /// The variable.
        local: Local,
        /// Whether it is `mut`.
        mutable: bool,
        /// Whether the type is written.
        annotated: bool,
        /// Its value.
        value: Expr,
    },
    /// `let p = a;` with a pattern that always fits.
    LetPattern(Pattern, Expr),
    /// `let p = a else { return b; };`
    LetElse(Pattern, Expr, Expr),
    /// `let f = |x: T| a;`
    LetClosure(Local, Closure),
    /// `a = b;`
    Assign(Place, Expr),
    /// `a += b;`
    Compound(Operator, Place, Expr),
    /// An `if` without a value.
    If(Expr, Block, Option<Block>),
    /// A `match` without a value.
    Match(Expr, Vec<Arm>),
    /// `for i in a..b { .. }`
    For {
        /// The variable.
        local: Local,
        /// Its type.
        int: Int,
        /// The first number.
        from: u128,
        /// The end.
        to: u128,
        /// Whether the end is included.
        inclusive: bool,
        /// Whether it goes from the end.
        reversed: bool,
        /// Its name.
        label: Label,
        /// What is repeated.
        body: Block,
    },
    /// `for (i, x) in a.iter().enumerate() { .. }`, with the number where there is one.
    ForEach {
        /// The variable that is an element.
        local: Local,
        /// The variable that is the number.
        number: Option<Local>,
        /// The array.
        array: Expr,
        /// Its name.
        label: Label,
        /// What is repeated.
        body: Block,
    },
    /// `for x in a.iter_mut() { .. }`
    ForMut {
        /// The variable that is the element.
        local: Local,
        /// The array.
        array: Place,
        /// Its length.
        count: usize,
        /// Its name.
        label: Label,
        /// What is repeated.
        body: Block,
    },
    /// `#[bound(N)] while a { .. }`, or `loop` where there is no condition.
    While {
        /// The bound.
        bound: usize,
        /// The condition.
        condition: Option<Expr>,
        /// Its name.
        label: Label,
        /// What is repeated.
        body: Block,
    },
    /// `break`
    Break(Label),
    /// `continue`
    Continue(Label),
    /// `return a;`
    Return(Expr),
    /// A method that changes an array.
    Change(Change, Place),
    /// `let mut f = |x: T| { a += b; }; f(c); f(d);`
    Accumulate {
        /// The closure's variable.
        closure: Local,
        /// What it changes.
        place: Place,
        /// Its parameter.
        parameter: (Local, Type),
        /// What it adds.
        operator: Operator,
        /// The value that is added.
        value: Expr,
        /// What it is called with.
        calls: Vec<Expr>,
    },
    /// An expression for what it does.
    Run(Expr),
}

/// A method that changes an array.
#[derive(Clone, Debug)]
pub enum Change {
    /// `a.swap(i, j)`
    Swap(usize, usize),
    /// `a.reverse()`
    Reverse,
    /// `a.rotate_left(n)`
    RotateLeft(usize),
    /// `a.fill(x)`
    Fill(Expr),
    /// `a.sort()`
    Sort,
}

impl Program {
    /// The instruction.
    pub fn instruction(&self) -> &Function {
        &self.functions[self.functions.len() - 1]
    }
}
