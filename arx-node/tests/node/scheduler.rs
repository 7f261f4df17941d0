//! The node core, three nodes: every way in which an attempt,
//! an agreement or a submission can go wrong, and that no node ever signs two outcomes of one computation.

use std::time::Duration;

use crate::support::chain::{Given, cell_address};
use crate::support::{NODES, World, circuits};
use anchor_lang::AccountSerialize;
use arx_node::NodeError;
use arx_node::frame::{ComputationId, Frame, Start};
use arx_node::store::Store;
use arx_program::state::{ComputationStatus, FailureReason};
use mpc::{Phase, PhaseKind};
use solana_pubkey::Pubkey;

/// A world with the three circuits defined, one empty cell, and that cell's value set.
async fn world_with_value(value: u8) -> World {
    let world = World::started();
    prepare(&world, value).await;
    world
}

async fn prepare(world: &World, value: u8) {
    define(world);
    let init = world.chain.queue_call(&circuits::init(), &[Given::Plain(value), Given::Nothing], 1, 0);
    assert_eq!(world.settled(&init).await.status, ComputationStatus::Finalized);
}

fn define(world: &World) {
    for artifact in [circuits::init(), circuits::mix(), circuits::show()] {
        world.chain.define(&artifact);
    }
    world.chain.create_cell(1);
    world.chain.create_cell(2);
}

fn mix(world: &World, value: u8, priority: u64) -> ComputationId {
    world.chain.queue_call(&circuits::mix(), &[Given::Plain(value), Given::Cell], 1, priority)
}

fn show(world: &World) -> ComputationId {
    world.chain.queue_call(&circuits::show(), &[Given::Cell], 1, 0)
}

async fn shown(world: &World) -> u8 {
    let computation = show(world);
    let account = world.settled(&computation).await;
    let outputs = account.result.expect("a result").outputs;
    let [output] = &outputs[..] else { panic!("one output") };
    let [value] = output[..] else { panic!("one byte") };
    value
}

fn leader(computation: &ComputationId, attempt: u64) -> usize {
    let start = u64::from_le_bytes(computation.0[..8].try_into().expect("8 bytes"));
    ((start % NODES as u64 + attempt) % NODES as u64) as usize
}

fn is_failed(status: ComputationStatus, reason: FailureReason) -> bool {
    matches!(status, ComputationStatus::Failed { reason: actual, .. } if actual == reason)
}

