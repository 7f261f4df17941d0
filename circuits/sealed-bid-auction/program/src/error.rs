//! What can go wrong, in words that a wallet can show.

use anchor_lang::prelude::*;

/// Errors of the auction. Codes are stable: variants are only ever appended.
#[error_code]
#[derive(PartialEq, Eq)]
pub enum AuctionError {
    /// Of the terms.
    #[msg("the auction must end in the future, at most 2,160,000 slots (about ten days) away")]
    InvalidEnd,
    /// Of the terms.
    #[msg("the deposit is the highest possible price: it cannot be zero or below the reserve price")]
    DepositBelowReserve,
    /// Of the auction's phase.
    #[msg("the auction does not take bids: it is not open yet, or already closed")]
    NotOpen,
    /// Of the auction's phase.
    #[msg("the auction has ended: no more bids")]
    BiddingEnded,
    /// Of the auction's phase.
    #[msg("the auction has not ended yet")]
    BiddingNotEnded,
    /// Of a bid.
    #[msg("the bid's deadline is later than an auction waits for bids: at most 1,500 slots after its end")]
    BidDeadlineTooLate,
    /// Of closing.
    #[msg("bids are still being counted: try again when they are, or 1,500 slots after the auction's end")]
    BidsPending,
    /// Of closing.
    #[msg("too late: deposits are being returned")]
    RefundsBegun,
    /// Of a callback.
    #[msg("this outcome has already been taken, or came after another")]
    OutcomeTaken,
    /// Of a callback.
    #[msg("the computation belongs to another auction or another bid")]
    WrongComputation,
    /// Of settling.
    #[msg("the auction has no winner to settle with")]
    NoWinner,
    /// Of settling.
    #[msg("this bid did not win: the winner is another bidder")]
    NotTheWinningBid,
    /// Of withdrawing.
    #[msg("the deposit is locked until the auction is closed")]
    DepositLocked,
    /// Of withdrawing.
    #[msg("this bid won: settle first, the rest of the deposit is free then")]
    WinnerMustSettle,
    /// Of removing.
    #[msg("the auction is not over, or not all bidders have withdrawn")]
    AuctionInUse,
    /// Of amounts and counts.
    #[msg("an amount or a count is out of range")]
    Overflow,
    /// Of the accounts passed.
    #[msg("the cell is not this auction's")]
    WrongCell,
    /// Of the accounts passed.
    #[msg("the signer does not pay for this call")]
    WrongPayer,
}
