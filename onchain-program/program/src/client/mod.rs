//! Builders of every instruction, for nodes, the SDK, tools and tests. Not part of the bytecode.
//!
//! Each takes what the instruction needs and derives every address that follows from it. Instructions that an
//! application sends by CPI ([`queue_computation`] and the like) are here too: inside a program, `arx-anchor` is meant.
//!
//! ```
//! use anchor_lang::prelude::Pubkey;
//! use arx_program::{client, pda};
//!
//! let (payer, computation, cluster) = (Pubkey::new_unique(), Pubkey::new_unique(), Pubkey::new_unique());
//! let instruction = client::expire_computation(payer, computation, cluster);
//! assert_eq!(instruction.program_id, arx_program::ID);
//! assert!(instruction.accounts.iter().any(|account| account.pubkey == pda::queue(&cluster).0));
//! ```

use anchor_lang::{
    InstructionData, ToAccountMetas,
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
    system_program,
};
use solana_sdk_ids::{ed25519_program, sysvar::instructions::ID as INSTRUCTIONS_ID};

use crate::{
    ID, accounts, instruction,
    instructions::{
        CreateClusterArguments, CreateDefinitionArguments, FailArguments, FinalizeArguments, QueueArguments,
        RegisterNodeArguments, UpdateConfigArguments, UpdateNodeArguments,
    },
    pda, signatures,
    state::Computation,
};

mod cluster;
mod computation;
mod justice;
mod mxe;
mod stake;

pub use cluster::*;
pub use computation::*;
pub use justice::*;
pub use mxe::*;
pub use stake::*;

fn build(accounts: impl ToAccountMetas, data: impl InstructionData) -> Instruction {
    Instruction { program_id: ID, accounts: accounts.to_account_metas(None), data: data.data() }
}

fn with_remaining(mut instruction: Instruction, remaining: Vec<AccountMeta>) -> Instruction {
    instruction.accounts.extend(remaining);
    instruction
}

/// The precompile instruction that [`finalize_computation`] and [`fail_computation`] refer to: signatures of all
/// members, in their order, over one message.
pub fn verify_signatures(members: &[Pubkey], signatures: &[[u8; 64]], message: &[u8]) -> Instruction {
    Instruction {
        program_id: ed25519_program::ID,
        accounts: Vec::new(),
        data: signatures::instruction_data(members, signatures, message),
    }
}

/// See [`crate::instructions::initialize`].
pub fn initialize(
    payer: Pubkey,
    authority: Pubkey,
    treasury: Pubkey,
    treasury_basis_points: u16,
) -> Instruction {
    build(
        accounts::Initialize {
            payer,
            authority,
            config: pda::config().0,
            program_data: pda::program_data(&ID).0,
            system_program: system_program::ID,
        },
        instruction::Initialize { treasury, treasury_basis_points },
    )
}

/// See [`crate::instructions::update_config`].
pub fn update_config(authority: Pubkey, arguments: UpdateConfigArguments) -> Instruction {
    build(
        accounts::UpdateConfig { authority, config: pda::config().0 },
        instruction::UpdateConfig { arguments },
    )
}

/// See [`crate::instructions::accept_authority`].
pub fn accept_authority(pending_authority: Pubkey) -> Instruction {
    build(
        accounts::AcceptAuthority { pending_authority, config: pda::config().0 },
        instruction::AcceptAuthority {},
    )
}

/// See [`crate::instructions::register_node`]. Signed by payer, authority and identity.
pub fn register_node(
    payer: Pubkey,
    authority: Pubkey,
    identity: Pubkey,
    arguments: RegisterNodeArguments,
) -> Instruction {
    build(
        accounts::RegisterNode {
            payer,
            authority,
            identity,
            node: pda::node(&identity).0,
            encryption_key_record: pda::encryption_key_record(&arguments.encryption_key).0,
            system_program: system_program::ID,
        },
        instruction::RegisterNode { arguments },
    )
}

/// See [`crate::instructions::update_node`].
pub fn update_node(authority: Pubkey, identity: Pubkey, arguments: UpdateNodeArguments) -> Instruction {
    build(
        accounts::UpdateNode { authority, node: pda::node(&identity).0 },
        instruction::UpdateNode { arguments },
    )
}

