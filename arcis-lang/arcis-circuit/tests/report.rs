//! Reports of cost, and to which positions of the source it is attributed.

mod common;

use arcis_circuit::gates::{NO_POSITION, PositionCost, Shape, SourceMap, Target, attribute, cost, lower};
use arcis_circuit::report::{COMPUTATION_ROUNDS, Engine, report};
use arcis_circuit::testing::{Limits, circuits};
use arcis_circuit::{Artifact, Circuit, Interface, Op, Output, OutputKind, Parameter, ParameterKind, Type};
use common::{SHAPES, function, secret};
use proptest::prelude::*;

fn word() -> Type {
    Type::Integer { bits: 64, signed: false }
}

/// The larger of two numbers, shuffled with the other.
fn artifact() -> Artifact {
    let ops = vec![
        Op::Less { a: 0, b: 1, signed: false },                   // 2
        Op::Select { condition: 2, when_true: 1, when_false: 0 }, // 3
        Op::Shuffle { words: vec![3, 0] },                        // 4, 5
    ];
    let mut function = function(&[secret(64), secret(64)], ops);
    function.outputs = vec![4, 5];
    let both = Type::Tuple(vec![word(), word()]);
    let parameter = Parameter { name: "both".to_owned(), kind: ParameterKind::Shared { slot: 0 }, ty: both };
    let output = || Output { kind: OutputKind::Shared { slot: 0 }, ty: word() };
    let interface = Interface {
        name: "larger".to_owned(),
        parameters: vec![parameter],
        outputs: vec![output(), output()],
    };
    Artifact { interface, circuit: Circuit { functions: vec![function] }, public: None }
}

#[test]
fn a_report_counts() {
    let artifact = artifact();
    artifact.validate().unwrap();
    let three = report(&artifact, Engine::Replicated).unwrap();
    assert_eq!(three.artifact_bytes, artifact.to_bytes().len() as u64);
    // 64 to compare, 64 to select, 64 for each party's one switch.
    assert_eq!((three.small.ands, three.small.rounds), (5 * 64, 64 + 1 + 3 + 1));
    assert_eq!((three.fast.ands, three.fast.rounds), (121 + 4 * 64, 7 + 1 + 3 + 1));
    assert_eq!(three.fast.computation_rounds, three.fast.rounds + COMPUTATION_ROUNDS);
    assert_eq!(three.small.preprocessing.and_triples, 0);

    let five = report(&artifact, Engine::DishonestMajority { parties: 5 }).unwrap();
    assert_eq!(five.small.ands, 7 * 64);
    assert_eq!(five.small.preprocessing.and_triples, 7 * 64);
    assert_eq!(five.small.preprocessing.random_bits, 128 + 5);
    assert!(five.small.bytes_per_node > 4 * three.small.bytes_per_node);
    // Rounds count where they are long.
    assert!(three.fast.wan_seconds < three.small.wan_seconds);
    assert!((three.fast.wan_seconds - 1.2).abs() < 0.01, "{}", three.fast.wan_seconds);
    let json = serde_json::to_value(&three).unwrap();
    assert_eq!(json["fast"]["ands"], 377);
}

#[test]
fn costs_go_to_the_lines_that_cause_them() {
    let artifact = artifact();
    let sources = SourceMap { functions: vec![vec![10, 11, NO_POSITION]] };
    let target = Target { shape: Shape::Fast, parties: 1 };
    let cost = |position, ands, rounds| PositionCost { position, ands, reveals: 0, signatures: 0, rounds };
    let expected = [cost(Some(10), 121, 7), cost(Some(11), 64, 1), cost(None, 64, 1)];
    assert_eq!(attribute(&artifact.circuit, &sources, target).unwrap(), expected);

    // What a function without positions does counts for its caller.
    let mut caller = function(&[secret(64), secret(64)], vec![Op::Call { function: 0, args: vec![0, 1] }]);
    caller.outputs = vec![2, 3];
    let circuit = Circuit { functions: vec![artifact.circuit.functions[0].clone(), caller] };
    let sources = SourceMap { functions: vec![vec![], vec![7]] };
    assert_eq!(attribute(&circuit, &sources, target).unwrap(), [cost(Some(7), 249, 9)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn every_gate_is_attributed(circuit in circuits(Limits { update: true, shuffle: true, ..Limits::default() })) {
        let positions = circuit.functions.iter().enumerate().map(|(function, body)| {
            (0..body.ops.len() as u32).map(|op| function as u32 * 1000 + op).collect()
        });
        let sources = SourceMap { functions: positions.collect() };
        for shape in SHAPES {
            let cost = cost(&lower(&circuit, shape).unwrap());
            let costs = attribute(&circuit, &sources, shape).unwrap();
            prop_assert_eq!(costs.iter().map(|cost| cost.ands).sum::<u64>(), cost.ands);
            prop_assert_eq!(costs.iter().map(|cost| cost.reveals).sum::<u64>(), cost.reveals);
            prop_assert!(costs.iter().all(|cost| cost.position.is_some()));
            let rounds: u32 = costs.iter().map(|cost| cost.rounds).sum();
            // Where reveals wait for one another, a chain is shorter than the program.
            prop_assert!(rounds <= cost.and_rounds + cost.reveal_rounds);
            if cost.reveal_rounds == 0 {
                prop_assert_eq!(rounds, cost.and_rounds);
            }
        }
    }
}
