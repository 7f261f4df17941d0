//! `protect_mxe`: sets how long a migration or a new definition must wait, who may stop it meanwhile, and whom the state's keys are
//! escrowed to. The delay only ever grows, and once there is one, veto key and recovery set stay what they are.

use anchor_lang::prelude::*;

use crate::{
    constants::{MAX_DELAY_SLOTS, MAX_RECOVERY_SET},
    error::ArxError,
    events::MxeProtected,
    record::{self, ensure, ensure_same},
    state::Mxe,
};

/// Accounts of `protect_mxe`.
#[derive(Accounts)]
pub struct ProtectMxe<'info> {
    /// The MXE's authority.
    pub authority: Signer<'info>,
    /// CHECK: the MXE.
    #[account(mut)]
    pub mxe: UncheckedAccount<'info>,
}

impl<'info> ProtectMxe<'info> {
    pub(crate) fn run(
        ctx: Context<'info, Self>,
        delay_slots: u64,
        veto: Option<Pubkey>,
        recovery_set: Vec<Pubkey>,
    ) -> Result<()> {
        let accounts = ctx.accounts;
        let mut mxe: Box<Mxe> = record::open(&accounts.mxe)?;
        ensure_same!(mxe.authority, *accounts.authority.key, ArxError::WrongAuthority);
        let distinct =
            recovery_set.iter().enumerate().all(|(index, member)| !recovery_set[..index].contains(member));
        ensure!(
            delay_slots >= mxe.delay_slots
                && delay_slots <= MAX_DELAY_SLOTS
                && recovery_set.len() <= MAX_RECOVERY_SET
                && distinct,
            ArxError::InvalidProtection
        );
        let same = mxe.veto == veto && mxe.recovery_set == recovery_set;
        ensure!(mxe.delay_slots == 0 || same, ArxError::InvalidProtection);
        mxe.delay_slots = delay_slots;
        mxe.veto = veto;
        mxe.recovery_set = recovery_set;
        record::save(&*mxe, &accounts.mxe)?;
        crate::events::emit(&MxeProtected { mxe: accounts.mxe.key(), delay_slots, veto });
        Ok(())
    }
}
