//! What can be wrong with bytes that came from outside.

use thiserror::Error;

/// Why bytes were refused. Every variant names what was being read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WireError {
    /// The bytes have another length than their own header says they must.
    #[error(
        "{what} is {actual} bytes long where its contents require {expected}; it was cut, padded or built for \
         another cluster"
    )]
    WrongLength {
        /// What was being read.
        what: &'static str,
        /// The only length that is right.
        expected: u64,
        /// The length that came.
        actual: u64,
    },
    /// The version byte names a format that this code does not know.
    #[error("{what} has format version {actual}; this build reads version {expected}; update the older side")]
    UnknownVersion {
        /// What was being read.
        what: &'static str,
        /// The version that is read here.
        expected: u8,
        /// The version that came.
        actual: u8,
    },
    /// A cluster of this size does not exist.
    #[error(
        "{what} is for a cluster of {actual} nodes; a cluster has {min} to {max}",
        min = crate::MIN_MEMBERS,
        max = crate::MAX_MEMBERS
    )]
    ImpossibleMemberCount {
        /// What was being read.
        what: &'static str,
        /// The number that came.
        actual: usize,
    },
    /// A field names something else than the computation it is used in.
    #[error(
        "{what} has {field} {actual} where this computation has {expected}; it was made for another call"
    )]
    OtherComputation {
        /// What was being read.
        what: &'static str,
        /// The field that differs.
        field: &'static str,
        /// The value of this computation.
        expected: u64,
        /// The value that came.
        actual: u64,
    },
    /// A 32-byte or longer field names something else than the computation it is used in.
    #[error("{what} has another {field} than this computation; it was made for another call")]
    OtherContext {
        /// What was being read.
        what: &'static str,
        /// The field that differs.
        field: &'static str,
    },
    /// Bits beyond the stated number of bits are set: a second encoding of the same value, or garbage.
    #[error("{what} has bits set past its {bits} bits; only one encoding of a value is accepted")]
    BitsPastEnd {
        /// What was being read.
        what: &'static str,
        /// How many bits it holds.
        bits: u32,
    },
    /// A bit string without bits where a value is needed.
    #[error("{what} has no bits; a parameter without data takes no ciphertext")]
    NoBits {
        /// What was being read.
        what: &'static str,
    },
    /// Two bit strings that belong together differ in length.
    #[error("a string of {left} bits cannot be combined with one of {right} bits")]
    BitLengthsDiffer {
        /// Length of the one.
        left: u32,
        /// Length of the other.
        right: u32,
    },
    /// Not the canonical encoding of a ristretto255 element.
    #[error("{what} is not the canonical encoding of a ristretto255 point")]
    NotAPoint {
        /// Which point.
        what: &'static str,
    },
    /// The identity, with which every Diffie-Hellman value is known to everyone.
    #[error("{what} is the identity point, with which nothing can be kept secret")]
    IdentityPoint {
        /// Which point.
        what: &'static str,
    },
    /// Not the canonical encoding of a non-zero scalar.
    #[error("{what} is not the canonical encoding of a non-zero scalar")]
    NotAScalar {
        /// Which scalar.
        what: &'static str,
    },
    /// A proof of possession does not verify.
    #[error(
        "the proof of possession does not verify: it was not made by the holder of this encryption key for this \
         identity"
    )]
    ProofOfPossession,
    /// A Diffie-Hellman value that was made public is not proven to be the one of its two sides.
    #[error("the Diffie-Hellman value is not proven to be that of these two keys, for this purpose")]
    Equality,
    /// A node's tag of an output does not verify: that node altered its pad, or the bytes were altered on the
    /// way.
    #[error(
        "the tag of node {node} does not fit the output: the output was altered, or that node used a wrong pad"
    )]
    OutputTag {
        /// Index of the node in the cluster.
        node: u8,
    },
}
