//! A cluster of three nodes in one process, with a client, cells, and journals that outlive attempts.

#![allow(dead_code)] // Every test file uses a part of this.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

use arcis_circuit::gates::Shape;
use arcis_circuit::{
    Artifact, Bits, Circuit, Function, Input, Interface, Op, Output, OutputKind, Parameter, ParameterKind,
    Type, Visibility,
};
use arx_wire::bits::PackedBits;
use arx_wire::cell::{CellBody, MxeKey};
use arx_wire::hash::sha256;
use arx_wire::input::{EphemeralKeys, InputArgument, encrypt};
use arx_wire::output::{EncryptedOutput, OutputPlace};
use arx_wire::{Base, EncryptionSecretKey, Member, PROTOCOL_REPLICATED3_SEMI_HONEST};
use futures::future::{MaybeDone, maybe_done};
use mpc::memory::{MemoryChannel, Tamper, mesh};
use mxe_runtime::{
    Argument, CellTarget, ExecuteError, Finished, INITIAL_STATE_KEY_VERSION, Journal, JournalError,
    NodeSecrets, Outcome, Plan, Progress, SpendOutcome, Task, execute,
};
use zeroize::Zeroizing;

pub mod malicious;

pub const NODES: u8 = 3;
pub const CELL: [u8; 32] = [0xce; 32];
pub const OTHER_CELL: [u8; 32] = [0xcf; 32];

/// 32 bytes that are different for every name.
pub fn named(name: &str) -> [u8; 32] {
    sha256(name.as_bytes())
}

pub fn node_secrets(node: u8) -> NodeSecrets {
    NodeSecrets {
        encryption_key: EncryptionSecretKey::from_seed(&named(&format!("node {node}"))),
        state_secret: Zeroizing::new(named(&format!("state of {node}"))),
    }
}

/// A circuit with every kind of parameter and output:
/// ```text
/// fn everything(limit: u16, bid: Enc<Shared, (u64, bool, [u8; 3])>, viewer: Shared,
///               state: Enc<Mxe, (u64, u32)>, mxe: Mxe, hint: Enc<Shared, u8>)
///     -> (bool, Enc<Shared, u64>, Enc<Shared, (u64, u32)>, Enc<Mxe, (u64, u32)>, Enc<Mxe, u16>, u16)
/// (bid.0 < limit).reveal(), to bid: state.0 + bid.0, to viewer: state,
/// state' = (state.0 + bid.0, state.1 ^ hint), new cell: limit, limit
/// ```
pub fn everything() -> Artifact {
    let integer = |bits| Type::Integer { bits, signed: false };
    let parameter = |name: &str, kind, ty| Parameter { name: name.into(), kind, ty };
    let state = || Type::Tuple(vec![integer(64), integer(32)]);
    let nothing = || Type::Tuple(Vec::new());
    let bid = Type::Tuple(vec![integer(64), Type::Bool, Type::Array(Box::new(integer(8)), 3)]);
    let interface = Interface {
        name: "everything".into(),
        parameters: vec![
            parameter("limit", ParameterKind::Plaintext, integer(16)),
            parameter("bid", ParameterKind::Shared { slot: 0 }, bid),
            parameter("viewer", ParameterKind::Recipient { slot: 1 }, nothing()),
            parameter("state", ParameterKind::Cell, state()),
            parameter("mxe", ParameterKind::Mxe, nothing()),
            parameter("hint", ParameterKind::Shared { slot: 2 }, integer(8)),
        ],
        outputs: vec![
            Output { kind: OutputKind::Public, ty: Type::Bool },
            Output { kind: OutputKind::Shared { slot: 0 }, ty: integer(64) },
            Output { kind: OutputKind::Shared { slot: 1 }, ty: state() },
            Output { kind: OutputKind::Cell { source: Some(3) }, ty: state() },
            Output { kind: OutputKind::Cell { source: None }, ty: integer(16) },
            Output { kind: OutputKind::Public, ty: integer(16) },
        ],
    };
    let secret = |width| Input { width, visibility: Visibility::Secret };
    let public = |width| Input { width, visibility: Visibility::Public };
    let function = Function {
        name: "everything".into(),
        // limit 0; bid 1, 2, 3, 4, 5; state 6, 7; hint 8
        inputs: vec![
            public(16),
            secret(64),
            secret(1),
            secret(8),
            secret(8),
            secret(8),
            secret(64),
            secret(32),
            secret(8),
        ],
        ops: vec![
            Op::Extend { a: 0, width: 64, signed: false }, // 9
            Op::Less { a: 1, b: 9, signed: false },        // 10
            Op::Reveal(10),                                // 11
            Op::Add(6, 1),                                 // 12
            Op::Extend { a: 8, width: 32, signed: false }, // 13
            Op::Xor(7, 13),                                // 14
        ],
        outputs: vec![11, 12, 6, 7, 12, 14, 0, 0],
    };
    Artifact { interface, circuit: Circuit { functions: vec![function] }, public: None }
}

