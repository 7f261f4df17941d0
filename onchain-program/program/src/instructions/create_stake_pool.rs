//! `create_stake_pool`: names the stake token and makes the vault, once.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::StakePoolCreated,
    pda,
    record::{self, ensure_same},
    state::{Config, StakePool},
    token,
};

/// Accounts of `create_stake_pool`.
#[derive(Accounts)]
pub struct CreateStakePool<'info> {
    /// Pays for the accounts.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The network's authority.
    pub authority: Signer<'info>,
    /// CHECK: the network's parameters.
    pub config: UncheckedAccount<'info>,
    /// CHECK: the stake token's mint.
    pub mint: UncheckedAccount<'info>,
    /// CHECK: the stake pool, created here.
    #[account(mut)]
    pub pool: UncheckedAccount<'info>,
    /// CHECK: the vault, created here.
    #[account(mut)]
    pub vault: UncheckedAccount<'info>,
    /// CHECK: the token program.
    pub token_program: UncheckedAccount<'info>,
    /// Creates the accounts.
    pub system_program: Program<'info, System>,
}

impl<'info> CreateStakePool<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let config: Box<Config> = record::open(&accounts.config)?;
        ensure_same!(config.authority, *accounts.authority.key, ArxError::WrongAuthority);
        token::check_mint(&accounts.mint)?;
        token::create_vault(&accounts.payer, &accounts.vault, &accounts.mint)?;
        let address = pda::stake_pool();
        let pool = StakePool {
            mint: accounts.mint.key(),
            vault: accounts.vault.key(),
            total: 0,
            burnable: 0,
            rewards: 0,
            bump: address.1,
        };
        record::create(
            &accounts.payer,
            &accounts.pool,
            address,
            &[pda::STAKE_SEED],
            &pool,
            8 + StakePool::INIT_SPACE,
            ArxError::AlreadyExists,
        )?;
        crate::events::emit(&StakePoolCreated { mint: pool.mint, vault: pool.vault });
        Ok(())
    }
}
