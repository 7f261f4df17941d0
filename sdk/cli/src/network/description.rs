//! What a running local network tells others about itself, in a file of its folder.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use arx_sdk::Fingerprint;
use serde::{Deserialize, Serialize};
use solana_pubkey::Pubkey;

/// A running local network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// Process that runs it.
    pub pid: u32,
    /// JSON-RPC endpoint.
    pub rpc: String,
    /// Websocket endpoint.
    pub websocket: String,
    /// Genesis hash, hexadecimal.
    pub genesis_hash: String,
    /// Milliseconds per slot.
    pub slot_time: u64,
    /// Address of the network's program.
    pub program: String,
    /// Address of the cluster.
    pub cluster: String,
    /// What its nodes run.
    pub protocol: String,
    /// Fingerprint of the cluster's members and keys, hexadecimal.
    pub fingerprint: String,
    /// Key file of a wallet with lamports, in Solana's format.
    pub wallet: PathBuf,
    /// The nodes.
    pub nodes: Vec<NodeDescription>,
}

/// A node of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeDescription {
    /// Its identity.
    pub identity: String,
    /// Where its peers reach it.
    pub endpoint: String,
    /// Its folder.
    pub folder: PathBuf,
    /// Its log.
    pub log: PathBuf,
    /// What it reports, one JSON object a line.
    pub reports: PathBuf,
}

impl Description {
    /// Where it lies in a network's folder.
    pub fn path(folder: &Path) -> PathBuf {
        folder.join("network.json")
    }

    /// The one in a folder, or `None`.
    ///
    /// # Errors
    /// If it is there and cannot be read.
    pub fn read(folder: &Path) -> anyhow::Result<Option<Self>> {
        let path = Self::path(folder);
        match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map(Some)
                .with_context(|| format!("cannot read {}", path.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// Puts it into a folder, all at once.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let (path, draft) = (Self::path(folder), folder.join("network.json.new"));
        fs::write(&draft, serde_json::to_vec_pretty(self)?)
            .and_then(|()| fs::rename(&draft, &path))
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// Takes it away, so that nobody looks for a network that is gone.
    pub fn remove(&self) {
        if let Some(folder) = self.wallet.parent() {
            // It is a courtesy: whoever finds it asks the chain anyway.
            let _ = fs::remove_file(Self::path(folder));
        }
    }

    /// The cluster's address.
    ///
    /// # Errors
    /// If it is none.
    pub fn cluster_address(&self) -> anyhow::Result<Pubkey> {
        self.cluster.parse().with_context(|| format!("`{}` is no address", self.cluster))
    }

    /// The cluster's fingerprint.
    ///
    /// # Errors
    /// If it is none.
    pub fn fingerprint(&self) -> anyhow::Result<Fingerprint> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(&self.fingerprint, &mut bytes)
            .with_context(|| format!("`{}` is no fingerprint", self.fingerprint))?;
        Ok(Fingerprint(bytes))
    }
}

/// Where `arx dev` keeps its network, unless told otherwise.
pub fn default_folder() -> PathBuf {
    let state = std::env::var_os("XDG_STATE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state")));
    state.unwrap_or_else(std::env::temp_dir).join("arx/dev")
}
