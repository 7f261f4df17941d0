//! `declare_value`: says how much a withheld opening of an application's computations costs on top of the part of the stake that it always
//! costs. It holds for computations queued afterwards, so that their members know it.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::ValueDeclared,
    pda,
    record::{self, ensure_same},
    state::{DeclaredValue, Mxe},
};

/// Accounts of `declare_value`.
#[derive(Accounts)]
pub struct DeclareValue<'info> {
    /// Pays for the account.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The MXE's authority.
    pub authority: Signer<'info>,
    /// CHECK: the MXE.
    pub mxe: UncheckedAccount<'info>,
    /// CHECK: the declaration, created by the first.
    #[account(mut)]
    pub value: UncheckedAccount<'info>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}

impl<'info> DeclareValue<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, tokens: u64) -> Result<()> {
        let accounts = ctx.accounts;
        let mxe: Box<Mxe> = record::open(&accounts.mxe)?;
        ensure_same!(mxe.authority, *accounts.authority.key, ArxError::WrongAuthority);
        let (address, since) = (accounts.mxe.key(), Clock::get()?.slot);
        let place = pda::declared_value(&address);
        ensure_same!(*accounts.value.key, place.0, ArxError::AccountsDoNotBelongTogether);
        if record::exists(&accounts.value) {
            let mut value: Box<DeclaredValue> = record::open(&accounts.value)?;
            // Twice in one slot: the first holds for nobody.
            if value.since < since {
                value.before = value.tokens;
            }
            (value.tokens, value.since) = (tokens, since);
            record::save(&*value, &accounts.value)?;
        } else {
            record::create(
                &accounts.payer,
                &accounts.value,
                place,
                &[pda::VALUE_SEED, address.as_ref()],
                &DeclaredValue { mxe: address, tokens, before: 0, since, bump: place.1 },
                8 + DeclaredValue::INIT_SPACE,
                ArxError::AlreadyExists,
            )?;
        }
        crate::events::emit(&ValueDeclared { mxe: address, tokens });
        Ok(())
    }
}
