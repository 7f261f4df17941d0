//! The scheduler: one task that owns all decisions.
//!
//! It wakes for a new [`View`] of the chain, a frame from a peer, the end of something it started, or a timer; each
//! time it takes in what came and then brings everything that is due under way (`tick`). Reading the chain, running
//! sessions and sending transactions happen in tasks of their own, which report back; nothing else touches the state.
//! So there are no locks between decisions, and with the same events in the same order the same things happen.
//!
//! The rest of its `impl` is beside: `attempts` (from the queue to a session's outcome), `endings` (from an outcome to
//! the chain).

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use arx_wire::{
    PROTOCOL_DISHONEST_MAJORITY, PROTOCOL_REPLICATED3_MALICIOUS, PROTOCOL_REPLICATED3_SEMI_HONEST,
};
use mpc::preprocessing::replay::Replay;
use mpc::signature::KeyName;
use mxe_runtime::{ExecuteError, NodeSecrets, Outcome};
use tokio::sync::{Notify, watch};
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};
use tracing::{debug, error, info, warn};

use super::NodeError;
use super::blame::Ended;
use super::court::{CourtError, Hearings};
use super::job::{Job, LoadError, Loader};
use super::keeper::Keeper;
use super::prepare::{PrepareError, Prepared};
use super::production::{Produced, ProductionError};
use super::report::{Report, Reporter};
use super::settings::Settings;
use super::signing_keys::{Requests, SigningKeys};
use super::stocking::Stocking;
use super::tracked::{PendingStart, Tracked};
use crate::chain::view::{ClusterView, View};
use crate::chain::{Chain, SubmitError};
use crate::clock::Clock;
use crate::frame::{AbortReason, ComputationId, Frame, SessionId};
use crate::identity::Identity;
use crate::secrets::{Entropy, NodeKeys};
use crate::store::Store;
use crate::transport::inbox::{Inbox, Incoming};
use crate::transport::{Peer, Transport};

/// Pace of [`Inbox::sweep`] and of other housekeeping.
const HOUSEKEEPING: Duration = Duration::from_secs(30);
/// Rounds of housekeeping between two prunings of the store.
const PRUNE_EVERY: u32 = 20;
/// How long a stopping node lets sessions end that may have shown something.
const STOP_LIMIT: Duration = Duration::from_secs(10);
/// How long the transport has for the last frames.
const FLUSH: Duration = Duration::from_millis(300);
/// Computations read at once.
pub(super) const LOADS: usize = 16;

/// The scheduler's state.
pub(super) struct Scheduler<C, T, K, E> {
    pub(super) settings: Settings,
    pub(super) keys: NodeKeys,
    pub(super) secrets: Arc<NodeSecrets>,
    pub(super) me: Identity,
    pub(super) store: Store,
    pub(super) chain: Arc<C>,
    pub(super) transport: Arc<T>,
    pub(super) clock: K,
    pub(super) entropy: E,
    pub(super) inbox: Inbox,
    pub(super) loader: Arc<Loader<C>>,
    /// Asks the watcher for a reading.
    pub(super) nudge: Arc<Notify>,
    pub(super) genesis: [u8; 32],
    /// The last reading, while this node is a member of an active cluster.
    pub(super) service: Option<Service>,
    pub(super) tracked: BTreeMap<ComputationId, Tracked>,
    /// The computations in the queue, in queue order.
    pub(super) order: Vec<ComputationId>,
    /// Proposals of computations that are not in the queue as we see it.
    pub(super) unknown: BTreeMap<ComputationId, PendingStart>,
    /// Computations that left the queue while their outcome was stored, and the slot at which that was seen.
    pub(super) settled: BTreeMap<ComputationId, u64>,
    pub(super) fence: Option<u64>,
    pub(super) tasks: JoinSet<Done>,
    /// What each task of `tasks` is for, should it panic.
    pub(super) purposes: BTreeMap<Id, Purpose>,
    /// The stock, in clusters whose protocol needs one.
    pub(super) stocking: Stocking,
    pub(super) keeper: Keeper,
    /// Sessions that ended without an outcome.
    pub(super) ended: Ended,
    pub(super) hearings: Hearings,
    pub(super) signing_keys: SigningKeys,
    peers: watch::Sender<Vec<Peer>>,
    pub(super) reporter: Reporter,
    housekeeping_at: Duration,
    rounds: u32,
    /// When a stopping node stops waiting.
    stop_at: Option<Duration>,
}

