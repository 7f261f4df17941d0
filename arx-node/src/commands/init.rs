//! `arx-node init`: keys, and a configuration if there is none.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::json;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;
use zeroize::Zeroizing;

use super::authority;
use super::output::{say, tell};
use crate::config::{
    ChainConfig, Config, KeysConfig, LimitsConfig, LogConfig, MeshConfig, MetricsConfig, StockConfig,
};
use crate::secrets::key_file::KeyFile;
use crate::secrets::{NodeKeys, passphrase};

/// Arguments of `init`. Those about the configuration are used where there is none yet.
#[derive(Debug, Args)]
pub struct InitArguments {
    /// JSON-RPC endpoint of the chain.
    #[arg(long, value_name = "URL")]
    rpc: Option<String>,
    /// Websocket endpoint of the chain; derived from the other one unless given.
    #[arg(long, value_name = "URL")]
    websocket: Option<String>,
    /// Serve this cluster and no other; the one that the node has joined unless given.
    #[arg(long, value_name = "ADDRESS")]
    cluster: Option<Pubkey>,
    /// `host:port` under which other members reach this node.
    #[arg(long, value_name = "HOST:PORT")]
    endpoint: Option<String>,
    /// UDP address to listen on.
    #[arg(long, value_name = "ADDRESS", default_value = "0.0.0.0:7400")]
    listen: SocketAddr,
    /// Where keys and store lie, relative to the node's folder.
    #[arg(long, value_name = "FOLDER", default_value = "data")]
    data_dir: PathBuf,
    /// TCP address of the Prometheus endpoint.
    #[arg(long, value_name = "ADDRESS")]
    metrics: Option<SocketAddr>,
    /// Triples of a full batch of the stock; less than the default where memory and disk are small.
    #[arg(long, value_name = "NUMBER")]
    stock_triples: Option<u32>,
    /// Milliseconds between two looks at the court; less than the default where a challenge has little time.
    #[arg(long, value_name = "NUMBER")]
    court_pause_ms: Option<u64>,
    /// File with the passphrase for the new keys; it is entered in the configuration.
    #[arg(long, value_name = "FILE", conflicts_with = "no_passphrase")]
    passphrase_file: Option<PathBuf>,
    /// Do not encrypt the keys: the file's permissions alone guard them.
    #[arg(long)]
    no_passphrase: bool,
    /// Also makes a cold authority key in this file.
    #[arg(long, value_name = "FILE")]
    new_authority: Option<PathBuf>,
}

/// What people read goes to standard error; standard output has the public keys as one JSON object, for tools.
pub(super) fn init(path: &Path, arguments: &InitArguments) -> Result<()> {
    let config = if path.exists() {
        Config::load(path)?
    } else {
        write_config(path, arguments)?;
        tell(format_args!("configuration   {}", path.display()));
        Config::load(path)?
    };
    std::fs::create_dir_all(&config.data_dir)
        .with_context(|| format!("cannot create {}", config.data_dir.display()))?;

    let key_path = config.key_file();
    if key_path.exists() {
        bail!("{} exists already: this node has its keys, and they are not replaced", key_path.display());
    }
    let passphrase = if arguments.no_passphrase {
        None
    } else {
        Some(passphrase::chosen(config.keys.passphrase_file.as_deref(), "the node's keys")?)
    };
    let keys = NodeKeys::generate()?;
    let file = KeyFile::new(&keys, passphrase.as_ref().map(|passphrase| passphrase.as_str()))?;
    file.write(&key_path)?;
    tell(format_args!("keys            {}", key_path.display()));
    tell(format_args!("identity        {}", file.identity));
    tell(format_args!("encryption key  {}", file.encryption_key));
    tell(format_args!("fee payer       {}  (needs SOL for transactions)", file.fee_payer));
    let mut public = json!({
        "identity": file.identity,
        "encryption_key": file.encryption_key,
        "fee_payer": file.fee_payer,
    });

    if let Some(path) = &arguments.new_authority {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *seed).context("the operating system gave no random bytes")?;
        let keypair = Keypair::new_from_array(*seed);
        authority::write(path, &keypair)?;
        tell(format_args!(
            "authority       {}  in {} (keep it off this machine)",
            keypair.pubkey(),
            path.display()
        ));
        public["authority"] = json!(keypair.pubkey().to_string());
    }
    tell("next            arx-node register --authority FILE");
    say(public);
    Ok(())
}

fn write_config(path: &Path, arguments: &InitArguments) -> Result<()> {
    let (Some(rpc_url), Some(endpoint)) = (&arguments.rpc, &arguments.endpoint) else {
        bail!("there is no {} yet: give --rpc and --endpoint, or write one first", path.display());
    };
    let passphrase_file = match &arguments.passphrase_file {
        Some(file) => {
            Some(std::path::absolute(file).with_context(|| format!("cannot use {}", file.display()))?)
        }
        None => None,
    };
    let mut chain = ChainConfig { websocket_url: arguments.websocket.clone(), ..ChainConfig::new(rpc_url) };
    if let Some(pause) = arguments.court_pause_ms {
        chain.court_pause_ms = pause;
    }
    let config = Config {
        data_dir: arguments.data_dir.clone(),
        cluster: arguments.cluster.map(|cluster| cluster.to_string()),
        chain,
        mesh: MeshConfig { listen: arguments.listen, endpoint: endpoint.clone() },
        keys: KeysConfig { passphrase_file },
        limits: LimitsConfig::default(),
        stock: match arguments.stock_triples {
            Some(triples) => StockConfig { triples, ..StockConfig::default() },
            None => StockConfig::default(),
        },
        metrics: MetricsConfig { listen: arguments.metrics },
        log: LogConfig::default(),
    };
    let text = toml::to_string(&config)?;
    // What would be refused later is refused now.
    Config::parse(&text)?;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
