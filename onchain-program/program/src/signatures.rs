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
    require_keys_eq!(*instructions.key, INSTRUCTIONS_ID, ArxError::NotASignatureInstruction);
    let instruction = load_instruction_at_checked(index as usize, instructions)
        .map_err(|_| error!(ArxError::NotASignatureInstruction))?;
    require_keys_eq!(instruction.program_id, ed25519_program::ID, ArxError::NotASignatureInstruction);
    check_instruction_data(&instruction.data, index, members, message)
}

/// The checks of [`verify`] on the precompile's instruction data.
pub fn check_instruction_data(data: &[u8], index: u8, members: &[Pubkey], message: &[u8]) -> Result<()> {
    let count = *data.first().ok_or(ArxError::WrongSignatureCount)?;
    require!(count as usize == members.len(), ArxError::WrongSignatureCount);
    let entries =
        data.get(HEAD..HEAD + ENTRY * members.len()).ok_or(ArxError::SignatureOutsideInstruction)?;
    for (entry, member) in entries.chunks_exact(ENTRY).zip(members) {
        let field = |position: usize| u16::from_le_bytes([entry[2 * position], entry[2 * position + 1]]);
        for instruction_index in [field(1), field(3), field(6)] {
            require!(
                instruction_index == THIS_INSTRUCTION || instruction_index == index as u16,
                ArxError::SignatureOutsideInstruction
            );
        }
        let within = |offset: u16, length: usize| {
            data.get(offset as usize..offset as usize + length).ok_or(ArxError::SignatureOutsideInstruction)
        };
        within(field(0), 64)?;
        require!(within(field(2), 32)? == member.as_ref(), ArxError::WrongSigner);
        require!(
            field(5) as usize == message.len() && within(field(4), message.len())? == message,
            ArxError::WrongSignedMessage
        );
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
