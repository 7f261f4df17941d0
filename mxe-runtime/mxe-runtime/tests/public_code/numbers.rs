//! Arithmetic of every width, on extremes and on random numbers.

use proptest::prelude::*;

use crate::Instructions;

macro_rules! arithmetic {
    ($($ty:ident $bytes:literal $wide:ident)*) => {$(
        mod $ty {
            use super::*;

            circuit_module! {
                mod circuits {
                    use arcis::*;

                    #[public]
                    fn operators(a: $ty, b: $ty) -> ([$ty; 9], [bool; 6]) {
                        let mut all = [0; 9];
                        all[0] = a + b;
                        all[1] = a - b;
                        all[2] = a * b;
                        all[3] = a / b;
                        all[4] = a % b;
                        all[5] = a & b;
                        all[6] = a | b;
                        all[7] = a ^ b;
                        all[8] = !a;
                        (all, [a == b, a != b, a < b, a <= b, a > b, a >= b])
                    }

                    #[public]
                    fn shifts(a: $ty, n: u32) -> ([$ty; 6], [u32; 4], [u8; $bytes], [u8; $bytes]) {
                        let mut left = a;
                        left <<= n;
                        (
                            [a << n, a >> n, left, a.rotate_left(n), a.swap_bytes(), a.reverse_bits()],
                            [a.count_ones(), a.leading_zeros(), a.trailing_zeros(), a.count_zeros()],
                            a.to_le_bytes(),
                            a.to_be_bytes(),
                        )
                    }

                    #[public]
                    fn methods(a: $ty, b: $ty) -> ([Option<$ty>; 4], [($ty, bool); 3], [$ty; 6]) {
                        (
                            [a.checked_add(b), a.checked_sub(b), a.checked_mul(b), a.checked_div(b)],
                            [a.overflowing_add(b), a.overflowing_sub(b), a.overflowing_mul(b)],
                            [a.saturating_add(b), a.saturating_sub(b), a.saturating_mul(b), a.min(b), a.max(b), a.pow(3)],
                        )
                    }

                    #[public]
                    fn casts(a: $ty) -> (u8, u16, u32, u64, u128, i8, i16, i32, i64, i128) {
                        (
                            a as u8, a as u16, a as u32, a as u64, a as u128, a as i8, a as i16, a as i32, a as i64, a as i128,
                        )
                    }

                    #[public]
                    fn sums(list: [$ty; 5], from: $wide) -> ($wide, $ty, $ty) {
                        let mut wide = from;
                        let mut product: $ty = 1;
                        for x in list {
                            wide += x as $wide;
                            product *= x;
                        }
                        (wide, product, list.iter().fold(0, |a, b| a ^ *b))
                    }

                    #[instruction]
                    pub fn run_operators(a: $ty, b: $ty) -> ([$ty; 9], [bool; 6]) { operators(a, b) }
                    #[instruction]
                    pub fn run_shifts(a: $ty, n: u32) -> ([$ty; 6], [u32; 4], [u8; $bytes], [u8; $bytes]) { shifts(a, n) }
                    #[instruction]
                    pub fn run_methods(a: $ty, b: $ty) -> ([Option<$ty>; 4], [($ty, bool); 3], [$ty; 6]) { methods(a, b) }
                    #[instruction]
                    pub fn run_casts(a: $ty) -> (u8, u16, u32, u64, u128, i8, i16, i32, i64, i128) { casts(a) }
                    #[instruction]
                    pub fn run_sums(list: [$ty; 5], from: $wide) -> ($wide, $ty, $ty) { sums(list, from) }
                }
            }

            fn numbers() -> BoxedStrategy<$ty> {
                let extremes = [<$ty>::MIN, <$ty>::MAX, 0, 1, (0 as $ty).wrapping_sub(1), <$ty>::MIN + 1, <$ty>::MAX - 1];
                prop_oneof![
                    4 => any::<$ty>(),
                    4 => proptest::sample::select(extremes.to_vec()),
                    2 => (0u8..20).prop_map(|small| small as $ty),
                    1 => (any::<$ty>(), 0u32..128).prop_map(|(x, n)| x.wrapping_shr(n)),
                ]
                .boxed()
            }

            #[test]
            fn wasm_and_native_agree() {
                let instructions = Instructions::must_compile(SOURCE);
                proptest!(ProptestConfig::with_cases(150), |(a in numbers(), b in numbers(), n in 0u32..300, list in [numbers(), numbers(), numbers(), numbers(), numbers()], wide: $wide)| {
                    instructions.check("run_operators", &(a, b), &circuits::run_operators(a, b))?;
                    instructions.check("run_shifts", &(a, n), &circuits::run_shifts(a, n))?;
                    instructions.check("run_methods", &(a, b), &circuits::run_methods(a, b))?;
                    instructions.check("run_casts", &(a,), &circuits::run_casts(a))?;
                    instructions.check("run_sums", &(list, wide), &circuits::run_sums(list, wide))?;
                });
            }
        }
    )*};
}

arithmetic! {
    u8 1 u16
    u16 2 u32
    u32 4 u64
    u64 8 u128
    u128 16 u128
    i8 1 i16
    i16 2 i32
    i32 4 i64
    i64 8 i128
    i128 16 i128
}
