//! From the queue to a session's outcome.
//!
//! Which computations may run at all follows from the queue and its order alone: one that shares a cell with an
//! earlier one waits until that one is settled. For each that may run, attempts are counted, each attempt has a
//! leader, and only the leader may propose it. The others compare the proposal with their own reading of the chain.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use arx_program::state::FailureReason;
use arx_wire::PROTOCOL_REPLICATED3_SEMI_HONEST;
use mpc::channel::ChannelError;
use mpc::{PartyId, ProtocolError};
use mxe_runtime::stock::StoreError as StockStoreError;
use mxe_runtime::{ExecuteError, JournalError, Outcome, Rejection, TaskError};
use tracing::{debug, error, info, warn};
use zeroize::Zeroizing;

use super::NodeError;
use super::blame::Fault;
use super::job::{Job, LoadError, Refusal};
use super::keeper::needs_stock;
use super::mesh::Line;
use super::prepare::{PrepareError, Prepared, prepare};
use super::report::Report;
use super::scheduler::{Done, LOADS, Scheduler, Service, Wake};
use super::session::{Engine, SessionRun};
use super::signing_keys::Holder;
use super::tracked::{PendingStart, Running, Tracked, backoff, leader_of};
use crate::chain::Chain;
use crate::clock::Clock;
use crate::frame::{AbortReason, ComputationId, DeclineReason, Frame, SessionId, Start};
use crate::identity::Identity;
use crate::secrets::Entropy;
use crate::store::journal::{RecordsSlot, SessionJournal};
use crate::transport::Transport;

/// Proposals of one peer that wait for a computation we do not see yet.
const UNKNOWN_PER_PEER: usize = 32;

/// What a pending proposal comes to.
enum Judgement {
    /// Take part.
    Accept,
    /// Something may still change; this is what it would be declined with.
    Wait(DeclineReason),
    Decline(DeclineReason),
    /// Of no interest: we are in it, or beyond it.
    Ignore,
}

impl<C: Chain, T: Transport, K: Clock, E: Entropy> Scheduler<C, T, K, E> {
    /// Reads what is queued and not read yet, in queue order.
    pub(super) fn load_jobs(&mut self, service: &Service, now: Duration, wake: &mut Wake) {
        let mut under_way = self.tracked.values().filter(|tracked| tracked.loading.under_way).count();
        for computation in self.order.clone() {
            let Some(tracked) = self.tracked.get_mut(&computation) else { continue };
            if tracked.job.is_some() || tracked.loading.under_way {
                continue;
            }
            if now < tracked.loading.at {
                wake.not_after(tracked.loading.at);
                continue;
            }
            if under_way == LOADS {
                return;
            }
            under_way += 1;
            tracked.loading.under_way = true;
            let (loader, cluster) = (self.loader.clone(), service.cluster.clone());
            self.spawn(computation, async move {
                Done::Loaded(computation, loader.load(computation, &cluster).await.map(Arc::new))
            });
        }
    }

    pub(super) fn on_loaded(&mut self, computation: &ComputationId, job: Result<Arc<Job>, LoadError>) {
        let (now, timings) = (self.now(), self.settings.timings);
        let Some(tracked) = self.tracked.get_mut(computation) else { return };
        tracked.loading.under_way = false;
        match job {
            Ok(job) => {
                tracked.refusal = job.recipe.as_ref().err().cloned();
                tracked.job = Some(job);
                tracked.loading.failures = 0;
            }
            Err(error) => {
                tracked.loading.at =
                    now + backoff(timings.retry, timings.retry_limit, tracked.loading.failures);
                tracked.loading.failures = tracked.loading.failures.saturating_add(1);
                match error {
                    // The queue will show it at the next reading.
                    LoadError::Settled { .. } => debug!(%computation, %error, "not to be run"),
                    error => warn!(%computation, %error, "cannot be read yet"),
                }
            }
        }
    }

