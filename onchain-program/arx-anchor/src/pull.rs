//! Pull delivery: the application takes an outcome in an instruction of its own, in which it may also queue the next
//! computation, which a callback cannot.

use anchor_lang::prelude::*;
use arx_program::{
    cpi::{self, accounts::ConsumeResult},
    state::Delivery,
};

use crate::{
    ArxAnchorError, PullAccounts,
    outcome::{Outcome, Outputs, check},
};

impl PullAccounts<'_> {
    /// Takes the outcome, once: checks the computation as [`Callback`](crate::Callback) does, and marks it as taken.
    pub fn take<O: Outputs>(&self) -> Result<Outcome<O>> {
        let definition = O::DEFINITION;
        let application = definition.application;
        check(&definition, &application.program, &self.computation)?;
        require!(self.computation.delivery == Delivery::Pending, ArxAnchorError::AlreadyDelivered);
        let outcome = Outcome::read(&self.computation)?;
        let accounts = ConsumeResult {
            application_signer: self.application_signer.to_account_info(),
            mxe: self.mxe.to_account_info(),
            computation: self.computation.to_account_info(),
        };
        application.sign(|seeds| {
            let context = CpiContext::new_with_signer(self.arx_program.key(), accounts, seeds);
            cpi::consume_result(context)
        })?;
        Ok(outcome)
    }
}
