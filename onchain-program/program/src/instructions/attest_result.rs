//! `attest_result`: collects members' signatures over one message, for clusters whose signatures do not fit one transaction. Anyone
//! may send it, any number of times; the bitmap shows who withholds.

use anchor_lang::{Discriminator, prelude::*};

use crate::{
    error::ArxError,
    events::ResultAttested,
    message::sha256,
    pda,
    record::{self, ensure, ensure_same},
    signatures,
    state::{Attestation, Cluster, Computation, SigningKeyRequest},
};

/// Accounts of `attest_result`.
#[derive(Accounts)]
pub struct AttestResult<'info> {
    /// Pays for the account, if it is the first.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// CHECK: the computation, or the request for a signing key.
    pub computation: UncheckedAccount<'info>,
    /// CHECK: its cluster.
    pub cluster: UncheckedAccount<'info>,
    /// CHECK: the bitmap, created by the first.
    #[account(mut)]
    pub attestation: UncheckedAccount<'info>,
    /// CHECK: the instructions sysvar, by its address.
    #[account(address = solana_sdk_ids::sysvar::instructions::ID)]
    pub instructions: UncheckedAccount<'info>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}

impl<'info> AttestResult<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, signature_instruction: u8) -> Result<()> {
        let accounts = ctx.accounts;
        let cluster: Box<Cluster> = record::open(&accounts.cluster)?;
        let its_cluster = if record::is(&accounts.computation, SigningKeyRequest::DISCRIMINATOR) {
            record::open::<SigningKeyRequest>(&accounts.computation)?.cluster
        } else {
            record::open::<Computation>(&accounts.computation)?.cluster
        };
        ensure_same!(its_cluster, *accounts.cluster.key, ArxError::AccountsDoNotBelongTogether);
        let data = signatures::load(&accounts.instructions, signature_instruction)?;
        let signed = signatures::read(&data, signature_instruction)?;
        let message = signed.first().ok_or(ArxError::WrongSignatureCount)?.message;
        let mut bitmap = 0u16;
        for signature in &signed {
            ensure!(signature.message == message, ArxError::WrongSignedMessage);
            let member = cluster.members.iter().position(|member| member.as_ref() == signature.key);
            bitmap |= 1 << member.ok_or(ArxError::WrongSigner)?;
        }
        let (address, message_hash) = (accounts.computation.key(), sha256(&[message]));
        let mut attestation = if record::exists(&accounts.attestation) {
            record::open(&accounts.attestation)?
        } else {
            let place = pda::attestation(&address, &message_hash);
            let attestation = Box::new(Attestation {
                computation: address,
                epoch: cluster.epoch,
                message_hash,
                signed: 0,
                payer: accounts.payer.key(),
                bump: place.1,
            });
            record::create(
                &accounts.payer,
                &accounts.attestation,
                place,
                &[pda::ATTESTATION_SEED, address.as_ref(), &message_hash],
                &*attestation,
                8 + Attestation::INIT_SPACE,
                ArxError::AlreadyExists,
            )?;
            attestation
        };
        ensure!(
            attestation.computation == address && attestation.message_hash == message_hash,
            ArxError::AccountsDoNotBelongTogether
        );
        ensure_same!(attestation.epoch, cluster.epoch, ArxError::WrongEpoch);
        attestation.signed |= bitmap;
        record::save(&*attestation, &accounts.attestation)?;
        crate::events::emit(&ResultAttested {
            computation: address,
            message_hash,
            signed: attestation.signed,
        });
        Ok(())
    }
}
