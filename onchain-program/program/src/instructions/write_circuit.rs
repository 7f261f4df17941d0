//! `write_circuit`: writes one chunk of a draft's circuit, in any order within what the account has room for. The
//! account grows with the highest chunk, by at most 10,240 bytes at a time.

use anchor_lang::prelude::*;

use crate::{
    constants::MAX_GROWTH,
    error::ArxError,
    money,
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
    /// The MXE.
    #[account(has_one = authority @ ArxError::WrongAuthority)]
    pub mxe: Box<Account<'info, Mxe>>,
    /// The draft.
    #[account(
        has_one = mxe @ ArxError::AccountsDoNotBelongTogether,
        constraint = definition.status == DefinitionStatus::Draft @ ArxError::NotADraft,
    )]
    pub definition: Box<Account<'info, ComputationDefinition>>,
    /// Its circuit's bytes.
    #[account(mut, has_one = definition @ ArxError::AccountsDoNotBelongTogether)]
    pub circuit: Box<Account<'info, CircuitData>>,
    /// Moves the rent.
    pub system_program: Program<'info, System>,
}

impl<'info> WriteCircuit<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, offset: u32, bytes: Vec<u8>) -> Result<()> {
        let accounts = ctx.accounts;
        let end = (offset as usize).checked_add(bytes.len()).ok_or(ArxError::Overflow)?;
        let length = accounts.definition.circuit_length as usize;
        require!(end <= length, ArxError::CircuitWriteOutOfRange);

        let circuit: &AccountInfo<'info> = AsRef::as_ref(&*accounts.circuit);
        let room = circuit.data_len();
        if CircuitData::HEADER + end > room {
            let grown = (room + MAX_GROWTH).min(CircuitData::HEADER + length);
            money::grow(&accounts.payer, circuit, grown)?;
        }
        let mut data = circuit.try_borrow_mut_data()?;
        data.get_mut(CircuitData::HEADER + offset as usize..CircuitData::HEADER + end)
            .ok_or(ArxError::CircuitWriteOutOfRange)?
            .copy_from_slice(&bytes);
        Ok(())
    }
}
