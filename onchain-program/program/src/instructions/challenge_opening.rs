//! `challenge_opening`: demands of a member the opening that it withholds. The challenger posts the certificate with which all members, the
//! accused among them, signed that they are ready to open: after it each can send its first opening without waiting for
//! anyone. If it does not show it in time, the chain takes it as withheld (`record_miss`, `strike_node`).

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::OpeningDemanded,
    message::Opening,
    money, pda, proof,
    record::{self, ensure, ensure_same},
    state::{
        Challenge, Cluster, Computation, ComputationStatus, Config, DeclaredValue, Demand, FailureReason,
        Node,
    },
};

/// Accounts of `challenge_opening`.
#[derive(Accounts)]
pub struct ChallengeOpening<'info> {
    /// Asks and pays.
    #[account(mut)]
    pub challenger: Signer<'info>,
    /// CHECK: the network's parameters.
    pub config: UncheckedAccount<'info>,
    /// CHECK: the computation, without a result.
    pub computation: UncheckedAccount<'info>,
    /// CHECK: its cluster.
    pub cluster: UncheckedAccount<'info>,
    /// CHECK: the member.
    pub node: UncheckedAccount<'info>,
    /// CHECK: what the application declared to be at stake; empty if it declared nothing.
    pub value: UncheckedAccount<'info>,
    /// CHECK: the challenge, created here.
    #[account(mut)]
    pub challenge: UncheckedAccount<'info>,
    /// CHECK: the instructions sysvar, by its address; or the bitmap of signatures that `attest_result` collected.
    pub signatures: UncheckedAccount<'info>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}

impl<'info> ChallengeOpening<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, opening: Opening, signature_instruction: u8) -> Result<()> {
        let accounts = ctx.accounts;
        let config: Box<Config> = record::open(&accounts.config)?;
        let computation: Box<Computation> = record::open(&accounts.computation)?;
        let cluster: Box<Cluster> = record::open(&accounts.cluster)?;
        let node: Box<Node> = record::open(&accounts.node)?;
        let address = accounts.computation.key();
        ensure_same!(computation.cluster, *accounts.cluster.key, ArxError::AccountsDoNotBelongTogether);
        ensure_same!(computation.epoch, cluster.epoch, ArxError::WrongEpoch);
        // Who withholds its opening may well sign that there will be no result: it is asked all the same.
        let without_result = matches!(
            computation.status,
            ComputationStatus::Queued
                | ComputationStatus::Expired
                | ComputationStatus::Failed { reason: FailureReason::ProtocolFailed, .. }
        );
        ensure!(without_result, ArxError::AlreadySettled);
        let slot = Clock::get()?.slot;
        let answer_by = slot.saturating_add(config.parameters.challenge_slots);
        let latest = computation.deadline.saturating_add(config.parameters.evidence_slots);
        ensure!(slot <= latest, ArxError::EvidenceTooOld);
        ensure!(!cluster.in_maintenance(slot, answer_by), ArxError::InMaintenance);
        let member = cluster.member_index(&node.identity).ok_or(ArxError::NotAMember)?;
        let message = opening.message(&address, &computation);
        proof::check(&accounts.signatures, &cluster, &address, signature_instruction, &message)?;
        let subject = Pubkey::new_from_array(opening.session);
        let place = pda::challenge(&subject, &node.identity);
        let challenge = Challenge {
            computation: address,
            cluster: computation.cluster,
            identity: node.identity,
            challenger: accounts.challenger.key(),
            opened_slot: slot,
            answer_by,
            bond: config.parameters.bond,
            victim: computation.payer,
            demand: Some(Demand {
                session: opening.session,
                epoch: cluster.epoch,
                member: member as u8,
                value: accounts.declared_value(&computation)?,
                shown: None,
            }),
            answer: None,
            missed: false,
            bump: place.1,
        };
        record::create(
            &accounts.challenger,
            &accounts.challenge,
            place,
            &[pda::CHALLENGE_SEED, subject.as_ref(), node.identity.as_ref()],
            &challenge,
            8 + Challenge::INIT_SPACE,
            ArxError::AlreadyExists,
        )?;
        money::pay(&accounts.challenger, &accounts.challenge, challenge.bond)?;
        crate::events::emit(&OpeningDemanded {
            computation: address,
            identity: node.identity,
            session: opening.session,
            answer_by,
        });
        Ok(())
    }

    fn declared_value(&self, computation: &Computation) -> Result<u64> {
        let place = pda::declared_value(&computation.mxe).0;
        ensure_same!(*self.value.key, place, ArxError::AccountsDoNotBelongTogether);
        if !record::exists(&self.value) {
            return Ok(0);
        }
        Ok(record::open::<DeclaredValue>(&self.value)?.of(computation.queued_slot))
    }
}
