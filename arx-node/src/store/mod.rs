//! The node's durable memory (redb, one file).
//!
//! # Layout
//! - [`Store`]: opening, one transaction at a time; this file.
//! - [`verdict`]: outcomes of computations, what was signed about them, and complete certificates.
//! - [`journal`]: spent inputs, sessions that were begun, computations that were ready to open.
//! - [`stock`]: batches and state keys, as far as they are not in the stock's own files.
//! - [`signing_keys`]: keys of applications that were made, until the chain has them.
//! - [`openings`]: what this node can be asked to show, and what it is to ask for.
//! - [`evidence`]: what members did that is on record.
//! - [`circuits`]: circuits by hash, fetched once.
//! - [`image`]: what a backup holds, and how it comes back.
//!
//! # What it guarantees
//! Every writing method returns only after its transaction is on disk (`Durability::Immediate`: redb writes and syncs
//! in two phases, so a crash leaves the state before or after, never between). So whatever is sent after such a call
//! is remembered after a crash. Above all: **one computation, one signed message**. [`Store::sign`] is the only way to
//! a signature of an outcome, and it refuses a second message for a computation for as long as the chain could still
//! take one.

pub mod circuits;
pub mod evidence;
pub mod image;
pub mod journal;
pub mod openings;
pub mod signing_keys;
pub mod stock;
pub mod verdict;

use std::path::Path;
use std::sync::Arc;

use redb::{
    Database, Durability, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction,
};
use serde::{Serialize, de::DeserializeOwned};

use crate::identity::Identity;

/// The layout of the tables; another one has another number.
const SCHEMA: u64 = 2;

type Bytes32 = [u8; 32];

const META: TableDefinition<&str, u64> = TableDefinition::new("meta");
const OWNER: TableDefinition<(), Bytes32> = TableDefinition::new("owner");
/// Spent-id -> (digest, slot after which it may be forgotten).
const SPENT: TableDefinition<Bytes32, (Bytes32, u64)> = TableDefinition::new("spent");
/// Computation -> (session, transcript, slot after which it may be forgotten).
const OPENED: TableDefinition<Bytes32, (Bytes32, Bytes32, u64)> = TableDefinition::new("opened");
/// Session -> (digest of its task, slot after which it may be forgotten).
const BEGUN: TableDefinition<Bytes32, (Bytes32, u64)> = TableDefinition::new("begun");
/// Computation -> certificate of what its session was about to show.
const CERTIFIED: TableDefinition<Bytes32, &[u8]> = TableDefinition::new("certified");
/// Session -> (computation, its deadline, CBOR of this node's first opening).
const OPENINGS: TableDefinition<Bytes32, (Bytes32, u64, &[u8])> = TableDefinition::new("openings");
/// Session -> (computation, who owes its first opening).
const WITHHELD: TableDefinition<Bytes32, (Bytes32, Bytes32)> = TableDefinition::new("withheld");
/// The random name of the stock.
const GENERATION: TableDefinition<(), Bytes32> = TableDefinition::new("stock generation");
/// Batch -> CBOR of where it comes from.
const BATCHES: TableDefinition<Bytes32, &[u8]> = TableDefinition::new("batches");
/// Identity -> slot of its last proposal for the stock.
const PROPOSED: TableDefinition<Bytes32, u64> = TableDefinition::new("proposed");
/// (MXE, version) -> CBOR of a state key.
const STATE_KEYS: TableDefinition<(Bytes32, u64), &[u8]> = TableDefinition::new("state keys");
/// (MXE, version) -> CBOR of a signing key with all members' signatures.
const SIGNING_KEYS: TableDefinition<(Bytes32, u64), &[u8]> = TableDefinition::new("signing keys");
/// Nonce of a signature -> (what it is used for, slot after which it may be forgotten).
const NONCES: TableDefinition<Bytes32, (Bytes32, u64)> = TableDefinition::new("nonces");
/// Hash -> CBOR of evidence.
const EVIDENCE: TableDefinition<Bytes32, &[u8]> = TableDefinition::new("evidence");
/// (accuser, accused) -> CBOR of an accusation.
const PAIRS: TableDefinition<(Bytes32, Bytes32), &[u8]> = TableDefinition::new("pairs");
/// Computation -> CBOR of a verdict.
const VERDICTS: TableDefinition<Bytes32, &[u8]> = TableDefinition::new("verdicts");
/// Computation -> (hash of the signed message, signature, slot after which it may be forgotten).
const SIGNED: TableDefinition<Bytes32, (Bytes32, [u8; 64], u64)> = TableDefinition::new("signed");
/// Computation -> CBOR of all members' signatures.
const CERTIFICATES: TableDefinition<Bytes32, &[u8]> = TableDefinition::new("certificates");
/// Circuit hash -> artifact.
const CIRCUITS: TableDefinition<Bytes32, &[u8]> = TableDefinition::new("circuits");

const KEY_SCHEMA: &str = "schema";
/// Counts the transactions that a backup must not lose.
const KEY_SEQUENCE: &str = "sequence";
/// Computations queued up to this slot are not taken part in.
const KEY_FENCE: &str = "fence";
/// 1: keys came from a backup, and the fence is still to be set.
const KEY_FENCE_DUE: &str = "fence due";

