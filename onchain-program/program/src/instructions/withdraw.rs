//! `withdraw`: takes what has left, after its time, to the owner's token account.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::StakeWithdrawn,
    money,
    record::{self, ensure, ensure_same},
    state::{NodeStake, StakePool, Unbonding},
    token,
};

/// Accounts of `withdraw`.
#[derive(Accounts)]
pub struct Withdraw<'info> {
    /// Owns it; receives the rent.
    #[account(mut)]
    pub owner: Signer<'info>,
    /// CHECK: the stake pool.
    pub pool: UncheckedAccount<'info>,
    /// CHECK: the node's stake.
    #[account(mut)]
    pub stake: UncheckedAccount<'info>,
    /// CHECK: what leaves; closed here.
    #[account(mut)]
    pub unbonding: UncheckedAccount<'info>,
    /// CHECK: the owner's token account.
    #[account(mut)]
    pub destination: UncheckedAccount<'info>,
    /// CHECK: the vault.
    #[account(mut)]
    pub vault: UncheckedAccount<'info>,
    /// CHECK: the token program.
    pub token_program: UncheckedAccount<'info>,
}

impl<'info> Withdraw<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let pool: Box<StakePool> = record::open(&accounts.pool)?;
        let mut stake: Box<NodeStake> = record::open(&accounts.stake)?;
        let unbonding: Box<Unbonding> = record::open(&accounts.unbonding)?;
        ensure_same!(unbonding.owner, *accounts.owner.key, ArxError::WrongAuthority);
        ensure_same!(unbonding.identity, stake.identity, ArxError::AccountsDoNotBelongTogether);
        ensure!(Clock::get()?.slot >= unbonding.release_slot, ArxError::TooEarly);
        let tokens = stake.release(unbonding.shares, unbonding.round)?;
        record::save(&*stake, &accounts.stake)?;
        money::close_account(&accounts.unbonding, &accounts.owner)?;
        token::pay_out(&pool, &accounts.pool, &accounts.vault, &accounts.destination, tokens)?;
        crate::events::emit(&StakeWithdrawn { identity: stake.identity, owner: unbonding.owner, tokens });
        Ok(())
    }
}
