//! `veto_migration`: stops an announced move. Sent by the MXE's veto key, or by its authority, which thinks better of it.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::MigrationChanged,
    record::{self, ensure},
    state::Mxe,
};

/// Accounts of `veto_migration`.
#[derive(Accounts)]
pub struct VetoMigration<'info> {
    /// The MXE's veto key, or its authority.
    pub veto: Signer<'info>,
    /// CHECK: the MXE.
    #[account(mut)]
    pub mxe: UncheckedAccount<'info>,
}

impl<'info> VetoMigration<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let mut mxe: Box<Mxe> = record::open(&accounts.mxe)?;
        let key = *accounts.veto.key;
        ensure!(mxe.veto == Some(key) || mxe.authority == key, ArxError::WrongAuthority);
        let migration = mxe.migration.take().ok_or(ArxError::NothingPending)?;
        record::save(&*mxe, &accounts.mxe)?;
        crate::events::emit(&MigrationChanged {
            mxe: accounts.mxe.key(),
            cluster: migration.cluster,
            step: 1,
        });
        Ok(())
    }
}
