//! Hash functions: SHA-256 and SHA-512 (FIPS 180-4), SHA3-256 and SHA3-512 (FIPS 202), Keccak-256 as Ethereum and Solana
//! have it (Keccak's own padding), and TurboSHAKE128 (RFC 9861).
//!
//! **A hash function for circuits.** Over bits it is the number and depth of ANDs that count. Of the functions designed for
//! that, LowMC has been broken at several of its parameters and has changed them more than once, and those over large
//! fields (Poseidon, Rescue) cost far more in bits. TurboSHAKE128 is the permutation of SHA-3 with 12 of its 24 rounds:
//! half of SHA3-256's ANDs and rounds (19,200 and 12 for a block of up to 167 bytes), a standard, and on the best studied
//! permutation there is; its 128 bits are the security of everything else here. It is what to take where both sides of
//! a hash are ours.

pub mod keccak;
pub mod sha2;

use super::{Builder, Gadget, Library, Word};
use crate::circuit::{Function, MAX_WORD_WIDTH};

/// Longest message, in bytes: it is one word.
pub const MAX_BYTES: u32 = MAX_WORD_WIDTH / 8;

/// A hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hash {
    /// FIPS 180-4.
    Sha256,
    /// FIPS 180-4.
    Sha512,
    /// FIPS 202.
    Sha3_256,
    /// FIPS 202.
    Sha3_512,
    /// SHA3-256 with the padding of before the standard.
    Keccak256,
    /// RFC 9861 with domain separation 0x1f, to 256 bits.
    TurboShake128,
}

impl Hash {
    /// Bits of a digest.
    pub fn digest_bits(self) -> u32 {
        match self {
            Self::Sha512 | Self::Sha3_512 => 512,
            _ => 256,
        }
    }

    pub(super) fn write(self, library: &mut Library, bytes: u32) -> Function {
        let gadget = Gadget::Hash { hash: self, bytes };
        let (mut builder, inputs) = Builder::new(library, &gadget.signature().inputs);
        let message = inputs.first().copied();
        let (name, digest) = match self {
            Self::Sha256 => {
                ("sha256", sha2::digest(&mut builder, message, &sha2::SHA256, &Gadget::Sha256Compress))
            }
            Self::Sha512 => {
                ("sha512", sha2::digest(&mut builder, message, &sha2::SHA512, &Gadget::Sha512Compress))
            }
            Self::Sha3_256 => ("sha3_256", keccak::SHA3_256.digest(&mut builder, message)),
            Self::Sha3_512 => ("sha3_512", keccak::SHA3_512.digest(&mut builder, message)),
            Self::Keccak256 => ("keccak256", keccak::KECCAK256.digest(&mut builder, message)),
            Self::TurboShake128 => ("turboshake128", keccak::TURBOSHAKE128.digest(&mut builder, message)),
        };
        builder.finish(format!("{name}_{bytes}"), &[digest])
    }
}

/// A message with padding appended, as bytes' bits.
fn padded(builder: &mut Builder<'_>, message: Option<Word>, padding: &[u8]) -> Vec<Word> {
    let bits = crate::bits::Bits::from_bytes(padding, 8 * padding.len()).unwrap_or_default();
    let padding = builder.constant(bits);
    message.into_iter().chain([padding]).collect()
}

/// Words of `width` bits of words one after another.
fn split(builder: &mut Builder<'_>, words: &[Word], width: u32) -> Vec<Word> {
    let mut parts = Vec::new();
    // What is left of the words before, less than a part.
    let mut rest: Vec<Word> = Vec::new();
    for &word in words {
        let mut at = 0;
        while at < word.width {
            let has: u32 = rest.iter().map(|part| part.width).sum();
            let take = (width - has).min(word.width - at);
            rest.push(builder.slice(word, at, take));
            at += take;
            if has + take == width {
                parts.push(builder.concat(&rest));
                rest.clear();
            }
        }
    }
    parts
}
