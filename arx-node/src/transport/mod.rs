//! Frames between the members of a cluster.
//!
//! # Layout
//! - [`Transport`]: the trait; the node core is written against it.
//! - [`inbox`]: where a transport puts what arrived. All limits on what a peer can make us hold are there.
//! - [`quic`]: the real one, QUIC with mutually authenticated raw public keys.
//!
//! # Contract
//! Frames of one session from one peer arrive in the order they were sent, and so do frames of no session
//! ([`Frame::session_stream`] is `None`). Nothing is promised across sessions. A transport may lose frames only when
//! a connection is lost; session data is numbered, so re-sending what may have been lost is always right, and a gap
//! is noticed by the receiver.

pub mod inbox;
pub mod quic;

use std::future::Future;

use tokio::sync::watch;

use crate::frame::{Frame, SessionId};
use crate::identity::Identity;

pub use inbox::{DeliverError, Inbox};

/// A member of our cluster, as the chain has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Peer {
    /// The node's key.
    pub identity: Identity,
    /// Where it listens, `host:port`.
    pub endpoint: String,
}

/// Carries frames between this node and its peers.
///
/// The node calls [`Transport::run`] once and drops the future to stop. Peers change while it runs: whoever is not
/// in the list is refused, and connections to those who left are closed.
pub trait Transport: Send + Sync + 'static {
    /// Runs the transport: delivers every arriving frame to `inbox`, waiting where the inbox says so. Returns only
    /// when the transport cannot go on (for instance its port is taken).
    fn run(
        &self,
        inbox: Inbox,
        peers: watch::Receiver<Vec<Peer>>,
    ) -> impl Future<Output = Result<(), TransportError>> + Send;

    /// Queues a frame for a peer; never waits. Sending order is kept per session.
    fn send(&self, to: &Identity, frame: Frame) -> Result<(), TransportError>;

    /// What is sent of this session from now on goes after what is sent of others. For work of no hurry; a transport
    /// that knows no priorities may ignore it.
    fn give_way(&self, session: &SessionId) {
        let _ = session;
    }

    /// Whether a connection to this peer stands now.
    fn is_connected(&self, peer: &Identity) -> bool;

    /// Nothing of this session will be sent any more: drop what is kept for it once it is delivered or the
    /// connection is lost.
    fn finish(&self, session: &SessionId);
}

/// The transport could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// Not a member of our cluster.
    #[error("{peer} is not a peer: no member of our cluster has this key")]
    UnknownPeer {
        /// Who was addressed.
        peer: Identity,
    },
    /// The peer takes nothing and its queue is full.
    #[error("the queue of frames for {peer} is full ({queued_bytes} bytes): it is unreachable or too slow")]
    QueueFull {
        /// Who was addressed.
        peer: Identity,
        /// Bytes waiting for it.
        queued_bytes: usize,
    },
    /// A frame that no peer would accept: a fault of our own.
    #[error("cannot send a {kind} frame: {error}")]
    Frame {
        /// Its kind.
        kind: &'static str,
        /// What is wrong with it.
        error: crate::frame::FrameError,
    },
    /// The listening socket could not be opened.
    #[error("cannot listen on {address}: {why}")]
    Listen {
        /// The configured address.
        address: String,
        /// The system's words.
        why: String,
    },
    /// The TLS keys could not be used.
    #[error("cannot set up TLS with the identity key: {why}")]
    Tls {
        /// What rustls said.
        why: String,
    },
}
