//! A client of the application: encrypts, calls, and opens what comes back.

use arcis_circuit::ParameterKind;
use arx_program::client::Caller;
use arx_program::instructions::QueueArguments;
use arx_program::state::{Argument, CallbackSpec};
use arx_program::{client, pda};
use arx_testing::application::{ECHO, forward};
use arx_wire::bits::PackedBits;
use arx_wire::input::{self, EphemeralKeys, InputArgument};
use arx_wire::recipient::RecipientSeed;
use arx_wire::{Base, EncryptionPublicKey, Member};
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::application::Kind;
use crate::prepared::{PROTOCOL, Prepared, callback, prepared, user_key};
use crate::seed::Stream;

/// The epoch of the cluster, which does not change in a run.
pub const EPOCH: u64 = 1;

/// A user of the application.
pub struct User {
    /// Which one.
    pub index: usize,
    random: Stream,
    recipient: RecipientSeed,
    counter: u64,
}

/// One argument that a caller gives; cells are added by themselves.
#[derive(Clone, Debug)]
pub enum Given {
    /// A number: in the clear or encrypted, as the parameter asks.
    Number(u64),
    /// These bytes, as they are: what an attacker or a broken client would send.
    Bytes(Vec<u8>),
    /// Eight bytes of an account, as they are when the call is queued.
    Slice {
        /// The account.
        account: Pubkey,
        /// The first byte.
        offset: u32,
        /// What stands there, for the reference.
        number: u64,
    },
}

/// What a call is to be.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The instruction.
    pub kind: Kind,
    /// Which of the application's MXEs.
    pub mxe: usize,
    /// The arguments other than cells.
    pub given: Vec<Given>,
    /// The cell that is read or written.
    pub cell: Option<Pubkey>,
    /// How many slots the cluster has.
    pub patience: u64,
    /// Lamports for a better place in the queue.
    pub priority_fee: u64,
    /// The user's number of the call; the next one if not given.
    pub counter: Option<u64>,
    /// Last slot in which it may be queued; a hundred after its deadline if not given.
    pub not_after: Option<u64>,
}

impl Plan {
    /// A call of `kind` with these numbers, on this cell.
    pub fn new(kind: Kind, numbers: &[u64], cell: Option<Pubkey>) -> Self {
        let given = numbers.iter().copied().map(Given::Number).collect();
        Self { kind, mxe: 0, given, cell, patience: 150, priority_fee: 0, counter: None, not_after: None }
    }
}

/// A call that is ready to be sent.
#[derive(Clone, Debug)]
pub struct Call {
    /// Who calls.
    pub user: usize,
    /// The instruction.
    pub kind: Kind,
    /// The MXE.
    pub mxe: usize,
    /// Where the computation will be.
    pub computation: Pubkey,
    /// The user's number of it.
    pub counter: u64,
    /// Last slot in which it may be queued.
    pub not_after: u64,
    /// Slot after which it expires.
    pub deadline: u64,
    /// The numbers that go in, if all arguments are what they should be.
    pub numbers: Option<Vec<u64>>,
    /// The bytes of the encrypted argument.
    pub input: Option<Vec<u8>>,
    /// The cell.
    pub cell: Option<Pubkey>,
    /// What the user sends.
    pub instruction: Instruction,
}

impl Call {
    /// What all derivations for this call are bound to.
    pub fn base(&self, genesis: [u8; 32]) -> Base {
        base(
            prepared(),
            genesis,
            self.mxe,
            self.kind,
            &user_key(self.user).pubkey(),
            self.counter,
            self.not_after,
        )
    }
}

fn base(
    prepared: &Prepared,
    genesis: [u8; 32],
    mxe: usize,
    kind: Kind,
    authority: &Pubkey,
    counter: u64,
    not_after: u64,
) -> Base {
    let definition = prepared.definition(mxe, kind);
    let members = prepared.nodes().iter().map(|node| Member {
        identity: *node.identity().as_bytes(),
        encryption_key: node.encryption().public_key(),
    });
    Base {
        genesis,
        program: arx_program::ID.to_bytes(),
        cluster: prepared.cluster.to_bytes(),
        epoch: EPOCH,
        protocol: PROTOCOL,
        members: members.collect(),
        mxe: prepared.mxes[mxe].to_bytes(),
        circuit: definition.circuit,
        interface: definition.interface,
        instance: INSTANCE.to_bytes(),
        authority: authority.to_bytes(),
        counter,
        not_after,
    }
}

/// The one instance of the application.
const INSTANCE: Pubkey = Pubkey::new_from_array([0x1e; 32]);

impl User {
    /// The user at `index`, whose choices come from `random`.
    pub fn new(index: usize, mut random: Stream) -> Self {
        let recipient = RecipientSeed::from_stored(random.bytes32());
        Self { index, random, recipient, counter: 0 }
    }

