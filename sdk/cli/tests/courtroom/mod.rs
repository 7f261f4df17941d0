//! A local network with stake and short times, some of whose nodes may be told to misbehave.

use std::{
    future::Future,
    path::PathBuf,
    sync::LazyLock,
    time::{Duration, Instant},
};

use anchor_lang::{AccountDeserialize, AccountSerialize, Discriminator};
use arx_cli::{
    binaries::Binaries,
    network::{LocalNetwork, NetworkOptions, connect},
    report::Report,
};
use arx_sdk::{
    Client,
    program::{
        client as build, pda,
        state::{Challenge, Config, Node, NodeStake, Parameters},
        token::TOKEN_PROGRAM,
    },
};
use serde_json::{Value, json};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_rpc_client_api::request::RpcRequest;
use solana_signer::Signer;
use solana_system_interface::instruction::transfer;
use tokio::{runtime::Runtime, sync::Mutex};

use crate::counter::Counter;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime"));
/// One network at a time: each of them has the machine to itself.
static TURN: Mutex<()> = Mutex::const_new(());

/// How long anything may take before a test fails.
const PATIENCE: Duration = Duration::from_secs(180);
/// Tokens behind each node.
pub const STAKE: u64 = 1_000_000;
/// Slots in which a challenge is to be answered: eight seconds.
const CHALLENGE_SLOTS: u64 = 20;

/// The programs that all courtrooms run.
pub struct Programs {
    pub honest: Binaries,
    pub misbehaving: PathBuf,
}

pub struct Courtroom {
    pub network: LocalNetwork,
    pub counter: Counter,
    pub wallet: Keypair,
    pub parameters: Parameters,
    pub programs: Programs,
    _folder: tempfile::TempDir,
}

/// Runs a test on a network of its own.
pub fn in_court<T>(test: impl AsyncFnOnce(&mut Courtroom) -> T) {
    RUNTIME.block_on(async {
        let _turn = TURN.lock().await;
        let mut room = Courtroom::open().await;
        test(&mut room).await;
        room.network.stop().await.expect("it ends");
    });
}

/// Finds or builds the programs.
pub async fn programs() -> Programs {
    let report = Report::quiet();
    let honest = Binaries::find(&report).await.expect("the binaries are found or built");
    let misbehaving = Binaries::misbehaving_node(&report).await;
    Programs { honest, misbehaving: misbehaving.unwrap_or_else(|error| panic!("{error:#}")) }
}

pub fn with_programs(test: impl FnOnce(Programs)) {
    test(RUNTIME.block_on(async {
        let _turn = TURN.lock().await;
        programs().await
    }));
}

impl Courtroom {
    async fn open() -> Self {
        let programs = programs().await;
        let folder = tempfile::Builder::new().prefix("arx-court-").tempdir().expect("a folder");
        let mut options = NetworkOptions::new(folder.path().join("network"));
        options.court_pause = Some(1_000);
        options.programs.push(format!(
            "{}={}",
            arx_testing::application::ECHO,
            arx_testing::artifacts::echo().display()
        ));
        let network = LocalNetwork::start(&options, &programs.honest, &Report::quiet()).await;
        let network = network.unwrap_or_else(|error| panic!("{error:#}"));
        let (chain, cluster, wallet) = connect(network.description()).await.expect("the network answers");
        let parameters = shorten_times(&chain).await;
        let owner = Keypair::new();
        let fund = transfer(&wallet.pubkey(), &owner.pubkey(), 1_000_000_000_000);
        chain.send("funding the owner", &[fund], &[&wallet]).await.expect("the owner is funded");
        let counter = Counter::deploy(chain, cluster, owner, 0).await;
        let mut room = Self { network, counter, wallet, parameters, programs, _folder: folder };
        room.give_stake().await;
        room
    }

    pub fn chain(&self) -> &Client {
        &self.counter.chain
    }

    pub fn identity(&self, index: usize) -> Pubkey {
        self.counter.cluster.identities()[index]
    }

    /// An account of the program's.
    pub async fn find<T: AccountDeserialize + Discriminator>(
        &self,
        what: &'static str,
        address: &Pubkey,
    ) -> Option<T> {
        self.chain().find(what, &arx_sdk::program::ID, address).await.expect("the chain answers")
    }

    pub async fn node(&self, index: usize) -> Node {
        self.find("a node", &pda::node(&self.identity(index)).0).await.expect("a node")
    }

    pub async fn stake(&self, index: usize) -> u64 {
        let stake: NodeStake =
            self.find("its stake", &pda::node_stake(&self.identity(index)).0).await.expect("its stake");
        stake.tokens
    }

    pub async fn send(&self, what: &str, instructions: &[Instruction]) -> Result<(), arx_sdk::Error> {
        self.chain().send(what, instructions, &[&self.wallet]).await.map(drop)
    }

    pub async fn must_send(&self, what: &str, instruction: Instruction) {
        self.send(what, &[instruction]).await.unwrap_or_else(|error| panic!("{what}: {error}"));
    }

    /// Node `index` comes back as one that does this wrong.
    pub async fn corrupt(&mut self, index: usize, misdeed: &str) {
        let program = self.programs.misbehaving.clone();
        let node = &mut self.network.nodes_mut()[index];
        node.kill().await.expect("it ran");
        node.replace_program(&program);
        std::fs::write(node.folder().join("misdeed"), misdeed).expect("a file");
        node.start().await.unwrap_or_else(|error| panic!("{error:#}"));
    }

