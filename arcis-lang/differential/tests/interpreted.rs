//! Programs compiled to circuits and run by the interpreter.
//!
//! `ARX_PROGRAMS=100000 cargo test --release -p arcis-differential --test interpreted` tries more, `ARX_SEED=17` begins at
//! another seed.

#![allow(missing_docs)]

use arcis_differential::check::{Inputs, check, describe};
use arcis_differential::generate::program;

/// Programs of a run where nothing else is said.
const PROGRAMS: u64 = 1_000;
/// The first seed, beyond those of the programs that rustc compiles.
const FIRST: u64 = 1 << 32;
/// Runs of each.
const RUNS: usize = 4;
/// Failures after which no more are looked for.
const MOST_FAILURES: usize = 3;

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|number| number.parse().expect("a number"))
}

#[test]
fn circuits_agree_with_the_interpreter() {
    let first = from_environment("ARX_SEED").unwrap_or(FIRST);
    let count = from_environment("ARX_PROGRAMS").unwrap_or(PROGRAMS);
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
    let run = |own: u64| {
        let mut failures = Vec::new();
        for seed in (first..first + count).filter(|seed| seed % threads == own) {
            let program = program(seed);
            let inputs = Inputs::of_seed(&program, seed, RUNS);
            if let Err(failure) = check(&program, &inputs) {
                failures.push(describe(&program, &inputs, &failure, seed));
                if failures.len() >= MOST_FAILURES {
                    break;
                }
            }
        }
        failures
    };
    let failures: Vec<String> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|own| scope.spawn(move || run(own))).collect();
        running.into_iter().flat_map(|thread| thread.join().expect("a thread runs")).collect()
    });
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