/// What a client brings to a call of [`everything`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Values {
    pub limit: u16,
    pub bid: u64,
    pub flag: bool,
    pub bytes: [u8; 3],
    pub hint: u8,
}

pub const VALUES: Values = Values { limit: 1000, bid: 777, flag: true, bytes: [1, 2, 3], hint: 0xa5 };

impl Values {
    pub fn bid_bits(&self) -> Bits {
        let mut bits = Bits::from_u64(self.bid, 64);
        bits.push(self.flag);
        self.bytes.iter().for_each(|byte| bits.push_u128((*byte).into(), 8));
        bits
    }
}

pub fn to_packed(bits: &Bits) -> PackedBits {
    PackedBits::new(bits.len() as u32, bits.to_bytes()).expect("canonical bits")
}

/// The Ed25519 secret key of a node.
pub fn identity_secret(node: u8) -> [u8; 32] {
    named(&format!("identity {node}"))
}

/// The public facts of one call.
pub fn base_of(plan: &Plan, counter: u64) -> Base {
    let member = |node| Member {
        identity: ed25519_dalek::SigningKey::from_bytes(&identity_secret(node)).verifying_key().to_bytes(),
        encryption_key: node_secrets(node).encryption_key.public_key(),
    };
    Base {
        genesis: named("genesis"),
        program: named("program"),
        cluster: named("cluster"),
        epoch: 3,
        protocol: PROTOCOL_REPLICATED3_SEMI_HONEST,
        members: (0..NODES).map(member).collect(),
        mxe: named("mxe"),
        circuit: plan.circuit_hash(),
        interface: plan.interface_hash(),
        instance: named("instance"),
        authority: named("authority"),
        counter,
        not_after: 5000,
    }
}

/// The key with which the client of `slot` opens its outputs.
pub fn recipient_key(slot: u16) -> EncryptionSecretKey {
    EncryptionSecretKey::from_seed(&named(&format!("recipient {slot}")))
}

/// What a client puts into a call for its slot.
pub fn encrypted(base: &Base, slot: u16, value: &Bits) -> InputArgument {
    let ephemeral = EphemeralKeys::from_seed(&named(&format!("ephemeral {} {slot}", base.counter)));
    let recipient = recipient_key(slot).public_key();
    let input = encrypt(base, slot, &[recipient], &to_packed(value), &ephemeral).expect("a valid call");
    InputArgument { recipient, input }
}

/// A cell's body as the three nodes would have written it.
pub fn written_cell(cell: &[u8; 32], version: u64, value: &Bits) -> CellBody {
    let coin_s = named(&format!("coin of version {version}"));
    let mut ciphertext = to_packed(value);
    for node in 0..NODES {
        let key = MxeKey::derive(&node_secrets(node).state_secret, &named("mxe"), INITIAL_STATE_KEY_VERSION);
        let pad = key.pad(cell, version, &coin_s, value.len() as u32);
        ciphertext = ciphertext.xor(&pad).expect("strings of one length");
    }
    CellBody { key_version: INITIAL_STATE_KEY_VERSION, coin_s, ciphertext, tags: None }
}

