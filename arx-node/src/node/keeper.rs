//! Keeping the stock filled: proposing what is to be made, taking part in what others propose.
//!
//! One thing is made at a time. A leader whose part of the stock does not cover a computation that waits proposes at
//! once, and something small; besides, whoever runs low proposes a full batch, the members one after another, so that
//! mostly one of them does. Where two propose at the same time, all go with the lower index. Whatever goes wrong, the
//! batch is burned and another is proposed after a growing pause.

use std::collections::BTreeMap;
use std::time::Duration;

use arx_wire::{PROTOCOL_DISHONEST_MAJORITY, PROTOCOL_REPLICATED3_SEMI_HONEST};
use mpc::correlation::{BatchId, StateKeyId};
use mpc::message::{Identity as Signer, Members};
use mpc::signature::KeyShare;
use mxe_runtime::AttemptNeed;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tracing::{debug, error, info, warn};
use zeroize::Zeroizing;

use super::NodeError;
use super::blame::Fault;
use super::inquest::{Burned, Inquest};
use super::mesh::{Line, Yielding};
use super::production::{KeyOrder, Produced, ProductionError, ProductionJob, ProductionRun};
use super::report::Report;
use super::scheduler::{Done, Purpose, Scheduler, Service, Wake};
use super::settings::Workplace;
use super::tracked::backoff;
use crate::chain::Chain;
use crate::clock::Clock;
use crate::frame::stock::{Amounts, Holdings, Layout, Product, Proposal, StateBitsOrder};
use crate::frame::{AbortReason, DeclineReason, Frame, SessionId};
use crate::identity::Identity;
use crate::secrets::Entropy;
use crate::store::journal::RecordsSlot;
use crate::store::stock::BatchRecord;
use crate::transport::Transport;

/// How far a proposal's slot may be ahead of the chain as this node sees it.
const SLOTS_AHEAD: u64 = 64;
/// How long a batch that some member lacks is kept.
const LACKING_LIMIT: Duration = Duration::from_secs(60);
/// How long the members have to say that they have a new batch, before another is proposed.
const ANNOUNCEMENT: Duration = Duration::from_secs(2);
/// Triples over GF(2^128) in a batch at most: they are made all at once, in 25 kB for each and other member.
const MOST_FIELD_TRIPLES: u32 = 4096;
/// How long a proposal waits for the last message of what is being made.
const LAST_MESSAGE: Duration = Duration::from_millis(500);
/// Scalars in a batch at most: as those.
const MOST_SCALARS: u32 = 4096;
/// State keys that batches get bits under at most.
const KEYS_PER_BATCH: usize = 16;

/// What the scheduler knows about making stock.
pub(super) struct Keeper {
    running: Option<Production>,
    /// What a computation that this node leads waits for.
    pub(super) demand: Option<AttemptNeed>,
    /// Since when this node's part of the stock has been low.
    low_since: Option<Duration>,
    propose_at: Duration,
    failures: u32,
    /// What was proposed while the last thing is not quite made, and until when it is not declined.
    waiting: Option<(Identity, Proposal, Duration)>,
    /// Since when a batch has been here that some member lacks.
    lacking: BTreeMap<BatchId, Duration>,
    /// Whether production is to wait for computations.
    busy: watch::Sender<bool>,
    /// The batch that was burned last, if it can be found out by whom.
    pub(super) inquest: Option<Inquest>,
}

/// What is being made.
struct Production {
    session: SessionId,
    proposal: Proposal,
    abort: AbortHandle,
    records: RecordsSlot,
    /// What everything that this node says in it follows from.
    seed: Zeroizing<[u8; 32]>,
    since: Duration,
}

impl Keeper {
    pub(super) fn new() -> Self {
        Keeper {
            running: None,
            demand: None,
            low_since: None,
            propose_at: Duration::ZERO,
            failures: 0,
            waiting: None,
            lacking: BTreeMap::new(),
            busy: watch::Sender::new(false),
            inquest: None,
        }
    }

