//! The typed tree: a function's body with every name resolved and every type known.
//!
//! Method calls have become calls, automatic dereferencing is written out, compound assignments name their operation.
//! [`print_body`] shows it, with the type of every variable and literal.

use std::fmt::Write;

use crate::program::Program;
use crate::source::Span;
use crate::syntax::{BinaryOp, UnaryOp};
use crate::types::{ConstantId, FunctionId, IntegerType, StructId, Type};

/// Number of a local variable in its [`Body`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LocalId(pub usize);

/// A function's body.
#[derive(Clone, Debug)]
pub struct Body {
    /// Its variables, parameters included.
    pub locals: Vec<Local>,
    /// What each argument is bound to.
    pub parameters: Vec<Pattern>,
    /// What it computes.
    pub value: Expr,
}

/// A variable.
#[derive(Clone, Debug)]
pub struct Local {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Where it is bound.
    pub span: Span,
}

/// A pattern.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// Binds nothing.
    Wildcard,
    /// Binds a variable.
    Local(LocalId),
    /// Takes fields of a tuple or struct; through a reference, references to them.
    Fields(Vec<(u32, Pattern)>),
    /// Reads through a reference.
    Dereference(Box<Pattern>),
}

/// An expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// Which.
    pub kind: ExprKind,
    /// Its type.
    pub ty: Type,
    /// Where.
    pub span: Span,
}

/// The forms of expressions.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// An integer, by its bits.
    Integer(u128),
    /// A bool.
    Bool(bool),
    /// A variable.
    Local(LocalId),
    /// A constant of the module.
    Constant(ConstantId),
    /// An operator before its operand.
    Unary(UnaryOp, Box<Expr>),
    /// An operator between its operands. `&&` and `||` evaluate the right one only where it is needed.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `=`
    Assign(Box<Expr>, Box<Expr>),
    /// `+=` and its kind.
    AssignOp(BinaryOp, Box<Expr>, Box<Expr>),
    /// A call of a function of the module.
    Call(FunctionId, Vec<Expr>),
    /// A call of what the language brings along.
    Builtin(Builtin, Vec<Expr>),
    /// A field, by its index.
    Field(Box<Expr>, u32),
    /// The owner of encrypted data.
    OwnerOf(Box<Expr>),
    /// An element of an array.
    Index(Box<Expr>, Box<Expr>),
    /// A tuple or array by its elements.
    Aggregate(Vec<Expr>),
    /// An array of one value, repeated.
    Repeat(Box<Expr>, u64),
    /// A struct by its fields, evaluated in the order written.
    Struct(StructId, Vec<(u32, Expr)>, Option<Box<Expr>>),
    /// `if`
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// Statements and a value.
    Block(Vec<Statement>, Box<Expr>),
    /// A loop over integers: start, end, whether the end belongs to it.
    ForRange {
        /// Bound to each integer.
        pattern: Pattern,
        /// First.
        start: Box<Expr>,
        /// Last, or the one after it.
        end: Box<Expr>,
        /// Whether `end` belongs to it.
        inclusive: bool,
        /// What is done.
        body: Box<Expr>,
    },
    /// A loop over an array, or over references to the elements of the array that a reference leads to.
    ForElements {
        /// Bound to each element.
        pattern: Pattern,
        /// The array or the reference.
        array: Box<Expr>,
        /// What is done.
        body: Box<Expr>,
    },
    /// A reference to a place.
    Reference(Box<Expr>),
    /// What a reference leads to.
    Dereference(Box<Expr>),
    /// `as`
    Cast(Box<Expr>),
    /// Something was reported here.
    Error,
}

/// A statement.
#[derive(Clone, Debug)]
pub enum Statement {
    /// `let`
    Let(Pattern, Option<Expr>),
    /// An expression whose value is dropped.
    Expression(Expr),
}

/// What the language brings along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is named as its function is")]
pub enum Builtin {
    Reveal,
    ToArcis,
    FromArcis,
    MxeGet,
    KeyFromBytes,
    KeyToBytes,
    Default,
    Clone,
    Min,
    Max,
    WrappingAdd,
    WrappingSub,
    WrappingMul,
}

impl Builtin {
    /// Its name in the language.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reveal => "reveal",
            Self::ToArcis => "to_arcis",
            Self::FromArcis => "from_arcis",
            Self::MxeGet => "Mxe::get",
            Self::KeyFromBytes => "SolanaPublicKey::from_bytes",
            Self::KeyToBytes => "to_bytes",
            Self::Default => "default",
            Self::Clone => "clone",
            Self::Min => "min",
            Self::Max => "max",
            Self::WrappingAdd => "wrapping_add",
            Self::WrappingSub => "wrapping_sub",
            Self::WrappingMul => "wrapping_mul",
        }
    }
}

/// Prints the body of a function.
pub fn print_body(program: &Program<'_>, name: &str, body: &Body) -> String {
    let mut printer = Printer { program, body, out: String::new(), depth: 0 };
    let parameters: Vec<String> = body.parameters.iter().map(|pattern| printer.pattern(pattern)).collect();
    let value = printer.expression(&body.value);
    printer.line(&format!(
        "fn {name}({}) -> {} {value}",
        parameters.join(", "),
        program.type_name(&body.value.ty)
    ));
    printer.out
}

struct Printer<'a> {
    program: &'a Program<'a>,
    body: &'a Body,
    out: String,
    depth: usize,
}

