//! What members did that is on record: evidence that anyone can verify, and accusations that only the two know to be
//! true or false.

use redb::ReadableTable;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};

use super::{EVIDENCE, PAIRS, Store, StoreError, count_change, from_cbor, to_cbor};
use crate::frame::SessionId;
use crate::identity::Identity;

/// Evidence kept at most; the court on chain judges one offence of each kind and session, so more is of no use.
const MOST_EVIDENCE: usize = 1024;

/// Evidence of a fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceRecord {
    /// The cluster's address.
    pub cluster: [u8; 32],
    /// The epoch, whose members' keys it is verified with.
    pub epoch: u64,
    /// The session.
    pub session: [u8; 32],
    /// Who is proven guilty.
    pub accused: [u8; 32],
    /// In words.
    pub what: String,
    /// The encoding of [`mpc::misbehavior::Misbehavior`].
    pub evidence: ByteBuf,
}

/// One member's word against another's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccusationRecord {
    /// The cluster's address.
    pub cluster: [u8; 32],
    /// The session.
    pub session: [u8; 32],
    /// In words.
    pub what: String,
}

impl Store {
    /// Keeps evidence; `false` if it is known or there is too much already.
    pub fn put_evidence(&self, record: &EvidenceRecord) -> Result<bool, StoreError> {
        let name = <[u8; 32]>::from(Sha256::digest(&record.evidence));
        self.write("keeping evidence", |transaction| {
            let mut table = transaction.open_table(EVIDENCE)?;
            let known = table.get(name)?.is_some();
            if known || table.iter()?.count() >= MOST_EVIDENCE {
                return Ok(false);
            }
            table.insert(name, to_cbor(record)?.as_slice())?;
            drop(table);
            count_change(transaction)?;
            Ok(true)
        })
    }

    /// All evidence.
    pub fn evidence(&self) -> Result<Vec<EvidenceRecord>, StoreError> {
        self.read("reading evidence", |transaction| {
            let mut records = Vec::new();
            for entry in transaction.open_table(EVIDENCE)?.iter()? {
                records.push(from_cbor(entry?.1.value())?);
            }
            Ok(records)
        })
    }

    /// Keeps that `accuser` says `accused` cheated: the two are not to be in one cluster again. The first word counts;
    /// `false` if there was one.
    pub fn put_accusation(
        &self,
        accuser: &Identity,
        accused: &Identity,
        record: &AccusationRecord,
    ) -> Result<bool, StoreError> {
        self.write("keeping an accusation", |transaction| {
            let mut table = transaction.open_table(PAIRS)?;
            if table.get((accuser.0, accused.0))?.is_some() {
                return Ok(false);
            }
            table.insert((accuser.0, accused.0), to_cbor(record)?.as_slice())?;
            drop(table);
            count_change(transaction)?;
            Ok(true)
        })
    }

    /// All accusations: who accuses whom.
    pub fn accusations(&self) -> Result<Vec<(Identity, Identity, AccusationRecord)>, StoreError> {
        self.read("reading accusations", |transaction| {
            let mut records = Vec::new();
            for entry in transaction.open_table(PAIRS)?.iter()? {
                let (pair, bytes) = entry?;
                let (accuser, accused) = pair.value();
                records.push((Identity(accuser), Identity(accused), from_cbor(bytes.value())?));
            }
            Ok(records)
        })
    }
}

impl AccusationRecord {
    /// What is known about a session.
    pub fn new(cluster: [u8; 32], session: &SessionId, what: String) -> Self {
        AccusationRecord { cluster, session: session.0, what }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_record_stays_and_is_there_once() {
        let store = Store::in_memory().unwrap();
        let record = EvidenceRecord {
            cluster: [1; 32],
            epoch: 2,
            session: [3; 32],
            accused: [4; 32],
            what: "two messages".into(),
            evidence: ByteBuf::from(vec![5; 10]),
        };
        assert!(store.put_evidence(&record).unwrap());
        assert!(!store.put_evidence(&record).unwrap());
        assert_eq!(store.evidence().unwrap(), [record]);

        let (alice, bob) = (Identity([1; 32]), Identity([2; 32]));
        let word = |what: &str| AccusationRecord::new([1; 32], &SessionId([3; 32]), what.into());
        assert!(store.put_accusation(&alice, &bob, &word("first")).unwrap());
        assert!(!store.put_accusation(&alice, &bob, &word("second")).unwrap());
        assert!(store.put_accusation(&bob, &alice, &word("back")).unwrap());
        assert_eq!(store.accusations().unwrap(), [(alice, bob, word("first")), (bob, alice, word("back"))]);
    }
}