    /// Whether something is being made.
    pub(super) fn is_producing(&self) -> bool {
        self.running.is_some()
    }

    /// What peers are answerable for in the session in which something is made now.
    pub(super) fn records_of(&self, session: &SessionId) -> Option<RecordsSlot> {
        self.running
            .as_ref()
            .filter(|running| running.session == *session)
            .map(|running| running.records.clone())
    }
}

/// Whether a cluster of this protocol needs a stock.
pub(super) fn needs_stock(protocol: u16) -> bool {
    protocol == PROTOCOL_DISHONEST_MAJORITY
}

impl<C: Chain, T: Transport, K: Clock, E: Entropy> Scheduler<C, T, K, E> {
    /// Whatever is due for the stock.
    pub(super) fn advance_stock(
        &mut self,
        service: &Service,
        now: Duration,
        wake: &mut Wake,
    ) -> Result<(), NodeError> {
        let demand = self.keeper.demand.take();
        if service.cluster.protocol == PROTOCOL_REPLICATED3_SEMI_HONEST {
            return Ok(());
        }
        let signing_key = self.signing_key_to_make(service, now, wake);
        let computing = self.tracked.values().any(|tracked| tracked.running.is_some());
        let busy = computing && demand.is_none() && signing_key.is_none();
        self.keeper.busy.send_if_modified(|known| std::mem::replace(known, busy) != busy);
        if let Some((from, proposal, until)) = self.keeper.waiting.take() {
            if self.keeper.running.is_none() || now >= until {
                self.answer(from, proposal, service)?;
            } else {
                wake.not_after(until);
                self.keeper.waiting = Some((from, proposal, until));
            }
        }
        if self.keeper.running.is_some() || self.is_stopping() {
            return Ok(());
        }
        let all_here =
            service.members.iter().all(|peer| *peer == self.me || self.transport.is_connected(peer));
        if !all_here {
            return Ok(());
        }
        // A new batch is of use once the others have said that they have it too.
        let stocking = &self.stocking;
        let expected = self
            .keeper
            .lacking
            .iter()
            .filter(|(batch, _)| !stocking.is_common(batch, &self.me, &service.members));
        let announced = expected.map(|(_, since)| *since + ANNOUNCEMENT).max().unwrap_or_default();
        let earliest = self.keeper.propose_at.max(announced);
        if now < earliest {
            wake.not_after(earliest);
            return Ok(());
        }
        let urgent = demand.is_some() || signing_key.is_some();
        let product = match (demand, signing_key) {
            (Some(need), _) => Some(self.product_for(&need, service)),
            (None, Some(key)) => Some(Product::SigningKey(key)),
            (None, None) if needs_stock(service.cluster.protocol) => self.refill(service, now, wake),
            (None, None) => None,
        };
        match product {
            Some(product) => self.propose_product(product, urgent, service),
            None => Ok(()),
        }
    }

    /// What a waiting computation needs first.
    fn product_for(&self, need: &AttemptNeed, service: &Service) -> Product {
        if let Some(missing) = need.state_bits.keys().find(|key| self.stocking.state_key(key).is_none()) {
            return Product::StateKey(*missing);
        }
        let stock = &self.settings.stock;
        let members = service.members.len() as u32;
        let covers = |amounts: Amounts| {
            let part = |amount: u32| u64::from(amount / members);
            part(amounts.bits) >= need.bits
                && part(amounts.triples) >= need.triples
                && part(amounts.field_triples) >= need.field_triples
                && part(amounts.scalars) >= need.scalars
        };
        let (first, full) = (self.with_scalars(stock.first), self.with_scalars(stock.full));
        let (layout, amounts) = if covers(first) {
            (Layout::Shared, first)
        } else if covers(full) {
            (Layout::Shared, full)
        } else {
            let at_least = |amount: u32, need: u64| amount.max(u32::try_from(need).unwrap_or(u32::MAX));
            let amounts = Amounts {
                bits: at_least(first.bits, need.bits),
                triples: at_least(first.triples, need.triples),
                field_triples: at_least(first.field_triples, need.field_triples),
                scalars: at_least(first.scalars, need.scalars),
            };
            (Layout::Whole, amounts)
        };
        let state_bits = self.orders(members, layout, stock.first_state_bits, Some(need));
        Product::Batch { layout, amounts, state_bits }
    }

