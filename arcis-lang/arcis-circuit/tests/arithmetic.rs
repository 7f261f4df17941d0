//! Multiplication and division as gates, against plain arithmetic: exhaustively for narrow words, on edge values and at
//! random for wide ones, with operands that are secret, public, constant or extended.

mod common;

use arcis_circuit::gates::{GateProgram, Shape, lower};
use arcis_circuit::testing::words;
use arcis_circuit::{Bits, Circuit, Input, Op, evaluate};
use common::{SHAPES, circuit, function, no_random, public, secret};
use proptest::prelude::*;

/// Quotient and remainder of one pair of words.
fn div_rem(inputs: &[Input], signed: bool) -> Circuit {
    let ops = vec![Op::Div { a: 0, b: 1, signed }, Op::Rem { a: 0, b: 1, signed }];
    let mut both = function(inputs, ops);
    both.outputs = vec![2, 3];
    Circuit { functions: vec![both] }
}

fn run(program: &GateProgram, inputs: &[Bits]) -> Vec<Bits> {
    program.run_clear(inputs, &mut no_random).unwrap()
}

#[test]
fn narrow_divisions_are_exact_for_all_words() {
    for width in [1, 2, 3, 7] {
        all_pairs(width, [secret(width); 2]);
        all_pairs(width, [secret(width), public(width)]);
    }
}

fn all_pairs(width: u32, inputs: [Input; 2]) {
    let circuits = [false, true].map(|signed| div_rem(&inputs, signed));
    let programs = circuits.each_ref().map(|circuit| SHAPES.map(|shape| lower(circuit, shape).unwrap()));
    let len = width as usize;
    for a in 0..1u64 << width {
        for b in 0..1 << width {
            let words = [Bits::from_u64(a, len), Bits::from_u64(b, len)];
            let unsigned = [a.checked_div(b).unwrap_or((1 << width) - 1), a.checked_rem(b).unwrap_or(a)];
            let extend = |word: u64| (word << (64 - width)) as i64 >> (64 - width);
            let (x, y) = (extend(a), extend(b));
            let signed = if b == 0 { [-1, x] } else { [x / y, x % y] };
            let expected = [unsigned, signed.map(|word| word as u64)];
            for (programs, expected) in programs.iter().zip(expected) {
                let expected = expected.map(|word| Bits::from_u64(word, len));
                for program in programs {
                    assert_eq!(run(program, &words), expected, "{a} by {b}, {width} bits");
                }
            }
        }
    }
}

/// The widths at which Goldschmidt's division takes another number of steps or table, and those of Rust's integers.
#[test]
fn divisions_near_multiples_are_exact() {
    for width in [13, 16, 17, 19, 32, 34, 35, 64, 69, 70, 128] {
        let circuit = div_rem(&[secret(width); 2], false);
        let program = lower(&circuit, Shape::Fast).unwrap();
        let len = width as usize;
        let one = Bits::from_u64(1, len);
        let check = |a: Bits, b: Bits| {
            let words = [a, b];
            let expected = evaluate(&circuit, &words, &mut no_random).unwrap();
            assert_eq!(run(&program, &words), expected, "{words:?}");
        };
        // Divisors at both ends of an entry of the table, and of all sizes; dividends that are a multiple, one less, and
        // the largest there is.
        for place in 0..len {
            for pattern in [0u64, 1, 0x0080, 0x00ff, 0x7f80, 0xaaaa, 0xfffe, 0xffff, u64::MAX] {
                let mut divisor = Bits::from_u64(pattern, len);
                divisor = evaluate_one(Op::Shl { a: 0, by: 1 }, &[divisor, Bits::from_u64(place as u64, 16)]);
                let quotient = Bits::ones(len);
                check(quotient.clone(), divisor.clone());
                check(Bits::zeros(len), divisor.clone());
                check(one.clone(), divisor.clone());
                let most = evaluate_one(Op::Div { a: 0, b: 1, signed: false }, &[quotient, divisor.clone()]);
                let multiple = evaluate_one(Op::Mul(0, 1), &[most, divisor.clone()]);
                check(evaluate_one(Op::Sub(0, 1), &[multiple.clone(), one.clone()]), divisor.clone());
                check(multiple, divisor);
            }
        }
    }
}

