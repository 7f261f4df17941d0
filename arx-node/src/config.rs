//! The operator's configuration: one TOML file.
//!
//! Every field has a default but the two that nobody can guess: where the chain is, and under which address other
//! nodes reach this one. Unknown fields are errors: a misspelt one would otherwise be a default without a word.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use solana_commitment_config::CommitmentConfig;
use solana_pubkey::Pubkey;

/// The whole file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where keys and the store lie. Relative paths are relative to the configuration file.
    #[serde(default = "default_data_dir")]
    pub data_dir: PathBuf,
    /// Address of the cluster to serve. Without it: the one that the node has joined, as the chain says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// The chain.
    pub chain: ChainConfig,
    /// The mesh.
    pub mesh: MeshConfig,
    /// The keys.
    #[serde(default)]
    pub keys: KeysConfig,
    /// Limits.
    #[serde(default)]
    pub limits: LimitsConfig,
    /// The stock of correlated randomness.
    #[serde(default)]
    pub stock: StockConfig,
    /// Metrics.
    #[serde(default)]
    pub metrics: MetricsConfig,
    /// Logs.
    #[serde(default)]
    pub log: LogConfig,
}

/// Section `[chain]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainConfig {
    /// JSON-RPC endpoint, `http://` or `https://`.
    pub rpc_url: String,
    /// Websocket endpoint, `ws://` or `wss://`. Default: that of the RPC endpoint, on the next port if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub websocket_url: Option<String>,
    /// How settled the chain's state must be before the node acts on it.
    #[serde(default)]
    pub commitment: Commitment,
    /// Milliseconds between two readings of the queue while computations are in it.
    #[serde(default = "default_poll_busy")]
    pub poll_busy_ms: u64,
    /// Milliseconds between two readings of the empty queue; a websocket notification comes sooner.
    #[serde(default = "default_poll_idle")]
    pub poll_idle_ms: u64,
    /// Milliseconds between two looks at the court: challenges to answer, evidence to hand in, votes to give.
    #[serde(default = "default_court_pause")]
    pub court_pause_ms: u64,
}

impl ChainConfig {
    /// The defaults for this endpoint.
    pub fn new(rpc_url: &str) -> Self {
        ChainConfig {
            rpc_url: rpc_url.to_owned(),
            websocket_url: None,
            commitment: Commitment::default(),
            poll_busy_ms: default_poll_busy(),
            poll_idle_ms: default_poll_idle(),
            court_pause_ms: default_court_pause(),
        }
    }
}

/// A commitment level of Solana's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Commitment {
    /// Seen by one validator. Only for local networks.
    Processed,
    /// Voted for by two thirds of the stake.
    #[default]
    Confirmed,
    /// Can no longer be undone; about 13 seconds later.
    Finalized,
}

/// Section `[mesh]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeshConfig {
    /// UDP address to listen on.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// `host:port` under which the other members reach this node; goes on chain.
    pub endpoint: String,
}

/// Section `[keys]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeysConfig {
    /// File with the passphrase of the key file. Without it: the variable `ARX_NODE_PASSPHRASE`, or a question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passphrase_file: Option<PathBuf>,
}

/// Section `[limits]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsConfig {
    /// Computations run at once.
    #[serde(default = "default_sessions")]
    pub concurrent_sessions: usize,
    /// Seconds that a peer may be silent in a session that waits for it.
    #[serde(default = "default_silence")]
    pub silence_seconds: u64,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        LimitsConfig { concurrent_sessions: default_sessions(), silence_seconds: default_silence() }
    }
}

/// Section `[stock]`. Only clusters under the dishonest-majority protocol have a stock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StockConfig {
    /// Triples of a full batch; other items in proportion. The proposer's number counts.
    #[serde(default = "default_stock_triples")]
    pub triples: u32,
    /// A full batch is made when less than this share of one is free, in percent.
    #[serde(default = "default_stock_low_percent")]
    pub low_percent: u8,
    /// Megabytes of stock on disk; no more is made then.
    #[serde(default = "default_stock_megabytes")]
    pub megabytes: u64,
}

impl Default for StockConfig {
    fn default() -> Self {
        StockConfig {
            triples: default_stock_triples(),
            low_percent: default_stock_low_percent(),
            megabytes: default_stock_megabytes(),
        }
    }
}

