//! `claim_fees`: a member takes what it has earned.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::FeesClaimed,
    money,
    state::{Cluster, Node},
};

/// Accounts of `claim_fees`.
#[derive(Accounts)]
pub struct ClaimFees<'info> {
    /// The member's cold key.
    pub authority: Signer<'info>,
    /// CHECK: receives the lamports; the authority chooses it.
    #[account(mut)]
    pub recipient: UncheckedAccount<'info>,
    /// The member.
    #[account(has_one = authority @ ArxError::WrongAuthority)]
    pub node: Box<Account<'info, Node>>,
    /// Its cluster.
    #[account(mut)]
    pub cluster: Box<Account<'info, Cluster>>,
}

impl<'info> ClaimFees<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let identity = accounts.node.identity;
        let index = accounts.cluster.member_index(&identity).ok_or(ArxError::NotAMember)?;
        let lamports = std::mem::take(&mut accounts.cluster.accrued[index]);
        require!(lamports > 0, ArxError::NothingToClaim);
        money::move_lamports(AsRef::as_ref(&*accounts.cluster), &accounts.recipient, lamports)?;
        emit!(FeesClaimed { cluster: accounts.cluster.key(), identity, lamports });
        Ok(())
    }
}
