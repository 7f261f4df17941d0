//! Helpers of the integration tests.
#![allow(dead_code, reason = "every test binary uses some of them")]

use arcis_circuit::gates::{Shape, lower};
use arcis_circuit::{
    Artifact, Bits, Circuit, Function, Input, Interface, Op, Output, OutputKind, Parameter, ParameterKind,
    Type, Visibility, evaluate,
};

pub const SHAPES: [Shape; 2] = [Shape::Small, Shape::Fast];

pub fn secret(width: u32) -> Input {
    Input { width, visibility: Visibility::Secret }
}

pub fn public(width: u32) -> Input {
    Input { width, visibility: Visibility::Public }
}

/// A function that returns its last wire.
pub fn function(inputs: &[Input], ops: Vec<Op>) -> Function {
    let last = (inputs.len() + ops.len() - 1) as u32;
    Function { name: "test".to_owned(), inputs: inputs.to_vec(), ops, outputs: vec![last] }
}

pub fn circuit(inputs: &[Input], ops: Vec<Op>) -> Circuit {
    Circuit { functions: vec![function(inputs, ops)] }
}

pub fn one_op(op: Op, inputs: &[Input]) -> Circuit {
    circuit(inputs, vec![op])
}

/// A random source for circuits that draw nothing.
pub fn no_random(_: u32) -> Bits {
    Bits::new()
}

/// The result of one operation by the evaluator, after a check that the gates give the same, in both shapes and with
/// all operands secret, all public, all constant, and the last one public or constant.
pub fn must_run(op: &Op, operands: &[Bits]) -> Bits {
    let secrets: Vec<_> = operands.iter().map(|word| secret(word.len() as u32)).collect();
    let publics: Vec<_> = operands.iter().map(|word| public(word.len() as u32)).collect();
    let expected = evaluate(&one_op(op.clone(), &secrets), operands, &mut no_random).unwrap();

    let mut last_public = secrets.clone();
    last_public.last_mut().unwrap().visibility = Visibility::Public;
    for inputs in [&secrets, &publics, &last_public] {
        check_gates(&one_op(op.clone(), inputs), operands, &expected, op);
    }
    for first_constant in [0, operands.len() - 1] {
        let (inputs, constants) = (&secrets[..first_constant], &operands[first_constant..]);
        let mut ops: Vec<_> = constants.iter().cloned().map(Op::Const).collect();
        ops.push(op.clone());
        check_gates(&circuit(inputs, ops), &operands[..first_constant], &expected, op);
    }
    expected.into_iter().next().unwrap()
}

fn check_gates(circuit: &Circuit, inputs: &[Bits], expected: &[Bits], op: &Op) {
    for shape in SHAPES {
        let actual = lower(circuit, shape).unwrap().run_clear(inputs, &mut no_random).unwrap();
        assert_eq!(actual, expected, "{op:?} in shape {shape:?} of {inputs:?}\n{circuit}");
    }
}

/// An artifact around any circuit, where its words fit an interface.
pub fn wrap(circuit: Circuit) -> Option<Artifact> {
    let analysis = circuit.analyze().ok()?;
    let entry = circuit.entry()?;
    let ty = |width: u32| match width {
        1 => Some(Type::Bool),
        8 | 16 | 32 | 64 | 128 => Some(Type::Integer { bits: width as u16, signed: width == 32 }),
        256 => Some(Type::PublicKey),
        _ => None,
    };
    let parameters = entry.inputs.iter().enumerate().map(|(index, input)| {
        let kind = match input.visibility {
            Visibility::Public => ParameterKind::Plaintext,
            Visibility::Secret => ParameterKind::Cell,
        };
        Some(Parameter { name: format!("p{index}"), kind, ty: ty(input.width)? })
    });
    let outputs = analysis.outputs(&circuit).into_iter().map(|wire| {
        let kind = match wire.visibility {
            Visibility::Public => OutputKind::Public,
            Visibility::Secret => OutputKind::Cell { source: None },
        };
        Some(Output { kind, ty: ty(wire.width)? })
    });
    let interface = Interface {
        name: "random".to_owned(),
        parameters: parameters.collect::<Option<_>>()?,
        outputs: outputs.collect::<Option<_>>()?,
    };
    Some(Artifact { interface, circuit, public: None })
}
