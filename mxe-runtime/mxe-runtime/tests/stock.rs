//! The stock of correlated randomness: what goes in comes out once, whatever crashes when.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::ops::Range;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use mpc::PartyId;
use mpc::correlation::dealer::Dealer;
use mpc::correlation::{AuthBits, AuthScalars, BatchId, CorrelationSource, StateKeyId, StockError};
use mpc::preprocessing::{Released, Sink};
use mpc_field::{Gf128, Scalar, ScalarField};
use mxe_runtime::stock::{Directory, Disk, FileGuard, Guard, Segments, Stock, StoreError, StoredSource};

const KEY: [u8; 32] = [0x5e; 32];
const PARTIES: u8 = 3;
const ME: PartyId = PartyId(1);

fn dealer(batch: u64) -> Dealer {
    Dealer::new([9; 32], ME, PARTIES).with_batch(batch)
}

fn released(batch: u64) -> Released {
    let dealer = dealer(batch);
    Released { batch: dealer.batch(), me: ME, parties: PARTIES, global_key: dealer.delta() }
}

/// What tells items apart: a MAC is 128 random bits.
fn fingerprints(bits: &AuthBits) -> Vec<[u8; 16]> {
    bits.macs()[0].iter().map(|mac| mac.to_bytes()).collect()
}

/// What tells scalars apart.
fn half(scalar: &Scalar) -> [u8; 16] {
    *scalar.to_canonical_bytes().first_chunk().expect("32 bytes")
}

fn state_key(version: u64) -> StateKeyId {
    StateKeyId { mxe: [0xe; 32], version }
}

fn segments(batch: BatchId, bits: Range<u64>, triples: Range<u64>) -> Segments {
    Segments { batch, bits, triples, field_triples: 0..0, state_bits: BTreeMap::new(), scalars: 0..0 }
}

/// Stores a batch of 150 bits, 90 triples, 4 triples over the field, 7 scalars, and 40 and 30 bits under two state keys,
/// in uneven frames.
fn store<D: Disk, G: Guard>(stock: &Stock<D, G>, batch: u64) -> Result<(), StoreError> {
    let mut dealer = dealer(batch);
    let mut writer = stock.begin(dealer.batch())?;
    for count in [70, 1, 79] {
        writer.bits(dealer.bits(count)?)?;
    }
    for count in [64, 26] {
        writer.triples(dealer.triples(count)?)?;
    }
    for (version, count) in [(1, 33), (2, 30), (1, 7)] {
        writer.state_bits(state_key(version), dealer.state_bits(&state_key(version), count)?)?;
        writer.field_triples(dealer.field_triples(version as usize)?)?;
        writer.scalars(dealer.scalar_delta()?, dealer.scalars(version as usize + 1)?)?;
    }
    writer.release(&released(batch))
}

/// Draws all that a session took; returns the fingerprints.
fn draw<D: Disk, G: Guard>(
    source: &mut StoredSource<D, G>,
    segments: &Segments,
) -> Result<Vec<[u8; 16]>, StoreError> {
    let length = |range: &Range<u64>| (range.end - range.start) as usize;
    let (bits, triples) = (length(&segments.bits), length(&segments.triples));
    let mut given = fingerprints(&source.bits(bits / 2)?);
    given.extend(fingerprints(&source.bits(bits - bits / 2)?));
    let items = source.triples(triples)?;
    [&items.a, &items.b, &items.c].into_iter().for_each(|part| given.extend(fingerprints(part)));
    let field_triples = source.field_triples(length(&segments.field_triples))?;
    given.extend(field_triples.iter().map(|triple| triple.c.to_bytes()));
    for (key, range) in &segments.state_bits {
        let bits = source.state_bits(key, length(range))?;
        given.extend(fingerprints(bits.bits()));
        given.extend(bits.state_macs()[0].iter().map(|mac| mac.to_bytes()));
    }
    let scalars = source.scalars(length(&segments.scalars))?;
    given.extend(scalars.shares.iter().map(half));
    Ok(given)
}