impl Printer<'_> {
    fn line(&mut self, text: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.out, "{:indent$}{text}", "", indent = self.depth * 4);
    }

    fn local(&self, id: LocalId) -> String {
        self.body.locals.get(id.0).map_or_else(|| "?".to_owned(), |local| format!("{}${}", local.name, id.0))
    }

    fn pattern(&self, pattern: &Pattern) -> String {
        match pattern {
            Pattern::Wildcard => "_".to_owned(),
            Pattern::Local(id) => {
                let ty = self.body.locals.get(id.0).map_or(&Type::Error, |local| &local.ty);
                format!("{}: {}", self.local(*id), self.program.type_name(ty))
            }
            Pattern::Fields(fields) => {
                let fields: Vec<String> = fields
                    .iter()
                    .map(|(index, pattern)| format!("{index} = {}", self.pattern(pattern)))
                    .collect();
                format!("({})", fields.join(", "))
            }
            Pattern::Dereference(inner) => format!("&({})", self.pattern(inner)),
        }
    }

    fn statements(&mut self, statements: &[Statement], value: &Expr) -> String {
        let mut inner =
            Printer { program: self.program, body: self.body, out: String::new(), depth: self.depth + 1 };
        for statement in statements {
            let text = match statement {
                Statement::Let(pattern, None) => format!("let {};", inner.pattern(pattern)),
                Statement::Let(pattern, Some(value)) => {
                    format!("let {} = {};", inner.pattern(pattern), inner.expression(value))
                }
                Statement::Expression(expression) => format!("{};", inner.expression(expression)),
            };
            inner.line(&text);
        }
        let value = inner.expression(value);
        inner.line(&value);
        format!("{{\n{}{:indent$}}}", inner.out, "", indent = self.depth * 4)
    }

    fn list(&mut self, expressions: &[Expr]) -> String {
        expressions.iter().map(|expression| self.expression(expression)).collect::<Vec<_>>().join(", ")
    }

    fn expression(&mut self, expression: &Expr) -> String {
        let ty = self.program.type_name(&expression.ty);
        match &expression.kind {
            ExprKind::Integer(bits) => format!("{}_{ty}", integer(*bits, &expression.ty)),
            ExprKind::Bool(value) => value.to_string(),
            ExprKind::Local(id) => self.local(*id),
            ExprKind::Constant(id) => self.program.constant_name(*id),
            ExprKind::Unary(op, operand) => format!("({}{})", op.symbol(), self.expression(operand)),
            ExprKind::Binary(op, left, right) => {
                format!("({} {} {})", self.expression(left), op.symbol(), self.expression(right))
            }
            ExprKind::Assign(place, value) => {
                format!("{} = {}", self.expression(place), self.expression(value))
            }
            ExprKind::AssignOp(op, place, value) => {
                format!("{} {}= {}", self.expression(place), op.symbol(), self.expression(value))
            }
            ExprKind::Call(id, arguments) => {
                format!("{}({})", self.program.function_name(*id), self.list(arguments))
            }
            ExprKind::Builtin(builtin, arguments) => {
                format!("<{}>({}): {ty}", builtin.name(), self.list(arguments))
            }
            ExprKind::Field(base, index) => format!("{}.{index}", self.expression(base)),
            ExprKind::OwnerOf(base) => format!("{}.owner", self.expression(base)),
            ExprKind::Index(base, index) => format!("{}[{}]", self.expression(base), self.expression(index)),
            ExprKind::Aggregate(elements) => format!("({}): {ty}", self.list(elements)),
            ExprKind::Repeat(value, length) => format!("[{}; {length}]", self.expression(value)),
            ExprKind::Struct(_, fields, base) => {
                let mut parts: Vec<String> = fields
                    .iter()
                    .map(|(index, value)| format!("{index} = {}", self.expression(value)))
                    .collect();
                if let Some(base) = base {
                    parts.push(format!("..{}", self.expression(base)));
                }
                format!("{ty} {{ {} }}", parts.join(", "))
            }
            ExprKind::If(condition, when_true, when_false) => {
                let condition = self.expression(condition);
                format!("if {condition} {} else {}", self.expression(when_true), self.expression(when_false))
            }
            ExprKind::Block(statements, value) => self.statements(statements, value),
            ExprKind::ForRange { pattern, start, end, inclusive, body } => {
                let dots = if *inclusive { "..=" } else { ".." };
                let (start, end) = (self.expression(start), self.expression(end));
                format!("for {} in {start}{dots}{end} {}", self.pattern(pattern), self.expression(body))
            }
            ExprKind::ForElements { pattern, array, body } => {
                let array = self.expression(array);
                format!("for {} in {array} {}", self.pattern(pattern), self.expression(body))
            }
            ExprKind::Reference(target) => format!("(&{})", self.expression(target)),
            ExprKind::Dereference(target) => format!("(*{})", self.expression(target)),
            ExprKind::Cast(value) => format!("({} as {ty})", self.expression(value)),
            ExprKind::Error => "<error>".to_owned(),
        }
    }
}

fn integer(bits: u128, ty: &Type) -> String {
    match ty {
        Type::Integer(IntegerType { bits: width, signed: true, .. }) => {
            let unused = 128 - u32::from(*width);
            ((bits << unused).cast_signed() >> unused).to_string()
        }
        _ => bits.to_string(),
    }
}
