//! `claim_fees`: a member takes what it has earned.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::FeesClaimed,
    money, pda,
    record::{self, ensure, ensure_same},
    state::{Cluster, Node, NodeStake},
};

/// Accounts of `claim_fees`.
#[derive(Accounts)]
pub struct ClaimFees<'info> {
    /// The member's cold key.
    pub authority: Signer<'info>,
    /// CHECK: receives the lamports; the authority chooses it.
    #[account(mut)]
    pub recipient: UncheckedAccount<'info>,
    /// CHECK: the member.
    pub node: UncheckedAccount<'info>,
    /// CHECK: its stake; empty in a network without stake. Where it has shares, fees are theirs too.
    pub stake: UncheckedAccount<'info>,
    /// CHECK: its cluster.
    #[account(mut)]
    pub cluster: UncheckedAccount<'info>,
}

impl<'info> ClaimFees<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let node: Box<Node> = record::open(&accounts.node)?;
        let mut cluster: Box<Cluster> = record::open(&accounts.cluster)?;
        ensure_same!(node.authority, *accounts.authority.key, ArxError::WrongAuthority);
        let identity = node.identity;
        let (address, _) = pda::node_stake(&identity);
        ensure_same!(*accounts.stake.key, address, ArxError::AccountsDoNotBelongTogether);
        if record::exists(&accounts.stake) {
            let stake: Box<NodeStake> = record::open(&accounts.stake)?;
            ensure!(stake.shares == 0, ArxError::FeesAreShared);
        }
        let index = cluster.member_index(&identity).ok_or(ArxError::NotAMember)?;
        let lamports = std::mem::take(&mut cluster.accrued[index]);
        ensure!(lamports > 0, ArxError::NothingToClaim);
        record::save(&*cluster, &accounts.cluster)?;
        money::move_lamports(&accounts.cluster, &accounts.recipient, lamports)?;
        crate::events::emit(&FeesClaimed { cluster: accounts.cluster.key(), identity, lamports });
        Ok(())
    }
}
