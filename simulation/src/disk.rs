//! A node's disk: keeps what was synced when the node is killed, and loses what was not.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::StorageBackend;

/// The size of the pieces in which unsynced writes are kept.
const PAGE: usize = 4096;

/// The disk itself: survives the node. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    synced: Arc<Mutex<Vec<u8>>>,
}

impl Disk {
    /// A copy of what is synced, which goes its own way.
    pub fn duplicate(&self) -> Self {
        Self { synced: Arc::new(Mutex::new(lock(&self.synced).clone())) }
    }

    /// Opens the disk, as a starting node does. What an earlier opener wrote and did not sync is gone.
    pub fn open(&self) -> OpenDisk {
        let length = lock(&self.synced).len();
        OpenDisk { disk: self.clone(), unsynced: Mutex::new(Unsynced { pages: BTreeMap::new(), length }) }
    }
}

/// The disk as one run of a node sees it.
#[derive(Debug)]
pub struct OpenDisk {
    disk: Disk,
    unsynced: Mutex<Unsynced>,
}

#[derive(Debug)]
struct Unsynced {
    /// Pages written since the last sync, by number.
    pages: BTreeMap<usize, Vec<u8>>,
    length: usize,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `number` of the page, and the range of `offset..end` in it.
fn pages(offset: usize, end: usize) -> impl Iterator<Item = (usize, std::ops::Range<usize>)> {
    (offset / PAGE..end.div_ceil(PAGE)).map(move |number| {
        let start = number * PAGE;
        (number, offset.max(start) - start..end.min(start + PAGE) - start)
    })
}

fn position(offset: u64, length: usize, available: usize) -> io::Result<(usize, usize)> {
    let start = usize::try_from(offset).map_err(io::Error::other)?;
    let end = start.checked_add(length).filter(|end| *end <= available);
    end.map(|end| (start, end)).ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))
}

/// The page as synced, zeros where nothing was.
fn synced_page(synced: &[u8], number: usize) -> Vec<u8> {
    let mut page = vec![0; PAGE];
    let start = (number * PAGE).min(synced.len());
    let end = (start + PAGE).min(synced.len());
    page[..end - start].copy_from_slice(&synced[start..end]);
    page
}

impl StorageBackend for OpenDisk {
    fn len(&self) -> io::Result<u64> {
        Ok(lock(&self.unsynced).length as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let unsynced = lock(&self.unsynced);
        let (start, end) = position(offset, out.len(), unsynced.length)?;
        let synced = lock(&self.disk.synced);
        for (number, range) in pages(start, end) {
            let target = number * PAGE + range.start - start;
            let target = target..target + range.len();
            match unsynced.pages.get(&number) {
                Some(page) => out[target].copy_from_slice(&page[range]),
                None => out[target].copy_from_slice(&synced_page(&synced, number)[range]),
            }
        }
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let length = usize::try_from(length).map_err(io::Error::other)?;
        let mut unsynced = lock(&self.unsynced);
        if length < unsynced.length {
            // Shrinking and growing again shows zeros.
            let synced = lock(&self.disk.synced);
            let (first, within) = (length / PAGE, length % PAGE);
            for number in first..unsynced.length.div_ceil(PAGE) {
                let page = unsynced.pages.entry(number).or_insert_with(|| synced_page(&synced, number));
                page[if number == first { within } else { 0 }..].fill(0);
            }
        }
        unsynced.length = length;
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut unsynced = lock(&self.unsynced);
        let mut synced = lock(&self.disk.synced);
        synced.resize(unsynced.length.div_ceil(PAGE) * PAGE, 0);
        for (number, page) in std::mem::take(&mut unsynced.pages) {
            if let Some(target) = synced.get_mut(number * PAGE..(number + 1) * PAGE) {
                target.copy_from_slice(&page);
            }
        }
        synced.truncate(unsynced.length);
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut unsynced = lock(&self.unsynced);
        let (start, end) = position(offset, data.len(), unsynced.length)?;
        let synced = lock(&self.disk.synced);
        for (number, range) in pages(start, end) {
            let page = unsynced.pages.entry(number).or_insert_with(|| synced_page(&synced, number));
            let source = number * PAGE + range.start - start;
            page[range.clone()].copy_from_slice(&data[source..source + range.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;

    #[test]
    fn unsynced_writes_are_seen_and_then_lost() {
        let disk = Disk::default();
        let open = disk.open();
        open.set_len(10_000).unwrap();
        open.write(4090, &[7; 20]).unwrap();
        open.sync_data().unwrap();
        open.write(4100, &[9; 4000]).unwrap();
        let mut bytes = [0; 20];
        open.read(4090, &mut bytes).unwrap();
        assert_eq!(bytes, [[7; 10], [9; 10]].concat()[..]);
        drop(open);
        disk.open().read(4090, &mut bytes).unwrap();
        assert_eq!(bytes, [7; 20]);
    }

    #[test]
    fn behaves_as_a_plain_vector_between_syncs() {
        let mut random = Seed(5).stream("disk");
        let disk = Disk::default();
        let mut open = disk.open();
        let (mut model, mut synced) = (Vec::new(), Vec::new());
        for _ in 0..500 {
            let offset = random.index(model.len() + 1);
            let length = random.index((model.len() - offset).min(6000) + 1);
            match random.below(6) {
                0 => {
                    let length = random.index(30_000);
                    open.set_len(length as u64).unwrap();
                    model.resize(length, 0);
                }
                1 => {
                    open.sync_data().unwrap();
                    synced.clone_from(&model);
                }
                2 if random.chance(200) => {
                    open = disk.open();
                    model.clone_from(&synced);
                }
                _ => {
                    let byte = random.number() as u8;
                    open.write(offset as u64, &vec![byte; length]).unwrap();
                    model[offset..offset + length].fill(byte);
                }
            }
            let mut bytes = vec![0; model.len()];
            open.read(0, &mut bytes).unwrap();
            assert!(bytes == model);
        }
        assert!(open.read(model.len() as u64, &mut [0]).is_err());
    }
}