/// See [`crate::instructions::create_cluster`].
pub fn create_cluster(payer: Pubkey, authority: Pubkey, arguments: CreateClusterArguments) -> Instruction {
    let cluster = pda::cluster(arguments.id).0;
    build(
        accounts::CreateCluster {
            payer,
            authority,
            config: pda::config().0,
            cluster,
            queue: pda::queue(&cluster).0,
            system_program: system_program::ID,
        },
        instruction::CreateCluster { arguments },
    )
}

/// See [`crate::instructions::grow_queue`].
pub fn grow_queue(payer: Pubkey, cluster: Pubkey) -> Instruction {
    build(
        accounts::GrowQueue {
            payer,
            cluster,
            queue: pda::queue(&cluster).0,
            system_program: system_program::ID,
        },
        instruction::GrowQueue {},
    )
}

/// See [`crate::instructions::join_cluster`]. Signed by the node's cold authority.
pub fn join_cluster(authority: Pubkey, identity: Pubkey, cluster: Pubkey) -> Instruction {
    build(
        accounts::JoinCluster {
            authority,
            node: pda::node(&identity).0,
            config: pda::config().0,
            stake: pda::node_stake(&identity).0,
            cluster,
        },
        instruction::JoinCluster {},
    )
}

/// See [`crate::instructions::set_price`].
pub fn set_price(authority: Pubkey, cluster: Pubkey, price_per_unit: u64, base_fee: u64) -> Instruction {
    build(accounts::SetPrice { authority, cluster }, instruction::SetPrice { price_per_unit, base_fee })
}

/// See [`crate::instructions::create_mxe`]. Sent by the application's program.
pub fn create_mxe(
    payer: Pubkey,
    authority: Pubkey,
    application: Pubkey,
    cluster: Pubkey,
    id: u64,
) -> Instruction {
    build(
        accounts::CreateMxe {
            payer,
            authority,
            application,
            application_signer: pda::application_signer(&application).0,
            cluster,
            mxe: pda::mxe(&application, id).0,
            system_program: system_program::ID,
        },
        instruction::CreateMxe { id },
    )
}

/// See [`crate::instructions::create_definition`].
pub fn create_definition(
    payer: Pubkey,
    authority: Pubkey,
    mxe: Pubkey,
    arguments: CreateDefinitionArguments,
) -> Instruction {
    let definition = pda::definition(&mxe, &arguments.name).0;
    build(
        accounts::CreateDefinition {
            payer,
            authority,
            mxe,
            definition,
            circuit: pda::circuit(&definition).0,
            system_program: system_program::ID,
        },
        instruction::CreateDefinition { arguments },
    )
}

/// See [`crate::instructions::write_circuit`]. About 850 bytes fit one transaction.
pub fn write_circuit(
    payer: Pubkey,
    authority: Pubkey,
    mxe: Pubkey,
    definition: Pubkey,
    offset: u32,
    bytes: Vec<u8>,
) -> Instruction {
    build(
        accounts::WriteCircuit {
            payer,
            authority,
            mxe,
            definition,
            circuit: pda::circuit(&definition).0,
            system_program: system_program::ID,
        },
        instruction::WriteCircuit { offset, bytes },
    )
}

/// See [`crate::instructions::finalize_definition`].
pub fn finalize_definition(authority: Pubkey, mxe: Pubkey, definition: Pubkey) -> Instruction {
    build(
        accounts::FinalizeDefinition { authority, mxe, definition, circuit: pda::circuit(&definition).0 },
        instruction::FinalizeDefinition {},
    )
}

/// See [`crate::instructions::deprecate_definition`].
pub fn deprecate_definition(authority: Pubkey, mxe: Pubkey, definition: Pubkey) -> Instruction {
    build(accounts::DeprecateDefinition { authority, mxe, definition }, instruction::DeprecateDefinition {})
}

