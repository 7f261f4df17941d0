//! What must not happen twice: uses of an input, and showing results of two attempts at one computation.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mxe_runtime::{Journal, JournalError, SpendOutcome};
use redb::ReadableTable;

use super::{OPENED, SPENT, Store, StoreError, count_change};
use crate::frame::{ComputationId, SessionId};

impl Store {
    /// Records that a spent-id is used for this digest; `false` if it was recorded for another one.
    pub fn spend(&self, spent_id: [u8; 32], digest: [u8; 32], keep_until: u64) -> Result<bool, StoreError> {
        self.write("recording a spent input", |transaction| {
            let mut spent = transaction.open_table(SPENT)?;
            let recorded = spent.get(spent_id)?.map(|record| record.value());
            match recorded {
                Some((other, _)) if other != digest => Ok(false),
                Some((_, kept)) if kept >= keep_until => Ok(true),
                _ => {
                    spent.insert(spent_id, (digest, keep_until))?;
                    drop(spent);
                    count_change(transaction)?;
                    Ok(true)
                }
            }
        })
    }

    /// Records that this session is the one that may show something of its computation; `false` if another one is.
    pub fn open_session(
        &self,
        computation: &ComputationId,
        session: &SessionId,
        transcript: [u8; 32],
        keep_until: u64,
    ) -> Result<bool, StoreError> {
        self.write("recording that a session opens", |transaction| {
            let mut opened = transaction.open_table(OPENED)?;
            let recorded = opened.get(computation.0)?.map(|record| record.value());
            match recorded {
                Some((other, _, _)) => Ok(other == session.0),
                None => {
                    opened.insert(computation.0, (session.0, transcript, keep_until))?;
                    drop(opened);
                    count_change(transaction)?;
                    Ok(true)
                }
            }
        })
    }

    /// The session that may have shown something of this computation, if any.
    pub fn opened(&self, computation: &ComputationId) -> Result<Option<SessionId>, StoreError> {
        self.read("reading which session opened", |transaction| {
            let opened = transaction.open_table(OPENED)?;
            Ok(opened.get(computation.0)?.map(|record| SessionId(record.value().0)))
        })
    }
}

/// The journal of one session.
pub(crate) struct SessionJournal {
    pub(crate) store: Store,
    pub(crate) computation: ComputationId,
    /// The slot after which the chain can no longer ask about the computation or its inputs.
    pub(crate) keep_until: u64,
    /// Set once the session is ready to open: from then on there is nothing to be won by giving up early.
    pub(crate) opening: Arc<AtomicBool>,
}

impl Journal for SessionJournal {
    fn spend(&mut self, spent_id: [u8; 32], digest: [u8; 32]) -> Result<SpendOutcome, JournalError> {
        match self.store.spend(spent_id, digest, self.keep_until) {
            Ok(true) => Ok(SpendOutcome::Granted),
            Ok(false) => Ok(SpendOutcome::SpentElsewhere),
            Err(error) => Err(JournalError::Storage(error.to_string())),
        }
    }

    fn ready_to_open(&mut self, session: [u8; 32], transcript: [u8; 32]) -> Result<(), JournalError> {
        match self.store.open_session(&self.computation, &SessionId(session), transcript, self.keep_until) {
            Ok(true) => {
                self.opening.store(true, Ordering::Relaxed);
                Ok(())
            }
            Ok(false) => Err(JournalError::AlreadyOpened),
            Err(error) => Err(JournalError::Storage(error.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_is_used_for_one_thing_only() {
        let store = Store::in_memory().unwrap();
        assert!(store.spend([1; 32], [2; 32], 10).unwrap());
        assert!(store.spend([1; 32], [2; 32], 10).unwrap());
        assert!(!store.spend([1; 32], [3; 32], 10).unwrap());
        assert!(store.spend([4; 32], [3; 32], 10).unwrap());
    }

    #[test]
    fn one_session_of_a_computation_may_open() {
        let store = Store::in_memory().unwrap();
        let computation = ComputationId([1; 32]);
        let mut journal =
            SessionJournal { store: store.clone(), computation, keep_until: 10, opening: Arc::default() };
        journal.ready_to_open([5; 32], [6; 32]).unwrap();
        assert!(journal.opening.load(Ordering::Relaxed));
        assert_eq!(store.opened(&computation).unwrap(), Some(SessionId([5; 32])));
        let mut other = SessionJournal { store, computation, keep_until: 10, opening: Arc::default() };
        assert_eq!(other.ready_to_open([7; 32], [6; 32]), Err(JournalError::AlreadyOpened));
        assert!(!other.opening.load(Ordering::Relaxed));
    }

    #[test]
    fn records_are_kept_as_long_as_they_are_needed() {
        let store = Store::in_memory().unwrap();
        store.spend([1; 32], [2; 32], 10).unwrap();
        store.spend([1; 32], [2; 32], 20).unwrap();
        store.prune(20).unwrap();
        assert!(!store.spend([1; 32], [3; 32], 30).unwrap());
        store.prune(21).unwrap();
        assert!(store.spend([1; 32], [3; 32], 30).unwrap());
    }
}
