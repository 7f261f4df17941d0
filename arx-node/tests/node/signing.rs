//! An application's signing key, from the request on chain to signatures of its circuits, on the doubles of `scheduler.rs`.

use std::time::Duration;

use crate::support::chain::Given;
use crate::support::{World, circuits};
use arx_node::frame::{ComputationId, Frame};
use arx_program::state::{ComputationStatus, FailureReason, SigningKey};
use arx_wire::{
    PROTOCOL_DISHONEST_MAJORITY, PROTOCOL_REPLICATED3_MALICIOUS, PROTOCOL_REPLICATED3_SEMI_HONEST,
};
use ed25519_dalek::{Signature, VerifyingKey};
use mpc::signature::{KeyName, PublicShares};
use mpc::{Phase, PhaseKind};

/// A cluster on whose chain the circuit that signs is defined.
fn world(protocol: u16, nodes: usize) -> World {
    let world = World::of(protocol, nodes);
    world.chain.define(&circuits::sign());
    world.chain.create_cell(1);
    world
}

fn sign(world: &World, value: u8) -> ComputationId {
    world.chain.queue_call(&circuits::sign(), &[Given::Plain(value)], 1, 0)
}

async fn published(world: &World) -> SigningKey {
    world.wait_for("the signing key is on the chain", || world.chain.signing_key()).await
}

/// The computation's result, which must be a signature of the byte.
async fn must_verify(world: &World, key: &SigningKey, computation: &ComputationId, value: u8) -> Signature {
    let settled = world.settled(computation).await;
    assert_eq!(settled.status, ComputationStatus::Finalized);
    let outputs = settled.result.expect("a result").outputs;
    let signature = Signature::from_slice(&outputs[0]).expect("64 bytes");
    let key = VerifyingKey::from_bytes(&key.key.to_bytes()).expect("a key");
    key.verify_strict(&[value], &signature).expect("a signature of the byte");
    assert!(key.verify_strict(&[value ^ 1], &signature).is_err());
    signature
}

async fn must_fail(world: &World, computation: &ComputationId) {
    let failed = ComputationStatus::Failed { reason: FailureReason::DefinitionMismatch, detail: 0 };
    assert_eq!(world.settled(computation).await.status, failed);
}

fn phase_of(frame: &Frame) -> Option<PhaseKind> {
    match frame {
        Frame::Data(data) => Phase::from_bytes(data.phase).map(|phase| phase.kind),
        _ => None,
    }
}

