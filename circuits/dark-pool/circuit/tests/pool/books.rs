//! Random books, each traded in a batch or two: the circuit against the reference, and against what every batch must keep,
//! said without an auction.

use std::collections::BTreeMap;

use dark_pool_circuit::circuits::Caller;
use dark_pool_circuit::circuits::state::{Order, Outcome, Report, Request, Until};
use dark_pool_reference::fee;
use proptest::prelude::*;

use crate::runner;
use crate::world::{Call, World, terms};

const SLOT: u64 = 100;

/// An order with the account that places it.
pub type Entry = (u8, Request);

/// A book, a midpoint, the fee.
pub type Book = (Vec<Entry>, Option<u32>, u16);

fn entry(accounts: u8, prices: u32, sizes: u32) -> impl Strategy<Value = Entry> {
    let until = prop_oneof![
        4 => Just(Until::Cancelled),
        1 => Just(Until::Slot),
        1 => Just(Until::NextBatch),
        1 => Just(Until::AllOrNothing),
    ];
    let minimum = prop_oneof![3 => Just(0u32), 1 => any::<u32>()];
    let parts = (1..=accounts, any::<bool>(), 0..8u8, until, 0..3u64, 1..=prices, 1..=sizes, minimum);
    parts.prop_map(|(account, sells, pegged, until, later, limit, size, minimum)| {
        let slot = SLOT + later - 1;
        let minimum = minimum % (size + 1);
        (account, Request { sells, pegged: pegged == 0, until, slot, limit, size, minimum })
    })
}

pub fn books(accounts: u8, prices: u32, sizes: u32) -> impl Strategy<Value = Book> {
    let entries = prop_oneof![
        3 => proptest::collection::vec(entry(accounts, prices, sizes), 0..=16),
        1 => proptest::collection::vec(entry(accounts, prices, sizes), 17..=64),
    ];
    let fee = prop_oneof![Just(0u16), 1..100u16, Just(10_000u16)];
    (entries, proptest::option::of(1..=prices + 1), fee)
}

/// The book in a pool; orders lie in other places than they came.
pub fn filled(book: &Book) -> World {
    let (entries, _, basis_points) = book;
    let accounts = entries.iter().map(|(account, _)| *account).max().unwrap_or(1);
    let mut world = World::new(accounts.into());
    for (index, (account, request)) in entries.iter().enumerate() {
        let needs = terms(request).needs((*basis_points).into());
        world.deposit(*account, needs.base as u64, needs.quote as u64);
        // Placed when its slot was not over yet.
        let caller =
            Caller { account: *account, arrival: index as u32 + 1, slot: SLOT - 1, fee: *basis_points };
        let place = index * 37 % 64;
        assert_eq!(world.call(Call::Place, caller, place, *request), Outcome::Done);
    }
    world
}

/// The limit with the midpoint in it; `None` if the order cannot trade now.
fn effective(order: &Order, midpoint: Option<u32>) -> Option<u32> {
    if order.left == 0 || order.expires < SLOT {
        return None;
    }
    match (order.pegged, midpoint) {
        (false, _) => Some(order.limit),
        (true, None) => None,
        (true, Some(midpoint)) if order.sells => Some(order.limit.max(midpoint)),
        (true, Some(midpoint)) => Some(order.limit.min(midpoint)),
    }
}

/// Lots of each order that were traded: what a seller has less of, a buyer more.
fn fills(before: &World, after: &World) -> Vec<u32> {
    let pairs = before.orders.iter().zip(&after.orders);
    pairs.map(|(old, new)| old.base.abs_diff(new.base)).collect()
}

fn check_batch(before: &World, after: &World, report: Report, midpoint: Option<u32>, basis_points: u16) {
    let price = u128::from(report.price);
    let fills = fills(before, after);
    let mut sides: BTreeMap<u8, [u32; 2]> = BTreeMap::new();
    let mut volume = [0u64; 2];
    for (place, filled) in fills.iter().enumerate() {
        let (old, new) = (&before.orders[place], &after.orders[place]);
        if *filled == 0 {
            assert_eq!(
                (old.base, old.quote),
                (new.base, new.quote),
                "place {place} moved money without a trade"
            );
            continue;
        }
        let limit = effective(old, midpoint).expect("it can trade");
        let within = if old.sells { report.price >= limit } else { report.price <= limit };
        assert!(within, "place {place} trades at {price}: {old:?}");
        assert!(*filled <= old.left);
        assert!(*filled >= old.minimum.min(old.left), "place {place} has its minimum: {filled} of {old:?}");
        let value = u128::from(*filled) * price;
        let paid = fee(value, basis_points.into());
        let (old_quote, new_quote) = (u128::from(old.quote), u128::from(new.quote));
        if old.sells {
            assert_eq!((new.base, new_quote), (old.base - filled, old_quote + value - paid));
        } else {
            assert_eq!((new.base, new_quote), (old.base + filled, old_quote - value - paid));
        }
        let side = usize::from(old.sells);
        sides.entry(old.owner).or_default()[side] += filled;
        volume[side] += u64::from(*filled);
    }
    assert_eq!(volume, [report.volume; 2], "as much is bought as sold");
    for (owner, [bought, sold]) in sides {
        assert!(bought == 0 || sold == 0, "account {owner} trades with itself");
    }
    check_shares(before, &fills, midpoint);
    check_volume(before, report, midpoint);
}

