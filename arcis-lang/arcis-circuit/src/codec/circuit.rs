//! Circuits.

use super::varint::{DecodeError, Reader, write_string, write_varint};
use crate::bits::Bits;
use crate::circuit::{Circuit, Function, Input, MAX_TABLE_BITS, MAX_WORD_WIDTH, Op, Visibility, WireId};
use crate::validate::MAX_WIRES;

/// Codes of operations. A part of the format: numbers are never given a second meaning.
mod code {
    pub(super) const CONST: u8 = 0;
    pub(super) const NOT: u8 = 1;
    pub(super) const XOR: u8 = 2;
    pub(super) const AND: u8 = 3;
    pub(super) const OR: u8 = 4;
    pub(super) const ADD: u8 = 5;
    pub(super) const SUB: u8 = 6;
    pub(super) const MUL: u8 = 7;
    pub(super) const NEG: u8 = 8;
    pub(super) const DIV_UNSIGNED: u8 = 9;
    pub(super) const DIV_SIGNED: u8 = 10;
    pub(super) const REM_UNSIGNED: u8 = 11;
    pub(super) const REM_SIGNED: u8 = 12;
    pub(super) const EQ: u8 = 13;
    pub(super) const LESS_UNSIGNED: u8 = 14;
    pub(super) const LESS_SIGNED: u8 = 15;
    pub(super) const SELECT: u8 = 16;
    pub(super) const CONCAT: u8 = 17;
    pub(super) const SLICE: u8 = 18;
    pub(super) const EXTEND_ZERO: u8 = 19;
    pub(super) const EXTEND_SIGN: u8 = 20;
    pub(super) const SHL: u8 = 21;
    pub(super) const SHR: u8 = 22;
    pub(super) const SAR: u8 = 23;
    pub(super) const REVEAL: u8 = 24;
    pub(super) const RANDOM: u8 = 25;
    pub(super) const CALL: u8 = 26;
    pub(super) const LOOKUP: u8 = 27;
    pub(super) const UPDATE: u8 = 28;
    pub(super) const SHUFFLE: u8 = 29;
    pub(super) const LEADING_ZEROS: u8 = 30;
    pub(super) const COUNT_ONES: u8 = 31;
    pub(super) const TABLE: u8 = 32;
    pub(super) const SUM: u8 = 33;
    pub(super) const SIGN: u8 = 34;
}

pub(crate) fn write_circuit(out: &mut Vec<u8>, circuit: &Circuit) {
    write_varint(out, circuit.functions.len() as u64);
    for (index, function) in circuit.functions.iter().enumerate() {
        write_string(out, &function.name);
        write_varint(out, function.inputs.len() as u64);
        for input in &function.inputs {
            let secret = input.visibility == Visibility::Secret;
            write_varint(out, u64::from(input.width) * 2 + u64::from(secret));
        }
        write_varint(out, function.ops.len() as u64);
        let mut defined = function.inputs.len() as u64;
        for op in &function.ops {
            write_op(out, op, index, defined);
            defined += op.defines(&circuit.functions) as u64;
        }
        write_varint(out, function.outputs.len() as u64);
        for &output in &function.outputs {
            write_varint(out, defined.wrapping_sub(output.into()));
        }
    }
}

