//! The stock of correlated randomness on disk.
//!
//! - **Encrypted.** Whoever reads the disk without the store's key learns how much there is.
//! - **Append-only.** Items of a batch are written as they are made and become usable by one record, after all
//!   checks of the batch; what a crash leaves without that record is removed.
//! - **Used before use.** Items are marked as taken, durably, before they are given out. They are never given out
//!   again: not after a crash, and not to another session.
//! - **Never back in time.** A [`Guard`] outside of the stock's backups counts the ledger's records. A stock with
//!   fewer than it had is refused: items given out before the backup was restored would be given out again, and
//!   two uses of one triple show what they mask.
//!
//! Which items a session takes is agreed on by the nodes ([`Segments`], part of what all sign before a session
//! starts); the store only makes sure that no two sessions get the same.

mod disk;
mod items;
mod ledger;
mod source;

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mpc::PartyId;
use mpc::correlation::{
    AuthBits, AuthScalars, AuthTriples, BatchId, FieldTriple, StateBits, StateKeyId, StockError,
};
use mpc::message::Identity;
use mpc::preprocessing::replay::{Recipe, SignedSeed};
use mpc::preprocessing::{Released, Sink};
use mpc_field::{Gf128, Scalar};
use thiserror::Error;
use zeroize::Zeroizing;

pub use disk::{Directory, Disk, FileGuard, Guard};
pub use source::StoredSource;

use items::{Frames, Kind, Stream, file_name};
use ledger::{Ledger, Record};

/// Why the stock could not be opened, added to or taken from.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StoreError {
    /// The storage failed.
    #[error("the stock's storage failed while {doing}: {why}")]
    Storage {
        /// What was done.
        doing: &'static str,
        /// What the storage says.
        why: String,
    },
    /// The stock is older than it was: a backup was restored, or files are missing.
    #[error(
        "the stock has {records} records in its ledger and had {highest}: it was restored from a backup or cut; \
         remove all of it, it must not be used again"
    )]
    WentBack {
        /// Records there are.
        records: u64,
        /// Records there were.
        highest: u64,
    },
    /// Something in it is not what was written.
    #[error("the stock is damaged: {what}; remove it")]
    Damaged {
        /// What is wrong.
        what: &'static str,
    },
    /// An earlier write failed and left the end of the ledger unknown.
    #[error("an earlier write to the stock failed; open it again")]
    Broken,
    /// There is no such batch, or it is not released.
    #[error("there is no released batch of this name in the stock")]
    UnknownBatch,
    /// A batch of this name was made before.
    #[error("a batch of this name is in the stock already")]
    DuplicateBatch,
    /// The seed of a batch is asked for that was released: items of it are or may be in use.
    #[error("the batch was released; its seed is not revealed, whoever cheats")]
    Released,
    /// Items are asked for that another session has taken.
    #[error("some of the {what} {from}..{to} of the batch are taken by another session")]
    Taken {
        /// What is asked for.
        what: &'static str,
        /// The first item.
        from: u64,
        /// The item after the last one.
        to: u64,
    },
    /// Items are asked for that the batch does not have.
    #[error("the {what} {from}..{to} are not in the batch, which has {count}")]
    OutOfRange {
        /// What is asked for.
        what: &'static str,
        /// The first item.
        from: u64,
        /// The item after the last one.
        to: u64,
        /// How many there are.
        count: u64,
    },
    /// A batch does not have the form that it should.
    #[error(transparent)]
    Stock(#[from] StockError),
}

fn storage<T>(doing: &'static str, result: io::Result<T>) -> Result<T, StoreError> {
    result.map_err(|error| StoreError::Storage { doing, why: error.to_string() })
}

/// The part of one batch that a session takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segments {
    /// The batch.
    pub batch: BatchId,
    /// Which of its bits.
    pub bits: Range<u64>,
    /// Which of its triples.
    pub triples: Range<u64>,
    /// Which of its triples over GF(2^128).
    pub field_triples: Range<u64>,
    /// Which of its bits under state keys, by key. No key twice.
    pub state_bits: BTreeMap<StateKeyId, Range<u64>>,
    /// Which of its scalars.
    pub scalars: Range<u64>,
}

