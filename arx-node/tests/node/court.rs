//! The node before the court on chain: challenges, evidence, votes.

use std::time::Duration;

use anchor_lang::{AccountSerialize, Space};
use arx_node::frame::{ComputationId, Frame, SessionId};
use arx_node::store::evidence::EvidenceRecord;
use arx_program::pda;
use arx_program::state::{
    Answer, Buffer, Challenge, Cluster, ComputationStatus, Demand, Dispute, DisputeState, Offence,
    OffenceClass, Parameters, Vote,
};
use arx_wire::{PROTOCOL_DISHONEST_MAJORITY, PROTOCOL_REPLICATED3_MALICIOUS};
use ed25519_dalek::{Signer, SigningKey};
use mpc::message::{Header, SignedHeader};
use mpc::misbehavior::Misbehavior;
use mpc::{PartyId, Phase, PhaseKind};
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};
use solana_pubkey::Pubkey;

use crate::support::World;
use crate::support::chain::Given;
use crate::support::circuits;

const SESSION: [u8; 32] = [7; 32];

fn bytes(account: &impl AccountSerialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    account.try_serialize(&mut bytes).expect("memory");
    bytes
}

fn header(cluster: Pubkey, sender: u8, recipient: Option<u8>, payload: u8) -> Header {
    Header {
        cluster: cluster.to_bytes(),
        epoch: 1,
        session: SESSION,
        phase: Phase { kind: PhaseKind::And, index: 3 },
        piece: 0,
        sender: PartyId(sender),
        recipient: recipient.map(PartyId),
        broadcasts: 2,
        payload: [payload; 32],
        chain: [5; 32],
    }
}

fn signed(key: &SigningKey, header: Header) -> SignedHeader {
    SignedHeader { header, signature: key.sign(&header.to_bytes()).to_bytes() }
}

fn equivocation(key: &SigningKey, cluster: Pubkey, sender: u8) -> Misbehavior {
    let [first, second] = [1, 2].map(|payload| signed(key, header(cluster, sender, None, payload)));
    Misbehavior::Equivocation { first, second }
}

#[tokio::test(start_paused = true)]
async fn a_challenged_node_answers_in_time_with_what_it_said_last() {
    let mut world = World::of(PROTOCOL_DISHONEST_MAJORITY, 3);
    // One member is silent, so the computation waits.
    world.start(0);
    world.start(1);
    let artifact = circuits::init();
    world.chain.define(&artifact);
    world.chain.create_cell(1);
    let computation = world.chain.queue_call(&artifact, &[Given::Plain(1), Given::Nothing], 1, 0);
    let address = Pubkey::from(computation.0);
    let challenge = |member: usize, answer_by: u64, answer| Challenge {
        computation: address,
        cluster: world.chain.cluster(),
        identity: Pubkey::from(world.identity(member)),
        challenger: Pubkey::default(),
        opened_slot: 1,
        answer_by,
        bond: 1,
        victim: Pubkey::default(),
        demand: None,
        answer,
        missed: false,
        bump: 0,
    };
    let place = |member: usize| pda::challenge(&address, &Pubkey::from(world.identity(member))).0;
    let late = world.chain.slot() + 2_000;
    let said = Answer { round: 9, running_digest: [9; 32], message_hash: [0; 32] };
    world.chain.put(place(0), bytes(&challenge(0, late, None)));
    world.chain.put(place(1), bytes(&challenge(1, late, Some(said))));
    let read = |member| world.chain.account_of::<Challenge>(&place(member)).expect("a challenge").answer;
    let answer = world.wait_for("the answer", || read(0)).await;
    assert!(world.chain.slot() <= late);
    // Nothing was said yet about this computation: a session never began.
    assert_eq!((answer.round, answer.running_digest), (0, [0; 32]));
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(read(1), Some(said), "an answer is given once");
}

/// Slots to answer a challenge in, and in which one can be made after a deadline.
const TIMES: (u64, u64) = (150, 2_000);

