//! The node's stock: where it lies, which of it a session takes, and what is to be made next.
//!
//! Every batch is divided among the members as leaders ([`Layout`]), so that each leader alone says which of its
//! part an attempt takes, and no two attempts ask for the same items. Only batches that *all* members have announced
//! are drawn from. The decisions that need the network are in `keeper`.

mod storage;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use arx_wire::hash::LabelledHash;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use mpc::correlation::{BatchId, StateKeyId};
use mpc::preprocessing::StateKey;
use mpc_field::Gf128;
use mxe_runtime::AttemptNeed;
use mxe_runtime::stock::{
    BatchWriter, Disk, Guard, Segments, Stock, StoreError as StockStoreError, StoredSource,
};
use serde_bytes::ByteBuf;
use tracing::{error, info, warn};
use zeroize::Zeroizing;

use super::NodeError;
use crate::frame::stock::{Amounts, MAX_BATCHES};
use crate::identity::Identity;
use crate::secrets::{Entropy, NodeKeys};
use crate::store::Store;
use crate::store::stock::{BatchRecord, StateKeyRecord};

pub use storage::{MemoryStorage, StockFolder, Storage};

/// The node's stock, on whatever storage it is given.
pub(crate) type NodeStock = Stock<Box<dyn Disk>, Box<dyn Guard>>;
/// A batch of it that is being made.
pub(crate) type NodeWriter = BatchWriter<Box<dyn Disk>, Box<dyn Guard>>;
/// What a session took from it.
pub(crate) type NodeSource = StoredSource<Box<dyn Disk>, Box<dyn Guard>>;

/// A state key that this node holds.
pub(crate) struct KeptKey {
    pub(crate) made_in: [u8; 32],
    pub(crate) established: bool,
    share: Gf128,
    /// When a computation last asked for it, counted in askings.
    used_at: u64,
}

/// The stock with what the node knows about it.
pub(crate) struct Stocking {
    pub(crate) stock: NodeStock,
    store: Store,
    keys: NodeKeys,
    records: BTreeMap<BatchId, BatchRecord>,
    state_keys: BTreeMap<StateKeyId, KeptKey>,
    /// By peer: the batches that it has announced.
    announced: BTreeMap<Identity, BTreeSet<BatchId>>,
    askings: u64,
    /// What was being made when the node last stopped.
    lost: Vec<BatchId>,
    /// Whether anything was taken since this node started.
    pub(crate) drawn: bool,
    /// Whether a computation has asked for scalars since this node started.
    pub(crate) signs: bool,
}

impl Stocking {
    /// Opens the stock that belongs to the store. One that cannot be trusted any more is given up for an empty one.
    pub(crate) fn open(
        storage: &mut dyn Storage,
        store: &Store,
        keys: &NodeKeys,
        entropy: &mut impl Entropy,
    ) -> Result<Self, NodeError> {
        let mut generation = store.stock_generation(entropy.seed()?)?;
        let stock = match open(storage, keys, &generation) {
            Ok(stock) => stock,
            Err(why @ (StockStoreError::WentBack { .. } | StockStoreError::Damaged { .. })) => {
                error!(%why, "the stock is given up, and a new one is begun");
                generation = entropy.seed()?;
                store.abandon_stock(generation)?;
                open(storage, keys, &generation)?
            }
            Err(why) => return Err(why.into()),
        };
        if let Err(error) = storage.keep_only(&name(&generation)) {
            warn!(%error, "an old stock could not be removed");
        }
        let mut records: BTreeMap<BatchId, BatchRecord> = store.batches()?.into_iter().collect();
        let held: BTreeSet<BatchId> = stock.batches().into_iter().map(|batch| batch.batch).collect();
        // What was being made when the node stopped is gone.
        let gone: Vec<BatchId> = records.keys().filter(|batch| !held.contains(batch)).copied().collect();
        store.forget_batches(&gone)?;
        records.retain(|batch, _| held.contains(batch));
        for stray in held.iter().filter(|batch| !records.contains_key(batch)) {
            stock.discard(*stray)?;
        }
        let mut stocking = Stocking {
            stock,
            store: store.clone(),
            keys: keys.clone(),
            records,
            state_keys: BTreeMap::new(),
            announced: BTreeMap::new(),
            askings: 0,
            lost: gone,
            drawn: false,
            signs: false,
        };
        for (id, record) in store.state_keys()? {
            let key = stocking.unseal(&id, &record)?;
            let kept = KeptKey {
                made_in: record.made_in,
                established: record.established,
                share: key.share(),
                used_at: 0,
            };
            stocking.state_keys.insert(id, kept);
        }
        Ok(stocking)
    }

