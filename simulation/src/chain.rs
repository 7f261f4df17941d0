//! The chain: a real Solana runtime executing the built programs, with slots advanced by simulated time.
//!
//! Every 400 ms a block takes the transactions that have arrived, in order, and executes them with all signature checks on.
//! A block is *confirmed* when a few more stand on it; nodes and clients read confirmed state and wait for confirmation of
//! what they submit. A *fork* drops the last blocks: their transactions return to the queue or are gone, and whoever waits
//! for one learns so when it has expired. A fork may reach below what was confirmed, which is not supposed to happen on a
//! healthy chain and which nodes must survive all the same.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anchor_lang::Discriminator;
use arx_node::chain::{Account, Accounts, Chain, ChainError, MAX_TRANSACTION_BYTES, SubmitError, Submitted};
use arx_node::clock::{Clock, TokioClock};
use litesvm::LiteSVM;
use litesvm::types::FailedTransactionMetadata;
use sha2::{Digest, Sha256};
use solana_instruction::Instruction;
use solana_instruction::error::InstructionError;
use solana_keypair::Keypair;
use solana_message::Message;
use solana_pubkey::Pubkey;
use solana_signer::Signer;
use solana_transaction::Transaction;
use solana_transaction_error::TransactionError;
use tokio::sync::{Notify, oneshot};

use crate::seed::Stream;
use crate::trace::{Actor, Trace};

/// How long a slot takes.
pub const SLOT: Duration = Duration::from_millis(400);
/// How many blocks are kept below the tip: forks reach no deeper.
const KEPT_BLOCKS: usize = 24;

/// How the chain behaves.
#[derive(Clone, Debug)]
pub struct ChainConditions {
    /// Time from a node or client to the chain, or back.
    pub latency: RangeInclusive<Duration>,
    /// How many blocks must stand on a block for it to be confirmed.
    pub confirmations: usize,
    /// How many transactions in a thousand never reach a block.
    pub dropped: u32,
    /// After how many slots a transaction that reached no block is given up.
    pub expiry: u64,
    /// How many changes in a thousand a subscription does not report.
    pub missed_changes: u32,
    /// How many requests of nodes in a thousand fail.
    pub unreachable: u32,
    /// How many slots in a thousand bring a fork that drops this many blocks.
    pub forks: (u32, RangeInclusive<usize>),
}

impl ChainConditions {
    /// Nothing goes wrong.
    pub fn calm() -> Self {
        Self {
            latency: Duration::from_millis(5)..=Duration::from_millis(60),
            confirmations: 2,
            dropped: 0,
            expiry: 20,
            missed_changes: 0,
            unreachable: 0,
            forks: (0, 1..=1),
        }
    }

    /// Transactions are dropped, notifications missed, requests fail.
    pub fn rough() -> Self {
        Self { dropped: 50, missed_changes: 300, unreachable: 30, ..Self::calm() }
    }

    /// Forks that drop blocks short of confirmation.
    pub fn forking() -> Self {
        Self { forks: (120, 1..=2), confirmations: 3, ..Self::rough() }
    }
}

/// The chain of one run. Cheap to clone; all clones are one chain.
#[derive(Clone)]
pub struct Ledger {
    clock: TokioClock,
    trace: Trace,
    genesis: [u8; 32],
    state: Arc<Mutex<State>>,
}

struct State {
    conditions: ChainConditions,
    random: Stream,
    /// The runtime at the tip.
    svm: LiteSVM,
    slot: u64,
    /// The last blocks, oldest first; the last is the tip. Never empty.
    blocks: VecDeque<Block>,
    queue: VecDeque<Pending>,
    /// Transactions that no block holds and no queue: when to tell their senders.
    lost: BTreeMap<u64, Vec<Pending>>,
    subscriptions: Vec<Subscription>,
    /// Fees taken by the runtime in blocks that are final here.
    settled_fees: u64,
    compute_units: BTreeMap<String, u64>,
}

#[derive(Clone)]
struct Block {
    slot: u64,
    /// The state after it.
    after: Arc<LiteSVM>,
    transactions: Vec<Included>,
    fees: u64,
}

#[derive(Clone)]
struct Included {
    transaction: Pending,
    outcome: Outcome,
}