/// Takes and draws items of whatever is free first; returns their fingerprints.
fn use_some<D: Disk, G: Guard>(
    stock: &Stock<D, G>,
    session: u8,
    (bits, triples): (u64, u64),
) -> Result<Vec<[u8; 16]>, StoreError> {
    let enough = |free: &Segments| {
        free.bits.end - free.bits.start >= bits && free.triples.end - free.triples.start >= triples
    };
    let Some(free) = stock.free().into_iter().find(enough) else { return Ok(Vec::new()) };
    let first = |range: &Range<u64>, count: u64| range.start..range.end.min(range.start + count);
    let segments = Segments {
        batch: free.batch,
        bits: first(&free.bits, bits),
        triples: first(&free.triples, triples),
        field_triples: first(&free.field_triples, 1),
        state_bits: free.state_bits.iter().map(|(key, range)| (*key, first(range, 9))).collect(),
        scalars: first(&free.scalars, 1),
    };
    draw(&mut stock.take([session; 32], &segments, &[])?, &segments)
}

/// Everything that a stock goes through, telling of each item that it gives out before the next write.
fn life<D: Disk, G: Guard>(disk: D, guard: G, mut gave: impl FnMut(&[[u8; 16]])) -> Result<(), StoreError> {
    let stock = Stock::open(disk, guard, KEY)?;
    store(&stock, 1)?;
    gave(&use_some(&stock, 1, (40, 30))?);
    store(&stock, 2)?;
    gave(&use_some(&stock, 2, (100, 10))?);
    gave(&use_some(&stock, 3, (100, 70))?);
    stock.discard(released(1).batch)?;
    gave(&use_some(&stock, 4, (20, 0))?);
    Ok(())
}

/// Uses up whatever is left; returns the fingerprints.
fn drain<D: Disk, G: Guard>(stock: &Stock<D, G>) -> Vec<[u8; 16]> {
    let mut given = Vec::new();
    for free in stock.free() {
        let mut source = stock.take([99; 32], &free, &[]).expect("free items");
        given.extend(draw(&mut source, &free).expect("items that were taken"));
    }
    given
}

/// A disk and a guard in memory that stop at a write, and lose a part of what was not synced.
#[derive(Clone, Default)]
struct Fragile(Arc<Mutex<State>>);

#[derive(Clone, Default)]
struct State {
    files: BTreeMap<String, (Vec<u8>, Vec<u8>)>,
    guard: u64,
    writes: usize,
    /// The write at which it stops.
    stops_at: Option<usize>,
}

impl Fragile {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().expect("not poisoned")
    }

    /// Counts a write; an error if the machine has stopped.
    fn write(&self) -> io::Result<std::sync::MutexGuard<'_, State>> {
        let mut state = self.state();
        state.writes += 1;
        if state.stops_at.is_some_and(|at| state.writes > at) {
            return Err(io::Error::other("the machine has stopped"));
        }
        Ok(state)
    }

    /// What is found after the crash, if so many percent of each file's unsynced end reached the disk.
    fn rebooted(&self, percent: usize) -> Self {
        let mut state = self.state().clone();
        for (synced, rest) in state.files.values_mut() {
            let kept = rest.len() * percent / 100;
            synced.extend(rest.drain(..).take(kept));
        }
        state.files.retain(|_, (synced, _)| !synced.is_empty());
        (state.writes, state.stops_at) = (0, None);
        Self(Arc::new(Mutex::new(state)))
    }
}

impl Disk for Fragile {
    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        // The write at which it stops may still reach the disk in part.
        let stopped = self.write().err();
        self.state().files.entry(name.into()).or_default().1.extend(bytes);
        stopped.map_or(Ok(()), Err)
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        let mut state = self.write()?;
        let (synced, rest) = state.files.entry(name.into()).or_default();
        synced.append(rest);
        Ok(())
    }

    fn truncate(&mut self, name: &str, length: u64) -> io::Result<()> {
        let mut state = self.write()?;
        let (synced, rest) = state.files.entry(name.into()).or_default();
        synced.append(rest);
        synced.truncate(length as usize);
        Ok(())
    }

    fn read(&self, name: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let state = self.state();
        let (synced, rest) = state.files.get(name).ok_or(io::ErrorKind::NotFound)?;
        let whole = [&synced[..], rest].concat();
        let bytes = whole.get(offset as usize..offset as usize + length);
        Ok(bytes.ok_or(io::ErrorKind::UnexpectedEof)?.to_vec())
    }

    fn length(&self, name: &str) -> io::Result<u64> {
        Ok(self.state().files.get(name).map_or(0, |(synced, rest)| synced.len() + rest.len()) as u64)
    }

    fn names(&self) -> io::Result<Vec<String>> {
        Ok(self.state().files.keys().cloned().collect())
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        self.write()?.files.remove(name);
        Ok(())
    }
}

