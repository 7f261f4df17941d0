//! A network, the auction's application on it, a seller and bidders.

use std::collections::BTreeMap;

use anchor_lang::{
    Id, InstructionData, ToAccountMetas,
    prelude::{AccountMeta, Pubkey, System},
};
use arx_anchor::{Call, Definition, EncryptedCellKey, EncryptedInput, PullKeys, QueueKeys};
use arx_program::{
    client,
    constants::PROTOCOL_DISHONEST_MAJORITY,
    instructions::{CreateDefinitionArguments, FailArguments, FinalizeArguments},
    message::{FailureStatement, ResultStatement, output_digest},
    pda,
    state::{Cell, Computation, FailureReason, OutputKind},
};
use arx_testing::{
    Harness, Network, Prices, Receipt, Refusal, application::CIRCUIT_CHUNK, artifacts, cell_body,
    input::input,
};
use sealed_bid_auction::{
    ID, accounts,
    generated::{APPLICATION, CLOSE_AUCTION, DEFINITIONS, INIT_AUCTION, PLACE_BID},
    instruction,
    instructions::AuctionTerms,
    state::{Auction, Bid, Phase, auction_address, bid_address},
};
use sealed_bid_auction_circuit::artifacts::ALL as CIRCUITS;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;

/// The terms of the auction in most tests.
pub const RESERVE: u64 = 1_000_000;
pub const DEPOSIT: u64 = 100_000_000;
pub const PRICES: Prices = Prices { price_per_unit: 2, base_fee: 5_000 };
/// How long bidding lasts, and how long a computation may take.
pub const BIDDING_SLOTS: u64 = 1_000;
pub const PATIENCE: u64 = 100;
/// Bytes of outputs that fit a transaction beside three signatures and the callback; more goes through a buffer.
const INLINE_OUTPUTS: usize = 150;

/// The state of the circuit, in the clear.
#[derive(Clone, Copy, Default)]
pub struct Clear {
    highest: u64,
    second: u64,
    winner: Pubkey,
}

/// See the module.
#[derive(Clone)]
pub struct World {
    pub harness: Harness,
    pub network: std::rc::Rc<Network>,
    pub auction: Pubkey,
    pub terms: AuctionTerms,
    counter: u64,
    pub clear: Clear,
    /// Bidder and amount by computation.
    submitted: BTreeMap<Pubkey, (Pubkey, u64)>,
}

pub fn build(accounts: &impl ToAccountMetas, data: &impl InstructionData) -> Instruction {
    Instruction { program_id: ID, accounts: accounts.to_account_metas(None), data: data.data() }
}

/// Whether the auction's own program, or `arx-anchor` in it, refused with this error.
pub fn is(refusal: &Refusal, error: impl Into<u32>) -> bool {
    refusal.code == Some(error.into())
}

impl World {
    /// A network with the auction's program and its three definitions; no auction yet.
    pub fn without_auction() -> Self {
        let mut harness = Harness::new();
        let network = Network::start(&mut harness, PRICES);
        harness.add_program(ID, &artifacts::in_repository("onchain-program/artifacts/sealed_bid_auction.so"));
        let terms = AuctionTerms { id: 7, reserve: RESERVE, deposit: DEPOSIT, end_slot: 0 };
        let mut world = Self {
            harness,
            network: network.into(),
            auction: Pubkey::default(),
            terms,
            counter: 0,
            clear: Clear::default(),
            submitted: BTreeMap::new(),
        };
        let authority = world.harness.must_key("application authority");
        let initialize = world.initialize_application(authority.pubkey());
        world.harness.must_send(&[initialize], &[&authority]);
        for definition in DEFINITIONS {
            world.define(definition, &authority);
        }
        world
    }

    /// An open auction.
    pub fn new() -> Self {
        let mut world = Self::without_auction();
        let computation = world.must_create();
        world.must_finish(computation);
        assert_eq!(world.auction_account().phase, Phase::Open);
        world
    }

    pub fn initialize_application(&self, authority: Pubkey) -> Instruction {
        let accounts = accounts::InitializeApplication {
            payer: self.harness.payer().pubkey(),
            authority,
            application: ID,
            program_data: pda::program_data(&ID).0,
            application_signer: APPLICATION.signer,
            cluster: self.network.cluster,
            mxe: APPLICATION.mxe,
            arx_program: arx_program::ID,
            system_program: System::id(),
        };
        build(&accounts, &instruction::InitializeApplication {})
    }

