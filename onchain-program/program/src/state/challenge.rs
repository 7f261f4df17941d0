//! Liveness challenges: questions that a node must answer by the chain's clock.

use anchor_lang::prelude::*;

/// What a challenged node showed.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq, InitSpace)]
pub struct Answer {
    /// The last round it sent.
    pub round: u32,
    /// Its running digest up to that round.
    pub running_digest: [u8; 32],
    /// SHA-256 of the message it showed, where that was asked for; else zero.
    pub message_hash: [u8; 32],
}

/// The opening that a challenged node must show, where the challenge is about one.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq, InitSpace)]
pub struct Demand {
    /// The session whose members all signed that they are ready to open.
    pub session: [u8; 32],
    /// The cluster's epoch.
    pub epoch: u64,
    /// The node's index among the members.
    pub member: u8,
    /// Tokens that withholding it costs besides its part of the stake.
    pub value: u64,
    /// The buffer in which the node showed it.
    pub shown: Option<Pubkey>,
}

/// A challenge to one member about one computation.
///
/// Seeds: `["challenge", computation, identity]`, or of one that demands an opening `["challenge", session, identity]`.
/// Made by `challenge_liveness` and `challenge_opening`, written by `answer_challenge`, `answer_opening` and
/// `record_miss`, closed by `close_challenge` and `strike_node`. Holds the challenger's bond until it is answered.
#[account]
#[derive(Debug, InitSpace)]
pub struct Challenge {
    /// The computation it is about.
    pub computation: Pubkey,
    /// Its cluster.
    pub cluster: Pubkey,
    /// Who must answer.
    pub identity: Pubkey,
    /// Who asked and paid; gets the rent back.
    pub challenger: Pubkey,
    /// When.
    pub opened_slot: u64,
    /// Last slot for the answer.
    pub answer_by: u64,
    /// Lamports that go to whoever answers, for its trouble.
    pub bond: u64,
    /// Who paid for the computation.
    pub victim: Pubkey,
    /// What must be shown; `None` if a sign of life is enough.
    pub demand: Option<Demand>,
    /// The answer.
    pub answer: Option<Answer>,
    /// It was counted as missed.
    pub missed: bool,
    /// Bump of the address.
    pub bump: u8,
}

impl Challenge {
    /// What stands in its address: the session if an opening is demanded, else the computation.
    pub fn subject(&self) -> Pubkey {
        self.demand.map_or(self.computation, |demand| Pubkey::new_from_array(demand.session))
    }
}

/// How much of the network missed challenges in one window of time. Strikes wait until the window is over, so that the
/// brake sees all of it.
///
/// Seeds: `["misses", window u64 little-endian]`. Made and written by `record_miss`.
#[account]
#[derive(Debug, InitSpace)]
pub struct MissWindow {
    /// Its number: slot divided by the window's length.
    pub window: u64,
    /// Stake of the nodes that missed.
    pub missed: u64,
    /// How many nodes missed.
    pub nodes: u32,
    /// All stake when the window's first miss was recorded.
    pub total: u64,
    /// Bump of the address.
    pub bump: u8,
}
