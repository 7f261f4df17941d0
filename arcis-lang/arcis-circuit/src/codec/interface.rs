//! Interfaces and types.

use super::varint::{DecodeError, Reader, write_string, write_varint};
use crate::interface::{Interface, Output, OutputKind, Parameter, ParameterKind};
use crate::types::{MAX_TYPE_DEPTH, Type, Variant};

pub(crate) fn write_interface(out: &mut Vec<u8>, interface: &Interface) {
    write_string(out, &interface.name);
    write_varint(out, interface.parameters.len() as u64);
    for parameter in &interface.parameters {
        write_string(out, &parameter.name);
        let (code, slot) = match parameter.kind {
            ParameterKind::Plaintext => (0, None),
            ParameterKind::Shared { slot } => (1, Some(slot)),
            ParameterKind::Recipient { slot } => (2, Some(slot)),
            ParameterKind::Cell => (3, None),
            ParameterKind::Mxe => (4, None),
        };
        write_kind(out, code, slot);
        write_type(out, &parameter.ty);
    }
    write_varint(out, interface.outputs.len() as u64);
    for output in &interface.outputs {
        let (code, number) = match output.kind {
            OutputKind::Public => (0, None),
            OutputKind::Shared { slot } => (1, Some(slot)),
            OutputKind::Cell { source: None } => (2, None),
            OutputKind::Cell { source: Some(parameter) } => (3, Some(parameter)),
        };
        write_kind(out, code, number);
        write_type(out, &output.ty);
    }
}

fn write_kind(out: &mut Vec<u8>, code: u8, number: Option<u16>) {
    out.push(code);
    if let Some(number) = number {
        write_varint(out, number.into());
    }
}

fn write_type(out: &mut Vec<u8>, ty: &Type) {
    match ty {
        Type::Bool => out.push(0),
        Type::PublicKey => out.push(1),
        Type::Array(element, len) => {
            out.push(2);
            write_varint(out, (*len).into());
            write_type(out, element);
        }
        Type::Tuple(elements) => {
            out.push(3);
            write_varint(out, elements.len() as u64);
            elements.iter().for_each(|ty| write_type(out, ty));
        }
        Type::Struct { name, fields } => {
            out.push(4);
            write_string(out, name);
            write_fields(out, fields);
        }
        Type::Option(value) => {
            out.push(5);
            write_type(out, value);
        }
        Type::Enum { name, variants } => {
            out.push(6);
            write_string(out, name);
            write_varint(out, variants.len() as u64);
            for variant in variants {
                write_string(out, &variant.name);
                write_fields(out, &variant.fields);
            }
        }
        Type::Fixed { bits } => {
            out.push(7);
            write_varint(out, (*bits).into());
        }
        Type::Integer { bits, signed } => out.push((*bits as u8).wrapping_add((*signed).into())),
    }
}

fn write_fields(out: &mut Vec<u8>, fields: &[(String, Type)]) {
    write_varint(out, fields.len() as u64);
    for (field, ty) in fields {
        write_string(out, field);
        write_type(out, ty);
    }
}

pub(crate) fn read_interface(reader: &mut Reader<'_>) -> Result<Interface, DecodeError> {
    Ok(Interface {
        name: reader.string()?,
        parameters: reader.list("the number of parameters", read_parameter)?,
        outputs: reader.list("the number of outputs", read_output)?,
    })
}

fn read_parameter(reader: &mut Reader<'_>) -> Result<Parameter, DecodeError> {
    let name = reader.string()?;
    let at = reader.at();
    let kind = match reader.byte()? {
        0 => ParameterKind::Plaintext,
        1 => ParameterKind::Shared { slot: reader.varint_u16("a slot")? },
        2 => ParameterKind::Recipient { slot: reader.varint_u16("a slot")? },
        3 => ParameterKind::Cell,
        4 => ParameterKind::Mxe,
        code => return Err(DecodeError::UnknownCode { at, code, what: "kind of parameter" }),
    };
    Ok(Parameter { name, kind, ty: read_type(reader, MAX_TYPE_DEPTH)? })
}

fn read_output(reader: &mut Reader<'_>) -> Result<Output, DecodeError> {
    let at = reader.at();
    let kind = match reader.byte()? {
        0 => OutputKind::Public,
        1 => OutputKind::Shared { slot: reader.varint_u16("a slot")? },
        2 => OutputKind::Cell { source: None },
        3 => OutputKind::Cell { source: Some(reader.varint_u16("a parameter")?) },
        code => return Err(DecodeError::UnknownCode { at, code, what: "kind of output" }),
    };
    Ok(Output { kind, ty: read_type(reader, MAX_TYPE_DEPTH)? })
}

fn read_type(reader: &mut Reader<'_>, depth: usize) -> Result<Type, DecodeError> {
    let at = reader.at();
    let depth = depth.checked_sub(1).ok_or(DecodeError::TypeTooDeep { at })?;
    Ok(match reader.byte()? {
        0 => Type::Bool,
        1 => Type::PublicKey,
        2 => {
            let len = reader.varint_u32("the length of an array")?;
            Type::Array(Box::new(read_type(reader, depth)?), len)
        }
        3 => Type::Tuple(reader.list("the length of a tuple", |reader| read_type(reader, depth))?),
        4 => {
            let name = reader.string()?;
            Type::Struct { name, fields: read_fields(reader, depth)? }
        }
        5 => Type::Option(Box::new(read_type(reader, depth)?)),
        6 => {
            let name = reader.string()?;
            let variant = |reader: &mut Reader<'_>| {
                let name = reader.string()?;
                Ok(Variant { name, fields: read_fields(reader, depth)? })
            };
            Type::Enum { name, variants: reader.list("the number of variants", variant)? }
        }
        7 => Type::Fixed { bits: reader.varint_u16("the bits of a number with a point")? },
        code @ (8 | 16 | 32 | 64 | 128) => Type::Integer { bits: code.into(), signed: false },
        code @ (9 | 17 | 33 | 65 | 129) => Type::Integer { bits: u16::from(code) - 1, signed: true },
        code => return Err(DecodeError::UnknownCode { at, code, what: "type" }),
    })
}

fn read_fields(reader: &mut Reader<'_>, depth: usize) -> Result<Vec<(String, Type)>, DecodeError> {
    let field = |reader: &mut Reader<'_>| Ok((reader.string()?, read_type(reader, depth)?));
    reader.list("the number of fields", field)
}
