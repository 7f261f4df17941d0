//! An MXE: an application on a cluster.

use anchor_lang::prelude::*;

/// Binds an application's program to the cluster that computes for it.
///
/// Seeds: `["mxe", application program, id u64 little-endian]`. Written by `create_mxe` only.
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
    /// Bump of the address.
    pub bump: u8,
}
