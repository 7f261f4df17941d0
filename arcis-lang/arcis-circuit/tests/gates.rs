//! Gate programs: the same results as the reference evaluator's, the promised form, and what they cost.

mod common;

use arcis_circuit::circuit::SIGNATURE_BITS;
use arcis_circuit::gates::{
    Cost, DEFAULT_PARTIES, GateProgram, InputWires, LinearGate, LowerError, OutputWires, PublicWire,
    RunError, SecretWire, Shape, Step, cost, lower,
};
use arcis_circuit::shuffle::switch_count;
use arcis_circuit::testing::{Case, Limits, bit_stream, cases, circuits};
use arcis_circuit::{Bits, Circuit, CircuitError, Function, Input, Op, Visibility, evaluate};
use common::{SHAPES, circuit, function, no_random, one_op, public, secret};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn gates_compute_what_the_evaluator_does(case in cases(Limits { update: true, shuffle: true, ..Limits::default() })) {
        check(&case);
    }

    #[test]
    fn programs_have_the_promised_form(circuit in circuits(Limits { update: true, shuffle: true, ..Limits::default() })) {
        for shape in SHAPES {
            let program = lower(&circuit, shape).unwrap();
            Form::default().check(&program);
            prop_assert_eq!(&program, &lower(&circuit, shape).unwrap(), "lowered twice, different programs");
        }
    }

    #[test]
    fn ands_are_in_the_earliest_layer(
        circuit in circuits(Limits { reveal: false, ops: 60, ..Limits::default() }),
    ) {
        for shape in SHAPES {
            // Calls reveal public arguments, which are constants here.
            check_earliest(&lower(&circuit, shape).unwrap());
        }
    }
}

fn check(case: &Case) {
    let expected = evaluate(&case.circuit, &case.inputs, &mut bit_stream(case.seed)).unwrap();
    for shape in SHAPES {
        let program = lower(&case.circuit, shape).unwrap();
        let actual = program.run_clear(&case.inputs, &mut bit_stream(case.seed)).unwrap();
        assert_eq!(actual, expected, "{shape:?}\n{}", case.circuit);
    }
}

/// Which wires have been written: checks that each is written once, before it is read.
#[derive(Default)]
struct Form {
    secret: Vec<bool>,
    public: Vec<bool>,
}

impl Form {
    fn check(&mut self, program: &GateProgram) {
        self.secret = vec![false; program.secret_wires as usize];
        self.public = vec![false; program.public_wires as usize];
        let (mut next_secret, mut next_public) = (0, 0);
        for &InputWires { visibility, first, width } in &program.inputs {
            let next = if visibility == Visibility::Secret { &mut next_secret } else { &mut next_public };
            assert_eq!(first, *next, "input bits are consecutive from wire 0");
            *next += width;
            for wire in first..first + width {
                match visibility {
                    Visibility::Secret => self.write(SecretWire(wire)),
                    Visibility::Public => self.write_public(PublicWire(wire)),
                }
            }
        }
        let mut finished = false;
        for (index, step) in program.steps.iter().enumerate() {
            self.step(step, index);
            let is_and = matches!(step, Step::And(_));
            assert!(!(finished && is_and), "nothing comes after the final reveals");
            finished |= self.is_final_reveal(program, index);
        }
        for output in &program.outputs {
            match output {
                OutputWires::Secret(wires) => wires.iter().for_each(|&wire| self.read(wire)),
                OutputWires::Public(wires) => wires.iter().for_each(|&wire| self.read_public(wire)),
            }
        }
        assert!(self.secret.iter().all(|&written| written) && self.public.iter().all(|&written| written));
    }

    /// Whether a step reveals what no later secret gate needs.
    fn is_final_reveal(&self, program: &GateProgram, index: usize) -> bool {
        let Step::Reveal(_) = &program.steps[index] else { return false };
        !program.steps[index + 1..].iter().any(|step| match step {
            Step::Linear(gates) => gates
                .iter()
                .any(|gate| matches!(gate, LinearGate::XorPublic { .. } | LinearGate::AndPublic { .. })),
            Step::And(_) | Step::Reveal(_) | Step::Sign(_) | Step::Random(_) | Step::Switches(_) => false,
        })
    }

