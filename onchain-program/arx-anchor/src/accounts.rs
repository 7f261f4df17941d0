//! Accounts that an application's instructions embed.

#![allow(missing_docs, reason = "Anchor's derive adds items without documentation")]

use anchor_lang::prelude::*;
use arx_program::{pda, program::Arx, state::Computation};

use crate::Definition;

/// What every call needs, as one field of an instruction's accounts. The arx program checks that they belong together
/// and to the application.
#[derive(Accounts)]
pub struct QueueAccounts<'info> {
    /// Pays the computation's rent and fees; gets refunds and, in the end, the rent.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// CHECK: the application's signer; the arx program compares it with the MXE's.
    pub application_signer: UncheckedAccount<'info>,
    /// CHECK: the application's MXE.
    pub mxe: UncheckedAccount<'info>,
    /// CHECK: the definition.
    pub definition: UncheckedAccount<'info>,
    /// CHECK: the MXE's cluster.
    pub cluster: UncheckedAccount<'info>,
    /// CHECK: the cluster's queue.
    #[account(mut)]
    pub queue: UncheckedAccount<'info>,
    /// CHECK: the computation, which is created.
    #[account(mut)]
    pub computation: UncheckedAccount<'info>,
    /// The arx program.
    pub arx_program: Program<'info, Arx>,
    /// The system program.
    pub system_program: Program<'info, System>,
}

/// What taking an outcome needs, as one field of an instruction's accounts.
#[derive(Accounts)]
pub struct PullAccounts<'info> {
    /// CHECK: the application's signer; the arx program compares it with the MXE's.
    pub application_signer: UncheckedAccount<'info>,
    /// CHECK: the application's MXE; the arx program checks it.
    pub mxe: UncheckedAccount<'info>,
    /// The computation.
    #[account(mut)]
    pub computation: Box<Account<'info, Computation>>,
    /// The arx program.
    pub arx_program: Program<'info, Arx>,
}

/// [`QueueAccounts`], where an instruction's accounts are given as keys.
pub type QueueKeys = __client_accounts_queue_accounts::QueueAccounts;

impl QueueKeys {
    /// The accounts of a call: of the instruction `definition`, on the application's `cluster`, for this `instance`, by
    /// this end user (`authority`), with the user's `counter`.
    pub fn new(
        definition: &Definition,
        cluster: Pubkey,
        payer: Pubkey,
        instance: &Pubkey,
        authority: &Pubkey,
        counter: u64,
    ) -> Self {
        Self {
            payer,
            application_signer: definition.application.signer,
            mxe: definition.application.mxe,
            definition: definition.address,
            cluster,
            queue: pda::queue(&cluster).0,
            computation: pda::computation(&definition.address, instance, authority, counter).0,
            arx_program: arx_program::ID,
            system_program: System::id(),
        }
    }
}

/// [`PullAccounts`], where an instruction's accounts are given as keys.
pub type PullKeys = __client_accounts_pull_accounts::PullAccounts;

impl PullKeys {
    /// The accounts that taking the outcome of `computation`, a call of `definition`, needs.
    pub fn new(definition: &Definition, computation: Pubkey) -> Self {
        Self {
            application_signer: definition.application.signer,
            mxe: definition.application.mxe,
            computation,
            arx_program: arx_program::ID,
        }
    }
}
