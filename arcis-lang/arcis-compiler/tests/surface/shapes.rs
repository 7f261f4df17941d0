//! Types of arguments and results: enums and options, nested, in arrays of any length.

use arcis::SolanaPublicKey;
use proptest::prelude::*;

use crate::support::{Edge, Instructions, check};
use crate::{me, runner};

crate::circuit_module! {
    mod circuits {
        use arcis::*;

        #[derive(Clone, Copy, Debug, PartialEq, Default)]
        pub struct Inner {
            pub key: SolanaPublicKey,
            pub amounts: [i64; 2],
        }

        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct Outer {
            pub orders: [Option<Inner>; 3],
            pub single: [u8; 1],
            pub none: [u32; 0],
            pub unit: Nothing,
        }

        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct Nothing;

        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct Wide(pub i128, pub isize, pub usize);

        #[derive(Clone, Copy, Debug, PartialEq)]
        pub enum Action {
            Hold,
            Buy { price: u32, limit: Option<u32> },
            Sell(u32),
            Both(Side, [Side; 2]),
        }

        #[derive(Clone, Copy, Debug, PartialEq, Default)]
        pub enum Side {
            #[default]
            Left,
            Right,
            Middle(i8),
        }

        #[instruction]
        pub fn nested(input: Enc<Shared, (Outer, u8, bool)>) -> Enc<Shared, (Outer, Option<Inner>, i64, bool)> {
            let (mut outer, place, take) = input.to_arcis();
            let found = outer.orders[place as usize % 3];
            let mut sum = 0;
            for order in outer.orders.iter().flatten() {
                sum += order.amounts[1];
            }
            if take {
                outer.orders[place as usize] = None;
                if let Some(first) = &mut outer.orders[0] {
                    first.amounts[0] -= 1;
                }
            }
            outer.single[0] += 1;
            for n in outer.none {
                sum += n as i64;
            }
            let same = found == outer.orders[1];
            input.owner.from_arcis((outer, found, sum, same))
        }

        #[instruction]
        pub fn actions(input: Enc<Shared, (Action, [Action; 2])>, public: Action) -> (Enc<Shared, (Action, u64, [Side; 2])>, Action) {
            let (first, rest) = input.to_arcis();
            let mut total = 0u64;
            let mut sides = [Side::Left; 2];
            for action in [first, rest[0], rest[1], public] {
                match action {
                    Action::Hold => total += 1,
                    Action::Buy { price, limit: Some(limit) } if price > limit => total += limit as u64,
                    Action::Buy { price, .. } => total += price as u64,
                    Action::Sell(price) => total -= price as u64,
                    Action::Both(side, others) => {
                        sides = others;
                        sides[0] = side;
                        if let Side::Middle(n) = side {
                            total += n as u64;
                        }
                    }
                }
            }
            let next = match first {
                Action::Sell(price) => Action::Buy { price, limit: None },
                Action::Both(side, _) => Action::Both(side, [Side::Middle(-1), side]),
                other => other,
            };
            let answer = if let Action::Buy { price, .. } = public { Action::Sell(price) } else { public };
            (input.owner.from_arcis((next, total, sides)), answer)
        }

        #[instruction]
        pub fn empty(input: Enc<Shared, ([u64; 0], [u64; 1])>) -> Enc<Shared, ([u64; 1], Option<u64>, u64, bool, Option<u64>, [u64; 0])> {
            let (none, one) = input.to_arcis();
            let mut sorted = one;
            sorted.sort();
            sorted.reverse();
            sorted.rotate_left(5);
            let last = one.iter().copied().max();
            input.owner.from_arcis((sorted, none.iter().copied().min(), none.iter().sum::<u64>() + one.iter().product::<u64>(), none.is_empty() && none.contains(&1) == one.is_empty(), last, none))
        }

        #[instruction]
        pub fn wide(input: Enc<Shared, (Wide, Box<Wide>)>, by: isize) -> Enc<Shared, (Wide, [bool; 3], u128)> {
            let (a, b) = input.to_arcis();
            let c = Wide(a.0 - b.0, a.1 * by, b.2 / (a.2 % 7));
            input.owner.from_arcis((c, [a.0 < b.0, a.1 >= b.1, a.2 == b.2], (a.0 as u128) >> 127))
        }
    }
}

use circuits::{Action, Inner, Nothing, Outer, Side, Wide};

fn inner() -> impl Strategy<Value = Inner> {
    (any::<[u8; 32]>(), i64::edges(), i64::edges())
        .prop_map(|(key, a, b)| Inner { key: SolanaPublicKey::from_bytes(key), amounts: [a, b] })
}

fn outer() -> impl Strategy<Value = Outer> {
    let order = || proptest::option::of(inner());
    ([order(), order(), order()], u8::edges()).prop_map(|(orders, byte)| Outer {
        orders,
        single: [byte],
        none: [],
        unit: Nothing,
    })
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Left), Just(Side::Right), i8::edges().prop_map(Side::Middle)]
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        Just(Action::Hold),
        (u32::edges(), proptest::option::of(u32::edges()))
            .prop_map(|(price, limit)| Action::Buy { price, limit }),
        u32::edges().prop_map(Action::Sell),
        (side(), [side(), side()]).prop_map(|(side, others)| Action::Both(side, others)),
    ]
}

#[test]
fn enums_and_options_are_arguments_and_results() {
    let instructions = Instructions::must_compile(SOURCE);
    runner(80)
        .run(
            &((outer(), u8::edges(), any::<bool>()), (action(), [action(), action()]), action()),
            |(a, b, public)| {
                check(&instructions, "nested", &a, &circuits::nested(me().from_arcis(a)).to_arcis())?;
                let (answer, shown) = circuits::actions(me().from_arcis(b), public);
                check(&instructions, "actions", &(b, public), &(answer.to_arcis(), shown))
            },
        )
        .unwrap();
}

#[test]
fn arrays_may_be_empty_and_integers_wide() {
    let instructions = Instructions::must_compile(SOURCE);
    let wide =
        || (i128::edges(), i64::edges(), u64::edges()).prop_map(|(a, b, c)| Wide(a, b as isize, c as usize));
    runner(80)
        .run(&(u64::edges(), wide(), wide(), i64::edges()), |(a, left, right, by)| {
            check(
                &instructions,
                "empty",
                &([0u64; 0], [a]),
                &circuits::empty(me().from_arcis(([], [a]))).to_arcis(),
            )?;
            let native = circuits::wide(me().from_arcis((left, Box::new(right))), by as isize).to_arcis();
            check(&instructions, "wide", &(left, right, by), &native)
        })
        .unwrap();
}
