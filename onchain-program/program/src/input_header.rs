//! The head of an encrypted input (`wire.md`, INPUT), as far as the chain can check it.
//!
//! What is wrong here would be refused by the nodes too, but only after the fee is escrowed and a deadline passes. The
//! chain refuses it in the caller's own transaction.

use anchor_lang::prelude::*;

use crate::{
    constants::{INPUT_HEADER_LENGTH, WIRE_VERSION},
    error::ArxError,
    record::ensure_same,
};

/// The public fields of an encrypted input, without its ephemeral keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputHeader {
    /// Version of the format.
    pub version: u8,
    /// Number of nodes it is encrypted to.
    pub nodes: u8,
    /// The owner's index in the interface.
    pub slot: u16,
    /// Length of the plaintext.
    pub bits: u32,
    /// The user's number of the call.
    pub counter: u64,
    /// Last slot in which the call may be queued.
    pub not_after: u64,
}

impl InputHeader {
    /// Reads the head of an input; `None` if it is too short to have one.
    pub fn parse(input: &[u8]) -> Option<Self> {
        let head = input.get(..INPUT_HEADER_LENGTH)?;
        Some(Self {
            version: head[0],
            nodes: head[1],
            slot: u16::from_le_bytes(head[2..4].try_into().ok()?),
            bits: u32::from_le_bytes(head[4..8].try_into().ok()?),
            counter: u64::from_le_bytes(head[8..16].try_into().ok()?),
            not_after: u64::from_le_bytes(head[16..24].try_into().ok()?),
        })
    }

    /// Refuses an input that was made for another call, cluster or parameter, each with its own error.
    pub fn check(&self, expected: &InputHeader) -> Result<()> {
        ensure_same!(self.version, WIRE_VERSION, ArxError::WrongInputVersion);
        ensure_same!(self.nodes, expected.nodes, ArxError::WrongInputNodes);
        ensure_same!(self.slot, expected.slot, ArxError::WrongInputSlot);
        ensure_same!(self.bits, expected.bits, ArxError::WrongInputBits);
        ensure_same!(self.counter, expected.counter, ArxError::WrongInputCounter);
        ensure_same!(self.not_after, expected.not_after, ArxError::WrongInputNotAfter);
        Ok(())
    }
}
