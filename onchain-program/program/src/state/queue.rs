//! A cluster's queue: a bounded priority queue, sorted in place.

use anchor_lang::prelude::*;

use crate::{constants::QUEUE_CAPACITY, error::ArxError};

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

/// The waiting computations of a cluster, best first: higher priority fee, then earlier slot, then lower sequence.
///
/// Seeds: `["queue", cluster]`. Written by `queue_computation`, and by every instruction that settles a computation.
/// The entries beyond `length` are zero.
#[account(zero_copy)]
#[derive(Debug)]
pub struct Queue {
    /// The cluster whose queue this is.
    pub cluster: Pubkey,
    /// Sequence number of the next computation.
    pub next_sequence: u64,
    /// How many entries are in use.
    pub length: u64,
    /// The entries, best first.
    pub slots: [QueueEntry; QUEUE_CAPACITY],
}

impl Queue {
    /// Space of the account, the discriminator included.
    pub const SPACE: usize = 8 + std::mem::size_of::<Queue>();

    /// The waiting computations, best first.
    pub fn entries(&self) -> &[QueueEntry] {
        &self.slots[..self.len()]
    }

    /// How many computations wait.
    pub fn len(&self) -> usize {
        (self.length as usize).min(QUEUE_CAPACITY)
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether no further computation fits.
    pub fn is_full(&self) -> bool {
        self.len() == QUEUE_CAPACITY
    }

    /// The slot after which a place is certainly free, if the queue is full: the earliest deadline in it.
    pub fn retry_after(&self) -> Option<u64> {
        if !self.is_full() {
            return None;
        }
        self.entries().iter().map(|entry| entry.deadline).min()
    }

    /// Inserts a computation behind everything that goes before it, and returns its sequence number.
    pub fn insert(&mut self, computation: Pubkey, priority: u64, slot: u64, deadline: u64) -> Result<u64> {
        require!(!self.is_full(), ArxError::QueueFull);
        let length = self.len();
        let sequence = self.next_sequence;
        // The new entry has the highest sequence and slot: only the priority fee decides.
        let place = self.slots[..length].partition_point(|entry| entry.priority >= priority);
        self.slots.copy_within(place..length, place + 1);
        self.slots[place] = QueueEntry { computation, priority, slot, sequence, deadline };
        self.length = length as u64 + 1;
        self.next_sequence = sequence.checked_add(1).ok_or(ArxError::Overflow)?;
        Ok(sequence)
    }

    /// Takes a computation out.
    pub fn remove(&mut self, computation: &Pubkey) -> Result<()> {
        let length = self.len();
        let place = self.slots[..length]
            .iter()
            .position(|entry| &entry.computation == computation)
            .ok_or(ArxError::NotInQueue)?;
        self.slots.copy_within(place + 1..length, place);
        self.slots[length - 1] = QueueEntry::default();
        self.length = length as u64 - 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;

    use bytemuck::Zeroable;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_agrees_with_a_sorted_list(
            actions in prop::collection::vec((0..4u64, any::<bool>(), any::<prop::sample::Index>()), 1..400),
        ) {
            let mut queue = Box::new(Queue::zeroed());
            let mut model: Vec<QueueEntry> = Vec::new();
            let mut sequence = 0;
            for (step, (priority, insert, which)) in actions.into_iter().enumerate() {
                let (slot, deadline) = (step as u64 / 3, step as u64 + 1 + priority);
                let computation = Pubkey::new_unique();
                if insert || model.is_empty() {
                    let inserted = queue.insert(computation, priority, slot, deadline);
                    prop_assert_eq!(inserted.is_ok(), model.len() < QUEUE_CAPACITY);
                    if inserted.is_ok() {
                        model.push(QueueEntry { computation, priority, slot, sequence, deadline });
                        sequence += 1;
                        model.sort_by_key(|entry| (Reverse(entry.priority), entry.slot, entry.sequence));
                    }
                } else {
                    let gone = model.remove(which.index(model.len()));
                    prop_assert!(queue.remove(&gone.computation).is_ok());
                    prop_assert!(queue.remove(&gone.computation).is_err());
                }
                prop_assert_eq!(queue.entries(), &model[..]);
                prop_assert!(queue.slots[model.len()..].iter().all(|entry| *entry == QueueEntry::default()));
                let earliest = model.iter().map(|entry| entry.deadline).min();
                prop_assert_eq!(queue.retry_after(), earliest.filter(|_| queue.is_full()));
            }
        }
    }
}