/// What became of a transaction.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It ran, and its block is confirmed.
    Executed(Executed),
    /// It was in a block and failed there.
    Refused {
        /// Index of the failing instruction; none when the transaction itself was refused.
        instruction: Option<usize>,
        /// The program's error code, if it gave one.
        code: Option<u32>,
        /// The runtime's words and the program's last log line.
        why: String,
    },
    /// No block had it before it expired.
    Dropped {
        /// Its signature as last signed.
        signature: String,
    },
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Executed(executed) => write!(f, "ran in slot {}", executed.slot),
            Self::Refused { instruction: Some(instruction), why, .. } => {
                write!(f, "instruction {instruction}: {why}")
            }
            Self::Refused { why, .. } => f.write_str(why),
            Self::Dropped { .. } => f.write_str("never reached a block"),
        }
    }
}

/// A transaction that ran.
#[derive(Clone, Debug)]
pub struct Executed {
    /// Its signature.
    pub signature: String,
    /// The slot of its block.
    pub slot: u64,
    /// What it cost to run.
    pub compute_units: u64,
    /// The programs' logs.
    pub logs: Vec<String>,
}

/// A transaction on its way. Signed when a block takes it.
#[derive(Clone)]
struct Pending {
    actor: Actor,
    label: String,
    instructions: Vec<Instruction>,
    /// The payer first.
    signers: Arc<Vec<Keypair>>,
    /// Until which slot a block may take it.
    until: u64,
    done: Arc<Mutex<Option<oneshot::Sender<Outcome>>>>,
}

impl Pending {
    fn finish(&self, outcome: Outcome) {
        let sender = self.done.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(sender) = sender {
            // Whoever asked may have been killed since.
            let _ = sender.send(outcome);
        }
    }

    fn sign(&self, svm: &LiteSVM) -> Transaction {
        let blockhash = svm.latest_blockhash();
        let payer = self.signers.first().map(Signer::pubkey).unwrap_or_default();
        let message = Message::new_with_blockhash(&self.instructions, Some(&payer), &blockhash);
        let signers: Vec<&Keypair> = self.signers.iter().collect();
        let mut transaction = Transaction::new_unsigned(message);
        // A missing signer shows as a failed signature check, as it would on a network.
        let _ = transaction.try_partial_sign(&signers, blockhash);
        transaction
    }
}

struct Subscription {
    watched: BTreeSet<Pubkey>,
    wake: Arc<Notify>,
}

