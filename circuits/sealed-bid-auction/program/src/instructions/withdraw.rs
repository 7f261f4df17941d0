//! `withdraw`: returns what is left of a deposit, and the rent of the bid's account, to the bidder. Anyone may send it.

use anchor_lang::prelude::*;

use crate::{
    error::AuctionError,
    events::DepositReturned,
    state::{Auction, Bid},
};

/// Accounts of `withdraw`.
#[derive(Accounts)]
pub struct Withdraw<'info> {
    /// The auction.
    #[account(mut)]
    pub auction: Account<'info, Auction>,
    /// The bid, which is closed.
    #[account(mut, close = bidder, has_one = auction @ AuctionError::WrongComputation, has_one = bidder)]
    pub bid: Account<'info, Bid>,
    /// CHECK: the bidder, who receives all lamports of the bid's account.
    #[account(mut)]
    pub bidder: UncheckedAccount<'info>,
}

impl<'info> Withdraw<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let Withdraw { auction, bid, .. } = ctx.accounts;
        auction.check_withdraw(bid, Clock::get()?.slot)?;
        auction.remove_bid(bid)?;
        let lamports = bid.deposit;
        emit!(DepositReturned { auction: auction.key(), bidder: bid.bidder, lamports });
        Ok(())
    }
}
