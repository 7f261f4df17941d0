//! A chain in memory: the program's accounts with their real bytes, and as much of the program's rules as the nodes'
//! transactions touch. (The program itself runs, as bytecode, in the tests of `simulation` and of `onchain-program`.)

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use anchor_lang::{AccountDeserialize, AccountSerialize, AnchorDeserialize, Discriminator};
use arcis_circuit::Artifact;
use arx_node::chain::{Account, Accounts, Chain, ChainError, SubmitError, Submitted};
use arx_node::frame::ComputationId;
use arx_node::node::specs;
use arx_node::secrets::NodeKeys;
use arx_program::instruction as data;
use arx_program::instructions::{FailArguments, FinalizeArguments, SigningKeyArguments};
use arx_program::message::{self, FailureStatement, ResultStatement, SigningKeyStatement, output_digest};
use arx_program::state::*;
use arx_program::{pda, signatures};
use mpc::PhaseKind;
use sha2::{Digest, Sha256};
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Milliseconds per slot.
const SLOT: u128 = 400;

#[derive(Clone)]
pub struct TestChain {
    state: Arc<Mutex<State>>,
    changed: Arc<Notify>,
    started: Instant,
    keys: Arc<Vec<NodeKeys>>,
}

struct State {
    accounts: BTreeMap<Pubkey, Account>,
    /// What was settled, in order: computation, submitting node.
    settled: Vec<(ComputationId, usize)>,
    /// Nodes whose transactions do not arrive.
    mute: Vec<usize>,
    /// What a node's endpoint wrongly says.
    lies: BTreeMap<(usize, Pubkey), Account>,
    counter: u64,
    /// What was brought before the court, in order.
    papers: Vec<&'static str>,
    /// Members whose signatures were collected, by attestation and hash of what they signed.
    attested: BTreeMap<(Pubkey, [u8; 32]), BTreeSet<Pubkey>>,
}

/// How one argument of a call is given.
pub enum Given {
    Plain(u8),
    Cell,
    Slice(Pubkey),
    Nothing,
}

fn account(data: Vec<u8>) -> Account {
    Account { owner: arx_program::ID, lamports: 1, data }
}

fn bytes(account: &impl AccountSerialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    account.try_serialize(&mut bytes).expect("memory");
    bytes
}

impl TestChain {
    pub fn new(keys: &[NodeKeys], protocol: u16) -> Self {
        let state = State {
            accounts: BTreeMap::new(),
            settled: Vec::new(),
            mute: Vec::new(),
            lies: BTreeMap::new(),
            counter: 0,
            papers: Vec::new(),
            attested: BTreeMap::new(),
        };
        let chain = TestChain {
            state: Arc::new(Mutex::new(state)),
            changed: Arc::default(),
            started: Instant::now(),
            keys: Arc::new(keys.to_vec()),
        };
        let members: Vec<Pubkey> = keys.iter().map(|keys| Pubkey::from(keys.identity())).collect();
        for (keys, member) in keys.iter().zip(&members) {
            let (encryption_key, proof_of_possession) = keys.registered_encryption_key();
            let node = Node {
                authority: Pubkey::default(),
                identity: *member,
                fee_payer: Pubkey::default(),
                encryption_key,
                proof_of_possession,
                endpoint: "127.0.0.1:1".into(),
                status: NodeStatus::Active,
                cluster: Some(chain.cluster()),
                registered_slot: 0,
                last_cluster: None,
                next_encryption_key: None,
                strikes: 0,
                last_miss: 0,
                last_strike: 0,
                jailed_until: 0,
                bump: 0,
            };
            chain.put(pda::node(member).0, bytes(&node));
        }
        let cluster = Cluster {
            id: 1,
            authority: Pubkey::default(),
            encryption_keys: keys.iter().map(|keys| keys.registered_encryption_key().0).collect(),
            joined: (1 << keys.len()) - 1,
            protocol,
            epoch: 1,
            price_per_unit: 1,
            base_fee: 1,
            state: ClusterState::Active,
            treasury_basis_points: 0,
            accrued: vec![0; members.len()],
            members,
            treasury_accrued: 0,
            finalized: 0,
            failed: 0,
            down: 0,
            epoch_slot: 0,
            maintenance_start: 0,
            maintenance_end: 0,
            bump: 0,
        };
        chain.put(chain.cluster(), bytes(&cluster));
        let mut queue = vec![0; Queue::SPACE];
        Queue::initialize(&mut queue, &chain.cluster()).expect("room for the head");
        chain.put(pda::queue(&chain.cluster()).0, queue);
        let mxe = Mxe {
            application: application(),
            application_signer: Pubkey::default(),
            id: 0,
            cluster: chain.cluster(),
            protocol,
            authority: Pubkey::default(),
            state_key_version: arx_program::constants::FIRST_STATE_KEY_VERSION,
            created_slot: 0,
            closed: false,
            delay_slots: 0,
            veto: None,
            recovery_set: Vec::new(),
            migration: None,
            bump: 0,
        };
        chain.put(mxe_address(), bytes(&mxe));
        chain
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic while locked")
    }

