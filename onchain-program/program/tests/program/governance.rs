//! Parameters with notice, and what protects an application's state from whoever holds its keys.

use arx_program::{
    client::{self, Member},
    constants::{PROTOCOL_DISHONEST_MAJORITY, PROTOCOL_REPLICATED3_MALICIOUS},
    error::ArxError,
    pda,
    state::{
        ClusterState, ComputationDefinition, Config, DefinitionStatus, Mxe, Node, NodeStatus, Parameters,
    },
};
use arx_testing::{NodeKeys, harness::key, network::prove};
use solana_signer::Signer;

use crate::world::{PRICES, World, mixed_definition};

#[test]
fn parameters_change_only_after_their_notice() {
    let mut world = World::new();
    let authority = key("network authority");
    let config: Config = world.harness.must_load(&pda::config().0);
    let parameters = Parameters { bond: 7, timelock_slots: 5, ..config.parameters };
    let refusal = world.harness.must_refuse(&[client::apply_parameters()], &[]);
    assert!(refusal.is(ArxError::NothingPending), "{refusal}");
    let propose = client::propose_parameters(authority.pubkey(), parameters);
    world.harness.must_send(&[propose], &[&authority]);
    let slot = world.harness.slot();
    // The notice is the one in force, not the one proposed.
    world.harness.warp_to(slot + config.parameters.timelock_slots - 1);
    let refusal = world.harness.must_refuse(&[client::apply_parameters()], &[]);
    assert!(refusal.is(ArxError::TooEarly), "{refusal}");
    world.harness.warp_to(slot + config.parameters.timelock_slots);
    world.harness.must_send(&[client::apply_parameters()], &[]);
    let config: Config = world.harness.must_load(&pda::config().0);
    assert_eq!((config.parameters, config.pending), (parameters, None));
}

#[test]
fn refuses_parameters_by_others_and_such_that_stake_could_flee() {
    let mut world = World::new();
    let (authority, thief) = (key("network authority"), world.harness.must_key("thief"));
    let parameters = Parameters::default();
    let steal = client::propose_parameters(thief.pubkey(), parameters);
    let refusal = world.harness.must_refuse(&[steal], &[&thief]);
    assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");
    let pursuit = parameters.evidence_slots + parameters.dispute_slots + parameters.challenge_slots;
    for wrong in [
        Parameters { unbonding_slots: pursuit, ..parameters },
        Parameters { evidence_slots: u64::MAX, ..parameters },
        Parameters { slash_cap_basis_points: 10_001, ..parameters },
        Parameters { reporter_basis_points: 10_001, ..parameters },
        Parameters { challenge_slots: 0, ..parameters },
        Parameters { period_slots: 0, ..parameters },
    ] {
        let propose = client::propose_parameters(authority.pubkey(), wrong);
        let refusal = world.harness.must_refuse(&[propose], &[&authority]);
        let expected =
            if wrong.evidence_slots == u64::MAX { ArxError::Overflow } else { ArxError::InvalidParameters };
        assert!(refusal.is(expected), "{wrong:?}: {refusal}");
    }
}

const DELAY: u64 = 1_000;

/// A world whose MXE waits and may be stopped by a guardian.
fn protected() -> (World, solana_keypair::Keypair, solana_keypair::Keypair) {
    let mut world = World::new();
    let (owner, guardian) = (key("application authority"), world.harness.must_key("guardian"));
    let mxe = world.application.mxe;
    let set = vec![key("keeper 1").pubkey(), key("keeper 2").pubkey()];
    let protect = client::protect_mxe(owner.pubkey(), mxe, DELAY, Some(guardian.pubkey()), set);
    world.harness.must_send(&[protect], &[&owner]);
    (world, owner, guardian)
}

