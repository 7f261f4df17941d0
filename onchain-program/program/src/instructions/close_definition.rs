//! `close_definition`: gives up a draft, whose name is then free again. Nothing was ever computed with it.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::DefinitionChanged,
    state::{CircuitData, ComputationDefinition, DefinitionStatus, Mxe},
};

/// Accounts of `close_definition`.
#[derive(Accounts)]
pub struct CloseDefinition<'info> {
    /// The MXE's authority; receives the rent.
    #[account(mut)]
    pub authority: Signer<'info>,
    /// The MXE.
    #[account(has_one = authority @ ArxError::WrongAuthority)]
    pub mxe: Box<Account<'info, Mxe>>,
    /// The draft.
    #[account(
        mut, close = authority,
        has_one = mxe @ ArxError::AccountsDoNotBelongTogether,
        constraint = definition.status == DefinitionStatus::Draft @ ArxError::NotADraft,
    )]
    pub definition: Box<Account<'info, ComputationDefinition>>,
    /// Its circuit's bytes.
    #[account(mut, close = authority, has_one = definition @ ArxError::AccountsDoNotBelongTogether)]
    pub circuit: Box<Account<'info, CircuitData>>,
}

impl<'info> CloseDefinition<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let definition = &ctx.accounts.definition;
        emit!(DefinitionChanged {
            definition: definition.key(),
            circuit_hash: definition.circuit_hash,
            status: 3
        });
        Ok(())
    }
}
