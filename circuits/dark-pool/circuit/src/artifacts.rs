//! The compiled circuits, as they are written on chain.
//!
//! `tests/pool/compiled.rs` fails when they are not what the compiler makes of the source; run it with `ARCIS_BLESS=1` to write
//! them anew.

/// Where the source of the circuits is, for the compiler.
pub const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/lib.rs");

/// Where the artifacts are.
pub const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/artifacts");

/// The artifact of an instruction, with its name.
macro_rules! artifact {
    ($name:literal) => {
        ($name, include_bytes!(concat!("../artifacts/", $name, ".arxc")).as_slice())
    };
}

/// All of them, by name.
pub const ALL: [(&str, &[u8]); 15] = [
    artifact!("open_account"),
    artifact!("open_order"),
    artifact!("open_ledger"),
    artifact!("deposit"),
    artifact!("withdraw"),
    artifact!("place"),
    artifact!("replace"),
    artifact!("cancel"),
    artifact!("collect"),
    artifact!("batch"),
    artifact!("publish"),
    artifact!("take_fees"),
    artifact!("show_account"),
    artifact!("show_order"),
    artifact!("show_ledger"),
];
