//! What an attempt is based on: cells, frozen account slices, and the application's signing key as the chain has them now.
//!
//! The leader puts the versions and hashes of what it read into `Start`; every other member compares them with its own
//! reading. A frozen slice that is no longer what it was when queued is a verdict, not a difference of views: its hash
//! is part of the computation.

use std::sync::Arc;

use arx_program::message::hash_words;
use arx_program::pda;
use arx_program::state::{Cell, FailureReason, ParameterKind, StoredArgument};
use arx_wire::{Base, PROTOCOL_REPLICATED3_SEMI_HONEST};
use mpc::signature::{SigningKey, SigningKeyError};
use mxe_runtime::{Argument, AttemptNeed, CellTarget, Task};
use sha2::{Digest, Sha256};
use solana_pubkey::Pubkey;

use super::job::{Job, Refusal};
use super::signing_keys::{Holder, of_application};
use crate::chain::view::{AccountError, ClusterView, decode};
use crate::chain::{Account, Chain, ChainError, MAX_ACCOUNTS_PER_READ};
use crate::frame::{CellSnapshot, SessionId};

/// Everything an attempt needs, but for its session.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) job: Arc<Job>,
    /// The slot at which it was read.
    pub(crate) slot: u64,
    /// The cells; then one entry, of version 0, for each latest slice.
    pub(crate) cells: Vec<CellSnapshot>,
    base: Base,
    plan: Arc<mxe_runtime::Plan>,
    arguments: Vec<Argument>,
    output_cells: Vec<Option<CellTarget>>,
    /// The application's key with this node's share of it, for circuits that sign.
    pub(crate) signing_key: Option<SigningKey>,
}