    /// The amounts of a batch: scalars are made only where computations sign.
    fn with_scalars(&self, amounts: Amounts) -> Amounts {
        let scalars = if self.stocking.signs { self.settings.stock.scalars } else { 0 };
        Amounts { scalars, ..amounts }
    }

    /// A full batch if this node runs low and it is its turn to say so; a small one if there is none at all.
    fn refill(&mut self, service: &Service, now: Duration, wake: &mut Wake) -> Option<Product> {
        let stock = self.settings.stock;
        let members = service.members.len() as u32;
        let level = self.stocking.level(&self.me, service.index, &service.members);
        let low = |amount: u32| (u64::from(amount) * u64::from(stock.low_percent) / 100) as u32 / members;
        let marks = Amounts {
            bits: low(stock.full.bits),
            triples: low(stock.full.triples),
            field_triples: low(stock.full.field_triples),
            scalars: low(self.with_scalars(stock.full).scalars),
        };
        let keys_low = self.stocking.keys_in_use(KEYS_PER_BATCH).any(|key| {
            level.state_bits.get(&key).copied().unwrap_or(0) < u64::from(low(stock.full_state_bits))
        });
        let is_low = level.batches == 0 || (self.stocking.drawn && (!level.is_at_least(marks) || keys_low));
        if !is_low {
            self.keeper.low_since = None;
            return None;
        }
        let since = *self.keeper.low_since.get_or_insert(now);
        let turn = since + self.settings.timings.refill_turn * service.index as u32;
        if now < turn {
            wake.not_after(turn);
            return None;
        }
        let (amounts, state_bits) = if level.batches == 0 {
            (stock.first, stock.first_state_bits)
        } else {
            (stock.full, stock.full_state_bits)
        };
        let (layout, amounts) = (Layout::Shared, self.with_scalars(amounts));
        Some(Product::Batch { layout, amounts, state_bits: self.orders(members, layout, state_bits, None) })
    }

    /// Bits under which state keys: those that are needed, and those that were used last.
    fn orders(
        &self,
        members: u32,
        layout: Layout,
        count: u32,
        need: Option<&AttemptNeed>,
    ) -> Vec<StateBitsOrder> {
        let parts = if layout == Layout::Shared { members } else { 1 };
        let needed = |key: &StateKeyId| need.and_then(|need| need.state_bits.get(key)).copied().unwrap_or(0);
        let mut orders: Vec<StateBitsOrder> = self
            .stocking
            .recent_keys(KEYS_PER_BATCH)
            .into_iter()
            .map(|(key, made_in)| {
                // A multiple of 128 in every part.
                let part = u32::try_from(needed(&key)).unwrap_or(u32::MAX).max(count / parts);
                let part = part.checked_next_multiple_of(128).unwrap_or(u32::MAX);
                StateBitsOrder { key, made_in, count: part.saturating_mul(parts) }
            })
            .collect();
        orders.sort_by_key(|order| order.key);
        orders
    }

