//! One computation's phases with their durations, as a client and the nodes see them.

use std::time::{Duration, Instant};

use arx_sdk::{Client, Progress, Settled, client::Landed};
use serde::Serialize;
use solana_pubkey::Pubkey;

use crate::{
    network::{
        Description,
        measure::{Measured, measured},
    },
    report::{Report, seconds},
};

/// One computation, from submission to the application's callback.
#[derive(Clone, Debug, Serialize)]
pub struct ComputationReport {
    /// What it was.
    pub name: String,
    /// Its address.
    pub computation: String,
    /// Seconds from sending the transaction to the application's callback.
    pub seconds: f64,
    /// Slot in which it was queued.
    pub queued_slot: u64,
    /// Slot in which its result was stored.
    pub settled_slot: u64,
    /// What the nodes measured.
    #[serde(flatten)]
    pub online: Measured,
}

/// Follows a computation that was just sent to its callback, and shows its phases.
///
/// # Errors
/// What the chain says; that the nodes do not report it.
pub async fn follow(
    client: &Client,
    network: &Description,
    name: &str,
    computation: &Pubkey,
    sent: Instant,
    landed: &Landed,
    report: &Report,
) -> anyhow::Result<(ComputationReport, Settled)> {
    let mut steps = Vec::new();
    let settled = client.await_delivered(computation, &mut |step| steps.push((sent.elapsed(), step))).await?;
    let took = steps.last().map_or_else(|| sent.elapsed(), |(at, _)| *at);
    let online = measured(network, computation).await.ok_or_else(|| {
        anyhow::anyhow!("the nodes do not report computation {computation}; see their logs")
    })?;
    let summary = ComputationReport {
        name: name.to_owned(),
        computation: computation.to_string(),
        seconds: took.as_secs_f64(),
        queued_slot: landed.slot,
        settled_slot: settled.computation.settled_slot,
        online,
    };
    show(report, &summary, &steps, took);
    Ok((summary, settled))
}

fn show(report: &Report, summary: &ComputationReport, steps: &[(Duration, Progress)], took: Duration) {
    let Measured { rounds, bytes_per_node, online_ms, stock_wait_ms } = summary.online;
    let stock = match stock_wait_ms {
        0 => "stock at hand".to_owned(),
        waited => format!("{waited} ms until there was stock"),
    };
    let delivered = steps.iter().find_map(|(_, step)| match step {
        Progress::Delivered { slot } => Some(format!("callback seen in slot {slot}")),
        Progress::CallbackFailed { code } => Some(format!("callback failed with error {code}")),
        _ => None,
    });
    report.line(&format!(
        "  {:<22} queued in slot {}, {stock}, online {rounds} rounds, {bytes_per_node} bytes a node, \
         {online_ms} ms, settled in slot {}, {}  [{}]",
        summary.name,
        summary.queued_slot,
        summary.settled_slot,
        delivered.unwrap_or_else(|| "no callback".into()),
        seconds(took),
    ));
}
