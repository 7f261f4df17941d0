//! Clusters whose members may be malicious, on the doubles of `scheduler.rs`: the stock that nodes make by themselves,
//! what a cheat or a crash ends in, and what is on record afterwards.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::support::chain::Given;
use crate::support::{Forger, World, circuits};
use arx_node::frame::stock::{Layout, Product, Proposal};
use arx_node::frame::{ComputationId, Frame};
use arx_node::node::stocking::MemoryStorage;
use arx_node::store::Store;
use arx_program::state::{ComputationStatus, FailureReason};
use arx_wire::{PROTOCOL_DISHONEST_MAJORITY, PROTOCOL_REPLICATED3_MALICIOUS};
use mpc::misbehavior::Misbehavior;
use mpc::{Phase, PhaseKind};

fn define(world: &World) {
    for artifact in [circuits::init(), circuits::mix(), circuits::show()] {
        world.chain.define(&artifact);
    }
    world.chain.create_cell(1);
    world.chain.create_cell(2);
}

async fn world_with_value(protocol: u16, nodes: usize, value: u8) -> World {
    let mut world = World::of(protocol, nodes);
    world.start_all();
    define(&world);
    let init = world.chain.queue_call(&circuits::init(), &[Given::Plain(value), Given::Nothing], 1, 0);
    assert_eq!(world.settled(&init).await.status, ComputationStatus::Finalized);
    world
}

fn mix(world: &World, value: u8) -> ComputationId {
    world.chain.queue_call(&circuits::mix(), &[Given::Plain(value), Given::Cell], 1, 0)
}

async fn shown(world: &World) -> u8 {
    let computation = world.chain.queue_call(&circuits::show(), &[Given::Cell], 1, 0);
    let outputs = world.settled(&computation).await.result.expect("a result").outputs;
    let [output] = &outputs[..] else { panic!("one output") };
    let [value] = output[..] else { panic!("one byte") };
    value
}

fn phase_of(frame: &Frame) -> Option<PhaseKind> {
    match frame {
        Frame::Data(data) => Phase::from_bytes(data.phase).map(|phase| phase.kind),
        _ => None,
    }
}

