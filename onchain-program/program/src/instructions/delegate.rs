//! `delegate`: anyone puts tokens behind a node, and shares its fees and its slashes.

use anchor_lang::prelude::*;

use crate::{
    deposit::Deposit,
    record,
    state::{Node, NodeStake},
};

/// Accounts of `delegate`.
#[derive(Accounts)]
pub struct Delegate<'info> {
    /// Gives the tokens and owns the part.
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
    /// CHECK: the owner's part, created by the first deposit.
    #[account(mut)]
    pub delegation: UncheckedAccount<'info>,
    /// CHECK: the owner's token account.
    #[account(mut)]
    pub source: UncheckedAccount<'info>,
    /// CHECK: the vault.
    #[account(mut)]
    pub vault: UncheckedAccount<'info>,
    /// CHECK: the token program.
    pub token_program: UncheckedAccount<'info>,
    /// Creates the accounts.
    pub system_program: Program<'info, System>,
}

impl<'info> Delegate<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, amount: u64) -> Result<()> {
        let accounts = ctx.accounts;
        let node: Box<Node> = record::open(&accounts.node)?;
        let stake: Box<NodeStake> = record::open(&accounts.stake)?;
        Deposit {
            owner: &accounts.owner,
            config: &accounts.config,
            pool: &accounts.pool,
            stake: &accounts.stake,
            delegation: &accounts.delegation,
            source: &accounts.source,
            vault: &accounts.vault,
        }
        .make(&node, stake, amount)
    }
}
