//! Programs as source text.

use std::fmt::Write;

use crate::syntax::*;

/// The source of a circuit module: what the compiler takes, and rustc by the macro.
pub fn source(program: &Program, module: &str) -> String {
    let mut printer = Printer { program, out: String::new() };
    printer.module(module);
    printer.out
}

/// A function that runs a module's instruction natively, on its arguments as bits.
pub fn native(program: &Program, seed: u64) -> String {
    let parameters = &program.instruction().parameters;
    let (secret, plain) = parameters.split_at(program.secret_parameters);
    let types = |part: &[(Type, Passing)]| {
        part.iter().map(|(ty, _)| format!("{}, ", type_name(ty))).collect::<String>()
    };
    let names: String = (0..plain.len()).map(|at| format!(", plain.{at}")).collect();
    // The types of the module come after those of `arcis`, and none has the name of another one.
    format!(
        "pub fn run_{seed}(bits: &Bits) -> Bits {{\n    use program_{seed}::*;\n    let (secret, plain) = <(({}), ({}))>::from_bits(bits).expect(\"arguments\");\n    {INSTRUCTION}(reader().from_arcis(secret){names}).to_arcis().to_bits()\n}}\n",
        types(secret),
        types(plain),
    )
}

/// The instruction's name.
pub const INSTRUCTION: &str = "run";

/// The name of a type, as seen from inside the module.
pub fn type_name(ty: &Type) -> String {
    match ty {
        Type::Bool => "bool".to_owned(),
        Type::Int(int) => int_name(*int),
        Type::Array(of, count) => format!("[{}; {count}]", type_name(of)),
        Type::Tuple(parts) => {
            format!("({})", parts.iter().map(type_name).collect::<Vec<_>>().join(", "))
        }
        Type::Struct(id) => format!("S{id}"),
        Type::Enum(id) => format!("E{id}"),
        Type::Option(of) => format!("Option<{}>", type_name(of)),
    }
}

fn int_name(int: Int) -> String {
    match int {
        Int { size: true, .. } => "usize".to_owned(),
        Int { bits, signed, .. } => format!("{}{bits}", if signed { 'i' } else { 'u' }),
    }
}

/// An integer's bits as a literal.
pub fn literal(int: Int, bits: u128) -> String {
    if int.signed && bits >> (int.bits - 1) & 1 == 1 {
        let magnitude = (!bits).wrapping_add(1) & mask(int.bits);
        // Also the least one: rustc takes the sign into account.
        return format!("-{magnitude}");
    }
    bits.to_string()
}

/// All ones.
pub fn mask(bits: u32) -> u128 {
    u128::MAX >> (128 - bits)
}

struct Printer<'a> {
    program: &'a Program,
    out: String,
}

