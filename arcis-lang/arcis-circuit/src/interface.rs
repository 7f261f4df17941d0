//! The typed interface of an instruction: what it takes, what it gives, whose it is.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::codec::write_interface;
use crate::types::{Type, TypeError, validate_name};

/// Longest name of an instruction, in bytes: it is a seed of the definition's address.
pub const MAX_INSTRUCTION_NAME: usize = 32;
/// Most parameters, and most outputs.
pub const MAX_PARAMETERS: usize = 255;

/// The interface of one instruction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interface {
    /// The instruction's name: an identifier of at most 32 bytes.
    pub name: String,
    /// What it takes, in order.
    pub parameters: Vec<Parameter>,
    /// What it gives, in order. A tuple returned by the function is several outputs.
    pub outputs: Vec<Output>,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name in the source.
    pub name: String,
    /// Where its value comes from.
    pub kind: ParameterKind,
    /// Its type; the empty tuple when it carries no data.
    #[serde(rename = "type")]
    pub ty: Type,
}

/// Where the value of a parameter comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParameterKind {
    /// A plaintext argument: everybody sees it.
    Plaintext,
    /// `Enc<Shared, T>`: encrypted by a client. Slots count `Shared` and `Recipient` parameters from 0, in order.
    Shared {
        /// Number of the client key.
        slot: u16,
    },
    /// A lone `Shared`: a client's key to encrypt outputs to, without data.
    Recipient {
        /// Number of the client key.
        slot: u16,
    },
    /// `Enc<Mxe, T>`: state of the application, read from a cell.
    Cell,
    /// A lone `Mxe`: says that an output is the application's state; without data.
    Mxe,
}

/// One output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Who gets it.
    pub kind: OutputKind,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: Type,
}

/// Who gets an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputKind {
    /// Everybody. The circuit must have revealed it: its wires are public.
    Public,
    /// The client of this slot.
    Shared {
        /// Number of the client key.
        slot: u16,
    },
    /// The application's state.
    Cell {
        /// The parameter (an index) whose cell it overwrites; the caller names a cell when there is none.
        source: Option<u16>,
    },
}

/// What is wrong with an interface.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum InterfaceError {
    /// The instruction's name.
    #[error(
        "{name:?} is no name for an instruction: it must be an identifier of at most {MAX_INSTRUCTION_NAME} bytes"
    )]
    Name {
        /// The name found.
        name: String,
    },
    /// Too many parameters or outputs.
    #[error("more than {MAX_PARAMETERS} parameters or outputs")]
    TooMany,
    /// Two parameters of one name.
    #[error("two parameters are called `{name}`")]
    DuplicateParameter {
        /// The name.
        name: String,
    },
    /// A type outside the limits, or a parameter's name that is none.
    #[error("{place}: {error}")]
    Type {
        /// Which parameter or output.
        place: String,
        /// What is wrong with it.
        error: TypeError,
    },
    /// A slot out of order.
    #[error(
        "parameter `{parameter}` has slot {actual}, but client keys are counted from 0 in order: it should be {expected}"
    )]
    Slot {
        /// The parameter.
        parameter: String,
        /// The slot it should have.
        expected: u16,
        /// The slot it has.
        actual: u16,
    },
    /// A parameter that is only an owner, with data.
    #[error(
        "parameter `{parameter}` is an owner alone and carries no data, its type must be the empty tuple"
    )]
    DataOfOwner {
        /// The parameter.
        parameter: String,
    },
    /// Encrypted for a client that there is not.
    #[error("output {output} is encrypted for client {slot}, but the parameters have no such client")]
    UnknownSlot {
        /// The output.
        output: usize,
        /// Its slot.
        slot: u16,
    },
    /// Written back to a parameter that is no cell.
    #[error("output {output} is written to the cell of parameter {parameter}, which has none")]
    NotACell {
        /// The output.
        output: usize,
        /// The parameter's index.
        parameter: u16,
    },
    /// Written back to a cell of another type.
    #[error("output {output} is written to the cell of parameter {parameter}, but their types differ")]
    CellType {
        /// The output.
        output: usize,
        /// The parameter's index.
        parameter: u16,
    },
    /// Two outputs for one cell.
    #[error("two outputs are written to the cell of parameter {parameter}")]
    CellWrittenTwice {
        /// The parameter's index.
        parameter: u16,
    },
}

