//! Hash functions. Natively they are run by the reference evaluator, on the very circuits that the network runs.

use arcis_circuit::library::{Gadget, Hash, Library};
use arcis_circuit::{Bits, Circuit, Function, Input, Op, Visibility, evaluate};

fn digest(hash: Hash, message: &[u8]) -> Vec<u8> {
    let bytes = message.len() as u32;
    let mut library = Library::new();
    let function = library.require(&Gadget::Hash { hash, bytes });
    let mut functions = library.into_functions();
    let (inputs, args) = if message.is_empty() {
        (Vec::new(), Vec::new())
    } else {
        (vec![Input { width: 8 * bytes, visibility: Visibility::Secret }], vec![0])
    };
    let outputs = vec![inputs.len() as u32];
    functions.push(Function {
        name: "digest".to_owned(),
        inputs,
        ops: vec![Op::Call { function, args }],
        outputs,
    });
    let words: Vec<Bits> = if message.is_empty() {
        Vec::new()
    } else {
        vec![message.iter().flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1 == 1)).collect()]
    };
    let result = evaluate(&Circuit { functions }, &words, &mut |width| Bits::zeros(width as usize));
    match result.as_deref() {
        Ok([digest]) => digest.to_bytes(),
        other => panic!("a message of {bytes} bytes cannot be hashed: {other:?}"),
    }
}

macro_rules! hashes {
    ($($(#[$doc:meta])* $name:ident, $hash:ident, $bytes:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default)]
        #[allow(non_camel_case_types, reason = "the name is part of the language")]
        pub struct $name {
            _private: (),
        }

        impl $name {
            /// The hash function.
            pub fn new() -> Self {
                Self::default()
            }

            /// The digest of a message.
            ///
            /// # Panics
            /// When the message is longer than a circuit can hash.
            pub fn digest(&self, message: &[u8]) -> [u8; $bytes] {
                let digest = digest(Hash::$hash, message);
                digest.try_into().expect("the digest has its length")
            }
        }
    )*};
}

hashes! {
    /// SHA-256 (FIPS 180-4).
    SHA256, Sha256, 32;
    /// SHA-512 (FIPS 180-4).
    SHA512, Sha512, 64;
    /// SHA3-256 (FIPS 202).
    SHA3_256, Sha3_256, 32;
    /// SHA3-512 (FIPS 202).
    SHA3_512, Sha3_512, 64;
    /// Keccak-256, as Ethereum uses it.
    Keccak256, Keccak256, 32;
    /// TurboSHAKE128 (RFC 9861) with 32 bytes of output: the hash function that costs a circuit least.
    TurboShake128, TurboShake128, 32;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-4 and FIPS 202 examples: "abc".
    #[test]
    fn known_answers() {
        assert_eq!(SHA256::new().digest(b"abc")[..4], [0xba, 0x78, 0x16, 0xbf]);
        assert_eq!(SHA512::new().digest(b"abc")[..4], [0xdd, 0xaf, 0x35, 0xa1]);
        assert_eq!(SHA3_256::new().digest(b"abc")[..4], [0x3a, 0x98, 0x5d, 0xa7]);
        assert_eq!(SHA3_512::new().digest(b"")[..4], [0xa6, 0x9f, 0x73, 0xcc]);
    }
}
