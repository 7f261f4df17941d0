//! The committed code is what the compiler makes of the circuit. `ARCIS_BLESS=1` writes it anew.

use arcis_compiler::{
    Options,
    codegen::{Target, generate},
    compile,
};

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/generated.rs");

#[test]
fn the_committed_code_is_generated_from_the_circuit() {
    let source = sealed_bid_auction_circuit::artifacts::SOURCE;
    let instructions = compile(source, &Options::default()).unwrap_or_else(|error| panic!("{error}"));
    let generated = generate("sealed-bid-auction-circuit", &instructions, Target::Client);
    if std::env::var_os("ARCIS_BLESS").is_some() {
        std::fs::write(COMMITTED, &generated).expect("the file can be written");
    }
    let committed = std::fs::read_to_string(COMMITTED).expect("the file is committed");
    assert!(committed == generated, "run `cargo run --bin arx -- build circuits/sealed-bid-auction/circuit`");
}
