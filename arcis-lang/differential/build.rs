//! Writes the programs that rustc compiles into the tests: so many modules for each of the test files.
//!
//! `ARX_NATIVE_PROGRAMS` says how many there are in all, `ARX_NATIVE_SEED` which seed is the first.

#![allow(dead_code, reason = "of the modules that the library has too, this takes a part")]

#[path = "src/generate/mod.rs"]
mod generate;
#[path = "src/print/mod.rs"]
mod print;
#[path = "src/random.rs"]
mod random;
#[path = "src/syntax.rs"]
mod syntax;
#[path = "src/values.rs"]
mod values;

use std::fmt::Write;
use std::path::PathBuf;

/// Programs where nothing else is said.
const PROGRAMS: u64 = 2_000;
/// Test files, which are compiled side by side.
const FILES: u64 = 4;

fn from_environment(name: &str) -> Option<u64> {
    println!("cargo::rerun-if-env-changed={name}");
    std::env::var(name).ok().map(|number| number.parse().expect("a number"))
}

fn main() {
    println!("cargo::rerun-if-changed=src");
    let count = from_environment("ARX_NATIVE_PROGRAMS").unwrap_or(PROGRAMS);
    let first = from_environment("ARX_NATIVE_SEED").unwrap_or(0);
    let folder = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    for file in 0..FILES {
        let mut text = String::new();
        let mut table = String::new();
        for seed in (first..first + count).filter(|seed| seed % FILES == file) {
            let program = generate::program(seed);
            text += &print::source(&program, &format!("program_{seed}"));
            text += &print::native(&program, seed);
            // Writing to a string cannot fail.
            let _ = writeln!(table, "    ({seed}, run_{seed}),");
        }
        let _ = write!(text, "pub const PROGRAMS: &[(u64, fn(&Bits) -> Bits)] = &[\n{table}];\n");
        std::fs::write(folder.join(format!("programs_{file}.rs")), text).expect("the folder is there");
    }
}
