//! All parties but one are malicious, one at a time: whatever the cheater says in whichever phase of the engine
//! for a dishonest majority, the others end in a typed error that names it, and nothing is shown that depends
//! on the lie.

mod support;

use std::sync::{Arc, Mutex};

use arcis_circuit::Bits;
use mpc::correlation::CorrelationSource;
use mpc::correlation::dealer::Dealer;
use mpc::dishonest_majority::DishonestMajority;
use mpc::malicious::{Cheat, Forger};
use mpc::memory::{MemoryChannel, Message, mesh};
use mpc::message::{ENVELOPE_LENGTH, Header, SignedHeader};
use mpc::misbehavior::{EvidenceError, Misbehavior};
use mpc::protocol::{PrivateVector, Protocol};
use mpc::{Channel, ChannelError, PartyId, Phase, PhaseKind, ProtocolError, Records, Report, Session};
use mpc_field::Gf128;
use support::{Dishonest, SESSION, identity, pad, run_until_stalled, signed_session, start_in};

const PARTIES: u8 = 3;
const CHEATER: PartyId = PartyId(1);
const HONEST: [usize; 2] = [0, 2];

/// What a run came to: opened bits and the final transcript.
type Opened = (Bits, [u8; 32]);

/// Something of everything that the engine sends.
async fn everything(index: u8, party: &mut Dishonest) -> Result<Opened, ProtocolError> {
    let vector = PrivateVector { pad: pad(5, 0, index, 13), mask: Gf128::from_bits(index.into()) };
    let entries = party.enter(vec![vector]).await?;
    let bits = party.pad_sum(&entries[0]);
    let random = party.random(13).await?;
    let products = party.and_layer(&bits, &random).await?;
    let products = party.and_layer(&products, &bits).await?;
    // Neither waits to be asked for a check of what came before.
    party.open_tags(&[(Gf128::from_bits(99), &entries[0])]).await?;
    let products = party.and_layer(&products, &random).await?;
    let opened = party.open(&products).await?;
    let digest = party.session().confirm().await?;
    Ok((support::to_bits(&opened), digest))
}

/// The phases of [`everything`], by whether everybody hears the same in them.
fn phases() -> Vec<(Phase, bool)> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let channels = with_tamper(Box::new({
        let seen = Arc::clone(&seen);
        move |message: Message| {
            let mut seen = seen.lock().expect("not poisoned");
            let entry = (message.phase, message.phase.kind != PhaseKind::Check);
            if seen.last() != Some(&entry) {
                seen.push(entry);
            }
            vec![message]
        }
    }));
    for result in run_everything(channels, None).0 {
        result.expect("nobody waits").expect("an honest run");
    }
    let seen = seen.lock().expect("not poisoned").clone();
    let kinds = [
        PhaseKind::Enter,
        PhaseKind::And,
        PhaseKind::CoinCommit,
        PhaseKind::CoinReveal,
        PhaseKind::Check,
        PhaseKind::Tags,
        PhaseKind::Open,
        PhaseKind::Confirm,
    ];
    for kind in kinds {
        assert!(seen.iter().any(|(phase, _)| phase.kind == kind), "{kind:?} is part of the run");
    }
    seen
}

fn with_tamper(tamper: mpc::memory::Tamper) -> Vec<MemoryChannel> {
    let mut channels = mesh(PARTIES);
    let cheater = channels.remove(CHEATER.index()).tampered(tamper);
    channels.insert(CHEATER.index(), cheater);
    channels
}

type Results = Vec<Option<Result<Opened, ProtocolError>>>;

/// Runs [`everything`], and returns what all came to with what all have on record.
fn run_everything(channels: Vec<MemoryChannel>, cheat: Option<Cheat>) -> (Results, Vec<Records>) {
    let cheat = Mutex::new(cheat);
    let records = Mutex::new(Vec::new());
    let results = run_until_stalled(channels, |index, mut channel| {
        if index == CHEATER.0
            && let Some(cheat) = cheat.lock().expect("not poisoned").take()
        {
            channel = channel.cheating(cheat);
        }
        let session = signed_session(channel);
        records.lock().expect("not poisoned").push(session.records().expect("a signed session"));
        async move { everything(index, &mut start_in(index, session, 5)?).await }
    });
    (results, records.into_inner().expect("not poisoned"))
}

