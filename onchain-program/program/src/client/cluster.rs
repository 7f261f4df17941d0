//! Builders of the instructions about parameters, and about the life of nodes and clusters.

use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
    system_program,
};

use super::{build, with_remaining};
use crate::{accounts, instruction, pda, state::Parameters};

/// See [`crate::instructions::propose_parameters`].
pub fn propose_parameters(authority: Pubkey, parameters: Parameters) -> Instruction {
    build(
        accounts::ProposeParameters { authority, config: pda::config().0 },
        instruction::ProposeParameters { parameters },
    )
}

/// See [`crate::instructions::apply_parameters`].
pub fn apply_parameters() -> Instruction {
    build(accounts::ApplyParameters { config: pda::config().0 }, instruction::ApplyParameters {})
}

/// See [`crate::instructions::rotate_epoch_key`].
pub fn rotate_epoch_key(
    payer: Pubkey,
    authority: Pubkey,
    identity: Pubkey,
    encryption_key: [u8; 32],
    proof_of_possession: [u8; 64],
) -> Instruction {
    build(
        accounts::RotateEpochKey {
            payer,
            authority,
            node: pda::node(&identity).0,
            encryption_key_record: pda::encryption_key_record(&encryption_key).0,
            system_program: system_program::ID,
        },
        instruction::RotateEpochKey { encryption_key, proof_of_possession },
    )
}

/// See [`crate::instructions::begin_epoch`]. `members` in the cluster's order.
pub fn begin_epoch(authority: Pubkey, cluster: Pubkey, members: &[Pubkey]) -> Instruction {
    let nodes = members.iter().map(|member| AccountMeta::new(pda::node(member).0, false)).collect();
    let instruction = build(
        accounts::BeginEpoch { authority, cluster, queue: pda::queue(&cluster).0 },
        instruction::BeginEpoch {},
    );
    with_remaining(instruction, nodes)
}

/// See [`crate::instructions::leave_cluster`].
pub fn leave_cluster(authority: Pubkey, identity: Pubkey, cluster: Pubkey) -> Instruction {
    build(
        accounts::LeaveCluster { authority, node: pda::node(&identity).0, cluster },
        instruction::LeaveCluster {},
    )
}

/// See [`crate::instructions::drain_node`].
pub fn drain_node(authority: Pubkey, identity: Pubkey) -> Instruction {
    build(accounts::DrainNode { authority, node: pda::node(&identity).0 }, instruction::DrainNode {})
}

/// See [`crate::instructions::exit_node`].
pub fn exit_node(authority: Pubkey, identity: Pubkey) -> Instruction {
    build(accounts::ExitNode { authority, node: pda::node(&identity).0 }, instruction::ExitNode {})
}

/// A node by its identity, with its cold key.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// Its identity.
    pub identity: Pubkey,
    /// Its cold key.
    pub authority: Pubkey,
}

/// See [`crate::instructions::replace_member`].
pub fn replace_member(authority: Pubkey, cluster: Pubkey, leaver: Member, newcomer: Member) -> Instruction {
    build(
        accounts::ReplaceMember {
            authority,
            newcomer_authority: newcomer.authority,
            config: pda::config().0,
            cluster,
            queue: pda::queue(&cluster).0,
            leaver: pda::node(&leaver.identity).0,
            leaver_stake: pda::node_stake(&leaver.identity).0,
            leaver_authority: leaver.authority,
            newcomer: pda::node(&newcomer.identity).0,
            stake: pda::node_stake(&newcomer.identity).0,
        },
        instruction::ReplaceMember {},
    )
}

/// See [`crate::instructions::declare_maintenance`].
pub fn declare_maintenance(authority: Pubkey, cluster: Pubkey, start: u64, slots: u64) -> Instruction {
    build(
        accounts::DeclareMaintenance { authority, config: pda::config().0, cluster },
        instruction::DeclareMaintenance { start, slots },
    )
}
