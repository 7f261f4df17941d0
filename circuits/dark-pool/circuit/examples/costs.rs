//! Prints what the pool's circuits cost, as a table for the README:
//! `cargo run --release -q -p dark-pool-circuit --example costs`

use std::error::Error;
use std::time::Instant;

use arcis_circuit::report::{Engine, ShapeReport, report};
use arcis_compiler::{Options, compile};
use dark_pool_circuit::artifacts::SOURCE;

/// AND triples a second that three parties make on two cores.
const TRIPLES_PER_SECOND: f64 = 350_000.0;

fn main() -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let compiled = compile(SOURCE, &Options::default())?;
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "| instruction | artifact, bytes | small: ANDs / rounds / KB sent | fast: ANDs / rounds / KB sent | stock, s |"
    );
    println!("| --- | --- | --- | --- | --- |");
    let shape = |of: &ShapeReport| {
        format!("{} / {} / {}", of.ands, of.computation_rounds, of.bytes_per_node.div_ceil(1000))
    };
    for instruction in &compiled {
        let report = report(&instruction.artifact, Engine::DishonestMajority { parties: 3 })?;
        println!(
            "| `{}` | {} | {} | {} | {:.2} |",
            report.name,
            report.artifact_bytes,
            shape(&report.small),
            shape(&report.fast),
            report.fast.ands as f64 / TRIPLES_PER_SECOND,
        );
    }
    println!("\nCompiled in {seconds:.1} s.");
    Ok(())
}