impl Guard for Fragile {
    fn highest(&self) -> io::Result<u64> {
        Ok(self.state().guard)
    }

    fn raise(&mut self, value: u64) -> io::Result<()> {
        self.write()?.guard = value;
        Ok(())
    }
}

#[test]
fn what_is_stored_comes_out_once_and_in_order() {
    let disk = Fragile::default();
    let stock = Stock::open(disk.clone(), disk.clone(), KEY).expect("an empty stock");
    store(&stock, 1).expect("a batch");
    let batch = released(1).batch;
    let state_bits = BTreeMap::from([(state_key(1), 0..40), (state_key(2), 0..30)]);
    let all =
        Segments { batch, bits: 0..150, triples: 0..90, field_triples: 0..4, state_bits, scalars: 0..7 };
    assert_eq!(stock.free(), [all]);

    let mut expected = dealer(1);
    let bits: Vec<_> =
        [70, 1, 79].into_iter().flat_map(|n| fingerprints(&expected.bits(n).expect("bits"))).collect();
    let first = segments(batch, 0..75, 60..70);
    let second = segments(batch, 75..150, 0..60);
    let mut late = stock.take([2; 32], &second, &[]).expect("free items");
    let mut early = stock.take([1; 32], &first, &[]).expect("items before those that are taken");
    assert_eq!((early.me(), early.parties(), early.batch()), (ME, PARTIES, batch));
    assert!(early.delta() == expected.delta());
    assert_eq!(fingerprints(&early.bits(75).expect("taken")), bits[..75]);
    assert_eq!(fingerprints(&late.bits(75).expect("taken")), bits[75..]);
    let exhausted = StockError::Exhausted { what: "bits", wanted: 1, left: 0 };
    assert_eq!(late.bits(1).err(), Some(exhausted));
    assert_eq!(early.triples(4).expect("taken").a.len(), 4);

    let take = |bits, triples| stock.take([3; 32], &segments(batch, bits, triples), &[]).err();
    for (bits, triples) in [(0..1, 80..80), (149..150, 80..80), (10..140, 70..70)] {
        let (from, to) = (bits.start, bits.end);
        assert_eq!(take(bits, triples), Some(StoreError::Taken { what: "bits", from, to }));
    }
    let taken = StoreError::Taken { what: "triples", from: 65, to: 75 };
    assert_eq!(take(0..0, 65..75), Some(taken));
    let outside = StoreError::OutOfRange { what: "triples", from: 85, to: 91, count: 90 };
    assert_eq!(take(0..0, 85..91), Some(outside));
    let reversed = StoreError::OutOfRange { what: "bits", from: 5, to: 4, count: 150 };
    #[allow(clippy::reversed_empty_ranges)] // What is under test.
    let backwards = 5..4;
    assert_eq!(take(backwards, 80..80), Some(reversed));
    assert_eq!(take(0..0, 70..90), None);
    let unknown = segments(BatchId([0; 32]), 0..0, 0..0);
    assert_eq!(stock.take([3; 32], &unknown, &[]).err(), Some(StoreError::UnknownBatch));

    // Under state keys and over the field, as the dealer gave them out.
    expected.triples(64).expect("triples");
    expected.triples(26).expect("triples");
    let under_first = expected.state_bits(&state_key(1), 33).expect("bits");
    let field = expected.field_triples(1).expect("triples");
    let rest = Segments {
        state_bits: BTreeMap::from([(state_key(1), 0..10)]),
        field_triples: 0..1,
        scalars: 1..6,
        ..segments(batch, 0..0, 90..90)
    };
    let own_key = expected.state_delta(&state_key(1)).expect("any key");
    let mut source = stock.take([4; 32], &rest, &[(state_key(1), own_key)]).expect("free items");
    assert!(source.state_delta(&state_key(1)).expect("handed in") == own_key);
    let other_key = source.state_delta(&state_key(2)).err();
    assert_eq!(other_key, Some(StockError::UnknownStateKey { version: 2 }));
    let bits = source.state_bits(&state_key(1), 10).expect("taken");
    assert_eq!(fingerprints(bits.bits()), fingerprints(under_first.bits())[..10]);
    for (mine, theirs) in bits.state_keys().iter().zip(under_first.state_keys()) {
        assert!(mine.iter().zip(theirs).all(|(mine, theirs)| mine == theirs));
    }
    let triple = &source.field_triples(1).expect("taken")[0];
    assert!(triple.a == field[0].a && triple.b == field[0].b && triple.c == field[0].c);
    // Scalars: over three frames, with the keys that they have.
    let mut all = dealer(1);
    [70, 1, 79].into_iter().for_each(|n| drop(all.bits(n)));
    [64, 26].into_iter().for_each(|n| drop(all.triples(n)));
    let mut expected_scalars = AuthScalars::default();
    for (version, count) in [(1, 33), (2, 30), (1, 7)] {
        all.state_bits(&state_key(version), count).expect("bits");
        all.field_triples(version as usize).expect("triples");
        expected_scalars.append(all.scalars(version as usize + 1).expect("scalars"));
    }
    assert!(source.scalar_delta().is_err(), "none was given out");
    let scalars = source.scalars(5).expect("taken");
    let expected_scalars = expected_scalars.slice(1..6);
    assert_eq!(scalars.shares, expected_scalars.shares);
    assert_eq!((&scalars.macs, &scalars.keys), (&expected_scalars.macs, &expected_scalars.keys));
    assert_eq!(source.scalar_delta().expect("some were"), all.scalar_delta().expect("a dealer"));
    let none = StockError::Exhausted { what: "scalars", wanted: 1, left: 0 };
    assert_eq!(source.scalars(1).err(), Some(none));
    let none = StockError::Exhausted { what: "bits under a state key", wanted: 1, left: 0 };
    assert_eq!(source.state_bits(&state_key(2), 1).err(), Some(none));
    let taken = stock.take([5; 32], &rest, &[]).err();
    assert_eq!(taken, Some(StoreError::Taken { what: "triples over GF(2^128)", from: 0, to: 1 }));
    assert_eq!(stock.begin(batch).err(), Some(StoreError::DuplicateBatch));

    // And the same after the stock is opened again.
    drop((late, early, source, stock));
    let stock = Stock::open(disk.clone(), disk, KEY).expect("the same stock");
    let again = stock.take([1; 32], &first, &[]).err();
    assert_eq!(again, Some(StoreError::Taken { what: "bits", from: 0, to: 75 }));
    let state_bits = BTreeMap::from([(state_key(1), 10..40), (state_key(2), 0..30)]);
    let left =
        Segments { batch, bits: 150..150, triples: 90..90, field_triples: 1..4, state_bits, scalars: 6..7 };
    assert_eq!(stock.free(), [left]);
}

