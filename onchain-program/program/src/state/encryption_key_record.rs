//! The mark that an encryption key is taken.

use anchor_lang::prelude::*;

/// Makes a second registration of one encryption key fail: two nodes with one key would cancel each other's pads.
///
/// Seeds: `["key", encryption key]`. Written by `register_node` and `rotate_epoch_key`; never closed.
#[account]
#[derive(Debug, InitSpace)]
pub struct EncryptionKeyRecord {
    /// Identity of the node that registered the key.
    pub identity: Pubkey,
    /// The key that the node had when it registered this one; zero for its first.
    pub before: [u8; 32],
    /// Bump of the address.
    pub bump: u8,
}
