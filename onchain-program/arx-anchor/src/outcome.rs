//! What became of a computation, and its outputs in their types.

use anchor_lang::prelude::*;
use arx_program::state::{Computation, ComputationStatus, FailureReason};

use crate::{ArxAnchorError, CircuitType, Definition, EncryptedOutput};

/// The outputs of one instruction of the circuit. Implemented by generated code.
pub trait Outputs: Sized {
    /// The instruction.
    const DEFINITION: Definition;

    /// Reads the outputs in order.
    fn read(reader: &mut OutputReader<'_>) -> Result<Self>;
}

/// What became of a computation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<O> {
    /// It has its result; what it wrote to cells is there.
    Finalized(O),
    /// The cluster's nodes signed that it cannot be computed. Nothing was written.
    Failed {
        /// Why.
        reason: FailureReason,
        /// Which argument, where the reason concerns one.
        detail: u32,
    },
    /// It got no result before its deadline. Nothing was written.
    Expired,
    /// Its user took it back before there was a result. Nothing was written.
    Cancelled,
}

impl<O: Outputs> Outcome<O> {
    /// Reads the outcome of a computation that [`check`] accepted.
    pub(crate) fn read(computation: &Computation) -> Result<Self> {
        match computation.status {
            ComputationStatus::Queued => err!(ArxAnchorError::NotSettled),
            ComputationStatus::Failed { reason, detail } => Ok(Self::Failed { reason, detail }),
            ComputationStatus::Expired => Ok(Self::Expired),
            ComputationStatus::Cancelled => Ok(Self::Cancelled),
            ComputationStatus::Finalized => {
                let result = computation.result.as_ref().ok_or(ArxAnchorError::NoResult)?;
                require!(result.buffer.is_none(), ArxAnchorError::ResultInBuffer);
                let mut reader = OutputReader { outputs: &result.outputs, next: 0 };
                let outputs = O::read(&mut reader)?;
                require!(reader.outputs.len() == reader.next, ArxAnchorError::MalformedOutputs);
                Ok(Self::Finalized(outputs))
            }
        }
    }

    /// The outputs, or an error where there are none.
    pub fn into_outputs(self) -> Result<O> {
        match self {
            Self::Finalized(outputs) => Ok(outputs),
            Self::Failed { .. } | Self::Expired | Self::Cancelled => err!(ArxAnchorError::NoResult),
        }
    }
}

/// Checks that a computation is settled, and is one of this definition of this application.
pub(crate) fn check(definition: &Definition, program: &Pubkey, computation: &Computation) -> Result<()> {
    let application = &definition.application;
    require_keys_eq!(computation.application, *program, ArxAnchorError::WrongMxe);
    require_keys_eq!(computation.mxe, application.mxe, ArxAnchorError::WrongMxe);
    require_keys_eq!(computation.definition, definition.address, ArxAnchorError::WrongDefinition);
    require!(computation.circuit_hash == definition.circuit_hash, ArxAnchorError::WrongDefinition);
    require!(computation.is_settled(), ArxAnchorError::NotSettled);
    Ok(())
}

/// Hands out a computation's outputs one after another. Used by generated code.
#[derive(Debug)]
pub struct OutputReader<'a> {
    outputs: &'a [Vec<u8>],
    next: usize,
}

impl OutputReader<'_> {
    /// The next output, which everybody may read.
    pub fn public<T: CircuitType>(&mut self) -> Result<T> {
        let mut bytes = self.take()?;
        let value = T::read_plain(&mut bytes).map_err(|_| error!(ArxAnchorError::MalformedOutputs))?;
        require!(bytes.is_empty(), ArxAnchorError::MalformedOutputs);
        Ok(value)
    }

    /// The next output, which is encrypted to a client.
    pub fn encrypted<T>(&mut self) -> Result<EncryptedOutput<T>> {
        Ok(EncryptedOutput::new(self.take()?.to_vec()))
    }

    /// The next output, which went to a cell; its SHA-256 stands here.
    pub fn cell(&mut self) -> Result<()> {
        require!(self.take()?.len() == 32, ArxAnchorError::MalformedOutputs);
        Ok(())
    }

    fn take(&mut self) -> Result<&[u8]> {
        let output = self.outputs.get(self.next).ok_or(ArxAnchorError::MalformedOutputs)?;
        self.next += 1;
        Ok(output)
    }
}