    pub fn cluster(&self) -> Pubkey {
        pda::cluster(1).0
    }

    pub fn connect(&self, node: usize) -> NodeChain {
        NodeChain { node, chain: self.clone() }
    }

    pub fn slot(&self) -> u64 {
        10 + (self.started.elapsed().as_millis() / SLOT) as u64
    }

    pub fn put(&self, address: Pubkey, data: Vec<u8>) {
        self.lock().accounts.insert(address, account(data));
        self.changed.notify_waiters();
    }

    /// Sets the network's parameters.
    pub fn set_parameters(&self, parameters: Parameters) {
        let config = Config {
            authority: Pubkey::default(),
            pending_authority: None,
            treasury: Pubkey::default(),
            treasury_basis_points: 0,
            parameters,
            pending: None,
            bump: 0,
        };
        self.put(pda::config().0, bytes(&config));
    }

    /// An account is closed.
    pub fn take_away(&self, address: &Pubkey) {
        self.lock().accounts.remove(address);
        self.changed.notify_waiters();
    }

    fn read<A: AccountDeserialize>(&self, address: &Pubkey) -> A {
        let state = self.lock();
        let account = state.accounts.get(address).expect("an account");
        A::try_deserialize(&mut account.data.as_slice()).expect("its bytes")
    }

    /// Changes the queue as the program would.
    fn with_queue<T>(&self, change: impl FnOnce(&mut QueueMut<'_>) -> T) -> T {
        let address = pda::queue(&self.cluster()).0;
        let mut data = self.lock().accounts.get(&address).expect("a queue").data.clone();
        let changed = change(&mut QueueMut::open(&mut data, &self.cluster()).expect("its bytes"));
        self.put(address, data);
        changed
    }

    /// An account, if there is one.
    pub fn account_of<A: AccountDeserialize>(&self, address: &Pubkey) -> Option<A> {
        let state = self.lock();
        let account = state.accounts.get(address)?;
        Some(A::try_deserialize(&mut account.data.as_slice()).expect("its bytes"))
    }

    /// What was brought before the court, in order.
    pub fn papers(&self) -> Vec<&'static str> {
        self.lock().papers.clone()
    }

    pub fn computation(&self, computation: &ComputationId) -> Computation {
        self.read(&Pubkey::from(computation.0))
    }

    pub fn cluster_account(&self) -> Cluster {
        self.read(&self.cluster())
    }

    pub fn cell(&self, label: u8) -> Cell {
        self.read(&cell_address(label))
    }

    pub fn create_cell(&self, label: u8) {
        let cell = Cell {
            mxe: mxe_address(),
            label: [label; 32],
            bits: 8,
            version: 0,
            writer: Pubkey::default(),
            data: Vec::new(),
            bump: 0,
        };
        self.put(cell_address(label), bytes(&cell));
    }

    /// The application asks for its signing key.
    pub fn request_signing_key(&self) {
        let request = SigningKeyRequest {
            mxe: mxe_address(),
            version: arx_program::constants::FIRST_STATE_KEY_VERSION,
            cluster: self.cluster(),
            bump: 0,
        };
        self.put(signing_key_address(), bytes(&request));
    }

