//! One queued computation in the scheduler's hands, and the rules that every member computes alike.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::task::AbortHandle;

use super::ending::Ending;
use super::job::{Job, Refusal};
use super::prepare::Prepared;
use super::settings::Timings;
use crate::chain::view::Waiting;
use crate::frame::{ComputationId, DeclineReason, Ending as EndingFrame, SessionId, Start};
use crate::identity::Identity;
use crate::store::journal::RecordsSlot;

/// Which member leads an attempt: it rotates with the attempts, starting at a place that the address decides.
pub(crate) fn leader_of(computation: &ComputationId, attempt: u32, members: usize) -> usize {
    let [a, b, c, d, e, f, g, h, ..] = computation.0;
    let start = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
    let members = members.max(1) as u64;
    ((start % members + u64::from(attempt) % members) % members) as usize
}

/// How many members come before this one in submitting an outcome.
pub(crate) fn submission_rank(computation: &ComputationId, index: usize, members: usize) -> u32 {
    let first = u64::from(computation.0[31]);
    let members = members.max(1) as u64;
    ((index as u64 + members - first % members) % members) as u32
}

/// `base` doubled with every failure, up to `limit`.
pub(crate) fn backoff(base: Duration, limit: Duration, failures: u32) -> Duration {
    base.saturating_mul(1_u32.checked_shl(failures.min(16)).unwrap_or(u32::MAX)).min(limit)
}

/// A computation that is, or just was, in the queue.
pub(crate) struct Tracked {
    pub(crate) waiting: Waiting,
    pub(crate) loading: Loading,
    pub(crate) job: Option<Arc<Job>>,
    pub(crate) preparing: bool,
    pub(crate) prepared: Option<Arc<Prepared>>,
    /// Counts how often what was read had to be forgotten: a reading under way from before is worth nothing.
    pub(crate) reading: u64,
    /// No reading for an attempt before this time.
    pub(crate) prepare_at: Duration,
    /// Every member should reject it, as we see the chain.
    pub(crate) refusal: Option<Refusal>,
    /// The attempt that is due.
    pub(crate) attempt: u32,
    pub(crate) failures: u32,
    /// When this node proposes again, if it leads.
    pub(crate) propose_at: Duration,
    /// Since when the leader of the due attempt could have proposed it.
    pub(crate) turn_since: Option<Duration>,
    /// Since when an attempt that this node leads has waited for stock.
    pub(crate) short_since: Option<Duration>,
    pub(crate) pending: Option<PendingStart>,
    pub(crate) running: Option<Running>,
    pub(crate) ending: Option<Ending>,
    /// When the ending last came a step further.
    pub(crate) ending_moved: Duration,
    pub(crate) repeat_at: Duration,
    pub(crate) repeats: u32,
    /// What others said about its end before this node had an outcome.
    pub(crate) early: BTreeMap<Identity, EndingFrame>,
    /// A session of this computation may have shown something.
    pub(crate) opened: Option<SessionId>,
    pub(crate) submission: SubmissionState,
    /// The slot at which it was first seen to have left the queue.
    pub(crate) left: Option<u64>,
}

/// Reading the job.
#[derive(Default)]
pub(crate) struct Loading {
    pub(crate) under_way: bool,
    pub(crate) failures: u32,
    pub(crate) at: Duration,
}

/// Sending transactions about it.
#[derive(Default)]
pub(crate) struct SubmissionState {
    pub(crate) under_way: bool,
    /// When it is this node's turn; `None` until there is something to send.
    pub(crate) at: Option<Duration>,
    pub(crate) failures: u32,
}

/// A proposal that cannot be judged yet.
pub(crate) struct PendingStart {
    pub(crate) from: Identity,
    pub(crate) start: Start,
    pub(crate) until: Duration,
    /// What it will be declined with at that time.
    pub(crate) obstacle: DeclineReason,
}

/// A session under way.
pub(crate) struct Running {
    pub(crate) session: SessionId,
    pub(crate) attempt: u32,
    pub(crate) prepared: Arc<Prepared>,
    pub(crate) abort: AbortHandle,
    pub(crate) opening: Arc<AtomicBool>,
    pub(crate) records: RecordsSlot,
    pub(crate) since: Duration,
    /// How long it waited for stock.
    pub(crate) stock_wait: Duration,
}

