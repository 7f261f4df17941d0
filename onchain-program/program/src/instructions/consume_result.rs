//! `consume_result`: the application takes an outcome itself, within an instruction of its own, in which it may also
//! queue the next computation (which a callback cannot, for Solana forbids re-entry).

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::OutcomeDelivered,
    record::{self, ensure, ensure_same},
    state::{Computation, ComputationStatus, Delivery, Mxe},
};

/// Accounts of `consume_result`.
#[derive(Accounts)]
pub struct ConsumeResult<'info> {
    /// The application.
    pub application_signer: Signer<'info>,
    /// CHECK: its MXE.
    pub mxe: UncheckedAccount<'info>,
    /// CHECK: the computation.
    #[account(mut)]
    pub computation: UncheckedAccount<'info>,
}

impl<'info> ConsumeResult<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let mxe: Box<Mxe> = record::open(&accounts.mxe)?;
        let signer = *accounts.application_signer.key;
        ensure_same!(mxe.application_signer, signer, ArxError::WrongApplicationSigner);
        let mut computation: Box<Computation> = record::open(&accounts.computation)?;
        ensure_same!(computation.mxe, *accounts.mxe.key, ArxError::AccountsDoNotBelongTogether);
        ensure!(computation.status != ComputationStatus::Queued, ArxError::NotSettled);
        ensure!(computation.delivery == Delivery::Pending, ArxError::AlreadyDelivered);
        computation.delivery = Delivery::Consumed;
        record::save(&*computation, &accounts.computation)?;
        crate::events::emit(&OutcomeDelivered {
            computation: accounts.computation.key(),
            delivery: Delivery::Consumed,
        });
        Ok(())
    }
}
