//! An auction from its beginning to its end.

use arx_program::{
    constants::PROTOCOL_DISHONEST_MAJORITY,
    state::{Cell, ComputationStatus, Delivery},
};
use sealed_bid_auction::{
    error::AuctionError,
    state::{BidStatus, Phase},
};
use solana_signer::Signer;

use crate::world::*;

#[test]
fn the_highest_bid_wins_and_pays_the_second() {
    let mut world = World::new();
    let cell: Cell = world.harness.must_load(&world.cell());
    assert_eq!((cell.version, cell.bits), (1, sealed_bid_auction::generated::INIT_AUCTION.outputs[0].bits));

    for (name, amount) in [("anna", 30_000_000), ("boris", 70_000_000), ("clara", 50_000_000)] {
        let bidder = world.bidder(name).pubkey();
        let before = world.harness.lamports(&bidder);
        let computation = world.must_bid(name, amount);
        let bid = world.bid_account(name).expect("the bid is there");
        assert_eq!((bid.status, bid.deposit, bid.computation), (BidStatus::Pending, DEPOSIT, computation));
        assert_eq!(bid.bidder, bidder);
        let bid_address = world.bid_address(name);
        let locked = world.harness.lamports(&bid_address) + world.harness.lamports(&computation);
        assert_eq!(before - world.harness.lamports(&bidder), locked, "deposit, rent and fee, nothing else");
        assert_eq!(world.auction_account().pending_bids, 1);

        world.must_finish(computation);
        assert_eq!(world.bid_account(name).map(|bid| bid.status), Some(BidStatus::Counted));
        assert_eq!(world.auction_account().pending_bids, 0);
        let computation = world.computation(computation);
        assert_eq!(computation.delivery, Delivery::Delivered);
        // The bidder, nobody else, can read the second output.
        let outputs = computation.result.expect("it has a result").outputs;
        let encrypted =
            sealed_bid_auction::generated::PLACE_BID.outputs[1].data_length(3, PROTOCOL_DISHONEST_MAJORITY);
        assert_eq!(outputs.iter().map(Vec::len).collect::<Vec<_>>(), [32, encrypted]);
    }
    assert_eq!(world.harness.must_load::<Cell>(&world.cell()).version, 4);

    let closing = world.must_close();
    world.must_finish(closing);
    let sold = Phase::Sold { winner: world.bidder("boris").pubkey(), price: 50_000_000 };
    assert_eq!(world.auction_account().phase, sold);

    let seller = world.seller().pubkey();
    let before = world.harness.lamports(&seller);
    let settle = world.settle("boris");
    world.harness.must_send(&[settle], &[]);
    assert_eq!(world.harness.lamports(&seller) - before, 50_000_000);
    let winner = world.bidder("boris").pubkey();
    assert_eq!(world.auction_account().phase, Phase::Settled { winner, price: 50_000_000 });

    for (name, rest) in [("clara", DEPOSIT), ("boris", DEPOSIT - 50_000_000), ("anna", DEPOSIT)] {
        let (bidder, bid) = (world.bidder(name).pubkey(), world.bid_address(name));
        let (before, held) = (world.harness.lamports(&bidder), world.harness.lamports(&bid));
        let withdraw = world.withdraw(name);
        world.harness.must_send(&[withdraw], &[]);
        assert_eq!(world.harness.lamports(&bidder) - before, held);
        assert!(held > rest, "deposit and rent");
        assert!(world.harness.account(&bid).is_none());
    }
    let remove = world.remove();
    let seller = world.seller();
    world.harness.must_send(&[remove], &[&seller]);
    assert!(world.harness.account(&world.auction).is_none());
}

#[test]
fn without_a_bid_above_the_reserve_nothing_is_sold() {
    let mut world = World::new();
    world.must_count("anna", RESERVE - 1);
    let closing = world.must_close();
    world.must_finish(closing);
    assert_eq!(world.auction_account().phase, Phase::Unsold);
    let settle = world.settle("anna");
    assert!(is(&world.harness.must_refuse(&[settle], &[]), AuctionError::NoWinner));
    let withdraw = world.withdraw("anna");
    world.harness.must_send(&[withdraw], &[]);
}

#[test]
fn the_only_bid_pays_the_reserve() {
    let mut world = World::new();
    world.must_count("anna", DEPOSIT);
    let closing = world.must_close();
    world.must_finish(closing);
    let sold = Phase::Sold { winner: world.bidder("anna").pubkey(), price: RESERVE };
    assert_eq!(world.auction_account().phase, sold);
}

#[test]
fn no_bid_after_the_end_and_no_closing_before() {
    let mut world = World::new();
    let (close, _) = world.close();
    assert!(is(&world.harness.must_refuse(&[close], &[]), AuctionError::BiddingNotEnded));

    world.harness.warp_to(world.terms.end_slot);
    let bidder = world.bidder("late");
    let call = world.call();
    let accounts = world.place_bid_accounts(&bidder.pubkey(), &call);
    let bid = build(&accounts, &World::bid_data(&call));
    assert!(is(&world.harness.must_refuse(&[bid], &[&bidder]), AuctionError::BiddingEnded));
}

#[test]
fn closing_waits_for_bids_on_their_way_but_not_for_ever() {
    let mut world = World::new();
    world.harness.warp_to(world.terms.end_slot - 1);
    let bid = world.must_bid("anna", 2 * RESERVE);
    world.harness.warp_to(world.terms.end_slot);
    let (close, _) = world.close();
    assert!(is(&world.harness.must_refuse(&[close], &[]), AuctionError::BidsPending));

    let mut counted = world.clone();
    counted.must_finish(bid);
    let (close, _) = counted.close();
    counted.harness.must_send(&[close], &[]);

    // The nodes are silent, and nobody reports it.
    world.harness.warp_to(world.auction_account().last_bid_deadline() + 1);
    let (close, closing) = world.close();
    world.harness.must_send(&[close], &[]);
    world.must_finish(closing);
    assert_eq!(world.auction_account().phase, Phase::Unsold);
    let withdraw = world.withdraw("anna");
    world.harness.must_send(&[withdraw], &[]);
    assert_eq!(world.auction_account().pending_bids, 0);
    // Its computation can only expire now, and its callback finds no bid: that harms nobody.
    let instructions = world.result(bid);
    world.harness.must_refuse(&instructions, &[]);
    world.must_expire(bid);
    let deliver = world.deliver(bid);
    world.harness.must_refuse(&[deliver], &[]);
    assert_eq!(world.computation(bid).status, ComputationStatus::Expired);
}
