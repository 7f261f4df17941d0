//! `close_result`: the writer of a result buffer that was not used takes its rent back.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    money,
    record::{self, ensure_same},
    state::ResultBuffer,
};

/// Accounts of `close_result`.
#[derive(Accounts)]
pub struct CloseResult<'info> {
    /// Who wrote the buffer.
    #[account(mut)]
    pub writer: Signer<'info>,
    /// CHECK: the buffer.
    #[account(mut)]
    pub buffer: UncheckedAccount<'info>,
}

impl<'info> CloseResult<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let buffer: Box<ResultBuffer> = record::open(&accounts.buffer)?;
        ensure_same!(buffer.writer, *accounts.writer.key, ArxError::WrongAuthority);
        money::close_account(&accounts.buffer, &accounts.writer)
    }
}
