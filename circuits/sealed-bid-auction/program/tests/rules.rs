//! The rules of the auction, without a chain: whatever bidders submit, money is conserved, nobody pays more than he bid,
//! and nobody's money is ever stuck.

use anchor_lang::prelude::Pubkey;
use proptest::prelude::*;
use sealed_bid_auction::{
    rules::{BID_GRACE_SLOTS, REFUND_SLOTS},
    state::{Auction, Bid, BidStatus, Phase},
};

const END: u64 = 1_000;

/// What one bidder does.
#[derive(Clone, Debug)]
struct Plan {
    amount: u64,
    /// The computation fails.
    fails: bool,
}

fn plans() -> impl Strategy<Value = Vec<Plan>> {
    let amount = prop_oneof![0..20u64, 0..200u64, Just(u64::MAX), any::<u64>()];
    let plan = (amount, prop::bool::weighted(0.1)).prop_map(|(amount, fails)| Plan { amount, fails });
    prop::collection::vec(plan, 0..12)
}

fn key(kind: u8, index: usize) -> Pubkey {
    let mut bytes = [kind; 32];
    bytes[..8].copy_from_slice(&(index as u64).to_le_bytes());
    Pubkey::new_from_array(bytes)
}

fn new_auction(reserve: u64, deposit: u64) -> Auction {
    Auction {
        seller: key(1, 0),
        id: 0,
        cell: key(2, 0),
        reserve,
        deposit,
        end_slot: END,
        bids: 0,
        pending_bids: 0,
        phase: Phase::Open,
        bump: 255,
    }
}

/// What the circuit computes.
fn winner(reserve: u64, bids: &[(Pubkey, u64)]) -> (Pubkey, u64) {
    let (mut winner, mut highest, mut second) = (Pubkey::default(), 0, 0);
    for &(bidder, amount) in bids.iter().filter(|(_, amount)| *amount >= reserve) {
        if amount > highest {
            (winner, highest, second) = (bidder, amount, highest);
        } else if amount > second {
            second = amount;
        }
    }
    (winner, second.max(reserve))
}

struct Story {
    auction: Auction,
    bids: Vec<Bid>,
    counted: Vec<(Pubkey, u64)>,
}

/// All bids are placed and counted, or fail.
fn bidding(reserve: u64, deposit: u64, plans: &[Plan]) -> Story {
    let mut auction = new_auction(reserve, deposit);
    let mut story = Story { auction: auction.clone(), bids: vec![], counted: vec![] };
    for (index, plan) in plans.iter().enumerate() {
        let bidder = key(3, index);
        auction.check_bid(END - 1, END + BID_GRACE_SLOTS).expect("the auction is open");
        auction.add_bid().expect("few bids");
        let mut bid = Bid {
            auction: key(5, 0),
            bidder,
            computation: key(6, index),
            deposit,
            status: BidStatus::Pending,
            bump: 255,
        };
        auction.decide_bid(&mut bid, !plan.fails).expect("the bid is pending");
        auction.decide_bid(&mut bid, true).expect_err("a bid is decided once");
        if !plan.fails {
            story.counted.push((bidder, plan.amount));
        }
        story.bids.push(bid);
    }
    story.auction = auction;
    story
}