    /// Discards what was made for another cluster or epoch.
    pub(crate) fn serve(&mut self, cluster: &[u8; 32], epoch: u64) -> Result<(), NodeError> {
        let foreign = |record: &BatchRecord| record.cluster != *cluster || record.epoch != epoch;
        let old: Vec<BatchId> =
            self.records.iter().filter(|(_, record)| foreign(record)).map(|(batch, _)| *batch).collect();
        if !old.is_empty() {
            info!(batches = old.len(), "batches of another epoch are discarded");
        }
        self.announced.clear();
        self.discard(&old)
    }

    /// What was being made when the node last stopped.
    pub(crate) fn lost(&self) -> &[BatchId] {
        &self.lost
    }

    /// Drops batches.
    pub(crate) fn discard(&mut self, batches: &[BatchId]) -> Result<(), NodeError> {
        for batch in batches {
            match self.stock.discard(*batch) {
                // A session that has taken its part holds on to the file; what it cannot read any more ends it.
                Ok(()) | Err(StockStoreError::UnknownBatch) => {}
                Err(error) => return Err(error.into()),
            }
            self.records.remove(batch);
        }
        Ok(self.store.forget_batches(batches)?)
    }

    /// Records a batch before it is made.
    pub(crate) fn begin(&mut self, batch: BatchId, record: BatchRecord) -> Result<NodeWriter, NodeError> {
        self.store.put_batch(&batch, &record)?;
        let writer = self.stock.begin(batch)?;
        self.records.insert(batch, record);
        Ok(writer)
    }

    /// A batch was not made.
    pub(crate) fn burned(&mut self, batch: &BatchId) -> Result<(), NodeError> {
        self.records.remove(batch);
        Ok(self.store.forget_batches(&[*batch])?)
    }

    /// The batches that may be used, oldest first.
    pub(crate) fn held(&self) -> Vec<BatchId> {
        let held: BTreeSet<BatchId> = self.stock.batches().into_iter().map(|batch| batch.batch).collect();
        let mut held: Vec<(u64, BatchId)> = self
            .records
            .iter()
            .filter(|(batch, _)| held.contains(batch))
            .map(|(batch, record)| (record.slot, *batch))
            .collect();
        held.sort_unstable();
        held.into_iter().map(|(_, batch)| batch).take(MAX_BATCHES).collect()
    }

    /// What a peer says that it holds.
    pub(crate) fn heard(&mut self, peer: Identity, batches: Vec<BatchId>) {
        self.announced.insert(peer, batches.into_iter().collect());
    }

    /// Whether all others have announced this batch.
    pub(crate) fn is_common(&self, batch: &BatchId, me: &Identity, members: &[Identity]) -> bool {
        let has = |peer: &Identity| self.announced.get(peer).is_some_and(|held| held.contains(batch));
        members.iter().filter(|member| *member != me).all(has)
    }

    /// What an attempt led by `leader` could take: free items of its part of every batch all members have.
    fn free(&self, me: &Identity, leader: usize, members: &[Identity]) -> Vec<Segments> {
        let common = self.held().into_iter().filter(|batch| self.is_common(batch, me, members));
        common.filter_map(|batch| self.free_in(&batch, leader, members.len())).collect()
    }

    fn free_in(&self, batch: &BatchId, leader: usize, members: usize) -> Option<Segments> {
        let record = self.records.get(batch)?;
        let part = |count| record.layout().part(record.proposer, leader, members, count);
        self.stock.free_within(batch, part)
    }

    /// The items that an attempt led by this node takes; none if no batch has enough.
    pub(crate) fn choose(
        &mut self,
        need: &AttemptNeed,
        me: &Identity,
        index: usize,
        members: &[Identity],
    ) -> Option<Segments> {
        self.askings += 1;
        self.signs |= need.scalars > 0;
        for key in need.state_bits.keys() {
            if let Some(kept) = self.state_keys.get_mut(key) {
                kept.used_at = self.askings;
            }
        }
        self.free(me, index, members).iter().find_map(|free| first_of(free, need))
    }

