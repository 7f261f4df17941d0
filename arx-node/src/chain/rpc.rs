//! The chain over JSON-RPC and websocket.
//!
//! Reads and confirmations use one commitment level, chosen in the configuration. The websocket only wakes: it
//! subscribes to the watched accounts, and whatever goes wrong with it is mended by connecting again while polling
//! goes on.

use std::sync::Arc;
use std::time::Duration;

use anchor_lang::Discriminator;
use futures::StreamExt;
use futures::stream::select_all;
use solana_commitment_config::CommitmentConfig;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_message::Message;
use solana_pubkey::Pubkey;
use solana_pubsub_client::nonblocking::pubsub_client::PubsubClient;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_rpc_client_api::client_error::{Error as ClientError, ErrorKind};
use solana_rpc_client_api::config::{
    RpcAccountInfoConfig, RpcProgramAccountsConfig, RpcSendTransactionConfig, UiAccountEncoding,
};
use solana_rpc_client_api::filter::{Memcmp, RpcFilterType};
use solana_rpc_client_api::request::{RpcError, RpcResponseErrorData};
use solana_signer::Signer;
use solana_transaction::Transaction;
use solana_transaction::TransactionError;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tracing::{debug, warn};

use super::{Account, Accounts, Chain, ChainError, MAX_TRANSACTION_BYTES, SubmitError, Submitted};

/// One request takes no longer.
const REQUEST_LIMIT: Duration = Duration::from_secs(20);
/// Between two looks for a sent transaction.
const CONFIRM_PAUSE: Duration = Duration::from_millis(400);
/// A transaction is sent again at this pace until it is seen or expired: leaders drop some.
const RESEND_PAUSE: Duration = Duration::from_secs(4);
/// Pause before the websocket is connected again.
const RECONNECT_PAUSE: Duration = Duration::from_secs(3);
/// A websocket that stays silent for this long is connected again: it may be half open.
const SILENCE: Duration = Duration::from_secs(120);

/// The chain behind one JSON-RPC endpoint.
pub struct RpcChain {
    rpc: RpcClient,
    commitment: CommitmentConfig,
    fee_payer: Keypair,
    watched: watch::Sender<Vec<Pubkey>>,
    wake: Arc<Notify>,
    subscriber: JoinHandle<()>,
}

impl RpcChain {
    /// Connects when first used. Must be called inside a tokio runtime.
    pub fn new(rpc_url: &str, websocket_url: &str, commitment: CommitmentConfig, fee_payer: Keypair) -> Self {
        let rpc = RpcClient::new_with_timeout_and_commitment(rpc_url.to_owned(), REQUEST_LIMIT, commitment);
        let (watched, addresses) = watch::channel(Vec::new());
        let wake = Arc::new(Notify::new());
        let subscriber =
            Subscriber { url: websocket_url.to_owned(), commitment, addresses, wake: wake.clone() };
        RpcChain { rpc, commitment, fee_payer, watched, wake, subscriber: tokio::spawn(subscriber.run()) }
    }

    /// Balance of an account in lamports.
    pub async fn balance(&self, address: &Pubkey) -> Result<u64, ChainError> {
        self.rpc.get_balance(address).await.map_err(|error| self.failed("getBalance", &error))
    }

