//! `distribute_fees`: moves a member's fees to its stake, where commission and owners' rewards are counted. Anyone may send it.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::FeesDistributed,
    money,
    record::{self, ensure, ensure_same},
    state::{Cluster, Node, NodeStake},
};

/// Accounts of `distribute_fees`.
#[derive(Accounts)]
pub struct DistributeFees<'info> {
    /// CHECK: the member.
    pub node: UncheckedAccount<'info>,
    /// CHECK: its stake.
    #[account(mut)]
    pub stake: UncheckedAccount<'info>,
    /// CHECK: its cluster.
    #[account(mut)]
    pub cluster: UncheckedAccount<'info>,
}

impl<'info> DistributeFees<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let node: Box<Node> = record::open(&accounts.node)?;
        let mut stake: Box<NodeStake> = record::open(&accounts.stake)?;
        let mut cluster: Box<Cluster> = record::open(&accounts.cluster)?;
        ensure_same!(node.identity, stake.identity, ArxError::AccountsDoNotBelongTogether);
        let index = cluster.member_index(&node.identity).ok_or(ArxError::NotAMember)?;
        let lamports = std::mem::take(&mut cluster.accrued[index]);
        ensure!(lamports > 0, ArxError::NothingToClaim);
        stake.earn(lamports)?;
        record::save(&*cluster, &accounts.cluster)?;
        record::save(&*stake, &accounts.stake)?;
        money::move_lamports(&accounts.cluster, &accounts.stake, lamports)?;
        crate::events::emit(&FeesDistributed { identity: node.identity, lamports });
        Ok(())
    }
}
