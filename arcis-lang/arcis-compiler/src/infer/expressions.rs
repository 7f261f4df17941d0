//! Expressions and statements.

use std::sync::Arc;

use super::unify::Kind;
use super::{Capturing, Infer};
use crate::diagnostics::Diagnostic;
use crate::program::ClosureInfo;
use crate::source::Span;
use crate::syntax::{self, Block};
use crate::tree::{CallSite, ClosureBody, Expr, ExprKind, Statement};
use crate::types::{Callee, IntegerType, Type, Types};

impl Infer<'_, '_> {
    /// Types an expression that has to have this type.
    pub(super) fn check(&mut self, expression: &syntax::Expr, ty: &Type) -> Expr {
        let typed = self.infer(expression, Some(ty));
        self.coerce(typed, ty)
    }

    /// Converts where Rust does so silently; else the types have to be the same.
    pub(super) fn coerce(&mut self, mut expression: Expr, to: &Type) -> Expr {
        let from = self.known(&expression.ty);
        let to = self.shallow(to);
        if matches!(from, Type::Never) {
            expression.ty = to;
            return expression;
        }
        if let (Type::Reference(from_mutable, from_target), Type::Reference(mutable, target)) = (&from, &to) {
            if *mutable && !from_mutable {
                self.mismatch(expression.span, &to, &from);
                return expression;
            }
            if self.try_unify(from_target, target) {
                expression.ty = to;
                return expression;
            }
            // What it leads to may lead on; an array is a slice of known length.
            let span = expression.span;
            let mut place =
                Expr { ty: (**from_target).clone(), kind: ExprKind::Dereference(Box::new(expression)), span };
            let target = self.shallow(target);
            loop {
                let own = self.known(&place.ty);
                let fits = match (&own, &target) {
                    (Type::Array(element, _), Type::Slice(wanted)) => self.try_unify(element, wanted),
                    (own, target) => self.try_unify(own, target),
                };
                if fits {
                    return Expr { ty: to, kind: ExprKind::Reference(Box::new(place)), span };
                }
                match self.dereferenced(place, &own) {
                    Ok(inner) => place = inner,
                    Err(_) => break,
                }
            }
            self.mismatch(span, &to, &from);
            return Expr { ty: to, kind: ExprKind::Error, span };
        }
        if let (Type::Adt(from_id, from_arguments), Type::Adt(id, arguments)) = (&from, &to)
            && from_id == id
            && self.program.prelude_name(*id) == Some("Box")
            && let (Type::Array(element, _), Type::Slice(wanted)) =
                (self.shallow(&from_arguments[0]), self.shallow(&arguments[0]))
            && self.try_unify(&element, &wanted)
        {
            expression.ty = to;
            return expression;
        }
        if let Type::Pointer(inputs, result) = &to
            && matches!(from, Type::Function(_) | Type::Closure(_))
        {
            let kind = super::obligations::ObligationKind::Function(from, inputs.clone(), (**result).clone());
            self.oblige(kind, expression.span);
            self.process();
            expression.ty = to;
            return expression;
        }
        if !self.try_unify(&to, &from) {
            self.mismatch(expression.span, &to, &from);
        }
        expression
    }

    /// The place that a reference or a `Box` leads to; the expression itself where it is neither.
    pub(super) fn dereferenced(&mut self, expression: Expr, ty: &Type) -> Result<Expr, Expr> {
        let span = expression.span;
        match ty {
            Type::Reference(_, target) => {
                Ok(Expr { ty: (**target).clone(), kind: ExprKind::Dereference(Box::new(expression)), span })
            }
            Type::Adt(id, arguments) if self.program.prelude_name(*id) == Some("Box") => {
                Ok(Expr { ty: arguments[0].clone(), kind: ExprKind::Field(Box::new(expression), 0), span })
            }
            _ => Err(expression),
        }
    }