impl Segments {
    fn streams(&self) -> BTreeMap<Stream, Range<u64>> {
        let of = |kind, range: &Range<u64>| (Stream::of(kind), range.clone());
        let mut streams = BTreeMap::from([
            of(Kind::Bits, &self.bits),
            of(Kind::Triples, &self.triples),
            of(Kind::FieldTriples, &self.field_triples),
            of(Kind::Scalars, &self.scalars),
        ]);
        streams.extend(self.state_bits.iter().map(|(key, range)| (Stream::under(*key), range.clone())));
        streams
    }

    fn from_streams(batch: BatchId, mut streams: BTreeMap<Stream, Range<u64>>) -> Self {
        let mut take = |kind| streams.remove(&Stream::of(kind)).unwrap_or(0..0);
        let (bits, triples) = (take(Kind::Bits), take(Kind::Triples));
        let (field_triples, scalars) = (take(Kind::FieldTriples), take(Kind::Scalars));
        let state_bits = streams.into_iter().map(|(stream, range)| (stream.key, range)).collect();
        Self { batch, bits, triples, field_triples, state_bits, scalars }
    }
}

/// A stock of correlated randomness. Clones are one.
pub struct Stock<D, G>(Arc<Mutex<Inner<D, G>>>);

impl<D, G> Clone for Stock<D, G> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

struct Inner<D, G> {
    disk: D,
    guard: G,
    key: Zeroizing<[u8; 32]>,
    ledger: Ledger,
    batches: BTreeMap<BatchId, Batch>,
    /// Batches that were made and dropped; their names are not used again.
    dropped: Vec<BatchId>,
    /// Batches whose seeds were revealed.
    revealed: Vec<BatchId>,
}

/// A batch that may be used.
struct Batch {
    me: PartyId,
    parties: u8,
    delta: Gf128,
    frames: Arc<Frames>,
    taken: BTreeMap<Stream, Intervals>,
}

impl Batch {
    fn require_free(&self, streams: &BTreeMap<Stream, Range<u64>>) -> Result<(), StoreError> {
        for (stream, range) in streams {
            let (what, from, to) = (stream.name(), range.start, range.end);
            let count = self.frames.count(*stream);
            if from > to || to > count {
                return Err(StoreError::OutOfRange { what, from, to, count });
            }
            if self.taken.get(stream).is_some_and(|taken| taken.touches(range)) {
                return Err(StoreError::Taken { what, from, to });
            }
        }
        Ok(())
    }
}

/// Disjoint ranges, by their start.
#[derive(Default)]
struct Intervals(BTreeMap<u64, u64>);

impl Intervals {
    fn touches(&self, range: &Range<u64>) -> bool {
        let before = self.0.range(..range.end).next_back();
        !range.is_empty() && before.is_some_and(|(_, end)| *end > range.start)
    }

    fn insert(&mut self, range: &Range<u64>) {
        if !range.is_empty() {
            self.0.insert(range.start, range.end);
        }
    }

    /// Where the free items after the last taken one begin.
    fn end(&self) -> u64 {
        self.0.last_key_value().map_or(0, |(_, end)| *end)
    }

    /// Where the free items of `part` after the last taken one begin.
    fn end_within(&self, part: &Range<u64>) -> u64 {
        let last = self.0.range(..part.end).next_back();
        last.map_or(part.start, |(_, end)| part.start.max(*end))
    }
}

