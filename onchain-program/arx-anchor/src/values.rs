//! Encrypted values on their way through a program that cannot read them.

use core::{fmt, marker::PhantomData};

use anchor_lang::prelude::*;
use std::io;

macro_rules! opaque_bytes {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        pub struct $name<T> {
            bytes: Vec<u8>,
            value: PhantomData<fn() -> T>,
        }

        impl<T> $name<T> {
            /// From bytes of `wire.md`. Their content is checked by the arx program, the nodes and clients.
            pub fn new(bytes: Vec<u8>) -> Self {
                Self { bytes, value: PhantomData }
            }

            /// The bytes.
            pub fn as_bytes(&self) -> &[u8] {
                &self.bytes
            }

            /// The bytes.
            pub fn into_bytes(self) -> Vec<u8> {
                self.bytes
            }
        }

        impl<T> Clone for $name<T> {
            fn clone(&self) -> Self {
                Self::new(self.bytes.clone())
            }
        }

        impl<T> PartialEq for $name<T> {
            fn eq(&self, other: &Self) -> bool {
                self.bytes == other.bytes
            }
        }

        impl<T> Eq for $name<T> {}

        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({} bytes)", stringify!($name), self.bytes.len())
            }
        }

        impl<T> AnchorSerialize for $name<T> {
            fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
                AnchorSerialize::serialize(&self.bytes, writer)
            }
        }

        impl<T> AnchorDeserialize for $name<T> {
            fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
                AnchorDeserialize::deserialize_reader(reader).map(Self::new)
            }
        }
    };
}

opaque_bytes! {
    /// An argument that a client encrypted to the cluster's nodes: the client's recipient key, then the input.
    /// `T` is the type of the plaintext, so that arguments cannot be exchanged by mistake.
    EncryptedInput
}

opaque_bytes! {
    /// An output that only the client named by its argument can read.
    EncryptedOutput
}

/// A client's key to encrypt outputs to, of a parameter that carries nothing else.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecipientKey(pub [u8; 32]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_travel_as_byte_strings() {
        let input = EncryptedInput::<u64>::new(vec![1, 2, 3]);
        let bytes = borsh::to_vec(&input).unwrap();
        assert_eq!(bytes, [3, 0, 0, 0, 1, 2, 3]);
        assert_eq!(EncryptedInput::<u64>::try_from_slice(&bytes).unwrap(), input);
        assert!(EncryptedInput::<u64>::try_from_slice(&bytes[..6]).is_err());
        assert_eq!(format!("{input:?}"), "EncryptedInput(3 bytes)");
    }
}
