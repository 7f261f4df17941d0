//! Dark pool: the circuit.
//!
//! Orders whose side, size, price and account nobody sees, and batch auctions of them at one price. What the instructions
//! mean is in the README beside this crate's folder; `dark-pool-reference` is that, written again from the README alone.
//!
//! # Layout
//! - [`circuits`]: the instructions.
//! - `state.rs`: what is in cells, requests and receipts. `auction.rs`: the auction. `oracle.rs`: the midpoint, in the clear.
//! - [`artifacts`]: the compiled circuits.

use arcis::encrypted;

pub mod artifacts;

/// The circuits.
#[encrypted]
pub mod circuits {
    use arcis::*;

    encrypted_mod!("auction.rs");
    encrypted_mod!("oracle.rs");
    encrypted_mod!("state.rs");

    use auction::{Interest, ORDERS};
    use oracle::{ACCOUNT, Midpoint, OracleRule, midpoint};
    use state::{Account, Ledger, Order, Outcome, Receipt, Report, Request, Until, Withdrawal, fee};

    /// What the pool's program says of a call on an order.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Caller {
        /// The number of the account whose key signed the call.
        pub account: u8,
        /// The number of this call: higher than those of all before.
        pub arrival: u32,
        /// The slot.
        pub slot: u64,
        /// The pool's fee, of each side.
        pub fee: u16,
    }

    /// What the pool's program says of a batch.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Occasion {
        /// The slot.
        pub slot: u64,
        /// Seconds since 1970.
        pub seconds: i64,
        /// The pool's fee, of each side.
        pub fee: u16,
    }

    /// An account with nothing in it.
    #[instruction]
    pub fn open_account() -> Enc<Mxe, Account> {
        Mxe::get().from_arcis(Account::default())
    }

    /// A place for an order, with none in it.
    #[instruction]
    pub fn open_order() -> Enc<Mxe, Order> {
        Mxe::get().from_arcis(Order::default())
    }

    /// A pool's ledger, with nothing in it.
    #[instruction]
    pub fn open_ledger() -> Enc<Mxe, Ledger> {
        Mxe::get().from_arcis(Ledger::default())
    }

    /// Adds what the program has received in tokens.
    #[instruction]
    pub fn deposit(base: u64, quote: u64, account: Enc<Mxe, Account>) -> Enc<Mxe, Account> {
        let Account { base: had_base, quote: had_quote } = account.to_arcis();
        account.owner.from_arcis(Account { base: had_base + base, quote: had_quote + quote })
    }

    /// Takes out what is to be paid out in tokens: what is asked for, or nothing where there is not as much. Only what is
    /// paid becomes public.
    #[instruction]
    pub fn withdraw(
        request: Enc<Shared, Withdrawal>,
        account: Enc<Mxe, Account>,
    ) -> (Enc<Mxe, Account>, Account) {
        let had = account.to_arcis();
        let asked = request.to_arcis();
        let enough = asked.base <= had.base && asked.quote <= had.quote;
        let mut paid =
            if enough { Account { base: asked.base, quote: asked.quote } } else { Account::default() };
        if asked.everything {
            paid = had;
        }
        let left = Account { base: had.base - paid.base, quote: had.quote - paid.quote };
        (account.owner.from_arcis(left), paid.reveal())
    }

    /// The money that a request needs put aside; none if there cannot be so much.
    fn needed(request: &Request, basis_points: u16) -> Option<Account> {
        if request.sells {
            return Some(Account { base: request.size as u64, quote: 0 });
        }
        let value = request.size as u64 * request.limit as u64;
        let quote = value.checked_add(fee(value, basis_points))?;
        Some(Account { base: 0, quote })
    }

    fn is_possible(request: &Request, slot: u64) -> bool {
        request.size > 0
            && request.limit > 0
            && request.minimum <= request.size
            && (request.until != Until::Slot || request.slot >= slot)
    }

    /// Puts an order where `order` is. Where that cannot be done, nothing changes.
    fn put(request: &Request, caller: &Caller, account: Account, order: Order, replaces: bool) -> Receipt {
        let own = order.owner == caller.account;
        let lives = order.left > 0;
        let holds_money = order.base > 0 || order.quote > 0;
        // What the place holds comes back first.
        let mut free = account;
        if own {
            free.base += order.base as u64;
            free.quote += order.quote;
        }
        let needed = needed(request, caller.fee);
        let affordable = needed.is_some();
        let needed = needed.unwrap_or_default();
        let outcome = if replaces && !(own && lives) {
            Outcome::NoOrder
        } else if !replaces && (lives || holds_money && !own) {
            Outcome::Taken
        } else if !is_possible(request, caller.slot) {
            Outcome::BadTerms
        } else if !affordable || needed.base > free.base || needed.quote > free.quote {
            Outcome::NotEnough
        } else {
            Outcome::Done
        };
        let whole = request.until == Until::AllOrNothing;
        // Less of the same keeps its place in time.
        let same = replaces
            && request.sells == order.sells
            && request.pegged == order.pegged
            && request.limit == order.limit
            && request.size <= order.left;
        let placed = Order {
            owner: caller.account,
            sells: request.sells,
            pegged: request.pegged,
            once: request.until == Until::NextBatch || whole,
            expires: if request.until == Until::Slot { request.slot } else { u64::MAX },
            limit: request.limit,
            left: request.size,
            minimum: if whole { request.size } else { request.minimum },
            arrival: if same { order.arrival } else { caller.arrival },
            base: needed.base as u32,
            quote: needed.quote,
        };
        if outcome == Outcome::Done {
            let account = Account { base: free.base - needed.base, quote: free.quote - needed.quote };
            Receipt { outcome, account, order: placed }
        } else {
            // Somebody else's order is none of the caller's business.
            Receipt { outcome, account, order }
        }
    }

    /// What the caller may see.
    fn receipt(of: Receipt, caller: u8) -> Receipt {
        Receipt { order: if of.order.owner == caller { of.order } else { Order::default() }, ..of }
    }

    /// Places an order, where there is none that lives.
    #[instruction]
    pub fn place(
        request: Enc<Shared, Request>,
        caller: Caller,
        account: Enc<Mxe, Account>,
        order: Enc<Mxe, Order>,
    ) -> (Enc<Mxe, Account>, Enc<Mxe, Order>, Enc<Shared, Receipt>) {
        let after = put(&request.to_arcis(), &caller, account.to_arcis(), order.to_arcis(), false);
        (
            account.owner.from_arcis(after.account),
            order.owner.from_arcis(after.order),
            request.owner.from_arcis(receipt(after, caller.account)),
        )
    }

    /// Places an order where one of the same account lives, which ends.
    #[instruction]
    pub fn replace(
        request: Enc<Shared, Request>,
        caller: Caller,
        account: Enc<Mxe, Account>,
        order: Enc<Mxe, Order>,
    ) -> (Enc<Mxe, Account>, Enc<Mxe, Order>, Enc<Shared, Receipt>) {
        let after = put(&request.to_arcis(), &caller, account.to_arcis(), order.to_arcis(), true);
        (
            account.owner.from_arcis(after.account),
            order.owner.from_arcis(after.order),
            request.owner.from_arcis(receipt(after, caller.account)),
        )
    }

    /// Moves an order's money to its account: all of it, or, of an order that stays, what it has earned.
    fn take(caller: &Caller, account: Account, order: Order, ends: bool) -> Receipt {
        let own = order.owner == caller.account;
        let over = ends || order.left == 0;
        let mut after = Receipt { outcome: Outcome::NoOrder, account, order };
        if own {
            after.outcome = Outcome::Done;
            if over || !order.sells {
                after.account.base += order.base as u64;
                after.order.base = 0;
            }
            if over || order.sells {
                after.account.quote += order.quote;
                after.order.quote = 0;
            }
            if over {
                after.order = Order::default();
            }
        }
        after
    }

    /// Ends an order, if it has not ended, and gives its account what it holds.
    #[instruction]
    pub fn cancel(
        reader: Shared,
        caller: Caller,
        account: Enc<Mxe, Account>,
        order: Enc<Mxe, Order>,
    ) -> (Enc<Mxe, Account>, Enc<Mxe, Order>, Enc<Shared, Receipt>) {
        let after = take(&caller, account.to_arcis(), order.to_arcis(), true);
        (
            account.owner.from_arcis(after.account),
            order.owner.from_arcis(after.order),
            reader.from_arcis(receipt(after, caller.account)),
        )
    }

    /// Gives an account what its order has earned, and all that it holds if it has ended.
    #[instruction]
    pub fn collect(
        reader: Shared,
        caller: Caller,
        account: Enc<Mxe, Account>,
        order: Enc<Mxe, Order>,
    ) -> (Enc<Mxe, Account>, Enc<Mxe, Order>, Enc<Shared, Receipt>) {
        let after = take(&caller, account.to_arcis(), order.to_arcis(), false);
        (
            account.owner.from_arcis(after.account),
            order.owner.from_arcis(after.order),
            reader.from_arcis(receipt(after, caller.account)),
        )
    }

    /// An order as it goes into the auction.
    #[inline(never)]
    fn interest(order: &Order, slot: u64, there: bool, midpoint: u32) -> Interest {
        let Order { sells, pegged, limit, left, .. } = *order;
        let further = if sells { limit < midpoint } else { limit > midpoint };
        let active = left > 0 && slot <= order.expires && (!pegged || there);
        let limit = if pegged && further { midpoint } else { limit };
        Interest::new(active, sells, order.owner, limit, left, order.arrival)
    }

    /// An order after the auction, and the fee that it paid.
    #[inline(never)]
    fn settled(order: &Order, fill: u32, price: u32, slot: u64, basis_points: u16) -> (Order, u64) {
        let mut after = *order;
        let value = fill as u64 * price as u64;
        let paid = fee(value, basis_points);
        if order.sells {
            after.base -= fill;
            after.quote += value - paid;
        } else {
            after.base += fill;
            after.quote -= value + paid;
        }
        let left = order.left - fill;
        after.left = if order.once || slot > order.expires { 0 } else { left };
        after.minimum = if order.minimum > left { left } else { order.minimum };
        (after, paid)
    }

    /// Trades all orders of a pool at one price. What it came to goes into a cell of its own.
    #[instruction]
    pub fn batch(
        account: [u8; ACCOUNT],
        rule: OracleRule,
        occasion: Occasion,
        orders: [Enc<Mxe, Order>; ORDERS],
        ledger: Enc<Mxe, Ledger>,
    ) -> ([Enc<Mxe, Order>; ORDERS], Enc<Mxe, Ledger>, Enc<Mxe, Report>) {
        let Midpoint { there, price: midpoint } = midpoint(account, rule, occasion.seconds);
        let mut before = [Order::default(); ORDERS];
        let mut interests = [Interest::default(); ORDERS];
        let mut minimums = [0u32; ORDERS];
        for place in 0..ORDERS {
            before[place] = orders[place].to_arcis();
            interests[place] = interest(&before[place], occasion.slot, there, midpoint);
            minimums[place] = before[place].minimum;
        }
        let trades = auction::run(&interests, &minimums);
        let (low, high) = (trades.clearing.low, trades.clearing.high);
        let middle = ((low as u64 + high as u64) / 2) as u32;
        let price = if there { midpoint.max(low).min(high) } else { middle };
        let mut result = orders;
        let mut fees = 0u64;
        for place in 0..ORDERS {
            let (after, paid) =
                settled(&before[place], trades.fill[place], price, occasion.slot, occasion.fee);
            result[place] = result[place].owner.from_arcis(after);
            fees += paid;
        }
        let volume = trades.clearing.volume;
        let Ledger { fees: had, volume: before, batches } = ledger.to_arcis();
        let number = batches + 1;
        let price = if volume > 0 { price } else { 0 };
        (
            result,
            ledger.owner.from_arcis(Ledger { fees: had + fees, volume: before + volume, batches: number }),
            Mxe::get().from_arcis(Report { batch: number, price, volume }),
        )
    }

    /// Publishes what a batch came to. When that may be is the program's rule.
    #[instruction]
    pub fn publish(report: Enc<Mxe, Report>) -> Report {
        report.to_arcis().reveal()
    }

    /// Takes the fees out, to be paid to whom the pool's program names.
    #[instruction]
    pub fn take_fees(ledger: Enc<Mxe, Ledger>) -> (Enc<Mxe, Ledger>, u64) {
        let Ledger { fees, volume, batches } = ledger.to_arcis();
        (ledger.owner.from_arcis(Ledger { fees: 0, volume, batches }), fees.reveal())
    }

    /// Shows an account, to its owner or an auditor of this account.
    #[instruction]
    pub fn show_account(reader: Shared, account: Enc<Mxe, Account>) -> Enc<Shared, Account> {
        reader.from_arcis(account.to_arcis())
    }

    /// Shows an order, to its owner or an auditor, if it is of this account.
    #[instruction]
    pub fn show_order(reader: Shared, owner: u8, order: Enc<Mxe, Order>) -> Enc<Shared, Order> {
        let order = order.to_arcis();
        reader.from_arcis(if order.owner == owner { order } else { Order::default() })
    }

    /// Shows the sums of all batches to an auditor of the pool.
    #[instruction]
    pub fn show_ledger(reader: Shared, ledger: Enc<Mxe, Ledger>) -> Enc<Shared, Ledger> {
        reader.from_arcis(ledger.to_arcis())
    }
}
