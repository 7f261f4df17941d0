//! `grow_cell`: lengthens a cell's account towards the size that its bits need, by as much as one instruction may. Anyone may pay for it.

use anchor_lang::prelude::*;

use crate::{
    constants::MAX_GROWTH,
    error::ArxError,
    events::CellGrown,
    money,
    record::{self, ensure, ensure_same},
    state::{Cell, Mxe},
};

/// Accounts of `grow_cell`.
#[derive(Accounts)]
pub struct GrowCell<'info> {
    /// Pays the rent.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// CHECK: the MXE that the cell belongs to.
    pub mxe: UncheckedAccount<'info>,
    /// CHECK: the cell.
    #[account(mut)]
    pub cell: UncheckedAccount<'info>,
    /// Moves the rent.
    pub system_program: Program<'info, System>,
}

impl<'info> GrowCell<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let mxe: Box<Mxe> = record::open(&accounts.mxe)?;
        let head = Cell::head(&accounts.cell)?;
        ensure_same!(head.mxe, *accounts.mxe.key, ArxError::WrongCell);
        let (length, full) = (accounts.cell.data_len(), Cell::space(head.bits, mxe.protocol));
        ensure!(length < full, ArxError::CellComplete);
        let space = length.saturating_add(MAX_GROWTH).min(full);
        money::grow(&accounts.payer, &accounts.cell, space)?;
        crate::events::emit(&CellGrown { cell: accounts.cell.key(), space: space as u32, full: full as u32 });
        Ok(())
    }
}
