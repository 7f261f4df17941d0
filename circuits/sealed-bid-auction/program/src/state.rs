//! The accounts of the program.

use anchor_lang::prelude::*;

/// Seed of [`Auction`].
pub const AUCTION_SEED: &[u8] = b"auction";
/// Seed of [`Bid`].
pub const BID_SEED: &[u8] = b"bid";

/// Where an auction stands.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq, InitSpace)]
pub enum Phase {
    /// Its encrypted state is being made.
    Initializing,
    /// Its encrypted state could not be made. Final; nobody ever bid.
    Failed,
    /// Takes bids until its end, and can then be closed.
    Open,
    /// Closed: there is a winner.
    Sold {
        /// The winner.
        winner: Pubkey,
        /// The second highest bid, or the reserve price if that is higher.
        price: u64,
    },
    /// Closed without a winner. Final.
    Unsold,
    /// The winner has paid. Final.
    Settled {
        /// The winner.
        winner: Pubkey,
        /// What the seller received.
        price: u64,
    },
}

/// One auction.
///
/// Seeds: `["auction", seller, id u64 little-endian]`. Written by `create_auction`, its own callbacks, `place_bid`,
/// `settle`, `withdraw`; closed by `remove_auction`.
#[account]
#[derive(Debug, InitSpace, PartialEq, Eq)]
pub struct Auction {
    /// Who sells, and is paid.
    pub seller: Pubkey,
    /// The seller's own number of this auction.
    pub id: u64,
    /// The cell of the arx program with the encrypted highest bids.
    pub cell: Pubkey,
    /// The lowest price, in lamports.
    pub reserve: u64,
    /// What every bidder locks, in lamports: the highest price.
    pub deposit: u64,
    /// No bids from this slot on.
    pub end_slot: u64,
    /// Bid accounts that exist.
    pub bids: u32,
    /// Bids of which it is not known yet whether they are counted.
    pub pending_bids: u32,
    /// Where it stands.
    pub phase: Phase,
    /// Bump of the address.
    pub bump: u8,
}

/// Where a bid stands.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq, InitSpace)]
pub enum BidStatus {
    /// Its computation has no outcome yet.
    Pending,
    /// It is counted.
    Counted,
    /// Its computation failed or expired: it is not counted.
    Failed,
}

/// One bid, and its deposit: the lamports of the account beyond its rent. A bidder has at most one per auction.
///
/// Seeds: `["bid", auction, bidder]`. Written by `place_bid`, `bid_placed`, `settle`; closed by `withdraw`.
#[account]
#[derive(Debug, InitSpace, PartialEq, Eq)]
pub struct Bid {
    /// The auction.
    pub auction: Pubkey,
    /// Who bids.
    pub bidder: Pubkey,
    /// The computation that counts it.
    pub computation: Pubkey,
    /// Lamports locked.
    pub deposit: u64,
    /// Where it stands.
    pub status: BidStatus,
    /// Bump of the address.
    pub bump: u8,
}

/// Address of an auction.
pub fn auction_address(seller: &Pubkey, id: u64) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[AUCTION_SEED, seller.as_ref(), &id.to_le_bytes()], &crate::ID)
}

/// Address of a bid.
pub fn bid_address(auction: &Pubkey, bidder: &Pubkey) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[BID_SEED, auction.as_ref(), bidder.as_ref()], &crate::ID)
}