    /// Whether these are items that an attempt led by `leader` may take here for this need, and that are free.
    pub(crate) fn accepts(
        &self,
        segments: &Segments,
        need: &AttemptNeed,
        leader: usize,
        members: usize,
    ) -> bool {
        let Some(record) = self.records.get(&segments.batch) else { return false };
        let Some(all) = self.stock.batches().into_iter().find(|all| all.batch == segments.batch) else {
            return false;
        };
        let fits = |range: &Range<u64>, all: Option<&Range<u64>>, count: u64| {
            let count_of_all = all.map_or(0, |all| all.end);
            let part = record.layout().part(record.proposer, leader, members, count_of_all);
            let length = range.end.checked_sub(range.start);
            length == Some(count) && (count == 0 || (part.start <= range.start && range.end <= part.end))
        };
        let streams = fits(&segments.bits, Some(&all.bits), need.bits)
            && fits(&segments.triples, Some(&all.triples), need.triples)
            && fits(&segments.field_triples, Some(&all.field_triples), need.field_triples)
            && fits(&segments.scalars, Some(&all.scalars), need.scalars);
        let keys = segments.state_bits.keys().eq(need.state_bits.keys())
            && need.state_bits.iter().all(|(key, count)| {
                let range = segments.state_bits.get(key);
                range.is_some_and(|range| fits(range, all.state_bits.get(key), *count))
            });
        streams && keys && self.stock.require_free(segments).is_ok()
    }

    /// Takes items for a session.
    pub(crate) fn take(
        &mut self,
        session: [u8; 32],
        segments: &Segments,
    ) -> Result<NodeSource, StockStoreError> {
        let keys = segments.state_bits.keys();
        let shares: Vec<(StateKeyId, Gf128)> =
            keys.filter_map(|key| Some((*key, self.state_keys.get(key)?.share))).collect();
        self.drawn = true;
        self.stock.take(session, segments, &shares)
    }

    /// What is free for attempts that this node leads: the fullest batch counts, as an attempt takes from one only.
    pub(crate) fn level(&self, me: &Identity, index: usize, members: &[Identity]) -> Level {
        let mut level = Level::default();
        for free in self.free(me, index, members) {
            level.bits = level.bits.max(length(&free.bits));
            level.triples = level.triples.max(length(&free.triples));
            level.field_triples = level.field_triples.max(length(&free.field_triples));
            level.scalars = level.scalars.max(length(&free.scalars));
            for (key, range) in &free.state_bits {
                let known = level.state_bits.entry(*key).or_default();
                *known = (*known).max(length(range));
            }
            level.batches += 1;
        }
        level
    }

    /// Batches that are of no more use: less than a thirtieth of the triples is left, or of the bits.
    pub(crate) fn used_up(&self, members: usize) -> Vec<BatchId> {
        let held = self.held();
        let Some((_, older)) = held.split_last() else { return Vec::new() };
        let all: BTreeMap<BatchId, Segments> =
            self.stock.batches().into_iter().map(|batch| (batch.batch, batch)).collect();
        let is_used_up = |batch: &&BatchId| {
            let Some(all) = all.get(batch) else { return false };
            let free = (0..members).filter_map(|leader| self.free_in(batch, leader, members));
            let (bits, triples) = free.fold((0, 0), |(bits, triples), free| {
                (bits + length(&free.bits), triples + length(&free.triples))
            });
            bits < length(&all.bits) / 30 || triples < length(&all.triples) / 30
        };
        older.iter().filter(is_used_up).copied().collect()
    }

    /// The state key of this name.
    pub(crate) fn state_key(&self, key: &StateKeyId) -> Option<&KeptKey> {
        self.state_keys.get(key)
    }

    /// The keys that batches get bits under: those that were asked for last, in an order of their own.
    pub(crate) fn recent_keys(&self, count: usize) -> Vec<(StateKeyId, [u8; 32])> {
        let mut keys: Vec<_> = self.state_keys.iter().collect();
        keys.sort_by_key(|(id, kept)| (std::cmp::Reverse(kept.used_at), **id));
        keys.truncate(count);
        keys.sort_by_key(|(id, _)| **id);
        keys.into_iter().map(|(id, kept)| (*id, kept.made_in)).collect()
    }

    /// The keys that computations have asked for since this node started.
    pub(crate) fn keys_in_use(&self, count: usize) -> impl Iterator<Item = StateKeyId> {
        let recent = self.recent_keys(count).into_iter().map(|(key, _)| key);
        recent.filter(|key| self.state_keys.get(key).is_some_and(|kept| kept.used_at > 0))
    }

    /// Gives up keys that some member has not, unless they are in use: they are made again.
    pub(crate) fn forget_unused_keys(&mut self, keys: &[StateKeyId]) {
        for key in keys {
            if self.state_keys.get(key).is_some_and(|kept| kept.established) {
                error!(
                    version = key.version,
                    "a member does not have a state key that is in use; its cells cannot be loaded"
                );
            } else {
                self.state_keys.remove(key);
            }
        }
    }

