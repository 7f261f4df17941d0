//! A whole network on this machine: a chain with the programs in place, node processes, one active cluster.
//!
//! # Layout
//! - here: starting and ending all of it
//! - [`description`]: what others need to know about a running one, in a file of its folder
//! - `node`: one node process
//! - `setup`: the transactions that make a cluster of nodes
//! - [`programs`]: the bytecode that is placed
//! - [`measure`]: what the nodes report about each computation

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, bail};
use arx_sdk::{Client, Endpoints, PinnedCluster};
use futures::future::{select_all, try_join_all};
use serde::Deserialize;
use solana_keypair::{Keypair, write_keypair_file};
use solana_signer::Signer;

use crate::{binaries::Binaries, process::Process, report::Report};

pub mod description;
pub mod measure;
mod node;
pub mod programs;
mod setup;

pub use description::Description;
pub use node::LocalNode;
pub use setup::{ClusterShape, Prices, Protocol};

/// Lamports of the developer's wallet.
const WALLET_LAMPORTS: u64 = 1_000_000 * 1_000_000_000;
/// How long the chain may take until it answers.
const CHAIN_PATIENCE: Duration = Duration::from_secs(60);

/// How to set a local network up.
#[derive(Clone, Debug)]
pub struct NetworkOptions {
    /// Folder for keys, stores and logs. What an earlier network left there is deleted.
    pub folder: PathBuf,
    /// Milliseconds per slot.
    pub slot_time: u64,
    /// Port of JSON-RPC; 0 picks one.
    pub port: u16,
    /// Port of the websocket; 0 picks one.
    pub websocket_port: u16,
    /// Further programs to place, as `ID=PATH`.
    pub programs: Vec<String>,
    /// What the cluster charges.
    pub prices: Prices,
    /// How many nodes it has, and what they run.
    pub cluster: ClusterShape,
    /// Milliseconds between two looks of a node at the court; the node's default unless given.
    pub court_pause: Option<u64>,
}

impl NetworkOptions {
    /// The defaults, in a folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            slot_time: 400,
            port: 0,
            websocket_port: 0,
            programs: Vec::new(),
            prices: Prices::default(),
            cluster: ClusterShape::default(),
            court_pause: None,
        }
    }
}

/// The line with which the local chain says that it answers.
#[derive(Debug, Deserialize)]
struct ChainReady {
    rpc: String,
    websocket: String,
    genesis_hash: String,
}

/// A running local network. Its processes end with it.
#[derive(Debug)]
pub struct LocalNetwork {
    description: Description,
    wallet: Keypair,
    chain: Process,
    nodes: Vec<LocalNode>,
}

impl LocalNetwork {
    /// Starts a chain and the nodes, registers the nodes, and makes a cluster of them.
    ///
    /// # Errors
    /// Whatever of it fails, with the end of the log of the process at fault.
    pub async fn start(
        options: &NetworkOptions,
        binaries: &Binaries,
        report: &Report,
    ) -> anyhow::Result<Self> {
        let ClusterShape { nodes: count, protocol } = options.cluster.check()?;
        let folder = prepare_folder(&options.folder)?;
        let wallet = Keypair::new();
        let wallet_path = folder.join("wallet.json");
        write_keypair_file(&wallet, &wallet_path)
            .map_err(|error| anyhow::anyhow!("cannot write {}: {error}", wallet_path.display()))?;

        let step = report.step("chain");
        let (chain, ready) = start_chain(options, binaries, &wallet, &folder).await?;
        let client =
            Client::connect(Endpoints { rpc: ready.rpc.clone(), websocket: ready.websocket.clone() }).await?;
        step.done(format!("{} (websocket {})", ready.rpc, ready.websocket));

        let step = report.step("nodes");
        let initialised = (0..usize::from(count)).map(|index| {
            LocalNode::initialise(
                index,
                &binaries.node,
                &folder,
                client.endpoints(),
                setup::cluster_address(),
                options.court_pause,
            )
        });
        let mut nodes = try_join_all(initialised).await?;
        let cluster =
            setup::make_cluster(&client, &wallet, &wallet_path, &nodes, protocol, options.prices).await?;
        try_join_all(nodes.iter_mut().map(LocalNode::start)).await?;
        step.done(format!("{count} registered, joined and running, protocol {protocol}"));

        let pinned = client.trust_cluster_on_first_use(&cluster).await?;
        // Their keys were made here a moment ago: what the chain says must be that.
        let made: Vec<_> = nodes.iter().map(LocalNode::identity).collect();
        if pinned.identities() != made {
            bail!("the cluster on the chain has other members than were registered");
        }
        let description = Description {
            pid: std::process::id(),
            rpc: ready.rpc,
            websocket: ready.websocket,
            genesis_hash: ready.genesis_hash,
            slot_time: options.slot_time,
            program: arx_sdk::program::ID.to_string(),
            cluster: cluster.to_string(),
            protocol: protocol.to_string(),
            fingerprint: pinned.fingerprint().to_string(),
            wallet: wallet_path,
            nodes: nodes.iter().map(LocalNode::describe).collect(),
        };
        description.write(&folder)?;
        Ok(Self { description, wallet, chain, nodes })
    }

