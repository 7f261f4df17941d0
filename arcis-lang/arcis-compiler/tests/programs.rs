//! Whole programs, three ways: native run, reference evaluator, gates in both shapes.

#![allow(missing_docs, clippy::reversed_empty_ranges)]

mod support;

use arcis::{ArcisX25519Pubkey, Mxe, Shared, SolanaPublicKey};
use proptest::prelude::*;
use support::{Edge, Instructions, check};

fn me() -> Shared {
    Shared::new(ArcisX25519Pubkey::from_bytes([1; 32]))
}

circuit_module! {
    mod circuits {
        use arcis::*;

        const LENGTH: usize = 4;
        const STEPS: [u32; LENGTH] = [1, 10, 100, 1000];

        #[derive(Clone, Copy, Debug, PartialEq, Default)]
        pub struct Inner {
            pub flag: bool,
            pub values: [i16; 3],
        }

        #[derive(Clone, Copy, Debug, PartialEq, Default)]
        pub struct Outer {
            pub left: Inner,
            pub pair: (u8, u64),
            pub right: Inner,
        }

        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct Wrapper(pub u32, pub Inner);

        impl Inner {
            const BIGGEST: i16 = i16::MAX;

            fn filled(value: i16) -> Self {
                Self { flag: value > 0, values: [value; 3] }
            }

            fn sum(&self) -> i16 {
                let mut total = 0;
                for value in &self.values {
                    total += *value;
                }
                total
            }

            fn bump(&mut self, by: i16) -> i16 {
                for value in &mut self.values {
                    *value += by;
                }
                self.flag = !self.flag;
                self.values[0]
            }

            fn swapped(self) -> Self {
                Inner { values: [self.values[2], self.values[1], self.values[0]], ..self }
            }
        }

        fn largest_of(values: &[u32; LENGTH]) -> (usize, u32) {
            let mut place = 0;
            let mut largest = values[0];
            for i in 1..LENGTH {
                if values[i] > largest {
                    place = i;
                    largest = values[i];
                }
            }
            (place, largest)
        }

        fn swap(a: &mut u32, b: &mut u32) {
            let kept = *a;
            *a = *b;
            *b = kept;
        }

        fn raise(target: &mut Outer, when: bool) {
            let inner = &mut target.right;
            if when {
                inner.values[1] += 1;
                target.pair.1 -= 1;
            }
        }

        #[instruction]
        pub fn nested_conditions(input: Enc<Shared, (u32, u32)>, limit: u32) -> Enc<Shared, (u32, [u32; 3], u8)> {
            let (a, b) = input.to_arcis();
            let mut result = 0;
            let mut counts = [0; 3];
            let grade: u8;
            if a > b {
                result = a - b;
                counts[0] += 1;
                if a > limit {
                    counts[1] = a;
                    grade = 1;
                } else if b > limit {
                    counts[2] = b;
                    grade = 2;
                } else {
                    result *= 2;
                    grade = 3;
                }
            } else {
                let a = result + 5;
                counts[1] = a;
                grade = if limit == 7 { 9 } else { 4 };
            }
            if limit > 100 {
                counts[0] = 77;
                if a == b {
                    result = 1;
                }
            }
            input.owner.from_arcis((result, counts, grade))
        }

        #[instruction]
        pub fn loops(input: Enc<Shared, [u32; 4]>) -> Enc<Shared, (u64, u32, u32, [u32; 4])> {
            let mut values = input.to_arcis();
            let (place, largest) = largest_of(&values);
            let mut total = 0u64;
            for value in values {
                total += value as u64;
            }
            for i in 0..LENGTH {
                for j in 0..LENGTH - 1 {
                    if values[j] > values[j + 1] {
                        let kept = values[j];
                        values[j] = values[j + 1];
                        values[j + 1] = kept;
                    }
                }
                total += STEPS[i] as u64;
            }
            for i in -2i8..=2 {
                total += (i * i) as u64;
            }
            for _ in 5..5 {
                total = 0;
            }
            input.owner.from_arcis((total, place as u32, largest, values))
        }

        #[instruction]
        pub fn structs(input: Enc<Shared, Outer>, by: i16) -> Enc<Shared, (Outer, i16, bool, Inner)> {
            let mut outer = input.to_arcis();
            let before = outer;
            let first = outer.left.bump(by);
            let Outer { left, pair: (small, _), .. } = outer;
            if left.sum() > Inner::BIGGEST / 2 {
                outer.right = left.swapped();
            } else {
                outer.pair.0 = small + 1;
            }
            raise(&mut outer, first > by);
            let same = before == outer || before.left == Inner::default();
            let Inner { flag, values } = Inner::filled(by);
            input.owner.from_arcis((outer, first, same != flag, Inner { flag, values }))
        }

        #[instruction]
        pub fn references(input: Enc<Shared, (u32, u32, Wrapper)>) -> Enc<Shared, (u32, u32, Wrapper)> {
            let (mut a, mut b, mut wrapper) = input.to_arcis();
            if a < b {
                swap(&mut a, &mut b);
            }
            let Wrapper(number, inner) = &mut wrapper;
            *number += a;
            inner.values[2] = inner.sum();
            let reading = &wrapper;
            let copy = Wrapper(reading.0 - &b, Inner { flag: true, ..reading.1 });
            input.owner.from_arcis((a, b, copy))
        }

        #[instruction]
        pub fn keys(
            input: Enc<Shared, (SolanaPublicKey, SolanaPublicKey)>,
            known: SolanaPublicKey,
        ) -> Enc<Shared, (bool, SolanaPublicKey, u8, SolanaPublicKey)> {
            let (a, b) = input.to_arcis();
            let chosen = if a == known { b } else { a };
            let mut bytes = chosen.to_bytes();
            bytes[31] += 1;
            let none = a == SolanaPublicKey::default();
            input.owner.from_arcis((none, chosen, bytes[0], SolanaPublicKey::from_bytes(bytes)))
        }

        #[instruction]
        pub fn owners(
            state: Enc<Mxe, (u64, bool)>,
            first: Enc<Shared, u64>,
            reader: Shared,
            mxe: Mxe,
            second: Enc<Shared, u64>,
        ) -> (Enc<Mxe, (u64, bool)>, Enc<Shared, u64>, Enc<Shared, u64>, Enc<Shared, bool>, Enc<Mxe, u64>, u64) {
            let (total, open) = state.to_arcis();
            let (a, b) = (first.to_arcis(), second.to_arcis());
            let total = if open { total + a + b } else { total };
            (
                state.owner.from_arcis((total, open && total < 1000)),
                reader.from_arcis(total),
                second.owner.from_arcis(a),
                first.owner.from_arcis(a < b),
                mxe.from_arcis(b),
                total.min(1 << 20).reveal(),
            )
        }

        #[instruction]
        pub fn reveals(input: Enc<Shared, (u16, [bool; 3])>, ask: bool, which: u8) -> (u16, [bool; 3], u16, bool) {
            let (secret, flags) = input.to_arcis();
            let mut shown = 9;
            if ask {
                shown = secret.reveal();
                if which == 1 {
                    shown += (secret ^ 1).reveal();
                }
            } else if which == 2 {
                shown = 2;
            }
            let revealed = flags.reveal();
            let known = if revealed[0] { 5 } else { 6 };
            (shown, revealed, known, revealed[1] && revealed[2])
        }

        #[instruction]
        pub fn nothing() {}

        #[instruction]
        pub fn plain((a, b): (u8, [u16; 2]), flag: bool) -> (u16, [u16; 2]) {
            let b = if flag { b } else { [b[1], b[0]] };
            (u16::from(a) + b[0], b)
        }
    }
}

