//! What every end of a computation has in common.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    money,
    state::{Cluster, Computation, ComputationStatus, Queue},
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
    /// The computation.
    pub computation: &'a mut Account<'info, Computation>,
    /// Its cluster.
    pub cluster: &'a mut Account<'info, Cluster>,
    /// The cluster's queue.
    pub queue: &'a AccountLoader<'info, Queue>,
}

impl Settling<'_, '_> {
    /// Takes the computation out of the queue, sets its status and divides its escrow. Returns what was paid and what
    /// was refunded. `payer` may be absent only where nothing is refunded.
    pub fn settle(
        &mut self,
        status: ComputationStatus,
        settlement: Settlement,
        payer: Option<&AccountInfo<'_>>,
    ) -> Result<(u64, u64)> {
        require!(self.computation.status == ComputationStatus::Queued, ArxError::AlreadySettled);
        self.queue.load_mut()?.remove(&self.computation.key())?;
        self.computation.status = status;
        self.computation.settled_slot = Clock::get()?.slot;

        let total = self.computation.escrow.total()?;
        let paid = match settlement {
            Settlement::Pay => total,
            Settlement::KeepBaseFee => self.computation.escrow.base_fee,
            Settlement::Refund => 0,
        };
        let refunded = total.checked_sub(paid).ok_or(ArxError::Overflow)?;
        self.cluster.credit(paid)?;
        money::move_lamports(self.computation.as_ref(), self.cluster.as_ref(), paid)?;
        if refunded > 0 {
            let payer = payer.ok_or(ArxError::AccountsDoNotBelongTogether)?;
            require_keys_eq!(*payer.key, self.computation.payer, ArxError::AccountsDoNotBelongTogether);
            money::move_lamports(self.computation.as_ref(), payer, refunded)?;
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