    /// Waits until there is something.
    pub async fn until<V, F: Future<Output = Option<V>>>(
        &self,
        what: &str,
        mut look: impl FnMut() -> F,
    ) -> V {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = look().await {
                return found;
            }
            assert!(Instant::now() < deadline, "waited {} s in vain until {what}", PATIENCE.as_secs());
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    pub async fn slot(&self, slot: u64) {
        self.until(&format!("slot {slot}"), || async {
            self.chain().slot().await.ok().filter(|now| *now >= slot)
        })
        .await;
    }

    /// Challenges a node to give a sign of life about a computation that waits.
    pub async fn challenge(&self, computation: Pubkey, index: usize) -> Challenge {
        let (challenger, identity) = (self.wallet.pubkey(), self.identity(index));
        let challenge =
            build::challenge_liveness(challenger, computation, self.counter.cluster.address, identity);
        self.must_send("challenging a node", challenge).await;
        self.challenge_of(&computation, index).await
    }

    pub async fn challenge_of(&self, subject: &Pubkey, index: usize) -> Challenge {
        self.find("a challenge", &pda::challenge(subject, &self.identity(index)).0)
            .await
            .expect("a challenge")
    }

    /// All challenges.
    pub async fn challenges(&self) -> Vec<Challenge> {
        let accounts = self.chain().rpc().get_program_accounts(&arx_sdk::program::ID).await;
        let accounts = accounts.expect("the chain answers").into_iter();
        accounts
            .filter_map(|(_, account)| Challenge::try_deserialize(&mut account.data.as_slice()).ok())
            .collect()
    }

    /// Waits for the window of time after a challenge's.
    pub async fn next_window(&self, challenge: &Challenge) {
        let window = challenge.opened_slot / self.parameters.challenge_slots;
        self.slot((window + 1) * self.parameters.challenge_slots).await;
    }

    /// Has these challenges counted as missed.
    pub async fn record(&self, missed: &[Challenge]) {
        for challenge in missed {
            self.slot(challenge.answer_by + 1).await;
            let record = build::record_miss(self.wallet.pubkey(), challenge, &self.parameters);
            self.must_send("recording a miss", record).await;
        }
    }

    /// Has what follows from these missed challenges follow.
    pub async fn strike(&self, missed: &[Challenge]) {
        for challenge in missed {
            let window = build::window_of(challenge, &self.parameters);
            self.slot((window + 2) * self.parameters.challenge_slots).await;
            let strike = build::strike_node(self.wallet.pubkey(), challenge, &self.parameters);
            self.must_send("striking a node", strike).await;
        }
    }

    /// A token, and some of it behind every node. How tokens are issued is not our subject: they are put on the chain.
    async fn give_stake(&mut self) {
        let (mint, owner) = (Keypair::new().pubkey(), self.wallet.pubkey());
        let mut data = vec![0; 82];
        data[36..44].copy_from_slice(&(1_000 * STAKE).to_le_bytes());
        (data[44], data[45]) = (6, 1);
        put(self.chain(), mint, TOKEN_PROGRAM, &data).await;
        self.must_send("making the stake pool", build::create_stake_pool(owner, owner, mint)).await;
        for index in 0..self.counter.cluster.identities().len() {
            let source = self.purse(&mint, STAKE).await;
            let bond = build::bond(owner, self.identity(index), source, STAKE, 0);
            self.must_send("bonding stake", bond).await;
            assert_eq!(self.stake(index).await, STAKE);
        }
    }

    async fn purse(&self, mint: &Pubkey, amount: u64) -> Pubkey {
        let address = Keypair::new().pubkey();
        let mut data = vec![0; 165];
        data[..32].copy_from_slice(mint.as_ref());
        data[32..64].copy_from_slice(self.wallet.pubkey().as_ref());
        data[64..72].copy_from_slice(&amount.to_le_bytes());
        data[108] = 1;
        put(self.chain(), address, TOKEN_PROGRAM, &data).await;
        address
    }
}

/// Gives the network parameters under which a test does not take hours. On a network of one's own they change after days'
/// notice; here the local chain is told.
async fn shorten_times(chain: &Client) -> Parameters {
    let place = pda::config().0;
    let account = chain.raw_account(&place).await.expect("the chain answers").expect("the parameters");
    let mut config = Config::try_deserialize(&mut account.data.as_slice()).expect("the parameters' bytes");
    config.parameters = Parameters {
        challenge_slots: CHALLENGE_SLOTS,
        // One node of three is a third of the stake, which is more than the default.
        brake_basis_points: 5_000,
        ..config.parameters
    };
    let mut data = Vec::new();
    config.try_serialize(&mut data).expect("memory");
    data.resize(account.data.len(), 0);
    put(chain, place, arx_sdk::program::ID, &data).await;
    let read: Config =
        chain.fetch("the parameters", &arx_sdk::program::ID, &place).await.expect("the parameters");
    assert_eq!(read.parameters, config.parameters);
    read.parameters
}

/// Puts an account on the local chain as it is.
async fn put(chain: &Client, address: Pubkey, owner: Pubkey, data: &[u8]) {
    let rent = chain.rpc().get_minimum_balance_for_rent_exemption(data.len()).await.expect("the rent");
    let account = json!({ "lamports": rent, "data": hex::encode(data), "owner": owner.to_string() });
    let request = RpcRequest::Custom { method: "surfnet_setAccount" };
    let put: Result<Value, _> = chain.rpc().send(request, json!([address.to_string(), account])).await;
    put.unwrap_or_else(|error| panic!("an account is put on the local chain: {error}"));
}
