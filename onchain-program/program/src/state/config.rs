//! Parameters of the whole network.

use anchor_lang::prelude::*;

/// The network's parameters.
///
/// Seeds: `["config"]`. Written by `initialize`, `update_config`, `accept_authority`; hot paths never touch it.
#[account]
#[derive(Debug, InitSpace)]
pub struct Config {
    /// May change the parameters.
    pub authority: Pubkey,
    /// Named by the authority as its successor; takes office by `accept_authority`.
    pub pending_authority: Option<Pubkey>,
    /// Receives the treasury's part of fees.
    pub treasury: Pubkey,
    /// The treasury's part of every fee, in basis points; a cluster keeps the value it was created with for its epoch.
    pub treasury_basis_points: u16,
    /// Bump of the address.
    pub bump: u8,
}
