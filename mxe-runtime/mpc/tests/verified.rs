//! Three-party replicated sharing with one malicious party: right results from honest parties, and none from a
//! cheater's lies.

mod support;

use arcis_circuit::gates::{Shape, cost, lower};
use arcis_circuit::testing::{Limits, cases};
use arcis_circuit::{Bits, evaluate};
use mpc::malicious::Cheat;
use mpc::memory::{MemoryChannel, Message, mesh};
use mpc::protocol::{PrivateVector, Protocol};
use mpc::verified::{Verified, bucket_size};
use mpc::{Channel, ChannelError, PartyId, Phase, PhaseKind, ProtocolError};
use mpc_field::Gf128;
use proptest::prelude::*;
use support::{must_run, pad, run_until_stalled, signed_session, to_bits};

const CHEATER: PartyId = PartyId(1);
const HONEST: [usize; 2] = [0, 2];

type Party = Verified<MemoryChannel>;

async fn start(channel: MemoryChannel, seed: u64) -> Result<Party, ProtocolError> {
    let mut own = [channel.me().0; 32];
    own[..8].copy_from_slice(&seed.to_le_bytes());
    Verified::start(signed_session(channel), own).await
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn parties_agree_with_the_reference(case in cases(Limits::default()), fast: bool) {
        let program = lower(&case.circuit, if fast { Shape::Fast } else { Shape::Small })?;
        let (count, seed) = (cost(&program).random_bits as usize, case.seed);
        let random = must_run(|_, channel| async move {
            let mut party = start(channel, seed).await?;
            let shares = party.random(count).await?;
            Ok(to_bits(&party.open(&shares).await?))
        }).remove(0);
        let mut used = 0;
        let mut next_random = |width: u32| {
            let word = random.slice(used, width as usize);
            used += width as usize;
            word
        };
        let expected = evaluate(&case.circuit, &case.inputs, &mut next_random)?;
        let results = must_run(|index, channel| {
            let (program, inputs) = (&program, &case.inputs);
            async move {
                let mut party = start(channel, seed).await?;
                support::evaluate_on(&mut party, index, program, inputs, seed).await
            }
        });
        for (outputs, _, transcript) in &results {
            prop_assert_eq!(outputs, &expected);
            prop_assert_eq!(transcript, &results[0].2);
        }
    }
}

/// Something of everything that the engine sends but for states.
async fn everything(index: u8, channel: MemoryChannel) -> Result<Bits, ProtocolError> {
    let mut party = start(channel, 5).await?;
    let vector = PrivateVector { pad: pad(5, 0, index, 13), mask: Gf128::from_bits(index.into()) };
    let entries = party.enter(vec![vector]).await?;
    let bits = party.pad_sum(&entries[0]);
    let random = party.random(13).await?;
    let products = party.and_layer(&bits, &random).await?;
    party.open_tags(&[(Gf128::from_bits(99), &entries[0])]).await?;
    let products = party.and_layer(&products, &bits).await?;
    Ok(to_bits(&party.open(&products).await?))
}

type Results = Vec<Option<Result<Bits, ProtocolError>>>;

fn with_cheater(change: impl FnOnce(MemoryChannel) -> MemoryChannel) -> Vec<MemoryChannel> {
    let mut channels = mesh(3);
    let cheater = change(channels.remove(CHEATER.index()));
    channels.insert(CHEATER.index(), cheater);
    channels
}

fn lie(target: Phase, change: impl FnMut(&mut Vec<u8>) + Send + 'static) -> Results {
    run_until_stalled(with_cheater(|channel| channel.cheating(Cheat::in_phase(target, change))), everything)
}

fn phases() -> Vec<Phase> {
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let record = {
        let seen = seen.clone();
        move |message: Message| {
            let mut seen = seen.lock().expect("not poisoned");
            if seen.last() != Some(&message.phase) {
                seen.push(message.phase);
            }
            vec![message]
        }
    };
    let results = run_until_stalled(with_cheater(|channel| channel.tampered(Box::new(record))), everything);
    assert!(results.iter().all(|result| matches!(result, Some(Ok(_)))));
    seen.lock().expect("not poisoned").clone()
}

fn error(results: &Results, party: usize) -> &ProtocolError {
    match &results[party] {
        Some(Err(error)) => error,
        other => panic!("party {party}: {other:?}"),
    }
}

