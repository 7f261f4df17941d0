//! An MXE: an application on a cluster.

use anchor_lang::prelude::*;

use crate::constants::MAX_RECOVERY_SET;

/// A move to another cluster that waits.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq, InitSpace)]
pub struct Migration {
    /// Where to.
    pub cluster: Pubkey,
    /// First slot in which `execute_migration` may be sent.
    pub effective_slot: u64,
}

/// Binds an application's program to the cluster that computes for it.
///
/// Seeds: `["mxe", application program, id u64 little-endian]`. Written by `create_mxe`, `protect_mxe`, `close_mxe`
/// and the migration instructions; never removed.
#[account]
#[derive(Debug, InitSpace)]
pub struct Mxe {
    /// The application's program: receives callbacks.
    pub application: Pubkey,
    /// The address `["arx"]` of that program: signs every CPI of the application.
    pub application_signer: Pubkey,
    /// The application's own number for this MXE.
    pub id: u64,
    /// The cluster that computes for it.
    pub cluster: Pubkey,
    /// The cluster's protocol when the MXE was made; fixed for life.
    pub protocol: u16,
    /// May create and deprecate definitions.
    pub authority: Pubkey,
    /// Version of the members' long-term state keys for this MXE.
    pub state_key_version: u32,
    /// Slot of creation.
    pub created_slot: u64,
    /// No new computations, for good.
    pub closed: bool,
    /// Slots that a migration and a new definition must wait: both could give an application's state away. It only grows.
    pub delay_slots: u64,
    /// May stop a migration or a new definition while it waits.
    pub veto: Option<Pubkey>,
    /// Whom the members' long-term keys are escrowed to; a quorum of it can recover the state.
    #[max_len(MAX_RECOVERY_SET)]
    pub recovery_set: Vec<Pubkey>,
    /// The cluster it is to move to, and the slot from which it may.
    pub migration: Option<Migration>,
    /// Bump of the address.
    pub bump: u8,
}
