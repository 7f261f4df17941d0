//! Expressions and statements.

use super::Parser;
use crate::diagnostics::Diagnostic;
use crate::source::Span;
use crate::syntax::{BinaryOp, Block, Expr, ExprKind, Iterable, Statement, UnaryOp};

impl Parser<'_> {
    /// A function's body, in which `return` may stand at the very end.
    pub(super) fn function_body(&self, block: &syn::Block) -> Block {
        let mut block = block.clone();
        if let Some(syn::Stmt::Expr(last, semicolon)) = block.stmts.last_mut()
            && let syn::Expr::Return(result) = last
            && let Some(value) = result.expr.take()
        {
            *last = *value;
            *semicolon = None;
        }
        self.block(&block)
    }

    pub(super) fn block(&self, block: &syn::Block) -> Block {
        let mut statements = Vec::new();
        let mut value = None;
        for (index, statement) in block.stmts.iter().enumerate() {
            let last = index + 1 == block.stmts.len();
            match statement {
                syn::Stmt::Local(local) => statements.push(self.local(local)),
                syn::Stmt::Expr(expression, None) if last => {
                    value = Some(Box::new(self.expression(expression)))
                }
                syn::Stmt::Expr(expression, _) => {
                    statements.push(Statement::Expression(self.expression(expression)));
                }
                syn::Stmt::Item(item) => {
                    let help = "define it in the circuit module, beside the function";
                    self.unsupported(self.span_of(item), "an item within a function", help);
                }
                syn::Stmt::Macro(statement) => self.macro_call(&statement.mac),
            }
        }
        Block { statements, value, span: self.span_of(block) }
    }

    fn local(&self, local: &syn::Local) -> Statement {
        let (pattern, ty) = match &local.pat {
            syn::Pat::Type(typed) => (self.pattern(&typed.pat), Some(self.ty(&typed.ty))),
            pattern => (self.pattern(pattern), None),
        };
        let value = local.init.as_ref().map(|init| {
            if let Some((token, _)) = &init.diverge {
                let help = "use a pattern that always matches, and `if` for the rest";
                self.unsupported(self.span(token.span), "`let .. else`", help);
            }
            self.expression(&init.expr)
        });
        Statement::Let { pattern, ty, value }
    }

    fn macro_call(&self, call: &syn::Macro) {
        let name = call.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        let help = match name.as_str() {
            "println" | "print" | "eprintln" | "dbg" => {
                "remove it: nodes print nothing; to look at values, run the module natively in a test"
            }
            "assert" | "assert_eq" | "assert_ne" | "debug_assert" | "debug_assert_eq" | "debug_assert_ne"
            | "panic" | "unreachable" | "todo" | "unimplemented" => {
                "a computation on secrets cannot stop half-way: return a flag that says whether the values were good"
            }
            "vec" => "use an array: its length is part of the circuit",
            "matches" => "compare with `==` and `if`",
            _ => "write out what it stands for",
        };
        self.unsupported(self.span_of(call), &format!("the macro `{name}!`"), help);
    }

    fn boxed(&self, expression: &syn::Expr) -> Box<Expr> {
        Box::new(self.expression(expression))
    }

    pub(super) fn expression(&self, expression: &syn::Expr) -> Expr {
        let span = self.span_of(expression);
        let kind = match expression {
            syn::Expr::Paren(inner) => return self.expression(&inner.expr),
            syn::Expr::Group(inner) => return self.expression(&inner.expr),
            syn::Expr::Lit(literal) => self.literal(&literal.lit, span),
            syn::Expr::Path(path) if path.qself.is_none() => ExprKind::Path(self.path(&path.path)),
            syn::Expr::Unary(unary) => self.unary(unary, span),
            syn::Expr::Binary(binary) => self.binary(binary, span),
            syn::Expr::Assign(assign) => {
                ExprKind::Assign(self.boxed(&assign.left), self.boxed(&assign.right))
            }
            syn::Expr::Call(call) => self.call(call, span),
            syn::Expr::MethodCall(call) => {
                if let Some(turbofish) = &call.turbofish {
                    let help = "remove the type arguments";
                    self.unsupported(self.span_of(turbofish), "naming type arguments of a method", help);
                }
                ExprKind::MethodCall {
                    receiver: self.boxed(&call.receiver),
                    method: self.name(&call.method),
                    arguments: call.args.iter().map(|argument| self.expression(argument)).collect(),
                }
            }
            syn::Expr::Field(field) => ExprKind::Field(self.boxed(&field.base), self.member(&field.member)),
            syn::Expr::Index(index) => ExprKind::Index(self.boxed(&index.expr), self.boxed(&index.index)),
            syn::Expr::Tuple(tuple) => ExprKind::Tuple(self.expressions(tuple.elems.iter())),
            syn::Expr::Array(array) => ExprKind::Array(self.expressions(array.elems.iter())),
            syn::Expr::Repeat(repeat) => ExprKind::Repeat(self.boxed(&repeat.expr), self.boxed(&repeat.len)),
            syn::Expr::Struct(literal) => ExprKind::Struct {
                path: self.path(&literal.path),
                fields: literal
                    .fields
                    .iter()
                    .map(|field| (self.member(&field.member), self.expression(&field.expr)))
                    .collect(),
                base: literal.rest.as_ref().map(|base| self.boxed(base)),
            },
            syn::Expr::If(conditional) => self.conditional(conditional),
            syn::Expr::Block(block) if block.label.is_none() => ExprKind::Block(self.block(&block.block)),
            syn::Expr::ForLoop(for_loop) => self.for_loop(for_loop),
            syn::Expr::Reference(reference) => ExprKind::Reference {
                mutable: reference.mutability.is_some(),
                target: self.boxed(&reference.expr),
            },
            syn::Expr::Cast(cast) => ExprKind::Cast(self.boxed(&cast.expr), self.ty(&cast.ty)),
            other => {
                self.unsupported_expression(other, span);
                ExprKind::Error
            }
        };
        Expr { kind, span }
    }

    fn expressions<'e>(&self, expressions: impl Iterator<Item = &'e syn::Expr>) -> Vec<Expr> {
        expressions.map(|expression| self.expression(expression)).collect()
    }

    fn literal(&self, literal: &syn::Lit, span: Span) -> ExprKind {
        match literal {
            syn::Lit::Bool(literal) => ExprKind::Bool(literal.value),
            syn::Lit::Byte(literal) => ExprKind::Integer(literal.value().into(), Some("u8".to_owned())),
            syn::Lit::Int(literal) => match literal.base10_parse::<u128>() {
                Ok(value) => {
                    let suffix = literal.suffix();
                    if suffix.starts_with('f') {
                        self.floating_point(span);
                        return ExprKind::Error;
                    }
                    ExprKind::Integer(value, (!suffix.is_empty()).then(|| suffix.to_owned()))
                }
                Err(_) => {
                    self.reporter.report(Diagnostic::new(span, "this integer does not fit 128 bits"));
                    ExprKind::Error
                }
            },
            syn::Lit::Float(_) => {
                self.floating_point(span);
                ExprKind::Error
            }
            _ => {
                self.unsupported(span, "text", "use integers, or an array of bytes: `[104, 105]`");
                ExprKind::Error
            }
        }
    }

    fn floating_point(&self, span: Span) {
        self.unsupported(span, "a floating-point number", "use integers in the smallest unit, such as cents");
    }

    fn unary(&self, unary: &syn::ExprUnary, span: Span) -> ExprKind {
        let operand = self.boxed(&unary.expr);
        match unary.op {
            syn::UnOp::Neg(_) => ExprKind::Unary(UnaryOp::Negate, operand),
            syn::UnOp::Not(_) => ExprKind::Unary(UnaryOp::Not, operand),
            syn::UnOp::Deref(_) => ExprKind::Dereference(operand),
            _ => {
                self.unsupported(span, "this operator", "use `-`, `!` or `*`");
                ExprKind::Error
            }
        }
    }

    fn binary(&self, binary: &syn::ExprBinary, span: Span) -> ExprKind {
        let (op, assigns) = match binary.op {
            syn::BinOp::Add(_) => (BinaryOp::Add, false),
            syn::BinOp::Sub(_) => (BinaryOp::Subtract, false),
            syn::BinOp::Mul(_) => (BinaryOp::Multiply, false),
            syn::BinOp::Div(_) => (BinaryOp::Divide, false),
            syn::BinOp::Rem(_) => (BinaryOp::Remainder, false),
            syn::BinOp::And(_) => (BinaryOp::And, false),
            syn::BinOp::Or(_) => (BinaryOp::Or, false),
            syn::BinOp::BitXor(_) => (BinaryOp::BitXor, false),
            syn::BinOp::BitAnd(_) => (BinaryOp::BitAnd, false),
            syn::BinOp::BitOr(_) => (BinaryOp::BitOr, false),
            syn::BinOp::Shl(_) => (BinaryOp::ShiftLeft, false),
            syn::BinOp::Shr(_) => (BinaryOp::ShiftRight, false),
            syn::BinOp::Eq(_) => (BinaryOp::Equal, false),
            syn::BinOp::Lt(_) => (BinaryOp::Less, false),
            syn::BinOp::Le(_) => (BinaryOp::LessOrEqual, false),
            syn::BinOp::Ne(_) => (BinaryOp::NotEqual, false),
            syn::BinOp::Ge(_) => (BinaryOp::GreaterOrEqual, false),
            syn::BinOp::Gt(_) => (BinaryOp::Greater, false),
            syn::BinOp::AddAssign(_) => (BinaryOp::Add, true),
            syn::BinOp::SubAssign(_) => (BinaryOp::Subtract, true),
            syn::BinOp::MulAssign(_) => (BinaryOp::Multiply, true),
            syn::BinOp::DivAssign(_) => (BinaryOp::Divide, true),
            syn::BinOp::RemAssign(_) => (BinaryOp::Remainder, true),
            syn::BinOp::BitXorAssign(_) => (BinaryOp::BitXor, true),
            syn::BinOp::BitAndAssign(_) => (BinaryOp::BitAnd, true),
            syn::BinOp::BitOrAssign(_) => (BinaryOp::BitOr, true),
            syn::BinOp::ShlAssign(_) => (BinaryOp::ShiftLeft, true),
            syn::BinOp::ShrAssign(_) => (BinaryOp::ShiftRight, true),
            _ => {
                self.unsupported(
                    span,
                    "this operator",
                    "use Rust's arithmetic, bit and comparison operators",
                );
                return ExprKind::Error;
            }
        };
        let (left, right) = (self.boxed(&binary.left), self.boxed(&binary.right));
        if assigns { ExprKind::AssignOp(op, left, right) } else { ExprKind::Binary(op, left, right) }
    }

    fn call(&self, call: &syn::ExprCall, span: Span) -> ExprKind {
        match &*call.func {
            syn::Expr::Path(path) if path.qself.is_none() => {
                ExprKind::Call(self.path(&path.path), self.expressions(call.args.iter()))
            }
            _ => {
                self.unsupported(span, "calling a value", "call a function by its name");
                ExprKind::Error
            }
        }
    }

    fn conditional(&self, conditional: &syn::ExprIf) -> ExprKind {
        ExprKind::If {
            condition: self.boxed(&conditional.cond),
            when_true: self.block(&conditional.then_branch),
            when_false: conditional.else_branch.as_ref().map(|(_, otherwise)| self.boxed(otherwise)),
        }
    }

    fn for_loop(&self, for_loop: &syn::ExprForLoop) -> ExprKind {
        let iterable = match without_parentheses(&for_loop.expr) {
            syn::Expr::Range(range) => {
                let span = self.span_of(range);
                let bound = |bound: &Option<Box<syn::Expr>>, what: &str| match bound {
                    Some(bound) => self.expression(bound),
                    None => {
                        let message = format!("this loop has no {what}");
                        let help = "write both: `for i in 0..10`; a circuit has a fixed number of steps";
                        self.reporter.report(Diagnostic::new(span, message).help(help));
                        Expr { kind: ExprKind::Error, span }
                    }
                };
                Iterable::Range {
                    start: bound(&range.start, "start"),
                    end: bound(&range.end, "end"),
                    inclusive: matches!(range.limits, syn::RangeLimits::Closed(_)),
                }
            }
            elements => Iterable::Elements(self.expression(elements)),
        };
        if let Some(label) = &for_loop.label {
            self.unsupported(self.span_of(label), "a loop label", "remove it: there is no `break` to use it");
        }
        ExprKind::For {
            pattern: self.pattern(&for_loop.pat),
            iterable: Box::new(iterable),
            body: self.block(&for_loop.body),
        }
    }

    fn unsupported_expression(&self, expression: &syn::Expr, span: Span) {
        let fixed = "use `for i in 0..N` with a constant N: a circuit has a fixed number of steps";
        let flag = "keep a `bool` that says whether to go on, and test it with `if` inside the loop";
        let (span, what, instead) = match expression {
            syn::Expr::While(it) => (self.span(it.while_token.span), "`while`", fixed),
            syn::Expr::Loop(it) => (self.span(it.loop_token.span), "`loop`", fixed),
            syn::Expr::Break(_) => (span, "`break`", flag),
            syn::Expr::Continue(_) => (span, "`continue`", "put the rest of the loop's body into an `if`"),
            syn::Expr::Return(_) => (
                span,
                "`return` before the end of the function",
                "assign the result in `if` and `else`, and return it at the end",
            ),
            syn::Expr::Match(it) => (self.span(it.match_token.span), "`match`", "use `if` and `else if`"),
            syn::Expr::Let(_) => (span, "`if let`", "use `if` on a `bool` that says which case it is"),
            syn::Expr::Closure(_) => (span, "a closure", "write a function and call it by its name"),
            syn::Expr::Try(_) => (span, "`?`", "return a flag that says whether the values were good"),
            syn::Expr::Range(_) => {
                (span, "a range outside a `for` loop", "write the range in the loop: `for i in 0..10`")
            }
            syn::Expr::Unsafe(_) => (span, "`unsafe`", "remove it: nothing in a circuit needs it"),
            syn::Expr::Async(_) | syn::Expr::Await(_) => (span, "asynchronous code", "write plain functions"),
            syn::Expr::Const(_) => (span, "a `const` block", "define a `const` in the module"),
            syn::Expr::Macro(it) => return self.macro_call(&it.mac),
            _ => (span, "this expression", "use operators, calls, `if`, `for` and blocks"),
        };
        self.unsupported(span, what, instead);
    }
}

fn without_parentheses(expression: &syn::Expr) -> &syn::Expr {
    match expression {
        syn::Expr::Paren(inner) => without_parentheses(&inner.expr),
        syn::Expr::Group(inner) => without_parentheses(&inner.expr),
        other => other,
    }
}