    /// As [`Chain::submit`], with further signers.
    pub async fn submit_signed(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Submitted, SubmitError> {
        let (blockhash, last_valid_height) = self
            .rpc
            .get_latest_blockhash_with_commitment(self.commitment)
            .await
            .map_err(|error| self.failed("getLatestBlockhash", &error))?;
        let payer = signers.first().map_or(self.fee_payer.pubkey(), |first| first.pubkey());
        let message = Message::new_with_blockhash(instructions, Some(&payer), &blockhash);
        let mut transaction = Transaction::new_unsigned(message);
        let signed = match signers {
            [] => transaction.try_sign(&[&self.fee_payer], blockhash),
            signers => transaction.try_sign(signers, blockhash),
        };
        signed.map_err(|error| SubmitError::Refused {
            instruction: None,
            code: None,
            why: format!("it cannot be signed: {error}"),
        })?;
        let bytes = serialized_size(&transaction);
        if bytes > MAX_TRANSACTION_BYTES {
            return Err(SubmitError::TooLarge { bytes });
        }
        self.send_and_confirm(&transaction, last_valid_height).await
    }

    async fn send_and_confirm(
        &self,
        transaction: &Transaction,
        last_valid: u64,
    ) -> Result<Submitted, SubmitError> {
        let config = RpcSendTransactionConfig {
            preflight_commitment: Some(self.commitment.commitment),
            ..RpcSendTransactionConfig::default()
        };
        let signature = match self.rpc.send_transaction_with_config(transaction, config).await {
            Ok(signature) => signature,
            Err(error) => return Err(self.refused(&error)),
        };
        let mut sent_at = tokio::time::Instant::now();
        loop {
            tokio::time::sleep(CONFIRM_PAUSE).await;
            let status = self.rpc.get_signature_status_with_commitment(&signature, self.commitment).await;
            match status {
                Ok(Some(Ok(()))) => return Ok(Submitted { signature: signature.to_string() }),
                Ok(Some(Err(error))) => return Err(ran_and_failed(&error, String::new())),
                Ok(None) => {}
                Err(error) => debug!(%error, "cannot ask for a transaction's status"),
            }
            match self.rpc.get_block_height_with_commitment(self.commitment).await {
                Ok(height) if height > last_valid => {
                    return Err(SubmitError::Dropped { signature: signature.to_string() });
                }
                Ok(_) => {}
                Err(error) => debug!(%error, "cannot ask for the block height"),
            }
            if sent_at.elapsed() >= RESEND_PAUSE {
                sent_at = tokio::time::Instant::now();
                let again = RpcSendTransactionConfig { skip_preflight: true, ..config };
                if let Err(error) = self.rpc.send_transaction_with_config(transaction, again).await {
                    debug!(%error, "cannot send a transaction again");
                }
            }
        }
    }

    fn failed(&self, request: &'static str, error: &ClientError) -> ChainError {
        ChainError::Unreachable { endpoint: self.rpc.url(), request, why: error.to_string() }
    }

    /// What the endpoint said when it would not take a transaction: mostly the outcome of running it beforehand.
    fn refused(&self, error: &ClientError) -> SubmitError {
        if let ErrorKind::RpcError(RpcError::RpcResponseError { data, message, .. }) = error.kind() {
            if let RpcResponseErrorData::SendTransactionPreflightFailure(simulated) = data
                && let Some(failure) = &simulated.err
            {
                let logs = simulated.logs.as_deref().unwrap_or_default();
                let last = logs.iter().rev().find(|line| line.contains("Error")).cloned().unwrap_or_default();
                return ran_and_failed(&failure.clone().into(), last);
            }
            return SubmitError::Refused { instruction: None, code: None, why: message.clone() };
        }
        if let Some(failure) = error.get_transaction_error() {
            return ran_and_failed(&failure, String::new());
        }
        SubmitError::Chain(self.failed("sendTransaction", error))
    }
}

impl Drop for RpcChain {
    fn drop(&mut self) {
        self.subscriber.abort();
    }
}

impl Chain for RpcChain {
    async fn genesis(&self) -> Result<[u8; 32], ChainError> {
        let hash =
            self.rpc.get_genesis_hash().await.map_err(|error| self.failed("getGenesisHash", &error))?;
        Ok(hash.to_bytes())
    }

    async fn accounts(&self, addresses: &[Pubkey]) -> Result<Accounts, ChainError> {
        let config = RpcAccountInfoConfig {
            encoding: Some(UiAccountEncoding::Base64),
            commitment: Some(self.commitment),
            ..RpcAccountInfoConfig::default()
        };
        let response = self
            .rpc
            .get_multiple_ui_accounts_with_config(addresses, config)
            .await
            .map_err(|error| self.failed("getMultipleAccounts", &error))?;
        let unusable = |why: String| ChainError::BadAnswer {
            endpoint: self.rpc.url(),
            request: "getMultipleAccounts",
            why,
        };
        if response.value.len() != addresses.len() {
            return Err(unusable(format!(
                "{} accounts for {} addresses",
                response.value.len(),
                addresses.len()
            )));
        }
        let mut accounts = Vec::with_capacity(addresses.len());
        for (address, account) in addresses.iter().zip(response.value) {
            let Some(account) = account else {
                accounts.push(None);
                continue;
            };
            let owner =
                account.owner.parse().map_err(|_| unusable(format!("the owner of {address} is no key")))?;
            let data = account
                .data
                .decode()
                .ok_or_else(|| unusable(format!("the data of {address} is not base64")))?;
            accounts.push(Some(Account { owner, lamports: account.lamports, data }));
        }
        Ok(Accounts { slot: response.context.slot, accounts })
    }