    fn step(&mut self, step: &Step, index: usize) {
        match step {
            Step::Linear(gates) => {
                assert!(!gates.is_empty());
                gates.iter().for_each(|&gate| self.linear(gate));
            }
            Step::And(gates) => {
                gates.iter().for_each(|gate| [gate.a, gate.b].into_iter().for_each(|wire| self.read(wire)));
                gates.iter().for_each(|gate| self.write(gate.out));
                consecutive(gates.iter().map(|gate| gate.out.0));
            }
            Step::Reveal(gates) => {
                gates.iter().for_each(|gate| self.read(gate.wire));
                gates.iter().for_each(|gate| self.write_public(gate.out));
                consecutive(gates.iter().map(|gate| gate.out.0));
            }
            Step::Sign(gates) => {
                assert!(!gates.is_empty());
                gates.iter().for_each(|gate| gate.message.iter().for_each(|&wire| self.read_public(wire)));
                let bits = |out: PublicWire| (out.0..out.0 + SIGNATURE_BITS).map(PublicWire);
                gates.iter().flat_map(|gate| bits(gate.out)).for_each(|wire| self.write_public(wire));
            }
            Step::Random(wires) => {
                assert_eq!(index, 0, "random bits come first");
                wires.iter().for_each(|&wire| self.write(wire));
                consecutive(wires.iter().map(|wire| wire.0));
            }
            Step::Switches(shuffles) => {
                assert!(index <= 1 && !shuffles.is_empty(), "switches come after random bits");
                for shuffle in shuffles {
                    assert_eq!(shuffle.parties.len(), usize::from(DEFAULT_PARTIES));
                    for wires in &shuffle.parties {
                        assert_eq!(wires.len(), switch_count(shuffle.words as usize));
                        wires.iter().for_each(|&wire| self.write(wire));
                    }
                }
            }
        }
    }

    fn linear(&mut self, gate: LinearGate) {
        match gate {
            LinearGate::Xor { a, b, out } => {
                self.read(a);
                self.read(b);
                self.write(out);
            }
            LinearGate::Not { a, out } => {
                self.read(a);
                self.write(out);
            }
            LinearGate::XorPublic { a, public, out } | LinearGate::AndPublic { a, public, out } => {
                self.read(a);
                self.read_public(public);
                self.write(out);
            }
            LinearGate::Share { public, out } => {
                self.read_public(public);
                self.write(out);
            }
            LinearGate::PublicConstant { out, .. } => self.write_public(out),
            LinearGate::PublicXor { a, b, out } | LinearGate::PublicAnd { a, b, out } => {
                self.read_public(a);
                self.read_public(b);
                self.write_public(out);
            }
            LinearGate::PublicNot { a, out } => {
                self.read_public(a);
                self.write_public(out);
            }
        }
    }

    fn read(&self, wire: SecretWire) {
        assert!(self.secret[wire.index()], "{wire:?} is read before it is written");
    }

    fn read_public(&self, wire: PublicWire) {
        assert!(self.public[wire.index()], "{wire:?} is read before it is written");
    }

    fn write(&mut self, wire: SecretWire) {
        assert!(!std::mem::replace(&mut self.secret[wire.index()], true), "{wire:?} is written twice");
    }

    fn write_public(&mut self, wire: PublicWire) {
        assert!(!std::mem::replace(&mut self.public[wire.index()], true), "{wire:?} is written twice");
    }
}

fn consecutive(wires: impl Iterator<Item = u32>) {
    let wires: Vec<_> = wires.collect();
    assert!(!wires.is_empty(), "no step is empty");
    assert!(wires.windows(2).all(|pair| pair[1] == pair[0] + 1), "{wires:?} are not consecutive");
}

/// In a program without reveals on the way: every AND of a layer needs the layer before.
fn check_earliest(program: &GateProgram) {
    let mut depth = vec![0u32; program.secret_wires as usize];
    let mut layer = 0;
    for step in &program.steps {
        match step {
            Step::And(gates) => {
                layer += 1;
                for gate in gates {
                    assert_eq!(depth[gate.a.index()].max(depth[gate.b.index()]) + 1, layer);
                    depth[gate.out.index()] = layer;
                }
            }
            Step::Linear(gates) => {
                for gate in gates {
                    match *gate {
                        LinearGate::Xor { a, b, out } => {
                            depth[out.index()] = depth[a.index()].max(depth[b.index()]);
                        }
                        LinearGate::Not { a, out }
                        | LinearGate::XorPublic { a, out, .. }
                        | LinearGate::AndPublic { a, out, .. } => depth[out.index()] = depth[a.index()],
                        _ => {}
                    }
                }
            }
            Step::Reveal(_) | Step::Sign(_) | Step::Random(_) | Step::Switches(_) => {}
        }
    }
}

