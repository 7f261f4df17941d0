//! A network with an application, two definitions, cells and a user.

use anchor_lang::prelude::AccountMeta;
use arx_program::{
    client::{self, Caller},
    constants::PROTOCOL_DISHONEST_MAJORITY,
    instructions::{FailArguments, FinalizeArguments, QueueArguments},
    message::{FailureStatement, ResultStatement, output_digest, sha256},
    pda,
    state::{
        Argument, CallbackAccount, CallbackSpec, Cell, Cluster, Computation, FailureReason, OutputKind,
        OutputSpec, ParameterKind, ParameterSpec, QueueSnapshot,
    },
};
use arx_testing::{
    Application, Harness, Network, Prices, Receipt, Refusal,
    application::{Definition, ECHO, forward},
    cell_body,
    input::input,
};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

/// Bits of the cells.
pub const CELL_BITS: u32 = 100;
/// Bits of the encrypted parameter.
pub const INPUT_BITS: u32 = 70;
/// Cost of the definition [`World::mixed`].
pub const COST_UNITS: u64 = 1_000;
/// What the cluster charges.
pub const PRICES: Prices = Prices { price_per_unit: 3, base_fee: 5_000 };
/// Offered for a place.
pub const PRIORITY: u64 = 11;

/// See the module.
pub struct World {
    pub harness: Harness,
    pub network: Network,
    pub application: Application,
    /// A plaintext u64, an encrypted value, a cell, the `Mxe` marker; gives a public u64 and writes the cell back.
    pub mixed: Pubkey,
    /// A plaintext u64; fills a cell.
    pub fill: Pubkey,
    /// A filled cell.
    pub cell: Pubkey,
    /// The end user.
    pub user: Keypair,
}

pub fn plaintext(bytes: u32) -> ParameterSpec {
    ParameterSpec { kind: ParameterKind::Plaintext, bits: 8 * bytes, plain_len: bytes }
}

pub fn mixed_definition() -> Definition {
    Definition {
        name: "mixed",
        circuit: (0..3_000u32).map(|index| (index * 7) as u8).collect(),
        cost_units: COST_UNITS,
        parameters: vec![
            plaintext(8),
            ParameterSpec { kind: ParameterKind::Shared { slot: 0 }, bits: INPUT_BITS, plain_len: 9 },
            ParameterSpec { kind: ParameterKind::Cell, bits: CELL_BITS, plain_len: 13 },
            ParameterSpec { kind: ParameterKind::Mxe, bits: 0, plain_len: 0 },
        ],
        outputs: vec![
            OutputSpec { kind: OutputKind::Public, bits: 64, plain_len: 8 },
            OutputSpec { kind: OutputKind::Cell { source: Some(2) }, bits: CELL_BITS, plain_len: 13 },
        ],
    }
}

pub fn fill_definition() -> Definition {
    Definition {
        name: "fill",
        circuit: vec![7; 100],
        cost_units: 10,
        parameters: vec![plaintext(8)],
        outputs: vec![OutputSpec { kind: OutputKind::Cell { source: None }, bits: CELL_BITS, plain_len: 13 }],
    }
}

impl World {
    pub fn new() -> Self {
        Self::with_nodes(3, PROTOCOL_DISHONEST_MAJORITY)
    }

    /// A world whose cluster has so many members.
    pub fn with_nodes(nodes: usize, protocol: u16) -> Self {
        let mut harness = Harness::new();
        let network = Network::start_with(&mut harness, PRICES, nodes, protocol);
        let application = Application::start(&mut harness, &network, 0);
        let mixed = application.define(&mut harness, &mixed_definition());
        let fill = application.define(&mut harness, &fill_definition());
        let cell = application.create_cell(&mut harness, "state", CELL_BITS);
        let user = harness.must_key("user");
        let mut world = Self { harness, network, application, mixed, fill, cell, user };
        world.open_journal();
        world.must_fill(cell, 1_000);
        world
    }

    /// Fills a cell by a computation of the definition `fill`.
    pub fn must_fill(&mut self, cell: Pubkey, counter: u64) {
        let call = self.fill_call(counter);
        let computation = self.must_queue_with(self.fill, call, vec![AccountMeta::new_readonly(cell, false)]);
        self.must_finalize(computation);
    }

    /// Queues a call of the definition `fill`, which is short however many members there are.
    pub fn must_queue_fill(&mut self, counter: u64) -> Pubkey {
        let call = self.fill_call(counter);
        self.must_queue_with(self.fill, call, vec![AccountMeta::new_readonly(self.cell, false)])
    }

    pub fn fill_call(&self, counter: u64) -> QueueArguments {
        QueueArguments {
            arguments: vec![Argument::Plaintext(vec![1; 8])],
            output_cells: vec![Some(0)],
            callback: None,
            ..self.call(counter)
        }
    }

