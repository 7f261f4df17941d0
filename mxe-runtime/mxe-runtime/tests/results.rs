//! What can be proven about a result that a node signed: that it does not follow from what was opened, and that a tag in it
//! is not the node's own. Nobody proves either of an honest node.

mod support;

use std::sync::LazyLock;

use arcis_circuit::gates::Shape;
use arx_wire::WireError;
use arx_wire::hash::sha256;
use arx_wire::output::{EncryptedOutput, OutputPlace};
use ed25519_dalek::{Signer, SigningKey};
use mpc::certificate::{Recipient, SignedOpening};
use mpc::malicious::Cheat;
use mpc::misbehavior::{
    EvidenceError, Misbehavior, ResultStatement, SignedResult, WrongOutputTag, WrongResult,
};
use mpc::{PartyId, Phase, PhaseKind};
use mxe_runtime::{Ended, Finished, Outcome, Task};
use proptest::prelude::*;
use support::malicious::*;
use support::{VALUES, identity_secret, recipient_key, state_bits};

const NODES: u8 = 3;
const CHEATER: PartyId = PartyId(1);
/// The outputs to clients, with the slots of their recipients and their lengths.
const TO_CLIENTS: [(u16, u16, u32); 2] = [(1, 0, 64), (2, 1, 96)];

/// A finished run, as an honest node and the chain have it.
struct Run {
    task: Task,
    ended: Ended,
    finished: Finished,
    logs: Vec<MemoryLog>,
}

impl Run {
    fn of(task: Task, run: impl Fn(Vec<MaliciousNode>) -> Vec<Option<Ended>>, lie: Option<usize>) -> Self {
        let logs = logs(NODES);
        let nodes = with_node(malicious_nodes(&task, &logs), CHEATER.index(), |node| match lie {
            Some(byte) => {
                let enter = Phase { kind: PhaseKind::Enter, index: 0 };
                let cheat = Cheat::in_phase(enter, move |payload| payload[byte] ^= 1);
                MaliciousNode { channel: node.channel.cheating(cheat), ..node }
            }
            None => node,
        });
        let ended = run(nodes).into_iter().next().flatten().expect("the first node ends");
        let Ok(Outcome::Finished(finished)) = ended.result.clone() else { panic!("{:?}", ended.result) };
        Run { task, ended, finished, logs }
    }

    fn dishonest_majority(lie: Option<usize>) -> Self {
        let task = malicious_task(NODES, Shape::Fast, &VALUES, &state_bits(1, 2), 1);
        Run::of(task, run_malicious_until_stalled, lie)
    }

    fn verified() -> Self {
        let task = verified_task(Shape::Fast, &VALUES, &state_bits(1, 2), 1);
        Run::of(task, run_verified_until_stalled, None)
    }

    fn recipients(&self) -> Vec<Recipient> {
        let outputs = self.finished.outputs.iter().enumerate();
        let recipient = |(index, _)| match index {
            0 => Recipient::Everyone,
            1 | 2 => {
                let slot = TO_CLIENTS[index - 1].1;
                Recipient::Client(recipient_key(slot).public_key().to_bytes().into())
            }
            3 | 4 => Recipient::Cell,
            _ => Recipient::Everyone,
        };
        outputs.map(recipient).collect()
    }

    /// The result of these outputs, signed by a node.
    fn signed(&self, signer: PartyId, outputs: &[Vec<u8>]) -> SignedResult {
        let statement = ResultStatement {
            epoch: self.task.base.epoch,
            session: self.task.session.into(),
            computation: self.task.computation.into(),
            circuit: self.task.base.circuit.into(),
            inputs: [7; 32].into(),
            cell_versions: vec![8],
            outputs: outputs.iter().map(|output| sha256(output).into()).collect(),
            transcript: self.finished.transcript_digest.into(),
            coin: self.finished.coin.into(),
        };
        let key = SigningKey::from_bytes(&identity_secret(signer.0));
        let signature = key.sign(&statement.message(&self.task.base.cluster)).to_bytes();
        let certificates = self.logs[0].certificates.lock().expect("not poisoned");
        let opening = SignedOpening::of(&certificates[0], signer, self.recipients());
        SignedResult::new(signer, statement, signature, opening.expect("all signed"))
    }

