//! One event per change of state, in the transaction's log.

use std::io::{self, Write};

use anchor_lang::{Discriminator, prelude::*, solana_program::log::sol_log_data};

use crate::state::{Delivery, DisputeState, FailureReason, NodeStatus, OffenceClass};

/// An event's bytes. Writing never fails, so that its encoding is one call a field.
struct EventBytes(Vec<u8>);

impl EventBytes {
    #[inline(never)]
    fn put(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }
}

impl Write for EventBytes {
    #[inline(always)]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.put(bytes);
        Ok(bytes.len())
    }

    #[inline(always)]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.put(bytes);
        Ok(())
    }

    #[inline(always)]
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Logs an event, as Anchor's `emit!` does.
#[inline(never)]
pub(crate) fn emit<E: AnchorSerialize + Discriminator>(event: &E) {
    let mut bytes = EventBytes(Vec::with_capacity(256));
    bytes.put(E::DISCRIMINATOR);
    if event.serialize(&mut bytes).is_ok() {
        sol_log_data(&[&bytes.0]);
    }
}

/// The network was set up.
#[event]
pub struct ConfigChanged {
    /// Who may change it.
    pub authority: Pubkey,
    /// Receives the treasury's part.
    pub treasury: Pubkey,
    /// The treasury's part.
    pub treasury_basis_points: u16,
}

/// A node registered, or changed its registration.
#[event]
pub struct NodeChanged {
    /// Its identity.
    pub identity: Pubkey,
    /// Its cold authority.
    pub authority: Pubkey,
    /// Where it is reached.
    pub endpoint: String,
}

/// A cluster was created.
#[event]
pub struct ClusterCreated {
    /// Its address.
    pub cluster: Pubkey,
    /// The invited nodes.
    pub members: Vec<Pubkey>,
    /// Its protocol.
    pub protocol: u16,
}

/// A node joined a cluster.
#[event]
pub struct ClusterJoined {
    /// The cluster.
    pub cluster: Pubkey,
    /// The node.
    pub identity: Pubkey,
    /// The cluster's epoch: 0 until all have joined.
    pub epoch: u64,
}

/// A cluster changed its prices.
#[event]
pub struct PriceChanged {
    /// The cluster.
    pub cluster: Pubkey,
    /// Lamports per cost unit.
    pub price_per_unit: u64,
    /// Lamports per computation.
    pub base_fee: u64,
}

/// An application made an MXE.
#[event]
pub struct MxeCreated {
    /// Its address.
    pub mxe: Pubkey,
    /// The application's program.
    pub application: Pubkey,
    /// The cluster.
    pub cluster: Pubkey,
}

/// An application asked for its signing key, or has it.
#[event]
pub struct SigningKeyChanged {
    /// Its MXE.
    pub mxe: Pubkey,
    /// Version of the members' long-term keys.
    pub version: u32,
    /// The key; `None` where it was asked for.
    pub key: Option<Pubkey>,
}

/// A definition changed its status.
#[event]
pub struct DefinitionChanged {
    /// Its address.
    pub definition: Pubkey,
    /// The circuit's hash.
    pub circuit_hash: [u8; 32],
    /// 0 draft, 1 active, 2 deprecated, 3 closed, 4 announced.
    pub status: u8,
}

/// An application made a cell.
#[event]
pub struct CellCreated {
    /// Its address.
    pub cell: Pubkey,
    /// The MXE.
    pub mxe: Pubkey,
    /// Its size.
    pub bits: u32,
}

/// A cell's account became longer.
#[event]
pub struct CellGrown {
    /// Its address.
    pub cell: Pubkey,
    /// Its length now.
    pub space: u32,
    /// The length that it needs.
    pub full: u32,
}

/// A computation entered the queue.
#[event]
pub struct ComputationQueued {
    /// Its address.
    pub computation: Pubkey,
    /// The cluster.
    pub cluster: Pubkey,
    /// What it runs.
    pub definition: Pubkey,
    /// Its number in the queue.
    pub sequence: u64,
    /// Slot after which it expires.
    pub deadline: u64,
    /// Lamports held.
    pub escrow: u64,
}

/// A computation has its result.
#[event]
pub struct ComputationFinalized {
    /// Its address.
    pub computation: Pubkey,
    /// The session that computed it.
    pub session: [u8; 32],
    /// Lamports paid to the members and the treasury.
    pub paid: u64,
}

/// All members signed that a computation cannot be computed.
#[event]
pub struct ComputationFailed {
    /// Its address.
    pub computation: Pubkey,
    /// Why.
    pub reason: FailureReason,
    /// Which argument.
    pub detail: u32,
    /// Lamports returned to the payer.
    pub refunded: u64,
}

