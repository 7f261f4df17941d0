//! The reference evaluator and the gates of every operation, against Rust's integers and against a bit-serial model.

mod common;

use arcis_circuit::testing::words;
use arcis_circuit::{Bits, EvaluateError, Op, Value, evaluate};
use common::{must_run, no_random, one_op, secret};
use proptest::prelude::*;

/// The result of an operation on words given as Rust values, by the evaluator and by the gates of both shapes.
fn run<R: Value>(op: Op, operands: &[Bits]) -> R {
    R::from_bits(&must_run(&op, operands)).unwrap()
}

/// Every operation on two integers of a type, against the type's own operators; so many cases, since gates of wide
/// words are many.
macro_rules! native {
    ($($test:ident: $integer:ty, $signed:literal, $cases:literal;)*) => {$(
        proptest! {
            #![proptest_config(ProptestConfig::with_cases($cases))]
            #[test]
            fn $test(
                a in words(<$integer>::BITS),
                b in words(<$integer>::BITS),
                c: bool,
                near in -2i8..=2,
            ) {
                type T = $integer;
                let signed = $signed;
                let [x, y] = [&a, &b].map(|word| T::from_bits(word).unwrap());
                // Neighbours of each other, where comparisons and divisions turn.
                for y in [y, x.wrapping_add(near as T)] {
                    let words = [x.to_bits(), y.to_bits()];
                    let binary = |op| run::<T>(op, &words);
                    prop_assert_eq!(binary(Op::Add(0, 1)), x.wrapping_add(y));
                    prop_assert_eq!(binary(Op::Sub(0, 1)), x.wrapping_sub(y));
                    prop_assert_eq!(binary(Op::Mul(0, 1)), x.wrapping_mul(y));
                    prop_assert_eq!(binary(Op::Neg(0)), x.wrapping_neg());
                    prop_assert_eq!(binary(Op::Not(0)), !x);
                    prop_assert_eq!(binary(Op::Xor(0, 1)), x ^ y);
                    prop_assert_eq!(binary(Op::And(0, 1)), x & y);
                    prop_assert_eq!(binary(Op::Or(0, 1)), x | y);
                    prop_assert_eq!(binary(Op::Reveal(0)), x);
                    let (quotient, remainder) =
                        if y == 0 { (!0, x) } else { (x.wrapping_div(y), x.wrapping_rem(y)) };
                    prop_assert_eq!(binary(Op::Div { a: 0, b: 1, signed }), quotient);
                    prop_assert_eq!(binary(Op::Rem { a: 0, b: 1, signed }), remainder);
                    prop_assert_eq!(run::<bool>(Op::Eq(0, 1), &words), x == y);
                    prop_assert_eq!(run::<bool>(Op::Less { a: 0, b: 1, signed }, &words), x < y);
                    let select = Op::Select { condition: 2, when_true: 0, when_false: 1 };
                    prop_assert_eq!(run::<T>(select, &[x.to_bits(), y.to_bits(), c.to_bits()]), if c { x } else { y });
                }
                let by = near.unsigned_abs() as u32 * (T::BITS / 2) + u32::from(c);
                for by in [by, u32::from(y as u8)] {
                    let words = [x.to_bits(), by.to_bits()];
                    prop_assert_eq!(run::<T>(Op::Shl { a: 0, by: 1 }, &words), x.checked_shl(by).unwrap_or(0));
                    let zero_or_sign = if signed { x >> (T::BITS - 1) } else { 0 };
                    let right = if signed { Op::Sar { a: 0, by: 1 } } else { Op::Shr { a: 0, by: 1 } };
                    prop_assert_eq!(run::<T>(right, &words), x.checked_shr(by).unwrap_or(zero_or_sign));
                }
            }
        }
    )*};
}

native! {
    u8_as_in_rust: u8, false, 200;
    u16_as_in_rust: u16, false, 50;
    u32_as_in_rust: u32, false, 15;
    u64_as_in_rust: u64, false, 8;
    u128_as_in_rust: u128, false, 3;
    i8_as_in_rust: i8, true, 200;
    i16_as_in_rust: i16, true, 50;
    i32_as_in_rust: i32, true, 15;
    i64_as_in_rust: i64, true, 8;
    i128_as_in_rust: i128, true, 3;
}

/// A word as plain bits, lowest first, with the arithmetic of paper and pencil.
#[derive(Clone, Debug, PartialEq)]
struct Serial(Vec<bool>);

impl Serial {
    fn of(bits: &Bits) -> Self {
        Self(bits.iter().collect())
    }

    fn zero(&self) -> Self {
        Self(vec![false; self.0.len()])
    }

    fn not(&self) -> Self {
        Self(self.0.iter().map(|bit| !bit).collect())
    }

    fn add(&self, other: &Self, mut carry: bool) -> Self {
        let digits = self.0.iter().zip(&other.0).map(|(&a, &b)| {
            let sum = u8::from(a) + u8::from(b) + u8::from(carry);
            carry = sum > 1;
            sum % 2 == 1
        });
        Self(digits.collect())
    }

    fn neg(&self) -> Self {
        self.zero().add(&self.not(), true)
    }

    fn mul(&self, other: &Self) -> Self {
        let width = self.0.len();
        (0..width).filter(|&place| other.0[place]).fold(self.zero(), |sum, place| {
            let mut row = vec![false; place];
            row.extend(&self.0[..width - place]);
            sum.add(&Self(row), false)
        })
    }

    fn less(&self, other: &Self) -> bool {
        self.0.iter().rev().lt(other.0.iter().rev())
    }

    fn top(&self) -> bool {
        self.0.last() == Some(&true)
    }

