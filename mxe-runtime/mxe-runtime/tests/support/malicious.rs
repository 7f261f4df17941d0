//! Clusters whose nodes may be malicious: signed sessions on a trusted dealer's stock.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};

use arcis_circuit::Bits;
use arcis_circuit::gates::Shape;
use arx_wire::cell::{CellBody, MxeKey};
use arx_wire::{Base, Member, PROTOCOL_DISHONEST_MAJORITY};
use futures::future::maybe_done;
use mpc::PartyId;
use mpc::certificate::{Certificate, FirstOpening, KeepError, OpeningKeeper};
use mpc::correlation::StateKeyId;
use mpc::correlation::dealer::Dealer;
use mpc::memory::{MemoryChannel, mesh};
use mpc::message::{Identity, Members};
use mpc::signature::SigningKey;
use mpc_field::Gf128;
use mxe_runtime::{
    DurableLog, Ended, Finished, INITIAL_STATE_KEY_VERSION, Journal, JournalError, Outcome, Participant,
    Plan, Progress, SpendOutcome, Task, execute_malicious,
};
use zeroize::Zeroizing;

use super::{
    CELL, MemoryJournal, Values, Woken, base_of, everything, everything_on, identity_secret, named,
    node_secrets, to_packed,
};

pub const DEALER: [u8; 32] = [0xdd; 32];

/// The state key that everything is written under.
pub fn state_key() -> StateKeyId {
    StateKeyId { mxe: named("mxe"), version: INITIAL_STATE_KEY_VERSION }
}

/// The public facts of one call to a cluster of `nodes` nodes.
pub fn malicious_base(plan: &Plan, nodes: u8, counter: u64) -> Base {
    let member = |node| Member {
        identity: ed25519_dalek::SigningKey::from_bytes(&identity_secret(node)).verifying_key().to_bytes(),
        encryption_key: node_secrets(node).encryption_key.public_key(),
    };
    Base {
        protocol: PROTOCOL_DISHONEST_MAJORITY,
        members: (0..nodes).map(member).collect(),
        ..base_of(plan, counter)
    }
}

/// The members as their signatures are checked.
pub fn members(base: &Base) -> Members {
    let identities: Vec<_> = base.members.iter().map(|member| member.identity).collect();
    Members::new(base.cluster, base.epoch, &identities).expect("different keys")
}

/// A call of [`everything`](super::everything) on a state that was written as version 8.
pub fn malicious_task(nodes: u8, shape: Shape, values: &Values, state: &Bits, counter: u64) -> Task {
    let plan = Arc::new(Plan::with_shape(everything(), shape).expect("a valid artifact"));
    let base = malicious_base(&plan, nodes, counter);
    everything_on(plan, base, values, tagged_cell(nodes, &CELL, 8, state), counter)
}

/// A cell's body as the nodes would have written it.
pub fn tagged_cell(nodes: u8, cell: &[u8; 32], version: u64, value: &Bits) -> CellBody {
    let coin_s = named(&format!("coin of version {version}"));
    let bits = value.len() as u32;
    let dealer = Dealer::new(DEALER, PartyId(0), nodes);
    let d_state =
        (0..nodes).fold(Gf128::ZERO, |sum, node| sum + dealer.state_delta_of(&state_key(), PartyId(node)));
    let plain = to_packed(value);
    let mut tags: Vec<Gf128> = plain
        .as_bytes()
        .chunks(16)
        .map(|block| {
            let mut bytes = [0; 16];
            bytes[..block.len()].copy_from_slice(block);
            d_state * Gf128::from_bytes(bytes)
        })
        .collect();
    let mut ciphertext = plain;
    for node in 0..nodes {
        let key = MxeKey::derive(&node_secrets(node).state_secret, &named("mxe"), INITIAL_STATE_KEY_VERSION);
        ciphertext = ciphertext.xor(&key.pad(cell, version, &coin_s, bits)).expect("one length");
        let pads = key.tag_pads(cell, version, &coin_s, bits);
        tags.iter_mut().zip(pads.iter()).for_each(|(tag, pad)| *tag += *pad);
    }
    let tags = Some(tags.into_iter().map(Gf128::to_bytes).collect());
    CellBody { key_version: INITIAL_STATE_KEY_VERSION, coin_s, ciphertext, tags }
}

/// The value in a tagged cell's body, which takes all nodes' keys.
pub fn tagged_cell_value(nodes: u8, cell: &[u8; 32], version: u64, body: &[u8]) -> Bits {
    let body = CellBody::parse(body).expect("a cell's body");
    let mut value = body.ciphertext.clone();
    for node in 0..nodes {
        let key = MxeKey::derive(&node_secrets(node).state_secret, &named("mxe"), body.key_version);
        value = value.xor(&key.pad(cell, version, &body.coin_s, value.len())).expect("one length");
    }
    Bits::from_bytes(value.as_bytes(), value.len() as usize).expect("canonical bits")
}

