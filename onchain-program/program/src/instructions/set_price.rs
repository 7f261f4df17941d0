//! `set_price`: changes what a cluster charges. Computations already queued keep the price they were quoted.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::PriceChanged,
    record::{self, ensure_same},
    state::Cluster,
};

/// Accounts of `set_price`.
#[derive(Accounts)]
pub struct SetPrice<'info> {
    /// The cluster's authority.
    pub authority: Signer<'info>,
    /// CHECK: the cluster.
    #[account(mut)]
    pub cluster: UncheckedAccount<'info>,
}

impl<'info> SetPrice<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, price_per_unit: u64, base_fee: u64) -> Result<()> {
        let accounts = ctx.accounts;
        let mut cluster: Box<Cluster> = record::open(&accounts.cluster)?;
        ensure_same!(cluster.authority, *accounts.authority.key, ArxError::WrongAuthority);
        cluster.price_per_unit = price_per_unit;
        cluster.base_fee = base_fee;
        record::save(&*cluster, &accounts.cluster)?;
        crate::events::emit(&PriceChanged { cluster: accounts.cluster.key(), price_per_unit, base_fee });
        Ok(())
    }
}
