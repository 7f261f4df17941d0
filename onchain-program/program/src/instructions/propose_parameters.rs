//! `propose_parameters`: announces other parameters; they take effect after the notice period of those in force.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::ParametersProposed,
    record::{self, ensure_same},
    state::{Config, Parameters, PendingParameters},
};

/// Accounts of `propose_parameters`.
#[derive(Accounts)]
pub struct ProposeParameters<'info> {
    /// The network's authority.
    pub authority: Signer<'info>,
    /// CHECK: the network's parameters.
    #[account(mut)]
    pub config: UncheckedAccount<'info>,
}

impl<'info> ProposeParameters<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, parameters: Parameters) -> Result<()> {
        let accounts = ctx.accounts;
        parameters.validate()?;
        let mut config: Box<Config> = record::open(&accounts.config)?;
        ensure_same!(config.authority, *accounts.authority.key, ArxError::WrongAuthority);
        let slot = Clock::get()?.slot;
        let effective_slot = slot.saturating_add(config.parameters.timelock_slots);
        config.pending = Some(PendingParameters { parameters, effective_slot });
        record::save(&*config, &accounts.config)?;
        crate::events::emit(&ParametersProposed { effective_slot });
        Ok(())
    }
}
