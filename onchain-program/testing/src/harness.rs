//! A chain in the test's own process.

use anchor_lang::AccountDeserialize;
use litesvm::LiteSVM;
use solana_account::Account;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_message::{Message, VersionedMessage};
use solana_pubkey::Pubkey;
use solana_signer::Signer;
use solana_transaction::{Transaction, versioned::VersionedTransaction};

use crate::{
    application::ECHO,
    artifacts,
    receipt::{Receipt, Refusal, UnitsTable},
};

/// Most bytes of a serialised transaction on any Solana network.
pub const MAX_TRANSACTION_SIZE: usize = 1_232;
/// Most accounts that a transaction may lock.
pub const MAX_ACCOUNT_LOCKS: usize = 64;
/// Lamports that [`Harness::fund`] gives.
pub const PLENTY: u64 = 1_000_000_000_000;

/// A chain with the `arx` program on it. Cloning it is a snapshot.
#[derive(Clone)]
pub struct Harness {
    svm: LiteSVM,
    payer: [u8; 32],
    units: UnitsTable,
    probe: Option<Probe>,
}

/// See [`Harness::probe_substitutes`].
#[derive(Clone)]
struct Probe {
    exempt: fn(&[u8], usize) -> bool,
    same_type: bool,
    refused: usize,
    accepted: Vec<String>,
}

impl Default for Harness {
    fn default() -> Self {
        Self::new()
    }
}

impl Harness {
    /// A chain at slot 1 with the `arx` program, which anyone may initialise.
    pub fn new() -> Self {
        let mut svm = LiteSVM::new().with_log_bytes_limit(None);
        let path = artifacts::arx();
        if let Err(error) = svm.add_program_from_file(arx_program::ID, &path) {
            panic!("cannot load {}: {error}. Build it with onchain-program/build", path.display());
        }
        svm.warp_to_slot(1);
        let mut harness = Self { svm, payer: [0x11; 32], units: UnitsTable::new(), probe: None };
        let payer = harness.payer().pubkey();
        harness.fund(&payer);
        harness
    }

    /// Puts a program on the chain.
    pub fn add_program(&mut self, id: Pubkey, path: &std::path::Path) {
        if let Err(error) = self.svm.add_program_from_file(id, path) {
            panic!("cannot load {}: {error}. Build it with onchain-program/build", path.display());
        }
    }

    /// The key that pays the fee of every transaction.
    pub fn payer(&self) -> Keypair {
        Keypair::new_from_array(self.payer)
    }

    /// Gives an address [`PLENTY`] of lamports.
    pub fn fund(&mut self, address: &Pubkey) {
        self.svm.airdrop(address, PLENTY).expect("the faucet has lamports");
    }

    /// A funded key that is always the same for one name.
    pub fn must_key(&mut self, name: &str) -> Keypair {
        let key = key(name);
        if self.svm.get_account(&key.pubkey()).is_none() {
            self.fund(&key.pubkey());
        }
        key
    }

    /// The current slot.
    pub fn slot(&self) -> u64 {
        self.svm.get_sysvar::<anchor_lang::prelude::Clock>().slot
    }

    /// Moves on to a slot.
    pub fn warp_to(&mut self, slot: u64) {
        self.svm.warp_to_slot(slot);
        self.svm.expire_blockhash();
    }

    /// An account.
    pub fn account(&self, address: &Pubkey) -> Option<Account> {
        self.svm.get_account(address).filter(|account| account.lamports > 0)
    }

    /// Replaces an account, as no transaction could: to build the situation of a test.
    pub fn set_account(&mut self, address: Pubkey, account: Account) {
        self.svm.set_account(address, account).expect("the account is not a broken program or sysvar");
    }

    /// Lamports of an address.
    pub fn lamports(&self, address: &Pubkey) -> u64 {
        self.svm.get_balance(address).unwrap_or(0)
    }

    /// An account of an Anchor program, decoded; `None` if it does not exist or is something else.
    pub fn load<T: AccountDeserialize>(&self, address: &Pubkey) -> Option<T> {
        let account = self.account(address)?;
        T::try_deserialize(&mut account.data.as_slice()).ok()
    }

    /// [`Harness::load`] of an account that must be there.
    pub fn must_load<T: AccountDeserialize>(&self, address: &Pubkey) -> T {
        self.load(address).unwrap_or_else(|| panic!("no account of this type at {address}"))
    }

