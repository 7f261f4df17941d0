//! `veto_definition`: stops an announced definition, for good. Sent by the MXE's veto key, or by its authority.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::DefinitionChanged,
    record::{self, ensure, ensure_same},
    state::{ComputationDefinition, DefinitionStatus, Mxe},
};

/// Accounts of `veto_definition`.
#[derive(Accounts)]
pub struct VetoDefinition<'info> {
    /// The MXE's veto key, or its authority.
    pub veto: Signer<'info>,
    /// CHECK: the MXE.
    pub mxe: UncheckedAccount<'info>,
    /// CHECK: the definition.
    #[account(mut)]
    pub definition: UncheckedAccount<'info>,
}

impl<'info> VetoDefinition<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let mxe: Box<Mxe> = record::open(&accounts.mxe)?;
        let mut definition: Box<ComputationDefinition> = record::open(&accounts.definition)?;
        let key = *accounts.veto.key;
        ensure!(mxe.veto == Some(key) || mxe.authority == key, ArxError::WrongAuthority);
        ensure_same!(definition.mxe, *accounts.mxe.key, ArxError::AccountsDoNotBelongTogether);
        let waits = matches!(definition.status, DefinitionStatus::Announced { .. });
        ensure!(waits, ArxError::NothingPending);
        definition.status = DefinitionStatus::Deprecated;
        record::save(&*definition, &accounts.definition)?;
        let circuit_hash = definition.circuit_hash;
        crate::events::emit(&DefinitionChanged {
            definition: accounts.definition.key(),
            circuit_hash,
            status: 2,
        });
        Ok(())
    }
}
