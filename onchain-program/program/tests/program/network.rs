//! Parameters, nodes, clusters and MXEs.

use anchor_lang::error::ERROR_CODE_OFFSET;
use arx_program::{
    client,
    constants::{PROTOCOL_DISHONEST_MAJORITY, PROTOCOL_REPLICATED3_MALICIOUS},
    error::ArxError,
    instructions::{CreateClusterArguments, UpdateConfigArguments, UpdateNodeArguments},
    pda, possession,
    state::{Cluster, ClusterState, Config, Node, NodeStatus},
};
use arx_testing::{
    Harness, Network, NodeKeys,
    application::{ECHO, forward},
    harness::key,
    network::prove,
};
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::world::{PRICES, World};

const ACCOUNT_IN_USE: u32 = ERROR_CODE_OFFSET + ArxError::AlreadyExists as u32;

#[test]
fn refuses_to_initialize_twice() {
    let mut world = World::new();
    let thief = world.harness.must_key("thief");
    let again = client::initialize(world.harness.payer().pubkey(), thief.pubkey(), thief.pubkey(), 0);
    let refusal = world.harness.must_refuse(&[again], &[&thief]);
    assert_eq!(refusal.code, Some(ACCOUNT_IN_USE), "{refusal}");
}

#[test]
fn refuses_to_initialize_for_anyone_but_the_upgrade_authority() {
    let mut harness = Harness::new();
    let (owner, thief) = (harness.must_key("owner"), harness.must_key("thief"));
    // As after a deployment: the loader's account names an upgrade authority (after tag and slot).
    let program_data = pda::program_data(&arx_program::ID).0;
    let mut account = harness.account(&program_data).expect("the loader keeps the program's data");
    account.data[12] = 1;
    account.data[13..45].copy_from_slice(owner.pubkey().as_ref());
    harness.set_account(program_data, account);
    let payer = harness.payer().pubkey();
    let steal = client::initialize(payer, thief.pubkey(), thief.pubkey(), 0);
    let refusal = harness.must_refuse(std::slice::from_ref(&steal), &[&thief]);
    assert!(refusal.is(ArxError::NotUpgradeAuthority), "{refusal}");
    // Another account in its place is refused.
    let mut elsewhere = steal;
    elsewhere.accounts[3].pubkey = thief.pubkey();
    let refusal = harness.must_refuse(&[elsewhere], &[&thief]);
    assert_eq!(refusal.code, Some(2012), "Anchor's ConstraintAddress: {refusal}");
    harness.must_send(&[client::initialize(payer, owner.pubkey(), owner.pubkey(), 0)], &[&owner]);
}

#[test]
fn the_authority_is_handed_over_in_two_steps() {
    let mut world = World::new();
    let (old, new) = (key("network authority"), world.harness.must_key("successor"));
    let update = UpdateConfigArguments {
        pending_authority: Some(new.pubkey()),
        treasury_basis_points: Some(100),
        treasury: None,
    };
    let thief = key("thief");
    let steal = client::update_config(thief.pubkey(), update.clone());
    let refusal = world.harness.must_refuse(&[steal], &[&thief]);
    assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");
    let refusal = world.harness.must_refuse(&[client::accept_authority(new.pubkey())], &[&new]);
    assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");

    world.harness.must_send(&[client::update_config(old.pubkey(), update.clone())], &[&old]);
    world.harness.must_send(&[client::accept_authority(new.pubkey())], &[&new]);
    let config: Config = world.harness.must_load(&pda::config().0);
    assert_eq!((config.authority, config.pending_authority), (new.pubkey(), None));
    assert_eq!((config.treasury, config.treasury_basis_points), (world.network.treasury, 100));
    let refusal = world.harness.must_refuse(&[client::update_config(old.pubkey(), update)], &[&old]);
    assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");
}

#[test]
fn refuses_a_treasury_part_over_the_limit() {
    let mut world = World::new();
    let authority = key("network authority");
    let update = UpdateConfigArguments { treasury_basis_points: Some(2_001), ..Default::default() };
    let refusal =
        world.harness.must_refuse(&[client::update_config(authority.pubkey(), update)], &[&authority]);
    assert!(refusal.is(ArxError::TreasuryPartTooLarge), "{refusal}");
}