    /// The application's signing key, once it is published.
    pub fn signing_key(&self) -> Option<SigningKey> {
        let state = self.lock();
        SigningKey::try_deserialize(&mut state.accounts.get(&signing_key_address())?.data.as_slice()).ok()
    }

    /// Changes the published key as no program would.
    pub fn corrupt_signing_key(&self, change: impl FnOnce(&mut SigningKey)) {
        let mut key = self.signing_key().expect("a key");
        change(&mut key);
        self.put(signing_key_address(), bytes(&key));
    }

    /// Puts a definition and its circuit on chain.
    pub fn define(&self, artifact: &Artifact) -> Pubkey {
        let address = pda::definition(&mxe_address(), &artifact.interface.name).0;
        let circuit = artifact.to_bytes();
        let (parameters, outputs) = specs(&artifact.interface).expect("small shapes");
        let definition = ComputationDefinition {
            mxe: mxe_address(),
            name: artifact.interface.name.clone(),
            circuit_hash: artifact.circuit_hash(),
            interface_hash: artifact.interface_hash(),
            circuit_length: circuit.len() as u32,
            cost_units: arcis_circuit::cost_units(artifact).expect("a valid circuit"),
            parameters,
            outputs,
            status: DefinitionStatus::Active,
            created_slot: 0,
            bump: 0,
        };
        self.put(address, bytes(&definition));
        let head = bytes(&CircuitData { definition: address });
        self.put(pda::circuit(&address).0, [head, circuit].concat());
        address
    }

    /// Changes a definition as no program would.
    pub fn corrupt_definition(&self, address: &Pubkey, change: impl FnOnce(&mut ComputationDefinition)) {
        let mut definition: ComputationDefinition = self.read(address);
        change(&mut definition);
        self.put(*address, bytes(&definition));
    }

    /// Flips a bit of a circuit.
    pub fn corrupt_circuit(&self, definition: &Pubkey) {
        let address = pda::circuit(definition).0;
        let mut data = self.lock().accounts.get(&address).expect("a circuit").data.clone();
        *data.last_mut().expect("bytes") ^= 1;
        self.put(address, data);
    }

    /// Queues a call. `cell` is the label of the cell that it reads, writes, or both.
    pub fn queue_call(&self, artifact: &Artifact, given: &[Given], cell: u8, priority: u64) -> ComputationId {
        self.queue_until(artifact, given, cell, priority, self.slot() + 9_000)
    }

    pub fn queue_until(
        &self,
        artifact: &Artifact,
        given: &[Given],
        cell: u8,
        priority: u64,
        deadline: u64,
    ) -> ComputationId {
        let definition = pda::definition(&mxe_address(), &artifact.interface.name).0;
        let defined: ComputationDefinition = self.read(&definition);
        let writes = defined.outputs.iter().any(|output| matches!(output.kind, OutputKind::Cell { .. }));
        let reads = given.iter().any(|given| matches!(given, Given::Cell));
        let cells = vec![CellUse { address: cell_address(cell), read: reads, write: writes }];
        let arguments = given.iter().map(|given| match given {
            Given::Plain(value) => StoredArgument::Plaintext(vec![*value]),
            Given::Cell => StoredArgument::Cell { cell: 0 },
            Given::Slice(account) => {
                let data = self.lock().accounts.get(account).expect("an account").data[..1].to_vec();
                let hash = Sha256::digest(&data).into();
                StoredArgument::AccountSlice { account: *account, offset: 0, length: 1, hash }
            }
            Given::Nothing => StoredArgument::Empty,
        });
        let counter = {
            let mut state = self.lock();
            state.counter += 1;
            state.counter
        };
        let (instance, authority) = (Pubkey::new_from_array([1; 32]), Pubkey::new_from_array([2; 32]));
        let address = pda::computation(&definition, &instance, &authority, counter).0;
        let slot = self.slot();
        let sequence =
            self.with_queue(|queue| queue.insert(address, priority, slot, deadline)).expect("room");
        let mut computation = Computation {
            definition,
            mxe: mxe_address(),
            application: application(),
            cluster: self.cluster(),
            epoch: 1,
            protocol: arx_program::constants::PROTOCOL_REPLICATED3_SEMI_HONEST,
            state_key_version: arx_program::constants::FIRST_STATE_KEY_VERSION,
            circuit_hash: defined.circuit_hash,
            instance,
            authority,
            counter,
            not_after: deadline,
            deadline,
            payer: Pubkey::default(),
            escrow: Escrow { priority_fee: priority, ..Escrow::default() },
            arguments: arguments.collect(),
            cells,
            output_cells: defined
                .outputs
                .iter()
                .map(|output| matches!(output.kind, OutputKind::Cell { .. }).then_some(0))
                .collect(),
            output_lengths: Vec::new(),
            input_digest: [0; 32],
            callback: None,
            sequence,
            queued_slot: slot,
            bump: 0,
            cancel_slot: 0,
            settled_slot: 0,
            status: ComputationStatus::Queued,
            delivery: Delivery::Pending,
            callback_error: None,
            result: None,
        };
        computation.input_digest = message::input_digest(&computation).expect("memory");
        self.put(address, bytes(&computation));
        ComputationId(address.to_bytes())
    }

