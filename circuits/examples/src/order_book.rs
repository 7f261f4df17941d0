//! A dark pool: orders nobody sees, matched by price, and by time where prices are equal.

use arcis::encrypted;

/// The circuits.
#[encrypted]
pub mod circuits {
    use arcis::*;

    /// Most orders that wait on each side.
    pub const DEPTH: usize = 8;

    /// Who buys, who sells.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Side {
        /// Buys at this price or less.
        Buy,
        /// Sells at this price or more.
        Sell,
    }

    /// What a trader sends.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub struct Order {
        /// The side.
        pub side: Side,
        /// The limit.
        pub price: u32,
        /// How much.
        pub amount: u32,
    }

    /// An order that waits.
    #[derive(Clone, Copy, Debug, PartialEq, Default)]
    pub struct Resting {
        /// The limit.
        pub price: u32,
        /// How much is left.
        pub amount: u32,
    }

    /// All orders that wait, in the order in which they came.
    #[derive(Clone, Copy, Debug, PartialEq, Default)]
    pub struct Book {
        /// Orders to buy.
        pub buys: BoundedVec<Resting, DEPTH>,
        /// Orders to sell.
        pub sells: BoundedVec<Resting, DEPTH>,
    }

    /// What a trader learns.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub struct Fill {
        /// How much was traded.
        pub amount: u32,
        /// What that is worth, at the prices of the orders that waited.
        pub value: u64,
        /// Whether the rest waits in the book; it does not where there was no room, or no rest.
        pub rests: bool,
    }

    /// The best of the orders, the first of several; what `is_better` says of two prices.
    fn best<F: Fn(u32, u32) -> bool>(orders: &BoundedVec<Resting, DEPTH>, is_better: F) -> Option<usize> {
        let mut best: Option<(usize, u32)> = None;
        for (place, order) in orders.iter().enumerate() {
            if best.is_none_or(|(_, price)| is_better(order.price, price)) {
                best = Some((place, order.price));
            }
        }
        best.map(|(place, _)| place)
    }

    /// Trades with the best order of the other side, if prices meet, once.
    fn trade(order: &mut Order, orders: &mut BoundedVec<Resting, DEPTH>, fill: &mut Fill) {
        let buys = order.side == Side::Buy;
        let found = best(orders, |a, b| if buys { a < b } else { a > b });
        if let Some(place) = found {
            let resting = orders[place];
            let meets = if buys { resting.price <= order.price } else { resting.price >= order.price };
            if meets && order.amount > 0 {
                let amount = order.amount.min(resting.amount);
                order.amount -= amount;
                fill.amount += amount;
                fill.value += amount as u64 * resting.price as u64;
                if amount == resting.amount {
                    orders.remove(place);
                } else {
                    orders[place].amount -= amount;
                }
            }
        }
    }

    /// Opens a book.
    #[instruction]
    pub fn open_book() -> Enc<Mxe, Book> {
        Mxe::get().from_arcis(Book::default())
    }

    /// Places an order: it trades with up to two of those that wait, and waits with what is left.
    #[instruction]
    pub fn place_order(
        order: Enc<Shared, Order>,
        book: Enc<Mxe, Book>,
    ) -> (Enc<Mxe, Book>, Enc<Shared, Fill>) {
        let mut state = book.to_arcis();
        let mut left = order.to_arcis();
        let mut fill = Fill { amount: 0, value: 0, rests: false };
        let Book { buys, sells } = &mut state;
        let (own, others) = match left.side {
            Side::Buy => (buys, sells),
            Side::Sell => (sells, buys),
        };
        for _ in 0..2 {
            trade(&mut left, others, &mut fill);
        }
        if left.amount > 0 {
            fill.rests = own.push(Resting { price: left.price, amount: left.amount });
        }
        (book.owner.from_arcis(state), order.owner.from_arcis(fill))
    }
}