/// Registers a fresh node with another proof and expects a refusal.
#[track_caller]
fn refuses_proof(change: impl FnOnce(&NodeKeys, &mut [u8; 32], &mut [u8; 64])) {
    let mut harness = Harness::new();
    let node = NodeKeys::named("new node");
    let mut instruction = node.register(&harness.payer().pubkey(), "host:1");
    // Arguments behind the discriminator: fee payer, encryption key, proof.
    let mut encryption_key: [u8; 32] = instruction.data[40..72].try_into().unwrap();
    let mut proof: [u8; 64] = instruction.data[72..136].try_into().unwrap();
    change(&node, &mut encryption_key, &mut proof);
    instruction.data[40..72].copy_from_slice(&encryption_key);
    instruction.data[72..136].copy_from_slice(&proof);
    instruction.accounts[4].pubkey = pda::encryption_key_record(&encryption_key).0;
    let refusal = harness.must_refuse(&[instruction], &[&node.authority, &node.identity]);
    assert!(refusal.is(ArxError::InvalidProofOfPossession), "{refusal}");
}

#[test]
fn refuses_a_wrong_proof_of_possession() {
    refuses_proof(|_, _, proof| proof[0] ^= 1);
    refuses_proof(|_, _, proof| proof[32] ^= 1);
    // A response that is not reduced.
    refuses_proof(|_, _, proof| proof[32..].fill(0xFF));
    // The proof of another identity for the same key.
    refuses_proof(|node, key, proof| {
        let other = NodeKeys::named("other");
        *proof = prove(&other.identity.pubkey(), &node.encryption_secret, key);
    });
}

#[test]
fn refuses_the_identity_as_encryption_key() {
    // s B = R + c 0 would hold for any s, with R = s B.
    refuses_proof(|node, encryption_key, proof| {
        *encryption_key = [0; 32];
        *proof = prove(&node.identity.pubkey(), &[0; 32], encryption_key);
    });
}

#[test]
fn refuses_an_encryption_key_that_is_not_canonical() {
    refuses_proof(|_, encryption_key, _| *encryption_key = [0xFF; 32]);
    // The generator's encoding with a bit that canonical encodings do not have.
    refuses_proof(|_, encryption_key, _| {
        *encryption_key = possession::RISTRETTO_BASEPOINT;
        encryption_key[31] |= 0x80;
    });
}

#[test]
fn refuses_another_nodes_encryption_key() {
    let mut world = World::new();
    let mut thief = NodeKeys::named("thief");
    // Even one that knows its secret: two nodes with one key would cancel each other's pads.
    thief.encryption_key = world.network.nodes[0].encryption_key;
    thief.encryption_secret = world.network.nodes[0].encryption_secret;
    let register = thief.register(&world.harness.payer().pubkey(), "host:1");
    let refusal = world.harness.must_refuse(&[register], &[&thief.authority, &thief.identity]);
    assert!(refusal.is(ArxError::EncryptionKeyTaken), "{refusal}");
}

#[test]
fn refuses_a_second_registration_of_an_identity() {
    let mut world = World::new();
    let mut again = NodeKeys::named("node 0");
    let other = NodeKeys::named("other key");
    again.encryption_key = other.encryption_key;
    again.encryption_secret = other.encryption_secret;
    let register = again.register(&world.harness.payer().pubkey(), "host:1");
    let refusal = world.harness.must_refuse(&[register], &[&again.authority, &again.identity]);
    assert_eq!(refusal.code, Some(ACCOUNT_IN_USE), "{refusal}");
}

#[test]
fn refuses_to_register_an_identity_that_does_not_sign() {
    let mut harness = Harness::new();
    let node = NodeKeys::named("new node");
    let mut register = node.register(&harness.payer().pubkey(), "host:1");
    register.accounts[2].is_signer = false;
    let refusal = harness.must_refuse(&[register], &[&node.authority]);
    assert_eq!(refusal.code, Some(3010), "Anchor's AccountNotSigner: {refusal}");
}

