//! `finalize_definition`: hashes the circuit that was written and opens the definition for use, for good.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::DefinitionChanged,
    message::sha256,
    state::{CircuitData, ComputationDefinition, DefinitionStatus, Mxe},
};

/// Accounts of `finalize_definition`.
#[derive(Accounts)]
pub struct FinalizeDefinition<'info> {
    /// The MXE's authority.
    pub authority: Signer<'info>,
    /// The MXE.
    #[account(has_one = authority @ ArxError::WrongAuthority)]
    pub mxe: Box<Account<'info, Mxe>>,
    /// The draft.
    #[account(
        mut,
        has_one = mxe @ ArxError::AccountsDoNotBelongTogether,
        constraint = definition.status == DefinitionStatus::Draft @ ArxError::NotADraft,
    )]
    pub definition: Box<Account<'info, ComputationDefinition>>,
    /// Its circuit's bytes.
    #[account(has_one = definition @ ArxError::AccountsDoNotBelongTogether)]
    pub circuit: Box<Account<'info, CircuitData>>,
}

impl<'info> FinalizeDefinition<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let circuit: &AccountInfo<'info> = AsRef::as_ref(&*accounts.circuit);
        let data = circuit.try_borrow_data()?;
        let bytes = CircuitData::bytes(&data, accounts.definition.circuit_length)
            .ok_or(ArxError::CircuitIncomplete)?;
        require!(sha256(&[bytes]) == accounts.definition.circuit_hash, ArxError::CircuitHashMismatch);
        drop(data);
        accounts.definition.status = DefinitionStatus::Active;
        emit!(DefinitionChanged {
            definition: accounts.definition.key(),
            circuit_hash: accounts.definition.circuit_hash,
            status: 1,
        });
        Ok(())
    }
}
