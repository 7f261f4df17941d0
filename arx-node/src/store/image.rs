//! Backup images: everything in the store that must not be forgotten, as one value.
//!
//! Circuits are left out (the chain has them), and so is the stock: a restored node begins with an empty one, and so never has a
//! nonce of the lost one's again. Signing keys that wait for the chain are made again. A restored node cannot know what it did between the backup and the
//! loss, so [`Store::merge`] sets a fence: computations queued up to the slot at which the restored node first sees
//! the chain are left to the others, and to their deadline. What is queued later was never seen by the lost node.

use redb::{ReadableDatabase, ReadableTable};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::evidence::{AccusationRecord, EvidenceRecord};
use super::stock::{BLOCKS_SKIPPED_BY_A_RESTORE, StateKeyRecord};
use super::{
    CERTIFICATES, CERTIFIED, EVIDENCE, KEY_FENCE, KEY_FENCE_DUE, KEY_SEQUENCE, META, OPENED, OPENINGS, PAIRS,
    SIGNED, SPENT, STATE_KEYS, Store, StoreError, VERDICTS, from_cbor, to_cbor,
};
use crate::identity::Identity;

/// The contents of a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    version: u32,
    /// Number of the last change in it.
    pub sequence: u64,
    fence: Option<u64>,
    spent: Vec<(ByteBuf, ByteBuf, u64)>,
    opened: Vec<(ByteBuf, ByteBuf, ByteBuf, u64)>,
    signed: Vec<(ByteBuf, ByteBuf, ByteBuf, u64)>,
    verdicts: Vec<(ByteBuf, ByteBuf)>,
    certificates: Vec<(ByteBuf, ByteBuf)>,
    certified: Vec<(ByteBuf, ByteBuf)>,
    openings: Vec<(ByteBuf, ByteBuf, u64, ByteBuf)>,
    state_keys: Vec<(ByteBuf, u64, ByteBuf)>,
    evidence: Vec<(ByteBuf, ByteBuf)>,
    pairs: Vec<(ByteBuf, ByteBuf, ByteBuf)>,
}

const VERSION: u32 = 3;

fn buffer(bytes: &[u8]) -> ByteBuf {
    ByteBuf::from(bytes.to_vec())
}

fn array<const N: usize>(bytes: &ByteBuf) -> Result<[u8; N], redb::Error> {
    <[u8; N]>::try_from(bytes.as_slice()).map_err(|_| {
        redb::Error::Corrupted(format!("a record of the backup has {} bytes, not {N}", bytes.len()))
    })
}

impl Image {
    /// The image's bytes, to be kept in a file.
    pub fn to_bytes(&self) -> Result<Vec<u8>, StoreError> {
        to_cbor(self)
            .map_err(|error| StoreError::Failed { doing: "writing a backup image", why: error.to_string() })
    }

    /// The inverse of [`Image::to_bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Image, StoreError> {
        let failed = |why: String| StoreError::Failed { doing: "reading a backup image", why };
        let image: Image = from_cbor(bytes).map_err(|error| failed(error.to_string()))?;
        if image.version != VERSION {
            return Err(failed(format!("its version is {}, this arx-node reads {VERSION}", image.version)));
        }
        Ok(image)
    }
}

impl Image {
    /// Who accused whom of cheating.
    pub fn accusations(&self) -> Result<Vec<(Identity, Identity, AccusationRecord)>, StoreError> {
        let read = || -> Result<Vec<_>, redb::Error> {
            let record = |(accuser, accused, bytes): &(ByteBuf, ByteBuf, ByteBuf)| {
                Ok((Identity(array(accuser)?), Identity(array(accused)?), from_cbor(bytes)?))
            };
            self.pairs.iter().map(record).collect()
        };
        read().map_err(|error| StoreError::Failed { doing: "reading accusations", why: error.to_string() })
    }

    /// Evidence of what members did.
    pub fn evidence(&self) -> Result<Vec<EvidenceRecord>, StoreError> {
        let read = || -> Result<Vec<_>, redb::Error> {
            self.evidence.iter().map(|(_, bytes)| from_cbor(bytes)).collect()
        };
        read().map_err(|error| StoreError::Failed { doing: "reading evidence", why: error.to_string() })
    }
}

