//! A computation: from its queueing to its tombstone.

use anchor_lang::prelude::*;

use crate::constants::MAX_STORED_RESULT;

/// One argument as the caller gives it. Account indices count from the first of the remaining accounts.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// Borsh bytes of a plaintext parameter.
    Plaintext(Vec<u8>),
    /// Of a `Shared` parameter: recipient key (32 bytes), then the input of `wire.md`. Of a `Recipient`: the key alone.
    Input(Vec<u8>),
    /// A cell of the MXE.
    Cell {
        /// Index of the cell's account.
        account: u8,
    },
    /// The bytes of a plaintext or `Shared` parameter, taken from an account as it is now (frozen: the program stores
    /// their hash, and nodes refuse other bytes as `InputStale`).
    AccountSlice {
        /// Index of the account.
        account: u8,
        /// First byte.
        offset: u32,
        /// How many bytes.
        length: u32,
    },
    /// The bytes of a plaintext parameter, taken from an account as it is when the computation is started (latest: the
    /// members sign the hash of what they read, and the result is refused if the account says something else by then).
    LatestSlice {
        /// Index of the account.
        account: u8,
        /// First byte.
        offset: u32,
        /// How many bytes.
        length: u32,
    },
    /// Of an `Mxe` marker.
    Empty,
}

/// One argument as it is stored and signed for.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug, PartialEq, Eq)]
pub enum StoredArgument {
    /// Borsh bytes of a plaintext parameter.
    Plaintext(Vec<u8>),
    /// Recipient key and input, or the recipient key alone.
    Input(Vec<u8>),
    /// A cell.
    Cell {
        /// Index into [`Computation::cells`].
        cell: u8,
    },
    /// Bytes of an account, as they were when queued.
    AccountSlice {
        /// The account.
        account: Pubkey,
        /// First byte.
        offset: u32,
        /// How many bytes.
        length: u32,
        /// SHA-256 of those bytes when queued.
        hash: [u8; 32],
    },
    /// Of an `Mxe` marker.
    Empty,
    /// Bytes of an account, as they are when the computation is started.
    LatestSlice {
        /// The account.
        account: Pubkey,
        /// First byte.
        offset: u32,
        /// How many bytes.
        length: u32,
    },
}

/// A cell that a computation uses; each distinct cell appears once.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellUse {
    /// The cell.
    pub address: Pubkey,
    /// It is an input.
    pub read: bool,
    /// It is written when the computation is finalised.
    pub write: bool,
}

/// Whom to call with the result, within the MXE's application program.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug, PartialEq, Eq)]
pub struct CallbackSpec {
    /// Discriminator of the handler's instruction.
    pub discriminator: [u8; 8],
    /// Accounts after the callback signer and the computation.
    pub accounts: Vec<CallbackAccount>,
}

/// One account of a callback. It is never a signer.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallbackAccount {
    /// Its address.
    pub key: Pubkey,
    /// Whether the handler may write it.
    pub writable: bool,
}

/// Lamports held in the computation's account until it is settled.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Escrow {
    /// Per computation; kept by the members when an input is at fault.
    pub base_fee: u64,
    /// Cost units times the cluster's price.
    pub work_fee: u64,
    /// What the caller offers for a better place.
    pub priority_fee: u64,
    /// Rent of the account for large outputs and the fees of writing them; to whoever submits them.
    pub output_rent: u64,
}

/// Why the members could not compute. Signed by all of them.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureReason {
    /// An encrypted input fails its tag. The detail is the argument's index; so for the next two.
    InputTampered,
    /// An encrypted input was used before.
    InputSpent,
    /// An input is not canonical or does not decode.
    InputMalformed,
    /// An account slice is not what it was when queued.
    InputStale,
    /// The circuit's bytes do not match their hash, or do not decode.
    CircuitMismatch,
    /// The definition's shapes or cost are not those of the circuit.
    DefinitionMismatch,
    /// A cell's content does not load.
    CellUnreadable,
    /// The protocol stopped because of the nodes.
    ProtocolFailed,
}

impl FailureReason {
    /// Number in the signed message.
    pub fn code(self) -> u16 {
        match self {
            Self::InputTampered => 1,
            Self::InputSpent => 2,
            Self::InputMalformed => 3,
            Self::InputStale => 4,
            Self::CircuitMismatch => 5,
            Self::DefinitionMismatch => 6,
            Self::CellUnreadable => 7,
            Self::ProtocolFailed => 8,
        }
    }

    /// Whether the members keep the base fee: the caller or the application is at fault, not the nodes.
    pub fn keeps_base_fee(self) -> bool {
        match self {
            Self::InputTampered
            | Self::InputSpent
            | Self::InputMalformed
            | Self::InputStale
            | Self::CircuitMismatch
            | Self::DefinitionMismatch => true,
            Self::CellUnreadable | Self::ProtocolFailed => false,
        }
    }
}

/// Where a computation stands. Everything but `Queued` is final.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComputationStatus {
    /// Waits for its result.
    Queued,
    /// Has its result.
    Finalized,
    /// All members signed that it cannot be computed.
    Failed {
        /// Why.
        reason: FailureReason,
        /// Which argument, where the reason concerns one.
        detail: u32,
    },
    /// Its deadline passed.
    Expired,
    /// Its user took it back.
    Cancelled,
}

