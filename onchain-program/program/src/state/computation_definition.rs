//! A computation definition: a circuit that an application may run, and the shape of its arguments and outputs.

use anchor_lang::prelude::*;

use crate::{constants::*, error::ArxError, record::ensure};

/// How an argument reaches the computation.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// In the clear, as Borsh bytes.
    Plaintext,
    /// Encrypted by a client; its outputs of this slot go to the recipient key in front of the ciphertext.
    Shared {
        /// The owner's index in the interface.
        slot: u16,
    },
    /// Only a recipient key: someone who receives an output without giving an input.
    Recipient {
        /// The owner's index in the interface.
        slot: u16,
    },
    /// State of the application, from a cell.
    Cell,
    /// The marker `Mxe`: carries no data.
    Mxe,
}

/// Shape of one argument.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParameterSpec {
    /// How it reaches the computation.
    pub kind: ParameterKind,
    /// Its length in bits.
    pub bits: u32,
    /// Its length in bytes in Borsh layout (used by `Plaintext`).
    pub plain_len: u32,
}

impl ParameterSpec {
    /// Exact length in bytes of the argument's data for a cluster of `members` nodes; `None` where it carries none.
    pub fn data_length(&self, members: usize) -> Option<usize> {
        match self.kind {
            ParameterKind::Plaintext => Some(self.plain_len as usize),
            ParameterKind::Shared { .. } => Some(
                RECIPIENT_LENGTH
                    + INPUT_HEADER_LENGTH
                    + INPUT_BYTES_PER_NODE * members
                    + packed_length(self.bits),
            ),
            ParameterKind::Recipient { .. } => Some(RECIPIENT_LENGTH),
            ParameterKind::Cell | ParameterKind::Mxe => None,
        }
    }
}

/// Where an output goes.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputKind {
    /// Published, as Borsh bytes.
    Public,
    /// To the recipient of a slot, encrypted.
    Shared {
        /// The owner's index in the interface.
        slot: u16,
    },
    /// Into a cell.
    Cell {
        /// The parameter whose cell is written back, or `None` for a cell that the caller names.
        source: Option<u8>,
    },
}

/// Shape of one output.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputSpec {
    /// Where it goes.
    pub kind: OutputKind,
    /// Its length in bits.
    pub bits: u32,
    /// Its length in bytes in Borsh layout (used by `Public`).
    pub plain_len: u32,
}

impl OutputSpec {
    /// Exact length in bytes of the output for a cluster of `members` nodes that runs `protocol`.
    pub fn data_length(&self, members: usize, protocol: u16) -> usize {
        match self.kind {
            OutputKind::Public => self.plain_len as usize,
            OutputKind::Shared { .. } => {
                OUTPUT_HEADER_LENGTH + OUTPUT_BYTES_PER_NODE * members + packed_length(self.bits)
            }
            OutputKind::Cell { .. } => cell_body_length(self.bits, protocol),
        }
    }
}

/// Bytes of `bits` bits, packed.
pub fn packed_length(bits: u32) -> usize {
    (bits as usize).div_ceil(8)
}

/// Bytes of a cell's body for `bits` bits.
pub fn cell_body_length(bits: u32, protocol: u16) -> usize {
    let tags = match cell_version(protocol) {
        CELL_PLAIN => 0,
        _ => CELL_TAG_LENGTH * (bits as usize).div_ceil(CELL_TAG_BITS),
    };
    CELL_HEADER_LENGTH + packed_length(bits) + tags
}

/// The version byte of the cell bodies that a protocol writes.
pub fn cell_version(protocol: u16) -> u8 {
    if protocol == PROTOCOL_REPLICATED3_SEMI_HONEST { CELL_PLAIN } else { CELL_TAGGED }
}

/// Whether a definition may be used.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefinitionStatus {
    /// Its circuit is being written.
    Draft,
    /// Computations may be queued.
    Active,
    /// No new computations; queued ones still run.
    Deprecated,
    /// Complete, but it waits for the MXE's delay, and for a veto.
    Announced {
        /// First slot in which `activate_definition` may be sent.
        effective_slot: u64,
    },
}

/// A circuit that an application may run.
///
/// Seeds: `["definition", mxe, name]`. Written by `create_definition`, `finalize_definition`,
/// `deprecate_definition`; closed by `close_definition` while it is a draft. Nothing but `status` ever changes.
#[account]
#[derive(Debug)]
pub struct ComputationDefinition {
    /// The MXE it belongs to.
    pub mxe: Pubkey,
    /// Name of the circuit's entry function.
    pub name: String,
    /// SHA-256 of the circuit artifact; checked on chain by `finalize_definition`.
    pub circuit_hash: [u8; 32],
    /// SHA-256 of the canonical interface.
    pub interface_hash: [u8; 32],
    /// Length of the artifact in bytes.
    pub circuit_length: u32,
    /// Cost of one run; nodes recompute it and refuse a false one.
    pub cost_units: u64,
    /// Shapes of the arguments.
    pub parameters: Vec<ParameterSpec>,
    /// Shapes of the outputs.
    pub outputs: Vec<OutputSpec>,
    /// Whether it may be used.
    pub status: DefinitionStatus,
    /// Slot of creation.
    pub created_slot: u64,
    /// Bump of the address.
    pub bump: u8,
}

impl ComputationDefinition {
    /// Space of a definition with this name and these many parameters and outputs, the discriminator included.
    pub fn space(name: &str, parameters: usize, outputs: usize) -> usize {
        8 + 32 + 4 + name.len() + 32 + 32 + 4 + 8 + 4 + parameters * 11 + 4 + outputs * 11 + 9 + 8 + 1
    }

    /// Refuses shapes that no call could satisfy.
    pub fn validate(&self) -> Result<()> {
        let name = self.name.as_bytes();
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        ensure!(
            !name.is_empty() && name.len() <= MAX_NAME_LENGTH && name.iter().all(plain),
            ArxError::InvalidName
        );
        ensure!((1..=MAX_CIRCUIT_LENGTH).contains(&self.circuit_length), ArxError::InvalidCircuitLength);
        ensure!(
            self.parameters.len() <= MAX_PARAMETERS && self.outputs.len() <= MAX_PARAMETERS,
            ArxError::InvalidDefinition
        );
        for output in &self.outputs {
            if let OutputKind::Cell { source: Some(source) } = output.kind {
                let parameter = self.parameters.get(source as usize).ok_or(ArxError::InvalidDefinition)?;
                ensure!(
                    parameter.kind == ParameterKind::Cell && parameter.bits == output.bits,
                    ArxError::InvalidDefinition
                );
            }
        }
        Ok(())
    }
}