/// What this node serves at the moment.
#[derive(Clone)]
pub(super) struct Service {
    pub(super) cluster: Arc<ClusterView>,
    pub(super) members: Arc<[Identity]>,
    /// This node's index.
    pub(super) index: usize,
    /// The slot of the last reading.
    pub(super) slot: u64,
}

/// What a task of the scheduler's came to.
pub(super) enum Done {
    Loaded(ComputationId, Result<Arc<Job>, LoadError>),
    Prepared(ComputationId, u64, Result<Arc<Prepared>, PrepareError>),
    Session(ComputationId, SessionId, Result<Outcome, ExecuteError>),
    Submitted(ComputationId, Result<(), SubmitError>),
    Produced(SessionId, Result<Produced, ProductionError>),
    KeysAskedFor(Requests),
    KeyPublished(KeyName, Result<(), SubmitError>),
    Heard(Result<Option<SessionId>, CourtError>),
    Replayed(SessionId, Option<Replay>),
}

/// What a task is for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    Computation(ComputationId),
    Stock,
    Court,
    SigningKeys,
    Inquest,
}

impl From<ComputationId> for Purpose {
    fn from(computation: ComputationId) -> Self {
        Purpose::Computation(computation)
    }
}

/// What a scheduler is made of.
pub(super) struct Parts<C, T, E> {
    pub(super) settings: Settings,
    pub(super) keys: NodeKeys,
    pub(super) store: Store,
    pub(super) chain: Arc<C>,
    pub(super) transport: Arc<T>,
    pub(super) entropy: E,
    pub(super) stocking: Stocking,
    pub(super) inbox: Inbox,
    pub(super) nudge: Arc<Notify>,
    pub(super) genesis: [u8; 32],
    pub(super) peers: watch::Sender<Vec<Peer>>,
    pub(super) reporter: Reporter,
}

impl<C: Chain, T: Transport, K: Clock, E: Entropy> Scheduler<C, T, K, E> {
    pub(super) fn new(parts: Parts<C, T, E>, clock: K) -> Self {
        let Parts {
            settings,
            keys,
            store,
            chain,
            transport,
            entropy,
            stocking,
            inbox,
            nudge,
            genesis,
            peers,
            reporter,
        } = parts;
        let now = clock.now();
        Scheduler {
            secrets: Arc::new(NodeSecrets {
                encryption_key: keys.encryption(),
                state_secret: keys.state_secret(),
            }),
            me: keys.identity(),
            loader: Arc::new(Loader::new(chain.clone(), store.clone())),
            settings,
            keys,
            store,
            chain,
            transport,
            clock,
            entropy,
            inbox,
            nudge,
            genesis,
            service: None,
            tracked: BTreeMap::new(),
            order: Vec::new(),
            unknown: BTreeMap::new(),
            settled: BTreeMap::new(),
            fence: None,
            tasks: JoinSet::new(),
            purposes: BTreeMap::new(),
            stocking,
            keeper: Keeper::new(),
            ended: Ended::new(),
            hearings: Hearings::new(now),
            signing_keys: SigningKeys::new(now),
            peers,
            reporter,
            housekeeping_at: now + HOUSEKEEPING,
            rounds: 0,
            stop_at: None,
        }
    }

