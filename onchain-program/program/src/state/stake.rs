//! Stake: SPL tokens behind nodes, their owners' parts, and what is on its way out.
//!
//! All tokens lie in one vault; these accounts say whose they are. At any time
//!
//! ```text
//! tokens in the vault = sum over nodes (tokens + unbonding_tokens) + burnable + unpaid rewards and compensation
//! lamports of a NodeStake = its rent + commission + rewards
//! ```

use anchor_lang::prelude::*;

use crate::{error::ArxError, record::ensure};

/// Scale of [`NodeStake::rewards_per_share`]: lamports per share times 2^40.
pub const REWARD_SCALE: u128 = 1 << 40;

/// The network's stake as a whole.
///
/// Seeds: `["stake"]`. Made by `create_stake_pool`; signs for the vault; written whenever stake moves.
#[account]
#[derive(Debug, InitSpace)]
pub struct StakePool {
    /// The stake token.
    pub mint: Pubkey,
    /// The token account that holds all stake: the address `["vault"]`.
    pub vault: Pubkey,
    /// Tokens at work behind nodes that are not tombstoned.
    pub total: u64,
    /// Slashed tokens that `burn_slashed` may burn.
    pub burnable: u64,
    /// Rewards of reporters and compensation of victims that were not taken yet.
    pub rewards: u64,
    /// Bump of the address.
    pub bump: u8,
}

/// Entries of [`NodeStake::added`]. Together they cover the time of an unbonding, longer than evidence lives.
pub const HISTORY: usize = 16;

/// Tokens that were put behind a node within a part of the time that [`NodeStake::added`] covers.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, Default, PartialEq, Eq, InitSpace)]
pub struct Added {
    /// Slot of the first deposit in it.
    pub first: u64,
    /// Slot of the last.
    pub last: u64,
    /// How many tokens they were.
    pub tokens: u64,
}

/// What a punishment takes.
#[derive(Clone, Copy, Debug)]
pub struct Slash {
    /// Last slot in which the offence can have been committed: what was added after it does not count.
    pub offence_slot: u64,
    /// Part of the stake of that time, in basis points.
    pub basis_points: u64,
    /// Tokens on top of it.
    pub value: u64,
    /// Most of the stake of that time that both may be, in basis points.
    pub most_basis_points: u64,
    /// Most of the stake that may be taken within a period, and the period's length; `None` where no cap holds.
    pub cap: Option<(u64, u64)>,
}

/// The stake behind one node: its own and what others delegated, in one pool of shares, so that a slash takes the same
/// part of each.
///
/// Seeds: `["node-stake", identity]`. Made by `bond`.
#[account]
#[derive(Debug, Default, InitSpace)]
pub struct NodeStake {
    /// The node.
    pub identity: Pubkey,
    /// Tokens at work.
    pub tokens: u64,
    /// Shares in them.
    pub shares: u64,
    /// Tokens on their way out, still slashable.
    pub unbonding_tokens: u64,
    /// Shares in them.
    pub unbonding_shares: u64,
    /// One more each time a slash left nothing of what was on its way out: older shares are then worth nothing.
    pub unbonding_round: u32,
    /// The operator's part of fees before they are shared, in basis points.
    pub commission_basis_points: u16,
    /// Lamports owed to the operator.
    pub commission: u64,
    /// Lamports held for those who own shares.
    pub rewards: u64,
    /// Lamports each share has earned so far, times [`REWARD_SCALE`].
    pub rewards_per_share: u128,
    /// What was added lately, in no order; see [`NodeStake::added_after`].
    pub added: [Added; HISTORY],
    /// Start of the period that the cap on slashes counts in.
    pub period_start: u64,
    /// Tokens (at work and on their way out) when the period began.
    pub period_tokens: u64,
    /// Slashed in the period.
    pub period_slashed: u64,
    /// Bump of the address.
    pub bump: u8,
}

