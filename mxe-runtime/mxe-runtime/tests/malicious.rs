//! A cluster of which all nodes but one may be malicious, and what comes of every lie, silence and altered state. Each
//! cheat prints what it came to, for the list of cheats (`docs/threat-model.md`).

mod support;

use std::sync::{Arc, Mutex};

use arcis_circuit::Bits;
use arcis_circuit::gates::Shape;
use arx_wire::bits::PackedBits;
use arx_wire::output::{EncryptedOutput, OutputPlace};
use arx_wire::{PROTOCOL_DISHONEST_MAJORITY, PROTOCOL_REPLICATED3_SEMI_HONEST, WireError};
use mpc::certificate::Certificate;
use mpc::malicious::{Cheat, Forger};
use mpc::memory::{Message, Tamper};
use mpc::message::Identity;
use mpc::misbehavior::EvidenceError;
use mpc::{PartyId, Phase, PhaseKind, ProtocolError};
use mpc_field::Gf128;
use mxe_runtime::{Argument, ExecuteError, Finished, JournalError, Outcome, Rejection, Task, TaskError};
use proptest::prelude::*;
use support::malicious::*;
use support::*;
use zeroize::Zeroizing;

const CHEATER: PartyId = PartyId(1);
const HONEST: [usize; 2] = [0, 2];

fn task() -> Task {
    malicious_task(NODES, Shape::Fast, &VALUES, &state_bits(1, 2), 1)
}

fn honest_nodes(task: &Task) -> Vec<MaliciousNode> {
    malicious_nodes(task, &logs(NODES))
}

/// The nodes, one of which lies to everybody alike, under its signatures.
fn lying(task: &Task, cheat: Cheat) -> Vec<MaliciousNode> {
    with_node(honest_nodes(task), CHEATER.index(), |node| MaliciousNode {
        channel: node.channel.cheating(cheat),
        ..node
    })
}

/// The nodes, one of which does something to what it sends.
fn tampering(task: &Task, tamper: Tamper) -> Vec<MaliciousNode> {
    with_node(honest_nodes(task), CHEATER.index(), |node| MaliciousNode {
        channel: node.channel.tampered(tamper),
        ..node
    })
}

/// Every message of a run, by phase.
fn phases(task: &Task) -> Vec<Phase> {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let record = {
        let sent = Arc::clone(&sent);
        move |message: Message| {
            let mut sent = sent.lock().expect("not poisoned");
            if sent.last() != Some(&message.phase) {
                sent.push(message.phase);
            }
            vec![message]
        }
    };
    for ended in run_malicious(tampering(task, Box::new(record))) {
        assert!(matches!(ended.result, Ok(Outcome::Finished(_))));
    }
    let sent = sent.lock().expect("not poisoned").clone();
    // Replicated sharing alone has a setup.
    let online = PhaseKind::ALL.into_iter().filter(|kind| (*kind as u8) < 16);
    for kind in online.filter(|kind| *kind != PhaseKind::Setup) {
        assert!(sent.iter().any(|phase| phase.kind == kind), "{kind:?} is part of the run");
    }
    sent
}

type Result = std::result::Result<Outcome, ExecuteError>;

fn results(nodes: Vec<MaliciousNode>) -> Vec<Option<Result>> {
    run_malicious_until_stalled(nodes).into_iter().map(|ended| ended.map(|ended| ended.result)).collect()
}

const ENGINE: &str = "dishonest-majority";

/// What the honest nodes came to.
fn print_rows(what: &str, results: &[Option<Result>]) {
    for honest in HONEST {
        let end = match &results[honest] {
            Some(Ok(Outcome::Finished(_))) => "finished with the right result".into(),
            Some(Ok(Outcome::Rejected(rejection))) => format!("rejected: {rejection}"),
            Some(Err(error)) => error.to_string(),
            None => "waits, until its deadline".into(),
        };
        println!("| {ENGINE} | {what} | {honest} | {end} |");
    }
}

fn must_be_protocol_error(result: &Option<Result>) -> &ProtocolError {
    match result {
        Some(Err(ExecuteError::Protocol(error))) => error,
        other => panic!("{other:?}"),
    }
}

