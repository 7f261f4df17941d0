//! Smaller programs that fail as well.

use crate::syntax::*;
use crate::values::default;
use crate::visit;

/// Leaves things out as long as the program still fails.
pub fn shrink(program: &Program, fails: impl Fn(&Program) -> bool) -> Program {
    let mut smallest = program.clone();
    loop {
        let before = size(&smallest);
        for edit in [remove_statement, empty_body, literal, inner, unwrap] {
            let mut at = 0;
            while let Some(candidate) = edited(&smallest, edit, at) {
                if fails(&candidate) {
                    smallest = candidate;
                } else {
                    at += 1;
                }
            }
        }
        if size(&smallest) >= before {
            return smallest;
        }
    }
}

/// What is done to a program, at the place that the counter counts down to; false if it was not reached.
type Edit = fn(&mut Program, &mut usize) -> bool;

fn edited(program: &Program, edit: Edit, at: usize) -> Option<Program> {
    let mut candidate = program.clone();
    let mut left = at;
    edit(&mut candidate, &mut left).then_some(candidate)
}

fn size(program: &Program) -> usize {
    let mut size = 0;
    let mut program = program.clone();
    visit::exprs(&mut program, &mut |expr| {
        size += match &expr.kind {
            Kind::Literal(..) => 1,
            _ => 2,
        };
    });
    visit::blocks(&mut program, &mut |block| size += 3 * block.statements.len());
    size
}

/// Counts down; true for the place meant.
fn is_here(left: &mut usize, done: &mut bool) -> bool {
    if *done {
        return false;
    }
    if *left == 0 {
        *done = true;
        return true;
    }
    *left -= 1;
    false
}

fn remove_statement(program: &mut Program, left: &mut usize) -> bool {
    let mut done = false;
    visit::blocks(program, &mut |block| {
        // The last ones first: nothing depends on them.
        for at in (0..block.statements.len()).rev() {
            if is_here(left, &mut done) {
                block.statements.remove(at);
                return;
            }
        }
    });
    done
}

fn empty_body(program: &mut Program, left: &mut usize) -> bool {
    let mut done = false;
    let of = program.clone();
    for function in &mut program.functions {
        let is_trivial = function.body.statements.is_empty()
            && matches!(function.body.value.as_deref(), Some(Expr { kind: Kind::Literal(..), .. }));
        if !is_trivial && is_here(left, &mut done) {
            let kind = Kind::Literal(default(&of, &function.result), false);
            let value = Expr { ty: function.result.clone(), kind };
            function.body = Block { statements: Vec::new(), value: Some(Box::new(value)) };
        }
    }
    done
}

fn literal(program: &mut Program, left: &mut usize) -> bool {
    let mut done = false;
    let of = program.clone();
    visit::exprs(program, &mut |expr| {
        if !matches!(expr.kind, Kind::Literal(..)) && is_here(left, &mut done) {
            expr.kind = Kind::Literal(default(&of, &expr.ty), false);
        }
    });
    done
}

/// An operand of the same type in place of the whole.
fn inner(program: &mut Program, left: &mut usize) -> bool {
    let mut done = false;
    visit::exprs(program, &mut |expr| {
        let operands: Vec<Expr> = match &expr.kind {
            Kind::Not(a) | Kind::Neg(a) | Kind::Cast(a) | Kind::Repeat(a) | Kind::Try(a) => {
                vec![a.as_ref().clone()]
            }
            Kind::Binary(_, a, b) | Kind::Both(a, b) | Kind::Either(a, b) | Kind::OptionMethod(_, a, b) => {
                vec![a.as_ref().clone(), b.as_ref().clone()]
            }
            Kind::IntMethod(_, list) | Kind::Build(_, list) => list.clone(),
            Kind::If(_, yes, no) | Kind::IfLet(_, _, yes, no) => {
                [yes, no].into_iter().filter_map(|block| block.value.as_deref().cloned()).collect()
            }
            Kind::Match(_, arms) => {
                arms.iter().filter_map(|arm| arm.body.value.as_deref().cloned()).collect()
            }
            Kind::Block(block) if block.statements.is_empty() => {
                block.value.as_deref().cloned().into_iter().collect()
            }
            _ => Vec::new(),
        };
        for operand in operands {
            if operand.ty == expr.ty && is_here(left, &mut done) {
                *expr = operand;
                return;
            }
        }
    });
    done
}

/// What is in a block in place of the statement that it belongs to.
fn unwrap(program: &mut Program, left: &mut usize) -> bool {
    let mut done = false;
    visit::blocks(program, &mut |block| {
        for at in 0..block.statements.len() {
            let within = match &block.statements[at] {
                Statement::If(_, yes, no) => {
                    std::iter::once(yes).chain(no).map(|it| it.statements.clone()).collect()
                }
                Statement::Match(_, arms) => arms.iter().map(|arm| arm.body.statements.clone()).collect(),
                _ => Vec::new(),
            };
            for statements in within {
                if is_here(left, &mut done) {
                    block.statements.splice(at..=at, statements);
                    return;
                }
            }
        }
    });
    done
}
