//! Conversions between integers that may fail, and between slices and arrays.

use proptest::prelude::*;

use crate::support::{Edge, Instructions, check};
use crate::{me, runner};

crate::circuit_module! {
    mod circuits {
        use arcis::*;
        use std::convert::{TryFrom, TryInto};

        pub struct Even(u8);
        impl TryFrom<u8> for Even {
            type Error = u8;
            fn try_from(value: u8) -> Result<Self, u8> {
                if value % 2 == 0 { Ok(Even(value)) } else { Err(value) }
            }
        }

        #[instruction]
        pub fn integers(input: Enc<Shared, (i64, u128, u8, [u8; 6])>) -> Enc<Shared, ([Option<u8>; 3], Option<u64>, Option<i32>, [u8; 2], Option<[u8; 4]>, i128)> {
            let (a, b, c, list) = input.to_arcis();
            let narrowed: Option<i32> = a.try_into().ok();
            let even = match Even::try_from(c) {
                Ok(Even(value)) => value,
                Err(odd) => odd - 1,
            };
            let part: [u8; 2] = list[2..4].try_into().unwrap_or([0; 2]);
            let wrong: Option<[u8; 4]> = list[..3].try_into().ok();
            input.owner.from_arcis((
                [u8::try_from(a).ok(), u8::try_from(b).ok(), Some(even)],
                u64::try_from(a).ok(),
                narrowed,
                part,
                wrong,
                i128::try_from(b).unwrap_or(-1) + i128::from(c),
            ))
        }
    }
}

#[test]
fn conversions_agree() {
    let instructions = Instructions::must_compile(SOURCE);
    let wide = prop_oneof![u128::edges(), (250..260u128)];
    let signed =
        prop_oneof![i64::edges(), (-2..260i64), Just(i64::from(i32::MAX)), Just(i64::from(i32::MIN) - 1)];
    runner(80)
        .run(&(signed, wide, u8::edges(), any::<[u8; 6]>()), |argument| {
            check(
                &instructions,
                "integers",
                &argument,
                &circuits::integers(me().from_arcis(argument)).to_arcis(),
            )
        })
        .unwrap();
}
