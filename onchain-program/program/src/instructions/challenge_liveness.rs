//! `challenge_liveness`: asks a member about a waiting computation; it must answer in time. Anyone may ask, and puts down a bond that goes
//! to whoever answers.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::LivenessChallenged,
    money, pda,
    record::{self, ensure, ensure_same},
    state::{Challenge, Cluster, ClusterState, Computation, ComputationStatus, Config, Node},
};

/// Accounts of `challenge_liveness`.
#[derive(Accounts)]
pub struct ChallengeLiveness<'info> {
    /// Asks and pays.
    #[account(mut)]
    pub challenger: Signer<'info>,
    /// CHECK: the network's parameters.
    pub config: UncheckedAccount<'info>,
    /// CHECK: the computation, waiting.
    pub computation: UncheckedAccount<'info>,
    /// CHECK: its cluster.
    pub cluster: UncheckedAccount<'info>,
    /// CHECK: the member.
    pub node: UncheckedAccount<'info>,
    /// CHECK: the challenge, created here.
    #[account(mut)]
    pub challenge: UncheckedAccount<'info>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}

impl<'info> ChallengeLiveness<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let config: Box<Config> = record::open(&accounts.config)?;
        let computation: Box<Computation> = record::open(&accounts.computation)?;
        let cluster: Box<Cluster> = record::open(&accounts.cluster)?;
        let node: Box<Node> = record::open(&accounts.node)?;
        let time = config.parameters.challenge_slots;
        let slot = Clock::get()?.slot;
        let answer_by = slot.saturating_add(time);
        ensure_same!(computation.cluster, *accounts.cluster.key, ArxError::AccountsDoNotBelongTogether);
        ensure!(computation.status == ComputationStatus::Queued, ArxError::AlreadySettled);
        ensure!(slot <= computation.deadline, ArxError::DeadlinePassed);
        // The members have had the time that an answer has.
        ensure!(slot > computation.queued_slot.saturating_add(time), ArxError::TooEarly);
        ensure!(cluster.state == ClusterState::Active, ArxError::ClusterNotActive);
        ensure!(cluster.member_index(&node.identity).is_some(), ArxError::NotAMember);
        ensure!(!cluster.in_maintenance(slot, answer_by), ArxError::InMaintenance);
        let (address, bond) = (accounts.computation.key(), config.parameters.bond);
        let place = pda::challenge(&address, &node.identity);
        let challenge = Challenge {
            computation: address,
            cluster: computation.cluster,
            identity: node.identity,
            challenger: accounts.challenger.key(),
            opened_slot: slot,
            answer_by,
            bond,
            victim: computation.payer,
            demand: None,
            answer: None,
            missed: false,
            bump: place.1,
        };
        record::create(
            &accounts.challenger,
            &accounts.challenge,
            place,
            &[pda::CHALLENGE_SEED, address.as_ref(), node.identity.as_ref()],
            &challenge,
            8 + Challenge::INIT_SPACE,
            ArxError::AlreadyExists,
        )?;
        money::pay(&accounts.challenger, &accounts.challenge, bond)?;
        crate::events::emit(&LivenessChallenged { computation: address, identity: node.identity, answer_by });
        Ok(())
    }
}
