//! `publish_signing_key`: puts the key that a cluster's members have made in the place of the request for it, once and for good. Anyone
//! may send it: the signatures are what counts.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::SigningKeyChanged,
    message::SigningKeyStatement,
    proof,
    record::{self, ensure_same},
    state::{Cluster, SigningKey, SigningKeyRequest},
};

/// A signing key.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug, PartialEq, Eq)]
pub struct SigningKeyArguments {
    /// The key.
    pub key: Pubkey,
    /// The public share of each member, in the cluster's order.
    pub shares: Vec<[u8; 32]>,
    /// Which instruction of the transaction verifies the signatures, where they are not an attestation.
    pub signature_instruction: u8,
}

/// Accounts of `publish_signing_key`.
#[derive(Accounts)]
pub struct PublishSigningKey<'info> {
    /// CHECK: the request, which becomes the key.
    #[account(mut)]
    pub signing_key: UncheckedAccount<'info>,
    /// CHECK: the cluster that the request names.
    pub cluster: UncheckedAccount<'info>,
    /// CHECK: the instructions sysvar, by its address; or the bitmap of signatures that `attest_result` collected.
    pub signatures: UncheckedAccount<'info>,
}

impl<'info> PublishSigningKey<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, arguments: SigningKeyArguments) -> Result<()> {
        let accounts = ctx.accounts;
        let request: Box<SigningKeyRequest> = record::open(&accounts.signing_key)?;
        let cluster: Box<Cluster> = record::open(&accounts.cluster)?;
        ensure_same!(request.cluster, *accounts.cluster.key, ArxError::AccountsDoNotBelongTogether);
        let SigningKeyArguments { key, shares, signature_instruction } = arguments;
        let SigningKeyRequest { mxe, version, cluster: address, bump } = *request;
        let epoch = cluster.epoch;
        // That the key is the sum of the shares, and these are points, every member has checked before it signed.
        let statement =
            SigningKeyStatement { cluster: &address, epoch, mxe: &mxe, version, key: &key, shares: &shares };
        proof::check(
            &accounts.signatures,
            &cluster,
            accounts.signing_key.key,
            signature_instruction,
            &statement.message(),
        )?;
        let members = SigningKey::hash_of_members(&cluster.members);
        record::save(
            &SigningKey { mxe, version, cluster: address, epoch, members, key, shares, bump },
            &accounts.signing_key,
        )?;
        crate::events::emit(&SigningKeyChanged { mxe, version, key: Some(key) });
        Ok(())
    }
}
