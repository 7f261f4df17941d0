//! `resolve_dispute`: carries out what the jury decided: two thirds of its stake convict, more than a third acquits at once. An acquittal
//! costs the accuser its bond, which the accused gets; where too few voted, everyone gets their own back. Anyone may send it.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::DisputeResolved,
    instructions::accused::*,
    money,
    punish::{Charge, punish},
    record::{self, ensure},
    state::{Buffer, Config, Dispute, DisputeState, Node, OffenceClass},
};

/// Accounts of `resolve_dispute`.
#[derive(Accounts)]
pub struct ResolveDispute<'info> {
    /// The accused and what is taken from it.
    pub accused: Accused<'info>,
    /// CHECK: the dispute.
    #[account(mut)]
    pub dispute: UncheckedAccount<'info>,
    /// CHECK: who accused.
    #[account(mut)]
    pub accuser: UncheckedAccount<'info>,
    /// CHECK: the accused's cold key.
    #[account(mut)]
    pub authority: UncheckedAccount<'info>,
    /// CHECK: the accuser's buffer, unlocked here.
    #[account(mut)]
    pub evidence: UncheckedAccount<'info>,
    /// CHECK: the accused's buffer, unlocked here; any account where there is none.
    #[account(mut)]
    pub defence: UncheckedAccount<'info>,
}

impl<'info> ResolveDispute<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let config: Box<Config> = record::open(&accounts.accused.config)?;
        let mut dispute: Box<Dispute> = record::open(&accounts.dispute)?;
        let node: Box<Node> = record::open(&accounts.accused.node)?;
        ensure!(dispute.state == DisputeState::Open, ArxError::DisputeClosed);
        ensure!(
            dispute.accused == node.identity
                && dispute.accuser == *accounts.accuser.key
                && node.authority == *accounts.authority.key
                && dispute.evidence == *accounts.evidence.key
                && dispute.defence.is_none_or(|defence| defence == *accounts.defence.key),
            ArxError::AccountsDoNotBelongTogether
        );
        let (jury, three) = (u128::from(dispute.jury), 3u128);
        let over = Clock::get()?.slot > dispute.vote_by;
        dispute.state = if jury > 0 && u128::from(dispute.guilty) * three >= jury * 2 {
            DisputeState::Guilty
        } else if u128::from(dispute.not_guilty) * three > jury {
            DisputeState::NotGuilty
        } else {
            ensure!(over, ArxError::DisputeOpen);
            DisputeState::Undecided
        };
        let bond = std::mem::take(&mut dispute.bond);
        record::save(&*dispute, &accounts.dispute)?;
        let receiver =
            if dispute.state == DisputeState::NotGuilty { &accounts.authority } else { &accounts.accuser };
        money::move_lamports(&accounts.dispute, receiver, bond)?;
        unlock(&accounts.evidence)?;
        if dispute.defence.is_some() {
            unlock(&accounts.defence)?;
        }
        if dispute.state == DisputeState::Guilty {
            let basis_points = match dispute.class {
                OffenceClass::Withholding => config.parameters.withholding_basis_points,
                _ => config.parameters.fault_basis_points,
            };
            let charge = Charge {
                class: dispute.class,
                session: dispute.session,
                offence_slot: dispute.offence_slot,
                basis_points: u64::from(basis_points),
                value: 0,
                reporter: dispute.accuser,
                reporter_shares: 0,
                computation: dispute.computation,
                victim: dispute.victim,
            };
            punish(&accounts.accused, &config.parameters, &charge)?;
        }
        crate::events::emit(&DisputeResolved { dispute: accounts.dispute.key(), state: dispute.state });
        Ok(())
    }
}

fn unlock(info: &AccountInfo<'_>) -> Result<()> {
    let mut buffer: Box<Buffer> = record::open(info)?;
    buffer.locked_by = None;
    record::save(&*buffer, info)
}