#[test]
fn protection_only_grows() {
    let (mut world, owner, guardian) = protected();
    let mxe = world.application.mxe;
    let state: Mxe = world.harness.must_load(&mxe);
    let set = state.recovery_set.clone();
    assert_eq!((state.delay_slots, state.veto, set.len()), (DELAY, Some(guardian.pubkey()), 2));
    let thief = world.harness.must_key("thief");
    for (delay, veto, set) in [
        (DELAY - 1, state.veto, set.clone()),
        (DELAY, None, set.clone()),
        (DELAY, Some(owner.pubkey()), set.clone()),
        (DELAY, state.veto, vec![]),
        (u64::MAX, state.veto, set.clone()),
    ] {
        let protect = client::protect_mxe(owner.pubkey(), mxe, delay, veto, set);
        let refusal = world.harness.must_refuse(&[protect], &[&owner]);
        assert!(refusal.is(ArxError::InvalidProtection), "{delay}: {refusal}");
    }
    let steal = client::protect_mxe(thief.pubkey(), mxe, DELAY, state.veto, set.clone());
    let refusal = world.harness.must_refuse(&[steal], &[&thief]);
    assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");
    let protect = client::protect_mxe(owner.pubkey(), mxe, DELAY + 1, state.veto, set);
    world.harness.must_send(&[protect], &[&owner]);
}

#[test]
fn a_new_definition_waits_and_can_be_stopped() {
    let (mut world, owner, guardian) = protected();
    let mxe = world.application.mxe;
    let define = |world: &mut World, name: &'static str| {
        let mut definition = mixed_definition();
        definition.name = name;
        let application = arx_testing::Application {
            program: world.application.program,
            mxe,
            authority: owner.insecure_clone(),
        };
        application.define(&mut world.harness, &definition)
    };
    let (wanted, evil) = (define(&mut world, "wanted"), define(&mut world, "reveal_everything"));
    let status = |world: &World, address| world.harness.must_load::<ComputationDefinition>(&address).status;
    assert!(matches!(status(&world, wanted), DefinitionStatus::Announced { .. }));
    let call = world.call(1);
    let cell = world.cell_account();
    let inner = client::queue_computation(&world.caller(evil), call, cell);
    let refusal = world.harness.must_refuse(&[arx_testing::application::forward(inner)], &[&world.user]);
    assert!(refusal.is(ArxError::DefinitionNotActive), "{refusal}");

    let thief = world.harness.must_key("thief");
    let veto = client::veto_definition(thief.pubkey(), mxe, evil);
    let refusal = world.harness.must_refuse(&[veto], &[&thief]);
    assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");
    world.harness.must_send(&[client::veto_definition(guardian.pubkey(), mxe, evil)], &[&guardian]);
    let refusal = world.harness.must_refuse(&[client::activate_definition(wanted)], &[]);
    assert!(refusal.is(ArxError::TooEarly), "{refusal}");
    let slot = world.harness.slot() + DELAY;
    world.harness.warp_to(slot);
    world.harness.must_send(&[client::activate_definition(wanted)], &[]);
    assert_eq!(status(&world, wanted), DefinitionStatus::Active);
    let refusal = world.harness.must_refuse(&[client::activate_definition(evil)], &[]);
    assert!(refusal.is(ArxError::NothingPending), "{refusal}");
    assert_eq!(status(&world, evil), DefinitionStatus::Deprecated);
    // What works already cannot be stopped that way.
    let veto = client::veto_definition(guardian.pubkey(), mxe, wanted);
    let refusal = world.harness.must_refuse(&[veto], &[&guardian]);
    assert!(refusal.is(ArxError::NothingPending), "{refusal}");
}

