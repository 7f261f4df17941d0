//! The node: a member of a cluster, from the chain's queue to the signed result.
//!
//! # Layout
//! - [`node`]: the core, written over three traits, so that a simulation runs exactly this code: [`chain::Chain`],
//!   [`transport::Transport`], [`clock::Clock`]
//! - [`chain`]: accounts, transactions, the watcher; over JSON-RPC and websocket
//! - [`transport`]: frames between members; over QUIC with the nodes' own keys
//! - [`frame`]: what members say to each other, byte for byte
//! - [`store`]: what must survive a crash
//! - [`secrets`]: the node's keys, and how they lie on disk
//! - [`config`], [`commands`], [`telemetry`]: the operator's side
//!
//! ```
//! use arx_node::frame::{AbortReason, Frame, SessionId};
//!
//! // Whatever a peer sends is a frame or a typed error.
//! let frame = Frame::Abort { session: SessionId([7; 32]), reason: AbortReason::PeerSilent, accused: None };
//! let mut bytes = frame.encode()?;
//! assert_eq!(Frame::decode(&bytes)?, frame);
//! bytes.push(0);
//! assert_eq!(Frame::decode(&bytes).unwrap_err().to_string(), "1 bytes follow the end of the frame");
//! # Ok::<(), arx_node::frame::FrameError>(())
//! ```

pub mod chain;
pub mod clock;
pub mod commands;
pub mod config;
pub mod frame;
pub mod identity;
pub mod node;
pub mod secrets;
pub mod store;
pub mod telemetry;
pub mod transport;

pub use identity::Identity;
pub use node::{Node, NodeError, Settings, StockSettings, Timings, Workplace};