impl Running {
    /// Whether results may have been shown.
    pub(crate) fn is_opening(&self) -> bool {
        self.opening.load(Ordering::Relaxed)
    }
}

impl Tracked {
    pub(crate) fn new(waiting: Waiting, now: Duration) -> Self {
        Tracked {
            waiting,
            loading: Loading::default(),
            job: None,
            preparing: false,
            prepared: None,
            reading: 0,
            prepare_at: now,
            refusal: None,
            attempt: 0,
            failures: 0,
            propose_at: now,
            turn_since: None,
            short_since: None,
            pending: None,
            running: None,
            ending: None,
            ending_moved: now,
            repeat_at: now,
            repeats: 0,
            early: BTreeMap::new(),
            opened: None,
            submission: SubmissionState::default(),
            left: None,
        }
    }

    /// What was read, or is being read, may be out of date when it is needed.
    pub(crate) fn forget_reading(&mut self) {
        self.prepared = None;
        self.refusal = self.job.as_ref().and_then(|job| job.recipe.as_ref().err().cloned());
        if self.preparing {
            self.reading = self.reading.wrapping_add(1);
        }
    }

    /// Whether a new attempt may be made: nothing is signed, nothing was shown, and no outcome is on its way to being
    /// signed by all.
    pub(crate) fn may_attempt(&self, now: Duration, timings: &Timings) -> bool {
        match &self.ending {
            None => self.can_join(),
            Some(_) => self.can_join() && now >= self.ending_moved + timings.silence,
        }
    }

    /// Whether an outcome is signed, or stored and about to be: until the chain has it, or the members have given it up,
    /// nothing else may touch its cells.
    pub(crate) fn is_ending(&self, now: Duration, timings: &Timings) -> bool {
        let recent = now < self.ending_moved + timings.silence;
        self.ending.as_ref().is_some_and(|ending| ending.is_signed() || recent)
    }

    /// Whether this node may take part in an attempt that another member proposes.
    pub(crate) fn can_join(&self) -> bool {
        self.opened.is_none() && self.ending.as_ref().is_none_or(|ending| !ending.is_signed())
    }

    /// An attempt failed, or its leader let it pass: the next one.
    pub(crate) fn next_attempt(&mut self, after: u32, now: Duration) {
        self.attempt = after.saturating_add(1);
        self.forget_reading();
        self.prepare_at = now;
        self.turn_since = None;
        self.short_since = None;
        self.propose_at = now;
    }

    /// As [`Tracked::next_attempt`], with a growing pause before this node proposes again.
    pub(crate) fn attempt_failed(&mut self, attempt: u32, now: Duration, timings: &Timings) {
        self.next_attempt(attempt, now);
        self.propose_at = now + backoff(timings.retry, timings.retry_limit, self.failures);
        self.failures = self.failures.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaders_and_submitters_take_turns() {
        for seed in 0..50_u8 {
            let computation = ComputationId([seed; 32]);
            for members in 2..=16 {
                let mut leaders: Vec<usize> =
                    (0..members as u32).map(|attempt| leader_of(&computation, attempt, members)).collect();
                leaders.sort_unstable();
                assert_eq!(leaders, (0..members).collect::<Vec<_>>());
                let mut ranks: Vec<u32> =
                    (0..members).map(|index| submission_rank(&computation, index, members)).collect();
                ranks.sort_unstable();
                assert_eq!(ranks, (0..members as u32).collect::<Vec<_>>());
            }
        }
        // The last attempt number does not overflow.
        assert!(leader_of(&ComputationId([0xff; 32]), u32::MAX, 3) < 3);
    }

    #[test]
    fn pauses_double_up_to_their_limit() {
        let pause = |failures| backoff(Duration::from_millis(500), Duration::from_secs(20), failures);
        assert_eq!(pause(0), Duration::from_millis(500));
        assert_eq!(pause(3), Duration::from_secs(4));
        assert_eq!(pause(u32::MAX), Duration::from_secs(20));
    }
}