/// The value in a cell's body, which takes all nodes' keys.
pub fn cell_value(cell: &[u8; 32], version: u64, body: &[u8]) -> Bits {
    let body = CellBody::parse(body).expect("a cell's body");
    let mut value = body.ciphertext.clone();
    for node in 0..NODES {
        let key = MxeKey::derive(&node_secrets(node).state_secret, &named("mxe"), body.key_version);
        value = value.xor(&key.pad(cell, version, &body.coin_s, value.len())).expect("strings of one length");
    }
    Bits::from_bytes(value.as_bytes(), value.len() as usize).expect("canonical bits")
}

pub fn state_bits(amount: u64, mark: u32) -> Bits {
    Bits::concat([&Bits::from_u64(amount, 64), &Bits::from_u64(mark.into(), 32)])
}

/// A call of [`everything`] on a state that was written as version 8.
pub fn everything_task(shape: Shape, values: &Values, state: &Bits, counter: u64) -> Task {
    let plan = Arc::new(Plan::with_shape(everything(), shape).expect("a valid artifact"));
    let base = base_of(&plan, counter);
    everything_on(plan, base, values, written_cell(&CELL, 8, state), counter)
}

/// A call of [`everything`] by the nodes of `base`.
pub fn everything_on(plan: Arc<Plan>, base: Base, values: &Values, state: CellBody, counter: u64) -> Task {
    let arguments = vec![
        Argument::Plaintext(values.limit.to_le_bytes().into()),
        Argument::Input(encrypted(&base, 0, &values.bid_bits()).to_bytes()),
        Argument::Input(recipient_key(1).public_key().to_bytes().into()),
        Argument::Cell { address: CELL, version: 8, body: state.to_bytes() },
        Argument::None,
        Argument::Input(encrypted(&base, 2, &Bits::from_u64(values.hint.into(), 8)).to_bytes()),
    ];
    let target = |cell, new_version| Some(CellTarget { cell, new_version });
    Task {
        base,
        plan,
        session: named(&format!("session {counter}")),
        computation: named(&format!("computation {counter}")),
        arguments,
        output_cells: vec![None, None, None, target(CELL, 9), target(OTHER_CELL, 1), None],
        state_key_version: INITIAL_STATE_KEY_VERSION,
    }
}

/// What the client of `slot` opens output `index` to.
pub fn must_decrypt(task: &Task, outcome: &Finished, index: u16, slot: u16, bits: u32) -> Bits {
    let output = EncryptedOutput::parse(&outcome.outputs[usize::from(index)]).expect("an output's bytes");
    let place = OutputPlace { computation: task.computation, session: task.session, index, bits };
    let value = output.decrypt(&task.base, &place, &recipient_key(slot)).expect("every tag fits");
    Bits::from_bytes(value.as_bytes(), bits as usize).expect("canonical bits")
}

/// What happened, in order, as far as order matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    Spent(u8),
    Ready(u8),
    Kept(u8),
    Sent(u8, mpc::PhaseKind),
}

pub type Log = Arc<Mutex<Vec<Event>>>;

/// A journal in memory. Cloned journals are one.
#[derive(Clone, Debug, Default)]
pub struct MemoryJournal {
    pub node: u8,
    pub spent: Arc<Mutex<BTreeMap<[u8; 32], [u8; 32]>>>,
    pub opened: Arc<Mutex<Vec<[u8; 32]>>>,
    pub log: Log,
    pub fails: bool,
}

