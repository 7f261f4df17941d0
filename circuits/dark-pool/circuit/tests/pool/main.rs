//! The dark pool's rules: native runs against the reference, circuits against native runs.

#![allow(missing_docs)]

mod books;
mod calls;
mod compiled;
mod midpoint;
#[path = "../../../../../mxe-runtime/mpc/tests/support/mod.rs"]
mod parties;
mod world;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) })
}