impl Printer<'_> {
    fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn module(&mut self, name: &str) {
        // Writing to a string cannot fail.
        let _ = write!(self.out, "#[encrypted]\npub mod {name} {{\n    use arcis::*;\n");
        for (id, it) in self.program.structs.iter().enumerate() {
            let fields: Vec<_> = it
                .fields
                .iter()
                .enumerate()
                .map(|(at, ty)| {
                    if it.is_tuple {
                        format!("pub {}", type_name(ty))
                    } else {
                        format!("pub f{at}: {}", type_name(ty))
                    }
                })
                .collect();
            let (open, close) = if it.is_tuple { ("(", ");") } else { (" {", "}") };
            let _ =
                write!(self.out, "    {DERIVES}\n    pub struct S{id}{open}{}{close}\n", fields.join(", "));
        }
        for (id, it) in self.program.enums.iter().enumerate() {
            let _ = write!(self.out, "    {DERIVES}\n    pub enum E{id} {{ ");
            for (at, (fields, named)) in it.variants.iter().enumerate() {
                let default = if at == it.default { "#[default] " } else { "" };
                let fields: Vec<_> = fields
                    .iter()
                    .enumerate()
                    .map(|(at, ty)| if *named { format!("f{at}: {}", type_name(ty)) } else { type_name(ty) })
                    .collect();
                let fields = match (fields.is_empty(), named) {
                    (true, _) => String::new(),
                    (_, true) => format!(" {{ {} }}", fields.join(", ")),
                    (_, false) => format!("({})", fields.join(", ")),
                };
                let _ = write!(self.out, "{default}V{at}{fields}, ");
            }
            self.push("}\n");
        }
        for (id, (int, value)) in self.program.constants.iter().enumerate() {
            let _ = writeln!(self.out, "    const C{id}: {} = {};", int_name(*int), literal(*int, *value));
        }
        let last = self.program.functions.len() - 1;
        for (id, function) in self.program.functions.iter().enumerate() {
            if id == last {
                self.instruction(function);
            } else {
                self.function(id, function);
            }
        }
        self.push("}\n");
    }

    fn function(&mut self, id: usize, function: &Function) {
        if let Some(of) = function.method_of {
            let _ = write!(self.out, "    impl S{of} {{\n    ");
        }
        let parameters: Vec<_> = function
            .parameters
            .iter()
            .enumerate()
            .map(|(at, (ty, passing))| {
                let ty = type_name(ty);
                match (passing, at == 0 && function.method_of.is_some()) {
                    (Passing::Value, true) => "self".to_owned(),
                    (Passing::Mutable, true) => "mut self".to_owned(),
                    (Passing::Shared, true) => "&self".to_owned(),
                    (Passing::Exclusive, true) => "&mut self".to_owned(),
                    (Passing::Value, _) => format!("v{at}: {ty}"),
                    (Passing::Mutable, _) => format!("mut v{at}: {ty}"),
                    (Passing::Shared, _) => format!("v{at}: &{ty}"),
                    (Passing::Exclusive, _) => format!("v{at}: &mut {ty}"),
                }
            })
            .collect();
        let _ =
            write!(self.out, "    fn f{id}({}) -> {} ", parameters.join(", "), type_name(&function.result));
        self.block(&function.body, 1, function.method_of.is_some());
        self.push("\n");
        if function.method_of.is_some() {
            self.push("    }\n");
        }
    }

    fn instruction(&mut self, function: &Function) {
        let names = |range: std::ops::Range<usize>| range.map(|at| format!("v{at}, ")).collect::<String>();
        let types = |from: usize, to: usize| {
            function.parameters[from..to]
                .iter()
                .map(|(ty, _)| format!("{}, ", type_name(ty)))
                .collect::<String>()
        };
        let (secret, all) = (self.program.secret_parameters, function.parameters.len());
        let plain: String =
            (secret..all).map(|at| format!(", v{at}: {}", type_name(&function.parameters[at].0))).collect();
        let result = type_name(&function.result);
        let _ = write!(
            self.out,
            "    #[instruction]\n    pub fn {INSTRUCTION}(input: Enc<Shared, ({})>{plain}) -> Enc<Shared, {result}> {{\n        let ({}) = input.to_arcis();\n        let given = body({}{});\n        input.owner.from_arcis(given)\n    }}\n",
            types(0, secret),
            names(0..secret),
            names(0..secret),
            names(secret..all),
        );
        let parameters: String = function
            .parameters
            .iter()
            .enumerate()
            .map(|(at, (ty, _))| format!("v{at}: {}, ", type_name(ty)))
            .collect();
        let _ = write!(self.out, "    fn body({parameters}) -> {result} ");
        self.block(&function.body, 1, false);
        self.push("\n");
    }

    fn indent(&mut self, depth: usize) {
        self.out.push('\n');
        for _ in 0..=depth {
            self.push("    ");
        }
    }

    fn block(&mut self, block: &Block, depth: usize, is_method: bool) {
        self.push("{");
        let mut printer = Body { printer: self, is_method };
        for statement in &block.statements {
            printer.printer.indent(depth);
            printer.statement(statement, depth);
        }
        if let Some(value) = &block.value {
            printer.printer.indent(depth);
            printer.expr(value, depth);
        }
        self.indent(depth - 1);
        self.push("}");
    }
}

const DERIVES: &str = "#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]";

/// The body of a function.
struct Body<'a, 'p> {
    printer: &'a mut Printer<'p>,
    /// Whether variable 0 is `self`.
    is_method: bool,
}

impl Body<'_, '_> {
    fn push(&mut self, text: &str) {
        self.printer.push(text);
    }

    fn name(&self, local: Local) -> String {
        if local == 0 && self.is_method { "self".to_owned() } else { format!("v{local}") }
    }

    fn block(&mut self, block: &Block, depth: usize) {
        self.printer.block(block, depth, self.is_method);
    }

