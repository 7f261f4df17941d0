//! The accounts that every punishment takes, in front of an instruction's own.

use anchor_lang::prelude::*;

/// Accounts of a punishment. Stake and pool may be absent (empty) in a network without stake.
#[derive(Accounts)]
pub struct Accused<'info> {
    /// Sends the transaction and pays for the mark; where the reporter gets a part, this is who claims it.
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
    /// CHECK: its cluster, which freezes if the node may not work any more.
    #[account(mut)]
    pub cluster: UncheckedAccount<'info>,
    /// CHECK: the mark that it was punished, created here.
    #[account(mut)]
    pub offence: UncheckedAccount<'info>,
    /// Creates the mark.
    pub system_program: Program<'info, System>,
}
