//! The mark that an encryption key is taken.

use anchor_lang::prelude::*;

/// Makes a second registration of one encryption key fail: two nodes with one key would cancel each other's pads.
///
/// Seeds: `["key", encryption key]`. Written by `register_node`; never closed.
#[account]
#[derive(Debug, InitSpace)]
pub struct EncryptionKeyRecord {
    /// Identity of the node that registered the key.
    pub identity: Pubkey,
    /// Bump of the address.
    pub bump: u8,
}
