//! Functions for what takes more than an operation: a compiler links those that a circuit calls into it.
//!
//! A [`Gadget`] names a function with its parameters; [`Library::require`] writes it, and what it calls, once, and says
//! its index. The library's functions are the first ones of the circuit. All inputs are typed secret, so that any wires
//! can be passed; what follows from public ones alone costs nothing all the same, and revealing it is free.
//!
//! # Layout
//! - [`builder`]: the writer of functions.
//! - [`sort`], [`hash`], [`fixed`]: sorting networks; hash functions; fixed-point numbers and their functions.
//! - [`field25519`]: arithmetic modulo 2^255 - 19.
//! - [`ed25519`]: verification of signatures.
//!
//! # Example
//! ```
//! use arcis_circuit::library::{Gadget, Hash, Library};
//! use arcis_circuit::{Bits, Circuit, Function, Input, Op, Visibility, evaluate};
//!
//! let mut library = Library::new();
//! let hash = Gadget::Hash { hash: Hash::Sha3_256, bytes: 3 };
//! let function = library.require(&hash);
//! let mut functions = library.into_functions();
//! functions.push(Function {
//!     name: "main".to_owned(),
//!     inputs: vec![Input { width: 24, visibility: Visibility::Secret }],
//!     ops: vec![Op::Call { function, args: vec![0] }],
//!     outputs: vec![1],
//! });
//! let message = Bits::from_bytes(b"abc", 24)?;
//! let digest = evaluate(&Circuit { functions }, &[message], &mut |_| Bits::new())?;
//! assert_eq!(digest[0].to_bytes()[..4], [0x3a, 0x98, 0x5d, 0xa7]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod builder;
pub mod ed25519;
pub mod field25519;
pub mod fixed;
pub mod hash;
pub mod sort;

use std::collections::BTreeMap;

pub use builder::{Builder, Word};
pub use ed25519::Known;
pub use field25519::FieldFunction;
pub use fixed::{FixedFormat, FixedFunction};
pub use hash::Hash;
pub use sort::Sort;

use crate::circuit::Function;

/// A function that the library writes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Gadget {
    /// Keys, with something each, into order: takes the keys, then the payloads if they have any bits, and gives the same.
    Sort(Sort),
    /// The digest of a message of so many bytes. The message is one word, byte `i` in bits `8 i ..`, none if it has no
    /// bytes; the digest is one word in the same order.
    Hash {
        /// Which hash function.
        hash: Hash,
        /// Bytes of the message, at most [`hash::MAX_BYTES`].
        bytes: u32,
    },
    /// The last `rounds` of the 24 rounds of the permutation Keccak-f\[1600\] (FIPS 202, Keccak-p\[1600, rounds\]), on 25
    /// lanes of 64 bits.
    Keccak {
        /// At most 24.
        rounds: u32,
    },
    /// A function on fixed-point numbers.
    Fixed {
        /// Of which format.
        format: FixedFormat,
        /// Which function.
        function: FixedFunction,
    },
    /// Arithmetic modulo 2^255 - 19, on words of 256 bits below the modulus.
    Field25519(FieldFunction),
    /// Whether a signature is one of a key and a message ([`ed25519`]): takes the key, of 256 bits, the signature, of 512, and
    /// the message, none if it has no bytes; gives one bit. Words are bytes one after another.
    Ed25519Verify {
        /// What everybody knows. What is said to be known has to be public where the function is called.
        known: Known,
        /// Bytes of the message, at most [`ed25519::MAX_MESSAGE_BYTES`].
        bytes: u32,
    },
    /// The compression function of SHA-256 on a state of eight words of 32 bits and a block of sixteen, to a state.
    Sha256Compress,
    /// The compression function of SHA-512 on a state of eight words of 64 bits and a block of sixteen, to a state.
    Sha512Compress,
}

/// Widths of the words that a gadget takes and gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// What it takes.
    pub inputs: Vec<u32>,
    /// What it gives.
    pub outputs: Vec<u32>,
}

impl Gadget {
    /// Widths of the words that it takes and gives.
    pub fn signature(&self) -> Signature {
        match self {
            Self::Sort(sort) => sort.signature(),
            Self::Hash { hash, bytes } => Signature {
                inputs: if *bytes == 0 { Vec::new() } else { vec![8 * bytes] },
                outputs: vec![hash.digest_bits()],
            },
            Self::Keccak { .. } => Signature { inputs: vec![64; 25], outputs: vec![64; 25] },
            Self::Fixed { format, function } => function.signature(*format),
            Self::Field25519(function) => {
                Signature { inputs: vec![256; function.operands()], outputs: vec![256] }
            }
            Self::Ed25519Verify { bytes, .. } => {
                let message = Some(8 * bytes).filter(|bits| *bits > 0);
                Signature { inputs: [256, 512].into_iter().chain(message).collect(), outputs: vec![1] }
            }
            Self::Sha256Compress => Signature { inputs: vec![32; 24], outputs: vec![32; 8] },
            Self::Sha512Compress => Signature { inputs: vec![64; 24], outputs: vec![64; 8] },
        }
    }

    fn write(&self, library: &mut Library) -> Function {
        match self {
            Self::Sort(sort) => sort.write(library),
            Self::Hash { hash, bytes } => hash.write(library, *bytes),
            Self::Keccak { rounds } => hash::keccak::write(library, *rounds),
            Self::Fixed { format, function } => function.write(library, *format),
            Self::Field25519(function) => function.write(library),
            Self::Ed25519Verify { known, bytes } => ed25519::write(library, *known, *bytes),
            Self::Sha256Compress => hash::sha2::write_compress(library, self, &hash::sha2::SHA256),
            Self::Sha512Compress => hash::sha2::write_compress(library, self, &hash::sha2::SHA512),
        }
    }
}

/// The functions that have been asked for, callee before caller.
#[derive(Clone, Debug, Default)]
pub struct Library {
    functions: Vec<Function>,
    gadgets: BTreeMap<Gadget, u32>,
}

impl Library {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// The index of a gadget's function, which is written if it is not there yet.
    pub fn require(&mut self, gadget: &Gadget) -> u32 {
        if let Some(&index) = self.gadgets.get(gadget) {
            return index;
        }
        let function = gadget.write(self);
        let index = self.add(function);
        self.gadgets.insert(gadget.clone(), index);
        index
    }

    /// Appends a function; says its index.
    pub fn add(&mut self, function: Function) -> u32 {
        self.functions.push(function);
        (self.functions.len() - 1) as u32
    }

    /// The functions so far.
    pub fn functions(&self) -> &[Function] {
        &self.functions
    }

    /// The functions.
    pub fn into_functions(self) -> Vec<Function> {
        self.functions
    }
}
