//! Oblivious linear evaluation over a large field with a fixed key: COPEe of [KOS16] (MASCOT), figure 3, which
//! is Gilboa's multiplication [Gil99] extended from one set of base transfers.
//!
//! The *key holder* has `D` in the field, the *MAC holder* hands in elements `x_n`. They get `K_n` and `M_n` with
//!
//! ```text
//! M_n = K_n + x_n D
//! ```
//!
//! in the notation of [`crate::correlated`]. `D = sum_h D_h g_h` over bits `D_h`, with `g_h = 2^h`, or `X^h` in
//! GF(2^128). Of two seeds for each `h` the MAC holder has both and the key holder the one chosen by `D_h`. With
//! `F` their streams, the MAC holder sends `F_0 - F_1 + x` masked by itself; the key holder adds it to its
//! stream where `D_h = 1`. As summed up here the key holder ends with `K' = t + x D` and the MAC holder with
//! `t = sum F_0 g_h`; `K = -K'`, `M = -t`.
//!
//! There is no check here: a MAC holder can use another `x` for every `h`. What is built on this is checked by
//! sacrifice and by MACs (section 4 of [KOS16]), and its security proof counts with just that.

use mpc_field::{Base25519, Gf128, Scalar, ScalarField};
use subtle::{Choice, ConditionallySelectable};
use zeroize::{Zeroize, Zeroizing};

use crate::base_ot::SeedPair;
use crate::error::{OtError, require_length};
use crate::prg::{Prg, Seed};

/// A field to evaluate over: bits, bytes and random elements.
pub trait LinearField: Copy + Zeroize + Send + Sync + 'static {
    /// Bits of an element: base transfers that are needed.
    const BITS: usize;
    /// Bytes of an element.
    const BYTES: usize;
    /// Words of a stream that a random element takes.
    const STREAM_WORDS: usize;
    /// The neutral element of addition.
    const NEUTRAL: Self;

    /// The sum.
    fn plus(self, other: Self) -> Self;
    /// The difference.
    fn minus(self, other: Self) -> Self;
    /// The product with the base `g` of the bits: 2, or `X`.
    fn shifted(self) -> Self;
    /// This element for 1, zero for 0, in constant time.
    fn if_set(self, bit: Choice) -> Self;
    /// Bit `h` of the element, from the lowest.
    fn bits(self) -> Zeroizing<Vec<u8>>;
    /// The element that `STREAM_WORDS` uniform words give.
    fn from_stream(words: &[u128]) -> Self;
    /// Appends the element's bytes.
    fn write(self, out: &mut Vec<u8>);
    /// Reads `BYTES` bytes; `None` if they are not canonical.
    fn read(bytes: &[u8]) -> Option<Self>;
}

impl LinearField for Gf128 {
    const BITS: usize = 128;
    const BYTES: usize = 16;
    const STREAM_WORDS: usize = 1;
    const NEUTRAL: Self = Self::ZERO;

    fn plus(self, other: Self) -> Self {
        self + other
    }

    fn minus(self, other: Self) -> Self {
        self + other
    }

    fn shifted(self) -> Self {
        self * Self::from_bits(2)
    }

    fn if_set(self, bit: Choice) -> Self {
        Self::from_bits(u128::conditional_select(&0, &self.to_bits(), bit))
    }

    fn bits(self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new((0..128).map(|h| (self.to_bits() >> h & 1) as u8).collect())
    }

    fn from_stream(words: &[u128]) -> Self {
        Self::from_bits(words[0])
    }

    fn write(self, out: &mut Vec<u8>) {
        out.extend(self.to_bytes());
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_bytes)
    }
}

macro_rules! linear_scalar_field {
    ($field:ident, $bits:literal) => {
        impl LinearField for $field {
            const BITS: usize = $bits;
            const BYTES: usize = 32;
            const STREAM_WORDS: usize = 4;
            const NEUTRAL: Self = <Self as ark_ff::AdditiveGroup>::ZERO;

            fn plus(self, other: Self) -> Self {
                self + other
            }

            fn minus(self, other: Self) -> Self {
                self - other
            }

            fn shifted(self) -> Self {
                self + self
            }

            fn if_set(self, bit: Choice) -> Self {
                self.times_bit(bit)
            }

            fn bits(self) -> Zeroizing<Vec<u8>> {
                let bytes = Zeroizing::new(self.to_canonical_bytes());
                Zeroizing::new((0..$bits).map(|h| bytes[h / 8] >> (h % 8) & 1).collect())
            }

            fn from_stream(words: &[u128]) -> Self {
                let mut bytes = Zeroizing::new([0; 64]);
                for (bytes, word) in bytes.chunks_mut(16).zip(words) {
                    bytes.copy_from_slice(&word.to_le_bytes());
                }
                Self::from_wide_bytes(&bytes)
            }

            fn write(self, out: &mut Vec<u8>) {
                out.extend(self.to_canonical_bytes());
            }

            fn read(bytes: &[u8]) -> Option<Self> {
                Self::from_canonical_bytes(bytes.try_into().ok()?).into_option()
            }
        }
    };
}

linear_scalar_field!(Scalar, 253);
linear_scalar_field!(Base25519, 255);

/// Which seeds the key holder chooses for its key.
pub fn base_choices<F: LinearField>(key: F) -> Vec<Choice> {
    key.bits().iter().map(|bit| Choice::from(*bit)).collect()
}

/// Bytes of the MAC holder's message for `count` elements.
pub const fn correction_bytes<F: LinearField>(count: usize) -> usize {
    count * F::BITS * F::BYTES
}

