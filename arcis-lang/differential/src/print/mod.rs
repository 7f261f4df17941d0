//! Programs as source text.
//!
//! # Layout
//! - here: modules, types, functions, what every part of a body needs
//! - `statements`, `expressions`, `patterns`: the parts of a body

mod expressions;
mod patterns;
mod statements;

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
