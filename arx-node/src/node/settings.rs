//! What the node core can be told: whom it serves, its limits, its patience.

use std::time::Duration;

use solana_pubkey::Pubkey;

use crate::transport::inbox::InboxLimits;

/// Settings of the node core. `arx-node run` fills them from its TOML file, a simulation in code.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Address of the cluster that the node serves.
    pub cluster: Pubkey,
    /// How many computations run at once at most.
    pub concurrent_sessions: usize,
    /// Limits on what peers can make the node hold.
    pub inbox: InboxLimits,
    /// How long things may take.
    pub timings: Timings,
}

/// How long things may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timings {
    /// Between two reads of the queue while computations are in it.
    pub poll_busy: Duration,
    /// Between two reads of the queue while it is empty.
    pub poll_idle: Duration,
    /// How long an attempt's leader has to propose it, before it is the next one's turn.
    pub proposal: Duration,
    /// How long a peer may send nothing in a session that waits for it.
    pub silence: Duration,
    /// Between the end of a failed attempt and the next; doubled with each failure.
    pub retry: Duration,
    /// The longest of those waits.
    pub retry_limit: Duration,
    /// How long each member waits for the one before it to submit a signed result.
    pub takeover: Duration,
    /// Between repetitions of `Ending` frames while signatures are missing.
    pub repeat: Duration,
    /// How many slots stored outcomes are kept after they were settled on chain; longer than any fork lives.
    pub keep_slots: u64,
}

impl Default for Timings {
    fn default() -> Self {
        Timings {
            poll_busy: Duration::from_millis(400),
            poll_idle: Duration::from_secs(2),
            proposal: Duration::from_secs(3),
            silence: Duration::from_secs(15),
            retry: Duration::from_millis(500),
            retry_limit: Duration::from_secs(20),
            takeover: Duration::from_secs(5),
            repeat: Duration::from_secs(2),
            keep_slots: 1_000,
        }
    }
}

impl Settings {
    /// The defaults for this cluster.
    pub fn new(cluster: Pubkey) -> Self {
        Settings {
            cluster,
            concurrent_sessions: 8,
            inbox: InboxLimits::default(),
            timings: Timings::default(),
        }
    }
}