    /// Creates a definition as the generated types have it, with the circuit that the compiler made.
    fn define(&mut self, definition: &Definition, authority: &Keypair) {
        let (_, circuit) =
            CIRCUITS.iter().find(|(name, _)| *name == definition.name).expect("the circuit is compiled");
        let (payer, mxe) = (self.harness.payer().pubkey(), APPLICATION.mxe);
        let arguments = CreateDefinitionArguments {
            name: definition.name.to_owned(),
            circuit_hash: definition.circuit_hash,
            interface_hash: definition.interface_hash,
            circuit_length: definition.circuit_length,
            cost_units: definition.cost_units,
            parameters: definition.parameters.to_vec(),
            outputs: definition.outputs.to_vec(),
        };
        let create = client::create_definition(payer, authority.pubkey(), mxe, arguments);
        self.harness.must_send(&[create], &[authority]);
        for (index, chunk) in circuit.chunks(CIRCUIT_CHUNK).enumerate() {
            let (offset, chunk) = ((index * CIRCUIT_CHUNK) as u32, chunk.to_vec());
            let write =
                client::write_circuit(payer, authority.pubkey(), mxe, definition.address, offset, chunk);
            self.harness.must_send(&[write], &[authority]);
        }
        // This compares the bytes with the hash in the generated types.
        let finalize = client::finalize_definition(authority.pubkey(), mxe, definition.address);
        self.harness.must_send(&[finalize], &[authority]);
    }

    pub fn seller(&mut self) -> Keypair {
        self.harness.must_key("seller")
    }

    pub fn bidder(&mut self, name: &str) -> Keypair {
        self.harness.must_key(&format!("bidder {name}"))
    }

    pub fn cell(&self) -> Pubkey {
        pda::cell(&APPLICATION.mxe, &self.auction.to_bytes()).0
    }

    pub fn call(&mut self) -> Call {
        self.counter += 1;
        let slot = self.harness.slot();
        Call {
            counter: self.counter,
            epoch: 1,
            not_after: slot + 2 * PATIENCE,
            deadline: slot + PATIENCE,
            priority_fee: 0,
        }
    }

    pub fn keys(&self, definition: &Definition, user: &Pubkey, call: &Call) -> QueueKeys {
        QueueKeys::new(definition, self.network.cluster, *user, &self.auction, user, call.counter)
    }

    // Instructions of the auction.

    pub fn create(&mut self, terms: AuctionTerms) -> (Instruction, Pubkey) {
        let seller = self.seller().pubkey();
        self.auction = auction_address(&seller, terms.id).0;
        let call = self.call();
        let arx = self.keys(&INIT_AUCTION, &seller, &call);
        let (auction, cell) = (self.auction, self.cell());
        let accounts = accounts::CreateAuction { seller, auction, cell, arx, system_program: System::id() };
        (build(&accounts, &instruction::CreateAuction { terms, call }), arx.computation)
    }

    pub fn place_bid_accounts(&mut self, bidder: &Pubkey, call: &Call) -> accounts::PlaceBid {
        accounts::PlaceBid {
            bidder: *bidder,
            auction: self.auction,
            bid: bid_address(&self.auction, bidder).0,
            cell: EncryptedCellKey::new(self.cell()),
            arx: self.keys(&PLACE_BID, bidder, call),
            system_program: System::id(),
        }
    }

    /// A bid as a client would make it; only the nodes of these tests see inside, by the table that they keep.
    pub fn bid_data(call: &Call) -> instruction::PlaceBid {
        let bits = PLACE_BID.parameters[1].bits;
        instruction::PlaceBid {
            amount: EncryptedInput::<u64>::new(input(3, 0, bits, call.counter, call.not_after)),
            call: *call,
        }
    }

    pub fn close(&mut self) -> (Instruction, Pubkey) {
        let call = self.call();
        let caller = self.harness.payer().pubkey();
        let arx = self.keys(&CLOSE_AUCTION, &caller, &call);
        let accounts =
            accounts::CloseAuction { auction: self.auction, cell: EncryptedCellKey::new(self.cell()), arx };
        (build(&accounts, &instruction::CloseAuction { call }), arx.computation)
    }

