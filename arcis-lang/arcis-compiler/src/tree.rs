//! The typed tree: the body of one instance of a function, with every name resolved and every type known.
//!
//! Method calls have become calls, automatic dereferencing is written out, operators on the author's types are calls.
//! [`print_body`] shows it, with the type of every variable and literal.

use std::cell::OnceCell;
use std::fmt::Write;
use std::sync::Arc;

use crate::program::Program;
use crate::source::Span;
use crate::syntax::{BinaryOp, UnaryOp};
use crate::types::{AdtId, Callee, ClosureId, ConstantId, IntegerType, TraitId, Type, Types};

/// Number of a local variable in its [`Body`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LocalId(pub usize);

/// Number of a loop or labelled block in its [`Body`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoopId(pub usize);

/// A function's body.
#[derive(Clone, Debug)]
pub struct Body {
    /// Its variables, parameters included, and those of its closures.
    pub locals: Vec<Local>,
    /// What each argument is bound to.
    pub parameters: Vec<Pattern>,
    /// What it computes.
    pub value: Expr,
    /// The type of its result.
    pub result: Type,
}

/// A closure's body; its variables are numbered with those of the body around it.
#[derive(Clone, Debug)]
pub struct ClosureBody {
    /// How many variables the body around it has.
    pub locals: usize,
    /// What each argument is bound to.
    pub parameters: Vec<Pattern>,
    /// What it computes.
    pub value: Expr,
}

/// A variable.
#[derive(Clone, Debug)]
pub struct Local {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub ty: Type,
    /// Where it is bound.
    pub span: Span,
}

/// A pattern.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// Fits everything, binds nothing.
    Wildcard,
    /// Binds a variable.
    Local {
        /// Which.
        id: LocalId,
        /// Whether it becomes a reference to the place.
        by_reference: bool,
        /// What is after `@`.
        inner: Option<Box<Pattern>>,
    },
    /// Fields of a tuple or struct.
    Fields(Vec<(u32, Pattern)>),
    /// A variant and its fields.
    Variant(u32, Vec<(u32, Pattern)>),
    /// Elements of an array or slice: from the start, the middle if there is one, from the end.
    Slice(Vec<Pattern>, Option<Box<Pattern>>, Vec<Pattern>),
    /// Reads through a reference.
    Dereference(Box<Pattern>),
    /// Equal to a constant.
    Constant(Box<Expr>),
    /// Between two constants; whether the last belongs to it.
    Range(Option<Box<Expr>>, Option<Box<Expr>>, bool, Type),
    /// One of several.
    Or(Vec<Pattern>),
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

/// A call, and what it was found to run.
#[derive(Clone, Debug)]
pub struct CallSite {
    /// What is called.
    pub callee: Callee,
    /// What that runs, once it was asked for.
    pub target: OnceCell<Target>,
}

/// What a call runs.
#[derive(Clone, Debug)]
pub enum Target {
    /// A body: the function, and what its generic parameters are.
    Body(crate::types::FunctionId, Types, Arc<Body>),
    /// Something the compiler does itself: its name, and what its generic parameters are.
    Intrinsic(Arc<str>, Types),
    /// A function of a trait that every type has, by its parts: the trait's function.
    Structural(Arc<str>, Type),
    /// A tuple struct.
    Struct,
    /// A variant of an enum.
    Variant(AdtId, u32),
    /// Something was reported.
    Error,
}