    async fn accounts_of<A: Discriminator>(&self) -> Result<Vec<(Pubkey, Account)>, ChainError> {
        let request = "getProgramAccounts";
        let config = RpcProgramAccountsConfig {
            filters: Some(vec![RpcFilterType::Memcmp(Memcmp::new_raw_bytes(0, A::DISCRIMINATOR.to_vec()))]),
            account_config: RpcAccountInfoConfig {
                encoding: Some(UiAccountEncoding::Base64),
                commitment: Some(self.commitment),
                ..RpcAccountInfoConfig::default()
            },
            ..RpcProgramAccountsConfig::default()
        };
        let found = self.rpc.get_program_ui_accounts_with_config(&arx_program::ID, config).await;
        let found = found.map_err(|error| self.failed(request, &error))?;
        let mut accounts = Vec::with_capacity(found.len());
        for (address, account) in found {
            let unusable = |why: String| ChainError::BadAnswer { endpoint: self.rpc.url(), request, why };
            let owner =
                account.owner.parse().map_err(|_| unusable(format!("the owner of {address} is no key")))?;
            let data = account
                .data
                .decode()
                .ok_or_else(|| unusable(format!("the data of {address} is not base64")))?;
            accounts.push((address, Account { owner, lamports: account.lamports, data }));
        }
        Ok(accounts)
    }

    fn fee_payer(&self) -> Pubkey {
        self.fee_payer.pubkey()
    }

    async fn submit(&self, instructions: &[Instruction]) -> Result<Submitted, SubmitError> {
        self.submit_signed(instructions, &[]).await
    }

    fn watch(&self, addresses: &[Pubkey]) {
        self.watched.send_if_modified(|watched| {
            let changed = watched != addresses;
            if changed {
                *watched = addresses.to_vec();
            }
            changed
        });
    }

    async fn changed(&self) {
        self.wake.notified().await;
    }
}

fn serialized_size(transaction: &Transaction) -> usize {
    // Signatures behind a one-byte count (there are never 128), then the message.
    1 + 64 * transaction.signatures.len() + transaction.message_data().len()
}

fn ran_and_failed(error: &TransactionError, log: String) -> SubmitError {
    use solana_instruction::error::InstructionError;
    let (instruction, code) = match error {
        TransactionError::InstructionError(index, InstructionError::Custom(code)) => {
            (Some(usize::from(*index)), Some(*code))
        }
        TransactionError::InstructionError(index, _) => (Some(usize::from(*index)), None),
        _ => (None, None),
    };
    let why = if log.is_empty() { error.to_string() } else { format!("{error}; {log}") };
    SubmitError::Refused { instruction, code, why }
}

/// Keeps a websocket subscription alive.
struct Subscriber {
    url: String,
    commitment: CommitmentConfig,
    addresses: watch::Receiver<Vec<Pubkey>>,
    wake: Arc<Notify>,
}

impl Subscriber {
    async fn run(mut self) {
        let mut complained = false;
        loop {
            let addresses = self.addresses.borrow_and_update().clone();
            if addresses.is_empty() {
                if self.addresses.changed().await.is_err() {
                    return;
                }
                continue;
            }
            match self.listen(&addresses).await {
                Ok(()) => complained = false,
                Err(why) if !complained => {
                    warn!(url = %self.url, %why, "no websocket subscription; polling goes on");
                    complained = true;
                }
                Err(why) => debug!(url = %self.url, %why, "no websocket subscription"),
            }
            tokio::time::sleep(RECONNECT_PAUSE).await;
        }
    }

    /// Returns when the addresses changed or the connection should be made anew.
    async fn listen(&mut self, addresses: &[Pubkey]) -> Result<(), String> {
        let client = PubsubClient::new(self.url.as_str()).await.map_err(|error| error.to_string())?;
        let config = RpcAccountInfoConfig {
            encoding: Some(UiAccountEncoding::Base64),
            commitment: Some(self.commitment),
            ..RpcAccountInfoConfig::default()
        };
        let mut streams = Vec::with_capacity(addresses.len());
        for address in addresses {
            let (stream, _unsubscribe) = client
                .account_subscribe(address, Some(config.clone()))
                .await
                .map_err(|error| error.to_string())?;
            streams.push(stream);
        }
        let mut notifications = select_all(streams);
        debug!(url = %self.url, "subscribed");
        loop {
            tokio::select! {
                biased;
                changed = self.addresses.changed() => {
                    return changed.map_err(|_| "the node stops".to_owned());
                }
                notification = tokio::time::timeout(SILENCE, notifications.next()) => match notification {
                    Ok(Some(_)) => self.wake.notify_one(),
                    Ok(None) => return Err("the connection was closed".into()),
                    Err(_) => return Ok(()),
                },
            }
        }
    }
}