    fn propose_product(
        &mut self,
        product: Product,
        urgent: bool,
        service: &Service,
    ) -> Result<(), NodeError> {
        let last = self.store.last_proposal(&self.me)?;
        let proposal = Proposal {
            cluster: service.cluster.address.to_bytes(),
            epoch: service.cluster.epoch,
            // A cluster has at most 16 members.
            proposer: service.index as u8,
            slot: last.map_or(service.slot, |last| service.slot.max(last + 1)),
            nonce: self.entropy.seed()?,
            urgent,
            product,
        };
        if let Err(reason) = self.judge_proposal(&proposal, service) {
            // What this node would not make itself is not to be had; the computation waits, and ends at its deadline.
            debug!(?reason, product = ?proposal.product, "nothing is proposed for the stock");
            self.keeper.propose_at = self.now() + self.settings.timings.retry_limit;
            return Ok(());
        }
        self.store.take_part(&self.me, proposal.slot)?;
        self.broadcast(&service.members, &Frame::Produce(proposal.clone()));
        self.join_production(proposal, service)
    }

    /// Takes part in a proposal, or tells everyone that it does not.
    fn join_production(&mut self, proposal: Proposal, service: &Service) -> Result<(), NodeError> {
        let session = proposal.session();
        if !self.start_production(proposal, service)? {
            let (reason, accused) = (AbortReason::Internal, None);
            self.broadcast(&service.members, &Frame::Abort { session, reason, accused });
        }
        Ok(())
    }

    pub(super) fn on_proposal(&mut self, from: Identity, proposal: Proposal) -> Result<(), NodeError> {
        let session = proposal.session();
        let Some(service) = self.service.clone() else { return Ok(()) };
        if let Some(running) = &self.keeper.running
            && running.session != session
            && self.keeper.waiting.is_none()
        {
            // Whoever has the last message of what is being made may go on to the next thing before this node has it.
            let until = self.now() + LAST_MESSAGE;
            self.keeper.waiting = Some((from, proposal, until));
            return Ok(());
        }
        self.answer(from, proposal, &service)
    }

    fn answer(&mut self, from: Identity, proposal: Proposal, service: &Service) -> Result<(), NodeError> {
        let session = proposal.session();
        let reason = self.answer_proposal(&from, &proposal, service)?;
        match reason {
            None => self.join_production(proposal, service),
            Some(reason) => {
                debug!(peer = %from, %session, ?reason, "a proposal for the stock was declined");
                self.send(&from, Frame::Decline { session, reason });
                Ok(())
            }
        }
    }

    /// Why this node takes no part in what a peer proposes; `None` if it does.
    fn answer_proposal(
        &mut self,
        from: &Identity,
        proposal: &Proposal,
        service: &Service,
    ) -> Result<Option<DeclineReason>, NodeError> {
        if service.members.get(usize::from(proposal.proposer)) != Some(from) {
            return Ok(Some(DeclineReason::NotTheLeader));
        }
        if let Err(reason) = self.judge_proposal(proposal, service) {
            return Ok(Some(reason));
        }
        let now = self.now();
        if let Some(running) = &self.keeper.running {
            // Of two that were proposed at the same time, the lower index's is made.
            let at_once = now < running.since + self.settings.timings.proposal;
            if proposal.proposer >= running.proposal.proposer || !at_once {
                return Ok(Some(DeclineReason::Busy));
            }
        }
        if !self.store.take_part(from, proposal.slot)? {
            return Ok(Some(DeclineReason::Stale));
        }
        if self.keeper.running.is_some() {
            self.end_production(AbortReason::Superseded, None)?;
            self.keeper.propose_at = now;
        }
        Ok(None)
    }

