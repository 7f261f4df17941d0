//! GF(2^128) and the polynomial hash over it.
//!
//! Bit `k` of a 16-byte string (bit `k % 8` of byte `k / 8`) is the coefficient of `X^k`; the modulus is
//! `X^128 + X^7 + X^2 + X + 1`. So a little-endian `u128` holds an element with `X^0` in its lowest bit. (GCM
//! uses the same polynomial with the bits of every byte reversed; its test vectors apply after that
//! reversal.)
//!
//! Products are made by the processor's carry-less multiplication where it has one (`simd`), else by a
//! portable constant-time method. Sums of products are reduced once, at their end.

use core::ops::{Add, AddAssign, Mul, MulAssign};

use bytemuck::{Pod, Zeroable as BytesZeroable};
use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroize;

use crate::simd;

/// An element of GF(2^128). `Debug` prints no value: elements are keys, masks and shares more often than not.
#[derive(Clone, Copy, Default, Zeroize, Pod, BytesZeroable)]
#[repr(transparent)]
pub struct Gf128(u128);

impl Gf128 {
    /// The neutral element of addition.
    pub const ZERO: Self = Self(0);
    /// The neutral element of multiplication.
    pub const ONE: Self = Self(1);

    /// Reads 16 bytes; every string is an element.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_le_bytes(bytes))
    }

    /// The 16 bytes of the element.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0.to_le_bytes()
    }

    /// The element whose coefficient of `X^k` is bit `k` of `bits`.
    pub const fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// The coefficients as an integer, that of `X^0` in the lowest bit.
    pub const fn to_bits(self) -> u128 {
        self.0
    }
}

impl core::fmt::Debug for Gf128 {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("Gf128([secret])")
    }
}

impl ConstantTimeEq for Gf128 {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

/// Compares in constant time.
impl PartialEq for Gf128 {
    fn eq(&self, other: &Self) -> bool {
        self.ct_eq(other).into()
    }
}

impl Eq for Gf128 {}

impl Add for Gf128 {
    type Output = Self;