    /// All accounts that the `arx` program owns.
    pub fn program_accounts(&self) -> Vec<(Pubkey, Account)> {
        self.svm.get_program_accounts(&arx_program::ID)
    }

    /// Lamports that keep an account of this length exempt from rent.
    pub fn rent(&self, length: usize) -> u64 {
        self.svm.minimum_balance_for_rent_exemption(length)
    }

    /// Signs and runs a transaction; the harness pays its fee. Panics where a real network would not even take it.
    pub fn send(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Result<Receipt, Refusal> {
        let payer = self.payer();
        self.send_paid_by(&payer, instructions, signers)
    }

    /// [`Harness::send`] with the fee paid by another key.
    pub fn send_paid_by(
        &mut self,
        payer: &Keypair,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Receipt, Refusal> {
        let mut keys: Vec<&Keypair> = vec![payer];
        for signer in signers {
            if keys.iter().all(|key| key.pubkey() != signer.pubkey()) {
                keys.push(signer);
            }
        }
        if self.probe.is_some() {
            self.try_substitutes(payer, &keys, instructions);
        }
        let message = Message::new(instructions, Some(&payer.pubkey()));
        let transaction = Transaction::new(&keys, message, self.svm.latest_blockhash());
        let result = self.run(transaction.into());
        self.svm.expire_blockhash();
        result
    }

    /// Runs a transaction that is signed already.
    pub fn run(&mut self, transaction: VersionedTransaction) -> Result<Receipt, Refusal> {
        let size = transaction_size(&transaction);
        assert!(
            size <= MAX_TRANSACTION_SIZE,
            "the transaction has {size} bytes; a network takes {MAX_TRANSACTION_SIZE}"
        );
        let locks = transaction.message.static_account_keys().len();
        assert!(
            locks <= MAX_ACCOUNT_LOCKS,
            "the transaction locks {locks} accounts; a network takes {MAX_ACCOUNT_LOCKS}"
        );
        match self.svm.send_transaction(transaction) {
            Ok(metadata) => {
                let receipt = Receipt::new(metadata, size);
                for (name, units) in &receipt.instruction_units {
                    let most = self.units.entry(name.clone()).or_default();
                    *most = (*most).max(*units);
                }
                Ok(receipt)
            }
            Err(failed) => Err(Refusal::new(failed)),
        }
    }

    /// [`Harness::send`] that must succeed.
    pub fn must_send(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Receipt {
        self.send(instructions, signers).unwrap_or_else(|refusal| panic!("refused: {refusal}"))
    }

    /// [`Harness::send`] that must be refused, and change nothing.
    pub fn must_refuse(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Refusal {
        let payer = self.payer();
        self.must_refuse_paid_by(&payer, instructions, signers)
    }

    /// [`Harness::must_refuse`] with the fee paid by another key.
    pub fn must_refuse_paid_by(
        &mut self,
        payer: &Keypair,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Refusal {
        let before = self.program_accounts();
        match self.send_paid_by(payer, instructions, signers) {
            Ok(receipt) => panic!("must be refused, but succeeded: {:#?}", receipt.logs),
            Err(refusal) => {
                assert!(before == self.program_accounts(), "a refused transaction changed an account");
                refusal
            }
        }
    }

    /// From now on tries every transaction that will succeed with substitutes first: each of the `arx` program's accounts
    /// in it is replaced by one with the same bytes that another program owns, and by one of another type. Every such
    /// transaction must be refused, but where `exempt` says of an instruction's discriminator and an account's index
    /// that the account is not read.
    pub fn probe_substitutes(&mut self, exempt: fn(&[u8], usize) -> bool) {
        self.probe = Some(Probe { exempt, same_type: false, refused: 0, accepted: Vec::new() });
    }

    /// Like [`Harness::probe_substitutes`], with every other account of the same type: another node's, cluster's,
    /// computation's. What was accepted is in [`Harness::substitutes_accepted`].
    pub fn probe_same_type(&mut self, exempt: fn(&[u8], usize) -> bool) {
        self.probe = Some(Probe { exempt, same_type: true, refused: 0, accepted: Vec::new() });
    }

    /// Substitutes that were accepted: which account of which instruction, the instruction by its discriminator.
    pub fn substitutes_accepted(&self) -> &[String] {
        self.probe.as_ref().map_or(&[], |probe| &probe.accepted)
    }

    /// How many substitutes were refused.
    pub fn substitutes_refused(&self) -> usize {
        self.probe.as_ref().map_or(0, |probe| probe.refused)
    }

    fn try_substitutes(&mut self, payer: &Keypair, keys: &[&Keypair], instructions: &[Instruction]) {
        let Some(mut probe) = self.probe.take() else { return };
        let simulate = |svm: &LiteSVM, instructions: &[Instruction]| {
            let message = Message::new(instructions, Some(&payer.pubkey()));
            svm.simulate_transaction(Transaction::new(keys, message, svm.latest_blockhash())).is_ok()
        };
        if simulate(&self.svm, instructions) {
            for position in 0..instructions.len() {
                let instruction = &instructions[position];
                // An application's `forward` has the program in front, and the instruction behind its length.
                let (first, data) = match instruction.program_id {
                    id if id == arx_program::ID => (0, &instruction.data[..]),
                    id if id == ECHO && instruction.data.len() > 12 => (1, &instruction.data[12..]),
                    _ => continue,
                };
                for index in first..instruction.accounts.len() {
                    let address = instruction.accounts[index].pubkey;
                    let owned = self.account(&address).filter(|account| account.owner == arx_program::ID);
                    let Some(account) = owned.filter(|_| !(probe.exempt)(data, index - first)) else {
                        continue;
                    };
                    for substitute in self.substitutes(&address, account, probe.same_type) {
                        let mut changed = instructions.to_vec();
                        changed[position].accounts[index].pubkey = substitute;
                        if simulate(&self.svm, &changed) {
                            let accepted =
                                format!("{:?} account {}: {substitute}", &data[..8], index - first);
                            assert!(probe.same_type, "{accepted}");
                            probe.accepted.push(accepted);
                        } else {
                            probe.refused += 1;
                        }
                    }
                }
            }
        }
        self.probe = Some(probe);
    }

    /// Other accounts in the place of this one.
    fn substitutes(&mut self, address: &Pubkey, account: Account, same_type: bool) -> Vec<Pubkey> {
        let kind = account.data.get(..8).map(<[u8]>::to_vec);
        let all = self.program_accounts();
        let mut others = all
            .iter()
            .filter(|(other, data)| other != address && (data.data.get(..8) == kind.as_deref()) == same_type)
            .map(|(other, _)| *other);
        if same_type {
            return others.collect();
        }
        let copy = key(&format!("copy of {address}")).pubkey();
        let other_type = others.next();
        self.set_account(copy, Account { owner: ECHO, ..account });
        std::iter::once(copy).chain(other_type).collect()
    }

    /// The runtime itself, for those who advance it in their own way.
    pub fn into_runtime(self) -> LiteSVM {
        self.svm
    }

    /// The most compute units that each of the program's instructions has used on this chain.
    pub fn units(&self) -> &UnitsTable {
        &self.units
    }
}

/// The key of a name.
pub fn key(name: &str) -> Keypair {
    use sha2::Digest;
    let seed = sha2::Sha256::digest(name.as_bytes());
    Keypair::new_from_array(seed.into())
}

/// Serialised size: signatures behind a short length, then the message.
fn transaction_size(transaction: &VersionedTransaction) -> usize {
    let signatures = transaction.signatures.len();
    short_length(signatures) + 64 * signatures + message_size(&transaction.message)
}

fn message_size(message: &VersionedMessage) -> usize {
    let keys = message.static_account_keys().len();
    let instructions = message.instructions();
    let bodies: usize = instructions
        .iter()
        .map(|instruction| {
            let (accounts, data) = (instruction.accounts.len(), instruction.data.len());
            1 + short_length(accounts) + accounts + short_length(data) + data
        })
        .sum();
    let legacy = 3 + short_length(keys) + 32 * keys + 32 + short_length(instructions.len()) + bodies;
    let lookups = message.address_table_lookups().unwrap_or_default();
    let tables: usize = lookups
        .iter()
        .map(|lookup| {
            let (writable, readonly) = (lookup.writable_indexes.len(), lookup.readonly_indexes.len());
            32 + short_length(writable) + writable + short_length(readonly) + readonly
        })
        .sum();
    match message {
        VersionedMessage::Legacy(_) => legacy,
        _ => 1 + legacy + short_length(lookups.len()) + tables,
    }
}

/// Bytes of Solana's compact length.
fn short_length(length: usize) -> usize {
    match length {
        0..0x80 => 1,
        0x80..0x4000 => 2,
        _ => 3,
    }
}
