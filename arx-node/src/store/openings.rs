//! What this node can be asked for on chain once it has signed a certificate: its own first opening; and whom it is to ask.
//!
//! An opening is kept before the certificate is signed and for as long as the chain can demand it, so that a node that was
//! restarted, or never got the others' signatures, still answers in time.

use std::ops::Bound;

use mpc::certificate::{Certificate, FirstOpening, KeepError, OpeningKeeper};
use mpc::message::SignedHeader;
use redb::ReadableTable;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{OPENINGS, Store, StoreError, WITHHELD, count_change, from_cbor, to_cbor};
use crate::frame::{ComputationId, SessionId};
use crate::identity::Identity;

/// What this node shows when it is asked for the opening of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpeningRecord {
    /// This node's message of the certificate.
    pub certificate: SignedHeader,
    /// Its message right after that.
    pub opening: SignedHeader,
    /// That message's payload.
    pub payload: ByteBuf,
}

/// A session whose first opening a member owes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WithheldOpening {
    /// The session.
    pub session: SessionId,
    /// Its computation.
    pub computation: ComputationId,
    /// Who owes it.
    pub accused: Identity,
}

impl Store {
    /// Keeps what this node shows when it is asked for the opening of this session. `deadline` is the computation's last
    /// slot for a result.
    pub fn put_opening(
        &self,
        session: &SessionId,
        computation: &ComputationId,
        deadline: u64,
        record: &OpeningRecord,
    ) -> Result<(), StoreError> {
        self.write("keeping an opening", |transaction| {
            let bytes = to_cbor(record)?;
            let value = (computation.0, deadline, bytes.as_slice());
            transaction.open_table(OPENINGS)?.insert(session.0, value)?;
            count_change(transaction)
        })
    }

    /// What this node shows when it is asked for the opening of this session; `None` if it never signed a certificate in it.
    pub fn opening(&self, session: &SessionId) -> Result<Option<OpeningRecord>, StoreError> {
        self.read("reading an opening", |transaction| {
            let openings = transaction.open_table(OPENINGS)?;
            openings.get(session.0)?.map(|record| from_cbor(record.value().2)).transpose()
        })
    }

    /// Up to `most` sessions beyond `after`, in the order of their names, whose openings are kept and whose computations'
    /// deadlines were before `slot`; with the computations and those deadlines.
    pub fn openings_due_before(
        &self,
        slot: u64,
        after: Option<SessionId>,
        most: usize,
    ) -> Result<Vec<(SessionId, ComputationId, u64)>, StoreError> {
        self.read("listing openings", |transaction| {
            let openings = transaction.open_table(OPENINGS)?;
            let from = after.map_or(Bound::Unbounded, |session| Bound::Excluded(session.0));
            let mut due = Vec::new();
            for entry in openings.range::<[u8; 32]>((from, Bound::Unbounded))? {
                let (session, record) = entry?;
                let (computation, deadline, _) = record.value();
                if deadline < slot {
                    due.push((SessionId(session.value()), ComputationId(computation), deadline));
                }
                if due.len() == most {
                    break;
                }
            }
            Ok(due)
        })
    }

    /// Drops the opening of a session about which the chain can no longer ask.
    pub fn forget_opening(&self, session: &SessionId) -> Result<(), StoreError> {
        self.write("forgetting an opening", |transaction| {
            transaction.open_table(OPENINGS)?.remove(session.0)?;
            Ok(())
        })
    }

    /// Keeps that a member owes its first opening in a session; `false` if that, or another member's, is known.
    pub fn put_withheld(&self, withheld: &WithheldOpening) -> Result<bool, StoreError> {
        self.write("keeping that an opening is withheld", |transaction| {
            let mut table = transaction.open_table(WITHHELD)?;
            if table.get(withheld.session.0)?.is_some() {
                return Ok(false);
            }
            table.insert(withheld.session.0, (withheld.computation.0, withheld.accused.0))?;
            drop(table);
            count_change(transaction)?;
            Ok(true)
        })
    }

    /// The sessions whose openings are owed.
    pub fn withheld(&self) -> Result<Vec<WithheldOpening>, StoreError> {
        self.read("reading which openings are withheld", |transaction| {
            let mut withheld = Vec::new();
            for entry in transaction.open_table(WITHHELD)?.iter()? {
                let (session, value) = entry?;
                let (computation, accused) = value.value();
                withheld.push(WithheldOpening {
                    session: SessionId(session.value()),
                    computation: ComputationId(computation),
                    accused: Identity(accused),
                });
            }
            Ok(withheld)
        })
    }

