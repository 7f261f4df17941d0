//! Multi-party evaluation of circuits on shares.
//!
//! The parties of a cluster compute a function of values that none of them knows. This crate is the protocols
//! themselves and nothing around them: no sockets, clocks, threads or files. Parties talk through the small
//! trait [`Channel`], randomness is handed in as seeds, and what a peer can do wrong comes back as a
//! [`ProtocolError`] that names the peer. The same code runs in a test with all parties on the in-memory mesh
//! of [`memory`], in a node over QUIC and in a simulated network.
//!
//! # Layout
//! - [`channel`], [`session`]: sending and receiving; broadcasts, the running transcript, counters of
//!   traffic.
//! - [`message`], [`misbehavior`]: signatures over messages; evidence of what a party did.
//! - [`protocol`]: the trait [`Protocol`](protocol::Protocol) that engines implement and everything else is
//!   written over.
//! - [`dishonest_majority`]: the engine for two to sixteen parties, all but one of which may be malicious.
//! - [`verified`]: three-party replicated sharing against one malicious party.
//! - [`replicated`]: three-party replicated sharing over bits, semi-honest.
//! - [`evaluate`]: runs a gate program on any engine, one round per layer.
//! - [`signature`]: Ed25519 signatures under a key that the parties share.
//! - [`certificate`]: everybody's signature on what is about to be shown.
//! - [`coin`], [`input`], [`output`], [`cell`]: the constructions of `docs/protocol.md` around the
//!   evaluation.
//! - [`correlation`]: authenticated bits and triples made ahead, and where an engine takes them from.
//! - [`preprocessing`]: makes that randomness by oblivious transfer.
//! - [`memory`]: parties in one process.
//!
//! ```
//! use futures::executor::block_on;
//! use futures::future::try_join_all;
//! use mpc::protocol::Protocol;
//! use mpc::replicated::Replicated;
//! use mpc::session::Session;
//!
//! // Three parties draw two random bits nobody knows, multiply them, and open factors and product.
//! let parties = mpc::memory::mesh(3).into_iter().enumerate().map(|(i, channel)| async move {
//!     let session = Session::new(channel, [7; 32]);
//!     let mut party = Replicated::start(session, [i as u8; 32]).await?;
//!     let bits = party.random(2).await?;
//!     let product = party.and_layer(&bits[..1], &bits[1..]).await?;
//!     party.check().await?;
//!     party.open(&[bits[0], bits[1], product[0]]).await
//! });
//! let opened = block_on(try_join_all(parties))?;
//! assert!(opened.iter().all(|bits| bits == &opened[0]));
//! let bit = |k| opened[0].bit(k).unwrap();
//! assert_eq!(bit(2), bit(0) & bit(1));
//! # Ok::<(), mpc::ProtocolError>(())
//! ```

pub mod cell;
pub mod certificate;
pub mod channel;
pub mod coin;
pub mod correlation;
pub mod dishonest_majority;
mod error;
pub mod evaluate;
pub mod input;
#[cfg(any(test, feature = "testing"))]
pub mod malicious;
pub mod memory;
pub mod message;
pub mod misbehavior;
pub mod output;
pub mod preprocessing;
pub mod protocol;
pub mod replicated;
pub mod session;
pub mod signature;
mod signing;
mod transcript;
pub mod verified;

pub use channel::{Channel, ChannelError, MAX_PAYLOAD_BYTES, PartyId, Phase, PhaseKind};
pub use error::ProtocolError;
pub use session::{Session, Traffic};
pub use signing::{Records, Report};
pub use transcript::LastOpening;
