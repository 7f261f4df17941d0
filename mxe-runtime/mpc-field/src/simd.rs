//! The processor's vector and carry-less instructions, behind functions that any processor can run.
//!
//! This is the one module of the workspace with `unsafe` in it. Each public function here asks the processor
//! once what it has and runs either its fast version or the portable one; both are tested against each other
//! on the same operands. There are three kinds of `unsafe`:
//!
//! 1. *Calls of functions compiled for instructions beyond the baseline* (`#[target_feature]`). Sound because
//!    each call sits behind `is_x86_feature_detected!` of exactly the features that its callee names.
//! 2. *Loads of vectors from slices* (`_mm512_loadu_si512`, `_mm_loadu_si128`). These intrinsics take
//!    pointers without alignment; each is derived from a slice that is checked to be as long as the load.
//! 3. *Prefetching*, which takes a pointer and reads nothing.
//!
//! Nothing here branches on, or indexes by, a value: the instructions used take the same time for all
//! operands.
//!
//! Processors other than x86-64 run the portable versions.
#![allow(unsafe_code)]

use crate::{Gf128, portable};

/// Names of the processor's features that this crate uses where they are there.
pub fn cpu_features() -> Vec<&'static str> {
    #[cfg(target_arch = "x86_64")]
    {
        let all = [
            ("avx2", is_x86_feature_detected!("avx2")),
            ("avx512f", is_x86_feature_detected!("avx512f")),
            ("pclmulqdq", is_x86_feature_detected!("pclmulqdq")),
            ("vpclmulqdq", is_x86_feature_detected!("vpclmulqdq")),
            ("aes", is_x86_feature_detected!("aes")),
            ("vaes", is_x86_feature_detected!("vaes")),
        ];
        all.into_iter().filter_map(|(name, there)| there.then_some(name)).collect()
    }
    #[cfg(not(target_arch = "x86_64"))]
    Vec::new()
}

/// Asks the processor to load these elements, for when they are needed soon and come from all over memory. A
/// hint: nothing is read, and on processors without it nothing happens.
#[inline]
pub fn prefetch(elements: &[Gf128]) {
    #[cfg(target_arch = "x86_64")]
    for line in elements.chunks(4) {
        use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: the pointer is that of a slice, and prefetching reads nothing; SSE is part of the baseline.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = elements;
}

/// The 255-bit carry-less product as (low, high) halves.
#[inline]
pub(crate) fn carryless_product(x: u128, y: u128) -> (u128, u128) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("pclmulqdq") {
        // SAFETY: the processor has the callee's feature.
        return unsafe { x86::carryless_product(x, y) };
    }
    portable::carryless_product(x, y)
}

/// The sum of the carry-less products of two lists, not yet reduced. The lists have one length.
pub(crate) fn sum_of_products(x: &[u128], y: &[u128]) -> (u128, u128) {
    assert_eq!(x.len(), y.len(), "an inner product is of lists of one length");
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("vpclmulqdq") {
            // SAFETY: the processor has the callee's features (pclmulqdq comes with vpclmulqdq).
            return unsafe { x86::sum_of_products_512(x, y) };
        }
        if is_x86_feature_detected!("pclmulqdq") {
            // SAFETY: the processor has the callee's feature.
            return unsafe { x86::sum_of_products_128(x, y) };
        }
    }
    portable::sum_of_products(x, y)
}

