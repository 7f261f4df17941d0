//! The dark pool's rules in plain Rust: lists, sorting and wide integers, nothing of the circuit.
//!
//! Written from the section "Rules" of the dark pool's README alone, so that where circuit and reference agree, both do what
//! is written there. It knows everything that the circuit hides, and is for tests and for checking a demo.
//!
//! # Layout
//! - this file: the pool, its accounts and places, and all calls but the batch.
//! - [`batch`]: the auction.
//!
//! ```
//! use dark_pool_reference::{Caller, Lifetime, Outcome, Pool, Terms};
//!
//! let mut pool = Pool::new(2, 2);
//! pool.deposit(1, 10, 0);
//! pool.deposit(2, 0, 5_000);
//! let terms = |sells| Terms { sells, pegged: false, lifetime: Lifetime::Cancelled, limit: 100, size: 10, minimum: 0 };
//! let caller = |account, arrival| Caller { account, arrival, slot: 7, fee: 0 };
//! assert_eq!(pool.place(caller(1, 1), 0, terms(true)), Outcome::Done);
//! assert_eq!(pool.place(caller(2, 2), 1, terms(false)), Outcome::Done);
//! let report = pool.batch(8, 0, None);
//! assert_eq!((report.price, report.volume), (100, 10));
//! ```

pub mod batch;

/// What an account has free.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Money {
    /// Base lots.
    pub base: u128,
    /// Quote ticks.
    pub quote: u128,
}

/// How long an order stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// Until it is traded or cancelled.
    Cancelled,
    /// As that, but no longer than this slot.
    Slot(u64),
    /// For one batch.
    NextBatch,
    /// For one batch, all of it or nothing.
    AllOrNothing,
}

/// What a trader asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Whether it is to sell.
    pub sells: bool,
    /// Whether the price goes no further than the midpoint.
    pub pegged: bool,
    /// How long.
    pub lifetime: Lifetime,
    /// The worst price.
    pub limit: u128,
    /// Lots.
    pub size: u128,
    /// The least lots to trade in a batch.
    pub minimum: u128,
}

/// Who calls, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The account, from 1.
    pub account: usize,
    /// The number of the call.
    pub arrival: u32,
    /// The slot.
    pub slot: u64,
    /// The fee in basis points.
    pub fee: u128,
}

/// What came of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Done,
    /// The place is taken.
    Taken,
    /// There is no order of this account.
    NoOrder,
    /// Terms that make no sense.
    BadTerms,
    /// Not enough money.
    NotEnough,
}

/// An order that was placed, and has not been cleared away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The account, from 1.
    pub account: usize,
    /// What was asked for; `size` is what is left of it, `minimum` at most that.
    pub terms: Terms,
    /// The number of the call that placed it.
    pub arrival: u32,
    /// What it holds.
    pub money: Money,
}

/// What a batch came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Which batch, from 1.
    pub batch: u32,
    /// The price; 0 where nothing was traded.
    pub price: u128,
    /// Lots traded.
    pub volume: u128,
}

/// A pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// What accounts have free, that of account 1 first.
    pub accounts: Vec<Money>,
    /// The places for orders.
    pub places: Vec<Option<Placed>>,
    /// Fees that wait to be paid out.
    pub fees: u128,
    /// All lots ever traded.
    pub volume: u128,
    /// Batches so far.
    pub batches: u32,
}

/// The fee on a value, rounded down.
pub fn fee(value: u128, basis_points: u128) -> u128 {
    value * basis_points / 10_000
}

impl Terms {
    fn is_possible(&self, slot: u64) -> bool {
        let in_time = match self.lifetime {
            Lifetime::Slot(last) => last >= slot,
            _ => true,
        };
        self.size > 0 && self.limit > 0 && self.minimum <= self.size && in_time
    }

    /// What an order of these terms puts aside.
    pub fn needs(&self, basis_points: u128) -> Money {
        if self.sells {
            return Money { base: self.size, quote: 0 };
        }
        let value = self.size * self.limit;
        Money { base: 0, quote: value + fee(value, basis_points) }
    }
}

impl Money {
    fn covers(&self, other: &Self) -> bool {
        self.base >= other.base && self.quote >= other.quote
    }

    fn add(&mut self, other: Self) {
        self.base += other.base;
        self.quote += other.quote;
    }