/// Why there is no attempt.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PrepareError {
    /// Every member must reject the computation.
    #[error("to be rejected as {:?}: {}", .0.reason, .0.why)]
    Refused(Refusal),
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The endpoint lags behind what we have already seen.
    #[error("the chain answered for slot {read}, {needed} has been seen already")]
    Behind { read: u64, needed: u64 },
    #[error("the computation and its circuit do not fit together: {what}")]
    Inconsistent { what: &'static str },
    #[error("the application's signing key {address} is asked for, but not made yet")]
    KeyNotMade { address: Pubkey },
    /// This node's long-term secret is not the one that the key was made with, or the chain's key is none.
    #[error("the application's signing key: {0}")]
    SigningKey(#[from] SigningKeyError),
}

impl Prepared {
    /// The task of the session.
    pub(crate) fn task(&self, session: SessionId) -> Task {
        Task {
            base: self.base.clone(),
            plan: self.plan.clone(),
            session: session.0,
            computation: self.job.id.0,
            arguments: self.arguments.clone(),
            output_cells: self.output_cells.clone(),
            state_key_version: u64::from(self.job.computation.state_key_version),
        }
    }

    /// What an attempt takes from the stock, in clusters whose protocol needs one.
    pub(crate) fn stock_need(&self) -> AttemptNeed {
        let version = u64::from(self.job.computation.state_key_version);
        AttemptNeed::of(&self.plan, &self.arguments, self.base.mxe, version)
    }

    /// The versions of the cells and the hashes of the latest slices, for the result's signature.
    pub(crate) fn cell_versions(&self) -> Vec<u64> {
        let cells = self.job.computation.cells.len();
        let versions = self.cells.iter().take(cells).map(|cell| cell.version);
        let slices = self.cells.iter().skip(cells).flat_map(|slice| hash_words(&slice.data_hash));
        versions.chain(slices).collect()
    }
}

/// Reads what the job needs at this moment; nothing older than `not_before`.
pub(crate) async fn prepare<C: Chain>(
    chain: &C,
    genesis: [u8; 32],
    job: Arc<Job>,
    cluster: &ClusterView,
    holder: &Holder<'_>,
    not_before: u64,
) -> Result<Prepared, PrepareError> {
    let recipe = job.recipe.clone().map_err(PrepareError::Refused)?;
    let computation = &job.computation;
    let mut addresses: Vec<Pubkey> = computation.cells.iter().map(|cell| cell.address).collect();
    for argument in &computation.arguments {
        if let StoredArgument::AccountSlice { account, .. } | StoredArgument::LatestSlice { account, .. } =
            argument
            && !addresses.contains(account)
        {
            addresses.push(*account);
        }
    }
    // A protocol without signing keys rejects the circuit itself.
    let signs = recipe.plan.signs() && cluster.protocol != PROTOCOL_REPLICATED3_SEMI_HONEST;
    let key_address = pda::signing_key(&computation.mxe, computation.state_key_version).0;
    if signs && !addresses.contains(&key_address) {
        addresses.push(key_address);
    }
    let (slot, accounts) = read(chain, &addresses, not_before).await?;
    let account = |address: &Pubkey| {
        addresses.iter().position(|known| known == address).and_then(|index| accounts.get(index)?.as_ref())
    };

    let signing_key = signs.then(|| of_application(&key_address, account(&key_address), cluster, holder));
    let signing_key = signing_key.transpose()?;

    let mut cells = Vec::with_capacity(computation.cells.len());
    for cell in &computation.cells {
        let missing = || AccountError { kind: "cell", address: cell.address, why: "there is none".into() };
        let decoded: Cell = decode("cell", &cell.address, account(&cell.address).ok_or_else(missing)?)?;
        if decoded.mxe != computation.mxe {
            return Err(PrepareError::Inconsistent { what: "a cell belongs to another MXE" });
        }
        cells.push(decoded);
    }

    let parameters = &recipe.definition.parameters;
    if parameters.len() != computation.arguments.len() {
        return Err(PrepareError::Inconsistent { what: "the number of arguments" });
    }
    let mut arguments = Vec::with_capacity(parameters.len());
    let mut slices = Vec::new();
    for (index, (argument, parameter)) in computation.arguments.iter().zip(parameters).enumerate() {
        arguments.push(match argument {
            StoredArgument::Plaintext(bytes) => Argument::Plaintext(bytes.clone()),
            StoredArgument::Input(bytes) => Argument::Input(bytes.clone()),
            StoredArgument::Empty => Argument::None,
            StoredArgument::Cell { cell } => {
                let used = computation.cells.get(usize::from(*cell));
                let (Some(used), Some(cell)) = (used, cells.get(usize::from(*cell))) else {
                    return Err(PrepareError::Inconsistent { what: "the index of a cell" });
                };
                Argument::Cell {
                    address: used.address.to_bytes(),
                    version: cell.version,
                    body: cell.data.clone(),
                }
            }
            StoredArgument::LatestSlice { account: address, offset, length } => {
                let bytes = slice(account(address), *offset, *length).map_err(|why| {
                    PrepareError::Refused(Refusal {
                        reason: FailureReason::InputStale,
                        detail: index as u32,
                        why: format!("argument {index}, {length} bytes of {address} from {offset}: {why}"),
                    })
                })?;
                slices.push(CellSnapshot { version: 0, data_hash: Sha256::digest(&bytes).into() });
                Argument::Plaintext(bytes)
            }
            StoredArgument::AccountSlice { account: address, offset, length, hash } => {
                let bytes = frozen_slice(account(address), *offset, *length, hash).map_err(|why| {
                    PrepareError::Refused(Refusal {
                        reason: FailureReason::InputStale,
                        // At most MAX_PARAMETERS arguments.
                        detail: index as u32,
                        why: format!("argument {index}, {length} bytes of {address} from {offset}: {why}"),
                    })
                })?;
                match parameter.kind {
                    ParameterKind::Plaintext => Argument::Plaintext(bytes),
                    ParameterKind::Shared { .. } | ParameterKind::Recipient { .. } => Argument::Input(bytes),
                    ParameterKind::Cell | ParameterKind::Mxe => {
                        return Err(PrepareError::Inconsistent { what: "a slice as a cell" });
                    }
                }
            }
        });
    }

    let mut output_cells = Vec::with_capacity(computation.output_cells.len());
    for target in &computation.output_cells {
        output_cells.push(match target {
            None => None,
            Some(index) => {
                let used = computation.cells.get(usize::from(*index));
                let (Some(used), Some(cell)) = (used, cells.get(usize::from(*index))) else {
                    return Err(PrepareError::Inconsistent { what: "the index of an output's cell" });
                };
                Some(CellTarget {
                    cell: used.address.to_bytes(),
                    new_version: cell.version.saturating_add(1),
                })
            }
        });
    }

    let base = Base {
        genesis,
        program: arx_program::ID.to_bytes(),
        cluster: cluster.address.to_bytes(),
        epoch: cluster.epoch,
        protocol: cluster.protocol,
        members: cluster.members.clone(),
        mxe: computation.mxe.to_bytes(),
        circuit: recipe.plan.circuit_hash(),
        interface: recipe.plan.interface_hash(),
        instance: computation.instance.to_bytes(),
        authority: computation.authority.to_bytes(),
        counter: computation.counter,
        not_after: computation.not_after,
    };
    let cells = cells.iter().map(snapshot).chain(slices).collect();
    let plan = recipe.plan.clone();
    Ok(Prepared { plan, slot, cells, base, arguments, output_cells, signing_key, job })
}

fn snapshot(cell: &Cell) -> CellSnapshot {
    CellSnapshot { version: cell.version, data_hash: Sha256::digest(&cell.data).into() }
}

/// The bytes of a frozen slice, if they are what they were when queued.
fn frozen_slice(
    account: Option<&Account>,
    offset: u32,
    length: u32,
    hash: &[u8; 32],
) -> Result<Vec<u8>, &'static str> {
    let bytes = slice(account, offset, length)?;
    if <[u8; 32]>::from(Sha256::digest(&bytes)) != *hash {
        return Err("the bytes have changed since the computation was queued");
    }
    Ok(bytes)
}

/// The bytes of a slice as they are.
fn slice(account: Option<&Account>, offset: u32, length: u32) -> Result<Vec<u8>, &'static str> {
    let account = account.ok_or("the account is gone")?;
    let start = offset as usize;
    let end = start.checked_add(length as usize).ok_or("the account is too short now")?;
    Ok(account.data.get(start..end).ok_or("the account is too short now")?.to_vec())
}

async fn read<C: Chain>(
    chain: &C,
    addresses: &[Pubkey],
    not_before: u64,
) -> Result<(u64, Vec<Option<Account>>), PrepareError> {
    if addresses.is_empty() {
        return Ok((not_before, Vec::new()));
    }
    // A transaction locks at most 64 accounts, and one is added: so this is one reading.
    let read = chain.accounts(&addresses[..addresses.len().min(MAX_ACCOUNTS_PER_READ)]).await?;
    if read.slot < not_before {
        return Err(PrepareError::Behind { read: read.slot, needed: not_before });
    }
    Ok((read.slot, read.accounts))
}
