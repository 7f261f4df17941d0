//! `reclaim_rent`: closes a settled computation after its `not_after` and returns the rent to its payer. Before that
//! the account stays, so that its address, and with it the inputs' ciphertexts, cannot be used a second time.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::RentReclaimed,
    money,
    record::{self, ensure, ensure_same},
    state::{Computation, ComputationStatus, Delivery},
};

/// Accounts of `reclaim_rent`.
#[derive(Accounts)]
pub struct ReclaimRent<'info> {
    /// CHECK: receives the rent; it is the one the computation names. It must sign while the outcome has not reached the
    /// application, or anyone could make a result disappear.
    #[account(mut)]
    pub payer: UncheckedAccount<'info>,
    /// CHECK: the computation.
    #[account(mut)]
    pub computation: UncheckedAccount<'info>,
}

impl<'info> ReclaimRent<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let computation: Box<Computation> = record::open(&accounts.computation)?;
        ensure_same!(computation.payer, *accounts.payer.key, ArxError::AccountsDoNotBelongTogether);
        ensure!(computation.status != ComputationStatus::Queued, ArxError::NotSettled);
        ensure!(Clock::get()?.slot > computation.not_after, ArxError::BeforeNotAfter);
        ensure!(
            computation.delivery != Delivery::Pending || accounts.payer.is_signer,
            ArxError::OutcomePending
        );
        let lamports = accounts.computation.lamports();
        money::close_account(&accounts.computation, &accounts.payer)?;
        crate::events::emit(&RentReclaimed { computation: accounts.computation.key(), lamports });
        Ok(())
    }
}
