//! A cluster's queue: a bounded priority queue, sorted in place.

use anchor_lang::{Discriminator, prelude::*};
use bytemuck::{pod_read_unaligned, try_cast_slice_mut, try_from_bytes_mut};

use crate::{
    constants::QUEUE_CAPACITY,
    error::ArxError,
    record::{ensure, ensure_same, error},
};

/// One waiting computation.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
pub struct QueueEntry {
    /// Address of the computation.
    pub computation: Pubkey,
    /// Priority fee, in lamports.
    pub priority: u64,
    /// Slot of queueing.
    pub slot: u64,
    /// Number of the computation in this cluster's queue, from 0.
    pub sequence: u64,
    /// Slot after which it expires.
    pub deadline: u64,
}

impl QueueEntry {
    /// What the order goes by: higher priority fee, then earlier slot, then lower sequence.
    fn rank(&self) -> (std::cmp::Reverse<u64>, u64, u64) {
        (std::cmp::Reverse(self.priority), self.slot, self.sequence)
    }
}

/// Head of the queue's account. As many [`QueueEntry`]s follow it as the account has room for, best first, those beyond
/// `length` zero.
///
/// Seeds: `["queue", cluster]`. Made by `create_cluster` with room for 159 computations, made longer by `grow_queue`;
/// written by `queue_computation`, and by every instruction that settles a computation.
#[account(zero_copy)]
#[derive(Debug)]
pub struct Queue {
    /// The cluster whose queue this is.
    pub cluster: Pubkey,
    /// Sequence number of the next computation.
    pub next_sequence: u64,
    /// How many entries are in use.
    pub length: u64,
}

/// Bytes before the first entry, the discriminator included.
const HEAD: usize = 8 + size_of::<Queue>();
/// Bytes of an entry.
const ENTRY: usize = size_of::<QueueEntry>();

impl Queue {
    /// Space of a new queue: as much as an account can be created with.
    pub const SPACE: usize = Self::space(QUEUE_CAPACITY);

    /// Space of a queue with room for this many computations.
    pub const fn space(capacity: usize) -> usize {
        HEAD + ENTRY * capacity
    }

    /// Writes the head of a new queue.
    pub fn initialize(data: &mut [u8], cluster: &Pubkey) -> Result<()> {
        let head = Queue { cluster: *cluster, next_sequence: 0, length: 0 };
        let place = data.get_mut(..HEAD).ok_or(ArxError::WrongAccount)?;
        place[..8].copy_from_slice(Self::DISCRIMINATOR);
        place[8..].copy_from_slice(bytemuck::bytes_of(&head));
        Ok(())
    }
}

/// A queue within its account's data, to be changed.
pub struct QueueMut<'a> {
    /// The head.
    pub head: &'a mut Queue,
    slots: &'a mut [QueueEntry],
}

impl<'a> QueueMut<'a> {
    /// The queue of `cluster` in its account's data, whose owner the caller has checked.
    pub fn open(data: &'a mut [u8], cluster: &Pubkey) -> Result<Self> {
        ensure!(data.len() >= HEAD && data.starts_with(Queue::DISCRIMINATOR), ArxError::WrongAccount);
        let (head, rest) = data.split_at_mut(HEAD);
        let head: &mut Queue =
            try_from_bytes_mut(&mut head[8..]).map_err(|_| error(ArxError::WrongAccount))?;
        ensure_same!(head.cluster, *cluster, ArxError::AccountsDoNotBelongTogether);
        let whole = rest.len() - rest.len() % ENTRY;
        let slots = try_cast_slice_mut(&mut rest[..whole]).map_err(|_| error(ArxError::WrongAccount))?;
        Ok(Self { head, slots })
    }

    /// The waiting computations, best first.
    pub fn entries(&self) -> &[QueueEntry] {
        &self.slots[..(self.head.length as usize).min(self.slots.len())]
    }

    /// The slot after which a place is certainly free, if the queue is full: the earliest deadline in it.
    pub fn retry_after(&self) -> Option<u64> {
        if self.entries().len() < self.slots.len() {
            return None;
        }
        self.entries().iter().map(|entry| entry.deadline).min()
    }

    /// Inserts a computation behind everything that goes before it, and returns its sequence number.
    pub fn insert(&mut self, computation: Pubkey, priority: u64, slot: u64, deadline: u64) -> Result<u64> {
        let length = self.entries().len();
        ensure!(length < self.slots.len(), ArxError::QueueFull);
        let sequence = self.head.next_sequence;
        let entry = QueueEntry { computation, priority, slot, sequence, deadline };
        let place = self.slots[..length].partition_point(|other| other.rank() < entry.rank());
        self.slots.copy_within(place..length, place + 1);
        self.slots[place] = entry;
        self.head.length = length as u64 + 1;
        self.head.next_sequence = sequence.checked_add(1).ok_or(ArxError::Overflow)?;
        Ok(sequence)
    }

