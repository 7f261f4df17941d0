//! `fail_computation`: ends a computation that all members signed cannot be computed, with a typed reason.
//! Anyone may send it: the signatures are what counts.

use anchor_lang::prelude::*;
use solana_sdk_ids::sysvar::instructions::ID as INSTRUCTIONS_ID;

use crate::{
    error::ArxError,
    events::ComputationFailed,
    message::FailureStatement,
    settle::{Settlement, Settling},
    signatures,
    state::{Cluster, Computation, ComputationStatus, FailureReason, Queue},
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
    /// Which instruction of the transaction verifies the signatures.
    pub signature_instruction: u8,
}

/// Accounts of `fail_computation`.
#[derive(Accounts)]
pub struct FailComputation<'info> {
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
    /// CHECK: the instructions sysvar, by its address.
    #[account(address = INSTRUCTIONS_ID)]
    pub instructions: UncheckedAccount<'info>,
}

impl<'info> FailComputation<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, arguments: FailArguments) -> Result<()> {
        let accounts = ctx.accounts;
        let FailArguments { epoch, reason, detail, signature_instruction } = arguments;
        require!(accounts.computation.status == ComputationStatus::Queued, ArxError::AlreadySettled);
        require!(Clock::get()?.slot <= accounts.computation.deadline, ArxError::DeadlinePassed);
        require!(
            epoch == accounts.computation.epoch && epoch == accounts.cluster.epoch,
            ArxError::WrongEpoch
        );
        let computation = accounts.computation.key();
        let message = FailureStatement {
            cluster: &accounts.cluster.key(),
            epoch,
            computation: &computation,
            input_digest: &accounts.computation.input_digest,
            reason,
            detail,
        }
        .message();
        signatures::verify(
            &accounts.instructions,
            signature_instruction,
            &accounts.cluster.members,
            &message,
        )?;

        let settlement = if reason.keeps_base_fee() { Settlement::KeepBaseFee } else { Settlement::Refund };
        let (_, refunded) = Settling {
            computation: &mut accounts.computation,
            cluster: &mut accounts.cluster,
            queue: &accounts.queue,
        }
        .settle(ComputationStatus::Failed { reason, detail }, settlement, Some(&accounts.payer))?;
        emit!(ComputationFailed { computation, reason, detail, refunded });
        Ok(())
    }
}