    /// Which computations were settled, and by whom.
    pub fn settled(&self) -> Vec<(ComputationId, usize)> {
        self.lock().settled.clone()
    }

    /// Transactions of this node do not arrive.
    pub fn mute(&self, node: usize) {
        self.lock().mute.push(node);
    }

    /// Transactions of this node arrive again.
    pub fn unmute(&self, node: usize) {
        self.lock().mute.retain(|muted| *muted != node);
    }

    /// One node's endpoint shows another account than the chain has.
    pub fn lie(&self, node: usize, address: Pubkey) {
        let account = self.lock().accounts.get(&address).expect("an account").clone();
        self.lock().lies.insert((node, address), account);
    }

    pub fn stop_lying(&self) {
        self.lock().lies.clear();
        self.changed.notify_waiters();
    }

    /// Everything as it is, to come back to.
    pub fn snapshot(&self) -> BTreeMap<Pubkey, Account> {
        self.lock().accounts.clone()
    }

    /// Another fork.
    pub fn roll_back(&self, accounts: BTreeMap<Pubkey, Account>) {
        self.lock().accounts = accounts;
        self.changed.notify_waiters();
    }

    fn execute(&self, node: usize, instructions: &[Instruction]) -> Result<(), String> {
        for instruction in instructions {
            if instruction.program_id != arx_program::ID {
                continue;
            }
            if let Some(arguments) = instruction.data.strip_prefix(data::FinalizeComputation::DISCRIMINATOR) {
                let arguments =
                    FinalizeArguments::try_from_slice(arguments).map_err(|error| error.to_string())?;
                let signatures = instruction.accounts[5].pubkey;
                self.finalize(node, &instruction.accounts[1].pubkey, arguments, signatures, instructions)?;
            } else if let Some(arguments) =
                instruction.data.strip_prefix(data::FailComputation::DISCRIMINATOR)
            {
                let arguments =
                    FailArguments::try_from_slice(arguments).map_err(|error| error.to_string())?;
                let signatures = instruction.accounts[4].pubkey;
                self.fail(node, &instruction.accounts[1].pubkey, &arguments, signatures, instructions)?;
            } else if instruction.data == data::ExpireComputation::DISCRIMINATOR {
                let address = instruction.accounts[1].pubkey;
                let account: Computation = self.read(&address);
                if self.slot() <= account.deadline {
                    return Err("too early".into());
                }
                self.settle(node, &address, account, ComputationStatus::Expired)?;
            } else if let Some([index]) = instruction.data.strip_prefix(data::AttestResult::DISCRIMINATOR) {
                let proof = instructions.get(usize::from(*index)).ok_or("no proof")?;
                self.attest(instruction.accounts[3].pubkey, &proof.data)?;
            } else if let Some(arguments) =
                instruction.data.strip_prefix(data::PublishSigningKey::DISCRIMINATOR)
            {
                let arguments =
                    SigningKeyArguments::try_from_slice(arguments).map_err(|error| error.to_string())?;
                let (place, signatures) = (instruction.accounts[0].pubkey, instruction.accounts[2].pubkey);
                self.publish_signing_key(place, arguments, signatures, instructions)?;
            } else if instruction.data == data::CloseAttestation::DISCRIMINATOR {
                // Rent is no concern of this double's.
            } else {
                self.hear(instruction, instructions)?;
            }
        }
        Ok(())
    }

