//! Prime fields of about 255 bits: [`Scalar`], the integers modulo the order of curve25519's prime-order
//! group, and [`Base25519`], the integers modulo 2^255 - 19.
//!
//! The types are ark-ff's `Fp`, so that whatever is written over `ark_ff::PrimeField` runs on them. The
//! arithmetic is ours (`montgomery`): ark-ff's branches on values. Overridden are addition,
//! subtraction, doubling, negation, multiplication, squaring, inversion, sums of products and conversion out
//! of Montgomery form. Everything else of ark-ff's interface (`pow` of a secret exponent, square roots,
//! `Ord`, `Display`, parsing) takes time that depends on values and is not for secrets; nor is `Debug`, which
//! prints the value.

use ark_ff::{BigInt, Fp, MontBackend, MontConfig, PrimeField};
use subtle::{Choice, ConditionallySelectable, CtOption};
use zeroize::{Zeroize, Zeroizing};

use crate::montgomery;

/// Four words, lowest first.
type Words = [u64; 4];

/// What protocols need of a field of scalars beyond ark-ff's `PrimeField`: bytes and selection in constant
/// time.
pub trait ScalarField: PrimeField + Zeroize {
    /// Reads 32 bytes, lowest first; refuses what is not below the modulus.
    fn from_canonical_bytes(bytes: &[u8; 32]) -> CtOption<Self>;

    /// The residue of 64 bytes, lowest first. Of uniform bytes it is uniform but for less than 2^-256.
    fn from_wide_bytes(bytes: &[u8; 64]) -> Self;

    /// The 32 bytes of the least residue, lowest first.
    fn to_canonical_bytes(&self) -> [u8; 32];

    /// `a` for 0, `b` for 1, without a branch.
    fn select(a: &Self, b: &Self, choice: Choice) -> Self;

    /// Multiplies by 0 or 1, without a branch.
    fn times_bit(&self, bit: Choice) -> Self {
        Self::select(&Self::ZERO, self, bit)
    }
}

fn words_from_bytes(bytes: &[u8; 32]) -> Words {
    let (words, _) = bytes.as_chunks::<8>();
    core::array::from_fn(|k| u64::from_le_bytes(words[k]))
}

fn bytes_from_words(words: &Words) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (bytes, word) in bytes.chunks_mut(8).zip(words) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    bytes
}

const fn minus_two(modulus: Words) -> Words {
    // Neither modulus ends in 0 or 1, so nothing is borrowed.
    [modulus[0] - 2, modulus[1], modulus[2], modulus[3]]
}

