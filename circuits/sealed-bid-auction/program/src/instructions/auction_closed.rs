//! `auction_closed`: the callback of `close_auction`. There is a winner, or there is none; if the cluster could not tell,
//! the auction stays as it is and can be closed again.

use anchor_lang::prelude::*;
use arx_anchor::prelude::*;

use crate::{error::AuctionError, events::PhaseChanged, generated::CloseAuctionOutputs, state::Auction};

/// Accounts of `auction_closed`.
#[derive(Accounts)]
pub struct AuctionClosed<'info> {
    /// The arx program and the computation.
    #[account(constraint = arx.instance() == auction.key() @ AuctionError::WrongComputation)]
    pub arx: Callback<'info, CloseAuctionOutputs>,
    /// The auction.
    #[account(mut)]
    pub auction: Account<'info, Auction>,
}

impl<'info> AuctionClosed<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let outcome = ctx.accounts.arx.outcome()?;
        close(&mut ctx.accounts.auction, outcome)
    }
}

/// Applies the outcome of a closing.
pub(crate) fn close(auction: &mut Account<'_, Auction>, outcome: Outcome<CloseAuctionOutputs>) -> Result<()> {
    if let Outcome::Finalized(CloseAuctionOutputs { output_0: winner, output_1: price }) = outcome {
        auction.phase = auction.after_closing(winner, price)?;
        emit!(PhaseChanged { auction: auction.key(), phase: auction.phase });
    }
    Ok(())
}
