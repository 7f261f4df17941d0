//! What happens when a computation gets no result.

use arx_program::state::{ComputationStatus, FailureReason};
use sealed_bid_auction::{
    error::AuctionError,
    state::{BidStatus, Phase},
};
use solana_signer::Signer;

use crate::world::*;

#[test]
fn a_bid_that_fails_frees_its_deposit_and_can_be_repeated() {
    let mut world = World::new();
    let first = world.must_bid("anna", 2 * RESERVE);
    let mut instructions = world.failure(first, FailureReason::InputTampered);
    instructions.push(world.deliver(first));
    world.harness.must_send(&instructions, &[]);
    assert_eq!(world.bid_account("anna").map(|bid| bid.status), Some(BidStatus::Failed));
    assert_eq!(world.auction_account().pending_bids, 0);

    let bidder = world.bidder("anna").pubkey();
    let bid = world.bid_address("anna");
    let (before, held) = (world.harness.lamports(&bidder), world.harness.lamports(&bid));
    let withdraw = world.withdraw("anna");
    world.harness.must_send(&[withdraw], &[]);
    assert_eq!(world.harness.lamports(&bidder) - before, held);

    world.must_count("anna", 3 * RESERVE);
    let closing = world.must_close();
    world.must_finish(closing);
    assert!(matches!(world.auction_account().phase, Phase::Sold { price: RESERVE, .. }));
}

#[test]
fn a_bid_that_expires_frees_its_deposit() {
    let mut world = World::new();
    let bid = world.must_bid("anna", 2 * RESERVE);
    world.must_expire(bid);
    assert_eq!(world.bid_account("anna").map(|bid| bid.status), Some(BidStatus::Pending));
    let withdraw = world.withdraw("anna");
    let refusal = world.harness.must_refuse(std::slice::from_ref(&withdraw), &[]);
    assert!(is(&refusal, AuctionError::DepositLocked), "nobody has told the auction yet: {refusal}");
    let deliver = world.deliver(bid);
    world.harness.must_send(&[deliver], &[]);
    world.harness.must_send(&[withdraw], &[]);
}

#[test]
fn an_auction_whose_state_cannot_be_made_is_over() {
    let mut world = World::without_auction();
    let computation = world.must_create();
    let mut instructions = world.failure(computation, FailureReason::ProtocolFailed);
    instructions.push(world.deliver(computation));
    world.harness.must_send(&instructions, &[]);
    assert_eq!(world.auction_account().phase, Phase::Failed);
    let remove = world.remove();
    let seller = world.seller();
    world.harness.must_send(&[remove], &[&seller]);
}

#[test]
fn a_closing_that_fails_is_repeated() {
    let mut world = World::new();
    world.must_count("anna", 2 * RESERVE);
    let first = world.must_close();
    world.must_expire(first);
    let deliver = world.deliver(first);
    world.harness.must_send(&[deliver], &[]);
    assert_eq!(world.computation(first).status, ComputationStatus::Expired);
    assert_eq!(world.auction_account().phase, Phase::Open);

    let (close, second) = world.close();
    world.harness.must_send(&[close], &[]);
    world.must_finish(second);
    assert!(matches!(world.auction_account().phase, Phase::Sold { .. }));
}

#[test]
fn two_bids_in_flight_are_both_counted() {
    let mut world = World::new();
    let (first, second) = (world.must_bid("anna", 2 * RESERVE), world.must_bid("boris", 3 * RESERVE));
    // Both are computed from the same state; the second to arrive must be computed again.
    let clear = world.clear;
    let stale = world.result(second);
    world.clear = clear;
    world.must_finish(first);
    let refusal = world.harness.must_refuse(&stale, &[]);
    assert!(refusal.is(arx_program::error::ArxError::CellChanged), "{refusal}");
    world.must_finish(second);
    let closing = world.must_close();
    world.must_finish(closing);
    let sold = Phase::Sold { winner: world.bidder("boris").pubkey(), price: 2 * RESERVE };
    assert_eq!(world.auction_account().phase, sold);
}
