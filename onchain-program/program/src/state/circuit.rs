//! The bytes of a circuit, on chain.

use anchor_lang::prelude::*;

/// Head of a circuit's account; the artifact's bytes follow it.
///
/// Seeds: `["circuit", definition]`. Created by `create_definition`, filled and grown by `write_circuit` while the
/// definition is a draft.
#[account]
#[derive(Debug, InitSpace)]
pub struct CircuitData {
    /// The definition whose circuit this is.
    pub definition: Pubkey,
}

impl CircuitData {
    /// Bytes before the artifact.
    pub const HEADER: usize = 8 + Self::INIT_SPACE;

    /// The artifact within the account's data, once it is all there.
    pub fn bytes(account_data: &[u8], circuit_length: u32) -> Option<&[u8]> {
        account_data.get(Self::HEADER..)?.get(..circuit_length as usize)
    }
}
