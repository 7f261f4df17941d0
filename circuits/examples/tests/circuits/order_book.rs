use arcis::Mxe;
use circuit_examples::order_book::circuits::{Book, DEPTH, Fill, Order, Side, open_book, place_order};
use proptest::prelude::*;

use crate::support::{Circuits, check};
use crate::{me, runner};

/// The same book, written plainly: lists of prices and amounts.
#[derive(Default)]
struct Plain {
    buys: Vec<(u32, u32)>,
    sells: Vec<(u32, u32)>,
}

impl Plain {
    fn place(&mut self, mut order: Order) -> Fill {
        let buys = order.side == Side::Buy;
        let (own, others) =
            if buys { (&mut self.buys, &mut self.sells) } else { (&mut self.sells, &mut self.buys) };
        let mut fill = Fill { amount: 0, value: 0, rests: false };
        for _ in 0..2 {
            let best = if buys {
                others.iter().map(|(price, _)| *price).min()
            } else {
                others.iter().map(|(price, _)| *price).max()
            };
            let Some(price) = best else { break };
            if order.amount == 0 || (if buys { price > order.price } else { price < order.price }) {
                break;
            }
            let at = others.iter().position(|(other, _)| *other == price).expect("it is there");
            let amount = order.amount.min(others[at].1);
            order.amount -= amount;
            others[at].1 -= amount;
            fill.amount += amount;
            fill.value += u64::from(amount) * u64::from(price);
            if others[at].1 == 0 {
                others.remove(at);
            }
        }
        if order.amount > 0 && own.len() < DEPTH {
            own.push((order.price, order.amount));
            fill.rests = true;
        }
        fill
    }
}

#[test]
fn orders_are_matched_by_price_and_time() {
    let circuits = Circuits::of("order_book.rs");
    let order = (any::<bool>(), 1..8u32, 1..6u32).prop_map(|(buys, price, amount)| Order {
        side: if buys { Side::Buy } else { Side::Sell },
        price,
        amount,
    });
    runner(25)
        .run(&proptest::collection::vec(order, 1..30), |orders| {
            let mut plain = Plain::default();
            let mut book: Book = open_book().to_arcis();
            check(&circuits, "open_book", &(), &book)?;
            for order in orders {
                let (next, fill) = place_order(me().from_arcis(order), Mxe::get().from_arcis(book));
                let (next, fill) = (next.to_arcis(), fill.to_arcis());
                prop_assert_eq!(fill, plain.place(order));
                check(&circuits, "place_order", &(order, book), &(next, fill))?;
                book = next;
                for (orders, plain) in [(&book.buys, &plain.buys), (&book.sells, &plain.sells)] {
                    let listed: Vec<_> = orders.iter().map(|order| (order.price, order.amount)).collect();
                    prop_assert_eq!(&listed, plain);
                }
            }
            Ok(())
        })
        .unwrap();
}
