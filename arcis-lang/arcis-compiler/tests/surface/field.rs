//! `BaseField25519`.

use arcis::BaseField25519;
use arcis_circuit::Value;
use proptest::prelude::*;

use crate::support::{Edge, Instructions, check};
use crate::{me, runner};

crate::circuit_module! {
    mod circuits {
        use arcis::*;

        #[instruction]
        pub fn sums(input: Enc<Shared, (BaseField25519, BaseField25519, u64, i32, bool)>) -> Enc<Shared, ([BaseField25519; 5], [bool; 3], (u64, i32, bool))> {
            let (a, b, n, m, flag) = input.to_arcis();
            let mut c = a + b;
            c -= BaseField25519::from_u64(n);
            let d = BaseField25519::from_i32(m);
            let e = -a + d;
            let chosen = if flag { c } else { BaseField25519::power_of_two(200) };
            let total: BaseField25519 = [a, b, d].into_iter().sum();
            input.owner.from_arcis((
                [c, e, chosen, total, BaseField25519::from(flag)],
                [a == b, a < b, a - b == -(b - a)],
                (BaseField25519::from_u64(n).to_u64_unchecked(), d.to_i32_unchecked(), BaseField25519::from_bool(flag).to_bool_unchecked()),
            ))
        }

        #[instruction]
        pub fn product(input: Enc<Shared, (BaseField25519, BaseField25519)>) -> Enc<Shared, BaseField25519> {
            let (a, b) = input.to_arcis();
            input.owner.from_arcis(a * b)
        }
    }
}

pub(crate) fn element() -> impl Strategy<Value = BaseField25519> {
    let edges: Vec<BaseField25519> = [0i64, 1, -1, 18, 19, -19, i64::MIN]
        .map(BaseField25519::from_i64)
        .into_iter()
        .chain([254, 253, 64].map(BaseField25519::power_of_two))
        .collect();
    prop_oneof![any::<[u8; 32]>().prop_map(BaseField25519::from_le_bytes), proptest::sample::select(edges)]
}

#[test]
fn sums_agree() {
    let instructions = Instructions::must_compile(SOURCE);
    runner(60)
        .run(&(element(), element(), u64::edges(), i32::edges(), any::<bool>()), |argument| {
            check(&instructions, "sums", &argument, &circuits::sums(me().from_arcis(argument)).to_arcis())
        })
        .unwrap();
}

#[test]
fn what_is_not_below_the_modulus_is_reduced() {
    let instructions = Instructions::must_compile(SOURCE);
    let ones = [0xffu8; 32];
    let argument = (ones, ones, 0u64, 0i32, true);
    let (sums, ..): ([BaseField25519; 5], [bool; 3], (u64, i32, bool)) = instructions.run("sums", &argument);
    // 2^255 - 1 is 18.
    assert_eq!(sums[0], BaseField25519::from_u8(36));
    assert_eq!(<BaseField25519 as Value>::from_bits(&ones.to_bits()), Ok(BaseField25519::from_u8(18)));
}

#[test]
fn products_agree() {
    let instructions = Instructions::must_compile(SOURCE);
    runner(8)
        .run(&(element(), element()), |argument| {
            check(
                &instructions,
                "product",
                &argument,
                &circuits::product(me().from_arcis(argument)).to_arcis(),
            )
        })
        .unwrap();
}
