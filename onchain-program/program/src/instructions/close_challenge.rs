//! `close_challenge`: closes an answered challenge, or one that nobody recorded as missed in time, and returns the challenger's rent.
//! Anyone may send it.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    money,
    record::{self, ensure, ensure_same},
    state::{Buffer, Challenge, Config},
};

/// Accounts of `close_challenge`. Of a challenge that was answered with an opening, the remaining account is its buffer, which
/// is unlocked.
#[derive(Accounts)]
pub struct CloseChallenge<'info> {
    /// CHECK: the network's parameters.
    pub config: UncheckedAccount<'info>,
    /// CHECK: who asked.
    #[account(mut)]
    pub challenger: UncheckedAccount<'info>,
    /// CHECK: the challenge.
    #[account(mut)]
    pub challenge: UncheckedAccount<'info>,
}

impl<'info> CloseChallenge<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let config: Box<Config> = record::open(&accounts.config)?;
        let challenge: Box<Challenge> = record::open(&accounts.challenge)?;
        ensure_same!(challenge.challenger, *accounts.challenger.key, ArxError::AccountsDoNotBelongTogether);
        let (slot, length) = (Clock::get()?.slot, config.parameters.challenge_slots);
        let too_late = slot / length > (challenge.answer_by / length).saturating_add(1);
        // A strike closes what was missed, but where it was punished already.
        let over = slot > challenge.answer_by.saturating_add(config.parameters.evidence_slots);
        let idle = challenge.answer.is_some() || (too_late && !challenge.missed) || over;
        ensure!(idle, ArxError::ChallengeOpen);
        if let Some(shown) = challenge.demand.and_then(|demand| demand.shown) {
            // Whoever needs it has the time of one more answer to read it.
            ensure!(slot > challenge.answer_by.saturating_add(length), ArxError::ChallengeOpen);
            let info = ctx.remaining_accounts.first().ok_or(ArxError::MissingAccount)?;
            ensure_same!(*info.key, shown, ArxError::AccountsDoNotBelongTogether);
            let mut buffer: Box<Buffer> = record::open(info)?;
            buffer.locked_by = None;
            record::save(&*buffer, info)?;
        }
        money::close_account(&accounts.challenge, &accounts.challenger)
    }
}
