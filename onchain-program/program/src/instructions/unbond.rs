//! `unbond`: shares begin to leave. They earn nothing more, and stay slashable until they are withdrawn.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::StakeLeaving,
    pda,
    record::{self, ensure, ensure_same},
    state::{Config, Delegation, Node, NodeStake, NodeStatus, StakePool, Unbonding},
};

/// Accounts of `unbond`.
#[derive(Accounts)]
pub struct Unbond<'info> {
    /// Owns the part.
    #[account(mut)]
    pub owner: Signer<'info>,
    /// CHECK: the network's parameters.
    pub config: UncheckedAccount<'info>,
    /// CHECK: the stake pool.
    #[account(mut)]
    pub pool: UncheckedAccount<'info>,
    /// CHECK: the node.
    pub node: UncheckedAccount<'info>,
    /// CHECK: its stake.
    #[account(mut)]
    pub stake: UncheckedAccount<'info>,
    /// CHECK: the owner's part.
    #[account(mut)]
    pub delegation: UncheckedAccount<'info>,
    /// CHECK: what leaves, created here.
    #[account(mut)]
    pub unbonding: UncheckedAccount<'info>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}

impl<'info> Unbond<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, id: u64, shares: u64) -> Result<()> {
        let accounts = ctx.accounts;
        let config: Box<Config> = record::open(&accounts.config)?;
        let mut pool: Box<StakePool> = record::open(&accounts.pool)?;
        let node: Box<Node> = record::open(&accounts.node)?;
        let mut stake: Box<NodeStake> = record::open(&accounts.stake)?;
        let mut delegation: Box<Delegation> = record::open(&accounts.delegation)?;
        let identity = delegation.identity;
        ensure_same!(delegation.owner, *accounts.owner.key, ArxError::WrongAuthority);
        ensure!(
            stake.identity == identity && node.identity == identity,
            ArxError::AccountsDoNotBelongTogether
        );
        delegation.credit(&stake)?;
        delegation.shares = delegation.shares.checked_sub(shares).ok_or(ArxError::AmountTooSmall)?;
        let (tokens, leaving) = stake.leave(shares)?;
        if node.status != NodeStatus::Tombstoned {
            pool.total = pool.total.checked_sub(tokens).ok_or(ArxError::Overflow)?;
        }
        let address = pda::unbonding(accounts.delegation.key, id);
        let unbonding = Unbonding {
            identity,
            owner: delegation.owner,
            shares: leaving,
            round: stake.unbonding_round,
            release_slot: Clock::get()?.slot.saturating_add(config.parameters.unbonding_slots),
            bump: address.1,
        };
        record::create(
            &accounts.owner,
            &accounts.unbonding,
            address,
            &[pda::UNBONDING_SEED, accounts.delegation.key.as_ref(), &id.to_le_bytes()],
            &unbonding,
            8 + Unbonding::INIT_SPACE,
            ArxError::AlreadyExists,
        )?;
        record::save(&*pool, &accounts.pool)?;
        record::save(&*stake, &accounts.stake)?;
        record::save(&*delegation, &accounts.delegation)?;
        crate::events::emit(&StakeLeaving {
            identity,
            owner: unbonding.owner,
            tokens,
            release_slot: unbonding.release_slot,
        });
        Ok(())
    }
}
