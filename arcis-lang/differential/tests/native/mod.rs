//! Programs compiled by rustc, compared with their circuits and with the interpreter.

use arcis::{ArcisX25519Pubkey, Shared};
use arcis_circuit::Bits;
use arcis_differential::check::{Failure, Inputs, check, compile, describe, honest, interpret};
use arcis_differential::generate::program;
use arcis_differential::print::source;

/// Runs of each program.
const RUNS: usize = 6;

/// Whom arguments are from.
pub fn reader() -> Shared {
    Shared::new(ArcisX25519Pubkey::from_bytes([1; 32]))
}

/// A program's seed, and its instruction as rustc has compiled it.
pub type Program = (u64, fn(&Bits) -> Bits);

/// Runs programs in all ways.
pub fn all_agree(programs: &[Program]) {
    for &(seed, native) in programs {
        let program = program(seed);
        let inputs = Inputs::of_seed(&program, seed, RUNS);
        if let Err(failure) = check(&program, &inputs) {
            panic!("{}", describe(&program, &inputs, &failure, seed));
        }
        let compiled = compile(&program).expect("it was just compiled");
        for arguments in &inputs.0 {
            let left = native(&honest(&program, arguments));
            let right = compiled.run(arguments).expect("it was just run");
            if left != right {
                let ways = "rustc and circuit";
                let interpreted = interpret(&program, arguments).expect("it was just run");
                let failure = Failure::Differs { ways, arguments: arguments.clone(), left, right };
                let text = source(&program, "circuits");
                panic!("program of seed {seed}: {failure} (the interpreter gives {interpreted:x})\n{text}");
            }
        }
    }
    assert!(!programs.is_empty());
}
