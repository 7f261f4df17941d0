//! The artifact: an interface and its circuit, as the bytes that are written on chain and named by their hash.
//!
//! [`Artifact::to_bytes`] says the same thing in the same bytes everywhere (the layout is in `codec`), and
//! [`Artifact::from_bytes`] takes nothing else, so a hash names an artifact and not just bytes.

use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::circuit::{Circuit, Input, Visibility};
pub use crate::codec::DecodeError;
use crate::codec::{
    Reader, read_circuit, read_interface, read_public, write_circuit, write_interface, write_public,
};
use crate::gates::{self, LowerError, Shape};
use crate::interface::{Interface, InterfaceError, OutputKind, ParameterKind};
use crate::public::{FUEL_PER_UNIT, PublicCode, PublicCodeError};
use crate::types::Type;
use crate::validate::{Analysis, CircuitError};

/// What the bytes of an artifact begin with.
pub const ARTIFACT_MAGIC: [u8; 4] = *b"arxc";
/// Version of the byte format of an artifact without public code.
pub const ARTIFACT_VERSION: u8 = 1;
/// Version of the byte format of one with public code.
pub const ARTIFACT_VERSION_PUBLIC: u8 = 2;
/// Most bytes of an artifact.
pub const MAX_ARTIFACT_BYTES: usize = 8 << 20;

/// What an input is a part of that no parameter gives.
const PREPARED: &str = "what public code prepares";

/// An instruction, compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// What it takes and gives.
    pub interface: Interface,
    /// What it computes. The entry's inputs are the leaves of all parameters in order ([`Type::leaves`]), public for
    /// plaintext parameters and secret for the others; its outputs are those of all outputs, and must be public
    /// (revealed) for public outputs. With public code, inputs for what it prepares follow the parameters, and the outputs
    /// that it finishes are left out, but followed by the words that are revealed for it.
    pub circuit: Circuit,
    /// What runs in the clear, before and after the circuit.
    pub public: Option<PublicCode>,
}