fn cost_of(circuit: &Circuit, shape: Shape) -> Cost {
    let program = lower(circuit, shape).unwrap();
    Form::default().check(&program);
    cost(&program)
}

/// ANDs and rounds of an operation on secret words, small and fast.
fn costs(op: Op, inputs: &[Input]) -> [(u64, u32); 2] {
    let circuit = one_op(op, inputs);
    SHAPES.map(|shape| cost_of(&circuit, shape)).map(|cost| (cost.ands, cost.and_rounds))
}

#[test]
fn costs_of_64_bit_operations() {
    let words = [secret(64), secret(64)];
    assert_eq!(costs(Op::Add(0, 1), &words), [(63, 63), (321, 6)]);
    assert_eq!(costs(Op::Sub(0, 1), &words), [(63, 63), (321, 6)]);
    assert_eq!(costs(Op::Neg(0), &words), [(62, 62), (191, 6)]);
    for signed in [false, true] {
        assert_eq!(costs(Op::Less { a: 0, b: 1, signed }, &words), [(64, 64), (121, 7)]);
    }
    assert_eq!(costs(Op::Eq(0, 1), &words), [(63, 6); 2]);
    assert_eq!(costs(Op::Mul(0, 1), &words), [(3136, 64), (3394, 14)]);
    // A square's partial products come in pairs.
    assert_eq!(costs(Op::Mul(0, 0), &words), [(1952, 61), (2209, 13)]);
    let select = Op::Select { condition: 2, when_true: 0, when_false: 1 };
    assert_eq!(costs(select, &[secret(64), secret(64), secret(1)]), [(64, 1); 2]);
    let shift = [secret(64), secret(6)];
    assert_eq!(costs(Op::Shl { a: 0, by: 1 }, &shift), [(384, 6), (514, 4)]);
    assert_eq!(costs(Op::Shr { a: 0, by: 1 }, &shift), [(384, 6), (514, 4)]);
    // The top bit stays.
    assert_eq!(costs(Op::Sar { a: 0, by: 1 }, &shift)[0], (378, 6));
    let divide = |signed| Op::Div { a: 0, b: 1, signed };
    assert_eq!(costs(divide(false), &words), [(4221, 2204), (20_565, 83)]);
    assert_eq!(costs(divide(true), &words), [(4474, 2330), (21_205, 95)]);
    let by_public = [secret(64), public(64)];
    assert_eq!(costs(divide(false), &by_public), [(2266, 127), (2692, 14)]);
    let wide = [secret(128), secret(128)];
    assert_eq!(costs(divide(false), &wide), [(16_637, 8508), (81_948, 110)]);
    for op in [Op::And(0, 1), Op::Or(0, 1)] {
        assert_eq!(costs(op, &words), [(64, 1); 2]);
    }
    for op in [Op::Xor(0, 1), Op::Not(0), Op::Concat(vec![0, 1]), Op::Slice { a: 0, offset: 3, width: 9 }] {
        assert_eq!(costs(op, &words), [(0, 0); 2]);
    }
}