    /// Types an expression; the hint is what type would fit best.
    pub(super) fn infer(&mut self, expression: &syntax::Expr, hint: Option<&Type>) -> Expr {
        use syntax::ExprKind as Written;
        let span = expression.span;
        let typed = |kind, ty| Expr { kind, ty, span };
        match &expression.kind {
            Written::Integer(value, suffix) => self.integer(*value, suffix.as_deref(), false, hint, span),
            Written::Float(value, suffix) => {
                let ty = match suffix.as_deref() {
                    Some("f32") => Type::Float(32),
                    Some(_) => Type::Float(64),
                    None => {
                        let ty = self.variables.fresh(Kind::Float);
                        if let Some(hint) = hint {
                            self.try_unify(&ty, hint);
                        }
                        ty
                    }
                };
                typed(ExprKind::Float(*value), ty)
            }
            Written::Bool(value) => typed(ExprKind::Bool(*value), Type::Bool),
            Written::Text(_) => typed(ExprKind::Text, Type::reference(false, Type::Text)),
            Written::Bytes(bytes) => {
                let length = Type::Constant(bytes.len() as u128);
                let array = Type::Array(Arc::new(Type::Integer(IntegerType::U8)), Arc::new(length));
                typed(ExprKind::Bytes(bytes.clone()), Type::reference(false, array))
            }
            Written::Path(path) => self.path(path, hint),
            Written::Unary(op, operand) => self.unary(*op, operand, hint, span),
            Written::Binary(op, left, right) => self.binary(*op, left, right, hint, span),
            Written::Assign(place, value) => self.assign(place, value, span),
            Written::AssignOp(op, place, value) => self.assign_op(*op, place, value, span),
            Written::Call(function, arguments) => self.call(function, arguments, hint, span),
            Written::MethodCall { receiver, method, generics, arguments } => {
                self.method_call(receiver, method, generics.as_deref(), arguments, hint, span)
            }
            Written::Field(base, name) => self.field(base, name, span),
            Written::Index(base, index) => self.index(base, index, span),
            Written::Range(start, end, inclusive) => {
                self.range(start.as_deref(), end.as_deref(), *inclusive, hint, span)
            }
            Written::Tuple(elements) => {
                let hints = match hint.map(|hint| self.shallow(hint)) {
                    Some(Type::Tuple(hints)) if hints.len() == elements.len() => Some(hints),
                    _ => None,
                };
                let elements: Vec<Expr> = elements
                    .iter()
                    .enumerate()
                    .map(|(index, element)| match &hints {
                        Some(hints) => {
                            let typed = self.infer(element, Some(&hints[index]));
                            self.coerce_softly(typed, &hints[index])
                        }
                        None => self.infer(element, None),
                    })
                    .collect();
                let ty = Type::Tuple(elements.iter().map(|element| element.ty.clone()).collect());
                typed(ExprKind::Aggregate(elements), ty)
            }
            Written::Array(elements) => {
                let element_type = match hint.map(|hint| self.shallow(hint)) {
                    Some(Type::Array(element, _) | Type::Slice(element)) => (*element).clone(),
                    _ => self.fresh(),
                };
                let elements: Vec<Expr> =
                    elements.iter().map(|element| self.check(element, &element_type)).collect();
                let length = Type::Constant(elements.len() as u128);
                typed(ExprKind::Aggregate(elements), Type::Array(Arc::new(element_type), Arc::new(length)))
            }
            Written::Repeat(value, length) => {
                let element_type = match hint.map(|hint| self.shallow(hint)) {
                    Some(Type::Array(element, _) | Type::Slice(element)) => (*element).clone(),
                    _ => self.fresh(),
                };
                let value = self.check(value, &element_type);
                let length = self.length(length);
                let ty = Type::Array(Arc::new(element_type), Arc::new(length.clone()));
                typed(ExprKind::Repeat(Box::new(value), length), ty)
            }
            Written::Struct { path, fields, base } => {
                self.struct_literal(path, fields, base.as_deref(), hint, span)
            }
            Written::Let(pattern, value) => {
                let value = self.infer(value, None);
                let ty = self.known(&value.ty);
                let pattern = self.bind_pattern(pattern, &ty);
                typed(ExprKind::Let(Box::new(pattern), Box::new(value)), Type::Bool)
            }
            Written::If(condition, when_true, when_false) => {
                self.conditional(condition, when_true, when_false.as_deref(), hint, span)
            }
            Written::Match(value, arms) => self.matching(value, arms, hint, span),
            Written::Block(block, None) => self.block(block, hint),
            Written::Block(block, Some(label)) => self.labelled(block, label, hint, span),
            Written::ConstBlock(value) => {
                let value = self.infer(value, hint);
                let ty = value.ty.clone();
                typed(ExprKind::Block(Vec::new(), Box::new(value)), ty)
            }
            Written::Loop { label, bound, body, is_while } => {
                self.endless(label.as_ref(), bound.as_ref(), body, *is_while, hint, span)
            }
            Written::For { label, bound, pattern, iterable, body } => {
                self.for_loop(label.as_ref(), bound.as_ref(), pattern, iterable, body, span)
            }
            Written::Break(label, value) => self.break_loop(label.as_ref(), value.as_deref(), span),
            Written::Continue(label) => match self.find_loop(label.as_ref(), true, span) {
                Some(index) => typed(ExprKind::Continue(self.loops[index].id), Type::Never),
                None => typed(ExprKind::Error, Type::Never),
            },
            Written::Return(value) => {
                let result = self.results.last().cloned().unwrap_or(Type::Error);
                let value = match value {
                    Some(value) => Some(Box::new(self.check(value, &result))),
                    None => {
                        if !self.try_unify(&result, &Type::unit()) {
                            self.mismatch(span, &result, &Type::unit());
                        }
                        None
                    }
                };
                typed(ExprKind::Return(value), Type::Never)
            }
            Written::Try(value) => self.try_value(value, span),
            Written::Closure { moves, parameters, result, body } => {
                self.closure(*moves, parameters, result.as_ref(), body, None, span)
            }
            Written::Reference(mutable, target) => {
                let hint = match hint.map(|hint| self.shallow(hint)) {
                    Some(Type::Reference(_, target)) => Some((*target).clone()),
                    _ => None,
                };
                let mut target = self.infer(target, hint.as_ref());
                if *mutable {
                    self.make_mutable(&mut target);
                }
                let ty = Type::reference(*mutable, target.ty.clone());
                typed(ExprKind::Reference(Box::new(target)), ty)
            }
            Written::Dereference(target) => self.dereference(target, span),
            Written::Cast(value, ty) => self.cast(value, ty, span),
            Written::Panic(text) => typed(ExprKind::Panic(text.clone()), Type::Never),
            Written::Error => {
                self.failed = true;
                typed(ExprKind::Error, Type::Error)
            }
        }
    }

