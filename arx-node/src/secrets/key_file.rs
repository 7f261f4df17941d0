//! The key file: all secrets of a node in one JSON file, public keys readable beside them.
//!
//! By default the secrets are encrypted under a passphrase ([`super::sealed`]). An operator may choose `none` and rely on
//! the file's permissions. Either way a file that others may read is refused, as `ssh` does it.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::sealed::{SealError, open, seal};
use super::{NODE_KEYS_BYTES, NodeKeys};

const FORMAT: &str = "arx-node keys";
const VERSION: u32 = 1;
const PURPOSE: &str = "arx-node keys v1";
/// No key file is longer.
const LONGEST: u64 = 1024 * 1024;

/// How secrets are guarded on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protection {
    /// Encrypted under a passphrase.
    Passphrase,
    /// By the file's permissions alone.
    None,
}

/// The public part of a key file, and its secrets as they lie there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFile {
    format: String,
    version: u32,
    /// The node's identity, base58.
    pub identity: String,
    /// The public encryption key, hexadecimal.
    pub encryption_key: String,
    /// The fee payer's address, base58.
    pub fee_payer: String,
    /// How the secrets are guarded.
    pub protection: Protection,
    secret: Hidden,
}

/// Secrets as they lie in the file: not shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(transparent)]
struct Hidden(String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

impl KeyFile {
    /// Makes a key file; with a passphrase the secrets are encrypted.
    pub fn new(keys: &NodeKeys, passphrase: Option<&str>) -> Result<Self, SealError> {
        let bytes = keys.to_bytes();
        let (protection, secret) = match passphrase {
            Some(passphrase) => (Protection::Passphrase, hex::encode(seal(PURPOSE, passphrase, &*bytes)?)),
            None => (Protection::None, hex::encode(*bytes)),
        };
        Ok(KeyFile {
            format: FORMAT.into(),
            version: VERSION,
            identity: keys.identity().to_string(),
            encryption_key: hex::encode(keys.registered_encryption_key().0),
            fee_payer: fee_payer(keys),
            protection,
            secret: Hidden(secret),
        })
    }

    /// Reads a key file. The secrets stay closed.
    pub fn read(path: &Path) -> Result<Self, KeyFileError> {
        let bytes = read_private(path)?;
        let unusable = |why: String| KeyFileError::Format { path: path.to_owned(), why };
        let file: KeyFile = serde_json::from_slice(&bytes).map_err(|error| unusable(error.to_string()))?;
        if file.format != FORMAT {
            return Err(unusable(format!("its format is {:?}, not {FORMAT:?}", file.format)));
        }
        if file.version != VERSION {
            return Err(unusable(format!("its version is {}, this arx-node reads {VERSION}", file.version)));
        }
        Ok(file)
    }

    /// Writes a new key file. An existing one is never overwritten.
    pub fn write(&self, path: &Path) -> Result<(), KeyFileError> {
        let mut text = serde_json::to_string_pretty(self)
            .map_err(|error| KeyFileError::Format { path: path.to_owned(), why: error.to_string() })?;
        text.push('\n');
        Ok(write_new_private(path, Zeroizing::new(text).as_bytes())?)
    }

    /// Opens the secrets. `passphrase` is asked for where they are encrypted.
    pub fn open<E: From<KeyFileError>>(
        &self,
        path: &Path,
        passphrase: impl FnOnce() -> Result<Zeroizing<String>, E>,
    ) -> Result<NodeKeys, E> {
        let unusable = |why: &str| KeyFileError::Format { path: path.to_owned(), why: why.to_owned() };
        let stored = hex::decode(self.secret.0.as_bytes())
            .map(Zeroizing::new)
            .map_err(|_| unusable("not hexadecimal"))?;
        let bytes = match self.protection {
            Protection::None => stored,
            Protection::Passphrase => open(PURPOSE, &passphrase()?, &stored)
                .map_err(|error| KeyFileError::Sealed { path: path.to_owned(), error })?,
        };
        let bytes: &[u8; NODE_KEYS_BYTES] =
            bytes.as_slice().try_into().map_err(|_| unusable("the secrets have the wrong length"))?;
        let keys = NodeKeys::from_bytes(bytes);
        if keys.identity().to_string() != self.identity || fee_payer(&keys) != self.fee_payer {
            return Err(unusable("the public keys in it are not those of its secrets").into());
        }
        Ok(keys)
    }
}

fn fee_payer(keys: &NodeKeys) -> String {
    use solana_signer::Signer;
    keys.fee_payer().pubkey().to_string()
}

/// Reads a short file that nobody but its owner may read.
pub fn read_private(path: &Path) -> Result<Zeroizing<Vec<u8>>, FileError> {
    read_private_of(path, LONGEST)
}

/// As [`read_private`], for a file of at most so many bytes.
pub fn read_private_of(path: &Path, longest: u64) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let cannot = |doing: &'static str| {
        move |error: std::io::Error| FileError::Io { path: path.to_owned(), doing, why: error.to_string() }
    };
    let mut file = File::open(path).map_err(cannot("open"))?;
    let metadata = file.metadata().map_err(cannot("look at"))?;
    if metadata.mode() & 0o077 != 0 {
        return Err(FileError::Permissions { path: path.to_owned(), mode: metadata.mode() & 0o777 });
    }
    if metadata.len() > longest {
        return Err(FileError::TooLong { path: path.to_owned(), bytes: metadata.len() });
    }
    // Reserved in one piece: growing would leave copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(metadata.len() as usize + 1));
    (&mut file).take(longest).read_to_end(&mut bytes).map_err(cannot("read"))?;
    Ok(bytes)
}