    fn subtract(&mut self, other: Self) {
        self.base -= other.base;
        self.quote -= other.quote;
    }
}

impl Pool {
    /// A pool with so many empty accounts and places.
    pub fn new(accounts: usize, places: usize) -> Self {
        Self {
            accounts: vec![Money::default(); accounts],
            places: vec![None; places],
            fees: 0,
            volume: 0,
            batches: 0,
        }
    }

    /// Everything that is in the pool.
    pub fn everything(&self) -> Money {
        let mut all = Money { base: 0, quote: self.fees };
        self.accounts.iter().for_each(|money| all.add(*money));
        self.places.iter().flatten().for_each(|placed| all.add(placed.money));
        all
    }

    /// Adds to an account.
    pub fn deposit(&mut self, account: usize, base: u128, quote: u128) {
        self.accounts[account - 1].add(Money { base, quote });
    }

    /// Takes from an account, all or nothing; says what was taken. `None` asks for everything.
    pub fn withdraw(&mut self, account: usize, asked: Option<Money>) -> Money {
        let has = &mut self.accounts[account - 1];
        let paid = match asked {
            None => *has,
            Some(asked) if has.covers(&asked) => asked,
            Some(_) => Money::default(),
        };
        has.subtract(paid);
        paid
    }

    /// Places an order where none lives.
    pub fn place(&mut self, caller: Caller, place: usize, terms: Terms) -> Outcome {
        let mut free = self.accounts[caller.account - 1];
        if let Some(there) = &self.places[place] {
            let own = there.account == caller.account;
            if there.terms.size > 0 || (!own && there.money != Money::default()) {
                return Outcome::Taken;
            }
            if own {
                free.add(there.money);
            }
        }
        self.put(caller, place, terms, free, caller.arrival)
    }

    /// Places an order in the place of one that lives.
    pub fn replace(&mut self, caller: Caller, place: usize, terms: Terms) -> Outcome {
        let there = match self.places[place] {
            Some(there) if there.account == caller.account && there.terms.size > 0 => there,
            _ => return Outcome::NoOrder,
        };
        let mut free = self.accounts[caller.account - 1];
        free.add(there.money);
        let old = there.terms;
        let is_less_of_the_same = (old.sells, old.pegged, old.limit)
            == (terms.sells, terms.pegged, terms.limit)
            && terms.size <= old.size;
        let arrival = if is_less_of_the_same { there.arrival } else { caller.arrival };
        self.put(caller, place, terms, free, arrival)
    }

    fn put(&mut self, caller: Caller, place: usize, terms: Terms, free: Money, arrival: u32) -> Outcome {
        if !terms.is_possible(caller.slot) {
            return Outcome::BadTerms;
        }
        let needs = terms.needs(caller.fee);
        if !free.covers(&needs) {
            return Outcome::NotEnough;
        }
        let mut free = free;
        free.subtract(needs);
        self.accounts[caller.account - 1] = free;
        let minimum = if terms.lifetime == Lifetime::AllOrNothing { terms.size } else { terms.minimum };
        let terms = Terms { minimum, ..terms };
        self.places[place] = Some(Placed { account: caller.account, terms, arrival, money: needs });
        Outcome::Done
    }

    /// Ends an order, and gives its account what it holds.
    pub fn cancel(&mut self, account: usize, place: usize) -> Outcome {
        match self.places[place] {
            Some(there) if there.account == account => {
                self.accounts[account - 1].add(there.money);
                self.places[place] = None;
                Outcome::Done
            }
            _ => Outcome::NoOrder,
        }
    }

    /// Gives an account what its order has earned; all of it, where it is over.
    pub fn collect(&mut self, account: usize, place: usize) -> Outcome {
        let there = match &mut self.places[place] {
            Some(there) if there.account == account => there,
            _ => return Outcome::NoOrder,
        };
        if there.terms.size == 0 {
            return self.cancel(account, place);
        }
        let earned = if there.terms.sells {
            Money { base: 0, quote: there.money.quote }
        } else {
            Money { base: there.money.base, quote: 0 }
        };
        there.money.subtract(earned);
        self.accounts[account - 1].add(earned);
        Outcome::Done
    }

    /// Takes the fees out.
    pub fn take_fees(&mut self) -> u128 {
        std::mem::take(&mut self.fees)
    }
}
