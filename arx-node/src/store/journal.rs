//! What must not happen twice: uses of an input, and showing results of two attempts at one computation.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use mpc::Records;
use mpc::certificate::{Certificate, OpeningKeeper};
use mxe_runtime::{DurableLog, Journal, JournalError, SpendOutcome};
use redb::ReadableTable;

use super::openings::SessionKeeper;
use super::{BEGUN, CERTIFIED, NONCES, OPENED, SPENT, Store, StoreError, count_change};
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

    /// Records that the nonce of a signature is used for this; `false` if it was used for anything else. Stock that a nonce comes
    /// from is given out once, and drawn nonces are fresh: this is the last bolt, for as long as the session could come up again.
    pub fn bind_nonce(
        &self,
        nonce: [u8; 32],
        used_for: [u8; 32],
        keep_until: u64,
    ) -> Result<bool, StoreError> {
        self.write("recording the use of a nonce", |transaction| {
            let mut nonces = transaction.open_table(NONCES)?;
            let recorded = nonces.get(nonce)?.map(|record| record.value().0);
            if recorded.is_none() {
                nonces.insert(nonce, (used_for, keep_until))?;
            }
            Ok(recorded.is_none_or(|other| other == used_for))
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

    /// Records that this node takes part in a session, before it says anything in it; `false` if it did before.
    pub fn begin_session(
        &self,
        session: &SessionId,
        task: [u8; 32],
        keep_until: u64,
    ) -> Result<bool, StoreError> {
        self.write("recording that a session begins", |transaction| {
            let mut begun = transaction.open_table(BEGUN)?;
            if begun.get(session.0)?.is_some() {
                return Ok(false);
            }
            begun.insert(session.0, (task, keep_until))?;
            Ok(true)
        })
    }

    /// Keeps the certificate of what a computation's session is about to show.
    pub fn put_opening_certificate(
        &self,
        computation: &ComputationId,
        certificate: &Certificate,
    ) -> Result<(), StoreError> {
        self.write("keeping the certificate of an opening", |transaction| {
            transaction.open_table(CERTIFIED)?.insert(computation.0, certificate.to_bytes().as_slice())?;
            count_change(transaction)
        })
    }

    /// The certificate of what a computation's session was about to show, if it came so far.
    pub fn opening_certificate(
        &self,
        computation: &ComputationId,
    ) -> Result<Option<Certificate>, StoreError> {
        self.read("reading the certificate of an opening", |transaction| {
            let certified = transaction.open_table(CERTIFIED)?;
            let Some(bytes) = certified.get(computation.0)? else { return Ok(None) };
            let certificate = Certificate::from_bytes(bytes.value());
            certificate.map(Some).map_err(|error| redb::Error::Corrupted(error.to_string()))
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
    /// The computation's last slot for a result.
    pub(crate) deadline: u64,
    /// Set once the session is ready to open: from then on there is nothing to be won by giving up early.
    pub(crate) opening: Arc<AtomicBool>,
    /// Where what peers are answerable for goes.
    pub(crate) records: RecordsSlot,
}

/// What peers are answerable for in a session, as soon as it has begun.
pub(crate) type RecordsSlot = Arc<OnceLock<Records>>;

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

    fn bind_nonce(&mut self, nonce: [u8; 32], used_for: [u8; 32]) -> Result<(), JournalError> {
        match self.store.bind_nonce(nonce, used_for, self.keep_until) {
            Ok(true) => Ok(()),
            Ok(false) => Err(JournalError::NonceUsed),
            Err(error) => Err(JournalError::Storage(error.to_string())),
        }
    }
}

impl DurableLog for SessionJournal {
    fn begin(&mut self, session: [u8; 32], task: [u8; 32]) -> Result<(), JournalError> {
        match self.store.begin_session(&SessionId(session), task, self.keep_until) {
            Ok(true) => Ok(()),
            Ok(false) => Err(JournalError::AlreadyBegun),
            Err(error) => Err(JournalError::Storage(error.to_string())),
        }
    }

    fn answerable(&mut self, records: &Records) {
        // A journal serves one session.
        let _ = self.records.set(records.clone());
    }

    fn keeper(&mut self, session: [u8; 32]) -> Box<dyn OpeningKeeper> {
        Box::new(SessionKeeper {
            store: self.store.clone(),
            session: SessionId(session),
            computation: self.computation,
            deadline: self.deadline,
        })
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
    fn a_nonce_has_one_use_also_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("node.redb");
        assert!(Store::open(&path).unwrap().bind_nonce([1; 32], [2; 32], 10).unwrap());
        let store = Store::open(&path).unwrap();
        assert!(store.bind_nonce([1; 32], [2; 32], 10).unwrap());
        assert!(!store.bind_nonce([1; 32], [3; 32], 10).unwrap());
        let mut journal = SessionJournal {
            store,
            computation: ComputationId([1; 32]),
            keep_until: 10,
            deadline: 10,
            opening: Arc::default(),
            records: Arc::default(),
        };
        assert_eq!(journal.bind_nonce([1; 32], [3; 32]), Err(JournalError::NonceUsed));
        journal.bind_nonce([4; 32], [3; 32]).unwrap();
        journal.store.prune(10).unwrap();
        assert_eq!(journal.bind_nonce([4; 32], [5; 32]), Err(JournalError::NonceUsed));
    }

    #[test]
    fn one_session_of_a_computation_may_open() {
        let store = Store::in_memory().unwrap();
        let computation = ComputationId([1; 32]);
        let journal = |store| SessionJournal {
            store,
            computation,
            keep_until: 10,
            deadline: 10,
            opening: Arc::default(),
            records: Arc::default(),
        };
        let (mut other, mut journal) = (journal(store.clone()), journal(store.clone()));
        journal.ready_to_open([5; 32], [6; 32]).unwrap();
        assert!(journal.opening.load(Ordering::Relaxed));
        assert_eq!(store.opened(&computation).unwrap(), Some(SessionId([5; 32])));
        assert_eq!(other.ready_to_open([7; 32], [6; 32]), Err(JournalError::AlreadyOpened));
        assert!(!other.opening.load(Ordering::Relaxed));
    }

    #[test]
    fn a_session_is_begun_once_and_its_certificate_outlives_a_crash() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("node.redb");
        let computation = ComputationId([1; 32]);
        let certificate = Certificate {
            opening: mpc::certificate::Opening {
                session: [5; 32].into(),
                computation: computation.0.into(),
                circuit: [6; 32].into(),
                inputs: [7; 32].into(),
                transcript: [8; 32].into(),
                recipients: [9; 32].into(),
            },
            signatures: vec![[1; 64].into(), [2; 64].into()],
        };
        let open = || SessionJournal {
            store: Store::open(&path).unwrap(),
            computation,
            keep_until: 10,
            deadline: 10,
            opening: Arc::default(),
            records: Arc::default(),
        };
        let mut journal = open();
        journal.begin([5; 32], [7; 32]).unwrap();
        journal.ready_to_open([5; 32], [8; 32]).unwrap();
        journal.keeper([5; 32]).certified(&certificate).unwrap();
        drop(journal);
        let mut journal = open();
        assert_eq!(journal.begin([5; 32], [7; 32]), Err(JournalError::AlreadyBegun));
        assert_eq!(journal.store.opening_certificate(&computation).unwrap(), Some(certificate));
        journal.store.prune(11).unwrap();
        assert_eq!(journal.store.opening_certificate(&computation).unwrap(), None);
        journal.begin([5; 32], [7; 32]).unwrap();
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