/// A durable log in memory. Cloned logs are one.
#[derive(Clone, Default)]
pub struct MemoryLog {
    pub journal: MemoryJournal,
    pub begun: Arc<Mutex<BTreeMap<[u8; 32], [u8; 32]>>>,
    pub certificates: Arc<Mutex<Vec<Certificate>>>,
    pub openings: Arc<Mutex<Vec<FirstOpening>>>,
    pub records: Arc<Mutex<Option<mpc::Records>>>,
    pub fails_to_keep: Arc<Mutex<bool>>,
    pub nonces: Arc<Mutex<BTreeMap<[u8; 32], [u8; 32]>>>,
}

impl Journal for MemoryLog {
    fn spend(&mut self, spent_id: [u8; 32], digest: [u8; 32]) -> Result<SpendOutcome, JournalError> {
        self.journal.spend(spent_id, digest)
    }

    fn ready_to_open(&mut self, session: [u8; 32], transcript: [u8; 32]) -> Result<(), JournalError> {
        self.journal.ready_to_open(session, transcript)
    }

    fn bind_nonce(&mut self, nonce: [u8; 32], used_for: [u8; 32]) -> Result<(), JournalError> {
        match *self.nonces.lock().expect("not poisoned").entry(nonce).or_insert(used_for) {
            bound if bound == used_for => Ok(()),
            _ => Err(JournalError::NonceUsed),
        }
    }
}

impl DurableLog for MemoryLog {
    fn begin(&mut self, session: [u8; 32], task: [u8; 32]) -> Result<(), JournalError> {
        match self.begun.lock().expect("not poisoned").insert(session, task) {
            None => Ok(()),
            Some(_) => Err(JournalError::AlreadyBegun),
        }
    }

    fn answerable(&mut self, records: &mpc::Records) {
        *self.records.lock().expect("not poisoned") = Some(records.clone());
    }

    fn keeper(&mut self, _: [u8; 32]) -> Box<dyn OpeningKeeper> {
        Box::new(self.clone())
    }
}

impl OpeningKeeper for MemoryLog {
    fn ready(&mut self, first: &FirstOpening) -> Result<(), KeepError> {
        if *self.fails_to_keep.lock().expect("not poisoned") {
            return Err(KeepError("the disk is full".into()));
        }
        self.journal.log.lock().expect("not poisoned").push(super::Event::Kept(self.journal.node));
        self.openings.lock().expect("not poisoned").push(first.clone());
        Ok(())
    }

    fn certified(&mut self, certificate: &Certificate) -> Result<(), KeepError> {
        self.certificates.lock().expect("not poisoned").push(certificate.clone());
        Ok(())
    }
}

pub fn logs(nodes: u8) -> Vec<MemoryLog> {
    let order = super::Log::default();
    let journal = |node| MemoryJournal { node, log: Arc::clone(&order), ..MemoryJournal::default() };
    (0..nodes).map(|node| MemoryLog { journal: journal(node), ..MemoryLog::default() }).collect()
}

/// One node of a run: what it was given.
pub struct MaliciousNode {
    pub task: Task,
    pub log: MemoryLog,
    pub channel: MemoryChannel,
    pub dealer: Dealer,
    pub secrets: mxe_runtime::NodeSecrets,
    pub identity: Identity,
    pub seed: [u8; 32],
    pub signing_key: Option<SigningKey>,
}

/// All nodes of the task's cluster, on an honest mesh.
pub fn malicious_nodes(task: &Task, logs: &[MemoryLog]) -> Vec<MaliciousNode> {
    let parties = task.base.members.len() as u8;
    let node = |((index, channel), log): ((u8, MemoryChannel), &MemoryLog)| MaliciousNode {
        task: task.clone(),
        log: log.clone(),
        channel,
        dealer: Dealer::new(DEALER, PartyId(index), parties).with_batch(task.base.counter),
        secrets: node_secrets(index),
        identity: Identity::new(members(&task.base), &identity_secret(index)),
        seed: named(&format!("randomness of {index}")),
        signing_key: None,
    };
    (0..).zip(mesh(parties)).zip(logs).map(node).collect()
}

/// Changes one node of a run.
pub fn with_node(
    mut nodes: Vec<MaliciousNode>,
    index: usize,
    change: impl FnOnce(MaliciousNode) -> MaliciousNode,
) -> Vec<MaliciousNode> {
    let node = nodes.remove(index);
    nodes.insert(index, change(node));
    nodes
}

