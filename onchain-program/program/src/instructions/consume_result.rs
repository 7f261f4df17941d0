//! `consume_result`: the application takes an outcome itself, within an instruction of its own, in which it may also
//! queue the next computation (which a callback cannot, for Solana forbids re-entry).

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::OutcomeDelivered,
    state::{Computation, ComputationStatus, Delivery, Mxe},
};

/// Accounts of `consume_result`.
#[derive(Accounts)]
pub struct ConsumeResult<'info> {
    /// The application.
    #[account(address = mxe.application_signer @ ArxError::WrongApplicationSigner)]
    pub application_signer: Signer<'info>,
    /// Its MXE.
    pub mxe: Box<Account<'info, Mxe>>,
    /// The computation.
    #[account(mut, has_one = mxe @ ArxError::AccountsDoNotBelongTogether)]
    pub computation: Box<Account<'info, Computation>>,
}

impl<'info> ConsumeResult<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let computation = &mut ctx.accounts.computation;
        require!(computation.status != ComputationStatus::Queued, ArxError::NotSettled);
        require!(computation.delivery == Delivery::Pending, ArxError::AlreadyDelivered);
        computation.delivery = Delivery::Consumed;
        emit!(OutcomeDelivered { computation: computation.key(), delivery: Delivery::Consumed });
        Ok(())
    }
}
