//! What an application's Anchor program imports: typed queueing of computations, and typed outcomes.
//!
//! An application's circuits are compiled by `arx build`, which writes one Rust module for the application's program. It
//! holds, per instruction of the circuit, an argument type, an outcome type and a function that queues the computation.
//! This crate is what that module stands on; applications use both together, and write no offset, size, order of
//! arguments or account list by hand.
//!
//! # Layout
//! - [`Application`]: where an application's signer and MXE lie, computed when the program is compiled; [`create_mxe`]
//! - [`Definition`]: the facts of one instruction of the circuit
//! - [`CircuitType`]: types that circuits know, and their plain form; [`Plain`]: a value in that form
//! - [`EncryptedInput`], [`RecipientKey`], [`EncryptedOutput`]: what passes through the program without being readable
//! - [`EncryptedCell`] and [`create_cell`]: state of the application that nobody can read
//! - [`QueueAccounts`], [`QueueOptions`], [`queue()`]: queueing a computation
//! - [`Callback`]: the first field of a callback handler's accounts; [`callback_to`]: how to name the handler
//! - [`PullAccounts`]: taking an outcome in an instruction of the application's own
//! - [`Outcome`]: what became of a computation
//!
//! # In an application's program
//! The example is the sealed-bid auction's, shortened; `circuits/sealed-bid-auction/program` is the whole of it.
//!
//! ```
//! # use anchor_lang::prelude::*;
//! # use sealed_bid_auction::{accounts, generated, generated::APPLICATION, instruction};
//! # use sealed_bid_auction::instructions::{BidPlaced, PlaceBid};
//! use arx_anchor::prelude::*;
//!
//! /// In the handler of the application's own `place_bid`.
//! fn queue<'info>(accounts: &PlaceBid<'info>, amount: EncryptedInput<u64>, call: Call) -> Result<()> {
//!     let callback = callback_to::<instruction::BidPlaced>(&APPLICATION, &accounts::BidPlaced {
//!         arx: CallbackKeys::new(&APPLICATION, accounts.arx.computation.key()),
//!         auction: accounts.auction.key(),
//!         bid: accounts.bid.key(),
//!     })?;
//!     let options = QueueOptions { call, instance: accounts.auction.key(), callback: Some(callback) };
//!     let arguments = generated::PlaceBid { bidder: accounts.bidder.key(), amount, state: &accounts.cell };
//!     generated::place_bid(&accounts.arx, &accounts.bidder, arguments, options)
//! }
//!
//! /// The handler of the callback. Its accounts begin with `arx: Callback<'info, generated::PlaceBidOutputs>`, which
//! /// checks everything about the caller before the handler runs.
//! fn bid_placed<'info>(ctx: Context<'info, BidPlaced<'info>>) -> Result<()> {
//!     match ctx.accounts.arx.outcome()? {
//!         Outcome::Finalized(outputs) => msg!("a receipt of {} bytes", outputs.output_1.as_bytes().len()),
//!         Outcome::Failed { reason, .. } => msg!("not counted: {:?}", reason),
//!         Outcome::Expired | Outcome::Cancelled => msg!("not counted"),
//!     }
//!     Ok(())
//! }
//! ```
//!
//! What an application needs to know about its own addresses is known when it is compiled:
//! ```
//! use anchor_lang::prelude::Pubkey;
//! use arx_anchor::Application;
//!
//! const PROGRAM: Pubkey = Pubkey::new_from_array([7; 32]);
//! const APPLICATION: Application = Application::new(&PROGRAM, 0);
//!
//! assert_eq!(APPLICATION.signer, arx_program::pda::application_signer(&PROGRAM).0);
//! assert_eq!(APPLICATION.mxe, arx_program::pda::mxe(&PROGRAM, 0).0);
//! ```

#![forbid(unsafe_code)]

mod accounts;
mod application;
mod callback;
mod cell;
mod definition;
mod embed;
mod error;
mod outcome;
mod plain;
mod pull;
mod queue;
mod values;

#[doc(hidden)]
pub use accounts::{
    __client_accounts_pull_accounts, __client_accounts_queue_accounts, __cpi_client_accounts_pull_accounts,
    __cpi_client_accounts_queue_accounts,
};
pub use accounts::{PullAccounts, PullAccountsBumps, PullKeys, QueueAccounts, QueueAccountsBumps, QueueKeys};
pub use anchor_lang;
pub use anchor_lang::prelude::Pubkey;
pub use application::{Application, CreateMxe, create_mxe};
pub use arx_program::{
    self, ID,
    program::Arx,
    state::{CallbackSpec, FailureReason, OutputKind, OutputSpec, ParameterKind, ParameterSpec},
};
#[doc(hidden)]
pub use callback::{__client_accounts_callback, __cpi_client_accounts_callback};
pub use callback::{Callback, CallbackBumps, CallbackKeys, callback_to};
#[doc(hidden)]
pub use cell::{__client_accounts_encrypted_cell, __cpi_client_accounts_encrypted_cell};
pub use cell::{CreateCell, EncryptedCell, EncryptedCellBumps, EncryptedCellKey, create_cell};
pub use definition::Definition;
pub use error::ArxAnchorError;
pub use outcome::{Outcome, OutputReader, Outputs};
pub use plain::{CircuitType, Plain, no_variant, skip_zeros, write_zeros};
pub use queue::{ArgumentWriter, Arguments, Call, QueueOptions, queue};
pub use values::{EncryptedInput, EncryptedOutput, RecipientKey};

/// What an application's instructions import: `use arx_anchor::prelude::*;`. Anchor's `#[derive(Accounts)]` looks for the
/// hidden companions of an embedded type beside it, which is why the types come together.
pub mod prelude {
    #[doc(hidden)]
    pub use crate::{
        __client_accounts_callback, __client_accounts_encrypted_cell, __client_accounts_pull_accounts,
        __client_accounts_queue_accounts, __cpi_client_accounts_callback,
        __cpi_client_accounts_encrypted_cell, __cpi_client_accounts_pull_accounts,
        __cpi_client_accounts_queue_accounts, CallbackBumps, EncryptedCellBumps, PullAccountsBumps,
        QueueAccountsBumps,
    };
    pub use crate::{
        Arx, Call, Callback, CallbackKeys, CreateCell, CreateMxe, EncryptedCell, EncryptedInput, Outcome,
        PullAccounts, QueueAccounts, QueueOptions, callback_to, create_cell, create_mxe,
    };
}