/// Writes a new file that nobody but its owner may read, all of it or nothing.
pub fn write_new_private(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    if path.exists() {
        return Err(FileError::Exists { path: path.to_owned() });
    }
    replace_private(path, bytes)
}

/// As [`write_new_private`], but an existing file gives way.
pub fn replace_private(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let cannot = |doing: &'static str| {
        move |error: std::io::Error| FileError::Io { path: path.to_owned(), doing, why: error.to_string() }
    };
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    let _ = std::fs::remove_file(&part);
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part).map_err(cannot("create"))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(cannot("write"))?;
    std::fs::rename(&part, path).map_err(cannot("rename"))?;
    // The rename is on disk when the folder is.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(cannot("sync"))?;
    Ok(())
}

/// A file with a secret cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// The system refuses.
    #[error("cannot {doing} {}: {why}", .path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What was tried.
        doing: &'static str,
        /// The system's words.
        why: String,
    },
    /// Others may read it.
    #[error("{} may be read by others (mode {mode:o}); run: chmod 600 {}", .path.display(), .path.display())]
    Permissions {
        /// Which file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// Larger than any such file.
    #[error("{} has {bytes} bytes; that is no file of arx-node's", .path.display())]
    TooLong {
        /// Which file.
        path: PathBuf,
        /// Its length.
        bytes: u64,
    },
    /// There is one already.
    #[error("{} exists already and is not overwritten", .path.display())]
    Exists {
        /// Which file.
        path: PathBuf,
    },
}

/// The key file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFileError {
    /// The file itself.
    #[error(transparent)]
    File(#[from] FileError),
    /// What is in it.
    #[error("the key file {} cannot be used: {why}", .path.display())]
    Format {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Its encryption.
    #[error("the key file {} cannot be opened: {error}", .path.display())]
    Sealed {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: SealError,
    },
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn keys() -> NodeKeys {
        NodeKeys::from_seeds([1; 32], [2; 32], [3; 32], [4; 32])
    }

    fn passphrase(text: &str) -> impl FnOnce() -> Result<Zeroizing<String>, KeyFileError> {
        let text = Zeroizing::new(text.to_owned());
        move || Ok(text)
    }

    fn never() -> Result<Zeroizing<String>, KeyFileError> {
        panic!("nobody is asked for a passphrase")
    }

    #[test]
    fn keys_come_back_from_their_file() {
        let folder = tempfile::tempdir().unwrap();
        for (name, chosen) in [("sealed.json", Some("correct horse")), ("open.json", None)] {
            let path = folder.path().join(name);
            KeyFile::new(&keys(), chosen).unwrap().write(&path).unwrap();
            assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
            let file = KeyFile::read(&path).unwrap();
            let opened = match chosen {
                Some(chosen) => file.open(&path, passphrase(chosen)),
                None => file.open(&path, never),
            };
            assert_eq!(*opened.unwrap().to_bytes(), *keys().to_bytes());
        }
    }

    #[test]
    fn an_encrypted_file_holds_no_secret_and_opens_with_its_passphrase_only() {
        let file = KeyFile::new(&keys(), Some("correct horse")).unwrap();
        let text = serde_json::to_string(&file).unwrap();
        for seed in [[1_u8; 32], [2; 32], [3; 32], [4; 32]] {
            assert!(!text.contains(&hex::encode(seed)));
        }
        let error = file.open(Path::new("keys.json"), passphrase("wrong horse")).unwrap_err();
        assert!(error.to_string().contains("passphrase is wrong"), "{error}");
        assert!(!format!("{file:?}").contains(&file.secret.0));
    }

    #[test]
    fn a_file_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        KeyFile::new(&keys(), None).unwrap().write(&path).unwrap();
        for mode in [0o640, 0o604, 0o644, 0o620] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let error = KeyFile::read(&path).unwrap_err();
            assert!(error.to_string().contains("chmod 600"), "{error}");
        }
    }

    #[test]
    fn nothing_is_overwritten_and_damage_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        let file = KeyFile::new(&keys(), None).unwrap();
        file.write(&path).unwrap();
        assert!(matches!(file.write(&path), Err(KeyFileError::File(FileError::Exists { .. }))));

        let mut other = file.clone();
        other.secret = Hidden(hex::encode([9; NODE_KEYS_BYTES]));
        let error = other.open(&path, never).unwrap_err();
        assert!(error.to_string().contains("not those of its secrets"), "{error}");
        for broken in ["{}", "not json", &serde_json::to_string(&KeyFile { version: 9, ..file }).unwrap()] {
            replace_private(&path, broken.as_bytes()).unwrap();
            assert!(matches!(KeyFile::read(&path), Err(KeyFileError::Format { .. })));
        }
    }
}