    /// Whether this node makes such a thing at all.
    fn judge_proposal(&self, proposal: &Proposal, service: &Service) -> Result<(), DeclineReason> {
        let cluster = &service.cluster;
        if proposal.cluster != cluster.address.to_bytes() || proposal.epoch != cluster.epoch {
            return Err(DeclineReason::WrongEpoch);
        }
        let is_signing_key = matches!(proposal.product, Product::SigningKey(_));
        if !needs_stock(cluster.protocol) && !is_signing_key {
            return Err(DeclineReason::NoStock);
        }
        if self.is_stopping() {
            return Err(DeclineReason::Busy);
        }
        let before_restore = self.fence.is_some_and(|fence| proposal.slot <= fence);
        if before_restore || proposal.slot > service.slot.saturating_add(SLOTS_AHEAD) {
            return Err(DeclineReason::Stale);
        }
        let stock = &self.settings.stock;
        match &proposal.product {
            Product::StateKey(key) => {
                let kept = self.stocking.state_key(key);
                if kept.is_some_and(|kept| kept.established) {
                    Err(DeclineReason::StateKeyKept)
                } else {
                    Ok(())
                }
            }
            Product::SigningKey(key) => {
                let asked = cluster.protocol != PROTOCOL_REPLICATED3_SEMI_HONEST && self.is_asked_for(key);
                if asked { Ok(()) } else { Err(DeclineReason::NotAskedFor) }
            }
            Product::Batch { amounts, state_bits, .. } => {
                let rising = state_bits.windows(2).all(|pair| pair[0].key < pair[1].key);
                let fits = state_bits.iter().all(|order| {
                    self.stocking.state_key(&order.key).is_some_and(|kept| kept.made_in == order.made_in)
                });
                if !rising || !fits {
                    return Err(DeclineReason::StateKeyDiffers);
                }
                if amounts.field_triples > MOST_FIELD_TRIPLES || amounts.scalars > MOST_SCALARS {
                    return Err(DeclineReason::StockFull);
                }
                let bytes = bytes_of(amounts, state_bits, service.members.len());
                let room = stock.most_bytes.saturating_sub(self.stocking.stock.bytes());
                if bytes > room || self.stocking.held().len() >= stock.most_batches {
                    return Err(DeclineReason::StockFull);
                }
                Ok(())
            }
        }
    }

    /// Starts carrying out a proposal that this node has accepted, or made; `false` if it cannot.
    fn start_production(&mut self, proposal: Proposal, service: &Service) -> Result<bool, NodeError> {
        let session = proposal.session();
        let peers: Vec<Identity> =
            service.members.iter().filter(|member| **member != self.me).copied().collect();
        let Some(inbox) = self.inbox.open(session, &peers) else { return Ok(false) };
        let signer = match self.signer(service) {
            Ok(signer) => signer,
            Err(error) => {
                error!(%error, "no stock can be made in this cluster");
                return Ok(false);
            }
        };
        let layout = match &proposal.product {
            Product::Batch { layout, .. } => *layout,
            Product::StateKey(_) | Product::SigningKey(_) => Layout::Whole,
        };
        let record =
            BatchRecord::new(proposal.cluster, proposal.epoch, proposal.proposer, proposal.slot, layout);
        let job = match &proposal.product {
            Product::StateKey(key) => {
                // So that a restarted node knows what it was making.
                self.store.put_batch(&BatchId(session.0), &record)?;
                ProductionJob::StateKey(*key)
            }
            Product::SigningKey(name) => {
                self.store.put_batch(&BatchId(session.0), &record)?;
                let share = KeyShare::derive(&self.secrets.state_secret, name);
                // On the chain, where it is asked for, a version has 32 bits.
                let Ok(version) = u32::try_from(name.version) else { return Ok(false) };
                ProductionJob::SigningKey { mxe: name.mxe, version, share }
            }
            Product::Batch { amounts, state_bits, .. } => {
                let mut keys = Vec::with_capacity(state_bits.len());
                for order in state_bits {
                    let Some(key) = self.stocking.open_state_key(&order.key)? else { return Ok(false) };
                    keys.push(KeyOrder { key, made_in: order.made_in, count: order.count as usize });
                }
                let writer = self.stocking.begin(BatchId(session.0), record)?;
                ProductionJob::Batch { amounts: *amounts, keys, writer, store: self.store.clone() }
            }
        };
        let records = RecordsSlot::default();
        let seed = Zeroizing::new(self.entropy.seed()?);
        let timings = &self.settings.timings;
        let run = ProductionRun {
            job,
            signer,
            seed: seed.clone(),
            line: Line {
                session,
                members: service.members.clone(),
                // A cluster has at most 16 members.
                me: service.index as u8,
                inbox,
                transport: self.transport.clone(),
                clock: self.clock.clone(),
                silence: timings.production_silence,
            },
            yielding: (!proposal.urgent)
                .then(|| Yielding { busy: self.keeper.busy.subscribe(), limit: timings.production_pause }),
            records: records.clone(),
        };
        info!(%session, proposer = proposal.proposer, product = %describe(&proposal.product), "making stock");
        let (workplace, urgent) = (self.settings.stock.workplace, proposal.urgent);
        let abort = self.spawn(Purpose::Stock, async move {
            let outcome = match workplace {
                Workplace::Thread => run.run_on_a_thread(urgent).await,
                Workplace::Inline => run.run().await,
            };
            Done::Produced(session, outcome)
        });
        self.keeper.running = Some(Production { session, proposal, abort, records, seed, since: self.now() });
        Ok(true)
    }

