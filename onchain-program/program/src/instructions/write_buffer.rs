//! `write_buffer`: writes one chunk of a buffer of the owner's own; the first chunk makes it. It grows with what is written, by at
//! most 10,240 bytes at a time.

use anchor_lang::prelude::*;

use crate::{
    constants::{MAX_BUFFER_LENGTH, MAX_GROWTH},
    error::ArxError,
    money, pda,
    record::{self, ensure, ensure_same},
    state::Buffer,
};

/// Accounts of `write_buffer`.
#[derive(Accounts)]
pub struct WriteBuffer<'info> {
    /// Owns the buffer and pays for it.
    #[account(mut)]
    pub owner: Signer<'info>,
    /// CHECK: the buffer.
    #[account(mut)]
    pub buffer: UncheckedAccount<'info>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}

impl<'info> WriteBuffer<'info> {
    pub(crate) fn run(
        ctx: Context<'info, Self>,
        label: [u8; 32],
        length: u32,
        offset: u32,
        bytes: Vec<u8>,
    ) -> Result<()> {
        let accounts = ctx.accounts;
        let whole = Buffer::HEADER + length as usize;
        let end = (offset as usize).checked_add(bytes.len()).ok_or(ArxError::Overflow)?;
        ensure!(length <= MAX_BUFFER_LENGTH && end <= length as usize, ArxError::BufferOutOfRange);
        if record::exists(&accounts.buffer) {
            let buffer: Box<Buffer> = record::open(&accounts.buffer)?;
            ensure_same!(buffer.owner, *accounts.owner.key, ArxError::WrongAuthority);
            ensure!(buffer.label == label && buffer.length == length, ArxError::BufferOutOfRange);
            buffer.check_unlocked()?;
        } else {
            let (owner, address) = (accounts.owner.key(), pda::buffer(accounts.owner.key, &label));
            let buffer = Buffer { owner, label, length, locked_by: None, bump: address.1 };
            record::create(
                &accounts.owner,
                &accounts.buffer,
                address,
                &[pda::BUFFER_SEED, owner.as_ref(), &label],
                &buffer,
                whole.min(MAX_GROWTH),
                ArxError::AlreadyExists,
            )?;
        }
        let room = accounts.buffer.data_len();
        if Buffer::HEADER + end > room {
            money::grow(&accounts.owner, &accounts.buffer, (room + MAX_GROWTH).min(whole))?;
        }
        let mut data = accounts.buffer.try_borrow_mut_data()?;
        data.get_mut(Buffer::HEADER + offset as usize..Buffer::HEADER + end)
            .ok_or(ArxError::BufferOutOfRange)?
            .copy_from_slice(&bytes);
        Ok(())
    }
}
