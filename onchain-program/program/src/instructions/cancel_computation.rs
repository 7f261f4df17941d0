//! `cancel_computation`: takes a waiting computation back. Its user asks for it; after a delay anyone completes it, and the payer gets all
//! but the base fee.
//!
//! Why the delay: whoever learns a result before it lands could otherwise cancel ahead of it and play again. The members'
//! result may land throughout the delay, and does so unless they are kept off the chain for all of it; who can do that can
//! as well wait for the deadline.

use anchor_lang::prelude::*;

use crate::{
    constants::CANCEL_DELAY_SLOTS,
    error::ArxError,
    events::{CancelRequested, ComputationCancelled},
    record::{self, ensure},
    settle::{Settlement, Settling},
    state::{Cluster, Computation, ComputationStatus},
};

/// Accounts of `cancel_computation`.
#[derive(Accounts)]
pub struct CancelComputation<'info> {
    /// CHECK: the end user; signs when it asks.
    pub authority: UncheckedAccount<'info>,
    /// CHECK: the computation's payer; receives the refund.
    #[account(mut)]
    pub payer: UncheckedAccount<'info>,
    /// CHECK: the computation.
    #[account(mut)]
    pub computation: UncheckedAccount<'info>,
    /// CHECK: its cluster.
    #[account(mut)]
    pub cluster: UncheckedAccount<'info>,
    /// CHECK: the cluster's queue.
    #[account(mut)]
    pub queue: UncheckedAccount<'info>,
}

impl<'info> CancelComputation<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let mut computation: Box<Computation> = record::open(&accounts.computation)?;
        let slot = Clock::get()?.slot;
        ensure!(computation.status == ComputationStatus::Queued, ArxError::AlreadySettled);
        let address = accounts.computation.key();
        if computation.cancel_slot == 0 {
            let asked = accounts.authority.is_signer && *accounts.authority.key == computation.authority;
            ensure!(asked, ArxError::WrongAuthority);
            computation.cancel_slot = slot;
            record::save(&*computation, &accounts.computation)?;
            crate::events::emit(&CancelRequested { computation: address, slot });
            return Ok(());
        }
        ensure!(slot > computation.cancel_slot.saturating_add(CANCEL_DELAY_SLOTS), ArxError::CancelTooEarly);
        // Then it expires, and the payer gets all of it back.
        ensure!(slot <= computation.deadline, ArxError::DeadlinePassed);
        let mut cluster: Box<Cluster> = record::open(&accounts.cluster)?;
        let (_, refunded) = Settling {
            address,
            computation: &mut computation,
            computation_info: &accounts.computation,
            cluster: &mut cluster,
            cluster_info: &accounts.cluster,
            queue: &accounts.queue,
        }
        .settle(ComputationStatus::Cancelled, Settlement::KeepBaseFee, Some(&accounts.payer))?;
        record::save(&*computation, &accounts.computation)?;
        record::save(&*cluster, &accounts.cluster)?;
        crate::events::emit(&ComputationCancelled { computation: address, refunded });
        Ok(())
    }
}
