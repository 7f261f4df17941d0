//! `close_result`: returns the rent of a result buffer: to its writer if it was not used; to whoever paid for the
//! computation if it holds the result, once the application has taken the outcome or the computation's account is gone.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    money,
    record::{self, ensure, ensure_same},
    state::{Computation, Delivery, ResultBuffer},
};

/// Accounts of `close_result`.
#[derive(Accounts)]
pub struct CloseResult<'info> {
    /// Who wrote the buffer, or paid for the computation.
    #[account(mut)]
    pub writer: Signer<'info>,
    /// CHECK: the buffer.
    #[account(mut)]
    pub buffer: UncheckedAccount<'info>,
    /// CHECK: the computation; read where the buffer holds its result.
    pub computation: UncheckedAccount<'info>,
}

impl<'info> CloseResult<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let buffer: Box<ResultBuffer> = record::open(&accounts.buffer)?;
        ensure_same!(
            buffer.final_for.unwrap_or(buffer.writer),
            *accounts.writer.key,
            ArxError::WrongAuthority
        );
        ensure_same!(buffer.computation, *accounts.computation.key, ArxError::AccountsDoNotBelongTogether);
        if buffer.final_for.is_some() && record::exists(&accounts.computation) {
            let computation: Box<Computation> = record::open(&accounts.computation)?;
            ensure!(computation.delivery != Delivery::Pending, ArxError::OutcomePending);
        }
        money::close_account(&accounts.buffer, &accounts.writer)
    }
}