/// Why bytes, or an interface and a circuit, are no artifact.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ArtifactError {
    /// The bytes cannot be read.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The interface is invalid.
    #[error(transparent)]
    Interface(#[from] InterfaceError),
    /// The circuit is invalid.
    #[error(transparent)]
    Circuit(#[from] CircuitError),
    /// The public code is invalid.
    #[error(transparent)]
    Public(#[from] PublicCodeError),
    /// The circuit takes other words than the interface says.
    #[error("the interface's parameters are {expected} words, the circuit takes {actual}")]
    InputCount {
        /// Leaves of all parameters.
        expected: usize,
        /// Inputs of the entry.
        actual: usize,
    },
    /// An input of the circuit is not what the interface says.
    #[error("input {index} is {actual:?}, by parameter `{parameter}` it should be {expected:?}")]
    Input {
        /// Which input.
        index: usize,
        /// The parameter it is a part of.
        parameter: String,
        /// What it should be.
        expected: Input,
        /// What it is.
        actual: Input,
    },
    /// The circuit gives other words than the interface says.
    #[error("the interface's outputs are {expected} words, the circuit gives {actual}")]
    OutputCount {
        /// Leaves of all outputs.
        expected: usize,
        /// Outputs of the entry.
        actual: usize,
    },
    /// An output word of another width.
    #[error("a word of output {output} has {actual} bits, by its type it should have {expected}")]
    OutputWidth {
        /// Which output of the interface.
        output: usize,
        /// Bits of the leaf.
        expected: u32,
        /// Bits of the wire.
        actual: u32,
    },
    /// A public output of a value that was not revealed.
    #[error("output {output} is public, but the circuit has not revealed it; reveal it or encrypt it")]
    SecretPublicOutput {
        /// Which output of the interface.
        output: usize,
    },
}

impl Artifact {
    /// Checks interface, circuit, and that they fit each other.
    ///
    /// # Errors
    /// Says what is wrong.
    pub fn validate(&self) -> Result<(), ArtifactError> {
        self.interface.validate()?;
        if let Some(public) = &self.public {
            public.validate(&self.interface)?;
        }
        let analysis = self.circuit.analyze()?;
        self.validate_inputs()?;
        self.validate_outputs(&analysis)
    }

    fn validate_inputs(&self) -> Result<(), ArtifactError> {
        let mut expected = Vec::new();
        for parameter in &self.interface.parameters {
            let visibility = match parameter.kind {
                ParameterKind::Plaintext => Visibility::Public,
                _ => Visibility::Secret,
            };
            for leaf in leaves(&parameter.ty) {
                expected.push((parameter.name.as_str(), Input { width: leaf, visibility }));
            }
        }
        for width in self.public.iter().flat_map(PublicCode::prepared) {
            expected.push((PREPARED, Input { width, visibility: Visibility::Public }));
        }
        let inputs = self.circuit.entry().map_or(&[][..], |entry| &entry.inputs);
        if inputs.len() != expected.len() {
            return Err(ArtifactError::InputCount { expected: expected.len(), actual: inputs.len() });
        }
        for (index, (&actual, (parameter, expected))) in inputs.iter().zip(expected).enumerate() {
            if actual != expected {
                let parameter = parameter.to_owned();
                return Err(ArtifactError::Input { index, parameter, expected, actual });
            }
        }
        Ok(())
    }

    fn validate_outputs(&self, analysis: &Analysis) -> Result<(), ArtifactError> {
        let mut expected = Vec::new();
        let finished = self.public.as_ref().map_or(&[][..], PublicCode::finished);
        for (output, description) in self.interface.outputs.iter().enumerate() {
            if finished.iter().any(|finished| usize::from(*finished) == output) {
                continue;
            }
            let public = description.kind == OutputKind::Public;
            expected.extend(leaves(&description.ty).map(|leaf| (output, public, leaf)));
        }
        // Those that are revealed for public code have the numbers after the last output.
        let revealed = self.public.iter().flat_map(|public| &public.finish).flat_map(|it| &it.revealed);
        expected.extend(revealed.map(|width| (self.interface.outputs.len(), true, *width)));
        let outputs = analysis.outputs(&self.circuit);
        if outputs.len() != expected.len() {
            return Err(ArtifactError::OutputCount { expected: expected.len(), actual: outputs.len() });
        }
        for (wire, (output, public, expected)) in outputs.into_iter().zip(expected) {
            if wire.width != expected {
                return Err(ArtifactError::OutputWidth { output, expected, actual: wire.width });
            }
            if public && wire.visibility == Visibility::Secret {
                return Err(ArtifactError::SecretPublicOutput { output });
            }
        }
        Ok(())
    }

    /// The canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = ARTIFACT_MAGIC.to_vec();
        bytes.push(if self.public.is_some() { ARTIFACT_VERSION_PUBLIC } else { ARTIFACT_VERSION });
        write_interface(&mut bytes, &self.interface);
        write_circuit(&mut bytes, &self.circuit);
        if let Some(public) = &self.public {
            write_public(&mut bytes, public);
        }
        bytes
    }

    /// Reads and validates bytes of unknown origin.
    ///
    /// # Errors
    /// Says what is wrong. What is accepted is valid and has exactly these bytes as its [`Artifact::to_bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ArtifactError> {
        if bytes.len() > MAX_ARTIFACT_BYTES {
            return Err(DecodeError::TooLong { len: bytes.len(), limit: MAX_ARTIFACT_BYTES }.into());
        }
        let mut reader = Reader::new(bytes);
        if reader.take(ARTIFACT_MAGIC.len()).ok() != Some(&ARTIFACT_MAGIC) {
            return Err(DecodeError::Magic.into());
        }
        let version = reader.byte()?;
        if version != ARTIFACT_VERSION && version != ARTIFACT_VERSION_PUBLIC {
            return Err(DecodeError::Version { version, supported: ARTIFACT_VERSION_PUBLIC }.into());
        }
        let interface = read_interface(&mut reader)?;
        let circuit = read_circuit(&mut reader)?;
        let public = if version == ARTIFACT_VERSION_PUBLIC { Some(read_public(&mut reader)?) } else { None };
        reader.finish()?;
        let artifact = Self { interface, circuit, public };
        if artifact.to_bytes() != bytes {
            return Err(DecodeError::NotCanonical.into());
        }
        artifact.validate()?;
        Ok(artifact)
    }

    /// SHA-256 of [`Artifact::to_bytes`].
    pub fn circuit_hash(&self) -> [u8; 32] {
        Sha256::digest(self.to_bytes()).into()
    }

    /// [`Interface::hash`] of the interface.
    pub fn interface_hash(&self) -> [u8; 32] {
        self.interface.hash()
    }
}

/// Widths of the leaves of a type that has been validated.
fn leaves(ty: &Type) -> impl Iterator<Item = u32> {
    ty.leaves().unwrap_or_default().into_iter().map(|leaf| leaf.width())
}

/// What a signature counts in [`cost_units`]: the multiplications of points that it takes of each node, and a scalar that
/// is made ahead, are worth so many ANDs.
pub const UNITS_PER_SIGNATURE: u64 = 2_000;

/// The public measure of work that fees are computed from: ANDs of the small form, plus bits that are entered, drawn,
/// revealed or given out as secrets, each of which costs the nodes about as much as an AND, plus signatures, each of which
/// counts as [`UNITS_PER_SIGNATURE`], and the fuel of public code by thousands; at least 1.
///
/// # Errors
/// When the circuit is invalid or takes too many gates.
pub fn cost_units(artifact: &Artifact) -> Result<u64, LowerError> {
    let cost = gates::cost(&gates::lower(&artifact.circuit, Shape::Small)?);
    let entered = cost.input_bits + cost.switch_bits;
    let signatures = cost.signatures * UNITS_PER_SIGNATURE;
    let units = cost.ands + entered + cost.random_bits + cost.reveals + cost.output_bits + signatures;
    let units = units + artifact.public.as_ref().map_or(0, |public| public.fuel().div_ceil(FUEL_PER_UNIT));
    Ok(units.max(1))
}
