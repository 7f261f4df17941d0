use arcis_circuit::{Artifact, Circuit, Output, Parameter, Type, Variant};

use super::*;

fn instruction(name: &str, parameters: Vec<Parameter>, outputs: Vec<Output>) -> CompiledInstruction {
    let interface = Interface { name: name.to_owned(), parameters, outputs };
    let artifact = Artifact { interface, circuit: Circuit { functions: Vec::new() }, public: None };
    let bytes = artifact.to_bytes();
    let position = crate::Position { file: "".into(), line: 1, column: 1 };
    CompiledInstruction { artifact, bytes, cost_units: 1, position, operation_positions: Vec::new() }
}

fn parameter(name: &str, kind: ParameterKind, ty: Type) -> Parameter {
    Parameter { name: name.to_owned(), kind, ty }
}

fn structure(name: &str, fields: &[(&str, Type)]) -> Type {
    let fields = fields.iter().map(|(field, ty)| ((*field).to_owned(), ty.clone())).collect();
    Type::Struct { name: name.to_owned(), fields }
}

const U64: Type = Type::Integer { bits: 64, signed: false };

#[test]
fn values_are_named_in_the_interfaces_order() {
    let shared = ParameterKind::Shared { slot: 0 };
    let parameters = vec![
        parameter("state", ParameterKind::Cell, U64),
        parameter("bid", shared, Type::Tuple(vec![Type::Array(Box::new(U64), 3)])),
        parameter("limit", ParameterKind::Plaintext, Type::Integer { bits: 16, signed: true }),
        parameter("owner", ParameterKind::Mxe, Type::Tuple(vec![])),
    ];
    let outputs = vec![
        Output { kind: OutputKind::Cell { source: Some(0) }, ty: U64 },
        Output { kind: OutputKind::Shared { slot: 0 }, ty: Type::Bool },
        Output { kind: OutputKind::Public, ty: Type::PublicKey },
    ];
    let code = generate("it", &[instruction("place_bid", parameters, outputs)]);
    let seal = "encryptor.cell();\n            let bid = encryptor.shared(0, &arguments.bid)?;\n            \
                let limit = encryptor.plaintext(&arguments.limit)?;\n            encryptor.mxe();\n            \
                Ok(Sealed { bid, limit })";
    assert!(code.contains(seal), "{code}");
    let open = "reader.skip()?;\n            let output_1 = reader.shared()?;\n            \
                let output_2 = reader.public()?;\n            Ok(Outputs { output_1, output_2 })";
    assert!(code.contains(open), "{code}");
    for line in
        ["pub bid: ([u64; 3],),", "pub limit: i16,", "pub output_2: PublicKey,", "pub struct PlaceBid;"]
    {
        assert!(code.contains(line), "{line} in {code}");
    }
    assert!(!code.contains("mod types"), "there are no structs");
}

#[test]
fn structs_of_one_name_get_two_and_encrypted_ones_are_not_for_debug() {
    let (small, large) = (structure("Bid", &[("amount", U64)]), structure("Bid", &[("0", U64), ("1", U64)]));
    let parameters = vec![
        parameter("first", ParameterKind::Plaintext, small.clone()),
        parameter("second", ParameterKind::Shared { slot: 0 }, large),
        parameter("third", ParameterKind::Plaintext, small),
    ];
    let code = generate("it", &[instruction("f", parameters, vec![])]);
    assert_eq!(code.matches("pub struct Bid {").count(), 1);
    assert!(code.contains("#[derive(Clone, Debug, PartialEq, Eq)]\n    pub struct Bid {"), "{code}");
    assert!(
        code.contains("#[derive(Clone, PartialEq, Eq)]\n    pub struct Bid2(\n        /// The circuit's `0`.\n        pub u64,"),
        "{code}"
    );
    assert!(code.contains("f.write_str(\"Bid2([secret])\")"), "{code}");
    // To the network both are what the circuit calls them.
    assert_eq!(code.matches("Type::Struct { name: \"Bid\".to_owned(), fields }").count(), 2);
}

#[test]
fn outputs_of_a_recipient_may_be_someone_elses() {
    let parameters = vec![parameter("reader", ParameterKind::Recipient { slot: 0 }, Type::Tuple(vec![]))];
    let outputs = vec![Output { kind: OutputKind::Shared { slot: 0 }, ty: U64 }];
    let code = generate("it", &[instruction("show", parameters, outputs)]);
    assert!(code.contains("pub reader: arx_sdk::Recipient,"), "{code}");
    assert!(code.contains("pub output_0: Option<u64>,"), "{code}");
    assert!(code.contains("let output_0 = reader.shared_if_mine()?;"), "{code}");
}

#[test]
fn names_that_rust_keeps_for_itself_are_escaped() {
    let parameters = vec![parameter("type", ParameterKind::Plaintext, Type::Bool)];
    let code =
        generate("it", &[instruction("match", parameters, vec![]), instruction("types", vec![], vec![])]);
    assert!(code.contains("pub mod r#match {"), "{code}");
    assert!(code.contains("let r#type = encryptor.plaintext(&arguments.r#type)?;"), "{code}");
    assert!(code.contains("pub mod types_ {"), "{code}");
    assert_eq!(camel_case("_9_lives"), "Instruction9Lives");
}

/// What a type of the circuit is called hides nothing that the generated code needs.
#[test]
fn enums_and_options_are_rusts_own() {
    let side = Type::Enum {
        name: "Result".to_owned(),
        variants: vec![
            Variant { name: "None".to_owned(), fields: vec![] },
            Variant { name: "Buy".to_owned(), fields: vec![("type".to_owned(), U64)] },
            Variant { name: "Sell".to_owned(), fields: vec![("0".to_owned(), Type::Fixed { bits: 64 })] },
        ],
    };
    let maybe = Type::Option(Box::new(side.clone()));
    let value = structure("Value", &[("sides", Type::Array(Box::new(maybe), 2))]);
    let outputs = vec![Output { kind: OutputKind::Public, ty: Type::Option(Box::new(value)) }];
    let code = generate("it", &[instruction("f", vec![], outputs)]);
    for expected in [
        "#[derive(Clone, Debug, PartialEq)]\n    pub enum Result {\n",
        "        None,\n",
        "            r#type: u64,\n",
        "        Sell(\n            /// The circuit's `0`.\n            f64,\n        ),\n",
        "pub sides: [core::option::Option<Result>; 2],",
        "-> core::result::Result<Self, circuit::ValueError>",
        "read = Some(Self::None);",
        "pub output_0: Option<types::Value>,",
    ] {
        assert!(code.contains(expected), "{expected} in {code}");
    }
    assert!(syn::parse_file(&code).is_ok(), "{code}");
}