    pub fn take_closing(&self, computation: Pubkey) -> Instruction {
        let accounts =
            accounts::TakeClosing { auction: self.auction, arx: PullKeys::new(&CLOSE_AUCTION, computation) };
        build(&accounts, &instruction::TakeClosing {})
    }

    pub fn settle(&mut self, bidder: &str) -> Instruction {
        let bid = self.bid_address(bidder);
        let accounts = accounts::Settle { auction: self.auction, bid, seller: self.seller().pubkey() };
        build(&accounts, &instruction::Settle {})
    }

    pub fn withdraw(&mut self, bidder: &str) -> Instruction {
        let bidder = self.bidder(bidder).pubkey();
        let bid = bid_address(&self.auction, &bidder).0;
        let accounts = accounts::Withdraw { auction: self.auction, bid, bidder };
        build(&accounts, &instruction::Withdraw {})
    }

    pub fn remove(&mut self) -> Instruction {
        let accounts = accounts::RemoveAuction { auction: self.auction, seller: self.seller().pubkey() };
        build(&accounts, &instruction::RemoveAuction {})
    }

    // Whole steps that must succeed.

    /// Creates the auction; returns its first computation.
    pub fn must_create(&mut self) -> Pubkey {
        let mut terms = self.terms;
        terms.end_slot = self.harness.slot() + BIDDING_SLOTS;
        self.terms = terms;
        let (create, computation) = self.create(terms);
        let seller = self.seller();
        self.harness.must_send(&[create], &[&seller]);
        computation
    }

    /// Submits a bid; returns its computation.
    pub fn must_bid(&mut self, name: &str, amount: u64) -> Pubkey {
        let bidder = self.bidder(name);
        let call = self.call();
        let accounts = self.place_bid_accounts(&bidder.pubkey(), &call);
        let data = Self::bid_data(&call);
        self.submitted.insert(accounts.arx.computation, (bidder.pubkey(), amount));
        self.harness.must_send(&[build(&accounts, &data)], &[&bidder]);
        accounts.arx.computation
    }

    /// Submits a bid, and lets the nodes count it.
    pub fn must_count(&mut self, name: &str, amount: u64) -> Pubkey {
        let computation = self.must_bid(name, amount);
        self.must_finish(computation);
        computation
    }

    /// Moves to the auction's end and asks who won; returns the computation.
    pub fn must_close(&mut self) -> Pubkey {
        self.harness.warp_to(self.terms.end_slot);
        let (close, computation) = self.close();
        self.harness.must_send(&[close], &[]);
        computation
    }

    /// The nodes finish a computation and deliver its outcome, in one transaction.
    pub fn must_finish(&mut self, computation: Pubkey) -> Receipt {
        let mut instructions = self.result(computation);
        instructions.push(self.deliver(computation));
        self.harness.must_send(&instructions, &[])
    }

    // What the nodes do.

    /// Computes in the clear, and signs; writes long outputs to a buffer first.
    pub fn result(&mut self, address: Pubkey) -> Vec<Instruction> {
        let computation: Computation = self.harness.must_load(&address);
        let outputs = self.compute(address, &computation);
        let versions =
            computation.cells.iter().map(|cell| self.harness.must_load::<Cell>(&cell.address).version);
        let mut arguments = FinalizeArguments {
            epoch: 1,
            session: [0x5E; 32],
            transcript_digest: [0x7D; 32],
            coin: [0xC0; 32],
            cell_versions: versions.collect(),
            outputs,
            signature_instruction: 0,
        };
        let signatures = self.network.sign_result(&ResultStatement {
            cluster: &computation.cluster,
            epoch: 1,
            session: &arguments.session,
            computation: &address,
            circuit_hash: &computation.circuit_hash,
            input_digest: &computation.input_digest,
            cell_versions: &arguments.cell_versions,
            output_digest: &output_digest(&arguments.outputs),
            transcript_digest: &arguments.transcript_digest,
            coin: &arguments.coin,
        });
        let submitter = self.harness.payer().pubkey();
        let buffered = arguments.outputs.iter().map(Vec::len).sum::<usize>() > INLINE_OUTPUTS;
        if buffered {
            let outputs = anchor_lang::prelude::borsh::to_vec(&std::mem::take(&mut arguments.outputs))
                .expect("it serialises");
            let write = client::write_result(submitter, address, outputs.len() as u32, 0, outputs);
            self.harness.must_send(&[write], &[]);
        }
        let finalize = client::finalize_computation(submitter, address, &computation, arguments, buffered);
        vec![signatures, finalize]
    }

