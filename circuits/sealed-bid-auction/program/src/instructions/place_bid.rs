//! `place_bid`: locks the deposit and submits an encrypted bid. The bidder signs, as the authority to which the
//! ciphertext is bound: nobody can submit it again, elsewhere or for himself.

use anchor_lang::{
    prelude::*,
    system_program::{self, Transfer},
};
use arx_anchor::prelude::*;

use crate::{
    accounts,
    error::AuctionError,
    events::BidSubmitted,
    generated::{self, APPLICATION},
    instruction,
    state::{Auction, BID_SEED, Bid, BidStatus},
};

/// Accounts of `place_bid`.
#[derive(Accounts)]
pub struct PlaceBid<'info> {
    /// Bids; pays deposit, rent and fee.
    #[account(mut)]
    pub bidder: Signer<'info>,
    /// The auction.
    #[account(mut)]
    pub auction: Account<'info, Auction>,
    /// The bid, which holds the deposit.
    #[account(
        init, payer = bidder, space = 8 + Bid::INIT_SPACE,
        seeds = [BID_SEED, auction.key().as_ref(), bidder.key().as_ref()], bump,
    )]
    pub bid: Account<'info, Bid>,
    /// The auction's encrypted state.
    #[account(constraint = cell.key() == auction.cell @ AuctionError::WrongCell)]
    pub cell: EncryptedCell<'info, generated::Auction>,
    /// What the call of `place_bid` needs.
    #[account(constraint = arx.payer.key() == bidder.key() @ AuctionError::WrongPayer)]
    pub arx: QueueAccounts<'info>,
    /// Creates the bid's account.
    pub system_program: Program<'info, System>,
}

impl<'info> PlaceBid<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, amount: EncryptedInput<u64>, call: Call) -> Result<()> {
        let accounts = ctx.accounts;
        accounts.auction.check_bid(Clock::get()?.slot, call.deadline)?;
        accounts.auction.add_bid()?;
        let deposit = accounts.auction.deposit;
        accounts.bid.set_inner(Bid {
            auction: accounts.auction.key(),
            bidder: accounts.bidder.key(),
            computation: accounts.arx.computation.key(),
            deposit,
            status: BidStatus::Pending,
            bump: ctx.bumps.bid,
        });
        let transfer =
            Transfer { from: accounts.bidder.to_account_info(), to: accounts.bid.to_account_info() };
        system_program::transfer(CpiContext::new(system_program::ID, transfer), deposit)?;
        accounts.queue(amount, call)?;
        emit!(BidSubmitted {
            auction: accounts.auction.key(),
            bidder: accounts.bidder.key(),
            computation: accounts.bid.computation,
        });
        Ok(())
    }

    fn queue(&self, amount: EncryptedInput<u64>, call: Call) -> Result<()> {
        let auction = self.auction.key();
        let callback = callback_to::<instruction::BidPlaced>(
            &APPLICATION,
            &accounts::BidPlaced {
                arx: CallbackKeys::new(&APPLICATION, self.arx.computation.key()),
                auction,
                bid: self.bid.key(),
            },
        )?;
        let options = QueueOptions { call, instance: auction, callback: Some(callback) };
        let arguments = generated::PlaceBid { bidder: self.bidder.key(), amount, state: &self.cell };
        generated::place_bid(&self.arx, &self.bidder, arguments, options)
    }
}