    /// Runs until `shutdown` completes and everything that may have shown something has ended.
    pub(super) async fn run(
        mut self,
        mut views: watch::Receiver<Option<Arc<View>>>,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Result<(), NodeError> {
        tokio::pin!(shutdown);
        let inbox = self.inbox.clone();
        let clock = self.clock.clone();
        loop {
            let wake = self.tick()?;
            if self.has_stopped() {
                // What was said last still has to go out.
                clock.sleep(FLUSH).await;
                return Ok(());
            }
            tokio::select! {
                biased;
                () = &mut shutdown, if self.stop_at.is_none() => self.stop(),
                changed = views.changed() => {
                    let view = views.borrow_and_update().clone();
                    match (changed, view) {
                        (Ok(()), Some(view)) => self.on_view(&view)?,
                        (Ok(()), None) => {}
                        (Err(_), _) => return Ok(()),
                    }
                }
                Some(done) = self.tasks.join_next_with_id() => self.on_done(done)?,
                (from, incoming) = inbox.next() => self.on_incoming(from, incoming)?,
                () = clock.sleep_until(wake) => {}
            }
        }
    }

    pub(super) fn report(&mut self, report: Report) {
        (self.reporter)(report);
    }

    pub(super) fn now(&self) -> Duration {
        self.clock.now()
    }

    /// Whether the computation was queued before this node's keys were restored from a backup: the node cannot know
    /// what it did about it.
    pub(super) fn is_fenced(&self, computation: &ComputationId) -> bool {
        let slot = self.tracked.get(computation).map(|tracked| tracked.waiting.slot);
        matches!((self.fence, slot), (Some(fence), Some(slot)) if slot <= fence)
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stop_at.is_some()
    }

    /// Leaves every session that can be repeated elsewhere.
    fn stop(&mut self) {
        self.stop_at = Some(self.now() + STOP_LIMIT);
        let idle = |tracked: &&Tracked| tracked.running.as_ref().is_some_and(|running| !running.is_opening());
        let leave: Vec<ComputationId> =
            self.tracked.values().filter(idle).map(|tracked| tracked.waiting.computation).collect();
        info!(sessions = leave.len(), "stopping");
        for computation in leave {
            self.leave_session(&computation, AbortReason::ShuttingDown);
        }
        if let Err(error) = self.end_production(AbortReason::ShuttingDown, None) {
            warn!(%error, "the stock was left as it is");
        }
    }

    fn has_stopped(&self) -> bool {
        let Some(limit) = self.stop_at else { return false };
        let busy =
            self.tracked.values().any(|tracked| tracked.running.is_some() || tracked.submission.under_way);
        !busy || self.now() >= limit
    }

    fn on_view(&mut self, view: &View) -> Result<(), NodeError> {
        let served = self.service.as_ref().map(|service| service.cluster.epoch);
        self.service = match &view.cluster {
            Some(cluster) => self.service_of(cluster, view.slot)?,
            None => None,
        };
        if let Some(Service { cluster, index, .. }) = self.service.clone()
            && served != Some(cluster.epoch)
        {
            self.end_production(AbortReason::Superseded, None)?;
            self.keeper.inquest = None;
            self.stocking.serve(&cluster.address.to_bytes(), cluster.epoch)?;
            self.announce_holdings();
            let (identity, address) = (self.me.to_string(), cluster.address.to_string());
            self.report(Report::Serving {
                ready: true,
                identity,
                cluster: address,
                epoch: cluster.epoch,
                index,
            });
        }
        let peers = self.service.as_ref().map(|service| service.cluster.peers()).unwrap_or_default();
        self.peers.send_if_modified(|known| {
            let changed = *known != peers;
            *known = peers;
            changed
        });
        if self.service.is_none() {
            return Ok(());
        }
        if self.rounds == 0 {
            self.first_view(view)?;
        }

        let now = self.now();
        self.order = view.queue.iter().map(|waiting| waiting.computation).collect();
        for waiting in &view.queue {
            match self.tracked.entry(waiting.computation) {
                Entry::Occupied(mut known) => {
                    let known = known.get_mut();
                    known.waiting = *waiting;
                    if known.left.take().is_some() {
                        warn!(computation = %waiting.computation, "is in the queue again: the chain switched forks");
                        known.submission.at = None;
                        // What it stood for may differ on this fork.
                        known.job = None;
                        known.forget_reading();
                    }
                }
                Entry::Vacant(place) => {
                    debug!(computation = %waiting.computation, slot = waiting.slot, "queued");
                    place.insert(Tracked::new(*waiting, now));
                    self.settled.remove(&waiting.computation);
                    self.restore(&waiting.computation)?;
                }
            }
        }
        let gone: Vec<ComputationId> = self
            .tracked
            .iter()
            .filter(|(computation, tracked)| tracked.left.is_none() && !self.order.contains(computation))
            .map(|(computation, _)| *computation)
            .collect();
        for computation in gone {
            self.left_the_queue(&computation, view.slot);
        }
        Ok(())
    }

    /// What this node serves, if it is a member; refuses to go on with keys or a protocol that cannot work.
    fn service_of(&self, cluster: &ClusterView, slot: u64) -> Result<Option<Service>, NodeError> {
        let Some(index) = cluster.index_of(&self.me) else {
            if self.service.is_some() {
                warn!(cluster = %cluster.address, "this node is not a member of the cluster any more");
            }
            return Ok(None);
        };
        let registered = cluster.members.get(index).map(|member| member.encryption_key.to_bytes());
        if registered != Some(self.secrets.encryption_key.public_key().to_bytes()) {
            return Err(NodeError::WrongEncryptionKey { cluster: cluster.address, epoch: cluster.epoch });
        }
        let (protocol, members) = (cluster.protocol, cluster.members.len());
        let known = match protocol {
            PROTOCOL_REPLICATED3_SEMI_HONEST | PROTOCOL_REPLICATED3_MALICIOUS => members == 3,
            PROTOCOL_DISHONEST_MAJORITY => (2..=16).contains(&members),
            _ => false,
        };
        if !known {
            return Err(NodeError::UnknownProtocol { cluster: cluster.address, protocol, members });
        }
        let same = self.service.as_ref().filter(|service| *service.cluster == *cluster);
        let cluster = match same {
            Some(service) => service.cluster.clone(),
            None => {
                info!(cluster = %cluster.address, epoch = cluster.epoch, protocol, members = cluster.members.len(), index, "serving");
                Arc::new(cluster.clone())
            }
        };
        Ok(Some(Service { members: cluster.identities().into(), cluster, index, slot }))
    }

    fn first_view(&mut self, view: &View) -> Result<(), NodeError> {
        self.rounds = 1;
        self.fence = self.store.settle_fence(view.slot)?;
        if let Some(fence) = self.fence {
            info!(fence, "keys come from a backup: computations queued up to this slot are left alone");
        }
        for computation in self.store.endings()? {
            self.settled.insert(computation, view.slot);
        }
        Ok(())
    }

    fn on_done(&mut self, done: Result<(Id, Done), JoinError>) -> Result<(), NodeError> {
        match done {
            Ok((id, done)) => {
                self.purposes.remove(&id);
                match done {
                    Done::Loaded(computation, job) => self.on_loaded(&computation, job),
                    Done::Prepared(computation, reading, prepared) => {
                        self.on_prepared(&computation, reading, prepared);
                    }
                    Done::Session(computation, session, outcome) => {
                        self.on_session_end(&computation, session, outcome)?;
                    }
                    Done::Submitted(computation, sent) => self.on_submitted(&computation, sent),
                    Done::Produced(session, outcome) => self.on_produced(session, outcome)?,
                    Done::Heard(heard) => self.on_heard(heard),
                    Done::KeysAskedFor(requests) => self.on_keys_asked_for(requests)?,
                    Done::KeyPublished(name, sent) => self.on_key_published(&name, sent),
                    Done::Replayed(session, replay) => self.on_replayed(session, replay)?,
                }
            }
            Err(joined) => {
                let purpose = self.purposes.remove(&joined.id());
                if joined.is_panic() {
                    metrics::counter!("arx_panics_total").increment(1);
                    error!(?purpose, "a task panicked; this is a bug, please report it");
                    match purpose {
                        Some(Purpose::Computation(computation)) => self.on_panic(&computation)?,
                        Some(Purpose::Stock) => self.end_production(AbortReason::Internal, None)?,
                        Some(Purpose::SigningKeys) => self.on_signing_keys_panic(),
                        Some(Purpose::Court) => self.on_heard(Ok(None)),
                        Some(Purpose::Inquest) => self.keeper.inquest = None,
                        None => {}
                    }
                }
            }
        }
        Ok(())
    }

    /// Brings a computation back to order after a task of its ended without a word.
    fn on_panic(&mut self, computation: &ComputationId) -> Result<(), NodeError> {
        let now = self.now();
        let retry = self.settings.timings.retry_limit;
        let Some(tracked) = self.tracked.get_mut(computation) else { return Ok(()) };
        tracked.loading.under_way = false;
        tracked.loading.at = now + retry;
        tracked.preparing = false;
        tracked.prepare_at = now + retry;
        tracked.submission.under_way = false;
        if tracked.running.as_ref().is_some_and(|running| running.abort.is_finished()) {
            self.session_failed(computation, AbortReason::Internal)?;
        }
        Ok(())
    }

    fn on_incoming(&mut self, from: Identity, incoming: Incoming) -> Result<(), NodeError> {
        match incoming {
            Incoming::Connected => {
                self.repeat_endings_to(&from);
                self.greet(&from);
                Ok(())
            }
            Incoming::Frame(Frame::Start(start)) => {
                self.on_start(from, start);
                Ok(())
            }
            Incoming::Frame(Frame::Decline { session, reason }) => {
                if self.left_production(&from, session, Some(reason))? {
                    return Ok(());
                }
                self.on_left(from, session, &format!("declined: {reason:?}"))
            }
            Incoming::Frame(Frame::Abort { session, reason, accused }) => {
                if let Some(accused) = accused {
                    self.on_accusation(&from, &session, accused)?;
                }
                if self.left_production(&from, session, None)? {
                    return Ok(());
                }
                self.on_left(from, session, &format!("gave up: {reason:?}"))
            }
            Incoming::Frame(Frame::Produce(proposal)) => self.on_proposal(from, proposal),
            Incoming::Frame(Frame::Holdings(holdings)) => {
                self.on_holdings(from, holdings);
                Ok(())
            }
            Incoming::Frame(Frame::Report { session, report }) => self.on_report(from, session, &report),
            Incoming::Frame(Frame::Seed { session, seed }) => self.on_seed(&from, session, seed),
            Incoming::Frame(Frame::Plea { session, first }) => self.on_plea(&from, session, first),
            Incoming::Frame(Frame::Ending(ending)) => self.on_ending(from, ending),
            // An inbox keeps session data apart.
            Incoming::Frame(Frame::Data(_)) => Ok(()),
        }
    }

    /// Starts everything that is due; returns when to look again.
    fn tick(&mut self) -> Result<Duration, NodeError> {
        let now = self.now();
        let mut wake = Wake { at: now + HOUSEKEEPING };
        if now >= self.housekeeping_at {
            self.housekeeping_at = now + HOUSEKEEPING;
            self.housekeep()?;
        }
        wake.not_after(self.housekeeping_at);
        if let Some(stop_at) = self.stop_at {
            wake.not_after(stop_at);
        }
        if let Some(service) = self.service.clone() {
            self.load_jobs(&service, now, &mut wake);
            self.advance_attempts(&service, now, &mut wake)?;
            self.advance_signing_keys(&service, now, &mut wake);
            self.advance_stock(&service, now, &mut wake)?;
            self.advance_endings(&service, now, &mut wake)?;
            self.advance_inquest(now, &mut wake)?;
        }
        self.advance_court(now, &mut wake)?;
        Ok(wake.at)
    }

    fn housekeep(&mut self) -> Result<(), NodeError> {
        self.inbox.sweep();
        self.keep_house_of_stock()?;
        let running = self.tracked.values().filter(|tracked| tracked.running.is_some()).count();
        metrics::gauge!("arx_sessions_running").set(running as f64);
        metrics::gauge!("arx_computations_tracked").set(self.tracked.len() as f64);
        let Some(slot) = self.service.as_ref().map(|service| service.slot) else { return Ok(()) };
        let keep = self.settings.timings.keep_slots;
        let old: Vec<ComputationId> = self
            .settled
            .iter()
            .filter(|(_, since)| since.saturating_add(keep) < slot)
            .map(|(computation, _)| *computation)
            .collect();
        for computation in old {
            self.store.forget_outcome(&computation)?;
            self.settled.remove(&computation);
        }
        self.rounds = self.rounds.wrapping_add(1).max(1);
        if self.rounds.is_multiple_of(PRUNE_EVERY) {
            let removed = self.store.prune(slot)?;
            debug!(removed, "pruned the store");
        }
        Ok(())
    }

    /// Sends to all other members.
    pub(super) fn broadcast(&self, members: &[Identity], frame: &Frame) {
        for member in members.iter().filter(|member| **member != self.me) {
            self.send(member, frame.clone());
        }
    }

    pub(super) fn send(&self, to: &Identity, frame: Frame) {
        if let Err(error) = self.transport.send(to, frame) {
            debug!(%error, "a frame was not sent");
        }
    }

    pub(super) fn spawn(
        &mut self,
        purpose: impl Into<Purpose>,
        task: impl Future<Output = Done> + Send + 'static,
    ) -> AbortHandle {
        let handle = self.tasks.spawn(task);
        self.purposes.insert(handle.id(), purpose.into());
        handle
    }
}

/// The next time at which something is due.
pub(super) struct Wake {
    at: Duration,
}

impl Wake {
    pub(super) fn not_after(&mut self, at: Duration) {
        self.at = self.at.min(at);
    }
}
