//! Builders of the instructions that protect an application's state.

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};

use super::build;
use crate::{accounts, instruction};

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