    /// A right call of the definition `mixed`; its remaining account is the cell.
    pub fn call(&self, counter: u64) -> QueueArguments {
        let not_after = self.harness.slot() + 1_000;
        QueueArguments {
            counter,
            instance: self.instance(),
            epoch: 1,
            not_after,
            deadline: self.harness.slot() + 100,
            priority_fee: PRIORITY,
            arguments: vec![
                Argument::Plaintext(42u64.to_le_bytes().to_vec()),
                Argument::Input(input(self.network.nodes.len() as u8, 0, INPUT_BITS, counter, not_after)),
                Argument::Cell { account: 0 },
                Argument::Empty,
            ],
            output_cells: vec![None, Some(0)],
            callback: Some(self.callback()),
        }
    }

    pub fn instance(&self) -> Pubkey {
        Pubkey::new_from_array([0x1A; 32])
    }

    /// The callback of the `echo` program.
    pub fn callback(&self) -> CallbackSpec {
        CallbackSpec {
            discriminator: discriminator("receive"),
            accounts: vec![CallbackAccount { key: self.journal(), writable: true }],
        }
    }

    pub fn journal(&self) -> Pubkey {
        Pubkey::find_program_address(&[b"journal"], &ECHO).0
    }

    /// Makes the application's journal of callbacks.
    fn open_journal(&mut self) {
        let accounts = vec![
            AccountMeta::new(self.harness.payer().pubkey(), true),
            AccountMeta::new(self.journal(), false),
            AccountMeta::new_readonly(anchor_lang::system_program::ID, false),
        ];
        let data = discriminator("open").to_vec();
        self.harness.must_send(&[Instruction { program_id: ECHO, accounts, data }], &[]);
    }

    /// How callbacks behave: 0 accept, 1 fail, 2 re-enter.
    pub fn set_mode(&mut self, mode: u8) {
        let accounts = vec![AccountMeta::new(self.journal(), false)];
        let mut data = discriminator("set_mode").to_vec();
        data.push(mode);
        self.harness.must_send(&[Instruction { program_id: ECHO, accounts, data }], &[]);
    }

    pub fn caller(&self, definition: Pubkey) -> Caller {
        Caller {
            payer: self.harness.payer().pubkey(),
            authority: self.user.pubkey(),
            application: ECHO,
            mxe: self.application.mxe,
            cluster: self.network.cluster,
            definition,
        }
    }

    pub fn cell_account(&self) -> Vec<AccountMeta> {
        vec![AccountMeta::new_readonly(self.cell, false)]
    }

    /// The instruction that queues a call of `mixed` through the application.
    pub fn queue(&self, call: QueueArguments) -> Instruction {
        forward(client::queue_computation(&self.caller(self.mixed), call, self.cell_account()))
    }

    pub fn computation_address(&self, definition: Pubkey, counter: u64) -> Pubkey {
        pda::computation(&definition, &self.instance(), &self.user.pubkey(), counter).0
    }

    /// Queues a right call of `mixed`.
    pub fn must_queue(&mut self, counter: u64) -> Pubkey {
        let call = self.call(counter);
        self.must_queue_with(self.mixed, call, self.cell_account())
    }

    pub fn must_queue_with(
        &mut self,
        definition: Pubkey,
        call: QueueArguments,
        remaining: Vec<AccountMeta>,
    ) -> Pubkey {
        let counter = call.counter;
        let inner = client::queue_computation(&self.caller(definition), call, remaining);
        self.harness.must_send(&[forward(inner)], &[&self.user]);
        self.computation_address(definition, counter)
    }

    /// Tries to queue a call of `mixed` and expects a refusal.
    pub fn must_refuse_call(&mut self, call: QueueArguments) -> Refusal {
        let queue = self.queue(call);
        self.harness.must_refuse(&[queue], &[&self.user])
    }

    pub fn computation(&self, address: Pubkey) -> Computation {
        self.harness.must_load(&address)
    }

    pub fn cell(&self, address: Pubkey) -> Cell {
        self.harness.must_load(&address)
    }

    pub fn cluster(&self) -> Cluster {
        self.harness.must_load(&self.network.cluster)
    }

    pub fn queue_account(&self) -> QueueSnapshot {
        self.harness.must_load(&pda::queue(&self.network.cluster).0)
    }

    /// A right result of a computation, as its cells are now.
    pub fn result(&self, address: Pubkey) -> FinalizeArguments {
        let computation = self.computation(address);
        let outputs = computation
            .output_lengths
            .iter()
            .zip(&computation.output_cells)
            .map(|(length, cell)| match cell {
                Some(_) => cell_body(&computation, CELL_BITS, computation.counter as u8),
                None => vec![0x0B; *length as usize],
            })
            .collect();
        FinalizeArguments {
            epoch: 1,
            session: [0x5E; 32],
            transcript_digest: [0x7D; 32],
            coin: [0xC0; 32],
            cell_versions: computation.cells.iter().map(|cell| self.cell(cell.address).version).collect(),
            outputs,
            signature_instruction: 0,
        }
    }

