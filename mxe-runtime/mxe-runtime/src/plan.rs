//! A circuit made ready to run.

use arcis_circuit::gates::{
    Cost, GateProgram, LowerError, SIGNING_ROUNDS, Shape, ShuffleSwitches, Step, Target, cost, lower,
};
use arcis_circuit::{Artifact, ArtifactError, Interface, OutputKind, ParameterKind, Type, TypeError};
use thiserror::Error;

use crate::{Sandbox, SandboxError};

/// What one round is taken to cost when the shape is chosen, in nanoseconds: a round trip between
/// neighbouring data centres.
const ROUND_NANOSECONDS: u64 = 5_000_000;
/// What one AND is taken to cost, in nanoseconds. Together with [`ROUND_NANOSECONDS`] a round is worth 10,000
/// ANDs.
const AND_NANOSECONDS: u64 = 500;

/// The number of nodes that plans are made for unless it is said otherwise.
const DEFAULT_PARTIES: u8 = 3;

/// Bits that are entered with every pad of a client's input or output, for the mask of its tag.
const TAG_MASK_BITS: u64 = 128;

/// A circuit, lowered to gates and matched with its interface. Made once per circuit; every computation of
/// the circuit uses it.
#[derive(Clone, Debug)]
pub struct Plan {
    artifact: Artifact,
    pub(crate) sandbox: Option<Sandbox>,
    circuit_hash: [u8; 32],
    interface_hash: [u8; 32],
    shape: Shape,
    cost: Cost,
    pub(crate) program: GateProgram,
    /// How many words of the program each parameter, and each output, consists of: none, of outputs of public code.
    pub(crate) parameter_words: Vec<usize>,
    pub(crate) output_words: Vec<usize>,
}

/// How much correlated randomness one execution takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StockNeed {
    /// Random authenticated bits.
    pub bits: u64,
    /// Triples of authenticated bits.
    pub triples: u64,
    /// Bits under the state keys of the cells that are loaded.
    pub loaded_bits: u64,
    /// Bits under the state key of the cells that are stored.
    pub stored_bits: u64,
    /// Triples over GF(2^128).
    pub field_triples: u64,
    /// Random authenticated scalars: one for each signature.
    pub scalars: u64,
}

