//! `apply_parameters`: puts announced parameters into force. Anyone may send it.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::ParametersApplied,
    record::{self, ensure},
    state::Config,
};

/// Accounts of `apply_parameters`.
#[derive(Accounts)]
pub struct ApplyParameters<'info> {
    /// CHECK: the network's parameters.
    #[account(mut)]
    pub config: UncheckedAccount<'info>,
}

impl<'info> ApplyParameters<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let mut config: Box<Config> = record::open(&accounts.config)?;
        let pending = config.pending.take().ok_or(ArxError::NothingPending)?;
        ensure!(Clock::get()?.slot >= pending.effective_slot, ArxError::TooEarly);
        config.parameters = pending.parameters;
        record::save(&*config, &accounts.config)?;
        crate::events::emit(&ParametersApplied { applied_slot: Clock::get()?.slot });
        Ok(())
    }
}