    /// Opens a state key for use, with the count of used blocks that was last made durable.
    pub(crate) fn open_state_key(&self, id: &StateKeyId) -> Result<Option<StateKey>, NodeError> {
        let record = self.store.state_keys()?.into_iter().find(|(key, _)| key == id);
        record.map(|(id, record)| self.unseal(&id, &record)).transpose()
    }

    /// Keeps a new state key.
    pub(crate) fn keep_state_key(&mut self, made_in: [u8; 32], key: &StateKey) -> Result<(), NodeError> {
        let id = key.id();
        let sealed = self
            .state_key_cipher(&made_in)
            .encrypt(&Nonce::default(), Payload { msg: &key.to_bytes(), aad: &key_name(&id) })
            .map_err(|_| NodeError::StateKey { version: id.version })?;
        let record =
            StateKeyRecord { made_in, used: key.used(), established: false, sealed: ByteBuf::from(sealed) };
        if self.store.put_state_key(&id, &record)? {
            let kept = KeptKey { made_in, established: false, share: key.share(), used_at: self.askings };
            self.state_keys.insert(id, kept);
        }
        Ok(())
    }

    /// Bits under these keys are in the stock: no other key takes their place from now on.
    pub(crate) fn establish(&mut self, keys: &[StateKeyId]) -> Result<(), NodeError> {
        for key in keys {
            if let Some(kept) = self.state_keys.get_mut(key).filter(|kept| !kept.established) {
                self.store.establish_state_key(key, &kept.made_in)?;
                kept.established = true;
            }
        }
        Ok(())
    }

    fn unseal(&self, id: &StateKeyId, record: &StateKeyRecord) -> Result<StateKey, NodeError> {
        let damaged = || NodeError::StateKey { version: id.version };
        let payload = Payload { msg: &record.sealed, aad: &key_name(id) };
        let bytes = self.state_key_cipher(&record.made_in).decrypt(&Nonce::default(), payload);
        let bytes = Zeroizing::new(bytes.map_err(|_| damaged())?);
        StateKey::from_bytes(*id, &bytes, record.used).map_err(|_| damaged())
    }

    /// One key for one message, so the nonce is zero.
    fn state_key_cipher(&self, made_in: &[u8; 32]) -> ChaCha20Poly1305 {
        let hash = LabelledHash::new("arx/v1/node/state-key").bytes(&*self.keys.state_secret());
        ChaCha20Poly1305::new((&*hash.bytes(made_in).finish_secret()).into())
    }
}

/// What is free for one leader.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Level {
    pub(crate) batches: usize,
    pub(crate) bits: u64,
    pub(crate) triples: u64,
    pub(crate) field_triples: u64,
    pub(crate) scalars: u64,
    pub(crate) state_bits: BTreeMap<StateKeyId, u64>,
}

impl Level {
    /// Whether every amount is at least this.
    pub(crate) fn is_at_least(&self, amounts: Amounts) -> bool {
        self.bits >= amounts.bits.into()
            && self.triples >= amounts.triples.into()
            && self.field_triples >= amounts.field_triples.into()
            && self.scalars >= amounts.scalars.into()
    }
}

fn open(
    storage: &mut dyn Storage,
    keys: &NodeKeys,
    generation: &[u8; 32],
) -> Result<NodeStock, StockStoreError> {
    let (disk, guard) = storage
        .open(&name(generation))
        .map_err(|error| StockStoreError::Storage { doing: "opening the stock", why: error.to_string() })?;
    let key = LabelledHash::new("arx/v1/node/stock").bytes(&*keys.state_secret()).bytes(generation);
    Stock::open(disk, guard, *key.finish_secret())
}

/// The name of a stock's files: a part of its random name is enough to tell it from others.
fn name(generation: &[u8; 32]) -> String {
    hex::encode(&generation[..8])
}

fn key_name(id: &StateKeyId) -> Vec<u8> {
    [&id.mxe[..], &id.version.to_le_bytes()].concat()
}

fn length(range: &Range<u64>) -> u64 {
    range.end.saturating_sub(range.start)
}

/// The first of what is free that covers the need.
fn first_of(free: &Segments, need: &AttemptNeed) -> Option<Segments> {
    let first = |range: &Range<u64>, count: u64| {
        (length(range) >= count).then(|| range.start..range.start.saturating_add(count))
    };
    let mut state_bits = BTreeMap::new();
    for (key, count) in &need.state_bits {
        state_bits.insert(*key, first(free.state_bits.get(key)?, *count)?);
    }
    Some(Segments {
        batch: free.batch,
        bits: first(&free.bits, need.bits)?,
        triples: first(&free.triples, need.triples)?,
        field_triples: first(&free.field_triples, need.field_triples)?,
        state_bits,
        scalars: first(&free.scalars, need.scalars)?,
    })
}
