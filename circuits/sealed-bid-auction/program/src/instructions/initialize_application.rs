//! `initialize_application`: puts the application on a cluster, once, by the program's upgrade authority.

use anchor_lang::prelude::*;
use arx_anchor::prelude::*;

use crate::generated::APPLICATION;

/// Accounts of `initialize_application`.
#[derive(Accounts)]
pub struct InitializeApplication<'info> {
    /// Pays for the MXE's account.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// Will own the circuits' definitions; the program's upgrade authority, where it has one.
    pub authority: Signer<'info>,
    /// CHECK: this program.
    #[account(address = crate::ID)]
    pub application: UncheckedAccount<'info>,
    /// CHECK: the loader's account for this program; checked by `create_mxe`.
    pub program_data: UncheckedAccount<'info>,
    /// CHECK: this program's signer; checked by the arx program.
    pub application_signer: UncheckedAccount<'info>,
    /// CHECK: the cluster that will compute; checked by the arx program.
    pub cluster: UncheckedAccount<'info>,
    /// CHECK: the MXE, created by the arx program.
    #[account(mut, address = APPLICATION.mxe)]
    pub mxe: UncheckedAccount<'info>,
    /// The arx program.
    pub arx_program: Program<'info, Arx>,
    /// The system program.
    pub system_program: Program<'info, System>,
}

impl<'info> InitializeApplication<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let mxe = CreateMxe {
            payer: &accounts.payer,
            authority: &accounts.authority,
            application: &accounts.application,
            program_data: &accounts.program_data,
            application_signer: &accounts.application_signer,
            cluster: &accounts.cluster,
            mxe: &accounts.mxe,
            arx_program: accounts.arx_program.as_ref(),
            system_program: accounts.system_program.as_ref(),
        };
        create_mxe(&APPLICATION, mxe)
    }
}
