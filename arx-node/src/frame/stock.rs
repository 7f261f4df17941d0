//! What members say about their stock of correlated randomness: what to make next, what they hold, and which part of
//! it an attempt takes.

use std::collections::BTreeMap;
use std::ops::Range;

use mpc::correlation::{BatchId, StateKeyId};
use mpc::signature::KeyName;
use mxe_runtime::stock::Segments;
use sha2::{Digest, Sha256};

use super::{FrameError, Reader, SessionId};

/// The most state keys that one batch has bits under, and one attempt takes bits under.
pub const MAX_STATE_KEYS: usize = 32;
/// The most batches that a node holds.
pub const MAX_BATCHES: usize = 128;

/// Proposes to make something for the stock: all members together, in a session of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Address of the cluster.
    pub cluster: [u8; 32],
    /// The cluster's epoch.
    pub epoch: u64,
    /// Index of the member who proposes it.
    pub proposer: u8,
    /// The slot at which it was proposed. A proposer's slots only rise, so no proposal is good twice.
    pub slot: u64,
    /// Chosen by the proposer.
    pub nonce: [u8; 32],
    /// Whether a computation waits for it: then it is not made with what time is left over, but at once.
    pub urgent: bool,
    /// What is to be made.
    pub product: Product,
}

/// What is made in a session for the stock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Product {
    /// A batch.
    Batch {
        /// Who draws from which part of it.
        layout: Layout,
        /// Bits and triples.
        amounts: Amounts,
        /// Bits under state keys.
        state_bits: Vec<StateBitsOrder>,
    },
    /// A state key.
    StateKey(StateKeyId),
    /// The key that an application's circuits sign with. In clusters without a stock it is all that is made.
    SigningKey(KeyName),
}

/// How many items a batch has, at least.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amounts {
    /// Random authenticated bits.
    pub bits: u32,
    /// Triples of authenticated bits.
    pub triples: u32,
    /// Triples over GF(2^128).
    pub field_triples: u32,
    /// Random authenticated scalars, for the nonces of signatures.
    pub scalars: u32,
}

/// Bits under one state key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateBitsOrder {
    /// Which key.
    pub key: StateKeyId,
    /// The session that made it: all must mean the same one.
    pub made_in: [u8; 32],
    /// How many.
    pub count: u32,
}

/// Who draws from which part of a batch. Every item can be drawn by one leader only, so that attempts which are
/// proposed at the same time never ask for the same items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Every stream of items is cut into as many equal parts as there are members, one for each as leader.
    Shared,
    /// All of it is its proposer's.
    Whole,
}

impl Layout {
    /// The items that the member `leader` of `members` draws, of `count` in a batch proposed by `proposer`.
    pub fn part(self, proposer: u8, leader: usize, members: usize, count: u64) -> Range<u64> {
        let (leader, members) = (leader as u64, members.max(1) as u64);
        match self {
            Layout::Shared => {
                // Counts are below 2^33 and there are at most 16 members.
                let bound = |member: u64| count.saturating_mul(member) / members;
                bound(leader.min(members))..bound((leader + 1).min(members))
            }
            Layout::Whole if u64::from(proposer) == leader => 0..count,
            Layout::Whole => 0..0,
        }
    }
}

/// What a member holds and its peers can count on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    /// Address of the cluster.
    pub cluster: [u8; 32],
    /// The epoch.
    pub epoch: u64,
    /// Batches that may be used.
    pub batches: Vec<BatchId>,
}

impl Proposal {
    /// The session in which it is made, and the name of what is made.
    pub fn session(&self) -> SessionId {
        let mut bytes = Vec::with_capacity(256);
        self.write(&mut bytes);
        let mut hash = Sha256::new();
        hash.update([14]);
        hash.update(b"arx/v1/produce");
        hash.update(&bytes);
        SessionId(hash.finalize().into())
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.cluster);
        out.extend_from_slice(&self.epoch.to_le_bytes());
        out.push(self.proposer);
        out.extend_from_slice(&self.slot.to_le_bytes());
        out.extend_from_slice(&self.nonce);
        out.push(u8::from(self.urgent));
        match &self.product {
            Product::Batch { layout, amounts, state_bits } => {
                out.push(match layout {
                    Layout::Shared => 0,
                    Layout::Whole => 1,
                });
                for amount in [amounts.bits, amounts.triples, amounts.field_triples, amounts.scalars] {
                    out.extend_from_slice(&amount.to_le_bytes());
                }
                // `check` refuses more than MAX_STATE_KEYS.
                out.push(state_bits.len() as u8);
                for order in state_bits {
                    write_key(&order.key, out);
                    out.extend_from_slice(&order.made_in);
                    out.extend_from_slice(&order.count.to_le_bytes());
                }
            }
            Product::StateKey(key) => {
                out.push(2);
                write_key(key, out);
            }
            Product::SigningKey(KeyName { mxe, version }) => {
                out.push(3);
                write_key(&StateKeyId { mxe: *mxe, version: *version }, out);
            }
        }
    }

    pub(super) fn check(&self) -> Result<(), FrameError> {
        match &self.product {
            Product::Batch { state_bits, .. } => at_most("state keys", state_bits.len(), MAX_STATE_KEYS),
            Product::StateKey(_) | Product::SigningKey(_) => Ok(()),
        }
    }
}

