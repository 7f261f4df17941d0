//! Disputes: accusations that a jury of other clusters' nodes decides.

use anchor_lang::prelude::*;

use super::OffenceClass;

/// Where a dispute stands.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq, InitSpace)]
pub enum DisputeState {
    /// Jurors vote.
    Open,
    /// Two thirds of the jury's stake found the accused guilty.
    Guilty,
    /// It was found not guilty.
    NotGuilty,
    /// Too few voted.
    Undecided,
}

/// An accusation.
///
/// Seeds: `["dispute", accused, class, session]`: one per class and session, ever. Made by `open_dispute`, written by
/// `add_evidence`, `vote_dispute` and `resolve_dispute`. Holds the accuser's bond.
#[account]
#[derive(Debug, InitSpace)]
pub struct Dispute {
    /// The node.
    pub accused: Pubkey,
    /// Its cluster, whose members are no jurors.
    pub cluster: Pubkey,
    /// What it is accused of.
    pub class: OffenceClass,
    /// The session.
    pub session: [u8; 32],
    /// The computation it concerns; zero if none.
    pub computation: Pubkey,
    /// Who paid for it.
    pub victim: Pubkey,
    /// Last slot in which the offence can have been committed.
    pub offence_slot: u64,
    /// Who accuses.
    pub accuser: Pubkey,
    /// The accuser's evidence: a [`super::Buffer`], locked until the dispute is resolved.
    pub evidence: Pubkey,
    /// SHA-256 of it.
    pub evidence_hash: [u8; 32],
    /// The accused's evidence, once it has given any.
    pub defence: Option<Pubkey>,
    /// Lamports of the accuser, held here.
    pub bond: u64,
    /// Stake of all jurors, fixed when the dispute was opened.
    pub jury: u64,
    /// Stake that voted guilty.
    pub guilty: u64,
    /// Stake that voted not guilty.
    pub not_guilty: u64,
    /// When it was opened.
    pub opened_slot: u64,
    /// Last slot of voting.
    pub vote_by: u64,
    /// Where it stands.
    pub state: DisputeState,
    /// Bump of the address.
    pub bump: u8,
}

/// A juror's vote, so that it votes once.
///
/// Seeds: `["vote", dispute, identity]`. Made by `vote_dispute`.
#[account]
#[derive(Debug, InitSpace)]
pub struct Vote {
    /// The dispute.
    pub dispute: Pubkey,
    /// The juror.
    pub identity: Pubkey,
    /// How it voted.
    pub guilty: bool,
    /// With how much stake.
    pub tokens: u64,
    /// Bump of the address.
    pub bump: u8,
}
