//! Deposits: nobody loses more than the second price, nobody takes out more than he put in, nothing is stuck.

use sealed_bid_auction::{error::AuctionError, rules::REFUND_SLOTS, state::Phase};
use solana_signer::Signer;

use crate::world::*;

/// Lamports of the seller and of all bidders, and in bids.
fn total(world: &mut World, names: &[&str]) -> u64 {
    let mut total = world.seller().pubkey();
    let mut sum = world.harness.lamports(&total);
    for name in names {
        total = world.bidder(name).pubkey();
        sum += world.harness.lamports(&total);
        total = world.bid_address(name);
        sum += world.harness.lamports(&total);
    }
    sum
}

fn sold(bids: &[(&str, u64)]) -> World {
    let mut world = World::new();
    for (name, amount) in bids {
        world.must_count(name, *amount);
    }
    let closing = world.must_close();
    world.must_finish(closing);
    world
}

#[test]
fn settling_and_withdrawing_conserve_lamports() {
    let names = ["anna", "boris", "clara"];
    let mut world = sold(&[("anna", 90_000_000), ("boris", 20_000_000), ("clara", 90_000_000)]);
    let before = total(&mut world, &names);
    let settle = world.settle("anna");
    world.harness.must_send(std::slice::from_ref(&settle), &[]);
    assert_eq!(total(&mut world, &names), before);
    let again = world.harness.must_refuse(&[settle], &[]);
    assert!(is(&again, AuctionError::NoWinner), "a winner pays once: {again}");
    for name in names {
        let withdraw = world.withdraw(name);
        world.harness.must_send(std::slice::from_ref(&withdraw), &[]);
        assert_eq!(total(&mut world, &names), before);
        // The bid's account is gone: a second withdrawal finds nothing.
        world.harness.must_refuse(&[withdraw], &[]);
        assert_eq!(total(&mut world, &names), before);
    }
}

#[test]
fn deposits_are_locked_while_the_auction_runs() {
    let mut world = World::new();
    world.must_count("anna", 2 * RESERVE);
    let withdraw = world.withdraw("anna");
    assert!(is(&world.harness.must_refuse(&[withdraw], &[]), AuctionError::DepositLocked));
}

#[test]
fn losers_can_leave_at_once_and_the_winner_after_paying() {
    let mut world = sold(&[("anna", 90_000_000), ("boris", 20_000_000)]);
    let winner = world.withdraw("anna");
    assert!(is(
        &world.harness.must_refuse(std::slice::from_ref(&winner), &[]),
        AuctionError::WinnerMustSettle
    ));
    let loser = world.withdraw("boris");
    world.harness.must_send(&[loser], &[]);
    let settle = world.settle("anna");
    world.harness.must_send(&[settle], &[]);
    world.harness.must_send(&[winner], &[]);
}

#[test]
fn only_the_winning_bid_pays_and_only_the_seller_is_paid() {
    let mut world = sold(&[("anna", 90_000_000), ("boris", 20_000_000)]);
    let settle = world.settle("boris");
    assert!(is(&world.harness.must_refuse(&[settle], &[]), AuctionError::NotTheWinningBid));
    let thief = world.bidder("boris").pubkey();
    let seller = world.seller().pubkey();
    let settle = World::exchange(world.settle("anna"), &seller, &thief);
    world.harness.must_refuse(&[settle], &[]);
    // Nor does a deposit go to anyone but its bidder.
    let owner = world.bidder("boris").pubkey();
    let other = world.bidder("anna").pubkey();
    let withdraw = World::exchange(world.withdraw("boris"), &owner, &other);
    world.harness.must_refuse(&[withdraw], &[]);
}

#[test]
fn a_bid_above_the_deposit_counts_as_the_deposit() {
    let mut world = World::new();
    world.must_count("anna", u64::MAX);
    world.must_count("boris", 5 * DEPOSIT);
    let closing = world.must_close();
    world.must_finish(closing);
    let seller = world.seller().pubkey();
    let before = world.harness.lamports(&seller);
    let settle = world.settle("anna");
    world.harness.must_send(&[settle], &[]);
    assert_eq!(world.harness.lamports(&seller) - before, DEPOSIT);
    let winner = world.bidder("anna").pubkey();
    assert_eq!(world.auction_account().phase, Phase::Settled { winner, price: DEPOSIT });
    for name in ["anna", "boris"] {
        let withdraw = world.withdraw(name);
        world.harness.must_send(&[withdraw], &[]);
    }
}

#[test]
fn deposits_return_when_nobody_settles_or_closes() {
    let mut settled_late = sold(&[("anna", 90_000_000), ("boris", 20_000_000)]);
    let mut never_closed = World::new();
    for (name, amount) in [("anna", 90_000_000), ("boris", 20_000_000)] {
        never_closed.must_count(name, amount);
    }
    for world in [&mut settled_late, &mut never_closed] {
        world.harness.warp_to(world.terms.end_slot + REFUND_SLOTS + 1);
        let settle = world.settle("anna");
        world.harness.must_refuse(&[settle], &[]);
        let (close, _) = world.close();
        world.harness.must_refuse(&[close], &[]);
        for name in ["anna", "boris"] {
            let withdraw = world.withdraw(name);
            world.harness.must_send(&[withdraw], &[]);
        }
        let remove = world.remove();
        let seller = world.seller();
        world.harness.must_send(&[remove], &[&seller]);
    }
}

#[test]
fn an_auction_with_bids_is_not_removed() {
    let mut world = sold(&[("anna", 90_000_000)]);
    let seller = world.seller();
    let remove = world.remove();
    assert!(is(
        &world.harness.must_refuse(std::slice::from_ref(&remove), &[&seller]),
        AuctionError::AuctionInUse
    ));
    let settle = world.settle("anna");
    world.harness.must_send(&[settle], &[]);
    assert!(is(&world.harness.must_refuse(&[remove], &[&seller]), AuctionError::AuctionInUse));
}