/// Why a circuit cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PlanError {
    /// Interface and circuit are invalid, or do not fit each other.
    #[error("the artifact is invalid: {0}")]
    Artifact(#[from] ArtifactError),
    /// The public code cannot be run.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// The circuit cannot be lowered to gates.
    #[error("the circuit cannot be made into gates: {0}")]
    Lower(#[from] LowerError),
    /// A type of the interface cannot be laid out in words.
    #[error("a type of the interface has no words: {0}")]
    Type(#[from] TypeError),
}

impl Plan {
    /// Makes a plan in the shape that is estimated to be faster. The choice depends on the circuit alone, so
    /// all nodes make the same one.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn new(artifact: Artifact) -> Result<Self, PlanError> {
        Self::for_parties(artifact, DEFAULT_PARTIES)
    }

    /// As [`new`](Self::new), for clusters of so many nodes. Circuits that shuffle are made into other gates for
    /// every number of nodes.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn for_parties(artifact: Artifact, parties: u8) -> Result<Self, PlanError> {
        let small = lower(&artifact.circuit, Target { shape: Shape::Small, parties })?;
        let fast = lower(&artifact.circuit, Target { shape: Shape::Fast, parties })?;
        if estimate(&cost(&small)) < estimate(&cost(&fast)) {
            Self::from_program(artifact, small, Shape::Small)
        } else {
            Self::from_program(artifact, fast, Shape::Fast)
        }
    }

    /// Makes a plan in a given shape.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn with_shape(artifact: Artifact, shape: Shape) -> Result<Self, PlanError> {
        let program = lower(&artifact.circuit, shape)?;
        Self::from_program(artifact, program, shape)
    }

    /// The circuit and its interface.
    pub const fn artifact(&self) -> &Artifact {
        &self.artifact
    }

    /// What the circuit takes and gives.
    pub const fn interface(&self) -> &Interface {
        &self.artifact.interface
    }

    /// The hash that names the circuit.
    pub const fn circuit_hash(&self) -> [u8; 32] {
        self.circuit_hash
    }

    /// The hash of the interface.
    pub const fn interface_hash(&self) -> [u8; 32] {
        self.interface_hash
    }

    /// The shape that was chosen.
    pub const fn shape(&self) -> Shape {
        self.shape
    }

    /// What an execution costs.
    pub const fn cost(&self) -> &Cost {
        &self.cost
    }

    /// What an execution among malicious peers takes from the stock: exactly this, at every node.
    pub fn stock_need(&self) -> StockNeed {
        let mut need =
            StockNeed { bits: self.cost.random_bits, triples: self.cost.ands, ..StockNeed::default() };
        for step in &self.program.steps {
            if let Step::Switches(shuffles) = step {
                // Every party enters as many as the others; one item serves all of them.
                let own = |shuffle: &ShuffleSwitches| shuffle.parties.first().map_or(0, Vec::len) as u64;
                need.bits += shuffles.iter().map(own).sum::<u64>();
            }
        }
        let entered = |ty: &Type| ty.bits() + TAG_MASK_BITS;
        for parameter in &self.interface().parameters {
            match parameter.kind {
                ParameterKind::Shared { .. } => need.bits += entered(&parameter.ty),
                ParameterKind::Cell => need.loaded_bits += parameter.ty.bits(),
                ParameterKind::Plaintext | ParameterKind::Recipient { .. } | ParameterKind::Mxe => {}
            }
        }
        for output in &self.interface().outputs {
            match output.kind {
                OutputKind::Shared { .. } => need.bits += entered(&output.ty),
                OutputKind::Cell { .. } => need.stored_bits += output.ty.bits(),
                OutputKind::Public => {}
            }
        }
        // One for the check of all that is loaded, one for that of all that is stored.
        need.scalars = self.cost.signatures;
        need.field_triples = u64::from(need.loaded_bits > 0) + u64::from(need.stored_bits > 0);
        need
    }

    /// Whether an execution signs anything with the application's key.
    pub const fn signs(&self) -> bool {
        self.cost.signatures > 0
    }

    /// Whether an execution shows anything to anyone: reveals a bit, signs, gives a public output or one to a
    /// client.
    pub(crate) fn opens_anything(&self) -> bool {
        let to_someone = |kind| matches!(kind, OutputKind::Public | OutputKind::Shared { .. });
        self.cost.reveals > 0
            || self.signs()
            || self.interface().outputs.iter().any(|output| to_someone(output.kind))
    }

    fn from_program(artifact: Artifact, program: GateProgram, shape: Shape) -> Result<Self, PlanError> {
        artifact.validate()?;
        let words = |ty: &Type| Ok(ty.leaves()?.len());
        let interface = &artifact.interface;
        Ok(Self {
            parameter_words: interface
                .parameters
                .iter()
                .map(|parameter| words(&parameter.ty))
                .collect::<Result<_, TypeError>>()?,
            output_words: (0..)
                .zip(&interface.outputs)
                .map(|(index, output)| if is_finished(&artifact, index) { Ok(0) } else { words(&output.ty) })
                .collect::<Result<_, TypeError>>()?,
            sandbox: artifact.public.as_ref().map(Sandbox::new).transpose()?,
            circuit_hash: artifact.circuit_hash(),
            interface_hash: artifact.interface_hash(),
            shape,
            cost: cost(&program),
            program,
            artifact,
        })
    }
}

/// Whether an output comes from public code, and not from the circuit.
pub(crate) fn is_finished(artifact: &Artifact, output: u16) -> bool {
    artifact.public.as_ref().is_some_and(|public| public.finished().contains(&output))
}

fn estimate(cost: &Cost) -> u64 {
    let signing = u64::from(cost.signing_steps) * u64::from(SIGNING_ROUNDS);
    let rounds = u64::from(cost.and_rounds) + u64::from(cost.reveal_rounds) + signing;
    rounds.saturating_mul(ROUND_NANOSECONDS).saturating_add(cost.ands.saturating_mul(AND_NANOSECONDS))
}
