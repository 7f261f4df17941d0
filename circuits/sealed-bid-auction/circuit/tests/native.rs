//! What the auction means, on the native run of the circuits' source.

#![allow(missing_docs)]

use arcis::{ArcisX25519Pubkey, Enc, Mxe, Shared, SolanaPublicKey};
use proptest::prelude::*;
use sealed_bid_auction_circuit::circuits::{Auction, Receipt, close_auction, init_auction, place_bid};

fn bidder(number: u8) -> SolanaPublicKey {
    SolanaPublicKey::from_bytes([number; 32])
}

fn client(number: u8) -> Shared {
    Shared::new(ArcisX25519Pubkey::from_bytes([number; 32]))
}

/// Runs an auction: bidders are numbered from 1. Gives the receipts, the winner and the price.
fn auction(reserve: u64, amounts: &[u64]) -> (Vec<Receipt>, SolanaPublicKey, u64) {
    let mut state: Enc<Mxe, Auction> = init_auction(reserve);
    let mut receipts = Vec::new();
    for (number, amount) in (1..).zip(amounts) {
        let (next, receipt) = place_bid(bidder(number), client(number).from_arcis(*amount), state);
        assert_eq!(receipt.owner, client(number), "the receipt is for its bidder");
        receipts.push(receipt.to_arcis());
        state = next;
    }
    let (winner, price) = close_auction(state);
    (receipts, winner, price)
}

#[test]
fn the_highest_bid_wins_and_pays_the_second_highest() {
    let (_, winner, price) = auction(10, &[50, 90, 70]);
    assert_eq!((winner, price), (bidder(2), 70));
}

#[test]
fn a_single_bid_pays_the_reserve() {
    assert_eq!(auction(10, &[50]).1, bidder(1));
    assert_eq!(auction(10, &[50]).2, 10);
    assert_eq!(auction(50, &[50]).1, bidder(1));
}

#[test]
fn of_equal_bids_the_first_wins() {
    let (_, winner, price) = auction(10, &[40, 60, 60, 60]);
    assert_eq!((winner, price), (bidder(2), 60));
}

#[test]
fn bids_below_the_reserve_do_not_count() {
    let (receipts, winner, price) = auction(100, &[99, 100, 5]);
    assert_eq!(
        receipts,
        [
            Receipt { counted: 0, met_reserve: false },
            Receipt { counted: 100, met_reserve: true },
            Receipt { counted: 0, met_reserve: false }
        ]
    );
    assert_eq!((winner, price), (bidder(2), 100));
}

#[test]
fn without_a_bid_nobody_wins() {
    assert_eq!(auction(7, &[]).1, SolanaPublicKey::default());
    assert_eq!(auction(7, &[6, 1]).2, 7);
    let (_, winner, price) = auction(0, &[0, 0]);
    assert_eq!((winner, price), (SolanaPublicKey::default(), 0));
}

proptest! {
    /// The auction written another way: over all bids at once.
    #[test]
    fn agrees_with_its_definition(reserve in 0..40u64, amounts in proptest::collection::vec(0..50u64, 0..12)) {
        let (receipts, winner, price) = auction(reserve, &amounts);
        let counted: Vec<u64> = amounts.iter().map(|amount| if *amount >= reserve { *amount } else { 0 }).collect();
        let highest = counted.iter().copied().max().unwrap_or(0);
        let first = counted.iter().position(|amount| *amount == highest).filter(|_| highest > 0);
        let mut sorted = counted.clone();
        sorted.sort_unstable();
        let second = sorted.iter().rev().nth(1).copied().unwrap_or(0);
        prop_assert_eq!(winner, first.map_or(SolanaPublicKey::default(), |place| bidder(place as u8 + 1)));
        prop_assert_eq!(price, second.max(reserve));
        let shown: Vec<u64> = receipts.iter().map(|receipt| receipt.counted).collect();
        prop_assert_eq!(shown, counted);
    }
}
