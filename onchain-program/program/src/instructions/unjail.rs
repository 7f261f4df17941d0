//! `unjail`: a node comes back from jail after its time. Its cluster goes on when all members are back.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::NodeStatusChanged,
    record::{self, ensure, ensure_same},
    state::{Cluster, Node, NodeStatus},
};

/// Accounts of `unjail`.
#[derive(Accounts)]
pub struct Unjail<'info> {
    /// The node's cold key.
    pub authority: Signer<'info>,
    /// CHECK: the node.
    #[account(mut)]
    pub node: UncheckedAccount<'info>,
    /// CHECK: its cluster.
    #[account(mut)]
    pub cluster: UncheckedAccount<'info>,
}

impl<'info> Unjail<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let mut node: Box<Node> = record::open(&accounts.node)?;
        ensure_same!(node.authority, *accounts.authority.key, ArxError::WrongAuthority);
        ensure!(node.status == NodeStatus::Jailed, ArxError::WrongNodeState);
        ensure!(Clock::get()?.slot >= node.jailed_until, ArxError::TooEarly);
        if node.cluster.is_none() {
            // It was replaced while it sat.
            node.status = NodeStatus::Joining;
        } else {
            ensure!(node.cluster == Some(accounts.cluster.key()), ArxError::AccountsDoNotBelongTogether);
            let mut cluster: Box<Cluster> = record::open(&accounts.cluster)?;
            let index = cluster.member_index(&node.identity).ok_or(ArxError::NotAMember)?;
            cluster.set_down(index, false);
            record::save(&*cluster, &accounts.cluster)?;
            node.status = NodeStatus::Active;
        }
        record::save(&*node, &accounts.node)?;
        crate::events::emit(&NodeStatusChanged { identity: node.identity, status: node.status });
        Ok(())
    }
}