    /// The message that the members sign for a result.
    pub fn result_message(&self, address: Pubkey, arguments: &FinalizeArguments) -> [u8; 45] {
        let computation = self.computation(address);
        ResultStatement {
            cluster: &computation.cluster,
            epoch: arguments.epoch,
            session: &arguments.session,
            computation: &address,
            circuit_hash: &computation.circuit_hash,
            input_digest: &computation.input_digest,
            cell_versions: &arguments.cell_versions,
            output_digest: &output_digest(&arguments.outputs),
            transcript_digest: &arguments.transcript_digest,
            coin: &arguments.coin,
        }
        .message()
    }

    /// The instruction that finalises, without its signatures.
    pub fn finalize(&self, address: Pubkey, arguments: FinalizeArguments) -> Instruction {
        let submitter = self.harness.payer().pubkey();
        client::finalize_computation(submitter, address, &self.computation(address), arguments, false)
    }

    /// Signatures and instruction of a result.
    pub fn signed(&self, address: Pubkey, arguments: FinalizeArguments) -> Vec<Instruction> {
        let message = self.result_message(address, &arguments);
        vec![self.network.sign(&message), self.finalize(address, arguments)]
    }

    pub fn must_finalize(&mut self, address: Pubkey) -> Receipt {
        let result = self.result(address);
        if self.network.nodes.len() > 3 {
            return self.must_finalize_attested(address, result);
        }
        let instructions = self.signed(address, result);
        self.harness.must_send(&instructions, &[])
    }

    /// Collects the members' signatures, up to five a transaction, and returns the hash of what they signed.
    pub fn must_attest(
        &mut self,
        address: Pubkey,
        message: &[u8],
        members: std::ops::Range<usize>,
    ) -> [u8; 32] {
        let hash = sha256(&[message]);
        let payer = self.harness.payer().pubkey();
        let all: Vec<usize> = members.collect();
        for some in all.chunks(5) {
            let keys: Vec<_> = some.iter().map(|index| &self.network.nodes[*index]).collect();
            let identities: Vec<_> = keys.iter().map(|node| node.identity.pubkey()).collect();
            let signatures: Vec<_> = keys.iter().map(|node| node.sign(message)).collect();
            let verify = client::verify_signatures(&identities, &signatures, message);
            let attest = client::attest_result(payer, address, self.network.cluster, &hash, 0);
            self.harness.must_send(&[verify, attest], &[]);
        }
        hash
    }

    pub fn must_finalize_attested(&mut self, address: Pubkey, result: FinalizeArguments) -> Receipt {
        let message = self.result_message(address, &result);
        let hash = self.must_attest(address, &message, 0..self.network.nodes.len());
        let finalize = client::with_attestation(self.finalize(address, result), &address, &hash);
        self.harness.must_send(&[finalize], &[])
    }

    pub fn fail(&self, address: Pubkey, reason: FailureReason, detail: u32) -> Vec<Instruction> {
        let computation = self.computation(address);
        let message = FailureStatement {
            cluster: &computation.cluster,
            epoch: 1,
            computation: &address,
            input_digest: &computation.input_digest,
            reason,
            detail,
        }
        .message();
        let arguments = FailArguments { epoch: 1, reason, detail, signature_instruction: 0 };
        vec![
            self.network.sign(&message),
            client::fail_computation(computation.payer, address, computation.cluster, arguments),
        ]
    }

    pub fn expire(&self, address: Pubkey) -> Instruction {
        let computation = self.computation(address);
        client::expire_computation(computation.payer, address, computation.cluster)
    }

    pub fn deliver(&self, address: Pubkey) -> Instruction {
        client::deliver_callback(address, &self.computation(address)).expect("the computation has a callback")
    }

    /// What the callback saw: how many, the last computation, whether finalised, its first output.
    pub fn journal_entry(&self) -> (u64, Pubkey, bool, Vec<u8>) {
        let data = self.harness.account(&self.journal()).expect("the journal is open").data;
        let received = u64::from_le_bytes(data[9..17].try_into().expect("8 bytes"));
        let computation = Pubkey::new_from_array(data[17..49].try_into().expect("32 bytes"));
        let length = u32::from_le_bytes(data[50..54].try_into().expect("4 bytes")) as usize;
        (received, computation, data[49] == 1, data[54..54 + length].to_vec())
    }
}

/// Anchor's discriminator of an instruction.
pub fn discriminator(name: &str) -> [u8; 8] {
    let hash = arx_program::message::sha256(&[b"global:", name.as_bytes()]);
    hash[..8].try_into().expect("8 bytes")
}
