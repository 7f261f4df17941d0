//! `write_result`: writes one chunk of outputs that are too long for one transaction into the writer's own buffer. The
//! members' signatures, not the buffer, say what is right, so anyone may write.

use anchor_lang::prelude::*;

use crate::{
    constants::{MAX_GROWTH, MAX_RESULT_LENGTH},
    error::ArxError,
    money, pda,
    record::{self, ensure, ensure_same},
    state::{Computation, ComputationStatus, ResultBuffer},
};

/// Accounts of `write_result`.
#[derive(Accounts)]
pub struct WriteResult<'info> {
    /// Pays for the buffer, owns it, and gets its rent back.
    #[account(mut)]
    pub writer: Signer<'info>,
    /// CHECK: the computation, still queued.
    pub computation: UncheckedAccount<'info>,
    /// CHECK: the writer's buffer for this computation; created by the first chunk.
    #[account(mut)]
    pub buffer: UncheckedAccount<'info>,
    /// Creates the buffer.
    pub system_program: Program<'info, System>,
}

impl<'info> WriteResult<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, length: u32, offset: u32, bytes: Vec<u8>) -> Result<()> {
        let accounts = ctx.accounts;
        let computation: Box<Computation> = record::open(&accounts.computation)?;
        ensure!(computation.status == ComputationStatus::Queued, ArxError::AlreadySettled);
        ensure!(length <= MAX_RESULT_LENGTH, ArxError::ResultTooLarge);
        if accounts.buffer.data_is_empty() {
            accounts.create(length)?;
        }
        let buffer: Box<ResultBuffer> = record::open(&accounts.buffer)?;
        ensure!(buffer.final_for.is_none(), ArxError::AlreadySettled);
        ensure!(
            buffer.computation == *accounts.computation.key && buffer.writer == *accounts.writer.key,
            ArxError::AccountsDoNotBelongTogether
        );
        ensure_same!(buffer.length, length, ArxError::ResultOutOfRange);
        let end = (offset as usize).checked_add(bytes.len()).ok_or(ArxError::Overflow)?;
        ensure!(end <= length as usize, ArxError::ResultOutOfRange);
        let room = accounts.buffer.data_len();
        if ResultBuffer::HEADER + end > room {
            let grown = (room + MAX_GROWTH).min(ResultBuffer::HEADER + length as usize);
            money::grow(&accounts.writer, &accounts.buffer, grown)?;
        }
        let mut data = accounts.buffer.try_borrow_mut_data()?;
        data.get_mut(ResultBuffer::HEADER + offset as usize..ResultBuffer::HEADER + end)
            .ok_or(ArxError::ResultOutOfRange)?
            .copy_from_slice(&bytes);
        Ok(())
    }

    fn create(&self, length: u32) -> Result<()> {
        let (computation, writer) = (self.computation.key(), self.writer.key());
        let address = pda::result_buffer(&computation, &writer);
        record::create(
            &self.writer,
            &self.buffer,
            address,
            &[pda::RESULT_SEED, computation.as_ref(), writer.as_ref()],
            &ResultBuffer { computation, writer, length, final_for: None, bump: address.1 },
            (ResultBuffer::HEADER + length as usize).min(MAX_GROWTH),
            ArxError::AlreadyExists,
        )
    }
}
