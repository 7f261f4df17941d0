//! Limits and fixed numbers of the program. A limit is part of the interface: clients check against it before they send.

/// Most members a cluster can have.
pub const MAX_MEMBERS: usize = 16;
/// Fewest members a cluster can have.
pub const MIN_MEMBERS: usize = 2;
/// Protocol id: any number of parties, authenticated sharing, all but one of them malicious.
pub const PROTOCOL_DISHONEST_MAJORITY: u16 = 2;
/// Protocol id: three parties, replicated sharing, one semi-honest corruption.
pub const PROTOCOL_REPLICATED3_SEMI_HONEST: u16 = 1;
/// Protocol id: three parties, replicated sharing with verified multiplications, one of them malicious.
pub const PROTOCOL_REPLICATED3_MALICIOUS: u16 = 3;
/// Longest endpoint (`host:port`) a node can publish, in bytes.
pub const MAX_ENDPOINT_LENGTH: usize = 64;
/// Longest name of a computation definition, in bytes (it is a seed of its address).
pub const MAX_NAME_LENGTH: usize = 32;
/// Most parameters, and most outputs, of a computation definition.
pub const MAX_PARAMETERS: usize = 32;
/// Most distinct cells one computation may use.
pub const MAX_CELLS: usize = 16;
/// Most accounts a callback may list.
pub const MAX_CALLBACK_ACCOUNTS: usize = 16;
/// Longest circuit that fits on chain: its SHA-256 is computed in one transaction.
pub const MAX_CIRCUIT_LENGTH: u32 = 2_097_152;
/// Longest result, in bytes: it is hashed in one instruction.
pub const MAX_RESULT_LENGTH: u32 = 1_048_576;
/// Longest body of a cell: what a result of this one output can write.
pub const MAX_CELL_BODY: usize = MAX_RESULT_LENGTH as usize - 8;
/// Longest result that is stored in the computation's account; a longer one stays in a result buffer.
pub const MAX_STORED_RESULT: usize = 8_192;
/// Bytes of a result that one transaction writes: by this the caller pays the submitter's transaction fees.
pub const RESULT_CHUNK: usize = 900;
/// Fee of a transaction with one signature, in lamports.
pub const TRANSACTION_FEE: u64 = 5_000;
/// Most latest slices of a computation.
pub const MAX_LATEST_SLICES: usize = 4;
/// An account cannot grow by more than this in one instruction, nor be created larger within a CPI (a rule of Solana).
pub const MAX_GROWTH: usize = 10_240;
/// Computations that a new queue holds: as many as fit an account when it is created.
pub const QUEUE_CAPACITY: usize = 159;
/// Most computations that a queue can be made to hold by `grow_queue`.
pub const MAX_QUEUE_CAPACITY: usize = 4_096;
/// Furthest deadline, counted from the slot of queueing: about one day.
pub const MAX_DEADLINE_SLOTS: u64 = 216_000;
/// Furthest `not_after`, counted from the slot of queueing: about ten days. It bounds how long rent stays locked.
pub const MAX_NOT_AFTER_SLOTS: u64 = 2_160_000;
/// Slots between a user's request to cancel and the cancelling: a result in flight lands first.
pub const CANCEL_DELAY_SLOTS: u64 = 150;
/// Longest buffer, in bytes.
pub const MAX_BUFFER_LENGTH: u32 = 1_048_576;
/// Strikes that lead to jail.
pub const MAX_STRIKES: u8 = 3;
/// Most of an operator's commission, in basis points.
pub const MAX_COMMISSION_BASIS_POINTS: u16 = 5_000;
/// Most members of an MXE's recovery set.
pub const MAX_RECOVERY_SET: usize = 8;
/// Longest delay an MXE may choose: about 100 days.
pub const MAX_DELAY_SLOTS: u64 = 21_600_000;
/// Basis points of a whole.
pub const BASIS_POINTS: u64 = 10_000;
/// Largest part of the fees that `Config` may send to the treasury.
pub const MAX_TREASURY_BASIS_POINTS: u16 = 2_000;
/// First version of an MXE's long-term state keys.
pub const FIRST_STATE_KEY_VERSION: u32 = 1;

/// Version byte of inputs and outputs (`wire.md`).
pub const WIRE_VERSION: u8 = 1;
/// Version byte of a cell body without tags.
pub const CELL_PLAIN: u8 = 1;
/// Version byte of a cell body that ends in a tag for every 128 bits.
pub const CELL_TAGGED: u8 = 2;
/// Bytes before the ciphertext of an `Input` argument that belong to the recipient key.
pub const RECIPIENT_LENGTH: usize = 32;
/// Bytes of the fixed part of an input: version, n, slot, k, counter, not_after, two ephemeral keys.
pub const INPUT_HEADER_LENGTH: usize = 88;
/// Bytes of an input per node: tag and binding.
pub const INPUT_BYTES_PER_NODE: usize = 32;
/// Bytes of the fixed part of an output: version, n, index, k, epoch, session, coin_s, D_open, coin_o, recipient.
pub const OUTPUT_HEADER_LENGTH: usize = 176;
/// Bytes of an output per node: its tag.
pub const OUTPUT_BYTES_PER_NODE: usize = 16;
/// Bytes of a cell's body before its ciphertext: version, version of the state keys, coin_s, k.
pub const CELL_HEADER_LENGTH: usize = 45;
/// Bits of state under one tag.
pub const CELL_TAG_BITS: usize = 128;
/// Bytes of a tag.
pub const CELL_TAG_LENGTH: usize = 16;