/// Transposes a 128 x 128 bit matrix in place.
#[inline]
pub(crate) fn transpose(rows: &mut [u128; 128]) {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512dq")
        {
            // SAFETY: the processor has the callee's features.
            return unsafe { x86::transpose_512(rows) };
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has the callee's feature.
            return unsafe { x86::transpose_256(rows) };
        }
    }
    portable::transpose(rows);
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use core::arch::x86_64::*;

    use crate::portable;

    #[inline]
    fn load(x: u128) -> __m128i {
        // SAFETY: every 16 bytes are a `__m128i`, and SSE2 is part of x86-64's baseline.
        unsafe { core::mem::transmute(x) }
    }

    #[inline]
    fn store(x: __m128i) -> u128 {
        // SAFETY: every `__m128i` is 16 bytes of plain data.
        unsafe { core::mem::transmute(x) }
    }

    /// Low and high parts and the sum of the two middle products, each of 127 bits.
    #[inline]
    #[target_feature(enable = "pclmulqdq")]
    fn products(x: __m128i, y: __m128i) -> (__m128i, __m128i, __m128i) {
        let low = _mm_clmulepi64_si128::<0x00>(x, y);
        let high = _mm_clmulepi64_si128::<0x11>(x, y);
        let middle = _mm_xor_si128(_mm_clmulepi64_si128::<0x01>(x, y), _mm_clmulepi64_si128::<0x10>(x, y));
        (low, middle, high)
    }

    /// Puts the three sums of [`products`] together: `low + middle X^64 + high X^128`.
    fn join(low: u128, middle: u128, high: u128) -> (u128, u128) {
        (low ^ middle << 64, high ^ middle >> 64)
    }

    #[target_feature(enable = "pclmulqdq")]
    pub(super) fn carryless_product(x: u128, y: u128) -> (u128, u128) {
        let (low, middle, high) = products(load(x), load(y));
        join(store(low), store(middle), store(high))
    }

    #[target_feature(enable = "pclmulqdq")]
    pub(super) fn sum_of_products_128(x: &[u128], y: &[u128]) -> (u128, u128) {
        let mut sums = [_mm_setzero_si128(); 3];
        for (x, y) in x.iter().zip(y) {
            let (low, middle, high) = products(load(*x), load(*y));
            sums[0] = _mm_xor_si128(sums[0], low);
            sums[1] = _mm_xor_si128(sums[1], middle);
            sums[2] = _mm_xor_si128(sums[2], high);
        }
        join(store(sums[0]), store(sums[1]), store(sums[2]))
    }

    #[target_feature(enable = "avx512f,vpclmulqdq,pclmulqdq")]
    pub(super) fn sum_of_products_512(x: &[u128], y: &[u128]) -> (u128, u128) {
        let (x_vectors, x_rest) = x.as_chunks::<4>();
        let (y_vectors, y_rest) = y.as_chunks::<4>();
        let mut low = _mm512_setzero_si512();
        let mut middle = _mm512_setzero_si512();
        let mut high = _mm512_setzero_si512();
        for (x, y) in x_vectors.iter().zip(y_vectors) {
            // SAFETY: both point to four `u128`s, the 64 bytes that are loaded.
            let (x, y) =
                unsafe { (_mm512_loadu_si512(x.as_ptr().cast()), _mm512_loadu_si512(y.as_ptr().cast())) };
            low = _mm512_xor_si512(low, _mm512_clmulepi64_epi128::<0x00>(x, y));
            high = _mm512_xor_si512(high, _mm512_clmulepi64_epi128::<0x11>(x, y));
            // 0x96 is the truth table of the sum of three.
            middle = _mm512_ternarylogic_epi64::<0x96>(
                middle,
                _mm512_clmulepi64_epi128::<0x01>(x, y),
                _mm512_clmulepi64_epi128::<0x10>(x, y),
            );
        }
        let fold = |vector: __m512i| {
            // SAFETY: every `__m512i` is 64 bytes of plain data.
            let lanes: [u128; 4] = unsafe { core::mem::transmute(vector) };
            lanes[0] ^ lanes[1] ^ lanes[2] ^ lanes[3]
        };
        let vectors = join(fold(low), fold(middle), fold(high));
        let rest = sum_of_products_128(x_rest, y_rest);
        (vectors.0 ^ rest.0, vectors.1 ^ rest.1)
    }

    /// The portable code, compiled for 256-bit vectors.
    #[target_feature(enable = "avx2")]
    pub(super) fn transpose_256(rows: &mut [u128; 128]) {
        portable::transpose(rows);
    }

    /// The portable code, compiled for 512-bit vectors.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
    pub(super) fn transpose_512(rows: &mut [u128; 128]) {
        portable::transpose(rows);
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn products_agree_with_the_portable_ones(x: u128, y: u128) {
            prop_assert_eq!(carryless_product(x, y), portable::carryless_product(x, y));
        }

        #[test]
        fn sums_of_products_agree_with_the_portable_ones(pairs in vec(any::<(u128, u128)>(), 0..40)) {
            let (x, y): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
            let expected = portable::sum_of_products(&x, &y);
            prop_assert_eq!(sum_of_products(&x, &y), expected);
            #[cfg(target_arch = "x86_64")]
            if is_x86_feature_detected!("pclmulqdq") {
                // SAFETY: the processor has the callee's feature.
                prop_assert_eq!(unsafe { x86::sum_of_products_128(&x, &y) }, expected);
            }
        }

        #[test]
        fn transpositions_agree_with_the_portable_one(rows in vec(any::<u128>(), 128)) {
            let rows: [u128; 128] = rows.try_into().expect("128 rows");
            let mut expected = rows;
            portable::transpose(&mut expected);
            let mut actual = rows;
            transpose(&mut actual);
            prop_assert_eq!(actual, expected);
            #[cfg(target_arch = "x86_64")]
            if is_x86_feature_detected!("avx2") {
                let mut actual = rows;
                // SAFETY: the processor has the callee's feature.
                unsafe { x86::transpose_256(&mut actual) };
                prop_assert_eq!(actual, expected);
            }
        }
    }
}
