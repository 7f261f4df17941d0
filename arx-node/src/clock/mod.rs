//! Time, as the node sees it: a monotonic clock and a timer.
//!
//! All waiting in the node goes through [`Clock`], so that a simulation decides when time passes.

use std::future::Future;
use std::time::Duration;

/// A monotonic clock with a timer. Cheap to clone; all clones show the same time.
pub trait Clock: Clone + Send + Sync + 'static {
    /// Time since an origin of the clock's own choosing. Never goes back.
    fn now(&self) -> Duration;

    /// Completes once `now()` is at least `deadline`; at once if it already is.
    fn sleep_until(&self, deadline: Duration) -> impl Future<Output = ()> + Send;

    /// Completes after `duration`.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send {
        self.sleep_until(self.now().saturating_add(duration))
    }
}

/// The clock of the tokio runtime: real time in the node, and simulated time in a runtime whose time is paused.
#[derive(Clone, Copy, Debug)]
pub struct TokioClock {
    origin: tokio::time::Instant,
}

impl TokioClock {
    /// A clock whose origin is now. Inside a runtime with paused time this is the runtime's simulated time.
    pub fn new() -> Self {
        TokioClock { origin: tokio::time::Instant::now() }
    }
}

impl Default for TokioClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for TokioClock {
    fn now(&self) -> Duration {
        self.origin.elapsed()
    }

    async fn sleep_until(&self, deadline: Duration) {
        // A deadline beyond what an instant can hold is as good as never.
        match self.origin.checked_add(deadline) {
            Some(instant) => tokio::time::sleep_until(instant).await,
            None => std::future::pending().await,
        }
    }
}