#[test]
fn the_seed_of_a_batch_is_revealed_only_if_nothing_of_it_was_or_will_be_used() {
    let identity = || {
        let key = ed25519_dalek::SigningKey::from_bytes(&[1; 32]).verifying_key().to_bytes();
        mpc::message::Identity::new(mpc::message::Members::new([0; 32], 0, &[key]).expect("a key"), &[1; 32])
    };
    let disk = Fragile::default();
    let stock = Stock::open(disk.clone(), disk.clone(), KEY).expect("an empty stock");
    let reveal = |stock: &Stock<Fragile, Fragile>, batch| {
        let parameters = mpc::preprocessing::Parameters::for_stock(2, 384).expect("enough triples");
        let recipe = mpc::preprocessing::replay::Recipe::new(&parameters, Vec::new());
        stock.reveal_seed(&identity(), released(batch).batch, &recipe, &[5; 32]).err()
    };
    // Released, and released and dropped: never.
    store(&stock, 1).expect("a batch");
    assert_eq!(reveal(&stock, 1), Some(StoreError::Released));
    stock.discard(released(1).batch).expect("a batch");
    assert_eq!(reveal(&stock, 1), Some(StoreError::Released));
    // Burned while it was made: the writer that is still open can no longer release it, and no other can be begun.
    let writer = stock.begin(released(2).batch).expect("a new batch");
    assert_eq!(reveal(&stock, 2), None);
    assert_eq!(reveal(&stock, 2), None, "as often as it is asked for");
    assert_eq!(writer.release(&released(2)).err(), Some(StoreError::DuplicateBatch));
    drop(stock);
    // Nor after a restart.
    let stock = Stock::open(disk.clone(), disk.clone(), KEY).expect("the same stock");
    assert_eq!(store(&stock, 2).err(), Some(StoreError::DuplicateBatch));
    assert_eq!(reveal(&stock, 2), None);
    assert!(stock.free().is_empty());
    // What cannot be recorded is not revealed.
    let full = disk.rebooted(100);
    let stock = Stock::open(full.clone(), full.clone(), KEY).expect("the same stock");
    let writes = full.state().writes;
    full.state().stops_at = Some(writes);
    assert!(matches!(reveal(&stock, 3), Some(StoreError::Storage { .. })));
}

