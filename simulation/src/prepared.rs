//! What every run starts from: a chain with the programs, an active cluster of three nodes, an application with its
//! definitions and cells, and users with lamports. Made once per process; every run goes on from a copy.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use arx_node::frame::stock::Amounts;
use arx_node::secrets::NodeKeys;
use arx_node::{Settings, StockSettings, Workplace};
use arx_program::instructions::{CreateClusterArguments, RegisterNodeArguments};
use arx_program::message::sha256;
use arx_program::state::CallbackAccount;
use arx_program::{client, constants, pda};
use arx_sdk::Deployable;
use arx_testing::application::{ECHO, forward};
use arx_testing::{Harness, artifacts};
use litesvm::LiteSVM;
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::application::{Definition, Kind};

/// How many nodes the cluster has.
pub const NODES: usize = 3;
/// What its nodes run.
pub const PROTOCOL: u16 = constants::PROTOCOL_DISHONEST_MAJORITY;
/// How many users there are.
pub const USERS: usize = 4;
/// How many empty cells there are.
pub const CELLS: usize = 3;
/// Bytes of the account that slices are taken from.
pub const FEED_BYTES: usize = 64;
/// Lamports per cost unit.
const PRICE_PER_UNIT: u64 = 3;
/// Lamports per computation.
const BASE_FEE: u64 = 5_000;
/// The treasury's part of fees.
const TREASURY_BASIS_POINTS: u16 = 250;

/// The common beginning of all runs.
pub struct Prepared {
    /// The chain.
    pub svm: LiteSVM,
    /// The cluster's address.
    pub cluster: Pubkey,
    /// Keys of its members, in order.
    nodes: Vec<NodeKeys>,
    /// The application's MXEs: the one that is used, and another of the same application.
    pub mxes: [Pubkey; 2],
    /// Definitions of both MXEs.
    definitions: [BTreeMap<Kind, Definition>; 2],
    /// Empty cells of the first MXE.
    pub cells: [Pubkey; CELLS],
    /// An account of the application that slices are taken from.
    pub feed: Pubkey,
}

/// The beginning of all runs, made at first use.
pub fn prepared() -> &'static Prepared {
    static PREPARED: LazyLock<Prepared> = LazyLock::new(Prepared::make);
    &PREPARED
}

/// 32 bytes that belong to a name.
fn named(name: &str) -> [u8; 32] {
    sha256(&[b"arx simulation", name.as_bytes()])
}

/// The key of a user.
pub fn user_key(index: usize) -> Keypair {
    Keypair::new_from_array(named(&format!("user {index}")))
}

/// The key that pays the fees of users' transactions, so that users' balances change by what the program does alone.
pub fn relay_key() -> Keypair {
    Keypair::new_from_array(named("relay"))
}

fn node_keys(index: usize) -> NodeKeys {
    let seed = |what: &str| named(&format!("node {index} {what}"));
    NodeKeys::from_seeds(seed("identity"), seed("encryption"), seed("state"), seed("fee payer"))
}

impl Prepared {
    /// The keys of the node at `index`.
    pub fn node(&self, index: usize) -> &NodeKeys {
        &self.nodes[index]
    }

    /// The keys of all nodes.
    pub fn nodes(&self) -> &[NodeKeys] {
        &self.nodes
    }

    /// A definition of the MXE with this number.
    pub fn definition(&self, mxe: usize, kind: Kind) -> &Definition {
        &self.definitions[mxe][&kind]
    }

    /// Settings of a node.
    pub fn settings(&self) -> Settings {
        let mut settings = Settings::new(self.cluster);
        let amounts = Amounts { bits: 18 * 1024, triples: 18 * 1024, field_triples: 192, scalars: 0 };
        settings.stock = StockSettings {
            first: amounts,
            first_state_bits: 18 * 1024,
            full: amounts,
            full_state_bits: 18 * 1024,
            // What a run begins with is enough for nearly all of them.
            low_percent: 10,
            workplace: Workplace::Inline,
            ..StockSettings::default()
        };
        settings
    }