    /// Whether this computation could run now as far as the queue's order goes.
    fn may_run(&self, computation: &ComputationId, service: &Service) -> bool {
        let Some(job) = self.tracked.get(computation).and_then(|tracked| tracked.job.as_ref()) else {
            return false;
        };
        let now = self.now();
        let mut before = true;
        for other in &self.order {
            if other == computation {
                before = false;
                continue;
            }
            let Some(tracked) = self.tracked.get(other) else { continue };
            // Past its deadline a computation changes no cell any more.
            if service.slot > tracked.waiting.deadline {
                continue;
            }
            // Later ones matter only where they have begun: before this one came in front of them.
            let begun = tracked.running.is_some() || tracked.is_ending(now, &self.settings.timings);
            if !before && !begun {
                continue;
            }
            match &tracked.job {
                Some(earlier) if !earlier.conflicts_with(job) => {}
                _ => return false,
            }
        }
        true
    }

    /// Proposes, accepts, declines, gives up: whatever is due for the computations in the queue.
    pub(super) fn advance_attempts(
        &mut self,
        service: &Service,
        now: Duration,
        wake: &mut Wake,
    ) -> Result<(), NodeError> {
        let timings = self.settings.timings;
        let stopping = self.is_stopping();
        for computation in self.order.clone() {
            let eligible = self.may_run(&computation, service);
            let fenced = self.is_fenced(&computation);
            let Some(tracked) = self.tracked.get_mut(&computation) else { continue };
            if !eligible {
                // What it waits for may change its cells: they are read again when its turn comes.
                tracked.forget_reading();
            }
            if service.slot > tracked.waiting.deadline {
                if tracked.running.is_some() {
                    self.leave_session(&computation, AbortReason::PastDeadline);
                }
                self.judge_pending(&computation, service, now, wake)?;
                continue;
            }
            if tracked.pending.is_some() {
                self.judge_pending(&computation, service, now, wake)?;
            }
            let Some(tracked) = self.tracked.get_mut(&computation) else { continue };
            if !eligible {
                tracked.turn_since = None;
            }
            if tracked.running.is_some() || !eligible || fenced || stopping {
                continue;
            }
            if let (Some(session), None) = (tracked.opened, &tracked.ending) {
                warn!(%computation, %session, "this node was interrupted while the result was being opened");
                self.end_as_failed(&computation, FailureReason::ProtocolFailed, 0)?;
                continue;
            }
            if let (Some(refusal), None) = (tracked.refusal.clone(), &tracked.ending) {
                self.end_as_failed(&computation, refusal.reason, refusal.detail)?;
                continue;
            }
            if !tracked.may_attempt(now, &timings) {
                if tracked.can_join() {
                    wake.not_after(tracked.ending_moved + timings.silence);
                }
                continue;
            }
            if tracked.prepared.is_none() {
                self.start_preparing(&computation, service, now, wake);
                continue;
            }
            self.take_turn(&computation, service, now, wake)?;
        }
        self.judge_unknown(now, wake);
        Ok(())
    }

    /// Reads cells and slices for the next attempt, unless that is under way or to come later.
    fn start_preparing(
        &mut self,
        computation: &ComputationId,
        service: &Service,
        now: Duration,
        wake: &mut Wake,
    ) {
        let Some(tracked) = self.tracked.get_mut(computation) else { return };
        let Some(job) = tracked.job.clone() else { return };
        if tracked.preparing || job.recipe.is_err() {
            return;
        }
        if now < tracked.prepare_at {
            wake.not_after(tracked.prepare_at);
            return;
        }
        tracked.preparing = true;
        let reading = tracked.reading;
        let (chain, genesis, cluster, slot) =
            (self.chain.clone(), self.genesis, service.cluster.clone(), service.slot);
        let (secrets, computation) = (self.secrets.clone(), *computation);
        // A cluster has at most 16 members.
        let me = PartyId(service.index as u8);
        self.spawn(computation, async move {
            let holder = Holder { secrets: &secrets, me };
            let prepared = prepare(&*chain, genesis, job, &cluster, &holder, slot).await.map(Arc::new);
            Done::Prepared(computation, reading, prepared)
        });
    }

