//! One node that follows the protocol but for what it puts on the wire. Whatever it does in whichever phase,
//! every honest node ends in the result, in a typed error, or waiting for it (which a driver's deadline
//! ends); never in a panic, and with lengths, phases and formats always in an error that names it.

mod support;

use arcis_circuit::gates::Shape;
use mpc::memory::Message;
use mpc::{ChannelError, PartyId, Phase, PhaseKind, ProtocolError};
use mxe_runtime::{ExecuteError, Outcome, Rejection, Task};
use proptest::prelude::*;
use support::*;

const CHEATER: PartyId = PartyId(1);

fn task() -> Task {
    everything_task(Shape::Fast, &VALUES, &state_bits(1, 2), 1)
}

/// Applies `change` to the messages of one phase that the cheater sends.
fn cheat(
    target: Phase,
    change: impl Fn(Message) -> Vec<Message> + Send + 'static,
) -> Vec<Option<NodeResult>> {
    let tamper =
        move |message: Message| if message.phase == target { change(message) } else { vec![message] };
    run_until_stalled(tampered(nodes(&task(), &journals()), CHEATER.index(), Box::new(tamper)))
}

/// Every message of a run of [`everything`], with its receivers among the honest.
fn phases() -> Vec<(Phase, Vec<usize>)> {
    let sent = std::sync::Arc::new(std::sync::Mutex::new(Vec::<(Phase, Vec<usize>)>::new()));
    let record = {
        let sent = sent.clone();
        move |message: Message| {
            let mut sent = sent.lock().expect("not poisoned");
            match sent.last_mut() {
                Some((phase, receivers)) if *phase == message.phase => receivers.push(message.to.index()),
                _ => sent.push((message.phase, vec![message.to.index()])),
            }
            vec![message]
        }
    };
    must_finish(tampered(nodes(&task(), &journals()), CHEATER.index(), Box::new(record)));
    let phases = sent.lock().expect("not poisoned").clone();
    // The others belong to engines whose openings are checked.
    let checked = [PhaseKind::Check, PhaseKind::Certificate, PhaseKind::LoadCheck, PhaseKind::StateTags];
    let online = PhaseKind::ALL.into_iter().filter(|kind| (*kind as u8) < 16);
    for kind in online.filter(|kind| !checked.contains(kind)) {
        assert!(phases.iter().any(|(phase, _)| phase.kind == kind), "{kind:?} is part of the run");
    }
    phases
}

