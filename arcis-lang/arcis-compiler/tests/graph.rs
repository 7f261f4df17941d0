//! Folding, simplification and passes change no result: random circuits, before and after.

#![allow(missing_docs)]

use arcis_circuit::testing::{Case, Limits, cases};
use arcis_circuit::{Bits, Circuit, Op, Visibility, WireId, evaluate};
use arcis_compiler::graph::{Graph, has_several, with_operands};
use arcis_compiler::passes;
use arcis_compiler::source::Span;
use proptest::prelude::*;

/// The wires that an operation defines.
fn build(graph: &mut Graph, op: Op) -> Vec<WireId> {
    if has_several(&op) {
        graph.build_all(op, Span::default())
    } else {
        vec![graph.build(op, Span::default())]
    }
}

/// Builds a circuit of one function anew.
fn rebuilt(circuit: &Circuit) -> (Graph, Vec<WireId>) {
    let entry = circuit.entry().expect("there is an entry");
    let mut graph = Graph::default();
    let mut wires: Vec<WireId> =
        entry.inputs.iter().map(|input| graph.input(input.width, input.visibility, String::new())).collect();
    for op in &entry.ops {
        let op = with_operands(op, |wire| wires[wire as usize]);
        wires.extend(build(&mut graph, op));
    }
    let outputs = entry.outputs.iter().map(|output| wires[*output as usize]).collect();
    (graph, outputs)
}

fn evaluated(circuit: &Circuit, inputs: &[Bits]) -> Vec<Bits> {
    evaluate(circuit, inputs, &mut |_| Bits::new()).expect("the circuit is valid")
}

/// No less public than before: what somebody may see is decided by the source.
fn assert_visibility(before: &Circuit, after: &Circuit) -> Result<(), TestCaseError> {
    let visibility = |circuit: &Circuit| circuit.analyze().expect("valid").outputs(circuit);
    for (before, after) in visibility(before).iter().zip(visibility(after)) {
        prop_assert!(before.visibility == Visibility::Secret || after.visibility == Visibility::Public);
    }
    Ok(())
}

/// A graph has one function, whose operations have one result each.
const ONE_RESULT: Limits =
    Limits { ops: 30, functions: 1, width: 40, random: false, reveal: true, shuffle: false, update: false };

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn results_stay_the_same(case in cases(Limits { ops: 40, ..ONE_RESULT })) {
        let Case { circuit, inputs, .. } = case;
        let expected = evaluated(&circuit, &inputs);
        let (graph, outputs) = rebuilt(&circuit);
        let built = graph.to_circuit("built", outputs.clone());
        prop_assert_eq!(&evaluated(&built, &inputs), &expected, "built:\n{}", built);
        let (graph, outputs) = passes::run(graph, outputs);
        let done = graph.to_circuit("done", outputs);
        prop_assert_eq!(&evaluated(&done, &inputs), &expected, "after all passes:\n{}", done);
        assert_visibility(&circuit, &done)?;
    }

    /// With its inputs constant, a circuit folds away.
    #[test]
    fn constants_fold(case in cases(ONE_RESULT)) {
        let Case { circuit, inputs, .. } = case;
        let entry = circuit.entry().expect("there is an entry");
        let mut graph = Graph::default();
        let mut wires: Vec<WireId> =
            inputs.iter().map(|bits| graph.constant(bits.clone(), Span::default())).collect();
        for op in &entry.ops {
            let op = with_operands(op, |wire| wires[wire as usize]);
            wires.extend(build(&mut graph, op));
        }
        for (output, expected) in entry.outputs.iter().zip(evaluated(&circuit, &inputs)) {
            prop_assert_eq!(graph.constant_value(wires[*output as usize]), Some(&expected));
        }
    }
}