    pub(super) fn on_prepared(
        &mut self,
        computation: &ComputationId,
        reading: u64,
        prepared: Result<Arc<Prepared>, PrepareError>,
    ) {
        let (now, timings) = (self.now(), self.settings.timings);
        let Some(tracked) = self.tracked.get_mut(computation) else { return };
        tracked.preparing = false;
        if tracked.reading != reading {
            debug!(%computation, "its turn passed while it was read; to be read again");
            return;
        }
        match prepared {
            Ok(prepared) => {
                debug!(%computation, slot = prepared.slot, "ready for an attempt");
                tracked.refusal = None;
                tracked.prepared = Some(prepared);
            }
            Err(PrepareError::Refused(refusal)) => {
                info!(%computation, reason = ?refusal.reason, why = %refusal.why, "to be rejected");
                tracked.refusal = Some(refusal);
                tracked.prepare_at = now + timings.retry;
            }
            Err(error @ PrepareError::SigningKey(_)) => {
                error!(%computation, %error, "this node cannot sign for the application");
                tracked.prepare_at = now + timings.retry_limit;
            }
            Err(error) => {
                debug!(%computation, %error, "not ready for an attempt");
                tracked.prepare_at = now + timings.retry;
            }
        }
    }

    /// The leader proposes; the others give it its time.
    fn take_turn(
        &mut self,
        computation: &ComputationId,
        service: &Service,
        now: Duration,
        wake: &mut Wake,
    ) -> Result<(), NodeError> {
        let timings = self.settings.timings;
        let running = self.sessions_running();
        let Some(tracked) = self.tracked.get_mut(computation) else { return Ok(()) };
        if leader_of(computation, tracked.attempt, service.members.len()) == service.index {
            if now < tracked.propose_at {
                wake.not_after(tracked.propose_at);
                return Ok(());
            }
            if running >= self.settings.concurrent_sessions {
                return Ok(());
            }
            // Without all members there is no session. A new connection wakes us.
            let all_here =
                service.members.iter().all(|peer| *peer == self.me || self.transport.is_connected(peer));
            return if all_here { self.propose(computation, service) } else { Ok(()) };
        }
        if needs_stock(service.cluster.protocol) && self.keeper.is_producing() {
            // It may be what the leader waits for.
            tracked.turn_since = None;
            return Ok(());
        }
        let since = *tracked.turn_since.get_or_insert(now.max(tracked.propose_at));
        let limit = since + timings.proposal;
        if now < limit {
            wake.not_after(limit);
            return Ok(());
        }
        debug!(%computation, attempt = tracked.attempt, "the leader let its turn pass");
        let attempt = tracked.attempt;
        tracked.next_attempt(attempt, now);
        wake.not_after(now);
        Ok(())
    }

    fn sessions_running(&self) -> usize {
        self.tracked.values().filter(|tracked| tracked.running.is_some()).count()
    }

    fn propose(&mut self, computation: &ComputationId, service: &Service) -> Result<(), NodeError> {
        let Some(tracked) = self.tracked.get(computation) else { return Ok(()) };
        let (Some(prepared), attempt) = (tracked.prepared.clone(), tracked.attempt) else { return Ok(()) };
        let stock = if needs_stock(service.cluster.protocol) {
            let need = prepared.stock_need();
            let Some(segments) = self.stocking.choose(&need, &self.me, service.index, &service.members)
            else {
                debug!(%computation, ?need, "waits for stock");
                self.keeper.demand.get_or_insert(need);
                let now = self.now();
                if let Some(tracked) = self.tracked.get_mut(computation) {
                    tracked.short_since.get_or_insert(now);
                }
                return Ok(());
            };
            Some(segments)
        } else {
            None
        };
        let nonce = self.entropy.seed()?;
        let start = Start {
            cluster: service.cluster.address.to_bytes(),
            epoch: service.cluster.epoch,
            computation: *computation,
            attempt,
            input_digest: prepared.job.computation.input_digest,
            cells: prepared.cells.clone(),
            stock,
            nonce,
        };
        // Its items are used, durably, before anyone hears of it.
        let Some(engine) = self.engine(&start, service)? else { return Ok(()) };
        self.broadcast(&service.members, &Frame::Start(start.clone()));
        self.start_session(&start, prepared, engine, service)
    }

