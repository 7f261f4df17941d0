//! Lamports: creating accounts, moving lamports between the program's accounts, and sharing fees.

use anchor_lang::{
    prelude::*,
    solana_program::{
        instruction::{AccountMeta, Instruction},
        program::invoke_signed,
    },
    system_program,
};

use crate::{constants::BASIS_POINTS, error::ArxError, record::error, state::Cluster, state::Escrow};

impl Escrow {
    /// The fees of a computation of `cost_units` on this cluster. What large outputs need is added later.
    pub fn quote(cluster: &Cluster, cost_units: u64, priority_fee: u64) -> Result<Self> {
        let work_fee = cost_units.checked_mul(cluster.price_per_unit).ok_or(ArxError::Overflow)?;
        let escrow = Self { base_fee: cluster.base_fee, work_fee, priority_fee, output_rent: 0 };
        escrow.total()?;
        Ok(escrow)
    }

    /// All of it.
    pub fn total(&self) -> Result<u64> {
        self.base_fee
            .checked_add(self.work_fee)
            .and_then(|sum| sum.checked_add(self.priority_fee))
            .and_then(|sum| sum.checked_add(self.output_rent))
            .ok_or_else(|| error(ArxError::Overflow))
    }
}

impl Cluster {
    /// Credits a fee: the treasury's part rounded down, the rest to all members equally, and what does not divide
    /// among them to the treasury.
    pub fn credit(&mut self, amount: u64) -> Result<()> {
        let members = self.accrued.len() as u128;
        let part = u128::from(amount) * u128::from(self.treasury_basis_points) / u128::from(BASIS_POINTS);
        let rest = u128::from(amount).checked_sub(part).ok_or(ArxError::Overflow)?;
        let share = rest.checked_div(members).ok_or(ArxError::Overflow)? as u64;
        let shared = share.checked_mul(members as u64).ok_or(ArxError::Overflow)?;
        for accrued in &mut self.accrued {
            *accrued = accrued.checked_add(share).ok_or(ArxError::Overflow)?;
        }
        let treasury = amount.checked_sub(shared).ok_or(ArxError::Overflow)?;
        self.treasury_accrued = self.treasury_accrued.checked_add(treasury).ok_or(ArxError::Overflow)?;
        Ok(())
    }
}

/// Moves lamports out of an account of this program.
pub fn move_lamports(from: &AccountInfo<'_>, to: &AccountInfo<'_>, lamports: u64) -> Result<()> {
    if lamports == 0 || from.key == to.key {
        return Ok(());
    }
    let left = from.lamports().checked_sub(lamports).ok_or(ArxError::Overflow)?;
    let sum = to.lamports().checked_add(lamports).ok_or(ArxError::Overflow)?;
    **from.try_borrow_mut_lamports()? = left;
    **to.try_borrow_mut_lamports()? = sum;
    Ok(())
}

/// Creates an account of this program at an address of this program, holding `lamports`. Works when someone has sent
/// lamports there before, which would make the system program's `CreateAccount` fail.
pub fn create_account<'info>(
    payer: &AccountInfo<'info>,
    account: &AccountInfo<'info>,
    seeds: &[&[u8]],
    lamports: u64,
    space: usize,
) -> Result<()> {
    create_account_for(payer, account, seeds, lamports, space, &crate::ID)
}

/// [`create_account`] for another program.
pub fn create_account_for<'info>(
    payer: &AccountInfo<'info>,
    account: &AccountInfo<'info>,
    seeds: &[&[u8]],
    lamports: u64,
    space: usize,
    owner: &Pubkey,
) -> Result<()> {
    if let Some(missing) = lamports.checked_sub(account.lamports()).filter(|missing| *missing > 0) {
        pay(payer, account, missing)?;
    }
    let mut allocate = [0; 12];
    allocate[0] = SYSTEM_ALLOCATE;
    allocate[4..].copy_from_slice(&(space as u64).to_le_bytes());
    call_system(&allocate, &[account], &[seeds])?;
    let mut assign = [0; 36];
    assign[0] = SYSTEM_ASSIGN;
    assign[4..].copy_from_slice(owner.as_ref());
    call_system(&assign, &[account], &[seeds])
}

/// Transfers lamports from a signer's account.
pub fn pay<'info>(from: &AccountInfo<'info>, to: &AccountInfo<'info>, lamports: u64) -> Result<()> {
    let mut transfer = [0; 12];
    transfer[0] = SYSTEM_TRANSFER;
    transfer[4..].copy_from_slice(&lamports.to_le_bytes());
    call_system(&transfer, &[from, to], &[])
}

/// Numbers of the system program's instructions. Encoded here, for the library's encoder is larger than this program's
/// largest instruction.
const SYSTEM_ASSIGN: u8 = 1;
const SYSTEM_TRANSFER: u8 = 2;
const SYSTEM_ALLOCATE: u8 = 8;

/// All accounts are writable; the first signs.
#[inline(never)]
fn call_system<'info>(data: &[u8], accounts: &[&AccountInfo<'info>], seeds: &[&[&[u8]]]) -> Result<()> {
    let metas =
        accounts.iter().enumerate().map(|(index, info)| AccountMeta::new(*info.key, index == 0)).collect();
    let infos: Vec<_> = accounts.iter().map(|info| (*info).clone()).collect();
    let instruction = Instruction { program_id: system_program::ID, accounts: metas, data: data.to_vec() };
    Ok(invoke_signed(&instruction, &infos, seeds)?)
}

/// Lengthens an account of this program and pays the rent that this needs.
pub fn grow<'info>(payer: &AccountInfo<'info>, account: &AccountInfo<'info>, space: usize) -> Result<()> {
    let rent = Rent::get()?.minimum_balance(space);
    if let Some(missing) = rent.checked_sub(account.lamports()).filter(|missing| *missing > 0) {
        pay(payer, account, missing)?;
    }
    account.resize(space)?;
    Ok(())
}

/// Closes an account of this program and sends its lamports to `to`.
pub fn close_account<'info>(account: &AccountInfo<'info>, to: &AccountInfo<'info>) -> Result<()> {
    move_lamports(account, to, account.lamports())?;
    account.assign(&system_program::ID);
    account.resize(0)?;
    Ok(())
}
