//! `update_config`: changes parameters, or names a successor to the authority.

use anchor_lang::prelude::*;

use crate::{
    constants::MAX_TREASURY_BASIS_POINTS,
    error::ArxError,
    events::ConfigChanged,
    record::{self, ensure, ensure_same},
    state::Config,
};

/// What to change; `None` leaves it.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug, Default, PartialEq, Eq)]
pub struct UpdateConfigArguments {
    /// Receives the treasury's part of fees.
    pub treasury: Option<Pubkey>,
    /// The treasury's part, for clusters created from now on.
    pub treasury_basis_points: Option<u16>,
    /// The authority's successor, who must accept.
    pub pending_authority: Option<Pubkey>,
}

/// Accounts of `update_config`.
#[derive(Accounts)]
pub struct UpdateConfig<'info> {
    /// The network's authority.
    pub authority: Signer<'info>,
    /// CHECK: the network's parameters.
    #[account(mut)]
    pub config: UncheckedAccount<'info>,
}

impl<'info> UpdateConfig<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, arguments: UpdateConfigArguments) -> Result<()> {
        let accounts = ctx.accounts;
        let mut config: Box<Config> = record::open(&accounts.config)?;
        ensure_same!(config.authority, *accounts.authority.key, ArxError::WrongAuthority);
        if let Some(treasury) = arguments.treasury {
            config.treasury = treasury;
        }
        if let Some(part) = arguments.treasury_basis_points {
            ensure!(part <= MAX_TREASURY_BASIS_POINTS, ArxError::TreasuryPartTooLarge);
            config.treasury_basis_points = part;
        }
        if arguments.pending_authority.is_some() {
            config.pending_authority = arguments.pending_authority;
        }
        record::save(&*config, &accounts.config)?;
        crate::events::emit(&ConfigChanged {
            authority: config.authority,
            treasury: config.treasury,
            treasury_basis_points: config.treasury_basis_points,
        });
        Ok(())
    }
}