#[test]
fn a_migration_waits_can_be_stopped_and_keeps_the_protocol() {
    let (mut world, owner, guardian) = protected();
    let mxe = world.application.mxe;
    let same = world.network.another(&mut world.harness, 1, PRICES, 3, PROTOCOL_DISHONEST_MAJORITY);
    let other = world.network.another(&mut world.harness, 2, PRICES, 3, PROTOCOL_REPLICATED3_MALICIOUS);
    let propose = |cluster| client::propose_migration(owner.pubkey(), mxe, cluster);
    let execute = |cluster| client::execute_migration(owner.pubkey(), mxe, cluster);
    let refusal = world.harness.must_refuse(&[propose(other.cluster)], &[&owner]);
    assert!(refusal.is(ArxError::ProtocolIsFixed), "{refusal}");
    let refusal = world.harness.must_refuse(&[execute(same.cluster)], &[&owner]);
    assert!(refusal.is(ArxError::NothingPending), "{refusal}");

    world.harness.must_send(&[propose(same.cluster)], &[&owner]);
    let thief = world.harness.must_key("thief");
    let refusal = world.harness.must_refuse(&[client::veto_migration(thief.pubkey(), mxe)], &[&thief]);
    assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");
    world.harness.must_send(&[client::veto_migration(guardian.pubkey(), mxe)], &[&guardian]);
    let slot = world.harness.slot() + DELAY;
    world.harness.warp_to(slot);
    let refusal = world.harness.must_refuse(&[execute(same.cluster)], &[&owner]);
    assert!(refusal.is(ArxError::NothingPending), "{refusal}");

    world.harness.must_send(&[propose(same.cluster)], &[&owner]);
    let refusal = world.harness.must_refuse(&[execute(same.cluster)], &[&owner]);
    assert!(refusal.is(ArxError::TooEarly), "{refusal}");
    let slot = world.harness.slot() + DELAY;
    world.harness.warp_to(slot);
    let refusal = world.harness.must_refuse(&[execute(other.cluster)], &[&owner]);
    assert!(refusal.is(ArxError::AccountsDoNotBelongTogether), "{refusal}");
    world.harness.must_send(&[execute(same.cluster)], &[&owner]);
    let state: Mxe = world.harness.must_load(&mxe);
    assert_eq!(
        (state.cluster, state.protocol, state.migration),
        (same.cluster, PROTOCOL_DISHONEST_MAJORITY, None)
    );
}

#[test]
fn a_closed_mxe_takes_no_calls_and_cannot_be_made_again() {
    let mut world = World::new();
    let owner = key("application authority");
    let mxe = world.application.mxe;
    let address = world.must_queue(1);
    world.harness.must_send(&[client::close_mxe(owner.pubkey(), mxe)], &[&owner]);
    let call = world.call(2);
    let refusal = world.must_refuse_call(call);
    assert!(refusal.is(ArxError::MxeClosed), "{refusal}");
    // What was queued still gets its result.
    world.must_finalize(address);
    let payer = world.harness.payer().pubkey();
    let again =
        client::create_mxe(payer, owner.pubkey(), world.application.program, world.network.cluster, 0);
    let refusal = world.harness.must_refuse(&[arx_testing::application::forward(again)], &[&owner]);
    assert!(refusal.is(ArxError::AlreadyExists), "{refusal}");
}

#[test]
fn an_epoch_begins_with_new_keys_when_nothing_waits() {
    let mut world = World::new();
    let payer = world.harness.payer().pubkey();
    let fresh = NodeKeys::named("fresh key");
    let node = &world.network.nodes[1];
    let (authority, identity) = (node.authority.insecure_clone(), node.identity.pubkey());
    let proof = prove(&identity, &fresh.encryption_secret, &fresh.encryption_key);
    let rotate = client::rotate_epoch_key(payer, authority.pubkey(), identity, fresh.encryption_key, proof);
    world.harness.must_send(std::slice::from_ref(&rotate), &[&authority]);
    let refusal = world.harness.must_refuse(&[rotate], &[&authority]);
    assert!(refusal.is(ArxError::EncryptionKeyTaken), "{refusal}");

    let begin = client::begin_epoch(
        key("network authority").pubkey(),
        world.network.cluster,
        &world.network.members(),
    );
    let address = world.must_queue(1);
    let refusal = world.harness.must_refuse(std::slice::from_ref(&begin), &[&key("network authority")]);
    assert!(refusal.is(ArxError::QueueNotEmpty), "{refusal}");
    world.must_finalize(address);
    let mut reordered = begin.clone();
    reordered.accounts.swap(3, 4);
    let refusal = world.harness.must_refuse(&[reordered], &[&key("network authority")]);
    assert!(refusal.is(ArxError::NotAMember), "{refusal}");
    world.harness.must_send(&[begin], &[&key("network authority")]);
    let cluster = world.cluster();
    assert_eq!((cluster.epoch, cluster.encryption_keys[1]), (2, fresh.encryption_key));
    let state: Node = world.harness.must_load(&pda::node(&identity).0);
    assert_eq!((state.encryption_key, state.next_encryption_key), (fresh.encryption_key, None));
    let call = world.call(2);
    let refusal = world.must_refuse_call(call);
    assert!(refusal.is(ArxError::WrongEpoch), "{refusal}");
}

