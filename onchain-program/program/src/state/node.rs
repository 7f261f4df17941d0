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
}

/// One node: who owns it, how it is reached, and the keys it speaks with.
///
/// Seeds: `["node", identity]`. Written by `register_node`, `update_node`, `join_cluster`.
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
    /// Bump of the address.
    pub bump: u8,
}
