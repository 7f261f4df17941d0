//! Punishing a node for a proven offence: once, by the schedule, within the cap.

use anchor_lang::prelude::*;

use crate::{
    constants::BASIS_POINTS,
    error::ArxError,
    events::NodePunished,
    instructions::Accused,
    pda,
    record::{self, ensure_same},
    state::{
        Cluster, Computation, ComputationStatus, Node, NodeStake, NodeStatus, Offence, OffenceClass,
        Parameters, Slash, StakePool, portion,
    },
};

/// What for.
#[derive(Clone, Copy, Debug)]
pub struct Charge {
    /// The class.
    pub class: OffenceClass,
    /// The session, or what stands for it.
    pub session: [u8; 32],
    /// Last slot in which it can have been committed.
    pub offence_slot: u64,
    /// Part of the stake of that time that it costs.
    pub basis_points: u64,
    /// Tokens that it costs besides.
    pub value: u64,
    /// Who reported it, and gets a part; nobody if default.
    pub reporter: Pubkey,
    /// Shares of which the reporter gets half.
    pub reporter_shares: u64,
    /// The computation it concerns; zero if none.
    pub computation: Pubkey,
    /// Who paid for it, and gets a part; nobody if default.
    pub victim: Pubkey,
}

/// What a punishment took, and who gets of it.
#[derive(Default)]
struct Taken {
    slashed: u64,
    reward: u64,
    compensation: u64,
}

/// Slashes, marks, and where the class says so convicts.
#[inline(never)]
pub fn punish(accused: &Accused<'_>, parameters: &Parameters, charge: &Charge) -> Result<()> {
    let slot = Clock::get()?.slot;
    let mut node: Box<Node> = record::open(&accused.node)?;
    let identity = node.identity;
    let taken = if record::exists(&accused.stake) {
        take(accused, parameters, charge, &node, slot)?
    } else {
        // Nobody spares a node by passing an empty account: there is none at the one address that its stake can have.
        let place = pda::node_stake(&identity).0;
        ensure_same!(*accused.stake.key, place, ArxError::AccountsDoNotBelongTogether);
        Taken::default()
    };
    if charge.class.tombstones() && node.status != NodeStatus::Tombstoned {
        node.status = NodeStatus::Tombstoned;
        freeze(&accused.cluster, &node)?;
        record::save(&*node, &accused.node)?;
    }
    let address = pda::offence(&identity, charge.class, &charge.session);
    let mark = Offence {
        identity,
        class: charge.class,
        session: charge.session,
        slashed: taken.slashed,
        reporter: charge.reporter,
        reward: taken.reward,
        computation: charge.computation,
        victim: charge.victim,
        compensation: taken.compensation,
        slot,
        bump: address.1,
    };
    record::create(
        &accused.payer,
        &accused.offence,
        address,
        &[pda::OFFENCE_SEED, identity.as_ref(), &[charge.class.code()], &charge.session],
        &mark,
        8 + Offence::INIT_SPACE,
        ArxError::AlreadyPunished,
    )?;
    crate::events::emit(&NodePunished {
        identity,
        class: charge.class,
        session: charge.session,
        slashed: taken.slashed,
        reward: taken.reward,
        victim: charge.victim,
        compensation: taken.compensation,
    });
    Ok(())
}

/// Takes the tokens and divides them: the reporter's part, then the victim's, and the rest is to be burned.
fn take(
    accused: &Accused<'_>,
    parameters: &Parameters,
    charge: &Charge,
    node: &Node,
    slot: u64,
) -> Result<Taken> {
    let mut pool: Box<StakePool> = record::open(&accused.pool)?;
    let mut stake: Box<NodeStake> = record::open(&accused.stake)?;
    ensure_same!(stake.identity, node.identity, ArxError::AccountsDoNotBelongTogether);
    let leaked = charge.class == OffenceClass::LeakedKey;
    let slash = Slash {
        offence_slot: charge.offence_slot,
        basis_points: charge.basis_points,
        value: charge.value,
        most_basis_points: match charge.class {
            OffenceClass::Withholding => u64::from(parameters.withholding_most_basis_points),
            _ => BASIS_POINTS,
        },
        // Whoever has the key can commit every offence there is: nothing is left to be capped.
        cap: (!leaked).then_some((u64::from(parameters.slash_cap_basis_points), parameters.period_slots)),
    };
    let (active, leaving) = stake.slash(&slash, slot)?;
    let slashed = active.checked_add(leaving).ok_or(ArxError::Overflow)?;
    let (mut reward, mut compensation) = (0, 0);
    if charge.reporter != Pubkey::default() {
        let own = match stake.shares {
            0 => 0,
            shares => portion(active, charge.reporter_shares, shares)?,
        };
        let others = slashed.checked_sub(own).ok_or(ArxError::Overflow)?;
        let part = portion(others, u64::from(parameters.reporter_basis_points), BASIS_POINTS)?;
        reward = (own / 2).checked_add(part.min(parameters.reporter_most)).ok_or(ArxError::Overflow)?;
    }
    let rest = slashed.checked_sub(reward).ok_or(ArxError::Overflow)?;
    if charge.victim != Pubkey::default() {
        let part = portion(slashed, u64::from(parameters.compensation_basis_points), BASIS_POINTS)?;
        compensation = part.min(parameters.compensation_most).min(rest);
    }
    // The stake of a convicted node does not count any more.
    if node.status != NodeStatus::Tombstoned {
        let left = if charge.class.tombstones() { stake.tokens } else { 0 };
        let gone = active.checked_add(left).ok_or(ArxError::Overflow)?;
        pool.total = pool.total.checked_sub(gone).ok_or(ArxError::Overflow)?;
    }
    let owed = reward.checked_add(compensation).ok_or(ArxError::Overflow)?;
    pool.rewards = pool.rewards.checked_add(owed).ok_or(ArxError::Overflow)?;
    let burnable = rest.checked_sub(compensation).ok_or(ArxError::Overflow)?;
    pool.burnable = pool.burnable.checked_add(burnable).ok_or(ArxError::Overflow)?;
    record::save(&*stake, &accused.stake)?;
    record::save(&*pool, &accused.pool)?;
    Ok(Taken { slashed, reward, compensation })
}

/// Last slot in which an offence over a computation can have been committed: once it is settled or its deadline has passed,
/// nothing is signed about it.
pub fn last_slot(computation: &Computation, slot: u64) -> u64 {
    match computation.status {
        ComputationStatus::Queued => slot.min(computation.deadline),
        _ => slot.min(computation.settled_slot).min(computation.deadline),
    }
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