/// One owner's part of a node's stake.
///
/// Seeds: `["delegation", identity, owner]`. Made by `bond` and `delegate`.
#[account]
#[derive(Debug, InitSpace)]
pub struct Delegation {
    /// The node.
    pub identity: Pubkey,
    /// Who owns it.
    pub owner: Pubkey,
    /// Shares of [`NodeStake::shares`].
    pub shares: u64,
    /// [`NodeStake::rewards_per_share`] up to which rewards were credited.
    pub credited: u128,
    /// Lamports earned and not taken.
    pub earned: u64,
    /// Bump of the address.
    pub bump: u8,
}

/// Stake on its way out.
///
/// Seeds: `["unbonding", delegation, id u64 little-endian]`. Made by `unbond`, closed by `withdraw`.
#[account]
#[derive(Debug, InitSpace)]
pub struct Unbonding {
    /// The node.
    pub identity: Pubkey,
    /// Who gets it.
    pub owner: Pubkey,
    /// Shares of [`NodeStake::unbonding_shares`].
    pub shares: u64,
    /// [`NodeStake::unbonding_round`] when it began.
    pub round: u32,
    /// Slot from which it may be taken.
    pub release_slot: u64,
    /// Bump of the address.
    pub bump: u8,
}

/// `amount * part / whole`, rounded down.
pub fn portion(amount: u64, part: u64, whole: u64) -> Result<u64> {
    let product = u128::from(amount) * u128::from(part);
    let quotient = product.checked_div(u128::from(whole)).ok_or(ArxError::Overflow)?;
    u64::try_from(quotient).map_err(|_| ArxError::Overflow.into())
}

fn add(left: u64, right: u64) -> Result<u64> {
    left.checked_add(right).ok_or_else(|| ArxError::Overflow.into())
}

fn subtract(left: u64, right: u64) -> Result<u64> {
    left.checked_sub(right).ok_or_else(|| ArxError::Overflow.into())
}

impl NodeStake {
    /// Adds tokens; returns the shares they are worth, rounded down. An entry of the history takes what is added within
    /// the part `memory / HISTORY` of the time that it must cover.
    pub fn deposit(&mut self, amount: u64, slot: u64, memory: u64) -> Result<u64> {
        let shares = if self.shares == 0 { amount } else { portion(amount, self.shares, self.tokens)? };
        ensure!(shares > 0, ArxError::AmountTooSmall);
        let span = memory / HISTORY as u64;
        let (mut newest, mut oldest) = (0, 0);
        for (index, entry) in self.added.iter().enumerate() {
            if entry.last > self.added[newest].last {
                newest = index;
            }
            if entry.last < self.added[oldest].last {
                oldest = index;
            }
        }
        let newest = &mut self.added[newest];
        if newest.tokens > 0 && slot < newest.first.saturating_add(span) {
            newest.last = slot;
            newest.tokens = add(newest.tokens, amount)?;
        } else {
            // What is forgotten is older than any evidence.
            self.added[oldest] = Added { first: slot, last: slot, tokens: amount };
        }
        self.tokens = add(self.tokens, amount)?;
        self.shares = add(self.shares, shares)?;
        Ok(shares)
    }

    /// Tokens that were certainly added after a slot. What shares an entry with earlier deposits counts as earlier, so
    /// that nobody can hide old stake behind new.
    pub fn added_after(&self, slot: u64) -> u64 {
        self.sum_added(|entry| entry.first > slot)
    }

    /// Tokens that were certainly at work before a slot: all but those of entries that reach up to it.
    pub fn settled_tokens(&self, slot: u64) -> u64 {
        self.tokens.saturating_sub(self.sum_added(|entry| entry.last >= slot))
    }

    fn sum_added(&self, counts: impl Fn(&Added) -> bool) -> u64 {
        let counted = self.added.iter().filter(|entry| counts(entry));
        counted.fold(0, |sum: u64, entry| sum.saturating_add(entry.tokens))
    }

