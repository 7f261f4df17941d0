//! Who owes what to whom: the rules of the auction as plain functions, which the instructions apply.
//!
//! What is inside a ciphertext nobody can check, so a bid can break the rules. None of that costs another bidder anything:
//! - **A bid above the deposit** counts as the deposit: whoever wins pays the second price, but never more than the
//!   deposit. All deposits are equal, so clipping every bid at the deposit gives the same winner (ties among clipped bids
//!   go to the highest of them) and the same price.
//! - **A bid in another's name** cannot be made: the circuit takes the bidder's key from the program, which takes it from
//!   the transaction's signature. So whoever wins has an account here with a deposit in it.
//! - **A winner who does not act** is charged nevertheless: anyone may settle.
//! - **A cluster that does not answer** delays, but holds no money: after [`REFUND_SLOTS`] every deposit can be withdrawn.

use anchor_lang::prelude::*;

use crate::{
    error::AuctionError,
    state::{Auction, Bid, BidStatus, Phase},
};

/// How many slots after its end an auction waits for bids that are on their way: about ten minutes.
pub const BID_GRACE_SLOTS: u64 = 1_500;
/// How many slots after an auction's end all deposits can be withdrawn, settled or not: about one day.
pub const REFUND_SLOTS: u64 = 216_000;
/// How far away an auction's end can be: about ten days.
pub const MAX_AUCTION_SLOTS: u64 = 2_160_000;

impl Auction {
    /// Last slot in which a bid can still be counted.
    pub fn last_bid_deadline(&self) -> u64 {
        self.end_slot.saturating_add(BID_GRACE_SLOTS)
    }

    /// Last slot before all deposits can be withdrawn.
    pub fn last_settling_slot(&self) -> u64 {
        self.end_slot.saturating_add(REFUND_SLOTS)
    }

    /// Whether a bid can be placed that is counted until `deadline`.
    pub fn check_bid(&self, slot: u64, deadline: u64) -> Result<()> {
        require!(self.phase == Phase::Open, AuctionError::NotOpen);
        require!(slot < self.end_slot, AuctionError::BiddingEnded);
        require!(deadline <= self.last_bid_deadline(), AuctionError::BidDeadlineTooLate);
        Ok(())
    }

    /// Whether the cluster can be asked who won: no bid is on its way that might still be counted.
    pub fn check_close(&self, slot: u64) -> Result<()> {
        require!(self.phase == Phase::Open, AuctionError::NotOpen);
        require!(slot >= self.end_slot, AuctionError::BiddingNotEnded);
        require!(self.pending_bids == 0 || slot > self.last_bid_deadline(), AuctionError::BidsPending);
        require!(slot <= self.last_settling_slot(), AuctionError::RefundsBegun);
        Ok(())
    }

    /// The phase that a closing's result leads to. A key of zeros means that no bid reached the reserve price.
    pub fn after_closing(&self, winner: Pubkey, price: u64) -> Result<Phase> {
        require!(self.phase == Phase::Open, AuctionError::OutcomeTaken);
        if winner == Pubkey::default() { Ok(Phase::Unsold) } else { Ok(Phase::Sold { winner, price }) }
    }

    /// What the owner of `bid` has to pay as the winner.
    pub fn price_of(&self, bid: &Bid, slot: u64) -> Result<u64> {
        let Phase::Sold { winner, price } = self.phase else { return err!(AuctionError::NoWinner) };
        require!(slot <= self.last_settling_slot(), AuctionError::RefundsBegun);
        require!(bid.bidder == winner, AuctionError::NotTheWinningBid);
        Ok(price.min(bid.deposit))
    }

    /// Whether what is left of the deposit of `bid` can be withdrawn.
    pub fn check_withdraw(&self, bid: &Bid, slot: u64) -> Result<()> {
        if bid.status == BidStatus::Failed || slot > self.last_settling_slot() {
            return Ok(());
        }
        match self.phase {
            Phase::Failed | Phase::Unsold | Phase::Settled { .. } => Ok(()),
            Phase::Sold { winner, .. } => {
                require!(bid.bidder != winner, AuctionError::WinnerMustSettle);
                Ok(())
            }
            Phase::Initializing | Phase::Open => err!(AuctionError::DepositLocked),
        }
    }

    /// Whether the account can go.
    pub fn check_remove(&self, slot: u64) -> Result<()> {
        let over = match self.phase {
            Phase::Failed | Phase::Unsold | Phase::Settled { .. } => true,
            Phase::Initializing | Phase::Open | Phase::Sold { .. } => slot > self.last_settling_slot(),
        };
        require!(over && self.bids == 0, AuctionError::AuctionInUse);
        Ok(())
    }

    /// Counts a new bid.
    pub fn add_bid(&mut self) -> Result<()> {
        self.bids = self.bids.checked_add(1).ok_or(AuctionError::Overflow)?;
        self.pending_bids = self.pending_bids.checked_add(1).ok_or(AuctionError::Overflow)?;
        Ok(())
    }

    /// Takes note that the outcome of `bid` is known.
    pub fn decide_bid(&mut self, bid: &mut Bid, counted: bool) -> Result<()> {
        require!(bid.status == BidStatus::Pending, AuctionError::OutcomeTaken);
        bid.status = if counted { BidStatus::Counted } else { BidStatus::Failed };
        self.pending_bids = self.pending_bids.checked_sub(1).ok_or(AuctionError::Overflow)?;
        Ok(())
    }

    /// Forgets a bid whose account is closed.
    pub fn remove_bid(&mut self, bid: &Bid) -> Result<()> {
        self.bids = self.bids.checked_sub(1).ok_or(AuctionError::Overflow)?;
        if bid.status == BidStatus::Pending {
            self.pending_bids = self.pending_bids.checked_sub(1).ok_or(AuctionError::Overflow)?;
        }
        Ok(())
    }
}
