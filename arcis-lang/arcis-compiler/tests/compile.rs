//! The library's public surface: compiling files, bytes and interfaces, writing artifacts.

#![allow(missing_docs)]

use arcis_circuit::{Artifact, OutputKind, ParameterKind, cost_units};
use arcis_compiler::{Options, artifact_files, compile, compile_source, write_artifacts};

const SOURCE: &str = "
#[encrypted]
mod circuits {
    use arcis::*;

    fn larger(a: u64, b: u64) -> u64 {
        if a > b { a } else { b }
    }

    #[instruction]
    pub fn first(a: Enc<Shared, u64>, b: u64) -> Enc<Shared, u64> {
        a.owner.from_arcis(larger(a.to_arcis(), b))
    }

    #[instruction]
    pub fn second(state: Enc<Mxe, [u64; 8]>) -> (u64, Enc<Mxe, [u64; 8]>) {
        let values = state.to_arcis();
        let mut largest = 0;
        for value in values {
            largest = larger(largest, value);
        }
        (largest.reveal(), state.owner.from_arcis([largest; 8]))
    }
}
";

#[test]
fn instructions_come_in_source_order_with_their_interfaces() {
    let compiled = compile_source("two.rs", SOURCE).expect("the source is good");
    let names: Vec<&str> = compiled.iter().map(|it| it.artifact.interface.name.as_str()).collect();
    assert_eq!(names, ["first", "second"]);
    let [first, second] = compiled.as_slice() else { panic!("two instructions") };
    let kinds = |it: &arcis_compiler::CompiledInstruction| -> Vec<_> {
        it.artifact.interface.parameters.iter().map(|parameter| parameter.kind).collect()
    };
    assert_eq!(kinds(first), [ParameterKind::Shared { slot: 0 }, ParameterKind::Plaintext]);
    assert_eq!(kinds(second), [ParameterKind::Cell]);
    let outputs: Vec<_> = second.artifact.interface.outputs.iter().map(|output| output.kind).collect();
    assert_eq!(outputs, [OutputKind::Public, OutputKind::Cell { source: Some(0) }]);
}

#[test]
fn every_operation_knows_its_line() {
    let compiled = compile_source("two.rs", SOURCE).expect("the source is good");
    assert_eq!(compiled[0].position.to_string(), "two.rs:11:12");
    for instruction in &compiled {
        let operations = &instruction.artifact.circuit.entry().expect("an entry").ops;
        assert_eq!(operations.len(), instruction.operation_positions.len());
    }
    // The comparison and the choice of `larger`.
    assert_eq!(compiled[0].operation_positions.iter().map(|it| it.line).collect::<Vec<_>>(), [7, 7]);
}

#[test]
fn bytes_are_those_of_the_artifact_and_the_same_every_time() {
    let compiled = compile_source("two.rs", SOURCE).expect("the source is good");
    for instruction in &compiled {
        assert_eq!(Artifact::from_bytes(&instruction.bytes).as_ref(), Ok(&instruction.artifact));
        assert_eq!(cost_units(&instruction.artifact), Ok(instruction.cost_units));
    }
    for _ in 0..5 {
        assert_eq!(compile_source("two.rs", SOURCE).expect("the source is good"), compiled);
    }
    // Neither the file's name nor its layout is in the artifact.
    let elsewhere =
        compile_source("elsewhere.rs", &SOURCE.replace("    ", "\t")).expect("the source is good");
    assert_eq!(elsewhere[1].bytes, compiled[1].bytes);
}

#[test]
fn files_are_read_and_written() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("lib.rs");
    std::fs::write(&path, format!("\u{feff}{SOURCE}")).expect("the source can be written");
    let compiled = compile(&path, &Options::default()).expect("the source is good");
    let target = folder.path().join("deep/artifacts");
    write_artifacts(&target, &compiled).expect("artifacts can be written");
    for (name, contents) in artifact_files(&compiled) {
        assert_eq!(std::fs::read(target.join(name)).expect("the file was written"), contents);
    }
    let description: serde_json::Value =
        serde_json::from_slice(&std::fs::read(target.join("second.json")).expect("the file was written"))
            .expect("it is JSON");
    assert_eq!(description["interface"]["name"], "second");
    assert_eq!(description["circuit_hash"].as_str().map(str::len), Some(64));
    let error = write_artifacts(&path, &compiled).expect_err("a file is no folder").to_string();
    assert!(error.contains("lib.rs"), "{error}");
}

#[test]
fn a_missing_file_is_said_to_be_missing() {
    let diagnostics = compile("/no/such/file.rs", &Options::default()).expect_err("there is no such file");
    let text = diagnostics.to_string();
    assert!(text.starts_with("error: /no/such/file.rs: cannot read the file: "), "{text}");
}

#[test]
fn diagnostics_can_be_read_by_programs() {
    let source = "#[encrypted]\nmod circuits {\n    pub fn f() -> u8 { true }\n}\n";
    let diagnostics = compile_source("f.rs", source).expect_err("types do not fit");
    let [diagnostic] = diagnostics.entries() else { panic!("one diagnostic: {diagnostics}") };
    assert_eq!(diagnostics.position(diagnostic).to_string(), "f.rs:3:24");
    assert_eq!(diagnostic.label, "expected `u8`, this is `bool`");
    assert!(diagnostics.render_colored().contains("\u{1b}["));
}
