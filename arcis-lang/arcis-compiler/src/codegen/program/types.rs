//! The structs and enums of the circuit, for the program.

use arcis_circuit::{Type, Variant};

use super::line;
use super::names::{Names, identifier, is_position};

const DERIVES: &str = "#[derive(Clone, Copy, Debug, PartialEq, Eq)]";
const BORSH_DERIVES: &str = "#[derive(::arx_anchor::anchor_lang::AnchorSerialize, \
     ::arx_anchor::anchor_lang::AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]";

/// Names and types of fields.
type Fields = [(String, Type)];

/// Whether values have different lengths in Borsh, so that their plain form is not Borsh's.
fn varies(ty: &Type) -> bool {
    match ty {
        Type::Option(_) | Type::Enum { .. } => true,
        Type::Bool | Type::Integer { .. } | Type::Fixed { .. } | Type::PublicKey => false,
        Type::Array(element, _) => varies(element),
        Type::Tuple(elements) => elements.iter().any(varies),
        Type::Struct { fields, .. } => fields.iter().any(|(_, ty)| varies(ty)),
    }
}

/// A type that has a name.
pub(super) fn write(text: &mut String, names: &Names<'_>, ty: &Type, name: &str) {
    line(text, "");
    match ty {
        Type::Struct { name: source_name, fields } => {
            line(text, &format!("/// `{source_name}` of the circuit."));
            line(text, if varies(ty) { DERIVES } else { BORSH_DERIVES });
            let end = if is_positional(fields) { ";" } else { "" };
            line(text, &format!("pub struct {name}{}{end}", definition(names, fields, "pub ", "")));
        }
        Type::Enum { name: source_name, variants } => {
            line(text, &format!("/// `{source_name}` of the circuit."));
            line(text, DERIVES);
            line(text, &format!("pub enum {name} {{"));
            for variant in variants {
                line(text, &format!("    /// `{}`.", variant.name));
                let fields = match variant.fields.as_slice() {
                    [] => String::new(),
                    fields => definition(names, fields, "", "    "),
                };
                line(text, &format!("    {}{fields},", identifier(&variant.name)));
            }
            line(text, "}");
        }
        _ => return,
    }
    line(text, "");
    line(text, &format!("impl ::arx_anchor::CircuitType for {name} {{"));
    write_sizes(text, names, ty);
    match ty {
        Type::Struct { fields, .. } if varies(ty) => write_struct_form(text, fields),
        Type::Enum { variants, .. } => write_enum_form(text, names, variants),
        _ => {}
    }
    line(text, "}");
    if varies(ty) {
        line(text, "");
        line(text, &format!("::arx_anchor::serialize_plainly!({name});"));
    }
}

fn is_positional(fields: &Fields) -> bool {
    !fields.is_empty() && fields.iter().all(|(field, _)| is_position(field))
}

/// `(..)` or `{ .. }`, with a space before where there is one.
fn definition(names: &Names<'_>, fields: &Fields, visibility: &str, indent: &str) -> String {
    let positional = is_positional(fields);
    let mut out = if positional { "(\n" } else { " {\n" }.to_owned();
    for (field, ty) in fields {
        let ty = names.source(ty);
        if positional {
            line(&mut out, &format!("{indent}    /// Field {field}."));
            line(&mut out, &format!("{indent}    {visibility}{ty},"));
        } else {
            line(&mut out, &format!("{indent}    /// `{field}`."));
            line(&mut out, &format!("{indent}    {visibility}{}: {ty},", identifier(field)));
        }
    }
    out.push_str(indent);
    out.push(if positional { ')' } else { '}' });
    out
}

fn write_sizes(text: &mut String, names: &Names<'_>, ty: &Type) {
    let (own, types): (_, Vec<_>) = match ty {
        Type::Struct { fields, .. } => ("", fields.iter().map(|(_, ty)| names.source(ty)).collect()),
        Type::Enum { variants, .. } => {
            let fields = variants.iter().flat_map(|variant| &variant.fields);
            ("u8", fields.map(|(_, ty)| names.source(ty)).collect())
        }
        _ => return,
    };
    let own = (!own.is_empty()).then(|| own.to_owned());
    let types: Vec<_> = own.into_iter().chain(types).collect();
    for (constant, ty) in [("BITS", "u32"), ("PLAIN_LENGTH", "usize")] {
        let size = |of: &String| format!("<{of} as ::arx_anchor::CircuitType>::{constant}");
        let sum = match types.as_slice() {
            [] => "0".to_owned(),
            types => types.iter().map(size).collect::<Vec<_>>().join(" + "),
        };
        line(text, &format!("    const {constant}: {ty} = {sum};"));
    }
}