#[test]
fn what_is_public_or_constant_costs_less() {
    let mixed = [secret(64), public(64)];
    // Products with public bits are free, their sum is not.
    let [small, fast] = costs(Op::Mul(0, 1), &mixed);
    assert_eq!(small.0, 1023);
    assert_eq!(fast.0, 1273);
    assert_eq!(costs(Op::And(0, 1), &mixed), [(0, 0); 2]);
    assert_eq!(costs(Op::Shl { a: 0, by: 1 }, &[secret(64), public(6)]), [(0, 0); 2]);
    let select = Op::Select { condition: 2, when_true: 0, when_false: 1 };
    assert_eq!(costs(select, &[secret(64), secret(64), public(1)]), [(0, 0); 2]);

    let with_constant = |value: u64, op: fn(u32, u32) -> Op| {
        let constant = Op::Const(Bits::from_u64(value, 64));
        SHAPES.map(|shape| cost_of(&circuit(&[secret(64)], vec![constant.clone(), op(0, 1)]), shape).ands)
    };
    assert_eq!(with_constant(1 << 20, Op::Mul), [0, 0], "a product with a power of two moves bits");
    // 8 x - x: one subtraction, of whose lowest three bits nothing needs to be computed but negations.
    assert!(with_constant(7, Op::Mul)[0] <= 63);
    assert!(with_constant(u64::MAX, Op::Mul)[0] <= 62, "a product with -1 is a negation");
    assert_eq!(with_constant(8, |a, b| Op::Div { a, b, signed: false }), [0, 0], "bits are dropped");
    assert_eq!(with_constant(8, |a, b| Op::Rem { a, b, signed: false }), [0, 0]);
    assert!(with_constant(1 << 63, |a, b| Op::Less { a, b, signed: false })[0] <= 1);
    assert_eq!(with_constant(0, Op::Add), [0, 0]);
    assert!(with_constant(1, Op::Add)[0] <= 62);
}

#[test]
fn equal_gates_are_made_once() {
    // a * b + a * b + (a ^ a): one product, doubled.
    let ops = vec![Op::Mul(0, 1), Op::Mul(1, 0), Op::Add(2, 3), Op::Xor(0, 0), Op::Add(4, 5)];
    let twice = cost_of(&circuit(&[secret(64), secret(64)], ops), Shape::Small);
    assert!(twice.ands < 3136 + 64, "{twice:?}");
    // Quotient and remainder come from one division.
    let (div, rem) = (Op::Div { a: 0, b: 1, signed: true }, Op::Rem { a: 0, b: 1, signed: true });
    let alone = cost_of(&one_op(rem.clone(), &[secret(32), secret(32)]), Shape::Small).ands;
    let mut both = function(&[secret(32), secret(32)], vec![div, rem]);
    both.outputs = vec![2, 3];
    let both = cost_of(&Circuit { functions: vec![both] }, Shape::Small).ands;
    assert!(both < alone + 64, "{both} against {alone} for the remainder alone");
}

#[test]
fn what_nothing_needs_is_not_computed() {
    let ops = vec![Op::Mul(0, 1), Op::Reveal(2), Op::Add(0, 1), Op::Slice { a: 4, offset: 0, width: 4 }];
    let cost = cost_of(&circuit(&[secret(64), secret(64)], ops), Shape::Small);
    assert_eq!((cost.ands, cost.reveals), (3, 0));
}

/// The kinds of a program's communication, in order, with how many bits each.
fn events(program: &GateProgram) -> Vec<(char, usize)> {
    let event = |step: &Step| match step {
        Step::Linear(_) => None,
        Step::And(gates) => Some(('a', gates.len())),
        Step::Reveal(gates) => Some(('r', gates.len())),
        Step::Sign(gates) => Some(('!', gates.len())),
        Step::Random(wires) => Some(('?', wires.len())),
        Step::Switches(shuffles) => Some(('s', shuffles.len())),
    };
    program.steps.iter().filter_map(event).collect()
}

#[test]
fn public_outputs_are_revealed_together_at_the_end() {
    // An early equality and a late product are revealed; the product goes on.
    let mut function = function(
        &[secret(8), secret(8)],
        vec![Op::Eq(0, 1), Op::Reveal(2), Op::Mul(0, 1), Op::Reveal(4), Op::Mul(4, 0), Op::Not(5)],
    );
    function.outputs = vec![3, 7, 6];
    let program = lower(&Circuit { functions: vec![function] }, Shape::Fast).unwrap();
    let events = events(&program);
    let reveals: Vec<_> = events.iter().filter(|(kind, _)| *kind == 'r').collect();
    assert_eq!(reveals, [&('r', 9)]);
    assert_eq!(events.last(), Some(&('r', 9)));
}

