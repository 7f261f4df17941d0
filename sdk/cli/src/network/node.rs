//! One node process of a local network.

use std::{
    net::UdpSocket,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, bail};
use arx_sdk::Endpoints;
use serde::Deserialize;
use solana_pubkey::Pubkey;

use super::description::NodeDescription;
use crate::process::{Process, run};

/// How long a node may take until it serves.
const PATIENCE: Duration = Duration::from_secs(60);
/// Triples of a full batch: all nodes share this machine.
const STOCK_TRIPLES: &str = "65536";

/// What `arx-node init` prints.
#[derive(Debug, Deserialize)]
struct Keys {
    identity: String,
    fee_payer: String,
}

/// The line with which a node says that it serves.
#[derive(Debug, Deserialize)]
struct NodeReady {
    #[allow(dead_code, reason = "its presence is what is waited for")]
    ready: bool,
}

/// A node of a local network, running or not.
#[derive(Debug)]
pub struct LocalNode {
    name: String,
    binary: PathBuf,
    folder: PathBuf,
    endpoint: String,
    identity: Pubkey,
    fee_payer: Pubkey,
    process: Option<Process>,
}

impl LocalNode {
    /// Makes keys and settings of node `index` for a chain and a cluster.
    pub(super) async fn initialise(
        index: usize,
        binary: &Path,
        network: &Path,
        endpoints: &Endpoints,
        cluster: Pubkey,
        court_pause: Option<u64>,
    ) -> anyhow::Result<Self> {
        let name = format!("node {index}");
        let folder = network.join(format!("node-{index}"));
        let endpoint = format!("127.0.0.1:{}", free_udp_port()?);
        let cluster = cluster.to_string();
        let folder_text = folder.to_string_lossy().into_owned();
        let court_pause = court_pause.map(|pause| pause.to_string());
        let mut arguments = vec![
            "init",
            "--dir",
            &folder_text,
            "--rpc",
            &endpoints.rpc,
            "--websocket",
            &endpoints.websocket,
            "--cluster",
            &cluster,
            "--listen",
            &endpoint,
            "--endpoint",
            &endpoint,
            "--no-passphrase",
            "--stock-triples",
            STOCK_TRIPLES,
        ];
        if let Some(pause) = &court_pause {
            arguments.extend(["--court-pause-ms", pause]);
        }
        let printed = run(&format!("arx-node init of {name}"), binary, arguments, &[]).await?;
        let keys: Keys = serde_json::from_str(&printed)
            .with_context(|| format!("arx-node init printed something else than its keys: {printed}"))?;
        let (identity, fee_payer) = (keys.identity.parse()?, keys.fee_payer.parse()?);
        Ok(Self { name, binary: binary.to_owned(), folder, endpoint, identity, fee_payer, process: None })
    }

    /// Enters the node on chain; `authority` is the key file of its owner, who pays.
    pub(super) async fn register(&self, authority: &Path) -> anyhow::Result<()> {
        let (folder, authority) = (self.folder.to_string_lossy(), authority.to_string_lossy());
        let arguments = ["register", "--dir", &folder, "--authority", &authority];
        run(&format!("arx-node register of {}", self.name), &self.binary, arguments, &[]).await?;
        Ok(())
    }

    /// Its identity.
    pub const fn identity(&self) -> Pubkey {
        self.identity
    }

    /// Who pays for its transactions.
    pub const fn fee_payer(&self) -> Pubkey {
        self.fee_payer
    }

    /// Starts it, also again, and waits until it serves.
    ///
    /// # Errors
    /// If it runs already, ends, or is not ready in time.
    pub async fn start(&mut self) -> anyhow::Result<()> {
        if self.process.is_some() {
            bail!("{} runs already", self.name);
        }
        let folder = self.folder.to_string_lossy();
        let arguments = ["run", "--dir", &folder, "--exit-with-stdin"];
        let mut process =
            Process::start(self.name.clone(), &self.binary, arguments, &self.log(), Some(&self.reports()))?;
        let _: NodeReady = process.ready(PATIENCE).await?;
        self.process = Some(process);
        Ok(())
    }

    /// Runs this program from its next start on.
    pub fn replace_program(&mut self, binary: &Path) {
        binary.clone_into(&mut self.binary);
    }

    /// Its folder: keys, settings, store.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether it runs, as far as is known here.
    pub const fn is_running(&self) -> bool {
        self.process.is_some()
    }

    /// Stops it without ending it: it is silent, like a node that hangs.
    ///
    /// # Errors
    /// If it does not run.
    pub async fn pause(&mut self) -> anyhow::Result<()> {
        let process = self.process.as_ref().with_context(|| format!("{} does not run", self.name))?;
        process.pause().await
    }

    /// Kills it at once, as a crash would.
    ///
    /// # Errors
    /// If it does not run.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        let process = self.process.take().with_context(|| format!("{} does not run", self.name))?;
        process.kill().await?;
        Ok(())
    }

    /// Waits until it ends by itself; for ever if it does not run.
    pub(super) async fn watch(&mut self) -> anyhow::Error {
        match &mut self.process {
            Some(process) => process.watch().await,
            None => std::future::pending().await,
        }
    }

    pub(super) async fn stop(self) -> anyhow::Result<()> {
        if let Some(process) = self.process {
            process.stop().await?;
        }
        Ok(())
    }

    pub(super) fn describe(&self) -> NodeDescription {
        NodeDescription {
            identity: self.identity.to_string(),
            endpoint: self.endpoint.clone(),
            folder: self.folder.clone(),
            log: self.log(),
            reports: self.reports(),
        }
    }

    fn log(&self) -> PathBuf {
        self.folder.with_extension("log")
    }

    fn reports(&self) -> PathBuf {
        self.folder.with_extension("jsonl")
    }
}

/// A port that is free now. It could be taken before the node binds it; the node would say so.
fn free_udp_port() -> anyhow::Result<u16> {
    let socket = UdpSocket::bind("127.0.0.1:0").context("no free UDP port")?;
    Ok(socket.local_addr()?.port())
}
