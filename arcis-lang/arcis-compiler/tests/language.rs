//! The surface of the language, three ways: native run, reference evaluator, gates in both shapes.

#![allow(missing_docs, clippy::all, reason = "what can be written is tried, not what should be")]

mod support;

use arcis::{ArcisX25519Pubkey, Mxe, SerializedSolanaPublicKey, Shared, SolanaPublicKey};
use proptest::prelude::*;
use support::{Edge, Instructions, check};

fn me() -> Shared {
    Shared::new(ArcisX25519Pubkey::from_bytes([1; 32]))
}

circuit_module! {
    mod circuits {
        use arcis::*;
        use std::cell::Cell;
        use std::ops::{Add, AddAssign, Index, IndexMut, Mul, Neg};

        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
        pub enum Move {
            #[default]
            Rock,
            Paper,
            Scissors,
        }

        #[derive(Clone, Copy, Debug, PartialEq)]
        pub enum Shape {
            Dot,
            Circle(u8),
            Rectangle { width: u8, height: u8 },
            Pair(u8, Option<u16>),
        }

        impl Shape {
            const UNIT: Shape = Shape::Circle(1);

            fn area(&self) -> u16 {
                match self {
                    Shape::Dot => 0,
                    Self::Circle(radius) => 3 * (*radius as u16) * (*radius as u16),
                    Shape::Rectangle { width, height: h } => *width as u16 * *h as u16,
                    Shape::Pair(a, Some(b)) if *b > 3 => *a as u16 + *b,
                    Shape::Pair(a, _) => *a as u16,
                }
            }

            fn grow(&mut self) {
                match self {
                    Shape::Circle(radius) => *radius += 1,
                    Shape::Rectangle { width, .. } => *width *= 2,
                    Shape::Pair(_, inner) => *inner = inner.map(|x| x + 1),
                    Shape::Dot => *self = Shape::UNIT,
                }
            }
        }

        pub trait Scored {
            const WEIGHT: u32;
            type Extra: Copy;
            fn score(&self) -> u32;
            fn extra(&self) -> Self::Extra;
            fn weighted(&self) -> u32 {
                self.score() * Self::WEIGHT
            }
        }

        impl Scored for Move {
            const WEIGHT: u32 = 10;
            type Extra = u8;
            fn score(&self) -> u32 {
                *self as u32 + 1
            }
            fn extra(&self) -> u8 {
                7
            }
        }

        impl<T: Scored, const N: usize> Scored for [T; N] {
            const WEIGHT: u32 = T::WEIGHT + 1;
            type Extra = (T::Extra, usize);
            fn score(&self) -> u32 {
                self.iter().map(|x| x.score()).sum()
            }
            fn extra(&self) -> Self::Extra {
                (self[0].extra(), N)
            }
        }

        fn total<S: Scored>(value: &S) -> (u32, S::Extra) {
            (value.weighted(), value.extra())
        }

        #[derive(Clone, Copy, Debug, PartialEq, Default)]
        pub struct Vector<T> {
            pub x: T,
            pub y: T,
        }

        impl<T: Add<Output = T>> Add for Vector<T> {
            type Output = Vector<T>;
            fn add(self, other: Self) -> Self {
                Vector { x: self.x + other.x, y: self.y + other.y }
            }
        }
        impl<T: Copy + Mul<Output = T>> Mul<T> for Vector<T> {
            type Output = Self;
            fn mul(self, by: T) -> Self {
                Self { x: self.x * by, y: self.y * by }
            }
        }
        impl Neg for Vector<i32> {
            type Output = Self;
            fn neg(self) -> Self {
                Vector { x: -self.x, y: -self.y }
            }
        }
        impl<T: AddAssign> AddAssign for Vector<T> {
            fn add_assign(&mut self, other: Self) {
                self.x += other.x;
                self.y += other.y;
            }
        }
        impl<T> Index<usize> for Vector<T> {
            type Output = T;
            fn index(&self, place: usize) -> &T {
                if place == 0 { &self.x } else { &self.y }
            }
        }
        impl<T> IndexMut<usize> for Vector<T> {
            fn index_mut(&mut self, place: usize) -> &mut T {
                if place == 0 { &mut self.x } else { &mut self.y }
            }
        }

        pub mod helpers {
            pub const SIZE: usize = 5;

            pub fn largest<T: Ord + Copy>(values: &[T]) -> T {
                let mut best = values[0];
                for value in &values[1..] {
                    if *value > best {
                        best = *value;
                    }
                }
                best
            }

            pub mod deeper {
                use super::SIZE;
                pub fn filled<const N: usize>(x: u8) -> [u8; N] {
                    let mut all = [x; N];
                    all[0] = SIZE as u8;
                    all
                }
            }
        }

        use helpers::{deeper, largest};

        #[instruction]
        pub fn enums(a: Enc<Shared, (Move, Move, Shape)>) -> Enc<Shared, (u8, u16, Shape, Shape, bool, Move)> {
            let (mine, theirs, shape) = a.to_arcis();
            let outcome = match (mine, theirs) {
                (x, y) if x == y => 0,
                (Move::Rock, Move::Scissors) | (Move::Paper, Move::Rock) | (Move::Scissors, Move::Paper) => 1,
                _ => 2u8,
            };
            let mut grown = shape;
            grown.grow();
            let chosen = if outcome == 1 { Shape::Rectangle { width: 3, height: outcome } } else { shape };
            a.owner.from_arcis((
                outcome,
                shape.area() + grown.area(),
                grown,
                chosen,
                matches!(shape, Shape::Circle(r) if r > 4) || mine < theirs,
                if let Move::Rock = mine { Move::default() } else { theirs },
            ))
        }

        #[instruction]
        pub fn traits(a: Enc<Shared, (Move, [Move; 3])>) -> Enc<Shared, (u32, u8, u32, (u8, u64))> {
            let (one, many) = a.to_arcis();
            let (x, y) = total(&one);
            let (z, (p, q)) = total(&many);
            a.owner.from_arcis((x, y, z, (p, q as u64)))
        }

        #[instruction]
        pub fn operators(a: Enc<Shared, (Vector<i32>, Vector<i32>, i32, u8)>) -> Enc<Shared, (Vector<i32>, Vector<i32>, i32)> {
            let (v, w, by, place) = a.to_arcis();
            let mut sum = v + w * by;
            sum += -v;
            let mut second = sum;
            second[1] = by;
            second[place as usize] += 1;
            a.owner.from_arcis((sum, second, sum[0] + second[1]))
        }

        #[instruction]
        pub fn generics(a: Enc<Shared, ([u16; 4], u8)>) -> Enc<Shared, (u16, [u8; 3], [u16; helpers::SIZE])> {
            let (values, x) = a.to_arcis();
            let filled = deeper::filled::<3>(x);
            let spread: [u16; 5] = std::array::from_fn(|i| if i < 4 { values[i] } else { i as u16 });
            a.owner.from_arcis((largest(&values), filled, spread))
        }

        #[instruction]
        pub fn indexing(a: Enc<Shared, ([u16; 5], u64, u16, [[u8; 2]; 3])>) -> Enc<Shared, ([u16; 5], u16, [[u8; 2]; 3], u8)> {
            let (mut values, place, x, mut grid) = a.to_arcis();
            let i = place as usize;
            let old = values[i];
            values[i] += x;
            if x > 100 {
                values[i + 1] = 9;
            }
            let row = i % 3;
            grid[row][i & 1] = 77;
            let read = grid[row][1];
            a.owner.from_arcis((values, old, grid, read))
        }

        #[instruction]
        pub fn options(a: Enc<Shared, (Option<u8>, Option<u8>, u8)>) -> Enc<Shared, (Option<u8>, Option<u8>, u8, Option<u8>, Option<u8>, (bool, bool))> {
            fn both(a: Option<u8>, b: Option<u8>) -> Option<u8> {
                let sum = a?.checked_add(b?)?;
                if sum == 7 {
                    return None;
                }
                Some(sum)
            }
            let (x, y, z) = a.to_arcis();
            let mut taken = x;
            let got = taken.take().or(y).filter(|v| *v != z).unwrap_or_default();
            let mut place = y;
            let replaced = place.replace(z);
            let Some(inner) = x.and_then(|v| v.checked_mul(2)) else {
                return a.owner.from_arcis((None, y, z, None, replaced, (false, true)));
            };
            let zipped = if let Some(p) = x && let Some(q) = y && p > q { Some(p - q) } else { None };
            a.owner.from_arcis((
                both(x, y),
                taken.or_else(|| place),
                got + inner,
                zipped,
                x.zip(y).map(|(p, q)| p ^ q).xor(replaced),
                (x.is_some_and(|v| v > z), y.is_none() || x > y),
            ))
        }

        fn first_above(values: &[u32], limit: u32) -> Option<usize> {
            for (i, value) in values.iter().enumerate() {
                if *value > limit {
                    return Some(i);
                }
            }
            None
        }

        #[instruction]
        pub fn control(a: Enc<Shared, ([u32; 6], u32)>) -> Enc<Shared, (Option<u64>, u32, u32, u32, u32)> {
            let (values, limit) = a.to_arcis();
            let found = first_above(&values, limit).map(|i| i as u64);
            let mut sum = 0;
            let mut rounds = 0;
            for value in values {
                if value == limit {
                    continue;
                }
                if value > 1000 {
                    break;
                }
                sum += value;
                rounds += 1;
            }
            let mut n = limit % 64;
            let mut steps = 0u32;
            #[bound(9)]
            while n > 1 {
                n = if n % 2 == 0 { n / 2 } else { n + 1 };
                steps += 1;
            }
            let mut count = 0;
            #[bound(4)]
            loop {
                count += 1;
                if count > limit {
                    break;
                }
            }
            let mut found_pair = 0;
            'outer: for i in 0..4u32 {
                for j in 0..4u32 {
                    if i * j == limit {
                        found_pair = i * 10 + j;
                        break 'outer;
                    }
                    if j > i {
                        continue 'outer;
                    }
                }
            }
            let labelled = 'block: {
                if limit > 50 {
                    break 'block 1;
                }
                if sum > 50 {
                    break 'block 2;
                }
                3
            };
            a.owner.from_arcis((found, sum + rounds, steps * 10 + n, count, found_pair + labelled))
        }

        #[instruction]
        pub fn iterators(a: Enc<Shared, ([u32; 6], u32)>) -> Enc<Shared, ([u32; 12], [Option<u32>; 8], [bool; 4], [u64; 4])> {
            let (v, x) = a.to_arcis();
            let sum = v.iter().map(|y| y.wrapping_mul(2)).fold(0u32, |a, b| a.wrapping_add(b));
            let filtered = v.iter().filter(|y| **y > x).fold(0u32, |a, b| a ^ *b);
            let zipped = v.iter().zip(v.iter().skip(1)).map(|(a, b)| a ^ b).fold(0, |a, b| a | b);
            let chained = v.iter().chain([x, 7].iter()).copied().fold(1u32, |a, b| a.wrapping_mul(b | 1));
            let collected: Box<[u32]> = v.iter().rev().step_by(2).cloned().collect();
            let windows = v.windows(3).map(|w| w[0] & w[2]).fold(0, |a, b| a ^ b);
            let chunked = v.chunks(4).enumerate().map(|(i, c)| c[0] ^ i as u32 ^ c.len() as u32).fold(0, |a, b| a ^ b);
            let taken = v.iter().take(3).skip_while(|y| **y == x).fold(0u32, |a, b| a.wrapping_add(*b));
            let mut doubled = v;
            for y in doubled.iter_mut() {
                *y = y.wrapping_add(x);
            }
            let nested = (0..3usize).flat_map(|i| (0..2usize).map(move |j| (i, j))).fold(0u32, |a, (i, j)| a ^ doubled[i + j]);
            let mut seen = 0u32;
            v.iter().for_each(|y| seen ^= *y >> 1);
            let counted = v.iter().filter(|y| **y > x).count() as u32;
            a.owner.from_arcis((
                [sum, filtered, zipped, chained, collected[0] ^ collected[2], windows, chunked, taken, nested, seen, counted, collected.len() as u32],
                [
                    v.iter().copied().max(),
                    v.iter().filter(|y| **y < x).min().copied(),
                    v.iter().copied().max_by_key(|y| y % 7),
                    v.iter().copied().min_by_key(|y| y % 5),
                    v.iter().find(|y| **y > x).copied(),
                    v.iter().copied().filter(|y| *y > x).last(),
                    v.iter().copied().nth(2),
                    v.iter().copied().reduce(|a, b| a.wrapping_sub(b)),
                ],
                [
                    v.iter().any(|y| *y == x),
                    v.iter().all(|y| *y < x),
                    v.contains(&x),
                    v.starts_with(&[1, 2]) || v.ends_with(&v[4..]),
                ],
                [
                    v.iter().position(|y| *y == x).unwrap_or(99) as u64,
                    v.iter().map(|y| (*y % 8) as u64).sum::<u64>(),
                    v.iter().map(|y| (*y % 4) as u64).product(),
                    v.iter().filter(|y| **y > x).map(|y| *y as u64).sum(),
                ],
            ))
        }

        #[instruction]
        pub fn slices(a: Enc<Shared, ([i16; 7], u8)>) -> Enc<Shared, ([[i16; 7]; 6], i16, [i16; 3])> {
            let (v, k) = a.to_arcis();
            let mut sorted = v;
            sorted.sort();
            let mut by_key = v;
            by_key.sort_by_cached_key(|x| x & 3);
            let mut rotated = v;
            rotated.rotate_left(2);
            rotated[1..4].reverse();
            let mut filled = v;
            filled[5..].fill(3);
            filled.swap(0, 6);
            let mut copied = [0; 7];
            copied[..4].copy_from_slice(&v[3..]);
            let (left, right) = v.split_at(3);
            if let Some((first, rest)) = right.split_first() {
                copied[4] = first ^ rest[0];
            }
            let mut down = v;
            down.sort_by(|a, b| b.cmp(a));
            let [first, .., last] = v;
            let [p, q, rest @ ..] = left else { panic!("three") };
            let picked = left.get(1).copied().unwrap_or(0) ^ v.first().map_or(0, |x| *x) ^ v[(k % 7) as usize];
            a.owner.from_arcis(([sorted, by_key, rotated, filled, copied, down], picked, [first ^ last, p ^ q, rest[0]]))
        }

        #[instruction]
        pub fn references(a: Enc<Shared, (u8, u8, bool, [u16; 3])>) -> Enc<Shared, (u8, u8, u8, [u16; 3])> {
            fn pick<'a>(first: bool, a: &'a mut u8, b: &'a mut u8) -> &'a mut u8 {
                if first { a } else { b }
            }
            let (mut x, mut y, flag, mut all) = a.to_arcis();
            *pick(flag, &mut x, &mut y) += 5;
            let chosen = if y > x { &mut all[0] } else { &mut all[2] };
            *chosen = 1;
            std::mem::swap(&mut x, &mut y);
            let old = std::mem::replace(&mut y, 9);
            let cell = Cell::new(old);
            cell.set(cell.get() + 1);
            let boxed = Box::new(x);
            for z in &mut all {
                *z += *boxed as u16;
            }
            a.owner.from_arcis((x, y, cell.get(), all))
        }

        #[instruction]
        pub fn closures(a: Enc<Shared, (u32, u32)>) -> Enc<Shared, (u32, u32, u32, u32)> {
            fn twice<F: Fn(u32) -> u32>(f: F, x: u32) -> u32 {
                f(f(x))
            }
            fn adder(by: u32) -> impl Fn(u32) -> u32 {
                move |x| x + by
            }
            fn compose(f: impl Fn(u32) -> u32, g: fn(u32) -> u32) -> impl Fn(u32) -> u32 {
                move |x| g(f(x))
            }
            fn triple(x: u32) -> u32 {
                x * 3
            }
            let (x, y) = a.to_arcis();
            let mut calls = 0;
            let mut count = |z: u32| {
                calls += 1;
                z ^ calls
            };
            let first = count(x) + count(y);
            let add = adder(y);
            a.owner.from_arcis((first, twice(|z| z * y, x), twice(&add, x) + calls, compose(add, triple)(x)))
        }

        #[instruction]
        pub fn keys(a: Enc<Shared, SolanaPublicKey>) -> Enc<Shared, (SerializedSolanaPublicKey, SolanaPublicKey)> {
            let key = a.to_arcis();
            let serialized = SerializedSolanaPublicKey::from(key);
            let back = SolanaPublicKey::from(SerializedSolanaPublicKey { lo: serialized.hi, hi: serialized.lo });
            a.owner.from_arcis((serialized, back))
        }

        const fn power(base: u64, exponent: u32) -> u64 {
            if exponent == 0 { 1 } else { base * power(base, exponent - 1) }
        }
        const TABLE: [u16; 4] = [1, 10, 100, 1000];
        const POWER: u64 = power(3, 5);

        #[instruction]
        pub fn constants(a: Enc<Shared, u8>) -> Enc<Shared, (u16, u64, u8)> {
            let x = a.to_arcis();
            const LOCAL: u8 = b"abc"[1];
            let bytes = *b"hello";
            let found = bytes.iter().filter(|b| **b == x).count() as u8;
            a.owner.from_arcis((TABLE[(x % 4) as usize], POWER + const { 2 + 2 }, found + LOCAL))
        }

        #[instruction]
        pub fn packed(a: Enc<Mxe, Pack<[u8; 5]>>, tail: usize) -> (Enc<Mxe, Pack<[u8; 5]>>, usize) {
            let mut values = a.to_arcis().unpack();
            values[4] += 1;
            (Mxe::get().from_arcis(Pack::new(values)), tail + 1)
        }
    }
}

