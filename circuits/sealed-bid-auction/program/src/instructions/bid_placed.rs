//! `bid_placed`: the callback of `place_bid`. The bid is counted, or its deposit is free.

use anchor_lang::prelude::*;
use arx_anchor::prelude::*;

use crate::{
    error::AuctionError,
    events::BidDecided,
    generated::PlaceBidOutputs,
    state::{Auction, Bid},
};

/// Accounts of `bid_placed`.
#[derive(Accounts)]
pub struct BidPlaced<'info> {
    /// The arx program and the computation.
    #[account(
        constraint = arx.instance() == auction.key() @ AuctionError::WrongComputation,
        constraint = arx.computation() == bid.computation @ AuctionError::WrongComputation,
    )]
    pub arx: Callback<'info, PlaceBidOutputs>,
    /// The auction.
    #[account(mut)]
    pub auction: Account<'info, Auction>,
    /// The bid.
    #[account(mut, has_one = auction @ AuctionError::WrongComputation)]
    pub bid: Account<'info, Bid>,
}

impl<'info> BidPlaced<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let counted = match accounts.arx.outcome()? {
            Outcome::Finalized(_) => true,
            Outcome::Failed { .. } | Outcome::Expired | Outcome::Cancelled => false,
        };
        accounts.auction.decide_bid(&mut accounts.bid, counted)?;
        emit!(BidDecided { auction: accounts.auction.key(), bidder: accounts.bid.bidder, counted });
        Ok(())
    }
}