    /// The evidence that these outputs, signed by a node, do not follow.
    fn against_result(&self, signer: PartyId, outputs: &[Vec<u8>]) -> Misbehavior {
        let records = self.ended.records.as_ref().expect("a signed session");
        let end = records.last_opening().expect("something was opened");
        let result = self.signed(signer, outputs);
        Misbehavior::WrongResult(Box::new(WrongResult::new(result, outputs, &end)))
    }

    /// The evidence that a node's tag of an output to a client is wrong.
    fn against_tag(&self, signer: PartyId, index: u16, slot: u16) -> Misbehavior {
        let outputs = &self.finished.outputs;
        let evidence = WrongOutputTag::new(
            self.signed(signer, outputs),
            &self.task.base,
            self.task.work_digest(),
            index,
            &outputs[usize::from(index)],
            &recipient_key(slot),
        );
        Misbehavior::WrongOutputTag(Box::new(evidence.expect("an output to a client")))
    }

    fn verify(&self, evidence: &Misbehavior) -> Result<PartyId, EvidenceError> {
        assert_eq!(Misbehavior::from_bytes(&evidence.to_bytes()).as_ref(), Ok(evidence));
        assert_eq!(evidence.place(), (self.task.base.epoch, self.task.session));
        evidence.verify(&members(&self.task.base))
    }
}

#[test]
fn an_honest_result_is_no_evidence_of_anyone() {
    for run in [Run::dishonest_majority(None), Run::verified()] {
        for node in (0..NODES).map(PartyId) {
            let evidence = run.against_result(node, &run.finished.outputs);
            assert_eq!(run.verify(&evidence), Err(EvidenceError::Innocent));
            for (index, slot, _) in TO_CLIENTS {
                assert_eq!(run.verify(&run.against_tag(node, index, slot)), Err(EvidenceError::Innocent));
            }
        }
    }
}

#[test]
fn a_result_that_does_not_follow_from_the_openings_is_proven_wrong() {
    for run in [Run::dishonest_majority(None), Run::verified()] {
        // Another opened value for a client or in a cell, another session, another coin, or what is no output at all.
        let last = |output: &mut Vec<u8>| *output.last_mut().expect("bytes") ^= 1;
        type Change<'a> = (usize, &'a dyn Fn(&mut Vec<u8>));
        let changes: [Change<'_>; 6] = [
            (1, &last),
            (2, &last),
            (3, &|body| body[1 + 8 + 32 + 4] ^= 1),
            (1, &|output| output[16] ^= 1),
            (3, &|body| body[9] ^= 1),
            (2, &|output| output.truncate(10)),
        ];
        for (number, (index, change)) in changes.into_iter().enumerate() {
            let mut outputs = run.finished.outputs.clone();
            change(&mut outputs[index]);
            let evidence = run.against_result(CHEATER, &outputs);
            assert_eq!(run.verify(&evidence), Ok(CHEATER), "change {number}");
            println!("| a signed result | change {number} of an output | anyone | evidence: {evidence} |");
        }
    }
}

#[test]
fn nobody_is_accused_with_another_transcript_recipient_or_result() {
    let run = Run::dishonest_majority(None);
    let records = run.ended.records.as_ref().expect("a signed session");
    let end = records.last_opening().expect("something was opened");
    let mut forged = run.finished.outputs.clone();
    *forged[1].last_mut().expect("bytes") ^= 1;
    let unrelated = |evidence: WrongResult| {
        let evidence = Misbehavior::WrongResult(Box::new(evidence));
        assert!(matches!(run.verify(&evidence), Err(EvidenceError::Unrelated { .. })), "{evidence:?}");
    };
    // The outputs of another result than the one that was signed.
    unrelated(WrongResult::new(run.signed(CHEATER, &run.finished.outputs), &forged, &end));
    // The end of another transcript.
    let other = Run::verified();
    let other_end = other.ended.records.as_ref().and_then(mpc::Records::last_opening).expect("an opening");
    unrelated(WrongResult::new(run.signed(CHEATER, &forged), &forged, &other_end));
    // Openings of the same transcript that are not those of outputs: those are the last.
    let accused = run.signed(CHEATER, &forged);
    let evidence = Misbehavior::WrongResult(Box::new(WrongResult::new(accused, &forged, &end)));
    let mut base = run.task.base.clone();
    base.epoch += 1;
    assert_eq!(evidence.verify(&members(&base)), Err(EvidenceError::Signature));
    // Recipients that nobody certified would let revealed bytes pass for an output to a client.
    let certificates = run.logs[0].certificates.lock().expect("not poisoned");
    let mut recipients = run.recipients();
    recipients[0] = recipients[1];
    let opening = SignedOpening::of(&certificates[0], CHEATER, recipients).expect("all signed");
    assert!(matches!(
        opening.verify(&members(&run.task.base), CHEATER),
        Err(EvidenceError::Unrelated { .. })
    ));
}

