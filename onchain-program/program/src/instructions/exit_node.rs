//! `exit_node`: a node that is in no cluster leaves the network for good.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::NodeStatusChanged,
    record::{self, ensure, ensure_same},
    state::{Node, NodeStatus},
};

/// Accounts of `exit_node`.
#[derive(Accounts)]
pub struct ExitNode<'info> {
    /// The node's cold key.
    pub authority: Signer<'info>,
    /// CHECK: the node.
    #[account(mut)]
    pub node: UncheckedAccount<'info>,
}

impl<'info> ExitNode<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let mut node: Box<Node> = record::open(&accounts.node)?;
        ensure_same!(node.authority, *accounts.authority.key, ArxError::WrongAuthority);
        ensure!(node.status == NodeStatus::Joining && node.cluster.is_none(), ArxError::WrongNodeState);
        node.status = NodeStatus::Exited;
        record::save(&*node, &accounts.node)?;
        crate::events::emit(&NodeStatusChanged { identity: node.identity, status: node.status });
        Ok(())
    }
}