/// The cheater changes what it says in one phase, to everybody alike.
fn cheat(target: Phase, change: impl FnMut(&mut Vec<u8>) + Send + 'static) -> Results {
    run_everything(mesh(PARTIES), Some(Cheat::in_phase(target, change))).0
}

fn error(results: &Results, party: usize) -> &ProtocolError {
    match &results[party] {
        Some(Err(error)) => error,
        other => panic!("party {party}: {other:?}"),
    }
}

#[test]
fn a_lie_about_any_share_is_noticed_by_every_honest_party() {
    for (phase, _) in phases() {
        if !matches!(phase.kind, PhaseKind::And | PhaseKind::Open | PhaseKind::Tags) {
            continue;
        }
        for byte in [0, 1] {
            let results = cheat(phase, move |payload| payload[byte] ^= 1);
            for honest in HONEST {
                assert_eq!(error(&results, honest), &ProtocolError::WrongShare { party: CHEATER }, "{phase}");
            }
        }
    }
}

#[test]
fn a_wrong_answer_to_a_check_is_noticed_by_whom_it_was_given() {
    for (phase, _) in phases().into_iter().filter(|(phase, _)| phase.kind == PhaseKind::Check) {
        for victim in HONEST {
            let lie = Cheat::new(move |at, to, payload| {
                if at == phase && to == Some(PartyId(victim as u8)) {
                    payload[3] ^= 4;
                }
            });
            let (results, _) = run_everything(mesh(PARTIES), Some(lie));
            assert_eq!(error(&results, victim), &ProtocolError::WrongShare { party: CHEATER }, "{phase}");
            // The other one was told the truth, and notices that the first has left.
            let other = PartyId(victim as u8);
            let left = ProtocolError::Channel(ChannelError::Closed { party: other });
            assert_eq!(error(&results, 2 - victim), &left, "{phase}");
        }
    }
}

#[test]
fn a_lie_in_a_coin_or_a_statement_is_named() {
    for (phase, _) in phases() {
        let expected = match phase.kind {
            PhaseKind::CoinCommit | PhaseKind::Confirm => {
                ProtocolError::TranscriptDiverged { party: CHEATER }
            }
            PhaseKind::CoinReveal => ProtocolError::CoinOpenedWrong { party: CHEATER },
            _ => continue,
        };
        let results = cheat(phase, |payload| payload[31] ^= 0x80);
        for honest in HONEST {
            assert_eq!(error(&results, honest), &expected, "{phase}");
        }
    }
}

#[test]
fn another_private_vector_is_entered_for_everybody_alike() {
    // What a party enters is its own choice; that it is the right one is for the tags of inputs to show.
    let honest = run_everything(mesh(PARTIES), None).0;
    let results = cheat(Phase { kind: PhaseKind::Enter, index: 0 }, |payload| payload[0] ^= 1);
    for party in HONEST {
        assert!(matches!(results[party], Some(Ok(_))) && results[party] == results[0]);
        assert_ne!(results[party], honest[party]);
    }
}

#[test]
fn every_wrong_length_of_every_message_is_named() {
    type Resize = fn(&mut Vec<u8>);
    let resizes: [Resize; 4] = [
        |payload| payload.push(0),
        |payload| payload.truncate(payload.len() - 1),
        Vec::clear,
        |payload| payload.resize(1 << 16, 0xff),
    ];
    for (target, _) in phases() {
        for resize in resizes {
            let tamper = move |mut message: Message| {
                if message.phase == target {
                    resize(&mut message.payload);
                }
                vec![message]
            };
            let (results, _) = run_everything(with_tamper(Box::new(tamper)), None);
            for honest in HONEST {
                let error = error(&results, honest);
                let named = matches!(error, ProtocolError::WrongLength { party: CHEATER, phase, .. } if *phase == target);
                assert!(named, "{target}: {error:?}");
            }
        }
    }
}

#[test]
fn every_wrong_phase_and_every_repeated_message_is_named() {
    for (target, _) in phases() {
        let other = Phase { index: target.index + 1, ..target };
        let wrong = move |message: Message| match message.phase == target {
            true => vec![Message { phase: other, ..message }],
            false => vec![message],
        };
        let (results, _) = run_everything(with_tamper(Box::new(wrong)), None);
        for honest in HONEST {
            let expected = ChannelError::WrongPhase { party: CHEATER, expected: target, actual: other };
            assert_eq!(error(&results, honest), &ProtocolError::Channel(expected));
        }
        let twice = move |message: Message| match message.phase == target {
            true => vec![message.clone(), message],
            false => vec![message],
        };
        let (results, _) = run_everything(with_tamper(Box::new(twice)), None);
        // A message after the last one is read by nobody.
        if target.kind != PhaseKind::Confirm {
            for honest in HONEST {
                let error = error(&results, honest);
                let named = matches!(
                    error,
                    ProtocolError::Channel(ChannelError::WrongPhase { party: CHEATER, actual, .. })
                        if *actual == target
                );
                assert!(named, "{error:?}");
            }
        }
    }
}

