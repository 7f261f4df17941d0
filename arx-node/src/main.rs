//! The command `arx-node`; see `arx-node --help` and `docs/operators.md`.

use std::process::ExitCode;

use arx_node::commands::{Arguments, execute};
use clap::Parser;

fn main() -> ExitCode {
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
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