    /// A peer is there (again): tells it what this node has, and what it lost in a restart, so that it does not wait for
    /// this node in vain.
    pub(super) fn greet(&self, peer: &Identity) {
        if let Some(holdings) = self.holdings() {
            self.send(peer, holdings);
        }
        for lost in self.stocking.lost() {
            let (session, reason, accused) = (SessionId(lost.0), AbortReason::Internal, None);
            self.send(peer, Frame::Abort { session, reason, accused });
        }
    }

    /// Whom this node signs messages of the protocol as.
    pub(super) fn signer(&self, service: &Service) -> Result<Signer, mpc::message::MembersError> {
        let keys: Vec<[u8; 32]> = service.members.iter().map(|member| member.0).collect();
        let members = Members::new(service.cluster.address.to_bytes(), service.cluster.epoch, &keys)?;
        Ok(Signer::new(members, &self.keys.identity_seed()))
    }

    pub(super) fn on_produced(
        &mut self,
        session: SessionId,
        outcome: Result<Produced, ProductionError>,
    ) -> Result<(), NodeError> {
        let Some(running) = self.keeper.running.take_if(|running| running.session == session) else {
            return Ok(());
        };
        let now = self.now();
        let seconds = now.saturating_sub(running.since).as_secs_f64();
        match outcome {
            Ok(Produced::Batch { established }) => {
                info!(%session, seconds, product = %describe(&running.proposal.product), "a batch is in the stock");
                self.stocking.establish(&established)?;
                self.keeper.lacking.insert(BatchId(session.0), now);
                metrics::counter!("arx_stock_batches_total", "outcome" => "made").increment(1);
                metrics::histogram!("arx_stock_batch_seconds").record(seconds);
                self.report(Report::Stock { batch: hex::encode(session.0), seconds });
                self.announce_holdings();
            }
            Ok(Produced::StateKey(key)) => {
                info!(%session, seconds, "a state key was made");
                self.stocking.keep_state_key(session.0, &key)?;
                self.stocking.burned(&BatchId(session.0))?;
            }
            Ok(Produced::SigningKey(made)) => {
                info!(%session, seconds, mxe = %solana_pubkey::Pubkey::from(made.mxe), "a signing key was made");
                self.stocking.burned(&BatchId(session.0))?;
                self.keep_made_key(made)?;
            }
            Err(error) => {
                self.keeper.running = Some(running);
                return self.production_failed(session, &error);
            }
        }
        self.keeper.failures = 0;
        self.keeper.propose_at = now;
        self.keeper.low_since = None;
        Ok(())
    }

