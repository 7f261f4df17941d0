//! What an operator can tell `arx-node` to do. One file a command; `docs/operators.md` tells the story.

mod authority;
mod backup;
mod claim;
mod create_cluster;
mod init;
mod join;
mod output;
mod register;
mod restore;
mod run;
mod status;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

/// A node of the network: computes on data that it cannot see.
#[derive(Debug, Parser)]
#[command(name = "arx-node", version, propagate_version = true)]
pub struct Arguments {
    /// The node's folder: its configuration `arx-node.toml`, and unless that says otherwise keys and store.
    #[arg(long, global = true, value_name = "FOLDER", default_value = ".", env = "ARX_NODE_DIR")]
    pub dir: PathBuf,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Makes keys, and a configuration if there is none.
    Init(init::InitArguments),
    /// Enters the node on chain, or brings its entry up to date. Needs the cold authority key.
    Register(AuthorityArguments),
    /// Forms a cluster of registered nodes. Needs an authority key, which will set the cluster's prices.
    CreateCluster(create_cluster::CreateClusterCommand),
    /// Accepts the invitation of a cluster. Needs the cold authority key.
    Join(join::JoinArguments),
    /// Runs the node: logs go to standard error, reports for tools (one JSON object a line) to standard output.
    Run(run::RunArguments),
    /// Shows what the chain says about the node.
    Status(status::StatusArguments),
    /// Collects the node's fees. Needs the cold authority key.
    Claim(claim::ClaimArguments),
    /// Writes keys and journal into one encrypted file; also while the node runs.
    Backup(backup::BackupArguments),
    /// Brings a node back from a backup, into an empty data directory.
    Restore(restore::RestoreArguments),
}

/// Where the cold authority key is.
#[derive(Debug, Args)]
pub struct AuthorityArguments {
    /// The cold authority's key: a file as `solana-keygen` writes it.
    #[arg(long, value_name = "FILE", env = "ARX_NODE_AUTHORITY")]
    pub authority: PathBuf,
}

/// Does what the command line says.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // Sessions compute for milliseconds at a time; with one thread they would hold up the mesh.
    let threads = std::thread::available_parallelism().map_or(2, |cores| cores.get().max(2));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(execute(arguments)),
        Err(error) => Err(error.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::tell(format_args!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Does it.
pub async fn execute(arguments: Arguments) -> Result<()> {
    let config = &arguments.dir.join("arx-node.toml");
    match arguments.command {
        Command::Init(arguments) => init::init(config, &arguments),
        Command::Register(arguments) => register::register(config, &arguments).await,
        Command::CreateCluster(arguments) => create_cluster::create_cluster(config, &arguments).await,
        Command::Join(arguments) => join::join(config, &arguments).await,
        Command::Run(arguments) => run::run(config, &arguments).await,
        Command::Status(arguments) => status::status(config, &arguments).await,
        Command::Claim(arguments) => claim::claim(config, &arguments).await,
        Command::Backup(arguments) => backup::backup(config, &arguments),
        Command::Restore(arguments) => restore::restore(config, &arguments),
    }
}
