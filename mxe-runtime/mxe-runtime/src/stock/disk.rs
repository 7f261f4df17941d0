//! Where the stock's bytes are: files that only grow, and a counter that only rises.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

/// Named files that are appended to. A crash may lose what was not synced, whole or in part.
pub trait Disk: Send {
    /// Appends to a file, which is made if there is none.
    ///
    /// # Errors
    /// Those of the storage.
    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()>;

    /// Returns when everything appended to the file would survive a crash.
    ///
    /// # Errors
    /// Those of the storage.
    fn sync(&mut self, name: &str) -> io::Result<()>;

    /// Cuts a file to a length, durably.
    ///
    /// # Errors
    /// Those of the storage.
    fn truncate(&mut self, name: &str, length: u64) -> io::Result<()>;

    /// Reads a part of a file.
    ///
    /// # Errors
    /// Those of the storage; if the file is shorter.
    fn read(&self, name: &str, offset: u64, length: usize) -> io::Result<Vec<u8>>;

    /// A file's length, zero if there is none.
    ///
    /// # Errors
    /// Those of the storage.
    fn length(&self, name: &str) -> io::Result<u64>;

    /// The names of all files.
    ///
    /// # Errors
    /// Those of the storage.
    fn names(&self) -> io::Result<Vec<String>>;

    /// Removes a file.
    ///
    /// # Errors
    /// Those of the storage.
    fn remove(&mut self, name: &str) -> io::Result<()>;
}

/// A counter that remembers its highest value, kept where a restored backup of the stock does not reach it.
pub trait Guard: Send {
    /// The highest value so far.
    ///
    /// # Errors
    /// Those of the storage.
    fn highest(&self) -> io::Result<u64>;

    /// Raises it. Returns when the new value would survive a crash.
    ///
    /// # Errors
    /// Those of the storage.
    fn raise(&mut self, value: u64) -> io::Result<()>;
}

impl<D: Disk + ?Sized> Disk for Box<D> {
    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        (**self).append(name, bytes)
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        (**self).sync(name)
    }

    fn truncate(&mut self, name: &str, length: u64) -> io::Result<()> {
        (**self).truncate(name, length)
    }

    fn read(&self, name: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        (**self).read(name, offset, length)
    }

    fn length(&self, name: &str) -> io::Result<u64> {
        (**self).length(name)
    }

    fn names(&self) -> io::Result<Vec<String>> {
        (**self).names()
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        (**self).remove(name)
    }
}

impl<G: Guard + ?Sized> Guard for Box<G> {
    fn highest(&self) -> io::Result<u64> {
        (**self).highest()
    }

    fn raise(&mut self, value: u64) -> io::Result<()> {
        (**self).raise(value)
    }
}

/// Files of one directory.
#[derive(Debug)]
pub struct Directory(PathBuf);

impl Directory {
    /// The directory at `path`, which is made if there is none.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn open(path: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Disk for Directory {
    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        OpenOptions::new().append(true).create(true).open(self.0.join(name))?.write_all(bytes)
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        File::open(self.0.join(name))?.sync_all()?;
        // The entry of a new file is durable when its directory is.
        File::open(&self.0)?.sync_all()
    }

    fn truncate(&mut self, name: &str, length: u64) -> io::Result<()> {
        let file = OpenOptions::new().write(true).open(self.0.join(name))?;
        file.set_len(length)?;
        file.sync_all()
    }

    fn read(&self, name: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut file = File::open(self.0.join(name))?;
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = vec![0; length];
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn length(&self, name: &str) -> io::Result<u64> {
        match fs::metadata(self.0.join(name)) {
            Ok(metadata) => Ok(metadata.len()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error),
        }
    }

    fn names(&self) -> io::Result<Vec<String>> {
        let names = fs::read_dir(&self.0)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        names.collect()
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        fs::remove_file(self.0.join(name))
    }
}

/// A counter in a file of its own, replaced as a whole.
#[derive(Debug)]
pub struct FileGuard(PathBuf);

impl FileGuard {
    /// The counter in the file at `path`. It must not be part of the backups that the stock is part of.
    pub const fn new(path: PathBuf) -> Self {
        Self(path)
    }
}

impl Guard for FileGuard {
    fn highest(&self) -> io::Result<u64> {
        match fs::read(&self.0) {
            Ok(bytes) => {
                let bytes =
                    bytes.try_into().map_err(|_| io::Error::other("the guard file is not 8 bytes"))?;
                Ok(u64::from_le_bytes(bytes))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error),
        }
    }

    fn raise(&mut self, value: u64) -> io::Result<()> {
        let next = self.0.with_extension("next");
        let mut file = File::create(&next)?;
        file.write_all(&value.to_le_bytes())?;
        file.sync_all()?;
        fs::rename(&next, &self.0)?;
        match self.0.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            Some(parent) => File::open(parent)?.sync_all(),
            None => File::open(".")?.sync_all(),
        }
    }
}
