//! Fixed-point functions: their error against arithmetic on 200 places, gates against the evaluator, and their costs.

mod common;

use arcis_circuit::gates::{Cost, cost, lower};
use arcis_circuit::library::{FixedFormat, FixedFunction, Gadget, Library};
use arcis_circuit::{Bits, Circuit, Function, Op, evaluate};
use common::{SHAPES, no_random, secret};
use num_bigint::{BigInt, Sign};
use proptest::prelude::*;

const FORMATS: [FixedFormat; 2] = [FixedFormat::F32, FixedFormat::F64];

fn circuit_of(format: FixedFormat, function: FixedFunction) -> Circuit {
    let mut library = Library::new();
    let callee = library.require(&Gadget::Fixed { format, function });
    let arity = function.arity() as u32;
    let mut functions = library.into_functions();
    functions.push(Function {
        name: "main".to_owned(),
        inputs: vec![secret(format.width()); arity as usize],
        ops: vec![Op::Call { function: callee, args: (0..arity).collect() }],
        outputs: vec![arity],
    });
    Circuit { functions }
}

/// A number of so many steps.
fn word(format: FixedFormat, steps: i128) -> Bits {
    Bits::from_u128(steps as u128, format.width() as usize)
}

fn steps(format: FixedFormat, word: &Bits) -> i128 {
    let unused = 128 - format.width();
    (word.to_u128().unwrap() << unused) as i128 >> unused
}

fn greatest(format: FixedFormat) -> i128 {
    i128::MAX >> (128 - format.width())
}

/// Real numbers with 200 places.
mod real {
    use num_bigint::BigInt;

    pub const PLACES: u32 = 200;

    pub fn one() -> BigInt {
        BigInt::from(1) << PLACES
    }

    pub fn mul(a: &BigInt, b: &BigInt) -> BigInt {
        (a * b) >> PLACES
    }

    pub fn div(a: &BigInt, b: &BigInt) -> BigInt {
        (a << PLACES) / b
    }

    /// By the series, after halving the power ten times; of a power of more than 200 that of 200, which is out of range.
    pub fn exp(x: &BigInt) -> BigInt {
        let most: BigInt = one() * 200;
        let x = &x.clone().clamp(-most.clone(), most);
        let small: BigInt = x >> 10;
        let (mut term, mut sum) = (one(), one());
        for n in 1.. {
            term = mul(&term, &small) / n;
            if term.bits() < 2 {
                break;
            }
            sum += &term;
        }
        (0..10).fold(sum, |power, _| mul(&power, &power))
    }

    /// What it is the exponential of, by Newton's iteration from a float.
    pub fn ln(x: &BigInt) -> BigInt {
        let bits = x.bits();
        let (top, exponent) = (x >> (bits - 60), bits as i64 - 60 - i64::from(PLACES));
        let top = top.iter_u64_digits().next().unwrap() as f64;
        let guess = top.ln() + exponent as f64 * std::f64::consts::LN_2;
        let mut y = BigInt::from((guess * 2f64.powi(60)) as i128) << (PLACES - 60);
        for _ in 0..4 {
            // y + 2 (x - e^y) / (x + e^y).
            let power = exp(&y);
            y += div(&((x - &power) * 2), &(x + &power));
        }
        y
    }
}

/// What a function should give; `None` where it is not defined.
fn exact(function: FixedFunction, x: &BigInt, y: Option<&BigInt>) -> Option<BigInt> {
    let zero = BigInt::from(0);
    let positive = *x > zero;
    let one = real::one();
    let ln_2 = || real::ln(&(&one * 2));
    match (function, y) {
        (FixedFunction::Mul, Some(y)) => Some(real::mul(x, y)),
        (FixedFunction::Div, Some(y)) => (*y != zero).then(|| real::div(x, y)),
        (FixedFunction::Sqrt, _) => (*x >= zero).then(|| (x << real::PLACES).sqrt()),
        (FixedFunction::Exp, _) => Some(real::exp(x)),
        (FixedFunction::Exp2, _) => Some(real::exp(&real::mul(x, &ln_2()))),
        (FixedFunction::Ln, _) => positive.then(|| real::ln(x)),
        (FixedFunction::Log2, _) => positive.then(|| real::div(&real::ln(x), &ln_2())),
        (FixedFunction::Sigmoid, _) => Some(real::div(&one, &(&one + real::exp(&-x)))),
        (FixedFunction::Logit, _) => (positive && *x < one).then(|| real::ln(x) - real::ln(&(&one - x))),
        _ => unreachable!(),
    }
}

