//! Where the built programs lie. `onchain-program/build` makes them.

use std::path::{Path, PathBuf};

/// The `arx` program.
pub fn arx() -> PathBuf {
    in_repository("onchain-program/artifacts/arx.so")
}

/// The application program of the tests (`onchain-program/testing/programs/echo`).
pub fn echo() -> PathBuf {
    in_repository("onchain-program/testing/artifacts/echo.so")
}

/// A file by its path from the repository's top.
pub fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}