impl<D: Disk, G: Guard> Stock<D, G> {
    /// Opens the stock, which is empty where there is none. `key` encrypts it; it is the node's secret.
    ///
    /// # Errors
    /// [`StoreError::WentBack`], [`StoreError::Damaged`]; errors of the storage.
    pub fn open(mut disk: D, mut guard: G, key: [u8; 32]) -> Result<Self, StoreError> {
        let key = Zeroizing::new(key);
        let highest = storage("reading the guard", guard.highest())?;
        let (ledger, records) = Ledger::open(&mut disk, &key, highest)?;
        if ledger.records() > highest {
            // A crash came between the record and the guard; the record counts.
            storage("raising the guard", guard.raise(ledger.records()))?;
        }
        let mut batches = BTreeMap::new();
        let (mut dropped, mut revealed) = (Vec::new(), Vec::new());
        let mut released = BTreeMap::new();
        for record in records {
            match record {
                Record::Released { batch, me, parties, delta, items } => {
                    let taken = BTreeMap::<Stream, Intervals>::new();
                    released.insert(batch, (PartyId(me), parties, delta, items, taken));
                }
                Record::Taken { batch, stream, range, .. } => {
                    if let Some((.., taken)) = released.get_mut(&batch) {
                        taken.entry(stream).or_default().insert(&range);
                    }
                }
                Record::Revealed { batch } => revealed.push(batch),
                Record::Dropped { batch } => {
                    released.remove(&batch);
                    dropped.push(batch);
                }
            }
        }
        for (batch, (me, parties, delta, items, taken)) in released {
            let frames = Arc::new(Frames::open(&disk, &key, &batch, &items)?);
            batches.insert(batch, Batch { me, parties, delta, frames, taken });
        }
        // Files without a record: batches that were being made, or were dropped, when the node stopped.
        let kept: Vec<_> = batches.keys().map(file_name).collect();
        for name in storage("listing batches", disk.names())? {
            if name.starts_with("batch-") && !kept.contains(&name) {
                storage("removing an unfinished batch", disk.remove(&name))?;
            }
        }
        let inner = Inner { disk, guard, key, ledger, batches, dropped, revealed };
        Ok(Self(Arc::new(Mutex::new(inner))))
    }

    fn lock(&self) -> MutexGuard<'_, Inner<D, G>> {
        // A panic while it was held leaves the ledger marked as broken if a write was under way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to store the batch `batch`, which is being made.
    ///
    /// # Errors
    /// [`StoreError::DuplicateBatch`].
    pub fn begin(&self, batch: BatchId) -> Result<BatchWriter<D, G>, StoreError> {
        let inner = self.lock();
        let mut made = inner.dropped.iter().chain(&inner.revealed);
        if inner.batches.contains_key(&batch) || made.any(|made| *made == batch) {
            return Err(StoreError::DuplicateBatch);
        }
        if storage("beginning a batch", inner.disk.length(&file_name(&batch)))? != 0 {
            return Err(StoreError::DuplicateBatch);
        }
        let frames = Frames::new(&inner.key, &batch);
        Ok(BatchWriter { stock: self.clone(), batch, frames: Some(frames) })
    }

    /// By batch that may be used: all items after the last one that was taken.
    pub fn free(&self) -> Vec<Segments> {
        let inner = self.lock();
        let free = |(name, batch): (&BatchId, &Batch)| {
            let left = |stream: Stream| {
                let from = batch.taken.get(&stream).map_or(0, Intervals::end);
                (stream, from..batch.frames.count(stream).max(from))
            };
            Segments::from_streams(*name, batch.frames.streams().into_iter().map(left).collect())
        };
        inner.batches.iter().map(free).collect()
    }

    /// Of a batch that may be used: all items after the last one that was taken, within the part of each stream that
    /// `part` gives for the number of its items. For nodes that divide their batches among themselves.
    pub fn free_within(&self, batch: &BatchId, part: impl Fn(u64) -> Range<u64>) -> Option<Segments> {
        let inner = self.lock();
        let known = inner.batches.get(batch)?;
        let left = |stream: Stream| {
            let part = part(known.frames.count(stream));
            let from = known.taken.get(&stream).map_or(part.start, |taken| taken.end_within(&part));
            (stream, from..part.end.max(from))
        };
        Some(Segments::from_streams(*batch, known.frames.streams().into_iter().map(left).collect()))
    }

