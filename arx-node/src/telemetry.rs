//! Logs and metrics.
//!
//! Metrics (Prometheus text format under `/metrics` of the configured address):
//!
//! | name | says |
//! | --- | --- |
//! | `arx_slot` | slot of the last reading of the chain |
//! | `arx_queue_length` | computations in the cluster's queue |
//! | `arx_chain_errors_total` | failed readings of the chain |
//! | `arx_peer_connected{peer}` | 1 while a connection to the member stands |
//! | `arx_peer_faults_total{peer}` | frames of a member that were none, or too much |
//! | `arx_protocol_violations_total{peer}` | faults of a member inside a session |
//! | `arx_handshakes_refused_total` | strangers and others that did not get past the handshake |
//! | `arx_frames_received_total{kind}`, `arx_bytes_sent_total{peer}` | traffic |
//! | `arx_sessions_started_total`, `arx_sessions_failed_total{reason}`, `arx_sessions_running` | attempts |
//! | `arx_session_seconds` | how long attempts took that ended with an outcome or an error |
//! | `arx_computations_settled_total`, `arx_computations_tracked` | computations |
//! | `arx_ending_faults_total` | disagreements about an outcome, bad signatures |
//! | `arx_submissions_total{outcome}`, `arx_callbacks_failed_total` | transactions |
//! | `arx_panics_total` | bugs |

use std::io::IsTerminal;
use std::net::SocketAddr;

use metrics_exporter_prometheus::PrometheusBuilder;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{LogConfig, LogFormat};

/// Starts logging to standard error. `RUST_LOG` goes before the configured level.
pub fn start_logs(config: &LogConfig) -> Result<(), TelemetryError> {
    let filter = match std::env::var("RUST_LOG") {
        Ok(filter) => EnvFilter::try_new(filter),
        Err(_) => EnvFilter::try_new(&config.level),
    };
    let filter = filter.map_err(|error| TelemetryError::Filter { why: error.to_string() })?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let started = match config.format {
        LogFormat::Text => builder.with_target(false).finish().try_init(),
        LogFormat::Json => builder.json().flatten_event(true).finish().try_init(),
    };
    started.map_err(|error| TelemetryError::Logs { why: error.to_string() })
}

/// Starts the Prometheus endpoint. Must be called inside a tokio runtime.
pub fn start_metrics(listen: SocketAddr) -> Result<(), TelemetryError> {
    PrometheusBuilder::new()
        .with_http_listener(listen)
        .install()
        .map_err(|error| TelemetryError::Metrics { listen, why: error.to_string() })
}

/// Logs or metrics do not start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TelemetryError {
    /// The log filter is no filter.
    #[error("the log level cannot be understood: {why} (examples: info, arx_node=debug,info)")]
    Filter {
        /// What is wrong.
        why: String,
    },
    /// Logging runs already.
    #[error("logging cannot be started: {why}")]
    Logs {
        /// The library's words.
        why: String,
    },
    /// The address cannot be used.
    #[error("the metrics endpoint cannot be opened on {listen}: {why}")]
    Metrics {
        /// The configured address.
        listen: SocketAddr,
        /// The library's words.
        why: String,
    },
}
