//! `close_result`: the writer of a result buffer that was not used takes its rent back.

use anchor_lang::prelude::*;

use crate::{error::ArxError, state::ResultBuffer};

/// Accounts of `close_result`.
#[derive(Accounts)]
pub struct CloseResult<'info> {
    /// Who wrote the buffer.
    #[account(mut)]
    pub writer: Signer<'info>,
    /// The buffer.
    #[account(mut, close = writer, has_one = writer @ ArxError::WrongAuthority)]
    pub buffer: Box<Account<'info, ResultBuffer>>,
}

impl<'info> CloseResult<'info> {
    pub(crate) fn run(_ctx: Context<'info, Self>) -> Result<()> {
        Ok(())
    }
}