fn write_op(out: &mut Vec<u8>, op: &Op, index: usize, defined: u64) {
    // Wrapping: an invalid circuit is written as something that the reader refuses.
    let wire = |out: &mut Vec<u8>, wire: WireId| write_varint(out, defined.wrapping_sub(wire.into()));
    let list = |out: &mut Vec<u8>, wires: &[WireId]| {
        write_varint(out, wires.len() as u64);
        wires.iter().for_each(|&a| wire(out, a));
    };
    let mut operation = |code: u8, wires: &[WireId]| {
        out.push(code);
        wires.iter().for_each(|&a| wire(out, a));
    };
    let either = |signed: bool, with: u8, without: u8| if signed { with } else { without };
    match op {
        Op::Const(bits) => {
            operation(code::CONST, &[]);
            write_const(out, bits);
        }
        Op::Not(a) => operation(code::NOT, &[*a]),
        Op::Xor(a, b) => operation(code::XOR, &[*a, *b]),
        Op::And(a, b) => operation(code::AND, &[*a, *b]),
        Op::Or(a, b) => operation(code::OR, &[*a, *b]),
        Op::Add(a, b) => operation(code::ADD, &[*a, *b]),
        Op::Sub(a, b) => operation(code::SUB, &[*a, *b]),
        Op::Mul(a, b) => operation(code::MUL, &[*a, *b]),
        Op::Neg(a) => operation(code::NEG, &[*a]),
        Op::Div { a, b, signed } => {
            operation(either(*signed, code::DIV_SIGNED, code::DIV_UNSIGNED), &[*a, *b])
        }
        Op::Rem { a, b, signed } => {
            operation(either(*signed, code::REM_SIGNED, code::REM_UNSIGNED), &[*a, *b])
        }
        Op::Eq(a, b) => operation(code::EQ, &[*a, *b]),
        Op::Less { a, b, signed } => {
            operation(either(*signed, code::LESS_SIGNED, code::LESS_UNSIGNED), &[*a, *b]);
        }
        Op::Select { condition, when_true, when_false } => {
            operation(code::SELECT, &[*condition, *when_true, *when_false]);
        }
        Op::Concat(words) => {
            operation(code::CONCAT, &[]);
            list(out, words);
        }
        Op::Lookup { index, words } => {
            operation(code::LOOKUP, &[*index]);
            list(out, words);
        }
        Op::Table { index, width, entries } => {
            operation(code::TABLE, &[*index]);
            write_varint(out, (*width).into());
            write_const(out, entries);
        }
        Op::Update { index, value, condition, words } => {
            operation(code::UPDATE, &[*index, *value, *condition]);
            list(out, words);
        }
        Op::Shuffle { words } => {
            operation(code::SHUFFLE, &[]);
            list(out, words);
        }
        Op::Sum { words } => {
            operation(code::SUM, &[]);
            list(out, words);
        }
        Op::Sign { message } => {
            operation(code::SIGN, &[]);
            list(out, message);
        }
        Op::LeadingZeros(a) => operation(code::LEADING_ZEROS, &[*a]),
        Op::CountOnes(a) => operation(code::COUNT_ONES, &[*a]),
        Op::Slice { a, offset, width } => {
            operation(code::SLICE, &[*a]);
            write_varint(out, (*offset).into());
            write_varint(out, (*width).into());
        }
        Op::Extend { a, width, signed } => {
            operation(either(*signed, code::EXTEND_SIGN, code::EXTEND_ZERO), &[*a]);
            write_varint(out, (*width).into());
        }
        Op::Shl { a, by } => operation(code::SHL, &[*a, *by]),
        Op::Shr { a, by } => operation(code::SHR, &[*a, *by]),
        Op::Sar { a, by } => operation(code::SAR, &[*a, *by]),
        Op::Reveal(a) => operation(code::REVEAL, &[*a]),
        Op::Random { width } => {
            operation(code::RANDOM, &[]);
            write_varint(out, (*width).into());
        }
        Op::Call { function, args } => {
            out.push(code::CALL);
            // Functions back from this one, for the same reason as wires.
            write_varint(out, (index as u64).wrapping_sub((*function).into()));
            list(out, args);
        }
    }
}

/// Width, then the bytes without zeros at the high end.
fn write_const(out: &mut Vec<u8>, bits: &Bits) {
    let bytes = bits.to_bytes();
    let significant = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    write_varint(out, bits.len() as u64);
    write_varint(out, significant as u64);
    out.extend(&bytes[..significant]);
}

pub(crate) fn read_circuit(reader: &mut Reader<'_>) -> Result<Circuit, DecodeError> {
    let count = reader.count("the number of functions")?;
    let mut circuit = Circuit::default();
    let mut wires = 0usize;
    for _ in 0..count {
        let function = read_function(reader, &circuit.functions, &mut wires)?;
        circuit.functions.push(function);
    }
    Ok(circuit)
}

/// Reads one function. `wires` counts those of the circuit, so that calls of a function with many outputs stop early.
fn read_function(
    reader: &mut Reader<'_>,
    before: &[Function],
    wires: &mut usize,
) -> Result<Function, DecodeError> {
    let name = reader.string()?;
    let inputs = reader.list("the number of inputs", |reader| {
        let input = reader.varint_u32("an input")?;
        let visibility = if input % 2 == 1 { Visibility::Secret } else { Visibility::Public };
        Ok(Input { width: input / 2, visibility })
    })?;
    let mut defined = inputs.len();
    let ops = reader.list("the number of operations", |reader| {
        let at = reader.at();
        let op = read_op(reader, before.len(), defined)?;
        defined += op.defines(before);
        if *wires + defined > MAX_WIRES {
            return Err(DecodeError::OutOfRange { at, what: "the number of wires" });
        }
        Ok(op)
    })?;
    *wires += defined;
    let outputs = reader.list("the number of outputs", |reader| read_wire(reader, defined))?;
    Ok(Function { name, inputs, ops, outputs })
}

