//! `answer_challenge`: answers a challenge with the last round sent and the running digest, and, where a message is missing, with the
//! message itself. A bare sign of life proves nothing: the answer is signed, and one that contradicts what the node sent
//! to others is evidence of equivocation.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::ChallengeAnswered,
    message::sha256,
    money,
    record::{self, ensure, ensure_same},
    state::{Answer, Challenge, Node},
};

/// Accounts of `answer_challenge`.
#[derive(Accounts)]
pub struct AnswerChallenge<'info> {
    /// The node's fee payer; receives the bond.
    #[account(mut)]
    pub fee_payer: Signer<'info>,
    /// CHECK: the node.
    pub node: UncheckedAccount<'info>,
    /// CHECK: the challenge.
    #[account(mut)]
    pub challenge: UncheckedAccount<'info>,
}

impl<'info> AnswerChallenge<'info> {
    pub(crate) fn run(
        ctx: Context<'info, Self>,
        round: u32,
        running_digest: [u8; 32],
        message: Vec<u8>,
    ) -> Result<()> {
        let accounts = ctx.accounts;
        let node: Box<Node> = record::open(&accounts.node)?;
        let mut challenge: Box<Challenge> = record::open(&accounts.challenge)?;
        ensure_same!(node.fee_payer, *accounts.fee_payer.key, ArxError::WrongAuthority);
        ensure_same!(challenge.identity, node.identity, ArxError::AccountsDoNotBelongTogether);
        // An opening is shown by `answer_opening`: words do not replace it.
        ensure!(challenge.demand.is_none(), ArxError::WrongOpening);
        let open = challenge.answer.is_none() && Clock::get()?.slot <= challenge.answer_by;
        ensure!(open, ArxError::ChallengeClosed);
        let message_hash = if message.is_empty() { [0; 32] } else { sha256(&[&message]) };
        challenge.answer = Some(Answer { round, running_digest, message_hash });
        let bond = std::mem::take(&mut challenge.bond);
        record::save(&*challenge, &accounts.challenge)?;
        money::move_lamports(&accounts.challenge, &accounts.fee_payer, bond)?;
        crate::events::emit(&ChallengeAnswered {
            computation: challenge.computation,
            identity: node.identity,
            round,
            running_digest,
            message,
        });
        Ok(())
    }
}
