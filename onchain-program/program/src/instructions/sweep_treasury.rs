//! `sweep_treasury`: sends the treasury's part of a cluster's fees to the treasury. Anyone may send it.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::TreasurySwept,
    money,
    state::{Cluster, Config},
};

/// Accounts of `sweep_treasury`.
#[derive(Accounts)]
pub struct SweepTreasury<'info> {
    /// The network's parameters.
    pub config: Box<Account<'info, Config>>,
    /// CHECK: the treasury that the parameters name.
    #[account(mut, address = config.treasury @ ArxError::AccountsDoNotBelongTogether)]
    pub treasury: UncheckedAccount<'info>,
    /// The cluster.
    #[account(mut)]
    pub cluster: Box<Account<'info, Cluster>>,
}

impl<'info> SweepTreasury<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let lamports = std::mem::take(&mut accounts.cluster.treasury_accrued);
        require!(lamports > 0, ArxError::NothingToClaim);
        money::move_lamports(AsRef::as_ref(&*accounts.cluster), &accounts.treasury, lamports)?;
        emit!(TreasurySwept { cluster: accounts.cluster.key(), lamports });
        Ok(())
    }
}
