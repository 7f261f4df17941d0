//! What can go wrong, in words that a wallet can show.

use anchor_lang::prelude::*;

/// Errors of the program. Codes are stable: variants are only ever appended.
#[error_code]
#[derive(PartialEq, Eq)]
pub enum ArxError {
    /// Sums and products of amounts are checked.
    #[msg("an amount is too large: the sum does not fit 64 bits")]
    Overflow,
    /// See [`crate::state::Config`].
    #[msg("only the program's upgrade authority can initialise the network")]
    NotUpgradeAuthority,
    /// See [`crate::state::Config`].
    #[msg("the treasury's part is larger than the program allows (20 %)")]
    TreasuryPartTooLarge,
    /// The signer is not who the account names.
    #[msg("the signer is not the authority of this account")]
    WrongAuthority,

    /// See [`crate::possession`].
    #[msg("the proof of possession of the encryption key does not verify")]
    InvalidProofOfPossession,
    /// Of a node.
    #[msg("the endpoint is empty or longer than 64 bytes: give host:port")]
    InvalidEndpoint,
    /// Of a node.
    #[msg("this node is already a member of a cluster")]
    AlreadyInCluster,
    /// Of a cluster.
    #[msg("a cluster has 2 to 16 distinct members, and exactly 3 under the replicated protocol")]
    InvalidMembers,
    /// Of a cluster.
    #[msg("the cluster's protocol id is not known to this program")]
    UnknownProtocol,
    /// Of a cluster.
    #[msg("this node was not invited to the cluster")]
    NotAMember,
    /// Of a cluster.
    #[msg("the cluster does not take computations: not all members have joined")]
    ClusterNotActive,

    /// Of an application.
    #[msg("the signer is not the address [\"arx\"] of the application's program")]
    WrongApplicationSigner,
    /// Of an application.
    #[msg("the application is not an executable program")]
    ApplicationNotExecutable,

    /// Of a definition.
    #[msg("a definition's name has 1 to 32 letters, digits or underscores")]
    InvalidName,
    /// Of a definition.
    #[msg("the circuit's length is 0 or over 2 MiB")]
    InvalidCircuitLength,
    /// Of a definition.
    #[msg("the definition's parameters and outputs contradict each other")]
    InvalidDefinition,
    /// Of a definition.
    #[msg("this is only possible while the definition is a draft")]
    NotADraft,
    /// Of a definition.
    #[msg("the definition is not active: finalise it first, or use the one that replaced it")]
    DefinitionNotActive,
    /// Of a definition.
    #[msg("these bytes lie beyond the circuit's stated length")]
    CircuitWriteOutOfRange,
    /// Of a definition.
    #[msg("the circuit is not completely written")]
    CircuitIncomplete,
    /// Of a definition.
    #[msg("the circuit's bytes do not have the stated hash: write the chunks again")]
    CircuitHashMismatch,

    /// Of a call.
    #[msg("the number of arguments differs from the definition's: update the generated types")]
    WrongArgumentCount,
    /// Of a call.
    #[msg("an argument is of another kind than the definition's: update the generated types")]
    WrongArgumentKind,
    /// Of a call.
    #[msg("an argument has another length than the definition says: update the generated types")]
    WrongArgumentLength,
    /// Of a call.
    #[msg("an argument names an account that was not passed")]
    MissingAccount,
    /// Of a call.
    #[msg("an account slice lies outside its account")]
    SliceOutOfRange,
    /// Of an encrypted input.
    #[msg("an encrypted input has an unknown version: update the SDK")]
    WrongInputVersion,
    /// Of an encrypted input.
    #[msg("an encrypted input was made for another number of nodes: encrypt again for this cluster")]
    WrongInputNodes,
    /// Of an encrypted input.
    #[msg("an encrypted input was made for another parameter: check the order of the arguments")]
    WrongInputSlot,
    /// Of an encrypted input.
    #[msg("an encrypted input has another number of bits than the parameter: update the generated types")]
    WrongInputBits,
    /// Of an encrypted input.
    #[msg("an encrypted input was made for another counter: encrypt again for this call")]
    WrongInputCounter,
    /// Of an encrypted input.
    #[msg("an encrypted input was made for another not_after: encrypt again for this call")]
    WrongInputNotAfter,
    /// Of a call.
    #[msg("the cluster is in another epoch: fetch its keys and encrypt again")]
    WrongEpoch,
    /// Of a call.
    #[msg("the deadline has passed or is over 216,000 slots away")]
    InvalidDeadline,
    /// Of a call.
    #[msg("not_after is before the deadline or over 2,160,000 slots away")]
    InvalidNotAfter,
    /// Of a call.
    #[msg("the queue is full: retry after the slot in the log, or after any computation ends")]
    QueueFull,
    /// Of a call.
    #[msg("this computation address is in use: choose the next counter")]
    CounterUsed,
    /// Of a call.
    #[msg("the computation is too large for one account: pass large arguments as account slices")]
    ComputationTooLarge,
    /// Of a call.
    #[msg("a callback lists too many accounts")]
    TooManyCallbackAccounts,
    /// Of a call.
    #[msg("the accounts passed do not belong together")]
    AccountsDoNotBelongTogether,

