//! A configured network: parameters, nodes with their keys, an active cluster.

use arx_program::{
    client,
    constants::PROTOCOL_DISHONEST_MAJORITY,
    instructions::{CreateClusterArguments, RegisterNodeArguments},
    message::{FailureStatement, ResultStatement},
    pda, possession,
    state::{Config, Parameters},
};
use curve25519_dalek::{RistrettoPoint, Scalar};
use sha2::{Digest, Sha512};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::harness::{Harness, key};

/// What a cluster charges.
#[derive(Clone, Copy, Debug)]
pub struct Prices {
    /// Lamports per cost unit.
    pub price_per_unit: u64,
    /// Lamports per computation.
    pub base_fee: u64,
}

/// The treasury's part of fees in tests: 2.5 %.
pub const TREASURY_BASIS_POINTS: u16 = 250;

/// A node's keys.
pub struct NodeKeys {
    /// Cold key.
    pub authority: Keypair,
    /// Hot Ed25519 key.
    pub identity: Keypair,
    /// Pays for its transactions.
    pub fee_payer: Keypair,
    /// Secret encryption key n, canonical.
    pub encryption_secret: [u8; 32],
    /// Encryption key N = n B.
    pub encryption_key: [u8; 32],
}

impl NodeKeys {
    /// The keys that belong to a name.
    pub fn named(name: &str) -> Self {
        let secret = scalar(&format!("{name}/encryption"));
        Self {
            authority: key(&format!("{name}/authority")),
            identity: key(&format!("{name}/identity")),
            fee_payer: key(&format!("{name}/fee payer")),
            encryption_secret: secret.to_bytes(),
            encryption_key: RistrettoPoint::mul_base(&secret).compress().to_bytes(),
        }
    }

    /// Proof that the node knows its encryption key's secret.
    pub fn proof_of_possession(&self) -> [u8; 64] {
        prove(&self.identity.pubkey(), &self.encryption_secret, &self.encryption_key)
    }

    /// The instruction that registers the node.
    pub fn register(&self, payer: &Pubkey, endpoint: &str) -> Instruction {
        client::register_node(
            *payer,
            self.authority.pubkey(),
            self.identity.pubkey(),
            RegisterNodeArguments {
                fee_payer: self.fee_payer.pubkey(),
                encryption_key: self.encryption_key,
                proof_of_possession: self.proof_of_possession(),
                endpoint: endpoint.to_owned(),
            },
        )
    }

    /// Registers the node and funds its fee payer.
    pub fn must_register(&self, harness: &mut Harness, endpoint: &str) {
        let instruction = self.register(&harness.payer().pubkey(), endpoint);
        harness.must_send(&[instruction], &[&self.authority, &self.identity]);
        harness.fund(&self.fee_payer.pubkey());
        harness.fund(&self.authority.pubkey());
    }

    /// Signs a message with the identity key.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.identity.sign_message(message).into()
    }
}

/// The proof of [`possession`], from the prover's side.
pub fn prove(identity: &Pubkey, secret: &[u8; 32], encryption_key: &[u8; 32]) -> [u8; 64] {
    prove_with(secret, &identity.to_string(), |commitment| {
        possession::challenge(identity, encryption_key, commitment)
    })
}

/// The proof of someone who found a node's secret key.
pub fn prove_leak(
    identity: &Pubkey,
    finder: &Pubkey,
    secret: &[u8; 32],
    encryption_key: &[u8; 32],
) -> [u8; 64] {
    prove_with(secret, &finder.to_string(), |commitment| {
        possession::leak_challenge(identity, finder, encryption_key, commitment)
    })
}

fn prove_with(secret: &[u8; 32], nonce: &str, challenge: impl Fn(&[u8]) -> [u8; 32]) -> [u8; 64] {
    let nonce = scalar(&format!("nonce of {nonce}"));
    let commitment = RistrettoPoint::mul_base(&nonce).compress().to_bytes();
    let challenge = Scalar::from_bytes_mod_order(challenge(&commitment));
    let secret = Scalar::from_bytes_mod_order(*secret);
    let mut proof = [0; 64];
    proof[..32].copy_from_slice(&commitment);
    proof[32..].copy_from_slice(&(nonce + challenge * secret).to_bytes());
    proof
}

fn scalar(name: &str) -> Scalar {
    let wide: [u8; 64] = Sha512::digest(name.as_bytes()).into();
    Scalar::from_bytes_mod_order_wide(&wide)
}

