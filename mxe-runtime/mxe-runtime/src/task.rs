//! One attempt at one computation, as all nodes know it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use arcis_circuit::gates::Shape;
use arcis_circuit::{OutputKind, ParameterKind};
use arx_wire::cell::CellBody;
use arx_wire::hash::LabelledHash;
use arx_wire::{Base, EncryptionSecretKey, WireError};
use mpc::certificate::task_digest;
use mpc::correlation::StateKeyId;
use zeroize::Zeroizing;

use crate::{Plan, StockNeed};

/// The version of the nodes' long-term keys that an application starts with.
pub const INITIAL_STATE_KEY_VERSION: u64 = 1;

/// One attempt at one computation. All of it is public, and all nodes must have the same: its digest is the
/// first thing that they compare.
#[derive(Clone, Debug)]
pub struct Task {
    /// Everything that derivations bind: cluster, epoch, circuit, authority, counter of this computation.
    pub base: Base,
    /// The circuit, ready to run.
    pub plan: Arc<Plan>,
    /// The name of this attempt. Never used twice.
    pub session: [u8; 32],
    /// Address of the computation account, the same for all attempts.
    pub computation: [u8; 32],
    /// One per parameter of the interface.
    pub arguments: Vec<Argument>,
    /// One per output of the interface: where a cell output goes, `None` for the others.
    pub output_cells: Vec<Option<CellTarget>>,
    /// The version of the nodes' long-term keys that cells are written under, [`INITIAL_STATE_KEY_VERSION`]
    /// until they change.
    pub state_key_version: u64,
}

/// The argument for one parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// For a plaintext parameter: the value in Borsh's layout.
    Plaintext(Vec<u8>),
    /// For a shared parameter: [`arx_wire::input::InputArgument`], the recipient key of its slot and the
    /// encrypted input. For a recipient parameter: the key alone.
    Input(Vec<u8>),
    /// For a cell parameter.
    Cell {
        /// Address of the cell.
        address: [u8; 32],
        /// Its version at the start of this attempt.
        version: u64,
        /// Its body at that version, [`arx_wire::cell::CellBody`].
        body: Vec<u8>,
    },
    /// For a marker without data.
    None,
}

/// Where a cell output is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellTarget {
    /// Address of the cell.
    pub cell: [u8; 32],
    /// The version that the writing makes: one more than the cell has at the start.
    pub new_version: u64,
}

/// What a node alone knows.
pub struct NodeSecrets {
    /// The encryption key of the epoch.
    pub encryption_key: EncryptionSecretKey,
    /// The secret that the node's long-term keys of all applications are derived from.
    pub state_secret: Zeroizing<[u8; 32]>,
}

impl fmt::Debug for NodeSecrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("NodeSecrets([secret])")
    }
}

/// What one attempt takes from the stock, by state key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttemptNeed {
    /// Random authenticated bits.
    pub bits: u64,
    /// Triples of authenticated bits.
    pub triples: u64,
    /// Triples over GF(2^128).
    pub field_triples: u64,
    /// Random authenticated scalars.
    pub scalars: u64,
    /// Bits under each state key.
    pub state_bits: BTreeMap<StateKeyId, u64>,
}

impl AttemptNeed {
    /// What an attempt at `plan` with these arguments takes, for an application whose state is written under this
    /// version of its keys. A cell whose body cannot be read is counted as if it had been written under it: the
    /// attempt rejects it.
    pub fn of(plan: &Plan, arguments: &[Argument], mxe: [u8; 32], state_key_version: u64) -> Self {
        let need = plan.stock_need();
        let mut state_bits = BTreeMap::new();
        let mut add = |version, bits| {
            if bits > 0 {
                *state_bits.entry(StateKeyId { mxe, version }).or_default() += bits;
            }
        };
        for (parameter, argument) in plan.interface().parameters.iter().zip(arguments) {
            if let (ParameterKind::Cell, Argument::Cell { body, .. }) = (parameter.kind, argument) {
                let version = CellBody::parse(body).map_or(state_key_version, |body| body.key_version);
                add(version, parameter.ty.bits());
            }
        }
        let stored = plan.interface().outputs.iter();
        let stored = stored.filter(|output| matches!(output.kind, OutputKind::Cell { .. }));
        stored.for_each(|output| add(state_key_version, output.ty.bits()));
        let StockNeed { bits, triples, field_triples, scalars, .. } = need;
        Self { bits, triples, field_triples, scalars, state_bits }
    }
}

impl Task {
    /// What this attempt takes from the stock.
    pub fn stock_need(&self) -> AttemptNeed {
        AttemptNeed::of(&self.plan, &self.arguments, self.base.mxe, self.state_key_version)
    }

    /// The digest of everything in the task, with the shape in which the circuit is run: of the base, and of all
    /// else ([`work_digest`](Self::work_digest)).
    ///
    /// # Errors
    /// [`WireError::ImpossibleMemberCount`].
    pub fn digest(&self) -> Result<[u8; 32], WireError> {
        Ok(task_digest(&self.base.digest()?, &self.work_digest()))
    }

    /// The digest of everything but the base.
    pub fn work_digest(&self) -> [u8; 32] {
        let mut hash = LabelledHash::new("arx/v1/task/work")
            .bytes(&self.plan.circuit_hash())
            .bytes(&self.plan.interface_hash())
            .u8(match self.plan.shape() {
                Shape::Small => 0,
                Shape::Fast => 1,
            })
            .bytes(&self.session)
            .bytes(&self.computation)
            .u64(self.state_key_version)
            .u64(self.arguments.len() as u64);
        for argument in &self.arguments {
            hash = match argument {
                Argument::Plaintext(bytes) => hash.u8(0).u64(bytes.len() as u64).bytes(bytes),
                Argument::Input(bytes) => hash.u8(1).u64(bytes.len() as u64).bytes(bytes),
                Argument::Cell { address, version, body } => {
                    hash.u8(2).bytes(address).u64(*version).u64(body.len() as u64).bytes(body)
                }
                Argument::None => hash.u8(3),
            };
        }
        hash = hash.u64(self.output_cells.len() as u64);
        for target in &self.output_cells {
            hash = match target {
                Some(CellTarget { cell, new_version }) => hash.u8(1).bytes(cell).u64(*new_version),
                None => hash.u8(0),
            };
        }
        hash.finish()
    }
}
