//! `accept_authority`: the second step of handing over the network's authority.

use anchor_lang::prelude::*;

use crate::{error::ArxError, events::ConfigChanged, state::Config};

/// Accounts of `accept_authority`.
#[derive(Accounts)]
pub struct AcceptAuthority<'info> {
    /// Whom the authority named as its successor.
    pub pending_authority: Signer<'info>,
    /// The network's parameters.
    #[account(
        mut,
        constraint = config.pending_authority == Some(pending_authority.key()) @ ArxError::WrongAuthority,
    )]
    pub config: Account<'info, Config>,
}

impl<'info> AcceptAuthority<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let config = &mut ctx.accounts.config;
        config.authority = ctx.accounts.pending_authority.key();
        config.pending_authority = None;
        emit!(ConfigChanged {
            authority: config.authority,
            treasury: config.treasury,
            treasury_basis_points: config.treasury_basis_points,
        });
        Ok(())
    }
}
