//! Stories that show an application from beginning to end, on a network of this machine.

use std::process::ExitCode;

use clap::Subcommand;

use crate::{
    FolderOption, Interrupted,
    binaries::Binaries,
    interrupted_code,
    network::{ClusterShape, Description, LocalNetwork, NetworkOptions, connect},
    report::Report,
};

pub mod auction;
mod phases;

pub use phases::{ComputationReport, follow};

/// Which story.
#[derive(Clone, Debug, Subcommand)]
pub enum Demo {
    /// A sealed-bid second-price auction among several bidders.
    Auction(AuctionOptions),
}

/// What `arx demo auction` is told.
#[derive(Clone, Debug, clap::Args)]
pub struct AuctionOptions {
    #[command(flatten)]
    folder: FolderOption,
    /// How many bidders.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=40))]
    bids: u8,
    /// How many slots bids are taken [default: 16, and 6 more per bidder].
    #[arg(long, value_name = "SLOTS")]
    bidding: Option<u64>,
    #[command(flatten)]
    cluster: ClusterShape,
    /// Print one JSON object at the end.
    #[arg(long)]
    json: bool,
}

impl AuctionOptions {
    /// So many bidders, with the defaults for the rest.
    pub fn with_bidders(bids: u8) -> Self {
        let (folder, cluster) = (FolderOption { folder: None }, ClusterShape::default());
        Self { folder, bids, bidding: None, cluster, json: false }
    }

    fn bidding_slots(&self) -> u64 {
        self.bidding.unwrap_or(16 + 6 * u64::from(self.bids))
    }
}

/// Runs the story, on the network that `arx dev` runs or, where none does, on one of its own that ends with it.
pub(crate) async fn run(
    demo: &Demo,
    report: &Report,
    interrupted: &mut Interrupted,
) -> anyhow::Result<ExitCode> {
    let Demo::Auction(options) = demo;
    tokio::select! {
        outcome = auction_on_some_network(options, report) => outcome,
        () = interrupted.wait() => Ok(interrupted_code()),
    }
}

async fn auction_on_some_network(options: &AuctionOptions, report: &Report) -> anyhow::Result<ExitCode> {
    let begun = auction::Clock::start();
    let running = match Description::read(&options.folder.path())? {
        Some(description) => connect(&description).await.is_ok().then_some(description),
        None => None,
    };
    let outcome = match running {
        Some(description) => {
            report.heading("Network");
            report.line(&format!("  the one that `arx dev` runs (process {})", description.pid));
            auction::tell(options, &description, begun, report).await?
        }
        None => {
            let binaries = Binaries::find(report).await?;
            // What had to be compiled first is not part of how fast the network is.
            let begun = auction::Clock::start();
            let folder = tempfile::Builder::new().prefix("arx-demo-").tempdir()?;
            report.heading("Network (its own, for want of a running `arx dev`)");
            let network_options = NetworkOptions {
                cluster: options.cluster,
                ..NetworkOptions::new(folder.path().join("network"))
            };
            let mut network = LocalNetwork::start(&network_options, &binaries, report).await?;
            let description = network.description().clone();
            let told = tokio::select! {
                told = auction::tell(options, &description, begun, report) => told,
                failure = network.watch() => Err(failure),
            };
            network.stop().await?;
            told?
        }
    };
    if options.json {
        println!("{}", serde_json::to_string(&outcome)?);
    }
    Ok(if outcome.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