impl Store {
    /// Everything that must not be forgotten, as of one moment.
    pub fn image(&self) -> Result<Image, StoreError> {
        let read = || -> Result<Image, redb::Error> {
            let transaction = self.database.begin_read()?;
            let meta = transaction.open_table(META)?;
            let mut image = Image {
                version: VERSION,
                sequence: meta.get(KEY_SEQUENCE)?.map_or(0, |value| value.value()),
                fence: meta.get(KEY_FENCE)?.map(|value| value.value()),
                spent: Vec::new(),
                opened: Vec::new(),
                signed: Vec::new(),
                verdicts: Vec::new(),
                certificates: Vec::new(),
                certified: Vec::new(),
                openings: Vec::new(),
                state_keys: Vec::new(),
                evidence: Vec::new(),
                pairs: Vec::new(),
            };
            for entry in transaction.open_table(SPENT)?.iter()? {
                let (key, value) = entry?;
                let (digest, keep_until) = value.value();
                image.spent.push((buffer(&key.value()), buffer(&digest), keep_until));
            }
            for entry in transaction.open_table(OPENED)?.iter()? {
                let (key, value) = entry?;
                let (session, transcript, keep_until) = value.value();
                image.opened.push((buffer(&key.value()), buffer(&session), buffer(&transcript), keep_until));
            }
            for entry in transaction.open_table(SIGNED)?.iter()? {
                let (key, value) = entry?;
                let (digest, signature, keep_until) = value.value();
                image.signed.push((buffer(&key.value()), buffer(&digest), buffer(&signature), keep_until));
            }
            for entry in transaction.open_table(VERDICTS)?.iter()? {
                let (key, value) = entry?;
                image.verdicts.push((buffer(&key.value()), buffer(value.value())));
            }
            for entry in transaction.open_table(CERTIFICATES)?.iter()? {
                let (key, value) = entry?;
                image.certificates.push((buffer(&key.value()), buffer(value.value())));
            }
            for entry in transaction.open_table(CERTIFIED)?.iter()? {
                let (key, value) = entry?;
                image.certified.push((buffer(&key.value()), buffer(value.value())));
            }
            for entry in transaction.open_table(OPENINGS)?.iter()? {
                let (key, value) = entry?;
                let (computation, deadline, bytes) = value.value();
                image.openings.push((buffer(&key.value()), buffer(&computation), deadline, buffer(bytes)));
            }
            for entry in transaction.open_table(STATE_KEYS)?.iter()? {
                let (key, value) = entry?;
                let (mxe, version) = key.value();
                image.state_keys.push((buffer(&mxe), version, buffer(value.value())));
            }
            for entry in transaction.open_table(EVIDENCE)?.iter()? {
                let (key, value) = entry?;
                image.evidence.push((buffer(&key.value()), buffer(value.value())));
            }
            for entry in transaction.open_table(PAIRS)?.iter()? {
                let (key, value) = entry?;
                let (accuser, accused) = key.value();
                image.pairs.push((buffer(&accuser), buffer(&accused), buffer(value.value())));
            }
            Ok(image)
        };
        read().map_err(|error| StoreError::Failed { doing: "reading everything", why: error.to_string() })
    }

