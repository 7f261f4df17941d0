//! Every operator on every integer type, three ways: native run, reference evaluator, gates in both shapes.

#![allow(missing_docs, unused_comparisons)]
#![allow(clippy::complexity, clippy::correctness, reason = "operators are tried on what makes no sense, too")]

mod support;

use proptest::prelude::*;
use support::{Edge, Instructions, check};

macro_rules! operators {
    ($ty:ident) => {
        pub mod $ty {
            crate::circuit_module! {
                mod circuits {
                    use arcis::*;

                    #[instruction]
                    pub fn arithmetic(input: Enc<Shared, ($ty, $ty)>) -> Enc<Shared, ($ty, $ty, $ty, $ty, $ty)> {
                        let (a, b) = input.to_arcis();
                        input.owner.from_arcis((a + b, a - b, a * b, a / b, a % b))
                    }

                    #[instruction]
                    pub fn arithmetic_with_public(a: $ty, input: Enc<Shared, $ty>) -> Enc<Shared, [$ty; 8]> {
                        let b = input.to_arcis();
                        input.owner.from_arcis([a + b, a - b, b - a, a * b, a / b, b / a, a % b, b % a])
                    }

                    #[instruction]
                    pub fn arithmetic_on_public(a: $ty, b: $ty) -> ($ty, $ty, $ty, $ty, $ty) {
                        (a + b, a - b, a * b, a / b, a % b)
                    }

                    #[instruction]
                    pub fn arithmetic_with_constants(input: Enc<Shared, $ty>) -> Enc<Shared, [$ty; 14]> {
                        let a = input.to_arcis();
                        input.owner.from_arcis([
                            a + 1, a - 1, a * 8, a * 11, a / 1, a / 4, a / 7, a % 1, a % 16, a % 7, a / 0, a % 0, 100 - a, a / $ty::MIN,
                        ])
                    }

                    #[instruction]
                    pub fn assignments(input: Enc<Shared, ($ty, $ty)>) -> Enc<Shared, ($ty, [$ty; 2])> {
                        let (mut a, b) = input.to_arcis();
                        let mut kept = [a, b];
                        a += b;
                        a *= kept[0];
                        kept[1] -= a;
                        a /= kept[1];
                        a ^= b;
                        kept[0] %= b;
                        a |= kept[0];
                        a &= !b;
                        kept[0] <<= 3;
                        kept[1] >>= 1;
                        input.owner.from_arcis((a, kept))
                    }

                    #[instruction]
                    pub fn bits(input: Enc<Shared, ($ty, $ty)>) -> Enc<Shared, [$ty; 10]> {
                        let (a, b) = input.to_arcis();
                        input.owner.from_arcis([
                            a & b, a | b, a ^ b, !a, a << 0, a >> 0, a << 1, a >> 1, a << ($ty::BITS - 1), a >> ($ty::BITS - 1),
                        ])
                    }

                    #[instruction]
                    pub fn shifts(input: Enc<Shared, ($ty, u32)>, places: u8) -> Enc<Shared, ($ty, $ty, $ty, $ty)> {
                        let (a, by) = input.to_arcis();
                        input.owner.from_arcis((a << by, a >> by, a << places, a >> places))
                    }

                    #[instruction]
                    pub fn comparisons(input: Enc<Shared, ($ty, $ty)>) -> Enc<Shared, [bool; 6]> {
                        let (a, b) = input.to_arcis();
                        input.owner.from_arcis([a < b, a <= b, a > b, a >= b, a == b, a != b])
                    }

                    #[instruction]
                    pub fn comparisons_with_constants(input: Enc<Shared, $ty>) -> Enc<Shared, [bool; 10]> {
                        let a = input.to_arcis();
                        input.owner.from_arcis([
                            a < 0, a <= 0, 0 < a, a > 0, a == 0, a < 1, a >= 1, a < $ty::MAX, $ty::MAX < a, a != 5,
                        ])
                    }

                    #[instruction]
                    pub fn methods(input: Enc<Shared, ($ty, $ty)>) -> Enc<Shared, ($ty, $ty, $ty, $ty, $ty)> {
                        let (a, b) = input.to_arcis();
                        input.owner.from_arcis((
                            a.min(b), a.max(b), a.wrapping_add(b), a.wrapping_sub(b), a.wrapping_mul(b),
                        ))
                    }

                    #[instruction]
                    pub fn casts(
                        input: Enc<Shared, $ty>,
                    ) -> (Enc<Shared, (u8, u16, u32, u64, u128)>, Enc<Shared, (i8, i16, i32, i64, i128)>) {
                        let a = input.to_arcis();
                        let pointer = (a as usize) as u64 + (a as isize) as u64;
                        (
                            input.owner.from_arcis((a as u8, a as u16, a as u32, a as u64 + pointer - pointer, a as u128)),
                            input.owner.from_arcis((a as i8, a as i16, a as i32, a as i64, a as i128)),
                        )
                    }
                }
            }

            #[test]
            fn agree() {
                use super::*;
                let circuits = Instructions::must_compile(SOURCE);
                let me = arcis::Shared::new(arcis::ArcisX25519Pubkey::from_bytes([1; 32]));
                let cases = ($ty::edges(), $ty::edges(), any::<u32>(), any::<u8>());
                proptest!(|((a, b, by, places) in cases)| {
                    let pair = (a, b);
                    let native = circuits::arithmetic(me.from_arcis(pair)).to_arcis();
                    check(&circuits, "arithmetic", &pair, &native)?;
                    check(&circuits, "arithmetic_on_public", &pair, &circuits::arithmetic_on_public(a, b))?;
                    let native = circuits::arithmetic_with_public(a, me.from_arcis(b)).to_arcis();
                    check(&circuits, "arithmetic_with_public", &pair, &native)?;
                    let native = circuits::arithmetic_with_constants(me.from_arcis(a)).to_arcis();
                    check(&circuits, "arithmetic_with_constants", &a, &native)?;
                    let native = circuits::assignments(me.from_arcis(pair)).to_arcis();
                    check(&circuits, "assignments", &pair, &native)?;
                    let native = circuits::bits(me.from_arcis(pair)).to_arcis();
                    check(&circuits, "bits", &pair, &native)?;
                    let native = circuits::shifts(me.from_arcis((a, by)), places).to_arcis();
                    check(&circuits, "shifts", &(a, by, places), &native)?;
                    let native = circuits::comparisons(me.from_arcis(pair)).to_arcis();
                    check(&circuits, "comparisons", &pair, &native)?;
                    let native = circuits::comparisons_with_constants(me.from_arcis(a)).to_arcis();
                    check(&circuits, "comparisons_with_constants", &a, &native)?;
                    let native = circuits::methods(me.from_arcis(pair)).to_arcis();
                    check(&circuits, "methods", &pair, &native)?;
                    let (unsigned, signed) = circuits::casts(me.from_arcis(a));
                    check(&circuits, "casts", &a, &(unsigned.to_arcis(), signed.to_arcis()))?;
                });
            }
        }
    };
}

