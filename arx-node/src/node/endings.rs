//! From an outcome to the chain: storing, agreeing, signing, submitting.

use std::time::Duration;

use arx_program::state::FailureReason;
use mxe_runtime::Finished;
use serde_bytes::ByteBuf;
use tracing::{debug, error, info, warn};

use super::NodeError;
use super::ending::{Ending, EndingFault, Step};
use super::prepare::Prepared;
use super::report::Report;
use super::scheduler::{Done, Scheduler, Service, Wake};
use super::submit::{Submission, Submitter};
use super::tracked::{Tracked, backoff, submission_rank};
use crate::chain::{Chain, SubmitError};
use crate::clock::Clock;
use crate::frame::{AbortReason, ComputationId, Ending as EndingFrame, Frame, SessionId};
use crate::identity::Identity;
use crate::secrets::Entropy;
use crate::store::StoreError;
use crate::store::verdict::{Verdict, VerdictOutcome};
use crate::transport::Transport;

/// Repetitions of an ending are spaced out up to this many times the first pause.
const REPEAT_SPREAD: u32 = 8;

/// How often a callback whose transaction is lost is sent again.
const DELIVERIES: u32 = 8;

impl<C: Chain, T: Transport, K: Clock, E: Entropy> Scheduler<C, T, K, E> {
    /// Takes up what was stored about a computation before a restart.
    pub(super) fn restore(&mut self, computation: &ComputationId) -> Result<(), NodeError> {
        let Some(service) = self.service.clone() else { return Ok(()) };
        let opened = self.store.opened(computation)?;
        let stored = self.store.ending(computation)?;
        let (now, me, fenced) = (self.now(), self.me, self.is_fenced(computation));
        let Some(tracked) = self.tracked.get_mut(computation) else { return Ok(()) };
        tracked.opened = opened;
        // What was not signed before a backup may have given way to something else after it.
        if let Some(stored) = stored.filter(|stored| stored.signature.is_some() || !fenced) {
            info!(%computation, signed = stored.signature.is_some(), "resuming a stored outcome");
            tracked.ending = Some(Ending::restored(stored, me, service.members.to_vec()));
            tracked.ending_moved = now;
            tracked.repeat_at = now;
        }
        Ok(())
    }

    pub(super) fn end_with_result(
        &mut self,
        computation: &ComputationId,
        session: SessionId,
        prepared: &Prepared,
        finished: Finished,
    ) -> Result<(), NodeError> {
        let outcome = VerdictOutcome::Result {
            session: session.0,
            circuit_hash: prepared.job.computation.circuit_hash,
            transcript_digest: finished.transcript_digest,
            coin: finished.coin,
            cell_versions: prepared.cell_versions(),
            outputs: finished.outputs.into_iter().map(ByteBuf::from).collect(),
        };
        match self.verdict(computation, outcome) {
            Some(verdict) => self.commit(verdict),
            None => Ok(()),
        }
    }

    pub(super) fn end_as_failed(
        &mut self,
        computation: &ComputationId,
        reason: FailureReason,
        detail: u32,
    ) -> Result<(), NodeError> {
        match self.verdict(computation, VerdictOutcome::Failure { reason: reason.code(), detail }) {
            Some(verdict) => self.commit(verdict),
            // Not read yet: what is to be said about it is said when it is.
            None => Ok(()),
        }
    }

    fn verdict(&self, computation: &ComputationId, outcome: VerdictOutcome) -> Option<Verdict> {
        let (service, tracked) = (self.service.as_ref()?, self.tracked.get(computation)?);
        let job = tracked.job.as_ref()?;
        Some(Verdict {
            cluster: service.cluster.address.to_bytes(),
            epoch: service.cluster.epoch,
            computation: computation.0,
            input_digest: job.computation.input_digest,
            keep_until: job.keep_until(self.settings.timings.keep_slots),
            outcome,
        })
    }

