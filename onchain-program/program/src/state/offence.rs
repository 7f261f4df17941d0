//! A proven offence: it is punished once.

use anchor_lang::prelude::*;

/// What a node can be punished for.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq, InitSpace)]
pub enum OffenceClass {
    /// Two different signed messages or results for one session and round.
    Equivocation,
    /// A provable fault in preprocessing, in a pad, or a result that contradicts the openings all signed.
    Fault,
    /// An opening withheld after the certificate that all were ready to open.
    Withholding,
    /// Challenges left unanswered.
    Silence,
    /// A long-term secret key that someone else knows.
    LeakedKey,
}

impl OffenceClass {
    /// Number in the offence's address.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// Whether the node may never work again.
    pub fn tombstones(self) -> bool {
        matches!(self, Self::Equivocation | Self::Fault | Self::LeakedKey)
    }
}

/// The mark that a node was punished for this class and session, and what its reporter and its victim are owed.
///
/// Seeds: `["offence", identity, class, session]`. Never closed, so that no offence is punished twice.
#[account]
#[derive(Debug, InitSpace)]
pub struct Offence {
    /// The node.
    pub identity: Pubkey,
    /// What it did.
    pub class: OffenceClass,
    /// The session, or what stands for it.
    pub session: [u8; 32],
    /// Tokens taken.
    pub slashed: u64,
    /// Who reported it.
    pub reporter: Pubkey,
    /// Tokens the reporter may take with `claim_report`; 0 once taken.
    pub reward: u64,
    /// The computation it concerns; zero if none.
    pub computation: Pubkey,
    /// Who paid for that computation.
    pub victim: Pubkey,
    /// Tokens the victim may take with `claim_compensation`; 0 once taken.
    pub compensation: u64,
    /// When.
    pub slot: u64,
    /// Bump of the address.
    pub bump: u8,
}