/// A cluster whose members hold a value, on a network with short times.
async fn with_value(protocol: u16) -> World {
    let mut world = World::of(protocol, 3);
    let (challenge_slots, evidence_slots) = TIMES;
    world.chain.set_parameters(Parameters { challenge_slots, evidence_slots, ..Parameters::default() });
    world.start_all();
    world.chain.define(&circuits::init());
    world.chain.define(&circuits::show());
    world.chain.create_cell(1);
    let init = world.chain.queue_call(&circuits::init(), &[Given::Plain(7), Given::Nothing], 1, 0);
    assert_eq!(world.settled(&init).await.status, ComputationStatus::Finalized);
    world
}

/// Loses what one member says in one kind of phase, to everybody or to one.
fn lose(world: &World, from: usize, to: Option<usize>, kind: PhaseKind) {
    let (from, to) = (world.identity(from), to.map(|to| world.identity(to)));
    world.network.drop_if(move |sender, receiver, frame| {
        let Frame::Data(data) = frame else { return false };
        let phase = Phase::from_bytes(data.phase).expect("a phase");
        *sender == from && to.is_none_or(|to| *receiver == to) && phase.kind == kind
    });
}

/// The session of a computation in which a node can be asked for its opening.
fn kept(world: &World, node: usize, computation: &ComputationId) -> Option<SessionId> {
    let kept = world.stores[node].openings_due_before(u64::MAX, None, 100).expect("a store");
    kept.into_iter().find(|(_, of, _)| of == computation).map(|(session, ..)| session)
}

