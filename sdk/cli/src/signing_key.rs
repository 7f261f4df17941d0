//! `arx signing-key`: the key that an application's circuits sign with.

use std::process::ExitCode;

use anyhow::Context;
use arx_sdk::ApplicationKey;
use serde::Serialize;
use solana_pubkey::Pubkey;

use crate::{
    FolderOption,
    network::{Description, connect},
};

/// What `arx signing-key` is told.
#[derive(Clone, Debug, clap::Args)]
pub struct SigningKeyOptions {
    /// Address of the application's MXE.
    mxe: Pubkey,
    #[command(flatten)]
    folder: FolderOption,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// A key, for other programs.
#[derive(Debug, Serialize)]
struct Shown {
    mxe: String,
    version: u32,
    /// As an address of Solana, in base58.
    address: String,
    /// As 32 bytes in hexadecimal.
    key: String,
}

impl Shown {
    fn of(key: &ApplicationKey) -> Self {
        Self {
            mxe: key.mxe().to_string(),
            version: key.version(),
            address: key.address().to_string(),
            key: hex::encode(key.address()),
        }
    }
}

/// Runs the command; the exit code says whether there is a key.
pub(crate) async fn run(options: &SigningKeyOptions) -> anyhow::Result<ExitCode> {
    let folder = options.folder.path();
    let Some(description) = Description::read(&folder)? else {
        eprintln!("no network runs in {}; start one with `arx dev`", folder.display());
        return Ok(ExitCode::FAILURE);
    };
    let (client, cluster, _) = connect(&description).await.with_context(|| {
        format!("the network of process {} does not answer; start one with `arx dev`", description.pid)
    })?;
    let Some(key) = client.signing_key(&cluster, &options.mxe).await? else {
        eprintln!("the members of the cluster are making it; ask again in a few seconds");
        return Ok(ExitCode::FAILURE);
    };
    let shown = Shown::of(&key);
    if options.json {
        println!("{}", serde_json::to_string(&shown)?);
    } else {
        println!(
            "{}  (version {}, signed by all {} members)",
            shown.address,
            shown.version,
            cluster.members.len()
        );
    }
    Ok(ExitCode::SUCCESS)
}
