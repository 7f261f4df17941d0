//! The bytecode that a local network places: it is part of `arx`, so that no Solana tool and no checkout is needed.

use std::{fs, path::Path};

use anyhow::Context;
use solana_pubkey::Pubkey;

/// A program and where it goes.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// Its name.
    pub name: &'static str,
    /// Its address.
    pub id: Pubkey,
    /// Its bytecode.
    pub bytecode: &'static [u8],
}

/// The network's own program and the example applications.
pub const PROGRAMS: [Program; 2] = [
    Program {
        name: "arx",
        id: arx_sdk::program::ID,
        bytecode: include_bytes!("../../../../onchain-program/artifacts/arx.so"),
    },
    Program {
        name: "sealed_bid_auction",
        id: sealed_bid_auction_client::PROGRAM,
        bytecode: include_bytes!("../../../../onchain-program/artifacts/sealed_bid_auction.so"),
    },
];

/// Writes all programs into a folder; returns them as `ID=PATH`.
///
/// # Errors
/// If a file cannot be written.
pub fn write_all(folder: &Path) -> anyhow::Result<Vec<String>> {
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    PROGRAMS
        .iter()
        .map(|program| {
            let path = folder.join(format!("{}.so", program.name));
            fs::write(&path, program.bytecode).with_context(|| format!("cannot write {}", path.display()))?;
            Ok(format!("{}={}", program.id, path.display()))
        })
        .collect()
}
