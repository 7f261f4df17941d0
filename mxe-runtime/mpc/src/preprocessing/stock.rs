//! What a batch is made into, and an in-memory store of one.

use std::collections::{BTreeMap, VecDeque};

use mpc_field::{Gf128, Scalar};

use crate::PartyId;
use crate::correlation::{
    AuthBits, AuthScalars, AuthTriples, BatchId, CorrelationSource, FieldTriple, StateBits, StateKeyId,
    StockError,
};

/// Takes the items of a batch while it is made.
///
/// Items are handed over *before* the checks of the batch are through, so that memory stays bounded. Nothing
/// may be used until [`Producer::finish`](super::Producer::finish) has returned the batch, and everything must
/// be destroyed if it, or anything before it, returns an error.
pub trait Sink: Send {
    /// Takes random authenticated bits.
    ///
    /// # Errors
    /// [`StockError::Storage`].
    fn bits(&mut self, bits: AuthBits) -> Result<(), StockError>;

    /// Takes triples.
    ///
    /// # Errors
    /// [`StockError::Storage`].
    fn triples(&mut self, triples: AuthTriples) -> Result<(), StockError>;

    /// Takes triples over GF(2^128). A store that keeps none refuses them.
    ///
    /// # Errors
    /// [`StockError::Storage`].
    fn field_triples(&mut self, triples: Vec<FieldTriple>) -> Result<(), StockError> {
        drop(triples);
        Err(StockError::Storage("it keeps no triples over GF(2^128)".into()))
    }

    /// Takes bits that are authenticated under a state key too. A store that keeps none refuses them.
    ///
    /// # Errors
    /// [`StockError::Storage`].
    fn state_bits(&mut self, key: StateKeyId, bits: StateBits) -> Result<(), StockError> {
        drop((key, bits));
        Err(StockError::Storage("it keeps no bits under state keys".into()))
    }

    /// Takes scalars for the nonces of signatures, with this party's global key of them: one for the batch. A store that
    /// keeps none refuses them.
    ///
    /// # Errors
    /// [`StockError::Storage`].
    fn scalars(&mut self, global_key: Scalar, scalars: AuthScalars<Scalar>) -> Result<(), StockError> {
        drop((global_key, scalars));
        Err(StockError::Storage("it keeps no scalars".into()))
    }
}

/// A batch all of whose checks passed: its name and this party's global key.
#[derive(Clone)]
pub struct Released {
    /// The batch.
    pub batch: BatchId,
    /// This party.
    pub me: PartyId,
    /// How many parties there are.
    pub parties: u8,
    /// `D_me`. Its lowest bit is public: 1 for party 0, 0 for all others.
    pub global_key: Gf128,
}

impl std::fmt::Debug for Released {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Released({:?} of {})", self.batch, self.me)
    }
}

/// Items in memory, in the order in which they were made.
#[derive(Debug, Default)]
pub struct MemoryStock {
    bits: VecDeque<AuthBits>,
    triples: VecDeque<AuthTriples>,
    field_triples: Vec<FieldTriple>,
    state_bits: BTreeMap<StateKeyId, VecDeque<StateBits>>,
    scalars: Scalars,
}

/// Scalars with this party's global key of them, if there are any.
#[derive(Default)]
struct Scalars {
    global_key: Option<Scalar>,
    items: AuthScalars<Scalar>,
}

impl std::fmt::Debug for Scalars {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.items.fmt(formatter)
    }
}

impl Sink for MemoryStock {
    fn bits(&mut self, bits: AuthBits) -> Result<(), StockError> {
        self.bits.push_back(bits);
        Ok(())
    }

    fn triples(&mut self, triples: AuthTriples) -> Result<(), StockError> {
        self.triples.push_back(triples);
        Ok(())
    }

    fn field_triples(&mut self, triples: Vec<FieldTriple>) -> Result<(), StockError> {
        self.field_triples.extend(triples);
        Ok(())
    }

    fn state_bits(&mut self, key: StateKeyId, bits: StateBits) -> Result<(), StockError> {
        self.state_bits.entry(key).or_default().push_back(bits);
        Ok(())
    }

    fn scalars(&mut self, global_key: Scalar, scalars: AuthScalars<Scalar>) -> Result<(), StockError> {
        if *self.scalars.global_key.get_or_insert(global_key) != global_key {
            return Err(StockError::Damaged { what: "scalars of a batch have different global keys" });
        }
        self.scalars.items.append(scalars);
        Ok(())
    }
}

