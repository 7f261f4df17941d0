//! Public code.

use super::circuit::{read_circuit, write_circuit};
use super::varint::{DecodeError, Reader, write_string, write_varint};
use crate::public::{Finish, PublicCall, PublicCode};

pub(crate) fn write_public(out: &mut Vec<u8>, public: &PublicCode) {
    write_varint(out, public.module.len() as u64);
    out.extend(&public.module);
    write_varint(out, public.memory_pages.into());
    write_calls(out, &public.prepare);
    match &public.finish {
        None => out.push(0),
        Some(finish) => {
            out.push(1);
            write_numbers(out, finish.revealed.iter().map(|width| u64::from(*width)));
            write_calls(out, &finish.calls);
            write_numbers(out, finish.outputs.iter().map(|output| u64::from(*output)));
            write_circuit(out, &finish.results);
        }
    }
}

fn write_calls(out: &mut Vec<u8>, calls: &[PublicCall]) {
    write_varint(out, calls.len() as u64);
    for call in calls {
        write_string(out, &call.function);
        write_varint(out, call.entry.into());
        write_varint(out, call.fuel);
        write_circuit(out, &call.arguments);
        write_numbers(out, call.results.iter().map(|width| u64::from(*width)));
    }
}

fn write_numbers(out: &mut Vec<u8>, numbers: impl ExactSizeIterator<Item = u64>) {
    write_varint(out, numbers.len() as u64);
    numbers.for_each(|number| write_varint(out, number));
}

pub(crate) fn read_public(reader: &mut Reader<'_>) -> Result<PublicCode, DecodeError> {
    let len = reader.count("the length of a module")?;
    let module = reader.take(len)?.to_vec();
    let memory_pages = reader.varint_u32("pages of memory")?;
    let prepare = read_calls(reader)?;
    let at = reader.at();
    let finish = match reader.byte()? {
        0 => None,
        1 => Some(Finish {
            revealed: reader.list("the number of words", |reader| reader.varint_u32("a width"))?,
            calls: read_calls(reader)?,
            outputs: reader.list("the number of outputs", |reader| reader.varint_u16("an output"))?,
            results: read_circuit(reader)?,
        }),
        code => return Err(DecodeError::UnknownCode { at, code, what: "mark of what follows a circuit" }),
    };
    Ok(PublicCode { module, memory_pages, prepare, finish })
}

fn read_calls(reader: &mut Reader<'_>) -> Result<Vec<PublicCall>, DecodeError> {
    reader.list("the number of calls", |reader| {
        Ok(PublicCall {
            function: reader.string()?,
            entry: reader.varint_u32("an entry")?,
            fuel: reader.varint("fuel")?,
            arguments: read_circuit(reader)?,
            results: reader.list("the number of words", |reader| reader.varint_u32("a width"))?,
        })
    })
}
