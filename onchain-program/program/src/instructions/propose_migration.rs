//! `propose_migration`: announces the move of an MXE to another cluster of the same protocol. It waits for the MXE's delay.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::MigrationChanged,
    record::{self, ensure, ensure_same},
    state::{Cluster, ClusterState, Migration, Mxe},
};

/// Accounts of `propose_migration`.
#[derive(Accounts)]
pub struct ProposeMigration<'info> {
    /// The MXE's authority.
    pub authority: Signer<'info>,
    /// CHECK: the MXE.
    #[account(mut)]
    pub mxe: UncheckedAccount<'info>,
    /// CHECK: the new cluster.
    pub cluster: UncheckedAccount<'info>,
}

impl<'info> ProposeMigration<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let mut mxe: Box<Mxe> = record::open(&accounts.mxe)?;
        let cluster: Box<Cluster> = record::open(&accounts.cluster)?;
        ensure_same!(mxe.authority, *accounts.authority.key, ArxError::WrongAuthority);
        ensure_same!(mxe.protocol, cluster.protocol, ArxError::ProtocolIsFixed);
        ensure!(cluster.state == ClusterState::Active, ArxError::ClusterNotActive);
        let effective_slot = Clock::get()?.slot.saturating_add(mxe.delay_slots);
        mxe.migration = Some(Migration { cluster: accounts.cluster.key(), effective_slot });
        record::save(&*mxe, &accounts.mxe)?;
        crate::events::emit(&MigrationChanged {
            mxe: accounts.mxe.key(),
            cluster: accounts.cluster.key(),
            step: 0,
        });
        Ok(())
    }
}
