//! The store on a disk that fails: whatever call was reported as done is there after a crash, and a call that was not
//! is there in full or not at all.

use std::io;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use arx_node::frame::{ComputationId, SessionId};
use arx_node::store::verdict::{Verdict, VerdictOutcome};
use arx_node::store::{Store, StoreError};
use arx_program::state::FailureReason;
use redb::StorageBackend;

const COMPUTATION: ComputationId = ComputationId([3; 32]);

/// A disk that keeps what was synced, and breaks after so many operations.
#[derive(Clone, Debug, Default)]
struct Disk {
    synced: Arc<Mutex<Vec<u8>>>,
}

#[derive(Debug)]
struct OpenDisk {
    disk: Disk,
    live: Mutex<Vec<u8>>,
    /// Writes and syncs until it breaks.
    left: AtomicI64,
}

impl Disk {
    fn open(&self, operations: i64) -> OpenDisk {
        let live = self.synced.lock().unwrap().clone();
        OpenDisk { disk: self.clone(), live: Mutex::new(live), left: AtomicI64::new(operations) }
    }
}

impl OpenDisk {
    fn work(&self) -> io::Result<()> {
        if self.left.fetch_sub(1, Ordering::Relaxed) > 0 {
            Ok(())
        } else {
            Err(io::Error::other("the disk broke"))
        }
    }
}

impl StorageBackend for OpenDisk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.live.lock().unwrap().len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let live = self.live.lock().unwrap();
        out.copy_from_slice(&live[offset as usize..][..out.len()]);
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.work()?;
        self.live.lock().unwrap().resize(length as usize, 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.work()?;
        self.disk.synced.lock().unwrap().clone_from(&self.live.lock().unwrap());
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.work()?;
        self.live.lock().unwrap()[offset as usize..][..data.len()].copy_from_slice(data);
        Ok(())
    }
}

fn verdict() -> Verdict {
    Verdict {
        cluster: [1; 32],
        epoch: 1,
        computation: COMPUTATION.0,
        input_digest: [4; 32],
        keep_until: 100,
        outcome: VerdictOutcome::Failure { reason: FailureReason::InputSpent.code(), detail: 2 },
    }
}

/// What a node does to its store in the course of one computation; stops at the first error, as a node does.
/// Returns how many steps were reported as done.
fn live(store: &Store) -> usize {
    let steps: [fn(&Store) -> Result<(), StoreError>; 5] = [
        |store| store.spend([7; 32], [8; 32], 100).map(drop),
        |store| store.open_session(&COMPUTATION, &SessionId([5; 32]), [6; 32], 100).map(drop),
        |store| store.put_verdict(&verdict()),
        |store| store.sign(&COMPUTATION, &verdict().digest(), |_| [9; 64]).map(drop),
        |store| store.put_certificate(&COMPUTATION, &[[9; 64]; 3]),
    ];
    steps.iter().take_while(|step| step(store).is_ok()).count()
}

/// How many of the steps the store remembers; panics if that is not a beginning of them.
fn remembered(store: &Store) -> usize {
    let ending = store.ending(&COMPUTATION).unwrap();
    let there = [
        // Used for another digest only if it is recorded for the first one.
        !store.spend([7; 32], [0; 32], 100).unwrap(),
        store.opened(&COMPUTATION).unwrap().is_some(),
        ending.is_some(),
        ending.as_ref().is_some_and(|ending| ending.signature == Some([9; 64])),
        ending.as_ref().is_some_and(|ending| ending.certificate.is_some()),
    ];
    let count = there.iter().take_while(|there| **there).count();
    assert!(there[count..].iter().all(|there| !there), "{there:?}");
    count
}

#[test]
fn whatever_was_reported_as_done_survives_a_crash_at_any_moment() {
    let mut complete = false;
    for operations in 0.. {
        assert!(operations < 10_000, "the disk never lasts");
        let disk = Disk::default();
        // The first start, undisturbed.
        drop(Store::with_backend(disk.open(i64::MAX)).unwrap());
        let done = match Store::with_backend(disk.open(operations)) {
            Ok(store) => {
                let done = live(&store);
                // A crash: nothing of the open store gets to the disk any more, not even an orderly end.
                std::mem::forget(store);
                done
            }
            Err(StoreError::Open { .. } | StoreError::Failed { .. }) => 0,
            Err(error) => panic!("{error}"),
        };
        let found = remembered(&Store::with_backend(disk.open(i64::MAX)).unwrap());
        assert!(found == done || found == done + 1, "{done} steps were done, {found} are there");
        if done == 5 {
            complete = true;
            break;
        }
    }
    assert!(complete);
}
