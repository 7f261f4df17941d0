//! A cell: one piece of an application's encrypted state.

use anchor_lang::prelude::*;

use super::cell_body_length;

/// Encrypted state of an application, changed only when a computation is finalised, by compare-and-swap.
///
/// Seeds: `["cell", mxe, label]`. Written by `create_cell` and `finalize_computation`; never closed, so that a version
/// number is never used twice.
#[account]
#[derive(Debug)]
pub struct Cell {
    /// The MXE it belongs to.
    pub mxe: Pubkey,
    /// The application's name for it.
    pub label: [u8; 32],
    /// Length of the plaintext in bits.
    pub bits: u32,
    /// 0 while empty; one more with every write.
    pub version: u64,
    /// The computation that wrote this version.
    pub writer: Pubkey,
    /// The cell body: version byte, version of the state keys, coin, length, ciphertext and tags. Empty while `version` is 0.
    pub data: Vec<u8>,
    /// Bump of the address.
    pub bump: u8,
}

impl Cell {
    /// Space of a cell for `bits` bits of an MXE with this protocol, the discriminator included.
    pub fn space(bits: u32, protocol: u16) -> usize {
        8 + 32 + 32 + 4 + 8 + 32 + 4 + cell_body_length(bits, protocol) + 1
    }
}
