//! `expire_computation`: ends a computation whose deadline passed, with a full refund. Anyone may send it.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::ComputationExpired,
    settle::{Settlement, Settling},
    state::{Cluster, Computation, ComputationStatus, Queue},
};

/// Accounts of `expire_computation`.
#[derive(Accounts)]
pub struct ExpireComputation<'info> {
    /// CHECK: receives the refund; it is the one the computation names.
    #[account(mut, address = computation.payer @ ArxError::AccountsDoNotBelongTogether)]
    pub payer: UncheckedAccount<'info>,
    /// The computation.
    #[account(mut, has_one = cluster @ ArxError::AccountsDoNotBelongTogether)]
    pub computation: Box<Account<'info, Computation>>,
    /// Its cluster.
    #[account(mut)]
    pub cluster: Box<Account<'info, Cluster>>,
    /// The cluster's queue.
    #[account(mut, has_one = cluster @ ArxError::AccountsDoNotBelongTogether)]
    pub queue: AccountLoader<'info, Queue>,
}

impl<'info> ExpireComputation<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        require!(accounts.computation.status == ComputationStatus::Queued, ArxError::AlreadySettled);
        require!(Clock::get()?.slot > accounts.computation.deadline, ArxError::DeadlineNotPassed);
        let (_, refunded) = Settling {
            computation: &mut accounts.computation,
            cluster: &mut accounts.cluster,
            queue: &accounts.queue,
        }
        .settle(ComputationStatus::Expired, Settlement::Refund, Some(&accounts.payer))?;
        emit!(ComputationExpired { computation: accounts.computation.key(), refunded });
        Ok(())
    }
}
