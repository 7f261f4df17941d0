//! What is in the cells of a pool, and what traders send and get.

use arcis::*;

#[encrypted_library]
mod arcis_library {
    use arcis::*;

    /// Basis points of a whole.
    pub const WHOLE: u16 = 10_000;

    /// What an account of the pool holds, beside what its orders hold.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
    pub struct Account {
        /// Base lots.
        pub base: u64,
        /// Quote ticks.
        pub quote: u64,
    }

    /// An order, with the money that is for it. An order of which nothing is left to trade still holds what it gave until
    /// its account collects that.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
    pub struct Order {
        /// The account that it is of.
        pub owner: u8,
        /// Whether it sells.
        pub sells: bool,
        /// Whether it goes no further than the midpoint, and waits where there is none.
        pub pegged: bool,
        /// Whether it ends with the next batch, whatever comes of it.
        pub once: bool,
        /// The last slot in which it trades.
        pub expires: u64,
        /// The worst price, in ticks for a lot.
        pub limit: u32,
        /// Lots left to trade; 0 where it is over.
        pub left: u32,
        /// The least lots to trade in a batch; 0 and 1 ask for nothing.
        pub minimum: u32,
        /// The number of the call that placed it: the lower came first.
        pub arrival: u32,
        /// Base lots that it holds.
        pub base: u32,
        /// Quote ticks that it holds.
        pub quote: u64,
    }

    /// What a pool has earned.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
    pub struct Ledger {
        /// Fees that wait to be paid out, in ticks.
        pub fees: u64,
        /// All lots ever traded.
        pub volume: u64,
        /// Batches so far.
        pub batches: u32,
    }

    /// What a batch came to. It is published when the pool's rule says so.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
    pub struct Report {
        /// Which batch, from 1.
        pub batch: u32,
        /// The one price of all trades; 0 where there was none.
        pub price: u32,
        /// Lots traded.
        pub volume: u64,
    }

    /// How long an order stays.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Until {
        /// Until it is traded or cancelled.
        Cancelled,
        /// As that, and no longer than the slot of the request.
        Slot,
        /// For the next batch.
        NextBatch,
        /// For the next batch, and there all of it or nothing.
        AllOrNothing,
    }

    /// What a trader asks for.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Request {
        /// Whether it is to sell.
        pub sells: bool,
        /// Whether the price goes no further than the midpoint.
        pub pegged: bool,
        /// How long.
        pub until: Until,
        /// The last slot, of an order until a slot.
        pub slot: u64,
        /// The worst price, in ticks for a lot.
        pub limit: u32,
        /// Lots.
        pub size: u32,
        /// The least lots to trade in a batch; 0 and 1 ask for nothing.
        pub minimum: u32,
    }

    /// What came of a call.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Outcome {
        /// It was done.
        Done,
        /// Nothing: the place is taken by an order that is not over, or that holds another account's money.
        Taken,
        /// Nothing: there is no order of this account.
        NoOrder,
        /// Nothing: a size or limit of zero, a minimum above the size, or a slot that has passed.
        BadTerms,
        /// Nothing: the account has not enough.
        NotEnough,
    }

    /// What a trader learns at once: what came of the call, and what the account has free now.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Receipt {
        /// What came of it.
        pub outcome: Outcome,
        /// The account.
        pub account: Account,
        /// The order.
        pub order: Order,
    }

    /// What a trader wants paid out.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Withdrawal {
        /// Base lots.
        pub base: u64,
        /// Quote ticks.
        pub quote: u64,
        /// All that is free, whatever the amounts.
        pub everything: bool,
    }

    /// The fee on a value: rounded down, so that the fees of two trades are at most that of both in one.
    pub fn fee(value: u64, basis_points: u16) -> u64 {
        (value as u128 * basis_points.min(WHOLE) as u128 / WHOLE as u128) as u64
    }
}