/// How the outcome reached the application. It does so once.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Not yet.
    Pending,
    /// By callback.
    Delivered,
    /// The application took it with `consume_result`.
    Consumed,
}

/// What the members signed.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug, PartialEq, Eq)]
pub struct ComputationResult {
    /// The session that computed it.
    pub session: [u8; 32],
    /// Digest of the session's broadcasts.
    pub transcript_digest: [u8; 32],
    /// The session's first joint coin.
    pub coin: [u8; 32],
    /// The version each of [`Computation::cells`] had at the start; then, of each latest slice, the SHA-256 of the bytes
    /// that were used, as four words ([`crate::message::slice_words`]).
    pub cell_versions: Vec<u64>,
    /// Digest of all outputs, those of cells included.
    pub output_digest: [u8; 32],
    /// The outputs; in the place of one that went to a cell, or of all if they are in `buffer`, their SHA-256, so that the
    /// signed digest follows from this account alone ([`crate::message::stored_output_digest`]).
    pub outputs: Vec<Vec<u8>>,
    /// The account with the outputs, where they are too long for this one ([`Computation::is_large`]).
    pub buffer: Option<Pubkey>,
}

/// One computation.
///
/// Seeds: `["computation", definition, instance, authority, counter u64 little-endian]`. Created by
/// `queue_computation`; settled once by `finalize_computation`, `fail_computation`, `expire_computation` or `cancel_computation`; marked by
/// `deliver_callback`, `consume_result`, `report_callback_failure`, `cancel_computation`; closed by `reclaim_rent`, not before `not_after`.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct Computation {
    /// What it runs.
    pub definition: Pubkey,
    /// The application's MXE.
    pub mxe: Pubkey,
    /// The application's program.
    pub application: Pubkey,
    /// The cluster that runs it.
    pub cluster: Pubkey,
    /// The cluster's epoch when queued.
    pub epoch: u64,
    /// The protocol of the MXE.
    pub protocol: u16,
    /// Version of the MXE's long-term state keys when queued, under which cells are written.
    pub state_key_version: u32,
    /// The circuit's hash, of the definition.
    pub circuit_hash: [u8; 32],
    /// Which instance of the application it concerns, e.g. one auction.
    pub instance: Pubkey,
    /// The end user, who signed.
    pub authority: Pubkey,
    /// The user's own number of this call.
    pub counter: u64,
    /// Last slot in which the inputs may be queued; the account stays at least as long.
    pub not_after: u64,
    /// Slot after which it expires.
    pub deadline: u64,
    /// Who paid; refunds and rent go there.
    pub payer: Pubkey,
    /// Fees held.
    pub escrow: Escrow,
    /// The arguments.
    pub arguments: Vec<StoredArgument>,
    /// The cells it reads or writes.
    pub cells: Vec<CellUse>,
    /// Per output: the index in `cells` of the cell it goes to.
    pub output_cells: Vec<Option<u8>>,
    /// Per output: its exact length in bytes.
    pub output_lengths: Vec<u32>,
    /// Digest of everything above that the result depends on ([`crate::message::input_digest`]).
    pub input_digest: [u8; 32],
    /// Whom to call with the outcome.
    pub callback: Option<CallbackSpec>,
    /// Its number in the cluster's queue.
    pub sequence: u64,
    /// Slot of queueing.
    pub queued_slot: u64,
    /// Bump of the address.
    pub bump: u8,
    /// Slot in which its user asked to cancel it; 0 if not.
    pub cancel_slot: u64,
    /// Slot of settling; 0 while queued.
    pub settled_slot: u64,
    /// Where it stands.
    pub status: ComputationStatus,
    /// How the outcome reached the application.
    pub delivery: Delivery,
    /// Error code of the first failed callback, as a member reported it.
    pub callback_error: Option<u32>,
    /// The result, once finalised.
    pub result: Option<ComputationResult>,
}

impl Computation {
    /// Whether the outputs are too long for this account: they then stay in the submitter's [`super::ResultBuffer`].
    pub fn is_large(&self) -> bool {
        self.outputs_length() > MAX_STORED_RESULT
    }

    /// Bytes of the outputs as Borsh `Vec<Vec<u8>>`, those of cells included.
    pub fn outputs_length(&self) -> usize {
        4 + self.output_lengths.iter().map(|length| 4 + *length as usize).sum::<usize>()
    }

    /// The latest slices among the arguments.
    pub fn latest_slices(&self) -> impl Iterator<Item = (&Pubkey, u32, u32)> {
        self.arguments.iter().filter_map(|argument| match argument {
            StoredArgument::LatestSlice { account, offset, length } => Some((account, *offset, *length)),
            _ => None,
        })
    }

    /// Space for this computation as just queued, with room for everything that settling it adds.
    pub fn space(&self) -> Result<usize> {
        let now = 8 + borsh::object_length(self)?;
        let status = 1 + 4;
        let callback_error = 4;
        let outputs: usize = self
            .output_lengths
            .iter()
            .zip(&self.output_cells)
            .map(|(length, cell)| 4 + if cell.is_some() || self.is_large() { 32 } else { *length as usize })
            .sum();
        let versions = self.cells.len() + 4 * self.latest_slices().count();
        let result = 4 * 32 + 4 + 8 * versions + 4 + outputs + 33;
        Ok(now + status + callback_error + result)
    }

    /// Whether the outcome is final.
    pub fn is_settled(&self) -> bool {
        self.status != ComputationStatus::Queued
    }
}
