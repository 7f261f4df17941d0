//! Builders of the instructions about waiting computations and buffers.

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction, system_program};
use solana_sdk_ids::sysvar::instructions::ID as INSTRUCTIONS_ID;

use super::build;
use crate::{accounts, instruction, pda, state::Computation};

/// See [`crate::instructions::cancel_computation`]. The user signs when it asks (`asks`), nobody need when it is done.
pub fn cancel_computation(computation: Pubkey, account: &Computation, asks: bool) -> Instruction {
    let mut instruction = build(
        accounts::CancelComputation {
            authority: account.authority,
            payer: account.payer,
            computation,
            cluster: account.cluster,
            queue: pda::queue(&account.cluster).0,
        },
        instruction::CancelComputation {},
    );
    if let Some(meta) = instruction.accounts.first_mut() {
        meta.is_signer = asks;
    }
    instruction
}

/// See [`crate::instructions::attest_result`]. `message_hash` is the SHA-256 of the signed message.
pub fn attest_result(
    payer: Pubkey,
    computation: Pubkey,
    cluster: Pubkey,
    message_hash: &[u8; 32],
    signature_instruction: u8,
) -> Instruction {
    build(
        accounts::AttestResult {
            payer,
            computation,
            cluster,
            attestation: pda::attestation(&computation, message_hash).0,
            instructions: INSTRUCTIONS_ID,
            system_program: system_program::ID,
        },
        instruction::AttestResult { signature_instruction },
    )
}

/// Makes [`super::finalize_computation`] or [`super::fail_computation`] take the signatures from an attestation.
pub fn with_attestation(
    mut settling: Instruction,
    computation: &Pubkey,
    message_hash: &[u8; 32],
) -> Instruction {
    let attestation = pda::attestation(computation, message_hash).0;
    for meta in &mut settling.accounts {
        if meta.pubkey == INSTRUCTIONS_ID {
            meta.pubkey = attestation;
        }
    }
    settling
}

/// See [`crate::instructions::close_attestation`]. `payer` is who made it.
pub fn close_attestation(payer: Pubkey, computation: Pubkey, message_hash: &[u8; 32]) -> Instruction {
    build(
        accounts::CloseAttestation {
            payer,
            computation,
            attestation: pda::attestation(&computation, message_hash).0,
        },
        instruction::CloseAttestation {},
    )
}

/// See [`crate::instructions::write_buffer`]. About 950 bytes fit one transaction.
pub fn write_buffer(owner: Pubkey, label: [u8; 32], length: u32, offset: u32, bytes: Vec<u8>) -> Instruction {
    build(
        accounts::WriteBuffer {
            owner,
            buffer: pda::buffer(&owner, &label).0,
            system_program: system_program::ID,
        },
        instruction::WriteBuffer { label, length, offset, bytes },
    )
}

/// See [`crate::instructions::close_buffer`].
pub fn close_buffer(owner: Pubkey, label: &[u8; 32]) -> Instruction {
    build(accounts::CloseBuffer { owner, buffer: pda::buffer(&owner, label).0 }, instruction::CloseBuffer {})
}
