//! Prints what the circuits cost, as a table for the README:
//! `cargo run --release -q -p games-circuit --example costs`

use std::error::Error;
use std::time::Instant;

use arcis_circuit::gates::{Cost, Shape, cost, lower};
use arcis_compiler::{Options, compile};
use games_circuit::SOURCE;

fn main() -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let instructions = compile(SOURCE, &Options::default())?;
    let seconds = start.elapsed().as_secs_f64();
    println!("| instruction | artifact, bytes | cost units | small: ANDs / rounds | fast: ANDs / rounds |");
    println!("| --- | --- | --- | --- | --- |");
    for instruction in instructions {
        let circuit = &instruction.artifact.circuit;
        let [small, fast] = [cost(&lower(circuit, Shape::Small)?), cost(&lower(circuit, Shape::Fast)?)];
        println!(
            "| `{}` | {} | {} | {} / {} | {} / {} |",
            instruction.artifact.interface.name,
            instruction.bytes.len(),
            instruction.cost_units,
            small.ands,
            rounds(&small),
            fast.ands,
            rounds(&fast),
        );
    }
    println!("\nCompiled in {seconds:.2} s.");
    Ok(())
}

fn rounds(cost: &Cost) -> u32 {
    cost.and_rounds + cost.reveal_rounds
}
