//! Methods that debug Rust panics in: they have the circuits' meaning natively, too.

use crate::support::{Edge, Instructions, check};
use crate::{me, runner};

macro_rules! unsigned {
    ($($ty:ident),*) => {$(
        mod $ty {
            use super::*;
            crate::circuit_module! {
                mod circuits {
                    use arcis::*;

                    #[instruction]
                    pub fn reductions(input: Enc<Shared, [$ty; 4]>) -> Enc<Shared, ([$ty; 6], [$ty; 2])> {
                        let all = input.to_arcis();
                        let [a, b, c, d] = all;
                        let by_hand: $ty = all.into_iter().map(|x| x + 1).sum();
                        input.owner.from_arcis((
                            [all.iter().sum(), all.iter().product(), by_hand, a.pow(3), b.pow(0), c.div_ceil(d)],
                            [c.next_multiple_of(d), a.next_power_of_two()],
                        ))
                    }

                    #[instruction]
                    pub fn shifts(input: Enc<Shared, ($ty, u32)>) -> Enc<Shared, [$ty; 8]> {
                        let (a, by) = input.to_arcis();
                        let all = $ty::BITS - 1;
                        input.owner.from_arcis([a << 0, a >> 0, a << all, a >> all, a << by, a >> by, a.rotate_left(by), !a])
                    }
                }
            }

            #[test]
            fn agree() {
                let instructions = Instructions::must_compile(SOURCE);
                let edge = || $ty::edges();
                runner(50)
                    .run(&([edge(), edge(), edge(), edge()], 0..200u32), |(all, by)| {
                        let native = circuits::reductions(me().from_arcis(all)).to_arcis();
                        check(&instructions, "reductions", &all, &native)?;
                        let native = circuits::shifts(me().from_arcis((all[0], by))).to_arcis();
                        check(&instructions, "shifts", &(all[0], by), &native)
                    })
                    .unwrap();
            }
        }
    )*};
}
unsigned!(u8, u16, u32, u64);

macro_rules! signed {
    ($($ty:ident $unsigned:ident),*) => {$(
        mod $ty {
            use super::*;
            crate::circuit_module! {
                mod circuits {
                    use arcis::*;

                    #[instruction]
                    pub fn methods(input: Enc<Shared, ($ty, $ty)>) -> Enc<Shared, ([$ty; 12], $unsigned, [bool; 2])> {
                        let (a, b) = input.to_arcis();
                        let r = &a;
                        input.owner.from_arcis((
                            [
                                a.abs(), r.pow(3), a / b, a % b, -a, a.div_euclid(b), a.rem_euclid(b), a.signum(),
                                [a, b, a].iter().sum(), [a, b].into_iter().product(), a >> ($ty::BITS - 1), a << 1,
                            ],
                            a.abs_diff(b),
                            [a.is_positive(), b.is_negative()],
                        ))
                    }
                }
            }

            #[test]
            fn agree() {
                let instructions = Instructions::must_compile(SOURCE);
                runner(50)
                    .run(&($ty::edges(), $ty::edges()), |pair| {
                        check(&instructions, "methods", &pair, &circuits::methods(me().from_arcis(pair)).to_arcis())
                    })
                    .unwrap();
            }
        }
    )*};
}
signed!(i8 u8, i16 u16, i32 u32, i64 u64);

crate::circuit_module! {
    mod circuits {
        use arcis::*;
        use std::iter::Sum;

        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct Money(pub u8);

        impl Sum for Money {
            fn sum<I: Iterator<Item = Money>>(iterator: I) -> Money {
                let mut total = Money(0);
                for money in iterator {
                    total.0 += money.0;
                }
                total
            }
        }

        /// Its methods have names that the language gives another meaning for integers.
        #[derive(Clone, Copy)]
        pub struct Own(pub u8);
        impl Own {
            fn ilog2(&mut self) -> u8 {
                self.0 += 1;
                self.0
            }
        }

        #[instruction]
        pub fn own(input: Enc<Shared, ([u8; 3], u8, u8)>) -> Enc<Shared, (u8, u8, u8, [u8; 3])> {
            let (bytes, a, b) = input.to_arcis();
            let money: Money = bytes.iter().map(|x| Money(*x)).sum();
            let mut own = Own(a);
            let counted = own.ilog2();
            let mut swapped = bytes;
            swapped.swap(a as usize, b as usize);
            swapped.rotate_right(b as usize);
            let largest = bytes.iter().map(|x| x.abs_diff(a)).max().unwrap_or(0);
            input.owner.from_arcis((money.0, counted + own.0, largest, swapped))
        }
    }
}

#[test]
fn own_methods_stay_the_authors() {
    let instructions = Instructions::must_compile(SOURCE);
    runner(60)
        .run(&([u8::edges(), u8::edges(), u8::edges()], u8::edges(), u8::edges()), |argument| {
            check(&instructions, "own", &argument, &circuits::own(me().from_arcis(argument)).to_arcis())
        })
        .unwrap();
}
