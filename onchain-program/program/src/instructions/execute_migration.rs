//! `execute_migration`: carries an announced move out after its delay. What is queued stays with the cluster it was queued at.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::MigrationChanged,
    record::{self, ensure, ensure_same},
    state::{Cluster, ClusterState, Mxe},
};

/// Accounts of `execute_migration`.
#[derive(Accounts)]
pub struct ExecuteMigration<'info> {
    /// The MXE's authority.
    pub authority: Signer<'info>,
    /// CHECK: the MXE.
    #[account(mut)]
    pub mxe: UncheckedAccount<'info>,
    /// CHECK: the new cluster.
    pub cluster: UncheckedAccount<'info>,
}

impl<'info> ExecuteMigration<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let mut mxe: Box<Mxe> = record::open(&accounts.mxe)?;
        let cluster: Box<Cluster> = record::open(&accounts.cluster)?;
        ensure_same!(mxe.authority, *accounts.authority.key, ArxError::WrongAuthority);
        let migration = mxe.migration.take().ok_or(ArxError::NothingPending)?;
        ensure!(Clock::get()?.slot >= migration.effective_slot, ArxError::TooEarly);
        ensure_same!(migration.cluster, *accounts.cluster.key, ArxError::AccountsDoNotBelongTogether);
        ensure_same!(mxe.protocol, cluster.protocol, ArxError::ProtocolIsFixed);
        ensure!(cluster.state == ClusterState::Active, ArxError::ClusterNotActive);
        mxe.cluster = migration.cluster;
        mxe.state_key_version = mxe.state_key_version.checked_add(1).ok_or(ArxError::Overflow)?;
        record::save(&*mxe, &accounts.mxe)?;
        crate::events::emit(&MigrationChanged { mxe: accounts.mxe.key(), cluster: mxe.cluster, step: 2 });
        Ok(())
    }
}
