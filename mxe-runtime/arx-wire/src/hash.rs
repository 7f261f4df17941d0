//! Labelled SHA-256 and the stream that pads are cut from.
//!
//! Every hash of the protocol starts with a label, one length byte and the label's ASCII bytes, so that no
//! two uses can be given the same input. Fields that follow have a fixed length or are preceded by one.

use chacha20::ChaCha20;
use chacha20::cipher::{KeyIvInit, StreamCipher};
use mpc_field::Gf128;
use sha2::{Digest, Sha256, Sha512};
use zeroize::Zeroizing;

use crate::bits::PackedBits;

/// A SHA-256 hash that begins with a label. The hash state is wiped when dropped.
#[derive(Clone)]
pub struct LabelledHash(Sha256);

impl LabelledHash {
    /// Starts a hash with `label`.
    ///
    /// # Panics
    /// If the label is longer than 255 bytes. Labels are literals of the code, never data.
    pub fn new(label: &'static str) -> Self {
        let length = u8::try_from(label.len()).expect("labels are short literals");
        Self(Sha256::new().chain_update([length]).chain_update(label))
    }

    /// Adds bytes as they are, without their length.
    #[must_use]
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.update(bytes);
        self
    }

    /// Adds one byte.
    #[must_use]
    pub fn u8(self, value: u8) -> Self {
        self.bytes(&[value])
    }

    /// Adds two bytes, the lowest first.
    #[must_use]
    pub fn u16(self, value: u16) -> Self {
        self.bytes(&value.to_le_bytes())
    }

    /// Adds four bytes, the lowest first.
    #[must_use]
    pub fn u32(self, value: u32) -> Self {
        self.bytes(&value.to_le_bytes())
    }

    /// Adds eight bytes, the lowest first.
    #[must_use]
    pub fn u64(self, value: u64) -> Self {
        self.bytes(&value.to_le_bytes())
    }

    /// The 32 bytes of the hash.
    pub fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }

    /// The hash as a secret.
    pub fn finish_secret(self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.finish())
    }

    /// The first 16 bytes of the hash.
    pub fn finish_16(self) -> [u8; 16] {
        let hash = self.finish();
        core::array::from_fn(|i| hash[i])
    }

    /// The first 16 bytes of the hash as a field element.
    pub fn finish_gf128(self) -> Gf128 {
        Gf128::from_bytes(self.finish_16())
    }
}

impl core::fmt::Debug for LabelledHash {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("LabelledHash([secret])")
    }
}

/// SHA-256 without a label, for digests of whole messages that are hashed again under one.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// SHA-512 of a label and parts that are fixed in length, for scalars.
pub(crate) fn labelled_sha512(label: &'static str, parts: &[&[u8]]) -> Zeroizing<[u8; 64]> {
    let length = u8::try_from(label.len()).expect("labels are short literals");
    let mut hash = Sha512::new().chain_update([length]).chain_update(label);
    for part in parts {
        hash.update(part);
    }
    Zeroizing::new(hash.finalize().into())
}

/// `STREAM(S)`: ChaCha20 (RFC 8439) with key `S`, nonce zero, block counter from zero. Returns its first 16
/// bytes as a field element and the next `bits` bits as a string.
pub fn stream(seed: &[u8; 32], bits: u32) -> (Gf128, PackedBits) {
    let mut cipher = ChaCha20::new(seed.into(), &[0; 12].into());
    let mut head = Zeroizing::new([0; 16]);
    cipher.apply_keystream(&mut *head);
    let mut pad = vec![0; PackedBits::bytes_for(bits)];
    cipher.apply_keystream(&mut pad);
    (Gf128::from_bytes(*head), PackedBits::truncating(bits, pad))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stream_is_chacha20_of_rfc_8439() {
        // RFC 8439, appendix A.1, test vectors 1 and 2: key zero, nonce zero, block counters 0 and 1.
        let blocks = hex::decode(concat!(
            "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7",
            "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586",
            "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed",
            "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f",
        ))
        .expect("hexadecimal");
        let (head, pad) = stream(&[0; 32], 112 * 8);
        assert_eq!(head.to_bytes(), blocks[..16]);
        assert_eq!(pad.as_bytes(), &blocks[16..]);
        // A string of 13 bits is the same stream, cut.
        let (_, pad) = stream(&[0; 32], 13);
        assert_eq!(pad.as_bytes(), &[blocks[16], blocks[17] & 0x1f]);
    }

    #[test]
    fn label_and_fields_are_laid_out_as_specified() {
        let hash = LabelledHash::new("ab").u8(1).u16(2).u32(3).u64(4).bytes(b"xy");
        assert_eq!(
            hash.finish(),
            sha256(b"\x02ab\x01\x02\x00\x03\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00xy")
        );
    }
}
