//! Programs computed by parties on shares: three with an honest majority, and two or three any of whom may be dishonest.

#![allow(missing_docs)]

#[path = "../../../mxe-runtime/mpc/tests/support/mod.rs"]
mod support;

use arcis_circuit::Bits;
use arcis_circuit::gates::cost;
use arcis_differential::check::{Compiled, Inputs, compile, interpret};
use arcis_differential::generate::program;
use arcis_differential::print::source;
use support::{evaluate, evaluate_on, must_run, must_run_with, start_dishonest};

/// Programs of a run where nothing else is said.
const PROGRAMS: u64 = 60;
/// Larger circuits are left to the evaluators.
const MOST_ANDS: u64 = 20_000;

/// The programs, compiled, with arguments and what the interpreter makes of them.
fn cases(first: u64) -> impl Iterator<Item = (u64, Compiled, Bits, Bits)> {
    let count = std::env::var("ARX_PARTY_PROGRAMS").ok().map(|count| count.parse().expect("a number"));
    let cases = (first..).filter_map(|seed| {
        let program = program(seed);
        let arguments = Inputs::of_seed(&program, seed, 1).0.remove(0);
        let expected = interpret(&program, &arguments).expect("the program makes sense");
        let compiled = compile(&program).expect("the program compiles");
        // What takes no AND says nothing about parties.
        (1..MOST_ANDS)
            .contains(&cost(&compiled.gates[1]).ands)
            .then_some((seed, compiled, arguments, expected))
    });
    cases.take(count.unwrap_or(PROGRAMS) as usize)
}

fn assert_all(seed: u64, results: &[Vec<Bits>], expected: &Bits) {
    for outputs in results {
        assert_eq!(&Bits::concat(outputs), expected, "seed {seed}:\n{}", source(&program(seed), "circuits"));
    }
}

#[test]
fn three_parties_agree() {
    for (seed, compiled, arguments, expected) in cases(0) {
        let (gates, words) = (&compiled.gates[(seed % 2) as usize], compiled.words(&arguments));
        let results = must_run(|index, channel| {
            let words = &words;
            async move { Ok(evaluate(index, channel, gates, words, seed).await?.0) }
        });
        assert_all(seed, &results, &expected);
    }
}

#[test]
fn a_dishonest_majority_that_is_honest_agrees() {
    for (seed, compiled, arguments, expected) in cases(1 << 20) {
        let (gates, words) = (&compiled.gates[(seed % 2) as usize], compiled.words(&arguments));
        let results = must_run_with(2 + (seed % 2) as u8, |index, channel| {
            let words = &words;
            async move {
                let mut party = start_dishonest(index, channel, seed)?;
                Ok(evaluate_on(&mut party, index, gates, words, seed).await?.0)
            }
        });
        assert_all(seed, &results, &expected);
    }
}
