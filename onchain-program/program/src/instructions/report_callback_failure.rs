//! `report_callback_failure`: a member keeps the error code of a callback that fails, where the application's
//! developer finds it. The first report stays; the callback can still be delivered.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::CallbackFailed,
    state::{Computation, ComputationStatus, Delivery, Node},
};

/// Accounts of `report_callback_failure`.
#[derive(Accounts)]
pub struct ReportCallbackFailure<'info> {
    /// The fee payer of a member.
    pub fee_payer: Signer<'info>,
    /// The member.
    #[account(
        has_one = fee_payer @ ArxError::WrongAuthority,
        constraint = node.cluster == Some(computation.cluster) @ ArxError::NotAMember,
    )]
    pub node: Box<Account<'info, Node>>,
    /// The computation.
    #[account(mut)]
    pub computation: Box<Account<'info, Computation>>,
}

impl<'info> ReportCallbackFailure<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, code: u32) -> Result<()> {
        let computation = &mut ctx.accounts.computation;
        require!(computation.status != ComputationStatus::Queued, ArxError::NotSettled);
        require!(computation.callback.is_some(), ArxError::NoCallback);
        require!(computation.delivery == Delivery::Pending, ArxError::AlreadyDelivered);
        if computation.callback_error.is_none() {
            computation.callback_error = Some(code);
        }
        emit!(CallbackFailed { computation: computation.key(), identity: ctx.accounts.node.identity, code });
        Ok(())
    }
}