    /// What others need to know about it.
    pub const fn description(&self) -> &Description {
        &self.description
    }

    /// The developer's wallet: rich, and the authority of everything here.
    pub const fn wallet(&self) -> &Keypair {
        &self.wallet
    }

    /// The nodes.
    pub fn nodes_mut(&mut self) -> &mut [LocalNode] {
        &mut self.nodes
    }

    /// Waits until one of its processes ends by itself.
    ///
    /// # Errors
    /// Always.
    pub async fn watch(&mut self) -> anyhow::Error {
        let nodes = self.nodes.iter_mut().map(|node| Box::pin(node.watch()));
        tokio::select! {
            error = self.chain.watch() => error,
            (error, ..) = select_all(nodes) => error,
        }
    }

    /// Ends all processes, nodes first, and removes the description.
    ///
    /// # Errors
    /// If one cannot be ended.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.description.remove();
        try_join_all(self.nodes.into_iter().map(LocalNode::stop)).await?;
        self.chain.stop().await?;
        Ok(())
    }
}

/// Connects to a network that runs, and pins the cluster that its description names.
///
/// # Errors
/// If the chain does not answer, is another one, or the cluster has other keys than described.
pub async fn connect(description: &Description) -> anyhow::Result<(Client, PinnedCluster, Keypair)> {
    let endpoints = Endpoints { rpc: description.rpc.clone(), websocket: description.websocket.clone() };
    let client = Client::connect(endpoints).await?;
    if hex::encode(client.network().genesis) != description.genesis_hash {
        bail!("the chain at {} is not the one that was described", description.rpc);
    }
    let cluster = client.pinned_cluster(&description.cluster_address()?, description.fingerprint()?).await?;
    let wallet = solana_keypair::read_keypair_file(&description.wallet)
        .map_err(|error| anyhow::anyhow!("cannot read {}: {error}", description.wallet.display()))?;
    Ok((client, cluster, wallet))
}

async fn start_chain(
    options: &NetworkOptions,
    binaries: &Binaries,
    wallet: &Keypair,
    folder: &Path,
) -> anyhow::Result<(Process, ChainReady)> {
    let mut arguments = vec![
        "--slot-time".to_owned(),
        options.slot_time.to_string(),
        "--port".to_owned(),
        options.port.to_string(),
        "--websocket-port".to_owned(),
        options.websocket_port.to_string(),
        "--upgrade-authority".to_owned(),
        wallet.pubkey().to_string(),
        "--fund".to_owned(),
        format!("{}={WALLET_LAMPORTS}", wallet.pubkey()),
    ];
    let placed = programs::write_all(&folder.join("programs"))?;
    for program in placed.iter().chain(&options.programs) {
        arguments.extend(["--program".to_owned(), program.clone()]);
    }
    let mut chain =
        Process::start("the chain", &binaries.localnet, arguments, &folder.join("chain.log"), None)?;
    let ready = chain.ready(CHAIN_PATIENCE).await?;
    Ok((chain, ready))
}

/// An empty folder that only this user can read.
fn prepare_folder(folder: &Path) -> anyhow::Result<PathBuf> {
    use std::os::unix::fs::DirBuilderExt;

    if Description::path(folder).exists() || folder.join("wallet.json").exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    } else if folder.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        bail!("{} is not empty and was not made by `arx`; name another folder", folder.display());
    }
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("cannot create {}", folder.display()))?;
    folder.canonicalize().with_context(|| format!("cannot use {}", folder.display()))
}
