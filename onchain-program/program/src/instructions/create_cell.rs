//! `create_cell`: makes a place for encrypted state. Called by the application's program, which signs with its PDA.

use anchor_lang::prelude::*;

use crate::{
    constants::{MAX_CELL_BODY, MAX_GROWTH},
    error::ArxError,
    events::CellCreated,
    pda,
    record::{self, ensure, ensure_same},
    state::{Cell, Mxe, cell_body_length},
};

/// Accounts of `create_cell`.
#[derive(Accounts)]
pub struct CreateCell<'info> {
    /// Pays for the account.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The application.
    pub application_signer: Signer<'info>,
    /// CHECK: its MXE.
    pub mxe: UncheckedAccount<'info>,
    /// CHECK: the cell; it must not exist yet, and is created here. One for more bits than
    /// one instruction can make room for has its full size after further `grow_cell`.
    #[account(mut)]
    pub cell: UncheckedAccount<'info>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}

impl<'info> CreateCell<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, label: [u8; 32], bits: u32) -> Result<()> {
        let accounts = ctx.accounts;
        let mxe: Box<Mxe> = record::open(&accounts.mxe)?;
        let signer = *accounts.application_signer.key;
        ensure_same!(mxe.application_signer, signer, ArxError::WrongApplicationSigner);
        let body = cell_body_length(bits, mxe.protocol);
        ensure!(bits > 0 && body <= MAX_CELL_BODY, ArxError::InvalidCellSize);
        let space = Cell::space(bits, mxe.protocol).min(MAX_GROWTH);
        let address = pda::cell(&accounts.mxe.key(), &label);
        let cell = Cell {
            mxe: accounts.mxe.key(),
            label,
            bits,
            version: 0,
            writer: Pubkey::default(),
            data: Vec::new(),
            bump: address.1,
        };
        let seeds: &[&[u8]] = &[pda::CELL_SEED, cell.mxe.as_ref(), &label];
        record::create(&accounts.payer, &accounts.cell, address, seeds, &cell, space, ArxError::CellExists)?;
        crate::events::emit(&CellCreated { cell: accounts.cell.key(), mxe: cell.mxe, bits });
        Ok(())
    }
}
