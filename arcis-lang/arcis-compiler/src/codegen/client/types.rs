//! The structs and enums of the circuit, as the client's module `types`.

use std::collections::BTreeSet;
use std::fmt::Write;

use arcis_circuit::{OutputKind, ParameterKind, Type, Variant};

use super::{identifier, indent};
use crate::CompiledInstruction;

/// The structs and enums of all interfaces, in the order of their first appearance, with the names they get.
pub(super) struct DataTypes(Vec<NamedType>);

struct NamedType {
    name: String,
    ty: Type,
    /// Whether a value of it is ever encrypted: then it is not for `Debug`.
    secret: bool,
}

/// Whether there are numbers with a point within.
pub(super) fn has_point(ty: &Type) -> bool {
    match ty {
        Type::Fixed { .. } => true,
        Type::Bool | Type::Integer { .. } | Type::PublicKey => false,
        Type::Array(element, _) => has_point(element),
        Type::Option(value) => has_point(value),
        Type::Tuple(elements) => elements.iter().any(has_point),
        Type::Struct { fields, .. } => fields.iter().any(|(_, ty)| has_point(ty)),
        Type::Enum { variants, .. } => variants.iter().flat_map(|it| &it.fields).any(|(_, ty)| has_point(ty)),
    }
}

/// Whether fields are called by their places.
fn is_positional(fields: &[(String, Type)]) -> bool {
    fields.first().is_some_and(|(field, _)| field.starts_with(|c: char| c.is_ascii_digit()))
}

