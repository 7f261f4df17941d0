//! A cluster: the nodes that run computations together.

use anchor_lang::prelude::*;

use crate::constants::MAX_MEMBERS;

/// Whether a cluster takes computations.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq, InitSpace)]
pub enum ClusterState {
    /// Not every invited node has joined.
    Forming,
    /// Takes computations.
    Active,
    /// A member is in jail or convicted: no computations, no results, until it is back or replaced.
    Frozen,
}

/// A cluster, its members and keys of the epoch, its prices, and what it owes.
///
/// Seeds: `["cluster", id u64 little-endian]`. Written by `create_cluster`, `join_cluster`, `set_price`,
/// `finalize_computation`, `fail_computation`, `claim_fees`, `distribute_fees`, `sweep_treasury`, `begin_epoch`,
/// `declare_maintenance`, `leave_cluster`, `replace_member`, `unjail`, and by what punishes a member.
///
/// Its lamports are its rent, plus the sum of `accrued`, plus `treasury_accrued`.
#[account]
#[derive(Debug, InitSpace)]
pub struct Cluster {
    /// Its number, part of the address.
    pub id: u64,
    /// Sets prices.
    pub authority: Pubkey,
    /// Identities of the members; a member's index here is its party number.
    #[max_len(MAX_MEMBERS)]
    pub members: Vec<Pubkey>,
    /// Encryption keys of the epoch, parallel to `members`; zero until that member has joined.
    #[max_len(MAX_MEMBERS)]
    pub encryption_keys: Vec<[u8; 32]>,
    /// Bit i: member i has joined.
    pub joined: u16,
    /// The protocol that the members run ([`crate::constants`]).
    pub protocol: u16,
    /// 0 while forming, then 1; one more with every change of members or keys.
    pub epoch: u64,
    /// Lamports per cost unit.
    pub price_per_unit: u64,
    /// Lamports per computation; kept by the members when an input is at fault.
    pub base_fee: u64,
    /// Whether the cluster takes computations.
    pub state: ClusterState,
    /// The treasury's part of fees in this epoch, in basis points.
    pub treasury_basis_points: u16,
    /// Lamports owed to each member, parallel to `members`.
    #[max_len(MAX_MEMBERS)]
    pub accrued: Vec<u64>,
    /// Lamports owed to the treasury.
    pub treasury_accrued: u64,
    /// Computations finalised so far.
    pub finalized: u64,
    /// Computations that ended in `fail_computation` or expired.
    pub failed: u64,
    /// Bit i: member i is in jail or convicted.
    pub down: u16,
    /// First slot of the epoch.
    pub epoch_slot: u64,
    /// First slot of the last announced maintenance window.
    pub maintenance_start: u64,
    /// First slot after it.
    pub maintenance_end: u64,
    /// Bump of the address.
    pub bump: u8,
}

impl Cluster {
    /// Space for a cluster of `members` nodes, the discriminator included.
    pub fn space(members: usize) -> usize {
        let unused = MAX_MEMBERS.saturating_sub(members);
        8 + Self::INIT_SPACE - unused * (32 + 32 + 8)
    }

    /// The party number of a node.
    pub fn member_index(&self, identity: &Pubkey) -> Option<usize> {
        self.members.iter().position(|member| member == identity)
    }

    /// Notes that a member can or cannot work, and what that makes of the cluster.
    pub fn set_down(&mut self, index: usize, down: bool) {
        let bit = 1u16 << (index % MAX_MEMBERS);
        self.down = if down { self.down | bit } else { self.down & !bit };
        let all_joined = self.joined.count_ones() as usize == self.members.len();
        self.state = match (all_joined, self.down) {
            (false, _) => ClusterState::Forming,
            (true, 0) => ClusterState::Active,
            (true, _) => ClusterState::Frozen,
        };
    }

    /// Whether a maintenance window touches these slots.
    pub fn in_maintenance(&self, from: u64, to: u64) -> bool {
        from < self.maintenance_end && to >= self.maintenance_start && self.maintenance_end > 0
    }

    /// Whether member `index` has joined.
    pub fn has_joined(&self, index: usize) -> bool {
        index < self.members.len() && self.joined & (1 << index) != 0
    }
}
