//! Expressions, places and values.

use super::{Body, int_name, literal, operator_text, type_name};
use crate::syntax::*;

impl Body<'_, '_> {
    pub(super) fn place(&mut self, place: &Place, depth: usize) {
        let name = self.name(place.local);
        let is_deref = place.is_reference && place.path.is_empty();
        self.push(&if is_deref { format!("(*{name})") } else { name });
        for step in &place.path {
            match step {
                Step::Field(of, at) => {
                    let name = self.field(of, *at);
                    self.push(&format!(".{name}"));
                }
                Step::Index(_, index) => {
                    self.push("[");
                    self.expr(index, depth);
                    self.push("]");
                }
            }
        }
    }

    pub(super) fn field(&self, of: &Type, at: usize) -> String {
        match of {
            Type::Struct(id) if !self.printer.program.structs[*id].is_tuple => format!("f{at}"),
            _ => at.to_string(),
        }
    }

    pub(super) fn parenthesized(&mut self, expr: &Expr, depth: usize) {
        self.push("(");
        self.expr(expr, depth);
        self.push(")");
    }

    pub(super) fn list(&mut self, exprs: &[Expr], depth: usize) {
        for (at, expr) in exprs.iter().enumerate() {
            if at > 0 {
                self.push(", ");
            }
            self.expr(expr, depth);
        }
    }

    pub(super) fn closure(&mut self, closure: &Closure, typed: bool, depth: usize) {
        let parameters: Vec<_> = closure
            .parameters
            .iter()
            .map(
                |(local, ty)| {
                    if typed { format!("v{local}: {}", type_name(ty)) } else { format!("v{local}") }
                },
            )
            .collect();
        self.push(&format!("|{}| ", parameters.join(", ")));
        self.expr(&closure.value, depth);
    }

    pub(super) fn binary(&mut self, a: &Expr, operator: &str, b: &Expr, depth: usize) {
        self.push("(");
        self.expr(a, depth);
        self.push(&format!(" {operator} "));
        self.expr(b, depth);
        self.push(")");
    }