/// Section `[metrics]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricsConfig {
    /// TCP address of the Prometheus endpoint; none if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listen: Option<SocketAddr>,
}

/// Section `[log]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogConfig {
    /// How lines look.
    #[serde(default)]
    pub format: LogFormat,
    /// A filter as of `RUST_LOG`, which goes before it.
    #[serde(default = "default_level")]
    pub level: String,
}

impl Default for LogConfig {
    fn default() -> Self {
        LogConfig { format: LogFormat::default(), level: default_level() }
    }
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

fn default_data_dir() -> PathBuf {
    PathBuf::from("data")
}

fn default_listen() -> SocketAddr {
    SocketAddr::from(([0, 0, 0, 0], 7400))
}

fn default_poll_busy() -> u64 {
    400
}

fn default_poll_idle() -> u64 {
    2_000
}

fn default_court_pause() -> u64 {
    20_000
}

fn default_sessions() -> usize {
    8
}

fn default_silence() -> u64 {
    15
}

fn default_stock_triples() -> u32 {
    crate::node::StockSettings::default().full.triples
}

fn default_stock_low_percent() -> u8 {
    crate::node::StockSettings::default().low_percent
}

fn default_stock_megabytes() -> u64 {
    crate::node::StockSettings::default().most_bytes >> 20
}

fn default_level() -> String {
    "info".into()
}

impl Config {
    /// Reads and checks the file. Relative paths in it become relative to its folder.
    pub fn load(path: &Path) -> Result<Config, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::Read { path: path.to_owned(), why: error.to_string() })?;
        let mut config = Config::parse(&text).map_err(|error| error.in_file(path))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        config.data_dir = folder.join(&config.data_dir);
        config.keys.passphrase_file = config.keys.passphrase_file.map(|file| folder.join(file));
        Ok(config)
    }

    /// Reads and checks the file's text.
    pub fn parse(text: &str) -> Result<Config, ConfigError> {
        let config: Config = toml::from_str(text).map_err(|error| ConfigError::Syntax {
            path: PathBuf::new(),
            why: error.to_string().trim_end().to_owned(),
        })?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let field = |field: &'static str, value: &dyn std::fmt::Display, why: &str| {
            Err(ConfigError::Field {
                path: PathBuf::new(),
                field,
                value: value.to_string(),
                why: why.to_owned(),
            })
        };
        if !self.chain.rpc_url.starts_with("http://") && !self.chain.rpc_url.starts_with("https://") {
            return field("chain.rpc_url", &self.chain.rpc_url, "must start with http:// or https://");
        }
        if let Some(url) = &self.chain.websocket_url
            && !url.starts_with("ws://")
            && !url.starts_with("wss://")
        {
            return field("chain.websocket_url", url, "must start with ws:// or wss://");
        }
        if let Some(cluster) = &self.cluster
            && cluster.parse::<Pubkey>().is_err()
        {
            return field("cluster", cluster, "must be an address in base58");
        }
        if let Err(why) = check_endpoint(&self.mesh.endpoint) {
            return field("mesh.endpoint", &self.mesh.endpoint, why);
        }
        if !(1..=64).contains(&self.limits.concurrent_sessions) {
            return field(
                "limits.concurrent_sessions",
                &self.limits.concurrent_sessions,
                "must be between 1 and 64",
            );
        }
        if !(2..=600).contains(&self.limits.silence_seconds) {
            return field(
                "limits.silence_seconds",
                &self.limits.silence_seconds,
                "must be between 2 and 600",
            );
        }
        if !(4_096..=16_777_216).contains(&self.stock.triples) {
            return field("stock.triples", &self.stock.triples, "must be between 4096 and 16777216");
        }
        if !(1..=100).contains(&self.stock.low_percent) {
            return field("stock.low_percent", &self.stock.low_percent, "must be between 1 and 100");
        }
        if !(16..=1 << 24).contains(&self.stock.megabytes) {
            return field("stock.megabytes", &self.stock.megabytes, "must be between 16 and 16777216");
        }
        if !(50..=60_000).contains(&self.chain.poll_busy_ms) {
            return field("chain.poll_busy_ms", &self.chain.poll_busy_ms, "must be between 50 and 60000");
        }
        if !(50..=60_000).contains(&self.chain.poll_idle_ms) {
            return field("chain.poll_idle_ms", &self.chain.poll_idle_ms, "must be between 50 and 60000");
        }
        // A challenge has five minutes by default, in which an opening of a megabyte is to be written.
        if !(500..=60_000).contains(&self.chain.court_pause_ms) {
            return field(
                "chain.court_pause_ms",
                &self.chain.court_pause_ms,
                "must be between 500 and 60000",
            );
        }
        Ok(())
    }

    /// The cluster to serve, where one is set.
    pub fn cluster(&self) -> Option<Pubkey> {
        self.cluster.as_ref().and_then(|cluster| cluster.parse().ok())
    }

    /// The key file.
    pub fn key_file(&self) -> PathBuf {
        self.data_dir.join("keys.json")
    }

    /// The store.
    pub fn store_file(&self) -> PathBuf {
        self.data_dir.join("node.redb")
    }

    /// Where the stock lies. Not part of backups, and must not be restored from one.
    pub fn stock_folder(&self) -> PathBuf {
        self.data_dir.join("stock")
    }

    /// What a running node leaves for `backup`.
    pub fn image_file(&self) -> PathBuf {
        self.data_dir.join("journal.image")
    }

    /// The websocket endpoint: as configured, or as Solana's tools derive it.
    pub fn websocket_url(&self) -> String {
        self.chain.websocket_url.clone().unwrap_or_else(|| derived_websocket_url(&self.chain.rpc_url))
    }

    /// The commitment level for the RPC client.
    pub fn commitment(&self) -> CommitmentConfig {
        match self.chain.commitment {
            Commitment::Processed => CommitmentConfig::processed(),
            Commitment::Confirmed => CommitmentConfig::confirmed(),
            Commitment::Finalized => CommitmentConfig::finalized(),
        }
    }

    /// The node core's settings for this cluster.
    pub fn settings(&self, cluster: Pubkey) -> crate::Settings {
        let mut settings = crate::Settings::new(cluster);
        settings.concurrent_sessions = self.limits.concurrent_sessions;
        settings.stock = crate::node::StockSettings {
            low_percent: self.stock.low_percent,
            most_bytes: self.stock.megabytes << 20,
            ..crate::node::StockSettings::with_full_batches_of(self.stock.triples)
        };
        settings.timings.silence = Duration::from_secs(self.limits.silence_seconds);
        settings.timings.poll_busy = Duration::from_millis(self.chain.poll_busy_ms);
        settings.timings.poll_idle = Duration::from_millis(self.chain.poll_idle_ms);
        settings.timings.court_pause = Duration::from_millis(self.chain.court_pause_ms);
        settings
    }
}

