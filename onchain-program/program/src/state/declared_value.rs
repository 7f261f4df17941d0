//! What an application declares to be at stake.

use anchor_lang::prelude::*;

/// How much a withheld opening of an application's computations costs on top of the part that it always costs, in stake tokens.
///
/// Seeds: `["value", mxe]`. Made and written by `declare_value`; read by `challenge_opening`.
#[account]
#[derive(Debug, InitSpace)]
pub struct DeclaredValue {
    /// The MXE.
    pub mxe: Pubkey,
    /// Tokens, for computations that were queued after `since`.
    pub tokens: u64,
    /// Tokens, for those that were queued before.
    pub before: u64,
    /// When it was declared.
    pub since: u64,
    /// Bump of the address.
    pub bump: u8,
}

impl DeclaredValue {
    /// The value of a computation: as it was declared before that was queued, so that its members know it.
    pub fn of(&self, queued_slot: u64) -> u64 {
        if queued_slot > self.since { self.tokens } else { self.before }
    }
}
