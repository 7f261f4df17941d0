//! Configuring and running the chain.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context, bail};
use crossbeam_channel::Receiver;
use serde::Serialize;
use surfpool_core::{
    runloops::start_local_surfnet_runloop,
    surfnet::{
        locker::SurfnetSvmLocker,
        svm::{SurfnetSvm, SurfnetSvmConfig},
    },
};
use surfpool_types::{BlockProductionMode, RpcConfig, SimnetConfig, SimnetEvent, SurfpoolConfig};
use tokio::sync::{mpsc, oneshot};

use crate::{genesis, options::Options};

/// How often another free port is tried when someone else took the one just picked.
const PORT_ATTEMPTS: usize = 8;

/// The line that says that the chain answers.
#[derive(Debug, Clone, Serialize)]
pub struct Ready {
    /// JSON-RPC endpoint.
    pub rpc: String,
    /// Websocket endpoint.
    pub websocket: String,
    /// Genesis hash, hexadecimal; random, so that nothing made for one local chain is valid on the next.
    pub genesis_hash: String,
    /// Milliseconds per slot.
    pub slot_time: u64,
    /// Process id.
    pub pid: u32,
}

/// A chain that answers.
pub struct Running {
    /// Where.
    pub ready: Ready,
    /// Resolves with the reason if the chain stops by itself.
    pub ended: oneshot::Receiver<String>,
}

/// Builds the chain, places what the options name, starts it, and returns when its servers answer.
pub async fn start(options: Options) -> anyhow::Result<Running> {
    let config = SurfnetSvmConfig {
        slot_time: options.slot_time,
        // Profiling runs every instruction once more on a copy of all accounts and keeps the copies: it doubles
        // the time of a transaction and is where the memory of a long run went.
        instruction_profiling_enabled: false,
        max_profiles: 1,
        ..SurfnetSvmConfig::default()
    };
    let (mut svm, events, geyser) =
        SurfnetSvm::new(config).map_err(|error| anyhow::anyhow!("cannot create the chain: {error}"))?;
    let mut started = drain_events(events, options.verbose);
    let mut genesis_hash = [0; 32];
    getrandom::fill(&mut genesis_hash).context("no randomness for the genesis hash")?;
    svm.cached_genesis_hash = Some(genesis_hash.into());
    for program in &options.programs {
        genesis::place_program(&mut svm, program, options.upgrade_authority.as_ref())?;
    }
    for funds in &options.funds {
        genesis::fund(&mut svm, funds)?;
    }
    let locker = SurfnetSvmLocker::new(svm);

    let picks_ports = options.port == 0 || options.websocket_port == 0;
    for attempt in 1.. {
        let ports = pick_ports(&options)?;
        let (commands, received_commands) = crossbeam_channel::unbounded();
        let (report, mut ended) = oneshot::channel();
        let (locker, geyser, surfpool) = (locker.clone(), geyser.clone(), surfpool_config(&options, ports));
        // Not a task: between blocks the loop waits on its thread and would keep one of the runtime's for itself.
        let runtime = tokio::runtime::Handle::current();
        std::thread::Builder::new().name("chain".into()).spawn(move || {
            let outcome = runtime.block_on(start_local_surfnet_runloop(
                locker,
                surfpool,
                commands,
                received_commands,
                geyser,
            ));
            let _ = report.send(outcome.map_or_else(|error| error.to_string(), |()| "it was told to".into()));
        })?;
        let failure = tokio::select! {
            biased;
            failure = &mut ended => failure.unwrap_or_else(|_| "its thread panicked".into()),
            event = started.recv() => match event {
                Some(()) => {
                    let ready = Ready {
                        rpc: format!("http://{}:{}", Ipv4Addr::LOCALHOST, ports.0),
                        websocket: format!("ws://{}:{}", Ipv4Addr::LOCALHOST, ports.1),
                        genesis_hash: hex::encode(genesis_hash),
                        slot_time: options.slot_time,
                        pid: std::process::id(),
                    };
                    return Ok(Running { ready, ended });
                }
                None => "its event channel closed".into(),
            },
        };
        if !picks_ports || attempt == PORT_ATTEMPTS {
            bail!("cannot start the chain on ports {} and {}: {failure}", ports.0, ports.1);
        }
    }
    unreachable!("the loop above returns")
}

fn surfpool_config(options: &Options, (port, websocket_port): (u16, u16)) -> SurfpoolConfig {
    SurfpoolConfig {
        simnets: vec![SimnetConfig {
            offline_mode: true,
            remote_rpc_url: None,
            slot_time: options.slot_time,
            block_production_mode: BlockProductionMode::Clock,
            instruction_profiling_enabled: false,
            max_profiles: 1,
            ..SimnetConfig::default()
        }],
        rpc: RpcConfig {
            bind_host: Ipv4Addr::LOCALHOST.to_string(),
            bind_port: port,
            ws_port: websocket_port,
            ..RpcConfig::default()
        },
        ..SurfpoolConfig::default()
    }
}

/// The two ports: those asked for, or free ones. Both are held until both are known, so they differ.
fn pick_ports(options: &Options) -> anyhow::Result<(u16, u16)> {
    let hold = |port: u16| {
        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).with_context(|| format!("port {port} is not free"))
    };
    let (rpc, websocket) = (hold(options.port)?, hold(options.websocket_port)?);
    Ok((rpc.local_addr()?.port(), websocket.local_addr()?.port()))
}

/// Empties the chain's bounded event channel for as long as the chain lives; reports when its servers are bound.
fn drain_events(events: Receiver<SimnetEvent>, verbose: bool) -> mpsc::UnboundedReceiver<()> {
    let (started, is_started) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for event in events {
            match event {
                SimnetEvent::CoreStarted(_) => {
                    let _ = started.send(());
                }
                SimnetEvent::Aborted(reason) => eprintln!("chain: {reason}"),
                SimnetEvent::ErrorLog(_, message) if verbose => eprintln!("chain: error: {message}"),
                SimnetEvent::WarnLog(_, message) if verbose => eprintln!("chain: warning: {message}"),
                SimnetEvent::InfoLog(_, message) if verbose => eprintln!("chain: {message}"),
                _ => {}
            }
        }
    });
    is_started
}
