//! Builders of the instructions that protect an application's state, and of those about its signing key.

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction, system_program};
use solana_sdk_ids::sysvar::instructions::ID as INSTRUCTIONS_ID;

use super::build;
use crate::{accounts, instruction, instructions::SigningKeyArguments, pda};

/// See [`crate::instructions::request_signing_key`]. `version` is that of the MXE's state keys.
pub fn request_signing_key(
    payer: Pubkey,
    authority: Pubkey,
    mxe: Pubkey,
    version: u32,
    cluster: Pubkey,
) -> Instruction {
    build(
        accounts::RequestSigningKey {
            payer,
            authority,
            mxe,
            cluster,
            signing_key: pda::signing_key(&mxe, version).0,
            system_program: system_program::ID,
        },
        instruction::RequestSigningKey {},
    )
}

/// See [`crate::instructions::publish_signing_key`].
pub fn publish_signing_key(
    mxe: Pubkey,
    version: u32,
    cluster: Pubkey,
    arguments: SigningKeyArguments,
) -> Instruction {
    build(
        accounts::PublishSigningKey {
            signing_key: pda::signing_key(&mxe, version).0,
            cluster,
            signatures: INSTRUCTIONS_ID,
        },
        instruction::PublishSigningKey { arguments },
    )
}

/// See [`crate::instructions::protect_mxe`].
pub fn protect_mxe(
    authority: Pubkey,
    mxe: Pubkey,
    delay_slots: u64,
    veto: Option<Pubkey>,
    recovery_set: Vec<Pubkey>,
) -> Instruction {
    build(
        accounts::ProtectMxe { authority, mxe },
        instruction::ProtectMxe { delay_slots, veto, recovery_set },
    )
}

/// See [`crate::instructions::propose_migration`].
pub fn propose_migration(authority: Pubkey, mxe: Pubkey, cluster: Pubkey) -> Instruction {
    build(accounts::ProposeMigration { authority, mxe, cluster }, instruction::ProposeMigration {})
}

/// See [`crate::instructions::veto_migration`].
pub fn veto_migration(veto: Pubkey, mxe: Pubkey) -> Instruction {
    build(accounts::VetoMigration { veto, mxe }, instruction::VetoMigration {})
}

/// See [`crate::instructions::execute_migration`].
pub fn execute_migration(authority: Pubkey, mxe: Pubkey, cluster: Pubkey) -> Instruction {
    build(accounts::ExecuteMigration { authority, mxe, cluster }, instruction::ExecuteMigration {})
}

/// See [`crate::instructions::close_mxe`].
pub fn close_mxe(authority: Pubkey, mxe: Pubkey) -> Instruction {
    build(accounts::CloseMxe { authority, mxe }, instruction::CloseMxe {})
}

/// See [`crate::instructions::activate_definition`].
pub fn activate_definition(definition: Pubkey) -> Instruction {
    build(accounts::ActivateDefinition { definition }, instruction::ActivateDefinition {})
}

/// See [`crate::instructions::veto_definition`].
pub fn veto_definition(veto: Pubkey, mxe: Pubkey, definition: Pubkey) -> Instruction {
    build(accounts::VetoDefinition { veto, mxe, definition }, instruction::VetoDefinition {})
}
