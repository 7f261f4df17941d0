//! The Solana program `arx`: mempool, bank and court of the network.
//!
//! It orders computations, holds their fees, verifies results that all members of a cluster signed, keeps applications'
//! encrypted state by compare-and-swap, and hands outcomes to applications. It never sees a secret.
//! `docs/chain.md` tells the whole story with its state machine and a table of who may call what.
//!
//! # Layout
//! - [`state`]: the accounts, one a file, with seeds, size and writers; [`pda`]: their addresses
//! - [`instructions`]: one a file
//! - [`message`]: what members sign; [`signatures`]: how the program checks it; [`possession`]: proof of a node's key
//! - `call` and [`input_header`]: the early refusals of a call; `settle` and `money`: who gets the escrow
//! - [`error`], [`events`], [`constants`]
//! - `client` (absent from the bytecode): builders of every instruction, for nodes, SDK and tests
//!
//! # Example
//! Where the computation of a call will be, and what its members will have signed:
//! ```
//! use anchor_lang::prelude::Pubkey;
//! use arx_program::{message::output_digest, pda};
//!
//! let (definition, auction, bidder) = (Pubkey::new_unique(), Pubkey::new_unique(), Pubkey::new_unique());
//! let (first, _) = pda::computation(&definition, &auction, &bidder, 0);
//! let (second, _) = pda::computation(&definition, &auction, &bidder, 1);
//! assert_ne!(first, second);
//! assert_ne!(output_digest(&[vec![1, 2], vec![3]]), output_digest(&[vec![1], vec![2, 3]]));
//! ```

#![forbid(unsafe_code)]
// Anchor's macros emit undocumented items at the root and in `instructions`; every other module must document all.
#![allow(missing_docs)]

#[cfg(target_arch = "bpf")]
use solana_compiler_builtins as _;

#[cfg(not(target_arch = "bpf"))]
#[warn(missing_docs)]
pub mod client;
#[warn(missing_docs)]
pub mod constants;
#[warn(missing_docs)]
pub mod error;
#[warn(missing_docs)]
pub mod events;
#[warn(missing_docs)]
pub mod input_header;
pub mod instructions;
#[warn(missing_docs)]
pub mod message;
#[warn(missing_docs)]
pub mod pda;
#[warn(missing_docs)]
pub mod possession;
#[warn(missing_docs)]
pub mod signatures;
#[warn(missing_docs)]
pub mod state;

mod call;
mod money;
mod settle;

use anchor_lang::prelude::*;
use instructions::*;

declare_id!("FepqKCykw5tNwnn2dxVvuPh9FMnsQ98TcLD9c7tcxyin");

/// The instructions. Each is described in its file under [`instructions`].
#[program]
pub mod arx {
    use super::*;

