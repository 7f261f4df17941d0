//! `join_cluster`: an invited node accepts. When the last one has, the cluster's first epoch begins.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::ClusterJoined,
    record::{self, ensure, ensure_same, error},
    state::{Cluster, ClusterState, Config, Node, NodeStake, NodeStatus},
};

/// Accounts of `join_cluster`.
#[derive(Accounts)]
pub struct JoinCluster<'info> {
    /// The node's cold key.
    pub authority: Signer<'info>,
    /// CHECK: the node.
    #[account(mut)]
    pub node: UncheckedAccount<'info>,
    /// CHECK: the network's parameters.
    pub config: UncheckedAccount<'info>,
    /// CHECK: the node's stake; empty in a network without stake.
    pub stake: UncheckedAccount<'info>,
    /// CHECK: the cluster that invited it.
    #[account(mut)]
    pub cluster: UncheckedAccount<'info>,
}

impl<'info> JoinCluster<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let config: Box<Config> = record::open(&accounts.config)?;
        let mut node: Box<Node> = record::open(&accounts.node)?;
        let mut cluster: Box<Cluster> = record::open(&accounts.cluster)?;
        ensure_same!(node.authority, *accounts.authority.key, ArxError::WrongAuthority);
        ensure!(node.cluster.is_none(), ArxError::AlreadyInCluster);
        ensure!(node.status == NodeStatus::Joining, ArxError::NodeNotAble);
        check_stake(&config, &node.identity, &accounts.stake)?;
        let address = accounts.cluster.key();
        let index = cluster.member_index(&node.identity).ok_or(ArxError::NotAMember)?;
        ensure!(!cluster.has_joined(index), ArxError::AlreadyInCluster);
        cluster.joined |= 1 << index;
        cluster.encryption_keys[index] = node.encryption_key;
        if cluster.joined.count_ones() as usize == cluster.members.len() {
            cluster.state = ClusterState::Active;
            cluster.epoch = 1;
            cluster.epoch_slot = Clock::get()?.slot;
        }
        node.cluster = Some(address);
        node.status = NodeStatus::Active;
        record::save(&*cluster, &accounts.cluster)?;
        record::save(&*node, &accounts.node)?;
        crate::events::emit(&ClusterJoined {
            cluster: address,
            identity: node.identity,
            epoch: cluster.epoch,
        });
        Ok(())
    }
}

/// Refuses a node with less stake behind it than the network asks for.
pub(crate) fn check_stake(config: &Config, identity: &Pubkey, stake: &AccountInfo<'_>) -> Result<()> {
    if config.parameters.minimum_stake == 0 {
        return Ok(());
    }
    let stake: Box<NodeStake> = record::open(stake).map_err(|_| error(ArxError::StakeTooSmall))?;
    ensure_same!(stake.identity, *identity, ArxError::AccountsDoNotBelongTogether);
    ensure!(stake.tokens >= config.parameters.minimum_stake, ArxError::StakeTooSmall);
    Ok(())
}
