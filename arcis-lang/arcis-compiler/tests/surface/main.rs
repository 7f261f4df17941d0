//! The surface that circuits written for Arcis use, item by item: the native run, the reference evaluator and the gates in
//! both shapes agree.

#![allow(
    missing_docs,
    unused_comparisons,
    clippy::all,
    reason = "what can be written is tried, not what should be"
)]

#[path = "../support/mod.rs"]
mod support;

mod control;
mod conversions;
mod field;
mod files;
mod inverse;
mod lists;
mod macros;
mod methods;
mod models;
mod options;
mod outlined;
mod owners;
mod random;
mod shapes;
mod verify;

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
