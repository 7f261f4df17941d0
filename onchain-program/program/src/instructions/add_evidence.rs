//! `add_evidence`: the accused adds its own evidence, a buffer, which stays locked like the accuser's.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::EvidenceAdded,
    record::{self, ensure, ensure_same},
    state::{Buffer, Dispute, DisputeState, Node},
};

/// Accounts of `add_evidence`.
#[derive(Accounts)]
pub struct AddEvidence<'info> {
    /// The accused's fee payer; owns the buffer.
    pub fee_payer: Signer<'info>,
    /// CHECK: the accused node.
    pub accused: UncheckedAccount<'info>,
    /// CHECK: its buffer.
    #[account(mut)]
    pub evidence: UncheckedAccount<'info>,
    /// CHECK: the dispute.
    #[account(mut)]
    pub dispute: UncheckedAccount<'info>,
}

impl<'info> AddEvidence<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let accused: Box<Node> = record::open(&accounts.accused)?;
        let mut evidence: Box<Buffer> = record::open(&accounts.evidence)?;
        let mut dispute: Box<Dispute> = record::open(&accounts.dispute)?;
        ensure_same!(dispute.accused, accused.identity, ArxError::AccountsDoNotBelongTogether);
        let owner = *accounts.fee_payer.key;
        ensure!(accused.fee_payer == owner && evidence.owner == owner, ArxError::WrongAuthority);
        ensure!(dispute.state == DisputeState::Open && dispute.defence.is_none(), ArxError::DisputeClosed);
        evidence.check_unlocked()?;
        evidence.locked_by = Some(accounts.dispute.key());
        dispute.defence = Some(accounts.evidence.key());
        record::save(&*evidence, &accounts.evidence)?;
        record::save(&*dispute, &accounts.dispute)?;
        crate::events::emit(&EvidenceAdded {
            dispute: accounts.dispute.key(),
            evidence: accounts.evidence.key(),
        });
        Ok(())
    }
}