/// Whoever notices stops, and the other honest party is left without it: neither has a result.
#[test]
fn no_lie_in_any_message_ends_in_a_result() {
    let honest = run_until_stalled(mesh(3), everything).remove(0).expect("nobody waits").expect("honest");
    for phase in phases() {
        for byte in [0, 1, 40] {
            let results = lie(phase, move |payload| {
                let at = byte % payload.len();
                payload[at] ^= 1;
            });
            // Seeds and private vectors are the cheater's own choice.
            if matches!(phase.kind, PhaseKind::Setup | PhaseKind::Enter) {
                let first = results[0].as_ref().and_then(|result| result.as_ref().ok());
                let both =
                    HONEST.map(|party| results[party].as_ref().and_then(|result| result.as_ref().ok()));
                assert!(both == [first; 2] || both.contains(&None), "{phase}");
                continue;
            }
            let known = |error: &ProtocolError| match error {
                ProtocolError::WrongProduct => {
                    matches!(phase.kind, PhaseKind::And | PhaseKind::Check | PhaseKind::Open)
                }
                ProtocolError::ConflictingTags { .. } => phase.kind == PhaseKind::Tags,
                error => error.party() == Some(CHEATER),
            };
            let mut noticed = 0;
            for party in HONEST {
                assert_ne!(results[party], Some(Ok(honest.clone())), "{phase}, byte {byte}: unnoticed");
                match error(&results, party) {
                    // The transcripts tell that they differ, not whose fault it is.
                    ProtocolError::TranscriptDiverged { .. } => noticed += 1,
                    ProtocolError::Channel(ChannelError::Closed { .. }) => {}
                    error => {
                        assert!(known(error), "{phase}, byte {byte}: {error}");
                        noticed += 1;
                    }
                }
            }
            assert!(noticed > 0, "{phase}");
        }
    }
}

/// An error in the products and in all triples cancels in every comparison; the triples that are looked at are
/// what it is caught by. An error in one product and one triple would have to fall into one bucket.
#[test]
fn errors_that_cancel_are_caught_by_what_is_opened_or_by_the_permutation() {
    let first = Phase { kind: PhaseKind::And, index: 0 };
    let triples = Phase { kind: PhaseKind::And, index: 1 };
    type Lie = fn(&mut Vec<u8>);
    let all: Lie = |payload| payload.iter_mut().for_each(|byte| *byte ^= 0xff);
    let one: Lie = |payload| payload[0] ^= 1;
    for (in_products, in_triples) in [(all, all), (one, one), (all, one), (one, all)] {
        let cheat = Cheat::new(move |phase, _, payload| {
            if phase == first {
                in_products(payload);
                // Thirteen products leave three bits.
                payload[1] &= 0x1f;
            } else if phase == triples {
                let used = 13 * bucket_size(13) + bucket_size(13);
                in_triples(payload);
                let last = payload.len() - 1;
                payload[last] &= 0xff >> ((8 - used % 8) % 8);
            }
        });
        let results = run_until_stalled(with_cheater(|channel| channel.cheating(cheat)), everything);
        let wrong = |party: &usize| matches!(results[*party], Some(Err(ProtocolError::WrongProduct)));
        assert!(HONEST.iter().any(wrong), "{results:?}");
        assert!(HONEST.iter().all(|party| !matches!(results[*party], Some(Ok(_)))));
    }
}

#[test]
fn a_wrong_tag_is_named_by_whom_it_concerns() {
    let phase = Phase { kind: PhaseKind::Tags, index: 0 };
    // The cheater's own tag, which party 0 knows as well; and that of party 2, which the cheater knows.
    for (byte, at_0, at_2) in [
        (3, ProtocolError::WrongShare { party: CHEATER }, None),
        (16 + 3, ProtocolError::ConflictingTags { owner: PartyId(2), neighbour: CHEATER }, Some(CHEATER)),
    ] {
        let results = lie(phase, move |payload| payload[byte] ^= 1);
        assert_eq!(error(&results, 0), &at_0);
        let expected = match at_2 {
            Some(party) => ProtocolError::WrongShare { party },
            None => ProtocolError::ConflictingTags { owner: CHEATER, neighbour: PartyId(0) },
        };
        assert_eq!(error(&results, 2), &expected);
    }
}

#[test]
fn rounds_and_bytes_are_those_of_the_protocol() {
    let results = must_run(|index, channel| async move {
        let mut party = start(channel, 1).await?;
        let _ = index;
        let left = party.random(1000).await?;
        let right = party.random(1000).await?;
        let products = party.and_layer(&left, &right).await?;
        party.check().await?;
        let traffic = party.session().traffic().clone();
        let opened = [party.open(&left).await?, party.open(&right).await?, party.open(&products).await?];
        Ok((traffic, opened.map(|bits| to_bits(&bits))))
    });
    for (traffic, [left, right, products]) in results {
        let mut expected = left.clone();
        expected &= &right;
        assert!(products == expected && left != right);
        // 96 bytes around every message.
        let triples = 1000 * 4 + 4;
        let and = traffic.of(PhaseKind::And);
        assert_eq!((and.rounds, and.bytes_sent), (2, 2 * 96 + 125 + (triples as u64).div_ceil(8)));
        let open = traffic.of(PhaseKind::Open);
        assert_eq!((open.rounds, open.bytes_sent), (1, 96 + (3 * 4 + 2 * 4000_u64).div_ceil(8)));
        assert_eq!(traffic.of(PhaseKind::Check).bytes_sent, 96 + 32);
    }
}
