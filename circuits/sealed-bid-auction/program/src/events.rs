//! One event per change of state, in the transaction's log.

use anchor_lang::prelude::*;

use crate::state::Phase;

/// An auction was created; it opens when its encrypted state is there.
#[event]
pub struct AuctionCreated {
    /// The auction.
    pub auction: Pubkey,
    /// Who sells.
    pub seller: Pubkey,
    /// The lowest price.
    pub reserve: u64,
    /// What every bidder locks: the highest price.
    pub deposit: u64,
    /// No bids from this slot on.
    pub end_slot: u64,
}

/// An auction entered another phase.
#[event]
pub struct PhaseChanged {
    /// The auction.
    pub auction: Pubkey,
    /// The phase it is in now.
    pub phase: Phase,
}

/// A bid was submitted, its deposit locked.
#[event]
pub struct BidSubmitted {
    /// The auction.
    pub auction: Pubkey,
    /// Who bids.
    pub bidder: Pubkey,
    /// The computation that will count it.
    pub computation: Pubkey,
}

/// A bid was counted, or could not be.
#[event]
pub struct BidDecided {
    /// The auction.
    pub auction: Pubkey,
    /// Who bid.
    pub bidder: Pubkey,
    /// Whether it takes part; if not, its deposit is free.
    pub counted: bool,
}

/// The winner paid the seller.
#[event]
pub struct AuctionSettled {
    /// The auction.
    pub auction: Pubkey,
    /// Who won.
    pub winner: Pubkey,
    /// What the seller received.
    pub price: u64,
}

/// A bidder got back what was left of the deposit.
#[event]
pub struct DepositReturned {
    /// The auction.
    pub auction: Pubkey,
    /// Whose it was.
    pub bidder: Pubkey,
    /// How much, without the rent of the bid's account.
    pub lamports: u64,
}
