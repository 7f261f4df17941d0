//! `request_signing_key`: asks the members of an application's cluster for the key that its circuits sign with. They make it and
//! publish it by [`publish_signing_key`](super::publish_signing_key).

use anchor_lang::prelude::*;

use crate::{
    constants::PROTOCOL_REPLICATED3_SEMI_HONEST,
    error::ArxError,
    events::SigningKeyChanged,
    pda,
    record::{self, ensure, ensure_same},
    state::{Cluster, ClusterState, Mxe, SigningKey, SigningKeyRequest},
};

/// Accounts of `request_signing_key`.
#[derive(Accounts)]
pub struct RequestSigningKey<'info> {
    /// Pays for the account.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The MXE's authority.
    pub authority: Signer<'info>,
    /// CHECK: the MXE.
    pub mxe: UncheckedAccount<'info>,
    /// CHECK: its cluster.
    pub cluster: UncheckedAccount<'info>,
    /// CHECK: the request, created here at its address; later the key.
    #[account(mut)]
    pub signing_key: UncheckedAccount<'info>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}

impl<'info> RequestSigningKey<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let mxe: Box<Mxe> = record::open(&accounts.mxe)?;
        let cluster: Box<Cluster> = record::open(&accounts.cluster)?;
        ensure_same!(mxe.authority, *accounts.authority.key, ArxError::WrongAuthority);
        ensure_same!(mxe.cluster, *accounts.cluster.key, ArxError::AccountsDoNotBelongTogether);
        ensure!(!mxe.closed, ArxError::MxeClosed);
        ensure!(cluster.state == ClusterState::Active, ArxError::ClusterNotActive);
        ensure!(mxe.protocol != PROTOCOL_REPLICATED3_SEMI_HONEST, ArxError::NoSigningKeys);
        let (address, version) = (accounts.mxe.key(), mxe.state_key_version);
        let place = pda::signing_key(&address, version);
        record::create(
            &accounts.payer,
            &accounts.signing_key,
            place,
            &[pda::SIGNING_KEY_SEED, address.as_ref(), &version.to_le_bytes()],
            &SigningKeyRequest { mxe: address, version, cluster: mxe.cluster, bump: place.1 },
            SigningKey::space(cluster.members.len()),
            ArxError::AlreadyExists,
        )?;
        crate::events::emit(&SigningKeyChanged { mxe: address, version, key: None });
        Ok(())
    }
}
