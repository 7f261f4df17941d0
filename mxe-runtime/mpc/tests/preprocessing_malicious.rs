//! Party 2 of three cheats while a batch is made. Both honest parties must end in a typed error, never accept the
//! batch, and never be certain that another honest party is at fault; where a party can know, it names party 2.
//!
//! Each prints what it came to, for the list of cheats (`docs/threat-model.md`).

mod preprocessing_support;

use futures::executor::block_on;
use futures::future::join_all;
use mpc::memory::{MemoryChannel, Message, Tamper, mesh};
use mpc::preprocessing::{Cheat, MemoryStock, Parameters, PreprocessingError, Producer};
use mpc::{ChannelError, PartyId, Phase, PhaseKind, ProtocolError, Session};
use preprocessing_support::{SESSION, party};

const CHEATER: PartyId = PartyId(2);
const VICTIM: PartyId = PartyId(0);

fn parameters() -> Parameters {
    Parameters::for_stock(3, 384).expect("enough triples")
}

type Outcome = Result<(), PreprocessingError>;

/// Both honest parties' outcomes with party 2 behind `tamper`.
fn tampered(tamper: Tamper) -> [Outcome; 2] {
    let mut tamper = Some(tamper);
    let runs: Vec<_> = (0..)
        .zip(mesh(3))
        .map(|(index, channel)| {
            let channel = match tamper.take_if(|_| index == CHEATER.0) {
                Some(tamper) => channel.tampered(tamper),
                None => channel,
            };
            party(channel, [index + 1; 32], parameters(), 128, 1)
        })
        .collect();
    let [first, second, _] = must_be_three(block_on(join_all(runs)));
    [first.map(drop), second.map(drop)]
}

/// Both honest parties' outcomes with party 2 running a program of its own.
fn cheated(cheat: Cheat) -> [Outcome; 2] {
    let run = |(index, channel): (u8, MemoryChannel)| async move {
        if index != CHEATER.0 {
            return party(channel, [index + 1; 32], parameters(), 128, 1).await.map(drop);
        }
        let session = Session::new(channel, SESSION);
        let mut producer = Producer::start_cheating(session, [3; 32], parameters(), cheat).await?;
        let mut stock = MemoryStock::default();
        producer.bits(128, &mut stock).await?;
        producer.triples(&mut stock).await?;
        producer.finish().await.map(drop)
    };
    let [first, second, _] = must_be_three(block_on(join_all((0..).zip(mesh(3)).map(run))));
    [first, second]
}

fn must_be_three<T>(outcomes: Vec<T>) -> [T; 3] {
    outcomes.try_into().unwrap_or_else(|_| panic!("three parties"))
}

/// Whom the error is certain about. That a peer left, or saw another transcript, says nothing about it.
fn certain(error: &PreprocessingError) -> Option<PartyId> {
    match error {
        PreprocessingError::Protocol(
            ProtocolError::Channel(ChannelError::Closed { .. }) | ProtocolError::TranscriptDiverged { .. },
        ) => None,
        error => error.party(),
    }
}

/// Checks what must hold for every cheat; whether somebody named the cheater.
fn must_be_caught(what: &str, outcomes: [Outcome; 2]) -> bool {
    let mut named = false;
    for (honest, outcome) in outcomes.into_iter().enumerate() {
        let error = match outcome {
            Ok(()) => panic!("{what}: party {honest} accepted the batch"),
            Err(error) => error,
        };
        println!("| preprocessing | {what} | {honest} | {error} |");
        let blamed = certain(&error);
        assert!(blamed.is_none_or(|party| party == CHEATER), "{what}: party {honest} blames {blamed:?}");
        named |= blamed.is_some();
    }
    named
}

/// Changes the payloads of one phase, towards all peers or one.
fn change(
    kind: PhaseKind,
    index: u32,
    only: Option<PartyId>,
    mut how: impl FnMut(&mut Message) + Send + 'static,
) -> Tamper {
    Box::new(move |mut message| {
        if message.phase == (Phase { kind, index }) && only.is_none_or(|to| to == message.to) {
            how(&mut message);
        }
        vec![message]
    })
}

/// Every message of a run of 128 bits and one group, in order: its kind and number, what it is, and whether a
/// changed one names the cheater for sure.
const MESSAGES: &[(PhaseKind, u32, &str, bool)] = &[
    (PhaseKind::Transfers, 0, "base transfers", false),
    (PhaseKind::Transfers, 1, "trees", true),
    (PhaseKind::Corrections, 0, "corrections for the proof of one key", true),
    (PhaseKind::CoinCommit, 0, "transcript and commitment to a coin", false),
    (PhaseKind::CoinReveal, 0, "coin", true),
    (PhaseKind::Responses, 0, "hash of bits", true),
    (PhaseKind::Responses, 1, "digest of columns", true),
    (PhaseKind::Commitments, 0, "commitments to sums of keys", false),
    (PhaseKind::Commitments, 1, "commitment to bits and MACs", false),
    (PhaseKind::Confirm, 0, "transcript", false),
    (PhaseKind::Openings, 0, "bits and MACs", true),
    (PhaseKind::Openings, 1, "sums of keys", true),
    (PhaseKind::Corrections, 1, "corrections for bits", true),
    (PhaseKind::Corrections, 2, "corrections for leaky ANDs", true),
    (PhaseKind::Products, 0, "products", false),
    (PhaseKind::Open, 0, "lowest bits of leaky ANDs", false),
    (PhaseKind::Commitments, 2, "commitment to the sum of zeros", false),
    (PhaseKind::Openings, 2, "sum of zeros", true),
    (PhaseKind::Open, 1, "differences in buckets", false),
    (PhaseKind::Check, 0, "MACs of differences", true),
];