/// The node's store. Cheap to clone; all clones are one store.
#[derive(Clone)]
pub struct Store {
    database: Arc<Database>,
}

impl Store {
    /// Opens the store in this file, creating it if there is none. One process at a time can have it open.
    pub fn open(path: &Path) -> Result<Store, StoreError> {
        let cannot_open = |why: String| StoreError::Open { path: path.display().to_string(), why };
        let database = Database::create(path).map_err(|error| cannot_open(error.to_string()))?;
        let store = Store { database: Arc::new(database) };
        store.prepare()?;
        Ok(store)
    }

    /// A store in memory. It lives as long as its clones, so a simulated crash drops the node and keeps a clone.
    pub fn in_memory() -> Result<Store, StoreError> {
        Store::with_backend(redb::backends::InMemoryBackend::new())
    }

    /// A store on storage of the caller's own, such as a simulated disk.
    pub fn with_backend(backend: impl redb::StorageBackend) -> Result<Store, StoreError> {
        let database = redb::Builder::new()
            .create_with_backend(backend)
            .map_err(|error| StoreError::Open { path: "memory".into(), why: error.to_string() })?;
        let store = Store { database: Arc::new(database) };
        store.prepare()?;
        Ok(store)
    }

    fn prepare(&self) -> Result<(), StoreError> {
        let schema = self.write("preparing the tables", |transaction| {
            let mut meta = transaction.open_table(META)?;
            let schema = meta.get(KEY_SCHEMA)?.map(|schema| schema.value());
            if schema.is_none() {
                meta.insert(KEY_SCHEMA, SCHEMA)?;
            }
            transaction.open_table(OWNER)?;
            transaction.open_table(SPENT)?;
            transaction.open_table(OPENED)?;
            transaction.open_table(VERDICTS)?;
            transaction.open_table(SIGNED)?;
            transaction.open_table(CERTIFICATES)?;
            transaction.open_table(CIRCUITS)?;
            transaction.open_table(BEGUN)?;
            transaction.open_table(CERTIFIED)?;
            transaction.open_table(OPENINGS)?;
            transaction.open_table(WITHHELD)?;
            transaction.open_table(GENERATION)?;
            transaction.open_table(BATCHES)?;
            transaction.open_table(PROPOSED)?;
            transaction.open_table(STATE_KEYS)?;
            transaction.open_table(SIGNING_KEYS)?;
            transaction.open_table(NONCES)?;
            transaction.open_table(EVIDENCE)?;
            transaction.open_table(PAIRS)?;
            Ok(schema.unwrap_or(SCHEMA))
        })?;
        if schema == SCHEMA { Ok(()) } else { Err(StoreError::Schema { found: schema }) }
    }

    /// Binds the store to one node: what a node must not do twice must not be forgotten by swapping files.
    pub fn claim(&self, identity: &Identity) -> Result<(), StoreError> {
        let owner = self.write("binding the store to the node", |transaction| {
            let mut table = transaction.open_table(OWNER)?;
            let owner = table.get(())?.map(|owner| owner.value());
            if owner.is_none() {
                table.insert((), identity.0)?;
            }
            Ok(owner.unwrap_or(identity.0))
        })?;
        if owner == identity.0 {
            Ok(())
        } else {
            Err(StoreError::AnotherNode { owner: Identity(owner), node: *identity })
        }
    }

    /// Number of the last change that a backup must not lose.
    pub fn sequence(&self) -> Result<u64, StoreError> {
        self.read("reading the sequence", |transaction| {
            Ok(transaction.open_table(META)?.get(KEY_SEQUENCE)?.map_or(0, |value| value.value()))
        })
    }

    /// The slot up to which queued computations are left to the others, if keys were restored from a backup.
    pub fn fence(&self) -> Result<Option<u64>, StoreError> {
        self.read("reading the fence", |transaction| {
            Ok(transaction.open_table(META)?.get(KEY_FENCE)?.map(|value| value.value()))
        })
    }

    /// Sets the fence to this slot if it is due (see [`Store::merge`]); returns the fence.
    pub fn settle_fence(&self, slot: u64) -> Result<Option<u64>, StoreError> {
        self.write("setting the fence", |transaction| {
            let mut meta = transaction.open_table(META)?;
            if meta.remove(KEY_FENCE_DUE)?.is_some() {
                meta.insert(KEY_FENCE, slot)?;
            }
            let fence = meta.get(KEY_FENCE)?.map(|value| value.value());
            Ok(fence)
        })
    }