    /// Takes out a computation that was queued with this priority fee, slot and sequence number.
    pub fn remove(&mut self, computation: &Pubkey, priority: u64, slot: u64, sequence: u64) -> Result<()> {
        let length = self.entries().len();
        let wanted = QueueEntry { computation: *computation, priority, slot, sequence, deadline: 0 };
        let place = self.slots[..length].partition_point(|other| other.rank() < wanted.rank());
        let found = self.slots[..length].get(place).is_some_and(|entry| &entry.computation == computation);
        ensure!(found, ArxError::NotInQueue);
        self.slots.copy_within(place + 1..length, place);
        self.slots[length - 1] = QueueEntry::default();
        self.head.length = length as u64 - 1;
        Ok(())
    }
}

/// A queue as it was read: for nodes, clients and tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueSnapshot {
    /// The cluster whose queue this is.
    pub cluster: Pubkey,
    /// Sequence number of the next computation.
    pub next_sequence: u64,
    /// For how many computations there is room.
    pub capacity: usize,
    /// The waiting computations, best first.
    pub entries: Vec<QueueEntry>,
}

impl QueueSnapshot {
    /// Decodes an account's data, wherever it lies; `None` if it is not a queue.
    pub fn decode(data: &[u8]) -> Option<Self> {
        let head = data.strip_prefix(Queue::DISCRIMINATOR)?.get(..size_of::<Queue>())?;
        let head: Queue = pod_read_unaligned(head);
        let slots = &data[HEAD..];
        let length = usize::try_from(head.length).ok()?.checked_mul(ENTRY)?;
        let entries = slots.get(..length)?.chunks_exact(ENTRY).map(pod_read_unaligned).collect();
        Some(Self {
            cluster: head.cluster,
            next_sequence: head.next_sequence,
            capacity: slots.len() / ENTRY,
            entries,
        })
    }

    /// The waiting computations, best first.
    pub fn entries(&self) -> &[QueueEntry] {
        &self.entries
    }

    /// How many computations wait.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl AccountDeserialize for QueueSnapshot {
    fn try_deserialize_unchecked(data: &mut &[u8]) -> Result<Self> {
        Self::decode(data).ok_or_else(|| error(ArxError::WrongAccount))
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;

    use proptest::prelude::*;

    use super::*;

    const CAPACITY: usize = 100;

    proptest! {
        #[test]
        fn it_agrees_with_a_sorted_list(
            actions in prop::collection::vec((0..4u64, any::<bool>(), any::<prop::sample::Index>()), 1..400),
        ) {
            let cluster = Pubkey::new_unique();
            // Aligned as the runtime aligns accounts.
            let mut memory = vec![0u64; Queue::space(CAPACITY) / 8];
            let data: &mut [u8] = bytemuck::cast_slice_mut(&mut memory);
            Queue::initialize(data, &cluster).unwrap();
            prop_assert!(QueueMut::open(data, &Pubkey::new_unique()).is_err());
            let mut model: Vec<QueueEntry> = Vec::new();
            let mut sequence = 0;
            for (step, (priority, insert, which)) in actions.into_iter().enumerate() {
                let mut queue = QueueMut::open(data, &cluster).unwrap();
                let (slot, deadline) = (step as u64 / 3, step as u64 + 1 + priority);
                let computation = Pubkey::new_unique();
                if insert || model.is_empty() {
                    let inserted = queue.insert(computation, priority, slot, deadline);
                    prop_assert_eq!(inserted.is_ok(), model.len() < CAPACITY);
                    if inserted.is_ok() {
                        model.push(QueueEntry { computation, priority, slot, sequence, deadline });
                        sequence += 1;
                        model.sort_by_key(|entry| (Reverse(entry.priority), entry.slot, entry.sequence));
                    }
                } else {
                    let gone = model.remove(which.index(model.len()));
                    let other = queue.remove(&Pubkey::new_unique(), gone.priority, gone.slot, gone.sequence);
                    prop_assert!(other.is_err());
                    prop_assert!(queue.remove(&gone.computation, gone.priority, gone.slot, gone.sequence).is_ok());
                    prop_assert!(queue.remove(&gone.computation, gone.priority, gone.slot, gone.sequence).is_err());
                }
                prop_assert_eq!(queue.entries(), &model[..]);
                prop_assert!(queue.slots[model.len()..].iter().all(|entry| *entry == QueueEntry::default()));
                let earliest = model.iter().map(|entry| entry.deadline).min();
                prop_assert_eq!(queue.retry_after(), earliest.filter(|_| model.len() == CAPACITY));
                let snapshot = QueueSnapshot::decode(data).unwrap();
                prop_assert_eq!((snapshot.entries(), snapshot.capacity), (&model[..], CAPACITY));
            }
        }
    }
}
