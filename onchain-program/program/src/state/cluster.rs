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
}

/// A cluster, its members and keys of the epoch, its prices, and what it owes.
///
/// Seeds: `["cluster", id u64 little-endian]`. Written by `create_cluster`, `join_cluster`, `set_price`,
/// `finalize_computation`, `fail_computation`, `claim_fees`, `sweep_treasury`.
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
    /// 0 while forming, then 1.
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

    /// Whether member `index` has joined.
    pub fn has_joined(&self, index: usize) -> bool {
        index < self.members.len() && self.joined & (1 << index) != 0
    }
}
