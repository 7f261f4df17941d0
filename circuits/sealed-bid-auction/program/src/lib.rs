//! Sealed-bid second-price auction: the Solana program.
//!
//! Bids stay secret for good; the program only ever learns who won and what the second highest bid was. The README
//! beside this crate tells the story and what is hidden; here is what the program enforces:
//!
//! - **Deposits.** Every bidder locks the same public deposit, which is also the most that anyone can come to pay. It lies
//!   in the bid's own account, so that no two bidders' money is ever in one place.
//! - **Names.** Who bids is not in the ciphertext: the program gives the circuit the key of the bidder who signs, so
//!   nobody can bid in another's name. See [`rules`] for what happens to bids that break the rules.
//! - **Order.** No bid is taken after the end, and the auction is closed only when no bid is on its way any more.
//!
//! # Layout
//! - [`state`]: the accounts `Auction` and `Bid`; [`rules`]: who owes what to whom, as plain functions
//! - [`instructions`]: one a file; [`generated`]: types of the circuit, written by `arx build`
//! - [`error`], [`events`]

#![forbid(unsafe_code)]
// Anchor's macros emit items without documentation at the crate's top; ours have it.
#![allow(missing_docs)]

#[cfg(target_arch = "bpf")]
use solana_compiler_builtins as _;

#[warn(missing_docs)]
pub mod error;
#[warn(missing_docs)]
pub mod events;
#[rustfmt::skip]
#[warn(missing_docs)]
pub mod generated;
pub mod instructions;
#[warn(missing_docs)]
pub mod rules;
#[warn(missing_docs)]
pub mod state;

use anchor_lang::prelude::*;
use arx_anchor::{Call, EncryptedInput};
use instructions::*;

declare_id!("6G1xF4KpRD7Q7L5MECYUv4BZS9tzDDgHFva6GgN5X9iE");

/// The instructions. Each is described in its file under [`instructions`].
#[program]
pub mod auction {
    use super::*;

    /// Puts the application on a cluster, once.
    pub fn initialize_application<'info>(ctx: Context<'info, InitializeApplication<'info>>) -> Result<()> {
        InitializeApplication::run(ctx)
    }

    /// Opens an auction.
    pub fn create_auction<'info>(
        ctx: Context<'info, CreateAuction<'info>>,
        terms: AuctionTerms,
        call: Call,
    ) -> Result<()> {
        CreateAuction::run(ctx, terms, call)
    }

    /// Callback of `create_auction`.
    pub fn auction_initialized<'info>(ctx: Context<'info, AuctionInitialized<'info>>) -> Result<()> {
        AuctionInitialized::run(ctx)
    }

    /// Locks the deposit and submits an encrypted bid.
    pub fn place_bid<'info>(
        ctx: Context<'info, PlaceBid<'info>>,
        amount: EncryptedInput<u64>,
        call: Call,
    ) -> Result<()> {
        PlaceBid::run(ctx, amount, call)
    }

    /// Callback of `place_bid`.
    pub fn bid_placed<'info>(ctx: Context<'info, BidPlaced<'info>>) -> Result<()> {
        BidPlaced::run(ctx)
    }

    /// Asks the cluster who won. Anyone may, after the end.
    pub fn close_auction<'info>(ctx: Context<'info, CloseAuction<'info>>, call: Call) -> Result<()> {
        CloseAuction::run(ctx, call)
    }

    /// Callback of `close_auction`.
    pub fn auction_closed<'info>(ctx: Context<'info, AuctionClosed<'info>>) -> Result<()> {
        AuctionClosed::run(ctx)
    }

    /// Takes the outcome of `close_auction` where its callback has not come.
    pub fn take_closing<'info>(ctx: Context<'info, TakeClosing<'info>>) -> Result<()> {
        TakeClosing::run(ctx)
    }

    /// Pays the seller out of the winner's deposit. Anyone may, after the auction is closed.
    pub fn settle<'info>(ctx: Context<'info, Settle<'info>>) -> Result<()> {
        Settle::run(ctx)
    }

    /// Returns what is left of a deposit to its bidder.
    pub fn withdraw<'info>(ctx: Context<'info, Withdraw<'info>>) -> Result<()> {
        Withdraw::run(ctx)
    }

    /// Returns the rent of an auction that is over to its seller.
    pub fn remove_auction<'info>(ctx: Context<'info, RemoveAuction<'info>>) -> Result<()> {
        RemoveAuction::run(ctx)
    }
}
