//! `finalize_definition`: hashes the circuit that was written and opens the definition for use, for good; where the MXE has
//! a delay, announces it.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::DefinitionChanged,
    message::sha256,
    record::{self, ensure, ensure_same},
    state::{CircuitData, ComputationDefinition, DefinitionStatus, Mxe},
};

/// Accounts of `finalize_definition`.
#[derive(Accounts)]
pub struct FinalizeDefinition<'info> {
    /// The MXE's authority.
    pub authority: Signer<'info>,
    /// CHECK: the MXE.
    pub mxe: UncheckedAccount<'info>,
    /// CHECK: the draft.
    #[account(mut)]
    pub definition: UncheckedAccount<'info>,
    /// CHECK: its circuit's bytes.
    pub circuit: UncheckedAccount<'info>,
}

impl<'info> FinalizeDefinition<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let mxe: Box<Mxe> = record::open(&accounts.mxe)?;
        ensure_same!(mxe.authority, *accounts.authority.key, ArxError::WrongAuthority);
        let mut definition: Box<ComputationDefinition> = record::open(&accounts.definition)?;
        ensure_same!(definition.mxe, *accounts.mxe.key, ArxError::AccountsDoNotBelongTogether);
        ensure!(definition.status == DefinitionStatus::Draft, ArxError::NotADraft);
        let circuit: Box<CircuitData> = record::open(&accounts.circuit)?;
        ensure_same!(circuit.definition, *accounts.definition.key, ArxError::AccountsDoNotBelongTogether);
        let data = accounts.circuit.try_borrow_data()?;
        let bytes =
            CircuitData::bytes(&data, definition.circuit_length).ok_or(ArxError::CircuitIncomplete)?;
        ensure!(sha256(&[bytes]) == definition.circuit_hash, ArxError::CircuitHashMismatch);
        drop(data);
        let delay = mxe.delay_slots;
        let (status, code) = match delay {
            0 => (DefinitionStatus::Active, 1),
            _ => {
                let effective_slot = Clock::get()?.slot.saturating_add(delay);
                (DefinitionStatus::Announced { effective_slot }, 4)
            }
        };
        definition.status = status;
        record::save(&*definition, &accounts.definition)?;
        crate::events::emit(&DefinitionChanged {
            definition: accounts.definition.key(),
            circuit_hash: definition.circuit_hash,
            status: code,
        });
        Ok(())
    }
}
