//! `drain_node`: a member asks to be replaced. It goes on working until it is.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::NodeStatusChanged,
    record::{self, ensure, ensure_same},
    state::{Node, NodeStatus},
};

/// Accounts of `drain_node`.
#[derive(Accounts)]
pub struct DrainNode<'info> {
    /// The node's cold key.
    pub authority: Signer<'info>,
    /// CHECK: the node.
    #[account(mut)]
    pub node: UncheckedAccount<'info>,
}

impl<'info> DrainNode<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let mut node: Box<Node> = record::open(&accounts.node)?;
        ensure_same!(node.authority, *accounts.authority.key, ArxError::WrongAuthority);
        ensure!(node.status == NodeStatus::Active, ArxError::WrongNodeState);
        node.status = NodeStatus::Draining;
        record::save(&*node, &accounts.node)?;
        crate::events::emit(&NodeStatusChanged { identity: node.identity, status: node.status });
        Ok(())
    }
}
