//! Numbers for tables, computed in integers with 120 places: the same on every machine, and wrong only in the last few.

/// A number from 0 to 256, times 2^120.
pub(super) type Real = u128;

/// Places of a [`Real`].
pub(super) const PLACES: u32 = 120;
const ONE: Real = 1 << PLACES;

/// `a b`, rounded down.
fn multiply(a: Real, b: Real) -> Real {
    const LOW: u128 = u64::MAX as u128;
    let (a0, a1, b0, b1) = (a & LOW, a >> 64, b & LOW, b >> 64);
    let low = a0 * b0;
    // What goes into the middle 64 bits, without what overflows.
    let middle = (low >> 64) + ((a0 * b1) & LOW) + ((a1 * b0) & LOW);
    let high = a1 * b1 + ((a0 * b1) >> 64) + ((a1 * b0) >> 64) + (middle >> 64);
    let bottom = middle << 64 | (low & LOW);
    high << (128 - PLACES) | bottom >> PLACES
}

/// `numerator / denominator`, both less than 2^64, the quotient less than 256; rounded down.
pub(super) fn ratio(numerator: u128, denominator: u128) -> Real {
    let mut rest = numerator % denominator;
    let mut quotient = numerator / denominator;
    for _ in 0..PLACES {
        rest *= 2;
        quotient = quotient << 1 | u128::from(rest >= denominator);
        rest %= denominator;
    }
    quotient
}

/// `ln(numerator / denominator)` for one to two: twice the area hyperbolic tangent of (n - d) / (n + d).
pub(super) fn ln(numerator: u128, denominator: u128) -> Real {
    let z = ratio(numerator - denominator, numerator + denominator);
    let square = multiply(z, z);
    let (mut power, mut sum) = (z, 0);
    for odd in (1..).step_by(2) {
        if power == 0 {
            break;
        }
        sum += power / odd;
        power = multiply(power, square);
    }
    2 * sum
}

/// `log2(numerator / denominator)` for one to two.
pub(super) fn log2(numerator: u128, denominator: u128) -> Real {
    multiply(ln(numerator, denominator), log2_e())
}

/// The natural logarithm of two.
pub(super) fn ln_2() -> Real {
    ln(2, 1)
}

/// The logarithm of e to base two: what ln 2 times makes one, by Newton's iteration.
pub(super) fn log2_e() -> Real {
    let ln_2 = ln_2();
    let mut inverse = 3 * ONE / 2;
    for _ in 0..8 {
        inverse = multiply(inverse, 2 * ONE - multiply(ln_2, inverse));
    }
    inverse
}

/// Two to the power of a number below one, by the series of e.
pub(super) fn exp2(power: Real) -> Real {
    let x = multiply(power, ln_2());
    let (mut term, mut sum) = (ONE, ONE);
    for n in 1.. {
        term = multiply(term, x) / n;
        if term == 0 {
            break;
        }
        sum += term;
    }
    sum
}

/// A number at fewer places, rounded down.
pub(super) fn at_places(real: Real, places: u32) -> u128 {
    real >> (PLACES - places)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to_f64(real: Real) -> f64 {
        real as f64 / ONE as f64
    }

    #[test]
    fn constants_are_those_of_the_standard_library() {
        let near = |real: Real, float: f64| {
            assert!((to_f64(real) - float).abs() < 1e-15, "{} {float}", to_f64(real))
        };
        near(ln_2(), std::f64::consts::LN_2);
        near(log2_e(), std::f64::consts::LOG2_E);
        for (numerator, denominator) in [(1, 1), (3, 2), (257, 256), (511, 256), (1000, 999)] {
            let quotient = numerator as f64 / denominator as f64;
            near(ratio(numerator, denominator), quotient);
            near(ln(numerator, denominator), quotient.ln());
            near(log2(numerator, denominator), quotient.log2());
        }
        for power in [0.0, 0.5, 0.25, 0.999, 1e-5] {
            near(exp2((power * ONE as f64) as u128), power.exp2());
        }
        // 2^(1/2) squared, log2(e) ln(2): far beyond the places of an f64.
        assert!((2 * ONE).abs_diff(multiply(exp2(ONE / 2), exp2(ONE / 2))) < 1 << 12);
        assert!(ONE.abs_diff(multiply(log2_e(), ln_2())) < 1 << 12);
    }
}
