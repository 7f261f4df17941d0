//! `settle`: pays the seller out of the winner's deposit. Anyone may send it: the result names the winner.

use anchor_lang::{Lamports, prelude::*};

use crate::{
    error::AuctionError,
    events::AuctionSettled,
    state::{Auction, Bid, Phase},
};

/// Accounts of `settle`.
#[derive(Accounts)]
pub struct Settle<'info> {
    /// The auction.
    #[account(mut, has_one = seller)]
    pub auction: Account<'info, Auction>,
    /// The winning bid.
    #[account(mut, has_one = auction @ AuctionError::NotTheWinningBid)]
    pub bid: Account<'info, Bid>,
    /// CHECK: the auction's seller, who is paid.
    #[account(mut)]
    pub seller: UncheckedAccount<'info>,
}

impl<'info> Settle<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let Settle { auction, bid, seller } = ctx.accounts;
        let price = auction.price_of(bid, Clock::get()?.slot)?;
        bid.deposit = bid.deposit.checked_sub(price).ok_or(AuctionError::Overflow)?;
        auction.phase = Phase::Settled { winner: bid.bidder, price };
        bid.sub_lamports(price)?;
        seller.add_lamports(price)?;
        emit!(AuctionSettled { auction: auction.key(), winner: bid.bidder, price });
        Ok(())
    }
}
