// What public code does in its own way: it runs once, in the clear, so that the shortest way is the best one. Circuits do
// none of this; the compiler's WebAssembly calls these by their names (`public/calls.rs`, `public/numbers.rs`).

extern "C" {
    fn __in_the_clear() -> bool;
}

fn __clear_div_u128(a: u128, b: u128) -> u128 {
    if b == 0 { !0 } else { __clear_divide(a, b).0 }
}
fn __clear_rem_u128(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { __clear_divide(a, b).1 }
}
fn __clear_div_i128(a: i128, b: i128) -> i128 {
    if b == 0 {
        -1
    } else {
        let quotient = __clear_divide(a.unsigned_abs(), b.unsigned_abs()).0 as i128;
        if (a < 0) != (b < 0) { 0 - quotient } else { quotient }
    }
}
fn __clear_rem_i128(a: i128, b: i128) -> i128 {
    if b == 0 {
        a
    } else {
        let remainder = __clear_divide(a.unsigned_abs(), b.unsigned_abs()).1 as i128;
        if a < 0 { 0 - remainder } else { remainder }
    }
}
/// Quotient and remainder by a number that is not zero: one bit after another, or at once where both have 64 bits.
fn __clear_divide(a: u128, b: u128) -> (u128, u128) {
    if a >> 64 == 0 && b >> 64 == 0 {
        let (a, b) = (a as u64, b as u64);
        return ((a / b) as u128, (a % b) as u128);
    }
    if a < b {
        return (0, a);
    }
    let places = __leading_zeros(b) - __leading_zeros(a);
    let mut divisor = b << places;
    let mut rest = a;
    let mut quotient = 0u128;
    let mut left = places + 1;
    while left > 0 {
        quotient = quotient << 1;
        if rest >= divisor {
            rest = rest - divisor;
            quotient = quotient | 1;
        }
        divisor = divisor >> 1;
        left = left - 1;
    }
    (quotient, rest)
}
fn __clear_reverse_bits<T>(value: T) -> T {
    let mut rest = value;
    let mut reversed: T = 0;
    let mut left = T::BITS;
    while left > 0 {
        reversed = reversed << 1 | rest & 1;
        rest = rest >> 1;
        left = left - 1;
    }
    reversed
}
fn __clear_overflowing_add<T>(a: T, b: T) -> (T, bool) {
    let sum = a + b;
    let signed = T::MIN != 0;
    (sum, if signed { ((a ^ sum) & (b ^ sum)) < 0 } else { sum < a })
}
fn __clear_overflowing_sub<T>(a: T, b: T) -> (T, bool) {
    let difference = a - b;
    let signed = T::MIN != 0;
    (difference, if signed { ((a ^ b) & (a ^ difference)) < 0 } else { a < b })
}
fn __clear_overflowing_mul<T>(a: T, b: T) -> (T, bool) {
    let product = a * b;
    // Dividing the least number by -1 wraps, and would seem to fit.
    let least = T::MIN != 0 && (a == T::MIN && b == !0 || b == T::MIN && a == !0);
    (product, least || a != 0 && product / a != b)
}
fn __clear_multiply_wide<T>(a: T, b: T) -> (T, T) {
    let half = T::BITS / 2;
    let mask = !(!(0 as T) << half);
    let (a_high, b_high) = (a >> half, b >> half);
    let (a_low, b_low) = (a & mask, b & mask);
    let low = a_low * b_low;
    let middle = a_high * b_low + (low >> half & mask);
    let other = a_low * b_high + (middle & mask);
    (a * b, a_high * b_high + (middle >> half) + (other >> half))
}
fn __clear_tree<T, F: Fn(T, T) -> T>(list: Box<[T]>, function: F) -> Option<T> {
    let count = list.len();
    if count == 0 {
        return None;
    }
    let mut result = __copy(&list[0]);
    let mut place = 1;
    while place < count {
        result = function(result, __copy(&list[place]));
        place = place + 1;
    }
    Some(result)
}
