//! `bond`: a node's owner puts its own tokens behind it, and says what part of the fees is its commission.

use anchor_lang::prelude::*;

use crate::{
    constants::MAX_COMMISSION_BASIS_POINTS,
    error::ArxError,
    pda,
    record::{self, ensure, ensure_same},
    state::{Node, NodeStake},
};

/// Accounts of `bond` and `delegate`.
#[derive(Accounts)]
pub struct Deposit<'info> {
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
    /// CHECK: its stake, created by its owner's first `bond`.
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

impl<'info> Deposit<'info> {
    pub(crate) fn bond(ctx: Context<'info, Self>, amount: u64, commission_basis_points: u16) -> Result<()> {
        let accounts = ctx.accounts;
        ensure!(commission_basis_points <= MAX_COMMISSION_BASIS_POINTS, ArxError::CommissionTooLarge);
        let node: Box<Node> = record::open(&accounts.node)?;
        ensure_same!(node.authority, *accounts.owner.key, ArxError::WrongAuthority);
        let mut stake = if record::exists(&accounts.stake) {
            record::open(&accounts.stake)?
        } else {
            let address = pda::node_stake(&node.identity);
            let stake =
                Box::new(NodeStake { identity: node.identity, bump: address.1, ..NodeStake::default() });
            record::create(
                &accounts.owner,
                &accounts.stake,
                address,
                &[pda::NODE_STAKE_SEED, node.identity.as_ref()],
                &*stake,
                8 + NodeStake::INIT_SPACE,
                ArxError::AlreadyExists,
            )?;
            stake
        };
        // Those who delegated did so at the commission of that day: it may only fall while there are shares.
        ensure!(
            stake.shares == 0 || commission_basis_points <= stake.commission_basis_points,
            ArxError::CommissionTooLarge
        );
        stake.commission_basis_points = commission_basis_points;
        accounts.make(&node, stake, amount)
    }
}
