//! A cell: one piece of an application's encrypted state.

use anchor_lang::{Discriminator, prelude::*};

use super::cell_body_length;
use crate::{
    error::ArxError,
    record::{ensure, ensure_same},
};

/// Encrypted state of an application, changed only when a computation is finalised, by compare-and-swap.
///
/// Seeds: `["cell", mxe, label]`. Written by `create_cell`, `grow_cell` and `finalize_computation`; never closed, so that a version
/// number is never used twice.
#[account]
#[derive(Debug)]
pub struct Cell {
    /// The MXE it belongs to.
    pub mxe: Pubkey,
    /// The application's name for it.
    pub label: [u8; 32],
    /// Length of the plaintext in bits.
    pub bits: u32,
    /// 0 while empty; one more with every write.
    pub version: u64,
    /// The computation that wrote this version.
    pub writer: Pubkey,
    /// The cell body: version byte, version of the state keys, coin, length, ciphertext and tags. Empty while `version` is 0.
    pub data: Vec<u8>,
    /// Bump of the address.
    pub bump: u8,
}

/// What stands in front of a cell's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellHead {
    /// See [`Cell::mxe`].
    pub mxe: Pubkey,
    /// See [`Cell::bits`].
    pub bits: u32,
    /// See [`Cell::version`].
    pub version: u64,
    /// See [`Cell::writer`].
    pub writer: Pubkey,
    /// Length of the content.
    pub length: u32,
}

/// Where the fields lie in the account.
const MXE: usize = 8;
const BITS: usize = MXE + 32 + 32;
const VERSION: usize = BITS + 4;
const WRITER: usize = VERSION + 8;
const LENGTH: usize = WRITER + 32;
const DATA: usize = LENGTH + 4;

impl Cell {
    /// Space of a cell for `bits` bits of an MXE with this protocol, the discriminator included.
    pub fn space(bits: u32, protocol: u16) -> usize {
        DATA + cell_body_length(bits, protocol) + 1
    }

    /// A cell's head, read in place: its content may be longer than a program's memory. Refuses an account of another
    /// program or type.
    pub fn head(info: &AccountInfo<'_>) -> Result<CellHead> {
        ensure_same!(info.owner, &crate::ID, ArxError::WrongCell);
        Self::read_head(&info.try_borrow_data()?).ok_or_else(|| ArxError::WrongCell.into())
    }

    fn read_head(data: &[u8]) -> Option<CellHead> {
        let key = |at: usize| Some(Pubkey::new_from_array(data.get(at..at + 32)?.try_into().ok()?));
        if !data.starts_with(Self::DISCRIMINATOR) {
            return None;
        }
        Some(CellHead {
            mxe: key(MXE)?,
            bits: u32::from_le_bytes(data.get(BITS..VERSION)?.try_into().ok()?),
            version: u64::from_le_bytes(data.get(VERSION..WRITER)?.try_into().ok()?),
            writer: key(WRITER)?,
            length: u32::from_le_bytes(data.get(LENGTH..DATA)?.try_into().ok()?),
        })
    }

    /// Writes the next version, in place.
    pub fn write(info: &AccountInfo<'_>, head: &CellHead, writer: &Pubkey, body: &[u8]) -> Result<()> {
        let version = head.version.checked_add(1).ok_or(ArxError::Overflow)?;
        let mut data = info.try_borrow_mut_data()?;
        let (old_end, end) = (DATA + head.length as usize, DATA + body.len());
        ensure!(end < data.len(), ArxError::CellNotGrown);
        // The bump stands behind the content.
        let bump = *data.get(old_end).ok_or(ArxError::WrongCell)?;
        data[VERSION..WRITER].copy_from_slice(&version.to_le_bytes());
        data[WRITER..LENGTH].copy_from_slice(writer.as_ref());
        data[LENGTH..DATA].copy_from_slice(&(body.len() as u32).to_le_bytes());
        data[DATA..end].copy_from_slice(body);
        data[end] = bump;
        Ok(())
    }
}
