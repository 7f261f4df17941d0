//! What a node reports to whoever runs it: facts for tools, not log lines for people.

use serde::Serialize;

/// One report.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Report {
    /// The node sees itself as a member of an active cluster and takes part from now on.
    Serving {
        /// Always true; easy to wait for.
        ready: bool,
        /// The node's identity.
        identity: String,
        /// Address of the cluster.
        cluster: String,
        /// The cluster's epoch.
        epoch: u64,
        /// The node's index among the members.
        index: usize,
    },
    /// A session ended with a result. All figures are the node's own.
    Session {
        /// Address of the computation.
        computation: String,
        /// Which attempt it was, from 0.
        attempt: u32,
        /// Rounds of the protocol, all phases together.
        rounds: u64,
        /// Messages of the protocol that this node sent.
        messages_sent: u64,
        /// Bytes in them.
        bytes_sent: u64,
        /// Milliseconds from the start of the session to its result.
        online_ms: u64,
        /// Milliseconds that the attempt waited for stock at this node, if it led it.
        stock_wait_ms: u64,
    },
    /// A batch of correlated randomness is in the stock.
    Stock {
        /// Its name.
        batch: String,
        /// Seconds that it took.
        seconds: f64,
    },
    /// A member is proven to have misbehaved; the evidence is in the store.
    Misbehavior {
        /// The session.
        session: String,
        /// Who.
        peer: String,
        /// In words.
        what: String,
    },
    /// The chain shows that a computation is settled.
    Settled {
        /// Address of the computation.
        computation: String,
        /// The slot at which that was seen.
        slot: u64,
    },
}

/// Takes reports. Must not wait.
pub(crate) type Reporter = Box<dyn FnMut(Report) + Send>;
