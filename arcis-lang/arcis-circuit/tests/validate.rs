//! Circuits that must be refused, each with the fault that says why.

mod common;

use arcis_circuit::validate::{Fault, MAX_CALL_DEPTH, MAX_WIRE_BITS, MAX_WORK, Place};
use arcis_circuit::{Bits, Circuit, CircuitError, Function, Input, Op, Visibility, WireInfo};
use common::{circuit, function, public, secret};

/// Inputs: two secret bytes, a secret bit, a secret word of 600 bits, a public byte.
fn fault_of(op: Op) -> Fault {
    let inputs = [secret(8), secret(8), secret(1), secret(600), public(8)];
    match circuit(&inputs, vec![op.clone()]).analyze() {
        Err(CircuitError::Function { function: 0, place: Place::Op(0), fault }) => fault,
        other => panic!("{op:?} gave {other:?}"),
    }
}

#[test]
fn faulty_operations() {
    let undefined = Fault::UndefinedWire { wire: 5, defined: 5 };
    let select = |condition, when_true, when_false| Op::Select { condition, when_true, when_false };
    for op in [
        Op::Not(5),
        Op::Reveal(5),
        Op::Neg(5),
        Op::Xor(0, 5),
        Op::Add(5, 0),
        Op::Concat(vec![0, 5]),
        select(5, 0, 0),
        select(2, 0, 5),
        Op::Slice { a: 5, offset: 0, width: 1 },
        Op::Shl { a: 0, by: 5 },
        Op::Eq(5, 5),
        Op::LeadingZeros(5),
        Op::CountOnes(5),
        Op::Lookup { index: 5, words: vec![0] },
        Op::Lookup { index: 0, words: vec![0, 5] },
        Op::Update { index: 5, value: 0, condition: 2, words: vec![0] },
        Op::Update { index: 0, value: 5, condition: 2, words: vec![0] },
        Op::Update { index: 0, value: 0, condition: 5, words: vec![0] },
        Op::Shuffle { words: vec![0, 5] },
        Op::Sum { words: vec![0, 5] },
    ] {
        assert_eq!(fault_of(op), undefined);
    }
    for op in [
        Op::Const(Bits::new()),
        Op::Concat(vec![]),
        Op::Random { width: 0 },
        Op::Slice { a: 0, offset: 0, width: 0 },
    ] {
        assert_eq!(fault_of(op), Fault::Width { width: 0 });
    }
    assert_eq!(fault_of(Op::Random { width: 65_536 }), Fault::Width { width: 65_536 });
    assert_eq!(
        fault_of(Op::Extend { a: 0, width: u32::MAX, signed: true }),
        Fault::Width { width: u32::MAX.into() }
    );
    assert_eq!(fault_of(Op::Concat(vec![3; 150])), Fault::Width { width: 90_000 });
    for op in
        [Op::Add(0, 3), Op::Eq(0, 3), Op::And(0, 3), Op::Less { a: 0, b: 3, signed: true }, select(2, 0, 3)]
    {
        assert_eq!(fault_of(op), Fault::WidthMismatch { a: 8, b: 600 });
    }
    for op in [Op::Mul(3, 3), Op::Neg(3), Op::Rem { a: 3, b: 3, signed: false }, Op::Sum { words: vec![3] }] {
        assert_eq!(fault_of(op), Fault::ArithmeticWidth { width: 600 });
    }
    assert_eq!(fault_of(select(1, 0, 0)), Fault::ConditionWidth { width: 8 });
    let update = |value, condition, words| Op::Update { index: 0, value, condition, words };
    assert_eq!(fault_of(update(0, 1, vec![0])), Fault::ConditionWidth { width: 8 });
    assert_eq!(fault_of(update(2, 2, vec![0])), Fault::WidthMismatch { a: 8, b: 1 });
    for words in [vec![0, 1, 2], vec![0, 2, 0]] {
        let mismatch = Fault::WidthMismatch { a: 8, b: 1 };
        assert_eq!(fault_of(update(0, 2, words.clone())), mismatch);
        assert_eq!(fault_of(Op::Lookup { index: 0, words: words.clone() }), mismatch);
        assert_eq!(fault_of(Op::Sum { words: words.clone() }), mismatch);
        assert_eq!(fault_of(Op::Shuffle { words }), mismatch);
    }
    let table = |width, bits| Op::Table { index: 0, width, entries: Bits::zeros(bits) };
    assert_eq!(fault_of(table(0, 8)), Fault::Width { width: 0 });
    for (width, bits) in [(8, 0), (8, 12), (16, 8), (1, (1 << 20) + 1)] {
        assert_eq!(fault_of(table(width, bits)), Fault::TableSize { bits: bits as u32, width });
    }
    let without =
        [update(0, 2, vec![]), Op::Lookup { index: 0, words: vec![] }, Op::Shuffle { words: vec![] }];
    for op in without.into_iter().chain([Op::Sum { words: vec![] }]) {
        assert_eq!(fault_of(op), Fault::NoWords);
    }
    let slice = |offset, width| Op::Slice { a: 0, offset, width };
    assert_eq!(fault_of(slice(5, 4)), Fault::SliceRange { offset: 5, slice: 4, width: 8 });
    assert_eq!(fault_of(slice(u32::MAX, 2)), Fault::SliceRange { offset: u32::MAX, slice: 2, width: 8 });
    assert_eq!(
        fault_of(Op::Extend { a: 0, width: 7, signed: false }),
        Fault::ExtendNarrower { width: 8, to: 7 }
    );
    assert_eq!(fault_of(Op::Call { function: 0, args: vec![] }), Fault::UnknownFunction { callee: 0 });
}

