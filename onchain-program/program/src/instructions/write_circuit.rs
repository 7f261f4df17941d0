//! `write_circuit`: writes one chunk of a draft's circuit, in any order within what the account has room for. The
//! account grows with the highest chunk, by at most 10,240 bytes at a time.

use anchor_lang::prelude::*;

use crate::{
    constants::MAX_GROWTH,
    error::ArxError,
    money,
    record::{self, ensure, ensure_same},
    state::{CircuitData, ComputationDefinition, DefinitionStatus, Mxe},
};

/// Accounts of `write_circuit`.
#[derive(Accounts)]
pub struct WriteCircuit<'info> {
    /// Pays for growth.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The MXE's authority.
    pub authority: Signer<'info>,
    /// CHECK: the MXE.
    pub mxe: UncheckedAccount<'info>,
    /// CHECK: the draft.
    pub definition: UncheckedAccount<'info>,
    /// CHECK: its circuit's bytes.
    #[account(mut)]
    pub circuit: UncheckedAccount<'info>,
    /// Moves the rent.
    pub system_program: Program<'info, System>,
}

impl<'info> WriteCircuit<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, offset: u32, bytes: Vec<u8>) -> Result<()> {
        let accounts = ctx.accounts;
        let mxe: Box<Mxe> = record::open(&accounts.mxe)?;
        ensure_same!(mxe.authority, *accounts.authority.key, ArxError::WrongAuthority);
        let definition: Box<ComputationDefinition> = record::open(&accounts.definition)?;
        ensure_same!(definition.mxe, *accounts.mxe.key, ArxError::AccountsDoNotBelongTogether);
        ensure!(definition.status == DefinitionStatus::Draft, ArxError::NotADraft);
        let circuit: Box<CircuitData> = record::open(&accounts.circuit)?;
        ensure_same!(circuit.definition, *accounts.definition.key, ArxError::AccountsDoNotBelongTogether);
        let end = (offset as usize).checked_add(bytes.len()).ok_or(ArxError::Overflow)?;
        let length = definition.circuit_length as usize;
        ensure!(end <= length, ArxError::CircuitWriteOutOfRange);

        let room = accounts.circuit.data_len();
        if CircuitData::HEADER + end > room {
            let grown = (room + MAX_GROWTH).min(CircuitData::HEADER + length);
            money::grow(&accounts.payer, &accounts.circuit, grown)?;
        }
        let mut data = accounts.circuit.try_borrow_mut_data()?;
        data.get_mut(CircuitData::HEADER + offset as usize..CircuitData::HEADER + end)
            .ok_or(ArxError::CircuitWriteOutOfRange)?
            .copy_from_slice(&bytes);
        Ok(())
    }
}