    /// Forgets what the chain can no longer ask about at this slot. Returns how many records went.
    pub fn prune(&self, slot: u64) -> Result<usize, StoreError> {
        self.write("forgetting old records", |transaction| {
            let mut removed = 0;
            let mut gone = Vec::new();
            {
                let mut signed = transaction.open_table(SIGNED)?;
                signed.retain(|computation, (_, _, keep_until)| {
                    let kept = keep_until >= slot;
                    if !kept {
                        gone.push(computation);
                    }
                    kept
                })?;
                let mut certified = transaction.open_table(CERTIFIED)?;
                let mut opened = transaction.open_table(OPENED)?;
                let mut closed = Vec::new();
                opened.retain(|computation, (_, _, keep_until)| {
                    if keep_until < slot {
                        closed.push(computation);
                    }
                    keep_until >= slot
                })?;
                removed += closed.len();
                for computation in closed {
                    certified.remove(computation)?;
                }
                let mut begun = transaction.open_table(BEGUN)?;
                begun.retain(|_, (_, keep_until)| {
                    removed += usize::from(keep_until < slot);
                    keep_until >= slot
                })?;
                let mut nonces = transaction.open_table(NONCES)?;
                nonces.retain(|_, (_, keep_until)| {
                    removed += usize::from(keep_until < slot);
                    keep_until >= slot
                })?;
                let mut spent = transaction.open_table(SPENT)?;
                spent.retain(|_, (_, keep_until)| {
                    removed += usize::from(keep_until < slot);
                    keep_until >= slot
                })?;
            }
            let mut verdicts = transaction.open_table(VERDICTS)?;
            let mut unsigned = Vec::new();
            for entry in verdicts.iter()? {
                let (computation, bytes) = entry?;
                let keep_until = verdict::keep_until(bytes.value());
                if keep_until.is_none_or(|keep_until| keep_until < slot) {
                    unsigned.push(computation.value());
                }
            }
            let mut certificates = transaction.open_table(CERTIFICATES)?;
            for computation in gone.into_iter().chain(unsigned) {
                removed += usize::from(verdicts.remove(computation)?.is_some());
                certificates.remove(computation)?;
            }
            Ok(removed)
        })
    }

    /// Runs a reading transaction.
    fn read<T>(
        &self,
        doing: &'static str,
        body: impl FnOnce(&ReadTransaction) -> Result<T, redb::Error>,
    ) -> Result<T, StoreError> {
        let run = || -> Result<T, redb::Error> { body(&self.database.begin_read()?) };
        run().map_err(|error| StoreError::Failed { doing, why: error.to_string() })
    }

    /// Runs a writing transaction; on return it is on disk.
    fn write<T>(
        &self,
        doing: &'static str,
        body: impl FnOnce(&WriteTransaction) -> Result<T, redb::Error>,
    ) -> Result<T, StoreError> {
        let run = || -> Result<T, redb::Error> {
            let mut transaction = self.database.begin_write()?;
            transaction.set_durability(Durability::Immediate)?;
            let result = body(&transaction)?;
            transaction.commit()?;
            Ok(result)
        };
        run().map_err(|error| StoreError::Failed { doing, why: error.to_string() })
    }
}

/// Counts a change that a backup must not lose.
fn count_change(transaction: &WriteTransaction) -> Result<(), redb::Error> {
    let mut meta = transaction.open_table(META)?;
    let sequence = meta.get(KEY_SEQUENCE)?.map_or(0, |value| value.value());
    meta.insert(KEY_SEQUENCE, sequence + 1)?;
    Ok(())
}

fn to_cbor(value: &impl Serialize) -> Result<Vec<u8>, redb::Error> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes)
        .map_err(|error| redb::Error::Corrupted(format!("a record cannot be encoded: {error}")))?;
    Ok(bytes)
}

fn from_cbor<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, redb::Error> {
    ciborium::from_reader(bytes)
        .map_err(|error| redb::Error::Corrupted(format!("a record cannot be decoded: {error}")))
}

/// The store failed, or refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Cannot be opened.
    #[error("cannot open the store {path}: {why} (is another arx-node running on it?)")]
    Open {
        /// Where.
        path: String,
        /// redb's words.
        why: String,
    },
    /// Written by another version of the node.
    #[error("the store has layout {found}, this version of the node uses {SCHEMA}")]
    Schema {
        /// Its layout.
        found: u64,
    },
    /// The store belongs to another node.
    #[error("the store belongs to node {owner}, not to {node}: use that node's own data directory")]
    AnotherNode {
        /// Whose it is.
        owner: Identity,
        /// Who asked.
        node: Identity,
    },
    /// A backup is older than the store.
    #[error(
        "the store has {store} changes, the backup {backup}: the store is the newer one and is not put back in time. \
         Nothing needs to be restored; to restore onto another machine, use an empty data directory"
    )]
    AheadOfBackup {
        /// Number of the store's last change.
        store: u64,
        /// Number of the backup's.
        backup: u64,
    },
    /// Reading or writing failed.
    #[error("the store failed while {doing}: {why}")]
    Failed {
        /// What was going on.
        doing: &'static str,
        /// redb's words.
        why: String,
    },
    /// A second outcome of one computation was to be signed.
    #[error(
        "this node has already signed another outcome of computation {computation}; it signs no second one"
    )]
    AlreadySigned {
        /// Which computation.
        computation: crate::frame::ComputationId,
    },
    /// An outcome was to be signed that is not the stored one.
    #[error("no outcome of computation {computation} with that digest is stored")]
    NotStored {
        /// Which computation.
        computation: crate::frame::ComputationId,
    },
}