#[test]
fn every_message_of_another_length_is_refused_and_named() {
    for &(kind, index, what, _) in MESSAGES {
        let longer = |message: &mut Message| message.payload.push(0);
        let shorter = |message: &mut Message| message.payload.truncate(message.payload.len() - 1);
        let empty = |message: &mut Message| message.payload.clear();
        assert!(must_be_caught(&format!("{what}, longer"), tampered(change(kind, index, None, longer))));
        assert!(must_be_caught(
            &format!("{what}, shorter"),
            tampered(change(kind, index, Some(VICTIM), shorter))
        ));
        assert!(must_be_caught(
            &format!("{what}, empty"),
            tampered(change(kind, index, Some(VICTIM), empty))
        ));
    }
}

#[test]
fn every_message_under_another_label_is_refused_and_named() {
    for &(kind, index, what, _) in MESSAGES {
        let relabel = |message: &mut Message| message.phase.index += 1;
        assert!(must_be_caught(
            &format!("{what}, other phase"),
            tampered(change(kind, index, Some(VICTIM), relabel))
        ));
    }
}

#[test]
fn every_changed_message_is_caught_and_named_where_it_can_be() {
    for &(kind, index, what, named) in MESSAGES {
        // Half of the bits, so that what the victim uses is among them; towards both, then towards one.
        for only in [None, Some(VICTIM)] {
            let mut state = 0x2545_f491_u32;
            let flip = move |message: &mut Message| {
                for byte in &mut message.payload {
                    state ^= state << 13;
                    state ^= state >> 17;
                    state ^= state << 5;
                    *byte ^= state as u8;
                }
            };
            let what = format!("{what}, changed towards {}", only.map_or("all", |_| "one"));
            let caught = must_be_caught(&what, tampered(change(kind, index, only, flip)));
            assert!(caught || !named, "{what}: nobody names the cheater");
        }
    }
}

#[test]
fn whoever_gets_no_right_last_message_does_not_release() {
    // The last message of all says that all checks passed. Whom it does not reach burns the batch. Another party
    // may release it; that is no harm, as a session takes only batches that all its parties have.
    for how in
        [|message: &mut Message| message.payload[0] ^= 1, |message: &mut Message| message.payload.clear()]
    {
        let [victim, other] = tampered(change(PhaseKind::Confirm, 2, Some(VICTIM), how));
        assert!(victim.is_err());
        assert!(other.is_ok());
        assert!(tampered(change(PhaseKind::Confirm, 2, None, how)).iter().all(Result::is_err));
    }
}

#[test]
fn one_flipped_bit_is_caught() {
    // Where a single bit could be overlooked: the last one of each message that is checked by a sum.
    for (kind, index, what) in [
        (PhaseKind::Products, 0, "products"),
        (PhaseKind::Open, 0, "lowest bits of leaky ANDs"),
        (PhaseKind::Open, 1, "differences in buckets"),
        (PhaseKind::Check, 0, "MACs of differences"),
        (PhaseKind::Responses, 0, "hash of bits"),
    ] {
        // Of products, one bit in every message block, as half of them are not used.
        let flip = move |message: &mut Message| {
            let step = if kind == PhaseKind::Products { 16 } else { message.payload.len() };
            for byte in message.payload.iter_mut().rev().step_by(step) {
                *byte ^= 0x80;
            }
        };
        must_be_caught(&format!("{what}, one bit"), tampered(change(kind, index, None, flip)));
    }
}

#[test]
fn other_bits_towards_one_peer_are_caught_by_that_peer() {
    let outcomes = cheated(Cheat::OtherBitsTowards(VICTIM));
    let PreprocessingError::Transfer { party, .. } = outcomes[0].clone().expect_err("the victim") else {
        panic!("the victim: {:?}", outcomes[0]);
    };
    assert_eq!(party, CHEATER);
    assert!(must_be_caught("other bits towards one peer", outcomes));
}

#[test]
fn another_global_key_towards_one_peer_is_caught_by_all() {
    let outcomes = cheated(Cheat::OtherKeyTowards(VICTIM));
    for outcome in &outcomes {
        assert_eq!(*outcome, Err(PreprocessingError::GlobalKeyUnproven { key_holder: CHEATER }));
    }
    must_be_caught("another global key towards one peer", outcomes);
}

#[test]
fn a_global_key_with_the_wrong_lowest_bit_gives_no_triples() {
    let outcomes = cheated(Cheat::WrongLowestBit);
    assert!(outcomes.iter().all(|outcome| *outcome == Err(PreprocessingError::LeakyAnds)));
    must_be_caught("wrong lowest bit", outcomes);
}

#[test]
fn leaky_ands_with_another_factor_are_caught_by_all() {
    let outcomes = cheated(Cheat::OtherFactorTowards(VICTIM));
    assert!(outcomes.iter().all(|outcome| *outcome == Err(PreprocessingError::LeakyAnds)));
    must_be_caught("another factor towards one peer", outcomes);
}

#[test]
fn wrong_differences_name_the_cheater_at_every_honest_party() {
    let outcomes = cheated(Cheat::WrongDifferences);
    let expected = PreprocessingError::WrongMac { party: CHEATER, stage: "the check of buckets" };
    // The faster of the two leaves the session, and the other may see that first.
    assert!(outcomes.contains(&Err(expected)));
    must_be_caught("wrong differences", outcomes);
}