    fn production_failed(&mut self, session: SessionId, error: &ProductionError) -> Result<(), NodeError> {
        let fault = match error {
            ProductionError::Protocol(error) => Fault::of_preprocessing(error),
            ProductionError::Stock(_) | ProductionError::Thread => Fault::None,
        };
        match fault {
            Fault::None => warn!(%session, %error, "no stock was made"),
            Fault::Of(_) | Fault::OfSomebody => {
                error!(%session, %error, "a batch was burned: a peer cheated")
            }
        }
        if let ProductionError::Stock(error) = error {
            // What is in the stock stays; the next batch may go better.
            error!(%error, "the stock could not be written");
        }
        let reason = match fault {
            Fault::None => AbortReason::Internal,
            Fault::Of(_) | Fault::OfSomebody => AbortReason::PeerMisbehaved,
        };
        let accused = fault.party().map(|party| party.0);
        if let Some(accused) = accused {
            self.accuse(&session, accused, error.to_string())?;
        }
        self.end_production(reason, accused)?;
        // What breaks the protocol, and what only the two know, a replay may show to anyone.
        if fault == Fault::None { Ok(()) } else { self.call_inquest(&session) }
    }

    /// A peer is not, or no longer, in the session; whether it was one in which stock is made.
    pub(super) fn left_production(
        &mut self,
        from: &Identity,
        session: SessionId,
        declined: Option<DeclineReason>,
    ) -> Result<bool, NodeError> {
        let Some(running) = self.keeper.running.as_ref().filter(|running| running.session == session) else {
            return Ok(false);
        };
        debug!(peer = %from, %session, ?declined, "a member takes no part in making stock");
        if declined == Some(DeclineReason::StateKeyDiffers)
            && let Product::Batch { state_bits, .. } = &running.proposal.product
        {
            let keys: Vec<StateKeyId> = state_bits.iter().map(|order| order.key).collect();
            self.stocking.forget_unused_keys(&keys);
        }
        self.end_production(AbortReason::PeerLeft, None)?;
        Ok(true)
    }

    /// Ends what is being made, and burns it.
    pub(super) fn end_production(
        &mut self,
        reason: AbortReason,
        accused: Option<u8>,
    ) -> Result<(), NodeError> {
        let Some(running) = self.keeper.running.take() else { return Ok(()) };
        running.abort.abort();
        metrics::counter!("arx_stock_batches_total", "outcome" => "burned").increment(1);
        self.stocking.burned(&BatchId(running.session.0))?;
        if let Product::SigningKey(name) = &running.proposal.product {
            self.signing_keys.broke_off(name);
        }
        let timings = self.settings.timings;
        self.keeper.propose_at =
            self.now() + backoff(timings.retry, timings.retry_limit, self.keeper.failures);
        self.keeper.failures = self.keeper.failures.saturating_add(1);
        if let Some(service) = self.service.clone() {
            self.broadcast(&service.members, &Frame::Abort { session: running.session, reason, accused });
            if !matches!(reason, AbortReason::Superseded | AbortReason::ShuttingDown)
                && let Product::Batch { amounts, state_bits, .. } = &running.proposal.product
            {
                let (records, seed) = (running.records.clone(), running.seed);
                let burned = Burned { session: running.session, records, seed };
                self.keep_for_inquest(burned, amounts, !state_bits.is_empty(), &service);
            }
        }
        self.session_is_over(running.session, &running.records)
    }

    /// Tells everyone what this node has.
    pub(super) fn announce_holdings(&self) {
        if let Some((service, frame)) = self.service.as_ref().zip(self.holdings()) {
            self.broadcast(&service.members, &frame);
        }
    }

    /// What this node has, for its peers.
    pub(super) fn holdings(&self) -> Option<Frame> {
        let service = self.service.as_ref().filter(|service| needs_stock(service.cluster.protocol))?;
        Some(Frame::Holdings(Holdings {
            cluster: service.cluster.address.to_bytes(),
            epoch: service.cluster.epoch,
            batches: self.stocking.held(),
        }))
    }