    fn less_signed(&self, other: &Self) -> bool {
        if self.top() == other.top() { self.less(other) } else { self.top() }
    }

    fn abs(&self) -> Self {
        if self.top() { self.neg() } else { self.clone() }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5))]
    #[test]
    fn any_width_as_on_paper(
        (a, b) in prop_oneof![Just(1u32), Just(2), Just(7), Just(65), Just(128), Just(255), Just(256), 1..=256u32]
            .prop_flat_map(|width| (words(width), prop_oneof![words(width), (1..=width).prop_flat_map(move |low| {
                words(low).prop_map(move |word| Bits::concat([&word, &Bits::zeros((width - low) as usize)]))
            })])),
        swap: bool,
    ) {
        let (a, b) = if swap { (b, a) } else { (a, b) };
        let operands = [a.clone(), b.clone()];
        let run = |op| Serial::of(&must_run(&op, &operands));
        let (x, y) = (Serial::of(&a), Serial::of(&b));
        prop_assert_eq!(run(Op::Add(0, 1)), x.add(&y, false));
        prop_assert_eq!(run(Op::Sub(0, 1)), x.add(&y.not(), true));
        prop_assert_eq!(run(Op::Neg(0)), x.neg());
        prop_assert_eq!(run(Op::Mul(0, 1)), x.mul(&y));
        prop_assert_eq!(run(Op::Eq(0, 1)), Serial(vec![a == b]));
        prop_assert_eq!(run(Op::Less { a: 0, b: 1, signed: false }), Serial(vec![x.less(&y)]));
        prop_assert_eq!(run(Op::Less { a: 0, b: 1, signed: true }), Serial(vec![x.less_signed(&y)]));
        for signed in [false, true] {
            let quotient = run(Op::Div { a: 0, b: 1, signed });
            let remainder = run(Op::Rem { a: 0, b: 1, signed });
            if b.is_zero() {
                prop_assert_eq!(quotient, x.zero().not());
                prop_assert_eq!(remainder, x.clone());
                continue;
            }
            // Quotient and remainder are the only ones with these properties.
            prop_assert_eq!(quotient.mul(&y).add(&remainder, false), x.clone());
            if signed {
                prop_assert!(remainder.abs().less(&y.abs()));
                prop_assert!(remainder == x.zero() || remainder.top() == x.top());
            } else {
                prop_assert!(remainder.less(&y));
            }
        }
        if !b.is_zero() {
            // What the remainder's size leaves open for unsigned words: that q * b does not wrap.
            let quotient = must_run(&Op::Div { a: 0, b: 1, signed: false }, &operands);
            let wide = |bits: &Bits| Serial::of(&Bits::concat([bits, &Bits::zeros(bits.len())]));
            let product = wide(&quotient).mul(&wide(&b));
            prop_assert!(!wide(&a).less(&product));
        }
    }

    #[test]
    fn moving_bits(word in (1..300u32).prop_flat_map(words), n: [u16; 3], signed: bool) {
        let width = word.len();
        let bits: Vec<bool> = word.iter().collect();
        let operands = [word.clone(), Bits::from_u64(n[0].into(), 1 + usize::from(n[1]) % 16)];
        let run = |op| must_run(&op, &operands).iter().collect::<Vec<_>>();

        let offset = usize::from(n[0]) % width;
        let len = 1 + usize::from(n[1]) % (width - offset);
        let slice = Op::Slice { a: 0, offset: offset as u32, width: len as u32 };
        prop_assert_eq!(run(slice), &bits[offset..offset + len]);

        let wider = width + usize::from(n[2] % 100);
        let fill = signed && bits[width - 1];
        let extended: Vec<_> = bits.iter().copied().chain(std::iter::repeat(fill)).take(wider).collect();
        prop_assert_eq!(run(Op::Extend { a: 0, width: wider as u32, signed }), extended);

        let by: Vec<bool> = operands[1].iter().collect();
        let concat = [&by[..], &bits[..], &by[..]].concat();
        prop_assert_eq!(run(Op::Concat(vec![1, 0, 1])), concat);

        let places = operands[1].to_u64().unwrap() as usize;
        let at = |index: Option<usize>, fill| index.and_then(|index| bits.get(index).copied()).unwrap_or(fill);
        let left: Vec<_> = (0..width).map(|index| at(index.checked_sub(places), false)).collect();
        prop_assert_eq!(run(Op::Shl { a: 0, by: 1 }), left);
        for (op, fill) in [(Op::Shr { a: 0, by: 1 }, false), (Op::Sar { a: 0, by: 1 }, bits[width - 1])] {
            let right: Vec<_> = (0..width).map(|index| at(Some(index + places), fill)).collect();
            prop_assert_eq!(run(op), right);
        }
    }
}

#[test]
fn inputs_that_do_not_fit_are_refused() {
    let circuit = one_op(Op::Add(0, 1), &[secret(8), secret(8)]);
    let word = |width| Bits::zeros(width);
    assert_eq!(
        evaluate(&circuit, &[word(8)], &mut no_random),
        Err(EvaluateError::InputCount { expected: 2, actual: 1 })
    );
    assert_eq!(
        evaluate(&circuit, &[word(8), word(9)], &mut no_random),
        Err(EvaluateError::InputWidth { index: 1, expected: 8, actual: 9 })
    );
    let circuit = one_op(Op::Random { width: 5 }, &[]);
    assert_eq!(
        evaluate(&circuit, &[], &mut |_| Bits::zeros(4)),
        Err(EvaluateError::RandomWidth { expected: 5, actual: 4 })
    );
}
