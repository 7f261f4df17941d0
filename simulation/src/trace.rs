//! What happened in a run, in order, and the hash that says whether two runs were the same.
//!
//! Everything observable is an event: frames sent, arrived and refused, blocks with their transactions and logs, accounts
//! of every settled computation, nodes started and killed, and whatever the nodes themselves log.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arx_node::clock::{Clock, TokioClock};
use sha2::{Digest, Sha256};

/// Who an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The driver of the run.
    Scenario,
    /// The chain.
    Chain,
    /// The link from one node to another.
    Link(usize, usize),
    /// A node, by its index in the cluster.
    Node(usize),
    /// A client, by its index.
    Client(usize),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scenario => f.write_str("scenario"),
            Self::Chain => f.write_str("chain"),
            Self::Link(from, to) => write!(f, "link {from}>{to}"),
            Self::Node(index) => write!(f, "node {index}"),
            Self::Client(index) => write!(f, "client {index}"),
        }
    }
}

/// One event.
#[derive(Clone, Debug)]
pub struct Event {
    /// Simulated time since the start of the run.
    pub at: Duration,
    /// Who.
    pub actor: Actor,
    /// What.
    pub what: String,
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>9.3} {:<9} {}", self.at.as_secs_f64(), self.actor.to_string(), self.what)
    }
}

/// The events of one run. Cheap to clone; all clones are one trace.
#[derive(Clone)]
pub struct Trace {
    clock: TokioClock,
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    hash: Sha256,
    events: Vec<Event>,
    print: bool,
}

impl Trace {
    /// An empty trace of the run whose time this clock shows. `print` writes every event to standard output at once.
    pub fn new(clock: TokioClock, print: bool) -> Self {
        Self { clock, inner: Arc::new(Mutex::new(Inner { hash: Sha256::new(), events: Vec::new(), print })) }
    }

    /// The clock of the run.
    pub fn clock(&self) -> TokioClock {
        self.clock
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an event that happens now.
    pub fn record(&self, actor: Actor, what: impl Into<String>) {
        let event = Event { at: self.clock.now(), actor, what: what.into() };
        let mut inner = self.lock();
        let line = event.to_string();
        inner.hash.update(line.as_bytes());
        inner.hash.update(b"\n");
        if inner.print {
            println!("{line}");
        }
        inner.events.push(event);
    }

    /// The hash of all events so far.
    pub fn hash(&self) -> [u8; 32] {
        self.lock().hash.clone().finalize().into()
    }

    /// Whether `actor` has an event that contains `text`.
    pub fn contains(&self, actor: Actor, text: &str) -> bool {
        self.lock().events.iter().any(|event| event.actor == actor && event.what.contains(text))
    }

    /// All events so far.
    pub fn events(&self) -> Vec<Event> {
        self.lock().events.clone()
    }
}