use circuits::{Inner, Outer, Wrapper};

fn inner() -> impl Strategy<Value = Inner> {
    (any::<bool>(), [i16::edges(), i16::edges(), i16::edges()])
        .prop_map(|(flag, values)| Inner { flag, values })
}

proptest! {
    #[test]
    fn nested_conditions(a in u32::edges(), b in u32::edges(), limit in prop_oneof![u32::edges(), Just(7), 90..110u32]) {
        let native = circuits::nested_conditions(me().from_arcis((a, b)), limit).to_arcis();
        check(instructions(), "nested_conditions", &(a, b, limit), &native)?;
    }

    #[test]
    fn loops(values in [u32::edges(), u32::edges(), u32::edges(), u32::edges()]) {
        check(instructions(), "loops", &values, &circuits::loops(me().from_arcis(values)).to_arcis())?;
    }

    #[test]
    fn structs(left in inner(), right in inner(), small in u8::edges(), large in u64::edges(), by in i16::edges()) {
        let outer = Outer { left, pair: (small, large), right };
        check(instructions(), "structs", &(outer, by), &circuits::structs(me().from_arcis(outer), by).to_arcis())?;
    }

    #[test]
    fn references(a in u32::edges(), b in u32::edges(), number in u32::edges(), inner in inner()) {
        let argument = (a, b, Wrapper(number, inner));
        check(instructions(), "references", &argument, &circuits::references(me().from_arcis(argument)).to_arcis())?;
    }

    #[test]
    fn keys(a in any::<[u8; 32]>(), b in any::<[u8; 32]>(), same in any::<bool>(), zero in any::<bool>()) {
        let a = SolanaPublicKey::from_bytes(if zero { [0; 32] } else { a });
        let b = SolanaPublicKey::from_bytes(b);
        let known = if same { a } else { b };
        check(instructions(), "keys", &((a, b), known), &circuits::keys(me().from_arcis((a, b)), known).to_arcis())?;
    }

    #[test]
    fn owners(total in u64::edges(), open in any::<bool>(), a in u64::edges(), b in u64::edges()) {
        let reader = Shared::new(ArcisX25519Pubkey::from_bytes([2; 32]));
        let second = Shared::new(ArcisX25519Pubkey::from_bytes([3; 32]));
        let state = Mxe::get().from_arcis((total, open));
        let (state, x, y, z, w, shown) =
            circuits::owners(state, me().from_arcis(a), reader, Mxe::get(), second.from_arcis(b));
        prop_assert_eq!((x.owner, y.owner, z.owner), (reader, second, me()));
        let native = (state.to_arcis(), x.to_arcis(), y.to_arcis(), z.to_arcis(), w.to_arcis(), shown);
        check(instructions(), "owners", &((total, open), a, b), &native)?;
    }

    #[test]
    fn reveals(secret in u16::edges(), flags in any::<[bool; 3]>(), ask in any::<bool>(), which in 0..4u8) {
        let native = circuits::reveals(me().from_arcis((secret, flags)), ask, which);
        check(instructions(), "reveals", &((secret, flags), ask, which), &native)?;
    }

    #[test]
    fn plain(a in u8::edges(), b in [u16::edges(), u16::edges()], flag in any::<bool>()) {
        check(instructions(), "plain", &((a, b), flag), &circuits::plain((a, b), flag))?;
    }
}

#[test]
fn nothing() {
    circuits::nothing();
    check(instructions(), "nothing", &(), &()).expect("nothing comes of nothing");
}

/// Compiled once for all tests.
fn instructions() -> &'static Instructions {
    static COMPILED: std::sync::OnceLock<Instructions> = std::sync::OnceLock::new();
    COMPILED.get_or_init(|| Instructions::must_compile(SOURCE))
}