    pub(super) fn on_holdings(&mut self, from: Identity, holdings: Holdings) {
        let Some(service) = &self.service else { return };
        let here =
            holdings.cluster == service.cluster.address.to_bytes() && holdings.epoch == service.cluster.epoch;
        if here && service.members.contains(&from) {
            self.stocking.heard(from, holdings.batches);
        }
    }

    /// Discards what is of no use, repeats what was said, and shows how full the stock is.
    pub(super) fn keep_house_of_stock(&mut self) -> Result<(), NodeError> {
        let Some(service) = self.service.clone().filter(|service| needs_stock(service.cluster.protocol))
        else {
            return Ok(());
        };
        let now = self.now();
        let held = self.stocking.held();
        self.keeper.lacking.retain(|batch, _| held.contains(batch));
        for batch in &held {
            if self.stocking.is_common(batch, &self.me, &service.members) {
                self.keeper.lacking.remove(batch);
            } else {
                self.keeper.lacking.entry(*batch).or_insert(now);
            }
        }
        // A session that runs may still read what it took.
        let idle = self.tracked.values().all(|tracked| tracked.running.is_none());
        let all_here =
            service.members.iter().all(|peer| *peer == self.me || self.transport.is_connected(peer));
        if idle {
            let mut useless = self.stocking.used_up(service.members.len());
            if all_here {
                let lacking = self.keeper.lacking.iter();
                useless.extend(
                    lacking.filter(|(_, since)| now >= **since + LACKING_LIMIT).map(|(batch, _)| *batch),
                );
            }
            useless.sort_unstable();
            useless.dedup();
            if !useless.is_empty() {
                debug!(batches = useless.len(), "batches are discarded");
                self.stocking.discard(&useless)?;
            }
        }
        self.announce_holdings();
        let level = self.stocking.level(&self.me, service.index, &service.members);
        metrics::gauge!("arx_stock_usable_batches").set(level.batches as f64);
        metrics::gauge!("arx_stock_free", "items" => "bits").set(level.bits as f64);
        metrics::gauge!("arx_stock_free", "items" => "triples").set(level.triples as f64);
        metrics::gauge!("arx_stock_free", "items" => "field_triples").set(level.field_triples as f64);
        metrics::gauge!("arx_stock_free", "items" => "scalars").set(level.scalars as f64);
        let least = level.state_bits.values().copied().min().unwrap_or(0);
        metrics::gauge!("arx_stock_free", "items" => "state_bits").set(least as f64);
        metrics::gauge!("arx_stock_bytes").set(self.stocking.stock.bytes() as f64);
        Ok(())
    }
}

/// Bytes that a batch takes on disk, at least.
fn bytes_of(amounts: &Amounts, state_bits: &[StateBitsOrder], members: usize) -> u64 {
    // MAC and key for every peer and bit.
    let bit = 32 * (members as u64).saturating_sub(1) + 1;
    let under_keys: u64 = state_bits.iter().map(|order| u64::from(order.count)).sum();
    let bits = u64::from(amounts.bits) + 3 * u64::from(amounts.triples) + 2 * under_keys;
    let scalar = 32 * (2 * (members as u64).saturating_sub(1) + 1);
    let scalars = u64::from(amounts.scalars).saturating_mul(scalar);
    bits.saturating_mul(bit) + 48 * u64::from(amounts.field_triples) + scalars
}

fn describe(product: &Product) -> String {
    match product {
        Product::StateKey(key) => format!("a state key of version {}", key.version),
        Product::SigningKey(key) => format!("a signing key of version {}", key.version),
        Product::Batch { layout, amounts, state_bits } => format!(
            "{} triples, {} bits, {} triples over GF(2^128), {} scalars, bits under {} state keys, {layout:?}",
            amounts.triples,
            amounts.bits,
            amounts.field_triples,
            amounts.scalars,
            state_bits.len()
        ),
    }
}
