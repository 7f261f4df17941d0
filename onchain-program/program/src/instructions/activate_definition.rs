//! `activate_definition`: opens an announced definition for use after its delay. Anyone may send it.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::DefinitionChanged,
    record::{self, ensure},
    state::{ComputationDefinition, DefinitionStatus},
};

/// Accounts of `activate_definition`.
#[derive(Accounts)]
pub struct ActivateDefinition<'info> {
    /// CHECK: the definition.
    #[account(mut)]
    pub definition: UncheckedAccount<'info>,
}

impl<'info> ActivateDefinition<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let mut definition: Box<ComputationDefinition> = record::open(&accounts.definition)?;
        let DefinitionStatus::Announced { effective_slot } = definition.status else {
            return Err(ArxError::NothingPending.into());
        };
        ensure!(Clock::get()?.slot >= effective_slot, ArxError::TooEarly);
        definition.status = DefinitionStatus::Active;
        record::save(&*definition, &accounts.definition)?;
        let circuit_hash = definition.circuit_hash;
        crate::events::emit(&DefinitionChanged {
            definition: accounts.definition.key(),
            circuit_hash,
            status: 1,
        });
        Ok(())
    }
}
