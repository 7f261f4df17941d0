//! Diffie-Hellman keys over ristretto255 (RFC 9496) and the proof that registers one.
//!
//! Nodes hold one per epoch, clients make fresh ones for every message (two ephemeral keys) and every call (a
//! recipient key). ristretto255 has prime order, so there are no small subgroups to check for, and a dispute
//! over a Diffie-Hellman value can be settled by a discrete-logarithm-equality proof.

use core::fmt;

use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::IsIdentity;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::WireError;
use crate::hash::{LabelledHash, labelled_sha512};

/// A public Diffie-Hellman key: a canonical ristretto255 point that is not the identity.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct EncryptionPublicKey {
    point: RistrettoPoint,
    bytes: [u8; 32],
}

impl EncryptionPublicKey {
    /// Reads 32 bytes.
    ///
    /// # Errors
    /// [`WireError::NotAPoint`] or [`WireError::IdentityPoint`].
    pub fn parse(bytes: &[u8; 32]) -> Result<Self, WireError> {
        Self::parse_as("the encryption key", bytes)
    }

    /// As [`parse`](Self::parse); errors name the key `what`.
    ///
    /// # Errors
    /// [`WireError::NotAPoint`] or [`WireError::IdentityPoint`].
    pub fn parse_as(what: &'static str, bytes: &[u8; 32]) -> Result<Self, WireError> {
        let point = CompressedRistretto(*bytes).decompress().ok_or(WireError::NotAPoint { what })?;
        if point.is_identity() {
            return Err(WireError::IdentityPoint { what });
        }
        Ok(Self { point, bytes: *bytes })
    }

    /// The canonical encoding.
    pub const fn to_bytes(&self) -> [u8; 32] {
        self.bytes
    }

    pub(crate) const fn point(&self) -> RistrettoPoint {
        self.point
    }
}

impl fmt::Debug for EncryptionPublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("EncryptionPublicKey(")?;
        self.bytes.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))?;
        formatter.write_str(")")
    }
}

/// A secret Diffie-Hellman key: a non-zero scalar. Wiped when dropped, not shown by `Debug`.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct EncryptionSecretKey(Scalar);

impl EncryptionSecretKey {
    /// The key derived from 32 secret, uniformly random bytes: `H512(L("arx/v1/encryption-key") || seed) mod
    /// l`.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self::from_uniform(&labelled_sha512("arx/v1/encryption-key", &[seed]))
    }

    /// The key that 64 uniformly random bytes reduce to.
    pub(crate) fn from_uniform(bytes: &Zeroizing<[u8; 64]>) -> Self {
        let scalar = Scalar::from_bytes_mod_order_wide(bytes);
        // Zero comes up with probability 2^-252; one is as good a key there, and no caller needs an error
        // path for it.
        let is_zero = scalar.ct_eq(&Scalar::ZERO);
        Self(subtle::ConditionallySelectable::conditional_select(&scalar, &Scalar::ONE, is_zero))
    }

    /// Reads a stored key.
    ///
    /// # Errors
    /// [`WireError::NotAScalar`] for zero or a non-canonical encoding.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, WireError> {
        let scalar: Option<Scalar> = Scalar::from_canonical_bytes(*bytes).into();
        match scalar {
            Some(scalar) if scalar != Scalar::ZERO => Ok(Self(scalar)),
            _ => Err(WireError::NotAScalar { what: "the encryption secret key" }),
        }
    }

    /// The canonical encoding, to be stored where secrets are.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    pub(crate) const fn scalar(&self) -> &Scalar {
        &self.0
    }

    /// The public key.
    pub fn public_key(&self) -> EncryptionPublicKey {
        let point = RistrettoPoint::mul_base(&self.0);
        EncryptionPublicKey { point, bytes: point.compress().to_bytes() }
    }

    /// The encoding of the value that the holders of the two secret keys, and they alone, can compute.
    pub fn diffie_hellman(&self, other: &EncryptionPublicKey) -> Zeroizing<[u8; 32]> {
        let mut shared = other.point * self.0;
        let bytes = Zeroizing::new(shared.compress().to_bytes());
        shared.zeroize();
        bytes
    }
}

impl fmt::Debug for EncryptionSecretKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("EncryptionSecretKey([secret])")
    }
}

/// A Schnorr proof that whoever registers `N` knows `n` with `N = n B`, bound to the node's identity.
///
/// `R || s` with `s B = R + c N` and the 128-bit challenge `c = H(L("arx/v1/pop") || identity || N ||
/// R)[..16]`, read as a little-endian integer. Without it a node could register another's key, or a
/// combination of keys, and cancel its pads.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ProofOfPossession {
    commitment: [u8; 32],
    response: [u8; 32],
}

