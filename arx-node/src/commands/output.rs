//! Saying things to the operator.

use std::io::Write;

/// Writes a line to standard output. A closed pipe is no reason to fail.
pub(super) fn say(line: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Writes a line to standard error.
pub(super) fn tell(line: impl std::fmt::Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Lamports as SOL.
pub(super) fn sol(lamports: u64) -> String {
    format!("{}.{:09} SOL", lamports / 1_000_000_000, lamports % 1_000_000_000)
}
