//! `claim_report`: a reporter takes its part of what was slashed.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::ReportPaid,
    record::{self, ensure, ensure_same},
    state::{Offence, StakePool},
    token,
};

/// Accounts of `claim_report`.
#[derive(Accounts)]
pub struct ClaimReport<'info> {
    /// Reported the offence.
    pub reporter: Signer<'info>,
    /// CHECK: the offence.
    #[account(mut)]
    pub offence: UncheckedAccount<'info>,
    /// CHECK: the stake pool.
    #[account(mut)]
    pub pool: UncheckedAccount<'info>,
    /// CHECK: the reporter's token account.
    #[account(mut)]
    pub destination: UncheckedAccount<'info>,
    /// CHECK: the vault.
    #[account(mut)]
    pub vault: UncheckedAccount<'info>,
    /// CHECK: the token program.
    pub token_program: UncheckedAccount<'info>,
}

impl<'info> ClaimReport<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let mut offence: Box<Offence> = record::open(&accounts.offence)?;
        let mut pool: Box<StakePool> = record::open(&accounts.pool)?;
        ensure_same!(offence.reporter, *accounts.reporter.key, ArxError::WrongAuthority);
        let tokens = std::mem::take(&mut offence.reward);
        ensure!(tokens > 0, ArxError::NothingToClaim);
        pool.rewards = pool.rewards.checked_sub(tokens).ok_or(ArxError::Overflow)?;
        record::save(&*offence, &accounts.offence)?;
        record::save(&*pool, &accounts.pool)?;
        token::pay_out(&pool, &accounts.pool, &accounts.vault, &accounts.destination, tokens)?;
        emit!(ReportPaid { identity: offence.identity, reporter: offence.reporter, tokens });
        Ok(())
    }
}
