//! What random programs (`arcis-differential`) have found, three ways: native run, reference evaluator, gates in both shapes.

#![allow(missing_docs, unreachable_patterns, clippy::all, reason = "nobody would write this")]

mod support;

use arcis::{ArcisX25519Pubkey, Shared};
use proptest::prelude::*;
use support::{Edge, Instructions, check};

circuit_module! {
    mod circuits {
        use arcis::*;

        #[derive(Clone, Copy, Debug, PartialEq, Default)]
        pub enum One {
            #[default]
            Only,
        }

        #[instruction]
        pub fn negative_patterns(x: Enc<Shared, (i8, i128, Option<i32>)>) -> Enc<Shared, (u8, bool, bool)> {
            let (a, b, c) = x.to_arcis();
            let class = match a {
                -128 => 1,
                -127..=-5i8 => 2,
                -1 | 0 => 3,
                _ => 4,
            };
            x.owner.from_arcis((class, matches!(b, -170141183460469231731687303715884105728), matches!(c, Some(-3..=7))))
        }

        #[instruction]
        pub fn loops_after_a_return(x: Enc<Shared, ([u8; 3], bool)>) -> Enc<Shared, (u8, u64, Option<u8>)> {
            fn inner(a: [u8; 3], early: bool) -> (u8, u64, Option<u8>) {
                let mut sum = 0;
                for round in 2usize..=3 {
                    for i in (0i64..2).rev() {
                        if early {
                            return (round as u8, 9, None);
                        }
                        sum += a[i as usize];
                    }
                }
                (sum, a.into_iter().filter(|&v| v > 3).count() as u64, a.into_iter().map(|v| v / 2).max())
            }
            let (a, early) = x.to_arcis();
            x.owner.from_arcis(inner(a, early))
        }

        #[instruction]
        pub fn left_in_any_case(x: Enc<Shared, u16>, early: bool) -> Enc<Shared, u16> {
            fn inner(a: u16, early: bool) -> u16 {
                if early {
                } else {
                    let None = Some(3u8) else { return a + 1; };
                }
                if early {
                    return a + 2;
                }
                if [0u8, 0u8].into_iter().fold(false, |_, _| false) {
                    return 7;
                }
                5
            }
            let a = x.to_arcis();
            x.owner.from_arcis(inner(a, early))
        }

        #[instruction]
        pub fn nothing_shows(x: Enc<Shared, (One, u8)>) -> Enc<Shared, Option<Option<u8>>> {
            let (one, secret) = x.to_arcis();
            x.owner.from_arcis(match one {
                One::Only => None::<Option<u8>>,
                _ => Some(Some(secret)),
            })
        }

        #[instruction]
        pub fn cast_of_a_negation(x: Enc<Shared, [i8; 3]>) -> Enc<Shared, (u8, i64)> {
            let a = x.to_arcis();
            x.owner.from_arcis(((-(a.into_iter().fold(127i8, |b, v| b ^ v))) as u8, -5 as i64))
        }
    }
}

fn me() -> Shared {
    Shared::new(ArcisX25519Pubkey::from_bytes([1; 32]))
}

fn instructions() -> &'static Instructions {
    static COMPILED: std::sync::OnceLock<Instructions> = std::sync::OnceLock::new();
    COMPILED.get_or_init(|| Instructions::must_compile(SOURCE))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn negative_patterns(all in (i8::edges(), i128::edges(), prop::option::of(-5..9i32))) {
        check(instructions(), "negative_patterns", &all, &circuits::negative_patterns(me().from_arcis(all)).to_arcis())?;
    }

    #[test]
    fn loops_after_a_return(a in any::<[u8; 3]>(), early in any::<bool>()) {
        let native = circuits::loops_after_a_return(me().from_arcis((a, early))).to_arcis();
        check(instructions(), "loops_after_a_return", &(a, early), &native)?;
    }

    #[test]
    fn left_in_any_case(a in u16::edges(), early in any::<bool>()) {
        let native = circuits::left_in_any_case(me().from_arcis(a), early).to_arcis();
        check(instructions(), "left_in_any_case", &(a, early), &native)?;
    }

    #[test]
    fn cast_of_a_negation(a in any::<[i8; 3]>()) {
        check(instructions(), "cast_of_a_negation", &a, &circuits::cast_of_a_negation(me().from_arcis(a)).to_arcis())?;
    }

    /// Whatever number stands for the variant: of an option that is `None`, the secret within does not show.
    #[test]
    fn nothing_shows(number in any::<u8>(), secret in any::<u8>()) {
        let none: Option<Option<u8>> = instructions().run("nothing_shows", &(number, secret));
        prop_assert_eq!(none, None);
    }
}
