//! Bytes that are too long for one transaction: a call's inputs, evidence.

use anchor_lang::prelude::*;

use crate::{error::ArxError, record::ensure};

/// Head of a buffer; `length` bytes follow it.
///
/// Seeds: `["buffer", owner, label]`. Written by `write_buffer`, closed by `close_buffer`; locked while a dispute needs
/// it. As an argument of a call it is an account slice: changed while it waits, the call fails as `InputStale`.
#[account]
#[derive(Debug, InitSpace)]
pub struct Buffer {
    /// Who writes it, pays for it, and gets its rent back.
    pub owner: Pubkey,
    /// The owner's name for it.
    pub label: [u8; 32],
    /// Length of its bytes.
    pub length: u32,
    /// The dispute it is evidence in.
    pub locked_by: Option<Pubkey>,
    /// Bump of the address.
    pub bump: u8,
}

impl Buffer {
    /// Bytes before the content.
    pub const HEADER: usize = 8 + Self::INIT_SPACE;

    /// The content within the account's data.
    pub fn bytes(account_data: &[u8], length: u32) -> Option<&[u8]> {
        account_data.get(Self::HEADER..)?.get(..length as usize)
    }

    /// Refuses to change it while it is locked.
    pub fn check_unlocked(&self) -> Result<()> {
        ensure!(self.locked_by.is_none(), ArxError::BufferLocked);
        Ok(())
    }
}
