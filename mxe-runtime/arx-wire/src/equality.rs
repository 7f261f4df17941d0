//! A Diffie-Hellman value that one of its two sides makes public, with a proof that it is the right one.
//!
//! A node that used another pad than its key gives can be shown to have: the client publishes `Z = e N` with a proof that
//! its discrete logarithm to `N` is that of `E` to the base point (Chaum and Pedersen, "Wallet Databases with
//! Observers", CRYPTO 1992, section 3.2, made non-interactive by Fiat and Shamir's transform). Everyone then derives the pad.
//! Nodes never publish such a value: it would decrypt whatever was sent under the same ephemeral key.

use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::scalar::Scalar;
use zeroize::Zeroizing;

use crate::WireError;
use crate::hash::labelled_sha512;
use crate::keys::{EncryptionPublicKey, EncryptionSecretKey};

/// Bytes of an encoded value.
pub const LENGTH: usize = 96;

/// `Z 32 || q 32 || s 32`: the value, and the proof `q = SHA-512(L("arx/v1/equality") || purpose || E || N || Z || T1 || T2) mod l`
/// with `T1 = s B - q E`, `T2 = s N - q Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevealedValue {
    value: [u8; 32],
    challenge: [u8; 32],
    response: [u8; 32],
}

impl RevealedValue {
    /// Reveals the value of `secret` with `other`. `purpose` binds what it is revealed for.
    pub fn reveal(secret: &EncryptionSecretKey, other: &EncryptionPublicKey, purpose: &[u8; 32]) -> Self {
        let value = *secret.diffie_hellman(other);
        let public = secret.public_key();
        let own = secret.to_bytes();
        let parts: [&[u8]; 4] = [&*own, purpose, &other.to_bytes(), &value];
        let wide = labelled_sha512("arx/v1/equality/nonce", &parts);
        let nonce = Zeroizing::new(Scalar::from_bytes_mod_order_wide(&wide));
        let first = RistrettoPoint::mul_base(&nonce);
        let second = other.point() * *nonce;
        let challenge = challenge(purpose, &public, other, &value, [first, second]);
        let response = *nonce + challenge * secret.scalar();
        Self { value, challenge: challenge.to_bytes(), response: response.to_bytes() }
    }

    /// Checks that this is the value of whoever has `public` with `other`, and returns it.
    ///
    /// # Errors
    /// [`WireError::Equality`].
    pub fn verify(
        &self,
        public: &EncryptionPublicKey,
        other: &EncryptionPublicKey,
        purpose: &[u8; 32],
    ) -> Result<[u8; 32], WireError> {
        let scalar = |bytes| Option::<Scalar>::from(Scalar::from_canonical_bytes(bytes));
        let point = CompressedRistretto(self.value).decompress();
        let (Some(q), Some(s), Some(point)) = (scalar(self.challenge), scalar(self.response), point) else {
            return Err(WireError::Equality);
        };
        let first = RistrettoPoint::vartime_double_scalar_mul_basepoint(&-q, &public.point(), &s);
        let second = other.point() * s - point * q;
        if challenge(purpose, public, other, &self.value, [first, second]) == q {
            Ok(self.value)
        } else {
            Err(WireError::Equality)
        }
    }

    /// The encoding.
    pub fn to_bytes(&self) -> [u8; LENGTH] {
        let mut bytes = [0; LENGTH];
        for (part, from) in bytes.chunks_mut(32).zip([self.value, self.challenge, self.response]) {
            part.copy_from_slice(&from);
        }
        bytes
    }

    /// Takes bytes for a value; [`verify`](Self::verify) judges them.
    pub fn from_bytes(bytes: &[u8; LENGTH]) -> Self {
        let part = |index: usize| core::array::from_fn(|k| bytes[32 * index + k]);
        Self { value: part(0), challenge: part(1), response: part(2) }
    }
}

fn challenge(
    purpose: &[u8; 32],
    public: &EncryptionPublicKey,
    other: &EncryptionPublicKey,
    value: &[u8; 32],
    commitments: [RistrettoPoint; 2],
) -> Scalar {
    let [first, second] = commitments.map(|point| point.compress().to_bytes());
    let parts: [&[u8]; 6] = [purpose, &public.to_bytes(), &other.to_bytes(), value, &first, &second];
    Scalar::from_bytes_mod_order_wide(&labelled_sha512("arx/v1/equality", &parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_proven_for_its_two_sides_and_purpose() {
        let key = |seed| EncryptionSecretKey::from_seed(&[seed; 32]);
        let (client, node, other) = (key(1), key(2), key(3));
        let revealed = RevealedValue::reveal(&client, &node.public_key(), &[7; 32]);
        let value = *node.diffie_hellman(&client.public_key());
        assert_eq!(revealed.verify(&client.public_key(), &node.public_key(), &[7; 32]), Ok(value));
        assert_eq!(RevealedValue::from_bytes(&revealed.to_bytes()), revealed);
        for (public, peer, purpose) in [(&other, &node, 7), (&client, &other, 7), (&client, &node, 8)] {
            let verdict = revealed.verify(&public.public_key(), &peer.public_key(), &[purpose; 32]);
            assert_eq!(verdict, Err(WireError::Equality));
        }
        for bit in 0..LENGTH * 8 {
            let mut bytes = revealed.to_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let flipped = RevealedValue::from_bytes(&bytes);
            let verdict = flipped.verify(&client.public_key(), &node.public_key(), &[7; 32]);
            assert_eq!(verdict, Err(WireError::Equality), "bit {bit}");
        }
    }
}