#[tokio::test(start_paused = true)]
async fn a_restarted_node_shows_an_opening_that_it_never_came_to_send() {
    for protocol in [PROTOCOL_DISHONEST_MAJORITY, PROTOCOL_REPLICATED3_MALICIOUS] {
        let mut world = with_value(protocol).await;
        // One member keeps its signature of the certificate from another, which therefore opens nothing.
        lose(&world, 2, Some(0), PhaseKind::Certificate);
        let deadline = world.chain.slot() + 300;
        let computation = world.chain.queue_until(&circuits::show(), &[Given::Cell], 1, 0, deadline);
        let session = world.wait_for("the opening is kept", || kept(&world, 0, &computation)).await;
        for node in 0..3 {
            world.kill(node).await;
        }
        assert_eq!(world.stores[0].opening_certificate(&computation).expect("a store"), None);
        world.network.heal();
        let me = Pubkey::from(world.identity(0));
        let challenge = Challenge {
            computation: Pubkey::from(computation.0),
            cluster: world.chain.cluster(),
            identity: me,
            challenger: Pubkey::default(),
            opened_slot: world.chain.slot(),
            answer_by: world.chain.slot() + TIMES.0,
            bond: 1,
            victim: Pubkey::default(),
            demand: Some(Demand { session: session.0, epoch: 1, member: 0, value: 0, shown: None }),
            answer: None,
            missed: false,
            bump: 0,
        };
        let place = pda::challenge(&Pubkey::new_from_array(session.0), &me).0;
        world.chain.put(place, bytes(&challenge));
        world.start(0);
        let read = || world.chain.account_of::<Challenge>(&place).expect("a challenge");
        world.wait_for("the answer", || read().answer).await;
        let record = world.stores[0].opening(&session).expect("a store").expect("it is kept");
        let shown = read().demand.and_then(|demand| demand.shown).expect("a buffer");
        let buffer = world.chain.account_of::<Buffer>(&shown).expect("a buffer");
        assert_eq!((buffer.label, buffer.length as usize), (session.0, record.payload.len()));

        // When the challenge is over its rent comes back, and when nobody can ask any more the opening is forgotten.
        world.chain.take_away(&place);
        world
            .wait_for("the opening is forgotten", || match kept(&world, 0, &computation) {
                None => Some(()),
                Some(_) => None,
            })
            .await;
        let settled = world.chain.computation(&computation);
        assert!(world.chain.slot() > settled.deadline + TIMES.1, "not while it can be demanded");
        assert_eq!(world.chain.papers(), ["opening", "end of a buffer"]);
        assert!(world.chain.account_of::<Buffer>(&shown).is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn openings_of_computations_with_a_result_are_forgotten() {
    let world = with_value(PROTOCOL_DISHONEST_MAJORITY).await;
    let deadline = world.chain.slot() + 300;
    let computation = world.chain.queue_until(&circuits::show(), &[Given::Cell], 1, 0, deadline);
    assert_eq!(world.settled(&computation).await.status, ComputationStatus::Finalized);
    assert!(kept(&world, 0, &computation).is_some());
    world
        .wait_for("the opening is forgotten", || kept(&world, 0, &computation).is_none().then_some(()))
        .await;
    // The result is there to stay: it does not take the time in which openings can be demanded.
    assert!(world.chain.slot() > deadline && world.chain.slot() < deadline + TIMES.1);
}

#[tokio::test(start_paused = true)]
async fn a_member_that_withholds_its_opening_is_asked_for_it_on_chain_once() {
    for protocol in [PROTOCOL_DISHONEST_MAJORITY, PROTOCOL_REPLICATED3_MALICIOUS] {
        let world = with_value(protocol).await;
        lose(&world, 2, None, PhaseKind::Open);
        let computation = world.chain.queue_call(&circuits::show(), &[Given::Cell], 1, 0);
        world
            .wait_for("the end of the challenge", || {
                world.chain.papers().contains(&"end of a challenge").then_some(())
            })
            .await;
        // It had only been lost on the way, so it is shown; nobody asks again.
        tokio::time::sleep(Duration::from_secs(300)).await;
        assert_eq!(world.chain.papers(), ["demand", "opening", "end of a challenge"], "protocol {protocol}");
        let session = kept(&world, 2, &computation).expect("it can still be asked");
        assert!(world.stores.iter().all(|store| store.withheld().expect("a store").is_empty()));
        assert!(
            world
                .chain
                .account_of::<Offence>(
                    &pda::offence(&Pubkey::from(world.identity(2)), OffenceClass::Withholding, &session.0).0
                )
                .is_none()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_follows_from_a_withheld_opening_is_seen_to() {
    let world = with_value(PROTOCOL_DISHONEST_MAJORITY).await;
    lose(&world, 2, None, PhaseKind::Open);
    // Nor does it answer on chain.
    world.chain.mute(2);
    world.chain.queue_call(&circuits::show(), &[Given::Cell], 1, 0);
    world.wait_for("the strike", || world.chain.papers().contains(&"strike").then_some(())).await;
    assert_eq!(world.chain.papers(), ["demand", "miss", "strike"]);
}

#[tokio::test(start_paused = true)]
async fn evidence_of_two_messages_is_handed_in_once_and_other_evidence_is_kept() {
    let mut world = World::of(PROTOCOL_DISHONEST_MAJORITY, 3);
    let cluster = world.chain.cluster();
    let culprit = Pubkey::from(world.identity(2));
    let keep = |session: [u8; 32], evidence: &Misbehavior| {
        let record = EvidenceRecord {
            cluster: cluster.to_bytes(),
            epoch: 1,
            session,
            accused: culprit.to_bytes(),
            what: evidence.to_string(),
            evidence: ByteBuf::from(evidence.to_bytes()),
        };
        assert!(world.stores[0].put_evidence(&record).expect("a store"));
    };
    let key = world.keys[2].signing_key();
    keep(SESSION, &equivocation(&key, cluster, 2));
    // A message that does not continue the one before: for a jury, not for the program.
    let first = signed(&key, header(cluster, 2, None, 1));
    let phase = Phase { kind: PhaseKind::And, index: 4 };
    let second = signed(&key, Header { phase, broadcasts: 3, ..header(cluster, 2, None, 2) });
    keep([8; 32], &Misbehavior::BrokenChain { first: Some(first), second });
    world.start_all();
    let place = pda::offence(&culprit, OffenceClass::Equivocation, &SESSION).0;
    let offence = world.wait_for("the offence", || world.chain.account_of::<Offence>(&place)).await;
    assert_eq!(offence.identity, culprit);
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert_eq!(world.chain.papers(), ["equivocation"]);
}

#[tokio::test(start_paused = true)]
async fn a_juror_votes_what_the_evidence_shows() {
    let mut world = World::of(PROTOCOL_DISHONEST_MAJORITY, 3);
    let foreign = pda::cluster(2).0;
    let members: Vec<SigningKey> = (0..3).map(|index| SigningKey::from_bytes(&[100 + index; 32])).collect();
    let keys: Vec<Pubkey> =
        members.iter().map(|key| Pubkey::new_from_array(key.verifying_key().to_bytes())).collect();
    let cluster = Cluster { id: 2, members: keys.clone(), ..world.chain.cluster_account() };
    world.chain.put(foreign, bytes(&cluster));
    let guilty = equivocation(&members[1], foreign, 1).to_bytes();
    let other_key = equivocation(&members[0], foreign, 1).to_bytes();
    let cases: [(&str, usize, [u8; 32], &[u8], bool); 5] = [
        ("what it is accused of", 1, SESSION, &guilty, true),
        ("another's fault", 2, SESSION, &guilty, false),
        ("another session", 1, [8; 32], &guilty, false),
        ("a forged signature", 1, [9; 32], &other_key, false),
        ("no evidence", 0, SESSION, b"because I say so", false),
    ];
    let mut disputes = Vec::new();
    for (index, (what, accused, session, evidence, expected)) in cases.into_iter().enumerate() {
        let label = [index as u8; 32];
        let buffer = pda::buffer(&keys[0], &label).0;
        let head = Buffer { owner: keys[0], label, length: evidence.len() as u32, locked_by: None, bump: 0 };
        let mut data = bytes(&head);
        data.resize(8 + Buffer::INIT_SPACE, 0);
        data.extend_from_slice(evidence);
        world.chain.put(buffer, data);
        let dispute = Dispute {
            accused: keys[accused],
            cluster: foreign,
            class: OffenceClass::Fault,
            session,
            computation: Pubkey::default(),
            victim: Pubkey::default(),
            offence_slot: 0,
            accuser: keys[0],
            evidence: buffer,
            evidence_hash: Sha256::digest(evidence).into(),
            defence: None,
            bond: 0,
            jury: 1,
            guilty: 0,
            not_guilty: 0,
            opened_slot: 0,
            vote_by: world.chain.slot() + 10_000,
            state: DisputeState::Open,
            bump: 0,
        };
        let address = Pubkey::new_from_array([50 + index as u8; 32]);
        world.chain.put(address, bytes(&dispute));
        disputes.push((what, address, expected));
    }
    // One about this cluster's own member, and one that is over: neither is for this node.
    let own = Dispute { cluster: world.chain.cluster(), ..read_dispute(&world, &disputes[0].1) };
    let over = Dispute { state: DisputeState::Guilty, ..read_dispute(&world, &disputes[0].1) };
    for (index, dispute) in [own, over].iter().enumerate() {
        world.chain.put(Pubkey::new_from_array([90 + index as u8; 32]), bytes(dispute));
    }
    world.start(0);
    let me = Pubkey::from(world.identity(0));
    for (what, dispute, expected) in disputes {
        let place = pda::vote(&dispute, &me).0;
        let vote = world.wait_for("the vote", || world.chain.account_of::<Vote>(&place)).await;
        assert_eq!(vote.guilty, expected, "{what}");
    }
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert_eq!(world.chain.papers(), ["vote"; 5]);
}

fn read_dispute(world: &World, address: &Pubkey) -> Dispute {
    world.chain.account_of(address).expect("a dispute")
}
