//! `take_closing`: takes the outcome of `close_auction` where its callback has not come. Anyone may.

use anchor_lang::prelude::*;
use arx_anchor::prelude::*;

use super::auction_closed::close;
use crate::{error::AuctionError, generated::CloseAuctionOutputs, state::Auction};

/// Accounts of `take_closing`.
#[derive(Accounts)]
pub struct TakeClosing<'info> {
    /// The auction.
    #[account(mut)]
    pub auction: Account<'info, Auction>,
    /// The computation, and what taking its outcome needs.
    #[account(constraint = arx.computation.instance == auction.key() @ AuctionError::WrongComputation)]
    pub arx: PullAccounts<'info>,
}

impl<'info> TakeClosing<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let outcome = ctx.accounts.arx.take::<CloseAuctionOutputs>()?;
        close(&mut ctx.accounts.auction, outcome)
    }
}
