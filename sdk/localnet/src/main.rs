//! A Solana chain on this machine, for development and tests: a real Solana runtime that executes bytecode,
//! with JSON-RPC and websocket on 127.0.0.1, programs placed before it answers, and nothing fetched from anywhere.
//!
//! It is a program of its own and not a library because the chain behind it (`surfpool-core`, Apache-2.0) is a
//! thousand crates that nothing else should have to compile.
//!
//! ```text
//! $ arx-localnet --program <ID>=program.so --fund <PUBKEY>=1000000000
//! {"rpc":"http://127.0.0.1:41234","websocket":"ws://127.0.0.1:41235", ...}
//! ```
//!
//! One JSON line on standard output says that it is ready ([`chain::Ready`]). It ends when standard input closes
//! or on SIGTERM or SIGINT, so that a parent that holds the other end of the pipe can die in any way without
//! leaving a chain behind; `--detached` leaves standard input alone.
//!
//! # Layout
//! - `options`: what the command line says, parsed into types
//! - `genesis`: programs and balances that are there from the start
//! - `chain`: configuring and running the chain

mod chain;
mod genesis;
mod options;

use std::io::{Read, Write};

use anyhow::Context;
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

fn main() -> anyhow::Result<()> {
    let options = options::Options::parse();
    let detached = options.detached;
    // The chain's own locks block their thread, which only the multi-threaded runtime allows.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let stopped = runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
        let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
        let parent_gone = parent_gone(detached);
        let running = chain::start(options).await?;
        announce(&running.ready)?;
        tokio::select! {
            _ = terminate.recv() => Ok(()),
            _ = interrupt.recv() => Ok(()),
            _ = parent_gone => Ok(()),
            ended = running.ended => Err(anyhow::anyhow!(
                "the chain stopped: {}", ended.unwrap_or_else(|_| "no reason given".into())
            )),
        }
    });
    // Nothing is kept on disk, so there is nothing to wait for: the chain's threads end with the process.
    runtime.shutdown_background();
    stopped
}

/// Resolves when standard input ends, which is when the last holder of the pipe's other end is gone.
async fn parent_gone(detached: bool) {
    if detached {
        return std::future::pending().await;
    }
    let (closed, is_closed) = tokio::sync::oneshot::channel();
    // A thread and not a blocking task: a task that waits for input would hold up the end of the runtime.
    std::thread::spawn(move || {
        let mut buffer = [0; 64];
        while matches!(std::io::stdin().read(&mut buffer), Ok(count) if count > 0) {}
        let _ = closed.send(());
    });
    let _ = is_closed.await;
}

fn announce(ready: &chain::Ready) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, ready)?;
    out.write_all(b"\n")?;
    out.flush()?;
    Ok(())
}