    /// Takes a backup's contents in and asks for a fence. What the store already knows stays.
    ///
    /// # Errors
    /// [`StoreError::AheadOfBackup`] where the store has changes that the backup has not: it is the newer one, and
    /// nothing is to be restored.
    pub fn merge(&self, owner: &Identity, image: Image) -> Result<(), StoreError> {
        self.claim(owner)?;
        let store = self.sequence()?;
        if store > image.sequence {
            return Err(StoreError::AheadOfBackup { store, backup: image.sequence });
        }
        self.write("restoring a backup", |transaction| {
            let mut meta = transaction.open_table(META)?;
            meta.insert(KEY_SEQUENCE, image.sequence)?;
            let fence = meta.get(KEY_FENCE)?.map(|value| value.value());
            if let Some(fence) = fence.max(image.fence) {
                meta.insert(KEY_FENCE, fence)?;
            }
            meta.insert(KEY_FENCE_DUE, 1)?;
            let mut spent = transaction.open_table(SPENT)?;
            for (key, digest, keep_until) in &image.spent {
                let key = array(key)?;
                if spent.get(key)?.is_none() {
                    spent.insert(key, (array(digest)?, *keep_until))?;
                }
            }
            let mut opened = transaction.open_table(OPENED)?;
            for (key, session, transcript, keep_until) in &image.opened {
                let key = array(key)?;
                if opened.get(key)?.is_none() {
                    opened.insert(key, (array(session)?, array(transcript)?, *keep_until))?;
                }
            }
            let mut signed = transaction.open_table(SIGNED)?;
            for (key, digest, signature, keep_until) in &image.signed {
                let key = array(key)?;
                if signed.get(key)?.is_none() {
                    signed.insert(key, (array(digest)?, array::<64>(signature)?, *keep_until))?;
                }
            }
            let mut openings = transaction.open_table(OPENINGS)?;
            for (key, computation, deadline, bytes) in &image.openings {
                let key = array(key)?;
                if openings.get(key)?.is_none() {
                    openings.insert(key, (array(computation)?, *deadline, bytes.as_slice()))?;
                }
            }
            let mut keys = transaction.open_table(STATE_KEYS)?;
            for (mxe, version, bytes) in &image.state_keys {
                let key = (array(mxe)?, *version);
                let mut record: StateKeyRecord = from_cbor(bytes)?;
                let known = match keys.get(key)? {
                    Some(known) => Some(from_cbor::<StateKeyRecord>(known.value())?),
                    None => None,
                };
                // How much of the key's streams was used after the backup is not known.
                record.used = record.used.saturating_add(BLOCKS_SKIPPED_BY_A_RESTORE);
                if known.is_none_or(|known| !known.established && record.established) {
                    keys.insert(key, to_cbor(&record)?.as_slice())?;
                }
            }
            let mut pairs = transaction.open_table(PAIRS)?;
            for (accuser, accused, bytes) in &image.pairs {
                let key = (array(accuser)?, array(accused)?);
                if pairs.get(key)?.is_none() {
                    pairs.insert(key, bytes.as_slice())?;
                }
            }
            for (table, records) in [
                (VERDICTS, &image.verdicts),
                (CERTIFICATES, &image.certificates),
                (CERTIFIED, &image.certified),
                (EVIDENCE, &image.evidence),
            ] {
                let mut table = transaction.open_table(table)?;
                for (key, bytes) in records {
                    let key = array(key)?;
                    if table.get(key)?.is_none() {
                        table.insert(key, bytes.as_slice())?;
                    }
                }
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{ComputationId, SessionId};
    use crate::store::openings::tests::an_opening;

    const OWNER: Identity = Identity([1; 32]);

    fn used_store() -> Store {
        let store = Store::in_memory().unwrap();
        store.claim(&OWNER).unwrap();
        store.spend([2; 32], [3; 32], 100).unwrap();
        store.open_session(&ComputationId([4; 32]), &SessionId([5; 32]), [6; 32], 100).unwrap();
        store.put_opening(&SessionId([5; 32]), &ComputationId([4; 32]), 90, &an_opening()).unwrap();
        store
    }

    #[test]
    fn a_restored_store_remembers_and_asks_for_a_fence() {
        let image = Image::from_bytes(&used_store().image().unwrap().to_bytes().unwrap()).unwrap();
        let store = Store::in_memory().unwrap();
        store.merge(&OWNER, image).unwrap();
        assert!(!store.spend([2; 32], [9; 32], 100).unwrap());
        assert_eq!(store.opened(&ComputationId([4; 32])).unwrap(), Some(SessionId([5; 32])));
        assert_eq!(store.opening(&SessionId([5; 32])).unwrap(), Some(an_opening()));
        assert_eq!(store.fence().unwrap(), None);
        assert_eq!(store.settle_fence(70).unwrap(), Some(70));
        // Set once; later starts do not move it.
        assert_eq!(store.settle_fence(90).unwrap(), Some(70));
    }

    #[test]
    fn a_restored_state_key_leaves_out_what_may_have_been_used_since() {
        use mpc::correlation::StateKeyId;

        let (key, made_in) = (StateKeyId { mxe: [1; 32], version: 1 }, [2; 32]);
        let used = used_store();
        let record = StateKeyRecord { made_in, used: 4, established: false, sealed: buffer(&[3]) };
        used.put_state_key(&key, &record).unwrap();
        used.use_state_key(&key, &made_in, 50).unwrap();
        let store = Store::in_memory().unwrap();
        store.merge(&OWNER, Image::from_bytes(&used.image().unwrap().to_bytes().unwrap()).unwrap()).unwrap();
        let (restored, record) = store.state_keys().unwrap().pop().unwrap();
        assert_eq!((restored, record.made_in), (key, made_in));
        assert_eq!(record.used, 50 + BLOCKS_SKIPPED_BY_A_RESTORE);
    }

    #[test]
    fn a_store_does_not_go_back_in_time() {
        let store = used_store();
        let old = store.image().unwrap();
        store.merge(&OWNER, old.clone()).unwrap();
        store.spend([7; 32], [8; 32], 100).unwrap();
        assert_eq!(store.merge(&OWNER, old.clone()), Err(StoreError::AheadOfBackup { store: 4, backup: 3 }));
        assert!(matches!(store.merge(&Identity([9; 32]), old), Err(StoreError::AnotherNode { .. })));
    }

    #[test]
    fn what_is_no_image_is_refused() {
        assert!(Image::from_bytes(b"").is_err());
        assert!(Image::from_bytes(&[0xff; 40]).is_err());
        let mut image = used_store().image().unwrap();
        image.version = 9;
        let error = Image::from_bytes(&image.to_bytes().unwrap()).unwrap_err();
        assert!(error.to_string().contains("version is 9"), "{error}");
        let mut image = used_store().image().unwrap();
        image.spent[0].0 = ByteBuf::from(vec![1]);
        let fresh = Store::in_memory().unwrap();
        assert!(matches!(fresh.merge(&OWNER, image), Err(StoreError::Failed { .. })));
    }
}