    /// The user's wallet.
    pub fn wallet(&self) -> Keypair {
        user_key(self.index)
    }

    /// The secret key under which this user's outputs of a call come back.
    pub fn recipient_key(&self, counter: u64) -> arx_wire::EncryptionSecretKey {
        self.recipient.recipient_key(&INSTANCE.to_bytes(), &self.wallet().pubkey().to_bytes(), counter)
    }

    /// Makes a call, in the slot `slot` of the chain with this genesis.
    pub fn plan(&mut self, genesis: [u8; 32], slot: u64, plan: &Plan) -> Call {
        let prepared = prepared();
        let wallet = self.wallet().pubkey();
        let counter = plan.counter.unwrap_or(self.counter);
        self.counter = self.counter.max(counter + 1);
        let deadline = slot + plan.patience;
        let not_after = plan.not_after.unwrap_or(deadline + 100);
        let base = base(prepared, genesis, plan.mxe, plan.kind, &wallet, counter, not_after);

        let mut arguments = Vec::new();
        let mut accounts: Vec<AccountMeta> = Vec::new();
        let (mut numbers, mut input) = (Some(Vec::new()), None);
        let mut given = plan.given.iter();
        for (_, parameter) in plan.kind.parameters() {
            if *parameter == ParameterKind::Cell {
                arguments
                    .push(Argument::Cell { account: place(&mut accounts, plan.cell.unwrap_or_default()) });
                continue;
            }
            let encrypted = matches!(parameter, ParameterKind::Shared { .. });
            let (argument, number) = match given.next() {
                Some(Given::Number(number)) if encrypted => {
                    (Argument::Input(self.encrypt(&base, counter, *number)), Some(*number))
                }
                Some(Given::Number(number)) => {
                    (Argument::Plaintext(number.to_le_bytes().to_vec()), Some(*number))
                }
                Some(Given::Bytes(bytes)) if encrypted => (Argument::Input(bytes.clone()), None),
                Some(Given::Bytes(bytes)) => (Argument::Plaintext(bytes.clone()), None),
                Some(Given::Slice { account, offset, number }) => {
                    let account = place(&mut accounts, *account);
                    (Argument::AccountSlice { account, offset: *offset, length: 8 }, Some(*number))
                }
                None => (Argument::Empty, None),
            };
            if let Argument::Input(bytes) = &argument {
                input = Some(bytes.clone());
            }
            numbers = numbers.zip(number).map(|(mut numbers, number)| {
                numbers.push(number);
                numbers
            });
            arguments.push(argument);
        }
        let output_cells = plan.kind.outputs().into_iter().map(|output| {
            let to_cell = matches!(output.kind, arcis_circuit::OutputKind::Cell { .. });
            to_cell.then(|| place(&mut accounts, plan.cell.unwrap_or_default()))
        });
        let output_cells = output_cells.collect();
        let (discriminator, callback_accounts) = callback();
        let caller = Caller {
            payer: wallet,
            authority: wallet,
            application: ECHO,
            mxe: prepared.mxes[plan.mxe],
            cluster: prepared.cluster,
            definition: prepared.definition(plan.mxe, plan.kind).address,
        };
        let queue = QueueArguments {
            counter,
            instance: INSTANCE,
            epoch: EPOCH,
            not_after,
            deadline,
            priority_fee: plan.priority_fee,
            arguments,
            output_cells,
            callback: Some(CallbackSpec { discriminator, accounts: callback_accounts }),
        };
        Call {
            user: self.index,
            kind: plan.kind,
            mxe: plan.mxe,
            computation: pda::computation(&caller.definition, &INSTANCE, &wallet, counter).0,
            counter,
            not_after,
            deadline,
            numbers,
            input,
            cell: plan.cell,
            instruction: forward(client::queue_computation(&caller, queue, accounts)),
        }
    }

    /// The bytes of an encrypted argument.
    fn encrypt(&mut self, base: &Base, counter: u64, number: u64) -> Vec<u8> {
        let recipient: EncryptionPublicKey = self.recipient_key(counter).public_key();
        let keys = EphemeralKeys::from_seed(&self.random.bytes32());
        let value = PackedBits::truncating(64, number.to_le_bytes().to_vec());
        match input::encrypt(base, 0, &[recipient], &value, &keys) {
            Ok(input) => InputArgument { recipient, input }.to_bytes(),
            Err(error) => panic!("the simulated user's input cannot be encrypted: {error}"),
        }
    }
}

/// The index of an account among those passed along.
fn place(accounts: &mut Vec<AccountMeta>, address: Pubkey) -> u8 {
    let place = accounts.iter().position(|account| account.pubkey == address).unwrap_or_else(|| {
        accounts.push(AccountMeta::new_readonly(address, false));
        accounts.len() - 1
    });
    place as u8
}