fn evaluate_one(op: Op, words: &[Bits]) -> Bits {
    let inputs: Vec<_> = words.iter().map(|word| secret(word.len() as u32)).collect();
    evaluate(&circuit(&inputs, vec![op]), words, &mut no_random).unwrap().remove(0)
}

/// Both operands of 64 or 128 bits, divisors of any size.
fn native_pairs() -> impl Strategy<Value = (u128, u128)> {
    (any::<u128>(), any::<u128>(), 0..128u32, 0..128u32).prop_map(|(a, b, x, y)| (a >> x, b >> y))
}

fn native(value: u128, width: u32) -> Bits {
    Bits::from_u128(value, width as usize)
}

#[test]
fn divisions_of_integers_are_those_of_rust() {
    let wide = SHAPES.map(|shape| lower(&div_rem(&[secret(128); 2], false), shape).unwrap());
    let narrow = SHAPES.map(|shape| lower(&div_rem(&[secret(64); 2], true), shape).unwrap());
    let config = ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |((a, b) in native_pairs())| {
        let (quotient, remainder) = (a.checked_div(b).unwrap_or(u128::MAX), a.checked_rem(b).unwrap_or(a));
        for program in &wide {
            let actual = run(program, &[native(a, 128), native(b, 128)]);
            prop_assert_eq!(actual, [native(quotient, 128), native(remainder, 128)]);
        }
        let (x, y) = (a as i64, b as i64);
        let (quotient, remainder) = if y == 0 { (-1, x) } else { (x.wrapping_div(y), x.wrapping_rem(y)) };
        for program in &narrow {
            let actual = run(program, &[native(a, 64), native(b, 64)]);
            prop_assert_eq!(actual, [native(quotient as u128, 64), native(remainder as u128, 64)]);
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn divisions_by_constants_are_exact(a in any::<u64>(), b in any::<u64>(), shift in 0..64u32) {
        let (b, word) = (b >> shift, Bits::from_u64(a, 64));
        let expected = [a.checked_div(b).unwrap_or(u64::MAX), a.checked_rem(b).unwrap_or(a)].map(|word| Bits::from_u64(word, 64));
        for (divisor, shapes) in [(public(64), SHAPES), (secret(64), SHAPES)] {
            for shape in shapes {
                let program = lower(&div_rem(&[secret(64), divisor], false), shape).unwrap();
                prop_assert_eq!(&run(&program, &[word.clone(), Bits::from_u64(b, 64)])[..], &expected[..]);
            }
        }
        let ops = vec![
            Op::Const(Bits::from_u64(b, 64)),
            Op::Div { a: 0, b: 1, signed: false },
            Op::Rem { a: 0, b: 1, signed: false },
        ];
        let mut constant = function(&[secret(64)], ops);
        constant.outputs = vec![2, 3];
        for shape in SHAPES {
            let program = lower(&Circuit { functions: vec![constant.clone()] }, shape).unwrap();
            prop_assert_eq!(&run(&program, std::slice::from_ref(&word))[..], &expected[..]);
        }
    }

    #[test]
    fn products_of_extended_words_are_full(
        (a, b) in (1..100u32, 1..100u32).prop_flat_map(|(a, b)| (words(a), words(b))),
        signs in any::<[bool; 2]>(),
        publics in any::<[bool; 2]>(),
        more in 0..20u32,
    ) {
        let input = |word: &Bits, is_public| {
            let width = word.len() as u32;
            if is_public { public(width) } else { secret(width) }
        };
        let width = a.len() as u32 + b.len() as u32 + more;
        let ops = vec![
            Op::Extend { a: 0, width, signed: signs[0] },
            Op::Extend { a: 1, width, signed: signs[1] },
            Op::Mul(2, 3),
            Op::Mul(2, 2),
        ];
        let mut product = function(&[input(&a, publics[0]), input(&b, publics[1])], ops);
        product.outputs = vec![4, 5];
        let circuit = Circuit { functions: vec![product] };
        let words = [a, b];
        let expected = evaluate(&circuit, &words, &mut no_random).unwrap();
        for shape in SHAPES {
            prop_assert_eq!(&run(&lower(&circuit, shape).unwrap(), &words), &expected);
        }
    }
}