/// `host:port` as the chain takes it.
fn check_endpoint(endpoint: &str) -> Result<(), &'static str> {
    let (host, port) = endpoint.rsplit_once(':').ok_or("must be host:port")?;
    if host.is_empty() || !port.parse::<u16>().is_ok_and(|port| port != 0) {
        return Err("must be host:port with a port between 1 and 65535");
    }
    if endpoint.len() > arx_program::constants::MAX_ENDPOINT_LENGTH {
        return Err("may have at most 64 characters");
    }
    if !endpoint.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("may have printable ASCII characters only");
    }
    if host == "0.0.0.0" || host == "[::]" {
        return Err("must be an address that other nodes can reach");
    }
    Ok(())
}

fn derived_websocket_url(rpc_url: &str) -> String {
    let (scheme, rest) = match rpc_url.split_once("://") {
        Some(("https", rest)) => ("wss", rest),
        Some((_, rest)) => ("ws", rest),
        None => ("ws", rpc_url),
    };
    let (authority, path) =
        rest.split_once('/').map_or((rest, None), |(authority, path)| (authority, Some(path)));
    let authority = match authority.rsplit_once(':').map(|(host, port)| (host, port.parse::<u16>())) {
        Some((host, Ok(port))) => format!("{host}:{}", port.saturating_add(1)),
        _ => authority.to_owned(),
    };
    match path {
        Some(path) => format!("{scheme}://{authority}/{path}"),
        None => format!("{scheme}://{authority}"),
    }
}

/// The configuration cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}: {why} (create one with `arx-node init`)", .path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// The system's words.
        why: String,
    },
    /// It is not TOML, or a field is missing, unknown or of the wrong type.
    #[error("the configuration {} cannot be understood:\n{why}", .path.display())]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// Where and what.
        why: String,
    },
    /// A field's value makes no sense.
    #[error("in the configuration {}: {field} = {value:?} {why}", .path.display())]
    Field {
        /// Which file.
        path: PathBuf,
        /// Which field.
        field: &'static str,
        /// Its value.
        value: String,
        /// What is wrong with it.
        why: String,
    },
}

