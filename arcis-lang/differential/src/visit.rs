//! Every block and every expression of a program, to be changed.

use crate::syntax::*;

/// Shows all blocks to `look`, outer ones first.
pub fn blocks(program: &mut Program, look: &mut dyn FnMut(&mut Block)) {
    for function in &mut program.functions {
        block(&mut function.body, look, &mut |_| {});
    }
}

/// Shows all expressions to `look`, outer ones first.
pub fn exprs(program: &mut Program, look: &mut dyn FnMut(&mut Expr)) {
    for function in &mut program.functions {
        block(&mut function.body, &mut |_| {}, look);
    }
}

type Blocks<'a> = &'a mut dyn FnMut(&mut Block);
type Exprs<'a> = &'a mut dyn FnMut(&mut Expr);

fn block(it: &mut Block, on_block: Blocks<'_>, on_expr: Exprs<'_>) {
    on_block(it);
    for inner in &mut it.statements {
        statement(inner, on_block, on_expr);
    }
    if let Some(value) = &mut it.value {
        expr(value, on_block, on_expr);
    }
}

fn statement(it: &mut Statement, on_block: Blocks<'_>, on_expr: Exprs<'_>) {
    match it {
        Statement::Let { value, .. } | Statement::LetPattern(_, value) => expr(value, on_block, on_expr),
        Statement::LetElse(_, value, otherwise) => {
            expr(value, on_block, on_expr);
            expr(otherwise, on_block, on_expr);
        }
        Statement::LetClosure(_, closure) => expr(&mut closure.value, on_block, on_expr),
        Statement::Assign(at, value) | Statement::Compound(_, at, value) => {
            place(at, on_block, on_expr);
            expr(value, on_block, on_expr);
        }
        Statement::If(condition, yes, no) => {
            expr(condition, on_block, on_expr);
            block(yes, on_block, on_expr);
            if let Some(no) = no {
                block(no, on_block, on_expr);
            }
        }
        Statement::Match(value, cases) => {
            expr(value, on_block, on_expr);
            arms(cases, on_block, on_expr);
        }
        Statement::For { body, .. } => block(body, on_block, on_expr),
        Statement::ForEach { array, body, .. } => {
            expr(array, on_block, on_expr);
            block(body, on_block, on_expr);
        }
        Statement::ForMut { array, body, .. } => {
            place(array, on_block, on_expr);
            block(body, on_block, on_expr);
        }
        Statement::While { condition, body, .. } => {
            if let Some(condition) = condition {
                expr(condition, on_block, on_expr);
            }
            block(body, on_block, on_expr);
        }
        Statement::Break(_) | Statement::Continue(_) => {}
        Statement::Return(value) | Statement::Run(value) => expr(value, on_block, on_expr),
        Statement::Change(change, at) => {
            place(at, on_block, on_expr);
            if let Change::Fill(value) = change {
                expr(value, on_block, on_expr);
            }
        }
        Statement::Accumulate { place: at, value, calls, .. } => {
            place(at, on_block, on_expr);
            expr(value, on_block, on_expr);
            calls.iter_mut().for_each(|call| expr(call, on_block, on_expr));
        }
    }
}

fn place(it: &mut Place, on_block: Blocks<'_>, on_expr: Exprs<'_>) {
    for step in &mut it.path {
        if let Step::Index(_, index) = step {
            expr(index, on_block, on_expr);
        }
    }
}

fn arms(cases: &mut [Arm], on_block: Blocks<'_>, on_expr: Exprs<'_>) {
    for arm in cases {
        if let Some(guard) = &mut arm.guard {
            expr(guard, on_block, on_expr);
        }
        block(&mut arm.body, on_block, on_expr);
    }
}

fn expr(it: &mut Expr, on_block: Blocks<'_>, on_expr: Exprs<'_>) {
    on_expr(it);
    match &mut it.kind {
        Kind::Literal(..) | Kind::Constant(_) => {}
        Kind::Place(at) => place(at, on_block, on_expr),
        Kind::Not(a)
        | Kind::Neg(a)
        | Kind::Cast(a)
        | Kind::Repeat(a)
        | Kind::Try(a)
        | Kind::Matches(a, _) => {
            expr(a, on_block, on_expr);
        }
        Kind::Binary(_, a, b)
        | Kind::Compare(_, a, b)
        | Kind::Both(a, b)
        | Kind::Either(a, b)
        | Kind::OptionMethod(_, a, b) => {
            expr(a, on_block, on_expr);
            expr(b, on_block, on_expr);
        }
        Kind::Build(_, list) | Kind::IntMethod(_, list) | Kind::CallClosure(_, list) => {
            list.iter_mut().for_each(|part| expr(part, on_block, on_expr));
        }
        Kind::If(condition, yes, no) | Kind::IfLet(_, condition, yes, no) => {
            expr(condition, on_block, on_expr);
            block(yes, on_block, on_expr);
            block(no, on_block, on_expr);
        }
        Kind::Match(value, cases) => {
            expr(value, on_block, on_expr);
            arms(cases, on_block, on_expr);
        }
        Kind::Block(inner) => block(inner, on_block, on_expr),
        Kind::Call(_, arguments) => {
            for argument in arguments {
                match argument {
                    Argument::Value(value) => expr(value, on_block, on_expr),
                    Argument::Shared(at) | Argument::Exclusive(at) => place(at, on_block, on_expr),
                }
            }
        }
        Kind::Iterate(method, array, closure) => {
            if let Iterate::Fold(first) = method {
                expr(first, on_block, on_expr);
            }
            expr(array, on_block, on_expr);
            expr(&mut closure.value, on_block, on_expr);
        }
        Kind::FromFn(closure) => expr(&mut closure.value, on_block, on_expr),
    }
}
