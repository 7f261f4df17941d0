//! The smallest application: what the tests of the `arx` program need on the other side of a CPI.
//!
//! - `forward` sends any instruction to any program, signed with this program's address `["arx"]`: so a test can send
//!   every application-side instruction, and wrong ones too;
//! - `open` makes the journal of callbacks, `set_mode` says how they behave;
//! - `receive` is the callback. It writes down what it saw, fails, or tries to call `arx` again, as it was told.
//!
//! What a real application looks like is shown by `circuits/sealed-bid-auction/program`.

#![forbid(unsafe_code)]

#[cfg(target_arch = "bpf")]
use solana_compiler_builtins as _;

use anchor_lang::{
    prelude::*,
    solana_program::{
        instruction::{AccountMeta, Instruction},
        program::invoke_signed,
    },
};
use arx_program::{
    pda::{self, APPLICATION_SEED},
    state::{Computation, ComputationStatus},
};

declare_id!("6UVuewFv1fm8QUUaimBy58tNC8CBtPy168BAzrkxGXMH");

/// How the callback behaves.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq, InitSpace)]
pub enum Mode {
    /// Writes down what it saw.
    Accept,
    /// Returns [`EchoError::ToldToFail`].
    Fail,
    /// Calls `arx` from within the callback, which Solana must refuse.
    Reenter,
}

/// What the callback saw last.
#[account]
#[derive(Debug, InitSpace)]
pub struct Journal {
    /// How callbacks behave.
    pub mode: Mode,
    /// Callbacks accepted.
    pub received: u64,
    /// The last computation.
    pub computation: Pubkey,
    /// Whether it was finalised.
    pub finalized: bool,
    /// The bytes of its first output.
    #[max_len(512)]
    pub first_output: Vec<u8>,
}

/// Errors of the program.
#[error_code]
pub enum EchoError {
    /// See [`Mode::Fail`].
    #[msg("the callback was told to fail")]
    ToldToFail,
    /// The caller is not `arx`.
    #[msg("only the arx program may call this")]
    NotArx,
}

/// Accounts of `open`.
#[derive(Accounts)]
pub struct Open<'info> {
    /// Pays.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// What the callback saw.
    #[account(init, payer = payer, space = 8 + Journal::INIT_SPACE, seeds = [b"journal"], bump)]
    pub journal: Box<Account<'info, Journal>>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}

/// Accounts of `set_mode`.
#[derive(Accounts)]
pub struct SetMode<'info> {
    /// What the callback saw.
    #[account(mut, seeds = [b"journal"], bump)]
    pub journal: Box<Account<'info, Journal>>,
}

/// Accounts of `forward`: the remaining accounts are those of the instruction.
#[derive(Accounts)]
pub struct Forward<'info> {
    /// CHECK: the program to call.
    pub program: UncheckedAccount<'info>,
}

/// Accounts of `receive`.
#[derive(Accounts)]
pub struct Receive<'info> {
    /// Signs the callbacks of `arx` to this program.
    #[account(address = pda::callback_signer(&ID).0 @ EchoError::NotArx)]
    pub callback_signer: Signer<'info>,
    /// The computation.
    pub computation: Box<Account<'info, Computation>>,
    /// What the callback saw.
    #[account(mut, seeds = [b"journal"], bump)]
    pub journal: Box<Account<'info, Journal>>,
}

/// The instructions.
#[program]
pub mod arx_echo {
    use super::*;

    /// Makes the journal, with callbacks that accept.
    pub fn open(ctx: Context<Open>) -> Result<()> {
        ctx.accounts.journal.mode = Mode::Accept;
        Ok(())
    }

    /// Says how callbacks behave.
    pub fn set_mode(ctx: Context<SetMode>, mode: Mode) -> Result<()> {
        ctx.accounts.journal.mode = mode;
        Ok(())
    }

    /// Sends an instruction, signed with `["arx"]`.
    pub fn forward<'info>(ctx: Context<'info, Forward<'info>>, data: Vec<u8>) -> Result<()> {
        send(ctx.accounts.program.key(), ctx.remaining_accounts, data)
    }

    /// The callback.
    pub fn receive<'info>(ctx: Context<'info, Receive<'info>>) -> Result<()> {
        let accounts = ctx.accounts;
        let journal = &mut accounts.journal;
        match journal.mode {
            Mode::Fail => return err!(EchoError::ToldToFail),
            Mode::Reenter => {
                let data = anchor_lang::InstructionData::data(&arx_program::instruction::ConsumeResult {});
                return send(arx_program::ID, ctx.remaining_accounts, data);
            }
            Mode::Accept => {}
        }
        journal.received += 1;
        journal.computation = accounts.computation.key();
        journal.finalized = accounts.computation.status == ComputationStatus::Finalized;
        journal.first_output = accounts
            .computation
            .result
            .as_ref()
            .and_then(|result| result.outputs.first().cloned())
            .unwrap_or_default();
        Ok(())
    }
}

fn send<'info>(program_id: Pubkey, accounts: &[AccountInfo<'info>], data: Vec<u8>) -> Result<()> {
    let (own, bump) = Pubkey::find_program_address(&[APPLICATION_SEED], &ID);
    let metas = accounts
        .iter()
        .map(|account| AccountMeta {
            pubkey: *account.key,
            is_signer: account.is_signer || account.key == &own,
            is_writable: account.is_writable,
        })
        .collect();
    let instruction = Instruction { program_id, accounts: metas, data };
    invoke_signed(&instruction, accounts, &[&[APPLICATION_SEED, &[bump]]])?;
    Ok(())
}
