//! A batch's items on disk: frames of columns, each sealed by itself.
//!
//! ```text
//! frame = kind u8 || mxe 32 || key version u64 || count u32 || length u32 || sealed (length bytes)
//! ```
//! MXE and version are those of the state key that bits are authenticated under, zero for other kinds. The key is
//! derived from the store's and the batch's name, the nonce is the frame's number, and the header is
//! associated data. That no frame is missing shows in the digest of all headers and tags, which the ledger has.

use std::collections::BTreeSet;

use arx_wire::hash::LabelledHash;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use mpc::PartyId;
use mpc::correlation::{AuthBits, AuthScalars, BatchId, FieldTriple, StateKeyId};
use mpc_field::{Gf128, Scalar, ScalarField};
use zeroize::Zeroizing;

use super::{Disk, StoreError, storage};

const HEADER_BYTES: usize = STREAM_BYTES + 8;

/// Bytes that name a stream.
pub(super) const STREAM_BYTES: usize = 1 + 32 + 8;

/// What items are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Bits = 0,
    Triples = 1,
    FieldTriples = 2,
    StateBits = 3,
    Scalars = 4,
}

impl Kind {
    /// How many batches of authenticated bits make one item.
    const fn parts(self) -> usize {
        match self {
            Self::Bits => 1,
            Self::Triples => 3,
            Self::FieldTriples | Self::Scalars => 0,
            Self::StateBits => 2,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Bits => "bits",
            Self::Triples => "triples",
            Self::FieldTriples => "triples over GF(2^128)",
            Self::StateBits => "bits under a state key",
            Self::Scalars => "scalars",
        }
    }
}

/// Items of one kind, numbered from zero: for every state key a stream of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stream {
    pub(super) kind: Kind,
    /// The state key of bits under one, zero for other kinds.
    pub(super) key: StateKeyId,
}

impl Stream {
    pub(super) const fn of(kind: Kind) -> Self {
        Self { kind, key: StateKeyId { mxe: [0; 32], version: 0 } }
    }

    pub(super) const fn under(key: StateKeyId) -> Self {
        Self { kind: Kind::StateBits, key }
    }

    pub(super) const fn name(&self) -> &'static str {
        self.kind.name()
    }

    pub(super) fn to_bytes(self) -> [u8; STREAM_BYTES] {
        let mut bytes = [0; STREAM_BYTES];
        bytes[0] = self.kind as u8;
        bytes[1..33].copy_from_slice(&self.key.mxe);
        bytes[33..].copy_from_slice(&self.key.version.to_le_bytes());
        bytes
    }

    pub(super) fn from_bytes(bytes: &[u8; STREAM_BYTES]) -> Option<Self> {
        let kinds = [Kind::Bits, Kind::Triples, Kind::FieldTriples, Kind::StateBits, Kind::Scalars];
        let kind = kinds.into_iter().find(|kind| *kind as u8 == bytes[0])?;
        let (mxe, version) = bytes[1..].split_first_chunk()?;
        let key = StateKeyId { mxe: *mxe, version: u64::from_le_bytes(version.try_into().ok()?) };
        Some(Self { kind, key })
    }
}

/// A frame's items.
pub(super) enum Items {
    /// Batches of bits, as many as make one item.
    Bits(Vec<AuthBits>),
    FieldTriples(Vec<FieldTriple>),
    /// With this node's global key of them, which every frame has.
    Scalars(Scalar, AuthScalars<Scalar>),
}

/// Where a frame is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) stream: Stream,
    /// Items of this stream in frames before.
    pub(super) first: u64,
    pub(super) count: u32,
    number: u64,
    offset: u64,
    length: u32,
}

/// The frames of one batch.
pub(super) struct Frames {
    name: String,
    cipher: ChaCha20Poly1305,
    pub(super) list: Vec<Frame>,
    digest: LabelledHash,
    end: u64,
}

impl Frames {
    pub(super) fn new(key: &[u8; 32], batch: &BatchId) -> Self {
        let derived = LabelledHash::new("arx/v1/stock/items").bytes(key).bytes(&batch.0).finish_secret();
        Self {
            name: file_name(batch),
            cipher: ChaCha20Poly1305::new((&*derived).into()),
            list: Vec::new(),
            digest: LabelledHash::new("arx/v1/stock/frames").bytes(&batch.0),
            end: 0,
        }
    }

