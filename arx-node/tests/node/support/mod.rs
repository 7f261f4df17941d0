//! Doubles for the scheduler's tests: a chain and a network in memory, under tokio's paused time.

pub mod chain;
pub mod circuits;
pub mod network;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use arx_node::clock::TokioClock;
use arx_node::frame::ComputationId;
use arx_node::node::stocking::MemoryStorage;
use arx_node::secrets::{Entropy, EntropyError, NodeKeys};
use arx_node::store::Store;
use arx_node::{Identity, Node, NodeError, Settings, StockSettings, Workplace};
use arx_program::state::{Computation, ComputationStatus};
use arx_wire::PROTOCOL_REPLICATED3_SEMI_HONEST;
use sha2::{Digest, Sha256};
use tokio::task::JoinHandle;

use self::chain::{NodeChain, TestChain};
use self::network::{Network, NodeTransport};

/// Nodes in a test's cluster.
pub const NODES: usize = 3;

/// Randomness that differs for every node and every start.
struct TestEntropy {
    seed: [u8; 32],
    drawn: u64,
}

impl Entropy for TestEntropy {
    fn seed(&mut self) -> Result<[u8; 32], EntropyError> {
        self.drawn += 1;
        Ok(Sha256::digest([&self.seed[..], &self.drawn.to_le_bytes()].concat()).into())
    }
}

/// A cluster on one chain.
pub struct World {
    pub chain: TestChain,
    pub network: Network,
    pub keys: Vec<NodeKeys>,
    pub stores: Vec<Store>,
    pub stocks: Vec<MemoryStorage>,
    nodes: Vec<Option<JoinHandle<Result<(), NodeError>>>>,
    starts: u8,
    pub tune: fn(&mut Settings),
}

impl World {
    /// A cluster of three, under the protocol that needs least, whose nodes have not started.
    pub fn new() -> Self {
        World::of(PROTOCOL_REPLICATED3_SEMI_HONEST, NODES)
    }

    /// A cluster of this protocol and size whose nodes have not started.
    pub fn of(protocol: u16, nodes: usize) -> Self {
        let keys: Vec<NodeKeys> = (0..nodes as u8)
            .map(|index| {
                NodeKeys::from_seeds([index + 1; 32], [index + 11; 32], [index + 21; 32], [index + 31; 32])
            })
            .collect();
        World {
            chain: TestChain::new(&keys, protocol),
            network: Network::default(),
            stores: keys.iter().map(|_| Store::in_memory().expect("memory")).collect(),
            stocks: keys.iter().map(|_| MemoryStorage::default()).collect(),
            nodes: keys.iter().map(|_| None).collect(),
            keys,
            starts: 0,
            tune: |_| {},
        }
    }

    /// A cluster with all nodes running.
    pub fn started() -> Self {
        let mut world = World::new();
        world.start_all();
        world
    }

    pub fn start_all(&mut self) {
        (0..self.keys.len()).for_each(|index| self.start(index));
    }

    pub fn identity(&self, index: usize) -> Identity {
        self.keys[index].identity()
    }

    pub fn start(&mut self, index: usize) {
        self.starts += 1;
        let mut settings = Settings::new(self.chain.cluster());
        settings.stock =
            StockSettings { workplace: Workplace::Inline, ..StockSettings::with_full_batches_of(4096) };
        (self.tune)(&mut settings);
        let keys = self.keys[index].clone();
        let chain: Arc<NodeChain> = Arc::new(self.chain.connect(index));
        let transport: Arc<NodeTransport> = Arc::new(self.network.transport(keys.identity()));
        let entropy = TestEntropy { seed: [self.starts; 32], drawn: 0 };
        let node = Node::new(
            settings,
            keys,
            self.stores[index].clone(),
            Box::new(self.stocks[index].clone()),
            chain,
            transport,
            TokioClock::new(),
            entropy,
        );
        self.nodes[index] = Some(tokio::spawn(node.run(std::future::pending())));
    }

