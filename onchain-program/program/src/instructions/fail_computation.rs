//! `fail_computation`: ends a computation that all members signed cannot be computed, with a typed reason.
//! Anyone may send it: the signatures are what counts.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::ComputationFailed,
    message::FailureStatement,
    proof,
    record::{self, ensure, ensure_same},
    settle::{Settlement, Settling},
    state::{Cluster, Computation, ComputationStatus, FailureReason},
};

/// A failure.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug, PartialEq, Eq)]
pub struct FailArguments {
    /// The cluster's epoch.
    pub epoch: u64,
    /// Why.
    pub reason: FailureReason,
    /// Which argument, where the reason concerns one; else 0.
    pub detail: u32,
    /// Which instruction of the transaction verifies the signatures, where they are not an attestation.
    pub signature_instruction: u8,
}

/// Accounts of `fail_computation`.
#[derive(Accounts)]
pub struct FailComputation<'info> {
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
    /// CHECK: the instructions sysvar, by its address; or the bitmap of signatures that `attest_result` collected.
    pub signatures: UncheckedAccount<'info>,
}

impl<'info> FailComputation<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, arguments: FailArguments) -> Result<()> {
        let accounts = ctx.accounts;
        let FailArguments { epoch, reason, detail, signature_instruction } = arguments;
        let mut computation: Box<Computation> = record::open(&accounts.computation)?;
        let mut cluster: Box<Cluster> = record::open(&accounts.cluster)?;
        ensure_same!(computation.payer, *accounts.payer.key, ArxError::AccountsDoNotBelongTogether);
        ensure_same!(computation.cluster, *accounts.cluster.key, ArxError::AccountsDoNotBelongTogether);
        ensure!(computation.status == ComputationStatus::Queued, ArxError::AlreadySettled);
        ensure!(Clock::get()?.slot <= computation.deadline, ArxError::DeadlinePassed);
        ensure!(epoch == computation.epoch && epoch == cluster.epoch, ArxError::WrongEpoch);
        let address = accounts.computation.key();
        let message = FailureStatement {
            cluster: &computation.cluster,
            epoch,
            computation: &address,
            input_digest: &computation.input_digest,
            reason,
            detail,
        }
        .message();
        proof::check(&accounts.signatures, &cluster, &address, signature_instruction, &message)?;

        let settlement = if reason.keeps_base_fee() { Settlement::KeepBaseFee } else { Settlement::Refund };
        let (_, refunded) = Settling {
            address,
            computation: &mut computation,
            computation_info: &accounts.computation,
            cluster: &mut cluster,
            cluster_info: &accounts.cluster,
            queue: &accounts.queue,
        }
        .settle(ComputationStatus::Failed { reason, detail }, settlement, Some(&accounts.payer))?;
        record::save(&*computation, &accounts.computation)?;
        record::save(&*cluster, &accounts.cluster)?;
        crate::events::emit(&ComputationFailed { computation: address, reason, detail, refunded });
        Ok(())
    }
}