#[test]
fn silence_never_ends_in_a_result() {
    for (target, _) in phases() {
        let tamper = move |message: Message| match message.phase == target {
            true => Vec::new(),
            false => vec![message],
        };
        let (results, _) = run_everything(with_tamper(Box::new(tamper)), None);
        for honest in HONEST {
            assert!(!matches!(results[honest], Some(Ok(_))), "{target}");
        }
    }
}

#[test]
fn bits_past_the_end_are_named() {
    for kind in [PhaseKind::Enter, PhaseKind::And, PhaseKind::Open] {
        // 13 bits in two bytes leave three.
        let results = cheat(Phase { kind, index: 0 }, |payload| payload[1] |= 0x20);
        for honest in HONEST {
            let error = error(&results, honest);
            assert!(matches!(error, ProtocolError::Malformed { party: CHEATER, .. }), "{kind:?}: {error:?}");
        }
    }
}

#[test]
fn a_message_without_a_valid_signature_is_named() {
    for (target, _) in phases() {
        for byte in [0, 63, ENVELOPE_LENGTH] {
            let tamper = move |mut message: Message| {
                if message.phase == target {
                    message.payload[byte] ^= 1;
                }
                vec![message]
            };
            let (results, _) = run_everything(with_tamper(Box::new(tamper)), None);
            for honest in HONEST {
                let expected = ProtocolError::BadSignature { party: CHEATER, phase: target };
                assert_eq!(error(&results, honest), &expected);
            }
        }
    }
}

/// A message of another session, epoch or cluster, or for another party, is not accepted though its sender
/// signed it.
#[test]
fn signed_messages_belong_to_one_place() {
    let changes: [fn(&mut Header); 7] = [
        |header| header.session[0] ^= 1,
        |header| header.epoch += 1,
        |header| header.cluster[0] ^= 1,
        |header| header.piece += 1,
        |header| header.broadcasts += 1,
        |header| header.recipient = Some(PartyId(9)),
        |header| header.phase.index += 1,
    ];
    for change in changes {
        let signer = identity(CHEATER.0, PARTIES);
        let tamper = move |message: Message| {
            let payload = &message.payload[ENVELOPE_LENGTH..];
            let mut header = Header {
                cluster: signer.members().cluster,
                epoch: signer.members().epoch,
                session: SESSION,
                phase: message.phase,
                piece: 0,
                sender: CHEATER,
                recipient: None,
                broadcasts: 0,
                payload: mpc::message::payload_hash(payload),
                chain: Header::first_chain(&SESSION, CHEATER),
            };
            change(&mut header);
            let signature = mpc::malicious::sign(&signer, header).signature;
            vec![Message { payload: [&signature[..], &message.payload[64..]].concat(), ..message }]
        };
        let (results, _) = run_everything(with_tamper(Box::new(tamper)), None);
        let phase = Phase { kind: PhaseKind::Enter, index: 0 };
        for honest in HONEST {
            assert_eq!(error(&results, honest), &ProtocolError::BadSignature { party: CHEATER, phase });
        }
    }
}

