//! Circuits that sign: under the application's key, each nonce once, also when everything goes wrong.

mod support;

use std::sync::{Arc, Mutex};

use arcis_circuit::{
    Artifact, Bits, Circuit, Function, Input, Interface, Op, Output, OutputKind, Parameter, ParameterKind,
    Type, Visibility,
};
use arx_wire::{Base, PROTOCOL_REPLICATED3_MALICIOUS, PROTOCOL_REPLICATED3_SEMI_HONEST};
use ed25519_dalek::{Signature, VerifyingKey};
use mpc::memory::Message;
use mpc::signature::{KeyName, KeyShare, PublicShares, SigningKey};
use mpc::{PartyId, PhaseKind};
use mxe_runtime::{
    Argument, Ended, ExecuteError, INITIAL_STATE_KEY_VERSION, Journal, JournalError, Outcome, Plan, Task,
    TaskError,
};
use support::malicious::*;
use support::{named, node_secrets};

const NODES: u8 = 3;
/// Bytes of the message that the circuit signs.
const MESSAGE: u32 = 12;

/// `fn attest(message: [u8; 12]) -> (u32, ArcisEd25519Signature)`: draws a number, reveals it and signs it with the
/// message.
fn attest() -> Artifact {
    let byte = Type::Integer { bits: 8, signed: false };
    let word = Type::Integer { bits: 32, signed: false };
    let mut ops = vec![
        Op::Random { width: 32 },                                 // 12
        Op::Reveal(12),                                           // 13
        Op::Sign { message: (0..MESSAGE).chain([13]).collect() }, // 14
    ];
    ops.extend((0..64).map(|byte| Op::Slice { a: 14, offset: 8 * byte, width: 8 })); // 15 to 78
    let function = Function {
        name: "attest".into(),
        inputs: vec![Input { width: 8, visibility: Visibility::Public }; MESSAGE as usize],
        ops,
        outputs: (13..14).chain(15..79).collect(),
    };
    let parameter = |ty| Parameter { name: "message".into(), kind: ParameterKind::Plaintext, ty };
    let output = |ty| Output { kind: OutputKind::Public, ty };
    Artifact {
        interface: Interface {
            name: "attest".into(),
            parameters: vec![parameter(Type::Array(Box::new(byte.clone()), MESSAGE))],
            outputs: vec![output(word), output(Type::Array(Box::new(byte), 64))],
        },
        circuit: Circuit { functions: vec![function] },
        public: None,
    }
}

fn task(nodes: u8, protocol: u16, counter: u64) -> Task {
    let plan = Arc::new(Plan::for_parties(attest(), nodes).expect("a valid artifact"));
    let base = Base { protocol, ..malicious_base(&plan, nodes, counter) };
    Task {
        base,
        plan,
        session: named(&format!("session {counter}")),
        computation: named(&format!("computation {counter}")),
        arguments: vec![Argument::Plaintext(b"hello, chain".to_vec())],
        output_cells: vec![None; 2],
        state_key_version: INITIAL_STATE_KEY_VERSION,
    }
}

fn public(nodes: u8) -> PublicShares {
    let shares: Vec<_> = (0..nodes).map(|node| share(node).public()).collect();
    PublicShares::parse(&shares).expect("points")
}

fn share(node: u8) -> KeyShare {
    let name = KeyName { mxe: named("mxe"), version: INITIAL_STATE_KEY_VERSION };
    KeyShare::derive(&node_secrets(node).state_secret, &name)
}

fn nodes(task: &Task, logs: &[MemoryLog]) -> Vec<MaliciousNode> {
    let public = public(task.base.members.len() as u8);
    let mut nodes = malicious_nodes(task, logs);
    for (node, index) in nodes.iter_mut().zip(0..) {
        let key = SigningKey::new(public.clone(), share(index), PartyId(index)).expect("its own share");
        node.signing_key = Some(key);
    }
    nodes
}

fn must_finish(ended: &[Ended], nodes: u8) {
    for one in ended {
        let Ok(Outcome::Finished(finished)) = &one.result else { panic!("{:?}", one.result.as_ref().err()) };
        let [number, signature] = &finished.outputs[..] else { panic!("two outputs") };
        let message = [b"hello, chain", &number[..]].concat();
        let key = VerifyingKey::from_bytes(&public(nodes).key()).expect("a key");
        let signature = Signature::from_slice(signature).expect("64 bytes");
        key.verify_strict(&message, &signature).expect("a signature of what was revealed");
    }
}

#[test]
fn a_computation_signs_under_the_applications_key() {
    for count in [2, 3, 5] {
        let task = task(count, arx_wire::PROTOCOL_DISHONEST_MAJORITY, 1);
        assert_eq!(task.plan.stock_need().scalars, 1);
        assert!(task.plan.signs());
        let logs = logs(count);
        must_finish(&run_malicious(nodes(&task, &logs)), count);
        for log in &logs {
            assert_eq!(log.nonces.lock().expect("not poisoned").len(), 1);
            assert_eq!(
                log.certificates.lock().expect("not poisoned").len(),
                1,
                "certified before it is shown"
            );
        }
    }
    let task = task(3, PROTOCOL_REPLICATED3_MALICIOUS, 2);
    let ended = run_verified_until_stalled(nodes(&task, &logs(3)));
    let ended: Vec<_> = ended.into_iter().map(|ended| ended.expect("nobody waits")).collect();
    must_finish(&ended, 3);
}