    fn publish_signing_key(
        &self,
        place: Pubkey,
        arguments: SigningKeyArguments,
        signatures: Pubkey,
        instructions: &[Instruction],
    ) -> Result<(), String> {
        let SigningKeyRequest { mxe, version, cluster, bump } = {
            let state = self.lock();
            let account = state.accounts.get(&place).ok_or("nobody asked for it")?;
            SigningKeyRequest::try_deserialize(&mut account.data.as_slice())
                .map_err(|error| error.to_string())?
        };
        let SigningKeyArguments { key, shares, signature_instruction } = arguments;
        let statement = SigningKeyStatement {
            cluster: &cluster,
            epoch: 1,
            mxe: &mxe,
            version,
            key: &key,
            shares: &shares,
        };
        self.check(signature_instruction, &statement.message(), signatures, instructions)?;
        let members: Vec<Pubkey> = self.keys.iter().map(|keys| Pubkey::from(keys.identity())).collect();
        let members = SigningKey::hash_of_members(&members);
        self.put(place, bytes(&SigningKey { mxe, version, cluster, epoch: 1, members, key, shares, bump }));
        Ok(())
    }

    /// What the court's instructions leave behind.
    fn hear(&self, instruction: &Instruction, instructions: &[Instruction]) -> Result<(), String> {
        let address = |index: usize| instruction.accounts[index].pubkey;
        let data = instruction.data.as_slice();
        let paper = if let Some(arguments) = data.strip_prefix(data::AnswerChallenge::DISCRIMINATOR) {
            let arguments =
                data::AnswerChallenge::try_from_slice(arguments).map_err(|error| error.to_string())?;
            let mut challenge: Challenge = self.read(&address(2));
            if challenge.answer.is_some() {
                return Err("answered already".into());
            }
            let (round, running_digest) = (arguments.round, arguments.running_digest);
            challenge.answer = Some(Answer { round, running_digest, message_hash: [0; 32] });
            self.put(address(2), bytes(&challenge));
            "answer"
        } else if let Some(arguments) = data.strip_prefix(data::VoteDispute::DISCRIMINATOR) {
            let guilty =
                data::VoteDispute::try_from_slice(arguments).map_err(|error| error.to_string())?.guilty;
            let vote = Vote { dispute: address(3), identity: Pubkey::default(), guilty, tokens: 1, bump: 0 };
            self.put(address(4), bytes(&vote));
            "vote"
        } else if data.starts_with(data::SubmitEquivocation::DISCRIMINATOR) {
            let node: Node = self.read(&address(2));
            let signed = signatures::read(&instructions[0].data, 0).map_err(|error| error.to_string())?;
            let headers = [
                message::MessageHeader::parse(signed[0].message),
                message::MessageHeader::parse(signed[1].message),
            ];
            let [Some(one), Some(other)] = headers else { return Err("no headers".into()) };
            if !one.contradicts(&other) || signed[0].key != node.identity.as_ref() {
                return Err("no contradiction".into());
            }
            let offence = Offence {
                identity: node.identity,
                class: OffenceClass::Equivocation,
                session: one.session,
                slashed: 0,
                reporter: Pubkey::default(),
                reward: 0,
                computation: Pubkey::default(),
                victim: Pubkey::default(),
                compensation: 0,
                slot: self.slot(),
                bump: 0,
            };
            self.put(address(6), bytes(&offence));
            "equivocation"
        } else if let Some(arguments) = data.strip_prefix(data::WriteBuffer::DISCRIMINATOR) {
            let arguments =
                data::WriteBuffer::try_from_slice(arguments).map_err(|error| error.to_string())?;
            return self.write_buffer(address(0), address(1), &arguments);
        } else if data.starts_with(data::CloseBuffer::DISCRIMINATOR) {
            self.take_away(&address(1));
            "end of a buffer"
        } else if data.starts_with(data::AnswerOpening::DISCRIMINATOR) {
            self.show_opening(&address(2), &address(3), &instructions[0].data)?;
            "opening"
        } else if let Some(arguments) = data.strip_prefix(data::ChallengeOpening::DISCRIMINATOR) {
            let arguments =
                data::ChallengeOpening::try_from_slice(arguments).map_err(|error| error.to_string())?;
            let places = [address(0), address(2), address(4), address(6), address(7)];
            self.demand_opening(places, &arguments, instructions)?;
            "demand"
        } else if data.starts_with(data::RecordMiss::DISCRIMINATOR) {
            let mut challenge: Challenge = self.read(&address(6));
            challenge.missed = true;
            self.put(address(6), bytes(&challenge));
            "miss"
        } else if data.starts_with(data::StrikeNode::DISCRIMINATOR) {
            self.take_away(&address(8));
            "strike"
        } else if data.starts_with(data::CloseChallenge::DISCRIMINATOR) {
            self.take_away(&address(2));
            "end of a challenge"
        } else {
            return Err("an instruction this double does not know".into());
        };
        self.lock().papers.push(paper);
        Ok(())
    }

