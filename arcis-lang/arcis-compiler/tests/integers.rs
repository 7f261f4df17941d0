//! The methods of integers, three ways: native run, reference evaluator, gates in both shapes.

#![allow(
    missing_docs,
    unused_comparisons,
    clippy::all,
    reason = "methods are tried on what makes no sense, too"
)]

mod support;

use proptest::prelude::*;
use support::{Edge, Instructions, check};

macro_rules! methods {
    ($ty:ident, $unsigned:ident, $bytes:literal) => {
        pub mod $ty {
            crate::circuit_module! {
                mod circuits {
                    use arcis::*;

                    #[instruction]
                    pub fn checked(input: Enc<Shared, ($ty, $ty)>) -> Enc<Shared, ([Option<$ty>; 6], [($ty, bool); 3], [$ty; 3])> {
                        let (a, b) = input.to_arcis();
                        input.owner.from_arcis((
                            [
                                a.checked_add(b), a.checked_sub(b), a.checked_mul(b), a.checked_div(b), a.checked_rem(b), a.checked_neg(),
                            ],
                            [a.overflowing_add(b), a.overflowing_sub(b), a.overflowing_mul(b)],
                            [a.saturating_add(b), a.saturating_sub(b), a.saturating_mul(b)],
                        ))
                    }

                    #[instruction]
                    pub fn bits(input: Enc<Shared, ($ty, u32)>) -> Enc<Shared, ([u32; 6], [$ty; 5], [[u8; $bytes]; 2], [$ty; 2])> {
                        let (a, n) = input.to_arcis();
                        input.owner.from_arcis((
                            [
                                a.count_ones(), a.count_zeros(), a.leading_zeros(), a.trailing_zeros(), a.leading_ones(), a.trailing_ones(),
                            ],
                            [a.reverse_bits(), a.swap_bytes(), a.rotate_left(n), a.rotate_right(3), a.rotate_left($ty::BITS)],
                            [a.to_le_bytes(), a.to_be_bytes()],
                            [$ty::from_be_bytes(a.to_le_bytes()), $ty::from_le_bytes(a.to_le_bytes())],
                        ))
                    }

                    #[instruction]
                    pub fn order(input: Enc<Shared, ($ty, $ty, $ty)>) -> Enc<Shared, ([$ty; 4], $unsigned, [u8; 2], Option<$ty>)> {
                        let (a, b, c) = input.to_arcis();
                        let (low, high) = if b < c { (b, c) } else { (c, b) };
                        input.owner.from_arcis((
                            [a.min(b), a.max(b), a.clamp(low, high), a.wrapping_pow(3)],
                            a.abs_diff(b),
                            [a.cmp(&b) as u8, (a, b).cmp(&(b, c)).is_lt() as u8],
                            (a > b).then_some(c).or((a == c).then(|| b)),
                        ))
                    }
                }
            }

            #[test]
            fn agree() {
                let instructions = crate::Instructions::must_compile(SOURCE);
                let me = arcis::Shared::new(arcis::ArcisX25519Pubkey::from_bytes([1; 32]));
                let mut runner = crate::runner();
                runner
                    .run(&(<$ty as crate::Edge>::edges(), <$ty as crate::Edge>::edges(), <$ty as crate::Edge>::edges(), 0..300u32), |(a, b, c, n)| {
                        crate::check(&instructions, "checked", &(a, b), &circuits::checked(me.from_arcis((a, b))).to_arcis())?;
                        crate::check(&instructions, "bits", &(a, n), &circuits::bits(me.from_arcis((a, n))).to_arcis())?;
                        crate::check(&instructions, "order", &(a, b, c), &circuits::order(me.from_arcis((a, b, c))).to_arcis())
                    })
                    .unwrap();
            }

        }
    };
}

fn runner() -> proptest::test_runner::TestRunner {
    proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(100))
}

methods! { u8, u8, 1 }
methods! { i8, u8, 1 }
methods! { u32, u32, 4 }
methods! { i64, u64, 8 }
methods! { u128, u128, 16 }

mod signed {
    crate::circuit_module! {
        mod circuits {
            use arcis::*;

            #[instruction]
            pub fn signs(input: Enc<Shared, (i16, i16)>) -> Enc<Shared, ([i16; 5], u16, [bool; 2], i16)> {
                let (a, b) = input.to_arcis();
                input.owner.from_arcis((
                    [a.wrapping_abs(), a.signum(), a.wrapping_neg(), (a | 1).signum(), b.wrapping_abs()],
                    a.unsigned_abs(),
                    [a.is_positive(), b.is_negative()],
                    if b > 0 { a.rem_euclid(b) + a.div_euclid(b) } else { 0 },
                ))
            }

            #[instruction]
            pub fn unsigned(input: Enc<Shared, (u16, u16)>) -> Enc<Shared, ([u16; 3], bool)> {
                let (a, b) = input.to_arcis();
                let b = b | 1;
                input.owner.from_arcis(([a.div_ceil(b), a.isqrt(), a.pow(2) ^ u16::from(a > b)], a.is_power_of_two()))
            }
        }
    }

    #[test]
    fn agree() {
        use crate::Edge;
        let instructions = crate::Instructions::must_compile(SOURCE);
        let me = arcis::Shared::new(arcis::ArcisX25519Pubkey::from_bytes([1; 32]));
        crate::runner()
            .run(&(i16::edges(), i16::edges()), |(a, b)| {
                crate::check(
                    &instructions,
                    "signs",
                    &(a, b),
                    &circuits::signs(me.from_arcis((a, b))).to_arcis(),
                )?;
                let (a, b) = (a as u16, b as u16);
                crate::check(
                    &instructions,
                    "unsigned",
                    &(a, b),
                    &circuits::unsigned(me.from_arcis((a, b))).to_arcis(),
                )
            })
            .unwrap();
    }
}
