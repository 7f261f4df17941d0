//! `claim_rewards`: an owner takes the fees that its part has earned.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::RewardsClaimed,
    money,
    record::{self, ensure, ensure_same},
    state::{Delegation, NodeStake},
};

/// Accounts of `claim_rewards`.
#[derive(Accounts)]
pub struct ClaimRewards<'info> {
    /// Owns the part; receives the lamports.
    #[account(mut)]
    pub owner: Signer<'info>,
    /// CHECK: the node's stake.
    #[account(mut)]
    pub stake: UncheckedAccount<'info>,
    /// CHECK: the part.
    #[account(mut)]
    pub delegation: UncheckedAccount<'info>,
}

impl<'info> ClaimRewards<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let mut stake: Box<NodeStake> = record::open(&accounts.stake)?;
        let mut delegation: Box<Delegation> = record::open(&accounts.delegation)?;
        ensure_same!(delegation.owner, *accounts.owner.key, ArxError::WrongAuthority);
        ensure_same!(delegation.identity, stake.identity, ArxError::AccountsDoNotBelongTogether);
        delegation.credit(&stake)?;
        let lamports = std::mem::take(&mut delegation.earned);
        ensure!(lamports > 0, ArxError::NothingToClaim);
        stake.rewards = stake.rewards.checked_sub(lamports).ok_or(ArxError::Overflow)?;
        record::save(&*stake, &accounts.stake)?;
        record::save(&*delegation, &accounts.delegation)?;
        money::move_lamports(&accounts.stake, &accounts.owner, lamports)?;
        crate::events::emit(&RewardsClaimed { identity: stake.identity, owner: delegation.owner, lamports });
        Ok(())
    }
}
