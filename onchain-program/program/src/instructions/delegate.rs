//! `delegate`: anyone puts tokens behind a node, and shares its fees and its slashes.

use anchor_lang::prelude::*;

use crate::{
    instructions::Deposit,
    record,
    state::{Node, NodeStake},
};

impl<'info> Deposit<'info> {
    pub(crate) fn delegate(ctx: Context<'info, Self>, amount: u64) -> Result<()> {
        let accounts = ctx.accounts;
        let node: Box<Node> = record::open(&accounts.node)?;
        let stake: Box<NodeStake> = record::open(&accounts.stake)?;
        accounts.make(&node, stake, amount)
    }
}
