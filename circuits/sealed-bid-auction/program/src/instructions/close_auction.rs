//! `close_auction`: asks the cluster who won. Anyone may, after the end, and again if the cluster could not answer.

use anchor_lang::prelude::*;
use arx_anchor::prelude::*;

use crate::{
    accounts,
    error::AuctionError,
    generated::{self, APPLICATION},
    instruction,
    state::Auction,
};

/// Accounts of `close_auction`.
#[derive(Accounts)]
pub struct CloseAuction<'info> {
    /// The auction.
    pub auction: Account<'info, Auction>,
    /// The auction's encrypted state.
    #[account(constraint = cell.key() == auction.cell @ AuctionError::WrongCell)]
    pub cell: EncryptedCell<'info, generated::Auction>,
    /// What the call of `close_auction` needs; its payer is also its authority.
    pub arx: QueueAccounts<'info>,
}

impl<'info> CloseAuction<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, call: Call) -> Result<()> {
        let accounts = ctx.accounts;
        accounts.auction.check_close(Clock::get()?.slot)?;
        let auction = accounts.auction.key();
        let callback = callback_to::<instruction::AuctionClosed>(
            &APPLICATION,
            &accounts::AuctionClosed {
                arx: CallbackKeys::new(&APPLICATION, accounts.arx.computation.key()),
                auction,
            },
        )?;
        let options = QueueOptions { call, instance: auction, callback: Some(callback) };
        let arguments = generated::CloseAuction { state: &accounts.cell };
        generated::close_auction(&accounts.arx, &accounts.arx.payer, arguments, options)
    }
}
