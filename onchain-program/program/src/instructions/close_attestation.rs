//! `close_attestation`: returns the rent of a bitmap that is not needed any more. Anyone may send it.

use anchor_lang::{Discriminator, prelude::*};

use crate::{
    error::ArxError,
    money,
    record::{self, ensure},
    state::{Attestation, Computation, SigningKey},
};

/// Accounts of `close_attestation`.
#[derive(Accounts)]
pub struct CloseAttestation<'info> {
    /// CHECK: who paid for it.
    #[account(mut)]
    pub payer: UncheckedAccount<'info>,
    /// CHECK: the computation, settled or closed; or the signing key, no request any more.
    pub computation: UncheckedAccount<'info>,
    /// CHECK: the bitmap.
    #[account(mut)]
    pub attestation: UncheckedAccount<'info>,
}

impl<'info> CloseAttestation<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let attestation: Box<Attestation> = record::open(&accounts.attestation)?;
        ensure!(
            attestation.payer == *accounts.payer.key && attestation.computation == *accounts.computation.key,
            ArxError::AccountsDoNotBelongTogether
        );
        let is_key = record::is(&accounts.computation, SigningKey::DISCRIMINATOR);
        if record::exists(&accounts.computation) && !is_key {
            let computation: Box<Computation> = record::open(&accounts.computation)?;
            ensure!(computation.is_settled(), ArxError::NotSettled);
        }
        money::close_account(&accounts.attestation, &accounts.payer)
    }
}
