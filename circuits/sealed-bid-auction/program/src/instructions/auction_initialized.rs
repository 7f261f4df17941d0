//! `auction_initialized`: the callback of `create_auction`. The auction opens, or is over before it began.

use anchor_lang::prelude::*;
use arx_anchor::prelude::*;

use crate::{
    error::AuctionError,
    events::PhaseChanged,
    generated::InitAuctionOutputs,
    state::{Auction, Phase},
};

/// Accounts of `auction_initialized`.
#[derive(Accounts)]
pub struct AuctionInitialized<'info> {
    /// The arx program and the computation.
    #[account(constraint = arx.instance() == auction.key() @ AuctionError::WrongComputation)]
    pub arx: Callback<'info, InitAuctionOutputs>,
    /// The auction.
    #[account(mut)]
    pub auction: Account<'info, Auction>,
}

impl<'info> AuctionInitialized<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let auction = &mut ctx.accounts.auction;
        require!(auction.phase == Phase::Initializing, AuctionError::OutcomeTaken);
        auction.phase = match ctx.accounts.arx.outcome()? {
            Outcome::Finalized(InitAuctionOutputs {}) => Phase::Open,
            Outcome::Failed { .. } | Outcome::Expired | Outcome::Cancelled => Phase::Failed,
        };
        emit!(PhaseChanged { auction: auction.key(), phase: auction.phase });
        Ok(())
    }
}