    /// Finds the frames of a released batch.
    pub(super) fn open(
        disk: &impl Disk,
        key: &[u8; 32],
        batch: &BatchId,
        digest: &[u8; 32],
    ) -> Result<Self, StoreError> {
        let mut frames = Self::new(key, batch);
        let damaged = StoreError::Damaged { what: "a batch's file is not the one that was released" };
        let total = storage("reading a batch", disk.length(&frames.name))?;
        while frames.end < total {
            if total - frames.end < (HEADER_BYTES + 16) as u64 {
                return Err(damaged);
            }
            let header = storage("reading a batch", disk.read(&frames.name, frames.end, HEADER_BYTES))?;
            let (stream, count, length) = parse_header(&header).ok_or(damaged.clone())?;
            let tag = (frames.end + HEADER_BYTES as u64 + u64::from(length)).checked_sub(16);
            let tag = tag.filter(|tag| tag + 16 <= total && length >= 16).ok_or(damaged.clone())?;
            let tag = storage("reading a batch", disk.read(&frames.name, tag, 16))?;
            frames.note(stream, count, length, &header, &tag);
        }
        if frames.digest() == *digest { Ok(frames) } else { Err(damaged) }
    }

    /// The digest of all frames.
    pub(super) fn digest(&self) -> [u8; 32] {
        self.digest.clone().finish()
    }

    /// All streams that have items.
    pub(super) fn streams(&self) -> BTreeSet<Stream> {
        self.list.iter().map(|frame| frame.stream).collect()
    }

    /// Bytes on disk.
    pub(super) const fn bytes(&self) -> u64 {
        self.end
    }

    /// How many items of a stream there are.
    pub(super) fn count(&self, stream: Stream) -> u64 {
        let last = self.list.iter().rev().find(|frame| frame.stream == stream);
        last.map_or(0, |frame| frame.first + u64::from(frame.count))
    }

    fn note(&mut self, stream: Stream, count: u32, length: u32, header: &[u8], tag: &[u8]) {
        let (first, number, offset) = (self.count(stream), self.list.len() as u64, self.end);
        self.list.push(Frame { stream, first, count, number, offset, length });
        self.digest = self.digest.clone().bytes(header).bytes(tag);
        self.end += (HEADER_BYTES + length as usize) as u64;
    }

    /// Appends a frame of bits, not yet durably.
    pub(super) fn append(
        &mut self,
        disk: &mut impl Disk,
        stream: Stream,
        parts: &[&AuthBits],
    ) -> Result<(), StoreError> {
        let count = parts.first().map_or(0, |part| part.len());
        let mut plain = Zeroizing::new(Vec::new());
        for part in parts {
            part.shares().iter().for_each(|word| plain.extend(word.to_le_bytes()));
            for column in part.macs().iter().chain(part.keys()) {
                column.iter().for_each(|element| plain.extend(element.to_bytes()));
            }
        }
        self.append_plain(disk, stream, count, &plain)
    }

    /// Appends a frame of triples over the field, not yet durably.
    pub(super) fn append_field_triples(
        &mut self,
        disk: &mut impl Disk,
        triples: &[FieldTriple],
    ) -> Result<(), StoreError> {
        let elements = triples.iter().flat_map(|triple| [triple.a, triple.b, triple.c]);
        let plain = Zeroizing::new(elements.flat_map(Gf128::to_bytes).collect::<Vec<_>>());
        self.append_plain(disk, Stream::of(Kind::FieldTriples), triples.len(), &plain)
    }

    /// Appends a frame of scalars, not yet durably: the global key, then shares, MACs and keys in columns.
    pub(super) fn append_scalars(
        &mut self,
        disk: &mut impl Disk,
        global_key: Scalar,
        scalars: &AuthScalars<Scalar>,
    ) -> Result<(), StoreError> {
        let columns = scalars.macs.iter().chain(&scalars.keys).flatten();
        let elements = std::iter::once(&global_key).chain(&scalars.shares).chain(columns);
        let plain = Zeroizing::new(elements.flat_map(Scalar::to_canonical_bytes).collect::<Vec<_>>());
        self.append_plain(disk, Stream::of(Kind::Scalars), scalars.len(), &plain)
    }

    fn append_plain(
        &mut self,
        disk: &mut impl Disk,
        stream: Stream,
        count: usize,
        plain: &[u8],
    ) -> Result<(), StoreError> {
        if count == 0 {
            return Ok(());
        }
        let too_large = |_| StoreError::Damaged { what: "a frame is too large" };
        let count = u32::try_from(count).map_err(too_large)?;
        let length = u32::try_from(plain.len() + 16).map_err(too_large)?;
        let mut header = stream.to_bytes().to_vec();
        header.extend(count.to_le_bytes());
        header.extend(length.to_le_bytes());
        let nonce = nonce(self.list.len() as u64);
        let sealed = self.cipher.encrypt(&nonce, Payload { msg: plain, aad: &header });
        let sealed = sealed.map_err(|_| StoreError::Damaged { what: "a frame could not be sealed" })?;
        storage("writing a batch", disk.append(&self.name, &[&header[..], &sealed].concat()))?;
        self.note(stream, count, length, &header, &sealed[sealed.len() - 16..]);
        Ok(())
    }

