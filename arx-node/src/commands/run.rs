//! `arx-node run`, and what other commands share with it: opening keys, connecting, reading the registration.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anchor_lang::AccountDeserialize;
use anyhow::{Context, Result};
use arx_program::pda;
use clap::Args;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing::{info, warn};

use super::output::say;
use crate::chain::rpc::RpcChain;
use crate::chain::view::decode;
use crate::chain::{Chain, ChainError};
use crate::clock::TokioClock;
use crate::config::Config;
use crate::node::Node;
use crate::node::report::Report;
use crate::node::stocking::StockFolder;
use crate::secrets::key_file::{KeyFile, replace_private};
use crate::secrets::{NodeKeys, SystemEntropy, passphrase};
use crate::store::{Store, StoreError};
use crate::telemetry;
use crate::transport::quic::QuicTransport;

/// Between two looks for the node's cluster.
const CLUSTER_PAUSE: Duration = Duration::from_secs(3);
/// Between two images of the store for `backup`.
const IMAGE_PAUSE: Duration = Duration::from_secs(600);
/// Between two looks whether there is new evidence, which goes into an image at once.
const EVIDENCE_PAUSE: Duration = Duration::from_secs(5);
/// Reports that wait for a slow reader.
const REPORTS_WAITING: usize = 1024;

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct RunArguments {
    /// Also stop when standard input ends: for a program that starts a node and must not leave it behind.
    #[arg(long)]
    exit_with_stdin: bool,
}

pub(super) async fn run(path: &Path, arguments: &RunArguments) -> Result<()> {
    let config = Config::load(path)?;
    #[cfg(feature = "danger-misbehave")]
    let misdeed = misdeed(path, &config)?;
    telemetry::start_logs(&config.log)?;
    let keys = open_keys(&config)?;
    if let Some(listen) = config.metrics.listen {
        telemetry::start_metrics(listen)?;
        info!(%listen, "metrics");
    }
    let mut shutdown = shutdown_signal(arguments.exit_with_stdin)?;
    let store = Store::open(&config.store_file())?;
    let chain = Arc::new(connect(&config, &keys));
    let identity = Pubkey::from(keys.identity());
    let cluster = tokio::select! {
        biased;
        _ = shutdown.wait_for(|stop| *stop) => return Ok(()),
        cluster = own_cluster(&config, &chain, &identity) => cluster?,
    };

    let transport = Arc::new(QuicTransport::bind(&keys, config.mesh.listen)?);
    info!(listen = %config.mesh.listen, endpoint = %config.mesh.endpoint, "listening");
    let settings = config.settings(cluster);
    #[cfg(feature = "danger-misbehave")]
    let settings = crate::Settings { misdeed, ..settings };
    let storage = Box::new(StockFolder::new(config.stock_folder()));
    let (clock, entropy) = (TokioClock::new(), SystemEntropy);
    let node = Node::new(settings, keys, store.clone(), storage, chain, transport, clock, entropy)
        .reporting_to(reporter());
    let stopped = async move {
        // An error would mean that nobody can ask any more.
        let _ = shutdown.wait_for(|stop| *stop).await;
    };
    let image_file = config.image_file();
    tokio::select! {
        biased;
        ended = node.run(stopped) => ended?,
        () = keep_image(&store, &image_file) => {}
    }
    write_image(&store, &image_file);
    Ok(())
}

/// What a file in the node's folder says it does wrong; refuses chains that are not on this machine.
#[cfg(feature = "danger-misbehave")]
fn misdeed(path: &Path, config: &Config) -> Result<Option<crate::node::misbehave::Misdeed>> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let misdeed = crate::node::misbehave::Misdeed::of_folder(folder, &config.chain.rpc_url)?;
    super::output::tell(format_args!("this program is for tests: it misbehaves ({misdeed:?})"));
    Ok(misdeed)
}

/// Writes reports to standard output from a thread of its own: whoever reads them may be slow.
fn reporter() -> impl FnMut(Report) + Send + 'static {
    let (reports, waiting) = std::sync::mpsc::sync_channel::<Report>(REPORTS_WAITING);
    std::thread::spawn(move || {
        for report in waiting {
            if let Ok(line) = serde_json::to_string(&report) {
                say(line);
            }
        }
    });
    // A reader that is far behind loses reports; the node does not wait for it.
    move |report| drop(reports.try_send(report))
}

