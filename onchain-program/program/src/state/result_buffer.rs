//! Outputs that are too long for one transaction.

use anchor_lang::prelude::*;

use crate::constants::MAX_PARAMETERS;

/// Head of a result buffer; `length` bytes follow it: the outputs as Borsh `Vec<Vec<u8>>`.
///
/// A large result stays here: `finalize_computation` seals the buffer, `close_result` closes it after the outcome was taken.
///
/// Seeds: `["result", computation, writer]`. Written by `write_result`, used and closed by `finalize_computation`,
/// closed by `close_result`. It belongs to whoever pays for it; the members' signatures say whether its content is right.
#[account]
#[derive(Debug, InitSpace)]
pub struct ResultBuffer {
    /// The computation whose outputs it holds.
    pub computation: Pubkey,
    /// Who writes it, paid its rent and gets it back.
    pub writer: Pubkey,
    /// Length of the outputs' bytes.
    pub length: u32,
    /// Whose it is once it holds a final result: who paid for the computation, and gets its rent.
    pub final_for: Option<Pubkey>,
    /// Bump of the address.
    pub bump: u8,
}

impl ResultBuffer {
    /// Bytes before the outputs.
    pub const HEADER: usize = 8 + Self::INIT_SPACE;

    /// The outputs, each where it lies in the bytes of a Borsh `Vec<Vec<u8>>`; `None` if they are not exactly one.
    pub fn split(mut bytes: &[u8]) -> Option<Vec<&[u8]>> {
        fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
            let (head, rest) = bytes.split_at_checked(length)?;
            *bytes = rest;
            Some(head)
        }
        fn take_length(bytes: &mut &[u8]) -> Option<usize> {
            Some(u32::from_le_bytes(take(bytes, 4)?.try_into().ok()?) as usize)
        }
        let count = take_length(&mut bytes)?;
        if count > MAX_PARAMETERS {
            return None;
        }
        let mut outputs = Vec::with_capacity(count);
        for _ in 0..count {
            let length = take_length(&mut bytes)?;
            outputs.push(take(&mut bytes, length)?);
        }
        bytes.is_empty().then_some(outputs)
    }

    /// The outputs' bytes within the account's data.
    pub fn bytes(account_data: &[u8], length: u32) -> Option<&[u8]> {
        account_data.get(Self::HEADER..)?.get(..length as usize)
    }
}
