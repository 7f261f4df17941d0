//! `vote_dispute`: a juror votes, once, with the stake it had when the dispute was opened.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::DisputeVoted,
    pda,
    record::{self, ensure, ensure_same},
    state::{Dispute, DisputeState, Node, NodeStake, NodeStatus, Vote},
};

/// Accounts of `vote_dispute`.
#[derive(Accounts)]
pub struct VoteDispute<'info> {
    /// The juror's fee payer; pays for the mark.
    #[account(mut)]
    pub fee_payer: Signer<'info>,
    /// CHECK: the juror.
    pub juror: UncheckedAccount<'info>,
    /// CHECK: its stake.
    pub stake: UncheckedAccount<'info>,
    /// CHECK: the dispute.
    #[account(mut)]
    pub dispute: UncheckedAccount<'info>,
    /// CHECK: the mark that it voted, created here.
    #[account(mut)]
    pub vote: UncheckedAccount<'info>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}

impl<'info> VoteDispute<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, guilty: bool) -> Result<()> {
        let accounts = ctx.accounts;
        let juror: Box<Node> = record::open(&accounts.juror)?;
        let stake: Box<NodeStake> = record::open(&accounts.stake)?;
        let mut dispute: Box<Dispute> = record::open(&accounts.dispute)?;
        let slot = Clock::get()?.slot;
        ensure_same!(juror.fee_payer, *accounts.fee_payer.key, ArxError::WrongAuthority);
        ensure_same!(stake.identity, juror.identity, ArxError::AccountsDoNotBelongTogether);
        ensure!(dispute.state == DisputeState::Open && slot <= dispute.vote_by, ArxError::DisputeClosed);
        let tokens = stake.settled_tokens(dispute.opened_slot);
        let able = juror.status == NodeStatus::Active && juror.cluster.is_some();
        ensure!(able && juror.cluster != Some(dispute.cluster) && tokens > 0, ArxError::NotAJuror);
        let (address, identity) = (accounts.dispute.key(), juror.identity);
        let place = pda::vote(&address, &identity);
        record::create(
            &accounts.fee_payer,
            &accounts.vote,
            place,
            &[pda::VOTE_SEED, address.as_ref(), identity.as_ref()],
            &Vote { dispute: address, identity, guilty, tokens, bump: place.1 },
            8 + Vote::INIT_SPACE,
            ArxError::NotAJuror,
        )?;
        let side = if guilty { &mut dispute.guilty } else { &mut dispute.not_guilty };
        *side = side.checked_add(tokens).ok_or(ArxError::Overflow)?;
        record::save(&*dispute, &accounts.dispute)?;
        crate::events::emit(&DisputeVoted { dispute: address, juror: identity, guilty, tokens });
        Ok(())
    }
}