#[test]
fn a_sender_whose_messages_do_not_continue_each_other_convicts_itself() {
    // From its second broadcast on the cheater signs that it had said something else before.
    let signer = identity(CHEATER.0, PARTIES);
    let mut broadcasts = std::collections::BTreeMap::<PartyId, u32>::new();
    let tamper = move |message: Message| {
        let count = broadcasts.entry(message.to).or_default();
        *count += 1;
        if *count == 1 {
            return vec![message];
        }
        let payload = &message.payload[ENVELOPE_LENGTH..];
        let header = Header {
            cluster: signer.members().cluster,
            epoch: signer.members().epoch,
            session: SESSION,
            phase: message.phase,
            piece: 0,
            sender: CHEATER,
            recipient: None,
            broadcasts: 1,
            payload: mpc::message::payload_hash(payload),
            chain: [6; 32],
        };
        let signature = mpc::malicious::sign(&signer, header).signature;
        vec![Message { payload: [&signature[..], &header.chain, payload].concat(), ..message }]
    };
    let (results, records) = run_everything(with_tamper(Box::new(tamper)), None);
    let members = identity(0, PARTIES).members().clone();
    for honest in HONEST {
        let ProtocolError::Misbehaved { party: CHEATER, evidence } = error(&results, honest) else {
            panic!("{:?}", results[honest]);
        };
        assert_eq!(evidence.verify(&members), Ok(CHEATER));
        assert_eq!(records[honest].evidence(), [(**evidence).clone()]);
        let bytes = evidence.to_bytes();
        assert_eq!(Misbehavior::from_bytes(&bytes), Ok((**evidence).clone()));
    }
}

#[test]
fn whoever_tells_two_parties_different_things_is_convicted_by_both_together() {
    let members = identity(0, PARTIES).members().clone();
    for (target, broadcast) in phases() {
        if !broadcast {
            continue;
        }
        let forger = Forger::new(identity(CHEATER.0, PARTIES), SESSION, CHEATER);
        let tamper = forger.tamper(move |to, phase, payload| {
            if phase == target && to == PartyId(0) {
                payload[0] ^= 1;
            }
        });
        let (results, records) = run_everything(with_tamper(tamper), None);
        // Both signatures are valid, so neither victim can tell by itself; they stop when they compare.
        for honest in HONEST {
            assert!(!matches!(results[honest], Some(Ok(_))) || target.kind == PhaseKind::Confirm, "{target}");
        }
        let report = records[2].report();
        let evidence = records[0].compare(&report);
        assert!(!evidence.is_empty(), "{target}: {:?}", results);
        for evidence in evidence {
            assert!(matches!(evidence, Misbehavior::Equivocation { .. }));
            assert_eq!(evidence.verify(&members), Ok(CHEATER));
            assert_eq!(Misbehavior::from_bytes(&evidence.to_bytes()), Ok(evidence));
        }
    }
}

#[test]
fn honest_parties_have_no_evidence_of_each_other() {
    let (results, records) = run_everything(mesh(PARTIES), None);
    assert!(results.iter().all(|result| matches!(result, Some(Ok(_)))));
    let reports: Vec<Report> = records.iter().map(Records::report).collect();
    for mine in &records {
        assert!(mine.evidence().is_empty());
        assert!(reports.iter().all(|theirs| mine.compare(theirs).is_empty()));
    }
    // Nor can it be made of what they said: any two of their messages are innocent or unrelated.
    let members = identity(0, PARTIES).members().clone();
    for first in &reports[0].headers {
        for second in &reports[1].headers {
            let equivocation = Misbehavior::Equivocation { first: *first, second: *second };
            assert!(matches!(
                equivocation.verify(&members),
                Err(EvidenceError::Innocent | EvidenceError::Unrelated { .. })
            ));
            for first in [None, Some(*first)] {
                let broken = Misbehavior::BrokenChain { first, second: *second };
                assert!(matches!(
                    broken.verify(&members),
                    Err(EvidenceError::Innocent | EvidenceError::Unrelated { .. })
                ));
            }
        }
    }
}

#[test]
fn evidence_of_others_signatures_or_in_other_encodings_is_refused() {
    let members = identity(0, PARTIES).members().clone();
    let (_, records) = run_everything(mesh(PARTIES), None);
    let first = records[0].report().headers[0];
    let mut second: SignedHeader = first;
    second.header.payload[0] ^= 1;
    let forged = Misbehavior::Equivocation { first, second };
    assert_eq!(forged.verify(&members), Err(EvidenceError::Signature));
    let bytes = forged.to_bytes();
    assert_eq!(Misbehavior::from_bytes(&bytes), Ok(forged));
    for cut in 0..bytes.len() {
        assert_eq!(Misbehavior::from_bytes(&bytes[..cut]), Err(EvidenceError::Encoding));
    }
    assert_eq!(Misbehavior::from_bytes(&[&bytes[..], &[0]].concat()), Err(EvidenceError::Encoding));
    let mut other_version = bytes;
    assert_eq!(other_version[1], 1);
    other_version[1] = 2;
    assert_eq!(Misbehavior::from_bytes(&other_version), Err(EvidenceError::Encoding));
}

