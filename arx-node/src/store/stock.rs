//! What a node remembers about its stock, beside the items themselves: whose batches are whose, the state keys, and
//! which proposals it has taken part in.

use mpc::correlation::{BatchId, StateKeyId};
use redb::ReadableTable;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{BATCHES, GENERATION, PROPOSED, STATE_KEYS, Store, StoreError, count_change, from_cbor, to_cbor};
use crate::frame::stock::Layout;
use crate::identity::Identity;

/// Blocks of a state key's streams that a restored node leaves out: it does not know how many the lost one has used.
pub(super) const BLOCKS_SKIPPED_BY_A_RESTORE: u64 = 1 << 22;

/// Where a batch comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchRecord {
    /// The cluster's address.
    pub cluster: [u8; 32],
    /// The epoch.
    pub epoch: u64,
    /// Index of the member who proposed it.
    pub proposer: u8,
    /// The slot at which it was proposed.
    pub slot: u64,
    whole: bool,
}

impl BatchRecord {
    /// Puts a record together.
    pub fn new(cluster: [u8; 32], epoch: u64, proposer: u8, slot: u64, layout: Layout) -> Self {
        BatchRecord { cluster, epoch, proposer, slot, whole: layout == Layout::Whole }
    }

    /// Who draws from which part of it.
    pub fn layout(&self) -> Layout {
        if self.whole { Layout::Whole } else { Layout::Shared }
    }
}

/// A state key as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateKeyRecord {
    /// The session that made it.
    pub made_in: [u8; 32],
    /// Blocks of its streams that are used.
    pub used: u64,
    /// Whether bits under it were released: from then on state may be written under it, and no other takes its place.
    pub established: bool,
    /// The key, sealed under a key of the node's.
    pub sealed: ByteBuf,
}

impl Store {
    /// The random name of the stock that belongs to this store; the first call gives it `fresh`.
    pub fn stock_generation(&self, fresh: [u8; 32]) -> Result<[u8; 32], StoreError> {
        self.write("naming the stock", |transaction| {
            let mut table = transaction.open_table(GENERATION)?;
            let known = table.get(())?.map(|generation| generation.value());
            if known.is_none() {
                table.insert((), fresh)?;
            }
            Ok(known.unwrap_or(fresh))
        })
    }

    /// Gives up the stock: what was in it is never used again. The next one has another name.
    pub fn abandon_stock(&self, fresh: [u8; 32]) -> Result<(), StoreError> {
        self.write("giving up the stock", |transaction| {
            transaction.open_table(GENERATION)?.insert((), fresh)?;
            transaction.open_table(BATCHES)?.retain(|_, _| false)?;
            Ok(())
        })
    }

    /// Records that this node takes part in a session proposed by `proposer` at this slot; `false` if it took part in
    /// one of that slot or a later one.
    pub fn take_part(&self, proposer: &Identity, slot: u64) -> Result<bool, StoreError> {
        self.write("recording a proposal for the stock", |transaction| {
            let mut proposed = transaction.open_table(PROPOSED)?;
            let last = proposed.get(proposer.0)?.map(|slot| slot.value());
            if last.is_some_and(|last| last >= slot) {
                return Ok(false);
            }
            proposed.insert(proposer.0, slot)?;
            Ok(true)
        })
    }

    /// The slot of the last proposal by `proposer` that this node took part in.
    pub fn last_proposal(&self, proposer: &Identity) -> Result<Option<u64>, StoreError> {
        self.read("reading a proposal's slot", |transaction| {
            Ok(transaction.open_table(PROPOSED)?.get(proposer.0)?.map(|slot| slot.value()))
        })
    }

    /// Records a batch that is about to be made.
    pub fn put_batch(&self, batch: &BatchId, record: &BatchRecord) -> Result<(), StoreError> {
        self.write("recording a batch", |transaction| {
            transaction.open_table(BATCHES)?.insert(batch.0, to_cbor(record)?.as_slice())?;
            Ok(())
        })
    }

    /// Forgets batches.
    pub fn forget_batches(&self, batches: &[BatchId]) -> Result<(), StoreError> {
        self.write("forgetting batches", |transaction| {
            let mut table = transaction.open_table(BATCHES)?;
            for batch in batches {
                table.remove(batch.0)?;
            }
            Ok(())
        })
    }

    /// All batches that were recorded and not forgotten.
    pub fn batches(&self) -> Result<Vec<(BatchId, BatchRecord)>, StoreError> {
        self.read("listing batches", |transaction| {
            let mut batches = Vec::new();
            for entry in transaction.open_table(BATCHES)?.iter()? {
                let (batch, bytes) = entry?;
                batches.push((BatchId(batch.value()), from_cbor(bytes.value())?));
            }
            Ok(batches)
        })
    }