    pub(super) fn on_start(&mut self, from: Identity, start: Start) {
        let session = start.session();
        let Some(service) = self.service.clone() else { return };
        let refused =
            if start.cluster != service.cluster.address.to_bytes() || start.epoch != service.cluster.epoch {
                Some(DeclineReason::WrongEpoch)
            } else {
                let leader = leader_of(&start.computation, start.attempt, service.members.len());
                (service.members.get(leader) != Some(&from)).then_some(DeclineReason::NotTheLeader)
            };
        if let Some(reason) = refused {
            warn!(peer = %from, computation = %start.computation, ?reason, "a proposal was declined");
            self.send(&from, Frame::Decline { session, reason });
            return;
        }
        let pending = PendingStart {
            from,
            until: self.now() + self.settings.timings.proposal,
            obstacle: DeclineReason::NotQueued,
            start,
        };
        match self.tracked.get_mut(&pending.start.computation) {
            Some(tracked) => {
                let newer =
                    tracked.pending.as_ref().is_none_or(|known| known.start.attempt < pending.start.attempt);
                if newer {
                    tracked.pending = Some(pending);
                }
            }
            None => {
                let waiting = self.unknown.values().filter(|known| known.from == from).count();
                if waiting >= UNKNOWN_PER_PEER {
                    self.send(&from, Frame::Decline { session, reason: DeclineReason::NotQueued });
                    return;
                }
                self.unknown.insert(pending.start.computation, pending);
                // It may be in the queue already.
                self.nudge.notify_one();
            }
        }
    }

    /// Moves proposals of computations that have appeared, and declines those that have not in time.
    fn judge_unknown(&mut self, now: Duration, wake: &mut Wake) {
        let mut kept = std::collections::BTreeMap::new();
        for (computation, pending) in std::mem::take(&mut self.unknown) {
            match self.tracked.get_mut(&computation) {
                Some(tracked) => {
                    if tracked.pending.is_none() {
                        tracked.pending = Some(pending);
                        wake.not_after(now);
                    }
                }
                None if now < pending.until => {
                    wake.not_after(pending.until);
                    kept.insert(computation, pending);
                }
                None => self.decline(&pending, DeclineReason::NotQueued),
            }
        }
        self.unknown = kept;
    }

    fn decline(&self, pending: &PendingStart, reason: DeclineReason) {
        info!(peer = %pending.from, computation = %pending.start.computation, attempt = pending.start.attempt, ?reason,
            "a proposal was declined");
        self.send(&pending.from, Frame::Decline { session: pending.start.session(), reason });
    }

    /// Accepts or declines the proposal that is pending for this computation, once that is clear.
    fn judge_pending(
        &mut self,
        computation: &ComputationId,
        service: &Service,
        now: Duration,
        wake: &mut Wake,
    ) -> Result<(), NodeError> {
        let judgement = self.judge(computation, service);
        let Some(tracked) = self.tracked.get_mut(computation) else { return Ok(()) };
        let Some(pending) = tracked.pending.as_mut() else { return Ok(()) };
        match judgement {
            Judgement::Wait(obstacle) if now < pending.until => {
                pending.obstacle = obstacle;
                wake.not_after(pending.until);
                let stale = obstacle == DeclineReason::CellDiffers && !tracked.preparing;
                if stale {
                    // One of us is behind. A little later we may not be.
                    tracked.prepared = None;
                    tracked.prepare_at = now + self.settings.timings.retry / 4;
                    self.nudge.notify_one();
                }
                // Before its turn its cells may still change.
                if tracked.prepared.is_none() && obstacle != DeclineReason::OutOfOrder {
                    self.start_preparing(computation, service, now, wake);
                }
                Ok(())
            }
            Judgement::Ignore => {
                tracked.pending = None;
                Ok(())
            }
            Judgement::Wait(reason) | Judgement::Decline(reason) => {
                let decided = tracked.ending.as_ref().map(|ending| Frame::Ending(ending.frame(true)));
                if let Some(pending) = tracked.pending.take() {
                    self.decline(&pending, reason);
                    if let Some(ending) = decided {
                        self.send(&pending.from, ending);
                    }
                }
                Ok(())
            }
            Judgement::Accept => {
                let (pending, prepared) = (tracked.pending.take(), tracked.prepared.clone());
                if tracked.running.is_some() {
                    self.leave_session(computation, AbortReason::Superseded);
                }
                let (Some(pending), Some(prepared)) = (pending, prepared) else { return Ok(()) };
                match self.engine(&pending.start, service)? {
                    Some(engine) => self.start_session(&pending.start, prepared, engine, service),
                    None => {
                        self.decline(&pending, DeclineReason::StockDiffers);
                        Ok(())
                    }
                }
            }
        }
    }

