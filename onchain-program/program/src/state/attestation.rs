//! Signatures of a cluster that is too large for one transaction, collected over several.

use anchor_lang::prelude::*;

/// Which members have signed one message about one computation, or about a signing key that was asked for.
///
/// Seeds: `["attestation", computation, SHA-256 of the message]`. Made and written by `attest_result`; used up by
/// `finalize_computation`, `fail_computation` and `publish_signing_key`; closed by `close_attestation` once the computation is settled
/// or the key is there.
#[account]
#[derive(Debug, InitSpace)]
pub struct Attestation {
    /// The computation, or the request for a signing key.
    pub computation: Pubkey,
    /// The cluster's epoch.
    pub epoch: u64,
    /// SHA-256 of the message that the members sign.
    pub message_hash: [u8; 32],
    /// Bit i: member i has signed.
    pub signed: u16,
    /// Who paid for the account, and gets its rent back.
    pub payer: Pubkey,
    /// Bump of the address.
    pub bump: u8,
}
