//! Fixed-point functions against exact arithmetic on 200 places, with the bounds that are documented.

#![allow(dead_code, reason = "each test uses a part")]

use arcis_circuit::library::{FixedFormat, FixedFunction};
use num_bigint::{BigInt, Sign};
use proptest::prelude::*;

/// The greatest number, in steps.
pub fn greatest(format: FixedFormat) -> i128 {
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
pub fn exact(function: FixedFunction, x: &BigInt, y: Option<&BigInt>) -> Option<BigInt> {
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
pub fn bound(format: FixedFormat, function: FixedFunction, result: &BigInt) -> BigInt {
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

/// Checks one result in steps; gives the error in units of the bound.
///
/// # Panics
/// When it is outside the bound.
pub fn judge(format: FixedFormat, function: FixedFunction, inputs: &[i128], result: i128) -> f64 {
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
pub fn numbers(format: FixedFormat) -> impl Strategy<Value = i128> {
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
