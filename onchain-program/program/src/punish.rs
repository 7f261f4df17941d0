//! Punishing a node for a proven offence: once, by the schedule, within the cap.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::NodePunished,
    pda,
    record::{self, ensure_same},
    state::{Cluster, Node, NodeStake, NodeStatus, Offence, OffenceClass, Parameters, StakePool, portion},
};

/// The accounts that change. Stake and pool may be absent (empty) in a network without stake.
pub struct Accused<'a, 'info> {
    /// Pays for the mark.
    pub payer: &'a AccountInfo<'info>,
    /// The node.
    pub node: &'a AccountInfo<'info>,
    /// Its stake.
    pub stake: &'a AccountInfo<'info>,
    /// The stake pool.
    pub pool: &'a AccountInfo<'info>,
    /// Its cluster, which freezes if the node may not work any more.
    pub cluster: &'a AccountInfo<'info>,
    /// The mark.
    pub offence: &'a AccountInfo<'info>,
}

/// What for.
pub struct Charge {
    /// The class.
    pub class: OffenceClass,
    /// The session, or what stands for it.
    pub session: [u8; 32],
    /// Part of the stake it costs.
    pub basis_points: u64,
    /// Who reported it, and gets a part; nobody if default.
    pub reporter: Pubkey,
}

/// Slashes, marks, and where the class says so convicts.
#[inline(never)]
pub fn punish(accused: &Accused<'_, '_>, parameters: &Parameters, charge: &Charge) -> Result<u64> {
    let slot = Clock::get()?.slot;
    let mut node: Box<Node> = record::open(accused.node)?;
    let identity = node.identity;
    let mut slashed = 0;
    let mut reward = 0;
    ensure_same!(*accused.stake.key, pda::node_stake(&identity).0, ArxError::AccountsDoNotBelongTogether);
    ensure_same!(*accused.pool.key, pda::stake_pool().0, ArxError::AccountsDoNotBelongTogether);
    let convict = charge.class.tombstones() && node.status != NodeStatus::Tombstoned;
    if record::exists(accused.stake) {
        let mut pool: Box<StakePool> = record::open(accused.pool)?;
        let mut stake: Box<NodeStake> = record::open(accused.stake)?;
        let (active, leaving) = stake.slash(
            charge.basis_points,
            slot,
            parameters.period_slots,
            u64::from(parameters.slash_cap_basis_points),
        )?;
        slashed = active.checked_add(leaving).ok_or(ArxError::Overflow)?;
        if charge.reporter != Pubkey::default() {
            reward = portion(slashed, u64::from(parameters.reporter_basis_points), 10_000)?
                .min(parameters.reporter_most);
        }
        // The stake of a convicted node does not count any more.
        if node.status != NodeStatus::Tombstoned {
            let gone =
                if convict { active.checked_add(stake.tokens).ok_or(ArxError::Overflow)? } else { active };
            pool.total = pool.total.checked_sub(gone).ok_or(ArxError::Overflow)?;
        }
        pool.rewards = pool.rewards.checked_add(reward).ok_or(ArxError::Overflow)?;
        let burnable = slashed.checked_sub(reward).ok_or(ArxError::Overflow)?;
        pool.burnable = pool.burnable.checked_add(burnable).ok_or(ArxError::Overflow)?;
        record::save(&*stake, accused.stake)?;
        record::save(&*pool, accused.pool)?;
    }
    if convict {
        node.status = NodeStatus::Tombstoned;
        freeze(accused.cluster, &node)?;
        record::save(&*node, accused.node)?;
    }
    let address = pda::offence(&identity, charge.class, &charge.session);
    let mark = Offence {
        identity,
        class: charge.class,
        session: charge.session,
        slashed,
        reporter: charge.reporter,
        reward,
        slot,
        bump: address.1,
    };
    record::create(
        accused.payer,
        accused.offence,
        address,
        &[pda::OFFENCE_SEED, identity.as_ref(), &[charge.class.code()], &charge.session],
        &mark,
        8 + Offence::INIT_SPACE,
        ArxError::AlreadyPunished,
    )?;
    emit!(NodePunished { identity, class: charge.class, session: charge.session, slashed, reward });
    Ok(slashed)
}

/// Notes in the node's cluster that it cannot work.
pub fn freeze(cluster: &AccountInfo<'_>, node: &Node) -> Result<()> {
    let Some(address) = node.cluster else { return Ok(()) };
    ensure_same!(*cluster.key, address, ArxError::AccountsDoNotBelongTogether);
    let mut cluster_data: Box<Cluster> = record::open(cluster)?;
    if let Some(index) = cluster_data.member_index(&node.identity) {
        cluster_data.set_down(index, true);
        record::save(&*cluster_data, cluster)?;
    }
    Ok(())
}
