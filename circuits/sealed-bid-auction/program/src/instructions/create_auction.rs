//! `create_auction`: creates an auction and its cell, and asks the cluster to write the first state into it. The auction
//! opens with the callback.

use anchor_lang::prelude::*;
use arx_anchor::prelude::*;

use crate::{
    accounts,
    error::AuctionError,
    events::AuctionCreated,
    generated::{self, APPLICATION},
    instruction,
    rules::MAX_AUCTION_SLOTS,
    state::{AUCTION_SEED, Auction, Phase},
};

/// What the seller fixes.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuctionTerms {
    /// The seller's own number of this auction.
    pub id: u64,
    /// The lowest price, in lamports. It is public.
    pub reserve: u64,
    /// What every bidder locks, in lamports: the highest price. A higher bid counts as this much.
    pub deposit: u64,
    /// No bids from this slot on.
    pub end_slot: u64,
}

/// Accounts of `create_auction`.
#[derive(Accounts)]
#[instruction(terms: AuctionTerms)]
pub struct CreateAuction<'info> {
    /// Sells; pays rent and fee.
    #[account(mut)]
    pub seller: Signer<'info>,
    /// The auction.
    #[account(
        init, payer = seller, space = 8 + Auction::INIT_SPACE,
        seeds = [AUCTION_SEED, seller.key().as_ref(), terms.id.to_le_bytes().as_ref()], bump,
    )]
    pub auction: Account<'info, Auction>,
    /// CHECK: the auction's cell, created by the arx program at the address whose label is the auction's address.
    #[account(mut)]
    pub cell: UncheckedAccount<'info>,
    /// What the call of `init_auction` needs.
    #[account(constraint = arx.payer.key() == seller.key() @ AuctionError::WrongPayer)]
    pub arx: QueueAccounts<'info>,
    /// Creates the auction's account.
    pub system_program: Program<'info, System>,
}

impl<'info> CreateAuction<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, terms: AuctionTerms, call: Call) -> Result<()> {
        let slot = Clock::get()?.slot;
        let last_end = slot.saturating_add(MAX_AUCTION_SLOTS);
        require!(terms.end_slot > slot && terms.end_slot <= last_end, AuctionError::InvalidEnd);
        require!(terms.deposit > 0 && terms.deposit >= terms.reserve, AuctionError::DepositBelowReserve);

        let accounts = ctx.accounts;
        accounts.auction.set_inner(Auction {
            seller: accounts.seller.key(),
            id: terms.id,
            cell: accounts.cell.key(),
            reserve: terms.reserve,
            deposit: terms.deposit,
            end_slot: terms.end_slot,
            bids: 0,
            pending_bids: 0,
            phase: Phase::Initializing,
            bump: ctx.bumps.auction,
        });
        let accounts: &'info Self = accounts;
        accounts.queue(terms.reserve, call)?;
        emit!(AuctionCreated {
            auction: accounts.auction.key(),
            seller: accounts.seller.key(),
            reserve: terms.reserve,
            deposit: terms.deposit,
            end_slot: terms.end_slot,
        });
        Ok(())
    }

    fn queue(&'info self, reserve: u64, call: Call) -> Result<()> {
        let auction = self.auction.key();
        let arx = &self.arx;
        let cell = CreateCell {
            payer: &self.seller,
            application_signer: &arx.application_signer,
            mxe: &arx.mxe,
            cell: &self.cell,
            arx_program: arx.arx_program.as_ref(),
            system_program: self.system_program.as_ref(),
        };
        let cell = create_cell(&APPLICATION, cell, auction.to_bytes())?;
        let callback = callback_to::<instruction::AuctionInitialized>(
            &APPLICATION,
            &accounts::AuctionInitialized {
                arx: CallbackKeys::new(&APPLICATION, arx.computation.key()),
                auction,
            },
        )?;
        let options = QueueOptions { call, instance: auction, callback: Some(callback) };
        let arguments = generated::InitAuction { reserve, output_cell: &cell };
        generated::init_auction(arx, &self.seller, arguments, options)
    }
}