#[test]
fn no_crash_at_any_write_gives_an_item_out_twice() {
    let whole = Fragile::default();
    let mut all = 0;
    life(whole.clone(), whole.clone(), |given| all += given.len()).expect("no crash");
    assert!(all > 400);
    let writes = whole.state().writes;
    assert!(writes > 25, "{writes} writes");
    for stops_at in 0..writes {
        for percent in [0, 37, 100] {
            let disk = Fragile::default();
            disk.state().stops_at = Some(stops_at);
            let mut given: Vec<[u8; 16]> = Vec::new();
            let crashed = life(disk.clone(), disk.clone(), |items| given.extend(items));
            assert!(crashed.is_err());
            let disk = disk.rebooted(percent);
            let stock = Stock::open(disk.clone(), disk.clone(), KEY)
                .unwrap_or_else(|error| panic!("write {stops_at}, {percent} %: {error}"));
            given.extend(drain(&stock));
            let distinct: BTreeSet<_> = given.iter().collect();
            assert_eq!(distinct.len(), given.len(), "write {stops_at}, {percent} %");
            // Nothing is left of batches that were being made.
            let names = disk.names().expect("in memory");
            let batches = names.iter().filter(|name| name.starts_with("batch-")).count();
            assert_eq!(batches, stock.free().len());
        }
    }
}

/// A disk of files that kills the process at a write, with half of it done.
struct Deadly {
    disk: Directory,
    guard: FileGuard,
    writes: Arc<Mutex<usize>>,
}

impl Deadly {
    fn open(path: &std::path::Path, writes: Arc<Mutex<usize>>) -> Self {
        let disk = Directory::open(path.join("stock")).expect("a temporary directory");
        Self { disk, guard: FileGuard::new(path.join("guard")), writes }
    }

    fn last(&self) -> bool {
        let mut left = self.writes.lock().expect("not poisoned");
        *left = left.saturating_sub(1);
        *left == 0
    }
}

impl Disk for Deadly {
    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        if self.last() {
            self.disk.append(name, &bytes[..bytes.len() / 2])?;
            std::process::abort();
        }
        self.disk.append(name, bytes)
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        if self.last() {
            std::process::abort();
        }
        self.disk.sync(name)
    }

    fn truncate(&mut self, name: &str, length: u64) -> io::Result<()> {
        if self.last() {
            std::process::abort();
        }
        self.disk.truncate(name, length)
    }

    fn read(&self, name: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        self.disk.read(name, offset, length)
    }

    fn length(&self, name: &str) -> io::Result<u64> {
        self.disk.length(name)
    }

    fn names(&self) -> io::Result<Vec<String>> {
        self.disk.names()
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        if self.last() {
            std::process::abort();
        }
        self.disk.remove(name)
    }
}

impl Guard for Deadly {
    fn highest(&self) -> io::Result<u64> {
        self.guard.highest()
    }

    fn raise(&mut self, value: u64) -> io::Result<()> {
        if self.last() {
            std::process::abort();
        }
        self.guard.raise(value)
    }
}

/// The process that is killed: does nothing unless it is started by the test below.
#[test]
fn a_stock_that_is_killed() {
    let Ok(path) = std::env::var("STOCK_TO_KILL") else { return };
    let writes = std::env::var("STOCK_WRITES").expect("set together").parse().expect("a number");
    let writes = Arc::new(Mutex::new(writes));
    let path = std::path::Path::new(&path);
    let (disk, guard) = (Deadly::open(path, Arc::clone(&writes)), Deadly::open(path, writes));
    let told = life(disk, guard, |items| {
        let mut out = io::stdout().lock();
        items
            .iter()
            .for_each(|item| writeln!(out, "gave {:032x}", u128::from_le_bytes(*item)).expect("a pipe"));
        out.flush().expect("a pipe");
    });
    told.expect("a whole life, if it is not cut short");
}