/// The forms of expressions.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// An integer, by its bits.
    Integer(u128),
    /// A number with a point.
    Float(f64),
    /// A bool.
    Bool(bool),
    /// Bytes: a reference to an array.
    Bytes(Arc<[u8]>),
    /// Text. It has no value.
    Text,
    /// A variable.
    Local(LocalId),
    /// A constant, and what the generic parameters around it are.
    Constant(ConstantId, Types),
    /// A constant of a trait, in whichever `impl` it is.
    TraitConstant(TraitId, Arc<str>, Types),
    /// A function by its name, as a value.
    Function(Arc<CallSite>),
    /// An operator before its operand.
    Unary(UnaryOp, Box<Expr>),
    /// An operator between its operands. `&&` and `||` evaluate the right one only where it is needed.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `=`
    Assign(Box<Expr>, Box<Expr>),
    /// `+=` and its kind.
    AssignOp(BinaryOp, Box<Expr>, Box<Expr>),
    /// A call of something known by its name.
    Call(Arc<CallSite>, Vec<Expr>),
    /// A call of a closure or a function pointer.
    CallValue(Box<Expr>, Vec<Expr>),
    /// A field, by its index.
    Field(Box<Expr>, u32),
    /// An element of an array or slice.
    Index(Box<Expr>, Box<Expr>),
    /// A part of an array or slice, from a start to an end.
    Part(Box<Expr>, Option<Box<Expr>>, Option<Box<Expr>>, bool),
    /// A part of an array or slice, by a range that is a value: `usize` fields of a struct.
    PartByRange(Box<Expr>, Box<Expr>),
    /// A tuple or array by its elements.
    Aggregate(Vec<Expr>),
    /// An array of one value, repeated.
    Repeat(Box<Expr>, Type),
    /// A struct or variant by its fields, evaluated in the order written.
    Struct(AdtId, u32, Vec<(u32, Expr)>, Option<Box<Expr>>),
    /// `let` in a condition.
    Let(Box<Pattern>, Box<Expr>),
    /// `if`
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `match`: pattern, guard and body of each arm.
    Match(Box<Expr>, Vec<(Pattern, Option<Expr>, Expr)>),
    /// Statements and a value.
    Block(Vec<Statement>, Box<Expr>),
    /// A block with a label.
    Labelled(LoopId, Box<Expr>),
    /// `loop`, `while`
    Loop {
        /// Its number.
        id: LoopId,
        /// How often it runs at most, when that is declared.
        bound: Option<u64>,
        /// What is done.
        body: Box<Expr>,
        /// Whether it was written `while`.
        is_while: bool,
    },
    /// `for`
    For {
        /// Its number.
        id: LoopId,
        /// How often it runs at most, when that is declared.
        bound: Option<u64>,
        /// Bound to each element.
        pattern: Pattern,
        /// What gives the elements.
        iterator: Box<Expr>,
        /// `Iterator::__step` of it.
        step: Arc<CallSite>,
        /// What is done.
        body: Box<Expr>,
    },
    /// `break`
    Break(LoopId, Option<Box<Expr>>),
    /// `continue`
    Continue(LoopId),
    /// `return`
    Return(Option<Box<Expr>>),
    /// `value?`: whether it is a `Result`.
    Try(Box<Expr>, Option<Arc<CallSite>>),
    /// A closure, and the variables around it that it uses; whether it takes copies of them.
    Closure(ClosureId, Vec<LocalId>, bool),
    /// A reference to a place.
    Reference(Box<Expr>),
    /// What a reference leads to.
    Dereference(Box<Expr>),
    /// `as`
    Cast(Box<Expr>),
    /// An error where it is reached.
    Panic(Arc<str>),
    /// Something was reported here.
    Error,
}

/// A statement.
#[derive(Clone, Debug)]
pub enum Statement {
    /// `let`, and what `else` does.
    Let(Pattern, Option<Expr>, Option<Expr>),
    /// An expression whose value is dropped.
    Expression(Expr),
}

impl CallSite {
    /// A call of this.
    pub fn new(callee: Callee) -> Arc<Self> {
        Arc::new(Self { callee, target: OnceCell::new() })
    }
}

/// Prints the body of a function.
pub fn print_body(program: &Program<'_>, name: &str, body: &Body) -> String {
    let mut printer = Printer { program, locals: &body.locals, out: String::new(), depth: 0 };
    let parameters: Vec<String> = body.parameters.iter().map(|pattern| printer.pattern(pattern)).collect();
    let value = printer.expression(&body.value);
    let result = program.type_name(&body.result);
    printer.line(&format!("fn {name}({}) -> {result} {value}", parameters.join(", ")));
    printer.out
}

