//! `expire_computation`: ends a computation whose deadline passed, with a full refund. Anyone may send it.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::ComputationExpired,
    record::{self, ensure, ensure_same},
    settle::{Settlement, Settling},
    state::{Cluster, Computation, ComputationStatus},
};

/// Accounts of `expire_computation`.
#[derive(Accounts)]
pub struct ExpireComputation<'info> {
    /// CHECK: receives the refund; it is the one the computation names.
    #[account(mut)]
    pub payer: UncheckedAccount<'info>,
    /// CHECK: the computation.
    #[account(mut)]
    pub computation: UncheckedAccount<'info>,
    /// CHECK: its cluster.
    #[account(mut)]
    pub cluster: UncheckedAccount<'info>,
    /// CHECK: the cluster's queue: type and cluster are checked when it is opened.
    #[account(mut)]
    pub queue: UncheckedAccount<'info>,
}

impl<'info> ExpireComputation<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let mut computation: Box<Computation> = record::open(&accounts.computation)?;
        let mut cluster: Box<Cluster> = record::open(&accounts.cluster)?;
        ensure_same!(computation.payer, *accounts.payer.key, ArxError::AccountsDoNotBelongTogether);
        ensure!(computation.status == ComputationStatus::Queued, ArxError::AlreadySettled);
        ensure!(Clock::get()?.slot > computation.deadline, ArxError::DeadlineNotPassed);
        let (_, refunded) = Settling {
            address: accounts.computation.key(),
            computation: &mut computation,
            computation_info: &accounts.computation,
            cluster: &mut cluster,
            cluster_info: &accounts.cluster,
            queue: &accounts.queue,
        }
        .settle(ComputationStatus::Expired, Settlement::Refund, Some(&accounts.payer))?;
        record::save(&*computation, &accounts.computation)?;
        record::save(&*cluster, &accounts.cluster)?;
        crate::events::emit(&ComputationExpired { computation: accounts.computation.key(), refunded });
        Ok(())
    }
}
