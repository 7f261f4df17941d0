//! Control, references, closures, generics: what `language.rs` has not.

use proptest::prelude::*;

use crate::support::{Edge, Instructions, check};
use crate::{me, runner};

crate::circuit_module! {
    mod circuits {
        use arcis::*;
        use std::cell::Cell;

        const fn fibonacci(n: usize) -> u64 {
            if n < 2 { n as u64 } else { fibonacci(n - 1) + fibonacci(n - 2) }
        }

        fn factorial<const N: u64>() -> u64 {
            let mut product = 1;
            for i in 1..=N {
                product *= i;
            }
            product
        }

        #[instruction]
        pub fn chains(input: Enc<Shared, (Option<u32>, Option<u32>, u32)>) -> Enc<Shared, (u32, u32, bool, u64)> {
            let (a, b, limit) = input.to_arcis();
            let mut first = 0;
            if let Some(x) = a && let Some(y) = b && x > y && y > limit {
                first = x - y;
            } else if let Some(x) = a && x == limit {
                first = 1;
            }
            let second = const { fibonacci(10) as u32 } + if let (Some(x), None) | (None, Some(x)) = (a, b) { x } else { 0 };
            let third = matches!(a, Some(x) if x < limit) || matches!(b, None);
            input.owner.from_arcis((first, second, third, factorial::<5>()))
        }

        #[instruction]
        pub fn references(input: Enc<Shared, (u32, u32, [u32; 3], bool, u8)>) -> Enc<Shared, (u32, u32, [u32; 3], u32)> {
            let (mut a, mut b, mut list, first, place) = input.to_arcis();
            {
                let chosen = if first { &mut a } else { &mut b };
                *chosen += 1;
                let other = match place {
                    0 => &mut list[0],
                    1 => &mut list[1],
                    _ => chosen,
                };
                *other *= 2;
            }
            let cell = Cell::new(a);
            let add = |by: u32| cell.set(cell.get() + by);
            add(b);
            if first {
                add(10);
            }
            let kept = std::mem::replace(&mut list[2], 9);
            std::mem::swap(&mut a, &mut b);
            let boxed = Box::new(kept + cell.get());
            input.owner.from_arcis((a, b, list, *boxed))
        }

        #[instruction]
        pub fn combinators(input: Enc<Shared, (Option<u16>, Option<u16>, u16)>) -> Enc<Shared, ([Option<u16>; 8], [u16; 4], [bool; 4])> {
            let (a, b, c) = input.to_arcis();
            let mut taken = a;
            let old = taken.take();
            let mut filled = b;
            *filled.get_or_insert(c) += 1;
            input.owner.from_arcis((
                [a.and(b), a.or(b), a.xor(b), a.filter(|x| *x > c), a.and_then(|x| (x > 2).then_some(x - 2)), old.or(taken), filled, a.zip(b).map(|(x, y)| x + y)],
                [a.unwrap_or(c), b.map_or(c, |x| x * 2), a.unwrap_or_default(), b.unwrap_or_else(|| c + 1)],
                [a.is_some(), b.is_none(), a.is_some_and(|x| x > c), a == b],
            ))
        }

        #[instruction]
        pub fn slices(input: Enc<Shared, ([u8; 6], u8)>) -> Enc<Shared, ([[u8; 6]; 5], [bool; 4], [Option<u8>; 4])> {
            let (list, n) = input.to_arcis();
            let (left, right) = list.split_at(2);
            let mut a = list;
            a[..3].reverse();
            a[1..4].fill(n);
            let mut b = list;
            b[2..].copy_from_slice(&list[..4]);
            b.swap(0, 5);
            let mut c = list;
            c.rotate_left(n as usize);
            let mut d = list;
            d.sort_by_cached_key(|x| x ^ n);
            let mut e = list;
            if let Some((first, rest)) = e.split_first_mut() {
                *first += rest[0];
                rest[4] = n;
            }
            input.owner.from_arcis((
                [a, b, c, d, e],
                [list.contains(&n), list.starts_with(&[n]), list.ends_with(right), left.is_empty()],
                [list.first().copied(), list.last().copied(), list.get(n as usize).copied(), list.iter().copied().nth(3)],
            ))
        }
    }
}

#[test]
fn control_agrees() {
    let instructions = Instructions::must_compile(SOURCE);
    let small = || prop_oneof![0..5u32, u32::edges()];
    runner(80)
        .run(
            &(
                (proptest::option::of(small()), proptest::option::of(small()), small()),
                (small(), small(), [small(), small(), small()], any::<bool>(), 0..4u8),
            ),
            |(a, b)| {
                check(&instructions, "chains", &a, &circuits::chains(me().from_arcis(a)).to_arcis())?;
                check(&instructions, "references", &b, &circuits::references(me().from_arcis(b)).to_arcis())
            },
        )
        .unwrap();
}

#[test]
fn combinators_agree() {
    let instructions = Instructions::must_compile(SOURCE);
    let small = || prop_oneof![0..5u16, u16::edges()];
    let byte = || prop_oneof![0..8u8, u8::edges()];
    runner(80)
        .run(
            &(
                (proptest::option::of(small()), proptest::option::of(small()), small()),
                ([byte(), byte(), byte(), byte(), byte(), byte()], byte()),
            ),
            |(a, b)| {
                check(
                    &instructions,
                    "combinators",
                    &a,
                    &circuits::combinators(me().from_arcis(a)).to_arcis(),
                )?;
                check(&instructions, "slices", &b, &circuits::slices(me().from_arcis(b)).to_arcis())
            },
        )
        .unwrap();
}
