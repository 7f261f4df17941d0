//! Three instructions on one byte of state, and one that signs.

use arcis_circuit::{
    Artifact, Circuit, Function, Input, Interface, Op, Output, OutputKind, Parameter, ParameterKind, Type,
    Visibility,
};

fn byte() -> Type {
    Type::Integer { bits: 8, signed: false }
}

fn parameter(name: &str, kind: ParameterKind) -> Parameter {
    let ty = if kind == ParameterKind::Mxe { Type::Tuple(Vec::new()) } else { byte() };
    Parameter { name: name.into(), kind, ty }
}

fn artifact(
    name: &str,
    parameters: Vec<Parameter>,
    output: OutputKind,
    ops: Vec<Op>,
    result: u32,
) -> Artifact {
    let inputs =
        parameters.iter().filter(|parameter| parameter.kind != ParameterKind::Mxe).map(|parameter| Input {
            width: 8,
            visibility: match parameter.kind {
                ParameterKind::Plaintext => Visibility::Public,
                _ => Visibility::Secret,
            },
        });
    let function = Function { name: name.into(), inputs: inputs.collect(), ops, outputs: vec![result] };
    let interface =
        Interface { name: name.into(), parameters, outputs: vec![Output { kind: output, ty: byte() }] };
    let artifact = Artifact { interface, circuit: Circuit { functions: vec![function] }, public: None };
    artifact.validate().expect("a valid circuit");
    artifact
}

/// `init(value) -> cell`
pub fn init() -> Artifact {
    let parameters = vec![parameter("value", ParameterKind::Plaintext), parameter("mxe", ParameterKind::Mxe)];
    artifact("init", parameters, OutputKind::Cell { source: None }, Vec::new(), 0)
}

/// `mix(value, cell) -> cell`: twice the cell plus the value, so that the order of calls shows.
pub fn mix() -> Artifact {
    let parameters =
        vec![parameter("value", ParameterKind::Plaintext), parameter("state", ParameterKind::Cell)];
    let ops = vec![Op::Add(1, 1), Op::Add(2, 0)];
    artifact("mix", parameters, OutputKind::Cell { source: Some(1) }, ops, 3)
}

/// `show(cell) -> public`
pub fn show() -> Artifact {
    let parameters = vec![parameter("state", ParameterKind::Cell)];
    artifact("show", parameters, OutputKind::Public, vec![Op::Reveal(0)], 1)
}

/// `sign(value) -> signature`: signs the one byte.
pub fn sign() -> Artifact {
    let signature = Type::Array(Box::new(byte()), 64);
    let ops = std::iter::once(Op::Sign { message: vec![0] }).chain((0..64).map(|byte| Op::Slice {
        a: 1,
        offset: 8 * byte,
        width: 8,
    }));
    let function = Function {
        name: "sign".into(),
        inputs: vec![Input { width: 8, visibility: Visibility::Public }],
        ops: ops.collect(),
        outputs: (2..66).collect(),
    };
    let interface = Interface {
        name: "sign".into(),
        parameters: vec![parameter("value", ParameterKind::Plaintext)],
        outputs: vec![Output { kind: OutputKind::Public, ty: signature }],
    };
    let artifact = Artifact { interface, circuit: Circuit { functions: vec![function] }, public: None };
    artifact.validate().expect("a valid circuit");
    artifact
}
