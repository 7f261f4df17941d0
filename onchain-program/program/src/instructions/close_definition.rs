//! `close_definition`: gives up a draft, whose name is then free again. Nothing was ever computed with it.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::DefinitionChanged,
    money,
    record::{self, ensure, ensure_same},
    state::{CircuitData, ComputationDefinition, DefinitionStatus, Mxe},
};

/// Accounts of `close_definition`.
#[derive(Accounts)]
pub struct CloseDefinition<'info> {
    /// The MXE's authority; receives the rent.
    #[account(mut)]
    pub authority: Signer<'info>,
    /// CHECK: the MXE.
    pub mxe: UncheckedAccount<'info>,
    /// CHECK: the draft.
    #[account(mut)]
    pub definition: UncheckedAccount<'info>,
    /// CHECK: its circuit's bytes.
    #[account(mut)]
    pub circuit: UncheckedAccount<'info>,
}

impl<'info> CloseDefinition<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let mxe: Box<Mxe> = record::open(&accounts.mxe)?;
        ensure_same!(mxe.authority, *accounts.authority.key, ArxError::WrongAuthority);
        let definition: Box<ComputationDefinition> = record::open(&accounts.definition)?;
        ensure_same!(definition.mxe, *accounts.mxe.key, ArxError::AccountsDoNotBelongTogether);
        ensure!(definition.status == DefinitionStatus::Draft, ArxError::NotADraft);
        let circuit: Box<CircuitData> = record::open(&accounts.circuit)?;
        ensure_same!(circuit.definition, *accounts.definition.key, ArxError::AccountsDoNotBelongTogether);
        money::close_account(&accounts.definition, &accounts.authority)?;
        money::close_account(&accounts.circuit, &accounts.authority)?;
        crate::events::emit(&DefinitionChanged {
            definition: accounts.definition.key(),
            circuit_hash: definition.circuit_hash,
            status: 3,
        });
        Ok(())
    }
}