/// Why the check comes before every reveal: a flipped `e` turns `uv` into `uv + v`, so an opening after it would
/// show `v`. Nobody opens anything after the lie.
#[test]
fn nothing_is_opened_after_a_lie_in_a_layer() {
    for (phase, _) in phases().into_iter().filter(|(phase, _)| phase.kind == PhaseKind::And) {
        let opened = Arc::new(Mutex::new(0));
        let channels = mesh(PARTIES).into_iter().map(|channel| {
            let (honest, opened) = (channel.me() != CHEATER, Arc::clone(&opened));
            channel.tampered(Box::new(move |message: Message| {
                // The tags come before the last layer.
                let kinds: &[PhaseKind] = match phase.index {
                    0 | 1 => &[PhaseKind::Tags, PhaseKind::Open],
                    _ => &[PhaseKind::Open],
                };
                if honest && kinds.contains(&message.phase.kind) {
                    *opened.lock().expect("not poisoned") += 1;
                }
                vec![message]
            }))
        });
        let lie = Cheat::in_phase(phase, |payload| payload[0] ^= 1);
        let (results, _) = run_everything(channels.collect(), Some(lie));
        for honest in HONEST {
            assert_eq!(error(&results, honest), &ProtocolError::WrongShare { party: CHEATER });
        }
        assert_eq!(*opened.lock().expect("not poisoned"), 0, "{phase}");
    }
}

/// Why the check is pairwise: what a liar is told must not depend on the keys of those it lied to. Two worlds
/// that differ in an honest party's key, and in nothing the cheater may know, look alike to it to the last bit.
#[test]
fn a_liar_learns_nothing_about_the_keys_of_others() {
    let world = |delta: Option<Gf128>| {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let channels = mesh(PARTIES).into_iter().map(|channel| {
            let (me, heard) = (channel.me(), Arc::clone(&heard));
            channel.tampered(Box::new(move |message: Message| {
                if me != CHEATER && message.to == CHEATER {
                    heard.lock().expect("not poisoned").push((me, message.clone()));
                }
                vec![message]
            }))
        });
        let results = run_until_stalled(channels.collect(), |index, mut channel| async move {
            if index == CHEATER.0 {
                let target = Phase { kind: PhaseKind::And, index: 0 };
                channel = channel.cheating(Cheat::in_phase(target, |payload| payload[0] ^= 1));
            }
            let session = signed_session(channel);
            let mut dealer = Dealer::new([8; 32], session.me(), PARTIES);
            if let Some(delta) = delta {
                dealer = dealer.with_delta(PartyId(0), delta);
            }
            let mut party = DishonestMajority::start(session, dealer, [index; 32])?;
            everything(index, &mut party).await
        });
        for honest in HONEST {
            assert_eq!(error(&results, honest), &ProtocolError::WrongShare { party: CHEATER });
        }
        Arc::try_unwrap(heard).map(|heard| heard.into_inner().expect("not poisoned")).ok()
    };
    assert_ne!(Dealer::new([8; 32], PartyId(0), PARTIES).delta(), Gf128::from_bits(12345));
    let (first, second) = (world(None), world(Some(Gf128::from_bits(12345))));
    assert!(first.is_some() && first == second);
}

/// Keeps nothing.
struct Nothing;

impl mpc::certificate::OpeningKeeper for Nothing {
    fn ready(&mut self, _: &mpc::certificate::FirstOpening) -> Result<(), mpc::certificate::KeepError> {
        Ok(())
    }

    fn certified(&mut self, _: &mpc::certificate::Certificate) -> Result<(), mpc::certificate::KeepError> {
        Ok(())
    }
}

/// A session that is not signed keeps nothing, and cannot certify.
#[test]
fn certificates_take_a_signed_session() {
    let results = support::run(mesh(2), |_, channel| async move {
        let mut session = Session::new(channel, SESSION);
        assert!(session.records().is_none());
        let zeros = || serde_bytes::ByteArray::new([0; 32]);
        let opening = mpc::certificate::Opening {
            session: zeros(),
            computation: zeros(),
            circuit: zeros(),
            inputs: zeros(),
            transcript: zeros(),
            recipients: zeros(),
        };
        mpc::certificate::certify_next(&mut session, opening, Box::new(Nothing))
    });
    assert!(results.iter().all(|result| result.as_ref().err() == Some(&ProtocolError::Unsigned)));
}
