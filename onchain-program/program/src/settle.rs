//! What every end of a computation has in common.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    money,
    record::{self, ensure, ensure_same},
    state::{Cluster, Computation, ComputationStatus, QueueMut},
};

/// What becomes of the escrow.
pub enum Settlement {
    /// All of it to the members.
    Pay,
    /// The base fee to the members, the rest back.
    KeepBaseFee,
    /// All of it back.
    Refund,
}

/// The accounts that change when a computation is settled.
pub struct Settling<'a, 'info> {
    /// The computation's address.
    pub address: Pubkey,
    /// The computation.
    pub computation: &'a mut Computation,
    /// Its account.
    pub computation_info: &'a AccountInfo<'info>,
    /// Its cluster.
    pub cluster: &'a mut Cluster,
    /// The cluster's account.
    pub cluster_info: &'a AccountInfo<'info>,
    /// The cluster's queue.
    pub queue: &'a AccountInfo<'info>,
}

impl Settling<'_, '_> {
    /// Takes the computation out of the queue, sets its status and divides its escrow. Returns what was paid and what
    /// was refunded. `payer` may be absent only where nothing is refunded. The part for large outputs goes to the
    /// submitter before, or back with the refund.
    pub fn settle(
        &mut self,
        status: ComputationStatus,
        settlement: Settlement,
        payer: Option<&AccountInfo<'_>>,
    ) -> Result<(u64, u64)> {
        ensure!(self.computation.status == ComputationStatus::Queued, ArxError::AlreadySettled);
        ensure!(*self.cluster_info.key == self.computation.cluster, ArxError::AccountsDoNotBelongTogether);
        let (priority, slot) = (self.computation.escrow.priority_fee, self.computation.queued_slot);
        record::check_owner(self.queue)?;
        let mut data = self.queue.try_borrow_mut_data()?;
        QueueMut::open(&mut data, &self.computation.cluster)?.remove(
            &self.address,
            priority,
            slot,
            self.computation.sequence,
        )?;
        drop(data);
        self.computation.status = status;
        self.computation.settled_slot = Clock::get()?.slot;

        let total = self.computation.escrow.total()?;
        let paid = match settlement {
            Settlement::Pay => {
                total.checked_sub(self.computation.escrow.output_rent).ok_or(ArxError::Overflow)?
            }
            Settlement::KeepBaseFee => self.computation.escrow.base_fee,
            Settlement::Refund => 0,
        };
        let refunded = match settlement {
            Settlement::Pay => 0,
            _ => total.checked_sub(paid).ok_or(ArxError::Overflow)?,
        };
        self.cluster.credit(paid)?;
        money::move_lamports(self.computation_info, self.cluster_info, paid)?;
        if refunded > 0 {
            let payer = payer.ok_or(ArxError::AccountsDoNotBelongTogether)?;
            ensure_same!(*payer.key, self.computation.payer, ArxError::AccountsDoNotBelongTogether);
            money::move_lamports(self.computation_info, payer, refunded)?;
        }
        let counter = if matches!(settlement, Settlement::Pay) {
            &mut self.cluster.finalized
        } else {
            &mut self.cluster.failed
        };
        *counter = counter.saturating_add(1);
        Ok((paid, refunded))
    }
}