    /// Keeps a state key; `false` if there is another one in use.
    pub fn put_state_key(&self, key: &StateKeyId, record: &StateKeyRecord) -> Result<bool, StoreError> {
        self.write("keeping a state key", |transaction| {
            let mut keys = transaction.open_table(STATE_KEYS)?;
            let known: Option<StateKeyRecord> = match keys.get((key.mxe, key.version))? {
                Some(bytes) => Some(from_cbor(bytes.value())?),
                None => None,
            };
            if known.is_some_and(|known| known.established) {
                return Ok(false);
            }
            keys.insert((key.mxe, key.version), to_cbor(record)?.as_slice())?;
            drop(keys);
            count_change(transaction)?;
            Ok(true)
        })
    }

    /// Records, before anything is sent, that the blocks before `used` of a state key are used.
    pub fn use_state_key(&self, key: &StateKeyId, made_in: &[u8; 32], used: u64) -> Result<(), StoreError> {
        self.change_state_key("counting the use of a state key", key, made_in, |record| {
            record.used = record.used.max(used);
        })
    }

    /// Records that there are bits under a state key, so that no other takes its place.
    pub fn establish_state_key(&self, key: &StateKeyId, made_in: &[u8; 32]) -> Result<(), StoreError> {
        self.change_state_key("establishing a state key", key, made_in, |record| record.established = true)
    }

    fn change_state_key(
        &self,
        doing: &'static str,
        key: &StateKeyId,
        made_in: &[u8; 32],
        change: impl FnOnce(&mut StateKeyRecord),
    ) -> Result<(), StoreError> {
        let known = self.write(doing, |transaction| {
            let mut keys = transaction.open_table(STATE_KEYS)?;
            let record: Option<StateKeyRecord> = match keys.get((key.mxe, key.version))? {
                Some(bytes) => Some(from_cbor(bytes.value())?),
                None => None,
            };
            let Some(mut record) = record.filter(|record| record.made_in == *made_in) else {
                return Ok(false);
            };
            change(&mut record);
            keys.insert((key.mxe, key.version), to_cbor(&record)?.as_slice())?;
            drop(keys);
            count_change(transaction)?;
            Ok(true)
        })?;
        let failed = || StoreError::Failed { doing, why: "the key is not in the store".into() };
        if known { Ok(()) } else { Err(failed()) }
    }

    /// All state keys.
    pub fn state_keys(&self) -> Result<Vec<(StateKeyId, StateKeyRecord)>, StoreError> {
        self.read("listing state keys", |transaction| {
            let mut keys = Vec::new();
            for entry in transaction.open_table(STATE_KEYS)?.iter()? {
                let (key, bytes) = entry?;
                let (mxe, version) = key.value();
                keys.push((StateKeyId { mxe, version }, from_cbor(bytes.value())?));
            }
            Ok(keys)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: StateKeyId = StateKeyId { mxe: [1; 32], version: 1 };

    fn record(made_in: u8) -> StateKeyRecord {
        let sealed = ByteBuf::from(vec![7; 3]);
        StateKeyRecord { made_in: [made_in; 32], used: 4, established: false, sealed }
    }

    #[test]
    fn a_state_key_in_use_is_never_replaced_and_its_count_never_falls() {
        let store = Store::in_memory().unwrap();
        assert!(store.put_state_key(&KEY, &record(1)).unwrap());
        // Nothing was made with it: the next one takes its place.
        assert!(store.put_state_key(&KEY, &record(2)).unwrap());
        assert!(store.use_state_key(&KEY, &[1; 32], 9).is_err());
        store.use_state_key(&KEY, &[2; 32], 9).unwrap();
        store.use_state_key(&KEY, &[2; 32], 5).unwrap();
        store.establish_state_key(&KEY, &[2; 32]).unwrap();
        assert!(!store.put_state_key(&KEY, &record(3)).unwrap());
        let (_, kept) = store.state_keys().unwrap().pop().unwrap();
        assert_eq!((kept.made_in, kept.used, kept.established), ([2; 32], 9, true));
    }

    #[test]
    fn a_proposal_is_good_once() {
        let store = Store::in_memory().unwrap();
        let (alice, bob) = (Identity([1; 32]), Identity([2; 32]));
        assert!(store.take_part(&alice, 10).unwrap());
        assert!(!store.take_part(&alice, 10).unwrap());
        assert!(!store.take_part(&alice, 9).unwrap());
        assert!(store.take_part(&bob, 9).unwrap());
        assert!(store.take_part(&alice, 11).unwrap());
        assert_eq!(store.last_proposal(&alice).unwrap(), Some(11));
    }

    #[test]
    fn a_stock_that_is_given_up_has_another_name() {
        let store = Store::in_memory().unwrap();
        assert_eq!(store.stock_generation([1; 32]).unwrap(), [1; 32]);
        assert_eq!(store.stock_generation([2; 32]).unwrap(), [1; 32]);
        let batch = BatchRecord::new([3; 32], 4, 1, 5, Layout::Whole);
        store.put_batch(&BatchId([6; 32]), &batch).unwrap();
        assert_eq!(store.batches().unwrap(), [(BatchId([6; 32]), batch)]);
        store.abandon_stock([3; 32]).unwrap();
        assert_eq!(store.stock_generation([2; 32]).unwrap(), [3; 32]);
        assert!(store.batches().unwrap().is_empty());
    }
}