    pub(super) fn sync(&self, disk: &mut impl Disk) -> Result<(), StoreError> {
        if self.list.is_empty() {
            return Ok(());
        }
        storage("writing a batch", disk.sync(&self.name))
    }

    /// Reads a frame's items.
    pub(super) fn read(
        &self,
        disk: &impl Disk,
        frame: &Frame,
        me: PartyId,
        parties: u8,
    ) -> Result<Items, StoreError> {
        let offset = frame.offset + HEADER_BYTES as u64;
        let header = storage("reading a batch", disk.read(&self.name, frame.offset, HEADER_BYTES))?;
        let sealed = storage("reading a batch", disk.read(&self.name, offset, frame.length as usize))?;
        let damaged = StoreError::Damaged { what: "a frame does not open under the store's key" };
        let plain = self.cipher.decrypt(&nonce(frame.number), Payload { msg: &sealed, aad: &header });
        let plain = Zeroizing::new(plain.map_err(|_| damaged)?);
        let damaged = StoreError::Damaged { what: "a frame is not as long as its items" };
        let count = frame.count as usize;
        if frame.stream.kind == Kind::FieldTriples {
            let elements = plain.as_chunks::<16>().0;
            if plain.len() != count * 48 {
                return Err(damaged);
            }
            let triple = |[a, b, c]: &[[u8; 16]; 3]| FieldTriple {
                a: Gf128::from_bytes(*a),
                b: Gf128::from_bytes(*b),
                c: Gf128::from_bytes(*c),
            };
            return Ok(Items::FieldTriples(elements.as_chunks().0.iter().map(triple).collect()));
        }
        if frame.stream.kind == Kind::Scalars {
            return read_scalars(&plain, count, me, parties).ok_or(damaged);
        }
        let columns = 2 * usize::from(parties).saturating_sub(1);
        let part_bytes = count.div_ceil(64) * 8 + columns * count * 16;
        if plain.len() != frame.stream.kind.parts() * part_bytes || part_bytes == 0 {
            return Err(damaged);
        }
        let part = |bytes: &[u8]| {
            let (shares, elements) = bytes.split_at(count.div_ceil(64) * 8);
            let shares = shares.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word)).collect();
            let mut elements = elements.as_chunks().0.iter().map(|bytes| Gf128::from_bytes(*bytes));
            let mut side = || -> Vec<Vec<Gf128>> {
                (0..parties)
                    .map(|party| elements.by_ref().take(if party == me.0 { 0 } else { count }).collect())
                    .collect()
            };
            let (macs, keys) = (side(), side());
            AuthBits::new(me, count, shares, macs, keys).map_err(StoreError::from)
        };
        plain.chunks(part_bytes).map(part).collect::<Result<_, _>>().map(Items::Bits)
    }
}

/// A frame of [`Frames::append_scalars`]; `None` if it is none.
fn read_scalars(plain: &[u8], count: usize, me: PartyId, parties: u8) -> Option<Items> {
    let read = |bytes: &[u8; 32]| Scalar::from_canonical_bytes(bytes).into_option();
    let elements: Vec<Scalar> = plain.as_chunks::<32>().0.iter().map(read).collect::<Option<_>>()?;
    let elements = Zeroizing::new(elements);
    let columns = 2 * usize::from(parties).checked_sub(1)?;
    if plain.len() != 32 * (1 + count * (1 + columns)) {
        return None;
    }
    let (global_key, elements) = elements.split_first()?;
    let (shares, elements) = elements.split_at(count);
    let mut elements = elements.iter().copied();
    let mut side = || -> Vec<Vec<Scalar>> {
        (0..parties)
            .map(|party| elements.by_ref().take(if party == me.0 { 0 } else { count }).collect())
            .collect()
    };
    let (macs, keys) = (side(), side());
    Some(Items::Scalars(*global_key, AuthScalars { shares: shares.to_vec(), macs, keys }))
}

/// The file of a batch.
pub(super) fn file_name(batch: &BatchId) -> String {
    let hex: String = batch.0.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("batch-{hex}")
}

fn parse_header(header: &[u8]) -> Option<(Stream, u32, u32)> {
    let (stream, numbers) = header.split_first_chunk()?;
    let (count, length) = numbers.split_first_chunk()?;
    let length = u32::from_le_bytes(length.try_into().ok()?);
    Some((Stream::from_bytes(stream)?, u32::from_le_bytes(*count), length))
}

fn nonce(number: u64) -> Nonce {
    let mut nonce = [0; 12];
    nonce[..8].copy_from_slice(&number.to_le_bytes());
    nonce.into()
}
