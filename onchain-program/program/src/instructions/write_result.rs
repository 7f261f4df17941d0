//! `write_result`: writes one chunk of outputs that are too long for one transaction into the writer's own buffer. The
//! members' signatures, not the buffer, say what is right, so anyone may write.

use anchor_lang::prelude::*;

use crate::{
    constants::MAX_RESULT_LENGTH,
    error::ArxError,
    money, pda,
    state::{Computation, ComputationStatus, ResultBuffer},
};

/// Accounts of `write_result`.
#[derive(Accounts)]
pub struct WriteResult<'info> {
    /// Pays for the buffer, owns it, and gets its rent back.
    #[account(mut)]
    pub writer: Signer<'info>,
    /// The computation, still queued.
    #[account(constraint = computation.status == ComputationStatus::Queued @ ArxError::AlreadySettled)]
    pub computation: Box<Account<'info, Computation>>,
    /// CHECK: the writer's buffer for this computation; created by the first chunk.
    #[account(
        mut, seeds = [pda::RESULT_SEED, computation.key().as_ref(), writer.key().as_ref()], bump,
    )]
    pub buffer: UncheckedAccount<'info>,
    /// Creates the buffer.
    pub system_program: Program<'info, System>,
}

impl<'info> WriteResult<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, length: u32, offset: u32, bytes: Vec<u8>) -> Result<()> {
        let accounts = ctx.accounts;
        require!(length <= MAX_RESULT_LENGTH, ArxError::ResultTooLarge);
        if accounts.buffer.data_is_empty() {
            accounts.create(length, ctx.bumps.buffer)?;
        }
        let mut data = accounts.buffer.try_borrow_mut_data()?;
        let buffer = ResultBuffer::try_deserialize(&mut &data[..])?;
        require_eq!(buffer.length, length, ArxError::ResultOutOfRange);
        let end = (offset as usize).checked_add(bytes.len()).ok_or(ArxError::Overflow)?;
        require!(end <= length as usize, ArxError::ResultOutOfRange);
        data.get_mut(ResultBuffer::HEADER + offset as usize..ResultBuffer::HEADER + end)
            .ok_or(ArxError::ResultOutOfRange)?
            .copy_from_slice(&bytes);
        Ok(())
    }

    fn create(&self, length: u32, bump: u8) -> Result<()> {
        let (computation, writer) = (self.computation.key(), self.writer.key());
        let seeds: &[&[u8]] = &[pda::RESULT_SEED, computation.as_ref(), writer.as_ref(), &[bump]];
        let space = ResultBuffer::HEADER + length as usize;
        let rent = Rent::get()?.minimum_balance(space);
        money::create_account(&self.writer, &self.buffer, seeds, rent, space)?;
        let mut data = self.buffer.try_borrow_mut_data()?;
        ResultBuffer { computation, writer, length, bump }.try_serialize(&mut &mut data[..])
    }
}