#[tokio::test(start_paused = true)]
async fn a_value_goes_in_changes_and_comes_out() {
    let world = world_with_value(5).await;
    let computation = mix(&world, 7, 0);
    world.settled(&computation).await;
    assert_eq!(world.chain.cell(1).version, 2);
    assert_eq!(shown(&world).await, 17);
    // Each was settled once.
    assert_eq!(world.chain.settled().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn computations_on_one_cell_run_in_queue_order_and_lose_nothing() {
    let world = world_with_value(1).await;
    // Queued in this order; the second one pays for the first place.
    let (late, early, between) = (mix(&world, 10, 0), mix(&world, 20, 9), mix(&world, 30, 5));
    for computation in [&late, &early, &between] {
        world.settled(computation).await;
    }
    let settled: Vec<ComputationId> =
        world.chain.settled().iter().skip(1).map(|(computation, _)| *computation).collect();
    assert_eq!(settled, [early, between, late]);
    // ((1 * 2 + 20) * 2 + 30) * 2 + 10
    assert_eq!(shown(&world).await, 158);
}

#[tokio::test(start_paused = true)]
async fn computations_without_a_common_cell_run_side_by_side() {
    let world = world_with_value(1).await;
    // A session that never ends holds its own cell, not the other one.
    let blocked = mix(&world, 1, 9);
    world
        .network
        .drop_if(move |_, _, frame| matches!(frame, Frame::Start(start) if start.computation == blocked));
    let other = world.chain.queue_call(&circuits::init(), &[Given::Plain(3), Given::Nothing], 2, 0);
    world.settled(&other).await;
    assert_eq!(world.chain.computation(&blocked).status, ComputationStatus::Queued);
}

#[tokio::test(start_paused = true)]
async fn when_a_proposal_is_lost_the_next_leader_makes_one() {
    let world = world_with_value(1).await;
    let computation = mix(&world, 2, 0);
    world.network.drop_if(move |_, _, frame| {
        matches!(frame, Frame::Start(Start { computation: started, attempt: 0, .. }) if *started == computation)
    });
    world.settled(&computation).await;
    world.network.heal();
    assert_eq!(shown(&world).await, 4);
}

#[tokio::test(start_paused = true)]
async fn a_proposal_by_someone_else_than_the_leader_is_declined() {
    let world = World::started();
    define(&world);
    // Nothing is proposed by the leaders themselves.
    world.network.drop_if(|_, _, frame| matches!(frame, Frame::Start(_)));
    let computation = world.chain.queue_call(&circuits::init(), &[Given::Plain(1), Given::Nothing], 1, 0);
    let impostor = (leader(&computation, 0) + 1) % NODES;
    let victim = (leader(&computation, 0) + 2) % NODES;
    let start = Start {
        cluster: world.chain.cluster().to_bytes(),
        epoch: 1,
        computation,
        attempt: 0,
        input_digest: world.chain.computation(&computation).input_digest,
        cells: Vec::new(),
        stock: None,
        nonce: [9; 32],
    };
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = world.network.frames();
    world.network.inject(world.identity(impostor), &world.identity(victim), &Frame::Start(start));
    world.wait_for("a decline", || (world.network.frames() > before).then_some(())).await;
    assert_eq!(world.chain.computation(&computation).status, ComputationStatus::Queued);
}

#[tokio::test(start_paused = true)]
async fn when_the_submitter_fails_another_takes_over() {
    for silent in 0..NODES {
        let world = world_with_value(1).await;
        let (_, submitter) = world.chain.settled()[0];
        // Whoever it is: with two of three unable, the third one does it.
        for node in 0..NODES {
            if node != silent {
                world.chain.mute(node);
            }
        }
        let computation = mix(&world, 2, 0);
        world.settled(&computation).await;
        assert_eq!(world.chain.settled()[1], (computation, silent), "{submitter} was first before");
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_killed_before_it_stored_a_result_comes_back_and_the_cluster_goes_on() {
    let mut world = world_with_value(1).await;
    // No result gets through as long as the circuit's last messages are lost.
    world.network.drop_if(|_, _, frame| {
        matches!(frame, Frame::Data(data) if Phase::from_bytes(data.phase).is_some_and(|phase| phase.kind == PhaseKind::Open))
    });
    let computation = mix(&world, 2, 0);
    tokio::time::sleep(Duration::from_secs(5)).await;
    world.kill(0).await;
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert_eq!(world.chain.computation(&computation).status, ComputationStatus::Queued);
    world.network.heal();
    world.start(0);
    assert_eq!(world.settled(&computation).await.status, ComputationStatus::Finalized);
    assert_eq!(shown(&world).await, 4);
}

#[tokio::test(start_paused = true)]
async fn a_stored_result_survives_a_restart_of_everyone_and_is_not_computed_again() {
    let mut world = world_with_value(1).await;
    world.network.drop_if(|_, _, frame| matches!(frame, Frame::Ending(_)));
    let computation = mix(&world, 2, 0);
    let stored = world
        .wait_for("all have stored the result", || {
            let verdicts: Vec<_> = world
                .stores
                .iter()
                .filter_map(|store| store.ending(&computation).expect("a store"))
                .collect();
            (verdicts.len() == NODES).then(|| verdicts[0].verdict.clone())
        })
        .await;
    for node in 0..NODES {
        world.kill(node).await;
    }
    world.network.heal();
    for node in 0..NODES {
        world.start(node);
    }
    let account = world.settled(&computation).await;
    assert_eq!(account.result.map(|result| result.session), stored.session().map(|session| session.0));
}

#[tokio::test(start_paused = true)]
async fn a_signature_survives_a_restart_and_no_second_outcome_is_signed() {
    let mut world = world_with_value(1).await;
    // Everyone hears what the others stored, nobody gets a signature.
    world.network.drop_if(|_, _, frame| matches!(frame, Frame::Ending(ending) if ending.signature.is_some()));
    let computation = mix(&world, 2, 0);
    world
        .wait_for("someone has signed", || {
            let ending = world.stores[1].ending(&computation).expect("a store")?;
            ending.signature
        })
        .await;
    // Long enough for further attempts, were any allowed.
    tokio::time::sleep(Duration::from_secs(120)).await;
    world.kill(1).await;
    world.start(1);
    tokio::time::sleep(Duration::from_secs(120)).await;
    world.network.heal();
    world.settled(&computation).await;
    world.check_signatures();
    assert_eq!(shown(&world).await, 4);
}

#[tokio::test(start_paused = true)]
async fn a_node_killed_while_results_are_shown_ends_the_computation_without_a_second_try() {
    let mut world = world_with_value(7).await;
    let computation = show(&world);
    let victim = 2;
    let victims_identity = world.identity(victim);
    // What is shown reaches everyone but the victim.
    world.network.drop_if(move |_, to, frame| {
        *to == victims_identity
            && matches!(frame, Frame::Data(data) if Phase::from_bytes(data.phase).is_some_and(|phase| phase.kind == PhaseKind::Open))
    });
    world
        .wait_for("the victim is ready to open", || {
            world.stores[victim].opened(&computation).expect("a store")
        })
        .await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    world.kill(victim).await;
    world.network.heal();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(world.chain.computation(&computation).status, ComputationStatus::Queued);
    world.start(victim);
    let status = world.settled(&computation).await.status;
    assert!(is_failed(status, FailureReason::ProtocolFailed), "{status:?}");
    // The cluster works again.
    assert_eq!(shown(&world).await, 7);
}

#[tokio::test(start_paused = true)]
async fn without_a_node_the_computation_expires_and_the_cluster_works_after_its_return() {
    let mut world = world_with_value(1).await;
    world.kill(1).await;
    let deadline = world.chain.slot() + 100;
    let call = [Given::Plain(2), Given::Cell];
    let computation = world.chain.queue_until(&circuits::mix(), &call, 1, 0, deadline);
    assert_eq!(world.settled(&computation).await.status, ComputationStatus::Expired);
    world.start(1);
    let again = mix(&world, 3, 0);
    assert_eq!(world.settled(&again).await.status, ComputationStatus::Finalized);
    assert_eq!(shown(&world).await, 5);
}

#[tokio::test(start_paused = true)]
async fn a_frozen_account_that_changed_is_input_stale() {
    let world = world_with_value(1).await;
    let frozen = Pubkey::new_from_array([0xf0; 32]);
    world.chain.put(frozen, vec![2]);
    let unchanged = world.chain.queue_call(&circuits::mix(), &[Given::Slice(frozen), Given::Cell], 1, 5);
    assert_eq!(world.settled(&unchanged).await.status, ComputationStatus::Finalized);
    let changed = world.chain.queue_call(&circuits::mix(), &[Given::Slice(frozen), Given::Cell], 1, 5);
    world.chain.put(frozen, vec![3]);
    let status = world.settled(&changed).await.status;
    assert_eq!(status, ComputationStatus::Failed { reason: FailureReason::InputStale, detail: 0 });
    assert_eq!(shown(&world).await, 4);
}

#[tokio::test(start_paused = true)]
async fn a_circuit_that_is_not_its_hash_is_refused_by_all() {
    let world = World::started();
    define(&world);
    let definition = world.chain.define(&circuits::mix());
    world.chain.corrupt_circuit(&definition);
    let computation = mix(&world, 1, 0);
    let status = world.settled(&computation).await.status;
    assert!(is_failed(status, FailureReason::CircuitMismatch), "{status:?}");
}

#[tokio::test(start_paused = true)]
async fn a_definition_that_is_not_its_circuits_is_refused_by_all() {
    type Change = fn(&mut arx_program::state::ComputationDefinition);
    let changes: [Change; 5] = [
        |definition| definition.cost_units -= 1,
        |definition| definition.interface_hash[0] ^= 1,
        |definition| definition.parameters[0].bits += 1,
        |definition| definition.outputs[0].plain_len += 1,
        |definition| definition.name.push('x'),
    ];
    for change in changes {
        let world = World::started();
        define(&world);
        let definition = world.chain.define(&circuits::mix());
        world.chain.corrupt_definition(&definition, change);
        let computation = mix(&world, 1, 0);
        let status = world.settled(&computation).await.status;
        assert!(is_failed(status, FailureReason::DefinitionMismatch), "{status:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_that_sees_an_older_cell_takes_no_part_until_it_sees_the_same() {
    let world = world_with_value(1).await;
    world.chain.lie(2, cell_address(1));
    let first = mix(&world, 2, 0);
    world.settled(&first).await;
    let second = mix(&world, 3, 0);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(world.chain.computation(&second).status, ComputationStatus::Queued);
    world.chain.stop_lying();
    world.settled(&second).await;
    assert_eq!(shown(&world).await, 11);
}

#[tokio::test(start_paused = true)]
async fn a_node_alone_with_its_rejection_holds_nothing_up_once_it_sees_better() {
    let world = world_with_value(1).await;
    let frozen = Pubkey::new_from_array([0xf0; 32]);
    world.chain.put(frozen, vec![9]);
    world.chain.lie(0, frozen);
    world.chain.put(frozen, vec![2]);
    // Node 0 alone thinks that the account has changed since.
    let computation = world.chain.queue_call(&circuits::mix(), &[Given::Slice(frozen), Given::Cell], 1, 0);
    tokio::time::sleep(Duration::from_secs(40)).await;
    assert_eq!(world.chain.computation(&computation).status, ComputationStatus::Queued);
    world.chain.stop_lying();
    assert_eq!(world.settled(&computation).await.status, ComputationStatus::Finalized);
    assert_eq!(shown(&world).await, 4);
}

#[tokio::test(start_paused = true)]
async fn a_fork_that_undoes_a_result_gets_the_same_result_again() {
    let world = world_with_value(1).await;
    let computation = mix(&world, 2, 0);
    let before = world.chain.snapshot();
    let first = world.settled(&computation).await.result;
    tokio::time::sleep(Duration::from_secs(10)).await;
    world.chain.roll_back(before);
    let second = world.settled(&computation).await.result;
    assert_eq!(first, second);
    assert_eq!(shown(&world).await, 4);
}

#[tokio::test(start_paused = true)]
async fn a_node_with_restored_keys_leaves_what_was_queued_before_to_its_deadline() {
    let mut world = World::new();
    define(&world);
    let deadline = world.chain.slot() + 100;
    let call = [Given::Plain(2), Given::Nothing];
    let before = world.chain.queue_until(&circuits::init(), &call, 1, 0, deadline);
    let (keys, image) = (world.keys[0].clone(), world.stores[0].image().expect("a store"));
    world.stores[0] = Store::in_memory().expect("memory");
    world.stores[0].merge(&keys.identity(), image).expect("an empty store");
    for node in 0..NODES {
        world.start(node);
    }
    assert_eq!(world.settled(&before).await.status, ComputationStatus::Expired);
    let after = world.chain.queue_call(&circuits::init(), &call, 1, 0);
    assert_eq!(world.settled(&after).await.status, ComputationStatus::Finalized);
}

#[tokio::test(start_paused = true)]
async fn keys_that_are_not_the_registered_ones_stop_the_node() {
    let mut world = World::new();
    let seeds = [1; 32];
    world.keys[0] = arx_node::secrets::NodeKeys::from_seeds(seeds, [99; 32], [21; 32], [31; 32]);
    world.start(0);
    assert!(matches!(world.outcome(0).await, Err(NodeError::WrongEncryptionKey { .. })));
}

#[tokio::test(start_paused = true)]
async fn an_unknown_protocol_stops_the_node() {
    let mut world = World::new();
    let cluster = arx_program::state::Cluster { protocol: 99, ..world.chain.cluster_account() };
    let mut bytes = Vec::new();
    cluster.try_serialize(&mut bytes).expect("memory");
    world.chain.put(world.chain.cluster(), bytes);
    world.start(0);
    assert!(matches!(world.outcome(0).await, Err(NodeError::UnknownProtocol { protocol: 99, .. })));
}

#[tokio::test(start_paused = true)]
async fn an_idle_cluster_is_quiet() {
    let world = World::started();
    tokio::time::sleep(Duration::from_secs(60)).await;
    let before = world.network.frames();
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(world.network.frames(), before);
}
