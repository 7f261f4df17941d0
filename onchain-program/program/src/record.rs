//! Accounts of this program, opened and written by hand.
//!
//! Anchor's `Account<T>` and `init` generate their checks anew in every instruction, several kilobytes each time; these
//! functions are there once per type. They check what `Account<T>` checks: owner and discriminator. That an account is
//! writable the runtime sees to.

use std::io::{self, Write};

use anchor_lang::{Discriminator, prelude::*};

use crate::{error::ArxError, money};

/// Returns early with an error unless the condition holds. Like Anchor's `require!`, without source lines in the bytecode.
macro_rules! ensure {
    ($condition:expr, $error:expr $(,)?) => {
        if !($condition) {
            return Err($error.into());
        }
    };
}
/// Returns early with an error unless both are equal.
macro_rules! ensure_same {
    ($left:expr, $right:expr, $error:expr $(,)?) => {
        if $left != $right {
            return Err($error.into());
        }
    };
}
pub(crate) use {ensure, ensure_same};

/// An account's space, written from the front. A write never fails: that there was no room is noted. So the code of an account's
/// encoding is one call a field, without an error's way out after each.
struct Target<'a> {
    rest: &'a mut [u8],
    complete: bool,
}

impl Target<'_> {
    #[inline(never)]
    fn put(&mut self, bytes: &[u8]) {
        match std::mem::take(&mut self.rest).split_at_mut_checked(bytes.len()) {
            Some((head, rest)) => {
                head.copy_from_slice(bytes);
                self.rest = rest;
            }
            None => self.complete = false,
        }
    }
}

impl Write for Target<'_> {
    #[inline(always)]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.put(bytes);
        Ok(bytes.len())
    }

    #[inline(always)]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.put(bytes);
        Ok(())
    }

    #[inline(always)]
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Decodes an account of this program; refuses one of another owner or type. (Anchor's own decoding makes an error of its own,
/// with file, line and names, for each way to fail and for each type.)
#[inline(never)]
pub fn open<T: AnchorDeserialize + Discriminator>(info: &AccountInfo<'_>) -> Result<Box<T>> {
    ensure!(is(info, T::DISCRIMINATOR), ArxError::WrongAccount);
    let data = info.try_borrow_data()?;
    match T::deserialize(&mut &data[T::DISCRIMINATOR.len()..]) {
        Ok(value) => Ok(Box::new(value)),
        Err(_) => Err(error(ArxError::WrongAccount)),
    }
}

/// Whether this is an account of this program, and of the type with this discriminator.
#[inline(never)]
pub fn is(info: &AccountInfo<'_>, discriminator: &[u8]) -> bool {
    info.owner == &crate::ID && info.try_borrow_data().is_ok_and(|data| data.starts_with(discriminator))
}

/// Refuses an account that is not this program's.
pub fn check_owner(info: &AccountInfo<'_>) -> Result<()> {
    ensure!(info.owner == &crate::ID, ArxError::WrongAccount);
    Ok(())
}

/// Whether an account of this program exists here.
pub fn exists(info: &AccountInfo<'_>) -> bool {
    info.owner == &crate::ID && !info.data_is_empty()
}

/// Writes an account back.
#[inline(never)]
pub fn save<T: AnchorSerialize + Discriminator>(value: &T, info: &AccountInfo<'_>) -> Result<()> {
    let mut data = info.try_borrow_mut_data()?;
    let mut target = Target { rest: &mut data, complete: true };
    target.put(T::DISCRIMINATOR);
    // An account has room for the largest that it can hold.
    ensure!(value.serialize(&mut target).is_ok() && target.complete, ArxError::Overflow);
    Ok(())
}

/// Creates an account at one of this program's addresses, exempt from rent, and writes it. Fails where the account
/// exists: `exists` says how.
#[inline(never)]
pub fn create<'info, T: AnchorSerialize + Discriminator>(
    payer: &AccountInfo<'info>,
    info: &AccountInfo<'info>,
    (address, bump): (Pubkey, u8),
    seeds: &[&[u8]],
    value: &T,
    space: usize,
    exists: ArxError,
) -> Result<()> {
    allocate(payer, info, (address, bump), seeds, space, exists)?;
    save(value, info)
}

/// Creates an account at one of this program's addresses, exempt from rent, all zero.
#[inline(never)]
pub fn allocate<'info>(
    payer: &AccountInfo<'info>,
    info: &AccountInfo<'info>,
    (address, bump): (Pubkey, u8),
    seeds: &[&[u8]],
    space: usize,
    exists: ArxError,
) -> Result<()> {
    ensure!(info.key == &address, ArxError::AccountsDoNotBelongTogether);
    ensure!(info.data_is_empty() && info.owner != &crate::ID, exists);
    let bump = [bump];
    let mut signer: Vec<&[u8]> = Vec::with_capacity(seeds.len() + 1);
    signer.extend_from_slice(seeds);
    signer.push(&bump);
    let rent = Rent::get()?.minimum_balance(space);
    money::create_account(payer, info, &signer, rent, space)
}

/// One place where errors are made, so that their making is in the bytecode once.
#[cold]
#[inline(never)]
pub fn error(error: ArxError) -> Error {
    error.into()
}