#[test]
fn killing_the_process_at_any_write_gives_no_item_out_twice() {
    let mut lived = false;
    for writes in 1..200 {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let child = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "a_stock_that_is_killed", "--nocapture"])
            .env("STOCK_TO_KILL", directory.path())
            .env("STOCK_WRITES", writes.to_string())
            .stderr(Stdio::null())
            .output()
            .expect("the test can be started");
        let out = String::from_utf8_lossy(&child.stdout).into_owned();
        let mut given: Vec<_> = out
            .lines()
            .filter_map(|line| line.split("gave ").nth(1))
            .map(|item| u128::from_str_radix(item, 16).expect("a number").to_le_bytes())
            .collect();
        let disk = Directory::open(directory.path().join("stock")).expect("it was made");
        let guard = FileGuard::new(directory.path().join("guard"));
        let stock = Stock::open(disk, guard, KEY).unwrap_or_else(|error| panic!("write {writes}: {error}"));
        given.extend(drain(&stock));
        let distinct: BTreeSet<_> = given.iter().collect();
        assert_eq!(distinct.len(), given.len(), "write {writes}");
        if child.status.success() {
            lived = true;
            assert!(writes > 25 && given.len() > 400);
            break;
        }
    }
    assert!(lived, "the last child lived to the end");
}

#[test]
fn a_restored_backup_is_refused() {
    let disk = Fragile::default();
    let stock = Stock::open(disk.clone(), disk.clone(), KEY).expect("an empty stock");
    store(&stock, 1).expect("a batch");
    let backup = disk.rebooted(100);
    use_some(&stock, 1, (10, 10)).expect("free items");
    // The guard is not part of the backup.
    backup.state().guard = disk.state().guard;
    let error = Stock::open(backup.clone(), backup, KEY).err();
    assert_eq!(error, Some(StoreError::WentBack { records: 1, highest: 7 }));
    // Nor is a stock that was removed accepted as a new one in silence.
    let empty = Fragile::default();
    let error = Stock::open(empty, disk, KEY).err();
    assert_eq!(error, Some(StoreError::WentBack { records: 0, highest: 7 }));
}

#[test]
fn altered_files_and_other_keys_are_refused() {
    let disk = Fragile::default();
    let stock = Stock::open(disk.clone(), disk.clone(), KEY).expect("an empty stock");
    store(&stock, 1).expect("a batch");
    use_some(&stock, 1, (10, 10)).expect("free items");
    assert!(Stock::open(disk.clone(), disk.clone(), [0; 32]).is_err());
    let names = disk.names().expect("in memory");
    assert_eq!(names.len(), 2);
    for name in names {
        let length = disk.length(&name).expect("in memory") as usize;
        for at in (0..length).step_by(length / 97 + 1) {
            let altered = disk.rebooted(100);
            altered.state().files.get_mut(&name).expect("it is there").0[at] ^= 0x10;
            let opened = Stock::open(altered.clone(), altered, KEY);
            // A frame's contents are looked at when they are used.
            let used = opened.and_then(|stock| {
                let batch = released(1).batch;
                let state_bits = BTreeMap::from([(state_key(1), 9..40), (state_key(2), 9..30)]);
                let rest = Segments {
                    batch,
                    bits: 10..150,
                    triples: 10..90,
                    field_triples: 1..4,
                    state_bits,
                    scalars: 1..7,
                };
                draw(&mut stock.take([7; 32], &rest, &[])?, &rest)
            });
            assert!(used.is_err(), "{name} at {at}");
        }
    }
}

#[test]
fn nothing_of_the_items_is_readable_on_the_disk() {
    let disk = Fragile::default();
    let stock = Stock::open(disk.clone(), disk.clone(), KEY).expect("an empty stock");
    store(&stock, 1).expect("a batch");
    let mut dealer = dealer(1);
    let bits = dealer.bits(70).expect("bits");
    let mut secrets: Vec<[u8; 16]> = fingerprints(&bits);
    secrets.push(Gf128::to_bytes(dealer.delta()));
    for (synced, rest) in disk.state().files.values() {
        let whole = [&synced[..], rest].concat();
        let windows: BTreeSet<_> = whole.windows(16).collect();
        assert!(secrets.iter().all(|secret| !windows.contains(&secret[..])));
    }
}

#[test]
fn an_unreleased_batch_is_gone() {
    let disk = Fragile::default();
    let stock = Stock::open(disk.clone(), disk.clone(), KEY).expect("an empty stock");
    let mut dealer = dealer(1);
    let mut writer = stock.begin(dealer.batch()).expect("a new batch");
    writer.bits(dealer.bits(100).expect("bits")).expect("room");
    let other = released(2);
    assert!(matches!(writer.release(&other), Err(StoreError::Damaged { .. })));
    assert_eq!(disk.names().expect("in memory"), Vec::<String>::new());
    assert!(stock.free().is_empty());
}
