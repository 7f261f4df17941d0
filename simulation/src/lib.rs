//! The node's own code on a simulated network, chain and clock, driven by one seed.
//!
//! Everything that is tested elsewhere in parts runs here together: three nodes (`arx-node`, unchanged, over its traits
//! for transport, chain and clock), the built Solana programs in a real runtime, and users who encrypt, pay and decrypt.
//! What differs from a real network is only that time is simulated and that every choice (latency, loss, forks, the moment
//! at which a node is killed) comes from a generator with a given seed. So a run takes a fraction of a second, a
//! hundred runs show a hundred interleavings, and a run that failed can be had again, event by event:
//!
//! ```text
//! cargo run --release -p arx-simulation -- --scenario killed-node --seed 17
//! ```
//!
//! # Layout
//! - [`run`]: one run, from seed to report
//! - [`scenarios`]: what is played, one file per subject; each says what must come of it
//! - [`invariants`]: what must be true at the end of every run
//! - [`world`], [`user`], [`application`], [`prepared`]: what takes part
//! - [`network`], [`chain`], [`disk`]: the simulated surroundings of a node; [`byzantine`]: nodes that misbehave
//! - [`seed`], [`trace`], [`log`], [`failure`]: where choices come from, and what is left of a run
//!
//! # Why a run is repeatable
//! One thread, `tokio`'s current-thread runtime with paused time: the clock moves only when every task waits. No part draws
//! randomness but from its own stream of the seed, and nodes take theirs from [`arx_node::secrets::Entropy`]. Test
//! `determinism` runs every scenario twice and compares the traces' hashes.

pub mod application;
pub mod byzantine;
pub mod chain;
pub mod disk;
pub mod failure;
pub mod invariants;
pub mod log;
pub mod network;
pub mod prepared;
pub mod run;
pub mod scenarios;
pub mod seed;
pub mod trace;
pub mod user;
pub mod world;
