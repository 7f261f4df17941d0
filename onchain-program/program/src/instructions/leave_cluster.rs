//! `leave_cluster`: a node leaves a cluster that is still forming.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::NodeStatusChanged,
    record::{self, ensure, ensure_same},
    state::{Cluster, ClusterState, Node, NodeStatus},
};

/// Accounts of `leave_cluster`.
#[derive(Accounts)]
pub struct LeaveCluster<'info> {
    /// The node's cold key.
    pub authority: Signer<'info>,
    /// CHECK: the node.
    #[account(mut)]
    pub node: UncheckedAccount<'info>,
    /// CHECK: the cluster.
    #[account(mut)]
    pub cluster: UncheckedAccount<'info>,
}

impl<'info> LeaveCluster<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let mut node: Box<Node> = record::open(&accounts.node)?;
        let mut cluster: Box<Cluster> = record::open(&accounts.cluster)?;
        ensure_same!(node.authority, *accounts.authority.key, ArxError::WrongAuthority);
        ensure!(node.cluster == Some(accounts.cluster.key()), ArxError::NotAMember);
        ensure!(cluster.state == ClusterState::Forming, ArxError::WrongNodeState);
        let index = cluster.member_index(&node.identity).ok_or(ArxError::NotAMember)?;
        cluster.joined &= !(1 << index);
        cluster.encryption_keys[index] = [0; 32];
        node.cluster = None;
        node.status = NodeStatus::Joining;
        record::save(&*cluster, &accounts.cluster)?;
        record::save(&*node, &accounts.node)?;
        crate::events::emit(&NodeStatusChanged { identity: node.identity, status: node.status });
        Ok(())
    }
}