/// Runs all nodes until nobody can go on: `None` for one that is left waiting, which a driver's deadline would
/// end.
pub fn run_malicious_until_stalled(nodes: Vec<MaliciousNode>) -> Vec<Option<Ended>> {
    let run = |node: MaliciousNode| async move {
        let MaliciousNode { task, mut log, mut channel, dealer, secrets, identity, seed, signing_key } = node;
        let seed = Zeroizing::new(seed);
        let participant = Participant { secrets: &secrets, identity, source: dealer, seed, signing_key };
        let mut progress = |_: Progress| {};
        let run = execute_malicious(&task, participant, &mut log, &mut channel, &mut progress);
        super::must_be_send(&run);
        run.await
    };
    run_all(nodes, run)
}

fn run_all<F: Future<Output = Ended>>(
    nodes: Vec<MaliciousNode>,
    run: impl Fn(MaliciousNode) -> F,
) -> Vec<Option<Ended>> {
    let mut parties: Vec<_> = nodes.into_iter().map(|node| Box::pin(maybe_done(run(node)))).collect();
    let woken = Arc::new(Woken(AtomicBool::new(true)));
    let waker = Waker::from(Arc::clone(&woken));
    while woken.0.swap(false, Ordering::SeqCst) {
        for party in &mut parties {
            // The result is kept in the future; whether it is ready is asked below.
            let _ = party.as_mut().poll(&mut Context::from_waker(&waker));
        }
    }
    parties.iter_mut().map(|party| party.as_mut().take_output()).collect()
}

/// As [`run_malicious_until_stalled`], where no node may be left waiting.
pub fn run_malicious(nodes: Vec<MaliciousNode>) -> Vec<Ended> {
    let ended = run_malicious_until_stalled(nodes).into_iter();
    ended.map(|ended| ended.expect("a node waits for ever")).collect()
}

/// The same task for three nodes with replicated sharing, of which one may be malicious.
pub fn verified_task(shape: Shape, values: &Values, state: &Bits, counter: u64) -> Task {
    let plan = Arc::new(Plan::with_shape(everything(), shape).expect("a valid artifact"));
    let protocol = arx_wire::PROTOCOL_REPLICATED3_MALICIOUS;
    let base = Base { protocol, ..malicious_base(&plan, 3, counter) };
    everything_on(plan, base, values, bound_cell(&CELL, 8, state), counter)
}

/// A cell's body as three nodes with replicated sharing would have written it.
pub fn bound_cell(cell: &[u8; 32], version: u64, value: &Bits) -> CellBody {
    let mut body = tagged_cell(3, cell, version, value);
    let bits = value.len() as u32;
    let mut tags = vec![Gf128::ZERO; arx_wire::cell::blocks(bits)];
    let digest = arx_wire::hash::sha256(body.ciphertext.as_bytes());
    for node in 0..3 {
        let key = MxeKey::derive(&node_secrets(node).state_secret, &named("mxe"), INITIAL_STATE_KEY_VERSION);
        let pad = key.pad(cell, version, &body.coin_s, bits);
        let secrets = key.tag_pads(cell, version, &body.coin_s, bits);
        for (block, tag) in tags.iter_mut().enumerate() {
            let hash = arx_wire::hash::LabelledHash::new("arx/v1/verified/state").u8(node).u64(block as u64);
            let hash = hash.bytes(&digest).u32(bits).bytes(pad.as_bytes());
            *tag += secrets.iter().fold(hash, |hash, secret| hash.bytes(&secret.to_bytes())).finish_gf128();
        }
    }
    body.tags = Some(tags.into_iter().map(Gf128::to_bytes).collect());
    body
}

/// As [`run_malicious_until_stalled`], with replicated sharing.
pub fn run_verified_until_stalled(nodes: Vec<MaliciousNode>) -> Vec<Option<Ended>> {
    run_all(nodes, |node| async move {
        let MaliciousNode { task, mut log, mut channel, secrets, identity, seed, signing_key, .. } = node;
        let seed = Zeroizing::new(seed);
        let participant = Participant { secrets: &secrets, identity, source: (), seed, signing_key };
        let mut progress = |_: Progress| {};
        mxe_runtime::execute_honest_majority(&task, participant, &mut log, &mut channel, &mut progress).await
    })
}

/// Runs honest nodes, which all come to the same outputs.
pub fn all_finish(task: &Task, logs: &[MemoryLog]) -> Finished {
    let mut finished =
        run_malicious(malicious_nodes(task, logs)).into_iter().map(|ended| match ended.result {
            Ok(Outcome::Finished(finished)) => finished,
            other => panic!("{other:?}"),
        });
    let first = finished.next().expect("nodes");
    for other in finished {
        assert_eq!(
            (&other.outputs, other.transcript_digest, other.coin),
            (&first.outputs, first.transcript_digest, first.coin)
        );
    }
    first
}