impl Holdings {
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.cluster);
        out.extend_from_slice(&self.epoch.to_le_bytes());
        // `check` refuses more than MAX_BATCHES.
        out.push(self.batches.len() as u8);
        self.batches.iter().for_each(|batch| out.extend_from_slice(&batch.0));
    }

    pub(super) fn check(&self) -> Result<(), FrameError> {
        at_most("batches", self.batches.len(), MAX_BATCHES)
    }
}

pub(super) fn write_segments(segments: &Segments, out: &mut Vec<u8>) {
    out.extend_from_slice(&segments.batch.0);
    for range in [&segments.bits, &segments.triples, &segments.field_triples, &segments.scalars] {
        write_range(range, out);
    }
    // `check_segments` refuses more than MAX_STATE_KEYS.
    out.push(segments.state_bits.len() as u8);
    for (key, range) in &segments.state_bits {
        write_key(key, out);
        write_range(range, out);
    }
}

pub(super) fn check_segments(segments: &Segments) -> Result<(), FrameError> {
    at_most("state keys", segments.state_bits.len(), MAX_STATE_KEYS)
}

fn at_most(what: &'static str, count: usize, allowed: usize) -> Result<(), FrameError> {
    if count > allowed { Err(FrameError::TooMany { what, count, allowed }) } else { Ok(()) }
}

fn write_key(key: &StateKeyId, out: &mut Vec<u8>) {
    out.extend_from_slice(&key.mxe);
    out.extend_from_slice(&key.version.to_le_bytes());
}

fn write_range(range: &Range<u64>, out: &mut Vec<u8>) {
    out.extend_from_slice(&range.start.to_le_bytes());
    out.extend_from_slice(&range.end.to_le_bytes());
}

