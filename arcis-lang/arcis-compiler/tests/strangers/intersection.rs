//! Private set intersection by sorting, with payloads: what both have, how many, and sums of what belongs to it.

use proptest::prelude::*;

use crate::support::{Edge, Instructions, check};
use crate::{me, runner};

crate::circuit_module! {
    mod circuits {
        use arcis::*;

        const SIZE: usize = 6;

        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
        pub struct Entry {
            pub id: u32,
            pub from_left: bool,
            pub value: u16,
        }

        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct Summary {
            pub common: BoundedVec<u32, SIZE>,
            pub total: u32,
            pub largest: Option<u16>,
            pub left_only: u8,
        }

        fn merged(left: [(u32, u16); SIZE], right: [u32; SIZE]) -> Box<[Entry]> {
            let left = left.iter().map(|(id, value)| Entry { id: *id, from_left: true, value: *value });
            let right = right.into_iter().map(|id| Entry { id, from_left: false, value: 0 });
            left.chain(right).collect()
        }

        #[instruction]
        pub fn intersect(left: Enc<Shared, [(u32, u16); SIZE]>, right: Enc<Shared, [u32; SIZE]>) -> (Enc<Shared, Summary>, Enc<Shared, u8>) {
            let mut all = merged(left.to_arcis(), right.to_arcis());
            all.sort();
            let mut summary = Summary { common: BoundedVec::new(), total: 0, largest: None, left_only: 0 };
            // Zero is an empty place. Of equal ids those of the right come first.
            for pair in all.windows(2) {
                let (a, b) = (pair[0], pair[1]);
                if b.from_left && b.id != 0 {
                    if a.id == b.id && !a.from_left {
                        summary.common.push(b.id);
                        summary.total += b.value as u32;
                        summary.largest = summary.largest.max(Some(b.value));
                    } else {
                        summary.left_only += 1;
                    }
                }
            }
            let first = all[0];
            summary.left_only += (first.from_left && first.id != 0) as u8;
            let count = summary.common.len() as u8;
            (left.owner.from_arcis(summary), right.owner.from_arcis(count))
        }

        /// The same by comparing all pairs.
        #[instruction]
        pub fn count(left: Enc<Shared, [u32; SIZE]>, right: Enc<Shared, [u32; SIZE]>) -> u64 {
            let right = right.to_arcis();
            left.to_arcis().iter().filter(|id| **id != 0 && right.contains(id)).count().reveal() as u64
        }
    }
}

#[test]
fn agrees() {
    let instructions = Instructions::must_compile(SOURCE);
    let id = || prop_oneof![5 => 0..8u32, 1 => u32::edges()];
    let entry = || (id(), u16::edges());
    let left = [entry(), entry(), entry(), entry(), entry(), entry()];
    let right = [id(), id(), id(), id(), id(), id()];
    runner(50)
        .run(&(left, right), |(left, right)| {
            let (summary, count) = circuits::intersect(me().from_arcis(left), me().from_arcis(right));
            check(&instructions, "intersect", &(left, right), &(summary.to_arcis(), count.to_arcis()))?;
            let ids = left.map(|(id, _)| id);
            let native = circuits::count(me().from_arcis(ids), me().from_arcis(right));
            check(&instructions, "count", &(ids, right), &native)
        })
        .unwrap();
}
