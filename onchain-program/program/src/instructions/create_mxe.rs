//! `create_mxe`: puts an application on a cluster. Called by the application's program, which signs with its PDA.

use anchor_lang::prelude::*;

use crate::{
    constants::FIRST_STATE_KEY_VERSION,
    error::ArxError,
    events::MxeCreated,
    pda,
    record::{self, ensure},
    state::{Cluster, ClusterState, Mxe},
};

/// Accounts of `create_mxe`.
#[derive(Accounts)]
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
    /// CHECK: the cluster that will compute for it.
    pub cluster: UncheckedAccount<'info>,
    /// CHECK: the MXE, created here at its address.
    #[account(mut)]
    pub mxe: UncheckedAccount<'info>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}

impl<'info> CreateMxe<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, id: u64) -> Result<()> {
        let accounts = ctx.accounts;
        let cluster: Box<Cluster> = record::open(&accounts.cluster)?;
        ensure!(cluster.state == ClusterState::Active, ArxError::ClusterNotActive);
        let address = pda::mxe(accounts.application.key, id);
        let mxe = Mxe {
            application: accounts.application.key(),
            application_signer: accounts.application_signer.key(),
            id,
            cluster: accounts.cluster.key(),
            protocol: cluster.protocol,
            authority: accounts.authority.key(),
            state_key_version: FIRST_STATE_KEY_VERSION,
            created_slot: Clock::get()?.slot,
            closed: false,
            delay_slots: 0,
            veto: None,
            recovery_set: Vec::new(),
            migration: None,
            bump: address.1,
        };
        record::create(
            &accounts.payer,
            &accounts.mxe,
            address,
            &[pda::MXE_SEED, mxe.application.as_ref(), &id.to_le_bytes()],
            &mxe,
            8 + Mxe::INIT_SPACE,
            ArxError::AlreadyExists,
        )?;
        crate::events::emit(&MxeCreated {
            mxe: accounts.mxe.key(),
            application: accounts.application.key(),
            cluster: accounts.cluster.key(),
        });
        Ok(())
    }
}