/// The party that hands in elements and gets MACs on them.
pub struct MacHolder {
    streams: Vec<[Prg; 2]>,
    used: u64,
}

/// The party that has the key of the field and gets keys.
pub struct KeyHolder {
    bits: Zeroizing<Vec<u8>>,
    streams: Vec<Prg>,
    used: u64,
}

fn element<F: LinearField>(stream: &Prg, index: u64) -> F {
    let mut words = Zeroizing::new([0; 4]);
    let words = &mut words[..F::STREAM_WORDS];
    stream.fill(index * F::STREAM_WORDS as u64, words);
    F::from_stream(words)
}

impl MacHolder {
    /// Sets up from `F::BITS` base transfers, in which this party was the sender.
    ///
    /// # Errors
    /// [`OtError::WrongLength`] if there are not as many.
    pub fn new<F: LinearField>(transfers: &[SeedPair]) -> Result<Self, OtError> {
        require_length("the base transfers for a key", F::BITS, transfers.len())?;
        let streams = transfers.iter().map(|pair| [Prg::new(&pair.0[0]), Prg::new(&pair.0[1])]).collect();
        Ok(Self { streams, used: 0 })
    }

    /// MACs on the elements; appends the corrections to `message`.
    pub fn extend<F: LinearField>(&mut self, elements: &[F], message: &mut Vec<u8>) -> Vec<F> {
        let mut macs = Vec::with_capacity(elements.len());
        for (index, x) in (self.used..).zip(elements) {
            let mut sum = F::NEUTRAL;
            for streams in self.streams.iter().rev() {
                let zero = element::<F>(&streams[0], index);
                zero.minus(element(&streams[1], index)).plus(*x).write(message);
                sum = sum.shifted().plus(zero);
            }
            macs.push(F::NEUTRAL.minus(sum));
        }
        self.used += elements.len() as u64;
        macs
    }
}

impl KeyHolder {
    /// Sets up from the chosen seeds of `F::BITS` base transfers; see [`base_choices`].
    ///
    /// # Errors
    /// [`OtError::WrongLength`] if there are not as many.
    pub fn new<F: LinearField>(key: F, chosen: &[Seed]) -> Result<Self, OtError> {
        require_length("the base transfers for a key", F::BITS, chosen.len())?;
        Ok(Self { bits: key.bits(), streams: chosen.iter().map(Prg::new).collect(), used: 0 })
    }

    /// Keys to `count` elements from the MAC holder's corrections.
    ///
    /// # Errors
    /// [`OtError`] if the corrections are not for as many, or not canonical elements.
    pub fn extend<F: LinearField>(&mut self, count: usize, corrections: &[u8]) -> Result<Vec<F>, OtError> {
        require_length("corrections", correction_bytes::<F>(count), corrections.len())?;
        let mut keys = Vec::with_capacity(count);
        for (index, corrections) in (self.used..).zip(corrections.chunks(F::BITS * F::BYTES)) {
            let mut sum = F::NEUTRAL;
            let streams = self.streams.iter().zip(self.bits.iter()).rev();
            for ((stream, bit), correction) in streams.zip(corrections.chunks(F::BYTES)) {
                let correction =
                    F::read(correction).ok_or(OtError::InvalidElement { what: "a correction" })?;
                let chosen = element::<F>(stream, index).plus(correction.if_set(Choice::from(*bit)));
                sum = sum.shifted().plus(chosen);
            }
            keys.push(F::NEUTRAL.minus(sum));
        }
        self.used += count as u64;
        Ok(keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base_ot::{BaseReceiver, BaseSender};

    fn pair<F: LinearField>(key: F) -> (MacHolder, KeyHolder) {
        let sender = BaseSender::new([1; 32], &[1; 32]);
        let receiver = BaseReceiver::new([1; 32], &base_choices(key), &[2; 32]);
        let transfers = sender.seeds(F::BITS, &receiver.message()).expect("an honest message");
        let chosen = receiver.seeds(&sender.message()).expect("an honest message");
        (
            MacHolder::new::<F>(&transfers).expect("as many transfers as bits"),
            KeyHolder::new(key, &chosen).expect("as many seeds as bits"),
        )
    }

    fn check<F: LinearField + core::ops::Mul<Output = F> + PartialEq + core::fmt::Debug>() {
        let element = |seed: u8| element::<F>(&Prg::new(&[seed; 16]), 0);
        let key = element(1);
        let (mut mac_holder, mut key_holder) = pair(key);
        for round in 0..2 {
            let elements = [element(2 + round), element(12), F::NEUTRAL];
            let mut message = Vec::new();
            let macs = mac_holder.extend(&elements, &mut message);
            let keys = key_holder.extend::<F>(3, &message).expect("an honest message");
            for ((mac, k), x) in macs.iter().zip(&keys).zip(elements) {
                assert_eq!(*mac, k.plus(x * key));
            }
        }
        for length in [0, correction_bytes::<F>(1) - 1, correction_bytes::<F>(2)] {
            let result = key_holder.extend::<F>(1, &vec![0; length]);
            assert!(matches!(result, Err(OtError::WrongLength { .. })));
        }
    }

    #[test]
    fn macs_are_keys_plus_elements_times_the_key() {
        check::<Gf128>();
        check::<Scalar>();
        check::<Base25519>();
    }

    #[test]
    fn elements_past_the_modulus_are_refused() {
        let (_, mut key_holder) = pair::<Scalar>(<Scalar as ark_ff::Field>::ONE);
        let result = key_holder.extend::<Scalar>(1, &vec![0xff; correction_bytes::<Scalar>(1)]);
        assert_eq!(result, Err(OtError::InvalidElement { what: "a correction" }));
    }
}
