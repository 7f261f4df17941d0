//! `arx status`: what runs on this machine, and what waits in its queue.

use std::process::ExitCode;

use anyhow::Context;
use arx_sdk::{Client, program::state::Cluster};
use serde::Serialize;
use solana_pubkey::Pubkey;

use crate::{
    FolderOption,
    network::{Description, connect},
};

/// What `arx status` is told.
#[derive(Clone, Debug, clap::Args)]
pub struct StatusOptions {
    #[command(flatten)]
    folder: FolderOption,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// A network as it is now.
#[derive(Debug, Serialize)]
struct Status {
    network: Description,
    slot: u64,
    state: String,
    epoch: u64,
    finalized: u64,
    failed: u64,
    accrued_lamports: u64,
    queue: Vec<Waiting>,
}

/// A computation in the queue.
#[derive(Debug, Serialize)]
struct Waiting {
    computation: String,
    queued_slot: u64,
    deadline: u64,
    priority_fee: u64,
}

/// Runs the command; the exit code says whether a network runs.
pub(crate) async fn run(options: &StatusOptions) -> anyhow::Result<ExitCode> {
    let folder = options.folder.path();
    let Some(description) = Description::read(&folder)? else {
        eprintln!("no network runs in {}; start one with `arx dev`", folder.display());
        return Ok(ExitCode::FAILURE);
    };
    let (client, _, _) = connect(&description).await.with_context(|| {
        format!("the network of process {} does not answer; start one with `arx dev`", description.pid)
    })?;
    let status = status(&client, description).await?;
    if options.json {
        println!("{}", serde_json::to_string(&status)?);
    } else {
        print(&status);
    }
    Ok(ExitCode::SUCCESS)
}

async fn status(client: &Client, network: Description) -> anyhow::Result<Status> {
    let address = network.cluster_address()?;
    let cluster: Cluster = client.cluster(&address).await?;
    Ok(Status {
        slot: client.slot().await?,
        state: format!("{:?}", cluster.state),
        epoch: cluster.epoch,
        finalized: cluster.finalized,
        failed: cluster.failed,
        accrued_lamports: cluster.accrued.iter().sum(),
        queue: waiting(client, &address).await?,
        network,
    })
}

async fn waiting(client: &Client, cluster: &Pubkey) -> anyhow::Result<Vec<Waiting>> {
    let queue = client.queue(cluster).await?;
    let entries = queue.entries().iter().map(|entry| Waiting {
        computation: entry.computation.to_string(),
        queued_slot: entry.slot,
        deadline: entry.deadline,
        priority_fee: entry.priority,
    });
    Ok(entries.collect())
}

fn print(status: &Status) {
    let Status { network, .. } = status;
    println!("chain      {} (slot {})", network.rpc, status.slot);
    println!("program    {}", network.program);
    println!("cluster    {} ({}, epoch {})", network.cluster, status.state, status.epoch);
    println!("           {} finalised, {} failed or expired", status.finalized, status.failed);
    println!("           {} lamports earned and not claimed", status.accrued_lamports);
    for node in &network.nodes {
        println!("node       {} at {}, log {}", node.identity, node.endpoint, node.log.display());
    }
    println!("queue      {} waiting", status.queue.len());
    for waiting in &status.queue {
        println!(
            "           {} since slot {}, until slot {}, priority fee {}",
            waiting.computation, waiting.queued_slot, waiting.deadline, waiting.priority_fee
        );
    }
}