#[tokio::test(start_paused = true)]
async fn an_application_gets_its_key_and_its_circuits_sign() {
    for (protocol, nodes) in [
        (PROTOCOL_DISHONEST_MAJORITY, 2),
        (PROTOCOL_DISHONEST_MAJORITY, 3),
        // More signatures than fit the transaction with the key.
        (PROTOCOL_DISHONEST_MAJORITY, 5),
        (PROTOCOL_REPLICATED3_MALICIOUS, 3),
    ] {
        let mut world = world(protocol, nodes);
        world.start_all();
        world.chain.request_signing_key();
        let key = published(&world).await;
        let sum = PublicShares::parse(&key.shares).expect("points");
        assert_eq!((sum.key(), key.shares.len()), (key.key.to_bytes(), nodes));
        let mut signatures = Vec::new();
        for value in [7, 7, 8] {
            let computation = sign(&world, value);
            signatures.push(must_verify(&world, &key, &computation, value).await);
        }
        // Each has a nonce of its own.
        assert_ne!(signatures[0].r_bytes(), signatures[1].r_bytes());
        // What waited for the chain is not kept any longer.
        tokio::time::sleep(Duration::from_secs(20)).await;
        let name = KeyName { mxe: key.mxe.to_bytes(), version: key.version.into() };
        for store in &world.stores {
            assert_eq!(store.made_key(&name).expect("a store"), None);
            assert!(store.accusations().expect("a store").is_empty());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_killed_while_a_key_is_made_comes_back_and_the_key_is_made() {
    for protocol in [PROTOCOL_DISHONEST_MAJORITY, PROTOCOL_REPLICATED3_MALICIOUS] {
        for (kind, victim) in
            [(PhaseKind::Commitments, 0), (PhaseKind::Openings, 1), (PhaseKind::Certificate, 2)]
        {
            let mut world = world(protocol, 3);
            world.start_all();
            tokio::time::sleep(Duration::from_secs(30)).await;
            // The session hangs there until the victim is gone.
            world.network.drop_if(move |_, _, frame| phase_of(frame) == Some(kind));
            world.chain.request_signing_key();
            tokio::time::sleep(Duration::from_secs(20)).await;
            assert_eq!(world.chain.signing_key(), None, "{kind:?}");
            world.kill(victim).await;
            world.network.heal();
            world.start(victim);
            let key = published(&world).await;
            let computation = sign(&world, 3);
            must_verify(&world, &key, &computation, 3).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_that_all_have_signed_is_published_after_a_restart_and_by_another_member() {
    let mut world = world(PROTOCOL_REPLICATED3_MALICIOUS, 3);
    (0..3).for_each(|node| world.chain.mute(node));
    world.start_all();
    world.chain.request_signing_key();
    let name = KeyName { mxe: crate::support::chain::mxe_address().to_bytes(), version: 1 };
    let made = |world: &World, node: usize| world.stores[node].made_key(&name).expect("a store");
    let first = world.wait_for("a key that all have signed", || made(&world, 1)).await;
    for node in 0..3 {
        world.kill(node).await;
    }
    // No session comes about any more: what is published is what was kept. Only one member's transactions arrive.
    world.network.drop_if(|_, _, _| true);
    world.chain.unmute(1);
    world.start_all();
    let key = published(&world).await;
    assert_eq!(key.key.to_bytes(), first.key);
    world.network.heal();
    let computation = sign(&world, 9);
    must_verify(&world, &key, &computation, 9).await;
}

#[tokio::test(start_paused = true)]
async fn a_circuit_that_signs_waits_for_a_key_that_is_asked_for_and_fails_without() {
    let mut world = world(PROTOCOL_DISHONEST_MAJORITY, 3);
    world.start_all();
    let without = sign(&world, 1);
    must_fail(&world, &without).await;
    world.network.drop_if(|_, _, frame| phase_of(frame) == Some(PhaseKind::Openings));
    world.chain.request_signing_key();
    let waiting = sign(&world, 2);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(world.chain.computation(&waiting).status, ComputationStatus::Queued);
    world.network.heal();
    let key = published(&world).await;
    must_verify(&world, &key, &waiting, 2).await;
}

#[tokio::test(start_paused = true)]
async fn a_key_of_other_members_signs_nothing() {
    let mut world = world(PROTOCOL_REPLICATED3_MALICIOUS, 3);
    world.start_all();
    world.chain.request_signing_key();
    published(&world).await;
    world.chain.corrupt_signing_key(|key| key.members[0] ^= 1);
    let computation = sign(&world, 1);
    must_fail(&world, &computation).await;
}

#[tokio::test(start_paused = true)]
async fn where_members_are_trusted_to_follow_the_protocol_nothing_is_made_or_signed() {
    let mut world = world(PROTOCOL_REPLICATED3_SEMI_HONEST, 3);
    world.start_all();
    world.chain.request_signing_key();
    let computation = sign(&world, 1);
    must_fail(&world, &computation).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(world.chain.signing_key(), None);
}

#[tokio::test(start_paused = true)]
async fn who_opens_another_share_than_it_committed_to_is_named_and_no_key_is_made() {
    let mut world = world(PROTOCOL_REPLICATED3_MALICIOUS, 3);
    world.start_all();
    let culprit = world.identity(1);
    world.network.alter_if(move |from, frame| {
        if *from == culprit
            && phase_of(frame) == Some(PhaseKind::Openings)
            && let Frame::Data(data) = frame
        {
            data.payload[mpc::message::ENVELOPE_LENGTH] ^= 1;
        }
    });
    world.chain.request_signing_key();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(world.chain.signing_key(), None);
    let accusations = world.stores[0].accusations().expect("a store");
    assert!(!accusations.is_empty());
    assert!(accusations.iter().all(|(_, accused, _)| *accused == culprit), "{accusations:?}");
    world.network.heal();
    published(&world).await;
}