impl Journal for MemoryJournal {
    fn spend(&mut self, spent_id: [u8; 32], digest: [u8; 32]) -> Result<SpendOutcome, JournalError> {
        if self.fails {
            return Err(JournalError::Storage("the disk is full".into()));
        }
        self.log.lock().expect("not poisoned").push(Event::Spent(self.node));
        let mut spent = self.spent.lock().expect("not poisoned");
        let recorded = spent.entry(spent_id).or_insert(digest);
        Ok(if *recorded == digest { SpendOutcome::Granted } else { SpendOutcome::SpentElsewhere })
    }

    fn ready_to_open(&mut self, session: [u8; 32], _transcript: [u8; 32]) -> Result<(), JournalError> {
        let mut opened = self.opened.lock().expect("not poisoned");
        if opened.iter().any(|other| *other != session) {
            return Err(JournalError::AlreadyOpened);
        }
        opened.push(session);
        self.log.lock().expect("not poisoned").push(Event::Ready(self.node));
        Ok(())
    }
}

pub fn journals() -> Vec<MemoryJournal> {
    let log = Log::default();
    (0..NODES).map(|node| MemoryJournal { node, log: Arc::clone(&log), ..MemoryJournal::default() }).collect()
}

/// One node of a run: what it was given.
pub struct Node {
    pub task: Task,
    pub journal: MemoryJournal,
    pub channel: MemoryChannel,
    pub seed: [u8; 32],
}

/// Three nodes with the same task, on an honest mesh.
pub fn nodes(task: &Task, journals: &[MemoryJournal]) -> Vec<Node> {
    let node = |((index, channel), journal): ((u8, MemoryChannel), &MemoryJournal)| Node {
        task: task.clone(),
        journal: journal.clone(),
        channel,
        seed: named(&format!("randomness of {index}")),
    };
    (0..).zip(mesh(NODES)).zip(journals).map(node).collect()
}

/// Puts `tamper` between node `index` and the mesh.
pub fn tampered(mut nodes: Vec<Node>, index: usize, tamper: Tamper) -> Vec<Node> {
    let node = nodes.remove(index);
    nodes.insert(index, Node { channel: node.channel.tampered(tamper), ..node });
    nodes
}

pub type NodeResult = Result<Outcome, ExecuteError>;

/// Runs all nodes until nobody can go on: `None` for one that is left waiting, which a driver's deadline
/// would end.
pub fn run_until_stalled(nodes: Vec<Node>) -> Vec<Option<NodeResult>> {
    let run = |(index, node): (u8, Node)| async move {
        let Node { task, mut journal, mut channel, seed } = node;
        let mut progress = |_: Progress| {};
        let secrets = node_secrets(index);
        let run = execute(&task, &secrets, &mut journal, seed, &mut channel, &mut progress);
        must_be_send(&run);
        run.await
    };
    let mut parties: Vec<Pin<Box<MaybeDone<_>>>> =
        (0..).zip(nodes).map(|node| Box::pin(maybe_done(run(node)))).collect();
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

/// As [`run_until_stalled`], where no node may be left waiting.
pub fn run(nodes: Vec<Node>) -> Vec<NodeResult> {
    run_until_stalled(nodes).into_iter().map(|result| result.expect("a node waits for ever")).collect()
}

/// Runs honest nodes, which all come to one outcome.
pub fn must_agree(nodes: Vec<Node>) -> Outcome {
    let mut results = run(nodes).into_iter().map(|result| result.expect("an honest run"));
    let without_traffic = |outcome: Outcome| match outcome {
        Outcome::Finished(finished) => {
            Outcome::Finished(Finished { traffic: mpc::Traffic::default(), ..finished })
        }
        rejected => rejected,
    };
    let first = results.next().expect("three nodes");
    for other in results {
        assert_eq!(without_traffic(other), without_traffic(first.clone()));
    }
    first
}

pub fn must_finish(nodes: Vec<Node>) -> Finished {
    match must_agree(nodes) {
        Outcome::Finished(finished) => finished,
        Outcome::Rejected(rejection) => panic!("rejected: {rejection}"),
    }
}

fn must_be_send<T: Send>(_: &T) {}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}
