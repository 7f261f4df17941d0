//! Statements and the arms of a `match`.

use super::{Body, int_name, literal, operator_text, type_name};
use crate::syntax::*;

impl Body<'_, '_> {
    pub(super) fn statement(&mut self, statement: &Statement, depth: usize) {
        match statement {
            Statement::Let { local, mutable, annotated, value } => {
                let ty = if *annotated { format!(": {}", type_name(&value.ty)) } else { String::new() };
                self.push(&format!("let {}v{local}{ty} = ", if *mutable { "mut " } else { "" }));
                self.expr(value, depth);
                self.push(";");
            }
            Statement::LetPattern(pattern, value) => {
                self.push("let ");
                self.pattern(pattern);
                self.push(" = ");
                self.expr(value, depth);
                self.push(";");
            }
            Statement::LetElse(pattern, value, otherwise) => {
                self.push("let ");
                self.pattern(pattern);
                self.push(" = ");
                self.parenthesized(value, depth);
                self.push(" else { return ");
                self.expr(otherwise, depth);
                self.push("; };");
            }
            Statement::LetClosure(local, closure) => {
                self.push(&format!("let v{local} = "));
                self.closure(closure, true, depth);
                self.push(";");
            }
            Statement::Assign(place, value) => {
                self.place(place, depth);
                self.push(" = ");
                self.expr(value, depth);
                self.push(";");
            }
            Statement::Compound(operator, place, value) => {
                self.place(place, depth);
                self.push(&format!(" {}= ", operator_text(*operator)));
                self.expr(value, depth);
                self.push(";");
            }
            Statement::If(condition, yes, no) => {
                self.push("if ");
                self.expr(condition, depth);
                self.push(" ");
                self.block(yes, depth + 1);
                if let Some(no) = no {
                    self.push(" else ");
                    self.block(no, depth + 1);
                }
            }
            Statement::Match(value, arms) => self.arms(value, arms, depth),
            Statement::For { local, int, from, to, inclusive, reversed, label, body } => {
                let (from, to) = (literal(*int, *from), literal(*int, *to));
                let range = format!("{from}{}..{}{to}", int_name(*int), if *inclusive { "=" } else { "" });
                let range = if *reversed { format!("({range}).rev()") } else { range };
                self.push(&format!("'l{label}: for v{local} in {range} "));
                self.block(body, depth + 1);
            }
            Statement::ForEach { local, number, array, label, body } => {
                match number {
                    Some(number) => {
                        self.push(&format!("'l{label}: for (v{number}, v{local}) in "));
                        self.parenthesized(array, depth);
                        self.push(".into_iter().enumerate() ");
                    }
                    None => {
                        self.push(&format!("'l{label}: for v{local} in "));
                        self.parenthesized(array, depth);
                        self.push(" ");
                    }
                }
                self.block(body, depth + 1);
            }
            Statement::ForMut { local, array, label, body, .. } => {
                self.push(&format!("'l{label}: for v{local} in "));
                self.place(array, depth);
                self.push(".iter_mut() ");
                self.block(body, depth + 1);
            }
            Statement::While { bound, condition, label, body } => {
                self.push(&format!("#[bound({bound})]"));
                self.printer.indent(depth);
                match condition {
                    Some(condition) => {
                        self.push(&format!("'l{label}: while "));
                        self.expr(condition, depth);
                        self.push(" ");
                    }
                    None => self.push(&format!("'l{label}: loop ")),
                }
                self.block(body, depth + 1);
            }
            Statement::Break(label) => self.push(&format!("break 'l{label};")),
            Statement::Continue(label) => self.push(&format!("continue 'l{label};")),
            Statement::Return(value) => {
                self.push("return ");
                self.expr(value, depth);
                self.push(";");
            }
            Statement::Change(change, place) => {
                self.place(place, depth);
                match change {
                    Change::Swap(a, b) => self.push(&format!(".swap({a}, {b});")),
                    Change::Reverse => self.push(".reverse();"),
                    Change::RotateLeft(by) => self.push(&format!(".rotate_left({by});")),
                    Change::Fill(value) => {
                        self.push(".fill(");
                        self.expr(value, depth);
                        self.push(");");
                    }
                    Change::Sort => self.push(".sort();"),
                }
            }
            Statement::Accumulate { closure, place, parameter: (parameter, ty), operator, value, calls } => {
                self.push(&format!("let mut v{closure} = |v{parameter}: {}| {{ ", type_name(ty)));
                self.place(place, depth);
                self.push(&format!(" {}= ", operator_text(*operator)));
                self.expr(value, depth);
                self.push("; };");
                for call in calls {
                    self.printer.indent(depth);
                    self.push(&format!("v{closure}("));
                    self.expr(call, depth);
                    self.push(");");
                }
            }
            Statement::Run(value) => {
                self.push("let _ = ");
                self.expr(value, depth);
                self.push(";");
            }
        }
    }

    pub(super) fn arms(&mut self, value: &Expr, arms: &[Arm], depth: usize) {
        self.push("match ");
        self.parenthesized(value, depth);
        self.push(" {");
        for arm in arms {
            self.printer.indent(depth + 1);
            self.pattern(&arm.pattern);
            if let Some(guard) = &arm.guard {
                self.push(" if ");
                self.expr(guard, depth + 1);
            }
            self.push(" => ");
            self.block(&arm.body, depth + 2);
        }
        self.printer.indent(depth);
        self.push("}");
    }
}
