//! `reclaim_rent`: closes a settled computation after its `not_after` and returns the rent to its payer. Before that
//! the account stays, so that its address, and with it the inputs' ciphertexts, cannot be used a second time.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::RentReclaimed,
    state::{Computation, ComputationStatus, Delivery},
};

/// Accounts of `reclaim_rent`.
#[derive(Accounts)]
pub struct ReclaimRent<'info> {
    /// CHECK: receives the rent; it is the one the computation names. It must sign while the outcome has not reached the
    /// application, or anyone could make a result disappear.
    #[account(mut, address = computation.payer @ ArxError::AccountsDoNotBelongTogether)]
    pub payer: UncheckedAccount<'info>,
    /// The computation.
    #[account(mut, close = payer)]
    pub computation: Box<Account<'info, Computation>>,
}

impl<'info> ReclaimRent<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let computation = &ctx.accounts.computation;
        require!(computation.status != ComputationStatus::Queued, ArxError::NotSettled);
        require!(Clock::get()?.slot > computation.not_after, ArxError::BeforeNotAfter);
        require!(
            computation.delivery != Delivery::Pending || ctx.accounts.payer.is_signer,
            ArxError::OutcomePending
        );
        let lamports = computation.get_lamports();
        emit!(RentReclaimed { computation: computation.key(), lamports });
        Ok(())
    }
}