macro_rules! constant_time_field {
    ($(#[$doc:meta])* $config:ident, $field:ident, $modulus:expr, $generator:literal, $root:literal) => {
        #[doc = concat!("ark-ff's configuration of [`", stringify!($field), "`].")]
        #[derive(Clone, Copy, Debug)]
        pub struct $config;

        $(#[$doc])*
        pub type $field = Fp<MontBackend<$config, 4>, 4>;

        impl $config {
            #[inline(always)]
            fn multiply(a: &Words, b: &Words) -> Words {
                montgomery::multiply(a, b, &Self::MODULUS.0, Self::INV)
            }
        }

        impl MontConfig<4> for $config {
            const MODULUS: BigInt<4> = BigInt::new($modulus);
            const GENERATOR: $field = ark_ff::MontFp!($generator);
            const TWO_ADIC_ROOT_OF_UNITY: $field = ark_ff::MontFp!($root);

            #[inline(always)]
            fn add_assign(a: &mut $field, b: &$field) {
                a.0.0 = montgomery::add(&a.0.0, &b.0.0, &Self::MODULUS.0);
            }

            #[inline(always)]
            fn sub_assign(a: &mut $field, b: &$field) {
                a.0.0 = montgomery::subtract(&a.0.0, &b.0.0, &Self::MODULUS.0);
            }

            #[inline(always)]
            fn double_in_place(a: &mut $field) {
                a.0.0 = montgomery::add(&a.0.0, &a.0.0, &Self::MODULUS.0);
            }

            #[inline(always)]
            fn neg_in_place(a: &mut $field) {
                a.0.0 = montgomery::subtract(&[0; 4], &a.0.0, &Self::MODULUS.0);
            }

            #[inline(always)]
            fn mul_assign(a: &mut $field, b: &$field) {
                a.0.0 = Self::multiply(&a.0.0, &b.0.0);
            }

            #[inline(always)]
            fn square_in_place(a: &mut $field) {
                a.0.0 = Self::multiply(&a.0.0, &a.0.0);
            }

            /// By Fermat's theorem; only whether the element is zero shows.
            fn inverse(a: &$field) -> Option<$field> {
                let inverse = montgomery::power(
                    &a.0.0,
                    &minus_two(Self::MODULUS.0),
                    &Self::R.0,
                    &Self::MODULUS.0,
                    Self::INV,
                );
                (a.0.0 != [0; 4]).then_some(Fp::new_unchecked(BigInt(inverse)))
            }

            #[inline]
            fn into_bigint(a: $field) -> BigInt<4> {
                BigInt(Self::multiply(&a.0.0, &[1, 0, 0, 0]))
            }

            fn sum_of_products<const M: usize>(a: &[$field; M], b: &[$field; M]) -> $field {
                a.iter().zip(b).map(|(a, b)| *a * b).sum()
            }
        }

        impl ScalarField for $field {
            fn from_canonical_bytes(bytes: &[u8; 32]) -> CtOption<Self> {
                let words = Zeroizing::new(words_from_bytes(bytes));
                let montgomery = $config::multiply(&words, &$config::R2.0);
                // A canonical string is its own least residue.
                let back = Zeroizing::new($config::multiply(&montgomery, &[1, 0, 0, 0]));
                let difference = words.iter().zip(back.iter()).fold(0, |sum, (a, b)| sum | (a ^ b));
                let canonical = subtle::ConstantTimeEq::ct_eq(&difference, &0);
                CtOption::new(Fp::new_unchecked(BigInt(montgomery)), canonical)
            }

            fn from_wide_bytes(bytes: &[u8; 64]) -> Self {
                let (halves, _) = bytes.as_chunks::<32>();
                let low = Zeroizing::new(words_from_bytes(&halves[0]));
                let high = Zeroizing::new(words_from_bytes(&halves[1]));
                // R^2 takes the low half into Montgomery form, R^3 the high half, times R = 2^256.
                let r_cubed = $config::multiply(&$config::R2.0, &$config::R2.0);
                let low = $config::multiply(&low, &$config::R2.0);
                let high = $config::multiply(&high, &r_cubed);
                Fp::new_unchecked(BigInt(montgomery::add(&low, &high, &$config::MODULUS.0)))
            }

            fn to_canonical_bytes(&self) -> [u8; 32] {
                bytes_from_words(&$config::into_bigint(*self).0)
            }

            #[inline(always)]
            fn select(a: &Self, b: &Self, choice: Choice) -> Self {
                let words = core::array::from_fn(|k| u64::conditional_select(&a.0.0[k], &b.0.0[k], choice));
                Fp::new_unchecked(BigInt(words))
            }
        }
    };
}

constant_time_field!(
    /// The integers modulo `l = 2^252 + 27742317777372353535851937790883648493`, the order of the prime-order
    /// group of curve25519 (RFC 8032, section 5.1).
    ScalarConfig,
    Scalar,
    [0x5812_631a_5cf5_d3ed, 0x14de_f9de_a2f7_9cd6, 0, 0x1000_0000_0000_0000],
    "2",
    "4202356475871964119699734399548423449193549369991576068503119564443318355924"
);

constant_time_field!(
    /// The integers modulo `2^255 - 19`, the field that curve25519 is defined over (RFC 7748, section 4.1).
    Base25519Config,
    Base25519,
    [0xffff_ffff_ffff_ffed, 0xffff_ffff_ffff_ffff, 0xffff_ffff_ffff_ffff, 0x7fff_ffff_ffff_ffff],
    "2",
    "19681161376707505956807079304988542015446066515923890162744021073123829784752"
);

#[cfg(test)]
mod tests {
    use ark_ff::FftField;
    use proptest::prelude::*;

    use super::*;

    /// ark-ff's own arithmetic of the same fields, which shares no code with ours.
    mod oracle {
        use ark_ff::{BigInt, Fp256, MontBackend, MontConfig, MontFp};

        pub struct ScalarOracle;
        pub type Scalar = Fp256<MontBackend<ScalarOracle, 4>>;

        impl MontConfig<4> for ScalarOracle {
            const MODULUS: BigInt<4> =
                BigInt!("7237005577332262213973186563042994240857116359379907606001950938285454250989");
            const GENERATOR: Scalar = MontFp!("2");
            const TWO_ADIC_ROOT_OF_UNITY: Scalar =
                MontFp!("4202356475871964119699734399548423449193549369991576068503119564443318355924");
        }

        pub struct BaseOracle;
        pub type Base25519 = Fp256<MontBackend<BaseOracle, 4>>;

        impl MontConfig<4> for BaseOracle {
            const MODULUS: BigInt<4> =
                BigInt!("57896044618658097711785492504343953926634992332820282019728792003956564819949");
            const GENERATOR: Base25519 = MontFp!("2");
            const TWO_ADIC_ROOT_OF_UNITY: Base25519 =
                MontFp!("19681161376707505956807079304988542015446066515923890162744021073123829784752");
        }
    }

    fn bytes() -> impl Strategy<Value = [u8; 64]> {
        // Uniform, and at the edges: few words other than all zeros or all ones.
        let word = prop_oneof![any::<u64>(), Just(0), Just(1), Just(u64::MAX), Just(u64::MAX - 18)];
        proptest::array::uniform8(word).prop_map(|words| {
            let mut bytes = [0; 64];
            for (bytes, word) in bytes.chunks_mut(8).zip(words) {
                bytes.copy_from_slice(&word.to_le_bytes());
            }
            bytes
        })
    }

    fn agrees<F: ScalarField, O: PrimeField<BigInt = F::BigInt>>(a: &[u8; 64], b: &[u8; 64]) {
        let (x, y) = (F::from_wide_bytes(a), F::from_wide_bytes(b));
        let (p, q) = (O::from_le_bytes_mod_order(a), O::from_le_bytes_mod_order(b));
        assert_eq!(x.into_bigint(), p.into_bigint());
        assert_eq!((x + y).into_bigint(), (p + q).into_bigint());
        assert_eq!((x - y).into_bigint(), (p - q).into_bigint());
        assert_eq!((-x).into_bigint(), (-p).into_bigint());
        assert_eq!(x.double().into_bigint(), p.double().into_bigint());
        assert_eq!((x * y).into_bigint(), (p * q).into_bigint());
        assert_eq!(x.square().into_bigint(), p.square().into_bigint());
        assert_eq!(x.inverse().map(F::into_bigint), p.inverse().map(O::into_bigint));
        assert_eq!(
            F::sum_of_products(&[x, y, x], &[y, x, x]).into_bigint(),
            O::sum_of_products(&[p, q, p], &[q, p, p]).into_bigint()
        );
        assert_eq!(F::from_canonical_bytes(&x.to_canonical_bytes()).into_option(), Some(x));
        assert_eq!(F::select(&x, &y, 0.into()), x);
        assert_eq!(F::select(&x, &y, 1.into()), y);
        assert_eq!(x.times_bit(0.into()), F::ZERO);
        assert_eq!(x.times_bit(1.into()), x);
    }

    proptest! {
        #[test]
        fn scalars_agree_with_ark_ff(a in bytes(), b in bytes()) {
            agrees::<Scalar, oracle::Scalar>(&a, &b);
        }

        #[test]
        fn base_field_agrees_with_ark_ff(a in bytes(), b in bytes()) {
            agrees::<Base25519, oracle::Base25519>(&a, &b);
        }
    }

    fn edges<F: ScalarField>() {
        let mut modulus = [0; 32];
        for (bytes, word) in modulus.chunks_mut(8).zip(F::MODULUS.as_ref()) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        assert!(bool::from(F::from_canonical_bytes(&modulus).is_none()));
        assert!(bool::from(F::from_canonical_bytes(&[0xff; 32]).is_none()));
        let mut below = modulus;
        below[0] -= 1;
        let minus_one = F::from_canonical_bytes(&below).into_option().expect("below the modulus");
        assert_eq!(minus_one, -F::ONE);
        assert_eq!(minus_one + F::ONE, F::ZERO);
        assert_eq!(-F::ZERO, F::ZERO);
        assert_eq!(minus_one * minus_one, F::ONE);
        assert_eq!(F::ZERO.inverse(), None);
    }

    #[test]
    fn moduli_and_their_neighbours() {
        edges::<Scalar>();
        edges::<Base25519>();
    }

    fn root_has_its_order<F: FftField>() {
        let mut root = F::TWO_ADIC_ROOT_OF_UNITY;
        for _ in 1..F::TWO_ADICITY {
            root = root.square();
        }
        assert_eq!(root, -F::ONE);
    }

    #[test]
    fn roots_of_unity_have_their_order() {
        root_has_its_order::<Scalar>();
        root_has_its_order::<Base25519>();
    }

    #[test]
    fn rfc_8032_test_1_signature_equation() {
        // RFC 8032, section 7.1, TEST 1: S = r + k a mod l with r, k and a as the RFC derives them by SHA-512;
        // r and k computed by an independent implementation from the vector's secret key and empty message.
        let scalar = |text: &str| {
            let mut bytes = [0; 64];
            hex::decode_to_slice(text, &mut bytes[..text.len() / 2]).expect("hexadecimal");
            Scalar::from_wide_bytes(&bytes)
        };
        let r = scalar(R_DIGEST);
        let k = scalar(K_DIGEST);
        let a = scalar("307c83864f2833cb427a2ef1c00a013cfdff2768d980c0a3a520f006904de94f");
        let s = scalar("5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b");
        assert_eq!(r + k * a, s);
    }

    const R_DIGEST: &str = "b6b19cd8e0426f5983fa112d89a143aa97dab8bc5deb8d5b6253c928b65272f4\
         044098c2a990039cde5b6a4818df0bfb6e40dc5dee54248032962323e701352d";
    const K_DIGEST: &str = "2771062b6b536fe7ffbdda0320c3827b035df10d284df3f08222f04dbca7a4c2\
         0ef15bdc988a22c7207411377c33f2ac09b1e86a046234283768ee7ba03c0e9f";
}
