//! The bytes between clients and clusters: inputs, outputs, coins, cells.
//!
//! Both sides of every exchange use this crate: a client encrypts its input and opens its output with it, a
//! node derives its pads and masks with it, so the two cannot drift apart. The TypeScript client is held to
//! the same bytes by the test vectors in `vectors/`. The layouts are specified in `docs/protocol.md`, section
//! "Bytes".
//!
//! A ciphertext here *is* a sharing: `c = x ^ p_0 ^ .. ^ p_(n-1)`, where the pad `p_i` is known to the client
//! and to node `i` alone. Nothing is ever decrypted inside the computation.
//!
//! # Rules of every decoder
//! - One length is right, every other is refused; bits past the end of a bit string are zero or the string is
//!   refused.
//! - Points are canonical encodings of ristretto255 elements other than the identity, or are refused.
//! - Errors are values of [`WireError`]; nothing in here panics on what came from outside.
//!
//! # Layout
//! - [`Base`]: everything public that a derivation binds, as one digest.
//! - [`keys`]: Diffie-Hellman keys and the proof of possession that registers one.
//! - [`bits`], [`hash`]: packed bit strings; labelled SHA-256 and the pad stream.
//! - [`input`], [`output`], [`recipient`]: a client's values to the nodes and back.
//! - [`coin`]: commitments and coins that the nodes toss together.
//! - [`cell`]: an application's state at rest.
//! - [`equality`]: Diffie-Hellman values made public, with proof, to settle a dispute.
//!
//! ```
//! use arx_wire::{Base, Member, bits::PackedBits, input, keys::EncryptionSecretKey};
//!
//! let nodes: Vec<_> = (0..3).map(|i| EncryptionSecretKey::from_seed(&[i; 32])).collect();
//! let members = nodes.iter().map(|node| Member { identity: [1; 32], encryption_key: node.public_key() }).collect();
//! let base = Base {
//!     genesis: [2; 32], program: [3; 32], cluster: [4; 32], epoch: 1, protocol: 1, members, mxe: [5; 32],
//!     circuit: [6; 32], interface: [7; 32], instance: [8; 32], authority: [9; 32], counter: 42, not_after: 1_000,
//! };
//! let recipient = EncryptionSecretKey::from_seed(&[10; 32]).public_key();
//! let value = PackedBits::new(12, vec![0xcd, 0x0a])?;
//! let ephemeral = input::EphemeralKeys::from_seed(&[11; 32]);
//! let encrypted = input::encrypt(&base, 0, &[recipient], &value, &ephemeral)?;
//!
//! // Every node removes its own pad; only all of them together would get the value back.
//! let context = encrypted.context(&base, &[recipient])?;
//! let mut opened = encrypted.ciphertext.clone();
//! for (i, node) in nodes.iter().enumerate() {
//!     opened = opened.xor(&context.node_secrets(i as u8, node).pad)?;
//! }
//! assert_eq!(opened, value);
//! # Ok::<(), arx_wire::WireError>(())
//! ```

pub mod base;
pub mod bits;
pub mod cell;
pub mod coin;
pub mod equality;
mod error;
pub mod hash;
pub mod input;
pub mod keys;
pub mod output;
mod reader;
pub mod recipient;

pub use base::{Base, MAX_MEMBERS, MIN_MEMBERS, Member};
pub use error::WireError;
pub use keys::{EncryptionPublicKey, EncryptionSecretKey, ProofOfPossession};

/// The first byte of every encoded input, output and cell. A change of any byte or derivation is a new number
/// and new labels.
pub const VERSION: u8 = 1;

/// Protocol id of three-party replicated sharing, secure against one semi-honest party. Zero is reserved.
pub const PROTOCOL_REPLICATED3_SEMI_HONEST: u16 = 1;

/// Protocol id of pairwise authenticated sharing, for 2 to 16 parties of which all but one may be malicious.
pub const PROTOCOL_DISHONEST_MAJORITY: u16 = 2;

/// Protocol id of three-party replicated sharing with verified products, secure with abort against one malicious
/// party.
pub const PROTOCOL_REPLICATED3_MALICIOUS: u16 = 3;