    fn compute(&mut self, address: Pubkey, computation: &Computation) -> Vec<Vec<u8>> {
        let definition = DEFINITIONS
            .iter()
            .find(|known| known.address == computation.definition)
            .expect("a known circuit");
        if **definition == INIT_AUCTION {
            self.clear = Clear::default();
        }
        if let Some((bidder, amount)) = self.submitted.get(&address).copied() {
            self.count(bidder, amount);
        }
        let mut public =
            [self.clear.winner.to_bytes().to_vec(), self.price().to_le_bytes().to_vec()].into_iter();
        let outputs = definition.outputs.iter().map(|output| match output.kind {
            OutputKind::Public => public.next().expect("two public outputs"),
            OutputKind::Shared { .. } => vec![0x0B; output.data_length(3, PROTOCOL_DISHONEST_MAJORITY)],
            OutputKind::Cell { .. } => cell_body(computation, output.bits, 0xCE),
        });
        outputs.collect()
    }

    fn count(&mut self, bidder: Pubkey, amount: u64) {
        let clear = &mut self.clear;
        if amount < self.terms.reserve {
            return;
        }
        if amount > clear.highest {
            *clear = Clear { highest: amount, second: clear.highest, winner: bidder };
        } else if amount > clear.second {
            clear.second = amount;
        }
    }

    fn price(&self) -> u64 {
        self.clear.second.max(self.terms.reserve)
    }

    /// The nodes sign that a computation cannot be computed.
    pub fn failure(&self, address: Pubkey, reason: FailureReason) -> Vec<Instruction> {
        let computation: Computation = self.harness.must_load(&address);
        let signatures = self.network.sign_failure(&FailureStatement {
            cluster: &computation.cluster,
            epoch: 1,
            computation: &address,
            input_digest: &computation.input_digest,
            reason,
            detail: 0,
        });
        let arguments = FailArguments { epoch: 1, reason, detail: 0, signature_instruction: 0 };
        vec![signatures, client::fail_computation(computation.payer, address, computation.cluster, arguments)]
    }

    /// The nodes are silent until the deadline; someone says so.
    pub fn must_expire(&mut self, address: Pubkey) {
        let computation: Computation = self.harness.must_load(&address);
        self.harness.warp_to(computation.deadline + 1);
        let expire = client::expire_computation(computation.payer, address, computation.cluster);
        self.harness.must_send(&[expire], &[]);
    }

    pub fn deliver(&self, address: Pubkey) -> Instruction {
        client::deliver_callback(address, &self.harness.must_load(&address)).expect("there is a callback")
    }

    // What is on the chain.

    pub fn auction_account(&self) -> Auction {
        self.harness.must_load(&self.auction)
    }

    pub fn bid_address(&mut self, name: &str) -> Pubkey {
        let bidder = self.bidder(name).pubkey();
        bid_address(&self.auction, &bidder).0
    }

    pub fn bid_account(&mut self, name: &str) -> Option<Bid> {
        let address = self.bid_address(name);
        self.harness.load(&address)
    }

    pub fn computation(&self, address: Pubkey) -> Computation {
        self.harness.must_load(&address)
    }

    /// Replaces a computation's account, as no transaction could.
    pub fn forge(&mut self, address: Pubkey, change: impl FnOnce(&mut Computation)) {
        use anchor_lang::AccountSerialize;
        let mut computation = self.computation(address);
        change(&mut computation);
        let mut account = self.harness.account(&address).expect("the computation is there");
        let length = account.data.len();
        account.data.clear();
        computation.try_serialize(&mut account.data).expect("it serialises");
        account.data.resize(length.max(account.data.len()), 0);
        self.harness.set_account(address, account);
    }

    /// The instruction, with one account exchanged for another.
    pub fn exchange(mut instruction: Instruction, from: &Pubkey, to: &Pubkey) -> Instruction {
        for meta in instruction.accounts.iter_mut().filter(|meta| meta.pubkey == *from) {
            *meta = AccountMeta { pubkey: *to, ..meta.clone() };
        }
        instruction
    }
}