/// A computation's deadline passed.
#[event]
pub struct ComputationExpired {
    /// Its address.
    pub computation: Pubkey,
    /// Lamports returned to the payer.
    pub refunded: u64,
}

/// An outcome reached its application.
#[event]
pub struct OutcomeDelivered {
    /// The computation.
    pub computation: Pubkey,
    /// How.
    pub delivery: Delivery,
}

/// A member reported that the callback fails.
#[event]
pub struct CallbackFailed {
    /// The computation.
    pub computation: Pubkey,
    /// The member.
    pub identity: Pubkey,
    /// The callback's error code.
    pub code: u32,
}

/// A member took its earnings.
#[event]
pub struct FeesClaimed {
    /// The cluster.
    pub cluster: Pubkey,
    /// The member.
    pub identity: Pubkey,
    /// How much.
    pub lamports: u64,
}

/// The treasury received its part.
#[event]
pub struct TreasurySwept {
    /// The cluster.
    pub cluster: Pubkey,
    /// How much.
    pub lamports: u64,
}

/// A computation's account was closed.
#[event]
pub struct RentReclaimed {
    /// The computation.
    pub computation: Pubkey,
    /// How much.
    pub lamports: u64,
}

/// A cluster's queue was made longer.
#[event]
pub struct QueueGrown {
    /// The cluster.
    pub cluster: Pubkey,
    /// Length of the queue's account.
    pub bytes: u64,
}

/// Other parameters were announced.
#[event]
pub struct ParametersProposed {
    /// When they may take effect.
    pub effective_slot: u64,
}

/// Announced parameters took effect.
#[event]
pub struct ParametersApplied {
    /// When.
    pub applied_slot: u64,
}

/// The stake token was named.
#[event]
pub struct StakePoolCreated {
    /// Its mint.
    pub mint: Pubkey,
    /// The token account of all stake.
    pub vault: Pubkey,
}

/// Tokens were put behind a node.
#[event]
pub struct StakeAdded {
    /// The node.
    pub identity: Pubkey,
    /// Who put them there.
    pub owner: Pubkey,
    /// How many.
    pub tokens: u64,
    /// The shares they are worth.
    pub shares: u64,
}

/// Stake began to leave.
#[event]
pub struct StakeLeaving {
    /// The node.
    pub identity: Pubkey,
    /// Whose it is.
    pub owner: Pubkey,
    /// How many.
    pub tokens: u64,
    /// When it may be taken.
    pub release_slot: u64,
}

/// Stake was taken.
#[event]
pub struct StakeWithdrawn {
    /// The node.
    pub identity: Pubkey,
    /// Whose it was.
    pub owner: Pubkey,
    /// How many.
    pub tokens: u64,
}

/// An owner of stake or an operator took its part of the fees.
#[event]
pub struct RewardsClaimed {
    /// The node.
    pub identity: Pubkey,
    /// Who.
    pub owner: Pubkey,
    /// How much.
    pub lamports: u64,
}

/// A member's fees were shared.
#[event]
pub struct FeesDistributed {
    /// The node.
    pub identity: Pubkey,
    /// How much.
    pub lamports: u64,
}

/// Slashed tokens were burned.
#[event]
pub struct SlashedBurned {
    /// How many.
    pub tokens: u64,
}

/// A reporter or a victim took its part of a slash.
#[event]
pub struct OffencePaid {
    /// The node.
    pub identity: Pubkey,
    /// Who.
    pub claimant: Pubkey,
    /// Whether it is the victim.
    pub compensation: bool,
    /// How many.
    pub tokens: u64,
}

/// A node was punished.
#[event]
pub struct NodePunished {
    /// The node.
    pub identity: Pubkey,
    /// What for.
    pub class: OffenceClass,
    /// The session, or what stands for it.
    pub session: [u8; 32],
    /// Tokens taken.
    pub slashed: u64,
    /// Of them, the reporter's.
    pub reward: u64,
    /// Who paid for the computation concerned; zero if none.
    pub victim: Pubkey,
    /// Of them, the victim's.
    pub compensation: u64,
}

/// An application declared what is at stake in its computations.
#[event]
pub struct ValueDeclared {
    /// Its MXE.
    pub mxe: Pubkey,
    /// Tokens.
    pub tokens: u64,
}

/// A member must show its opening.
#[event]
pub struct OpeningDemanded {
    /// The computation.
    pub computation: Pubkey,
    /// The node.
    pub identity: Pubkey,
    /// The session.
    pub session: [u8; 32],
    /// Last slot for the answer.
    pub answer_by: u64,
}

/// A member showed its opening.
#[event]
pub struct OpeningShown {
    /// The computation.
    pub computation: Pubkey,
    /// The node.
    pub identity: Pubkey,
    /// The session.
    pub session: [u8; 32],
    /// The buffer with it.
    pub opening: Pubkey,
}

