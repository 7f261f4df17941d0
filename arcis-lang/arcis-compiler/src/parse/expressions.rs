//! Expressions and statements.

use std::sync::Arc;

use super::{Parser, is_attribute};
use crate::diagnostics::Diagnostic;
use crate::source::Span;
use crate::syntax::{Arm, BinaryOp, Block, Expr, ExprKind, Name, Statement, UnaryOp};

impl Parser<'_> {
    pub(super) fn block(&self, block: &syn::Block) -> Block {
        let mut statements = Vec::new();
        let mut value = None;
        let mut items = Vec::new();
        for (index, statement) in block.stmts.iter().enumerate() {
            let last = index + 1 == block.stmts.len();
            match statement {
                syn::Stmt::Local(local) => statements.push(self.local(local)),
                syn::Stmt::Expr(expression, None) if last => {
                    value = Some(Box::new(self.expression(expression)));
                }
                syn::Stmt::Expr(expression, semicolon) => {
                    statements.push(Statement::Expression(self.expression(expression), semicolon.is_some()));
                }
                syn::Stmt::Item(item) => items.push(item.clone()),
                syn::Stmt::Macro(statement) => {
                    let span = self.span_of(&statement.mac);
                    let kind = self.macro_call(&statement.mac);
                    let expression = Expr { kind, span };
                    if last && statement.semi_token.is_none() {
                        value = Some(Box::new(expression));
                    } else {
                        statements.push(Statement::Expression(expression, true));
                    }
                }
            }
        }
        let items = (!items.is_empty()).then(|| Arc::new(self.module(&items)));
        self.blocks.borrow_mut().extend(items.clone());
        Block { statements, value, items, span: self.span_of(block) }
    }

    fn local(&self, local: &syn::Local) -> Statement {
        let (pattern, ty) = match &local.pat {
            syn::Pat::Type(typed) => (self.pattern(&typed.pat), Some(self.ty(&typed.ty))),
            pattern => (self.pattern(pattern), None),
        };
        let value = local.init.as_ref().map(|init| self.expression(&init.expr));
        let otherwise = local
            .init
            .as_ref()
            .and_then(|init| init.diverge.as_ref())
            .map(|(_, otherwise)| self.as_block(otherwise));
        Statement::Let { pattern, ty, value, otherwise }
    }

    fn as_block(&self, expression: &syn::Expr) -> Block {
        match expression {
            syn::Expr::Block(block) if block.label.is_none() => self.block(&block.block),
            other => {
                let value = self.boxed(other);
                let span = value.span;
                Block { statements: Vec::new(), value: Some(value), items: None, span }
            }
        }
    }

    fn boxed(&self, expression: &syn::Expr) -> Box<Expr> {
        Box::new(self.expression(expression))
    }

    pub(super) fn expression(&self, expression: &syn::Expr) -> Expr {
        let span = self.span_of(expression);
        let optional = |expression: &Option<Box<syn::Expr>>| expression.as_ref().map(|it| self.boxed(it));
        let kind = match expression {
            syn::Expr::Paren(inner) => return self.expression(&inner.expr),
            syn::Expr::Group(inner) => return self.expression(&inner.expr),
            syn::Expr::Lit(literal) => self.literal(&literal.lit, span),
            syn::Expr::Path(path) => ExprKind::Path(self.qualified_path(path.qself.as_ref(), &path.path)),
            syn::Expr::Unary(unary) => self.unary(unary, span),
            syn::Expr::Binary(binary) => self.binary(binary, span),
            syn::Expr::Assign(assign) => {
                ExprKind::Assign(self.boxed(&assign.left), self.boxed(&assign.right))
            }
            syn::Expr::Call(call) => {
                ExprKind::Call(self.boxed(&call.func), self.expressions(call.args.iter()))
            }
            syn::Expr::MethodCall(call) => ExprKind::MethodCall {
                receiver: self.boxed(&call.receiver),
                method: self.name(&call.method),
                generics: call.turbofish.as_ref().map(|list| self.generic_arguments(list)),
                arguments: self.expressions(call.args.iter()),
            },
            syn::Expr::Field(field) => ExprKind::Field(self.boxed(&field.base), self.member(&field.member)),
            syn::Expr::Index(index) => ExprKind::Index(self.boxed(&index.expr), self.boxed(&index.index)),
            syn::Expr::Range(range) => {
                let inclusive = matches!(range.limits, syn::RangeLimits::Closed(_));
                ExprKind::Range(optional(&range.start), optional(&range.end), inclusive)
            }
            syn::Expr::Tuple(tuple) => ExprKind::Tuple(self.expressions(tuple.elems.iter())),
            syn::Expr::Array(array) => ExprKind::Array(self.expressions(array.elems.iter())),
            syn::Expr::Repeat(repeat) => {
                ExprKind::Repeat(self.boxed(&repeat.expr), Arc::new(self.expression(&repeat.len)))
            }
            syn::Expr::Struct(literal) => ExprKind::Struct {
                path: self.qualified_path(literal.qself.as_ref(), &literal.path),
                fields: literal
                    .fields
                    .iter()
                    .map(|field| (self.member(&field.member), self.expression(&field.expr)))
                    .collect(),
                base: optional(&literal.rest),
            },
            syn::Expr::Let(it) => ExprKind::Let(Box::new(self.pattern(&it.pat)), self.boxed(&it.expr)),
            syn::Expr::If(conditional) => ExprKind::If(
                self.boxed(&conditional.cond),
                self.block(&conditional.then_branch),
                conditional.else_branch.as_ref().map(|(_, otherwise)| self.boxed(otherwise)),
            ),
            syn::Expr::Match(it) => {
                let arms = it.arms.iter().map(|arm| Arm {
                    pattern: self.pattern(&arm.pat),
                    guard: arm.guard.as_ref().map(|(_, guard)| self.expression(guard)),
                    body: self.expression(&arm.body),
                });
                ExprKind::Match(self.boxed(&it.expr), arms.collect())
            }
            syn::Expr::Block(block) => ExprKind::Block(self.block(&block.block), self.label(&block.label)),
            syn::Expr::Const(block) => {
                let body = self.block(&block.block);
                ExprKind::ConstBlock(Arc::new(Expr { kind: ExprKind::Block(body, None), span }))
            }
            syn::Expr::ForLoop(it) => ExprKind::For {
                label: self.label(&it.label),
                bound: self.bound(&it.attrs),
                pattern: self.pattern(&it.pat),
                iterable: self.boxed(&it.expr),
                body: self.block(&it.body),
            },
            syn::Expr::Loop(it) => ExprKind::Loop {
                label: self.label(&it.label),
                bound: self.bound(&it.attrs),
                body: self.block(&it.body),
                is_while: false,
            },
            syn::Expr::While(it) => self.while_loop(it, span),
            syn::Expr::Break(it) => {
                let label = it.label.as_ref().map(|label| self.name(&label.ident));
                ExprKind::Break(label, optional(&it.expr))
            }
            syn::Expr::Continue(it) => {
                ExprKind::Continue(it.label.as_ref().map(|label| self.name(&label.ident)))
            }
            syn::Expr::Return(it) => ExprKind::Return(optional(&it.expr)),
            syn::Expr::Try(it) => ExprKind::Try(self.boxed(&it.expr)),
            syn::Expr::Closure(it) => self.closure(it),
            syn::Expr::Reference(reference) => {
                ExprKind::Reference(reference.mutability.is_some(), self.boxed(&reference.expr))
            }
            syn::Expr::Cast(cast) => ExprKind::Cast(self.boxed(&cast.expr), self.ty(&cast.ty)),
            syn::Expr::Macro(it) => self.macro_call(&it.mac),
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

    fn label(&self, label: &Option<syn::Label>) -> Option<Name> {
        label.as_ref().map(|label| self.name(&label.name.ident))
    }

    /// `#[bound(N)]`
    fn bound(&self, attributes: &[syn::Attribute]) -> Option<Arc<Expr>> {
        let attribute = attributes.iter().find(|attribute| is_attribute(attribute, "bound"))?;
        match attribute.parse_args::<syn::Expr>() {
            Ok(bound) => Some(Arc::new(self.expression(&bound))),
            Err(error) => {
                self.reporter.report(
                    Diagnostic::new(self.span_of(attribute), format!("this bound cannot be read: {error}"))
                        .help("write a constant: `#[bound(100)]`"),
                );
                None
            }
        }
    }

    fn while_loop(&self, it: &syn::ExprWhile, span: Span) -> ExprKind {
        let leave = Expr { kind: ExprKind::Break(None, None), span };
        let test = ExprKind::If(self.boxed(&it.cond), self.block(&it.body), Some(Box::new(leave)));
        let body = Block {
            statements: Vec::new(),
            value: Some(Box::new(Expr { kind: test, span: self.span_of(&it.cond) })),
            items: None,
            span,
        };
        ExprKind::Loop { label: self.label(&it.label), bound: self.bound(&it.attrs), body, is_while: true }
    }

    fn closure(&self, it: &syn::ExprClosure) -> ExprKind {
        let parameters = it.inputs.iter().map(|input| match input {
            syn::Pat::Type(typed) => (self.pattern(&typed.pat), Some(self.ty(&typed.ty))),
            pattern => (self.pattern(pattern), None),
        });
        let result = match &it.output {
            syn::ReturnType::Default => None,
            syn::ReturnType::Type(_, ty) => Some(self.ty(ty)),
        };
        ExprKind::Closure {
            moves: it.capture.is_some(),
            parameters: parameters.collect(),
            result,
            body: self.boxed(&it.body),
        }
    }

    fn literal(&self, literal: &syn::Lit, span: Span) -> ExprKind {
        let suffix = |suffix: &str| (!suffix.is_empty()).then(|| suffix.into());
        match literal {
            syn::Lit::Bool(literal) => ExprKind::Bool(literal.value),
            syn::Lit::Byte(literal) => ExprKind::Integer(literal.value().into(), Some("u8".into())),
            syn::Lit::ByteStr(literal) => ExprKind::Bytes(literal.value().into()),
            syn::Lit::Str(literal) => ExprKind::Text(literal.value().into()),
            syn::Lit::Float(literal) => match literal.base10_parse::<f64>() {
                Ok(value) => ExprKind::Float(value, suffix(literal.suffix())),
                Err(error) => {
                    self.reporter.report(
                        Diagnostic::new(span, format!("this number cannot be read: {error}"))
                            .help("write it as `1.5` or `1e3`"),
                    );
                    ExprKind::Error
                }
            },
            syn::Lit::Int(literal) if literal.base10_digits().starts_with('-') => {
                // In a pattern the sign is part of the literal.
                match literal.base10_digits()[1..].parse() {
                    Ok(value) => {
                        let kind = ExprKind::Integer(value, suffix(literal.suffix()));
                        ExprKind::Unary(UnaryOp::Negate, Box::new(Expr { kind, span }))
                    }
                    Err(_) => {
                        self.reporter.report(Diagnostic::new(span, "this integer does not fit 128 bits"));
                        ExprKind::Error
                    }
                }
            }
            syn::Lit::Int(literal) => match literal.base10_parse::<u128>() {
                Ok(value) if literal.suffix().starts_with('f') => {
                    ExprKind::Float(value as f64, suffix(literal.suffix()))
                }
                Ok(value) => ExprKind::Integer(value, suffix(literal.suffix())),
                Err(_) => {
                    self.reporter.report(
                        Diagnostic::new(span, "this integer does not fit 128 bits")
                            .help("use an array of integers, or a smaller number"),
                    );
                    ExprKind::Error
                }
            },
            _ => {
                self.unsupported(span, "text", "use integers, or an array of bytes: `*b\"hi\"`");
                ExprKind::Error
            }
        }
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
                let instead = "use Rust's arithmetic, bit and comparison operators";
                self.unsupported(span, "this operator", instead);
                return ExprKind::Error;
            }
        };
        let (left, right) = (self.boxed(&binary.left), self.boxed(&binary.right));
        if assigns { ExprKind::AssignOp(op, left, right) } else { ExprKind::Binary(op, left, right) }
    }

    fn unsupported_expression(&self, expression: &syn::Expr, span: Span) {
        let (what, instead) = match expression {
            syn::Expr::Unsafe(_) => ("`unsafe`", "remove it: nothing in a circuit needs it"),
            syn::Expr::Async(_) | syn::Expr::Await(_) => ("asynchronous code", "write plain functions"),
            _ => ("this expression", "use operators, calls, `if`, `match`, loops and blocks"),
        };
        self.unsupported(span, what, instead);
    }
}
