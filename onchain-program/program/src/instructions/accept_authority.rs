//! `accept_authority`: the second step of handing over the network's authority.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::ConfigChanged,
    record::{self, ensure},
    state::Config,
};

/// Accounts of `accept_authority`.
#[derive(Accounts)]
pub struct AcceptAuthority<'info> {
    /// Whom the authority named as its successor.
    pub pending_authority: Signer<'info>,
    /// CHECK: the network's parameters.
    #[account(mut)]
    pub config: UncheckedAccount<'info>,
}

impl<'info> AcceptAuthority<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let mut config: Box<Config> = record::open(&accounts.config)?;
        let successor = accounts.pending_authority.key();
        ensure!(config.pending_authority == Some(successor), ArxError::WrongAuthority);
        config.authority = successor;
        config.pending_authority = None;
        record::save(&*config, &accounts.config)?;
        crate::events::emit(&ConfigChanged {
            authority: config.authority,
            treasury: config.treasury,
            treasury_basis_points: config.treasury_basis_points,
        });
        Ok(())
    }
}