    fn write_buffer(&self, owner: Pubkey, place: Pubkey, write: &data::WriteBuffer) -> Result<(), String> {
        let known = self.lock().accounts.get(&place).map(|account| account.data.clone());
        let mut data = known.unwrap_or_else(|| {
            let head = Buffer { owner, label: write.label, length: write.length, locked_by: None, bump: 0 };
            let mut data = bytes(&head);
            data.resize(Buffer::HEADER, 0);
            data
        });
        let start = Buffer::HEADER + write.offset as usize;
        let end = start + write.bytes.len();
        if end > data.len() + 10_240 {
            return Err("it grows too fast".into());
        }
        data.resize(data.len().max(end), 0);
        data[start..end].copy_from_slice(&write.bytes);
        self.put(place, data);
        Ok(())
    }

    /// What `answer_opening` checks.
    fn show_opening(&self, place: &Pubkey, buffer: &Pubkey, proof: &[u8]) -> Result<(), String> {
        let mut challenge: Challenge = self.read(place);
        let mut demand = challenge.demand.ok_or("no opening is demanded")?;
        if challenge.answer.is_some() || self.slot() > challenge.answer_by {
            return Err("closed".into());
        }
        let signed = signatures::read(proof, 0).map_err(|error| error.to_string())?;
        let [certificate, opening] = [&signed[0], &signed[1]].map(|signed| {
            let header = message::MessageHeader::parse(signed.message).expect("a header");
            assert!(signed.key == challenge.identity.as_ref() && header.session == demand.session);
            header
        });
        self.attest(Pubkey::default(), proof)?;
        let head: Buffer = self.read(buffer);
        let data = self.lock().accounts.get(buffer).expect("a buffer").data.clone();
        let shown = Buffer::bytes(&data, head.length).ok_or("the buffer is short")?;
        let follows = certificate.phase[0] == PhaseKind::Certificate as u8
            && opening.phase[0] == PhaseKind::Open as u8
            && opening.broadcasts == certificate.broadcasts + 1
            && opening.running_digest == certificate.next_chain()
            && opening.payload_hash == message::sha256(&[shown]);
        if !follows {
            return Err("not the opening".into());
        }
        demand.shown = Some(*buffer);
        challenge.demand = Some(demand);
        let (round, running_digest) = (opening.broadcasts, opening.running_digest);
        challenge.answer = Some(Answer { round, running_digest, message_hash: opening.payload_hash });
        self.put(*place, bytes(&challenge));
        Ok(())
    }

