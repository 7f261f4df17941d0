//! Keys that applications sign with: from the request on chain to the key on chain.
//!
//! Requests are looked for at a pace of their own. For one that asks this cluster, a member proposes to make the key
//! (`keeper`: it is made like stock, one thing at a time), the members one after another until one succeeds; in that session
//! all sign it for the chain. Whoever has all signatures keeps them, durably, and publishes the key, the members again one
//! after another. What is lost on the way is made again: the shares follow from the members' long-term secrets, so the
//! key is the same, unless a member changes its share; of two keys that all have signed the chain takes one, and only that
//! one is ever signed with.
//!
//! [`of_application`] reads a published key for a computation that signs.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anchor_lang::Discriminator;
use arx_program::pda;
use arx_program::state::{FailureReason, SigningKey as PublishedKey, SigningKeyRequest};
use arx_wire::PROTOCOL_REPLICATED3_SEMI_HONEST;
use mpc::PartyId;
use mpc::signature::{KeyName, KeyShare, PublicShares, SigningKey};
use mxe_runtime::NodeSecrets;
use solana_pubkey::Pubkey;
use tracing::{debug, info, warn};

use super::NodeError;
use super::job::Refusal;
use super::prepare::PrepareError;
use super::scheduler::{Done, Purpose, Scheduler, Service, Wake};
use super::submit::Submitter;
use super::tracked::{backoff, submission_rank};
use crate::chain::view::{ClusterView, decode};
use crate::chain::{Account, Chain, ChainError, SubmitError};
use crate::clock::Clock;
use crate::frame::ComputationId;
use crate::secrets::Entropy;
use crate::store::signing_keys::MadeKey;
use crate::transport::Transport;

/// Requests that are kept in mind at once; the others come up as these are done.
const MOST_REQUESTS: usize = 64;

/// What the scheduler knows about keys that are asked for.
pub(super) struct SigningKeys {
    look_at: Duration,
    looking: bool,
    asked: BTreeMap<KeyName, Asked>,
}

/// A key that an application asks this cluster for.
struct Asked {
    since: Duration,
    /// The key with all signatures, if this node has it.
    made: Option<MadeKey>,
    /// Sessions that broke off.
    broken: u32,
    sending: bool,
    send_at: Duration,
    refusals: u32,
}

/// What a look at the chain found: all requests for keys, whichever cluster they ask.
pub(super) type Requests = Result<Vec<(Pubkey, Account)>, ChainError>;

impl SigningKeys {
    pub(super) const fn new(now: Duration) -> Self {
        SigningKeys { look_at: now, looking: false, asked: BTreeMap::new() }
    }

    /// A session that was to make this key broke off.
    pub(super) fn broke_off(&mut self, name: &KeyName) {
        if let Some(asked) = self.asked.get_mut(name) {
            asked.broken = asked.broken.saturating_add(1);
        }
    }
}

impl Asked {
    /// The key with all signatures, if they are good for what the cluster is now.
    fn publishable(&self, cluster: &ClusterView) -> Option<&MadeKey> {
        self.made
            .as_ref()
            .filter(|made| made.cluster == cluster.address.to_bytes() && made.epoch == cluster.epoch)
    }
}

impl<C: Chain, T: Transport, K: Clock, E: Entropy> Scheduler<C, T, K, E> {
    /// Looks for requests and publishes what is made, as far as that is due.
    pub(super) fn advance_signing_keys(&mut self, service: &Service, now: Duration, wake: &mut Wake) {
        if service.cluster.protocol == PROTOCOL_REPLICATED3_SEMI_HONEST || self.is_stopping() {
            return;
        }
        if !self.signing_keys.looking {
            if now >= self.signing_keys.look_at {
                self.signing_keys.looking = true;
                let chain = self.chain.clone();
                self.spawn(Purpose::SigningKeys, async move {
                    Done::KeysAskedFor(chain.accounts_of::<SigningKeyRequest>().await)
                });
            } else {
                wake.not_after(self.signing_keys.look_at);
            }
        }
        let takeover = self.settings.timings.takeover;
        let mut due = Vec::new();
        for (name, asked) in &mut self.signing_keys.asked {
            let Some(made) = asked.publishable(&service.cluster).filter(|_| !asked.sending) else { continue };
            let rank = submission_rank(&ComputationId(name.mxe), service.index, service.members.len());
            let turn = asked.send_at + takeover * rank;
            if now < turn {
                wake.not_after(turn);
                continue;
            }
            due.push((*name, made.clone()));
            asked.sending = true;
        }
        for (name, made) in due {
            let submitter =
                Submitter { chain: self.chain.clone(), me: self.me, members: service.members.clone() };
            self.spawn(Purpose::SigningKeys, async move {
                Done::KeyPublished(name, submitter.publish_signing_key(&made).await)
            });
        }
    }