#[test]
fn a_node_that_enters_another_pad_for_an_output_is_proven_to_have() {
    // The pads of the inputs come first in what is entered: of 89 and 8 bits, each with its mask.
    let pads_of_inputs = 12 + 16 + 1 + 16;
    let run = Run::dishonest_majority(Some(pads_of_inputs));
    let refused = |(index, slot, bits): (u16, u16, u32)| {
        let output = EncryptedOutput::parse(&run.finished.outputs[usize::from(index)]).expect("an output");
        let place = OutputPlace { computation: run.task.computation, session: run.task.session, index, bits };
        output.decrypt(&run.task.base, &place, &recipient_key(slot)).err()
    };
    let [first, second] = TO_CLIENTS;
    assert_eq!(refused(first), Some(WireError::OutputTag { node: CHEATER.0 }));
    assert_eq!(refused(second), None);
    let evidence = run.against_tag(CHEATER, first.0, first.1);
    assert_eq!(run.verify(&evidence), Ok(CHEATER));
    println!("| dishonest-majority | another pad of an output | anyone | evidence: {evidence} |");
    for innocent in [
        run.against_tag(CHEATER, second.0, second.1),
        run.against_tag(PartyId(0), first.0, first.1),
        run.against_tag(PartyId(2), first.0, first.1),
        // The wrong pad was opened as it was entered: the result follows.
        run.against_result(CHEATER, &run.finished.outputs),
    ] {
        assert_eq!(run.verify(&innocent), Err(EvidenceError::Innocent));
    }
}

#[test]
fn a_tag_is_judged_by_what_its_node_certified() {
    let run = Run::dishonest_majority(Some(12 + 16 + 1 + 16));
    let (index, slot, _) = TO_CLIENTS[0];
    let output = &run.finished.outputs[usize::from(index)];
    let build = |base: &arx_wire::Base, work, index, output: &[u8], slot| {
        let result = run.signed(PartyId(0), &run.finished.outputs);
        let evidence = WrongOutputTag::new(result, base, work, index, output, &recipient_key(slot));
        evidence.map(|evidence| run.verify(&Misbehavior::WrongOutputTag(Box::new(evidence))))
    };
    let work = run.task.work_digest();
    let mut other = run.task.base.clone();
    other.instance[0] ^= 1;
    // Another base, or task, would give an honest node another pad; another key proves nothing.
    for (verdict, why) in [
        (build(&other, work, index, output, slot), "base"),
        (build(&run.task.base, [0; 32], index, output, slot), "work"),
        (build(&run.task.base, work, index, output, slot + 1), "key"),
        (build(&run.task.base, work, 2, output, slot), "index"),
        (build(&run.task.base, work, 0, output, slot), "a public output"),
    ] {
        assert!(matches!(verdict, Ok(Err(EvidenceError::Unrelated { .. }))), "{why}: {verdict:?}");
    }
    assert_eq!(build(&run.task.base, work, index, output, slot), Ok(Err(EvidenceError::Innocent)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn altered_evidence_accuses_nobody_else(at: prop::sample::Index, flip in 1_u8.., tag: bool) {
        static RUN: LazyLock<Run> = LazyLock::new(|| Run::dishonest_majority(Some(12 + 16 + 1 + 16)));
        let mut outputs = RUN.finished.outputs.clone();
        *outputs[1].last_mut().expect("bytes") ^= 1;
        let evidence =
            if tag { RUN.against_tag(CHEATER, 1, 0) } else { RUN.against_result(CHEATER, &outputs) };
        let mut bytes = evidence.to_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        if let Ok(altered) = Misbehavior::from_bytes(&bytes) {
            let verdict = altered.verify(&members(&RUN.task.base));
            prop_assert!(verdict.is_err() || verdict == Ok(CHEATER), "{verdict:?}");
        }
    }
}
