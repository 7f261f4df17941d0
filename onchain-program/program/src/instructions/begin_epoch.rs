//! `begin_epoch`: begins a cluster's next epoch with the keys its members have registered for it. The remaining accounts are the
//! members, in their order. Only while no computation waits, for inputs are encrypted to an epoch's keys.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::EpochBegan,
    record::{self, ensure, ensure_same},
    state::{Cluster, ClusterState, Node, Queue, QueueMut},
};

/// Accounts of `begin_epoch`.
#[derive(Accounts)]
pub struct BeginEpoch<'info> {
    /// The cluster's authority.
    pub authority: Signer<'info>,
    /// CHECK: the cluster.
    #[account(mut)]
    pub cluster: UncheckedAccount<'info>,
    /// CHECK: its queue.
    pub queue: UncheckedAccount<'info>,
}

impl<'info> BeginEpoch<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let mut cluster: Box<Cluster> = record::open(&accounts.cluster)?;
        ensure_same!(cluster.authority, *accounts.authority.key, ArxError::WrongAuthority);
        ensure!(cluster.state != ClusterState::Forming, ArxError::ClusterNotActive);
        check_empty(&accounts.queue, accounts.cluster.key)?;
        ensure!(ctx.remaining_accounts.len() == cluster.members.len(), ArxError::MissingAccount);
        for (index, info) in ctx.remaining_accounts.iter().enumerate() {
            let mut node: Box<Node> = record::open(info)?;
            ensure_same!(node.identity, cluster.members[index], ArxError::NotAMember);
            if let Some(key) = node.next_encryption_key.take() {
                node.encryption_key = key;
                cluster.encryption_keys[index] = key;
                record::save(&*node, info)?;
            }
        }
        start_epoch(&mut cluster)?;
        record::save(&*cluster, &accounts.cluster)?;
        crate::events::emit(&EpochBegan { cluster: accounts.cluster.key(), epoch: cluster.epoch });
        Ok(())
    }
}

/// Refuses while computations wait.
pub(crate) fn check_empty(queue: &AccountInfo<'_>, cluster: &Pubkey) -> Result<()> {
    ensure!(queue.owner == &crate::ID, ArxError::WrongAccount);
    let mut data = queue.try_borrow_data()?.get(..Queue::space(0)).ok_or(ArxError::WrongAccount)?.to_vec();
    ensure!(QueueMut::open(&mut data, cluster)?.head.length == 0, ArxError::QueueNotEmpty);
    Ok(())
}

/// One epoch more, from now.
pub(crate) fn start_epoch(cluster: &mut Cluster) -> Result<()> {
    cluster.epoch = cluster.epoch.checked_add(1).ok_or(ArxError::Overflow)?;
    cluster.epoch_slot = Clock::get()?.slot;
    Ok(())
}
