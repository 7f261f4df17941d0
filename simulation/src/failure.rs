//! A run that did not go as it must.

use std::fmt;

/// What went wrong in a run, in words. The trace shows how it came to that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    what: String,
}

impl Failure {
    /// A failure with this description.
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Failure {}

/// Fails with `what` unless `holds`.
///
/// # Errors
/// [`Failure`] with the description.
pub fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), Failure> {
    if holds { Ok(()) } else { Err(Failure::new(what())) }
}
