//! Parameters of the whole network.

use anchor_lang::prelude::*;

use crate::{constants::BASIS_POINTS, error::ArxError, record::ensure};

/// Amounts, times and shares by which the network works. They change only with notice ([`Parameters::timelock_slots`]).
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq, InitSpace)]
pub struct Parameters {
    /// Tokens a node needs behind it to join a cluster.
    pub minimum_stake: u64,
    /// Slots from `unbond` to `withdraw`; longer than evidence, dispute and challenge take together.
    pub unbonding_slots: u64,
    /// Oldest evidence, counted from the deadline of the computation or the end of the epoch it concerns.
    pub evidence_slots: u64,
    /// Slots a jury has to vote.
    pub dispute_slots: u64,
    /// Slots a node has to answer a challenge, and the length of the windows in which misses are counted.
    pub challenge_slots: u64,
    /// Slots a node stays in jail.
    pub jail_slots: u64,
    /// Lamports that accusers and challengers put down.
    pub bond: u64,
    /// Reporter's part of what is slashed, in basis points.
    pub reporter_basis_points: u16,
    /// Most tokens a reporter gets.
    pub reporter_most: u64,
    /// Part of what is slashed that goes to who paid for the computation concerned, in basis points.
    pub compensation_basis_points: u16,
    /// Most tokens it gets.
    pub compensation_most: u64,
    /// Part of a node's stake that equivocation costs, in basis points.
    pub equivocation_basis_points: u16,
    /// Part that a provable fault costs.
    pub fault_basis_points: u16,
    /// Part that withholding an opening costs.
    pub withholding_basis_points: u16,
    /// Most that withholding may cost, with the value at stake that the application declared.
    pub withholding_most_basis_points: u16,
    /// Part that the third strike costs, times the number of nodes failing in the same window, at most three.
    pub silence_basis_points: u16,
    /// Most of a node's stake that may be slashed within a period.
    pub slash_cap_basis_points: u16,
    /// Length of that period.
    pub period_slots: u64,
    /// If nodes with more than this part of all stake miss challenges in one window, no strike is given in it.
    pub brake_basis_points: u16,
    /// Longest maintenance window.
    pub maintenance_slots: u64,
    /// How long ahead it must be announced.
    pub maintenance_notice: u64,
    /// Least distance between the starts of two windows of a cluster.
    pub maintenance_gap: u64,
    /// Notice for changing any of these.
    pub timelock_slots: u64,
}

/// Slots of a day, at 400 ms.
const DAY: u64 = 216_000;

impl Default for Parameters {
    fn default() -> Self {
        Self {
            minimum_stake: 0,
            unbonding_slots: 21 * DAY,
            evidence_slots: 10 * DAY,
            dispute_slots: 5 * DAY,
            challenge_slots: 750,
            jail_slots: DAY,
            bond: 50_000_000,
            reporter_basis_points: 500,
            reporter_most: u64::MAX,
            compensation_basis_points: 1_000,
            compensation_most: u64::MAX,
            equivocation_basis_points: 5_000,
            fault_basis_points: 3_000,
            withholding_basis_points: 1_000,
            withholding_most_basis_points: 3_000,
            silence_basis_points: 10,
            slash_cap_basis_points: 6_000,
            period_slots: 7 * DAY,
            brake_basis_points: 3_300,
            maintenance_slots: 9_000,
            maintenance_notice: DAY,
            maintenance_gap: 7 * DAY,
            timelock_slots: 2 * DAY,
        }
    }
}

impl Parameters {
    /// Refuses values under which stake could leave before it can be slashed, or shares over a whole.
    pub fn validate(&self) -> Result<()> {
        let pursuit = self
            .evidence_slots
            .checked_add(self.dispute_slots)
            .and_then(|sum| sum.checked_add(self.challenge_slots))
            .ok_or(ArxError::Overflow)?;
        ensure!(self.unbonding_slots > pursuit, ArxError::InvalidParameters);
        ensure!(self.challenge_slots > 0 && self.period_slots > 0, ArxError::InvalidParameters);
        for share in [
            self.reporter_basis_points,
            self.equivocation_basis_points,
            self.fault_basis_points,
            self.withholding_basis_points,
            self.withholding_most_basis_points,
            self.silence_basis_points,
            self.slash_cap_basis_points,
            self.brake_basis_points,
        ] {
            ensure!(u64::from(share) <= BASIS_POINTS, ArxError::InvalidParameters);
        }
        // Reporter and victim together get no more than there is.
        let given = u64::from(self.reporter_basis_points) + u64::from(self.compensation_basis_points);
        ensure!(given <= BASIS_POINTS, ArxError::InvalidParameters);
        Ok(())
    }
}

/// Parameters that take effect later.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq, InitSpace)]
pub struct PendingParameters {
    /// The new values.
    pub parameters: Parameters,
    /// First slot in which `apply_parameters` may be sent.
    pub effective_slot: u64,
}

/// The network's parameters.
///
/// Seeds: `["config"]`. Written by `initialize`, `update_config`, `accept_authority`, `propose_parameters` and
/// `apply_parameters`; hot paths never touch it.
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
    /// Amounts, times and shares.
    pub parameters: Parameters,
    /// Those that will follow.
    pub pending: Option<PendingParameters>,
    /// Bump of the address.
    pub bump: u8,
}
