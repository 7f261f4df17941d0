//! `strike_node`: what follows from a challenge that was missed, once the window and the time to record its misses are over, and unless
//! the brake holds. A missed sign of life is a strike, one a window, and the third one means jail and a small slash; a
//! withheld opening costs its part of the stake at once. Anyone may send it.

use anchor_lang::prelude::*;

use crate::{
    constants::{BASIS_POINTS, MAX_STRIKES},
    error::ArxError,
    events::NodeStruck,
    instructions::accused::*,
    money,
    punish::{Charge, freeze, punish},
    record::{self, ensure},
    state::{Challenge, Config, MissWindow, Node, NodeStatus, OffenceClass},
};

/// Accounts of `strike_node`.
#[derive(Accounts)]
pub struct StrikeNode<'info> {
    /// The accused and what is taken from it.
    pub accused: Accused<'info>,
    /// CHECK: the challenge that was missed; closed here.
    #[account(mut)]
    pub challenge: UncheckedAccount<'info>,
    /// CHECK: who asked; gets bond and rent back.
    #[account(mut)]
    pub challenger: UncheckedAccount<'info>,
    /// CHECK: the window.
    pub misses: UncheckedAccount<'info>,
}

impl<'info> StrikeNode<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let accused = &accounts.accused;
        let config: Box<Config> = record::open(&accused.config)?;
        let mut node: Box<Node> = record::open(&accused.node)?;
        let challenge: Box<Challenge> = record::open(&accounts.challenge)?;
        let misses: Box<MissWindow> = record::open(&accounts.misses)?;
        let parameters = &config.parameters;
        let (slot, window) = (Clock::get()?.slot, misses.window);
        ensure!(
            challenge.identity == node.identity
                && challenge.challenger == *accounts.challenger.key
                && challenge.cluster == *accused.cluster.key,
            ArxError::AccountsDoNotBelongTogether
        );
        ensure!(challenge.missed, ArxError::ChallengeOpen);
        let same_window = challenge.answer_by / parameters.challenge_slots == window;
        ensure!(same_window, ArxError::AccountsDoNotBelongTogether);
        ensure!(slot / parameters.challenge_slots > window.saturating_add(1), ArxError::TooEarly);
        let braked = u128::from(misses.missed) * u128::from(BASIS_POINTS)
            > u128::from(misses.total) * u128::from(parameters.brake_basis_points);
        money::close_account(&accounts.challenge, &accounts.challenger)?;
        let mut charge = Charge {
            class: OffenceClass::Withholding,
            session: [0; 32],
            offence_slot: challenge.answer_by,
            basis_points: u64::from(parameters.withholding_basis_points),
            value: 0,
            reporter: challenge.challenger,
            reporter_shares: 0,
            computation: challenge.computation,
            victim: challenge.victim,
        };
        if let Some(demand) = challenge.demand.filter(|_| !braked) {
            (charge.session, charge.value) = (demand.session, demand.value);
            return punish(accused, parameters, &charge);
        }
        if braked || node.last_strike == window + 1 || node.status != NodeStatus::Active {
            crate::events::emit(&NodeStruck { identity: node.identity, strikes: node.strikes, braked });
            return Ok(());
        }
        node.last_strike = window + 1;
        node.strikes = node.strikes.saturating_add(1);
        crate::events::emit(&NodeStruck { identity: node.identity, strikes: node.strikes, braked });
        if node.strikes < MAX_STRIKES {
            return record::save(&*node, &accused.node);
        }
        node.strikes = 0;
        node.status = NodeStatus::Jailed;
        node.jailed_until = slot.saturating_add(parameters.jail_slots);
        freeze(&accused.cluster, &node)?;
        record::save(&*node, &accused.node)?;
        charge.class = OffenceClass::Silence;
        charge.session[..8].copy_from_slice(&window.to_le_bytes());
        charge.basis_points =
            u64::from(parameters.silence_basis_points) * u64::from(misses.nodes.clamp(1, 3));
        charge.reporter = Pubkey::default();
        punish(accused, parameters, &charge)
    }
}
