//! What happened to the stock, in order: batches released, items taken, batches dropped.
//!
//! An append-only file of records of one length. Each is sealed with ChaCha20-Poly1305 (RFC 8439) under a key
//! derived from the store's, with its number as the nonce and the tag of the record before as associated data: a
//! record can be left out, moved or repeated only at the end of the file, which the guard watches.

use std::ops::Range;

use arx_wire::hash::LabelledHash;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use mpc::correlation::BatchId;
use mpc_field::Gf128;
use zeroize::Zeroizing;

use super::items::{STREAM_BYTES, Stream};
use super::{Disk, StoreError, storage};

const NAME: &str = "ledger";
const TAG_BYTES: usize = 16;
/// kind, batch, then fields by kind, of which those of items that were taken are the longest.
const PLAIN_BYTES: usize = 1 + 32 + 32 + STREAM_BYTES + 16;
const RECORD_BYTES: usize = PLAIN_BYTES + TAG_BYTES;

/// One record.
#[derive(Clone)]
pub(super) enum Record {
    /// All checks of the batch passed; from now on it may be used.
    Released { batch: BatchId, me: u8, parties: u8, delta: Gf128, items: [u8; 32] },
    /// Items that belong to a session and to no other, ever.
    Taken { batch: BatchId, session: [u8; 32], stream: Stream, range: Range<u64> },
    /// The batch is gone.
    Dropped { batch: BatchId },
    /// The batch was burned while it was made, and its seed revealed.
    Revealed { batch: BatchId },
}

impl Record {
    fn to_bytes(&self) -> Zeroizing<[u8; PLAIN_BYTES]> {
        let mut bytes = Zeroizing::new([0; PLAIN_BYTES]);
        let (code, batch, fields): (u8, _, Zeroizing<Vec<u8>>) = match self {
            Self::Released { batch, me, parties, delta, items } => {
                (1, batch, Zeroizing::new([&[*me, *parties][..], &delta.to_bytes(), items].concat()))
            }
            Self::Taken { batch, session, stream, range } => {
                let numbers = [range.start, range.end].map(u64::to_le_bytes);
                (2, batch, Zeroizing::new([session, &stream.to_bytes()[..], numbers.as_flattened()].concat()))
            }
            Self::Dropped { batch } => (3, batch, Zeroizing::default()),
            Self::Revealed { batch } => (4, batch, Zeroizing::default()),
        };
        bytes[0] = code;
        bytes[1..33].copy_from_slice(&batch.0);
        bytes[33..33 + fields.len()].copy_from_slice(&fields);
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (head, fields) = bytes.split_first_chunk::<33>()?;
        let batch = BatchId(head[1..].try_into().ok()?);
        let number = |index: usize| -> Option<u64> {
            let at = 32 + STREAM_BYTES + index * 8;
            Some(u64::from_le_bytes(fields.get(at..at + 8)?.try_into().ok()?))
        };
        Some(match head[0] {
            1 => Self::Released {
                batch,
                me: fields[0],
                parties: fields[1],
                delta: Gf128::from_bytes(fields.get(2..18)?.try_into().ok()?),
                items: fields.get(18..50)?.try_into().ok()?,
            },
            2 => Self::Taken {
                batch,
                session: fields.get(..32)?.try_into().ok()?,
                stream: Stream::from_bytes(fields.get(32..32 + STREAM_BYTES)?.try_into().ok()?)?,
                range: number(0)?..number(1)?,
            },
            3 => Self::Dropped { batch },
            4 => Self::Revealed { batch },
            _ => return None,
        })
    }
}

/// The ledger, open for appending.
pub(super) struct Ledger {
    cipher: ChaCha20Poly1305,
    records: u64,
    last_tag: [u8; TAG_BYTES],
    /// Whether an append failed half-way, so that the end of the file is unknown.
    broken: bool,
}

impl Ledger {
    /// Reads all records. What stands after the last whole one was never acted upon and is cut off, unless the
    /// guard says that there must be more.
    pub(super) fn open(
        disk: &mut impl Disk,
        key: &[u8; 32],
        highest: u64,
    ) -> Result<(Self, Vec<Record>), StoreError> {
        let key = LabelledHash::new("arx/v1/stock/ledger").bytes(key).finish_secret();
        let cipher = ChaCha20Poly1305::new((&*key).into());
        let mut ledger = Self { cipher, records: 0, last_tag: [0; TAG_BYTES], broken: false };
        let length = storage("reading the ledger", disk.length(NAME))?;
        let mut records = Vec::new();
        while (ledger.records + 1) * RECORD_BYTES as u64 <= length {
            let offset = ledger.records * RECORD_BYTES as u64;
            let sealed = storage("reading the ledger", disk.read(NAME, offset, RECORD_BYTES))?;
            let Some(record) = ledger.unseal(&sealed) else { break };
            records.push(record);
            ledger.advance(&sealed);
        }
        if ledger.records < highest {
            return Err(StoreError::WentBack { records: ledger.records, highest });
        }
        if ledger.records * RECORD_BYTES as u64 != length {
            let whole = ledger.records * RECORD_BYTES as u64;
            storage("cutting off an unfinished record", disk.truncate(NAME, whole))?;
        }
        Ok((ledger, records))
    }

    /// How many records there are.
    pub(super) const fn records(&self) -> u64 {
        self.records
    }

    /// Appends records. When this returns they would survive a crash; a crash before leaves the first of them, or
    /// none.
    pub(super) fn append(&mut self, disk: &mut impl Disk, records: &[Record]) -> Result<(), StoreError> {
        if self.broken {
            return Err(StoreError::Broken);
        }
        self.broken = true;
        for record in records {
            let plain = record.to_bytes();
            let payload = Payload { msg: &*plain, aad: &self.last_tag };
            let sealed = self.cipher.encrypt(&self.nonce(), payload);
            let sealed = sealed.map_err(|_| StoreError::Damaged { what: "a record could not be sealed" })?;
            storage("writing the ledger", disk.append(NAME, &sealed))?;
            self.advance(&sealed);
        }
        storage("writing the ledger", disk.sync(NAME))?;
        self.broken = false;
        Ok(())
    }

    fn unseal(&self, sealed: &[u8]) -> Option<Record> {
        let payload = Payload { msg: sealed, aad: &self.last_tag };
        let plain = Zeroizing::new(self.cipher.decrypt(&self.nonce(), payload).ok()?);
        Record::from_bytes(&plain)
    }

    fn nonce(&self) -> Nonce {
        let mut nonce = [0; 12];
        nonce[..8].copy_from_slice(&self.records.to_le_bytes());
        nonce.into()
    }

    fn advance(&mut self, sealed: &[u8]) {
        self.records += 1;
        if let Some(tag) = sealed.last_chunk() {
            self.last_tag = *tag;
        }
    }
}