#[tokio::test(start_paused = true)]
async fn a_value_goes_in_changes_and_comes_out_under_every_protocol() {
    for (protocol, nodes) in [
        (PROTOCOL_DISHONEST_MAJORITY, 2),
        (PROTOCOL_DISHONEST_MAJORITY, 3),
        (PROTOCOL_DISHONEST_MAJORITY, 5),
        (PROTOCOL_REPLICATED3_MALICIOUS, 3),
    ] {
        let world = world_with_value(protocol, nodes, 5).await;
        world.settled(&mix(&world, 7)).await;
        world.settled(&mix(&world, 1)).await;
        assert_eq!(shown(&world).await, 35, "protocol {protocol}, {nodes} nodes");
        // Each was settled once, each shown value behind a certificate of all.
        assert_eq!(world.chain.settled().len(), 4);
        let (last, _) = world.chain.settled()[3];
        for store in &world.stores {
            let certificate = store.opening_certificate(&last).expect("a store").expect("a certificate");
            assert_eq!(certificate.signatures.len(), nodes);
            assert!(store.evidence().expect("a store").is_empty());
            assert!(store.accusations().expect("a store").is_empty());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_stock_is_made_before_anyone_asks_and_again_when_it_is_used() {
    let mut world = World::of(PROTOCOL_DISHONEST_MAJORITY, 3);
    world.start_all();
    let batches = |world: &World| -> BTreeSet<[u8; 32]> {
        let listed = world.stores.iter().flat_map(|store| store.batches().expect("a store"));
        listed.map(|(batch, _)| batch.0).collect()
    };
    world.wait_for("a first batch", || (batches(&world).len() == 1).then_some(())).await;
    tokio::time::sleep(Duration::from_secs(300)).await;
    // Nothing is used, so nothing more is made.
    assert_eq!(batches(&world).len(), 1);
    define(&world);
    let init = world.chain.queue_call(&circuits::init(), &[Given::Plain(1), Given::Nothing], 1, 0);
    world.settled(&init).await;
    let keys = world.stores[0].state_keys().expect("a store");
    assert!(keys.len() == 1 && keys[0].1.established, "{keys:?}");
    for _ in 0..40 {
        world.settled(&mix(&world, 1)).await;
    }
    world.wait_for("more batches", || (batches(&world).len() >= 3).then_some(())).await;
}

#[tokio::test(start_paused = true)]
async fn a_node_killed_while_stock_is_made_comes_back_and_another_batch_is_made() {
    for (kind, victim) in [
        (PhaseKind::Transfers, 0),
        (PhaseKind::Corrections, 1),
        (PhaseKind::Open, 2),
        (PhaseKind::Confirm, 0),
    ] {
        let mut world = World::of(PROTOCOL_DISHONEST_MAJORITY, 3);
        // The batch hangs there until the victim is gone.
        world.network.drop_if(move |_, _, frame| phase_of(frame) == Some(kind));
        world.start_all();
        define(&world);
        let init = world.chain.queue_call(&circuits::init(), &[Given::Plain(3), Given::Nothing], 1, 0);
        tokio::time::sleep(Duration::from_secs(20)).await;
        assert_eq!(world.chain.computation(&init).status, ComputationStatus::Queued);
        world.kill(victim).await;
        world.network.heal();
        world.start(victim);
        assert_eq!(world.settled(&init).await.status, ComputationStatus::Finalized, "{kind:?}");
        assert_eq!(shown(&world).await, 3);
    }
}

#[tokio::test(start_paused = true)]
async fn the_stock_outlives_a_restart_of_everyone_and_no_item_is_given_out_twice() {
    let mut world = world_with_value(PROTOCOL_DISHONEST_MAJORITY, 3, 2).await;
    let before = world.stores[0].batches().expect("a store");
    for _ in 0..2 {
        for node in 0..3 {
            world.kill(node).await;
        }
        world.start_all();
        world.settled(&mix(&world, 1)).await;
    }
    let after = world.stores[0].batches().expect("a store");
    assert!(before.iter().any(|batch| after.contains(batch)), "a restart threw the stock away");
    assert_eq!(shown(&world).await, 11);
}

#[tokio::test(start_paused = true)]
async fn a_stock_from_a_backup_is_given_up_for_a_new_one() {
    let mut world = world_with_value(PROTOCOL_DISHONEST_MAJORITY, 3, 2).await;
    // The folder as of now, without its guard, which goes on counting.
    let old = world.stocks[1].duplicate();
    world.settled(&mix(&world, 1)).await;
    let newer = world.stocks[1].duplicate();
    world.kill(1).await;
    world.stocks[1] = old.guarded_by(&newer);
    world.start(1);
    world.settled(&mix(&world, 1)).await;
    assert_eq!(shown(&world).await, 11);
}

#[tokio::test(start_paused = true)]
async fn a_node_restored_from_a_backup_reads_state_and_makes_a_new_stock() {
    let mut world = world_with_value(PROTOCOL_DISHONEST_MAJORITY, 3, 2).await;
    world.kill(2).await;
    let image = world.stores[2].image().expect("a store");
    world.stores[2] = Store::in_memory().expect("memory");
    world.stores[2].merge(&world.identity(2), image).expect("an empty store");
    world.stocks[2] = MemoryStorage::default();
    world.start(2);
    tokio::time::sleep(Duration::from_secs(10)).await;
    world.settled(&mix(&world, 1)).await;
    assert_eq!(shown(&world).await, 5);
}

#[tokio::test(start_paused = true)]
async fn an_old_proposal_or_an_impostors_is_not_taken_up() {
    let world = world_with_value(PROTOCOL_DISHONEST_MAJORITY, 3, 2).await;
    let proposal = |proposer, slot| Proposal {
        cluster: world.chain.cluster().to_bytes(),
        epoch: 1,
        proposer,
        slot,
        nonce: [9; 32],
        urgent: false,
        product: Product::Batch {
            layout: Layout::Whole,
            amounts: Default::default(),
            state_bits: Vec::new(),
        },
    };
    let (old, future) = (1, world.chain.slot() + 1000);
    for (sender, proposal) in
        [(0, proposal(0, old)), (0, proposal(0, future)), (0, proposal(1, world.chain.slot()))]
    {
        let session = proposal.session();
        let known = world.stores[2].batches().expect("a store").len();
        world.network.inject(world.identity(sender), &world.identity(2), &Frame::Produce(proposal));
        tokio::time::sleep(Duration::from_secs(2)).await;
        let batches = world.stores[2].batches().expect("a store");
        assert!(batches.iter().all(|(batch, _)| batch.0 != session.0), "it was taken up");
        assert_eq!(batches.len(), known);
    }
    assert_eq!(shown(&world).await, 2);
}

#[tokio::test(start_paused = true)]
async fn a_message_with_a_wrong_signature_ends_in_a_refund_and_names_its_sender() {
    for protocol in [PROTOCOL_DISHONEST_MAJORITY, PROTOCOL_REPLICATED3_MALICIOUS] {
        let world = world_with_value(protocol, 3, 1).await;
        let culprit = world.identity(1);
        // Its messages of this kind are altered on the way, as if it had sent them so.
        world.network.alter_if(move |from, frame| {
            if let Frame::Data(data) = frame
                && *from == culprit
                && Phase::from_bytes(data.phase).is_some_and(|phase| phase.kind == PhaseKind::Open)
            {
                data.payload[7] ^= 1;
            }
        });
        let computation = mix(&world, 2);
        let status = world.settled(&computation).await.status;
        assert_eq!(
            status,
            ComputationStatus::Failed { reason: FailureReason::ProtocolFailed, detail: 0 },
            "protocol {protocol}"
        );
        world.network.heal();
        let accusations = world.stores[0].accusations().expect("a store");
        assert!(!accusations.is_empty());
        assert!(accusations.iter().all(|(_, accused, _)| *accused == culprit), "{accusations:?}");
        // Nobody can prove anything, and the two others have nothing against each other.
        assert!(world.stores[0].evidence().expect("a store").is_empty());
        assert_eq!(shown(&world).await, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn who_tells_two_members_different_things_is_proven_guilty_to_both() {
    let world = world_with_value(PROTOCOL_DISHONEST_MAJORITY, 3, 1).await;
    let (culprit, victim) = (1, world.identity(2));
    let forger = Forger::new(&world.keys, culprit, world.chain.cluster());
    let identity = world.identity(culprit);
    // A broadcast of the culprit's says something else to one peer, under the culprit's own signature.
    world.network.alter_to_if(move |from, to, frame| {
        if *from == identity && *to == victim && phase_of(frame) == Some(PhaseKind::Open) {
            forger.forge(frame);
        }
    });
    let computation = mix(&world, 2);
    let status = world.settled(&computation).await.status;
    assert_eq!(status, ComputationStatus::Failed { reason: FailureReason::ProtocolFailed, detail: 0 });
    world.network.heal();
    tokio::time::sleep(Duration::from_secs(5)).await;
    let found: Vec<usize> = (0..3)
        .filter(|node| {
            world.stores[*node].evidence().expect("a store").iter().any(|record| {
                let evidence = Misbehavior::from_bytes(&record.evidence).expect("an encoding");
                assert_eq!(evidence.verify(&forger_members(&world)).expect("evidence").index(), culprit);
                record.accused == identity.0
            })
        })
        .collect();
    assert!(found.contains(&0) && found.contains(&2), "only {found:?} have evidence");
    assert_eq!(shown(&world).await, 1);
}

#[tokio::test(start_paused = true)]
async fn who_spoils_a_batch_is_proven_guilty_to_all() {
    // A product of leaky ANDs is in no transcript, and what comes of a wrong one names nobody.
    for (kind, error) in [(PhaseKind::Products, "leaky"), (PhaseKind::Corrections, "corrections")] {
        let mut world = World::of(PROTOCOL_DISHONEST_MAJORITY, 3);
        let (culprit, victim) = (1, world.identity(2));
        let forger = Forger::new(&world.keys, culprit, world.chain.cluster());
        let identity = world.identity(culprit);
        let mut forged = false;
        world.network.alter_to_if(move |from, to, frame| {
            if !forged && *from == identity && *to == victim && phase_of(frame) == Some(kind) {
                forged = true;
                forger.forge(frame);
            }
        });
        world.start_all();
        define(&world);
        let found = |store: &Store| {
            let records = store.evidence().expect("a store");
            records.into_iter().find(|record| record.accused == identity.0)
        };
        world.wait_for(error, || world.stores.iter().all(|store| found(store).is_some()).then_some(())).await;
        for store in &world.stores {
            let [record] = &store.evidence().expect("a store")[..] else { panic!("one piece of evidence") };
            let evidence = Misbehavior::from_bytes(&record.evidence).expect("an encoding");
            assert!(matches!(evidence, Misbehavior::WrongPreprocessing(_)), "{evidence}");
            assert_eq!(evidence.verify(&forger_members(&world)).expect("evidence").index(), culprit);
        }
        // What was burned is not used, and the next batch serves.
        let init = world.chain.queue_call(&circuits::init(), &[Given::Plain(4), Given::Nothing], 1, 0);
        assert_eq!(world.settled(&init).await.status, ComputationStatus::Finalized);
        assert_eq!(shown(&world).await, 4);
    }
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_is_burned_by_silence_or_by_a_broken_signature_proves_nobody_guilty() {
    for silent in [true, false] {
        let mut world = World::of(PROTOCOL_DISHONEST_MAJORITY, 3);
        let culprit = world.identity(1);
        if silent {
            world.network.drop_if(move |from, _, frame| {
                *from == culprit && phase_of(frame) == Some(PhaseKind::Products)
            });
        } else {
            world.network.alter_if(move |from, frame| {
                if let Frame::Data(data) = frame
                    && *from == culprit
                    && Phase::from_bytes(data.phase).is_some_and(|phase| phase.kind == PhaseKind::Products)
                {
                    data.payload[200] ^= 1;
                }
            });
        }
        world.start_all();
        define(&world);
        tokio::time::sleep(Duration::from_secs(200)).await;
        world.network.heal();
        let init = world.chain.queue_call(&circuits::init(), &[Given::Plain(4), Given::Nothing], 1, 0);
        assert_eq!(world.settled(&init).await.status, ComputationStatus::Finalized);
        for store in &world.stores {
            assert!(store.evidence().expect("a store").is_empty());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_is_proven_guilty_while_a_member_keeps_its_seed_or_its_log_to_itself() {
    for withheld in ["seed", "plea"] {
        let mut world = World::of(PROTOCOL_DISHONEST_MAJORITY, 3);
        let (culprit, victim) = (1, world.identity(2));
        let forger = Forger::new(&world.keys, culprit, world.chain.cluster());
        let identity = world.identity(culprit);
        let mut forged = false;
        world.network.alter_to_if(move |from, to, frame| {
            if !forged && *from == identity && *to == victim && phase_of(frame) == Some(PhaseKind::Products) {
                forged = true;
                forger.forge(frame);
            }
        });
        world.network.drop_if(move |from, _, frame| *from == identity && frame.kind() == withheld);
        world.start_all();
        tokio::time::sleep(Duration::from_secs(200)).await;
        for store in [&world.stores[0], &world.stores[2]] {
            // It may have crashed, and what it was sent may excuse it.
            assert!(store.evidence().expect("a store").is_empty(), "without its {withheld}");
        }
    }
}

fn forger_members(world: &World) -> mpc::message::Members {
    let keys: Vec<[u8; 32]> = world.keys.iter().map(|keys| keys.identity().0).collect();
    mpc::message::Members::new(world.chain.cluster().to_bytes(), 1, &keys).expect("keys")
}
