//! Larger circuits, written from the published surface alone: the native run, the reference evaluator, the gates and three
//! parties agree on them.

#![allow(missing_docs, clippy::all, reason = "as a stranger would write them")]

#[path = "../support/mod.rs"]
mod support;

mod battleship;
mod intersection;
mod lending;
mod poll;
mod rating;

use arcis::{ArcisX25519Pubkey, Shared};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

/// The client of all tests.
fn me() -> Shared {
    Shared::new(ArcisX25519Pubkey::from_bytes([1; 32]))
}

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) })
}