fn must_be_protocol_error(result: &Option<NodeResult>) -> &ProtocolError {
    match result {
        Some(Err(ExecuteError::Protocol(error))) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_wrong_length_of_every_message_is_named() {
    type Resize = fn(&mut Vec<u8>);
    let resizes: [Resize; 4] = [
        |payload| payload.push(0),
        |payload| payload.truncate(payload.len() - 1),
        Vec::clear,
        |payload| payload.resize(1 << 20, 0xff),
    ];
    for (target, receivers) in phases() {
        for resize in resizes {
            let results = cheat(target, move |mut message| {
                resize(&mut message.payload);
                vec![message]
            });
            for receiver in &receivers {
                let error = must_be_protocol_error(&results[*receiver]);
                let named = matches!(error, ProtocolError::WrongLength { party: CHEATER, phase, .. } if *phase == target);
                assert!(named, "{target}: {error:?}");
            }
        }
    }
}

#[test]
fn every_wrong_phase_of_every_message_is_named() {
    for (target, receivers) in phases() {
        let later = Phase { index: target.index + 1, ..target };
        let kinds = PhaseKind::ALL.map(|kind| Phase { kind, index: target.index });
        for actual in kinds.into_iter().chain([later]).filter(|other| *other != target) {
            let results = cheat(target, move |message| vec![Message { phase: actual, ..message }]);
            for receiver in &receivers {
                let expected = ChannelError::WrongPhase { party: CHEATER, expected: target, actual };
                assert_eq!(must_be_protocol_error(&results[*receiver]), &ProtocolError::Channel(expected));
            }
        }
    }
}

#[test]
fn a_withheld_message_never_ends_in_a_result() {
    let phases = phases();
    let last = phases.last().map(|(phase, _)| *phase);
    for (target, receivers) in phases {
        let results = cheat(target, |_| Vec::new());
        for receiver in receivers {
            assert!(!matches!(results[receiver], Some(Ok(_))), "{target}");
        }
        // After the last message the cheater is done and gone, which the others notice.
        if Some(target) == last {
            let error = must_be_protocol_error(&results[0]);
            assert_eq!(error, &ProtocolError::Channel(ChannelError::Closed { party: CHEATER }));
        }
    }
}

#[test]
fn a_coin_opened_to_another_value_is_named() {
    for index in [0, 1] {
        let results = cheat(Phase { kind: PhaseKind::CoinReveal, index }, |mut message| {
            message.payload[7] ^= 1;
            vec![message]
        });
        for honest in [0, 2] {
            let error = must_be_protocol_error(&results[honest]);
            assert_eq!(error, &ProtocolError::CoinOpenedWrong { party: CHEATER });
        }
    }
}

#[test]
fn a_grant_is_a_bit_and_a_refusal_carries_no_seed() {
    for (byte, value) in [(0, 2), (0, 0xff), (33, 0)] {
        let results = cheat(Phase { kind: PhaseKind::InputSeeds, index: 0 }, move |mut message| {
            message.payload[byte] = value;
            vec![message]
        });
        for honest in [0, 2] {
            let error = must_be_protocol_error(&results[honest]);
            assert!(matches!(error, ProtocolError::Malformed { party: CHEATER, .. }), "{error:?}");
        }
    }
}

#[test]
fn a_wrong_seed_or_tag_never_ends_in_a_verdict() {
    // What a node says about an input cannot be told from what the client did; the client's evidence can
    // (docs/protocol.md).
    for (kind, byte) in [(PhaseKind::InputSeeds, 5), (PhaseKind::Tags, 3)] {
        let results = cheat(Phase { kind, index: 0 }, move |mut message| {
            message.payload[byte] ^= 1;
            vec![message]
        });
        // The cheater's own view is the honest one, so the transcripts differ and nothing is signed.
        for honest in [0, 2] {
            let error = must_be_protocol_error(&results[honest]);
            assert_eq!(error.party(), Some(CHEATER), "{error:?}");
        }
    }
}

#[test]
fn different_things_told_to_different_nodes_never_end_in_a_verdict() {
    for (target, receivers) in phases().into_iter().filter(|(phase, receivers)| {
        receivers.len() == 2 && !matches!(phase.kind, PhaseKind::CoinCommit | PhaseKind::CoinReveal)
    }) {
        let results = cheat(target, |mut message| {
            if message.to == PartyId(0) {
                let last = message.payload.len() - 1;
                message.payload[last] ^= 1;
            }
            vec![message]
        });
        // The tags of outputs come last, and no coin or reveal depends on them; node 0's transcript digest
        // differs, and with it what it would sign.
        if (target.kind, target.index) == (PhaseKind::Tags, 1) {
            let digest = |node: usize| match &results[node] {
                Some(Ok(Outcome::Finished(finished))) => finished.transcript_digest,
                other => panic!("{other:?}"),
            };
            assert_ne!(digest(0), digest(2));
            continue;
        }
        for receiver in receivers {
            assert!(!matches!(results[receiver], Some(Ok(_))), "{target}: {:?}", results[receiver]);
        }
    }
}

#[test]
fn a_verdict_against_an_input_needs_all_transcripts() {
    // The cheater shows one node a bad tag and the other the good one: the first would reject, the second
    // would go on.
    let results = cheat(Phase { kind: PhaseKind::Tags, index: 0 }, |mut message| {
        if message.to == PartyId(0) {
            message.payload[0] ^= 1;
        }
        vec![message]
    });
    assert!(
        !matches!(results[0], Some(Ok(Outcome::Rejected(Rejection::InputTampered { .. })))),
        "{:?}",
        results[0]
    );
    assert!(!matches!(results[2], Some(Ok(_))), "{:?}", results[2]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn garbage_in_any_message_is_survived(
        which: prop::sample::Index,
        garbage in prop::collection::vec(any::<u8>(), 0..200),
        in_place: bool,
        repeat in 1_usize..3,
    ) {
        let phases = phases();
        let (target, _) = phases[which.index(phases.len())].clone();
        let results = cheat(target, move |mut message| {
            if in_place {
                message.payload.iter_mut().zip(&garbage).for_each(|(byte, garbage)| *byte = *garbage);
            } else {
                message.payload.clone_from(&garbage);
            }
            vec![message; repeat]
        });
        // No panic got here. Whoever is not left waiting has an outcome or a typed error.
        for result in results.into_iter().flatten() {
            if let Err(error) = result {
                prop_assert!(matches!(error, ExecuteError::Protocol(_)), "{error:?}");
            }
        }
    }
}