impl ConfigError {
    fn in_file(mut self, file: &Path) -> Self {
        match &mut self {
            ConfigError::Read { path, .. }
            | ConfigError::Syntax { path, .. }
            | ConfigError::Field { path, .. } => {
                file.clone_into(path);
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: &str =
        "[chain]\nrpc_url = \"http://127.0.0.1:8899\"\n[mesh]\nendpoint = \"node.example.org:7400\"\n";

    #[test]
    fn the_least_configuration_is_enough() {
        let config = Config::parse(LEAST).unwrap();
        assert_eq!(config.chain.commitment, Commitment::Confirmed);
        assert_eq!(config.websocket_url(), "ws://127.0.0.1:8900");
        assert_eq!(config.mesh.listen.port(), 7400);
        assert_eq!(config.metrics.listen, None);
        let written = toml::to_string(&config).unwrap();
        assert_eq!(Config::parse(&written).unwrap(), config);
    }

    #[test]
    fn websocket_addresses_are_derived_as_solanas_tools_do() {
        for (rpc, websocket) in [
            ("http://127.0.0.1:8899", "ws://127.0.0.1:8900"),
            ("https://api.mainnet-beta.solana.com", "wss://api.mainnet-beta.solana.com"),
            ("https://rpc.example.org/key/abc", "wss://rpc.example.org/key/abc"),
            ("http://[::1]:8899/", "ws://[::1]:8900/"),
        ] {
            assert_eq!(derived_websocket_url(rpc), websocket);
        }
    }

    /// The error of a configuration where `from` is replaced by `to`.
    fn error(from: &str, to: &str) -> String {
        Config::parse(&LEAST.replace(from, to)).unwrap_err().to_string()
    }

    #[test]
    fn errors_say_which_field_and_what_to_do() {
        let cases = [
            ("rpc_url", "rpc_ulr", "unknown field `rpc_ulr`"),
            ("http://", "localhost:", "chain.rpc_url = \"localhost:127.0.0.1:8899\" must start with http://"),
            (
                "node.example.org:7400",
                "node.example.org",
                "mesh.endpoint = \"node.example.org\" must be host:port",
            ),
            ("node.example.org:7400", "node.example.org:0", "a port between 1 and 65535"),
            ("node.example.org:7400", "0.0.0.0:7400", "other nodes can reach"),
            ("[mesh]", "websocket_url = \"http://x\"\n[mesh]", "chain.websocket_url"),
            ("[mesh]", "commitment = \"sure\"\n[mesh]", "unknown variant `sure`"),
            ("[mesh]", "poll_idle_ms = 1\n[mesh]", "chain.poll_idle_ms = \"1\" must be between 50 and 60000"),
            ("[chain]", "cluster = \"7\"\n[chain]", "cluster = \"7\" must be an address"),
            ("[chain]", "[limits]\nconcurrent_sessions = 0\n[chain]", "limits.concurrent_sessions"),
            ("[chain]", "[limits]\nsilence_seconds = 0\n[chain]", "limits.silence_seconds"),
            ("[mesh]", "[mesh]\nlisten = \"7400\"", "invalid socket address"),
            ("endpoint = \"node.example.org:7400\"", "", "missing field `endpoint`"),
        ];
        for (from, to, expected) in cases {
            let shown = error(from, to);
            assert!(shown.contains(expected), "{to:?}: {shown}");
        }
        let long = format!("{}:7400", "a".repeat(70));
        assert!(error("node.example.org:7400", &long).contains("at most 64"));
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("node.toml");
        let text = format!("data_dir = \"here\"\n{LEAST}[keys]\npassphrase_file = \"../secret\"\n");
        std::fs::write(&path, text).unwrap();
        let config = Config::load(&path).unwrap();
        assert_eq!(config.key_file(), folder.path().join("here/keys.json"));
        assert_eq!(config.keys.passphrase_file, Some(folder.path().join("../secret")));
        let missing = Config::load(&folder.path().join("none.toml")).unwrap_err();
        assert!(missing.to_string().contains("arx-node init"), "{missing}");
    }
}