/// The values in a finished run, if the client accepts it.
fn accepted(task: &Task, finished: &Finished) -> Option<Vec<Bits>> {
    [(1, 0, 64), (2, 1, 96)]
        .into_iter()
        .map(|(index, slot, bits)| {
            let output = EncryptedOutput::parse(&finished.outputs[usize::from(index)]).ok()?;
            let place = OutputPlace { computation: task.computation, session: task.session, index, bits };
            let value = output.decrypt(&task.base, &place, &recipient_key(slot)).ok()?;
            Bits::from_bytes(value.as_bytes(), bits as usize).ok()
        })
        .collect()
}

/// What a lie in a phase must come to at every honest node.
#[derive(Debug, PartialEq)]
enum Verdict {
    Names(ProtocolError),
    Nameless(ProtocolError),
    Tampered,
}

/// A lie in any byte of any message ends in the error that the table of `docs/protocol.md` has for it.
#[test]
fn every_lie_in_every_message_is_named_where_it_can_be() {
    let task = task();
    for phase in phases(&task) {
        let expected = match (phase.kind, phase.index) {
            (PhaseKind::CoinCommit, 0) => Verdict::Names(ProtocolError::DifferentTask { party: CHEATER }),
            (PhaseKind::CoinCommit | PhaseKind::Confirm, _) => {
                Verdict::Names(ProtocolError::TranscriptDiverged { party: CHEATER })
            }
            (PhaseKind::CoinReveal, _) => Verdict::Names(ProtocolError::CoinOpenedWrong { party: CHEATER }),
            (PhaseKind::Tags | PhaseKind::And | PhaseKind::Open | PhaseKind::Check, _) => {
                Verdict::Names(ProtocolError::WrongShare { party: CHEATER })
            }
            (PhaseKind::Certificate, _) => {
                Verdict::Names(ProtocolError::BadSignature { party: CHEATER, phase })
            }
            (PhaseKind::StateTags, _) => Verdict::Nameless(ProtocolError::StateMismatch),
            // Of the three messages of a load check the first is part of a sum, the others are committed to.
            (PhaseKind::LoadCheck, index) if index % 3 == 0 => {
                Verdict::Nameless(ProtocolError::StateMismatch)
            }
            (PhaseKind::LoadCheck, _) => {
                Verdict::Names(ProtocolError::LoadCheckOpenedWrong { party: CHEATER })
            }
            // The first bytes are the pad, or the seed, of a client's input.
            (PhaseKind::Enter | PhaseKind::InputSeeds, _) => Verdict::Tampered,
            // Of replicated sharing, and of preprocessing.
            (_, _) => continue,
        };
        let lie = Cheat::in_phase(phase, |payload| {
            let at = 1.min(payload.len() - 1);
            payload[at] ^= 1;
        });
        let results = results(lying(&task, lie));
        print_rows(&format!("a lie in {phase}"), &results);
        // Answers to a check go to one node each; the last of them may have no reader left to abort for.
        for honest in HONEST {
            let verdict = match &results[honest] {
                Some(Ok(Outcome::Rejected(Rejection::InputTampered { argument: 1 }))) => Verdict::Tampered,
                Some(Err(ExecuteError::Protocol(error))) if error.party().is_some() => {
                    Verdict::Names(error.clone())
                }
                Some(Err(ExecuteError::Protocol(error))) => Verdict::Nameless(error.clone()),
                other => panic!("{phase}: {other:?}"),
            };
            assert_eq!(verdict, expected, "{phase} at {honest}");
        }
    }
}

#[test]
fn different_things_told_to_different_nodes_are_proven_by_them_together() {
    let task = task();
    let members = members(&task.base);
    for target in phases(&task).into_iter().filter(|phase| phase.kind != PhaseKind::Check) {
        let identity = Identity::new(members.clone(), &identity_secret(CHEATER.0));
        let forger = Forger::new(identity, task.session, CHEATER);
        let tamper = forger.tamper(move |to, phase, payload| {
            if phase == target && to == PartyId(0) {
                let last = payload.len() - 1;
                payload[last] ^= 1;
            }
        });
        let ended = run_malicious_until_stalled(tampering(&task, tamper));
        let records: Vec<_> = HONEST
            .iter()
            .map(|honest| match &ended[*honest] {
                Some(ended) => {
                    // Two honest nodes never come to two outcomes.
                    if let (Ok(Outcome::Rejected(_)), PhaseKind::Enter | PhaseKind::InputSeeds) =
                        (&ended.result, target.kind)
                    {
                        panic!("{target}: a verdict from different broadcasts");
                    }
                    ended.records.clone()
                }
                None => None,
            })
            .collect();
        // Whoever is left waiting for the cheater ends at its driver's deadline, with the same records; here only
        // runs in which both ended can be compared.
        if let [Some(first), Some(second)] = &records[..] {
            let evidence = first.compare(&second.report());
            assert!(!evidence.is_empty(), "{target}");
            for evidence in evidence {
                assert_eq!(evidence.verify(&members), Ok(CHEATER), "{target}");
                println!("| {ENGINE} | {target} to one node otherwise | anyone | evidence: {evidence} |");
            }
        }
        let digests: Vec<_> = HONEST
            .iter()
            .filter_map(|honest| match &ended[*honest].as_ref()?.result {
                Ok(Outcome::Finished(finished)) => Some(finished.transcript_digest),
                _ => None,
            })
            .collect();
        assert!(digests.len() < 2 || digests[0] != digests[1], "{target}");
    }
}