const WRITE: &str =
    "    fn write_plain<W: ::std::io::Write>(&self, writer: &mut W) -> ::std::io::Result<()> {";
const READ: &str = "    fn read_plain<R: ::std::io::Read>(reader: &mut R) -> ::std::io::Result<Self> {";
const READ_FIELD: &str = "::arx_anchor::CircuitType::read_plain(reader)?";

fn write_struct_form(text: &mut String, fields: &Fields) {
    line(text, "");
    line(text, WRITE);
    for (field, _) in fields {
        let field = identifier_or_place(field);
        line(text, &format!("        ::arx_anchor::CircuitType::write_plain(&self.{field}, writer)?;"));
    }
    line(text, "        Ok(())");
    line(text, "    }");
    line(text, "");
    line(text, READ);
    line(text, &format!("        Ok({})", reading("Self", fields)));
    line(text, "    }");
}

fn write_enum_form(text: &mut String, names: &Names<'_>, variants: &[Variant]) {
    line(text, "");
    line(text, WRITE);
    line(text, "        let number: u8 = match self {");
    for (number, variant) in variants.iter().enumerate() {
        line(text, &format!("            Self::{} {{ .. }} => {number},", identifier(&variant.name)));
    }
    line(text, "        };");
    line(text, "        ::arx_anchor::CircuitType::write_plain(&number, writer)?;");
    for variant in variants.iter().filter(|variant| !variant.fields.is_empty()) {
        let fields = variant.fields.iter().enumerate();
        let bound =
            fields.map(|(place, (field, _))| format!("{}: field_{place}", identifier_or_place(field)));
        let bound: Vec<_> = bound.collect();
        line(text, "        match self {");
        let own = identifier(&variant.name);
        line(text, &format!("            Self::{own} {{ {} }} => {{", bound.join(", ")));
        for place in 0..variant.fields.len() {
            let call = format!("::arx_anchor::CircuitType::write_plain(field_{place}, writer)?;");
            line(text, &format!("                {call}"));
        }
        line(text, "            }");
        if variants.len() > 1 {
            line(text, "            _ => {");
            for (_, ty) in &variant.fields {
                let ty = names.source(ty);
                line(text, &format!("                ::arx_anchor::write_zeros::<{ty}>(writer)?;"));
            }
            line(text, "            }");
        }
        line(text, "        }");
    }
    line(text, "        Ok(())");
    line(text, "    }");
    line(text, "");
    line(text, READ);
    line(text, "        let number = <u8 as ::arx_anchor::CircuitType>::read_plain(reader)?;");
    line(text, "        let mut read = ::core::option::Option::None;");
    for (number, variant) in variants.iter().enumerate() {
        let own = format!("Self::{}", identifier(&variant.name));
        line(text, &format!("        if number == {number} {{"));
        let value = reading(&own, &variant.fields);
        line(text, &format!("            read = ::core::option::Option::Some({value});"));
        if !variant.fields.is_empty() {
            line(text, "        } else {");
            for (_, ty) in &variant.fields {
                let ty = names.source(ty);
                line(text, &format!("            ::arx_anchor::skip_zeros::<{ty}>(reader)?;"));
            }
        }
        line(text, "        }");
    }
    line(text, "        read.ok_or_else(::arx_anchor::no_variant)");
    line(text, "    }");
}

/// A struct or a variant, its fields read in order.
fn reading(name: &str, fields: &Fields) -> String {
    if fields.is_empty() {
        return if name == "Self" { "Self {}".to_owned() } else { name.to_owned() };
    }
    let read: Vec<_> =
        fields.iter().map(|(field, _)| format!("{}: {READ_FIELD}", identifier_or_place(field))).collect();
    format!("{name} {{ {} }}", read.join(", "))
}

fn identifier_or_place(field: &str) -> String {
    if is_position(field) { field.to_owned() } else { identifier(field) }
}