impl Interface {
    /// Checks names, types, slots and cells.
    ///
    /// # Errors
    /// Says what is wrong and where.
    pub fn validate(&self) -> Result<(), InterfaceError> {
        if self.name.len() > MAX_INSTRUCTION_NAME || validate_name(&self.name).is_err() {
            return Err(InterfaceError::Name { name: self.name.chars().take(80).collect() });
        }
        if self.parameters.len() > MAX_PARAMETERS || self.outputs.len() > MAX_PARAMETERS {
            return Err(InterfaceError::TooMany);
        }
        let slots = self.validate_parameters()?;
        self.validate_outputs(slots)
    }

    /// Returns the number of slots.
    fn validate_parameters(&self) -> Result<u16, InterfaceError> {
        let mut slots = 0;
        let mut names = BTreeSet::new();
        for parameter in &self.parameters {
            let in_parameter =
                |error| InterfaceError::Type { place: format!("parameter `{}`", parameter.name), error };
            validate_name(&parameter.name)
                .map_err(|error| InterfaceError::Type { place: "a parameter".to_owned(), error })?;
            parameter.ty.validate().map_err(in_parameter)?;
            if !names.insert(&parameter.name) {
                return Err(InterfaceError::DuplicateParameter { name: parameter.name.clone() });
            }
            if let ParameterKind::Shared { slot } | ParameterKind::Recipient { slot } = parameter.kind {
                if slot != slots {
                    let parameter = parameter.name.clone();
                    return Err(InterfaceError::Slot { parameter, expected: slots, actual: slot });
                }
                slots += 1;
            }
            let is_owner = matches!(parameter.kind, ParameterKind::Recipient { .. } | ParameterKind::Mxe);
            if is_owner && parameter.ty != Type::Tuple(Vec::new()) {
                return Err(InterfaceError::DataOfOwner { parameter: parameter.name.clone() });
            }
        }
        Ok(slots)
    }

    fn validate_outputs(&self, slots: u16) -> Result<(), InterfaceError> {
        let mut written = BTreeSet::new();
        for (output, description) in self.outputs.iter().enumerate() {
            let place = || format!("output {output}");
            description.ty.validate().map_err(|error| InterfaceError::Type { place: place(), error })?;
            match description.kind {
                OutputKind::Shared { slot } if slot >= slots => {
                    return Err(InterfaceError::UnknownSlot { output, slot });
                }
                OutputKind::Cell { source: Some(parameter) } => {
                    let source = self.parameters.get(usize::from(parameter));
                    let Some(source) = source.filter(|source| source.kind == ParameterKind::Cell) else {
                        return Err(InterfaceError::NotACell { output, parameter });
                    };
                    if source.ty != description.ty {
                        return Err(InterfaceError::CellType { output, parameter });
                    }
                    if !written.insert(parameter) {
                        return Err(InterfaceError::CellWrittenTwice { parameter });
                    }
                }
                OutputKind::Public | OutputKind::Shared { .. } | OutputKind::Cell { source: None } => {}
            }
        }
        Ok(())
    }

    /// The canonical bytes: the part INTERFACE of an artifact's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        write_interface(&mut bytes, self);
        bytes
    }

    /// SHA-256 of `L("arx/v1/interface")` and the canonical bytes. Client and program check it before they send or
    /// queue anything.
    pub fn hash(&self) -> [u8; 32] {
        let label = b"arx/v1/interface";
        let hash = Sha256::new().chain_update([label.len() as u8]).chain_update(label);
        hash.chain_update(self.to_bytes()).finalize().into()
    }
}