impl Ledger {
    /// A chain that goes on from the state of `svm`, which is its genesis for all who ask.
    pub fn new(
        mut svm: LiteSVM,
        conditions: ChainConditions,
        random: Stream,
        clock: TokioClock,
        trace: Trace,
    ) -> Self {
        // Expired transactions are signed anew each time, so nothing is found in a history that forks would falsify.
        svm = svm.with_transaction_history(0);
        let slot = svm.get_sysvar::<solana_clock::Clock>().slot;
        let genesis = Sha256::digest(b"arx simulation").into();
        let first = Block { slot, after: Arc::new(svm.clone()), transactions: Vec::new(), fees: 0 };
        let state = State {
            conditions,
            random,
            svm,
            slot,
            blocks: VecDeque::from([first]),
            queue: VecDeque::new(),
            lost: BTreeMap::new(),
            subscriptions: Vec::new(),
            settled_fees: 0,
            compute_units: BTreeMap::new(),
        };
        Self { clock, trace, genesis, state: Arc::new(Mutex::new(state)) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Which chain this is.
    pub fn genesis(&self) -> [u8; 32] {
        self.genesis
    }

    /// The slot at the tip.
    pub fn slot(&self) -> u64 {
        self.lock().slot
    }

    /// Changes how the chain behaves from now on.
    pub fn set_conditions(&self, conditions: ChainConditions) {
        self.lock().conditions = conditions;
    }

    /// An account as confirmed.
    pub fn confirmed(&self, address: &Pubkey) -> Option<Account> {
        self.lock().confirmed().after.get_account(address).map(from_runtime)
    }

    /// An account at the tip, which a fork may take back.
    pub fn tip(&self, address: &Pubkey) -> Option<Account> {
        self.lock().svm.get_account(address).map(from_runtime)
    }

    /// Puts other bytes into an account, as some program outside this model might. No block has done it, so no fork undoes
    /// it.
    pub fn overwrite(&self, address: Pubkey, data: Vec<u8>) {
        let mut state = self.lock();
        if let Some(mut account) = state.svm.get_account(&address) {
            account.data = data;
            for block in &mut state.blocks {
                let svm = Arc::make_mut(&mut block.after);
                svm.set_account(address, account.clone()).unwrap_or_default();
            }
            state.svm.set_account(address, account).unwrap_or_default();
        }
    }

    /// All lamports there are, and all that fees have taken out of circulation so far.
    pub fn lamports(&self) -> (u128, u128) {
        let state = self.lock();
        let held = state.svm.accounts_db().inner.values();
        let held = held.map(|account| u128::from(solana_account::ReadableAccount::lamports(account))).sum();
        let fees = state.settled_fees + state.blocks.iter().map(|block| block.fees).sum::<u64>();
        (held, fees.into())
    }

    /// The most compute units that a transaction with each label has used.
    pub fn compute_units(&self) -> BTreeMap<String, u64> {
        self.lock().compute_units.clone()
    }

    /// Sends a transaction, signed by `signers` of which the first pays, and waits until it is confirmed or given up.
    pub async fn send(
        &self,
        actor: Actor,
        label: &str,
        instructions: Vec<Instruction>,
        signers: Vec<Keypair>,
    ) -> Outcome {
        let (arrival, answer, lost) = {
            let mut state = self.lock();
            let latency = state.conditions.latency.clone();
            let lost = state.conditions.dropped;
            (state.random.duration(&latency), state.random.duration(&latency), state.random.chance(lost))
        };
        self.clock.sleep(arrival).await;
        let (sender, receiver) = oneshot::channel();
        {
            let mut state = self.lock();
            let pending = Pending {
                actor,
                label: label.to_owned(),
                instructions,
                signers: Arc::new(signers),
                until: state.slot + state.conditions.expiry,
                done: Arc::new(Mutex::new(Some(sender))),
            };
            if lost {
                state.lose(pending);
            } else {
                state.queue.push_back(pending);
            }
        }
        let outcome = receiver.await.unwrap_or_else(|_| Outcome::Dropped { signature: String::new() });
        self.clock.sleep(answer).await;
        outcome
    }

    /// The connection of one node, which pays with `fee_payer`.
    pub fn connect(&self, index: usize, fee_payer: Keypair) -> SimChain {
        let wake = Arc::new(Notify::new());
        let mut state = self.lock();
        state.subscriptions.push(Subscription { watched: BTreeSet::new(), wake: wake.clone() });
        let subscription = state.subscriptions.len() - 1;
        drop(state);
        SimChain { ledger: self.clone(), index, fee_payer: Arc::new(fee_payer), subscription, wake }
    }

    /// Makes blocks. Spawn it once per run; it never returns.
    pub async fn drive(self) {
        let mut next = self.clock.now();
        loop {
            next += SLOT;
            self.clock.sleep_until(next).await;
            let fork = {
                let mut state = self.lock();
                let (often, depth) = state.conditions.forks.clone();
                let forks = often > 0 && state.random.chance(often);
                forks.then(|| *depth.start() + state.random.index(depth.end() - depth.start() + 1))
            };
            if let Some(depth) = fork {
                self.fork(depth);
            }
            self.make_block();
        }
    }

    /// Drops the last `depth` blocks, or as many as are kept. Half of their transactions return to the queue.
    pub fn fork(&self, depth: usize) {
        let mut state = self.lock();
        let depth = depth.min(state.blocks.len() - 1);
        if depth == 0 {
            return;
        }
        let kept = state.blocks.len() - depth;
        let dropped = state.blocks.split_off(kept);
        let count: usize = dropped.iter().map(|block| block.transactions.len()).sum();
        self.trace.record(Actor::Chain, format!("fork drops {depth} blocks with {count} transactions"));
        if let Some(tip) = state.blocks.back() {
            state.svm = LiteSVM::clone(&tip.after);
        }
        for included in dropped.into_iter().flat_map(|block| block.transactions) {
            if state.random.chance(500) {
                state.queue.push_front(included.transaction);
            } else {
                state.lose(included.transaction);
            }
        }
    }

    fn make_block(&self) {
        let mut state = self.lock();
        state.slot += 1;
        let slot = state.slot;
        let mut clock = state.svm.get_sysvar::<solana_clock::Clock>();
        clock.slot = slot;
        clock.unix_timestamp = 1_700_000_000 + (slot as i64) * 2 / 5;
        state.svm.set_sysvar(&clock);
        state.svm.expire_blockhash();

        let (mut transactions, mut fees) = (Vec::new(), 0);
        for pending in std::mem::take(&mut state.queue) {
            if pending.until < slot {
                state.lose(pending);
                continue;
            }
            let (included, fee) = self.execute(&mut state, pending);
            transactions.push(included);
            fees += fee;
        }
        let after = match state.blocks.back() {
            Some(previous) if transactions.is_empty() => previous.after.clone(),
            _ => Arc::new(state.svm.clone()),
        };
        state.blocks.push_back(Block { slot, after, transactions, fees });
        self.confirm(&mut state);
        while state.blocks.len() > KEPT_BLOCKS {
            if let Some(oldest) = state.blocks.pop_front() {
                state.settled_fees += oldest.fees;
            }
        }
        let due: Vec<u64> = state.lost.range(..=slot).map(|(until, _)| *until).collect();
        for until in due {
            for pending in state.lost.remove(&until).unwrap_or_default() {
                self.trace.record(pending.actor, format!("{} is gone", pending.label));
                let signature = pending.sign(&state.svm).signatures.first().map(ToString::to_string);
                pending.finish(Outcome::Dropped { signature: signature.unwrap_or_default() });
            }
        }
    }

    /// Runs a transaction at the tip. Returns what came of it, and the fee that the runtime took.
    fn execute(&self, state: &mut State, pending: Pending) -> (Included, u64) {
        let transaction = pending.sign(&state.svm);
        let signature = transaction.signatures.first().map(ToString::to_string).unwrap_or_default();
        let payer = pending.signers.first().map(Signer::pubkey).unwrap_or_default();
        let slot = state.slot;
        let balance = state.svm.get_balance(&payer).unwrap_or_default();
        let (outcome, fee, what) = match state.svm.send_transaction(transaction) {
            Ok(meta) => {
                let compute_units = meta.compute_units_consumed;
                let most = state.compute_units.entry(pending.label.clone()).or_default();
                *most = compute_units.max(*most);
                let logs = hex::encode(&Sha256::digest(meta.logs.join("\n"))[..6]);
                let what = format!("{} in slot {slot}, {compute_units} units, logs {logs}", pending.label);
                let executed = Executed { signature, slot, compute_units, logs: meta.logs };
                (Outcome::Executed(executed), meta.fee, what)
            }
            Err(failed) => {
                let outcome = refusal(&failed);
                let what = format!("{} refused in slot {slot}: {outcome}", pending.label);
                // A transaction that came as far as being executed pays even if it fails.
                (outcome, balance - state.svm.get_balance(&payer).unwrap_or_default(), what)
            }
        };
        self.trace.record(pending.actor, what);
        (Included { transaction: pending, outcome }, fee)
    }

    /// Tells those whose transactions have just been confirmed, and wakes those who watch what changed.
    fn confirm(&self, state: &mut State) {
        let Some(index) = state.blocks.len().checked_sub(1 + state.conditions.confirmations) else { return };
        let Some(block) = state.blocks.get(index).cloned() else { return };
        let mut changed = BTreeSet::new();
        for Included { transaction, outcome } in block.transactions {
            for meta in transaction.instructions.iter().flat_map(|instruction| &instruction.accounts) {
                if meta.is_writable {
                    changed.insert(meta.pubkey);
                }
            }
            transaction.finish(outcome);
        }
        let missed = state.conditions.missed_changes;
        for index in 0..state.subscriptions.len() {
            let concerned = !state.subscriptions[index].watched.is_disjoint(&changed);
            if concerned && !state.random.chance(missed) {
                state.subscriptions[index].wake.notify_one();
            }
        }
    }
}

impl State {
    fn lose(&mut self, pending: Pending) {
        self.lost.entry(pending.until.max(self.slot + 1)).or_default().push(pending);
    }

    /// The newest confirmed block; the oldest kept one if none is.
    fn confirmed(&self) -> &Block {
        let index = self.blocks.len().saturating_sub(1 + self.conditions.confirmations);
        &self.blocks[index]
    }
}

fn refusal(failed: &FailedTransactionMetadata) -> Outcome {
    let log = failed.meta.logs.iter().rev().find(|line| line.contains("rror")).cloned().unwrap_or_default();
    let (instruction, code) = match &failed.err {
        TransactionError::InstructionError(index, error) => {
            let code = match error {
                InstructionError::Custom(code) => Some(*code),
                _ => None,
            };
            (Some(usize::from(*index)), code)
        }
        _ => (None, None),
    };
    Outcome::Refused { instruction, code, why: format!("{:?}; {log}", failed.err) }
}

fn from_runtime(account: solana_account::Account) -> Account {
    Account { owner: account.owner, lamports: account.lamports, data: account.data }
}

/// One node's connection to the chain.
pub struct SimChain {
    ledger: Ledger,
    index: usize,
    fee_payer: Arc<Keypair>,
    subscription: usize,
    wake: Arc<Notify>,
}

impl SimChain {
    /// The way to the chain and back; fails now and then.
    async fn request(&self, request: &'static str) -> Result<(), ChainError> {
        let (latency, fails) = {
            let mut state = self.ledger.lock();
            let (latency, fails) = (state.conditions.latency.clone(), state.conditions.unreachable);
            (state.random.duration(&latency), state.random.chance(fails))
        };
        self.ledger.clock.sleep(latency).await;
        if fails {
            let endpoint = format!("simulated endpoint of node {}", self.index);
            return Err(ChainError::Unreachable { endpoint, request, why: "no answer".into() });
        }
        Ok(())
    }
}

impl Chain for SimChain {
    async fn genesis(&self) -> Result<[u8; 32], ChainError> {
        self.request("getGenesisHash").await?;
        Ok(self.ledger.genesis)
    }

    async fn accounts(&self, addresses: &[Pubkey]) -> Result<Accounts, ChainError> {
        self.request("getMultipleAccounts").await?;
        let state = self.ledger.lock();
        let block = state.confirmed();
        let accounts =
            addresses.iter().map(|address| block.after.get_account(address).map(from_runtime)).collect();
        Ok(Accounts { slot: block.slot, accounts })
    }

    async fn accounts_of<A: Discriminator>(&self) -> Result<Vec<(Pubkey, Account)>, ChainError> {
        self.request("getProgramAccounts").await?;
        let state = self.ledger.lock();
        let all = state.confirmed().after.get_program_accounts(&arx_program::ID);
        let of_type = all.into_iter().filter(|(_, account)| account.data.starts_with(A::DISCRIMINATOR));
        let mut accounts: Vec<_> =
            of_type.map(|(address, account)| (address, from_runtime(account))).collect();
        // The runtime's order differs from run to run.
        accounts.sort_by_key(|(address, _)| *address);
        Ok(accounts)
    }

    fn fee_payer(&self) -> Pubkey {
        self.fee_payer.pubkey()
    }

    async fn submit(&self, instructions: &[Instruction]) -> Result<Submitted, SubmitError> {
        let message = Message::new(instructions, Some(&self.fee_payer.pubkey()));
        let bytes = 1 + 64 * usize::from(message.header.num_required_signatures) + message.serialize().len();
        if bytes > MAX_TRANSACTION_BYTES {
            return Err(SubmitError::TooLarge { bytes });
        }
        self.request("sendTransaction").await?;
        let label = label_of(instructions);
        let signers = vec![self.fee_payer.insecure_clone()];
        match self.ledger.send(Actor::Node(self.index), &label, instructions.to_vec(), signers).await {
            Outcome::Executed(executed) => Ok(Submitted { signature: executed.signature }),
            Outcome::Refused { instruction, code, why } => {
                Err(SubmitError::Refused { instruction, code, why })
            }
            Outcome::Dropped { signature } => Err(SubmitError::Dropped { signature }),
        }
    }

    fn watch(&self, addresses: &[Pubkey]) {
        let mut state = self.ledger.lock();
        if let Some(subscription) = state.subscriptions.get_mut(self.subscription) {
            subscription.watched = addresses.iter().copied().collect();
        }
    }

    async fn changed(&self) {
        self.wake.notified().await;
    }
}

/// The instructions of the `arx` program in a transaction, by discriminator.
fn label_of(instructions: &[Instruction]) -> String {
    let names: Vec<String> = instructions
        .iter()
        .filter(|instruction| instruction.program_id == arx_program::ID)
        .map(|instruction| instruction.data.get(..8).map(hex::encode).unwrap_or_default())
        .collect();
    format!("transaction [{}]", names.join(" "))
}
