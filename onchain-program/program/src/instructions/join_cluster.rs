//! `join_cluster`: an invited node accepts. When the last one has, the cluster's first epoch begins.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::ClusterJoined,
    state::{Cluster, ClusterState, Node, NodeStatus},
};

/// Accounts of `join_cluster`.
#[derive(Accounts)]
pub struct JoinCluster<'info> {
    /// The node's cold key.
    pub authority: Signer<'info>,
    /// The node.
    #[account(mut, has_one = authority @ ArxError::WrongAuthority)]
    pub node: Box<Account<'info, Node>>,
    /// The cluster that invited it.
    #[account(mut)]
    pub cluster: Box<Account<'info, Cluster>>,
}

impl<'info> JoinCluster<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        require!(accounts.node.cluster.is_none(), ArxError::AlreadyInCluster);
        let address = accounts.cluster.key();
        let cluster = &mut accounts.cluster;
        let index = cluster.member_index(&accounts.node.identity).ok_or(ArxError::NotAMember)?;
        require!(!cluster.has_joined(index), ArxError::AlreadyInCluster);
        cluster.joined |= 1 << index;
        cluster.encryption_keys[index] = accounts.node.encryption_key;
        if cluster.joined.count_ones() as usize == cluster.members.len() {
            cluster.state = ClusterState::Active;
            cluster.epoch = 1;
        }
        accounts.node.cluster = Some(address);
        accounts.node.status = NodeStatus::Active;
        emit!(ClusterJoined { cluster: address, identity: accounts.node.identity, epoch: cluster.epoch });
        Ok(())
    }
}