#[test]
fn without_a_key_nothing_is_begun() {
    let refused = Err(ExecuteError::Task(TaskError::NoSigningKey));
    let task = task(NODES, arx_wire::PROTOCOL_DISHONEST_MAJORITY, 1);
    let logs = logs(NODES);
    for ended in run_malicious(malicious_nodes(&task, &logs)) {
        assert_eq!(ended.result, refused);
    }
    assert!(logs.iter().all(|log| log.begun.lock().expect("not poisoned").is_empty()));
    let base = Base { protocol: PROTOCOL_REPLICATED3_SEMI_HONEST, ..task.base.clone() };
    let task = Task { base, ..task };
    let result = futures::executor::block_on(async {
        let mut channel = mpc::memory::mesh(3).remove(0);
        let mut journal = support::MemoryJournal::default();
        mxe_runtime::execute(&task, &node_secrets(0), &mut journal, [0; 32], &mut channel, &mut |_| ()).await
    });
    assert_eq!(result, refused);
}

/// Runs the nodes, and says whether node 0 sent its share of a signature.
fn run_watched(nodes: Vec<MaliciousNode>) -> (Vec<Option<Ended>>, bool) {
    let sent = Arc::new(Mutex::new(false));
    let nodes = with_node(nodes, 0, |node| {
        let sent = Arc::clone(&sent);
        let channel = node.channel.tampered(Box::new(move |message: Message| {
            *sent.lock().expect("not poisoned") |= message.phase.kind == PhaseKind::SignShares;
            vec![message]
        }));
        MaliciousNode { channel, ..node }
    });
    let ended = run_malicious_until_stalled(nodes);
    let sent = *sent.lock().expect("not poisoned");
    (ended, sent)
}

#[test]
fn no_nonce_signs_twice_after_a_restart() {
    let first = task(NODES, arx_wire::PROTOCOL_DISHONEST_MAJORITY, 1);
    let logs = logs(NODES);
    must_finish(&run_malicious(nodes(&first, &logs)), NODES);

    // The same session once more, after a crash: it was begun.
    let (ended, sent) = run_watched(nodes(&first, &logs));
    for one in ended.into_iter().flatten() {
        assert_eq!(one.result, Err(ExecuteError::Journal(JournalError::AlreadyBegun)));
    }
    assert!(!sent);

    // A session of another name that is given the same scalars, as a store would that lost its records; the
    // message is another one. Of what they recorded node 0 has the nonces left, the others nothing.
    let second = Task {
        arguments: vec![Argument::Plaintext(b"goodbye, all".to_vec())],
        session: [1; 32],
        ..first.clone()
    };
    let second = Task { computation: [2; 32], ..second };
    let remembers_nonces = MemoryLog { nonces: Arc::clone(&logs[0].nonces), ..MemoryLog::default() };
    let forgetful = [remembers_nonces, MemoryLog::default(), MemoryLog::default()];
    let (ended, sent) = run_watched(nodes(&second, &forgetful));
    let result = &ended[0].as_ref().expect("node 0 ends").result;
    assert_eq!(*result, Err(ExecuteError::Journal(JournalError::NonceUsed)));
    assert!(!sent, "nothing is signed with it");
}

#[test]
fn a_journal_that_does_not_record_nonces_refuses_them() {
    struct Plain;
    impl Journal for Plain {
        fn spend(&mut self, _: [u8; 32], _: [u8; 32]) -> Result<mxe_runtime::SpendOutcome, JournalError> {
            Ok(mxe_runtime::SpendOutcome::Granted)
        }
        fn ready_to_open(&mut self, _: [u8; 32], _: [u8; 32]) -> Result<(), JournalError> {
            Ok(())
        }
    }
    assert!(matches!(Plain.bind_nonce([1; 32], [2; 32]), Err(JournalError::Storage(_))));
}

#[test]
fn what_is_signed_is_what_the_evaluator_signs() {
    // The reference evaluator with one holder of the whole key: the message is the same, and so is what verifies it.
    let mut signed = Vec::new();
    let inputs: Vec<_> = b"hello, chain".iter().map(|byte| Bits::from_u64((*byte).into(), 8)).collect();
    let mut random = |width: u32| Bits::from_u64(0x0102_0304, width as usize);
    let mut sign = |message: &[u8]| {
        signed.push(message.to_vec());
        [7; 64]
    };
    let outputs = arcis_circuit::evaluate_signing(&attest().circuit, &inputs, &mut random, &mut sign)
        .expect("a valid circuit");
    assert_eq!(signed, [[&b"hello, chain"[..], &[4, 3, 2, 1]].concat()]);
    assert_eq!(outputs[1], Bits::from_u64(7, 8));
}