    /// Of every batch that may be used: all of its items, taken or not.
    pub fn batches(&self) -> Vec<Segments> {
        let inner = self.lock();
        let whole = |(name, batch): (&BatchId, &Batch)| {
            let all = |stream| (stream, 0..batch.frames.count(stream));
            Segments::from_streams(*name, batch.frames.streams().into_iter().map(all).collect())
        };
        inner.batches.iter().map(whole).collect()
    }

    /// Whether [`take`](Self::take) would find these items free now.
    ///
    /// # Errors
    /// [`StoreError::Taken`], [`StoreError::OutOfRange`], [`StoreError::UnknownBatch`].
    pub fn require_free(&self, segments: &Segments) -> Result<(), StoreError> {
        let inner = self.lock();
        inner.batches.get(&segments.batch).ok_or(StoreError::UnknownBatch)?.require_free(&segments.streams())
    }

    /// Bytes of all batches on disk, unfinished ones not counted.
    pub fn bytes(&self) -> u64 {
        self.lock().batches.values().map(|batch| batch.frames.bytes()).sum()
    }

    /// Takes `segments` for `session`: marks them as used, durably, then hands them out. Never again for anyone,
    /// this session included. `state_keys` are this node's shares of the state keys that there are bits for.
    ///
    /// # Errors
    /// [`StoreError::Taken`], [`StoreError::OutOfRange`], [`StoreError::UnknownBatch`]; errors of the storage,
    /// after which the items count as used.
    pub fn take(
        &self,
        session: [u8; 32],
        segments: &Segments,
        state_keys: &[(StateKeyId, Gf128)],
    ) -> Result<StoredSource<D, G>, StoreError> {
        let mut inner = self.lock();
        let name = segments.batch;
        let batch = inner.batches.get_mut(&name).ok_or(StoreError::UnknownBatch)?;
        let streams = segments.streams();
        batch.require_free(&streams)?;
        // Taken in memory first: whatever the storage does next, they are not given out a second time.
        let mut records = Vec::with_capacity(streams.len());
        for (stream, range) in streams.iter().filter(|(_, range)| !range.is_empty()) {
            batch.taken.entry(*stream).or_default().insert(range);
            records.push(Record::Taken { batch: name, session, stream: *stream, range: range.clone() });
        }
        let (frames, me, parties, delta) = (Arc::clone(&batch.frames), batch.me, batch.parties, batch.delta);
        inner.record(&records)?;
        let released = Released { batch: name, me, parties, global_key: delta };
        Ok(StoredSource::new(self.clone(), released, frames, streams, state_keys))
    }

    /// Reveals the seed of a batch that was burned while it was made, for the replay that names who cheated
    /// ([`mpc::preprocessing::replay`]). From then on, durably, no batch of this name can be stored or released. The seed of a
    /// batch that ever was released is not revealed: an adversary would cheat to have it, and with it all that was
    /// computed with the batch.
    ///
    /// # Errors
    /// [`StoreError::Released`]; errors of the storage, after which nothing is revealed.
    pub fn reveal_seed(
        &self,
        identity: &Identity,
        batch: BatchId,
        recipe: &Recipe,
        seed: &[u8; 32],
    ) -> Result<SignedSeed, StoreError> {
        let mut inner = self.lock();
        if inner.batches.contains_key(&batch) || inner.dropped.contains(&batch) {
            return Err(StoreError::Released);
        }
        if !inner.revealed.contains(&batch) {
            inner.record(&[Record::Revealed { batch }])?;
            inner.revealed.push(batch);
        }
        Ok(SignedSeed::danger_reveal(identity, &batch.0, recipe, seed))
    }

    /// Drops a batch with all that is left of it.
    ///
    /// # Errors
    /// [`StoreError::UnknownBatch`]; errors of the storage.
    pub fn discard(&self, batch: BatchId) -> Result<(), StoreError> {
        let mut inner = self.lock();
        inner.batches.remove(&batch).ok_or(StoreError::UnknownBatch)?;
        inner.dropped.push(batch);
        inner.record(&[Record::Dropped { batch }])?;
        storage("removing a batch", inner.disk.remove(&file_name(&batch)))
    }
}

