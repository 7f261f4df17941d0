//! Calls in any order, and what each says.

use dark_pool_circuit::circuits::state::{Account, Order, Outcome, Request, Until, Withdrawal};
use dark_pool_circuit::circuits::{self, Caller};
use proptest::prelude::*;

use crate::runner;
use crate::world::{Call, World, cell, me};

#[derive(Clone, Copy, Debug)]
enum Step {
    Deposit(u8, u64, u64),
    Withdraw(u8, Withdrawal),
    Order(Call, u8, usize, Request),
    Batch(Option<u32>),
    TakeFees,
    Wait(u64),
}

const ACCOUNTS: u8 = 4;

pub fn request() -> impl Strategy<Value = Request> {
    let until = prop_oneof![
        3 => Just(Until::Cancelled),
        1 => Just(Until::Slot),
        1 => Just(Until::NextBatch),
        1 => Just(Until::AllOrNothing),
    ];
    let parts = (any::<bool>(), 0..6u8, until, 0..60u64, 0..8u32, 0..12u32, 0..6u32);
    parts.prop_map(|(sells, pegged, until, slot, limit, size, minimum)| Request {
        sells,
        pegged: pegged == 0,
        until,
        slot,
        limit,
        size,
        minimum,
    })
}

fn step() -> impl Strategy<Value = Step> {
    let account = 1..=ACCOUNTS;
    let call = prop_oneof![
        6 => Just(Call::Place),
        2 => Just(Call::Replace),
        2 => Just(Call::Cancel),
        2 => Just(Call::Collect),
    ];
    let withdrawal = (0..30u64, 0..200u64, 0..4u8).prop_map(|(base, quote, all)| Withdrawal {
        base,
        quote,
        everything: all == 0,
    });
    prop_oneof![
        2 => (account.clone(), 0..40u64, 0..300u64).prop_map(|(a, base, quote)| Step::Deposit(a, base, quote)),
        1 => (account.clone(), withdrawal).prop_map(|(a, withdrawal)| Step::Withdraw(a, withdrawal)),
        12 => (call, account, 0..5usize, request()).prop_map(|(call, a, place, it)| Step::Order(call, a, place, it)),
        2 => proptest::option::of(1..8u32).prop_map(Step::Batch),
        1 => Just(Step::TakeFees),
        1 => (1..20u64).prop_map(Step::Wait),
    ]
}

#[test]
fn calls_in_any_order_do_what_the_reference_does() {
    let steps = proptest::collection::vec(step(), 1..80);
    runner(400)
        .run(&(steps, 0..1000u16), |(steps, fee)| {
            let mut world = World::new(ACCOUNTS.into());
            let mut slot = 1;
            // What went in, less what went out.
            let (mut base, mut quote) = (0u128, 0u128);
            for (number, step) in steps.into_iter().enumerate() {
                match step {
                    Step::Deposit(account, more_base, more_quote) => {
                        world.deposit(account, more_base, more_quote);
                        base += u128::from(more_base);
                        quote += u128::from(more_quote);
                    }
                    Step::Withdraw(account, withdrawal) => {
                        let paid = world.withdraw(account, withdrawal);
                        base -= u128::from(paid.base);
                        quote -= u128::from(paid.quote);
                    }
                    Step::Order(call, account, place, request) => {
                        let caller = Caller { account, arrival: number as u32, slot, fee };
                        world.call(call, caller, place, request);
                    }
                    Step::Batch(midpoint) => {
                        world.batch(slot, fee, midpoint);
                    }
                    Step::TakeFees => quote -= u128::from(world.take_fees()),
                    Step::Wait(slots) => slot += slots,
                }
                let all = world.pool.everything();
                assert_eq!((all.base, all.quote), (base, quote), "nothing appears and nothing vanishes");
            }
            Ok(())
        })
        .unwrap();
}

fn caller(account: u8, arrival: u32) -> Caller {
    Caller { account, arrival, slot: 10, fee: 30 }
}

fn buy(limit: u32, size: u32) -> Request {
    Request { sells: false, pegged: false, until: Until::Cancelled, slot: 0, limit, size, minimum: 0 }
}