#[test]
fn a_draining_member_is_replaced_and_gets_what_it_earned() {
    let mut world = World::new();
    let authority = key("network authority");
    let newcomer = NodeKeys::named("newcomer");
    newcomer.must_register(&mut world.harness, "host:1");
    let leaver = &world.network.nodes[2];
    let member =
        |node: &NodeKeys| Member { identity: node.identity.pubkey(), authority: node.authority.pubkey() };
    let (leaves, comes) = (member(leaver), member(&newcomer));
    let cold = leaver.authority.insecure_clone();
    let replace = client::replace_member(authority.pubkey(), world.network.cluster, leaves, comes);
    let refusal =
        world.harness.must_refuse(std::slice::from_ref(&replace), &[&authority, &newcomer.authority]);
    assert!(refusal.is(ArxError::WrongNodeState), "{refusal}");
    world.harness.must_send(&[client::drain_node(cold.pubkey(), leaves.identity)], &[&cold]);
    // It works until it is replaced.
    let address = world.must_queue(1);
    let refusal =
        world.harness.must_refuse(std::slice::from_ref(&replace), &[&authority, &newcomer.authority]);
    assert!(refusal.is(ArxError::QueueNotEmpty), "{refusal}");
    world.must_finalize(address);
    let owed = world.cluster().accrued[2];
    let before = world.harness.lamports(&cold.pubkey());
    world.harness.must_send(&[replace], &[&authority, &newcomer.authority]);
    assert_eq!(world.harness.lamports(&cold.pubkey()) - before, owed);
    let cluster = world.cluster();
    assert_eq!((cluster.members[2], cluster.epoch, cluster.accrued[2]), (comes.identity, 2, 0));
    assert_eq!(cluster.encryption_keys[2], newcomer.encryption_key);
    let gone: Node = world.harness.must_load(&pda::node(&leaves.identity).0);
    assert_eq!((gone.status, gone.cluster), (NodeStatus::Joining, None));
    world.harness.must_send(&[client::exit_node(cold.pubkey(), leaves.identity)], &[&cold]);
    let gone: Node = world.harness.must_load(&pda::node(&leaves.identity).0);
    assert_eq!(gone.status, NodeStatus::Exited);
    assert_eq!(cluster.state, ClusterState::Active);
}

#[test]
fn a_node_leaves_a_cluster_that_is_still_forming() {
    let mut world = World::new();
    let payer = world.harness.payer().pubkey();
    let authority = key("network authority");
    let nodes: Vec<_> = (0..3).map(|index| NodeKeys::named(&format!("late {index}"))).collect();
    for node in &nodes {
        node.must_register(&mut world.harness, "host:1");
    }
    let arguments = arx_program::instructions::CreateClusterArguments {
        id: 9,
        members: nodes.iter().map(|node| node.identity.pubkey()).collect(),
        protocol: PROTOCOL_DISHONEST_MAJORITY,
        price_per_unit: 1,
        base_fee: 1,
    };
    let cluster = pda::cluster(9).0;
    world.harness.must_send(&[client::create_cluster(payer, authority.pubkey(), arguments)], &[&authority]);
    let (cold, identity) = (&nodes[0].authority, nodes[0].identity.pubkey());
    let join = client::join_cluster(cold.pubkey(), identity, cluster);
    let leave = client::leave_cluster(cold.pubkey(), identity, cluster);
    world.harness.must_send(std::slice::from_ref(&join), &[cold]);
    world.harness.must_send(std::slice::from_ref(&leave), &[cold]);
    let refusal = world.harness.must_refuse(&[leave], &[cold]);
    assert!(refusal.is(ArxError::NotAMember), "{refusal}");
    for node in &nodes {
        let join = client::join_cluster(node.authority.pubkey(), node.identity.pubkey(), cluster);
        world.harness.must_send(&[join], &[&node.authority]);
    }
    let leave = client::leave_cluster(cold.pubkey(), identity, cluster);
    let refusal = world.harness.must_refuse(&[leave], &[cold]);
    assert!(refusal.is(ArxError::WrongNodeState), "{refusal}");
}
