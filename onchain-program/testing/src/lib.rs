//! Runs the built programs in a real Solana runtime: for the program's own tests, for applications' tests, and for the
//! simulation's chain.
//!
//! Everything executes the committed bytecode of `onchain-program/artifacts`, with signature checks, the precompiles
//! and the runtime's own limits; besides, [`Harness::send`] asserts what a real network would and an in-process
//! runtime does not: the serialised size of a transaction and its number of account locks.
//!
//! # Layout
//! - [`harness`]: the chain: accounts, slots, transactions, snapshots
//! - [`receipt`]: what a transaction did: compute units of each of the program's instructions, logs, the error
//! - [`network`]: a configured network: nodes with keys, an active cluster
//! - [`stake`]: its stake token
//! - [`application`]: an application on it: MXE, definitions
//! - [`input`], [`cell`]: encrypted inputs and state as the chain sees them
//! - [`artifacts`]: where the bytecode lies
//!
//! # Example
//! ```
//! use arx_testing::{Harness, Network, Prices};
//!
//! let mut harness = Harness::new();
//! let network = Network::start(&mut harness, Prices { price_per_unit: 2, base_fee: 5_000 });
//! let cluster = harness.must_load::<arx_program::state::Cluster>(&network.cluster);
//! assert_eq!(cluster.epoch, 1);
//! assert_eq!(cluster.members.len(), 3);
//! ```

pub mod application;
pub mod artifacts;
pub mod cell;
pub mod harness;
pub mod input;
pub mod network;
pub mod receipt;
pub mod stake;

pub use application::Application;
pub use cell::cell_body;
pub use harness::Harness;
pub use network::{Network, NodeKeys, Prices};
pub use receipt::{Receipt, Refusal};
pub use stake::StakeToken;
