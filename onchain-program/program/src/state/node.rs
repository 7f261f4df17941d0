//! A node's registration.

use anchor_lang::prelude::*;

use crate::constants::MAX_ENDPOINT_LENGTH;

/// Where a node stands.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq, InitSpace)]
pub enum NodeStatus {
    /// Registered; not in an active cluster yet.
    Joining,
    /// Member of a cluster.
    Active,
    /// Member of a cluster that asked to be replaced.
    Draining,
    /// Missed too many challenges; may ask back with `unjail`.
    Jailed,
    /// Convicted: never works again.
    Tombstoned,
    /// Left the network.
    Exited,
}

/// One node: who owns it, how it is reached, and the keys it speaks with.
///
/// Seeds: `["node", identity]`. Written by `register_node`, `update_node`, `join_cluster`, `rotate_epoch_key`,
/// `begin_epoch`, `drain_node`, `leave_cluster`, `replace_member`, `exit_node`, `unjail`, and by what punishes it.
#[account]
#[derive(Debug, InitSpace)]
pub struct Node {
    /// Cold key: owns the registration and the earnings.
    pub authority: Pubkey,
    /// Hot Ed25519 key: signs messages and results, and is the node's key in the QUIC mesh.
    pub identity: Pubkey,
    /// Hot key that pays for the node's transactions.
    pub fee_payer: Pubkey,
    /// Encryption key N: a canonical ristretto255 point, not the identity.
    pub encryption_key: [u8; 32],
    /// Schnorr proof that the node knows the secret key of N ([`crate::possession`]).
    pub proof_of_possession: [u8; 64],
    /// `host:port` of its QUIC endpoint.
    #[max_len(MAX_ENDPOINT_LENGTH)]
    pub endpoint: String,
    /// Where the node stands.
    pub status: NodeStatus,
    /// Its cluster, once it has joined one.
    pub cluster: Option<Pubkey>,
    /// Slot of the registration.
    pub registered_slot: u64,
    /// The cluster it was replaced in last: it can still be accused of what it did there.
    pub last_cluster: Option<Pubkey>,
    /// Encryption key for the cluster's next epoch, if one was registered.
    pub next_encryption_key: Option<[u8; 32]>,
    /// Windows of missed challenges since it last was in jail.
    pub strikes: u8,
    /// The last window in which it missed a challenge, plus one.
    pub last_miss: u64,
    /// The last window for which it got a strike, plus one.
    pub last_strike: u64,
    /// Slot from which `unjail` may be sent.
    pub jailed_until: u64,
    /// Bump of the address.
    pub bump: u8,
}

impl Node {
    /// Whether it may work: neither jailed nor convicted nor gone.
    pub fn is_able(&self) -> bool {
        matches!(self.status, NodeStatus::Joining | NodeStatus::Active | NodeStatus::Draining)
    }
}