/// Becomes true at SIGINT and SIGTERM, and at the end of standard input if that is asked for.
fn shutdown_signal(exit_with_stdin: bool) -> Result<watch::Receiver<bool>> {
    let (stop, seen) = watch::channel(false);
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    if exit_with_stdin {
        let stop = stop.clone();
        // A thread, because reading a terminal or pipe cannot be cancelled.
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
            stop.send_replace(true);
        });
    }
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        stop.send_replace(true);
        // The second one is for who does not want to wait.
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        std::process::exit(130);
    });
    Ok(seen)
}

/// The cluster to serve: the configured one, or the one that the node has joined, once it has.
async fn own_cluster(config: &Config, chain: &RpcChain, identity: &Pubkey) -> Result<Pubkey> {
    if let Some(cluster) = config.cluster() {
        return Ok(cluster);
    }
    let mut said = false;
    loop {
        match registration(chain, identity).await {
            Ok(Some(node)) => match node.cluster {
                Some(cluster) => return Ok(cluster),
                None if !said => info!("registered, but in no cluster: waiting (arx-node join)"),
                None => {}
            },
            Ok(None) if !said => info!(%identity, "not registered: waiting (arx-node register)"),
            Ok(None) => {}
            // An endpoint that is away comes back; an account that is not a registration does not get better.
            Err(error) if error.downcast_ref::<ChainError>().is_some() => {
                warn!(%error, "waiting for the chain");
            }
            Err(error) => return Err(error),
        }
        said = true;
        tokio::time::sleep(CLUSTER_PAUSE).await;
    }
}

/// Writes the store's image now and then, where it has changed: a running node holds the store itself.
async fn keep_image(store: &Store, path: &Path) {
    let (mut written, mut on_record) = (None, on_record(store));
    loop {
        let sequence = store.sequence().ok();
        if sequence != written {
            write_image(store, path);
            written = sequence;
        }
        for _ in 0..IMAGE_PAUSE.as_secs() / EVIDENCE_PAUSE.as_secs() {
            tokio::time::sleep(EVIDENCE_PAUSE).await;
            let now = self::on_record(store);
            if now != on_record {
                on_record = now;
                break;
            }
        }
    }
}

/// How much is on record about members.
fn on_record(store: &Store) -> Option<(usize, usize)> {
    Some((store.evidence().ok()?.len(), store.accusations().ok()?.len()))
}

fn write_image(store: &Store, path: &Path) {
    let image = || -> Result<()> {
        let bytes = store.image().and_then(|image| image.to_bytes())?;
        Ok(replace_private(path, &bytes)?)
    };
    if let Err(error) = image() {
        warn!(%error, "the image for backups was not written");
    }
}

/// Opens the key file, asking for its passphrase if need be.
pub(super) fn open_keys(config: &Config) -> Result<NodeKeys> {
    let path = config.key_file();
    let file = KeyFile::read(&path)?;
    let passphrase = || -> Result<_> {
        Ok(passphrase::existing(config.keys.passphrase_file.as_deref(), &path.display().to_string())?)
    };
    file.open(&path, passphrase)
}

/// The chain as configured, paying with the node's fee payer.
pub(super) fn connect(config: &Config, keys: &NodeKeys) -> RpcChain {
    RpcChain::new(&config.chain.rpc_url, &config.websocket_url(), config.commitment(), keys.fee_payer())
}

/// The identity key as a signer of transactions.
pub(super) fn identity_keypair(keys: &NodeKeys) -> Keypair {
    Keypair::new_from_array(keys.signing_key().to_bytes())
}

/// The node's registration, if there is one.
pub(super) async fn registration(
    chain: &RpcChain,
    identity: &Pubkey,
) -> Result<Option<arx_program::state::Node>> {
    read(chain, "node", &pda::node(identity).0).await
}

/// Reads one account of the program's.
pub(super) async fn read<A: AccountDeserialize>(
    chain: &RpcChain,
    kind: &'static str,
    address: &Pubkey,
) -> Result<Option<A>> {
    let account = chain.accounts(&[*address]).await?.accounts.into_iter().next().flatten();
    account.map(|account| decode(kind, address, &account)).transpose().map_err(Into::into)
}

/// The image of a store that may be in use: the live one, or what the running node left.
pub(super) fn current_image(config: &Config) -> Result<(crate::store::image::Image, bool)> {
    match Store::open(&config.store_file()) {
        Ok(store) => Ok((store.image()?, true)),
        Err(StoreError::Open { .. }) => {
            let path = config.image_file();
            let bytes = crate::secrets::key_file::read_private_of(&path, u64::MAX)
                .context("the store is in use, and the running node has left no image of it yet")?;
            Ok((crate::store::image::Image::from_bytes(&bytes)?, false))
        }
        Err(error) => Err(error.into()),
    }
}
