//! `arx-node backup`: keys and journal in one encrypted file.
//!
//! The file always has a passphrase of its own, whatever guards the key file: backups travel.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use clap::Args;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use zeroize::{Zeroize, Zeroizing};

use super::output::say;
use super::run;
use crate::config::Config;
use crate::secrets::key_file::write_new_private;
use crate::secrets::{passphrase, sealed};

/// Binds the encryption to what it is for.
pub(super) const PURPOSE: &str = "arx-node backup v1";

/// Arguments of `backup`.
#[derive(Debug, Args)]
pub struct BackupArguments {
    /// The file to write; it must not exist.
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    /// File with the backup's passphrase; asked for unless given.
    #[arg(long, value_name = "FILE")]
    backup_passphrase_file: Option<PathBuf>,
}

/// What a backup holds.
#[derive(Serialize, Deserialize)]
pub(super) struct Backup {
    pub(super) version: u32,
    /// Seconds since 1970, for people.
    pub(super) made_at: u64,
    pub(super) identity: String,
    pub(super) keys: ByteBuf,
    pub(super) image: ByteBuf,
}

pub(super) const VERSION: u32 = 1;

impl Drop for Backup {
    fn drop(&mut self) {
        self.keys.as_mut_slice().zeroize();
    }
}

pub(super) fn backup(path: &Path, arguments: &BackupArguments) -> Result<()> {
    let config = Config::load(path)?;
    let keys = run::open_keys(&config)?;
    let (image, live) = run::current_image(&config)?;
    let passphrase = passphrase::chosen(arguments.backup_passphrase_file.as_deref(), "the backup")?;
    let made_at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let backup = Backup {
        version: VERSION,
        made_at,
        identity: keys.identity().to_string(),
        keys: ByteBuf::from(keys.to_bytes().to_vec()),
        image: ByteBuf::from(image.to_bytes()?),
    };
    // Reserved in one piece: growing would leave copies of the keys behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(backup.image.len() + 1024));
    ciborium::into_writer(&backup, &mut *bytes).context("the backup cannot be encoded")?;
    write_new_private(&arguments.output, &sealed::seal(PURPOSE, &passphrase, &bytes)?)?;
    say(format_args!("backup          {}", arguments.output.display()));
    say(format_args!("identity        {}", backup.identity));
    let state = if live { "as it is" } else { "as the running node last left it, at most ten minutes ago" };
    say(format_args!("journal         {} changes, {state}", image.sequence));
    Ok(())
}