    fn judge(&self, computation: &ComputationId, service: &Service) -> Judgement {
        let Some(tracked) = self.tracked.get(computation) else { return Judgement::Ignore };
        let Some(PendingStart { start, .. }) = &tracked.pending else { return Judgement::Ignore };
        if let Some(running) = &tracked.running {
            if running.session == start.session() {
                return Judgement::Ignore;
            }
            if running.attempt >= start.attempt || running.is_opening() {
                return Judgement::Decline(DeclineReason::Busy);
            }
        }
        if service.slot > tracked.waiting.deadline {
            return Judgement::Decline(DeclineReason::PastDeadline);
        }
        if self.is_fenced(computation) {
            return Judgement::Decline(DeclineReason::BeforeRestore);
        }
        if self.is_stopping() {
            return Judgement::Decline(DeclineReason::Busy);
        }
        if !tracked.can_join() {
            return Judgement::Decline(DeclineReason::Decided);
        }
        if tracked.left.is_some() {
            return Judgement::Wait(DeclineReason::NotQueued);
        }
        let Some(job) = &tracked.job else { return Judgement::Wait(DeclineReason::NotReady) };
        if start.input_digest != job.computation.input_digest {
            return Judgement::Decline(DeclineReason::InputDigestDiffers);
        }
        if job.recipe.is_err() {
            return Judgement::Decline(DeclineReason::ShouldBeRejected);
        }
        if !self.may_run(computation, service) {
            return Judgement::Wait(DeclineReason::OutOfOrder);
        }
        let superseded = usize::from(tracked.running.is_some());
        if self.sessions_running() - superseded >= 2 * self.settings.concurrent_sessions {
            return Judgement::Wait(DeclineReason::Busy);
        }
        match &tracked.prepared {
            Some(prepared) if prepared.cells == start.cells => {
                let fits = match &start.stock {
                    Some(segments) if needs_stock(service.cluster.protocol) => {
                        let members = service.members.len();
                        let leader = leader_of(computation, start.attempt, members);
                        self.stocking.accepts(segments, &prepared.stock_need(), leader, members)
                    }
                    stock => stock.is_none() && !needs_stock(service.cluster.protocol),
                };
                if fits { Judgement::Accept } else { Judgement::Decline(DeclineReason::StockDiffers) }
            }
            Some(_) => Judgement::Wait(DeclineReason::CellDiffers),
            None if tracked.refusal.is_some() => Judgement::Wait(DeclineReason::ShouldBeRejected),
            None => Judgement::Wait(DeclineReason::NotReady),
        }
    }

