//! What a circuit costs that has too many gates to be lowered: function by function. ANDs are those of every function on its
//! own, as often as it is called, and rounds those of every operation after another, so both are upper bounds, and close
//! ones where functions do most of their work in calls.

use std::collections::BTreeMap;

use arcis_circuit::gates::{Shape, cost, lower};
use arcis_circuit::{Circuit, Function, Input, Op, Visibility, WireId};

/// An upper bound of what a circuit costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Bound {
    pub ands: u64,
    /// Gates without communication.
    pub linear: u64,
    pub rounds: u64,
}

/// Of an entry with inputs of these visibilities.
pub fn bound(circuit: &Circuit, shape: Shape, inputs: &[Visibility]) -> Bound {
    let mut counter = Counter { circuit, shape, functions: BTreeMap::new(), operations: BTreeMap::new() };
    counter.function(circuit.functions.len() - 1, inputs.to_vec()).0
}

struct Counter<'a> {
    circuit: &'a Circuit,
    shape: Shape,
    functions: BTreeMap<(usize, Vec<Visibility>), (Bound, Vec<Visibility>)>,
    /// Rounds of operations.
    operations: BTreeMap<String, u64>,
}

#[derive(Clone)]
struct Wire {
    width: u32,
    visibility: Visibility,
    constant: Option<Op>,
    rounds: u64,
}

impl Counter<'_> {
    fn function(&mut self, index: usize, inputs: Vec<Visibility>) -> (Bound, Vec<Visibility>) {
        let key = (index, inputs.clone());
        if let Some(known) = self.functions.get(&key) {
            return known.clone();
        }
        let function = &self.circuit.functions[index];
        let mut wires: Vec<Wire> = function
            .inputs
            .iter()
            .zip(inputs)
            .map(|(input, visibility)| Wire { width: input.width, visibility, constant: None, rounds: 0 })
            .collect();
        let analysis = self.circuit.analyze().unwrap();
        let (mut ands, mut linear) = (0, 0);
        // What calls give becomes inputs, what they take outputs, of a function without calls.
        let mut own_inputs: Vec<(WireId, Input)> = Vec::new();
        let mut own_ops: Vec<(WireId, Op)> = Vec::new();
        let mut own_outputs: Vec<WireId> = function.outputs.clone();
        for (wire, input) in wires.iter().enumerate() {
            own_inputs.push((wire as WireId, Input { width: input.width, visibility: input.visibility }));
        }
        for op in &function.ops {
            let first = wires.len() as WireId;
            let operands: Vec<Wire> =
                op.operands().iter().map(|operand| wires[*operand as usize].clone()).collect();
            let ready = operands.iter().map(|operand| operand.rounds).max().unwrap_or(0);
            if let Op::Call { function, args } = op {
                let given = operands.iter().map(|operand| operand.visibility).collect();
                let (bound, outputs) = self.function(*function as usize, given);
                ands += bound.ands;
                linear += bound.linear;
                own_outputs.extend(args);
                for (place, visibility) in outputs.into_iter().enumerate() {
                    let width = analysis.wire(index, first + place as WireId).unwrap().width;
                    own_inputs.push((first + place as WireId, Input { width, visibility }));
                    let rounds = if visibility == Visibility::Secret { ready + bound.rounds } else { ready };
                    wires.push(Wire { width, visibility, constant: None, rounds });
                }
                continue;
            }
            let visibility = match op {
                Op::Reveal(_) => Visibility::Public,
                Op::Random { .. } => Visibility::Secret,
                _ => operands.iter().map(|it| it.visibility).max().unwrap_or(Visibility::Public),
            };
            let rounds = ready + self.rounds(op, &operands);
            let constant = Some(op.clone()).filter(|op| matches!(op, Op::Const(_)));
            let width = analysis.wire(index, first).unwrap().width;
            own_ops.push((first, op.clone()));
            wires.push(Wire { width, visibility, constant, rounds });
        }
        let mut numbers = BTreeMap::new();
        let wires_in_order =
            own_inputs.iter().map(|(wire, _)| wire).chain(own_ops.iter().map(|(wire, _)| wire));
        for (number, wire) in wires_in_order.enumerate() {
            numbers.insert(*wire, number as WireId);
        }
        let own = Function {
            name: function.name.clone(),
            inputs: own_inputs.iter().map(|(_, input)| *input).collect(),
            ops: own_ops.iter().map(|(_, op)| op.with_operands(|wire| numbers[&wire])).collect(),
            outputs: own_outputs.iter().map(|wire| numbers[wire]).collect(),
        };
        let own = cost(&lower(&Circuit { functions: vec![own] }, self.shape).unwrap());
        ands += own.ands;
        linear += own.linear_gates;
        let rounds = wires.iter().map(|wire| wire.rounds).max().unwrap_or(0);
        let outputs = function.outputs.iter().map(|wire| wires[*wire as usize].visibility).collect();
        let result = (Bound { ands, linear, rounds }, outputs);
        self.functions.insert(key, result.clone());
        result
    }

    fn rounds(&mut self, op: &Op, operands: &[Wire]) -> u64 {
        let mut next = 0;
        let alone = op.with_operands(|_| {
            next += 1;
            next - 1
        });
        let described: Vec<_> = operands.iter().map(|it| (it.width, it.visibility, &it.constant)).collect();
        let key = format!("{alone:?} {described:?}");
        if let Some(rounds) = self.operations.get(&key) {
            return *rounds;
        }
        // Operands that are constants come as operations, after the others.
        let inputs: Vec<_> = operands.iter().filter(|it| it.constant.is_none()).collect();
        let mut constants = inputs.len() as WireId;
        let mut secrets = 0;
        let wires: Vec<WireId> = operands
            .iter()
            .map(|it| {
                let next = if it.constant.is_none() { &mut secrets } else { &mut constants };
                *next += 1;
                *next - 1
            })
            .collect();
        let mut ops: Vec<Op> = operands.iter().filter_map(|it| it.constant.clone()).collect();
        ops.push(alone.with_operands(|place| wires[place as usize]));
        let function = Function {
            name: String::new(),
            inputs: inputs.iter().map(|it| Input { width: it.width, visibility: it.visibility }).collect(),
            outputs: vec![(inputs.len() + ops.len() - 1) as WireId],
            ops,
        };
        let cost = cost(&lower(&Circuit { functions: vec![function] }, self.shape).unwrap());
        let rounds = u64::from(cost.and_rounds + cost.reveal_rounds);
        self.operations.insert(key, rounds);
        rounds
    }
}