/// Bounds of the error: of steps, and further places relative to the result, to the power of minus which the result
/// counts.
fn bound(format: FixedFormat, function: FixedFunction, result: &BigInt) -> BigInt {
    let step = real::one() >> format.fraction();
    let more = |places: u32| real::one() >> (format.fraction() + places);
    let relative = |places: u32| real::mul(&abs(result), &more(places));
    match function {
        FixedFunction::Mul => step,
        FixedFunction::Div | FixedFunction::Sqrt => step + relative(6),
        FixedFunction::Exp | FixedFunction::Exp2 => step + relative(5),
        FixedFunction::Ln | FixedFunction::Log2 | FixedFunction::Sigmoid => step + more(5),
        FixedFunction::Logit => step + more(4),
    }
}

fn abs(x: &BigInt) -> BigInt {
    if x.sign() == Sign::Minus { -x } else { x.clone() }
}

/// Checks one result; gives the error in units of the bound.
fn check(format: FixedFormat, function: FixedFunction, circuit: &Circuit, inputs: &[i128]) -> f64 {
    let words: Vec<_> = inputs.iter().map(|&steps| word(format, steps)).collect();
    let result = steps(format, &evaluate(circuit, &words, &mut no_random).unwrap()[0]);
    let scale = |steps: i128| BigInt::from(steps) << (real::PLACES - format.fraction());
    let reals: Vec<_> = inputs.iter().map(|&steps| scale(steps)).collect();
    let Some(exact) = exact(function, &reals[0], reals.get(1)) else {
        let expected = match function {
            FixedFunction::Sqrt => 0,
            FixedFunction::Div if inputs[0] < 0 => -greatest(format),
            FixedFunction::Ln | FixedFunction::Log2 => -greatest(format),
            FixedFunction::Logit if inputs[0] <= 0 => -greatest(format),
            _ => greatest(format),
        };
        assert_eq!(result, expected, "{function:?} of {inputs:?}");
        return 0.0;
    };
    if abs(&exact) >= scale(greatest(format)) {
        if function != FixedFunction::Mul {
            let expected = if exact.sign() == Sign::Minus { -greatest(format) } else { greatest(format) };
            // Just below, a rounded result may still be the greatest number.
            let error = (result - expected).unsigned_abs() as f64 / greatest(format) as f64;
            assert!(error < 2f64.powi(-(format.fraction() as i32)), "{function:?} of {inputs:?}: {result}");
        }
        return 0.0;
    }
    let error = abs(&(scale(result) - &exact));
    let bound = bound(format, function, &exact);
    assert!(
        error <= bound,
        "{format:?} {function:?} of {inputs:?} is {result} steps, wrong by {error} of {bound}"
    );
    let unit: BigInt = &bound >> 40;
    (&error / unit).iter_u64_digits().next().unwrap_or(0) as f64 / 2f64.powi(40)
}

/// Numbers of all sizes, and those about which functions turn.
fn numbers(format: FixedFormat) -> impl Strategy<Value = i128> {
    let (width, fraction) = (format.width(), format.fraction());
    let one = 1i128 << fraction;
    prop_oneof![
        4 => (any::<i128>(), 129 - width..128).prop_map(|(steps, down)| steps >> down),
        2 => -(8i128 << fraction)..8i128 << fraction,
        1 => (0..width - 1, -2..3i128).prop_map(|(place, off)| (1i128 << place).wrapping_add(off)),
        1 => proptest::sample::select(vec![
            0, 1, -1, 2, one, one - 1, one + 1, -one, 2 * one, one / 2, i128::MAX >> (128 - width),
            -(i128::MAX >> (128 - width)), 127 * one, 128 * one, -128 * one, 74 * one, 75 * one, 38 * one, 39 * one,
        ]),
    ]
}

