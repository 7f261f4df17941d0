//! State of an application that nobody can read: cells of the arx program.

use core::marker::PhantomData;
use std::collections::BTreeSet;

use anchor_lang::{
    Bumps, DuplicateMutableAccountKeys, ToAccountInfos, prelude::*, solana_program::instruction::AccountMeta,
};
use arx_program::{
    cpi::{self, accounts::CreateCell as CreateCellCpi},
    state::{Cell, CellHead},
};

use crate::{Application, ArxAnchorError, CircuitType, embed::embeddable_accounts};

/// A cell that holds an encrypted `T`, as a field of an application's accounts.
///
/// Checked before the handler runs: the account is a cell of the arx program, of the size of a `T`. That it belongs to
/// the application's MXE is checked when a computation uses it. Which of the application's cells it is, the application
/// must say: `#[account(constraint = cell.key() == auction.cell)]`.
pub struct EncryptedCell<'info, T> {
    cell: &'info AccountInfo<'info>,
    head: CellHead,
    value: PhantomData<fn() -> T>,
}

/// The address of an [`EncryptedCell`], where an instruction's accounts are given as keys.
pub type EncryptedCellKey = __client_accounts_encrypted_cell::EncryptedCell;

impl<T> EncryptedCell<'_, T> {
    /// The cell's address.
    pub fn key(&self) -> Pubkey {
        *self.cell.key
    }

    /// How often it was written; 0 while it is empty.
    pub fn version(&self) -> u64 {
        self.head.version
    }

    /// The computation that wrote this version.
    pub fn writer(&self) -> Pubkey {
        self.head.writer
    }
}

impl<'info, T: CircuitType> EncryptedCell<'info, T> {
    /// From an account. Only its head is read: the content may be longer than a program's memory.
    pub fn try_from(info: &'info AccountInfo<'info>) -> Result<Self> {
        let head = Cell::head(info)?;
        require_eq!(head.bits, T::BITS, ArxAnchorError::WrongCellSize);
        Ok(Self { cell: info, head, value: PhantomData })
    }
}

impl<'info, T> AsRef<AccountInfo<'info>> for EncryptedCell<'info, T> {
    fn as_ref(&self) -> &AccountInfo<'info> {
        self.cell
    }
}

impl<'info, T: CircuitType> Accounts<'info, EncryptedCellBumps> for EncryptedCell<'info, T> {
    fn try_accounts(
        _: &Pubkey,
        accounts: &mut &'info [AccountInfo<'info>],
        _: &[u8],
        _: &mut EncryptedCellBumps,
        _: &mut BTreeSet<Pubkey>,
    ) -> Result<Self> {
        let (info, rest) = accounts.split_first().ok_or(ErrorCode::AccountNotEnoughKeys)?;
        *accounts = rest;
        Self::try_from(info)
    }
}

embeddable_accounts! {
    EncryptedCell<T>, EncryptedCellBumps, __client_accounts_encrypted_cell, __cpi_client_accounts_encrypted_cell,
    {
        /// The cell.
        cell: signer false,
    }
}

impl EncryptedCellKey {
    /// The cell at `cell`.
    pub fn new(cell: Pubkey) -> Self {
        Self { cell }
    }
}

/// Accounts of [`create_cell`].
#[derive(Debug)]
pub struct CreateCell<'a, 'info> {
    /// Pays for the cell's account; a signer.
    pub payer: &'a AccountInfo<'info>,
    /// [`Application::signer`].
    pub application_signer: &'a AccountInfo<'info>,
    /// [`Application::mxe`].
    pub mxe: &'a AccountInfo<'info>,
    /// The cell, at `arx_program::pda::cell(mxe, label)`; must not exist yet.
    pub cell: &'info AccountInfo<'info>,
    /// The arx program.
    pub arx_program: &'a AccountInfo<'info>,
    /// The system program.
    pub system_program: &'a AccountInfo<'info>,
}

/// Makes an empty cell for a `T`. `label` is the application's name for it, once per MXE; the address of an account of
/// the application is a good one. A cell of more than about 40,000 bits needs further `grow_cell`, which anyone sends to the
/// arx program, before a computation can use it.
pub fn create_cell<'info, T: CircuitType>(
    application: &Application,
    accounts: CreateCell<'_, 'info>,
    label: [u8; 32],
) -> Result<EncryptedCell<'info, T>> {
    let cpi_accounts = CreateCellCpi {
        payer: accounts.payer.clone(),
        application_signer: accounts.application_signer.clone(),
        mxe: accounts.mxe.clone(),
        cell: accounts.cell.clone(),
        system_program: accounts.system_program.clone(),
    };
    application.sign(|seeds| {
        let context = CpiContext::new_with_signer(*accounts.arx_program.key, cpi_accounts, seeds);
        cpi::create_cell(context, label, T::BITS)
    })?;
    EncryptedCell::try_from(accounts.cell)
}