/// See [`crate::instructions::close_definition`].
pub fn close_definition(authority: Pubkey, mxe: Pubkey, definition: Pubkey) -> Instruction {
    build(
        accounts::CloseDefinition { authority, mxe, definition, circuit: pda::circuit(&definition).0 },
        instruction::CloseDefinition {},
    )
}

/// See [`crate::instructions::create_cell`]. Sent by the application's program.
pub fn create_cell(
    payer: Pubkey,
    application: Pubkey,
    mxe: Pubkey,
    label: [u8; 32],
    bits: u32,
) -> Instruction {
    build(
        accounts::CreateCell {
            payer,
            application_signer: pda::application_signer(&application).0,
            mxe,
            cell: pda::cell(&mxe, &label).0,
            system_program: system_program::ID,
        },
        instruction::CreateCell { label, bits },
    )
}

/// See [`crate::instructions::grow_cell`].
pub fn grow_cell(payer: Pubkey, mxe: Pubkey, cell: Pubkey) -> Instruction {
    build(
        accounts::GrowCell { payer, mxe, cell, system_program: system_program::ID },
        instruction::GrowCell {},
    )
}

/// The accounts of a call that do not follow from its arguments.
#[derive(Clone, Copy, Debug)]
pub struct Caller {
    /// Pays rent and fees.
    pub payer: Pubkey,
    /// The end user.
    pub authority: Pubkey,
    /// The application's program.
    pub application: Pubkey,
    /// Its MXE.
    pub mxe: Pubkey,
    /// The MXE's cluster.
    pub cluster: Pubkey,
    /// What to run.
    pub definition: Pubkey,
}

/// See [`crate::instructions::queue_computation`]. Sent by the application's program.
pub fn queue_computation(
    caller: &Caller,
    arguments: QueueArguments,
    remaining: Vec<AccountMeta>,
) -> Instruction {
    let computation =
        pda::computation(&caller.definition, &arguments.instance, &caller.authority, arguments.counter).0;
    let instruction = build(
        accounts::QueueComputation {
            payer: caller.payer,
            authority: caller.authority,
            application_signer: pda::application_signer(&caller.application).0,
            mxe: caller.mxe,
            definition: caller.definition,
            cluster: caller.cluster,
            queue: pda::queue(&caller.cluster).0,
            computation,
            system_program: system_program::ID,
        },
        instruction::QueueComputation { arguments },
    );
    with_remaining(instruction, remaining)
}

/// See [`crate::instructions::write_result`]. About 950 bytes fit one transaction.
pub fn write_result(
    writer: Pubkey,
    computation: Pubkey,
    length: u32,
    offset: u32,
    bytes: Vec<u8>,
) -> Instruction {
    build(
        accounts::WriteResult {
            writer,
            computation,
            buffer: pda::result_buffer(&computation, &writer).0,
            system_program: system_program::ID,
        },
        instruction::WriteResult { length, offset, bytes },
    )
}

/// See [`crate::instructions::close_result`].
pub fn close_result(writer: Pubkey, computation: Pubkey) -> Instruction {
    build(
        accounts::CloseResult { writer, buffer: pda::result_buffer(&computation, &writer).0, computation },
        instruction::CloseResult {},
    )
}

/// [`close_result`] of a buffer that holds a large result, by who paid for the computation.
pub fn close_final_result(payer: Pubkey, computation: Pubkey, buffer: Pubkey) -> Instruction {
    build(accounts::CloseResult { writer: payer, buffer, computation }, instruction::CloseResult {})
}

/// See [`crate::instructions::finalize_computation`]. With `from_buffer` the outputs are taken from the submitter's
/// result buffer, and those in `arguments` must be empty.
pub fn finalize_computation(
    submitter: Pubkey,
    computation: Pubkey,
    account: &Computation,
    arguments: FinalizeArguments,
    from_buffer: bool,
) -> Instruction {
    let cells = account.cells.iter().map(|cell| AccountMeta {
        pubkey: cell.address,
        is_signer: false,
        is_writable: cell.write,
    });
    let slices = account.latest_slices().map(|(account, ..)| AccountMeta::new_readonly(*account, false));
    let cells = cells.chain(slices).collect();
    let instruction = build(
        accounts::FinalizeComputation {
            submitter,
            computation,
            cluster: account.cluster,
            queue: pda::queue(&account.cluster).0,
            result_buffer: from_buffer.then(|| pda::result_buffer(&computation, &submitter).0),
            signatures: INSTRUCTIONS_ID,
        },
        instruction::FinalizeComputation { arguments },
    );
    with_remaining(instruction, cells)
}

