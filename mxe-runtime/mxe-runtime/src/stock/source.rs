//! What a session took, handed out piece by piece.

use std::ops::Range;
use std::sync::Arc;

use mpc::PartyId;
use mpc::correlation::{
    AuthBits, AuthTriples, BatchId, CorrelationSource, FieldTriple, StateBits, StateKeyId, StockError,
};
use mpc::preprocessing::Released;
use mpc_field::Gf128;

use super::items::{Frame, Frames, Kind};
use super::{Disk, Guard, Stock};

/// One session's part of a batch. Each item is given out once; what is left when it is dropped is lost.
pub struct StoredSource<D, G> {
    stock: Stock<D, G>,
    released: Released,
    frames: Arc<Frames>,
    bits: Range<u64>,
    triples: Range<u64>,
    /// The frame that was read last of each kind, and its items.
    open: [Option<(Frame, Vec<AuthBits>)>; 2],
}

impl<D: Disk, G: Guard> StoredSource<D, G> {
    pub(super) const fn new(
        stock: Stock<D, G>,
        released: Released,
        frames: Arc<Frames>,
        bits: Range<u64>,
        triples: Range<u64>,
    ) -> Self {
        Self { stock, released, frames, bits, triples, open: [None, None] }
    }

    /// The next `count` items of a kind: as many batches of bits as make an item.
    fn next(&mut self, kind: Kind, what: &'static str, count: usize) -> Result<Vec<AuthBits>, StockError> {
        let (range, parts) = match kind {
            Kind::Bits => (&mut self.bits, 1),
            Kind::Triples => (&mut self.triples, 3),
        };
        let left = (range.end - range.start) as usize;
        if count > left {
            return Err(StockError::Exhausted { what, wanted: count, left });
        }
        let mut from = range.start;
        range.start += count as u64;
        let to = range.start;
        let mut joined: Vec<_> = (0..parts).map(|_| Joiner::new(&self.released, count)).collect();
        while from < to {
            let items = self.frame_at(kind, from)?;
            let (frame, items) = items;
            let skip = (from - frame.first) as usize;
            let take = (u64::from(frame.count) - skip as u64).min(to - from) as usize;
            for (joined, items) in joined.iter_mut().zip(items) {
                joined.extend(items, skip..skip + take);
            }
            from += take as u64;
        }
        joined.into_iter().map(|joined| joined.finish(self.released.me, count)).collect()
    }

    fn frame_at(&mut self, kind: Kind, item: u64) -> Result<&(Frame, Vec<AuthBits>), StockError> {
        let holds = |frame: &Frame| (frame.first..frame.first + u64::from(frame.count)).contains(&item);
        let slot = &mut self.open[kind as usize];
        if !slot.as_ref().is_some_and(|(frame, _)| holds(frame)) {
            let frame = self.frames.list.iter().find(|frame| frame.kind == kind && holds(frame));
            let frame = *frame.ok_or(StockError::Damaged { what: "items of the batch are missing" })?;
            let inner = self.stock.lock();
            let items = self.frames.read(&inner.disk, &frame, self.released.me, self.released.parties);
            *slot = Some((frame, items.map_err(|error| StockError::Storage(error.to_string()))?));
        }
        slot.as_ref().ok_or(StockError::Damaged { what: "items of the batch are missing" })
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
        let bits = self.next(Kind::Bits, "bits", count)?.pop();
        bits.ok_or(StockError::Damaged { what: "an item of the batch has no parts" })
    }

    fn triples(&mut self, count: usize) -> Result<AuthTriples, StockError> {
        let parts = <[AuthBits; 3]>::try_from(self.next(Kind::Triples, "triples", count)?);
        let [a, b, c] = parts.map_err(|_| StockError::Damaged { what: "a triple has no three parts" })?;
        Ok(AuthTriples { a, b, c })
    }

    fn state_delta(&self, key: &StateKeyId) -> Result<Gf128, StockError> {
        Err(StockError::UnknownStateKey { version: key.version })
    }

    fn state_bits(&mut self, key: &StateKeyId, _: usize) -> Result<StateBits, StockError> {
        Err(StockError::UnknownStateKey { version: key.version })
    }

    fn field_triples(&mut self, wanted: usize) -> Result<Vec<FieldTriple>, StockError> {
        if wanted == 0 {
            return Ok(Vec::new());
        }
        Err(StockError::Exhausted { what: "triples over GF(2^128)", wanted, left: 0 })
    }
}