impl DataTypes {
    pub(super) fn collect(instructions: &[CompiledInstruction]) -> Self {
        let mut types = Self(Vec::new());
        for instruction in instructions {
            let interface = &instruction.artifact.interface;
            for parameter in &interface.parameters {
                match parameter.kind {
                    ParameterKind::Plaintext => types.add(&parameter.ty, false),
                    ParameterKind::Shared { .. } => types.add(&parameter.ty, true),
                    ParameterKind::Recipient { .. } | ParameterKind::Cell | ParameterKind::Mxe => {}
                }
            }
            for output in &interface.outputs {
                match output.kind {
                    OutputKind::Public => types.add(&output.ty, false),
                    OutputKind::Shared { .. } => types.add(&output.ty, true),
                    OutputKind::Cell { .. } => {}
                }
            }
        }
        types
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn add(&mut self, ty: &Type, secret: bool) {
        match ty {
            Type::Bool | Type::Integer { .. } | Type::Fixed { .. } | Type::PublicKey => {}
            Type::Array(element, _) => self.add(element, secret),
            Type::Option(value) => self.add(value, secret),
            Type::Tuple(elements) => elements.iter().for_each(|element| self.add(element, secret)),
            Type::Struct { name, fields } => {
                fields.iter().for_each(|(_, field)| self.add(field, secret));
                self.add_named(name, ty, secret);
            }
            Type::Enum { name, variants } => {
                let fields = variants.iter().flat_map(|variant| &variant.fields);
                fields.for_each(|(_, field)| self.add(field, secret));
                self.add_named(name, ty, secret);
            }
        }
    }

    fn add_named(&mut self, name: &str, ty: &Type, secret: bool) {
        if let Some(known) = self.0.iter_mut().find(|known| known.ty == *ty) {
            known.secret |= secret;
        } else {
            let name = self.free_name(name);
            self.0.push(NamedType { name, ty: ty.clone(), secret });
        }
    }

    /// The name, with a number if another type (of another module of the circuit) has it already.
    fn free_name(&self, name: &str) -> String {
        let taken: BTreeSet<_> = self.0.iter().map(|known| known.name.as_str()).collect();
        let candidates = (2u32..).map(|number| format!("{name}{number}"));
        std::iter::once(name.to_owned())
            .chain(candidates)
            .find(|candidate| !taken.contains(candidate.as_str()))
            .unwrap_or_default()
    }

    /// The type as it is written where the module `types` is called `prefix`. What a type of the circuit could hide is
    /// written with its whole path there.
    pub(super) fn path(&self, ty: &Type, prefix: &str) -> String {
        let within = prefix.is_empty();
        match ty {
            Type::Bool => "bool".to_owned(),
            Type::Integer { bits, signed } => format!("{}{bits}", if *signed { 'i' } else { 'u' }),
            Type::Fixed { bits } => format!("f{bits}"),
            Type::PublicKey => if within { "circuit::PublicKey" } else { "PublicKey" }.to_owned(),
            Type::Array(element, length) => format!("[{}; {length}]", self.path(element, prefix)),
            Type::Option(value) => {
                let option = if within { "core::option::Option" } else { "Option" };
                format!("{option}<{}>", self.path(value, prefix))
            }
            Type::Tuple(elements) => {
                let elements: Vec<_> = elements.iter().map(|element| self.path(element, prefix)).collect();
                let comma = if elements.len() == 1 { "," } else { "" };
                format!("({}{comma})", elements.join(", "))
            }
            Type::Struct { name, .. } | Type::Enum { name, .. } => {
                let named = self.0.iter().find(|known| known.ty == *ty).map_or(name, |known| &known.name);
                format!("{prefix}{named}")
            }
        }
    }

    /// The module `types`.
    pub(super) fn module(&self) -> String {
        let mut body = String::new();
        for named in &self.0 {
            let derives = match (named.secret, has_point(&named.ty)) {
                (false, false) => "Clone, Debug, PartialEq, Eq",
                (false, true) => "Clone, Debug, PartialEq",
                (true, false) => "Clone, PartialEq, Eq",
                (true, true) => "Clone, PartialEq",
            };
            let items = match &named.ty {
                Type::Struct { name, fields } => self.struct_items(named, name, fields, derives),
                Type::Enum { name, variants } => self.enum_items(named, name, variants, derives),
                _ => continue,
            };
            let _ = write!(body, "\n{items}");
            if named.secret {
                let _ = write!(body, "\n{}", hidden(&named.name));
            }
        }
        format!(
            "\n/// The structs and enums of the circuit.\n\
             #[allow(unused_imports, unused_qualifications, reason = \"types of the circuit may be named as Rust's own\")]\n\
             pub mod types {{\n{}}}\n",
            indent(&format!("use arx_sdk::circuit::{{self, Value as _}};\n{body}"))
        )
    }

    /// Fields as they stand in a definition: `(..)` or `{ .. }`, each with its description.
    fn definition(&self, fields: &[(String, Type)], visibility: &str) -> String {
        let positional = is_positional(fields);
        let (open, close) = if positional { ('(', ')') } else { ('{', '}') };
        let mut out = format!("{open}\n");
        for (field, ty) in fields {
            let name = if positional { String::new() } else { format!("{}: ", identifier(field)) };
            let ty = self.path(ty, "");
            let _ = writeln!(out, "    /// The circuit's `{field}`.\n    {visibility}{name}{ty},");
        }
        out.push(close);
        out
    }

    /// The fields of an interface's type, as an expression.
    fn described(&self, fields: &[(String, Type)]) -> String {
        let mut out = "vec![\n".to_owned();
        for (field, ty) in fields {
            let ty = self.path(ty, "");
            let _ = writeln!(out, "    (\"{field}\".to_owned(), <{ty} as circuit::Value>::ty()),");
        }
        out.push(']');
        out
    }

    fn struct_items(
        &self,
        named: &NamedType,
        source_name: &str,
        fields: &[(String, Type)],
        derives: &str,
    ) -> String {
        let name = &named.name;
        let end = if is_positional(fields) { ";" } else { "" };
        let space = if is_positional(fields) { "" } else { " " };
        let definition = if fields.is_empty() { "{}".to_owned() } else { self.definition(fields, "pub ") };
        let out = format!(
            "/// The circuit's struct `{source_name}`.\n#[derive({derives})]\npub struct {name}{space}{definition}{end}\n"
        );
        let ty = format!(
            "let fields = {};\ncircuit::Type::Struct {{ name: \"{source_name}\".to_owned(), fields }}\n",
            self.described(fields)
        );
        let mut write = String::new();
        let mut read = String::new();
        if fields.is_empty() {
            write.push_str("let _ = out;\n");
            read.push_str("let _ = reader;\n");
        }
        for (field, _) in fields {
            let _ = writeln!(write, "self.{}.write_bits(out);", identifier(field));
        }
        let _ = writeln!(read, "Ok({})", reading("Self", fields));
        out + "\n" + &implementation(name, &ty, &write, &read)
    }

    fn enum_items(
        &self,
        named: &NamedType,
        source_name: &str,
        variants: &[Variant],
        derives: &str,
    ) -> String {
        let name = &named.name;
        let mut definitions = String::new();
        let mut ty = "let variants = vec![\n".to_owned();
        let mut numbers = "let number: u8 = match self {\n".to_owned();
        let mut writes = String::new();
        let mut reads = format!(
            "let number = circuit::value::read_variant(reader, \"{source_name}\", {})?;\nlet mut read = None;\n",
            variants.len()
        );
        for (number, variant) in variants.iter().enumerate() {
            let (own, fields) = (identifier(&variant.name), &variant.fields);
            let space = if is_positional(fields) { "" } else { " " };
            let definition = if fields.is_empty() {
                own.clone()
            } else {
                format!("{own}{space}{}", self.definition(fields, ""))
            };
            let _ = write!(
                definitions,
                "{}",
                indent(&format!("/// The circuit's `{}`.\n{definition},\n", variant.name))
            );
            let description =
                if fields.is_empty() { "Vec::new()".to_owned() } else { self.described(fields) };
            let _ = write!(
                ty,
                "{}",
                indent(&format!(
                    "circuit::types::Variant {{ name: \"{}\".to_owned(), fields: {description} }},\n",
                    variant.name
                ))
            );
            let _ = writeln!(numbers, "    Self::{own} {{ .. }} => {number},");
            let _ = writeln!(
                reads,
                "if number == {number} {{\n    read = Some({});",
                reading(&format!("Self::{own}"), fields)
            );
            if !fields.is_empty() {
                let otherwise = if variants.len() == 1 { "" } else { "_ => {\n" };
                writes.push_str(&self.written_variant(&own, fields, otherwise));
                reads.push_str("} else {\n");
                for (_, ty) in fields {
                    let _ = writeln!(reads, "    circuit::value::skip::<{}>(reader)?;", self.path(ty, ""));
                }
            }
            reads.push_str("}\n");
        }
        let _ = write!(ty, "];\ncircuit::Type::Enum {{ name: \"{source_name}\".to_owned(), variants }}\n");
        numbers.push_str("};\nnumber.write_bits(out);\n");
        let _ = writeln!(
            reads,
            "read.ok_or_else(|| circuit::ValueError::NoVariant {{\n    name: \"{source_name}\".to_owned(),\n    \
             number,\n    variants: {},\n}})",
            variants.len()
        );
        format!(
            "/// The circuit's enum `{source_name}`.\n#[derive({derives})]\npub enum {name} {{\n{definitions}}}\n\n{}",
            implementation(name, &ty, &(numbers + &writes), &reads)
        )
    }

    /// Writes the fields of a variant, or as many zeros where the value is another one.
    fn written_variant(&self, own: &str, fields: &[(String, Type)], otherwise: &str) -> String {
        let bound: Vec<_> = fields
            .iter()
            .enumerate()
            .map(|(place, (field, _))| format!("{}: field_{place}", identifier(field)))
            .collect();
        let mut out = format!("match self {{\n    Self::{own} {{ {} }} => {{\n", bound.join(", "));
        for place in 0..fields.len() {
            let _ = writeln!(out, "        field_{place}.write_bits(out);");
        }
        out.push_str("    }\n");
        if !otherwise.is_empty() {
            let _ = write!(out, "    {otherwise}");
            for (_, ty) in fields {
                let _ = writeln!(out, "        circuit::value::write_zeros::<{}>(out);", self.path(ty, ""));
            }
            out.push_str("    }\n");
        }
        out.push_str("}\n");
        out
    }
}

/// A struct or a variant, its fields read in order.
fn reading(name: &str, fields: &[(String, Type)]) -> String {
    if fields.is_empty() {
        return if name == "Self" { "Self {}".to_owned() } else { name.to_owned() };
    }
    let read = "circuit::Value::read_bits(reader)?";
    if is_positional(fields) {
        return format!("{name}({})", vec![read; fields.len()].join(", "));
    }
    let fields: Vec<_> = fields.iter().map(|(field, _)| format!("{}: {read}", identifier(field))).collect();
    format!("{name} {{ {} }}", fields.join(", "))
}

fn implementation(name: &str, ty: &str, write: &str, read: &str) -> String {
    let body = format!(
        "fn ty() -> circuit::Type {{\n{}}}\n\nfn write_bits(&self, out: &mut circuit::Bits) {{\n{}}}\n\n\
         fn read_bits(\n    reader: &mut circuit::BitReader<'_>,\n) -> core::result::Result<Self, circuit::ValueError> {{\n{}}}\n",
        indent(ty),
        indent(write),
        indent(read)
    );
    format!("impl circuit::Value for {name} {{\n{}}}\n", indent(&body))
}

/// `Debug` of what is encrypted says no more than its name.
fn hidden(name: &str) -> String {
    format!(
        "impl core::fmt::Debug for {name} {{\n    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {{\n        \
         f.write_str(\"{name}([secret])\")\n    }}\n}}\n"
    )
}