/// Orders that nothing but their limit keeps from trading.
fn plain_orders(world: &World, midpoint: Option<u32>) -> Vec<(usize, u32)> {
    let orders = world.orders.iter();
    let can = |(place, order): (usize, &Order)| Some((place, effective(order, midpoint)?));
    let able: Vec<(usize, u32)> = orders.enumerate().filter_map(can).collect();
    let one_sided = |owner: u8| {
        let own = able.iter().map(|(place, _)| &world.orders[*place]).filter(|order| order.owner == owner);
        own.clone().all(|order| order.sells) || own.clone().all(|order| !order.sells)
    };
    let is_plain = |(place, _): &&(usize, u32)| {
        let order = &world.orders[*place];
        order.minimum <= 1 && one_sided(order.owner)
    };
    able.iter().filter(is_plain).copied().collect()
}

/// Better limits first; at one limit, in proportion to size.
fn check_shares(before: &World, fills: &[u32], midpoint: Option<u32>) {
    let plain = plain_orders(before, midpoint);
    for (i, limit_i) in &plain {
        for (j, limit_j) in &plain {
            let (a, b) = (&before.orders[*i], &before.orders[*j]);
            if a.sells != b.sells {
                continue;
            }
            let better = if a.sells { limit_i < limit_j } else { limit_i > limit_j };
            if better && fills[*j] > 0 {
                assert_eq!(fills[*i], a.left, "{a:?} is better than {b:?}");
            }
            if limit_i == limit_j {
                let (left_i, left_j) = (u128::from(a.left), u128::from(b.left));
                let (fill_i, fill_j) = (u128::from(fills[*i]), u128::from(fills[*j]));
                // Each at most one lot more than its part, and less than one less.
                let slack = left_j + left_i;
                assert!(fill_i * left_j <= fill_j * left_i + slack, "{a:?} gets {fill_i}, {b:?} {fill_j}");
            }
        }
    }
}

/// Where no order has a minimum and no account both sides, no price trades more.
fn check_volume(before: &World, report: Report, midpoint: Option<u32>) {
    let plain = plain_orders(before, midpoint);
    let able = before.orders.iter().filter(|order| effective(order, midpoint).is_some()).count();
    if plain.len() != able {
        return;
    }
    let lots = |sells: bool, price: u32| -> u64 {
        let accept = |(place, limit): &&(usize, u32)| {
            let order = &before.orders[*place];
            order.sells == sells && if sells { *limit <= price } else { *limit >= price }
        };
        plain.iter().filter(accept).map(|(place, _)| u64::from(before.orders[*place].left)).sum()
    };
    let most = plain.iter().map(|(_, price)| lots(false, *price).min(lots(true, *price))).max();
    assert_eq!(report.volume, most.unwrap_or(0), "no price trades more");
}

fn check(book: &Book) -> Result<(), TestCaseError> {
    let (_, midpoint, basis_points) = book;
    let mut world = filled(book);
    for _ in 0..2 {
        let before = world.clone();
        let everything = world.pool.everything();
        let report = world.batch(SLOT, *basis_points, *midpoint);
        assert_eq!(world.pool.everything(), everything, "nothing appears and nothing vanishes");
        check_batch(&before, &world, report, *midpoint, *basis_points);
    }
    Ok(())
}

#[test]
fn small_books_are_traded_by_the_rules() {
    runner(2500).run(&books(6, 6, 12), |book| check(&book)).unwrap();
}

#[test]
fn books_of_many_accounts_are_traded_by_the_rules() {
    runner(1000).run(&books(64, 30, 500), |book| check(&book)).unwrap();
}

#[test]
fn books_of_large_numbers_are_traded_by_the_rules() {
    runner(500).run(&books(12, 1 << 27, 1 << 28), |book| check(&book)).unwrap();
}

/// Few prices, many minimums: where orders are left out.
#[test]
fn books_of_minimums_are_traded_by_the_rules() {
    let book = (proptest::collection::vec(entry(64, 2, 20), 2..40), Just(None), Just(0));
    let with_minimums = book.prop_map(|(mut entries, midpoint, fee): Book| {
        for (_, request) in &mut entries {
            request.minimum = request.minimum.max(request.size / 2);
        }
        (entries, midpoint, fee)
    });
    runner(1500).run(&with_minimums, |book| check(&book)).unwrap();
}
