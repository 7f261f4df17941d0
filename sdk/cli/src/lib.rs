//! The developer's command `arx`.
//!
//! ```text
//! arx demo auction    a sealed-bid auction, computed by three nodes, settled on chain: the whole story
//! arx dev             a network on this machine, until Ctrl-C
//! arx status          what runs, and what waits in its queue
//! arx build CRATE     compile circuits: costs, artifacts, generated code
//! arx signing-key MXE the key that an application's circuits sign with
//! ```
//!
//! It is a library too, so that end-to-end tests start the same network that developers get.
//!
//! # Layout
//! - [`binaries`]: the programs it starts, found or built
//! - [`process`]: children that cannot outlive it
//! - [`network`]: a whole network on this machine
//! - [`demo`]: stories told on it
//! - [`compile`]: `arx build`; [`status`]: `arx status`; [`signing_key`]: `arx signing-key`
//! - [`report`]: what is shown meanwhile

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    binaries::Binaries,
    network::{ClusterShape, Description, LocalNetwork, NetworkOptions, connect},
    report::Report,
};

pub mod binaries;
pub mod compile;
pub mod demo;
pub mod network;
pub mod process;
pub mod report;
pub mod signing_key;
pub mod status;

/// Build, run and see confidential applications.
#[derive(Debug, Parser)]
#[command(name = "arx", version, propagate_version = true)]
pub struct Command {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Run a network on this machine until Ctrl-C.
    Dev(DevOptions),
    /// Show an application from beginning to end.
    #[command(subcommand)]
    Demo(demo::Demo),
    /// Compile a circuit crate.
    Build(compile::BuildOptions),
    /// Show the network that `arx dev` runs.
    Status(status::StatusOptions),
    /// Show the key that an application's circuits sign with.
    SigningKey(signing_key::SigningKeyOptions),
}

/// Which network on this machine is meant.
#[derive(Clone, Debug, Args)]
pub struct FolderOption {
    /// Folder of the network that `arx dev` runs.
    #[arg(long, value_name = "FOLDER", env = "ARX_DEV_FOLDER")]
    folder: Option<PathBuf>,
}

impl FolderOption {
    /// The folder.
    pub fn path(&self) -> PathBuf {
        self.folder.clone().unwrap_or_else(network::description::default_folder)
    }
}

/// What `arx dev` is told.
#[derive(Clone, Debug, Args)]
pub struct DevOptions {
    #[command(flatten)]
    folder: FolderOption,
    /// Port of JSON-RPC on 127.0.0.1; 0 picks a free one.
    #[arg(long, default_value_t = 8899)]
    port: u16,
    /// Port of the websocket on 127.0.0.1; 0 picks a free one.
    #[arg(long, default_value_t = 8900)]
    websocket_port: u16,
    /// Milliseconds per slot.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 400)]
    slot_time: u64,
    #[command(flatten)]
    cluster: ClusterShape,
    /// A further program to place, as ID=PATH of its bytecode. Repeatable.
    #[arg(long = "program", value_name = "ID=PATH")]
    programs: Vec<String>,
    /// Print one JSON object when it is ready.
    #[arg(long)]
    json: bool,
}

/// Runs the command to its end.
///
/// # Errors
/// What stopped it.
pub fn run(command: Command) -> anyhow::Result<ExitCode> {
    let report = Report::new();
    if let Task::Build(options) = &command.task {
        compile::run(options, &report)?;
        return Ok(ExitCode::SUCCESS);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut interrupted = Interrupted::listen()?;
        match command.task {
            Task::Dev(options) => dev(&options, &report, &mut interrupted).await,
            Task::Demo(story) => demo::run(&story, &report, &mut interrupted).await,
            Task::Status(options) => status::run(&options).await,
            Task::SigningKey(options) => signing_key::run(&options).await,
            Task::Build(_) => Ok(ExitCode::SUCCESS),
        }
    })
}

/// Ctrl-C, or SIGTERM: the command ends what it started, and then itself.
#[derive(Debug)]
pub struct Interrupted {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Interrupted {
    fn listen() -> anyhow::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).context("cannot listen for Ctrl-C")?,
            terminate: signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?,
        })
    }

    /// Waits for it.
    pub async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// How a shell sees that Ctrl-C ended a command.
pub(crate) fn interrupted_code() -> ExitCode {
    ExitCode::from(130)
}

async fn dev(
    options: &DevOptions,
    report: &Report,
    interrupted: &mut Interrupted,
) -> anyhow::Result<ExitCode> {
    let folder = options.folder.path();
    if let Some(running) = Description::read(&folder)?
        && connect(&running).await.is_ok()
    {
        anyhow::bail!(
            "a network runs already in {} (process {}); see `arx status`",
            folder.display(),
            running.pid
        );
    }
    let network_options = NetworkOptions {
        slot_time: options.slot_time,
        port: options.port,
        websocket_port: options.websocket_port,
        programs: options.programs.clone(),
        cluster: options.cluster,
        ..NetworkOptions::new(folder)
    };
    let start = async {
        let binaries = Binaries::find(report).await?;
        report.heading("Network");
        LocalNetwork::start(&network_options, &binaries, report).await
    };
    let mut network = tokio::select! {
        network = start => network?,
        () = interrupted.wait() => return Ok(interrupted_code()),
    };
    announce(&network, options.json, report)?;
    let failure = tokio::select! {
        failure = network.watch() => Some(failure),
        () = interrupted.wait() => None,
    };
    let step = report.step("stopping");
    network.stop().await?;
    step.done("all processes ended");
    failure.map_or(Ok(ExitCode::SUCCESS), Err)
}

fn announce(network: &LocalNetwork, json: bool, report: &Report) -> anyhow::Result<()> {
    let description = network.description();
    if json {
        println!("{}", serde_json::to_string(description)?);
        return Ok(());
    }
    report.line(&format!(
        "\n  JSON-RPC    {}\n  websocket   {}\n  program     {}\n  cluster     {}\n  pin         {}\n  wallet      {}\n\n\
         Ready. Ctrl-C ends it; `arx demo auction` in another terminal uses it.",
        description.rpc,
        description.websocket,
        description.program,
        description.cluster,
        description.fingerprint,
        description.wallet.display(),
    ));
    Ok(())
}