proptest! {
    #[test]
    fn every_lamport_ends_where_it_belongs(
        reserve in 0..100u64, above in 0..100u64, plans in plans(), order in any::<prop::sample::Index>(),
    ) {
        let deposit = (reserve + above).max(1);
        let Story { mut auction, bids, counted } = bidding(reserve, deposit, &plans);
        let (winner_key, price) = winner(reserve, &counted);
        prop_assert!(auction.check_close(END).is_ok());
        auction.phase = auction.after_closing(winner_key, price).expect("the auction was open");
        prop_assert!(auction.after_closing(winner_key, price).is_err(), "an auction is closed once");

        // Settling: exactly the winning bid can.
        let mut paid = vec![0; bids.len()];
        let payers: Vec<_> = (0..bids.len()).filter(|&index| auction.price_of(&bids[index], END).is_ok()).collect();
        prop_assert_eq!(payers.len(), usize::from(winner_key != Pubkey::default()));
        for &payer in &payers {
            prop_assert!(auction.check_withdraw(&bids[payer], END).is_err(), "the winner cannot run");
            paid[payer] = auction.price_of(&bids[payer], END).expect("it is a payer");
            auction.phase = Phase::Settled { winner: bids[payer].bidder, price: paid[payer] };
            // Nobody pays more than he bid, nor more than the deposit, nor less than the reserve price.
            prop_assert!(paid[payer] <= plans[payer].amount.min(deposit));
            prop_assert!(paid[payer] >= reserve);
            // Clipping every bid at the deposit gives the same price.
            let clipped: Vec<_> = counted.iter().map(|(bidder, amount)| (*bidder, (*amount).min(deposit))).collect();
            prop_assert_eq!(winner(reserve, &clipped).1, paid[payer]);
        }

        // Withdrawing, in any order: everyone gets the rest, at once.
        let mut total = 0;
        let start = if bids.is_empty() { 0 } else { order.index(bids.len()) };
        for turn in 0..bids.len() {
            let index = (start + turn) % bids.len();
            prop_assert!(auction.check_withdraw(&bids[index], END).is_ok());
            prop_assert!(auction.check_remove(END).is_err());
            auction.remove_bid(&bids[index]).expect("it is counted");
            total += deposit - paid[index];
        }
        prop_assert_eq!(total + paid.iter().sum::<u64>(), deposit * bids.len() as u64);
        prop_assert!(auction.check_remove(END).is_ok());
        prop_assert_eq!((auction.bids, auction.pending_bids), (0, 0));
    }

    #[test]
    fn no_deposit_is_stuck_whatever_never_happens(
        plans in plans(), phase in 0..3usize, decided in any::<bool>(), late in 1..1_000_000u64,
    ) {
        let Story { mut auction, mut bids, counted } = bidding(10, 100, &plans);
        if !decided {
            for bid in &mut bids {
                bid.status = BidStatus::Pending;
            }
            auction.pending_bids = bids.len() as u32;
        }
        let (winner, price) = winner(10, &counted);
        auction.phase = [Phase::Initializing, Phase::Open, Phase::Sold { winner, price }][phase];
        let slot = END + REFUND_SLOTS + late;
        for bid in &bids {
            prop_assert!(auction.price_of(bid, slot).is_err(), "no one pays when deposits are being returned");
            prop_assert!(auction.check_withdraw(bid, slot).is_ok());
            auction.remove_bid(bid).expect("it is counted");
        }
        prop_assert!(auction.check_close(slot).is_err());
        prop_assert!(auction.check_remove(slot).is_ok());
    }
}

#[test]
fn bids_are_taken_before_the_end_only() {
    let auction = new_auction(0, 1);
    assert!(auction.check_bid(END - 1, END + BID_GRACE_SLOTS).is_ok());
    assert!(auction.check_bid(END, END).is_err());
    assert!(auction.check_bid(END - 1, END + BID_GRACE_SLOTS + 1).is_err());
    for phase in [Phase::Initializing, Phase::Failed, Phase::Unsold] {
        assert!(Auction { phase, ..auction.clone() }.check_bid(0, END).is_err());
    }
}

#[test]
fn an_auction_is_closed_when_no_bid_can_be_counted_any_more() {
    let mut auction = new_auction(0, 1);
    assert!(auction.check_close(END - 1).is_err());
    assert!(auction.check_close(END).is_ok());
    auction.pending_bids = 1;
    assert!(auction.check_close(END).is_err());
    assert!(auction.check_close(END + BID_GRACE_SLOTS).is_err());
    assert!(auction.check_close(END + BID_GRACE_SLOTS + 1).is_ok());
    assert!(auction.check_close(END + REFUND_SLOTS + 1).is_err());
}