    /// Of a cell.
    #[msg("the account is not a cell of this MXE")]
    WrongCell,
    /// Of a cell.
    #[msg("the cell is empty: a computation must write it before another reads it")]
    EmptyCell,
    /// Of a cell.
    #[msg("the cell has another number of bits than the definition says")]
    WrongCellBits,
    /// Of a cell.
    #[msg(
        "every cell output needs a cell, no other output may have one, and no cell may receive two outputs"
    )]
    WrongOutputCells,
    /// Of a cell.
    #[msg("a computation uses too many cells")]
    TooManyCells,
    /// Of a cell.
    #[msg("a cell's size is 0 bits or more than a result can write (1 MiB)")]
    InvalidCellSize,
    /// Of a cell.
    #[msg("a cell with this label exists already")]
    CellExists,
    /// Of a result.
    #[msg("a cell or an account slice was changed since the computation started: it must be computed again")]
    CellChanged,

    /// Of a computation.
    #[msg("the computation is not in the queue")]
    NotInQueue,
    /// Of a computation.
    #[msg("the computation is already settled")]
    AlreadySettled,
    /// Of a computation.
    #[msg("the computation is not settled yet")]
    NotSettled,
    /// Of a computation.
    #[msg("the deadline has passed: the computation can only expire")]
    DeadlinePassed,
    /// Of a computation.
    #[msg("the deadline has not passed yet")]
    DeadlineNotPassed,
    /// Of a result.
    #[msg("the signature instruction is not an Ed25519 verification in this transaction")]
    NotASignatureInstruction,
    /// Of a result.
    #[msg("there must be exactly one signature of every member, in the members' order")]
    WrongSignatureCount,
    /// Of a result.
    #[msg("a signature entry points outside its own instruction")]
    SignatureOutsideInstruction,
    /// Of a result.
    #[msg("a signature is not by the member whose place it takes")]
    WrongSigner,
    /// Of a result.
    #[msg("the members signed another message: other computation, epoch, inputs or outputs")]
    WrongSignedMessage,
    /// Of a result.
    #[msg("the number of outputs or the length of one differs from the definition's")]
    WrongOutputs,
    /// Of a result.
    #[msg("a cell output is not a cell body of the definition's size")]
    WrongCellBody,
    /// Of a definition or a result.
    #[msg("the outputs are longer than the 1 MiB that one result may have")]
    ResultTooLarge,
    /// Of a result.
    #[msg("the result buffer does not hold these bytes")]
    ResultOutOfRange,

    /// Of a callback.
    #[msg("this computation has no callback: its application takes the result itself")]
    NoCallback,
    /// Of a callback.
    #[msg("the outcome has already reached the application")]
    AlreadyDelivered,
    /// Of a callback.
    #[msg("the accounts passed are not those of the callback, in its order")]
    WrongCallbackAccounts,
    /// Of a computation.
    #[msg("the account must stay until not_after")]
    BeforeNotAfter,
    /// Of a computation.
    #[msg("the application has not taken the outcome yet: only the payer may give up the rent's hold")]
    OutcomePending,
    /// Of fees.
    #[msg("there is nothing to claim")]
    NothingToClaim,
    /// Of any account.
    #[msg("an account is not of the kind that this instruction expects in its place")]
    WrongAccount,
    /// Of any account.
    #[msg("this exists already")]
    AlreadyExists,
    /// Of a node.
    #[msg("this encryption key is registered already")]
    EncryptionKeyTaken,
    /// Of a cluster's queue.
    #[msg("the queue has already the greatest length it may have")]
    QueueAtItsLargest,
    /// Of parameters.
    #[msg(
        "these parameters contradict each other: stake must stay longer than evidence, dispute and challenge take, and no share may exceed a whole"
    )]
    InvalidParameters,
    /// Of parameters or an MXE.
    #[msg("the notice period is not over yet: try again after the slot in the log")]
    TooEarly,
    /// Of parameters or an MXE.
    #[msg("nothing is waiting")]
    NothingPending,
    /// Of stake.
    #[msg("the amount is 0, too small for one share, or more than there is")]
    AmountTooSmall,
    /// Of stake.
    #[msg("the token account is of another mint, owner or program")]
    WrongTokenAccount,
    /// Of stake.
    #[msg("the stake behind this node is below the minimum")]
    StakeTooSmall,
    /// Of stake.
    #[msg("the commission is larger than the program allows (50 %)")]
    CommissionTooLarge,
    /// Of fees.
    #[msg("this node has delegated stake: its fees are shared with distribute_fees")]
    FeesAreShared,
    /// Of a node.
    #[msg("the node is jailed, convicted or gone")]
    NodeNotAble,
    /// Of a node.
    #[msg("this is only possible for a node in another state")]
    WrongNodeState,
    /// Of a cluster.
    #[msg("the maintenance window is too long, announced too late or too close to the last one")]
    InvalidMaintenance,
    /// Of a cluster.
    #[msg("a maintenance window of the cluster is open")]
    InMaintenance,
    /// Of a buffer.
    #[msg("the buffer is evidence in an open dispute")]
    BufferLocked,
    /// Of a buffer.
    #[msg("the buffer is longer than 1 MiB or these bytes lie outside it")]
    BufferOutOfRange,
    /// Of a computation.
    #[msg("its user asked to cancel it already: it can be cancelled after the slot in the log")]
    CancelTooEarly,
    /// Of an attestation.
    #[msg("not all members have signed this message yet")]
    NotAllSigned,
    /// Of evidence.
    #[msg("the two messages do not contradict each other")]
    NoContradiction,
    /// Of evidence.
    #[msg("the evidence is older than its window")]
    EvidenceTooOld,
    /// Of evidence.
    #[msg("this node was punished for this already")]
    AlreadyPunished,
    /// Of a challenge.
    #[msg("the challenge is answered, or the time for the answer has passed")]
    ChallengeClosed,
    /// Of a challenge.
    #[msg("the challenge is still open")]
    ChallengeOpen,
    /// Of a challenge.
    #[msg("too many nodes failed at once: nobody is punished for it")]
    Braked,
    /// Of a dispute.
    #[msg("this node is of the accused cluster, has no settled stake, or voted already")]
    NotAJuror,
    /// Of a dispute.
    #[msg("voting is over, or the dispute is resolved")]
    DisputeClosed,
    /// Of a dispute.
    #[msg("voting is still open and nothing is decided")]
    DisputeOpen,
    /// Of an MXE.
    #[msg(
        "the delay can only be made longer, up to 21,600,000 slots, and the recovery set has at most 8 distinct members"
    )]
    InvalidProtection,
    /// Of an MXE.
    #[msg("the new cluster runs another protocol: an MXE keeps its protocol for life")]
    ProtocolIsFixed,
    /// Of an MXE.
    #[msg("the MXE is closed to new computations")]
    MxeClosed,
    /// Of a call.
    #[msg("a computation takes too many slices of accounts as they are when it starts")]
    TooManyLatestSlices,
    /// Of a cluster.
    #[msg("computations of this cluster are waiting: it can change when its queue is empty")]
    QueueNotEmpty,
    /// Of evidence.
    #[msg("this is not the encryption key that the node has, its next one, or the one before it")]
    KeyNotCurrent,
    /// Of a challenge.
    #[msg(
        "this is not the demanded opening: the node's signed message right after its certificate, with this buffer as content"
    )]
    WrongOpening,
    /// Of a cell.
    #[msg("the cell's account has not its full length yet: send grow_cell until it has")]
    CellNotGrown,
    /// Of a cell.
    #[msg("the cell's account has its full length already")]
    CellComplete,
    /// Of an MXE.
    #[msg(
        "the protocol of this MXE's cluster has no signing keys: put the application on a cluster of another protocol"
    )]
    NoSigningKeys,
}
