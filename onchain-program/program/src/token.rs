//! The stake token: an SPL token of the classic token program. Token-2022 is not taken: its extensions (transfer fees,
//! freezing, permanent delegates) could change what the vault holds behind the program's back.
//!
//! Instructions are encoded here, as those of the system program are in `money`.

use anchor_lang::{
    prelude::*,
    solana_program::{
        instruction::{AccountMeta, Instruction},
        program::invoke_signed,
    },
};

use crate::{
    error::ArxError,
    money, pda,
    record::{ensure, ensure_same},
    state::StakePool,
};

/// The token program.
pub const TOKEN_PROGRAM: Pubkey = Pubkey::from_str_const("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA");
/// Length of a token account.
pub const TOKEN_ACCOUNT_LENGTH: usize = 165;
/// Length of a mint.
const MINT_LENGTH: usize = 82;

const TRANSFER: u8 = 3;
const BURN: u8 = 8;
const INITIALIZE_ACCOUNT_3: u8 = 18;

/// Refuses what is not a mint of the token program.
pub fn check_mint(info: &AccountInfo<'_>) -> Result<()> {
    // Byte 45 says that the mint is initialised.
    let data = info.try_borrow_data()?;
    let right = info.owner == &TOKEN_PROGRAM && data.len() == MINT_LENGTH && data[45] == 1;
    ensure!(right, ArxError::WrongTokenAccount);
    Ok(())
}

/// Makes the vault: a token account at this program's address `["vault"]`, which the stake pool's address owns.
pub fn create_vault<'info>(
    payer: &AccountInfo<'info>,
    vault: &AccountInfo<'info>,
    mint: &AccountInfo<'info>,
) -> Result<()> {
    let (address, bump) = pda::vault();
    ensure_same!(vault.key, &address, ArxError::AccountsDoNotBelongTogether);
    let rent = Rent::get()?.minimum_balance(TOKEN_ACCOUNT_LENGTH);
    let seeds: &[&[u8]] = &[pda::VAULT_SEED, &[bump]];
    money::create_account_for(payer, vault, seeds, rent, TOKEN_ACCOUNT_LENGTH, &TOKEN_PROGRAM)?;
    let mut data = vec![INITIALIZE_ACCOUNT_3];
    data.extend_from_slice(pda::stake_pool().0.as_ref());
    call(data, &[(vault, true), (mint, false)], None, &[])
}

/// Transfers tokens; `authority` has signed the transaction.
pub fn deposit<'info>(
    from: &AccountInfo<'info>,
    vault: &AccountInfo<'info>,
    authority: &AccountInfo<'info>,
    amount: u64,
) -> Result<()> {
    call(amount_data(TRANSFER, amount), &[(from, true), (vault, true)], Some(authority), &[])
}

/// Transfers tokens out of the vault to a token account of `owner`.
pub fn pay_out<'info>(
    pool: &StakePool,
    pool_info: &AccountInfo<'info>,
    vault: &AccountInfo<'info>,
    to: &AccountInfo<'info>,
    amount: u64,
) -> Result<()> {
    ensure_same!(*vault.key, pool.vault, ArxError::WrongTokenAccount);
    let seeds: &[&[u8]] = &[pda::STAKE_SEED, &[pool.bump]];
    call(amount_data(TRANSFER, amount), &[(vault, true), (to, true)], Some(pool_info), &[seeds])
}

/// Burns tokens of the vault.
pub fn burn<'info>(
    pool: &StakePool,
    pool_info: &AccountInfo<'info>,
    vault: &AccountInfo<'info>,
    mint: &AccountInfo<'info>,
    amount: u64,
) -> Result<()> {
    ensure_same!(*vault.key, pool.vault, ArxError::WrongTokenAccount);
    let seeds: &[&[u8]] = &[pda::STAKE_SEED, &[pool.bump]];
    call(amount_data(BURN, amount), &[(vault, true), (mint, true)], Some(pool_info), &[seeds])
}

fn amount_data(tag: u8, amount: u64) -> Vec<u8> {
    let mut data = vec![tag];
    data.extend_from_slice(&amount.to_le_bytes());
    data
}

#[inline(never)]
fn call<'info>(
    data: Vec<u8>,
    accounts: &[(&AccountInfo<'info>, bool)],
    authority: Option<&AccountInfo<'info>>,
    seeds: &[&[&[u8]]],
) -> Result<()> {
    let mut metas = Vec::with_capacity(3);
    let mut infos = Vec::with_capacity(3);
    for (info, writable) in accounts {
        metas.push(AccountMeta { pubkey: *info.key, is_signer: false, is_writable: *writable });
        infos.push((*info).clone());
    }
    if let Some(authority) = authority {
        metas.push(AccountMeta::new_readonly(*authority.key, true));
        infos.push(authority.clone());
    }
    let instruction = Instruction { program_id: TOKEN_PROGRAM, accounts: metas, data };
    Ok(invoke_signed(&instruction, &infos, seeds)?)
}
