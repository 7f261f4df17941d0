//! `remove_auction`: closes the account of an auction that is over, when all bidders have withdrawn.

use anchor_lang::prelude::*;

use crate::state::Auction;

/// Accounts of `remove_auction`.
#[derive(Accounts)]
pub struct RemoveAuction<'info> {
    /// The auction.
    #[account(mut, close = seller, has_one = seller)]
    pub auction: Account<'info, Auction>,
    /// Its seller, who gets the rent back.
    #[account(mut)]
    pub seller: Signer<'info>,
}

impl<'info> RemoveAuction<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        ctx.accounts.auction.check_remove(Clock::get()?.slot)
    }
}