impl MemoryStock {
    /// The items as a source for one session, once the batch is released, with this party's shares of the state
    /// keys that there are bits for.
    pub fn into_source(self, released: Released, state_keys: &[(StateKeyId, Gf128)]) -> MemorySource {
        let mut columns: [VecDeque<AuthBits>; 3] = Default::default();
        for AuthTriples { a, b, c } in self.triples {
            for (columns, bits) in columns.iter_mut().zip([a, b, c]) {
                columns.push_back(bits);
            }
        }
        // Under a state key the same shares once more, as a stream of their own.
        let state = self.state_bits.into_iter().map(|(key, segments)| {
            let mut streams: [VecDeque<AuthBits>; 2] = Default::default();
            for segment in segments {
                let (bits, macs, keys) = (segment.bits(), segment.state_macs(), segment.state_keys());
                let shares = bits.shares().to_vec();
                streams[1].extend(AuthBits::new(
                    released.me,
                    bits.len(),
                    shares,
                    macs.to_vec(),
                    keys.to_vec(),
                ));
                streams[0].push_back(bits.clone());
            }
            (key, streams.map(Stream::new))
        });
        MemorySource {
            bits: Stream::new(self.bits),
            triples: columns.map(Stream::new),
            field_triples: self.field_triples.into(),
            state: state.collect(),
            state_keys: state_keys.iter().copied().collect(),
            scalars: self.scalars,
            released,
        }
    }
}

/// A [`CorrelationSource`] of what is in memory.
#[derive(Debug)]
pub struct MemorySource {
    released: Released,
    bits: Stream,
    triples: [Stream; 3],
    field_triples: VecDeque<FieldTriple>,
    state: BTreeMap<StateKeyId, [Stream; 2]>,
    state_keys: BTreeMap<StateKeyId, Gf128>,
    scalars: Scalars,
}

#[derive(Debug)]
struct Stream {
    segments: VecDeque<AuthBits>,
    taken: usize,
}

impl Stream {
    const fn new(segments: VecDeque<AuthBits>) -> Self {
        Self { segments, taken: 0 }
    }

    fn left(&self) -> usize {
        self.segments.iter().map(AuthBits::len).sum::<usize>() - self.taken
    }

    /// The next `count` items in one piece.
    fn take(
        &mut self,
        what: &'static str,
        released: &Released,
        count: usize,
    ) -> Result<AuthBits, StockError> {
        let left = self.left();
        if left < count {
            return Err(StockError::Exhausted { what, wanted: count, left });
        }
        let columns = || {
            let column = |party| if party == released.me.0 { Vec::new() } else { Vec::with_capacity(count) };
            (0..released.parties).map(column).collect::<Vec<Vec<Gf128>>>()
        };
        let (mut shares, mut macs, mut keys) = (vec![0_u64; count.div_ceil(64)], columns(), columns());
        let mut done = 0;
        while let Some(segment) = self.segments.front().filter(|_| done < count) {
            let range = self.taken..segment.len().min(self.taken + count - done);
            for index in range.clone() {
                let to = done + index - range.start;
                shares[to / 64] |= u64::from(segment.share(index)) << (to % 64);
            }
            for (to, from) in
                macs.iter_mut().chain(&mut keys).zip(segment.macs().iter().chain(segment.keys()))
            {
                to.extend(from.get(range.clone()).unwrap_or_default());
            }
            done += range.len();
            self.taken = range.end;
            if self.taken == segment.len() {
                self.segments.pop_front();
                self.taken = 0;
            }
        }
        AuthBits::new(released.me, count, shares, macs, keys)
    }
}

impl CorrelationSource for MemorySource {
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
        self.bits.take("bits", &self.released, count)
    }

    fn triples(&mut self, count: usize) -> Result<AuthTriples, StockError> {
        let [a, b, c] = &mut self.triples;
        let take = |stream: &mut Stream| stream.take("triples", &self.released, count);
        Ok(AuthTriples { a: take(a)?, b: take(b)?, c: take(c)? })
    }

    fn state_delta(&self, key: &StateKeyId) -> Result<Gf128, StockError> {
        self.state_keys.get(key).copied().ok_or(StockError::UnknownStateKey { version: key.version })
    }

    fn state_bits(&mut self, key: &StateKeyId, count: usize) -> Result<StateBits, StockError> {
        let unknown = StockError::UnknownStateKey { version: key.version };
        let [bits, state] = self.state.get_mut(key).ok_or(unknown)?;
        let bits = bits.take("state bits", &self.released, count)?;
        let state = state.take("state bits", &self.released, count)?;
        StateBits::new(self.released.me, bits, state.macs().to_vec(), state.keys().to_vec())
    }

    fn field_triples(&mut self, wanted: usize) -> Result<Vec<FieldTriple>, StockError> {
        let left = self.field_triples.len();
        if wanted > left {
            return Err(StockError::Exhausted { what: "triples over GF(2^128)", wanted, left });
        }
        Ok(self.field_triples.drain(..wanted).collect())
    }

    fn scalars(&mut self, wanted: usize) -> Result<AuthScalars<Scalar>, StockError> {
        let left = self.scalars.items.len();
        let items = self.scalars.items.take_first(wanted);
        items.ok_or(StockError::Exhausted { what: "scalars", wanted, left })
    }

    fn scalar_delta(&self) -> Result<Scalar, StockError> {
        self.scalars.global_key.ok_or(StockError::Exhausted { what: "scalars", wanted: 1, left: 0 })
    }
}
