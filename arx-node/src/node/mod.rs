//! The node core: what a member of a cluster does, over any [`Chain`], [`Transport`] and [`Clock`].
//!
//! # Layout
//! - [`Node`]: puts the parts together and runs them; this file.
//! - `scheduler`: the task that decides; with `tracked`, `attempts` and `endings`.
//! - `job`: a queued computation and its circuit, read and checked; `prepare`: what can change until it runs.
//! - `session`: the multi-party protocol of one attempt; `mesh`: its channel.
//! - [`stocking`], `keeper`, `production`: correlated randomness made ahead: what there is, who proposes more, making it.
//! - `signing_keys`: keys that applications sign with, from the request on chain to the key on chain.
//! - `blame`: who is at fault when a session ends without an outcome; `inquest`: who burned a batch.
//! - `court`: the node before the court on chain.
//! - `ending`: from one node's outcome to everyone's signature, as a state machine without side effects.
//! - `submit`: the transactions that settle a computation.
//! - [`settings`]: limits and patience; [`report`]: what tools are told.
//!
//! # From the queue to the chain
//! 1. The watcher shows the queue. Each computation is read once, its circuit fetched by hash and compared with the
//!    definition. Faults every member finds by itself are verdicts (`CircuitMismatch`, `DefinitionMismatch`,
//!    `InputStale`).
//! 2. Computations that share a cell run in queue order, others side by side. The leader of the due attempt sends
//!    `Start`; the others compare it with their own reading, then all run the session that it names.
//! 3. A session ends in an outcome (a result, or a rejection that all reached together) or in an error; then the next
//!    attempt follows with the next leader, after a growing pause, until the deadline. Once results may have been
//!    shown there is no further attempt: the members agree on `ProtocolFailed`.
//! 4. An outcome is stored, announced, and signed only when all have announced the same (`ending`). The complete
//!    certificate is submitted by one member; the others take over one after another if the chain does not show it.
//! 5. A computation past its deadline is expired, again by one member after another.
//!
//! Whatever is sent was durable before; a restarted node goes on with what it finds in its store.

mod attempts;
mod blame;
mod court;
mod ending;
mod endings;
mod inquest;
mod job;
mod keeper;
mod mesh;
#[cfg(feature = "danger-misbehave")]
pub mod misbehave;
mod prepare;
mod production;
pub mod report;
mod scheduler;
mod session;
pub mod settings;
mod signing_keys;
pub mod stocking;
mod submit;
mod tracked;

use std::future::Future;
use std::sync::Arc;

use solana_pubkey::Pubkey;
use tokio::sync::{Notify, watch};
use tracing::{info, warn};

use self::report::{Report, Reporter};
use self::scheduler::{Parts, Scheduler};
use self::stocking::{Stocking, Storage};
use crate::chain::Chain;
use crate::chain::watcher::Watcher;
use crate::clock::Clock;
use crate::secrets::{Entropy, EntropyError, NodeKeys};
use crate::store::{Store, StoreError};
use crate::transport::{Inbox, Transport, TransportError};

pub use job::specs;
pub use settings::{Settings, StockSettings, Timings, Workplace};

/// One node. Everything it spawns lives inside the future of [`Node::run`] and ends with it.
pub struct Node<C, T, K, E> {
    settings: Settings,
    keys: NodeKeys,
    store: Store,
    storage: Box<dyn Storage>,
    chain: Arc<C>,
    transport: Arc<T>,
    clock: K,
    entropy: E,
    reporter: Reporter,
}

