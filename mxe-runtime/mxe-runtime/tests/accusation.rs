//! A client proves which node opened a wrong tag of its input; nobody proves it of an honest node.

mod support;

use arcis_circuit::gates::Shape;
use arx_wire::input::{EphemeralKeys, InputArgument};
use mpc::malicious::Cheat;
use mpc::misbehavior::EvidenceError;
use mpc::{PartyId, Phase, PhaseKind, ProtocolError};
use mxe_runtime::accusation::{RevealedInput, WrongTag};
use mxe_runtime::{Argument, Ended, ExecuteError, Outcome, Rejection, Task};
use proptest::prelude::*;
use support::malicious::*;
use support::{VALUES, named, state_bits};

const NODES: u8 = 3;
const CHEATER: PartyId = PartyId(1);
/// The argument that is attacked, and its slot.
const ARGUMENT: u16 = 1;

fn task() -> Task {
    malicious_task(NODES, Shape::Fast, &VALUES, &state_bits(1, 2), 1)
}

/// The client's own keys of its input.
fn ephemeral() -> EphemeralKeys {
    EphemeralKeys::from_seed(&named("ephemeral 1 0"))
}

fn argument(task: &Task) -> InputArgument {
    match &task.arguments[usize::from(ARGUMENT)] {
        Argument::Input(bytes) => InputArgument::parse(bytes).expect("a client's input"),
        other => panic!("{other:?}"),
    }
}

/// Runs the nodes, of which one changes what it says in a phase.
fn run(task: &Task, lie: Option<(PhaseKind, usize)>) -> Vec<Ended> {
    let nodes = malicious_nodes(task, &logs(NODES));
    let nodes = with_node(nodes, CHEATER.index(), |node| match lie {
        Some((kind, byte)) => {
            let cheat = Cheat::in_phase(Phase { kind, index: 0 }, move |payload| payload[byte] ^= 1);
            MaliciousNode { channel: node.channel.cheating(cheat), ..node }
        }
        None => node,
    });
    run_malicious(nodes)
}

fn accuse(task: &Task, ended: &Ended, accused: PartyId) -> WrongTag {
    let revealed =
        RevealedInput::new(task, &argument(task), &ephemeral(), accused).expect("an input of the call");
    let records = ended.records.as_ref().expect("a signed session");
    WrongTag::new(records, ARGUMENT, revealed).expect("tags were opened")
}

#[test]
fn a_node_that_entered_another_pad_is_proven_to_have() {
    let task = task();
    let ended = run(&task, Some((PhaseKind::Enter, 0)));
    let tampered = Ok(Outcome::Rejected(Rejection::InputTampered { argument: ARGUMENT }));
    assert_eq!(ended[0].result, tampered, "no node is named by the tags themselves");
    let accusation = accuse(&task, &ended[0], CHEATER);
    assert_eq!(accusation.verify(&task), Ok(CHEATER));
    println!(
        "| dishonest-majority | another pad of an input | anyone | evidence: a tag that its pad does not have |"
    );
    assert_eq!(WrongTag::from_bytes(&accusation.to_bytes()), Ok(accusation));
    for honest in [PartyId(0), PartyId(2)] {
        assert_eq!(accuse(&task, &ended[0], honest).verify(&task), Err(EvidenceError::Innocent));
    }
}

#[test]
fn a_node_that_opened_another_tag_is_proven_to_have() {
    let task = task();
    let ended = run(&task, Some((PhaseKind::Tags, 3)));
    let named = Err(ExecuteError::Protocol(ProtocolError::WrongShare { party: CHEATER }));
    assert_eq!(ended[0].result, named, "who has the MAC knows for itself");
    assert_eq!(accuse(&task, &ended[0], CHEATER).verify(&task), Ok(CHEATER));
    assert_eq!(accuse(&task, &ended[0], PartyId(2)).verify(&task), Err(EvidenceError::Innocent));
}

#[test]
fn a_client_that_sent_garbage_accuses_nobody() {
    let mut task = task();
    let mut input = argument(&task);
    input.input.nodes[1].tag[0] ^= 1;
    task.arguments[usize::from(ARGUMENT)] = Argument::Input(input.to_bytes());
    let ended = run(&task, None);
    assert_eq!(ended[0].result, Ok(Outcome::Rejected(Rejection::InputTampered { argument: ARGUMENT })));
    for node in 0..NODES {
        assert_eq!(accuse(&task, &ended[0], PartyId(node)).verify(&task), Err(EvidenceError::Innocent));
    }
}

#[test]
fn an_accusation_is_of_one_task_and_one_input() {
    let task = task();
    let ended = run(&task, Some((PhaseKind::Enter, 0)));
    let accusation = accuse(&task, &ended[0], CHEATER);
    let others = [
        Task { session: [0; 32], ..task.clone() },
        Task { computation: [0; 32], ..task.clone() },
        Task { state_key_version: 9, ..task.clone() },
    ];
    for other in others {
        assert!(matches!(accusation.verify(&other), Err(EvidenceError::Unrelated { .. })));
    }
    let mut other = task.clone();
    other.base.epoch += 1;
    assert_eq!(accusation.verify(&other), Err(EvidenceError::Signature));
    // Keys of another input do not prove anything about this one.
    let keys = EphemeralKeys::from_seed(&[8; 32]);
    let revealed = RevealedInput::new(&task, &argument(&task), &keys, CHEATER).expect("an input of the call");
    let records = ended[0].records.as_ref().expect("a signed session");
    let foreign = WrongTag::new(records, ARGUMENT, revealed).expect("tags were opened");
    let unproven = EvidenceError::Unrelated { what: "a value that is revealed is not proven" };
    assert_eq!(foreign.verify(&task), Err(unproven));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn altered_accusations_prove_nothing(at: prop::sample::Index, flip in 1_u8..) {
        let task = task();
        let ended = run(&task, Some((PhaseKind::Enter, 0)));
        let mut bytes = accuse(&task, &ended[0], CHEATER).to_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        if let Ok(altered) = WrongTag::from_bytes(&bytes) {
            let verdict = altered.verify(&task);
            prop_assert!(verdict.is_err(), "{:?}", verdict);
        }
    }
}
