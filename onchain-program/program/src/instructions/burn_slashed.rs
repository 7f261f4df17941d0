//! `burn_slashed`: burns what was slashed and belongs to nobody. Anyone may send it.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::SlashedBurned,
    record::{self, ensure, ensure_same},
    state::StakePool,
    token,
};

/// Accounts of `burn_slashed`.
#[derive(Accounts)]
pub struct BurnSlashed<'info> {
    /// CHECK: the stake pool.
    #[account(mut)]
    pub pool: UncheckedAccount<'info>,
    /// CHECK: the vault.
    #[account(mut)]
    pub vault: UncheckedAccount<'info>,
    /// CHECK: the stake token's mint.
    #[account(mut)]
    pub mint: UncheckedAccount<'info>,
    /// CHECK: the token program.
    pub token_program: UncheckedAccount<'info>,
}

impl<'info> BurnSlashed<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let mut pool: Box<StakePool> = record::open(&accounts.pool)?;
        ensure_same!(*accounts.mint.key, pool.mint, ArxError::WrongTokenAccount);
        let tokens = std::mem::take(&mut pool.burnable);
        ensure!(tokens > 0, ArxError::NothingToClaim);
        record::save(&*pool, &accounts.pool)?;
        token::burn(&pool, &accounts.pool, &accounts.vault, &accounts.mint, tokens)?;
        crate::events::emit(&SlashedBurned { tokens });
        Ok(())
    }
}