#[test]
fn every_wrong_length_and_every_silence_ends_without_a_result() {
    let task = task();
    for target in phases(&task) {
        for resize in
            [|payload: &mut Vec<u8>| payload.push(0), |payload: &mut Vec<u8>| payload.truncate(7), Vec::clear]
        {
            let tamper = move |mut message: Message| {
                if message.phase == target {
                    resize(&mut message.payload);
                }
                vec![message]
            };
            let results = results(tampering(&task, Box::new(tamper)));
            print_rows(&format!("{target} of another length"), &results);
            for honest in HONEST {
                let error = must_be_protocol_error(&results[honest]);
                assert!(
                    matches!(error, ProtocolError::WrongLength { party: CHEATER, phase, .. } if *phase == target),
                    "{target}: {error:?}"
                );
            }
        }
        let silent = move |message: Message| if message.phase == target { vec![] } else { vec![message] };
        let results = results(tampering(&task, Box::new(silent)));
        print_rows(&format!("silence in {target}"), &results);
        assert!(HONEST.iter().all(|honest| !matches!(results[*honest], Some(Ok(_)))), "{target}");
    }
}

/// A pad that is not the right one for a loaded state ends the session and names nobody, and so does a key that is
/// not the one of the writing: a node could otherwise test guesses of the state.
#[test]
fn a_load_with_another_pad_or_key_ends_the_session() {
    let task = task();
    let other_pad = with_node(honest_nodes(&task), CHEATER.index(), |mut node| {
        node.secrets.state_secret = Zeroizing::new([9; 32]);
        node
    });
    let other_key = with_node(honest_nodes(&task), CHEATER.index(), |node| MaliciousNode {
        dealer: node.dealer.with_foreign_state_key(),
        ..node
    });
    for (what, nodes) in [("another pad of a state", other_pad), ("another state key", other_key)] {
        let results = results(nodes);
        print_rows(what, &results);
        for honest in HONEST {
            assert_eq!(must_be_protocol_error(&results[honest]), &ProtocolError::StateMismatch);
        }
    }
}

/// What an application, or whoever serves a cell, could hand to the nodes instead of what they wrote.
#[test]
fn altered_and_old_states_are_not_loaded() {
    let body = tagged_cell(NODES, &CELL, 8, &state_bits(1, 2));
    let with_body = |change: &dyn Fn(&mut arx_wire::cell::CellBody)| {
        let mut body = body.clone();
        change(&mut body);
        (body, 8)
    };
    let flip_c = |bit: u32| {
        move |body: &mut arx_wire::cell::CellBody| {
            let mut bytes = body.ciphertext.as_bytes().to_vec();
            bytes[bit as usize / 8] ^= 1 << (bit % 8);
            body.ciphertext = PackedBits::new(96, bytes).expect("the same length");
        }
    };
    let cases = [
        with_body(&flip_c(0)),
        with_body(&flip_c(95)),
        with_body(&|body| body.tags.as_mut().expect("tagged")[0][15] ^= 0x80),
        with_body(&|body| body.coin_s[0] ^= 1),
        with_body(&|body| body.key_version += 1),
        // The state of version 7, offered as version 8.
        (tagged_cell(NODES, &CELL, 7, &state_bits(5, 5)), 8),
        // The body of version 8, offered as version 9, and as that of another cell.
        (body.clone(), 9),
        (tagged_cell(NODES, &OTHER_CELL, 8, &state_bits(1, 2)), 8),
    ];
    for (body, version) in cases {
        let mut task = task();
        task.arguments[3] = Argument::Cell { address: CELL, version, body: body.to_bytes() };
        for result in results(honest_nodes(&task)) {
            assert_eq!(must_be_protocol_error(&result), &ProtocolError::StateMismatch);
        }
    }
    // A body without tags is not one of this protocol.
    let mut task = task();
    let plain = arx_wire::cell::CellBody { tags: None, ..body };
    task.arguments[3] = Argument::Cell { address: CELL, version: 8, body: plain.to_bytes() };
    for result in results(honest_nodes(&task)) {
        let rejected =
            matches!(result, Some(Ok(Outcome::Rejected(Rejection::CellUnreadable { argument: 3, .. }))));
        assert!(rejected, "{result:?}");
    }
}

