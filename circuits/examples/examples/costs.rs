//! Prints what the example circuits cost, as a table for the README:
//! `cargo run --release -q -p circuit-examples --example costs`

use std::error::Error;
use std::path::Path;

use arcis_circuit::gates::{Cost, SIGNING_ROUNDS, Shape, cost, lower};
use arcis_compiler::{Options, compile};
use circuit_examples::{FILES, SOURCES};

fn main() -> Result<(), Box<dyn Error>> {
    println!("| file | instruction | artifact, bytes | small: ANDs / rounds | fast: ANDs / rounds |");
    println!("| --- | --- | --- | --- | --- |");
    for file in FILES {
        for instruction in compile(Path::new(SOURCES).join(file), &Options::default())? {
            let circuit = &instruction.artifact.circuit;
            let [small, fast] = [cost(&lower(circuit, Shape::Small)?), cost(&lower(circuit, Shape::Fast)?)];
            println!(
                "| {file} | {} | {} | {} / {} | {} / {} |",
                instruction.artifact.interface.name,
                instruction.bytes.len(),
                small.ands,
                rounds(&small),
                fast.ands,
                rounds(&fast),
            );
        }
    }
    Ok(())
}

fn rounds(cost: &Cost) -> u32 {
    cost.and_rounds + cost.reveal_rounds + cost.signing_steps * SIGNING_ROUNDS
}
