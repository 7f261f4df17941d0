//! Constant folding: an operation on constants is its value.
//!
//! The value is what the reference evaluator says, so that there is one meaning of each operation and no second table of it.

use arcis_circuit::{Bits, Circuit, Function, Op, WireId};

use super::{Graph, operands, with_operands};

/// The value of an operation whose operands are all constant.
pub(super) fn fold(graph: &Graph, op: &Op) -> Option<Bits> {
    let foldable = !matches!(
        op,
        Op::Const(_) | Op::Random { .. } | Op::Reveal(_) | Op::Call { .. } | Op::Shuffle { .. }
    );
    if !foldable {
        return None;
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