fn read_wire(reader: &mut Reader<'_>, defined: usize) -> Result<WireId, DecodeError> {
    let at = reader.at();
    let back = reader.varint("a wire")?;
    let wire = (defined as u64).checked_sub(back).filter(|_| back > 0);
    wire.and_then(|wire| wire.try_into().ok()).ok_or(DecodeError::OutOfRange { at, what: "a wire" })
}

fn read_words(reader: &mut Reader<'_>, defined: usize) -> Result<Vec<WireId>, DecodeError> {
    reader.list("the number of words", |reader| read_wire(reader, defined))
}

fn read_op(reader: &mut Reader<'_>, index: usize, defined: usize) -> Result<Op, DecodeError> {
    let at = reader.at();
    let op = reader.byte()?;
    let mut wire = || read_wire(reader, defined);
    Ok(match op {
        code::CONST => Op::Const(read_const(reader, MAX_WORD_WIDTH)?),
        code::NOT => Op::Not(wire()?),
        code::XOR => Op::Xor(wire()?, wire()?),
        code::AND => Op::And(wire()?, wire()?),
        code::OR => Op::Or(wire()?, wire()?),
        code::ADD => Op::Add(wire()?, wire()?),
        code::SUB => Op::Sub(wire()?, wire()?),
        code::MUL => Op::Mul(wire()?, wire()?),
        code::NEG => Op::Neg(wire()?),
        code::DIV_UNSIGNED | code::DIV_SIGNED => {
            Op::Div { a: wire()?, b: wire()?, signed: op == code::DIV_SIGNED }
        }
        code::REM_UNSIGNED | code::REM_SIGNED => {
            Op::Rem { a: wire()?, b: wire()?, signed: op == code::REM_SIGNED }
        }
        code::EQ => Op::Eq(wire()?, wire()?),
        code::LESS_UNSIGNED | code::LESS_SIGNED => {
            Op::Less { a: wire()?, b: wire()?, signed: op == code::LESS_SIGNED }
        }
        code::SELECT => Op::Select { condition: wire()?, when_true: wire()?, when_false: wire()? },
        code::CONCAT => Op::Concat(read_words(reader, defined)?),
        code::LOOKUP => Op::Lookup { index: wire()?, words: read_words(reader, defined)? },
        code::TABLE => Op::Table {
            index: wire()?,
            width: reader.varint_u32("a width")?,
            entries: read_const(reader, MAX_TABLE_BITS)?,
        },
        code::UPDATE => Op::Update {
            index: wire()?,
            value: wire()?,
            condition: wire()?,
            words: read_words(reader, defined)?,
        },
        code::SHUFFLE => Op::Shuffle { words: read_words(reader, defined)? },
        code::SUM => Op::Sum { words: read_words(reader, defined)? },
        code::SIGN => Op::Sign { message: read_words(reader, defined)? },
        code::LEADING_ZEROS => Op::LeadingZeros(wire()?),
        code::COUNT_ONES => Op::CountOnes(wire()?),
        code::SLICE => Op::Slice {
            a: wire()?,
            offset: reader.varint_u32("the start of a slice")?,
            width: reader.varint_u32("the width of a slice")?,
        },
        code::EXTEND_ZERO | code::EXTEND_SIGN => {
            Op::Extend { a: wire()?, width: reader.varint_u32("a width")?, signed: op == code::EXTEND_SIGN }
        }
        code::SHL => Op::Shl { a: wire()?, by: wire()? },
        code::SHR => Op::Shr { a: wire()?, by: wire()? },
        code::SAR => Op::Sar { a: wire()?, by: wire()? },
        code::REVEAL => Op::Reveal(wire()?),
        code::RANDOM => Op::Random { width: reader.varint_u32("a width")? },
        code::CALL => {
            let function = read_wire(reader, index)?;
            Op::Call {
                function,
                args: reader.list("the number of arguments", |reader| read_wire(reader, defined))?,
            }
        }
        code => return Err(DecodeError::UnknownCode { at, code, what: "operation" }),
    })
}

fn read_const(reader: &mut Reader<'_>, widest: u32) -> Result<Bits, DecodeError> {
    let at = reader.at();
    let out_of_range = DecodeError::OutOfRange { at, what: "a constant" };
    let width = reader.varint_u32("the width of a constant")?;
    if !(1..=widest).contains(&width) {
        return Err(out_of_range);
    }
    let significant = reader.count("the length of a constant")?;
    let mut bytes = reader.take(significant)?.to_vec();
    let len = (width as usize).div_ceil(8);
    if significant > len {
        return Err(out_of_range);
    }
    bytes.resize(len, 0);
    Bits::from_bytes(&bytes, width as usize).map_err(|_| out_of_range)
}
