//! `sweep_treasury`: sends the treasury's part of a cluster's fees to the treasury. Anyone may send it.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::TreasurySwept,
    money,
    record::{self, ensure, ensure_same},
    state::{Cluster, Config},
};

/// Accounts of `sweep_treasury`.
#[derive(Accounts)]
pub struct SweepTreasury<'info> {
    /// CHECK: the network's parameters.
    pub config: UncheckedAccount<'info>,
    /// CHECK: the treasury that the parameters name.
    #[account(mut)]
    pub treasury: UncheckedAccount<'info>,
    /// CHECK: the cluster.
    #[account(mut)]
    pub cluster: UncheckedAccount<'info>,
}

impl<'info> SweepTreasury<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let config: Box<Config> = record::open(&accounts.config)?;
        let mut cluster: Box<Cluster> = record::open(&accounts.cluster)?;
        ensure_same!(config.treasury, *accounts.treasury.key, ArxError::AccountsDoNotBelongTogether);
        let lamports = std::mem::take(&mut cluster.treasury_accrued);
        ensure!(lamports > 0, ArxError::NothingToClaim);
        record::save(&*cluster, &accounts.cluster)?;
        money::move_lamports(&accounts.cluster, &accounts.treasury, lamports)?;
        crate::events::emit(&TreasurySwept { cluster: accounts.cluster.key(), lamports });
        Ok(())
    }
}