fn sell(limit: u32, size: u32) -> Request {
    Request { sells: true, ..buy(limit, size) }
}

#[test]
fn an_order_trades_and_is_collected() {
    let mut world = World::new(2);
    world.deposit(1, 10, 0);
    world.deposit(2, 0, 2_000);
    assert_eq!(world.call(Call::Place, caller(1, 1), 0, sell(90, 10)), Outcome::Done);
    assert_eq!(world.call(Call::Place, caller(2, 2), 1, buy(110, 15)), Outcome::Done);
    let report = world.batch(11, 30, None);
    assert_eq!((report.price, report.volume), (100, 10));
    // 1,000 ticks, and 0.3 percent of it.
    assert_eq!(world.call(Call::Collect, caller(1, 3), 0, sell(0, 0)), Outcome::Done);
    assert_eq!(world.accounts[0], Account { base: 0, quote: 997 });
    assert_eq!(world.call(Call::Cancel, caller(2, 4), 1, buy(0, 0)), Outcome::Done);
    assert_eq!(world.accounts[1], Account { base: 10, quote: 997 });
    assert_eq!(world.take_fees(), 6);
}

#[test]
fn a_refused_call_says_why() {
    let mut world = World::new(2);
    world.deposit(1, 10, 5_000);
    world.deposit(2, 10, 5_000);
    assert_eq!(world.call(Call::Place, caller(1, 1), 0, sell(90, 11)), Outcome::NotEnough);
    assert_eq!(world.call(Call::Place, caller(1, 2), 0, sell(0, 1)), Outcome::BadTerms);
    assert_eq!(
        world.call(Call::Place, caller(1, 3), 0, Request { minimum: 6, ..sell(90, 5) }),
        Outcome::BadTerms
    );
    let late = Request { until: Until::Slot, slot: 9, ..sell(90, 5) };
    assert_eq!(world.call(Call::Place, caller(1, 4), 0, late), Outcome::BadTerms);
    assert_eq!(world.call(Call::Place, caller(1, 5), 0, buy(u32::MAX, u32::MAX)), Outcome::NotEnough);
    assert_eq!(world.call(Call::Replace, caller(1, 6), 0, sell(90, 5)), Outcome::NoOrder);
    assert_eq!(world.call(Call::Place, caller(1, 7), 0, sell(90, 5)), Outcome::Done);
    assert_eq!(world.call(Call::Place, caller(2, 8), 0, sell(90, 5)), Outcome::Taken);
    assert_eq!(world.call(Call::Replace, caller(2, 9), 0, sell(90, 5)), Outcome::NoOrder);
    assert_eq!(world.call(Call::Cancel, caller(2, 10), 0, sell(90, 5)), Outcome::NoOrder);
    assert_eq!(world.call(Call::Replace, caller(1, 11), 0, sell(80, 11)), Outcome::NotEnough);
    assert_eq!(world.call(Call::Replace, caller(1, 12), 0, sell(80, 10)), Outcome::Done);
    assert_eq!(world.orders[0].arrival, 12);
    assert_eq!(world.call(Call::Replace, caller(1, 13), 0, sell(80, 4)), Outcome::Done);
    assert_eq!(world.orders[0].arrival, 12, "less of the same keeps its place in time");
}

#[test]
fn readers_see_what_they_are_shown() {
    let mut world = World::new(1);
    world.deposit(1, 10, 7);
    world.call(Call::Place, caller(1, 1), 3, sell(90, 5));
    let order = cell(world.orders[3]);
    assert_eq!(circuits::show_order(me(), 1, order.clone()).to_arcis(), world.orders[3]);
    assert_eq!(circuits::show_order(me(), 2, order).to_arcis(), Order::default());
    assert_eq!(
        circuits::show_account(me(), cell(world.accounts[0])).to_arcis(),
        Account { base: 5, quote: 7 }
    );
    assert_eq!(circuits::show_ledger(me(), cell(world.ledger)).to_arcis(), world.ledger);
}
