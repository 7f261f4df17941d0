//! Results that take more than one transaction, and cancelling: written in chunks by different people, attested member by
//! member, half-way or to the end, for computations in any state.

use arx_program::{
    client,
    instructions::FinalizeArguments,
    message::sha256,
    pda,
    state::{OutputKind, OutputSpec},
};
use arx_testing::application::{Definition, forward};
use proptest::prelude::*;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use super::Bank;

/// Bytes of the large output: more than a computation's account takes, so that the buffer stays.
const LARGE: u32 = 9_000;
/// Bytes written per transaction.
const CHUNK: usize = 800;

/// What is done about results; the first number chooses the computation.
#[derive(Clone, Debug)]
pub(super) enum ResultAction {
    /// Queues a call with a large output.
    Queue,
    /// Writes all of a result, or its beginning.
    Write(usize, Person, bool),
    /// Adds signatures of some members.
    Attest(usize, std::ops::Range<usize>),
    /// Finalises from the buffer of this person, with all signatures or with those that were collected.
    Finalize(usize, Person, bool),
    Deliver(usize),
    Consume(usize),
    /// A writer closes its buffer, or the payer the one that the result is in.
    Close(usize, Person, bool),
    CloseAttestation(usize),
    /// The user asks, or anyone completes it.
    Cancel(usize, bool),
}

/// Who writes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Person {
    Payer,
    Reporter,
}

pub(super) fn result_actions() -> impl Strategy<Value = ResultAction> {
    use ResultAction::*;
    let which = || 0..6usize;
    let person = || prop_oneof![Just(Person::Payer), Just(Person::Reporter)];
    prop_oneof![
        3 => Just(Queue),
        3 => (which(), person(), any::<bool>()).prop_map(|(which, who, all)| Write(which, who, all)),
        2 => (which(), prop_oneof![Just(0..3), Just(0..2), Just(2..3)])
            .prop_map(|(which, members)| Attest(which, members)),
        4 => (which(), person(), any::<bool>()).prop_map(|(which, who, attested)| Finalize(which, who, attested)),
        2 => which().prop_map(Deliver),
        1 => which().prop_map(Consume),
        2 => (which(), person(), any::<bool>()).prop_map(|(which, who, sealed)| Close(which, who, sealed)),
        1 => which().prop_map(CloseAttestation),
        3 => (which(), any::<bool>()).prop_map(|(which, asks)| Cancel(which, asks)),
    ]
}

/// What the large calls are of.
pub(super) fn large_definition() -> Definition {
    Definition {
        name: "large",
        circuit: vec![1; 100],
        cost_units: 10,
        parameters: vec![],
        outputs: vec![OutputSpec { kind: OutputKind::Public, bits: 8 * LARGE, plain_len: LARGE }],
    }
}