#[test]
fn faulty_calls() {
    let callee = function(&[secret(8), public(8)], vec![Op::Not(0)]);
    let fault_of = |args: Vec<u32>| {
        let caller = function(&[secret(8), public(8), public(9)], vec![Op::Call { function: 0, args }]);
        match (Circuit { functions: vec![callee.clone(), caller] }).analyze() {
            Err(CircuitError::Function { function: 1, place: Place::Op(0), fault }) => Some(fault),
            Ok(_) => None,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(fault_of(vec![0, 1]), None);
    assert_eq!(fault_of(vec![1, 1]), None, "a public word may be passed for a secret one");
    assert_eq!(fault_of(vec![0, 0]), Some(Fault::SecretArgument { callee: 0, index: 1 }));
    assert_eq!(fault_of(vec![0]), Some(Fault::ArgumentCount { callee: 0, expected: 2, actual: 1 }));
    assert_eq!(
        fault_of(vec![0, 2]),
        Some(Fault::ArgumentWidth { callee: 0, index: 1, expected: 8, actual: 9 })
    );
    assert_eq!(fault_of(vec![0, 3]), Some(Fault::UndefinedWire { wire: 3, defined: 3 }));
}

#[test]
fn faulty_inputs_and_outputs() {
    let with = |inputs: &[Input], outputs: Vec<u32>| {
        let function = Function { name: String::new(), inputs: inputs.to_vec(), ops: vec![], outputs };
        Circuit { functions: vec![function] }.analyze()
    };
    let fail = |place, fault| Err(CircuitError::Function { function: 0, place, fault });
    assert_eq!(with(&[secret(1), secret(0)], vec![]), fail(Place::Input(1), Fault::Width { width: 0 }));
    assert_eq!(
        with(&[secret(1)], vec![0, 1]),
        fail(Place::Output(1), Fault::UndefinedWire { wire: 1, defined: 1 })
    );
    assert_eq!(Circuit::default().analyze(), Err(CircuitError::Empty));
}

#[test]
fn visibilities_follow_from_the_operands() {
    let info = |width, visibility| WireInfo { width, visibility };
    let (secret_byte, public_byte) = (info(8, Visibility::Secret), info(8, Visibility::Public));
    let circuit = circuit(
        &[secret(8), public(8)],
        vec![
            Op::Add(1, 1),
            Op::Add(0, 1),
            Op::Reveal(3),
            Op::Mul(2, 4),
            Op::Random { width: 8 },
            Op::Eq(2, 5),
        ],
    );
    let wires = &circuit.analyze().unwrap().functions[0];
    let expected = [
        secret_byte,
        public_byte,
        public_byte,
        secret_byte,
        public_byte,
        public_byte,
        secret_byte,
        info(1, Visibility::Public),
    ];
    assert_eq!(wires[..], expected);
}

/// Function `k` calls function `k - 1` as often as said.
fn tower(height: u32, calls: usize, first: Op) -> Circuit {
    let mut functions = vec![function(&[secret(8)], vec![first])];
    for level in 1..height {
        let ops = (0..calls as u32).map(|wire| Op::Call { function: level - 1, args: vec![wire] }).collect();
        functions.push(function(&[secret(8)], ops));
    }
    Circuit { functions }
}

#[test]
fn expansion_bombs_are_refused_at_once() {
    // 2^40 multiplications in a few hundred bytes.
    assert_eq!(tower(41, 2, Op::Mul(0, 0)).analyze(), Err(CircuitError::TooMuchWork));
    // Calls of a function that does nothing are work as well.
    assert_eq!(tower(60, 4, Op::Not(0)).analyze(), Err(CircuitError::TooMuchWork));
    // So is passing words to them.
    let idle = Function { name: String::new(), inputs: vec![secret(65_535)], ops: vec![], outputs: vec![] };
    let caller = Function { ops: vec![Op::Call { function: 0, args: vec![0] }; 20_000], ..idle.clone() };
    assert_eq!(Circuit { functions: vec![idle, caller] }.analyze(), Err(CircuitError::TooMuchWork));
    let analysis = tower(12, 2, Op::Mul(0, 0)).analyze().unwrap();
    assert!(analysis.work > 2_048 * 64 && analysis.work < MAX_WORK);
    // Too deep for the stack, though cheap.
    assert!(tower(MAX_CALL_DEPTH, 1, Op::Not(0)).analyze().is_ok());
    assert_eq!(
        tower(MAX_CALL_DEPTH + 1, 1, Op::Not(0)).analyze(),
        Err(CircuitError::CallsTooDeep { function: MAX_CALL_DEPTH as usize })
    );
}

#[test]
fn memory_bombs_are_refused_at_once() {
    // Wide words from a few bytes each.
    let wide = (0..600).map(|_| Op::Extend { a: 0, width: 65_535, signed: true }).collect();
    const { assert!(600 * 65_535 > MAX_WIRE_BITS) };
    assert_eq!(circuit(&[secret(1)], wide).analyze(), Err(CircuitError::TooManyBits));
    // One wide word given out again and again.
    let mut wide = function(&[secret(65_535)], vec![Op::Not(0)]);
    wide.outputs = vec![1; 600];
    assert_eq!(Circuit { functions: vec![wide] }.analyze(), Err(CircuitError::TooManyBits));
    // Calls that define many wires each.
    let mut many = function(&[secret(1)], vec![Op::Not(0)]);
    many.outputs = vec![1; 3_000];
    let calls = (0..3_000).map(|_| Op::Call { function: 0, args: vec![0] }).collect();
    let circuit = Circuit { functions: vec![many, function(&[secret(1)], calls)] };
    assert_eq!(circuit.analyze(), Err(CircuitError::TooManyWires));
    let circuit = Circuit { functions: vec![function(&[secret(1)], vec![Op::Not(0)]); 65_537] };
    assert_eq!(circuit.analyze(), Err(CircuitError::TooManyFunctions { count: 65_537 }));
}

#[test]
fn listings_are_readable() {
    let clamp = Function {
        name: "clamp".to_owned(),
        inputs: vec![secret(64), public(64)],
        ops: vec![
            Op::Less { a: 1, b: 0, signed: false },
            Op::Select { condition: 2, when_true: 1, when_false: 0 },
        ],
        outputs: vec![3, 2],
    };
    let main = Function {
        name: "main".to_owned(),
        inputs: vec![secret(64)],
        ops: vec![
            Op::Const(Bits::from_u64(500, 64)),
            Op::Call { function: 0, args: vec![0, 1] },
            Op::Reveal(3),
            Op::Slice { a: 2, offset: 8, width: 16 },
            Op::Concat(vec![5, 3, 4]),
            Op::Extend { a: 5, width: 32, signed: true },
            Op::Random { width: 3 },
        ],
        outputs: vec![6, 4],
    };
    let mut circuit = Circuit { functions: vec![clamp, main] };
    let expected = "\
function clamp(%0: secret 64, %1: public 64) {
  %2: secret 1 = less_unsigned %1, %0
  %3: secret 64 = select %2, %1, %0
  return %3, %2
}

function main(%0: secret 64) {
  %1: public 64 = const 0x1f4
  %2: secret 64, %3: secret 1 = call 0 clamp %0, %1
  %4: public 1 = reveal %3
  %5: secret 16 = slice %2, offset 8, width 16
  %6: secret 18 = concat %5, %3, %4
  %7: secret 32 = extend_signed %5, width 32
  %8: secret 3 = random 3
  return %6, %4
}
";
    assert_eq!(circuit.to_string(), expected);

    circuit.functions[1].ops[1] = Op::Call { function: 9, args: vec![7] };
    let listing = circuit.to_string();
    assert!(listing.starts_with("; invalid: function 1, operation 1: calls function 9"), "{listing}");
    assert!(listing.contains("\n  call 9 (unknown) %7\n"), "{listing}");
}