use circuits::{Move, Shape, Vector};

fn a_move() -> impl Strategy<Value = Move> {
    prop_oneof![Just(Move::Rock), Just(Move::Paper), Just(Move::Scissors)]
}

fn shape() -> impl Strategy<Value = Shape> {
    prop_oneof![
        Just(Shape::Dot),
        u8::edges().prop_map(Shape::Circle),
        (u8::edges(), u8::edges()).prop_map(|(width, height)| Shape::Rectangle { width, height }),
        (u8::edges(), option(u16::edges())).prop_map(|(a, b)| Shape::Pair(a, b)),
    ]
}

fn option<T: Clone + std::fmt::Debug + 'static>(inner: BoxedStrategy<T>) -> impl Strategy<Value = Option<T>> {
    prop_oneof![1 => Just(None), 3 => inner.prop_map(Some)]
}

proptest! {
    #[test]
    fn enums(argument in (a_move(), a_move(), shape())) {
        check(instructions(), "enums", &argument, &circuits::enums(me().from_arcis(argument)).to_arcis())?;
    }

    #[test]
    fn traits(argument in (a_move(), [a_move(), a_move(), a_move()])) {
        check(instructions(), "traits", &argument, &circuits::traits(me().from_arcis(argument)).to_arcis())?;
    }

    #[test]
    fn operators(a in [i32::edges(), i32::edges(), i32::edges(), i32::edges(), i32::edges()], place in u8::edges()) {
        let argument = (Vector { x: a[0], y: a[1] }, Vector { x: a[2], y: a[3] }, a[4], place);
        check(instructions(), "operators", &argument, &circuits::operators(me().from_arcis(argument)).to_arcis())?;
    }

    #[test]
    fn generics(values in [u16::edges(), u16::edges(), u16::edges(), u16::edges()], x in u8::edges()) {
        let argument = (values, x);
        check(instructions(), "generics", &argument, &circuits::generics(me().from_arcis(argument)).to_arcis())?;
    }

    #[test]
    fn indexing(
        values in any::<[u16; 5]>(),
        place in prop_oneof![0..8u64, u64::edges()],
        x in u16::edges(),
        grid in any::<[[u8; 2]; 3]>(),
    ) {
        let argument = (values, place, x, grid);
        check(instructions(), "indexing", &argument, &circuits::indexing(me().from_arcis(argument)).to_arcis())?;
    }

    #[test]
    fn options(argument in (option(u8::edges()), option(u8::edges()), u8::edges())) {
        check(instructions(), "options", &argument, &circuits::options(me().from_arcis(argument)).to_arcis())?;
    }

    #[test]
    fn control(small in any::<bool>(), values in [u32::edges(), u32::edges(), u32::edges(), u32::edges(), u32::edges(), u32::edges()], limit in prop_oneof![0..12u32, u32::edges()]) {
        let argument = (if small { values.map(|value| value % 9) } else { values }, limit);
        check(instructions(), "control", &argument, &circuits::control(me().from_arcis(argument)).to_arcis())?;
    }

    #[test]
    fn iterators(small in any::<bool>(), values in [u32::edges(), u32::edges(), u32::edges(), u32::edges(), u32::edges(), u32::edges()], x in prop_oneof![0..12u32, u32::edges()]) {
        let argument = (if small { values.map(|value| value % 9) } else { values }, x);
        check(instructions(), "iterators", &argument, &circuits::iterators(me().from_arcis(argument)).to_arcis())?;
    }

    #[test]
    fn slices(values in any::<[i16; 7]>(), small in any::<bool>(), k in any::<u8>()) {
        let argument = (if small { values.map(|value| value % 4) } else { values }, k);
        check(instructions(), "slices", &argument, &circuits::slices(me().from_arcis(argument)).to_arcis())?;
    }

    #[test]
    fn references(argument in (u8::edges(), u8::edges(), any::<bool>(), any::<[u16; 3]>())) {
        check(instructions(), "references", &argument, &circuits::references(me().from_arcis(argument)).to_arcis())?;
    }

    #[test]
    fn closures(argument in (u32::edges(), u32::edges())) {
        check(instructions(), "closures", &argument, &circuits::closures(me().from_arcis(argument)).to_arcis())?;
    }

    #[test]
    fn keys(bytes in any::<[u8; 32]>()) {
        let key = SolanaPublicKey::from_bytes(bytes);
        let native: (SerializedSolanaPublicKey, SolanaPublicKey) = circuits::keys(me().from_arcis(key)).to_arcis();
        check(instructions(), "keys", &key, &native)?;
    }

    #[test]
    fn constants(x in any::<u8>()) {
        check(instructions(), "constants", &x, &circuits::constants(me().from_arcis(x)).to_arcis())?;
    }

    #[test]
    fn packed(values in any::<[u8; 5]>(), tail in any::<usize>()) {
        let pack = arcis::Pack::new(values);
        let (state, next) = circuits::packed(Mxe::get().from_arcis(pack), tail);
        check(instructions(), "packed", &(pack, tail), &(state.to_arcis(), next))?;
    }
}

/// Compiled once for all tests.
fn instructions() -> &'static Instructions {
    static COMPILED: std::sync::OnceLock<Instructions> = std::sync::OnceLock::new();
    COMPILED.get_or_init(|| Instructions::must_compile(SOURCE))
}
