//! The one network that all end-to-end tests share: starting it takes longer than most of them. They take turns, and each
//! finds all nodes running.

use std::{
    future::Future,
    sync::LazyLock,
    time::{Duration, Instant},
};

use arx_cli::{
    binaries::Binaries,
    network::{Description, LocalNetwork, NetworkOptions, connect},
    report::Report,
};
use arx_sdk::{Client, PinnedCluster};
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;
use solana_system_interface::instruction::transfer;
use tokio::{
    runtime::Runtime,
    sync::{Mutex, MutexGuard, OnceCell},
};

use crate::counter::Counter;

/// The runtime that the network's processes belong to; it lives as long as the test program.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime"));
static STAGE: OnceCell<Mutex<Stage>> = OnceCell::const_new();

/// How long anything may take before a test fails.
pub const PATIENCE: Duration = Duration::from_secs(180);

/// A running network with the counter on it.
pub struct Stage {
    pub network: LocalNetwork,
    pub counter: Counter,
    /// Where the network's files are; deleted by whoever reads the logs.
    _folder: tempfile::TempDir,
}

impl Stage {
    async fn set() -> Mutex<Self> {
        let report = Report::quiet();
        let binaries = Binaries::find(&report).await.expect("the binaries are found or built");
        let folder = tempfile::Builder::new().prefix("arx-e2e-").tempdir().expect("a folder");
        let mut options = NetworkOptions::new(folder.path().join("network"));
        options.programs.push(format!(
            "{}={}",
            arx_testing::application::ECHO,
            arx_testing::artifacts::echo().display()
        ));
        let network = LocalNetwork::start(&options, &binaries, &report).await;
        let network = network.unwrap_or_else(|error| panic!("{error:#}"));
        let (chain, cluster, wallet) = connect(network.description()).await.expect("the network answers");
        let owner = Keypair::new();
        let fund = transfer(&wallet.pubkey(), &owner.pubkey(), 1_000_000_000_000);
        chain.send("funding the owner", &[fund], &[&wallet]).await.expect("the owner is funded");
        let counter = Counter::deploy(chain, cluster, owner, 0).await;
        Mutex::new(Self { network, counter, _folder: folder })
    }

    pub fn chain(&self) -> &Client {
        &self.counter.chain
    }

    pub fn cluster(&self) -> &PinnedCluster {
        &self.counter.cluster
    }

    pub fn description(&self) -> &Description {
        self.network.description()
    }

    /// Someone new, with lamports.
    pub async fn someone(&self) -> Keypair {
        let someone = Keypair::new();
        let fund = transfer(&self.counter.owner.pubkey(), &someone.pubkey(), 50_000_000_000);
        let sent = self.chain().send("funding someone", &[fund], &[&self.counter.owner]).await;
        sent.expect("someone is funded");
        someone
    }

    /// Waits until something is so.
    pub async fn until<F: Future<Output = bool>>(&self, what: &str, mut holds: impl FnMut() -> F) {
        let deadline = Instant::now() + PATIENCE;
        while !holds().await {
            assert!(Instant::now() < deadline, "waited {} s in vain until {what}", PATIENCE.as_secs());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Waits for a slot.
    pub async fn slot(&self, slot: u64) {
        self.until(&format!("slot {slot}"), || async {
            self.chain().slot().await.is_ok_and(|now| now >= slot)
        })
        .await;
    }

    /// Lamports of an account beyond its rent: the escrow, as long as there is one.
    pub async fn beyond_rent(&self, address: &Pubkey) -> u64 {
        let account =
            self.chain().raw_account(address).await.expect("the chain answers").expect("the account");
        let rent = self.chain().rpc().get_minimum_balance_for_rent_exemption(account.data.len()).await;
        account.lamports.checked_sub(rent.expect("the rent")).expect("the rent is there")
    }
}

/// Runs a test on the shared network, alone.
pub fn on_stage<T>(test: impl AsyncFnOnce(&mut Stage) -> T) -> T {
    RUNTIME.block_on(async {
        let stage = STAGE.get_or_init(Stage::set).await;
        let mut stage: MutexGuard<'_, Stage> = stage.lock().await;
        for node in stage.network.nodes_mut() {
            // A test before this one may have failed with a node down.
            if !node.is_running() {
                node.start().await.unwrap_or_else(|error| panic!("{error:#}"));
            }
        }
        test(&mut stage).await
    })
}
