//! `strike_node`: gives a node its strike for a window in which it missed a challenge, once the window and the time to record its
//! misses are over, and unless the brake holds. The third one means jail and a small slash. Anyone may send it.

use anchor_lang::prelude::*;

use crate::{
    constants::{BASIS_POINTS, MAX_STRIKES},
    error::ArxError,
    events::NodeStruck,
    money,
    punish::{Accused, Charge, freeze, punish},
    record::{self, ensure},
    state::{Challenge, Config, MissWindow, Node, NodeStatus, OffenceClass},
};

/// Accounts of `strike_node`.
#[derive(Accounts)]
pub struct StrikeNode<'info> {
    /// Pays for the mark.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// CHECK: the network's parameters.
    pub config: UncheckedAccount<'info>,
    /// CHECK: the accused.
    #[account(mut)]
    pub node: UncheckedAccount<'info>,
    /// CHECK: its stake; empty in a network without stake.
    #[account(mut)]
    pub stake: UncheckedAccount<'info>,
    /// CHECK: the stake pool; empty in a network without stake.
    #[account(mut)]
    pub pool: UncheckedAccount<'info>,
    /// CHECK: its cluster.
    #[account(mut)]
    pub cluster: UncheckedAccount<'info>,
    /// CHECK: the mark that it was punished, created here.
    #[account(mut)]
    pub offence: UncheckedAccount<'info>,
    /// CHECK: the challenge that was missed; closed here.
    #[account(mut)]
    pub challenge: UncheckedAccount<'info>,
    /// CHECK: who asked; gets bond and rent back.
    #[account(mut)]
    pub challenger: UncheckedAccount<'info>,
    /// CHECK: the window.
    pub misses: UncheckedAccount<'info>,
    /// Creates the mark.
    pub system_program: Program<'info, System>,
}

impl<'info> StrikeNode<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let config: Box<Config> = record::open(&accounts.config)?;
        let mut node: Box<Node> = record::open(&accounts.node)?;
        let challenge: Box<Challenge> = record::open(&accounts.challenge)?;
        let misses: Box<MissWindow> = record::open(&accounts.misses)?;
        let parameters = &config.parameters;
        let (slot, window) = (Clock::get()?.slot, misses.window);
        ensure!(
            challenge.identity == node.identity
                && challenge.challenger == *accounts.challenger.key
                && challenge.cluster == *accounts.cluster.key,
            ArxError::AccountsDoNotBelongTogether
        );
        ensure!(challenge.missed, ArxError::ChallengeOpen);
        let same_window = challenge.answer_by / parameters.challenge_slots == window;
        ensure!(same_window, ArxError::AccountsDoNotBelongTogether);
        ensure!(slot / parameters.challenge_slots > window.saturating_add(1), ArxError::TooEarly);
        let braked = u128::from(misses.missed) * u128::from(BASIS_POINTS)
            > u128::from(misses.total) * u128::from(parameters.brake_basis_points);
        money::close_account(&accounts.challenge, &accounts.challenger)?;
        if braked || node.last_strike == window + 1 || node.status != NodeStatus::Active {
            emit!(NodeStruck { identity: node.identity, strikes: node.strikes, braked });
            return Ok(());
        }
        node.last_strike = window + 1;
        node.strikes = node.strikes.saturating_add(1);
        emit!(NodeStruck { identity: node.identity, strikes: node.strikes, braked });
        if node.strikes < MAX_STRIKES {
            return record::save(&*node, &accounts.node);
        }
        node.strikes = 0;
        node.status = NodeStatus::Jailed;
        node.jailed_until = slot.saturating_add(parameters.jail_slots);
        freeze(&accounts.cluster, &node)?;
        record::save(&*node, &accounts.node)?;
        let times = u64::from(misses.nodes.clamp(1, 3));
        let mut session = [0; 32];
        session[..8].copy_from_slice(&window.to_le_bytes());
        let accused = Accused {
            payer: &accounts.payer,
            node: &accounts.node,
            stake: &accounts.stake,
            pool: &accounts.pool,
            cluster: &accounts.cluster,
            offence: &accounts.offence,
        };
        let charge = Charge {
            class: OffenceClass::Silence,
            session,
            basis_points: u64::from(parameters.silence_basis_points) * times,
            reporter: Pubkey::default(),
        };
        punish(&accused, parameters, &charge)?;
        Ok(())
    }
}
