//! `close_mxe`: closes an MXE to new computations, for good. Its account stays: were its address free again, it could be made anew
//! on another cluster or protocol, with the state it had.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::MxeClosed,
    record::{self, ensure_same},
    state::Mxe,
};

/// Accounts of `close_mxe`.
#[derive(Accounts)]
pub struct CloseMxe<'info> {
    /// The MXE's authority.
    pub authority: Signer<'info>,
    /// CHECK: the MXE.
    #[account(mut)]
    pub mxe: UncheckedAccount<'info>,
}

impl<'info> CloseMxe<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let mut mxe: Box<Mxe> = record::open(&accounts.mxe)?;
        ensure_same!(mxe.authority, *accounts.authority.key, ArxError::WrongAuthority);
        mxe.closed = true;
        record::save(&*mxe, &accounts.mxe)?;
        crate::events::emit(&MxeClosed { mxe: accounts.mxe.key() });
        Ok(())
    }
}
