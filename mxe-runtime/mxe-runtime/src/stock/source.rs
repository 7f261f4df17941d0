//! What a session took, handed out piece by piece.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use mpc::PartyId;
use mpc::correlation::{
    AuthBits, AuthScalars, AuthTriples, BatchId, CorrelationSource, FieldTriple, StateBits, StateKeyId,
    StockError,
};
use mpc::preprocessing::Released;
use mpc_field::{Gf128, Scalar};

use super::items::{Frame, Frames, Items, Kind, Stream};
use super::{Disk, Guard, Stock};

/// One session's part of a batch. Each item is given out once; what is left when it is dropped is lost.
pub struct StoredSource<D, G> {
    stock: Stock<D, G>,
    released: Released,
    frames: Arc<Frames>,
    /// What is left of each stream.
    left: BTreeMap<Stream, Range<u64>>,
    state_keys: BTreeMap<StateKeyId, Gf128>,
    /// The frame that was read last of each stream, and its items.
    open: BTreeMap<Stream, (Frame, Items)>,
    /// The global key of scalars, once one was read.
    scalar_key: Option<Scalar>,
}

impl<D: Disk, G: Guard> StoredSource<D, G> {
    pub(super) fn new(
        stock: Stock<D, G>,
        released: Released,
        frames: Arc<Frames>,
        left: BTreeMap<Stream, Range<u64>>,
        state_keys: &[(StateKeyId, Gf128)],
    ) -> Self {
        let state_keys = state_keys.iter().copied().collect();
        Self { stock, released, frames, left, state_keys, open: BTreeMap::new(), scalar_key: None }
    }

    /// Calls `with` for the next `count` items of a stream: for each frame that has some of them, with which.
    fn next(
        &mut self,
        stream: Stream,
        count: usize,
        mut with: impl FnMut(&Items, Range<usize>),
    ) -> Result<(), StockError> {
        let range = self.left.entry(stream).or_insert(0..0);
        let left = (range.end - range.start) as usize;
        if count > left {
            return Err(StockError::Exhausted { what: stream.name(), wanted: count, left });
        }
        let mut from = range.start;
        range.start += count as u64;
        let to = range.start;
        while from < to {
            let (frame, items) = self.frame_at(stream, from)?;
            let skip = (from - frame.first) as usize;
            let take = (u64::from(frame.count) - skip as u64).min(to - from) as usize;
            with(items, skip..skip + take);
            from += take as u64;
        }
        Ok(())
    }

    /// The next `count` items of a stream of bits: as many batches as make an item.
    fn next_bits<const PARTS: usize>(
        &mut self,
        stream: Stream,
        count: usize,
    ) -> Result<[AuthBits; PARTS], StockError> {
        let mut joined: [Joiner; PARTS] = std::array::from_fn(|_| Joiner::new(&self.released, count));
        self.next(stream, count, |items, range| {
            if let Items::Bits(parts) = items {
                joined.iter_mut().zip(parts).for_each(|(joined, part)| joined.extend(part, range.clone()));
            }
        })?;
        let mut finished = Vec::with_capacity(PARTS);
        for part in joined {
            finished.push(part.finish(self.released.me, count)?);
        }
        finished.try_into().map_err(|_| StockError::Damaged { what: "an item of the batch has no parts" })
    }

    fn frame_at(&mut self, stream: Stream, item: u64) -> Result<&(Frame, Items), StockError> {
        let missing = || StockError::Damaged { what: "items of the batch are missing" };
        let holds = |frame: &Frame| (frame.first..frame.first + u64::from(frame.count)).contains(&item);
        if !self.open.get(&stream).is_some_and(|(frame, _)| holds(frame)) {
            let frame = self.frames.list.iter().find(|frame| frame.stream == stream && holds(frame));
            let frame = *frame.ok_or_else(missing)?;
            let inner = self.stock.lock();
            let items = self.frames.read(&inner.disk, &frame, self.released.me, self.released.parties);
            let items = items.map_err(|error| StockError::Storage(error.to_string()))?;
            self.open.insert(stream, (frame, items));
        }
        self.open.get(&stream).ok_or_else(missing)
    }
}