impl Bank {
    pub(super) fn do_result(&mut self, action: &ResultAction) {
        let payer = self.court.world.harness.payer().pubkey();
        match *action {
            ResultAction::Queue => self.queue_large(),
            ResultAction::Write(which, who, all) => {
                let Some((address, _)) = self.large(which) else { return };
                let writer = self.person(who);
                let bytes = anchor_lang::prelude::borsh::to_vec(&self.court.world.result(address).outputs);
                let bytes = bytes.expect("memory");
                let chunks = if all { usize::MAX } else { 3 };
                for (index, chunk) in bytes.chunks(CHUNK).enumerate().take(chunks) {
                    let (length, offset) = (bytes.len() as u32, (index * CHUNK) as u32);
                    let write =
                        client::write_result(writer.pubkey(), address, length, offset, chunk.to_vec());
                    self.send(&[write], &[&writer]);
                }
            }
            ResultAction::Attest(which, ref members) => {
                let Some((address, message, hash)) = self.signed_message(which) else { return };
                let network = &self.court.world.network;
                let some = &network.nodes[members.clone()];
                let identities: Vec<_> = some.iter().map(|node| node.identity.pubkey()).collect();
                let signatures: Vec<_> = some.iter().map(|node| node.sign(&message)).collect();
                let verify = client::verify_signatures(&identities, &signatures, &message);
                let attest = client::attest_result(payer, address, network.cluster, &hash, 0);
                self.send(&[verify, attest], &[]);
            }
            ResultAction::Finalize(which, who, attested) => {
                let Some((address, arguments)) = self.large(which) else { return };
                let writer = self.person(who);
                let finalize = self.finalize_large(address, &writer.pubkey(), arguments, attested);
                self.send(&finalize, &[&writer]);
            }
            ResultAction::Deliver(which) => {
                let Some((address, computation)) = self.computation(which) else { return };
                let Some(deliver) = client::deliver_callback(address, &computation) else { return };
                self.send(&[deliver], &[]);
            }
            ResultAction::Consume(which) => {
                let Some((address, _)) = self.computation(which) else { return };
                let application = &self.court.world.application;
                let consume = client::consume_result(application.program, application.mxe, address);
                self.send(&[forward(consume)], &[]);
            }
            ResultAction::Close(which, who, sealed) => {
                let Some((address, computation)) = self.computation(which) else { return };
                let writer = self.person(who);
                let buffer = pda::result_buffer(&address, &writer.pubkey()).0;
                let close = if sealed {
                    client::close_final_result(computation.payer, address, buffer)
                } else {
                    client::close_result(writer.pubkey(), address)
                };
                self.send(&[close], &[&writer]);
            }
            ResultAction::CloseAttestation(which) => {
                let Some((address, _, hash)) = self.signed_message(which) else { return };
                self.send(&[client::close_attestation(payer, address, &hash)], &[]);
            }
            ResultAction::Cancel(which, asks) => {
                let Some((address, computation)) = self.computation(which) else { return };
                let user = self.court.world.user.insecure_clone();
                let signers: &[&Keypair] = if asks { &[&user] } else { &[] };
                self.send(&[client::cancel_computation(address, &computation, asks)], signers);
            }
        }
    }

    fn person(&self, who: Person) -> Keypair {
        match who {
            Person::Payer => self.court.world.harness.payer(),
            Person::Reporter => self.court.reporter.insecure_clone(),
        }
    }

    fn queue_large(&mut self) {
        let mut call = self.court.world.call(self.next);
        self.next += 1;
        (call.arguments, call.output_cells) = (vec![], vec![None]);
        // Behind the delay of cancelling.
        call.deadline += 200;
        let address = self.court.world.computation_address(self.large, call.counter);
        let caller = self.court.world.caller(self.large);
        let queue = forward(client::queue_computation(&caller, call, vec![]));
        let user = self.court.world.user.insecure_clone();
        self.send(&[queue], &[&user]);
        if self.court.world.harness.account(&address).is_some() {
            self.computations.push(address);
        }
    }

    /// A call with a large output, and its right result.
    fn large(&self, which: usize) -> Option<(Pubkey, FinalizeArguments)> {
        let (address, computation) = self.computation(which)?;
        computation.is_large().then(|| (address, self.court.world.result(address)))
    }

    /// What the members sign about a computation's right result, and its hash.
    fn signed_message(&self, which: usize) -> Option<(Pubkey, [u8; 45], [u8; 32])> {
        let (address, _) = self.computation(which)?;
        let message = self.court.world.result_message(address, &self.court.world.result(address));
        Some((address, message, sha256(&[&message])))
    }

    fn finalize_large(
        &self,
        address: Pubkey,
        writer: &Pubkey,
        mut arguments: FinalizeArguments,
        attested: bool,
    ) -> Vec<Instruction> {
        let world = &self.court.world;
        let message = world.result_message(address, &arguments);
        arguments.outputs.clear();
        let computation = world.computation(address);
        let finalize = client::finalize_computation(*writer, address, &computation, arguments, true);
        if attested {
            vec![client::with_attestation(finalize, &address, &sha256(&[&message]))]
        } else {
            vec![world.network.sign(&message), finalize]
        }
    }
}
