//! Whole computations by three nodes with replicated sharing, of which one may be malicious.

mod support;

use arcis_circuit::Bits;
use arcis_circuit::gates::Shape;
use arx_wire::output::{EncryptedOutput, OutputPlace};
use mpc::malicious::Cheat;
use mpc::memory::Message;
use mpc::{PartyId, Phase, PhaseKind, ProtocolError};
use mxe_runtime::{Argument, CellTarget, ExecuteError, Finished, Outcome, Rejection, Task};
use support::malicious::*;
use support::*;
use zeroize::Zeroizing;

const CHEATER: PartyId = PartyId(1);
const HONEST: [usize; 2] = [0, 2];

type Result = std::result::Result<Outcome, ExecuteError>;

fn task() -> Task {
    verified_task(Shape::Fast, &VALUES, &state_bits(1, 2), 1)
}

fn results(nodes: Vec<MaliciousNode>) -> Vec<Option<Result>> {
    run_verified_until_stalled(nodes).into_iter().map(|ended| ended.map(|ended| ended.result)).collect()
}

fn must_finish(task: &Task) -> Finished {
    let mut finished = results(malicious_nodes(task, &logs(3))).into_iter().map(|result| match result {
        Some(Ok(Outcome::Finished(finished))) => finished,
        other => panic!("{other:?}"),
    });
    let first = finished.next().expect("three nodes");
    assert!(finished.all(|other| other.outputs == first.outputs));
    first
}

/// The values in a finished run, if the client accepts it.
fn accepted(task: &Task, finished: &Finished) -> Option<Vec<Bits>> {
    let decrypt = |(index, slot, bits): (u16, u16, u32)| {
        let output = EncryptedOutput::parse(&finished.outputs[usize::from(index)]).ok()?;
        let place = OutputPlace { computation: task.computation, session: task.session, index, bits };
        let value = output.decrypt(&task.base, &place, &recipient_key(slot)).ok()?;
        Bits::from_bytes(value.as_bytes(), bits as usize).ok()
    };
    [(1, 0, 64), (2, 1, 96)].into_iter().map(decrypt).collect()
}

#[test]
fn everything_works_and_state_lives_on() {
    let mut task = task();
    let (mut amount, mut mark) = (1, 2);
    for counter in 1..=3_u64 {
        let finished = must_finish(&task);
        assert_eq!(finished.outputs[0], [u8::from(VALUES.bid < 1000)]);
        let before = state_bits(amount, mark);
        amount += VALUES.bid;
        mark ^= u32::from(VALUES.hint);
        assert_eq!(accepted(&task, &finished), Some(vec![Bits::from_u64(amount, 64), before]));
        let version = 8 + counter;
        let body = finished.outputs[3].clone();
        assert_eq!(tagged_cell_value(3, &CELL, version, &body), state_bits(amount, mark));
        let mut next = verified_task(Shape::Fast, &VALUES, &state_bits(0, 0), counter + 1);
        next.arguments[3] = Argument::Cell { address: CELL, version, body };
        next.output_cells[3] = Some(CellTarget { cell: CELL, new_version: version + 1 });
        task = next;
    }
}