    /// What the session is computed with, its part of the stock taken; `None` if it cannot be had.
    fn engine(&mut self, start: &Start, service: &Service) -> Result<Option<Engine>, NodeError> {
        let protocol = service.cluster.protocol;
        if protocol == PROTOCOL_REPLICATED3_SEMI_HONEST {
            return Ok(Some(Engine::Replicated));
        }
        let signer = match self.signer(service) {
            Ok(signer) => signer,
            Err(error) => {
                error!(%error, "no session can be run in this cluster");
                return Ok(None);
            }
        };
        if !needs_stock(protocol) {
            return Ok(Some(Engine::Verified(signer)));
        }
        let Some(segments) = &start.stock else { return Ok(None) };
        match self.stocking.take(start.session().0, segments) {
            Ok(source) => Ok(Some(Engine::DishonestMajority(signer, Box::new(source)))),
            Err(
                error @ (StockStoreError::Taken { .. }
                | StockStoreError::OutOfRange { .. }
                | StockStoreError::UnknownBatch),
            ) => {
                warn!(computation = %start.computation, %error, "the stock has not what an attempt takes");
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn start_session(
        &mut self,
        start: &Start,
        prepared: Arc<Prepared>,
        engine: Engine,
        service: &Service,
    ) -> Result<(), NodeError> {
        let (session, computation) = (start.session(), start.computation);
        let peers: Vec<Identity> =
            service.members.iter().filter(|member| **member != self.me).copied().collect();
        let Some(inbox) = self.inbox.open(session, &peers) else {
            debug!(%computation, %session, "that session is over");
            return Ok(());
        };
        let seed = Zeroizing::new(self.entropy.seed()?);
        let opening = Arc::new(AtomicBool::new(false));
        let records = RecordsSlot::default();
        let run = SessionRun {
            task: prepared.task(session),
            engine,
            secrets: self.secrets.clone(),
            journal: SessionJournal {
                store: self.store.clone(),
                computation,
                keep_until: prepared.job.keep_until(self.settings.timings.keep_slots),
                deadline: prepared.job.computation.deadline,
                opening: opening.clone(),
                records: records.clone(),
            },
            seed,
            signing_key: prepared.signing_key.clone(),
            line: Line {
                session,
                members: service.members.clone(),
                // A cluster has at most 16 members.
                me: service.index as u8,
                inbox,
                transport: self.transport.clone(),
                clock: self.clock.clone(),
                silence: self.settings.timings.silence,
            },
            #[cfg(feature = "danger-misbehave")]
            misdeed: self.settings.misdeed,
        };
        info!(%computation, %session, attempt = start.attempt, "session started");
        metrics::counter!("arx_sessions_started_total").increment(1);
        let abort =
            self.spawn(computation, async move { Done::Session(computation, session, run.run().await) });
        let since = self.now();
        let attempt = start.attempt;
        if let Some(tracked) = self.tracked.get_mut(&computation) {
            tracked.attempt = attempt;
            tracked.turn_since = None;
            let short_since = tracked.short_since.take();
            let stock_wait = since.saturating_sub(short_since.unwrap_or(since));
            let running = Running { session, attempt, prepared, abort, opening, records, since, stock_wait };
            tracked.running = Some(running);
        }
        Ok(())
    }

    /// A peer is not, or no longer, in a session.
    pub(super) fn on_left(&mut self, from: Identity, session: SessionId, why: &str) -> Result<(), NodeError> {
        let running =
            |tracked: &Tracked| tracked.running.as_ref().is_some_and(|running| running.session == session);
        let found =
            self.tracked.iter().find(|(_, tracked)| running(tracked)).map(|(computation, _)| *computation);
        let Some(computation) = found else { return Ok(()) };
        let member = self.service.as_ref().is_some_and(|service| service.members.contains(&from));
        if !member {
            return Ok(());
        }
        info!(%computation, %session, peer = %from, %why, "a member left the session");
        self.session_failed(&computation, AbortReason::PeerLeft)
    }

    /// Ends this node's part in the running session and tells the others.
    pub(super) fn leave_session(&mut self, computation: &ComputationId, reason: AbortReason) {
        if let Err(error) = self.leave_session_accusing(computation, reason, None) {
            error!(%computation, %error, "what peers are answerable for in a session was not kept");
        }
    }

    fn leave_session_accusing(
        &mut self,
        computation: &ComputationId,
        reason: AbortReason,
        accused: Option<u8>,
    ) -> Result<(), NodeError> {
        let Some(running) = self.tracked.get_mut(computation).and_then(|tracked| tracked.running.take())
        else {
            return Ok(());
        };
        running.abort.abort();
        if let Some(party) = running.records.get().and_then(mpc::Records::withholding) {
            self.opening_withheld(computation, &running.session, party)?;
        }
        metrics::counter!("arx_sessions_failed_total", "reason" => format!("{reason:?}")).increment(1);
        if let Some(service) = self.service.clone() {
            self.broadcast(&service.members, &Frame::Abort { session: running.session, reason, accused });
        }
        self.session_is_over(running.session, &running.records)
    }

    /// The running session came to nothing: another attempt, or none if it may have shown something.
    pub(super) fn session_failed(
        &mut self,
        computation: &ComputationId,
        reason: AbortReason,
    ) -> Result<(), NodeError> {
        let now = self.now();
        let timings = self.settings.timings;
        let opened = self.store.opened(computation)?;
        let attempt =
            self.tracked.get(computation).and_then(|tracked| Some(tracked.running.as_ref()?.attempt));
        self.leave_session(computation, reason);
        let Some(tracked) = self.tracked.get_mut(computation) else { return Ok(()) };
        tracked.opened = opened;
        if opened.is_some() {
            return self.end_as_failed(computation, FailureReason::ProtocolFailed, 0);
        }
        let attempt = attempt.unwrap_or(tracked.attempt);
        tracked.attempt_failed(attempt, now, &timings);
        Ok(())
    }

    pub(super) fn on_session_end(
        &mut self,
        computation: &ComputationId,
        session: SessionId,
        outcome: Result<Outcome, ExecuteError>,
    ) -> Result<(), NodeError> {
        let now = self.now();
        let Some(tracked) = self.tracked.get_mut(computation) else { return Ok(()) };
        let Some(running) = tracked.running.take_if(|running| running.session == session) else {
            return Ok(());
        };
        let seconds = now.saturating_sub(running.since).as_secs_f64();
        metrics::histogram!("arx_session_seconds").record(seconds);
        match outcome {
            Ok(Outcome::Finished(finished)) => {
                let traffic = finished.traffic.total();
                info!(%computation, %session, seconds, rounds = traffic.rounds, bytes = traffic.bytes_sent,
                    "session finished");
                self.report(Report::Session {
                    computation: computation.to_string(),
                    attempt: running.attempt,
                    rounds: traffic.rounds,
                    messages_sent: traffic.messages_sent,
                    bytes_sent: traffic.bytes_sent,
                    // Half a billion years fit.
                    online_ms: now.saturating_sub(running.since).as_millis() as u64,
                    stock_wait_ms: running.stock_wait.as_millis() as u64,
                });
                self.end_with_result(computation, session, &running.prepared, finished)
            }
            Ok(Outcome::Rejected(rejection)) => {
                info!(%computation, %session, why = %rejection, "session rejected the computation");
                let (reason, detail) = failure_of(&rejection);
                self.end_as_failed(computation, reason, detail)
            }
            Err(ExecuteError::Task(error)) if is_agreed(&error) => {
                warn!(%computation, %error, "the computation cannot be run");
                self.end_as_failed(computation, FailureReason::DefinitionMismatch, 0)
            }
            Err(error) => {
                let peer = error.party().and_then(|party| self.member(usize::from(party.0)));
                let reason = self.log_session_error(computation, session, &error, peer);
                let fault = match &error {
                    // Where members are taken to follow the protocol, another attempt may do.
                    ExecuteError::Protocol(error) if running.records.get().is_some() => Fault::of(error),
                    _ => Fault::None,
                };
                // Put back for what follows, which takes it out.
                if let Some(tracked) = self.tracked.get_mut(computation) {
                    tracked.running = Some(running);
                }
                if fault == Fault::None {
                    return self.session_failed(computation, reason);
                }
                let accused = fault.party().map(|party| party.0);
                if let Some(accused) = accused {
                    self.accuse(&session, accused, error.to_string())?;
                }
                self.leave_session_accusing(computation, reason, accused)?;
                // Whoever cheated would again: nobody gains by another attempt. Where all say so, the caller has its
                // money back now; where the cheater does not, at the deadline.
                self.end_as_failed(computation, FailureReason::ProtocolFailed, 0)
            }
        }
    }

    fn member(&self, index: usize) -> Option<Identity> {
        self.service.as_ref().and_then(|service| service.members.get(index).copied())
    }

    fn log_session_error(
        &self,
        computation: &ComputationId,
        session: SessionId,
        error: &ExecuteError,
        peer: Option<Identity>,
    ) -> AbortReason {
        let name = peer.map(|peer| peer.to_string()).unwrap_or_default();
        match error {
            ExecuteError::Protocol(ProtocolError::Channel(ChannelError::TimedOut { .. })) => {
                warn!(%computation, %session, peer = %name, %error, "a peer is silent");
                AbortReason::PeerSilent
            }
            ExecuteError::Protocol(ProtocolError::NotKept(_)) => {
                error!(%computation, %session, %error, "this node could not go on with a session");
                AbortReason::Internal
            }
            ExecuteError::Protocol(ProtocolError::Stock(_) | ProtocolError::ForeignStock) => {
                error!(%computation, %session, %error, "the stock failed a session");
                AbortReason::Internal
            }
            ExecuteError::Protocol(cause) if Fault::of(cause) == Fault::OfSomebody => {
                warn!(%computation, %session, %error, "somebody broke the protocol, and it cannot be told who");
                AbortReason::PeerMisbehaved
            }
            ExecuteError::Protocol(_) => {
                warn!(%computation, %session, peer = %name, %error, "a peer broke the protocol");
                metrics::counter!("arx_protocol_violations_total", "peer" => name).increment(1);
                AbortReason::PeerMisbehaved
            }
            ExecuteError::Journal(
                JournalError::AlreadyOpened | JournalError::AlreadyBegun | JournalError::NonceUsed,
            ) => {
                warn!(%computation, %session, %error, "an earlier session may have shown something");
                AbortReason::Internal
            }
            ExecuteError::Journal(JournalError::Storage(_)) | ExecuteError::Task(_) => {
                error!(%computation, %session, %error, "this node could not go on with a session");
                AbortReason::Internal
            }
        }
    }
}

/// The detail of a failure that names no argument, but public code that came to no result.
const PUBLIC_CODE_DETAIL: u32 = u32::MAX;

/// The reason that all members sign for a rejection of the runtime's.
fn failure_of(rejection: &Rejection) -> (FailureReason, u32) {
    match rejection {
        Rejection::InputTampered { argument } => (FailureReason::InputTampered, u32::from(*argument)),
        Rejection::InputSpent { argument } => (FailureReason::InputSpent, u32::from(*argument)),
        Rejection::InputMalformed { argument, .. } => (FailureReason::InputMalformed, u32::from(*argument)),
        Rejection::CellUnreadable { argument, .. } => (FailureReason::CellUnreadable, u32::from(*argument)),
        // What the caller passed does not decode, or the application's code is at fault: both are the caller's side.
        Rejection::PublicCode { .. } => (FailureReason::InputMalformed, PUBLIC_CODE_DETAIL),
    }
}

/// Whether every member finds the same fault in the task: it follows from the chain alone.
fn is_agreed(error: &TaskError) -> bool {
    match error {
        TaskError::OtherCircuit { .. }
        | TaskError::Count { .. }
        | TaskError::ArgumentKind { .. }
        | TaskError::OutputTarget { .. }
        | TaskError::NoSigningKey
        | TaskError::NoRecipient { .. } => true,
        TaskError::UnknownProtocol(_)
        | TaskError::PartyCount { .. }
        | TaskError::ForeignKey { .. }
        | TaskError::ForeignIdentity
        | TaskError::Sandbox(_)
        | TaskError::Base(_) => false,
    }
}

/// For logs of what is refused before any session.
impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} ({}): {}", self.reason, self.detail, self.why)
    }
}