impl<D: Disk, G: Guard> Inner<D, G> {
    /// Appends to the ledger, then raises the guard. In this order: a record that the guard does not know yet
    /// counts when the stock is opened again, one that it knows and that is missing means an older stock.
    fn record(&mut self, records: &[Record]) -> Result<(), StoreError> {
        self.ledger.append(&mut self.disk, records)?;
        storage("raising the guard", self.guard.raise(self.ledger.records()))
    }
}

/// A batch that is being made. Dropped without a release, it is gone.
pub struct BatchWriter<D: Disk, G: Guard> {
    stock: Stock<D, G>,
    batch: BatchId,
    /// Taken by the release.
    frames: Option<Frames>,
}

impl<D: Disk, G: Guard> BatchWriter<D, G> {
    /// Makes the batch usable: all of its checks have passed.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if `released` is another batch; errors of the storage.
    pub fn release(mut self, released: &Released) -> Result<(), StoreError> {
        if released.batch != self.batch {
            return Err(StoreError::Damaged { what: "another batch was released than was stored" });
        }
        let Some(frames) = self.frames.take() else { return Err(StoreError::Broken) };
        let stock = self.stock.clone();
        let mut inner = stock.lock();
        if inner.revealed.contains(&self.batch) {
            return Err(StoreError::DuplicateBatch);
        }
        frames.sync(&mut inner.disk)?;
        let (me, parties, delta) = (released.me, released.parties, released.global_key);
        let items = frames.digest();
        inner.record(&[Record::Released { batch: self.batch, me: me.0, parties, delta, items }])?;
        let batch = Batch { me, parties, delta, frames: Arc::new(frames), taken: BTreeMap::new() };
        inner.batches.insert(self.batch, batch);
        Ok(())
    }

    fn append(
        &mut self,
        write: impl FnOnce(&mut Frames, &mut D) -> Result<(), StoreError>,
    ) -> Result<(), StockError> {
        let frames = self.frames.as_mut().ok_or(StockError::Damaged { what: "the batch is closed" })?;
        let mut inner = self.stock.lock();
        write(frames, &mut inner.disk).map_err(|error| StockError::Storage(error.to_string()))
    }
}

impl<D: Disk, G: Guard> Sink for BatchWriter<D, G> {
    fn bits(&mut self, bits: AuthBits) -> Result<(), StockError> {
        self.append(|frames, disk| frames.append(disk, Stream::of(Kind::Bits), &[&bits]))
    }

    fn triples(&mut self, triples: AuthTriples) -> Result<(), StockError> {
        let AuthTriples { a, b, c } = &triples;
        self.append(|frames, disk| frames.append(disk, Stream::of(Kind::Triples), &[a, b, c]))
    }

    fn field_triples(&mut self, triples: Vec<FieldTriple>) -> Result<(), StockError> {
        self.append(|frames, disk| frames.append_field_triples(disk, &triples))
    }

    fn scalars(&mut self, global_key: Scalar, scalars: AuthScalars<Scalar>) -> Result<(), StockError> {
        self.append(|frames, disk| frames.append_scalars(disk, global_key, &scalars))
    }

    fn state_bits(&mut self, key: StateKeyId, bits: StateBits) -> Result<(), StockError> {
        let me = bits.bits().macs().iter().position(Vec::is_empty).unwrap_or_default();
        let (macs, keys) = (bits.state_macs().to_vec(), bits.state_keys().to_vec());
        let shares = bits.bits().shares().to_vec();
        let under_state_key = AuthBits::new(PartyId(me as u8), bits.bits().len(), shares, macs, keys)?;
        let parts = [bits.bits(), &under_state_key];
        self.append(|frames, disk| frames.append(disk, Stream::under(key), &parts))
    }
}

impl<D: Disk, G: Guard> Drop for BatchWriter<D, G> {
    fn drop(&mut self) {
        if self.frames.take().is_some_and(|frames| !frames.list.is_empty()) {
            // What cannot be removed now is when the stock is opened next.
            let _ = self.stock.lock().disk.remove(&file_name(&self.batch));
        }
    }
}
