//! `deliver_callback`: calls the application with the outcome of a computation, whatever it is. Anyone may send it, and
//! again if it fails: on Solana a failing callback undoes the whole transaction, which is why this is an instruction of
//! its own and never undoes a result.
//!
//! The handler is called with its discriminator alone. Its accounts: this program's callback signer for that application
//! (a signer; no other application ever sees it sign), the computation (read only; it holds status and result), then
//! the accounts that the call listed, none of them a signer.

use anchor_lang::{
    prelude::*,
    solana_program::{
        instruction::{AccountMeta, Instruction},
        program::invoke_signed,
    },
};

use crate::{
    error::ArxError,
    events::OutcomeDelivered,
    pda,
    record::{self, ensure, ensure_same},
    state::{CallbackAccount, Computation, ComputationStatus, Delivery},
};

/// Accounts of `deliver_callback`. The remaining accounts are those of the callback, in its order.
#[derive(Accounts)]
pub struct DeliverCallback<'info> {
    /// CHECK: the computation.
    #[account(mut)]
    pub computation: UncheckedAccount<'info>,
    /// CHECK: the application's program, by its address.
    pub application: UncheckedAccount<'info>,
    /// CHECK: signs the callback; this program's address for this application.
    pub callback_signer: UncheckedAccount<'info>,
}

impl<'info> DeliverCallback<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let mut computation: Box<Computation> = record::open(&accounts.computation)?;
        let address = accounts.computation.key();
        let (signer, bump) = pda::callback_signer(&computation.application);
        ensure!(
            *accounts.application.key == computation.application && *accounts.callback_signer.key == signer,
            ArxError::WrongCallbackAccounts
        );
        ensure!(computation.status != ComputationStatus::Queued, ArxError::NotSettled);
        ensure!(computation.delivery == Delivery::Pending, ArxError::AlreadyDelivered);
        let callback = computation.callback.as_ref().ok_or(ArxError::NoCallback)?;

        let passed = ctx.remaining_accounts;
        // A large result's buffer comes last, so that the handler can read it.
        let buffer = computation.result.as_ref().and_then(|result| result.buffer);
        let listed = callback
            .accounts
            .iter()
            .copied()
            .chain(buffer.map(|key| CallbackAccount { key, writable: false }));
        let expected = callback.accounts.len() + usize::from(buffer.is_some());
        ensure!(passed.len() == expected, ArxError::WrongCallbackAccounts);
        let mut metas = Vec::with_capacity(2 + passed.len());
        metas.push(AccountMeta::new_readonly(accounts.callback_signer.key(), true));
        metas.push(AccountMeta::new_readonly(address, false));
        for (listed, info) in listed.zip(passed) {
            ensure_same!(*info.key, listed.key, ArxError::WrongCallbackAccounts);
            metas.push(AccountMeta { pubkey: listed.key, is_signer: false, is_writable: listed.writable });
        }
        let mut infos = Vec::with_capacity(3 + passed.len());
        infos.push(accounts.callback_signer.to_account_info());
        infos.push(accounts.computation.to_account_info());
        infos.extend_from_slice(passed);
        infos.push(accounts.application.to_account_info());
        let instruction = Instruction {
            program_id: computation.application,
            accounts: metas,
            data: callback.discriminator.to_vec(),
        };
        let application = computation.application;
        let seeds: &[&[u8]] = &[pda::CALLBACK_SEED, application.as_ref(), &[bump]];
        invoke_signed(&instruction, &infos, &[seeds])?;

        computation.delivery = Delivery::Delivered;
        record::save(&*computation, &accounts.computation)?;
        crate::events::emit(&OutcomeDelivered { computation: address, delivery: Delivery::Delivered });
        Ok(())
    }
}
