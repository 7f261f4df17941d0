//! Outputs that are too long for one transaction.

use anchor_lang::prelude::*;

/// Head of a result buffer; `length` bytes follow it: the outputs as Borsh `Vec<Vec<u8>>`.
///
/// Seeds: `["result", computation, writer]`. Written by `write_result`, used and closed by `finalize_computation`,
/// closed by `close_result`. It belongs to whoever pays for it; the members' signatures say whether its content is right.
#[account]
#[derive(Debug, InitSpace)]
pub struct ResultBuffer {
    /// The computation whose outputs it holds.
    pub computation: Pubkey,
    /// Who writes it, paid its rent and gets it back.
    pub writer: Pubkey,
    /// Length of the outputs' bytes.
    pub length: u32,
    /// Bump of the address.
    pub bump: u8,
}

impl ResultBuffer {
    /// Bytes before the outputs.
    pub const HEADER: usize = 8 + Self::INIT_SPACE;

    /// The outputs' bytes within the account's data.
    pub fn bytes(account_data: &[u8], length: u32) -> Option<&[u8]> {
        account_data.get(Self::HEADER..)?.get(..length as usize)
    }
}
