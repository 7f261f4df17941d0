//! `close_challenge`: closes an answered challenge, or one that nobody recorded as missed in time, and returns the challenger's rent.
//! Anyone may send it.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    money,
    record::{self, ensure, ensure_same},
    state::{Challenge, Config},
};

/// Accounts of `close_challenge`.
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
        let length = config.parameters.challenge_slots;
        let too_late = Clock::get()?.slot / length > (challenge.answer_by / length).saturating_add(1);
        ensure!(challenge.answer.is_some() || (too_late && !challenge.missed), ArxError::ChallengeOpen);
        money::close_account(&accounts.challenge, &accounts.challenger)
    }
}