/// See [`crate::instructions::fail_computation`]. `payer` is the computation's.
pub fn fail_computation(
    payer: Pubkey,
    computation: Pubkey,
    cluster: Pubkey,
    arguments: FailArguments,
) -> Instruction {
    build(
        accounts::FailComputation {
            payer,
            computation,
            cluster,
            queue: pda::queue(&cluster).0,
            signatures: INSTRUCTIONS_ID,
        },
        instruction::FailComputation { arguments },
    )
}

/// See [`crate::instructions::expire_computation`]. `payer` is the computation's.
pub fn expire_computation(payer: Pubkey, computation: Pubkey, cluster: Pubkey) -> Instruction {
    build(
        accounts::ExpireComputation { payer, computation, cluster, queue: pda::queue(&cluster).0 },
        instruction::ExpireComputation {},
    )
}

/// See [`crate::instructions::deliver_callback`]; `None` if the computation has no callback.
pub fn deliver_callback(computation: Pubkey, account: &Computation) -> Option<Instruction> {
    let callback = account.callback.as_ref()?;
    let listed = callback.accounts.iter().map(|listed| AccountMeta {
        pubkey: listed.key,
        is_signer: false,
        is_writable: listed.writable,
    });
    let buffer = account.result.as_ref().and_then(|result| result.buffer);
    let listed = listed.chain(buffer.map(|buffer| AccountMeta::new_readonly(buffer, false))).collect();
    let instruction = build(
        accounts::DeliverCallback {
            computation,
            application: account.application,
            callback_signer: pda::callback_signer(&account.application).0,
        },
        instruction::DeliverCallback {},
    );
    Some(with_remaining(instruction, listed))
}

/// See [`crate::instructions::report_callback_failure`]. `identity` is the member whose fee payer signs.
pub fn report_callback_failure(
    fee_payer: Pubkey,
    identity: Pubkey,
    computation: Pubkey,
    code: u32,
) -> Instruction {
    build(
        accounts::ReportCallbackFailure { fee_payer, node: pda::node(&identity).0, computation },
        instruction::ReportCallbackFailure { code },
    )
}

/// See [`crate::instructions::consume_result`]. Sent by the application's program.
pub fn consume_result(application: Pubkey, mxe: Pubkey, computation: Pubkey) -> Instruction {
    build(
        accounts::ConsumeResult {
            application_signer: pda::application_signer(&application).0,
            mxe,
            computation,
        },
        instruction::ConsumeResult {},
    )
}

/// See [`crate::instructions::claim_fees`].
pub fn claim_fees(authority: Pubkey, recipient: Pubkey, identity: Pubkey, cluster: Pubkey) -> Instruction {
    build(
        accounts::ClaimFees {
            authority,
            recipient,
            node: pda::node(&identity).0,
            stake: pda::node_stake(&identity).0,
            cluster,
        },
        instruction::ClaimFees {},
    )
}

/// See [`crate::instructions::sweep_treasury`].
pub fn sweep_treasury(treasury: Pubkey, cluster: Pubkey) -> Instruction {
    build(
        accounts::SweepTreasury { config: pda::config().0, treasury, cluster },
        instruction::SweepTreasury {},
    )
}

/// See [`crate::instructions::reclaim_rent`]. `payer_signs` is needed while the outcome has not reached the
/// application.
pub fn reclaim_rent(payer: Pubkey, computation: Pubkey, payer_signs: bool) -> Instruction {
    let mut instruction = build(accounts::ReclaimRent { payer, computation }, instruction::ReclaimRent {});
    if let Some(meta) = instruction.accounts.first_mut() {
        meta.is_signer = payer_signs;
    }
    instruction
}