    /// Converts where that is possible, and says nothing where it is not.
    pub(super) fn coerce_softly(&mut self, expression: Expr, to: &Type) -> Expr {
        let from = self.shallow(&expression.ty);
        let to = self.shallow(to);
        match (&from, &to) {
            (Type::Reference(..), Type::Reference(..)) if from != to && !self.try_unify(&from, &to) => {
                self.coerce(expression, &to)
            }
            _ => expression,
        }
    }

    /// The length of an array literal.
    pub(super) fn length(&mut self, length: &Arc<syntax::Expr>) -> Type {
        let before = self.program.reporter().count();
        let program = self.program;
        let variables = &mut self.variables;
        let mut holes = |_| variables.fresh(Kind::General);
        let length = program.resolve_length(&self.scope, &self.arguments, length, &mut holes);
        self.failed |= program.reporter().count() > before;
        length.substitute(&self.arguments)
    }

    pub(super) fn integer(
        &mut self,
        value: u128,
        suffix: Option<&str>,
        negative: bool,
        hint: Option<&Type>,
        span: Span,
    ) -> Expr {
        let ty = match suffix {
            Some(suffix) => match Type::primitive(suffix) {
                Some(ty) => ty,
                None => {
                    self.report(
                        Diagnostic::new(span, format!("`{suffix}` is no integer type"))
                            .help("use u8, u16, u32, u64, u128, usize, or one of them with `i`"),
                    );
                    Type::Error
                }
            },
            None => {
                let ty = self.variables.fresh(Kind::Integer);
                if let Some(hint) = hint {
                    self.try_unify(&ty, hint);
                }
                ty
            }
        };
        if let Type::Float(_) = ty {
            let value = if negative { -(value as f64) } else { value as f64 };
            return Expr { kind: ExprKind::Float(value), ty, span };
        }
        let value = if negative { value.wrapping_neg() } else { value };
        Expr { kind: ExprKind::Integer(value), ty, span }
    }