    pub(super) fn expr(&mut self, expr: &Expr, depth: usize) {
        match &expr.kind {
            Kind::Literal(value, bare) => {
                let text = self.value(&expr.ty, value, *bare);
                self.push(&text);
            }
            Kind::Constant(id) => self.push(&format!("C{id}")),
            Kind::Place(place) => self.place(place, depth),
            Kind::Not(a) => {
                self.push("!");
                self.parenthesized(a, depth);
            }
            Kind::Neg(a) => {
                self.push("-");
                self.parenthesized(a, depth);
            }
            Kind::Binary(operator, a, b) => self.binary(a, operator_text(*operator), b, depth),
            Kind::Compare(comparison, a, b) => {
                let text = match comparison {
                    Comparison::Eq => "==",
                    Comparison::Ne => "!=",
                    Comparison::Lt => "<",
                    Comparison::Le => "<=",
                    Comparison::Gt => ">",
                    Comparison::Ge => ">=",
                };
                self.binary(a, text, b, depth);
            }
            Kind::Both(a, b) => self.binary(a, "&&", b, depth),
            Kind::Either(a, b) => self.binary(a, "||", b, depth),
            Kind::Cast(a) => {
                self.push("(");
                self.parenthesized(a, depth);
                self.push(&format!(" as {})", type_name(&expr.ty)));
            }
            Kind::Build(variant, parts) => self.build(&expr.ty, *variant, parts, depth),
            Kind::Repeat(a) => {
                let Type::Array(_, count) = &expr.ty else { return };
                self.push("[");
                self.expr(a, depth);
                self.push(&format!("; {count}]"));
            }
            Kind::If(condition, yes, no) => {
                self.push("(if ");
                self.expr(condition, depth);
                self.push(" ");
                self.block(yes, depth + 1);
                self.push(" else ");
                self.block(no, depth + 1);
                self.push(")");
            }
            Kind::IfLet(pattern, value, yes, no) => {
                self.push("(if let ");
                self.pattern(pattern);
                self.push(" = ");
                self.parenthesized(value, depth);
                self.push(" ");
                self.block(yes, depth + 1);
                self.push(" else ");
                self.block(no, depth + 1);
                self.push(")");
            }
            Kind::Match(value, arms) => {
                self.push("(");
                self.arms(value, arms, depth);
                self.push(")");
            }
            Kind::Matches(value, pattern) => {
                self.push("matches!(");
                self.expr(value, depth);
                self.push(", ");
                self.pattern(pattern);
                self.push(")");
            }
            Kind::Block(block) => self.block(block, depth + 1),
            Kind::Call(function, arguments) => self.call(*function, arguments, depth),
            Kind::IntMethod(method, arguments) => {
                let (name, first) = (int_method(*method), &arguments[0]);
                self.parenthesized(first, depth);
                self.push(&format!(".{name}("));
                self.list(&arguments[1..], depth);
                self.push(")");
            }
            Kind::OptionMethod(method, option, argument) => {
                self.parenthesized(option, depth);
                match method {
                    OptionMethod::UnwrapOr => self.push(".unwrap_or("),
                    OptionMethod::Or => self.push(".or("),
                    OptionMethod::Xor => self.push(".xor("),
                    OptionMethod::IsSome => return self.push(".is_some()"),
                    OptionMethod::IsNone => return self.push(".is_none()"),
                }
                self.expr(argument, depth);
                self.push(")");
            }
            Kind::Try(a) => {
                self.parenthesized(a, depth);
                self.push("?");
            }
            Kind::CallClosure(local, arguments) => {
                self.push(&format!("v{local}("));
                self.list(arguments, depth);
                self.push(")");
            }
            Kind::Iterate(method, array, closure) => {
                self.parenthesized(array, depth);
                self.push(".into_iter()");
                match method {
                    Iterate::Any => self.push(".any("),
                    Iterate::All => self.push(".all("),
                    Iterate::Position => self.push(".position("),
                    Iterate::CountFiltered => {
                        let (local, _) = closure.parameters[0];
                        self.push(&format!(".filter(|&v{local}| "));
                        self.expr(&closure.value, depth);
                        return self.push(").count()");
                    }
                    Iterate::Fold(first) => {
                        self.push(".fold(");
                        self.expr(first, depth);
                        self.push(", ");
                    }
                    Iterate::MapMax | Iterate::MapMin => {
                        self.push(".map(");
                        self.closure(closure, false, depth);
                        return self.push(if matches!(method, Iterate::MapMax) {
                            ").max()"
                        } else {
                            ").min()"
                        });
                    }
                }
                self.closure(closure, false, depth);
                self.push(")");
            }
            Kind::FromFn(closure) => {
                let Type::Array(of, count) = &expr.ty else { return };
                self.push(&format!("std::array::from_fn::<{}, {count}, _>(", type_name(of)));
                self.closure(closure, false, depth);
                self.push(")");
            }
        }
    }

    pub(super) fn call(&mut self, function: usize, arguments: &[Argument], depth: usize) {
        let called = &self.printer.program.functions[function];
        let mut rest = arguments;
        if called.method_of.is_some()
            && let Some((first, others)) = arguments.split_first()
        {
            rest = others;
            match first {
                Argument::Value(value) => self.parenthesized(value, depth),
                Argument::Shared(place) | Argument::Exclusive(place) => self.place(place, depth),
            }
            self.push(".");
        }
        self.push(&format!("f{function}("));
        for (at, argument) in rest.iter().enumerate() {
            if at > 0 {
                self.push(", ");
            }
            match argument {
                Argument::Value(value) => self.expr(value, depth),
                Argument::Shared(place) => {
                    self.push("&");
                    self.place(place, depth);
                }
                Argument::Exclusive(place) => {
                    self.push("&mut ");
                    self.place(place, depth);
                }
            }
        }
        self.push(")");
    }

    pub(super) fn build(&mut self, ty: &Type, variant: usize, parts: &[Expr], depth: usize) {
        match ty {
            Type::Array(..) => {
                self.push("[");
                self.list(parts, depth);
                self.push("]");
            }
            Type::Option(_) if parts.is_empty() => self.push(&format!("None::<{}>", inner_name(ty))),
            Type::Option(_) => {
                self.push("Some(");
                self.list(parts, depth);
                self.push(")");
            }
            Type::Struct(id) => {
                let is_tuple = self.printer.program.structs[*id].is_tuple;
                self.fields(&format!("S{id}"), !is_tuple, parts, depth);
            }
            Type::Enum(id) => {
                let named = self.printer.program.enums[*id].variants[variant].1;
                self.fields(&format!("E{id}::V{variant}"), named, parts, depth);
            }
            _ => self.fields("", false, parts, depth),
        }
    }