    /// What `challenge_opening` checks and makes. `places`: challenger, computation, node, challenge, signatures.
    fn demand_opening(
        &self,
        [challenger, computation, node, place, signatures]: [Pubkey; 5],
        demand: &data::ChallengeOpening,
        instructions: &[Instruction],
    ) -> Result<(), String> {
        if self.account_of::<Challenge>(&place).is_some() {
            return Err("there is a challenge".into());
        }
        let account: Computation = self.read(&computation);
        let message = demand.opening.message(&computation, &account);
        self.check(demand.signature_instruction, &message, signatures, instructions)?;
        let node: Node = self.read(&node);
        let config: Config = self.read(&pda::config().0);
        let challenge = Challenge {
            computation,
            cluster: self.cluster(),
            identity: node.identity,
            challenger,
            opened_slot: self.slot(),
            answer_by: self.slot() + config.parameters.challenge_slots,
            bond: 1,
            victim: Pubkey::default(),
            demand: Some(Demand {
                session: demand.opening.session,
                epoch: 1,
                member: 0,
                value: 0,
                shown: None,
            }),
            answer: None,
            missed: false,
            bump: 0,
        };
        self.put(place, bytes(&challenge));
        Ok(())
    }

    /// Collects the signatures of an Ed25519 precompile instruction.
    fn attest(&self, attestation: Pubkey, proof: &[u8]) -> Result<(), String> {
        let number = |at: usize| usize::from(u16::from_le_bytes([proof[at], proof[at + 1]]));
        for entry in 0..usize::from(proof[0]) {
            let at = 2 + 14 * entry;
            let (signature, key) = (&proof[number(at)..][..64], &proof[number(at + 4)..][..32]);
            let message = &proof[number(at + 8)..][..number(at + 10)];
            let signature = ed25519_dalek::Signature::from_slice(signature).expect("64 bytes");
            let member = self.keys.iter().find(|keys| keys.identity().0 == *key).ok_or("no member")?;
            let key = member.signing_key().verifying_key();
            key.verify_strict(message, &signature).map_err(|error| error.to_string())?;
            let mut state = self.lock();
            let signed = state.attested.entry((attestation, message::sha256(&[message]))).or_default();
            signed.insert(member.identity().into());
        }
        Ok(())
    }

