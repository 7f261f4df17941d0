//! `deprecate_definition`: no new computations; those in the queue still run.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::DefinitionChanged,
    state::{ComputationDefinition, DefinitionStatus, Mxe},
};

/// Accounts of `deprecate_definition`.
#[derive(Accounts)]
pub struct DeprecateDefinition<'info> {
    /// The MXE's authority.
    pub authority: Signer<'info>,
    /// The MXE.
    #[account(has_one = authority @ ArxError::WrongAuthority)]
    pub mxe: Box<Account<'info, Mxe>>,
    /// The definition.
    #[account(
        mut,
        has_one = mxe @ ArxError::AccountsDoNotBelongTogether,
        constraint = definition.status == DefinitionStatus::Active @ ArxError::DefinitionNotActive,
    )]
    pub definition: Box<Account<'info, ComputationDefinition>>,
}

impl<'info> DeprecateDefinition<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let definition = &mut ctx.accounts.definition;
        definition.status = DefinitionStatus::Deprecated;
        emit!(DefinitionChanged {
            definition: definition.key(),
            circuit_hash: definition.circuit_hash,
            status: 2
        });
        Ok(())
    }
}
