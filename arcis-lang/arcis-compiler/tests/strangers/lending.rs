//! A lending book: interest in fixed point integers, health factors, liquidation of the worst position, operators of an own
//! type.

use arcis::Mxe;
use proptest::prelude::*;

use crate::support::{Edge, Instructions, check};
use crate::{me, runner};

crate::circuit_module! {
    mod circuits {
        use arcis::*;
        use std::ops::{Add, Mul, Sub, SubAssign};

        const POSITIONS: usize = 4;
        const RAY: u128 = 1_000_000;

        /// An amount in millionths.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
        pub struct Wad(pub u128);

        impl Wad {
            const ZERO: Wad = Wad(0);
            const fn whole(units: u128) -> Wad {
                Wad(units * RAY)
            }
            fn ratio(self, other: Wad) -> Option<Wad> {
                if other.0 == 0 { None } else { Some(Wad(self.0 * RAY / other.0)) }
            }
            fn saturating_sub(self, other: Wad) -> Wad {
                if other > self { Wad::ZERO } else { self - other }
            }
        }

        impl Add for Wad {
            type Output = Wad;
            fn add(self, other: Wad) -> Wad {
                Wad(self.0 + other.0)
            }
        }
        impl Sub for Wad {
            type Output = Wad;
            fn sub(self, other: Wad) -> Wad {
                Wad(self.0 - other.0)
            }
        }
        impl SubAssign for Wad {
            fn sub_assign(&mut self, other: Wad) {
                *self = *self - other;
            }
        }
        impl Mul for Wad {
            type Output = Wad;
            fn mul(self, other: Wad) -> Wad {
                Wad(self.0 * other.0 / RAY)
            }
        }

        #[derive(Clone, Copy, Debug, Default, PartialEq)]
        pub struct Position {
            pub owner: u32,
            pub collateral: Wad,
            pub debt: Wad,
        }

        impl Position {
            fn health(&self, price: Wad) -> Option<Wad> {
                (self.collateral * price).ratio(self.debt)
            }
            fn is_empty(&self) -> bool {
                self.owner == 0
            }
        }

        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct Book {
            pub positions: [Position; POSITIONS],
            pub reserve: Wad,
        }

        #[derive(Clone, Copy, Debug, PartialEq)]
        pub enum Refusal {
            Full,
            TooRisky(Wad),
            NoReserve,
        }

        fn find(book: &Book, owner: u32) -> Option<usize> {
            book.positions.iter().position(|position| position.owner == owner && !position.is_empty())
        }

        fn borrow_within(book: &mut Book, owner: u32, collateral: Wad, amount: Wad, price: Wad) -> Result<usize, Refusal> {
            let place = match find(book, owner) {
                Some(place) => place,
                None => book.positions.iter().position(Position::is_empty).ok_or(Refusal::Full)?,
            };
            let mut next = book.positions[place];
            next.owner = owner;
            next.collateral = next.collateral + collateral;
            next.debt = next.debt + amount;
            if let Some(health) = next.health(price) && health < Wad(RAY * 3 / 2) {
                return Err(Refusal::TooRisky(health));
            }
            if amount > book.reserve {
                return Err(Refusal::NoReserve);
            }
            book.reserve -= amount;
            book.positions[place] = next;
            Ok(place)
        }

        #[instruction]
        pub fn borrow(
            request: Enc<Shared, (u32, Wad, Wad)>,
            book: Enc<Mxe, Book>,
            price: u64,
        ) -> (Enc<Mxe, Book>, Enc<Shared, (bool, Option<Refusal>, u64)>) {
            let (owner, collateral, amount) = request.to_arcis();
            let mut state = book.to_arcis();
            let answer = match borrow_within(&mut state, owner, collateral, amount, Wad(price as u128)) {
                Ok(place) => (true, None, place as u64),
                Err(why) => (false, Some(why), 0),
            };
            (book.owner.from_arcis(state), request.owner.from_arcis(answer))
        }

        #[instruction]
        pub fn accrue(book: Enc<Mxe, Book>, rate: u32) -> Enc<Mxe, Book> {
            let mut state = book.to_arcis();
            let factor = Wad::whole(1) + Wad(rate as u128);
            state.positions.iter_mut().for_each(|position| position.debt = position.debt * factor);
            book.owner.from_arcis(state)
        }

        /// The least healthy position, if it is under water, is closed; its collateral goes to the reserve.
        #[instruction]
        pub fn liquidate(book: Enc<Mxe, Book>, price: u64) -> (Enc<Mxe, Book>, bool) {
            let mut state = book.to_arcis();
            let price = Wad(price as u128);
            let mut worst: Option<(usize, Wad)> = None;
            for (place, position) in state.positions.iter().enumerate() {
                let Some(health) = position.health(price) else { continue };
                worst = match worst {
                    Some((_, least)) if least <= health => worst,
                    _ => Some((place, health)),
                };
            }
            let mut closed = false;
            if let Some((place, health)) = worst {
                if health < Wad::whole(1) {
                    let position = std::mem::take(&mut state.positions[place]);
                    state.reserve = state.reserve + (position.collateral * price).saturating_sub(position.debt);
                    closed = true;
                }
            }
            (book.owner.from_arcis(state), closed.reveal())
        }
    }
}

use circuits::{Book, Position, Wad};

fn wad() -> impl Strategy<Value = Wad> {
    prop_oneof![
        4 => (0..1u128 << 40).prop_map(Wad),
        2 => (0..5_000_000u128).prop_map(Wad),
        1 => u128::edges().prop_map(Wad),
    ]
}

fn book() -> impl Strategy<Value = Book> {
    let position =
        || (0..5u32, wad(), wad()).prop_map(|(owner, collateral, debt)| Position { owner, collateral, debt });
    ([position(), position(), position(), position()], wad())
        .prop_map(|(positions, reserve)| Book { positions, reserve })
}

#[test]
fn agrees() {
    let instructions = Instructions::must_compile(SOURCE);
    let price = prop_oneof![500_000..2_000_000u64, u64::edges()];
    runner(40)
        .run(
            &(book(), 0..6u32, wad(), wad(), price, any::<u32>()),
            |(book, owner, collateral, amount, price, rate)| {
                let state = || Mxe::get().from_arcis(book);
                let request = (owner, collateral, amount);
                let (next, answer) = circuits::borrow(me().from_arcis(request), state(), price);
                check(
                    &instructions,
                    "borrow",
                    &(request, book, price),
                    &(next.to_arcis(), answer.to_arcis()),
                )?;
                check(&instructions, "accrue", &(book, rate), &circuits::accrue(state(), rate).to_arcis())?;
                let (next, closed) = circuits::liquidate(state(), price);
                check(&instructions, "liquidate", &(book, price), &(next.to_arcis(), closed))
            },
        )
        .unwrap();
}