impl ProofOfPossession {
    /// Proves possession of `secret` for the node `identity`. The nonce is derived from both, as in Ed25519,
    /// so no randomness is needed and none can be reused.
    pub fn prove(secret: &EncryptionSecretKey, identity: &[u8; 32]) -> Self {
        let public = secret.public_key();
        let nonce = labelled_sha512("arx/v1/pop/nonce", &[&*secret.to_bytes(), identity, &public.to_bytes()]);
        let mut nonce = Scalar::from_bytes_mod_order_wide(&nonce);
        let commitment = RistrettoPoint::mul_base(&nonce).compress().to_bytes();
        let response = (nonce + Self::challenge(identity, &public, &commitment) * secret.0).to_bytes();
        nonce.zeroize();
        Self { commitment, response }
    }

    /// Checks the proof.
    ///
    /// # Errors
    /// [`WireError::ProofOfPossession`].
    pub fn verify(&self, public: &EncryptionPublicKey, identity: &[u8; 32]) -> Result<(), WireError> {
        let response: Option<Scalar> = Scalar::from_canonical_bytes(self.response).into();
        let response = response.ok_or(WireError::ProofOfPossession)?;
        let challenge = Self::challenge(identity, public, &self.commitment);
        // R is compared as bytes, so it needs no decoding and has one accepted encoding.
        let expected =
            RistrettoPoint::vartime_double_scalar_mul_basepoint(&-challenge, &public.point, &response);
        if expected.compress().to_bytes() == self.commitment {
            Ok(())
        } else {
            Err(WireError::ProofOfPossession)
        }
    }

    /// `R || s`.
    pub fn to_bytes(&self) -> [u8; 64] {
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&self.commitment);
        bytes[32..].copy_from_slice(&self.response);
        bytes
    }

    /// Takes 64 bytes for a proof; [`verify`](Self::verify) judges them.
    pub fn from_bytes(bytes: &[u8; 64]) -> Self {
        let mut proof = Self { commitment: [0; 32], response: [0; 32] };
        proof.commitment.copy_from_slice(&bytes[..32]);
        proof.response.copy_from_slice(&bytes[32..]);
        proof
    }

    fn challenge(identity: &[u8; 32], public: &EncryptionPublicKey, commitment: &[u8; 32]) -> Scalar {
        let hash =
            LabelledHash::new("arx/v1/pop").bytes(identity).bytes(&public.to_bytes()).bytes(commitment);
        Scalar::from(u128::from_le_bytes(hash.finish_16()))
    }
}

impl fmt::Debug for ProofOfPossession {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ProofOfPossession(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_compute_the_same_value() {
        let (alice, bob) =
            (EncryptionSecretKey::from_seed(&[1; 32]), EncryptionSecretKey::from_seed(&[2; 32]));
        assert_eq!(alice.diffie_hellman(&bob.public_key()), bob.diffie_hellman(&alice.public_key()));
        assert_ne!(alice.diffie_hellman(&bob.public_key()), alice.diffie_hellman(&alice.public_key()));
    }

    #[test]
    fn bad_points_are_refused() {
        let what = "the encryption key";
        assert_eq!(EncryptionPublicKey::parse(&[0; 32]), Err(WireError::IdentityPoint { what }));
        // RFC 9496, appendix A.2: a non-canonical field element, a negative one, a non-square.
        for bad in [
            "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",
        ] {
            let bytes: [u8; 32] =
                hex::decode(bad).ok().and_then(|b| b.try_into().ok()).expect("32 bytes in hexadecimal");
            assert_eq!(EncryptionPublicKey::parse(&bytes), Err(WireError::NotAPoint { what }), "{bad}");
        }
    }

    #[test]
    fn stored_keys_come_back_and_bad_ones_are_refused() {
        let key = EncryptionSecretKey::from_seed(&[3; 32]);
        let again = EncryptionSecretKey::from_bytes(&key.to_bytes()).expect("own encoding");
        assert_eq!(again.public_key(), key.public_key());
        for bad in [[0; 32], [0xff; 32]] {
            assert!(matches!(EncryptionSecretKey::from_bytes(&bad), Err(WireError::NotAScalar { .. })));
        }
        assert_eq!(format!("{key:?}"), "EncryptionSecretKey([secret])");
    }

    #[test]
    fn possession_is_proven_for_one_key_and_one_identity() {
        let (key, other) =
            (EncryptionSecretKey::from_seed(&[4; 32]), EncryptionSecretKey::from_seed(&[5; 32]));
        let proof = ProofOfPossession::prove(&key, &[6; 32]);
        assert_eq!(proof.verify(&key.public_key(), &[6; 32]), Ok(()));
        assert_eq!(proof.verify(&other.public_key(), &[6; 32]), Err(WireError::ProofOfPossession));
        assert_eq!(proof.verify(&key.public_key(), &[7; 32]), Err(WireError::ProofOfPossession));
        for bit in 0..512 {
            let mut bytes = proof.to_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let flipped = ProofOfPossession::from_bytes(&bytes);
            assert_eq!(
                flipped.verify(&key.public_key(), &[6; 32]),
                Err(WireError::ProofOfPossession),
                "bit {bit}"
            );
        }
    }
}