    fn check(
        &self,
        index: u8,
        message: &[u8],
        signatures: Pubkey,
        instructions: &[Instruction],
    ) -> Result<(), String> {
        let attested =
            self.lock().attested.get(&(signatures, message::sha256(&[message]))).map(BTreeSet::len);
        if attested == Some(self.keys.len()) {
            return Ok(());
        }
        let proof = instructions.get(usize::from(index)).ok_or("no proof")?;
        let members: Vec<Pubkey> = self.keys.iter().map(|keys| Pubkey::from(keys.identity())).collect();
        signatures::check_instruction_data(&proof.data, index, &members, message)
            .map_err(|error| error.to_string())?;
        // What the precompile does.
        for (position, member) in self.keys.iter().enumerate() {
            let start = 2 + 14 * members.len() + 32 * members.len() + 64 * position;
            let signature =
                ed25519_dalek::Signature::from_slice(&proof.data[start..start + 64]).expect("64 bytes");
            let key = member.signing_key().verifying_key();
            key.verify_strict(message, &signature).map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    fn finalize(
        &self,
        node: usize,
        address: &Pubkey,
        mut arguments: FinalizeArguments,
        signatures: Pubkey,
        instructions: &[Instruction],
    ) -> Result<(), String> {
        let mut account: Computation = self.read(address);
        if self.slot() > account.deadline {
            return Err("past the deadline".into());
        }
        let digest = output_digest(&arguments.outputs);
        let message = ResultStatement {
            cluster: &self.cluster(),
            epoch: arguments.epoch,
            session: &arguments.session,
            computation: address,
            circuit_hash: &account.circuit_hash,
            input_digest: &account.input_digest,
            cell_versions: &arguments.cell_versions,
            output_digest: &digest,
            transcript_digest: &arguments.transcript_digest,
            coin: &arguments.coin,
        }
        .message();
        self.check(arguments.signature_instruction, &message, signatures, instructions)?;
        if account.status != ComputationStatus::Queued {
            return Err("settled already".into());
        }
        for (index, used) in account.cells.iter().enumerate() {
            let mut cell: Cell = self.read(&used.address);
            if cell.version != arguments.cell_versions[index] {
                return Err("the cell changed".into());
            }
            if let (true, Some(output)) =
                (used.write, account.output_cells.iter().position(|target| *target == Some(index as u8)))
            {
                cell.version += 1;
                let hash = message::sha256(&[&arguments.outputs[output]]).to_vec();
                cell.data = std::mem::replace(&mut arguments.outputs[output], hash);
                self.put(used.address, bytes(&cell));
            }
        }
        account.result = Some(ComputationResult {
            buffer: None,
            session: arguments.session,
            transcript_digest: arguments.transcript_digest,
            coin: arguments.coin,
            cell_versions: arguments.cell_versions,
            output_digest: digest,
            outputs: arguments.outputs,
        });
        self.settle(node, address, account, ComputationStatus::Finalized)
    }

    fn fail(
        &self,
        node: usize,
        address: &Pubkey,
        arguments: &FailArguments,
        signatures: Pubkey,
        instructions: &[Instruction],
    ) -> Result<(), String> {
        let account: Computation = self.read(address);
        let message = FailureStatement {
            cluster: &self.cluster(),
            epoch: arguments.epoch,
            computation: address,
            input_digest: &account.input_digest,
            reason: arguments.reason,
            detail: arguments.detail,
        }
        .message();
        self.check(arguments.signature_instruction, &message, signatures, instructions)?;
        let status = ComputationStatus::Failed { reason: arguments.reason, detail: arguments.detail };
        self.settle(node, address, account, status)
    }

    fn settle(
        &self,
        node: usize,
        address: &Pubkey,
        mut account: Computation,
        status: ComputationStatus,
    ) -> Result<(), String> {
        if account.status != ComputationStatus::Queued {
            return Err("settled already".into());
        }
        account.status = status;
        account.settled_slot = self.slot();
        self.put(*address, bytes(&account));
        let (priority, slot) = (account.escrow.priority_fee, account.queued_slot);
        self.with_queue(|queue| queue.remove(address, priority, slot, account.sequence))
            .map_err(|error| error.to_string())?;
        self.lock().settled.push((ComputationId(address.to_bytes()), node));
        Ok(())
    }
}

pub fn application() -> Pubkey {
    Pubkey::new_from_array([0xaa; 32])
}

pub fn mxe_address() -> Pubkey {
    pda::mxe(&application(), 0).0
}

pub fn signing_key_address() -> Pubkey {
    pda::signing_key(&mxe_address(), arx_program::constants::FIRST_STATE_KEY_VERSION).0
}

pub fn cell_address(label: u8) -> Pubkey {
    pda::cell(&mxe_address(), &[label; 32]).0
}

/// One node's connection to the chain.
pub struct NodeChain {
    node: usize,
    chain: TestChain,
}

impl Chain for NodeChain {
    async fn genesis(&self) -> Result<[u8; 32], ChainError> {
        Ok([0x6e; 32])
    }

    async fn accounts(&self, addresses: &[Pubkey]) -> Result<Accounts, ChainError> {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let slot = self.chain.slot();
        let state = self.chain.lock();
        let read = |address: &Pubkey| {
            let lie = state.lies.get(&(self.node, *address));
            lie.or_else(|| state.accounts.get(address)).cloned()
        };
        Ok(Accounts { slot, accounts: addresses.iter().map(read).collect() })
    }

    async fn accounts_of<A: Discriminator>(&self) -> Result<Vec<(Pubkey, Account)>, ChainError> {
        let state = self.chain.lock();
        let accounts =
            state.accounts.iter().filter(|(_, account)| account.data.starts_with(A::DISCRIMINATOR));
        Ok(accounts.map(|(address, account)| (*address, account.clone())).collect())
    }

    fn fee_payer(&self) -> Pubkey {
        Pubkey::new_from_array([self.node as u8 + 100; 32])
    }

    async fn submit(&self, instructions: &[Instruction]) -> Result<Submitted, SubmitError> {
        tokio::time::sleep(Duration::from_millis(500)).await;
        if self.chain.lock().mute.contains(&self.node) {
            return Err(SubmitError::Dropped { signature: "none".into() });
        }
        self.chain
            .execute(self.node, instructions)
            .map(|()| Submitted { signature: "one".into() })
            .map_err(|why| SubmitError::Refused { instruction: None, code: None, why })
    }

    fn watch(&self, _: &[Pubkey]) {}

    async fn changed(&self) {
        self.chain.changed.notified().await;
    }
}