impl Reader<'_> {
    fn u32(&mut self, field: &'static str) -> Result<u32, FrameError> {
        Ok(u32::from_le_bytes(self.array(field)?))
    }

    fn u64(&mut self, field: &'static str) -> Result<u64, FrameError> {
        Ok(u64::from_le_bytes(self.array(field)?))
    }

    fn key(&mut self) -> Result<StateKeyId, FrameError> {
        Ok(StateKeyId {
            mxe: self.array("MXE of a state key")?,
            version: self.u64("version of a state key")?,
        })
    }

    fn range(&mut self, field: &'static str) -> Result<Range<u64>, FrameError> {
        Ok(self.u64(field)?..self.u64(field)?)
    }

    fn count(&mut self, what: &'static str, allowed: usize) -> Result<usize, FrameError> {
        let count = usize::from(self.byte(what)?);
        at_most(what, count, allowed)?;
        Ok(count)
    }

    pub(super) fn proposal(&mut self) -> Result<Proposal, FrameError> {
        let cluster = self.array("cluster")?;
        let epoch = self.u64("epoch")?;
        let proposer = self.byte("proposer")?;
        let slot = self.u64("slot")?;
        let nonce = self.array("nonce")?;
        let urgent = match self.byte("urgent")? {
            code @ (0 | 1) => code == 1,
            code => return Err(FrameError::UnknownCode { field: "urgent", code }),
        };
        let product = match self.byte("product")? {
            code @ (0 | 1) => {
                let layout = if code == 0 { Layout::Shared } else { Layout::Whole };
                let (bits, triples) = (self.u32("bits")?, self.u32("triples")?);
                let field_triples = self.u32("triples over GF(2^128)")?;
                let scalars = self.u32("scalars")?;
                let count = self.count("state keys", MAX_STATE_KEYS)?;
                let mut state_bits = Vec::with_capacity(count);
                for _ in 0..count {
                    let (key, made_in) = (self.key()?, self.array("making of a state key")?);
                    state_bits.push(StateBitsOrder {
                        key,
                        made_in,
                        count: self.u32("bits under a state key")?,
                    });
                }
                let amounts = Amounts { bits, triples, field_triples, scalars };
                Product::Batch { layout, amounts, state_bits }
            }
            2 => Product::StateKey(self.key()?),
            3 => {
                let StateKeyId { mxe, version } = self.key()?;
                Product::SigningKey(KeyName { mxe, version })
            }
            code => return Err(FrameError::UnknownCode { field: "product", code }),
        };
        Ok(Proposal { cluster, epoch, proposer, slot, nonce, urgent, product })
    }

    pub(super) fn holdings(&mut self) -> Result<Holdings, FrameError> {
        let (cluster, epoch) = (self.array("cluster")?, self.u64("epoch")?);
        let count = self.count("batches", MAX_BATCHES)?;
        let mut batches = Vec::with_capacity(count);
        for _ in 0..count {
            batches.push(BatchId(self.array("batch")?));
        }
        Ok(Holdings { cluster, epoch, batches })
    }

    pub(super) fn segments(&mut self) -> Result<Segments, FrameError> {
        let batch = BatchId(self.array("batch")?);
        let (bits, triples) = (self.range("bits")?, self.range("triples")?);
        let field_triples = self.range("triples over GF(2^128)")?;
        let scalars = self.range("scalars")?;
        let count = self.count("state keys", MAX_STATE_KEYS)?;
        let mut state_bits = BTreeMap::new();
        for _ in 0..count {
            let (key, range) = (self.key()?, self.range("bits under a state key")?);
            // In rising order, so that there is one encoding.
            if state_bits.last_key_value().is_some_and(|(last, _)| *last >= key) {
                return Err(FrameError::OutOfOrder { field: "state keys" });
            }
            state_bits.insert(key, range);
        }
        Ok(Segments { batch, bits, triples, field_triples, state_bits, scalars })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key() -> impl Strategy<Value = StateKeyId> {
        (any::<[u8; 32]>(), any::<u64>()).prop_map(|(mxe, version)| StateKeyId { mxe, version })
    }

    fn range() -> impl Strategy<Value = Range<u64>> {
        (any::<u64>(), any::<u64>()).prop_map(|(start, end)| start..end)
    }

    pub(in super::super) fn segments() -> impl Strategy<Value = Segments> {
        let state_bits = prop::collection::btree_map(key(), range(), 0..4);
        (any::<[u8; 32]>(), range(), range(), range(), state_bits, range()).prop_map(
            |(batch, bits, triples, field_triples, state_bits, scalars)| Segments {
                batch: BatchId(batch),
                bits,
                triples,
                field_triples,
                state_bits,
                scalars,
            },
        )
    }

    fn product() -> impl Strategy<Value = Product> {
        let order = (key(), any::<[u8; 32]>(), any::<u32>())
            .prop_map(|(key, made_in, count)| StateBitsOrder { key, made_in, count });
        let amounts = (any::<u32>(), any::<u32>(), any::<u32>(), any::<u32>()).prop_map(
            |(bits, triples, field_triples, scalars)| Amounts { bits, triples, field_triples, scalars },
        );
        let layout = prop::sample::select(vec![Layout::Shared, Layout::Whole]);
        prop_oneof![
            (layout, amounts, prop::collection::vec(order, 0..=MAX_STATE_KEYS))
                .prop_map(|(layout, amounts, state_bits)| Product::Batch { layout, amounts, state_bits }),
            key().prop_map(Product::StateKey),
            key().prop_map(|StateKeyId { mxe, version }| Product::SigningKey(KeyName { mxe, version })),
        ]
    }

    pub(in super::super) fn proposal() -> impl Strategy<Value = Proposal> {
        let id = any::<[u8; 32]>();
        (id, any::<u64>(), any::<u8>(), any::<u64>(), id, any::<bool>(), product()).prop_map(
            |(cluster, epoch, proposer, slot, nonce, urgent, product)| Proposal {
                cluster,
                epoch,
                proposer,
                slot,
                nonce,
                urgent,
                product,
            },
        )
    }

    pub(in super::super) fn holdings() -> impl Strategy<Value = Holdings> {
        let batch = any::<[u8; 32]>().prop_map(BatchId);
        (any::<[u8; 32]>(), any::<u64>(), prop::collection::vec(batch, 0..=MAX_BATCHES))
            .prop_map(|(cluster, epoch, batches)| Holdings { cluster, epoch, batches })
    }

    proptest! {
        #[test]
        fn every_item_is_one_leaders(count in 0_u64..1 << 33, members in 2_usize..=16, proposer in 0_u8..16) {
            for layout in [Layout::Shared, Layout::Whole] {
                let mut parts: Vec<Range<u64>> =
                    (0..members).map(|leader| layout.part(proposer, leader, members, count)).collect();
                parts.retain(|part| !part.is_empty());
                parts.sort_by_key(|part| part.start);
                for pair in parts.windows(2) {
                    prop_assert_eq!(pair[0].end, pair[1].start);
                }
                if layout == Layout::Shared || usize::from(proposer) < members {
                    prop_assert_eq!(parts.iter().map(|part| part.end - part.start).sum::<u64>(), count);
                }
            }
        }
    }

    #[test]
    fn state_keys_of_segments_are_in_one_order() {
        let key = |version| StateKeyId { mxe: [7; 32], version };
        let state_bits = BTreeMap::from([(key(1), 0..5), (key(2), 5..9)]);
        let segments = Segments {
            batch: BatchId([1; 32]),
            bits: 0..1,
            triples: 0..2,
            field_triples: 0..3,
            state_bits,
            scalars: 0..4,
        };
        let mut bytes = Vec::new();
        write_segments(&segments, &mut bytes);
        assert_eq!(Reader { rest: &bytes }.segments(), Ok(segments));
        // The same two the other way round.
        let start = 32 + 4 * 16 + 1;
        let (first, second) = bytes[start..].split_at(56);
        let swapped = [&bytes[..start], second, first].concat();
        assert_eq!(Reader { rest: &swapped }.segments(), Err(FrameError::OutOfOrder { field: "state keys" }));
    }
}
