//! `set_price`: changes what a cluster charges. Computations already queued keep the price they were quoted.

use anchor_lang::prelude::*;

use crate::{error::ArxError, events::PriceChanged, state::Cluster};

/// Accounts of `set_price`.
#[derive(Accounts)]
pub struct SetPrice<'info> {
    /// The cluster's authority.
    pub authority: Signer<'info>,
    /// The cluster.
    #[account(mut, has_one = authority @ ArxError::WrongAuthority)]
    pub cluster: Box<Account<'info, Cluster>>,
}

impl<'info> SetPrice<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, price_per_unit: u64, base_fee: u64) -> Result<()> {
        let cluster = &mut ctx.accounts.cluster;
        cluster.price_per_unit = price_per_unit;
        cluster.base_fee = base_fee;
        emit!(PriceChanged { cluster: cluster.key(), price_per_unit, base_fee });
        Ok(())
    }
}