const FUNCTIONS: [FixedFunction; 9] = [
    FixedFunction::Mul,
    FixedFunction::Div,
    FixedFunction::Sqrt,
    FixedFunction::Exp2,
    FixedFunction::Exp,
    FixedFunction::Log2,
    FixedFunction::Ln,
    FixedFunction::Sigmoid,
    FixedFunction::Logit,
];

/// Quotients just inside and just outside the range.
#[test]
fn quotients_at_the_end_of_the_range() {
    for format in FORMATS {
        let circuit = circuit_of(format, FixedFunction::Div);
        let (width, fraction) = (format.width(), format.fraction());
        for divisor in [1i128, 3, 513, (1 << 10) - 1, (1 << fraction) - 1, 1 << fraction] {
            // The dividend whose quotient is the end of the range.
            let end = (BigInt::from(divisor) << (width - 1)) >> fraction;
            let end = i128::try_from(end).unwrap_or(i128::MAX);
            for off in -3..=3 {
                let dividend = end.saturating_add(off).min(greatest(format));
                check(format, FixedFunction::Div, &circuit, &[dividend, divisor]);
                check(format, FixedFunction::Div, &circuit, &[dividend, -divisor]);
            }
        }
    }
}

fn errors_are_bounded(function: FixedFunction) {
    for format in FORMATS {
        let circuit = circuit_of(format, function);
        let worst = std::cell::Cell::new(0f64);
        let config = ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() };
        proptest!(config, |(x in numbers(format), y in numbers(format))| {
            let inputs = &[x, y][..function.arity()];
            worst.set(worst.get().max(check(format, function, &circuit, inputs)));
            if function == FixedFunction::Logit {
                // Between zero and one.
                let inside = x & ((1 << format.fraction()) - 1);
                worst.set(worst.get().max(check(format, function, &circuit, &[inside])));
            }
        });
        println!("{format:?} {function:?}: at most {:.3} of the bound", worst.get());
    }
}

macro_rules! bounded {
    ($($test:ident: $function:ident;)*) => {$(
        #[test]
        fn $test() {
            errors_are_bounded(FixedFunction::$function);
        }
    )*};
}

bounded! {
    products: Mul;
    quotients: Div;
    square_roots: Sqrt;
    powers_of_two: Exp2;
    powers_of_e: Exp;
    binary_logarithms: Log2;
    natural_logarithms: Ln;
    sigmoids: Sigmoid;
    logits: Logit;
}

#[test]
fn gates_compute_the_same() {
    for format in FORMATS {
        for function in FUNCTIONS {
            let circuit = circuit_of(format, function);
            let programs = SHAPES.map(|shape| lower(&circuit, shape).unwrap());
            proptest!(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() }, |(x in numbers(format), y in numbers(format))| {
                let inputs: Vec<_> = [x, y][..function.arity()].iter().map(|&x| word(format, x)).collect();
                let expected = evaluate(&circuit, &inputs, &mut no_random).unwrap();
                for program in &programs {
                    prop_assert_eq!(&program.run_clear(&inputs, &mut no_random).unwrap(), &expected);
                }
            });
        }
    }
}

#[test]
fn functions_take_few_rounds() {
    for format in FORMATS {
        for function in FUNCTIONS {
            let circuit = circuit_of(format, function);
            let [small, fast]: [Cost; 2] = SHAPES.map(|shape| cost(&lower(&circuit, shape).unwrap()));
            println!(
                "{format:?} {function:?}: small {} / {}, fast {} / {}",
                small.ands, small.and_rounds, fast.ands, fast.and_rounds
            );
            let most = match function {
                FixedFunction::Mul => 20,
                FixedFunction::Div => 120,
                FixedFunction::Sqrt => 140,
                FixedFunction::Exp2 | FixedFunction::Exp => 100,
                FixedFunction::Log2 | FixedFunction::Ln | FixedFunction::Logit => 110,
                FixedFunction::Sigmoid => 180,
            };
            assert!(fast.and_rounds <= most, "{format:?} {function:?}: {}", fast.and_rounds);
            assert!(fast.ands < 6 * small.ands);
        }
    }
}