/// A user asked to cancel a computation.
#[event]
pub struct CancelRequested {
    /// Its address.
    pub computation: Pubkey,
    /// When.
    pub slot: u64,
}

/// A computation was cancelled.
#[event]
pub struct ComputationCancelled {
    /// Its address.
    pub computation: Pubkey,
    /// Lamports returned to the payer.
    pub refunded: u64,
}

/// Members' signatures were collected.
#[event]
pub struct ResultAttested {
    /// Its address.
    pub computation: Pubkey,
    /// SHA-256 of what they signed.
    pub message_hash: [u8; 32],
    /// Who has signed it: a bit per member.
    pub signed: u16,
}

/// A member was asked about a computation.
#[event]
pub struct LivenessChallenged {
    /// Its address.
    pub computation: Pubkey,
    /// The node.
    pub identity: Pubkey,
    /// Last slot for the answer.
    pub answer_by: u64,
}

/// A challenge was answered.
#[event]
pub struct ChallengeAnswered {
    /// Its address.
    pub computation: Pubkey,
    /// The node.
    pub identity: Pubkey,
    /// The last round it sent.
    pub round: u32,
    /// Its running digest.
    pub running_digest: [u8; 32],
    /// The message it showed.
    pub message: Vec<u8>,
}

/// A challenge was not answered.
#[event]
pub struct ChallengeMissed {
    /// Its address.
    pub computation: Pubkey,
    /// The node.
    pub identity: Pubkey,
    /// The window it counts in.
    pub window: u64,
}

/// A node got a strike, or was spared.
#[event]
pub struct NodeStruck {
    /// The node.
    pub identity: Pubkey,
    /// How many it has.
    pub strikes: u8,
    /// Whether it was spared because too many failed at once.
    pub braked: bool,
}

/// A node's state changed.
#[event]
pub struct NodeStatusChanged {
    /// The node.
    pub identity: Pubkey,
    /// Its state.
    pub status: NodeStatus,
}

/// A node was accused before a jury.
#[event]
pub struct DisputeOpened {
    /// The dispute.
    pub dispute: Pubkey,
    /// The node.
    pub accused: Pubkey,
    /// What of.
    pub class: OffenceClass,
    /// The session.
    pub session: [u8; 32],
    /// Stake of the jury.
    pub jury: u64,
    /// Last slot of voting.
    pub vote_by: u64,
}

/// The accused added evidence.
#[event]
pub struct EvidenceAdded {
    /// The dispute.
    pub dispute: Pubkey,
    /// The buffer.
    pub evidence: Pubkey,
}

/// A juror voted.
#[event]
pub struct DisputeVoted {
    /// The dispute.
    pub dispute: Pubkey,
    /// The juror.
    pub juror: Pubkey,
    /// How.
    pub guilty: bool,
    /// With how much stake.
    pub tokens: u64,
}

/// A dispute was resolved.
#[event]
pub struct DisputeResolved {
    /// The dispute.
    pub dispute: Pubkey,
    /// How.
    pub state: DisputeState,
}

/// A node registered its next encryption key.
#[event]
pub struct KeyRotated {
    /// The node.
    pub identity: Pubkey,
    /// The key.
    pub encryption_key: [u8; 32],
}

/// A cluster's epoch began.
#[event]
pub struct EpochBegan {
    /// The cluster.
    pub cluster: Pubkey,
    /// Its number.
    pub epoch: u64,
}

/// A member was replaced.
#[event]
pub struct MemberReplaced {
    /// The cluster.
    pub cluster: Pubkey,
    /// Who left.
    pub leaver: Pubkey,
    /// Who came.
    pub newcomer: Pubkey,
    /// The new epoch.
    pub epoch: u64,
}

/// A maintenance window was announced.
#[event]
pub struct MaintenanceDeclared {
    /// The cluster.
    pub cluster: Pubkey,
    /// Its first slot.
    pub start: u64,
    /// The first slot after it.
    pub end: u64,
}

/// An MXE's protection was set.
#[event]
pub struct MxeProtected {
    /// The MXE.
    pub mxe: Pubkey,
    /// How long changes wait.
    pub delay_slots: u64,
    /// Who may stop them.
    pub veto: Option<Pubkey>,
}

/// An MXE's move to another cluster made a step.
#[event]
pub struct MigrationChanged {
    /// The MXE.
    pub mxe: Pubkey,
    /// Where to.
    pub cluster: Pubkey,
    /// 0 announced, 1 stopped, 2 carried out.
    pub step: u8,
}

/// An MXE was closed.
#[event]
pub struct MxeClosed {
    /// The MXE.
    pub mxe: Pubkey,
}