/// Puts items of several frames into one batch of bits.
struct Joiner {
    done: usize,
    shares: Vec<u64>,
    macs: Vec<Vec<Gf128>>,
    keys: Vec<Vec<Gf128>>,
}

impl Joiner {
    fn new(released: &Released, count: usize) -> Self {
        let columns = || -> Vec<Vec<Gf128>> {
            let capacity = |party| if party == released.me.0 { 0 } else { count };
            (0..released.parties).map(|party| Vec::with_capacity(capacity(party))).collect()
        };
        Self { done: 0, shares: vec![0; count.div_ceil(64)], macs: columns(), keys: columns() }
    }

    fn extend(&mut self, items: &AuthBits, range: Range<usize>) {
        for index in range.clone() {
            self.shares[self.done / 64] |= u64::from(items.share(index)) << (self.done % 64);
            self.done += 1;
        }
        let to = self.macs.iter_mut().chain(&mut self.keys);
        for (to, from) in to.zip(items.macs().iter().chain(items.keys())) {
            to.extend(from.get(range.clone()).unwrap_or_default());
        }
    }

    fn finish(self, me: PartyId, count: usize) -> Result<AuthBits, StockError> {
        AuthBits::new(me, count, self.shares, self.macs, self.keys)
    }
}

impl<D: Disk, G: Guard> CorrelationSource for StoredSource<D, G> {
    fn me(&self) -> PartyId {
        self.released.me
    }

    fn parties(&self) -> u8 {
        self.released.parties
    }

    fn batch(&self) -> BatchId {
        self.released.batch
    }

    fn delta(&self) -> Gf128 {
        self.released.global_key
    }

    fn bits(&mut self, count: usize) -> Result<AuthBits, StockError> {
        let [bits] = self.next_bits(Stream::of(Kind::Bits), count)?;
        Ok(bits)
    }

    fn triples(&mut self, count: usize) -> Result<AuthTriples, StockError> {
        let [a, b, c] = self.next_bits(Stream::of(Kind::Triples), count)?;
        Ok(AuthTriples { a, b, c })
    }

    fn state_delta(&self, key: &StateKeyId) -> Result<Gf128, StockError> {
        self.state_keys.get(key).copied().ok_or(StockError::UnknownStateKey { version: key.version })
    }

    fn state_bits(&mut self, key: &StateKeyId, count: usize) -> Result<StateBits, StockError> {
        let [bits, under_state_key] = self.next_bits(Stream::under(*key), count)?;
        let (macs, keys) = (under_state_key.macs().to_vec(), under_state_key.keys().to_vec());
        StateBits::new(self.released.me, bits, macs, keys)
    }

    fn field_triples(&mut self, count: usize) -> Result<Vec<FieldTriple>, StockError> {
        let mut triples = Vec::with_capacity(count);
        self.next(Stream::of(Kind::FieldTriples), count, |items, range| {
            if let Items::FieldTriples(items) = items {
                triples.extend(items.get(range).unwrap_or_default().iter().cloned());
            }
        })?;
        if triples.len() == count {
            Ok(triples)
        } else {
            Err(StockError::Damaged { what: "items of the batch are missing" })
        }
    }

    fn scalars(&mut self, count: usize) -> Result<AuthScalars<Scalar>, StockError> {
        let mut scalars = AuthScalars::default();
        let mut key = self.scalar_key;
        self.next(Stream::of(Kind::Scalars), count, |items, range| {
            if let Items::Scalars(global_key, items) = items {
                key = Some(*global_key);
                scalars.append(items.slice(range));
            }
        })?;
        self.scalar_key = key;
        if scalars.len() == count {
            Ok(scalars)
        } else {
            Err(StockError::Damaged { what: "items of the batch are missing" })
        }
    }

    fn scalar_delta(&self) -> Result<Scalar, StockError> {
        self.scalar_key.ok_or(StockError::Exhausted { what: "scalars", wanted: 1, left: 0 })
    }
}
