//! Following a computation to its end: a subscription for speed, polling because subscriptions drop things.

use std::time::Duration;

use arx_program::state::{Computation, ComputationStatus, Delivery};
use futures::StreamExt;
use solana_account::Account;
use solana_commitment_config::CommitmentConfig;
use solana_pubkey::Pubkey;
use solana_pubsub_client::nonblocking::pubsub_client::PubsubClient;
use solana_rpc_client_api::config::{RpcAccountInfoConfig, UiAccountEncoding};

use super::{Client, decode};
use crate::Error;

/// How often the account is fetched while the subscription is silent, and while there is none.
const POLL_SUBSCRIBED: Duration = Duration::from_secs(2);
const POLL_UNSUBSCRIBED: Duration = Duration::from_millis(300);
/// Slots after the deadline that are allowed for someone to settle it.
const GRACE_SLOTS: u64 = 64;

/// A step of a computation as seen from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It is in the queue.
    Queued {
        /// Slot of queueing.
        slot: u64,
        /// Its number in the cluster's queue.
        sequence: u64,
    },
    /// It has a result, or ended without one.
    Settled {
        /// Slot of settling.
        slot: u64,
        /// How it ended.
        status: ComputationStatus,
    },
    /// The application's callback failed; the outcome can still be delivered.
    CallbackFailed {
        /// The callback's error number.
        code: u32,
    },
    /// The application has the outcome.
    Delivered {
        /// Slot in which this was seen.
        slot: u64,
    },
}

/// A computation that ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Its address.
    pub address: Pubkey,
    /// Its account.
    pub computation: Computation,
    /// Slot in which this was seen.
    pub seen_slot: u64,
}

impl Settled {
    /// Itself if it has a result.
    ///
    /// # Errors
    /// [`Error::NoResult`] with the reason otherwise.
    pub fn finalized(self) -> Result<Self, Error> {
        match self.computation.status {
            ComputationStatus::Finalized => Ok(self),
            status => Err(Error::NoResult { computation: self.address, status }),
        }
    }
}

/// Turns account states into steps, each reported once.
#[derive(Default)]
struct Steps {
    queued: bool,
    settled: bool,
    callback_error: Option<u32>,
    delivered: bool,
}

impl Steps {
    fn report(&mut self, computation: &Computation, seen: u64, progress: &mut (dyn FnMut(Progress) + Send)) {
        if !std::mem::replace(&mut self.queued, true) {
            progress(Progress::Queued { slot: computation.queued_slot, sequence: computation.sequence });
        }
        if computation.is_settled() && !std::mem::replace(&mut self.settled, true) {
            progress(Progress::Settled { slot: computation.settled_slot, status: computation.status });
        }
        if let Some(code) = computation.callback_error.filter(|code| self.callback_error != Some(*code)) {
            self.callback_error = Some(code);
            progress(Progress::CallbackFailed { code });
        }
        if computation.delivery != Delivery::Pending && !std::mem::replace(&mut self.delivered, true) {
            progress(Progress::Delivered { slot: seen });
        }
    }
}

/// What is waited for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    Settled,
    /// Also that the application has the outcome, or that its callback failed.
    Delivered,
}

impl Until {
    fn reached(self, computation: &Computation) -> bool {
        let delivered = computation.delivery != Delivery::Pending || computation.callback_error.is_some();
        computation.is_settled() && (self == Self::Settled || computation.callback.is_none() || delivered)
    }
}

impl Client {
    /// Waits until a computation has ended, reporting every step once.
    ///
    /// # Errors
    /// [`Error::DeadlinePassed`] if nobody settled it well after its deadline; [`Error::NoAccount`]; [`Error::Rpc`].
    /// That it ended without a result is no error here; see [`Settled::finalized`].
    pub async fn await_settled(
        &self,
        computation: &Pubkey,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Settled, Error> {
        self.follow(computation, Until::Settled, progress).await
    }

    /// As [`await_settled`](Self::await_settled), and until the application has the outcome or its callback failed,
    /// where there is a callback.
    ///
    /// # Errors
    /// As [`await_settled`](Self::await_settled).
    pub async fn await_delivered(
        &self,
        computation: &Pubkey,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Settled, Error> {
        self.follow(computation, Until::Delivered, progress).await
    }

    async fn follow(
        &self,
        address: &Pubkey,
        until: Until,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Settled, Error> {
        let pubsub = PubsubClient::new(&self.endpoints.websocket).await.ok();
        let config = RpcAccountInfoConfig {
            encoding: Some(UiAccountEncoding::Base64),
            commitment: Some(CommitmentConfig::confirmed()),
            ..RpcAccountInfoConfig::default()
        };
        let mut subscription = match &pubsub {
            Some(pubsub) => {
                pubsub.account_subscribe(address, Some(config)).await.ok().map(|(stream, _)| stream)
            }
            None => None,
        };
        let mut steps = Steps::default();
        let mut newest: Option<(u64, Computation)> = None;
        loop {
            // Fetched also before the first notification: the account may have ended before the subscription stood.
            let (slot, account) = self.account_with_slot(address).await?;
            match account {
                Some(account) => {
                    let computation = decode("computation", &arx_program::ID, address, &account)?;
                    if newest.as_ref().is_none_or(|(seen, _)| slot >= *seen) {
                        newest = Some((slot, computation));
                    }
                }
                None if newest.is_none() => {
                    return Err(Error::NoAccount { what: "computation", address: *address });
                }
                None => {}
            }
            if let Some(ended) = step(address, &newest, until, &mut steps, progress) {
                return Ok(ended);
            }
            if let Some((_, computation)) =
                newest.as_ref().filter(|(_, computation)| !computation.is_settled())
                && slot > computation.deadline.saturating_add(GRACE_SLOTS)
            {
                return Err(Error::DeadlinePassed {
                    computation: *address,
                    deadline: computation.deadline,
                    slot,
                });
            }
            let poll =
                tokio::time::sleep(if subscription.is_some() { POLL_SUBSCRIBED } else { POLL_UNSUBSCRIBED });
            tokio::pin!(poll);
            loop {
                let Some(stream) = subscription.as_mut() else {
                    poll.await;
                    break;
                };
                tokio::select! {
                    biased;
                    notified = stream.next() => match notified {
                        Some(notified) => {
                            let decoded = notified.value.to_account().map(|account| {
                                decode::<Computation>("computation", &arx_program::ID, address, &account)
                            });
                            if let Some(Ok(computation)) = decoded {
                                newest = Some((notified.context.slot, computation));
                                if let Some(ended) = step(address, &newest, until, &mut steps, progress) {
                                    return Ok(ended);
                                }
                            }
                        }
                        None => subscription = None,
                    },
                    () = &mut poll => break,
                }
            }
        }
    }

    async fn account_with_slot(&self, address: &Pubkey) -> Result<(u64, Option<Account>), Error> {
        let answer = self.rpc.get_account_with_commitment(address, CommitmentConfig::confirmed()).await;
        let answer = answer.map_err(Error::rpc(format!("cannot fetch computation {address}")))?;
        Ok((answer.context.slot, answer.value))
    }
}

fn step(
    address: &Pubkey,
    newest: &Option<(u64, Computation)>,
    until: Until,
    steps: &mut Steps,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Option<Settled> {
    let (seen_slot, computation) = newest.as_ref()?;
    steps.report(computation, *seen_slot, progress);
    until.reached(computation).then(|| Settled {
        address: *address,
        computation: computation.clone(),
        seen_slot: *seen_slot,
    })
}