#[test]
fn refuses_endpoints_that_are_empty_long_or_not_printable() {
    let mut harness = Harness::new();
    let node = NodeKeys::named("new node");
    for endpoint in ["", "a b:1", &"x".repeat(65), "host\n:1"] {
        let register = node.register(&harness.payer().pubkey(), endpoint);
        let refusal = harness.must_refuse(&[register], &[&node.authority, &node.identity]);
        assert!(refusal.is(ArxError::InvalidEndpoint), "{endpoint:?}: {refusal}");
    }
}

#[test]
fn only_its_authority_moves_a_node() {
    let mut world = World::new();
    let node = &world.network.nodes[0];
    let update = UpdateNodeArguments { endpoint: Some("other:2".to_owned()), fee_payer: None };
    let identity = node.identity.pubkey();
    let refusal = world
        .harness
        .must_refuse(&[client::update_node(identity, identity, update.clone())], &[&node.identity]);
    assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");
    world
        .harness
        .must_send(&[client::update_node(node.authority.pubkey(), identity, update)], &[&node.authority]);
    let account: Node = world.harness.must_load(&pda::node(&identity).0);
    assert_eq!((account.endpoint.as_str(), account.status), ("other:2", NodeStatus::Active));
    assert_eq!(account.fee_payer, node.fee_payer.pubkey());
}

#[test]
fn refuses_clusters_with_wrong_members_or_protocol() {
    let mut world = World::new();
    let members = world.network.members();
    let authority = &world.network.authority;
    let arguments = CreateClusterArguments {
        id: 7,
        members: members.clone(),
        protocol: PROTOCOL_REPLICATED3_MALICIOUS,
        price_per_unit: 0,
        base_fee: 0,
    };
    let wrong = [
        (CreateClusterArguments { members: vec![], ..arguments.clone() }, ArxError::InvalidMembers),
        (
            CreateClusterArguments { members: members[..2].to_vec(), ..arguments.clone() },
            ArxError::InvalidMembers,
        ),
        (
            CreateClusterArguments { members: vec![members[0], members[1], members[0]], ..arguments.clone() },
            ArxError::InvalidMembers,
        ),
        (
            CreateClusterArguments {
                members: [&members[..], &[Pubkey::default()]].concat(),
                ..arguments.clone()
            },
            ArxError::InvalidMembers,
        ),
        (CreateClusterArguments { protocol: 0, ..arguments.clone() }, ArxError::UnknownProtocol),
        (CreateClusterArguments { protocol: 4, ..arguments.clone() }, ArxError::UnknownProtocol),
    ];
    for (arguments, expected) in wrong {
        let create = client::create_cluster(world.harness.payer().pubkey(), authority.pubkey(), arguments);
        let refusal = world.harness.must_refuse(&[create], &[authority]);
        assert!(refusal.is(expected), "{refusal}");
    }
    // A cluster's number is taken once.
    let again = CreateClusterArguments { id: 0, ..arguments };
    let create = client::create_cluster(world.harness.payer().pubkey(), authority.pubkey(), again);
    let refusal = world.harness.must_refuse(&[create], &[authority]);
    assert_eq!(refusal.code, Some(ACCOUNT_IN_USE), "{refusal}");
}