/// A node that stores under a pad that is not its key's makes the state unreadable, never another value.
#[test]
fn a_wrong_pad_on_a_write_is_caught_by_the_next_load() {
    // The pads of what is entered, in order: two inputs and two outputs with a mask each, the loaded cell, the
    // stored ones.
    let inputs = 12 + 16 + 1 + 16;
    let outputs = 8 + 16 + 12 + 16;
    let stored = inputs + outputs + 12;
    let task = task();
    let lie =
        Cheat::in_phase(Phase { kind: PhaseKind::Enter, index: 0 }, move |payload| payload[stored] ^= 1);
    let finished: Vec<_> = results(lying(&task, lie))
        .into_iter()
        .map(|result| match result {
            Some(Ok(Outcome::Finished(finished))) => finished,
            other => panic!("{other:?}"),
        })
        .collect();
    let mut next = malicious_task(NODES, Shape::Fast, &VALUES, &state_bits(1, 2), 2);
    let body = finished[0].outputs[3].clone();
    next.arguments[3] = Argument::Cell { address: CELL, version: 9, body };
    for result in results(honest_nodes(&next)) {
        assert_eq!(must_be_protocol_error(&result), &ProtocolError::StateMismatch);
    }
}

/// A node that enters a wrong pad for an output is caught by the recipient, by name.
#[test]
fn a_wrong_pad_on_an_output_is_caught_by_the_recipient() {
    let task = task();
    let at = 12 + 16 + 1 + 16;
    let lie = Cheat::in_phase(Phase { kind: PhaseKind::Enter, index: 0 }, move |payload| payload[at] ^= 1);
    let results = results(lying(&task, lie));
    let Some(Ok(Outcome::Finished(finished))) = &results[0] else { panic!("{:?}", results[0]) };
    assert_eq!(accepted(&task, finished), None);
    let output = EncryptedOutput::parse(&finished.outputs[1]).expect("an output's bytes");
    let place = OutputPlace { computation: task.computation, session: task.session, index: 1, bits: 64 };
    let error = output.decrypt(&task.base, &place, &recipient_key(0)).expect_err("a wrong pad");
    assert_eq!(error, WireError::OutputTag { node: CHEATER.0 });
}

