//! `claim_report` and `claim_compensation`: a reporter and a victim take their parts of what was slashed.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::OffencePaid,
    record::{self, ensure, ensure_same},
    state::{Offence, StakePool},
    token,
};

/// Accounts of `claim_report` and `claim_compensation`.
#[derive(Accounts)]
pub struct ClaimPart<'info> {
    /// Reported the offence, or paid for the computation it concerns.
    pub claimant: Signer<'info>,
    /// CHECK: the offence.
    #[account(mut)]
    pub offence: UncheckedAccount<'info>,
    /// CHECK: the stake pool.
    #[account(mut)]
    pub pool: UncheckedAccount<'info>,
    /// CHECK: the claimant's token account.
    #[account(mut)]
    pub destination: UncheckedAccount<'info>,
    /// CHECK: the vault.
    #[account(mut)]
    pub vault: UncheckedAccount<'info>,
    /// CHECK: the token program.
    pub token_program: UncheckedAccount<'info>,
}

impl<'info> ClaimPart<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, compensation: bool) -> Result<()> {
        let accounts = ctx.accounts;
        let mut offence: Box<Offence> = record::open(&accounts.offence)?;
        let mut pool: Box<StakePool> = record::open(&accounts.pool)?;
        let claimant = if compensation { offence.victim } else { offence.reporter };
        ensure_same!(claimant, *accounts.claimant.key, ArxError::WrongAuthority);
        let part = if compensation { &mut offence.compensation } else { &mut offence.reward };
        let tokens = std::mem::take(part);
        ensure!(tokens > 0, ArxError::NothingToClaim);
        pool.rewards = pool.rewards.checked_sub(tokens).ok_or(ArxError::Overflow)?;
        record::save(&*offence, &accounts.offence)?;
        record::save(&*pool, &accounts.pool)?;
        token::pay_out(&pool, &accounts.pool, &accounts.vault, &accounts.destination, tokens)?;
        crate::events::emit(&OffencePaid { identity: offence.identity, claimant, compensation, tokens });
        Ok(())
    }
}
