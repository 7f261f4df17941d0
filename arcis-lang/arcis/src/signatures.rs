//! Ed25519 signatures (RFC 8032).

use arcis_circuit::{BitReader, Bits, Type, Value, ValueError};
use ed25519_dalek::{Signer, SigningKey};

macro_rules! bytes {
    ($($(#[$doc:meta])* $name:ident, $length:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name {
            bytes: [u8; $length],
        }

        impl $name {
            /// With these bytes.
            pub const fn from_bytes(bytes: [u8; $length]) -> Self {
                Self { bytes }
            }

            /// Its bytes.
            pub const fn to_bytes(self) -> [u8; $length] {
                self.bytes
            }
        }

        impl Value for $name {
            fn ty() -> Type {
                let fields = vec![("bytes".to_owned(), <[u8; $length]>::ty())];
                Type::Struct { name: stringify!($name).to_owned(), fields }
            }

            fn write_bits(&self, out: &mut Bits) {
                self.bytes.write_bits(out);
            }

            fn read_bits(reader: &mut BitReader<'_>) -> Result<Self, ValueError> {
                <[u8; $length]>::read_bits(reader).map(Self::from_bytes)
            }
        }
    )*};
}

bytes! {
    /// A signature.
    ArcisEd25519Signature, 64;
    /// The key that a signature is verified with.
    VerifyingKey, 32;
}

/// The key that the nodes share, for an application: on the network no node has it.
#[derive(Clone, Copy, Debug)]
pub struct MXESigningKey;

impl MXESigningKey {
    /// Signs a message, which has to be public. The signature is public, too: every node sees it.
    ///
    /// A circuit signs as often as it can: where a public condition around this does not hold, it signs a fixed text
    /// instead. A secret condition is an error.
    ///
    /// Natively the key is one for tests, the same everywhere; see [`MXESigningKey::verifying_key`].
    pub fn sign(message: &[u8]) -> ArcisEd25519Signature {
        ArcisEd25519Signature::from_bytes(Self::native().sign(message).to_bytes())
    }

    /// What verifies the signatures of native runs. Not in circuits: there the key is the application's, which it reads from
    /// the chain and passes as an argument.
    pub fn verifying_key() -> VerifyingKey {
        VerifyingKey::from_bytes(Self::native().verifying_key().to_bytes())
    }

    fn native() -> SigningKey {
        SigningKey::from_bytes(b"arcis: a key for native runs    ")
    }
}

impl VerifyingKey {
    /// Whether this is the key's signature of the message, by the rule of RFC 8032 without the cofactor, and strictly: the
    /// key is the canonical encoding of a point, S is less than the order of the base point, R is the canonical encoding of
    /// `[S] B - [h] A`, and neither the key nor R has a small order. For every key that somebody made as the standard says,
    /// that is what ed25519-dalek's `verify_strict` and Solana's Ed25519 program decide.
    ///
    /// In a circuit, key, message and signature are known before it runs (plaintext arguments, constants); verifying them costs
    /// no gate then. In a function marked `#[public]` they may also be what the circuit revealed. Of secrets it is an error
    /// that says what to do instead.
    pub fn verify(&self, message: &[u8], signature: &ArcisEd25519Signature) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(&signature.bytes);
        ed25519_dalek::VerifyingKey::from_bytes(&self.bytes).is_ok_and(|key| {
            // What is read of another encoding of the same point is hashed as it stands, but not a key by the standard.
            let is_canonical = key.to_edwards().compress().to_bytes() == self.bytes;
            is_canonical && key.verify_strict(message, &signature).is_ok()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_the_standard() {
        // RFC 8032, 7.1, test 2.
        let key = SigningKey::from_bytes(&[
            0x4c, 0xcd, 0x08, 0x9b, 0x28, 0xff, 0x96, 0xda, 0x9d, 0xb6, 0xc3, 0x46, 0xec, 0x11, 0x4e, 0x0f,
            0x5b, 0x8a, 0x31, 0x9f, 0x35, 0xab, 0xa6, 0x24, 0xda, 0x8c, 0xf6, 0xed, 0x4f, 0xb8, 0xa6, 0xfb,
        ]);
        let verifying = VerifyingKey::from_bytes(key.verifying_key().to_bytes());
        assert_eq!(verifying.to_bytes()[..4], [0x3d, 0x40, 0x17, 0xc3]);
        let signature = ArcisEd25519Signature::from_bytes(key.sign(&[0x72]).to_bytes());
        assert_eq!(signature.to_bytes()[..4], [0x92, 0xa0, 0x09, 0xa9]);
        assert!(verifying.verify(&[0x72], &signature));
        assert!(!verifying.verify(&[0x73], &signature));
        assert!(!VerifyingKey::from_bytes([2; 32]).verify(&[0x72], &signature));
    }

    #[test]
    fn one_writing_of_a_signature_is_one() {
        let key = SigningKey::from_bytes(&[5; 32]);
        let verifying = VerifyingKey::from_bytes(key.verifying_key().to_bytes());
        let bytes = key.sign(b"message").to_bytes();
        assert!(verifying.verify(b"message", &ArcisEd25519Signature::from_bytes(bytes)));
        // S plus the order of the base point: the same scalar.
        let order = [
            0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
        ];
        let mut other = bytes;
        let mut carry = 0;
        for (byte, added) in other[32..].iter_mut().zip(order) {
            carry += u16::from(*byte) + added;
            *byte = carry as u8;
            carry >>= 8;
        }
        assert!(!verifying.verify(b"message", &ArcisEd25519Signature::from_bytes(other)));
    }

    /// Under the neutral element, R = [S] B is a signature of everything.
    #[test]
    fn keys_that_sign_everything_are_none() {
        let mut signature = [0; 64];
        signature[0] = 1;
        let mut neutral = [0; 32];
        neutral[0] = 1;
        let mut not_reduced = [0xff; 32];
        (not_reduced[0], not_reduced[31]) = (0xee, 0x7f);
        for key in [neutral, not_reduced] {
            let lenient = ed25519_dalek::VerifyingKey::from_bytes(&key).unwrap();
            assert!(ed25519_dalek::Verifier::verify(&lenient, b"message", &signature.into()).is_ok());
            let signature = ArcisEd25519Signature::from_bytes(signature);
            assert!(!VerifyingKey::from_bytes(key).verify(b"message", &signature));
        }
        // 3 + p, a point of great order written in another way.
        not_reduced[0] = 0xf0;
        let signed = ArcisEd25519Signature::from_bytes(signature);
        assert!(!VerifyingKey::from_bytes(not_reduced).verify(b"message", &signed));
    }

    #[test]
    fn the_native_key_signs() {
        let signature = MXESigningKey::sign(b"message");
        assert!(MXESigningKey::verifying_key().verify(b"message", &signature));
    }
}