    pub(super) fn on_keys_asked_for(&mut self, requests: Requests) -> Result<(), NodeError> {
        let now = self.now();
        self.signing_keys.looking = false;
        self.signing_keys.look_at = now + self.settings.timings.signing_keys_pause;
        let Some(service) = self.service.clone() else { return Ok(()) };
        let requests = match requests {
            Ok(requests) => requests,
            Err(error) => {
                warn!(%error, "requests for signing keys could not be read");
                return Ok(());
            }
        };
        let name = |(address, account): &(Pubkey, Account)| {
            let request: SigningKeyRequest = decode("request for a signing key", address, account).ok()?;
            let ours = request.cluster == service.cluster.address
                && *address == pda::signing_key(&request.mxe, request.version).0;
            ours.then(|| KeyName { mxe: request.mxe.to_bytes(), version: request.version.into() })
        };
        let requested: BTreeSet<KeyName> = requests.iter().filter_map(name).collect();
        let known: Vec<KeyName> = self.signing_keys.asked.keys().copied().collect();
        for name in known.iter().filter(|name| !requested.contains(name)) {
            info!(mxe = %Pubkey::from(name.mxe), version = name.version, "a signing key is on the chain");
            self.signing_keys.asked.remove(name);
            self.store.forget_made_key(name)?;
        }
        for name in requested {
            let asked = &mut self.signing_keys.asked;
            if asked.len() < MOST_REQUESTS
                && let Entry::Vacant(place) = asked.entry(name)
            {
                info!(mxe = %Pubkey::from(name.mxe), version = name.version, "an application asks for a signing key");
                let made = self.store.made_key(&name)?;
                place.insert(Asked {
                    since: now,
                    made,
                    broken: 0,
                    sending: false,
                    send_at: now,
                    refusals: 0,
                });
            }
        }
        Ok(())
    }

    /// Whether an application asks this cluster for this key, as this node sees the chain.
    pub(super) fn is_asked_for(&self, name: &KeyName) -> bool {
        self.signing_keys.asked.contains_key(name)
    }

    /// The key that this node is to propose to make now.
    pub(super) fn signing_key_to_make(
        &self,
        service: &Service,
        now: Duration,
        wake: &mut Wake,
    ) -> Option<KeyName> {
        let missing = self.signing_keys.asked.iter();
        let missing = missing.filter(|(_, asked)| asked.publishable(&service.cluster).is_none());
        // Those that fail again and again do not hold up the others.
        let (name, asked) = missing.min_by_key(|(name, asked)| (asked.broken, **name))?;
        let rank = submission_rank(&ComputationId(name.mxe), service.index, service.members.len());
        let turn = asked.since + self.settings.timings.refill_turn * rank;
        if now < turn {
            wake.not_after(turn);
            return None;
        }
        Some(*name)
    }

    /// A key is made and signed by all: keeps it until it is on the chain.
    pub(super) fn keep_made_key(&mut self, made: MadeKey) -> Result<(), NodeError> {
        self.store.put_made_key(&made)?;
        let now = self.now();
        if let Some(asked) = self.signing_keys.asked.get_mut(&made.name()) {
            (asked.made, asked.send_at) = (Some(made), now);
        }
        Ok(())
    }

    pub(super) fn on_key_published(&mut self, name: &KeyName, sent: Result<(), SubmitError>) {
        let (now, timings) = (self.now(), self.settings.timings);
        let mxe = Pubkey::from(name.mxe);
        match &sent {
            Ok(()) => info!(%mxe, version = name.version, "published a signing key"),
            // Mostly another member was first.
            Err(error @ SubmitError::Refused { .. }) => debug!(%mxe, %error, "a signing key was not taken"),
            Err(error) => warn!(%mxe, %error, "a signing key could not be published"),
        }
        // The chain tells whether the key is there.
        self.signing_keys.look_at = now;
        if let Some(asked) = self.signing_keys.asked.get_mut(name) {
            asked.sending = false;
            let pause = backoff(timings.takeover, timings.retry_limit, asked.refusals);
            asked.send_at = now + pause;
            asked.refusals = asked.refusals.saturating_add(1);
        }
    }

    /// A task about signing keys ended without a word.
    pub(super) fn on_signing_keys_panic(&mut self) {
        let later = self.now() + self.settings.timings.retry_limit;
        (self.signing_keys.looking, self.signing_keys.look_at) = (false, later);
        for asked in self.signing_keys.asked.values_mut().filter(|asked| asked.sending) {
            (asked.sending, asked.send_at) = (false, later);
        }
    }
}

/// What a member needs to take part in signing with an application's key.
pub(crate) struct Holder<'a> {
    pub(crate) secrets: &'a NodeSecrets,
    pub(crate) me: PartyId,
}

/// The application's key as it is at `address`, with this member's share of it.
pub(crate) fn of_application(
    address: &Pubkey,
    account: Option<&Account>,
    cluster: &ClusterView,
    holder: &Holder<'_>,
) -> Result<SigningKey, PrepareError> {
    let refused = |why: &str| {
        PrepareError::Refused(Refusal {
            reason: FailureReason::DefinitionMismatch,
            detail: 0,
            why: format!("the circuit signs, but {why}"),
        })
    };
    let account = account.ok_or_else(|| refused("the application has not asked for a signing key"))?;
    if account.data.starts_with(SigningKeyRequest::DISCRIMINATOR) {
        return Err(PrepareError::KeyNotMade { address: *address });
    }
    let published: PublishedKey = decode("signing key", address, account)?;
    let members: Vec<Pubkey> = cluster.members.iter().map(|member| member.identity.into()).collect();
    let ours =
        published.cluster == cluster.address && published.members == PublishedKey::hash_of_members(&members);
    if !ours {
        return Err(refused("the application's signing key was made by other members"));
    }
    let public = PublicShares::parse(&published.shares)?;
    if public.key() != published.key.to_bytes() {
        return Err(PrepareError::Inconsistent { what: "a signing key is not the sum of its shares" });
    }
    let name = KeyName { mxe: published.mxe.to_bytes(), version: published.version.into() };
    let share = KeyShare::derive(&holder.secrets.state_secret, &name);
    Ok(SigningKey::new(public, share, holder.me)?)
}
