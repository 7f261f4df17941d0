//! `declare_maintenance`: announces a window in which the cluster's members need not answer challenges: ahead of time, and limited in length
//! and number.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::MaintenanceDeclared,
    record::{self, ensure, ensure_same},
    state::{Cluster, Config},
};

/// Accounts of `declare_maintenance`.
#[derive(Accounts)]
pub struct DeclareMaintenance<'info> {
    /// The cluster's authority.
    pub authority: Signer<'info>,
    /// CHECK: the network's parameters.
    pub config: UncheckedAccount<'info>,
    /// CHECK: the cluster.
    #[account(mut)]
    pub cluster: UncheckedAccount<'info>,
}

impl<'info> DeclareMaintenance<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, start: u64, slots: u64) -> Result<()> {
        let accounts = ctx.accounts;
        let config: Box<Config> = record::open(&accounts.config)?;
        let mut cluster: Box<Cluster> = record::open(&accounts.cluster)?;
        ensure_same!(cluster.authority, *accounts.authority.key, ArxError::WrongAuthority);
        let parameters = &config.parameters;
        let earliest = Clock::get()?.slot.saturating_add(parameters.maintenance_notice);
        let last = cluster.maintenance_start.saturating_add(parameters.maintenance_gap);
        ensure!(
            start >= earliest
                && slots > 0
                && slots <= parameters.maintenance_slots
                && (cluster.maintenance_end == 0 || start >= last.max(cluster.maintenance_end)),
            ArxError::InvalidMaintenance
        );
        // The last window must be over, or announcing another would erase it.
        ensure!(
            cluster.maintenance_end == 0 || Clock::get()?.slot >= cluster.maintenance_end,
            ArxError::InvalidMaintenance
        );
        cluster.maintenance_start = start;
        cluster.maintenance_end = start.checked_add(slots).ok_or(ArxError::Overflow)?;
        record::save(&*cluster, &accounts.cluster)?;
        crate::events::emit(&MaintenanceDeclared {
            cluster: accounts.cluster.key(),
            start,
            end: cluster.maintenance_end,
        });
        Ok(())
    }
}
