//! `BoundedVec`, and collections of a length that is known.

use arcis::BoundedVec;
use proptest::prelude::*;

use crate::support::{Edge, Instructions, check};
use crate::{me, runner};

crate::circuit_module! {
    mod circuits {
        use arcis::*;

        #[instruction]
        pub fn changes(input: Enc<Shared, (BoundedVec<u16, 5>, u16, u8)>) -> Enc<Shared, ([BoundedVec<u16, 5>; 4], [bool; 4], [Option<u16>; 4])> {
            let (list, value, place) = input.to_arcis();
            let place = place as usize;
            let mut pushed = list;
            let fits = pushed.push(value);
            let mut inserted = list;
            let inserts = inserted.insert(place, value);
            let mut removed = pushed;
            let taken = removed.remove(place);
            let mut swapped = list;
            let other = swapped.swap_remove(place);
            let last = swapped.pop();
            if value > 100 {
                swapped.clear();
            }
            let there = removed.set(place, 7);
            input.owner.from_arcis((
                [pushed, inserted, removed, swapped],
                [fits, inserts, there, list == pushed],
                [taken, other, last, list.get(place).copied()],
            ))
        }

        #[instruction]
        pub fn reads(input: Enc<Shared, (BoundedVec<u16, 5>, u16, u8)>) -> Enc<Shared, (u32, [usize; 3], [bool; 4], [Option<u16>; 3], BoundedVec<u16, 5>, BoundedVec<u32, 3>)> {
            let (list, value, place) = input.to_arcis();
            let mut total = 0u32;
            for x in &list {
                total += *x as u32;
            }
            let mut sorted = list;
            sorted.sort();
            sorted[place as usize] = 3;
            let even: BoundedVec<u32, 3> = list.iter().filter(|x| **x % 2 == 0).map(|x| *x as u32).collect();
            let mut kept = list;
            kept.retain(|x| *x > value);
            kept.truncate(2);
            let count = list.iter().filter(|x| **x > value).count();
            input.owner.from_arcis((
                total + list[place as usize] as u32,
                [list.len(), kept.len(), count],
                [list.is_empty(), list.is_full(), list.contains(&value), list.iter().any(|x| *x == 1)],
                [list.first().copied(), list.last().copied(), kept.into_iter().max()],
                sorted,
                even,
            ))
        }

        #[instruction]
        pub fn boxes(input: Enc<Shared, [u32; 6]>) -> Enc<Shared, ([u32; 3], u32, u32, Option<u32>)> {
            let values = input.to_arcis();
            let kept: Box<[u32]> = values.iter().copied().step_by(2).collect();
            let taken = values.iter().rev().skip(1).take(3).cloned().collect::<Box<[_]>>();
            let mut out = [0; 3];
            out.copy_from_slice(&kept);
            let sum = taken.iter().zip(kept.iter()).map(|(a, b)| a * b).fold(0, |a, b| a ^ b);
            let best = values.windows(2).map(|pair| pair[0].abs_diff(pair[1])).max_by_key(|x| x % 10);
            input.owner.from_arcis((out, sum, kept.len() as u32, best))
        }
    }
}

fn list() -> impl Strategy<Value = BoundedVec<u16, 5>> {
    proptest::collection::vec(prop_oneof![0..6u16, u16::edges()], 0..=5)
        .prop_map(|items| BoundedVec::from_slice(&items))
}

#[test]
fn lists_of_a_secret_length_agree() {
    let instructions = Instructions::must_compile(SOURCE);
    runner(120)
        .run(&(list(), prop_oneof![0..6u16, u16::edges()], 0..7u8), |argument| {
            check(
                &instructions,
                "changes",
                &argument,
                &circuits::changes(me().from_arcis(argument)).to_arcis(),
            )?;
            check(&instructions, "reads", &argument, &circuits::reads(me().from_arcis(argument)).to_arcis())
        })
        .unwrap();
}

#[test]
fn a_length_beyond_the_bound_is_the_bound() {
    use arcis_circuit::{Bits, Value};
    let instructions = Instructions::must_compile(SOURCE);
    let mut bits = Bits::new();
    u16::MAX.write_bits(&mut bits);
    [1u16, 2, 3, 4, 5].write_bits(&mut bits);
    (3u16, 4u8).write_bits(&mut bits);
    let argument = <(BoundedVec<u16, 5>, u16, u8)>::from_bits(&bits).unwrap();
    assert_eq!(argument.0, BoundedVec::from_slice(&[1, 2, 3, 4, 5]));
    let native = circuits::changes(me().from_arcis(argument)).to_arcis();
    assert_eq!(instructions.must_find("changes").run(&bits), native.to_bits());
}

#[test]
fn boxed_slices_agree() {
    let instructions = Instructions::must_compile(SOURCE);
    let edge = || u32::edges();
    runner(60)
        .run(&[edge(), edge(), edge(), edge(), edge(), edge()], |values| {
            check(&instructions, "boxes", &values, &circuits::boxes(me().from_arcis(values)).to_arcis())
        })
        .unwrap();
}