#[test]
fn reveals_that_steer_secrets_come_in_as_few_batches_as_they_need() {
    // Two independent comparisons are revealed, each selects; what they select is compared and revealed again. A chain of
    // multiplications that needs no reveal runs beside.
    let ops = vec![
        Op::Less { a: 0, b: 1, signed: false },                    // 2
        Op::Reveal(2),                                             // 3
        Op::Eq(0, 1),                                              // 4
        Op::Reveal(4),                                             // 5
        Op::Select { condition: 3, when_true: 0, when_false: 1 },  // 6
        Op::Select { condition: 5, when_true: 0, when_false: 6 },  // 7
        Op::Eq(7, 0),                                              // 8
        Op::Reveal(8),                                             // 9
        Op::Mul(0, 1),                                             // 10
        Op::Mul(10, 1),                                            // 11
        Op::Select { condition: 9, when_true: 11, when_false: 7 }, // 12
    ];
    let circuit = circuit(&[secret(16), secret(16)], ops);
    let program = lower(&circuit, Shape::Fast).unwrap();
    Form::default().check(&program);
    let events = events(&program);
    assert_eq!(events.iter().filter(|(kind, _)| *kind == 'r').count(), 2, "{events:?}");
    assert!(events.contains(&('r', 2)), "both first reveals in one batch: {events:?}");
    // The products take as many rounds as alone.
    let alone = common::circuit(&[secret(16), secret(16)], vec![Op::Mul(0, 1), Op::Mul(2, 1)]);
    assert_eq!(cost(&program).and_rounds, cost_of(&alone, Shape::Fast).and_rounds);

    for (a, b) in [(3, 4), (4, 3), (5, 5)] {
        let inputs = [Bits::from_u64(a, 16), Bits::from_u64(b, 16)];
        let expected = evaluate(&circuit, &inputs, &mut no_random).unwrap();
        assert_eq!(program.run_clear(&inputs, &mut no_random).unwrap(), expected);
    }
}

#[test]
fn secret_outputs_have_secret_wires_also_where_the_value_is_known() {
    let ops = vec![Op::Const(Bits::from_u64(0b0101, 4)), Op::And(0, 2), Op::Concat(vec![3, 1, 2])];
    let circuit = circuit(&[secret(4), public(1)], ops);
    for shape in SHAPES {
        let program = lower(&circuit, shape).unwrap();
        Form::default().check(&program);
        let [OutputWires::Secret(wires)] = &program.outputs[..] else { panic!("{:?}", program.outputs) };
        assert_eq!(wires.len(), 9);
        assert_eq!(cost(&program).ands, 0);
        let inputs = [Bits::from_u64(0b1100, 4), Bits::ones(1)];
        let expected = Bits::from_u64(0b0_1011_0100, 9);
        assert_eq!(program.run_clear(&inputs, &mut no_random).unwrap(), [expected]);
    }
}

#[test]
fn random_bits_are_drawn_in_the_order_of_evaluation() {
    let inner = function(&[], vec![Op::Random { width: 3 }]);
    let mut outer = function(
        &[],
        vec![
            Op::Random { width: 5 },
            Op::Call { function: 0, args: vec![] },
            Op::Random { width: 70 },
            Op::Call { function: 0, args: vec![] },
        ],
    );
    outer.outputs = vec![3, 2, 1, 0];
    check(&Case { circuit: Circuit { functions: vec![inner, outer] }, inputs: vec![], seed: 7 });
}

#[test]
fn what_does_not_fit_is_refused() {
    assert_eq!(lower(&Circuit::default(), Shape::Small), Err(LowerError::Circuit(CircuitError::Empty)));

    let program = lower(&one_op(Op::Add(0, 1), &[secret(8), secret(8)]), Shape::Small).unwrap();
    let word = |width| Bits::zeros(width);
    let run = |inputs: &[Bits]| program.run_clear(inputs, &mut no_random);
    assert_eq!(run(&[word(8)]), Err(RunError::InputCount { expected: 2, actual: 1 }));
    assert_eq!(run(&[word(8), word(7)]), Err(RunError::InputWidth { index: 1, expected: 8, actual: 7 }));
    let program = lower(&one_op(Op::Random { width: 2 }, &[]), Shape::Small).unwrap();
    assert_eq!(program.run_clear(&[], &mut no_random), Err(RunError::RandomWidth { expected: 2, actual: 0 }));

    // Valid and within the limit of work, but more gates than there may be.
    let mut ops = vec![];
    for wire in 0..1_200 {
        ops.push(Op::Mul(wire, wire + 1));
    }
    let circuit =
        Circuit { functions: vec![Function { name: "big".to_owned(), ..function(&[secret(256); 2], ops) }] };
    assert!(matches!(lower(&circuit, Shape::Small), Err(LowerError::TooManyGates { .. })));
}