    /// Moves shares on their way out; returns tokens, and the shares of what is on its way out.
    pub fn leave(&mut self, shares: u64) -> Result<(u64, u64)> {
        ensure!(shares > 0 && shares <= self.shares, ArxError::AmountTooSmall);
        let tokens = portion(self.tokens, shares, self.shares)?;
        ensure!(tokens > 0, ArxError::AmountTooSmall);
        if self.unbonding_tokens == 0 && self.unbonding_shares > 0 {
            self.unbonding_round = self.unbonding_round.checked_add(1).ok_or(ArxError::Overflow)?;
            self.unbonding_shares = 0;
        }
        let leaving = if self.unbonding_shares == 0 {
            tokens
        } else {
            portion(tokens, self.unbonding_shares, self.unbonding_tokens)?
        };
        ensure!(leaving > 0, ArxError::AmountTooSmall);
        self.tokens = subtract(self.tokens, tokens)?;
        self.shares = subtract(self.shares, shares)?;
        self.unbonding_tokens = add(self.unbonding_tokens, tokens)?;
        self.unbonding_shares = add(self.unbonding_shares, leaving)?;
        Ok((tokens, leaving))
    }

    /// Takes out what has left; returns tokens.
    pub fn release(&mut self, shares: u64, round: u32) -> Result<u64> {
        if round != self.unbonding_round {
            return Ok(0);
        }
        let tokens = portion(self.unbonding_tokens, shares, self.unbonding_shares)?;
        self.unbonding_tokens = subtract(self.unbonding_tokens, tokens)?;
        self.unbonding_shares = subtract(self.unbonding_shares, shares)?;
        Ok(tokens)
    }

    /// Takes a part of the stake of the offence's time that is still there, at work or on its way out, as far as the
    /// period's cap allows. Returns what was taken of each.
    pub fn slash(&mut self, slash: &Slash, slot: u64) -> Result<(u64, u64)> {
        let all = add(self.tokens, self.unbonding_tokens)?;
        let then = all.saturating_sub(self.added_after(slash.offence_slot));
        let wanted = portion(then, slash.basis_points, 10_000)?.saturating_add(slash.value);
        let mut amount = wanted.min(portion(then, slash.most_basis_points, 10_000)?);
        if let Some((cap_basis_points, period_slots)) = slash.cap {
            if slot > self.period_start.saturating_add(period_slots) || self.period_start == 0 {
                self.period_start = slot;
                self.period_tokens = all;
                self.period_slashed = 0;
            }
            let cap = portion(self.period_tokens, cap_basis_points, 10_000)?;
            amount = amount.min(cap.saturating_sub(self.period_slashed));
        }
        let amount = amount.min(all);
        if amount == 0 {
            return Ok((0, 0));
        }
        let unbonding = portion(amount, self.unbonding_tokens, all)?;
        let active = subtract(amount, unbonding)?.min(self.tokens);
        self.tokens = subtract(self.tokens, active)?;
        self.unbonding_tokens = subtract(self.unbonding_tokens, unbonding)?;
        self.period_slashed = add(self.period_slashed, add(active, unbonding)?)?;
        Ok((active, unbonding))
    }

    /// Credits fees: the operator's commission, the rest to the shares.
    pub fn earn(&mut self, lamports: u64) -> Result<()> {
        let commission = if self.shares == 0 {
            lamports
        } else {
            portion(lamports, u64::from(self.commission_basis_points), 10_000)?
        };
        let rest = subtract(lamports, commission)?;
        self.commission = add(self.commission, commission)?;
        if rest > 0 {
            let each = (u128::from(rest) * REWARD_SCALE)
                .checked_div(u128::from(self.shares))
                .ok_or(ArxError::Overflow)?;
            self.rewards_per_share = self.rewards_per_share.checked_add(each).ok_or(ArxError::Overflow)?;
            self.rewards = add(self.rewards, rest)?;
        }
        Ok(())
    }
}

impl Delegation {
    /// Credits what its shares have earned since the last time. Before any change of its shares.
    pub fn credit(&mut self, stake: &NodeStake) -> Result<()> {
        let since = stake.rewards_per_share.checked_sub(self.credited).ok_or(ArxError::Overflow)?;
        let earned = u128::from(self.shares).checked_mul(since).ok_or(ArxError::Overflow)? / REWARD_SCALE;
        let earned = u64::try_from(earned).map_err(|_| ArxError::Overflow)?;
        self.earned = add(self.earned, earned)?;
        self.credited = stake.rewards_per_share;
        Ok(())
    }
}
