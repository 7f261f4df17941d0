//! Keeps a [`View`] of the cluster and its queue up to date.
//!
//! Polling is the truth: the queue account is read again and again, so a restart, a missed notification or a switch of
//! forks loses nothing. A subscription only makes the next reading come sooner. Readings that are older than the last
//! one (an endpoint may be a pool of servers) are dropped, unless they persist: then the chain itself went back.

use std::sync::Arc;
use std::time::Duration;

use solana_pubkey::Pubkey;
use tokio::sync::{Notify, watch};
use tracing::{info, warn};

use super::view::{View, decode_cluster, decode_queue};
use super::{Chain, ChainError};
use crate::clock::Clock;
use crate::node::Timings;

/// Older readings in a row after which they are believed.
const OLDER_READINGS: u32 = 20;
/// After a wake-up no reading for this long: changes come in bursts.
const BREATH: Duration = Duration::from_millis(50);

/// Polls the chain and publishes what it sees.
pub struct Watcher<C, K> {
    /// The chain.
    pub chain: Arc<C>,
    /// The clock.
    pub clock: K,
    /// Address of the cluster.
    pub cluster: Pubkey,
    /// Pace of polling.
    pub timings: Timings,
    /// Asks for a reading now, for instance after a transaction of our own.
    pub nudge: Arc<Notify>,
}

impl<C: Chain, K: Clock> Watcher<C, K> {
    /// Runs until the receiver of the views is gone.
    pub async fn run(self, views: watch::Sender<Option<Arc<View>>>) {
        let mut reader = Reader::new(self.cluster);
        let mut failures = 0_u32;
        let mut older = 0_u32;
        self.chain.watch(&[self.cluster, reader.queue]);
        while !views.is_closed() {
            let mut busy = false;
            match reader.read(&*self.chain).await {
                Ok(view) => {
                    if failures > 0 {
                        info!(failures, "the chain can be read again");
                        failures = 0;
                    }
                    busy = !view.queue.is_empty();
                    let last = views.borrow().as_ref().map_or(0, |last| last.slot);
                    older = if view.slot < last { older + 1 } else { 0 };
                    if older == 0 || older > OLDER_READINGS {
                        metrics::gauge!("arx_slot").set(view.slot as f64);
                        metrics::gauge!("arx_queue_length").set(view.queue.len() as f64);
                        views.send_replace(Some(Arc::new(view)));
                    }
                }
                Err(error) => {
                    // Said aloud once per series, counted always.
                    if failures == 0 {
                        warn!(%error, "the chain cannot be read");
                    }
                    metrics::counter!("arx_chain_errors_total").increment(1);
                    failures = failures.saturating_add(1);
                }
            }
            let pause = match failures {
                0 if busy => self.timings.poll_busy,
                0 => self.timings.poll_idle,
                failures => self.timings.poll_idle * failures.min(5),
            };
            tokio::select! {
                biased;
                () = self.nudge.notified() => {}
                () = self.chain.changed() => self.clock.sleep(BREATH).await,
                () = self.clock.sleep(pause) => {}
            }
        }
    }
}

/// Reads cluster, queue and members' registrations at one slot.
struct Reader {
    cluster: Pubkey,
    queue: Pubkey,
    /// Addresses of the registrations, once the members are known.
    nodes: Vec<Pubkey>,
    members: Vec<[u8; 32]>,
}

impl Reader {
    fn new(cluster: Pubkey) -> Self {
        Reader { cluster, queue: arx_program::pda::queue(&cluster).0, nodes: Vec::new(), members: Vec::new() }
    }

    async fn read<C: Chain>(&mut self, chain: &C) -> Result<View, ReadError> {
        loop {
            let mut addresses = vec![self.cluster, self.queue];
            addresses.extend_from_slice(&self.nodes);
            let read = chain.accounts(&addresses).await?;
            let mut accounts = read.accounts.into_iter();
            let (Some(cluster), Some(queue)) = (accounts.next().flatten(), accounts.next().flatten()) else {
                return Ok(View { slot: read.slot, cluster: None, queue: Vec::new() });
            };
            let nodes: Vec<_> = accounts.collect();
            let queue = decode_queue(&self.queue, &queue)?;
            let cluster = decode_cluster(&self.cluster, &cluster, &nodes)?;
            // The first reading, and one after the members changed, does not have their registrations yet.
            let members: Vec<[u8; 32]> =
                cluster.iter().flat_map(|cluster| &cluster.members).map(|member| member.identity).collect();
            if members != self.members {
                self.nodes =
                    members.iter().map(|key| arx_program::pda::node(&Pubkey::from(*key)).0).collect();
                self.members = members;
                continue;
            }
            return Ok(View { slot: read.slot, cluster, queue });
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum ReadError {
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Account(#[from] super::view::AccountError),
}
