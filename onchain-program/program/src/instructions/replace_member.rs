//! `replace_member`: puts another node in the place of a member that is draining, in jail or convicted, and begins an epoch. Only while
//! no computation waits, whose lamports go with the one who leaves.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::MemberReplaced,
    instructions::{
        begin_epoch::{check_empty, start_epoch},
        join_cluster::check_stake,
    },
    money, pda,
    record::{self, ensure, ensure_same},
    state::{Cluster, ClusterState, Config, Node, NodeStake, NodeStatus},
};

/// Accounts of `replace_member`.
#[derive(Accounts)]
pub struct ReplaceMember<'info> {
    /// The cluster's authority.
    pub authority: Signer<'info>,
    /// The newcomer's cold key.
    pub newcomer_authority: Signer<'info>,
    /// CHECK: the network's parameters.
    pub config: UncheckedAccount<'info>,
    /// CHECK: the cluster.
    #[account(mut)]
    pub cluster: UncheckedAccount<'info>,
    /// CHECK: its queue.
    pub queue: UncheckedAccount<'info>,
    /// CHECK: the member that leaves.
    #[account(mut)]
    pub leaver: UncheckedAccount<'info>,
    /// CHECK: its stake, which receives its fees; empty in a network without stake.
    #[account(mut)]
    pub leaver_stake: UncheckedAccount<'info>,
    /// CHECK: its cold key, which receives its fees where there is no stake.
    #[account(mut)]
    pub leaver_authority: UncheckedAccount<'info>,
    /// CHECK: the node that comes.
    #[account(mut)]
    pub newcomer: UncheckedAccount<'info>,
    /// CHECK: the newcomer's stake; empty in a network without stake.
    pub stake: UncheckedAccount<'info>,
}

impl<'info> ReplaceMember<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let config: Box<Config> = record::open(&accounts.config)?;
        let mut cluster: Box<Cluster> = record::open(&accounts.cluster)?;
        let mut leaver: Box<Node> = record::open(&accounts.leaver)?;
        let mut newcomer: Box<Node> = record::open(&accounts.newcomer)?;
        let address = accounts.cluster.key();
        ensure_same!(cluster.authority, *accounts.authority.key, ArxError::WrongAuthority);
        ensure_same!(newcomer.authority, *accounts.newcomer_authority.key, ArxError::WrongAuthority);
        ensure!(cluster.state != ClusterState::Forming, ArxError::ClusterNotActive);
        check_empty(&accounts.queue, &address)?;
        let leaves =
            matches!(leaver.status, NodeStatus::Draining | NodeStatus::Jailed | NodeStatus::Tombstoned);
        ensure!(leaves && leaver.cluster == Some(address), ArxError::WrongNodeState);
        ensure!(
            newcomer.cluster.is_none() && newcomer.status == NodeStatus::Joining,
            ArxError::AlreadyInCluster
        );
        check_stake(&config, &newcomer.identity, &accounts.stake)?;
        let index = cluster.member_index(&leaver.identity).ok_or(ArxError::NotAMember)?;
        ensure!(cluster.member_index(&newcomer.identity).is_none(), ArxError::AlreadyInCluster);
        // What it earned stays its own.
        let owed = std::mem::take(&mut cluster.accrued[index]);
        ensure_same!(leaver.authority, *accounts.leaver_authority.key, ArxError::AccountsDoNotBelongTogether);
        ensure_same!(
            *accounts.leaver_stake.key,
            pda::node_stake(&leaver.identity).0,
            ArxError::AccountsDoNotBelongTogether
        );
        let receiver = if record::exists(&accounts.leaver_stake) {
            let mut stake: Box<NodeStake> = record::open(&accounts.leaver_stake)?;
            stake.earn(owed)?;
            record::save(&*stake, &accounts.leaver_stake)?;
            &accounts.leaver_stake
        } else {
            &accounts.leaver_authority
        };
        money::move_lamports(&accounts.cluster, receiver, owed)?;
        cluster.members[index] = newcomer.identity;
        cluster.encryption_keys[index] = newcomer.encryption_key;
        cluster.set_down(index, false);
        start_epoch(&mut cluster)?;
        leaver.cluster = None;
        leaver.last_cluster = Some(address);
        if leaver.status == NodeStatus::Draining {
            leaver.status = NodeStatus::Joining;
        }
        newcomer.cluster = Some(address);
        newcomer.status = NodeStatus::Active;
        record::save(&*cluster, &accounts.cluster)?;
        record::save(&*leaver, &accounts.leaver)?;
        record::save(&*newcomer, &accounts.newcomer)?;
        crate::events::emit(&MemberReplaced {
            cluster: address,
            leaver: leaver.identity,
            newcomer: newcomer.identity,
            epoch: cluster.epoch,
        });
        Ok(())
    }
}