    fn statement(&mut self, statement: &Statement, depth: usize) {
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

    fn place(&mut self, place: &Place, depth: usize) {
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

    fn field(&self, of: &Type, at: usize) -> String {
        match of {
            Type::Struct(id) if !self.printer.program.structs[*id].is_tuple => format!("f{at}"),
            _ => at.to_string(),
        }
    }

    fn parenthesized(&mut self, expr: &Expr, depth: usize) {
        self.push("(");
        self.expr(expr, depth);
        self.push(")");
    }

    fn list(&mut self, exprs: &[Expr], depth: usize) {
        for (at, expr) in exprs.iter().enumerate() {
            if at > 0 {
                self.push(", ");
            }
            self.expr(expr, depth);
        }
    }

    fn closure(&mut self, closure: &Closure, typed: bool, depth: usize) {
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

    fn binary(&mut self, a: &Expr, operator: &str, b: &Expr, depth: usize) {
        self.push("(");
        self.expr(a, depth);
        self.push(&format!(" {operator} "));
        self.expr(b, depth);
        self.push(")");
    }

    fn expr(&mut self, expr: &Expr, depth: usize) {
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

    fn call(&mut self, function: usize, arguments: &[Argument], depth: usize) {
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

    fn build(&mut self, ty: &Type, variant: usize, parts: &[Expr], depth: usize) {
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

    fn fields(&mut self, name: &str, named: bool, parts: &[Expr], depth: usize) {
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
    fn value(&self, ty: &Type, value: &Value, bare: bool) -> String {
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

    fn arms(&mut self, value: &Expr, arms: &[Arm], depth: usize) {
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

    fn pattern(&mut self, pattern: &Pattern) {
        match pattern {
            Pattern::Wild => self.push("_"),
            Pattern::Bind(local) => self.push(&format!("v{local}")),
            Pattern::Literal(Type::Int(int), Value::Int(bits)) => {
                let text = format!("{}{}", literal(*int, *bits), int_name(*int));
                self.push(&text);
            }
            Pattern::Literal(_, value) => {
                let text = self.value(&Type::Bool, value, true);
                self.push(&text);
            }
            Pattern::Range(int, from, to) => {
                self.push(&format!("{}..={}", literal(*int, *from), literal(*int, *to)));
            }
            Pattern::Or(patterns) => {
                for (at, pattern) in patterns.iter().enumerate() {
                    self.push(if at > 0 { " | " } else { "" });
                    self.pattern(pattern);
                }
            }
            Pattern::Parts(ty, parts) => {
                let (name, named) = match ty {
                    Type::Struct(id) => (format!("S{id}"), !self.printer.program.structs[*id].is_tuple),
                    _ => (String::new(), false),
                };
                self.pattern_fields(&name, named, parts);
            }
            Pattern::Variant(Type::Option(_), _, parts) if parts.is_empty() => self.push("None"),
            Pattern::Variant(Type::Option(_), _, parts) => self.pattern_fields("Some", false, parts),
            Pattern::Variant(Type::Enum(id), variant, parts) => {
                let named = self.printer.program.enums[*id].variants[*variant].1;
                self.pattern_fields(&format!("E{id}::V{variant}"), named, parts);
            }
            Pattern::Variant(..) => {}
        }
    }

    fn pattern_fields(&mut self, name: &str, named: bool, parts: &[Pattern]) {
        self.push(name);
        if parts.is_empty() {
            return;
        }
        self.push(if named { " { " } else { "(" });
        for (at, part) in parts.iter().enumerate() {
            if named {
                self.push(&format!("f{at}: "));
            }
            self.pattern(part);
            self.push(if at + 1 < parts.len() { ", " } else { "" });
        }
        self.push(if named { " }" } else { ")" });
    }
}

fn inner_name(ty: &Type) -> String {
    match ty {
        Type::Option(of) => type_name(of),
        _ => String::new(),
    }
}

fn operator_text(operator: Operator) -> &'static str {
    match operator {
        Operator::Add => "+",
        Operator::Sub => "-",
        Operator::Mul => "*",
        Operator::Div => "/",
        Operator::Rem => "%",
        Operator::And => "&",
        Operator::Or => "|",
        Operator::Xor => "^",
        Operator::Shl => "<<",
        Operator::Shr => ">>",
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
