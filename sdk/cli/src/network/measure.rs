//! What the nodes report about each computation: one JSON object a line, in a file per node. Measured by the nodes
//! themselves, not estimated from the circuit.

use std::{collections::BTreeMap, path::Path, time::Duration};

use serde::{Deserialize, Serialize};
use solana_pubkey::Pubkey;
use tokio::time::{Instant, sleep};

use super::Description;

/// What one node reports about one computation that it ran to its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeReport {
    /// The computation.
    pub computation: String,
    /// Which attempt it was, from 0.
    pub attempt: u32,
    /// Rounds of the protocol, all phases together.
    pub rounds: u64,
    /// Bytes that this node sent to its peers.
    pub bytes_sent: u64,
    /// Milliseconds from the first message to the result.
    pub online_ms: u64,
    /// Milliseconds that the attempt waited at this node, which led it, for correlated randomness.
    pub stock_wait_ms: u64,
}

/// What all nodes together report about one computation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Rounds of the slowest node.
    pub rounds: u64,
    /// Bytes that the busiest node sent.
    pub bytes_per_node: u64,
    /// Milliseconds of the slowest node.
    pub online_ms: u64,
    /// Milliseconds that the attempt waited for correlated randomness.
    pub stock_wait_ms: u64,
}

impl Measured {
    fn of<'a>(reports: impl IntoIterator<Item = &'a NodeReport>) -> Self {
        reports.into_iter().fold(Self::default(), |measured, report| Self {
            rounds: measured.rounds.max(report.rounds),
            bytes_per_node: measured.bytes_per_node.max(report.bytes_sent),
            online_ms: measured.online_ms.max(report.online_ms),
            stock_wait_ms: measured.stock_wait_ms.max(report.stock_wait_ms),
        })
    }
}

/// How long nodes may take to write down what everyone already sees on chain.
const PATIENCE: Duration = Duration::from_secs(10);
const INTERVAL: Duration = Duration::from_millis(50);

/// What the nodes of a network report about `computation`; `None` if not all of them do in time.
pub async fn measured(network: &Description, computation: &Pubkey) -> Option<Measured> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let mut reports = BTreeMap::new();
        for node in &network.nodes {
            if let Some(report) = last_report(&node.reports, computation) {
                reports.insert(&node.identity, report);
            }
        }
        if reports.len() == network.nodes.len() {
            return Some(Measured::of(reports.values()));
        }
        if Instant::now() >= deadline {
            return None;
        }
        sleep(INTERVAL).await;
    }
}

fn last_report(path: &Path, computation: &Pubkey) -> Option<NodeReport> {
    let computation = computation.to_string();
    let text = std::fs::read_to_string(path).ok()?;
    let reports = text.lines().rev().filter_map(|line| serde_json::from_str::<NodeReport>(line).ok());
    reports.into_iter().find(|report| report.computation == computation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slowest_and_the_busiest_count() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("node.jsonl");
        let computation = Pubkey::new_from_array([1; 32]);
        let line = |attempt, bytes| {
            format!(
                "{{\"computation\":\"{computation}\",\"attempt\":{attempt},\"rounds\":9,\"bytes_sent\":{bytes},\
                 \"online_ms\":5,\"stock_wait_ms\":3,\"more\":true}}\n"
            )
        };
        std::fs::write(&path, format!("ready\n{}{}", line(0, 10), line(1, 20)))?;
        let report = last_report(&path, &computation).expect("it is there");
        assert_eq!((report.attempt, report.bytes_sent), (1, 20));
        assert_eq!(last_report(&path, &Pubkey::new_from_array([2; 32])), None);
        let quicker = NodeReport { bytes_sent: 7, online_ms: 6, stock_wait_ms: 0, ..report.clone() };
        let both = Measured::of([&report, &quicker]);
        assert_eq!(both, Measured { rounds: 9, bytes_per_node: 20, online_ms: 6, stock_wait_ms: 3 });
        Ok(())
    }
}
