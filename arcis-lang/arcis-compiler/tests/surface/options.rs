//! Every method of `Option` and `Result` that the language has, and the ways to take slices apart, one by one.

use proptest::prelude::*;

use crate::support::{Edge, Instructions, check};
use crate::{me, runner};

crate::circuit_module! {
    mod circuits {
        use arcis::*;

        #[instruction]
        pub fn options(input: Enc<Shared, (Option<u16>, Option<(u16, u8)>, Option<Option<u16>>, u16)>) -> Enc<Shared, ([Option<u16>; 9], [u16; 6], [bool; 3], (Option<u16>, Option<u8>))> {
            let (a, pair, nested, n) = input.to_arcis();
            let mut inspected = 0;
            let b = a.inspect(|x| inspected += *x);
            let mut inserted = a;
            *inserted.insert(n) += 1;
            let mut filled = a;
            *filled.get_or_insert_with(|| n * 2) ^= 3;
            let mut maybe = a;
            let gone = maybe.take_if(|x| *x > n);
            let mut replaced = a;
            let before = replaced.replace(n);
            let mut changed = a;
            if let Some(x) = changed.as_mut() {
                *x += n;
            }
            let taken = std::mem::take(&mut changed);
            let sum: u16 = a.iter().copied().chain(nested.flatten()).sum();
            input.owner.from_arcis((
                [b, inserted, filled, maybe, gone, before.or_else(|| replaced), taken, nested.flatten(), a.as_ref().copied()],
                [
                    inspected,
                    a.map_or_else(|| n, |x| x + 1),
                    a.ok_or(n).unwrap_or_else(|e| e + 5),
                    sum,
                    a.ok_or_else(|| n).map_err(|e| e * 2).unwrap_or_default(),
                    a.into_iter().count() as u16,
                ],
                [a.is_none_or(|x| x < n), changed.is_none(), a.ok_or(n).is_ok()],
                pair.unzip(),
            ))
        }

        #[instruction]
        pub fn results(input: Enc<Shared, (u16, u16, bool)>) -> Enc<Shared, ([u16; 4], [Option<u16>; 3], bool)> {
            fn half(x: u16) -> Result<u16, u16> {
                if x % 2 == 0 { Ok(x / 2) } else { Err(x) }
            }
            fn quarter(x: u16) -> Result<u16, u16> {
                Ok(half(half(x)?)? + 1)
            }
            let (a, b, flag) = input.to_arcis();
            let chosen = if flag { half(a) } else { quarter(b) };
            let shown = match chosen {
                Ok(x) if x > 5 => x,
                Ok(x) => x + 100,
                Err(e) => e,
            };
            input.owner.from_arcis((
                [shown, chosen.unwrap_or(7), quarter(a).and_then(half).unwrap_or_default(), chosen.map(|x| x * 3).unwrap_or_else(|e| e)],
                [chosen.ok(), chosen.err(), quarter(a).map_err(|e| e ^ b).err()],
                chosen.is_err(),
            ))
        }

        #[instruction]
        pub fn parts(input: Enc<Shared, ([u8; 6], u8)>) -> Enc<Shared, ([[u8; 6]; 4], [u8; 8], [bool; 3])> {
            let (list, n) = input.to_arcis();
            let mut a = list;
            let (left, right) = a.split_at_mut(2);
            left[0] += right[3];
            right[0] = left[1] ^ n;
            left.swap_with_slice(&mut right[..2]);
            let mut b = list;
            if let Some((last, rest)) = b.split_last_mut() {
                *last += rest[1];
            }
            let mut c = list;
            for part in c.chunks_mut(4) {
                part[0] += part.len() as u8;
            }
            let mut d = list;
            for (at, x) in d.iter_mut().enumerate().skip(1).step_by(2) {
                *x += at as u8;
            }
            let (last, rest) = match list.split_last() {
                Some((last, rest)) => (*last, rest),
                None => (0, &list[..]),
            };
            let exact: u8 = list.chunks_exact(4).map(|part| part[3]).sum();
            let pairs = list.map(|x| x ^ n);
            input.owner.from_arcis((
                [a, b, c, d],
                [
                    last,
                    rest.len() as u8,
                    exact,
                    pairs[0],
                    list.iter().rev().skip_while(|x| **x > n).map(|x| *x).fold(0, |a, b| a ^ b),
                    list.iter().take_while(|x| **x < 200).count() as u8,
                    list.iter().filter_map(|x| x.checked_sub(n)).max().unwrap_or(0),
                    list.iter().scan(1u8, |state, x| { *state += x; Some(*state) }).last().unwrap_or(0),
                ],
                [
                    list.first() == list.last(),
                    list[1..].iter().zip(&list).all(|(a, b)| a >= b),
                    list.iter().position(|x| *x == n).is_some(),
                ],
            ))
        }

        #[instruction]
        pub fn edges(input: Enc<Shared, (u32, [u32; 1])>) -> Enc<Shared, ([u32; 4], [Option<u32>; 4], [bool; 3])> {
            let (x, one) = input.to_arcis();
            let none: [u32; 0] = [];
            let mut single = one;
            single.sort_by_cached_key(|x| x % 3);
            single.fill(x);
            single.copy_from_slice(&one);
            input.owner.from_arcis((
                [single[0] << 0, single[0] >> 0, none.iter().sum(), none.iter().product()],
                [none.first().copied(), one.last().copied(), none.iter().copied().reduce(|a, b| a + b), one.iter().copied().min_by_key(|x| x % 7)],
                [none.starts_with(&[]), one.contains(&x), none.windows(1).count() == 0],
            ))
        }
    }
}

#[test]
fn options_agree() {
    let instructions = Instructions::must_compile(SOURCE);
    let small = || prop_oneof![0..6u16, u16::edges()];
    let option = || prop::option::of(small());
    runner(80)
        .run(
            &(
                (option(), prop::option::of((small(), u8::edges())), prop::option::of(option()), small()),
                (small(), small(), any::<bool>()),
            ),
            |(a, b)| {
                check(&instructions, "options", &a, &circuits::options(me().from_arcis(a)).to_arcis())?;
                check(&instructions, "results", &b, &circuits::results(me().from_arcis(b)).to_arcis())
            },
        )
        .unwrap();
}

#[test]
fn parts_agree() {
    let instructions = Instructions::must_compile(SOURCE);
    let byte = || prop_oneof![0..6u8, u8::edges()];
    let list = [byte(), byte(), byte(), byte(), byte(), byte()];
    runner(80)
        .run(&((list, byte()), (u32::edges(), [u32::edges()])), |(a, b)| {
            check(&instructions, "parts", &a, &circuits::parts(me().from_arcis(a)).to_arcis())?;
            check(&instructions, "edges", &b, &circuits::edges(me().from_arcis(b)).to_arcis())
        })
        .unwrap();
}