impl<C: Chain, T: Transport, K: Clock, E: Entropy> Node<C, T, K, E> {
    /// A node that has not started. After a crash, a new one over the same `store` and `storage` goes on where the old
    /// one was. `storage` is where its stock lies; only clusters whose protocol needs one use it.
    #[allow(
        clippy::too_many_arguments,
        reason = "each is a part of its own, and there is one caller per kind of node"
    )]
    pub fn new(
        settings: Settings,
        keys: NodeKeys,
        store: Store,
        storage: Box<dyn Storage>,
        chain: Arc<C>,
        transport: Arc<T>,
        clock: K,
        entropy: E,
    ) -> Self {
        Node { settings, keys, store, storage, chain, transport, clock, entropy, reporter: Box::new(|_| {}) }
    }

    /// Tells `reporter` what happens. It is called from the deciding task and must not wait.
    pub fn reporting_to(mut self, reporter: impl FnMut(Report) + Send + 'static) -> Self {
        self.reporter = Box::new(reporter);
        self
    }

    /// Runs until `shutdown` completes or something fails that no retry can mend. Must be called inside a tokio
    /// runtime. Dropping the future is a crash: everything that matters was durable before it was sent.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send) -> Result<(), NodeError> {
        let Node { settings, keys, store, mut storage, chain, transport, clock, mut entropy, reporter } =
            self;
        store.claim(&keys.identity())?;
        let stocking = Stocking::open(&mut *storage, &store, &keys, &mut entropy)?;
        info!(identity = %keys.identity(), cluster = %settings.cluster, "starting");
        tokio::pin!(shutdown);

        let genesis = tokio::select! {
            biased;
            () = &mut shutdown => return Ok(()),
            genesis = genesis(&*chain, &clock, &settings.timings) => genesis,
        };
        let inbox = Inbox::new(settings.inbox);
        let nudge = Arc::new(Notify::new());
        let (peers, peers_seen) = watch::channel(Vec::new());
        let (views, views_seen) = watch::channel(None);
        let watcher = Watcher {
            chain: chain.clone(),
            clock: clock.clone(),
            cluster: settings.cluster,
            timings: settings.timings,
            nudge: nudge.clone(),
        };
        let parts = Parts {
            settings,
            keys,
            store,
            chain,
            transport: transport.clone(),
            entropy,
            stocking,
            inbox: inbox.clone(),
            nudge,
            genesis,
            peers,
            reporter,
        };
        let scheduler = Scheduler::new(parts, clock.clone());
        tokio::select! {
            biased;
            stopped = scheduler.run(views_seen, shutdown) => stopped?,
            stopped = transport.run(inbox, peers_seen) => stopped?,
            () = watcher.run(views) => {}
        }
        info!("stopped");
        Ok(())
    }
}

/// Asks which chain this is until it answers.
async fn genesis<C: Chain, K: Clock>(chain: &C, clock: &K, timings: &Timings) -> [u8; 32] {
    loop {
        match chain.genesis().await {
            Ok(genesis) => return genesis,
            Err(error) => warn!(%error, "waiting for the chain"),
        }
        clock.sleep(timings.poll_idle).await;
    }
}

/// The node cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// The transport cannot work.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The store failed. Nothing may be sent that is not durable, so the node stops.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The stock of correlated randomness failed in a way that a new one would not mend.
    #[error("{0}. If the disk is sound, move the folder `stock` away: the node makes a new one")]
    Stock(#[from] mxe_runtime::stock::StoreError),
    /// A state key in the store cannot be read.
    #[error(
        "a state key of version {version} in the store does not open under this node's keys: the store is damaged, or \
         belongs to other keys. Restore both from a backup"
    )]
    StateKey {
        /// Its version.
        version: u64,
    },
    /// No randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The cluster has another encryption key for this node than its key file holds.
    #[error(
        "the encryption key in this node's key file is not the one that cluster {cluster} has for it in epoch {epoch}; \
         every input would look tampered with. Use the key file this node was registered with"
    )]
    WrongEncryptionKey {
        /// The cluster.
        cluster: Pubkey,
        /// Its epoch.
        epoch: u64,
    },
    /// The cluster runs a protocol that this version does not know.
    #[error(
        "cluster {cluster} runs protocol {protocol} with {members} members, which this version of the node does not run; \
         upgrade it"
    )]
    UnknownProtocol {
        /// The cluster.
        cluster: Pubkey,
        /// The protocol's number.
        protocol: u16,
        /// How many members it has.
        members: usize,
    },
}
