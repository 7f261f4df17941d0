//! `create_cell`: makes a place for encrypted state. Called by the application's program, which signs with its PDA.

use anchor_lang::prelude::*;

use crate::{
    constants::MAX_GROWTH,
    error::ArxError,
    events::CellCreated,
    money, pda,
    state::{Cell, Mxe},
};

/// Accounts of `create_cell`.
#[derive(Accounts)]
#[instruction(label: [u8; 32])]
pub struct CreateCell<'info> {
    /// Pays for the account.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The application.
    #[account(address = mxe.application_signer @ ArxError::WrongApplicationSigner)]
    pub application_signer: Signer<'info>,
    /// Its MXE.
    pub mxe: Box<Account<'info, Mxe>>,
    /// CHECK: the cell; it must not exist yet, and is created here with the size that `bits` gives.
    #[account(mut, seeds = [pda::CELL_SEED, mxe.key().as_ref(), label.as_ref()], bump)]
    pub cell: UncheckedAccount<'info>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}

impl<'info> CreateCell<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, label: [u8; 32], bits: u32) -> Result<()> {
        let accounts = ctx.accounts;
        let space = Cell::space(bits);
        require!(bits > 0 && space <= MAX_GROWTH, ArxError::InvalidCellSize);
        require!(accounts.cell.data_is_empty(), ArxError::CellExists);
        let cell = Cell {
            mxe: accounts.mxe.key(),
            label,
            bits,
            version: 0,
            writer: Pubkey::default(),
            data: Vec::new(),
            bump: ctx.bumps.cell,
        };
        let seeds: &[&[u8]] = &[pda::CELL_SEED, cell.mxe.as_ref(), &label, &[cell.bump]];
        let rent = Rent::get()?.minimum_balance(space);
        money::create_account(&accounts.payer, &accounts.cell, seeds, rent, space)?;
        let mut data = accounts.cell.try_borrow_mut_data()?;
        cell.try_serialize(&mut &mut data[..])?;
        emit!(CellCreated { cell: accounts.cell.key(), mxe: cell.mxe, bits });
        Ok(())
    }
}