#[test]
fn no_lie_in_any_message_ends_in_a_wrong_result() {
    let task = task();
    let honest = must_finish(&task);
    let phases = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let record = {
        let phases = phases.clone();
        move |message: Message| {
            let mut phases = phases.lock().expect("not poisoned");
            if phases.last() != Some(&(message.phase, message.payload.len() - 96)) {
                phases.push((message.phase, message.payload.len() - 96));
            }
            vec![message]
        }
    };
    let nodes = with_node(malicious_nodes(&task, &logs(3)), CHEATER.index(), |node| MaliciousNode {
        channel: node.channel.tampered(Box::new(record)),
        ..node
    });
    assert!(results(nodes).iter().all(|result| matches!(result, Some(Ok(Outcome::Finished(_))))));
    let phases = phases.lock().expect("not poisoned").clone();
    let kinds =
        [PhaseKind::And, PhaseKind::Check, PhaseKind::Certificate, PhaseKind::StateTags, PhaseKind::Tags];
    assert!(kinds.iter().all(|kind| phases.iter().any(|(phase, _)| phase.kind == *kind)));
    for (target, length) in phases {
        for at in [0, length / 2, length - 1] {
            let cheat = Cheat::in_phase(target, move |payload| payload[at] ^= 1);
            let nodes = with_node(malicious_nodes(&task, &logs(3)), CHEATER.index(), |node| MaliciousNode {
                channel: node.channel.cheating(cheat),
                ..node
            });
            for (node, result) in
                results(nodes).into_iter().enumerate().filter(|(node, _)| HONEST.contains(node))
            {
                if at == 0 {
                    let end = match &result {
                        Some(Ok(Outcome::Finished(_))) => "finished: the right value, or none".into(),
                        Some(Ok(Outcome::Rejected(rejection))) => format!("rejected: {rejection}"),
                        Some(Err(error)) => error.to_string(),
                        None => "waits, until its deadline".into(),
                    };
                    println!("| honest-majority | a lie in {target} | {node} | {end} |");
                }
                match result {
                    Some(Ok(Outcome::Finished(finished))) => {
                        let values = accepted(&task, &finished);
                        assert!(values.is_none() || values == accepted(&task, &honest), "{target} at {node}");
                        assert_eq!(finished.outputs[0], honest.outputs[0], "{target} at {node}");
                    }
                    Some(Ok(Outcome::Rejected(
                        Rejection::InputTampered { .. } | Rejection::InputSpent { .. },
                    ))) => {
                        assert!(matches!(target.kind, PhaseKind::Enter | PhaseKind::InputSeeds), "{target}");
                    }
                    Some(Err(ExecuteError::Protocol(_))) | None => {}
                    other => panic!("{target} at {node}: {other:?}"),
                }
            }
        }
    }
}

#[test]
fn altered_states_and_wrong_pads_are_not_loaded() {
    let wrong_pad = with_node(malicious_nodes(&task(), &logs(3)), CHEATER.index(), |mut node| {
        node.secrets.state_secret = Zeroizing::new([9; 32]);
        node
    });
    let mismatch = Some(Err(ExecuteError::Protocol(ProtocolError::StateMismatch)));
    let got = results(wrong_pad);
    assert!(HONEST.iter().all(|node| got[*node] == mismatch));
    let body = bound_cell(&CELL, 8, &state_bits(1, 2));
    for change in 0..4 {
        let mut altered = body.clone();
        match change {
            0 => altered.ciphertext = to_packed(&Bits::ones(96)),
            1 => altered.tags.as_mut().expect("tagged")[0][3] ^= 1,
            2 => altered.coin_s[0] ^= 1,
            _ => altered = bound_cell(&CELL, 7, &state_bits(1, 2)),
        }
        let mut task = task();
        task.arguments[3] = Argument::Cell { address: CELL, version: 8, body: altered.to_bytes() };
        for result in results(malicious_nodes(&task, &logs(3))) {
            assert_eq!(result, mismatch);
        }
    }
}

/// A node that says another binding of its pad than it entered is named by whom it entered it to.
#[test]
fn a_lie_about_a_state_is_named() {
    let phase = Phase { kind: PhaseKind::StateTags, index: 0 };
    let nodes = with_node(malicious_nodes(&task(), &logs(3)), CHEATER.index(), |node| MaliciousNode {
        channel: node.channel.cheating(Cheat::in_phase(phase, |payload| payload[0] ^= 1)),
        ..node
    });
    let expected = ExecuteError::Protocol(ProtocolError::WrongShare { party: CHEATER });
    assert_eq!(results(nodes)[0], Some(Err(expected)));
}
