//! `deprecate_definition`: no new computations; those in the queue still run.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::DefinitionChanged,
    record::{self, ensure, ensure_same},
    state::{ComputationDefinition, DefinitionStatus, Mxe},
};

/// Accounts of `deprecate_definition`.
#[derive(Accounts)]
pub struct DeprecateDefinition<'info> {
    /// The MXE's authority.
    pub authority: Signer<'info>,
    /// CHECK: the MXE.
    pub mxe: UncheckedAccount<'info>,
    /// CHECK: the definition.
    #[account(mut)]
    pub definition: UncheckedAccount<'info>,
}

impl<'info> DeprecateDefinition<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let mxe: Box<Mxe> = record::open(&accounts.mxe)?;
        ensure_same!(mxe.authority, *accounts.authority.key, ArxError::WrongAuthority);
        let mut definition: Box<ComputationDefinition> = record::open(&accounts.definition)?;
        ensure_same!(definition.mxe, *accounts.mxe.key, ArxError::AccountsDoNotBelongTogether);
        ensure!(definition.status == DefinitionStatus::Active, ArxError::DefinitionNotActive);
        definition.status = DefinitionStatus::Deprecated;
        record::save(&*definition, &accounts.definition)?;
        crate::events::emit(&DefinitionChanged {
            definition: accounts.definition.key(),
            circuit_hash: definition.circuit_hash,
            status: 2,
        });
        Ok(())
    }
}
