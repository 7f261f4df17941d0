//! `claim_commission`: a node's operator takes its part of the shared fees.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::RewardsClaimed,
    money,
    record::{self, ensure, ensure_same},
    state::{Node, NodeStake},
};

/// Accounts of `claim_commission`.
#[derive(Accounts)]
pub struct ClaimCommission<'info> {
    /// The node's cold key.
    pub authority: Signer<'info>,
    /// CHECK: receives the lamports; the authority chooses it.
    #[account(mut)]
    pub recipient: UncheckedAccount<'info>,
    /// CHECK: the node.
    pub node: UncheckedAccount<'info>,
    /// CHECK: its stake.
    #[account(mut)]
    pub stake: UncheckedAccount<'info>,
}

impl<'info> ClaimCommission<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let node: Box<Node> = record::open(&accounts.node)?;
        let mut stake: Box<NodeStake> = record::open(&accounts.stake)?;
        ensure_same!(node.authority, *accounts.authority.key, ArxError::WrongAuthority);
        ensure_same!(node.identity, stake.identity, ArxError::AccountsDoNotBelongTogether);
        let lamports = std::mem::take(&mut stake.commission);
        ensure!(lamports > 0, ArxError::NothingToClaim);
        record::save(&*stake, &accounts.stake)?;
        money::move_lamports(&accounts.stake, &accounts.recipient, lamports)?;
        crate::events::emit(&RewardsClaimed { identity: node.identity, owner: node.authority, lamports });
        Ok(())
    }
}