    /// Stores an outcome, then tells the others.
    fn commit(&mut self, verdict: Verdict) -> Result<(), NodeError> {
        let computation = ComputationId(verdict.computation);
        let Some(service) = self.service.clone() else { return Ok(()) };
        if self.is_fenced(&computation) {
            return Ok(());
        }
        match self.store.put_verdict(&verdict) {
            Ok(()) => {}
            Err(error @ StoreError::AlreadySigned { .. }) => {
                error!(%error, "an outcome was dropped");
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        }
        let now = self.now();
        let mut ending = Ending::new(verdict, self.me, service.members.to_vec());
        let Some(tracked) = self.tracked.get_mut(&computation) else { return Ok(()) };
        for (from, frame) in std::mem::take(&mut tracked.early) {
            if let Err(fault) = ending.hear(&from, &frame) {
                log_fault(&fault);
            }
        }
        let frame = Frame::Ending(ending.frame(false));
        tracked.ending = Some(ending);
        tracked.ending_moved = now;
        tracked.repeats = 0;
        tracked.repeat_at = now + self.settings.timings.repeat;
        self.broadcast(&service.members, &frame);
        Ok(())
    }

    pub(super) fn on_ending(&mut self, from: Identity, frame: EndingFrame) -> Result<(), NodeError> {
        let computation = frame.computation;
        let now = self.now();
        let given_up = self
            .verdict(
                &computation,
                VerdictOutcome::Failure { reason: FailureReason::ProtocolFailed.code(), detail: 0 },
            )
            .is_some_and(|verdict| verdict.digest() == frame.digest);
        let is_member = self.service.as_ref().is_some_and(|service| service.members.contains(&from));
        if !is_member {
            return Ok(());
        }
        let Some(tracked) = self.tracked.get_mut(&computation) else {
            debug!(peer = %from, %computation, "an ending for a computation that is not in the queue");
            return Ok(());
        };
        let Some(ending) = &mut tracked.ending else {
            tracked.early.insert(from, frame);
            if given_up {
                return self.give_up(&computation, &from);
            }
            return Ok(());
        };
        let before = (ending.missing().len(), ending.is_signed());
        match ending.hear(&from, &frame) {
            Ok(()) => {
                if before.0 != ending.missing().len() {
                    tracked.ending_moved = now;
                }
            }
            Err(EndingFault::Differs { .. }) if given_up && !ending.is_signed() && is_result(ending) => {
                return self.give_up(&computation, &from);
            }
            Err(fault) => log_fault(&fault),
        }
        let Some(tracked) = self.tracked.get(&computation) else { return Ok(()) };
        if let (true, Some(ending)) = (frame.reply, &tracked.ending) {
            self.send(&from, Frame::Ending(ending.frame(false)));
        }
        Ok(())
    }

    /// A member can neither finish the session that may have shown something nor make another: there will be no
    /// result. Saying so together gives the caller its money back now and not at the deadline.
    fn give_up(&mut self, computation: &ComputationId, peer: &Identity) -> Result<(), NodeError> {
        warn!(%computation, %peer, "a member lost the session in which the result was opened; there will be none");
        self.leave_session(computation, AbortReason::PeerLeft);
        self.end_as_failed(computation, FailureReason::ProtocolFailed, 0)
    }

    /// A peer is there (again): say where things stand.
    pub(super) fn repeat_endings_to(&self, peer: &Identity) {
        for tracked in self.tracked.values().filter(|tracked| tracked.left.is_none()) {
            if let Some(ending) = tracked.ending.as_ref().filter(|ending| !ending.is_certified()) {
                self.send(peer, Frame::Ending(ending.frame(true)));
            }
        }
    }

    /// Signs, certifies, repeats, submits: whatever is due.
    pub(super) fn advance_endings(
        &mut self,
        service: &Service,
        now: Duration,
        wake: &mut Wake,
    ) -> Result<(), NodeError> {
        let computations: Vec<ComputationId> = self.tracked.keys().copied().collect();
        for computation in computations {
            self.take_steps(&computation, service, now)?;
            self.repeat_ending(&computation, service, now, wake);
            self.submit_when_due(&computation, service, now, wake);
        }
        self.tracked.retain(|_, tracked| {
            tracked.left.is_none() || tracked.submission.under_way || tracked.submission.at.is_some()
        });
        Ok(())
    }

    fn take_steps(
        &mut self,
        computation: &ComputationId,
        service: &Service,
        now: Duration,
    ) -> Result<(), NodeError> {
        loop {
            let Some(tracked) = self.tracked.get_mut(computation) else { return Ok(()) };
            let Some(ending) = &mut tracked.ending else { return Ok(()) };
            match ending.next_step() {
                None => return Ok(()),
                Some(Step::Sign) => {
                    let keys = &self.keys;
                    match self.store.sign(computation, &ending.digest(), |message| keys.sign(message)) {
                        Ok(signature) => ending.signed(signature),
                        Err(error @ (StoreError::AlreadySigned { .. } | StoreError::NotStored { .. })) => {
                            error!(%error, "an outcome was not signed");
                            tracked.ending = None;
                            return Ok(());
                        }
                        Err(error) => return Err(error.into()),
                    }
                    debug!(%computation, "signed");
                    tracked.ending_moved = now;
                    tracked.repeats = 0;
                    tracked.repeat_at = now + self.settings.timings.repeat;
                    let frame = Frame::Ending(ending.frame(false));
                    self.broadcast(&service.members, &frame);
                }
                Some(Step::Certify(signatures)) => {
                    self.store.put_certificate(computation, &signatures)?;
                    ending.certified();
                    info!(%computation, "all members have signed");
                    tracked.ending_moved = now;
                }
            }
        }
    }

    /// While something is missing: says it again, and asks.
    fn repeat_ending(
        &mut self,
        computation: &ComputationId,
        service: &Service,
        now: Duration,
        wake: &mut Wake,
    ) {
        let repeat = self.settings.timings.repeat;
        let Some(tracked) = self.tracked.get_mut(computation) else { return };
        let Some(ending) = tracked.ending.as_ref().filter(|ending| !ending.is_certified()) else { return };
        if tracked.left.is_some() || service.slot > tracked.waiting.deadline {
            return;
        }
        if now < tracked.repeat_at {
            wake.not_after(tracked.repeat_at);
            return;
        }
        if tracked.repeats == 0 {
            let missing: Vec<String> = ending.missing().iter().map(Identity::short).collect();
            debug!(%computation, ?missing, "asking for the others' outcome");
        }
        let frame = Frame::Ending(ending.frame(true));
        tracked.repeat_at = now + backoff(repeat, repeat * REPEAT_SPREAD, tracked.repeats);
        tracked.repeats = tracked.repeats.saturating_add(1);
        wake.not_after(tracked.repeat_at);
        self.broadcast(&service.members, &frame);
    }

    fn submit_when_due(
        &mut self,
        computation: &ComputationId,
        service: &Service,
        now: Duration,
        wake: &mut Wake,
    ) {
        let takeover = self.settings.timings.takeover;
        let rank = submission_rank(computation, service.index, service.members.len());
        let stopping = self.is_stopping();
        let Some(tracked) = self.tracked.get_mut(computation) else { return };
        if tracked.submission.under_way || stopping {
            return;
        }
        let Some(what) = due_submission(tracked, service) else { return };
        // Members take turns: each waits for those before it.
        let at = *tracked.submission.at.get_or_insert(now + takeover * rank);
        if now < at {
            wake.not_after(at);
            return;
        }
        tracked.submission.under_way = true;
        debug!(%computation, rank, "submitting");
        let submitter =
            Submitter { chain: self.chain.clone(), me: self.me, members: service.members.clone() };
        let computation = *computation;
        self.spawn(computation, async move { Done::Submitted(computation, submitter.send(what).await) });
    }

    pub(super) fn on_submitted(&mut self, computation: &ComputationId, sent: Result<(), SubmitError>) {
        let now = self.now();
        let timings = self.settings.timings;
        let Some(tracked) = self.tracked.get_mut(computation) else { return };
        tracked.submission.under_way = false;
        if tracked.left.is_some() {
            // It was the callback's turn; whoever comes next looks for itself. A lost transaction is sent again.
            let lost = matches!(&sent, Err(SubmitError::Dropped { .. } | SubmitError::Chain(_)));
            let again = lost && tracked.submission.failures < DELIVERIES;
            tracked.submission.failures = tracked.submission.failures.saturating_add(1);
            tracked.submission.at = again.then(|| now + timings.takeover);
        } else {
            // The queue shows whether it worked. If it does not in time (a fork, a lost transaction), again.
            let pause = backoff(
                timings.takeover,
                timings.retry_limit.max(timings.takeover),
                tracked.submission.failures,
            );
            tracked.submission.at = Some(now + pause);
            tracked.submission.failures = tracked.submission.failures.saturating_add(1);
        }
        match sent {
            Ok(()) => {
                info!(%computation, "submitted");
                metrics::counter!("arx_submissions_total", "outcome" => "ok").increment(1);
            }
            Err(error) => {
                metrics::counter!("arx_submissions_total", "outcome" => "failed").increment(1);
                // Often another member was quicker.
                warn!(%computation, %error, "a submission did not go through");
            }
        }
        self.nudge.notify_one();
    }

    /// The chain shows a computation as settled.
    pub(super) fn left_the_queue(&mut self, computation: &ComputationId, slot: u64) {
        let now = self.now();
        let takeover = self.settings.timings.takeover;
        self.leave_session(computation, AbortReason::Superseded);
        let Some(tracked) = self.tracked.get_mut(computation) else { return };
        info!(%computation, slot, "settled");
        (self.reporter)(Report::Settled { computation: computation.to_string(), slot });
        metrics::counter!("arx_computations_settled_total").increment(1);
        tracked.left = Some(slot);
        tracked.pending = None;
        tracked.submission.failures = 0;
        if tracked.ending.is_some() {
            self.settled.insert(*computation, slot);
        }
        let Some(service) = &self.service else { return };
        // Whoever settled it delivers the callback as well. If it could not, the others do, in turn.
        let callback = tracked.job.as_ref().is_some_and(|job| job.computation.callback.is_some());
        let rank = submission_rank(computation, service.index, service.members.len());
        tracked.submission.at = callback.then(|| now + takeover * (rank + 1));
    }
}

/// What this node could send about a computation now.
fn due_submission(tracked: &Tracked, service: &Service) -> Option<Submission> {
    let job = tracked.job.clone()?;
    if tracked.left.is_some() {
        return tracked.submission.at.map(|_| Submission::Deliver { job });
    }
    if service.slot > tracked.waiting.deadline {
        return Some(Submission::Expire { job });
    }
    let ending = tracked.ending.as_ref().filter(|ending| ending.is_certified())?;
    let signatures = ending.certificate()?;
    Some(Submission::Settle { job, verdict: Box::new(ending.verdict.clone()), signatures })
}

fn is_result(ending: &Ending) -> bool {
    matches!(ending.verdict.outcome, VerdictOutcome::Result { .. })
}

fn log_fault(fault: &EndingFault) {
    metrics::counter!("arx_ending_faults_total").increment(1);
    match fault {
        EndingFault::Differs { .. } => warn!(%fault, "members do not agree on an outcome"),
        fault => error!(%fault, "a peer broke the protocol"),
    }
}