    /// Drops what is settled, or can no longer be asked for.
    pub fn forget_withheld(&self, session: &SessionId) -> Result<(), StoreError> {
        self.write("forgetting a withheld opening", |transaction| {
            transaction.open_table(WITHHELD)?.remove(session.0)?;
            Ok(())
        })
    }
}

/// Keeps what one session's certificate makes this node answerable for.
pub(crate) struct SessionKeeper {
    pub(crate) store: Store,
    pub(crate) session: SessionId,
    pub(crate) computation: ComputationId,
    pub(crate) deadline: u64,
}

impl OpeningKeeper for SessionKeeper {
    fn ready(&mut self, first: &FirstOpening) -> Result<(), KeepError> {
        let record = OpeningRecord {
            certificate: first.certificate,
            opening: first.opening,
            payload: ByteBuf::from(first.payload.clone()),
        };
        let kept = self.store.put_opening(&self.session, &self.computation, self.deadline, &record);
        kept.map_err(|error| KeepError(error.to_string()))
    }

    fn certified(&mut self, certificate: &Certificate) -> Result<(), KeepError> {
        let kept = self.store.put_opening_certificate(&self.computation, certificate);
        kept.map_err(|error| KeepError(error.to_string()))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use mpc::message::Header;
    use mpc::{PartyId, Phase, PhaseKind};

    use super::*;

    fn signed(kind: PhaseKind) -> SignedHeader {
        let header = Header {
            cluster: [1; 32],
            epoch: 2,
            session: [5; 32],
            phase: Phase { kind, index: 0 },
            piece: 0,
            sender: PartyId(1),
            recipient: None,
            broadcasts: 7,
            payload: [8; 32],
            chain: [9; 32],
        };
        SignedHeader { header, signature: [3; 64] }
    }

    pub(in crate::store) fn an_opening() -> OpeningRecord {
        OpeningRecord {
            certificate: signed(PhaseKind::Certificate),
            opening: signed(PhaseKind::Open),
            payload: ByteBuf::from(vec![1, 2, 3]),
        }
    }

    #[test]
    fn an_opening_outlives_a_crash_until_it_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("node.redb");
        let (session, computation) = (SessionId([5; 32]), ComputationId([6; 32]));
        let OpeningRecord { certificate, opening, payload } = an_opening();
        let store = Store::open(&path).unwrap();
        let mut keeper = SessionKeeper { store, session, computation, deadline: 10 };
        keeper.ready(&FirstOpening { certificate, opening, payload: payload.into_vec() }).unwrap();
        drop(keeper);
        let store = Store::open(&path).unwrap();
        store.prune(1_000_000).unwrap();
        assert_eq!(store.opening(&session).unwrap(), Some(an_opening()));
        assert_eq!(store.opening(&SessionId([6; 32])).unwrap(), None);
        store.forget_opening(&session).unwrap();
        assert_eq!(store.opening(&session).unwrap(), None);
    }

    #[test]
    fn openings_whose_deadline_has_passed_are_listed_in_turns() {
        let store = Store::in_memory().unwrap();
        for (name, deadline) in [(1, 10), (2, 30), (3, 11), (4, 12)] {
            let computation = ComputationId([name + 100; 32]);
            store.put_opening(&SessionId([name; 32]), &computation, deadline, &an_opening()).unwrap();
        }
        let due = |slot, after: Option<u8>, most| {
            let due = store.openings_due_before(slot, after.map(|name| SessionId([name; 32])), most).unwrap();
            due.into_iter().map(|(session, _, deadline)| (session.0[0], deadline)).collect::<Vec<_>>()
        };
        assert_eq!(due(10, None, 9), []);
        assert_eq!(due(12, None, 9), [(1, 10), (3, 11)]);
        assert_eq!(due(13, None, 2), [(1, 10), (3, 11)]);
        assert_eq!(due(13, Some(3), 2), [(4, 12)]);
        assert_eq!(due(13, Some(4), 2), []);
    }

    #[test]
    fn who_withholds_is_on_record_once() {
        let store = Store::in_memory().unwrap();
        let owed = |accused| WithheldOpening {
            session: SessionId([1; 32]),
            computation: ComputationId([2; 32]),
            accused: Identity([accused; 32]),
        };
        assert!(store.put_withheld(&owed(3)).unwrap());
        assert!(!store.put_withheld(&owed(4)).unwrap());
        assert_eq!(store.withheld().unwrap(), [owed(3)]);
        store.forget_withheld(&SessionId([1; 32])).unwrap();
        assert_eq!(store.withheld().unwrap(), []);
    }
}
