//! `close_buffer`: closes a buffer and returns its rent.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    money,
    record::{self, ensure_same},
    state::Buffer,
};

/// Accounts of `close_buffer`.
#[derive(Accounts)]
pub struct CloseBuffer<'info> {
    /// Owns the buffer.
    #[account(mut)]
    pub owner: Signer<'info>,
    /// CHECK: the buffer.
    #[account(mut)]
    pub buffer: UncheckedAccount<'info>,
}

impl<'info> CloseBuffer<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let buffer: Box<Buffer> = record::open(&accounts.buffer)?;
        ensure_same!(buffer.owner, *accounts.owner.key, ArxError::WrongAuthority);
        buffer.check_unlocked()?;
        money::close_account(&accounts.buffer, &accounts.owner)
    }
}