    fn make() -> Self {
        let mut harness = Harness::new();
        harness.add_program(ECHO, &artifacts::echo());
        let nodes: Vec<_> = (0..NODES).map(node_keys).collect();
        let cluster = start_network(&mut harness, &nodes);

        let authority = harness.must_key("application authority");
        let payer = harness.payer().pubkey();
        let mxes = [0, 1].map(|id| {
            let create = client::create_mxe(payer, authority.pubkey(), ECHO, cluster, id);
            harness.must_send(&[forward(create)], &[&authority]);
            pda::mxe(&ECHO, id).0
        });
        let definitions = mxes.map(|mxe| {
            Kind::ALL.into_iter().map(|kind| (kind, define(&mut harness, &authority, mxe, kind))).collect()
        });
        let mut cell = 0;
        let cells = [(); CELLS].map(|()| {
            cell += 1;
            let label = named(&format!("cell {cell}"));
            harness.must_send(&[forward(client::create_cell(payer, ECHO, mxes[0], label, 64))], &[]);
            pda::cell(&mxes[0], &label).0
        });
        harness.must_send(&[accept_callbacks(payer)], &[]);
        for index in 0..USERS {
            harness.fund(&user_key(index).pubkey());
        }
        harness.fund(&relay_key().pubkey());
        let feed = Pubkey::new_from_array(named("feed"));
        let rent = solana_account::Account {
            lamports: 1_000_000_000,
            data: vec![0; FEED_BYTES],
            owner: ECHO,
            ..Default::default()
        };
        harness.set_account(feed, rent);
        Self { svm: harness.into_runtime(), cluster, nodes, mxes, definitions, cells, feed }
    }
}

fn start_network(harness: &mut Harness, nodes: &[NodeKeys]) -> Pubkey {
    let authority = harness.must_key("network authority");
    let treasury = harness.must_key("treasury").pubkey();
    let payer = harness.payer().pubkey();
    let initialize = client::initialize(payer, authority.pubkey(), treasury, TREASURY_BASIS_POINTS);
    harness.must_send(&[initialize], &[&authority]);
    for (index, node) in nodes.iter().enumerate() {
        let (encryption_key, proof_of_possession) = node.registered_encryption_key();
        let arguments = RegisterNodeArguments {
            fee_payer: node.fee_payer().pubkey(),
            encryption_key,
            proof_of_possession,
            endpoint: format!("node-{index}.example:7000"),
        };
        let identity = identity_keypair(index);
        let register = client::register_node(payer, authority.pubkey(), identity.pubkey(), arguments);
        harness.must_send(&[register], &[&authority, &identity]);
        harness.fund(&node.fee_payer().pubkey());
    }
    let members: Vec<Pubkey> = nodes.iter().map(|node| node.identity().into()).collect();
    let arguments = CreateClusterArguments {
        id: 0,
        members: members.clone(),
        protocol: PROTOCOL,
        price_per_unit: PRICE_PER_UNIT,
        base_fee: BASE_FEE,
    };
    harness.must_send(&[client::create_cluster(payer, authority.pubkey(), arguments)], &[&authority]);
    let cluster = pda::cluster(0).0;
    for member in members {
        harness.must_send(&[client::join_cluster(authority.pubkey(), member, cluster)], &[&authority]);
    }
    cluster
}

/// The identity key of a node as Solana's tools hold it.
pub fn identity_keypair(index: usize) -> Keypair {
    Keypair::new_from_array(named(&format!("node {index} identity")))
}

fn define(harness: &mut Harness, authority: &Keypair, mxe: Pubkey, kind: Kind) -> Definition {
    let artifact = kind.artifact();
    let deployable = match Deployable::new(&artifact.to_bytes()) {
        Ok(deployable) => deployable,
        Err(error) => panic!("the circuit `{}` of the simulation is invalid: {error}", kind.name()),
    };
    let payer = harness.payer().pubkey();
    let create = client::create_definition(payer, authority.pubkey(), mxe, deployable.arguments().clone());
    harness.must_send(&[create], &[authority]);
    let address = pda::definition(&mxe, kind.name()).0;
    let bytes = deployable.bytes().to_vec();
    let write = client::write_circuit(payer, authority.pubkey(), mxe, address, 0, bytes);
    harness.must_send(&[write], &[authority]);
    harness.must_send(&[client::finalize_definition(authority.pubkey(), mxe, address)], &[authority]);
    Definition { address, circuit: artifact.circuit_hash(), interface: artifact.interface_hash(), artifact }
}

/// Where the application notes the callbacks it gets.
pub fn journal() -> Pubkey {
    Pubkey::find_program_address(&[b"journal"], &ECHO).0
}

/// The callback of the application: its discriminator and accounts.
pub fn callback() -> ([u8; 8], Vec<CallbackAccount>) {
    (anchor_discriminator("receive"), vec![CallbackAccount { key: journal(), writable: true }])
}

/// Makes the application's journal, and lets it accept callbacks.
fn accept_callbacks(payer: Pubkey) -> Instruction {
    let data = anchor_discriminator("open").to_vec();
    let accounts = vec![
        AccountMeta::new(payer, true),
        AccountMeta::new(journal(), false),
        AccountMeta::new_readonly(Pubkey::default(), false),
    ];
    Instruction { program_id: ECHO, accounts, data }
}

fn anchor_discriminator(instruction: &str) -> [u8; 8] {
    let hash = sha256(&[b"global:", instruction.as_bytes()]);
    std::array::from_fn(|index| hash[index])
}
