//! Which prices of an oracle are taken.

use dark_pool_circuit::circuits::oracle::{Midpoint, OracleRule, midpoint};

use crate::world::{NOW, Update, rule};

const NONE: Midpoint = Midpoint { there: false, price: 0 };

fn of(update: Update) -> Midpoint {
    midpoint(update.bytes(), rule(), NOW)
}

#[test]
fn a_fresh_price_is_taken() {
    assert_eq!(of(Update::of(77)), Midpoint { there: true, price: 77 });
    assert!(of(Update { published: NOW, ..Update::of(77) }).there);
    assert!(of(Update { published: NOW - 30, ..Update::of(77) }).there);
    assert!(of(Update { price: 10_000, confidence: 100, ..Update::of(1) }).there);
}

#[test]
fn prices_are_scaled_to_ticks_for_a_lot() {
    // 173.12345678 dollars for a whole of 10^9 units; a lot of 10^6 units, a tick of 10^-6 dollars.
    let update = Update { price: 17_312_345_678, exponent: -8, ..Update::of(1) };
    let scaled = OracleRule { numerator: 1_000, ..rule() };
    assert_eq!(midpoint(update.bytes(), scaled, NOW), Midpoint { there: true, price: 173_123 });
    let largest = Update { price: i64::MAX, exponent: -18, ..Update::of(1) };
    let scaled = OracleRule { numerator: u64::MAX, denominator: u64::MAX, ..rule() };
    assert_eq!(midpoint(largest.bytes(), scaled, NOW), Midpoint { there: true, price: 9 });
}

#[test]
fn anything_else_is_none() {
    let good = Update::of(77);
    let mut feed = good.feed;
    feed[31] ^= 1;
    let mut discriminator = good.discriminator;
    discriminator[7] ^= 1;
    for (what, update) in [
        ("another account", Update { discriminator, ..good }),
        ("another feed", Update { feed, ..good }),
        ("not fully verified", Update { level: 0, ..good }),
        ("too old", Update { published: NOW - 31, ..good }),
        ("of long ago", Update { published: i64::MIN, ..good }),
        ("from the future", Update { published: NOW + 1, ..good }),
        ("negative", Update { price: -77, ..good }),
        ("zero", Update { price: 0, ..good }),
        ("too uncertain", Update { price: 10_000, confidence: 101, ..good }),
        ("too large", Update { price: 1 << 32, ..good }),
        ("too small", Update { exponent: -3, ..good }),
        ("a large exponent", Update { exponent: 1, ..good }),
        ("the smallest exponent", Update { exponent: i32::MIN, ..good }),
        ("a small exponent", Update { price: i64::MAX, exponent: -19, ..good }),
    ] {
        assert_eq!(of(update), NONE, "{what}");
    }
    let rule = OracleRule { denominator: 0, ..rule() };
    assert_eq!(midpoint(good.bytes(), rule, NOW), NONE);
}
