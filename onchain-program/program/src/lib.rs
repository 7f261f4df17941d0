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
//! - [`token`], `deposit`: the stake token; `punish`: slashing
//! - `record`: opening, writing and creating accounts
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
#[warn(missing_docs)]
pub mod token;

mod call;
mod deposit;
#[cfg(all(test, feature = "idl-build"))]
mod idl;
mod money;
mod proof;
mod punish;
mod record;
mod settle;

use anchor_lang::prelude::*;
use instructions::*;
use message::Opening;
use state::{OffenceClass, Parameters};

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

    /// Makes a cluster's queue longer.
    pub fn grow_queue<'info>(ctx: Context<'info, GrowQueue<'info>>) -> Result<()> {
        GrowQueue::run(ctx)
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

    /// Asks for the key that an application's circuits sign with.
    pub fn request_signing_key<'info>(ctx: Context<'info, RequestSigningKey<'info>>) -> Result<()> {
        RequestSigningKey::run(ctx)
    }

    /// Stores the key that all members signed.
    pub fn publish_signing_key<'info>(
        ctx: Context<'info, PublishSigningKey<'info>>,
        arguments: SigningKeyArguments,
    ) -> Result<()> {
        PublishSigningKey::run(ctx, arguments)
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

    /// Lengthens a cell's account.
    pub fn grow_cell<'info>(ctx: Context<'info, GrowCell<'info>>) -> Result<()> {
        GrowCell::run(ctx)
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

    /// Announces other parameters.
    pub fn propose_parameters<'info>(
        ctx: Context<'info, ProposeParameters<'info>>,
        parameters: Parameters,
    ) -> Result<()> {
        ProposeParameters::run(ctx, parameters)
    }

    /// Puts announced parameters into force.
    pub fn apply_parameters<'info>(ctx: Context<'info, ApplyParameters<'info>>) -> Result<()> {
        ApplyParameters::run(ctx)
    }

    /// Names the stake token and makes the vault.
    pub fn create_stake_pool<'info>(ctx: Context<'info, CreateStakePool<'info>>) -> Result<()> {
        CreateStakePool::run(ctx)
    }

    /// A node's owner puts its own tokens behind it.
    pub fn bond<'info>(
        ctx: Context<'info, Deposit<'info>>,
        amount: u64,
        commission_basis_points: u16,
    ) -> Result<()> {
        Deposit::bond(ctx, amount, commission_basis_points)
    }

    /// Anyone puts tokens behind a node.
    pub fn delegate<'info>(ctx: Context<'info, Deposit<'info>>, amount: u64) -> Result<()> {
        Deposit::delegate(ctx, amount)
    }

    /// Shares begin to leave.
    pub fn unbond<'info>(ctx: Context<'info, Unbond<'info>>, id: u64, shares: u64) -> Result<()> {
        Unbond::run(ctx, id, shares)
    }

    /// Takes what has left.
    pub fn withdraw<'info>(ctx: Context<'info, Withdraw<'info>>) -> Result<()> {
        Withdraw::run(ctx)
    }

    /// An owner takes the fees that its part has earned.
    pub fn claim_rewards<'info>(ctx: Context<'info, ClaimRewards<'info>>) -> Result<()> {
        ClaimRewards::run(ctx)
    }

    /// A node's operator takes its part of the shared fees.
    pub fn claim_commission<'info>(ctx: Context<'info, ClaimCommission<'info>>) -> Result<()> {
        ClaimCommission::run(ctx)
    }

    /// Moves a member's fees to its stake.
    pub fn distribute_fees<'info>(ctx: Context<'info, DistributeFees<'info>>) -> Result<()> {
        DistributeFees::run(ctx)
    }

    /// Burns what was slashed.
    pub fn burn_slashed<'info>(ctx: Context<'info, BurnSlashed<'info>>) -> Result<()> {
        BurnSlashed::run(ctx)
    }

    /// A reporter takes its part of what was slashed.
    pub fn claim_report<'info>(ctx: Context<'info, ClaimPart<'info>>) -> Result<()> {
        ClaimPart::run(ctx, false)
    }

    /// Who paid for the computation that an offence concerns takes its part of what was slashed.
    pub fn claim_compensation<'info>(ctx: Context<'info, ClaimPart<'info>>) -> Result<()> {
        ClaimPart::run(ctx, true)
    }

    /// Takes a waiting computation back.
    pub fn cancel_computation<'info>(ctx: Context<'info, CancelComputation<'info>>) -> Result<()> {
        CancelComputation::run(ctx)
    }

    /// Collects members' signatures over one message.
    pub fn attest_result<'info>(
        ctx: Context<'info, AttestResult<'info>>,
        signature_instruction: u8,
    ) -> Result<()> {
        AttestResult::run(ctx, signature_instruction)
    }

    /// Returns the rent of a bitmap.
    pub fn close_attestation<'info>(ctx: Context<'info, CloseAttestation<'info>>) -> Result<()> {
        CloseAttestation::run(ctx)
    }

    /// Writes one chunk of a buffer.
    pub fn write_buffer<'info>(
        ctx: Context<'info, WriteBuffer<'info>>,
        label: [u8; 32],
        length: u32,
        offset: u32,
        bytes: Vec<u8>,
    ) -> Result<()> {
        WriteBuffer::run(ctx, label, length, offset, bytes)
    }

    /// Closes a buffer.
    pub fn close_buffer<'info>(ctx: Context<'info, CloseBuffer<'info>>) -> Result<()> {
        CloseBuffer::run(ctx)
    }

    /// Punishes a node that signed two contradicting things.
    pub fn submit_equivocation<'info>(
        ctx: Context<'info, SubmitEquivocation<'info>>,
        arguments: EquivocationArguments,
    ) -> Result<()> {
        SubmitEquivocation::run(ctx, arguments)
    }

    /// Asks a member about a waiting computation.
    pub fn challenge_liveness<'info>(ctx: Context<'info, ChallengeLiveness<'info>>) -> Result<()> {
        ChallengeLiveness::run(ctx)
    }

    /// Answers a challenge.
    pub fn answer_challenge<'info>(
        ctx: Context<'info, AnswerChallenge<'info>>,
        round: u32,
        running_digest: [u8; 32],
        message: Vec<u8>,
    ) -> Result<()> {
        AnswerChallenge::run(ctx, round, running_digest, message)
    }

    /// Demands an opening that all members signed to be ready for.
    pub fn challenge_opening<'info>(
        ctx: Context<'info, ChallengeOpening<'info>>,
        opening: Opening,
        signature_instruction: u8,
    ) -> Result<()> {
        ChallengeOpening::run(ctx, opening, signature_instruction)
    }

    /// Shows a demanded opening.
    pub fn answer_opening<'info>(
        ctx: Context<'info, AnswerOpening<'info>>,
        signature_instruction: u8,
    ) -> Result<()> {
        AnswerOpening::run(ctx, signature_instruction)
    }

    /// An application declares what is at stake in its computations.
    pub fn declare_value<'info>(ctx: Context<'info, DeclareValue<'info>>, tokens: u64) -> Result<()> {
        DeclareValue::run(ctx, tokens)
    }

    /// Punishes a node whose secret key someone else knows.
    pub fn report_leaked_key<'info>(
        ctx: Context<'info, ReportLeakedKey<'info>>,
        leaked: LeakedKey,
    ) -> Result<()> {
        ReportLeakedKey::run(ctx, leaked)
    }

    /// Counts a challenge that was not answered.
    pub fn record_miss<'info>(ctx: Context<'info, RecordMiss<'info>>) -> Result<()> {
        RecordMiss::run(ctx)
    }

    /// Punishes what was missed: a strike, or a withheld opening.
    pub fn strike_node<'info>(ctx: Context<'info, StrikeNode<'info>>) -> Result<()> {
        StrikeNode::run(ctx)
    }

    /// Closes a challenge.
    pub fn close_challenge<'info>(ctx: Context<'info, CloseChallenge<'info>>) -> Result<()> {
        CloseChallenge::run(ctx)
    }

    /// A node comes back from jail.
    pub fn unjail<'info>(ctx: Context<'info, Unjail<'info>>) -> Result<()> {
        Unjail::run(ctx)
    }

    /// Accuses a node before a jury.
    pub fn open_dispute<'info>(
        ctx: Context<'info, OpenDispute<'info>>,
        class: OffenceClass,
        session: [u8; 32],
    ) -> Result<()> {
        OpenDispute::run(ctx, class, session)
    }

    /// The accused adds its own evidence.
    pub fn add_evidence<'info>(ctx: Context<'info, AddEvidence<'info>>) -> Result<()> {
        AddEvidence::run(ctx)
    }

    /// A juror votes.
    pub fn vote_dispute<'info>(ctx: Context<'info, VoteDispute<'info>>, guilty: bool) -> Result<()> {
        VoteDispute::run(ctx, guilty)
    }

    /// Carries out what the jury decided.
    pub fn resolve_dispute<'info>(ctx: Context<'info, ResolveDispute<'info>>) -> Result<()> {
        ResolveDispute::run(ctx)
    }

    /// A node registers its next encryption key.
    pub fn rotate_epoch_key<'info>(
        ctx: Context<'info, RotateEpochKey<'info>>,
        encryption_key: [u8; 32],
        proof_of_possession: [u8; 64],
    ) -> Result<()> {
        RotateEpochKey::run(ctx, encryption_key, proof_of_possession)
    }

    /// Begins a cluster's next epoch.
    pub fn begin_epoch<'info>(ctx: Context<'info, BeginEpoch<'info>>) -> Result<()> {
        BeginEpoch::run(ctx)
    }

    /// A node leaves a cluster that is still forming.
    pub fn leave_cluster<'info>(ctx: Context<'info, LeaveCluster<'info>>) -> Result<()> {
        LeaveCluster::run(ctx)
    }

    /// A member asks to be replaced.
    pub fn drain_node<'info>(ctx: Context<'info, DrainNode<'info>>) -> Result<()> {
        DrainNode::run(ctx)
    }

    /// A node leaves the network.
    pub fn exit_node<'info>(ctx: Context<'info, ExitNode<'info>>) -> Result<()> {
        ExitNode::run(ctx)
    }

    /// Puts another node in the place of a member.
    pub fn replace_member<'info>(ctx: Context<'info, ReplaceMember<'info>>) -> Result<()> {
        ReplaceMember::run(ctx)
    }

    /// Announces a maintenance window.
    pub fn declare_maintenance<'info>(
        ctx: Context<'info, DeclareMaintenance<'info>>,
        start: u64,
        slots: u64,
    ) -> Result<()> {
        DeclareMaintenance::run(ctx, start, slots)
    }

    /// Sets an MXE's delay, veto and recovery set.
    pub fn protect_mxe<'info>(
        ctx: Context<'info, ProtectMxe<'info>>,
        delay_slots: u64,
        veto: Option<Pubkey>,
        recovery_set: Vec<Pubkey>,
    ) -> Result<()> {
        ProtectMxe::run(ctx, delay_slots, veto, recovery_set)
    }

    /// Announces the move of an MXE to another cluster.
    pub fn propose_migration<'info>(ctx: Context<'info, ProposeMigration<'info>>) -> Result<()> {
        ProposeMigration::run(ctx)
    }

    /// Stops an announced move.
    pub fn veto_migration<'info>(ctx: Context<'info, VetoMigration<'info>>) -> Result<()> {
        VetoMigration::run(ctx)
    }

    /// Carries an announced move out.
    pub fn execute_migration<'info>(ctx: Context<'info, ExecuteMigration<'info>>) -> Result<()> {
        ExecuteMigration::run(ctx)
    }

    /// Closes an MXE without state.
    pub fn close_mxe<'info>(ctx: Context<'info, CloseMxe<'info>>) -> Result<()> {
        CloseMxe::run(ctx)
    }

    /// Opens an announced definition for use.
    pub fn activate_definition<'info>(ctx: Context<'info, ActivateDefinition<'info>>) -> Result<()> {
        ActivateDefinition::run(ctx)
    }

    /// Stops an announced definition.
    pub fn veto_definition<'info>(ctx: Context<'info, VetoDefinition<'info>>) -> Result<()> {
        VetoDefinition::run(ctx)
    }
}
