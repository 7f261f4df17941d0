//! What the node core can be told: whom it serves, its limits, its patience.

use std::time::Duration;

use solana_pubkey::Pubkey;

use crate::frame::stock::Amounts;
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
    /// The stock of correlated randomness, in clusters whose protocol needs one.
    pub stock: StockSettings,
    /// How long things may take.
    pub timings: Timings,
    /// What the node does wrong, if anything.
    #[cfg(feature = "danger-misbehave")]
    pub misdeed: Option<super::misbehave::Misdeed>,
}

/// How much stock is made, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StockSettings {
    /// The batch that is made where there is none, and what waiting computations get: small, so that it is there soon.
    /// Without scalars, see `scalars`.
    pub first: Amounts,
    /// Bits under each state key in it.
    pub first_state_bits: u32,
    /// Every other batch.
    pub full: Amounts,
    /// Bits under each state key in it.
    pub full_state_bits: u32,
    /// Scalars in any batch, once a computation has signed something.
    pub scalars: u32,
    /// A full batch is made when less than this share of one is free, in percent.
    pub low_percent: u8,
    /// Bytes of all batches on disk; no more are made then.
    pub most_bytes: u64,
    /// Batches held at once.
    pub most_batches: usize,
    /// Where the computing is done.
    pub workplace: Workplace,
}

/// Where stock is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workplace {
    /// On a thread of its own at the lowest priority, which waits for everything else on the machine.
    Thread,
    /// In the node's own task: for simulations, where there is one thread.
    Inline,
}

impl Default for StockSettings {
    fn default() -> Self {
        StockSettings {
            first: Amounts { bits: 24 * 1024, triples: 24 * 1024, field_triples: 96, scalars: 0 },
            first_state_bits: 12 * 1024,
            full: Amounts { bits: 128 * 1024, triples: 294_912, field_triples: 768, scalars: 0 },
            full_state_bits: 48 * 1024,
            scalars: 480,
            low_percent: 50,
            most_bytes: 4 << 30,
            most_batches: 48,
            workplace: Workplace::Thread,
        }
    }
}

impl StockSettings {
    /// Full batches of this many triples, and as many other items as go with them; the first batch is no larger.
    pub fn with_full_batches_of(triples: u32) -> Self {
        let default = StockSettings::default();
        let scaled = |amount: u32| {
            let scaled = u64::from(amount) * u64::from(triples) / u64::from(default.full.triples);
            u32::try_from(scaled).unwrap_or(u32::MAX)
        };
        let full = Amounts {
            bits: scaled(default.full.bits).max(1024),
            triples,
            field_triples: scaled(default.full.field_triples).clamp(64, 2048),
            scalars: 0,
        };
        let least = |first: u32, full: u32| first.min(full);
        StockSettings {
            first: Amounts {
                bits: least(default.first.bits, full.bits),
                triples: least(default.first.triples, full.triples),
                field_triples: least(default.first.field_triples, full.field_triples),
                scalars: 0,
            },
            full_state_bits: scaled(default.full_state_bits).max(4096),
            first_state_bits: default.first_state_bits.min(scaled(default.full_state_bits).max(4096)),
            full,
            ..default
        }
    }
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
    /// How long each member waits for the one before it to propose a full batch, when its own part runs low.
    pub refill_turn: Duration,
    /// How long a peer may send nothing while stock is made: it may be computing, or waiting for computations.
    pub production_silence: Duration,
    /// How long one message of production waits for computations that run.
    pub production_pause: Duration,
    /// Between two looks at the court on chain: challenges to answer, evidence to hand in, votes to give.
    pub court_pause: Duration,
    /// Between two looks at the chain for applications that ask for a signing key.
    pub signing_keys_pause: Duration,
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
            refill_turn: Duration::from_millis(500),
            production_silence: Duration::from_secs(90),
            production_pause: Duration::from_secs(2),
            court_pause: Duration::from_secs(20),
            signing_keys_pause: Duration::from_secs(5),
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
            stock: StockSettings::default(),
            timings: Timings::default(),
            #[cfg(feature = "danger-misbehave")]
            misdeed: None,
        }
    }
}
