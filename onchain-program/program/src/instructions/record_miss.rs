//! `record_miss`: counts a challenge that was not answered in time. Punishment waits until its window of time is over, for only then
//! does the brake know how many nodes failed together. Anyone may send it.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::ChallengeMissed,
    pda,
    record::{self, ensure, ensure_same},
    state::{Challenge, Cluster, Config, MissWindow, Node, NodeStake, StakePool},
};

/// Accounts of `record_miss`.
#[derive(Accounts)]
pub struct RecordMiss<'info> {
    /// Pays for the window's account, if it is the first.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// CHECK: the network's parameters.
    pub config: UncheckedAccount<'info>,
    /// CHECK: the challenged node's cluster.
    pub cluster: UncheckedAccount<'info>,
    /// CHECK: the challenged node.
    #[account(mut)]
    pub node: UncheckedAccount<'info>,
    /// CHECK: its stake; empty in a network without stake.
    pub stake: UncheckedAccount<'info>,
    /// CHECK: the stake pool; empty in a network without stake.
    pub pool: UncheckedAccount<'info>,
    /// CHECK: the challenge.
    #[account(mut)]
    pub challenge: UncheckedAccount<'info>,
    /// CHECK: the window, created by its first miss.
    #[account(mut)]
    pub misses: UncheckedAccount<'info>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}

impl<'info> RecordMiss<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let config: Box<Config> = record::open(&accounts.config)?;
        let cluster: Box<Cluster> = record::open(&accounts.cluster)?;
        let mut node: Box<Node> = record::open(&accounts.node)?;
        let mut challenge: Box<Challenge> = record::open(&accounts.challenge)?;
        let identity = node.identity;
        ensure!(
            challenge.identity == identity && challenge.cluster == *accounts.cluster.key,
            ArxError::AccountsDoNotBelongTogether
        );
        ensure_same!(
            *accounts.stake.key,
            pda::node_stake(&identity).0,
            ArxError::AccountsDoNotBelongTogether
        );
        ensure_same!(*accounts.pool.key, pda::stake_pool().0, ArxError::AccountsDoNotBelongTogether);
        ensure!(challenge.answer.is_none() && !challenge.missed, ArxError::ChallengeClosed);
        let (slot, length) = (Clock::get()?.slot, config.parameters.challenge_slots);
        let window = challenge.answer_by / length;
        ensure!(slot > challenge.answer_by, ArxError::ChallengeOpen);
        // Recorded while the window and one after it last, so that the count is complete when strikes are given.
        ensure!(slot / length <= window.saturating_add(1), ArxError::EvidenceTooOld);
        ensure!(!cluster.in_maintenance(challenge.opened_slot, challenge.answer_by), ArxError::InMaintenance);
        let place = pda::misses(window);
        let mut misses = if record::exists(&accounts.misses) {
            record::open(&accounts.misses)?
        } else {
            let total = if record::exists(&accounts.pool) {
                record::open::<StakePool>(&accounts.pool)?.total
            } else {
                0
            };
            let misses = Box::new(MissWindow { window, missed: 0, nodes: 0, total, bump: place.1 });
            record::create(
                &accounts.payer,
                &accounts.misses,
                place,
                &[pda::MISSES_SEED, &window.to_le_bytes()],
                &*misses,
                8 + MissWindow::INIT_SPACE,
                ArxError::AlreadyExists,
            )?;
            misses
        };
        ensure_same!(misses.window, window, ArxError::AccountsDoNotBelongTogether);
        challenge.missed = true;
        // A node counts once in a window.
        if node.last_miss != window + 1 {
            node.last_miss = window + 1;
            let tokens = if record::exists(&accounts.stake) {
                record::open::<NodeStake>(&accounts.stake)?.tokens
            } else {
                0
            };
            misses.missed = misses.missed.checked_add(tokens).ok_or(ArxError::Overflow)?;
            misses.nodes = misses.nodes.checked_add(1).ok_or(ArxError::Overflow)?;
        }
        record::save(&*misses, &accounts.misses)?;
        record::save(&*node, &accounts.node)?;
        record::save(&*challenge, &accounts.challenge)?;
        crate::events::emit(&ChallengeMissed { computation: challenge.computation, identity, window });
        Ok(())
    }
}
