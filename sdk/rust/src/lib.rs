//! The client library: encrypt typed values to a cluster, submit them in the application's own instruction, await the
//! computation, and open what comes back, with every check that the protocol asks of a client.
//!
//! ```text
//! pin the cluster's keys ─ check the definition ─ encrypt ─ send ─ await ─ verify n signatures ─ open
//!       PinnedCluster            Definition         Call      Client::{send, await_*, open}
//! ```
//!
//! What is sent and believed is decided without any I/O, in [`Call`], [`SealedCall`] and [`VerifiedResult`], so that the
//! same code serves a browser, a simulation and a test; [`Client`] only moves bytes. The typed arguments and outputs of
//! an application are generated from its circuit by `arx build` (see [`Instruction`]); no offset, order, size or hash is
//! written by hand, and a client built for another version of the circuit is told so before anything leaves it.
//!
//! # What is checked, and what is not
//! - A result counts if *all* members signed it, under the keys that this client pinned ([`PinnedCluster`]); see
//!   [`verify`] for what a lying RPC server can still do.
//! - The chain stored the call as it was made: same arguments, byte for byte ([`SealedCall::require_stored`]).
//! - Every tag of an encrypted output, the recipient, the session and the one canonical encoding
//!   ([`OutputReader::shared`]).
//! - Failures (tampered input, and so on) are reported as the chain states them; their signatures were checked by the
//!   program alone.
//!
//! # Layout
//! - [`network`]: what is pinned
//! - [`instruction`]: the interface to generated code
//! - [`call`]: one call, encrypting and opening
//! - [`recipient`]: the client's own keys
//! - [`verify`]: believing a result; [`signing_key`]: believing an application's key
//! - [`failure`], [`error`]: what went wrong
//! - [`client`]: the chain; [`deploy`]: putting a circuit there
//!
//! # Example
//! The pure part, with an instruction written out as `arx build` would generate it:
//! ```
//! use arx_sdk::{
//!     Call, CallId, Definition, Encryptor, Error, Instruction, Network, OutputReader, PinnedCluster, PinnedMember,
//!     RecipientSeed, wire::EncryptionSecretKey,
//! };
//! use arx_sdk::program::state::{ComputationDefinition, DefinitionStatus};
//! use solana_pubkey::Pubkey;
//!
//! struct Average;
//! struct AverageSealed { value: Vec<u8> }
//!
//! impl Instruction for Average {
//!     const NAME: &'static str = "average";
//!     const CIRCUIT_HASH: [u8; 32] = [1; 32];
//!     const INTERFACE_HASH: [u8; 32] = [2; 32];
//!     type Arguments = u64;
//!     type Sealed = AverageSealed;
//!     type Outputs = u64;
//!     fn seal(value: &u64, encryptor: &mut Encryptor<'_>) -> Result<AverageSealed, Error> {
//!         Ok(AverageSealed { value: encryptor.shared(0, value)? })
//!     }
//!     fn open(reader: &mut OutputReader<'_>) -> Result<u64, Error> {
//!         reader.shared()
//!     }
//! }
//!
//! // What an application ships, or keeps from its first use: who the members are.
//! let cluster = PinnedCluster {
//!     network: Network::new([3; 32]),
//!     address: Pubkey::new_from_array([4; 32]),
//!     epoch: 1,
//!     protocol: 1,
//!     members: (0..3)
//!         .map(|i| PinnedMember {
//!             identity: Pubkey::new_from_array([i; 32]),
//!             encryption_key: EncryptionSecretKey::from_seed(&[i; 32]).public_key(),
//!         })
//!         .collect(),
//! };
//!
//! // What the chain says the instruction is.
//! let mxe = Pubkey::new_from_array([5; 32]);
//! let mut on_chain = ComputationDefinition {
//!     mxe,
//!     name: "average".into(),
//!     circuit_hash: [1; 32],
//!     interface_hash: [2; 32],
//!     circuit_length: 100,
//!     cost_units: 64,
//!     parameters: vec![],
//!     outputs: vec![],
//!     status: DefinitionStatus::Active,
//!     created_slot: 0,
//!     bump: 255,
//! };
//! let address = Definition::<Average>::address_of(&mxe);
//! let definition = Definition::<Average>::check(address, &on_chain)?;
//!
//! let id = CallId {
//!     instance: Pubkey::new_from_array([6; 32]),
//!     authority: Pubkey::new_from_array([7; 32]),
//!     counter: 0,
//!     not_after: 1_000,
//! };
//! let seed = RecipientSeed::from_stored([8; 32]);
//! let sealed = Call::new(&cluster, &definition, id).encrypt(&41, &seed)?;
//! // Recipient key 32, header 88, tags and bindings of three nodes, eight bytes of ciphertext.
//! assert_eq!(sealed.sealed().value.len(), 32 + 88 + 3 * 32 + 8);
//!
//! // Another version of the circuit is refused before anything is encrypted.
//! on_chain.circuit_hash = [9; 32];
//! let refused = Definition::<Average>::check(address, &on_chain);
//! assert!(matches!(refused, Err(Error::DefinitionMismatch { what: "circuit", .. })));
//! # Ok::<(), Error>(())
//! ```

pub mod call;
pub mod client;
pub mod deploy;
pub mod error;
pub mod failure;
pub mod instruction;
pub mod network;
pub mod recipient;
pub mod signing_key;
pub mod verify;

pub use arcis_circuit as circuit;
pub use arx_program as program;
pub use arx_wire as wire;
pub use arx_wire::recipient::RecipientSeed;
pub use call::{Call, CallId, Definition, SealedCall};
pub use client::{Client, Endpoints, Progress, Settled};
pub use deploy::Deployable;
pub use error::Error;
pub use failure::TransactionFailure;
pub use instruction::{Encryptor, Instruction, OutputReader, Recipient, SealedArgument};
pub use network::{Fingerprint, Network, PinnedCluster, PinnedMember};
pub use recipient::RecipientKeys;
pub use signing_key::ApplicationKey;
pub use verify::{Evidence, VerifiedResult};
