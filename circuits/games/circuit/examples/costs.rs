//! Prints what the circuits cost, as a table for the README:
//! `cargo run --release -q -p games-circuit --example costs`
//!
//! Bytes are what each of three parties sends online in the protocol for a dishonest majority, entering inputs and opening
//! outputs with it: counted in a run in memory on a dealer's preprocessing.

use std::error::Error;
use std::time::Instant;

use arcis_circuit::Bits;
use arcis_circuit::gates::{Cost, GateProgram, Shape, cost, lower};
use arcis_compiler::{Options, compile};
use games_circuit::SOURCE;

#[path = "../../../../mxe-runtime/mpc/tests/support/mod.rs"]
mod support;

fn main() -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let instructions = compile(SOURCE, &Options::default())?;
    let seconds = start.elapsed().as_secs_f64();
    println!("| instruction | artifact, bytes | small: ANDs / rounds / KB | fast: ANDs / rounds / KB |");
    println!("| --- | --- | --- | --- |");
    for instruction in instructions {
        let circuit = &instruction.artifact.circuit;
        print!("| `{}` | {} |", instruction.artifact.interface.name, instruction.bytes.len());
        for shape in [Shape::Small, Shape::Fast] {
            let program = lower(circuit, shape)?;
            let cost = cost(&program);
            print!(" {} / {} / {} |", cost.ands, rounds(&cost), bytes_sent(&program).div_ceil(1024));
        }
        println!();
    }
    println!("\nCompiled, with all checks, in {seconds:.2} s.");
    Ok(())
}

fn rounds(cost: &Cost) -> u32 {
    cost.and_rounds + cost.reveal_rounds
}

fn bytes_sent(program: &GateProgram) -> u64 {
    let inputs: Vec<Bits> = program.inputs.iter().map(|it| Bits::zeros(it.width as usize)).collect();
    let traffic = support::must_run(|index, channel| {
        let inputs = &inputs;
        async move {
            let mut party = support::start_dishonest(index, channel, 1)?;
            Ok(support::evaluate_on(&mut party, index, program, inputs, 1).await?.1)
        }
    });
    traffic[0].total().bytes_sent
}
