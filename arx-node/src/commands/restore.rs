//! `arx-node restore`: a node from its backup, in an empty data directory.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use super::backup::{Backup, PURPOSE, VERSION};
use super::output::say;
use crate::config::Config;
use crate::secrets::key_file::{KeyFile, read_private_of};
use crate::secrets::{NODE_KEYS_BYTES, NodeKeys, passphrase, sealed};
use crate::store::Store;
use crate::store::image::Image;

/// Arguments of `restore`.
#[derive(Debug, Args)]
pub struct RestoreArguments {
    /// The backup.
    #[arg(long, short, value_name = "FILE")]
    input: PathBuf,
    /// File with the backup's passphrase; asked for unless given.
    #[arg(long, value_name = "FILE")]
    backup_passphrase_file: Option<PathBuf>,
    /// Do not encrypt the restored keys: the file's permissions alone guard them.
    #[arg(long)]
    no_passphrase: bool,
}

pub(super) fn restore(path: &Path, arguments: &RestoreArguments) -> Result<()> {
    let config = Config::load(path)?;
    let sealed = read_private_of(&arguments.input, u64::MAX)?;
    let name = arguments.input.display().to_string();
    let backup_passphrase = passphrase::existing(arguments.backup_passphrase_file.as_deref(), &name)?;
    let bytes = sealed::open(PURPOSE, &backup_passphrase, &sealed)
        .with_context(|| format!("{name} cannot be opened"))?;
    let backup: Backup =
        ciborium::from_reader(bytes.as_slice()).with_context(|| format!("{name} is no backup"))?;
    if backup.version != VERSION {
        bail!("{name} has version {}, this arx-node reads {VERSION}", backup.version);
    }
    let stored: &[u8; NODE_KEYS_BYTES] =
        backup.keys.as_slice().try_into().with_context(|| format!("{name} holds no keys"))?;
    let keys = NodeKeys::from_bytes(stored);
    let image = Image::from_bytes(&backup.image)?;
    let sequence = image.sequence;

    std::fs::create_dir_all(&config.data_dir)
        .with_context(|| format!("cannot create {}", config.data_dir.display()))?;
    let key_path = config.key_file();
    if key_path.exists() {
        let file = KeyFile::read(&key_path)?;
        if file.identity != backup.identity {
            bail!(
                "{} belongs to another node, {}; use an empty data directory",
                key_path.display(),
                file.identity
            );
        }
    }
    // First the journal: keys without their journal must never be there.
    Store::open(&config.store_file())?.merge(&keys.identity(), image)?;
    if !key_path.exists() {
        let passphrase = if arguments.no_passphrase {
            None
        } else {
            Some(passphrase::chosen(config.keys.passphrase_file.as_deref(), "the node's keys")?)
        };
        KeyFile::new(&keys, passphrase.as_ref().map(|passphrase| passphrase.as_str()))?.write(&key_path)?;
        say(format_args!("keys            {}", key_path.display()));
    }
    say(format_args!("identity        {}", backup.identity));
    say(format_args!("journal         {sequence} changes"));
    say(
        "note            computations queued before this node first sees the chain again are left to their deadline:",
    );
    say("                what the lost node did about them after the backup is not known");
    Ok(())
}
