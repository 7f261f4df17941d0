//! Signatures of all members over one message, verified by Solana's Ed25519 precompile.
//!
//! The precompile is an instruction of the same transaction: if it fails, the transaction fails, so this program need
//! only check *what* it verified. Its data, per the runtime: `count u8 || padding u8 || count * offsets (14 bytes)`,
//! where the offsets say in which instruction, and where in it, each signature, key and message lies. Checked here:
//!
//! - there are exactly as many signatures as members, the i-th by member i: none is missing, repeated or foreign;
//! - every signature, key and message lies in the precompile instruction itself. Were another instruction allowed,
//!   the bytes read here need not be those that were verified;
//! - every message is the one expected, in full.

use anchor_lang::prelude::*;

use crate::record::{ensure, ensure_same, error};
use solana_instructions_sysvar::load_instruction_at_checked;
use solana_sdk_ids::{ed25519_program, sysvar::instructions::ID as INSTRUCTIONS_ID};

use crate::error::ArxError;

/// Length of the precompile's fixed head.
const HEAD: usize = 2;
/// Length of one entry of offsets.
const ENTRY: usize = 14;
/// "This same instruction", in an instruction index of the precompile.
const THIS_INSTRUCTION: u16 = u16::MAX;

/// Checks that instruction `index` of this transaction verifies `message` under every member's key, in order.
pub fn verify(instructions: &AccountInfo<'_>, index: u8, members: &[Pubkey], message: &[u8]) -> Result<()> {
    check_instruction_data(&load(instructions, index)?, index, members, message)
}

/// The data of instruction `index` of this transaction, which must be of the precompile.
pub fn load(instructions: &AccountInfo<'_>, index: u8) -> Result<Vec<u8>> {
    ensure_same!(*instructions.key, INSTRUCTIONS_ID, ArxError::NotASignatureInstruction);
    let instruction = load_instruction_at_checked(index as usize, instructions)
        .map_err(|_| error(ArxError::NotASignatureInstruction))?;
    ensure_same!(instruction.program_id, ed25519_program::ID, ArxError::NotASignatureInstruction);
    Ok(instruction.data)
}

/// One signature that a precompile instruction verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed<'a> {
    /// Whose.
    pub key: &'a [u8],
    /// Over what.
    pub message: &'a [u8],
}

/// What a precompile instruction verified, in its order; everything must lie within the instruction itself.
pub fn read(data: &[u8], index: u8) -> Result<Vec<Signed<'_>>> {
    let count = usize::from(*data.first().ok_or(ArxError::WrongSignatureCount)?);
    let entries = data.get(HEAD..HEAD + ENTRY * count).ok_or(ArxError::SignatureOutsideInstruction)?;
    let mut signed = Vec::with_capacity(count);
    for entry in entries.chunks_exact(ENTRY) {
        let field = |position: usize| u16::from_le_bytes([entry[2 * position], entry[2 * position + 1]]);
        for instruction_index in [field(1), field(3), field(6)] {
            ensure!(
                instruction_index == THIS_INSTRUCTION || instruction_index == u16::from(index),
                ArxError::SignatureOutsideInstruction
            );
        }
        let within = |offset: u16, length: usize| {
            data.get(offset as usize..offset as usize + length).ok_or(ArxError::SignatureOutsideInstruction)
        };
        within(field(0), 64)?;
        signed.push(Signed { key: within(field(2), 32)?, message: within(field(4), usize::from(field(5)))? });
    }
    Ok(signed)
}

/// The checks of [`verify`] on the precompile's instruction data.
pub fn check_instruction_data(data: &[u8], index: u8, members: &[Pubkey], message: &[u8]) -> Result<()> {
    let signed = read(data, index)?;
    ensure!(signed.len() == members.len(), ArxError::WrongSignatureCount);
    for (signature, member) in signed.iter().zip(members) {
        ensure!(signature.key == member.as_ref(), ArxError::WrongSigner);
        ensure!(signature.message == message, ArxError::WrongSignedMessage);
    }
    Ok(())
}

/// Data of a precompile instruction that passes [`verify`]: the signatures of all members, in their order, over one message.
pub fn instruction_data(members: &[Pubkey], signatures: &[[u8; 64]], message: &[u8]) -> Vec<u8> {
    let count = members.len().min(signatures.len());
    let keys_at = HEAD + ENTRY * count;
    let signatures_at = keys_at + 32 * count;
    let message_at = signatures_at + 64 * count;
    let mut data = vec![count as u8, 0];
    for position in 0..count {
        for field in [
            signatures_at + 64 * position,
            THIS_INSTRUCTION as usize,
            keys_at + 32 * position,
            THIS_INSTRUCTION as usize,
            message_at,
            message.len(),
            THIS_INSTRUCTION as usize,
        ] {
            data.extend_from_slice(&(field as u16).to_le_bytes());
        }
    }
    for member in &members[..count] {
        data.extend_from_slice(member.as_ref());
    }
    for signature in &signatures[..count] {
        data.extend_from_slice(signature);
    }
    data.extend_from_slice(message);
    data
}

/// Data of a precompile instruction with two signatures of one key, each over a message of its own.
pub fn two_messages(key: &Pubkey, signed: [(&[u8], &[u8; 64]); 2]) -> Vec<u8> {
    let key_at = HEAD + 2 * ENTRY;
    let signatures_at = key_at + 32;
    let mut message_at = signatures_at + 2 * 64;
    let mut data = vec![2, 0];
    for (position, (message, _)) in signed.iter().enumerate() {
        for field in [
            signatures_at + 64 * position,
            THIS_INSTRUCTION as usize,
            key_at,
            THIS_INSTRUCTION as usize,
            message_at,
            message.len(),
            THIS_INSTRUCTION as usize,
        ] {
            data.extend_from_slice(&(field as u16).to_le_bytes());
        }
        message_at += message.len();
    }
    data.extend_from_slice(key.as_ref());
    for (_, signature) in &signed {
        data.extend_from_slice(*signature);
    }
    for (message, _) in &signed {
        data.extend_from_slice(message);
    }
    data
}
