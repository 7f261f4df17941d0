//! Ed25519 signatures (RFC 8032).

use arcis_circuit::{BitReader, Bits, Type, Value, ValueError};
use ed25519_dalek::Verifier;

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

impl VerifyingKey {
    /// Whether this is the key's signature of the message. Not in circuits: the compiler says what to do instead.
    pub fn verify(&self, message: &[u8], signature: &ArcisEd25519Signature) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(&signature.bytes);
        ed25519_dalek::VerifyingKey::from_bytes(&self.bytes)
            .is_ok_and(|key| key.verify(message, &signature).is_ok())
    }
}
