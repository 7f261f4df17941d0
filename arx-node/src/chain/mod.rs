//! The chain, as the node needs it: accounts at a stated commitment, transactions, and a wake-up.
//!
//! # Layout
//! - [`Chain`]: the trait; everything above it is written against it.
//! - [`rpc`]: the real one, JSON-RPC and websocket.
//! - [`view`]: accounts decoded into what the scheduler works with, and the public queue order.
//! - [`watcher`]: polling is the truth, a subscription only wakes it earlier.

pub mod rpc;
pub mod view;
pub mod watcher;

use std::future::Future;

use anchor_lang::Discriminator;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

/// One account's contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The program that owns the account.
    pub owner: Pubkey,
    /// Balance in lamports.
    pub lamports: u64,
    /// The account's bytes.
    pub data: Vec<u8>,
}

/// Several accounts, all read at one slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accounts {
    /// The slot they were read at.
    pub slot: u64,
    /// One entry per address asked for, in that order; `None` where no account is.
    pub accounts: Vec<Option<Account>>,
}

/// The node's connection to the chain.
///
/// An implementation reads at one commitment level, the same for every call, and may switch forks between calls
/// below finality. It signs and pays transactions with the node's fee payer.
pub trait Chain: Send + Sync + 'static {
    /// The hash of the genesis block: which chain this is. Bound into every encrypted input.
    fn genesis(&self) -> impl Future<Output = Result<[u8; 32], ChainError>> + Send;

    /// The accounts at `addresses`, all at one slot. At most [`MAX_ACCOUNTS_PER_READ`] addresses.
    fn accounts(&self, addresses: &[Pubkey]) -> impl Future<Output = Result<Accounts, ChainError>> + Send;

    /// All accounts of one type of the `arx` program. They are read anew each time and may be many: for what is looked
    /// at now and then.
    fn accounts_of<A: Discriminator>(
        &self,
    ) -> impl Future<Output = Result<Vec<(Pubkey, Account)>, ChainError>> + Send;

    /// The key that signs and pays for what is submitted here.
    fn fee_payer(&self) -> Pubkey;

    /// Sends one transaction with these instructions, signed and paid by the fee payer, and waits until it is
    /// known to have run at the chosen commitment, to have failed, or to be gone.
    fn submit(
        &self,
        instructions: &[Instruction],
    ) -> impl Future<Output = Result<Submitted, SubmitError>> + Send;

    /// Names the accounts whose changes should wake [`Chain::changed`]. Replaces the former list.
    fn watch(&self, addresses: &[Pubkey]);

    /// Completes when a watched account may have changed since the last call. A hint only: changes may be missed
    /// (the caller polls as well) and wake-ups may be spurious.
    fn changed(&self) -> impl Future<Output = ()> + Send;
}

/// What JSON-RPC servers allow in one `getMultipleAccounts`.
pub const MAX_ACCOUNTS_PER_READ: usize = 100;

/// A transaction that ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// Its signature, in base58.
    pub signature: String,
}

/// The chain could not be read.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ChainError {
    /// No answer from the endpoint.
    #[error("the chain endpoint {endpoint} did not answer {request}: {why} (tried again at the next poll)")]
    Unreachable {
        /// Which endpoint.
        endpoint: String,
        /// What was asked.
        request: &'static str,
        /// The client's words.
        why: String,
    },
    /// An answer that is not what was asked for.
    #[error("the chain endpoint {endpoint} answered {request} with something unusable: {why}")]
    BadAnswer {
        /// Which endpoint.
        endpoint: String,
        /// What was asked.
        request: &'static str,
        /// What is wrong with the answer.
        why: String,
    },
}

/// A transaction did not run to its end.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SubmitError {
    /// The program refused; sending the same again will not help unless the chain's state changes.
    #[error("the transaction failed{}: {why}", at_instruction(*instruction))]
    Refused {
        /// Index of the failing instruction among those submitted; `None` when the transaction itself was refused.
        instruction: Option<usize>,
        /// The program's own error code, if it gave one.
        code: Option<u32>,
        /// The runtime's words, with the program's last log line.
        why: String,
    },
    /// Larger than a transaction can be.
    #[error("the transaction would have {bytes} bytes, {MAX_TRANSACTION_BYTES} are allowed")]
    TooLarge {
        /// Serialised size.
        bytes: usize,
    },
    /// Sent, but not seen before its blockhash expired.
    #[error("the transaction {signature} was sent and not seen in any block before it expired")]
    Dropped {
        /// Its signature, in base58.
        signature: String,
    },
    /// The endpoint failed; the transaction may or may not have been sent.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// What fits a Solana packet.
pub const MAX_TRANSACTION_BYTES: usize = 1232;

fn at_instruction(instruction: Option<usize>) -> String {
    instruction.map(|index| format!(" at instruction {index}")).unwrap_or_default()
}
