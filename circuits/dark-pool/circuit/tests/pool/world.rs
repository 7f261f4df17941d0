//! A pool on native runs of the circuits, beside the reference; compared after every call.

use std::array;

use arcis::{ArcisX25519Pubkey, Enc, Mxe, Shared};
use dark_pool_circuit::circuits::auction::ORDERS;
use dark_pool_circuit::circuits::oracle::{ACCOUNT, OracleRule};
use dark_pool_circuit::circuits::state::{
    Account, Ledger, Order, Outcome, Receipt, Report, Request, Until, Withdrawal,
};
use dark_pool_circuit::circuits::{self, Caller, Occasion};
use dark_pool_reference::{self as reference, Lifetime, Money, Pool, Terms};

/// The time of all batches, in seconds.
pub const NOW: i64 = 1_800_000_000;

pub fn me() -> Shared {
    Shared::new(ArcisX25519Pubkey::from_bytes([1; 32]))
}

pub fn cell<T: arcis_circuit::Value>(value: T) -> Enc<Mxe, T> {
    Mxe::get().from_arcis(value)
}

/// A feed whose price is in ticks for a lot.
pub fn rule() -> OracleRule {
    OracleRule { feed: [7; 32], numerator: 1, denominator: 1, oldest: 30, widest: 100 }
}

/// An oracle's account.
#[derive(Clone, Copy, Debug)]
pub struct Update {
    pub discriminator: [u8; 8],
    pub level: u8,
    pub feed: [u8; 32],
    pub price: i64,
    pub confidence: u64,
    pub exponent: i32,
    pub published: i64,
}

impl Update {
    /// One that a batch takes for this midpoint.
    pub fn of(price: u32) -> Self {
        let discriminator = [0x22, 0xf1, 0x23, 0x63, 0x9d, 0x7e, 0xf4, 0xcd];
        let published = NOW - 3;
        Self {
            discriminator,
            level: 1,
            feed: [7; 32],
            price: price.into(),
            confidence: 0,
            exponent: 0,
            published,
        }
    }

    pub fn bytes(&self) -> [u8; ACCOUNT] {
        let mut bytes = Vec::new();
        bytes.extend(self.discriminator);
        bytes.extend([9; 32]);
        bytes.push(self.level);
        bytes.extend(self.feed);
        bytes.extend(self.price.to_le_bytes());
        bytes.extend(self.confidence.to_le_bytes());
        bytes.extend(self.exponent.to_le_bytes());
        bytes.extend(self.published.to_le_bytes());
        bytes.resize(ACCOUNT, 0xee);
        bytes.try_into().expect("as many bytes")
    }
}

/// The account of an oracle with this midpoint, or one without any.
pub fn oracle(midpoint: Option<u32>) -> [u8; ACCOUNT] {
    match midpoint {
        Some(price) => Update::of(price).bytes(),
        None => Update { published: NOW - 1000, ..Update::of(5) }.bytes(),
    }
}

pub fn terms(request: &Request) -> Terms {
    Terms {
        sells: request.sells,
        pegged: request.pegged,
        lifetime: match request.until {
            Until::Cancelled => Lifetime::Cancelled,
            Until::Slot => Lifetime::Slot(request.slot),
            Until::NextBatch => Lifetime::NextBatch,
            Until::AllOrNothing => Lifetime::AllOrNothing,
        },
        limit: request.limit.into(),
        size: request.size.into(),
        minimum: request.minimum.into(),
    }
}

fn outcome(of: reference::Outcome) -> Outcome {
    match of {
        reference::Outcome::Done => Outcome::Done,
        reference::Outcome::Taken => Outcome::Taken,
        reference::Outcome::NoOrder => Outcome::NoOrder,
        reference::Outcome::BadTerms => Outcome::BadTerms,
        reference::Outcome::NotEnough => Outcome::NotEnough,
    }
}

fn who(caller: &Caller) -> reference::Caller {
    reference::Caller {
        account: caller.account.into(),
        arrival: caller.arrival,
        slot: caller.slot,
        fee: caller.fee.into(),
    }
}

/// A call on an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    Place,
    Replace,
    Cancel,
    Collect,
}

#[derive(Clone)]
pub struct World {
    pub accounts: Vec<Account>,
    pub orders: [Order; ORDERS],
    pub ledger: Ledger,
    pub pool: Pool,
}

impl World {
    pub fn new(accounts: usize) -> Self {
        Self {
            accounts: vec![circuits::open_account().to_arcis(); accounts],
            orders: [circuits::open_order().to_arcis(); ORDERS],
            ledger: circuits::open_ledger().to_arcis(),
            pool: Pool::new(accounts, ORDERS),
        }
    }

    pub fn deposit(&mut self, account: u8, base: u64, quote: u64) {
        let of = &mut self.accounts[usize::from(account) - 1];
        *of = circuits::deposit(base, quote, cell(*of)).to_arcis();
        self.pool.deposit(account.into(), base.into(), quote.into());
        self.compare();
    }

