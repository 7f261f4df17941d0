//! Talking to a chain: fetch, send, await, prove. Everything that decides what to believe is in the parts without I/O;
//! this module only moves bytes.
//!
//! # Layout
//! - here: connecting and fetching accounts
//! - `send`: transactions, and what they cost and logged
//! - `wait`: following a computation to its end
//! - `evidence`: finding what proves a result
//! - `signing_key`: the key that an application's circuits sign with

use std::sync::Arc;

use anchor_lang::{AccountDeserialize, Discriminator};
use arx_program::state::{Cell, Cluster, Computation, ComputationDefinition, Mxe, QueueSnapshot};
use solana_account::Account;
use solana_commitment_config::CommitmentConfig;
use solana_pubkey::Pubkey;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;

use crate::{Definition, Error, Fingerprint, Instruction, Network, PinnedCluster};

mod evidence;
mod send;
mod signing_key;
mod wait;

pub use evidence::Proven;
pub use send::{Cost, Landed};
pub use wait::{Progress, Settled};

/// Where a chain answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// JSON-RPC, `http://..`.
    pub rpc: String,
    /// Websocket, `ws://..`.
    pub websocket: String,
}

/// A connection to a chain. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    rpc: Arc<RpcClient>,
    endpoints: Endpoints,
    network: Network,
}

impl Client {
    /// Connects, and asks which chain this is. Reads and waits at the commitment level `confirmed`.
    ///
    /// # Errors
    /// [`Error::Rpc`].
    pub async fn connect(endpoints: Endpoints) -> Result<Self, Error> {
        let rpc = RpcClient::new_with_commitment(endpoints.rpc.clone(), CommitmentConfig::confirmed());
        let asked = format!("cannot reach the chain at {}", endpoints.rpc);
        let genesis = rpc.get_genesis_hash().await.map_err(Error::rpc(asked))?;
        Ok(Self { rpc: Arc::new(rpc), endpoints, network: Network::new(genesis.to_bytes()) })
    }

    /// The chain and program.
    pub const fn network(&self) -> Network {
        self.network
    }

    /// Where the chain answers.
    pub const fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// The RPC client beneath, for what this one does not do.
    pub fn rpc(&self) -> &RpcClient {
        &self.rpc
    }

    /// The chain's slot.
    ///
    /// # Errors
    /// [`Error::Rpc`].
    pub async fn slot(&self) -> Result<u64, Error> {
        self.rpc.get_slot().await.map_err(Error::rpc("cannot fetch the slot"))
    }

    /// Lamports of an account; 0 where there is none.
    ///
    /// # Errors
    /// [`Error::Rpc`].
    pub async fn balance(&self, address: &Pubkey) -> Result<u64, Error> {
        self.rpc
            .get_balance(address)
            .await
            .map_err(Error::rpc(format!("cannot fetch the balance of {address}")))
    }

    /// An account as it is, or `None`.
    ///
    /// # Errors
    /// [`Error::Rpc`].
    pub async fn raw_account(&self, address: &Pubkey) -> Result<Option<Account>, Error> {
        let response = self.rpc.get_account_with_commitment(address, CommitmentConfig::confirmed()).await;
        Ok(response.map_err(Error::rpc(format!("cannot fetch account {address}")))?.value)
    }

    /// An account of an Anchor program, decoded, or `None` where there is none.
    ///
    /// # Errors
    /// [`Error::Rpc`]; [`Error::WrongAccount`] if another program owns it or it is of another kind.
    pub async fn find<T: AccountDeserialize + Discriminator>(
        &self,
        what: &'static str,
        owner: &Pubkey,
        address: &Pubkey,
    ) -> Result<Option<T>, Error> {
        let Some(account) = self.raw_account(address).await? else { return Ok(None) };
        decode(what, owner, address, &account).map(Some)
    }

    /// As [`find`](Self::find), where there must be one.
    ///
    /// # Errors
    /// [`Error::NoAccount`], and as [`find`](Self::find).
    pub async fn fetch<T: AccountDeserialize + Discriminator>(
        &self,
        what: &'static str,
        owner: &Pubkey,
        address: &Pubkey,
    ) -> Result<T, Error> {
        self.find(what, owner, address).await?.ok_or(Error::NoAccount { what, address: *address })
    }

    /// A cluster's queue.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch).
    pub async fn queue(&self, cluster: &Pubkey) -> Result<QueueSnapshot, Error> {
        let address = arx_program::pda::queue(cluster).0;
        let account = self.raw_account(&address).await?.ok_or(Error::NoAccount { what: "queue", address })?;
        let wrong = |why: &str| Error::WrongAccount { what: "queue", address, why: why.to_owned() };
        if account.owner != arx_program::ID {
            return Err(wrong("another program owns it"));
        }
        QueueSnapshot::decode(&account.data).ok_or_else(|| wrong("not a queue, or too short"))
    }

    /// A computation.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch).
    pub async fn computation(&self, address: &Pubkey) -> Result<Computation, Error> {
        self.fetch("computation", &arx_program::ID, address).await
    }

    /// A cluster.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch).
    pub async fn cluster(&self, address: &Pubkey) -> Result<Cluster, Error> {
        self.fetch("cluster", &arx_program::ID, address).await
    }

    /// A cell.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch).
    pub async fn cell(&self, address: &Pubkey) -> Result<Cell, Error> {
        self.fetch("cell", &arx_program::ID, address).await
    }

    /// An MXE.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch).
    pub async fn mxe(&self, address: &Pubkey) -> Result<Mxe, Error> {
        self.fetch("MXE", &arx_program::ID, address).await
    }

    /// A cluster's members and keys, if they are what was pinned.
    ///
    /// # Errors
    /// As [`PinnedCluster::require`] and [`fetch`](Self::fetch).
    pub async fn pinned_cluster(
        &self,
        address: &Pubkey,
        pinned: Fingerprint,
    ) -> Result<PinnedCluster, Error> {
        PinnedCluster::require(self.network, *address, &self.cluster(address).await?, pinned)
    }

    /// A cluster's members and keys, on the word of the RPC server.
    ///
    /// # Errors
    /// As [`PinnedCluster::trust_on_first_use`] and [`fetch`](Self::fetch).
    pub async fn trust_cluster_on_first_use(&self, address: &Pubkey) -> Result<PinnedCluster, Error> {
        PinnedCluster::trust_on_first_use(self.network, *address, &self.cluster(address).await?)
    }

    /// The definition of `I` in an MXE, checked against the generated code.
    ///
    /// # Errors
    /// As [`Definition::check`] and [`fetch`](Self::fetch).
    pub async fn definition<I: Instruction>(&self, mxe: &Pubkey) -> Result<Definition<I>, Error> {
        let address = Definition::<I>::address_of(mxe);
        let account: ComputationDefinition = self.fetch("definition", &arx_program::ID, &address).await?;
        Definition::check(address, &account)
    }
}

/// Decodes an account of an Anchor program.
///
/// # Errors
/// [`Error::WrongAccount`].
pub fn decode<T: AccountDeserialize + Discriminator>(
    what: &'static str,
    owner: &Pubkey,
    address: &Pubkey,
    account: &Account,
) -> Result<T, Error> {
    let wrong = |why: String| Error::WrongAccount { what, address: *address, why };
    if account.owner != *owner {
        return Err(wrong(format!("it belongs to {}", account.owner)));
    }
    T::try_deserialize(&mut account.data.as_slice()).map_err(|error| wrong(error.to_string()))
}