    pub(super) fn conditional(
        &mut self,
        condition: &syntax::Expr,
        when_true: &Block,
        when_false: Option<&syntax::Expr>,
        hint: Option<&Type>,
        span: Span,
    ) -> Expr {
        self.scopes.push(Vec::new());
        let condition = self.check(condition, &Type::Bool);
        let mut yes = if when_false.is_none() {
            let unit = Type::unit();
            let block = self.block(when_true, Some(&unit));
            self.coerce(block, &unit)
        } else {
            self.block(when_true, hint)
        };
        self.scopes.pop();
        let no = match when_false {
            Some(otherwise) => {
                let yes_type = self.known(&yes.ty);
                let hint = if yes_type == Type::Never {
                    hint.cloned()
                } else {
                    Some(hint.cloned().unwrap_or(yes_type))
                };
                self.infer(otherwise, hint.as_ref())
            }
            None => Expr { kind: ExprKind::Aggregate(Vec::new()), ty: Type::unit(), span },
        };
        let (yes_type, no_type) = (self.known(&yes.ty), self.known(&no.ty));
        let mut no = no;
        let ty = match (&yes_type, &no_type) {
            (Type::Never, other) => other.clone(),
            (other, Type::Never) => other.clone(),
            _ => {
                let joined = self.joined(&[&yes_type, &no_type], hint);
                yes = self.coerce(yes, &joined);
                no = self.coerce(no, &joined);
                joined
            }
        };
        Expr { kind: ExprKind::If(Box::new(condition), Box::new(yes), Box::new(no)), ty, span }
    }

    /// The type that several branches have together: the first, or the reference or pointer that is wanted.
    pub(super) fn joined(&mut self, types: &[&Type], hint: Option<&Type>) -> Type {
        let wanted = hint.map(|hint| self.shallow(hint));
        match (types[0], wanted) {
            (Type::Reference(..), Some(wanted @ Type::Reference(..)))
            | (Type::Function(_) | Type::Closure(_), Some(wanted @ Type::Pointer(..))) => wanted,
            // `&mut` in one branch and `&` in the other.
            (Type::Reference(true, target), _)
                if types.iter().any(|ty| matches!(ty, Type::Reference(false, _))) =>
            {
                Type::Reference(false, Arc::clone(target))
            }
            (first, _) => first.clone(),
        }
    }

    pub(super) fn matching(
        &mut self,
        value: &syntax::Expr,
        arms: &[syntax::Arm],
        hint: Option<&Type>,
        span: Span,
    ) -> Expr {
        let value = self.infer(value, None);
        let value_type = self.known(&value.ty);
        let mut result: Option<Type> = None;
        let mut typed = Vec::new();
        for arm in arms {
            self.scopes.push(Vec::new());
            let pattern = self.bind_pattern(&arm.pattern, &value_type);
            let guard = arm.guard.as_ref().map(|guard| self.check(guard, &Type::Bool));
            let body = self.infer(&arm.body, hint.or(result.as_ref()));
            let ty = self.known(&body.ty);
            let body = match (&result, ty) {
                (_, Type::Never) => body,
                (Some(result), _) => {
                    let result = result.clone();
                    self.coerce(body, &result)
                }
                (None, ty) => {
                    let joined = self.joined(&[&ty], hint);
                    result = Some(joined.clone());
                    self.coerce(body, &joined)
                }
            };
            self.scopes.pop();
            typed.push((pattern, guard, body));
        }
        let ty = result.unwrap_or(Type::Never);
        Expr { kind: ExprKind::Match(Box::new(value), typed), ty, span }
    }