    /// Sets the network up, once.
    pub fn initialize<'info>(
        ctx: Context<'info, Initialize<'info>>,
        treasury: Pubkey,
        treasury_basis_points: u16,
    ) -> Result<()> {
        Initialize::run(ctx, treasury, treasury_basis_points)
    }

    /// Changes parameters, or names a successor to the authority.
    pub fn update_config<'info>(
        ctx: Context<'info, UpdateConfig<'info>>,
        arguments: UpdateConfigArguments,
    ) -> Result<()> {
        UpdateConfig::run(ctx, arguments)
    }

    /// The named successor takes office.
    pub fn accept_authority<'info>(ctx: Context<'info, AcceptAuthority<'info>>) -> Result<()> {
        AcceptAuthority::run(ctx)
    }

    /// Enters a node.
    pub fn register_node<'info>(
        ctx: Context<'info, RegisterNode<'info>>,
        arguments: RegisterNodeArguments,
    ) -> Result<()> {
        RegisterNode::run(ctx, arguments)
    }

    /// Moves a node, or changes who pays for its transactions.
    pub fn update_node<'info>(
        ctx: Context<'info, UpdateNode<'info>>,
        arguments: UpdateNodeArguments,
    ) -> Result<()> {
        UpdateNode::run(ctx, arguments)
    }

    /// Invites nodes to run computations together.
    pub fn create_cluster<'info>(
        ctx: Context<'info, CreateCluster<'info>>,
        arguments: CreateClusterArguments,
    ) -> Result<()> {
        CreateCluster::run(ctx, arguments)
    }

    /// An invited node accepts.
    pub fn join_cluster<'info>(ctx: Context<'info, JoinCluster<'info>>) -> Result<()> {
        JoinCluster::run(ctx)
    }

    /// Changes what a cluster charges.
    pub fn set_price<'info>(
        ctx: Context<'info, SetPrice<'info>>,
        price_per_unit: u64,
        base_fee: u64,
    ) -> Result<()> {
        SetPrice::run(ctx, price_per_unit, base_fee)
    }

    /// Puts an application on a cluster.
    pub fn create_mxe<'info>(ctx: Context<'info, CreateMxe<'info>>, id: u64) -> Result<()> {
        CreateMxe::run(ctx, id)
    }

    /// Declares a circuit.
    pub fn create_definition<'info>(
        ctx: Context<'info, CreateDefinition<'info>>,
        arguments: CreateDefinitionArguments,
    ) -> Result<()> {
        CreateDefinition::run(ctx, arguments)
    }

    /// Writes one chunk of a draft's circuit.
    pub fn write_circuit<'info>(
        ctx: Context<'info, WriteCircuit<'info>>,
        offset: u32,
        bytes: Vec<u8>,
    ) -> Result<()> {
        WriteCircuit::run(ctx, offset, bytes)
    }

    /// Hashes the circuit and opens the definition for use.
    pub fn finalize_definition<'info>(ctx: Context<'info, FinalizeDefinition<'info>>) -> Result<()> {
        FinalizeDefinition::run(ctx)
    }

    /// Stops new computations of a definition.
    pub fn deprecate_definition<'info>(ctx: Context<'info, DeprecateDefinition<'info>>) -> Result<()> {
        DeprecateDefinition::run(ctx)
    }

    /// Gives up a draft.
    pub fn close_definition<'info>(ctx: Context<'info, CloseDefinition<'info>>) -> Result<()> {
        CloseDefinition::run(ctx)
    }

    /// Makes a place for encrypted state.
    pub fn create_cell<'info>(
        ctx: Context<'info, CreateCell<'info>>,
        label: [u8; 32],
        bits: u32,
    ) -> Result<()> {
        CreateCell::run(ctx, label, bits)
    }

    /// Puts a computation into the queue and its fee into escrow.
    pub fn queue_computation<'info>(
        ctx: Context<'info, QueueComputation<'info>>,
        arguments: QueueArguments,
    ) -> Result<()> {
        QueueComputation::run(ctx, arguments)
    }

    /// Writes one chunk of long outputs.
    pub fn write_result<'info>(
        ctx: Context<'info, WriteResult<'info>>,
        length: u32,
        offset: u32,
        bytes: Vec<u8>,
    ) -> Result<()> {
        WriteResult::run(ctx, length, offset, bytes)
    }

    /// Takes back the rent of a result buffer that was not used.
    pub fn close_result<'info>(ctx: Context<'info, CloseResult<'info>>) -> Result<()> {
        CloseResult::run(ctx)
    }

    /// Stores a result that all members signed, writes its cells, and pays.
    pub fn finalize_computation<'info>(
        ctx: Context<'info, FinalizeComputation<'info>>,
        arguments: FinalizeArguments,
    ) -> Result<()> {
        FinalizeComputation::run(ctx, arguments)
    }

    /// Ends a computation that all members signed cannot be computed.
    pub fn fail_computation<'info>(
        ctx: Context<'info, FailComputation<'info>>,
        arguments: FailArguments,
    ) -> Result<()> {
        FailComputation::run(ctx, arguments)
    }

    /// Ends a computation whose deadline passed.
    pub fn expire_computation<'info>(ctx: Context<'info, ExpireComputation<'info>>) -> Result<()> {
        ExpireComputation::run(ctx)
    }

    /// Calls the application with the outcome.
    pub fn deliver_callback<'info>(ctx: Context<'info, DeliverCallback<'info>>) -> Result<()> {
        DeliverCallback::run(ctx)
    }

    /// Keeps the error code of a callback that fails.
    pub fn report_callback_failure<'info>(
        ctx: Context<'info, ReportCallbackFailure<'info>>,
        code: u32,
    ) -> Result<()> {
        ReportCallbackFailure::run(ctx, code)
    }

    /// The application takes the outcome itself.
    pub fn consume_result<'info>(ctx: Context<'info, ConsumeResult<'info>>) -> Result<()> {
        ConsumeResult::run(ctx)
    }

    /// A member takes what it has earned.
    pub fn claim_fees<'info>(ctx: Context<'info, ClaimFees<'info>>) -> Result<()> {
        ClaimFees::run(ctx)
    }

    /// Sends the treasury's part of a cluster's fees to the treasury.
    pub fn sweep_treasury<'info>(ctx: Context<'info, SweepTreasury<'info>>) -> Result<()> {
        SweepTreasury::run(ctx)
    }

    /// Closes a settled computation and returns its rent.
    pub fn reclaim_rent<'info>(ctx: Context<'info, ReclaimRent<'info>>) -> Result<()> {
        ReclaimRent::run(ctx)
    }
}