operators! { u8 }
operators! { u16 }
operators! { u32 }
operators! { u64 }
operators! { u128 }
operators! { i8 }
operators! { i16 }
operators! { i32 }
operators! { i64 }
operators! { i128 }

mod negation {
    crate::circuit_module! {
        mod circuits {
            use arcis::*;

            #[instruction]
            pub fn negated(input: Enc<Shared, (i8, i16, i32, i64, i128)>) -> Enc<Shared, (i8, i16, i32, i64, i128)> {
                let (a, b, c, d, e) = input.to_arcis();
                input.owner.from_arcis((-a, -b, -c, -d, -e))
            }

            #[instruction]
            pub fn extremes() -> (i8, i128, [i64; 2], u128, u32) {
                (-128, i128::MIN, [-9223372036854775808, -1 - i64::MAX], u128::MAX, usize::BITS)
            }
        }
    }

    #[test]
    fn agree() {
        use super::*;
        let instructions = Instructions::must_compile(SOURCE);
        let me = arcis::Shared::new(arcis::ArcisX25519Pubkey::from_bytes([1; 32]));
        check(&instructions, "extremes", &(), &circuits::extremes()).expect("constants");
        let cases = (i8::edges(), i16::edges(), i32::edges(), i64::edges(), i128::edges());
        proptest!(|(all in cases)| {
            check(&instructions, "negated", &all, &circuits::negated(me.from_arcis(all)).to_arcis())?;
        });
    }
}

mod bools {
    crate::circuit_module! {
        mod circuits {
            use arcis::*;

            #[instruction]
            pub fn connectives(input: Enc<Shared, (bool, bool)>) -> Enc<Shared, [bool; 12]> {
                let (a, b) = input.to_arcis();
                input.owner.from_arcis([
                    a && b, a || b, !a, a & b, a | b, a ^ b, a == b, a != b, a < b, a <= b, a && !a, a || true,
                ])
            }

            #[instruction]
            pub fn short_circuit(input: Enc<Shared, (bool, bool)>, c: bool) -> (Enc<Shared, (u8, u8)>, bool) {
                let (a, b) = input.to_arcis();
                let mut right_sides = 0u8;
                let mut asked = 0u8;
                let both = a && { right_sides += 1; b } && { right_sides += 1; a };
                let either = a || { asked += 2; b } || { asked += 4; c };
                let plain = c && { asked += 8; b.reveal() };
                (input.owner.from_arcis((right_sides + both as u8 * 16, asked + either as u8 * 16)), plain)
            }
        }
    }

    #[test]
    fn agree() {
        use super::*;
        let instructions = Instructions::must_compile(SOURCE);
        let me = arcis::Shared::new(arcis::ArcisX25519Pubkey::from_bytes([1; 32]));
        for bits in 0..8 {
            let (a, b, c) = (bits & 1 == 1, bits & 2 == 2, bits & 4 == 4);
            let native = circuits::connectives(me.from_arcis((a, b))).to_arcis();
            check(&instructions, "connectives", &(a, b), &native).expect("connectives");
            let (sides, plain) = circuits::short_circuit(me.from_arcis((a, b)), c);
            check(&instructions, "short_circuit", &(a, b, c), &(sides.to_arcis(), plain))
                .expect("short circuit");
        }
    }
}
