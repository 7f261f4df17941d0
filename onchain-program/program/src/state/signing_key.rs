//! The key that an application's nodes sign with, together.

use anchor_lang::prelude::*;

use crate::{constants::MAX_MEMBERS, message::sha256};

/// An application has asked for a signing key. The members of its cluster make it, and [`SigningKey`] takes this account's place.
///
/// Seeds: `["signing-key", mxe, version u32 little-endian]`. Made by `request_signing_key`; it has the room, and so the rent, of
/// the key.
#[account]
#[derive(Debug, PartialEq, Eq, InitSpace)]
pub struct SigningKeyRequest {
    /// The MXE.
    pub mxe: Pubkey,
    /// Version of the members' long-term keys for this MXE.
    pub version: u32,
    /// The cluster whose members make it.
    pub cluster: Pubkey,
    /// Bump of the address.
    pub bump: u8,
}

/// An MXE's Ed25519 key: every member has an additive share of it, so that it signs only what all of them sign.
///
/// Seeds: those of [`SigningKeyRequest`], whose account it takes over. Written once, by `publish_signing_key`.
#[account]
#[derive(Debug, PartialEq, Eq, InitSpace)]
pub struct SigningKey {
    /// The MXE.
    pub mxe: Pubkey,
    /// Version of the members' long-term keys for this MXE.
    pub version: u32,
    /// The cluster whose members made it.
    pub cluster: Pubkey,
    /// Its epoch then.
    pub epoch: u64,
    /// Which members made it: [`SigningKey::hash_of_members`].
    pub members: [u8; 32],
    /// The key that signatures are verified with: the sum of `shares`.
    pub key: Pubkey,
    /// The public share of each member, in the cluster's order.
    #[max_len(MAX_MEMBERS)]
    pub shares: Vec<[u8; 32]>,
    /// Bump of the address.
    pub bump: u8,
}

impl SigningKey {
    /// Space for the key of a cluster of `members` nodes, the discriminator included.
    pub fn space(members: usize) -> usize {
        8 + Self::INIT_SPACE - 32 * MAX_MEMBERS.saturating_sub(members)
    }

    /// SHA-256 of the members' identities, in the cluster's order. The key is theirs alone: while a cluster has other members,
    /// it signs nothing.
    pub fn hash_of_members(members: &[Pubkey]) -> [u8; 32] {
        let identities: Vec<&[u8]> = members.iter().map(Pubkey::as_ref).collect();
        sha256(&identities)
    }
}
