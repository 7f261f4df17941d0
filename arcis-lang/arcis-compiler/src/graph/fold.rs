//! Constant folding: an operation on constants is its value.
//!
//! The value is what the reference evaluator says, so that there is one meaning of each operation and no second table of it.

use arcis_circuit::{Bits, Circuit, Function, Op, WireId};

use super::{Graph, operands, with_operands};

/// The value of an operation whose operands are all constant.
pub(super) fn fold(graph: &Graph, op: &Op) -> Option<Bits> {
    let foldable = !matches!(
        op,
        Op::Const(_)
            | Op::Random { .. }
            | Op::Reveal(_)
            | Op::Call { .. }
            | Op::Shuffle { .. }
            | Op::Sign { .. }
    );
    if !foldable {
        return None;
    }
    if super::has_several(op) {
        return None;
    }
    if let Some(bits) = small(graph, op) {
        return Some(bits);
    }
    let wires = operands(op);
    let mut ops: Vec<Op> = wires
        .iter()
        .map(|wire| graph.constant_value(*wire).map(|bits| Op::Const(bits.clone())))
        .collect::<Option<_>>()?;
    // Operand i is wire i of the little circuit; a wire that is read twice may stand for either.
    let position = |wire: WireId| wires.iter().position(|other| *other == wire).unwrap_or(0) as WireId;
    ops.push(with_operands(op, position));
    let outputs = vec![wires.len() as WireId];
    let function = Function { name: String::new(), inputs: Vec::new(), ops, outputs };
    let circuit = Circuit { functions: vec![function] };
    let mut no_randomness = |width: u32| Bits::zeros(width as usize);
    arcis_circuit::evaluate(&circuit, &[], &mut no_randomness).ok()?.pop()
}

/// The value of the operations that loops are made of, on words of at most 64 bits: they are folded so often that making a
/// circuit for each would take most of the time.
fn small(graph: &Graph, op: &Op) -> Option<Bits> {
    let word = |wire: WireId| {
        let bits = graph.constant_value(wire)?;
        if bits.len() > 64 { None } else { Some((bits.to_u64()?, bits.len())) }
    };
    let (value, len) = match *op {
        Op::Add(a, b) => (word(a)?.0.wrapping_add(word(b)?.0), word(a)?.1),
        Op::Sub(a, b) => (word(a)?.0.wrapping_sub(word(b)?.0), word(a)?.1),
        Op::Mul(a, b) => (word(a)?.0.wrapping_mul(word(b)?.0), word(a)?.1),
        Op::And(a, b) => (word(a)?.0 & word(b)?.0, word(a)?.1),
        Op::Or(a, b) => (word(a)?.0 | word(b)?.0, word(a)?.1),
        Op::Xor(a, b) => (word(a)?.0 ^ word(b)?.0, word(a)?.1),
        Op::Not(a) => (!word(a)?.0, word(a)?.1),
        Op::Eq(a, b) => ((word(a)?.0 == word(b)?.0).into(), 1),
        Op::Less { a, b, signed: false } => ((word(a)?.0 < word(b)?.0).into(), 1),
        Op::Slice { a, offset, width } => (word(a)?.0.checked_shr(offset)?, width as usize),
        _ => return None,
    };
    let mask = u64::MAX >> (64 - len.clamp(1, 64));
    Some(Bits::from_u64(value & mask, len))
}
