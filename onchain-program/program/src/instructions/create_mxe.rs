//! `create_mxe`: puts an application on a cluster. Called by the application's program, which signs with its PDA.

use anchor_lang::prelude::*;

use crate::{
    constants::FIRST_STATE_KEY_VERSION,
    error::ArxError,
    events::MxeCreated,
    pda,
    state::{Cluster, ClusterState, Mxe},
};

/// Accounts of `create_mxe`.
#[derive(Accounts)]
#[instruction(id: u64)]
pub struct CreateMxe<'info> {
    /// Pays for the account.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// Will own the definitions.
    pub authority: Signer<'info>,
    /// CHECK: the application's program; its signer proves that it agrees.
    #[account(constraint = application.executable @ ArxError::ApplicationNotExecutable)]
    pub application: UncheckedAccount<'info>,
    /// The address `["arx"]` of the application's program.
    #[account(
        address = pda::application_signer(application.key).0 @ ArxError::WrongApplicationSigner,
    )]
    pub application_signer: Signer<'info>,
    /// The cluster that will compute for it.
    #[account(constraint = cluster.state == ClusterState::Active @ ArxError::ClusterNotActive)]
    pub cluster: Box<Account<'info, Cluster>>,
    /// The MXE.
    #[account(
        init, payer = payer, space = 8 + Mxe::INIT_SPACE,
        seeds = [pda::MXE_SEED, application.key().as_ref(), id.to_le_bytes().as_ref()], bump,
    )]
    pub mxe: Box<Account<'info, Mxe>>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}

impl<'info> CreateMxe<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, id: u64) -> Result<()> {
        let accounts = ctx.accounts;
        accounts.mxe.set_inner(Mxe {
            application: accounts.application.key(),
            application_signer: accounts.application_signer.key(),
            id,
            cluster: accounts.cluster.key(),
            protocol: accounts.cluster.protocol,
            authority: accounts.authority.key(),
            state_key_version: FIRST_STATE_KEY_VERSION,
            created_slot: Clock::get()?.slot,
            bump: ctx.bumps.mxe,
        });
        emit!(MxeCreated {
            mxe: accounts.mxe.key(),
            application: accounts.application.key(),
            cluster: accounts.cluster.key(),
        });
        Ok(())
    }
}
