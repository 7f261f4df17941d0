//! Constant-time modular arithmetic in Montgomery form, for any odd modulus of `64 N` bits less one or more.
//!
//! [Mon85]; multiplication interleaves product and reduction word by word (the "coarsely integrated operand
//! scanning" of Koc, Acar and Kaliski, 1996). Unlike ark-ff's own arithmetic nothing here branches on a
//! value: every final subtraction is made and then selected by a mask.
//!
//! Operands and results are below the modulus, lowest word first, except where said otherwise.

/// `low + a b + carry` as (low word, high word). Cannot overflow two words.
#[inline(always)]
const fn multiply_add(low: u64, a: u64, b: u64, carry: u64) -> (u64, u64) {
    let sum = low as u128 + a as u128 * b as u128 + carry as u128;
    (sum as u64, (sum >> 64) as u64)
}

#[inline(always)]
const fn add_carry(a: u64, b: u64, carry: u64) -> (u64, u64) {
    let sum = a as u128 + b as u128 + carry as u128;
    (sum as u64, (sum >> 64) as u64)
}

/// The difference and, as 0 or 1, what was borrowed.
#[inline(always)]
const fn subtract_borrow(a: u64, b: u64, borrow: u64) -> (u64, u64) {
    let difference = (a as u128).wrapping_sub(b as u128).wrapping_sub(borrow as u128);
    (difference as u64, (difference >> 127) as u64)
}

/// `a` if it is below the modulus, else `a - modulus`, for `a` (with `top` as its next word) below twice the
/// modulus.
#[inline(always)]
fn reduce_once<const N: usize>(a: [u64; N], top: u64, modulus: &[u64; N]) -> [u64; N] {
    let mut reduced = [0; N];
    let mut borrow = 0;
    for k in 0..N {
        (reduced[k], borrow) = subtract_borrow(a[k], modulus[k], borrow);
    }
    let (_, borrow) = subtract_borrow(top, 0, borrow);
    // All ones keeps `a`.
    let keep = core::hint::black_box(0_u64.wrapping_sub(borrow));
    core::array::from_fn(|k| (a[k] & keep) | (reduced[k] & !keep))
}

/// `a + b`.
#[inline(always)]
pub(crate) fn add<const N: usize>(a: &[u64; N], b: &[u64; N], modulus: &[u64; N]) -> [u64; N] {
    let mut sum = [0; N];
    let mut carry = 0;
    for k in 0..N {
        (sum[k], carry) = add_carry(a[k], b[k], carry);
    }
    reduce_once(sum, carry, modulus)
}

/// `a - b`.
#[inline(always)]
pub(crate) fn subtract<const N: usize>(a: &[u64; N], b: &[u64; N], modulus: &[u64; N]) -> [u64; N] {
    let mut difference = [0; N];
    let mut borrow = 0;
    for k in 0..N {
        (difference[k], borrow) = subtract_borrow(a[k], b[k], borrow);
    }
    let add_back = core::hint::black_box(0_u64.wrapping_sub(borrow));
    let mut carry = 0;
    let mut result = [0; N];
    for k in 0..N {
        (result[k], carry) = add_carry(difference[k], modulus[k] & add_back, carry);
    }
    result
}

/// `a b / 2^(64 N)`. One of the operands may be any `N` words; the other is below the modulus.
///
/// `negative_inverse` is `-1 / modulus mod 2^64`.
#[inline(always)]
pub(crate) fn multiply<const N: usize>(
    a: &[u64; N],
    b: &[u64; N],
    modulus: &[u64; N],
    negative_inverse: u64,
) -> [u64; N] {
    let mut sum = [0; N];
    let mut top = 0;
    for &word in b {
        let mut carry = 0;
        for k in 0..N {
            (sum[k], carry) = multiply_add(sum[k], a[k], word, carry);
        }
        let (next, overflow) = add_carry(top, carry, 0);
        let factor = sum[0].wrapping_mul(negative_inverse);
        let (_, mut carry) = multiply_add(sum[0], factor, modulus[0], 0);
        for k in 1..N {
            (sum[k - 1], carry) = multiply_add(sum[k], factor, modulus[k], carry);
        }
        let (last, carry) = add_carry(next, carry, 0);
        sum[N - 1] = last;
        top = overflow + carry;
    }
    reduce_once(sum, top, modulus)
}

/// `base` to a public exponent, by square and multiply; the sequence of operations depends on the exponent
/// alone.
pub(crate) fn power<const N: usize>(
    base: &[u64; N],
    exponent: &[u64; N],
    one: &[u64; N],
    modulus: &[u64; N],
    negative_inverse: u64,
) -> [u64; N] {
    let mut result = *one;
    for word in exponent.iter().rev() {
        for place in (0..64).rev() {
            result = multiply(&result, &result, modulus, negative_inverse);
            if word >> place & 1 == 1 {
                result = multiply(&result, base, modulus, negative_inverse);
            }
        }
    }
    result
}