#[test]
fn a_cluster_is_active_when_the_last_member_has_joined() {
    let mut harness = Harness::new();
    let payer = harness.payer().pubkey();
    let authority = harness.must_key("network authority");
    harness.must_send(&[client::initialize(payer, authority.pubkey(), payer, 0)], &[&authority]);
    let nodes: Vec<_> = (0..4).map(|index| NodeKeys::named(&format!("node {index}"))).collect();
    for node in &nodes {
        harness.must_send(&[node.register(&payer, "host:1")], &[&node.authority, &node.identity]);
    }
    let arguments = CreateClusterArguments {
        id: 5,
        members: nodes[..3].iter().map(|node| node.identity.pubkey()).collect(),
        protocol: PROTOCOL_DISHONEST_MAJORITY,
        price_per_unit: PRICES.price_per_unit,
        base_fee: PRICES.base_fee,
    };
    harness.must_send(&[client::create_cluster(payer, authority.pubkey(), arguments)], &[&authority]);
    let cluster = pda::cluster(5).0;
    let join =
        |node: &NodeKeys| client::join_cluster(node.authority.pubkey(), node.identity.pubkey(), cluster);

    // Who was not invited does not join, and nobody joins for another.
    let refusal = harness.must_refuse(&[join(&nodes[3])], &[&nodes[3].authority]);
    assert!(refusal.is(ArxError::NotAMember), "{refusal}");
    let for_another = client::join_cluster(nodes[1].authority.pubkey(), nodes[0].identity.pubkey(), cluster);
    let refusal = harness.must_refuse(&[for_another], &[&nodes[1].authority]);
    assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");

    for (index, node) in nodes[..3].iter().enumerate().rev() {
        let state = harness.must_load::<Cluster>(&cluster);
        assert_eq!((state.state, state.epoch), (ClusterState::Forming, 0));
        harness.must_send(&[join(node)], &[&node.authority]);
        let state = harness.must_load::<Cluster>(&cluster);
        assert_eq!(state.encryption_keys[index], node.encryption_key);
        let refusal = harness.must_refuse(&[join(node)], &[&node.authority]);
        assert!(refusal.is(ArxError::AlreadyInCluster), "{refusal}");
    }
    let state = harness.must_load::<Cluster>(&cluster);
    assert_eq!((state.state, state.epoch), (ClusterState::Active, 1));
}

#[test]
fn refuses_an_mxe_on_a_cluster_that_is_still_forming() {
    let mut world = World::new();
    let payer = world.harness.payer().pubkey();
    let authority = &world.network.authority;
    let arguments = CreateClusterArguments {
        id: 8,
        members: world.network.members(),
        protocol: PROTOCOL_DISHONEST_MAJORITY,
        price_per_unit: 0,
        base_fee: 0,
    };
    world.harness.must_send(&[client::create_cluster(payer, authority.pubkey(), arguments)], &[authority]);
    let owner = key("application authority");
    let create = client::create_mxe(payer, owner.pubkey(), ECHO, pda::cluster(8).0, 3);
    let refusal = world.harness.must_refuse(&[forward(create)], &[&owner]);
    assert!(refusal.is(ArxError::ClusterNotActive), "{refusal}");
}

#[test]
fn refuses_an_mxe_that_the_application_did_not_sign_for() {
    let mut world = World::new();
    let payer = world.harness.payer().pubkey();
    let thief = key("thief");
    let create = client::create_mxe(payer, thief.pubkey(), ECHO, world.network.cluster, 3);
    // The thief's own key in the place of the application's address.
    let mut own_key = create.clone();
    own_key.accounts[3].pubkey = thief.pubkey();
    let refusal = world.harness.must_refuse(&[own_key], &[&thief]);
    assert!(refusal.is(ArxError::WrongApplicationSigner), "{refusal}");
    // The application's address, but of another program that claims to be it.
    let mut other_program =
        client::create_mxe(payer, thief.pubkey(), arx_program::ID, world.network.cluster, 3);
    other_program.accounts[3].pubkey = pda::application_signer(&ECHO).0;
    let refusal = world.harness.must_refuse(&[forward(other_program)], &[&thief]);
    assert!(refusal.is(ArxError::WrongApplicationSigner), "{refusal}");
}

#[test]
fn refuses_an_mxe_twice() {
    let mut world = World::new();
    let payer = world.harness.payer().pubkey();
    let owner = key("application authority");
    let create = client::create_mxe(payer, owner.pubkey(), ECHO, world.network.cluster, 0);
    let refusal = world.harness.must_refuse(&[forward(create)], &[&owner]);
    assert_eq!(refusal.code, Some(ACCOUNT_IN_USE), "{refusal}");
}

#[test]
fn only_the_clusters_authority_sets_its_price() {
    let mut world = World::new();
    let thief = key("thief");
    let price = client::set_price(thief.pubkey(), world.network.cluster, 0, 0);
    let refusal = world.harness.must_refuse(&[price], &[&thief]);
    assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");
}

#[test]
fn a_network_can_be_started_on_a_fresh_chain() {
    let mut harness = Harness::new();
    let network = Network::start(&mut harness, PRICES);
    let cluster: Cluster = harness.must_load(&network.cluster);
    assert_eq!(cluster.members, network.members());
    assert_eq!(cluster.joined, 0b111);
}