    /// A block whose value has to have this type.
    pub(super) fn check_block(&mut self, block: &Block, ty: &Type) -> Expr {
        let typed = self.block(block, Some(ty));
        self.coerce(typed, ty)
    }

    pub(super) fn block(&mut self, block: &Block, hint: Option<&Type>) -> Expr {
        let outer_module = self.scope.module;
        if let Some(items) = &block.items
            && let Some(module) = self.program.block_module(items)
        {
            self.scope.module = module;
        }
        self.scopes.push(Vec::new());
        let mut statements = Vec::new();
        let mut diverges = false;
        for statement in &block.statements {
            let typed = self.statement(statement);
            if let Statement::Expression(expression) = &typed {
                diverges |= self.shallow(&expression.ty) == Type::Never;
            } else if let Statement::Let(_, Some(value), _) = &typed {
                diverges |= self.shallow(&value.ty) == Type::Never;
            }
            statements.push(typed);
        }
        let value = match &block.value {
            Some(value) => {
                let value = self.infer(value, hint);
                match hint {
                    Some(hint) if matches!(self.shallow(hint), Type::Reference(..) | Type::Pointer(..)) => {
                        let hint = hint.clone();
                        self.coerce(value, &hint)
                    }
                    _ => value,
                }
            }
            None => {
                let ty = if diverges { Type::Never } else { Type::unit() };
                let end =
                    Span { start: block.span.end.saturating_sub(1).max(block.span.start), ..block.span };
                Expr { kind: ExprKind::Aggregate(Vec::new()), ty, span: end }
            }
        };
        self.scopes.pop();
        self.scope.module = outer_module;
        let ty = if diverges && block.value.is_none() { Type::Never } else { value.ty.clone() };
        let span = if statements.is_empty() { value.span } else { block.span };
        Expr { kind: ExprKind::Block(statements, Box::new(value)), ty, span }
    }

    pub(super) fn statement(&mut self, statement: &syntax::Statement) -> Statement {
        match statement {
            syntax::Statement::Expression(expression, semicolon) => {
                let unit = Type::unit();
                Statement::Expression(self.infer(expression, (!semicolon).then_some(&unit)))
            }
            syntax::Statement::Let { pattern, ty, value, otherwise } => {
                let ty = ty.as_ref().map(|ty| self.written(ty));
                let value = match (value, &ty) {
                    (Some(value), Some(ty)) => Some(self.check(value, ty)),
                    (Some(value), None) => Some(self.infer(value, None)),
                    (None, _) => None,
                };
                let otherwise = otherwise.as_ref().map(|otherwise| self.block(otherwise, Some(&Type::Never)));
                let bound = match (&ty, &value) {
                    (Some(ty), _) => ty.clone(),
                    (None, Some(value)) => match self.known(&value.ty) {
                        Type::Never => self.fresh(),
                        ty => ty,
                    },
                    (None, None) => self.fresh(),
                };
                let pattern = self.bind_pattern(pattern, &bound);
                Statement::Let(pattern, value, otherwise)
            }
        }
    }