    pub fn withdraw(&mut self, account: u8, request: Withdrawal) -> Account {
        let of = &mut self.accounts[usize::from(account) - 1];
        let (left, paid) = circuits::withdraw(me().from_arcis(request), cell(*of));
        *of = left.to_arcis();
        let asked = Money { base: request.base.into(), quote: request.quote.into() };
        let expected = self.pool.withdraw(account.into(), (!request.everything).then_some(asked));
        assert_eq!((u128::from(paid.base), u128::from(paid.quote)), (expected.base, expected.quote));
        self.compare();
        paid
    }

    pub fn call(&mut self, call: Call, caller: Caller, place: usize, request: Request) -> Outcome {
        let before = self.clone();
        let number = usize::from(caller.account) - 1;
        let (account, order) = (cell(self.accounts[number]), cell(self.orders[place]));
        let (account, order, receipt) = match call {
            Call::Place => circuits::place(me().from_arcis(request), caller, account, order),
            Call::Replace => circuits::replace(me().from_arcis(request), caller, account, order),
            Call::Cancel => circuits::cancel(me(), caller, account, order),
            Call::Collect => circuits::collect(me(), caller, account, order),
        };
        (self.accounts[number], self.orders[place]) = (account.to_arcis(), order.to_arcis());
        let expected = match call {
            Call::Place => self.pool.place(who(&caller), place, terms(&request)),
            Call::Replace => self.pool.replace(who(&caller), place, terms(&request)),
            Call::Cancel => self.pool.cancel(caller.account.into(), place),
            Call::Collect => self.pool.collect(caller.account.into(), place),
        };
        let Receipt { outcome: given, account, order } = receipt.to_arcis();
        assert_eq!(given, outcome(expected), "{call:?} {caller:?} {request:?} of {:?}", before.orders[place]);
        assert_eq!(account, self.accounts[number], "the receipt says what the account has");
        let own = self.orders[place].owner == caller.account;
        assert_eq!(order, if own { self.orders[place] } else { Order::default() });
        if given != Outcome::Done {
            assert_eq!((&self.accounts, &self.orders), (&before.accounts, &before.orders), "nothing changes");
        }
        self.compare();
        given
    }

    pub fn batch(&mut self, slot: u64, fee: u16, midpoint: Option<u32>) -> Report {
        let occasion = Occasion { slot, seconds: NOW, fee };
        let orders = array::from_fn(|place| cell(self.orders[place]));
        let (orders, ledger, report) =
            circuits::batch(oracle(midpoint), rule(), occasion, orders, cell(self.ledger));
        self.orders = orders.map(|order| order.to_arcis());
        self.ledger = ledger.to_arcis();
        let report = report.to_arcis();
        let expected = self.pool.batch(slot, fee.into(), midpoint.map(u128::from));
        assert_eq!(
            (report.batch, u128::from(report.price), u128::from(report.volume)),
            (expected.batch, expected.price, expected.volume)
        );
        assert_eq!(circuits::publish(cell(report)), report);
        self.compare();
        report
    }

    pub fn take_fees(&mut self) -> u64 {
        let (ledger, fees) = circuits::take_fees(cell(self.ledger));
        self.ledger = ledger.to_arcis();
        assert_eq!(u128::from(fees), self.pool.take_fees());
        self.compare();
        fees
    }

    /// The circuits' state is the reference's.
    fn compare(&self) {
        for (given, expected) in self.accounts.iter().zip(&self.pool.accounts) {
            assert_eq!((u128::from(given.base), u128::from(given.quote)), (expected.base, expected.quote));
        }
        let sums = (u128::from(self.ledger.fees), u128::from(self.ledger.volume), self.ledger.batches);
        assert_eq!(sums, (self.pool.fees, self.pool.volume, self.pool.batches));
        for (place, (given, expected)) in self.orders.iter().zip(&self.pool.places).enumerate() {
            let Some(expected) = expected else {
                assert_eq!(*given, Order::default(), "place {place}");
                continue;
            };
            let money = (u128::from(given.base), u128::from(given.quote));
            assert_eq!(money, (expected.money.base, expected.money.quote), "place {place}: {given:?}");
            assert_eq!(usize::from(given.owner), expected.account);
            assert_eq!(u128::from(given.left), expected.terms.size, "place {place}: {given:?}");
            if given.left == 0 {
                continue;
            }
            let (once, expires) = match expected.terms.lifetime {
                Lifetime::Cancelled => (false, u64::MAX),
                Lifetime::Slot(last) => (false, last),
                Lifetime::NextBatch | Lifetime::AllOrNothing => (true, u64::MAX),
            };
            let order = Order {
                owner: given.owner,
                sells: expected.terms.sells,
                pegged: expected.terms.pegged,
                once,
                expires,
                limit: expected.terms.limit as u32,
                left: given.left,
                minimum: expected.terms.minimum as u32,
                arrival: expected.arrival,
                base: given.base,
                quote: given.quote,
            };
            assert_eq!(*given, order, "place {place}");
        }
    }
}