    /// Ends a node at whatever point it is; its store stays.
    pub async fn kill(&mut self, index: usize) {
        if let Some(node) = self.nodes[index].take() {
            node.abort();
            let _ = node.await;
        }
    }

    /// What a node's run came to, for one that stopped by itself.
    pub async fn outcome(&mut self, index: usize) -> Result<(), NodeError> {
        self.nodes[index].take().expect("started").await.expect("no panic")
    }

    /// Waits, in simulated time, until the computation is settled.
    pub async fn settled(&self, computation: &ComputationId) -> Computation {
        self.wait_for("the computation is settled", || {
            Some(self.chain.computation(computation))
                .filter(|account| account.status != ComputationStatus::Queued)
        })
        .await
    }

    /// Waits, in simulated time, until there is something; an hour at most.
    pub async fn wait_for<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        for _ in 0..36_000 {
            if let Some(found) = look() {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("an hour has passed and still not: {what}");
    }

    /// No node ever signed two outcomes of one computation.
    pub fn check_signatures(&self) {
        let mut signed: BTreeMap<(Identity, ComputationId), [u8; 32]> = BTreeMap::new();
        for (from, ending) in self.network.endings() {
            if ending.signature.is_some() {
                let first = *signed.entry((from, ending.computation)).or_insert(ending.digest);
                assert_eq!(first, ending.digest, "{from} signed two outcomes of {}", ending.computation);
            }
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.check_signatures();
        }
    }
}

/// Signs other messages with a node's own key: what a malicious member could send.
pub struct Forger {
    signer: ed25519_dalek::SigningKey,
    index: u8,
    cluster: [u8; 32],
}

impl Forger {
    pub fn new(keys: &[NodeKeys], index: usize, cluster: solana_pubkey::Pubkey) -> Self {
        Forger { signer: keys[index].signing_key(), index: index as u8, cluster: cluster.to_bytes() }
    }

    /// Flips bits of a payload and signs it anew, in its place. `broadcasts` must be the sender's own count, which the
    /// header names, and `recipient` whom the message is for, none if it is a broadcast: they are found by trying.
    pub fn forge(&self, frame: &mut arx_node::frame::Frame) {
        use ed25519_dalek::{Signer, Verifier};
        use mpc::message::Header;

        let arx_node::frame::Frame::Data(data) = frame else { return };
        let (envelope, payload) = data.payload.split_at(mpc::message::ENVELOPE_LENGTH);
        let phase = mpc::Phase::from_bytes(data.phase).expect("a phase");
        let header = |payload: &[u8], broadcasts, recipient: Option<u8>| Header {
            cluster: self.cluster,
            epoch: 1,
            session: data.session.0,
            phase,
            piece: 0,
            sender: mpc::PartyId(self.index),
            recipient: recipient.map(mpc::PartyId),
            broadcasts,
            payload: Sha256::digest(payload).into(),
            chain: envelope[64..].try_into().expect("32 bytes"),
        };
        let signature = ed25519_dalek::Signature::from_slice(&envelope[..64]).expect("64 bytes");
        let recipients = || (0..16).map(Some).chain([None]);
        let places = (0..1_000).flat_map(|broadcasts| recipients().map(move |to| (broadcasts, to)));
        let is_signed = |(broadcasts, to): &(u32, Option<u8>)| {
            let bytes = header(payload, *broadcasts, *to).to_bytes();
            self.signer.verifying_key().verify(&bytes, &signature).is_ok()
        };
        let (broadcasts, to) = places.into_iter().find(is_signed).expect("a signed message");
        let mut other = payload.to_vec();
        // In every block: half of those of some messages are of no use to their receiver.
        other.iter_mut().step_by(16).for_each(|byte| *byte ^= 1);
        let signature = self.signer.sign(&header(&other, broadcasts, to).to_bytes());
        data.payload = [&signature.to_bytes()[..], &envelope[64..], &other].concat();
    }
}