/// Why `h` must not be known when pads are entered: with it, a node enters another pad and the mask that makes up for
/// it, and the tag fits. That is the one thing a client can do together with a node (docs/threat-model.md); without
/// the client `h` depends on every honest node's seed.
#[test]
fn whoever_knows_h_in_advance_chooses_the_input() {
    let task = task();
    let Argument::Input(bytes) = &task.arguments[5] else { panic!("an input") };
    let argument = arx_wire::input::InputArgument::parse(bytes).expect("the client's own");
    let context = argument.input.context(&task.base, &[argument.recipient]).expect("this call");
    let seeds: Vec<_> =
        (0..NODES).map(|node| context.node_secrets(node, &node_secrets(node).encryption_key).seed).collect();
    let h = context.tag_keys(&seeds).hash_key();
    for knows_h in [true, false] {
        let h = if knows_h { h } else { h + Gf128::ONE };
        // The hint has 8 bits: U_h(p + 1) = U_h(p) + h^2.
        let lie = Cheat::in_phase(Phase { kind: PhaseKind::Enter, index: 0 }, move |payload| {
            let (pad, mask) = (12 + 16, 12 + 16 + 1);
            payload[pad] ^= 1;
            payload[mask..mask + 16].iter_mut().zip((h * h).to_bytes()).for_each(|(byte, e)| *byte ^= e);
        });
        let results = results(lying(&task, lie));
        match &results[0] {
            Some(Ok(Outcome::Finished(finished))) if knows_h => {
                let state = tagged_cell_value(NODES, &CELL, 9, &finished.outputs[3]);
                assert_eq!(state, state_bits(1 + VALUES.bid, 2 ^ u32::from(VALUES.hint ^ 1)));
            }
            Some(Ok(Outcome::Rejected(Rejection::InputTampered { argument: 5 }))) if !knows_h => {}
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_session_is_never_run_again_from_its_seed() {
    let task = task();
    let logs = logs(NODES);
    all_finish(&task, &logs);
    let said = Arc::new(Mutex::new(0));
    let mut nodes = malicious_nodes(&task, &logs);
    for index in 0..NODES.into() {
        let said = Arc::clone(&said);
        let count = move |message: Message| {
            *said.lock().expect("not poisoned") += 1;
            vec![message]
        };
        nodes = with_node(nodes, index, |node| MaliciousNode {
            channel: node.channel.tampered(Box::new(count)),
            ..node
        });
    }
    for ended in run_malicious(nodes) {
        assert_eq!(ended.result, Err(ExecuteError::Journal(JournalError::AlreadyBegun)));
    }
    assert_eq!(*said.lock().expect("not poisoned"), 0);
}

#[test]
fn all_members_certify_before_anything_is_shown() {
    let task = task();
    let logs = logs(NODES);
    let order = Arc::clone(&logs[0].journal.log);
    let mut nodes = malicious_nodes(&task, &logs);
    for index in 0..NODES {
        let order = Arc::clone(&order);
        let record = move |message: Message| {
            order.lock().expect("not poisoned").push(Event::Sent(index, message.phase.kind));
            vec![message]
        };
        nodes = with_node(nodes, index.into(), |node| MaliciousNode {
            channel: node.channel.tampered(Box::new(record)),
            ..node
        });
    }
    let ended = run_malicious(nodes);
    assert!(ended.iter().all(|ended| matches!(ended.result, Ok(Outcome::Finished(_)))));
    let order = order.lock().expect("not poisoned");
    for node in 0..NODES {
        let first = |wanted: Event| order.iter().position(|event| *event == wanted).expect("it happened");
        let ready = first(Event::Ready(node));
        assert!(ready < first(Event::Kept(node)));
        assert!(first(Event::Kept(node)) < first(Event::Sent(node, PhaseKind::Certificate)));
        assert!(first(Event::Sent(node, PhaseKind::Certificate)) < first(Event::Sent(node, PhaseKind::Open)));
    }
    let members = members(&task.base);
    for log in &logs {
        let certificates = log.certificates.lock().expect("not poisoned");
        let [certificate] = &certificates[..] else { panic!("{} certificates", certificates.len()) };
        assert_eq!(certificate.verify(&members), Ok(()));
        let opening = certificate.opening;
        assert_eq!(*opening.session, task.session);
        assert_eq!(*opening.computation, task.computation);
        assert_eq!(*opening.inputs, task.digest().expect("a valid task"));
        let bytes = certificate.to_bytes();
        assert_eq!(Certificate::from_bytes(&bytes), Ok(certificate.clone()));
        let mut forged = certificate.clone();
        forged.opening.transcript[0] ^= 1;
        assert_eq!(forged.verify(&members), Err(EvidenceError::Signature));
        forged = certificate.clone();
        forged.signatures.swap(0, 1);
        assert_eq!(forged.verify(&members), Err(EvidenceError::Signature));
        forged = certificate.clone();
        forged.signatures.pop();
        assert_eq!(forged.verify(&members), Err(EvidenceError::Signature));
    }
}

/// What every node sent in the rounds of the certificate and of openings, by sender.
type Sent = Arc<Mutex<Vec<(u8, Message)>>>;

fn watched(task: &Task, logs: &[MemoryLog]) -> (Vec<MaliciousNode>, Sent) {
    let sent = Sent::default();
    let mut nodes = malicious_nodes(task, logs);
    for index in 0..NODES {
        let sent = Arc::clone(&sent);
        let record = move |message: Message| {
            if matches!(message.phase.kind, PhaseKind::Certificate | PhaseKind::Open) {
                sent.lock().expect("not poisoned").push((index, message.clone()));
            }
            vec![message]
        };
        nodes = with_node(nodes, index.into(), |node| MaliciousNode {
            channel: node.channel.tampered(Box::new(record)),
            ..node
        });
    }
    (nodes, sent)
}

/// Under either protocol: what is kept is what is sent, to the signature, and it is kept before the certificate is signed.
#[test]
fn what_a_member_can_be_asked_to_show_is_kept_before_it_signs_the_certificate() {
    let verified = verified_task(Shape::Fast, &VALUES, &state_bits(1, 2), 1);
    for task in [task(), verified] {
        let logs = logs(NODES);
        let (nodes, sent) = watched(&task, &logs);
        let ended = if task.base.protocol == PROTOCOL_DISHONEST_MAJORITY {
            run_malicious_until_stalled(nodes)
        } else {
            run_verified_until_stalled(nodes)
        };
        for ended in ended {
            let ended = ended.expect("nobody waits");
            assert!(matches!(ended.result, Ok(Outcome::Finished(_))));
            assert_eq!(ended.records.and_then(|records| records.withholding()), None);
        }
        let (sent, members) = (sent.lock().expect("not poisoned"), members(&task.base));
        for (node, log) in (0..NODES).zip(&logs) {
            let kept = log.openings.lock().expect("not poisoned");
            let [first] = &kept[..] else { panic!("{} openings", kept.len()) };
            for (signed, kind) in
                [(&first.certificate, PhaseKind::Certificate), (&first.opening, PhaseKind::Open)]
            {
                assert!(members.vouch(signed));
                // Where products are verified, they were opened before.
                assert_eq!(signed.header.phase.kind, kind);
                let mut said = sent
                    .iter()
                    .filter(|(from, message)| *from == node && message.phase == signed.header.phase);
                let (_, message) = said.next().expect("it was sent");
                assert_eq!(message.payload[..64], signed.signature);
                assert_eq!(message.payload[64..96], signed.header.chain);
                assert_eq!(mpc::message::payload_hash(&message.payload[96..]), signed.header.payload);
            }
            assert_eq!(first.opening.header.chain, first.certificate.header.next_chain());
            assert_eq!(first.opening.header.broadcasts, first.certificate.header.broadcasts + 1);
            assert_eq!(first.opening.header.payload, mpc::message::payload_hash(&first.payload));
        }
    }
}

/// A member that does not get everybody's signature opens nothing, but can be shown to have signed: it can answer.
#[test]
fn a_member_without_the_certificate_can_show_its_opening_and_one_with_it_knows_who_withholds() {
    let withheld = |withholds: fn(&Message) -> bool| {
        let (task, logs) = (task(), logs(NODES));
        let order = Arc::clone(&logs[0].journal.log);
        let tamper = move |message: Message| if withholds(&message) { vec![] } else { vec![message] };
        let nodes = with_node(malicious_nodes(&task, &logs), CHEATER.index(), |node| MaliciousNode {
            channel: node.channel.tampered(Box::new(tamper)),
            ..node
        });
        // The records are seen from outside: a node that waits is dropped.
        let seen: Vec<_> = logs.iter().map(|log| Arc::clone(&log.records)).collect();
        let ended = run_malicious_until_stalled(nodes);
        let results = HONEST.map(|honest| ended[honest].as_ref().map(|ended| &ended.result));
        assert!(results.iter().all(|result| !matches!(result, Some(Ok(_)))), "{results:?}");
        let withholding = move |node: usize| {
            seen[node].lock().expect("not poisoned").as_ref().and_then(mpc::Records::withholding)
        };
        (logs, order, withholding)
    };
    let (logs, order, withholding) =
        withheld(|message| message.to == PartyId(0) && message.phase.kind == PhaseKind::Certificate);
    assert!(logs[0].certificates.lock().expect("not poisoned").is_empty());
    assert_eq!(logs[0].openings.lock().expect("not poisoned").len(), 1);
    assert_eq!(withholding(0), None, "it has no certificate to accuse anyone by");
    // The third member has the certificate and waits for the first one's opening, which cannot know.
    assert_eq!(withholding(2), Some(PartyId(0)));
    let order = order.lock().expect("not poisoned");
    assert!(order.contains(&Event::Kept(0)));
    drop(order);

    let (logs, _, withholding) = withheld(|message| message.phase.kind == PhaseKind::Open);
    for honest in HONEST {
        assert_eq!(logs[honest].certificates.lock().expect("not poisoned").len(), 1);
        assert_eq!(withholding(honest), Some(CHEATER));
    }
}

/// Whatever cannot be kept is not signed.
#[test]
fn nothing_is_signed_or_opened_where_it_cannot_be_kept() {
    let (task, logs) = (task(), logs(NODES));
    *logs[0].fails_to_keep.lock().expect("not poisoned") = true;
    let (nodes, sent) = watched(&task, &logs);
    let mut ended = run_malicious_until_stalled(nodes);
    let failed = ended.swap_remove(0).expect("it does not wait");
    assert!(
        matches!(failed.result, Err(ExecuteError::Protocol(ProtocolError::NotKept(_)))),
        "{:?}",
        failed.result
    );
    assert!(sent.lock().expect("not poisoned").iter().all(|(from, _)| *from != 0));
}

#[test]
fn other_protocols_identities_and_sizes_are_refused_before_anything_is_said() {
    let task = task();
    let error = |nodes: Vec<MaliciousNode>| match run_malicious(nodes).swap_remove(1).result {
        Err(error) => error,
        Ok(outcome) => panic!("{outcome:?}"),
    };
    let with_task = |change: fn(&mut Task)| {
        with_node(honest_nodes(&task), 1, |mut node| {
            change(&mut node.task);
            node
        })
    };
    assert_eq!(
        error(with_task(|task| task.base.protocol = PROTOCOL_REPLICATED3_SEMI_HONEST)),
        TaskError::UnknownProtocol(PROTOCOL_REPLICATED3_SEMI_HONEST).into()
    );
    let other_epoch = error(with_task(|task| task.base.epoch += 1));
    assert_eq!(other_epoch, TaskError::ForeignIdentity.into());
    let foreign = with_node(honest_nodes(&task), 1, |node| MaliciousNode {
        identity: Identity::new(members(&task.base), &identity_secret(2)),
        ..node
    });
    let expected = mpc::message::MembersError::ForeignKey { member: 1 };
    assert_eq!(error(foreign), ExecuteError::Protocol(ProtocolError::Members(expected)));
    // The other engine does not run this task either.
    let mut channel = mpc::memory::mesh(NODES).remove(0);
    let mut journal = MemoryJournal::default();
    let (secrets, mut progress) = (node_secrets(0), |_| ());
    let run = mxe_runtime::execute(&task, &secrets, &mut journal, [0; 32], &mut channel, &mut progress);
    let refused = futures::executor::block_on(run);
    assert_eq!(refused.err(), Some(TaskError::UnknownProtocol(PROTOCOL_DISHONEST_MAJORITY).into()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn signed_garbage_in_any_message_never_ends_in_a_wrong_result(
        which: prop::sample::Index,
        garbage in prop::collection::vec(any::<u8>(), 1..200),
        offset: prop::sample::Index,
    ) {
        let task = task();
        let honest = all_finish(&task, &logs(NODES));
        let phases = phases(&task);
        let target = phases[which.index(phases.len())];
        let lie = Cheat::in_phase(target, move |payload| {
            let from = offset.index(payload.len());
            payload[from..].iter_mut().zip(&garbage).for_each(|(byte, garbage)| *byte ^= *garbage);
        });
        let results = results(lying(&task, lie));
        for honest_node in HONEST {
            match &results[honest_node] {
                Some(Ok(Outcome::Finished(finished))) => {
                    // The cheater's own pads and coins are its own choice: results may differ in them and in nothing
                    // that a client accepts.
                    let expected = accepted(&task, &honest);
                    let values = accepted(&task, finished);
                    prop_assert!(values.is_none() || values == expected);
                    prop_assert_eq!(&finished.outputs[0], &honest.outputs[0]);
                    prop_assert_eq!(&finished.outputs[5], &honest.outputs[5]);
                }
                Some(Ok(Outcome::Rejected(rejection))) => {
                    let tampered = matches!(rejection, Rejection::InputTampered { .. } | Rejection::InputSpent { .. });
                    prop_assert!(tampered, "{rejection:?}");
                }
                Some(Err(ExecuteError::Protocol(_))) | None => {}
                other => prop_assert!(false, "{other:?}"),
            }
        }
    }
}