struct Printer<'a> {
    program: &'a Program<'a>,
    locals: &'a [Local],
    out: String,
    depth: usize,
}

impl Printer<'_> {
    fn line(&mut self, text: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.out, "{:indent$}{text}", "", indent = self.depth * 4);
    }

    fn local(&self, id: LocalId) -> String {
        self.locals.get(id.0).map_or_else(|| "?".to_owned(), |local| format!("{}${}", local.name, id.0))
    }

    fn fields(&mut self, fields: &[(u32, Pattern)]) -> String {
        let fields: Vec<String> =
            fields.iter().map(|(index, pattern)| format!("{index} = {}", self.pattern(pattern))).collect();
        fields.join(", ")
    }

    fn pattern(&mut self, pattern: &Pattern) -> String {
        match pattern {
            Pattern::Wildcard => "_".to_owned(),
            Pattern::Local { id, by_reference, inner } => {
                let ty = self.locals.get(id.0).map_or(Type::Error, |local| local.ty.clone());
                let by = if *by_reference { "ref " } else { "" };
                let inner =
                    inner.as_ref().map_or(String::new(), |inner| format!(" @ {}", self.pattern(inner)));
                format!("{by}{}: {}{inner}", self.local(*id), self.program.type_name(&ty))
            }
            Pattern::Fields(fields) => format!("({})", self.fields(fields)),
            Pattern::Variant(variant, fields) => format!("variant {variant} ({})", self.fields(fields)),
            Pattern::Slice(start, middle, end) => {
                let mut parts: Vec<String> = start.iter().map(|it| self.pattern(it)).collect();
                parts.extend(middle.iter().map(|it| format!("{}..", self.pattern(it))));
                parts.extend(end.iter().map(|it| self.pattern(it)));
                format!("[{}]", parts.join(", "))
            }
            Pattern::Dereference(inner) => format!("&({})", self.pattern(inner)),
            Pattern::Constant(value) => self.expression(value),
            Pattern::Range(start, end, inclusive, _) => {
                let mut end_of =
                    |end: &Option<Box<Expr>>| end.as_ref().map_or(String::new(), |it| self.expression(it));
                let (start, end) = (end_of(start), end_of(end));
                format!("{start}{}{end}", if *inclusive { "..=" } else { ".." })
            }
            Pattern::Or(cases) => cases.iter().map(|case| self.pattern(case)).collect::<Vec<_>>().join(" | "),
        }
    }

    fn statements(&mut self, statements: &[Statement], value: &Expr) -> String {
        let mut inner =
            Printer { program: self.program, locals: self.locals, out: String::new(), depth: self.depth + 1 };
        for statement in statements {
            let text = match statement {
                Statement::Let(pattern, None, _) => format!("let {};", inner.pattern(pattern)),
                Statement::Let(pattern, Some(value), None) => {
                    format!("let {} = {};", inner.pattern(pattern), inner.expression(value))
                }
                Statement::Let(pattern, Some(value), Some(otherwise)) => {
                    let (pattern, value) = (inner.pattern(pattern), inner.expression(value));
                    format!("let {pattern} = {value} else {};", inner.expression(otherwise))
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

    fn optional(&mut self, expression: &Option<Box<Expr>>) -> String {
        expression.as_ref().map_or(String::new(), |expression| self.expression(expression))
    }

    fn expression(&mut self, expression: &Expr) -> String {
        let ty = self.program.type_name(&expression.ty);
        match &expression.kind {
            ExprKind::Integer(bits) => format!("{}_{ty}", integer(*bits, &expression.ty)),
            ExprKind::Float(value) => format!("{value:?}_{ty}"),
            ExprKind::Bool(value) => value.to_string(),
            ExprKind::Bytes(bytes) => format!("b\"{}\"", bytes.escape_ascii()),
            ExprKind::Text => "<text>".to_owned(),
            ExprKind::Local(id) => self.local(*id),
            ExprKind::Constant(id, _) => self.program.constant_name(*id).to_owned(),
            ExprKind::TraitConstant(_, name, _) => format!("<{name}>"),
            ExprKind::Function(site) => self.program.callee_name(&site.callee),
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
            ExprKind::Call(site, arguments) => {
                format!("{}({}): {ty}", self.program.callee_name(&site.callee), self.list(arguments))
            }
            ExprKind::CallValue(function, arguments) => {
                format!("({})({}): {ty}", self.expression(function), self.list(arguments))
            }
            ExprKind::Field(base, index) => format!("{}.{index}", self.expression(base)),
            ExprKind::Index(base, index) => format!("{}[{}]", self.expression(base), self.expression(index)),
            ExprKind::Part(base, start, end, inclusive) => {
                let dots = if *inclusive { "..=" } else { ".." };
                let (start, end) = (self.optional(start), self.optional(end));
                format!("{}[{start}{dots}{end}]", self.expression(base))
            }
            ExprKind::PartByRange(base, range) => {
                format!("{}[{}]", self.expression(base), self.expression(range))
            }
            ExprKind::Aggregate(elements) => format!("({}): {ty}", self.list(elements)),
            ExprKind::Repeat(value, length) => {
                format!("[{}; {}]", self.expression(value), self.program.type_name(length))
            }
            ExprKind::Struct(_, variant, fields, base) => {
                let mut parts: Vec<String> = fields
                    .iter()
                    .map(|(index, value)| format!("{index} = {}", self.expression(value)))
                    .collect();
                if let Some(base) = base {
                    parts.push(format!("..{}", self.expression(base)));
                }
                format!("{ty} #{variant} {{ {} }}", parts.join(", "))
            }
            ExprKind::Let(pattern, value) => {
                format!("let {} = {}", self.pattern(pattern), self.expression(value))
            }
            ExprKind::If(condition, when_true, when_false) => {
                let condition = self.expression(condition);
                format!("if {condition} {} else {}", self.expression(when_true), self.expression(when_false))
            }
            ExprKind::Match(value, arms) => {
                let value = self.expression(value);
                let arms: Vec<String> = arms
                    .iter()
                    .map(|(pattern, guard, body)| {
                        let pattern = self.pattern(pattern);
                        let guard = guard
                            .as_ref()
                            .map_or(String::new(), |guard| format!(" if {}", self.expression(guard)));
                        format!("{pattern}{guard} => {}", self.expression(body))
                    })
                    .collect();
                format!("match {value} {{ {} }}", arms.join(", "))
            }
            ExprKind::Block(statements, value) => self.statements(statements, value),
            ExprKind::Labelled(id, value) => format!("'{}: {}", id.0, self.expression(value)),
            ExprKind::Loop { id, body, .. } => format!("'{}: loop {}", id.0, self.expression(body)),
            ExprKind::For { id, pattern, iterator, body, .. } => {
                let iterator = self.expression(iterator);
                format!("'{}: for {} in {iterator} {}", id.0, self.pattern(pattern), self.expression(body))
            }
            ExprKind::Break(id, value) => format!("break '{} {}", id.0, self.optional(value)),
            ExprKind::Continue(id) => format!("continue '{}", id.0),
            ExprKind::Return(value) => format!("return {}", self.optional(value)),
            ExprKind::Try(value, _) => format!("{}?", self.expression(value)),
            ExprKind::Closure(id, captured, _) => {
                let captured: Vec<String> = captured.iter().map(|id| self.local(*id)).collect();
                let info = self.program.closure(*id);
                let Some(body) = &info.body else { return "closure".to_owned() };
                let parameters: Vec<String> = body.parameters.iter().map(|it| self.pattern(it)).collect();
                let value = self.expression(&body.value);
                format!("[{}] |{}| {value}", captured.join(", "), parameters.join(", "))
            }
            ExprKind::Reference(target) => format!("(&{})", self.expression(target)),
            ExprKind::Dereference(target) => format!("(*{})", self.expression(target)),
            ExprKind::Cast(value) => format!("({} as {ty})", self.expression(value)),
            ExprKind::Panic(text) => format!("panic!({text:?})"),
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
