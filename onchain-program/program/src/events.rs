//! One event per change of state, in the transaction's log.

use anchor_lang::prelude::*;

use crate::state::{Delivery, FailureReason};

/// The network was set up.
#[event]
pub struct ConfigChanged {
    /// Who may change it.
    pub authority: Pubkey,
    /// Receives the treasury's part.
    pub treasury: Pubkey,
    /// The treasury's part.
    pub treasury_basis_points: u16,
}

/// A node registered, or changed its registration.
#[event]
pub struct NodeChanged {
    /// Its identity.
    pub identity: Pubkey,
    /// Its cold authority.
    pub authority: Pubkey,
    /// Where it is reached.
    pub endpoint: String,
}

/// A cluster was created.
#[event]
pub struct ClusterCreated {
    /// Its address.
    pub cluster: Pubkey,
    /// The invited nodes.
    pub members: Vec<Pubkey>,
    /// Its protocol.
    pub protocol: u16,
}

/// A node joined a cluster.
#[event]
pub struct ClusterJoined {
    /// The cluster.
    pub cluster: Pubkey,
    /// The node.
    pub identity: Pubkey,
    /// The cluster's epoch: 0 until all have joined.
    pub epoch: u64,
}

/// A cluster changed its prices.
#[event]
pub struct PriceChanged {
    /// The cluster.
    pub cluster: Pubkey,
    /// Lamports per cost unit.
    pub price_per_unit: u64,
    /// Lamports per computation.
    pub base_fee: u64,
}

/// An application made an MXE.
#[event]
pub struct MxeCreated {
    /// Its address.
    pub mxe: Pubkey,
    /// The application's program.
    pub application: Pubkey,
    /// The cluster.
    pub cluster: Pubkey,
}

/// A definition changed its status.
#[event]
pub struct DefinitionChanged {
    /// Its address.
    pub definition: Pubkey,
    /// The circuit's hash.
    pub circuit_hash: [u8; 32],
    /// 0 draft, 1 active, 2 deprecated, 3 closed.
    pub status: u8,
}

/// An application made a cell.
#[event]
pub struct CellCreated {
    /// Its address.
    pub cell: Pubkey,
    /// The MXE.
    pub mxe: Pubkey,
    /// Its size.
    pub bits: u32,
}

/// A computation entered the queue.
#[event]
pub struct ComputationQueued {
    /// Its address.
    pub computation: Pubkey,
    /// The cluster.
    pub cluster: Pubkey,
    /// What it runs.
    pub definition: Pubkey,
    /// Its number in the queue.
    pub sequence: u64,
    /// Slot after which it expires.
    pub deadline: u64,
    /// Lamports held.
    pub escrow: u64,
}

/// A computation has its result.
#[event]
pub struct ComputationFinalized {
    /// Its address.
    pub computation: Pubkey,
    /// The session that computed it.
    pub session: [u8; 32],
    /// Lamports paid to the members and the treasury.
    pub paid: u64,
}

/// All members signed that a computation cannot be computed.
#[event]
pub struct ComputationFailed {
    /// Its address.
    pub computation: Pubkey,
    /// Why.
    pub reason: FailureReason,
    /// Which argument.
    pub detail: u32,
    /// Lamports returned to the payer.
    pub refunded: u64,
}

/// A computation's deadline passed.
#[event]
pub struct ComputationExpired {
    /// Its address.
    pub computation: Pubkey,
    /// Lamports returned to the payer.
    pub refunded: u64,
}

/// An outcome reached its application.
#[event]
pub struct OutcomeDelivered {
    /// The computation.
    pub computation: Pubkey,
    /// How.
    pub delivery: Delivery,
}

/// A member reported that the callback fails.
#[event]
pub struct CallbackFailed {
    /// The computation.
    pub computation: Pubkey,
    /// The member.
    pub identity: Pubkey,
    /// The callback's error code.
    pub code: u32,
}

/// A member took its earnings.
#[event]
pub struct FeesClaimed {
    /// The cluster.
    pub cluster: Pubkey,
    /// The member.
    pub identity: Pubkey,
    /// How much.
    pub lamports: u64,
}

/// The treasury received its part.
#[event]
pub struct TreasurySwept {
    /// The cluster.
    pub cluster: Pubkey,
    /// How much.
    pub lamports: u64,
}

/// A computation's account was closed.
#[event]
pub struct RentReclaimed {
    /// The computation.
    pub computation: Pubkey,
    /// How much.
    pub lamports: u64,
}
