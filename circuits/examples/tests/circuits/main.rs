//! What the example circuits mean: rules stated on native runs, which the circuits agree with.

#![allow(missing_docs)]

mod blackjack;
mod games;
mod models;
mod oracle;
mod order_book;
mod records;
mod signing;
mod support;
mod voting;

use arcis::{ArcisX25519Pubkey, Shared};
use circuit_examples::{FILES, SOURCES};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

/// The client of all tests.
fn me() -> Shared {
    Shared::new(ArcisX25519Pubkey::from_bytes([1; 32]))
}

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) })
}

#[test]
fn artifacts_are_small() {
    for file in FILES {
        for instruction in support::compiled(file) {
            let name = &instruction.artifact.interface.name;
            // What runs in the clear is a module of its own.
            let most = if instruction.artifact.public.is_some() { 20_000 } else { 10_000 };
            assert!(instruction.bytes.len() < most, "{name}: {} bytes", instruction.bytes.len());
        }
    }
}

#[test]
fn all_files_are_listed() {
    let mut found: Vec<String> = std::fs::read_dir(SOURCES)
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be read").file_name().to_string_lossy().into_owned())
        .filter(|name| name != "lib.rs")
        .collect();
    found.sort();
    assert_eq!(found, FILES);
}