    #[allow(clippy::suspicious_arithmetic_impl)] // Addition in characteristic two.
    fn add(self, other: Self) -> Self {
        Self(self.0 ^ other.0)
    }
}

impl AddAssign for Gf128 {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Mul for Gf128 {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Self(reduce(simd::carryless_product(self.0, other.0)))
    }
}

impl MulAssign for Gf128 {
    fn mul_assign(&mut self, other: Self) {
        *self = *self * other;
    }
}

/// The sum of `x_k y_k` over two lists of one length: products are added as they are and reduced once.
///
/// # Panics
/// If the lists differ in length.
pub fn inner_product(x: &[Gf128], y: &[Gf128]) -> Gf128 {
    Gf128(reduce(simd::sum_of_products(bytemuck::cast_slice(x), bytemuck::cast_slice(y))))
}

/// As [`inner_product`], of words whose bits are the coefficients of elements.
///
/// # Panics
/// If the lists differ in length.
pub fn inner_product_words(x: &[Gf128], y: &[u128]) -> Gf128 {
    Gf128(reduce(simd::sum_of_products(bytemuck::cast_slice(x), y)))
}

/// The first `count` powers of `base`, from `base` itself.
pub fn powers(base: Gf128, count: usize) -> Vec<Gf128> {
    let mut power = Gf128::ONE;
    core::iter::repeat_with(|| {
        power *= base;
        power
    })
    .take(count)
    .collect()
}

/// The universal hash `U_h` of the `length` bits in `bits`.
///
/// The bits are cut into 16-byte blocks, the last one padded with zeros; then `acc = (acc + block) * h` for
/// each block, and the result is `(acc + length) * h`. It has no constant term, so for a fixed length it is
/// linear in the bits up to the additive constant `length * h`, and two strings of `k` bits collide for at
/// most `(k / 128 + 2)` of the 2^128 keys.
///
/// `bits` is hashed as given: that its length is `length.div_ceil(8)` and that bits past `length` are zero is
/// the caller's invariant (the wire types hold it).
pub fn polynomial_hash(h: Gf128, bits: &[u8], length: u32) -> Gf128 {
    let mut accumulator = Gf128::ZERO;
    for block in bits.chunks(16) {
        let mut padded = [0; 16];
        padded[..block.len()].copy_from_slice(block);
        accumulator = (accumulator + Gf128::from_bytes(padded)) * h;
        padded.zeroize();
    }
    (accumulator + Gf128(u128::from(length))) * h
}

/// Reduces a product modulo `X^128 + X^7 + X^2 + X + 1`.
#[inline]
fn reduce((low, high): (u128, u128)) -> u128 {
    // X^128 = X^7 + X^2 + X + 1; what the first fold pushes past X^127 has degree at most 6 and is folded
    // once more.
    let overflow = high >> 127 ^ high >> 126 ^ high >> 121;
    let folded = high ^ overflow;
    low ^ folded ^ folded << 1 ^ folded << 2 ^ folded << 7
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// Multiplication from the definition: shift and add, one bit at a time. Shares no code with the one
    /// under test.
    fn slow_product(x: u128, y: u128) -> u128 {
        let mut power = x;
        let mut sum = 0;
        for k in 0..128 {
            if y >> k & 1 == 1 {
                sum ^= power;
            }
            let leaves = power >> 127 == 1;
            power <<= 1;
            if leaves {
                power ^= 0b1000_0111;
            }
        }
        sum
    }

    /// `U_h` as a sum of powers: bit by bit, without Horner's rule.
    fn slow_hash(h: u128, bits: &[u8], length: u32) -> u128 {
        let blocks = bits.len().div_ceil(16);
        let power = |exponent: usize| (0..exponent).fold(1, |acc, _| slow_product(acc, h));
        let mut sum = slow_product(u128::from(length), h);
        for k in 0..length as usize {
            if bits[k / 8] >> (k % 8) & 1 == 1 {
                sum ^= slow_product(1 << (k % 128), power(blocks - k / 128 + 1));
            }
        }
        sum
    }

    #[test]
    fn agrees_with_the_published_ghash_vector() {
        // NIST SP 800-38D as worked in McGrew and Viega, test case 2: one block of ciphertext under the hash
        // key H = AES-128_0(0); GHASH = (C * H + len) * H. GCM's bytes have their bits reversed relative to
        // ours.
        let reversed = |hex: &str| {
            let mut bytes = [0; 16];
            for (byte, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks(2)) {
                let pair = core::str::from_utf8(pair).expect("ASCII");
                *byte = u8::from_str_radix(pair, 16).expect("a hexadecimal digit pair").reverse_bits();
            }
            Gf128::from_bytes(bytes)
        };
        let h = reversed("66e94bd4ef8a2c3b884cfa59ca342b2e");
        let c = reversed("0388dace60b6a392f328c2b971b2fe78");
        let length = reversed("00000000000000000000000000000080");
        assert_eq!(c * h, reversed("5e2ec746917062882c85b0685353deb7"));
        assert_eq!((c * h + length) * h, reversed("f38cbb1ad69223dcc3457ae5b6b0f885"));
    }

    #[test]
    fn prints_no_value() {
        assert_eq!(format!("{:?}", Gf128::from_bits(0x1234)), "Gf128([secret])");
    }

    proptest! {
        #[test]
        fn multiplication_agrees_with_the_definition(x: u128, y: u128) {
            prop_assert_eq!((Gf128(x) * Gf128(y)).0, slow_product(x, y));
        }

        #[test]
        fn dense_operands_do_not_spill_carries(x in prop::num::u128::ANY, low in 0_u32..128) {
            // All-ones operands make the most summands meet in every lane.
            let dense = u128::MAX << low;
            prop_assert_eq!((Gf128(dense) * Gf128(u128::MAX)).0, slow_product(dense, u128::MAX));
            prop_assert_eq!((Gf128(x) * Gf128(dense)).0, slow_product(x, dense));
        }

        #[test]
        fn inner_products_are_sums_of_products(pairs in vec(any::<(u128, u128)>(), 0..40)) {
            let (x, y): (Vec<_>, Vec<_>) = pairs.iter().map(|(x, y)| (Gf128(*x), Gf128(*y))).unzip();
            let expected = pairs.iter().fold(0, |sum, (x, y)| sum ^ slow_product(*x, *y));
            prop_assert_eq!(inner_product(&x, &y).0, expected);
            let words: Vec<u128> = y.iter().map(|y| y.to_bits()).collect();
            prop_assert_eq!(inner_product_words(&x, &words).0, expected);
        }

        #[test]
        fn powers_begin_with_the_base(x: u128) {
            let powers = powers(Gf128(x), 3);
            prop_assert_eq!(powers, vec![Gf128(x), Gf128(slow_product(x, x)), Gf128(slow_product(slow_product(x, x), x))]);
        }

        #[test]
        fn is_a_commutative_ring(x: u128, y: u128, z: u128) {
            let (x, y, z) = (Gf128(x), Gf128(y), Gf128(z));
            prop_assert_eq!(x * y, y * x);
            prop_assert_eq!((x * y) * z, x * (y * z));
            prop_assert_eq!(x * (y + z), x * y + x * z);
            prop_assert_eq!(x * Gf128::ONE, x);
            prop_assert_eq!(x + x, Gf128::ZERO);
        }

        #[test]
        fn squaring_128_times_is_the_identity(x: u128) {
            let mut power = Gf128(x);
            for _ in 0..128 {
                power *= power;
            }
            prop_assert_eq!(power, Gf128(x));
        }

        #[test]
        fn hash_agrees_with_its_polynomial(h: u128, mut bits in vec(any::<u8>(), 1..70), cut in 0_u32..8) {
            let length = bits.len() as u32 * 8 - cut;
            if let Some(last) = bits.last_mut() {
                *last &= 0xff >> cut;
            }
            prop_assert_eq!(polynomial_hash(Gf128(h), &bits, length).0, slow_hash(h, &bits, length));
        }

        #[test]
        fn hash_tells_lengths_and_trailing_zeros_apart(h in 1_u128.., bits in vec(any::<u8>(), 1..40)) {
            let length = bits.len() as u32 * 8;
            let mut longer = bits.clone();
            longer.push(0);
            let short = polynomial_hash(Gf128(h), &bits, length);
            prop_assert_ne!(short, polynomial_hash(Gf128(h), &longer, length + 8));
        }
    }
}
