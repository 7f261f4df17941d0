//! The source of the circuits.

/// Where the source of the circuits is, for the compiler.
pub const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/lib.rs");
