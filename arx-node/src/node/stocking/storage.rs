//! Where stocks lie: in a folder, or in memory.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mxe_runtime::stock::{Directory, Disk, FileGuard, Guard};

/// Where stocks lie. A node has one at a time, under a name that is never used again once it is given up.
pub trait Storage: Send + 'static {
    /// The stock of this name, and the counter that guards it; empty if there is none.
    ///
    /// # Errors
    /// Those of the storage.
    fn open(&mut self, name: &str) -> io::Result<(Box<dyn Disk>, Box<dyn Guard>)>;

    /// Removes all stocks but that of this name.
    ///
    /// # Errors
    /// Those of the storage.
    fn keep_only(&mut self, name: &str) -> io::Result<()>;
}

/// Stocks in a folder: one folder for the items of each, and one file for its guard.
#[derive(Debug)]
pub struct StockFolder(PathBuf);

impl StockFolder {
    /// The folder at `path`, which is made if there is none.
    pub const fn new(path: PathBuf) -> Self {
        StockFolder(path)
    }
}

impl Storage for StockFolder {
    fn open(&mut self, name: &str) -> io::Result<(Box<dyn Disk>, Box<dyn Guard>)> {
        let items = Directory::open(self.0.join(name))?;
        let guard = FileGuard::new(self.0.join(format!("{name}.guard")));
        Ok((Box::new(items), Box::new(guard)))
    }

    fn keep_only(&mut self, name: &str) -> io::Result<()> {
        std::fs::create_dir_all(&self.0)?;
        for entry in std::fs::read_dir(&self.0)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(name) {
                continue;
            }
            if entry.file_type()?.is_dir() {
                std::fs::remove_dir_all(entry.path())?;
            } else {
                std::fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

/// Stocks in memory, for tests and simulations. They live as long as the clones of this; what was not synced is lost
/// when a stock is opened again, as after a crash.
#[derive(Clone, Debug, Default)]
pub struct MemoryStorage(Arc<Mutex<BTreeMap<String, MemoryStock>>>);

#[derive(Clone, Debug, Default)]
struct MemoryStock {
    files: BTreeMap<String, MemoryFile>,
    guard: u64,
}

#[derive(Clone, Debug, Default)]
struct MemoryFile {
    bytes: Vec<u8>,
    synced: usize,
}

impl MemoryStorage {
    /// A copy that goes its own way.
    pub fn duplicate(&self) -> Self {
        MemoryStorage(Arc::new(Mutex::new(self.lock().clone())))
    }

    /// These files with the guards of `other`: what a backup of the files alone leaves after it is restored.
    pub fn guarded_by(&self, other: &Self) -> Self {
        let mut stocks = self.lock().clone();
        let others = other.lock();
        for (name, stock) in &mut stocks {
            stock.guard = others.get(name).map_or(stock.guard, |other| other.guard);
        }
        drop(others);
        MemoryStorage(Arc::new(Mutex::new(stocks)))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, MemoryStock>> {
        // Nothing panics while it is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Storage for MemoryStorage {
    fn open(&mut self, name: &str) -> io::Result<(Box<dyn Disk>, Box<dyn Guard>)> {
        if let Some(stock) = self.lock().get_mut(name) {
            stock.files.values_mut().for_each(|file| file.bytes.truncate(file.synced));
        }
        let opened = MemoryDisk { storage: self.clone(), name: name.to_owned() };
        Ok((Box::new(opened.clone()), Box::new(opened)))
    }

    fn keep_only(&mut self, name: &str) -> io::Result<()> {
        self.lock().retain(|known, _| known == name);
        Ok(())
    }
}

#[derive(Clone, Debug)]
struct MemoryDisk {
    storage: MemoryStorage,
    name: String,
}

impl MemoryDisk {
    fn with<R>(&self, work: impl FnOnce(&mut MemoryStock) -> R) -> R {
        work(self.storage.lock().entry(self.name.clone()).or_default())
    }
}

impl Disk for MemoryDisk {
    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.with(|stock| stock.files.entry(name.to_owned()).or_default().bytes.extend_from_slice(bytes));
        Ok(())
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        self.with(|stock| {
            let file = stock.files.get_mut(name).ok_or(io::ErrorKind::NotFound)?;
            file.synced = file.bytes.len();
            Ok(())
        })
    }

    fn truncate(&mut self, name: &str, length: u64) -> io::Result<()> {
        self.with(|stock| {
            let file = stock.files.get_mut(name).ok_or(io::ErrorKind::NotFound)?;
            file.bytes.truncate(usize::try_from(length).map_err(io::Error::other)?);
            file.synced = file.bytes.len();
            Ok(())
        })
    }

    fn read(&self, name: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        self.with(|stock| {
            let file = stock.files.get(name).ok_or(io::ErrorKind::NotFound)?;
            let from = usize::try_from(offset).map_err(io::Error::other)?;
            let range = from..from.checked_add(length).ok_or(io::ErrorKind::UnexpectedEof)?;
            let bytes = file.bytes.get(range).ok_or(io::ErrorKind::UnexpectedEof)?;
            Ok(bytes.to_vec())
        })
    }

    fn length(&self, name: &str) -> io::Result<u64> {
        Ok(self.with(|stock| stock.files.get(name).map_or(0, |file| file.bytes.len() as u64)))
    }

    fn names(&self) -> io::Result<Vec<String>> {
        Ok(self.with(|stock| stock.files.keys().cloned().collect()))
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        self.with(|stock| stock.files.remove(name)).map(drop).ok_or(io::ErrorKind::NotFound.into())
    }
}

impl Guard for MemoryDisk {
    fn highest(&self) -> io::Result<u64> {
        Ok(self.with(|stock| stock.guard))
    }

    fn raise(&mut self, value: u64) -> io::Result<()> {
        self.with(|stock| stock.guard = value);
        Ok(())
    }
}
