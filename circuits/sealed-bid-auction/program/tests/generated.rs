//! `src/generated.rs` is what `arx build` makes of the circuit's source. Run with `ARCIS_BLESS=1` to write it anew.

use arcis_compiler::codegen::{Target, generate};

const CIRCUIT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../circuit/src/lib.rs");
const GENERATED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/generated.rs");

#[test]
fn the_generated_types_are_those_of_the_circuit() {
    let instructions = arcis_compiler::compile(CIRCUIT, &Default::default())
        .unwrap_or_else(|diagnostics| panic!("the circuit does not compile:\n{diagnostics}"));
    let expected = generate("sealed-bid-auction-circuit", &instructions, Target::Program);
    if std::env::var_os("ARCIS_BLESS").is_some() {
        std::fs::write(GENERATED, expected).expect("the file can be written");
        return;
    }
    let committed = std::fs::read_to_string(GENERATED).expect("the file is there");
    assert!(
        committed == expected,
        "{GENERATED} is not what the circuit gives: run this test with ARCIS_BLESS=1, then onchain-program/build"
    );
}
