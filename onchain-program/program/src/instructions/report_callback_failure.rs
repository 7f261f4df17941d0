//! `report_callback_failure`: a member keeps the error code of a callback that fails, where the application's
//! developer finds it. The first report stays; the callback can still be delivered.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::CallbackFailed,
    record::{self, ensure, ensure_same},
    state::{Computation, ComputationStatus, Delivery, Node},
};

/// Accounts of `report_callback_failure`.
#[derive(Accounts)]
pub struct ReportCallbackFailure<'info> {
    /// The fee payer of a member.
    pub fee_payer: Signer<'info>,
    /// CHECK: the member.
    pub node: UncheckedAccount<'info>,
    /// CHECK: the computation.
    #[account(mut)]
    pub computation: UncheckedAccount<'info>,
}

impl<'info> ReportCallbackFailure<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, code: u32) -> Result<()> {
        let accounts = ctx.accounts;
        let node: Box<Node> = record::open(&accounts.node)?;
        let mut computation: Box<Computation> = record::open(&accounts.computation)?;
        ensure_same!(node.fee_payer, *accounts.fee_payer.key, ArxError::WrongAuthority);
        ensure!(node.cluster == Some(computation.cluster), ArxError::NotAMember);
        ensure!(computation.status != ComputationStatus::Queued, ArxError::NotSettled);
        ensure!(computation.callback.is_some(), ArxError::NoCallback);
        ensure!(computation.delivery == Delivery::Pending, ArxError::AlreadyDelivered);
        if computation.callback_error.is_none() {
            computation.callback_error = Some(code);
        }
        record::save(&*computation, &accounts.computation)?;
        crate::events::emit(&CallbackFailed {
            computation: accounts.computation.key(),
            identity: node.identity,
            code,
        });
        Ok(())
    }
}