/// A network with one active cluster.
pub struct Network {
    /// Authority of the parameters and of the cluster.
    pub authority: Keypair,
    /// Receives the treasury's part.
    pub treasury: Pubkey,
    /// The cluster's nodes, in the order of its members.
    pub nodes: Vec<NodeKeys>,
    /// The cluster.
    pub cluster: Pubkey,
}

impl Network {
    /// Initialises the program, registers three nodes and makes a cluster of them.
    pub fn start(harness: &mut Harness, prices: Prices) -> Self {
        Self::start_with(harness, prices, 3, PROTOCOL_DISHONEST_MAJORITY)
    }

    /// [`Network::start`] with so many nodes and this protocol.
    pub fn start_with(harness: &mut Harness, prices: Prices, nodes: usize, protocol: u16) -> Self {
        let authority = harness.must_key("network authority");
        let treasury = harness.must_key("treasury").pubkey();
        let payer = harness.payer().pubkey();
        harness.must_send(
            &[client::initialize(payer, authority.pubkey(), treasury, TREASURY_BASIS_POINTS)],
            &[&authority],
        );
        Self::gather(harness, authority, treasury, 0, prices, nodes, protocol)
    }

    /// Another cluster of the same network, of other nodes.
    pub fn another(
        &self,
        harness: &mut Harness,
        id: u64,
        prices: Prices,
        nodes: usize,
        protocol: u16,
    ) -> Self {
        let authority = self.authority.insecure_clone();
        Self::gather(harness, authority, self.treasury, id, prices, nodes, protocol)
    }

    fn gather(
        harness: &mut Harness,
        authority: Keypair,
        treasury: Pubkey,
        id: u64,
        prices: Prices,
        nodes: usize,
        protocol: u16,
    ) -> Self {
        let name = |index: usize| match id {
            0 => format!("node {index}"),
            _ => format!("cluster {id} node {index}"),
        };
        let nodes: Vec<_> = (0..nodes).map(|index| NodeKeys::named(&name(index))).collect();
        for (index, node) in nodes.iter().enumerate() {
            node.must_register(harness, &format!("127.0.0.1:{}", 9000 + index));
        }
        let mut network = Self { authority, treasury, nodes, cluster: Pubkey::default() };
        network.cluster = network.make_cluster(harness, id, prices, protocol);
        network
    }

    /// Creates cluster `id` of this network's nodes and lets all of them join.
    fn make_cluster(&self, harness: &mut Harness, id: u64, prices: Prices, protocol: u16) -> Pubkey {
        let arguments = CreateClusterArguments {
            id,
            members: self.members(),
            protocol,
            price_per_unit: prices.price_per_unit,
            base_fee: prices.base_fee,
        };
        let cluster = pda::cluster(id).0;
        let payer = harness.payer().pubkey();
        harness.must_send(
            &[client::create_cluster(payer, self.authority.pubkey(), arguments)],
            &[&self.authority],
        );
        for node in &self.nodes {
            let join = client::join_cluster(node.authority.pubkey(), node.identity.pubkey(), cluster);
            harness.must_send(&[join], &[&node.authority]);
        }
        cluster
    }

    /// Puts other parameters into force; the notice period passes.
    pub fn set_parameters(&self, harness: &mut Harness, change: impl FnOnce(&mut Parameters)) -> Parameters {
        let config: Config = harness.must_load(&pda::config().0);
        let mut parameters = config.parameters;
        change(&mut parameters);
        let propose = client::propose_parameters(self.authority.pubkey(), parameters);
        harness.must_send(&[propose], &[&self.authority]);
        let slot = harness.slot() + config.parameters.timelock_slots;
        harness.warp_to(slot);
        harness.must_send(&[client::apply_parameters()], &[]);
        parameters
    }

    /// Identities of the nodes, in order.
    pub fn members(&self) -> Vec<Pubkey> {
        self.nodes.iter().map(|node| node.identity.pubkey()).collect()
    }

    /// The precompile instruction with all members' signatures over a message.
    pub fn sign(&self, message: &[u8]) -> Instruction {
        let signatures: Vec<_> = self.nodes.iter().map(|node| node.sign(message)).collect();
        client::verify_signatures(&self.members(), &signatures, message)
    }

    /// [`Network::sign`] of a result.
    pub fn sign_result(&self, statement: &ResultStatement<'_>) -> Instruction {
        self.sign(&statement.message())
    }

    /// [`Network::sign`] of a failure.
    pub fn sign_failure(&self, statement: &FailureStatement<'_>) -> Instruction {
        self.sign(&statement.message())
    }
}