    pub(super) fn fields(&mut self, name: &str, named: bool, parts: &[Expr], depth: usize) {
        self.push(name);
        if parts.is_empty() {
            return;
        }
        self.push(if named { " { " } else { "(" });
        for (at, part) in parts.iter().enumerate() {
            if named {
                self.push(&format!("f{at}: "));
            }
            self.expr(part, depth);
            self.push(if at + 1 < parts.len() { ", " } else { "" });
        }
        self.push(if named { " }" } else { ")" });
    }

    /// A value as an expression of its own.
    pub(super) fn value(&self, ty: &Type, value: &Value, bare: bool) -> String {
        let list = |types: &[Type], parts: &[Value], named: bool, open: &str, close: &str| {
            let parts: Vec<_> = types
                .iter()
                .zip(parts)
                .enumerate()
                .map(|(at, (ty, part))| {
                    format!(
                        "{}{}",
                        if named { format!("f{at}: ") } else { String::new() },
                        self.value(ty, part, false)
                    )
                })
                .collect();
            format!("{open}{}{close}", parts.join(", "))
        };
        match (ty, value) {
            (_, Value::Bool(bit)) => bit.to_string(),
            (Type::Int(int), Value::Int(bits)) => {
                let text = literal(*int, *bits);
                let suffix = if bare { String::new() } else { int_name(*int) };
                if text.starts_with('-') { format!("({text}{suffix})") } else { format!("{text}{suffix}") }
            }
            (Type::Array(of, 0), _) => {
                let default = crate::values::default(self.printer.program, of);
                format!("[{}; 0]", self.value(of, &default, false))
            }
            (Type::Array(of, count), Value::Parts(parts)) => {
                list(&vec![of.as_ref().clone(); *count], parts, false, "[", "]")
            }
            (Type::Tuple(types), Value::Parts(parts)) => list(types, parts, false, "(", ")"),
            (Type::Struct(id), Value::Parts(parts)) => {
                let it = &self.printer.program.structs[*id];
                let (open, close) = if it.is_tuple { ("(", ")") } else { (" { ", " }") };
                list(&it.fields, parts, !it.is_tuple, &format!("S{id}{open}"), close)
            }
            (Type::Enum(id), Value::Variant(at, parts)) => {
                let (types, named) = &self.printer.program.enums[*id].variants[*at];
                let name = format!("E{id}::V{at}");
                match (types.is_empty(), named) {
                    (true, _) => name,
                    (_, true) => list(types, parts, true, &format!("{name} {{ "), " }"),
                    (_, false) => list(types, parts, false, &format!("{name}("), ")"),
                }
            }
            (Type::Option(of), Value::Variant(_, parts)) => match parts.first() {
                Some(part) => format!("Some({})", self.value(of, part, false)),
                None => format!("None::<{}>", inner_name(ty)),
            },
            _ => "()".to_owned(),
        }
    }
}

fn inner_name(ty: &Type) -> String {
    match ty {
        Type::Option(of) => type_name(of),
        _ => String::new(),
    }
}

fn int_method(method: IntMethod) -> &'static str {
    match method {
        IntMethod::WrappingAdd => "wrapping_add",
        IntMethod::WrappingSub => "wrapping_sub",
        IntMethod::WrappingMul => "wrapping_mul",
        IntMethod::SaturatingAdd => "saturating_add",
        IntMethod::SaturatingSub => "saturating_sub",
        IntMethod::CheckedAdd => "checked_add",
        IntMethod::CheckedSub => "checked_sub",
        IntMethod::CheckedMul => "checked_mul",
        IntMethod::AbsDiff => "abs_diff",
        IntMethod::Min => "min",
        IntMethod::Max => "max",
        IntMethod::CountOnes => "count_ones",
        IntMethod::LeadingZeros => "leading_zeros",
        IntMethod::TrailingZeros => "trailing_zeros",
        IntMethod::RotateLeft => "rotate_left",
        IntMethod::Signum => "signum",
        IntMethod::Pow => "wrapping_pow",
    }
}