    pub(super) fn try_value(&mut self, value: &syntax::Expr, span: Span) -> Expr {
        let value = self.infer(value, None);
        let ty = self.known(&value.ty);
        let result = self.results.last().map_or(Type::Error, |result| self.shallow(result));
        if let Type::Adt(id, arguments) = &ty {
            match self.program.prelude_name(*id) {
                Some("Option") => {
                    let expected = Type::Adt(*id, Arc::from([self.fresh()]));
                    if !self.try_unify(&result, &expected) {
                        self.mismatch(span, &result, &ty);
                    }
                    let inner = arguments[0].clone();
                    return Expr { kind: ExprKind::Try(Box::new(value), None), ty: inner, span };
                }
                Some("Result") => {
                    let error = self.fresh();
                    let expected = Type::Adt(*id, Arc::from([self.fresh(), error.clone()]));
                    if !self.try_unify(&result, &expected) {
                        self.mismatch(span, &result, &ty);
                    }
                    let program = self.program;
                    let from = program.prelude_trait("From");
                    let site = from.and_then(|from| {
                        let types: Types = Arc::from([error, arguments[1].clone()]);
                        let function = program.trait_function(from, "from")?;
                        let kind = super::obligations::ObligationKind::Trait(from, types.clone(), Vec::new());
                        self.oblige(kind, span);
                        Some(CallSite::new(Callee::Method(from, function, types)))
                    });
                    let inner = arguments[0].clone();
                    return Expr { kind: ExprKind::Try(Box::new(value), site), ty: inner, span };
                }
                _ => {}
            }
        }
        if ty != Type::Error {
            let message = format!("`?` cannot be applied to `{}`", self.name(&ty));
            self.report(Diagnostic::new(span, message).help("apply it to an `Option` or a `Result`"));
        }
        self.failed = true;
        Expr { kind: ExprKind::Error, ty: Type::Error, span }
    }

    /// A closure; `expected` is what its bound says that it takes and gives.
    pub(super) fn closure(
        &mut self,
        moves: bool,
        parameters: &[(syntax::Pattern, Option<syntax::Type>)],
        result: Option<&syntax::Type>,
        body: &syntax::Expr,
        expected: Option<(Types, Type)>,
        span: Span,
    ) -> Expr {
        let first_local = self.locals.len();
        self.capturing.push(Capturing { first_local, captured: Vec::new() });
        self.scopes.push(Vec::new());
        let mut types = Vec::new();
        let mut patterns = Vec::new();
        for (index, (pattern, written)) in parameters.iter().enumerate() {
            let expected = expected.as_ref().and_then(|(inputs, _)| inputs.get(index).cloned());
            let ty = match written {
                Some(written) => {
                    let ty = self.written(written);
                    if let Some(expected) = expected
                        && !self.try_unify(&expected, &ty)
                    {
                        self.mismatch(written.span, &expected, &ty);
                    }
                    ty
                }
                None => expected.unwrap_or_else(|| self.fresh()),
            };
            types.push(ty.clone());
            let known = self.known(&ty);
            patterns.push(self.bind_pattern(pattern, &known));
        }
        let result = match (result, &expected) {
            (Some(result), _) => self.written(result),
            (None, Some((_, result))) => {
                let result = result.clone();
                self.known(&result)
            }
            (None, None) => self.fresh(),
        };
        let outer_loops = std::mem::take(&mut self.loops);
        self.results.push(result.clone());
        let value = self.check(body, &result);
        self.results.pop();
        self.loops = outer_loops;
        self.scopes.pop();
        let captured = self.capturing.pop().map(|capturing| capturing.captured).unwrap_or_default();
        let info = ClosureInfo {
            parameters: types.into(),
            result,
            body: None,
            locals: Arc::from([]),
            captured: captured.as_slice().into(),
            moves,
            span,
        };
        let id = self.program.add_closure(info);
        let body = ClosureBody { locals: 0, parameters: patterns, value };
        self.closures.push((id, body, span));
        Expr { kind: ExprKind::Closure(id, captured, moves), ty: Type::Closure(id), span }
    }

    pub(super) fn dereference(&mut self, target: &syntax::Expr, span: Span) -> Expr {
        let target = self.infer(target, None);
        let ty = self.known(&target.ty);
        match self.dereferenced(target, &ty) {
            Ok(inner) => Expr { span, ..inner },
            Err(_) if ty == Type::Error => {
                self.failed = true;
                Expr { kind: ExprKind::Error, ty, span }
            }
            Err(_) => {
                let message = format!("`{}` is no reference", self.name(&ty));
                self.report(Diagnostic::new(span, message).help("remove the `*`"));
                Expr { kind: ExprKind::Error, ty: Type::Error, span }
            }
        }
    }
}
