//! What a node must remember across crashes, so that it never does twice what may be done once.

use mpc::Records;
use mpc::certificate::OpeningKeeper;
use thiserror::Error;

/// A node's durable memory of one computation's attempts. Every method returns only after what it records
/// would survive a crash; until then nothing that depends on it is sent.
pub trait Journal: Send {
    /// Records that the input named `spent_id` is used for `digest`, the input and the place in the
    /// computation that uses it. A later attempt at the same computation comes with the same digest.
    ///
    /// # Errors
    /// [`JournalError`] if it cannot be recorded; the attempt ends.
    fn spend(&mut self, spent_id: [u8; 32], digest: [u8; 32]) -> Result<SpendOutcome, JournalError>;

    /// Records that the attempt `session` is about to show something (a revealed value, a client's output)
    /// with this transcript. From then on no other attempt at the computation may be made: a coin flip or a
    /// deal could be re-rolled. Called at most once per attempt, and only if the circuit opens anything.
    ///
    /// # Errors
    /// [`JournalError`] if it cannot be recorded, or another attempt got here before; the attempt ends.
    fn ready_to_open(&mut self, session: [u8; 32], transcript: [u8; 32]) -> Result<(), JournalError>;

    /// Records that the nonce named `nonce` is used for `used_for`, a signature of one message, before this node sends its
    /// share of it. For the same use it is granted again; two uses would give away this node's share of the signing
    /// key. A journal that does not record nonces refuses them.
    ///
    /// # Errors
    /// [`JournalError::NonceUsed`]; [`JournalError`] if it cannot be recorded; the attempt ends.
    fn bind_nonce(&mut self, nonce: [u8; 32], used_for: [u8; 32]) -> Result<(), JournalError> {
        let _ = (nonce, used_for);
        Err(JournalError::Storage("it does not record the nonces of signatures".into()))
    }
}

/// What a node remembers beyond a [`Journal`] where peers may be malicious and every message is signed.
pub trait DurableLog: Journal {
    /// Records that this node takes part in `session`, the attempt at the task with this digest, before it says
    /// anything in it. A session is begun once: after a crash it is over. Running it again from its seed, against
    /// other answers, would show coins in advance and sign two messages for one place.
    ///
    /// # Errors
    /// [`JournalError::AlreadyBegun`]; [`JournalError`] if it cannot be recorded.
    fn begin(&mut self, session: [u8; 32], task: [u8; 32]) -> Result<(), JournalError>;

    /// Takes what peers will be answerable for in the session that begins now. It fills while the session goes on,
    /// and is still there if the session is dropped half-way.
    fn answerable(&mut self, records: &Records) {
        let _ = records;
    }

    /// Where the session that begins to open keeps what this node must be able to show from then on, and the certificate.
    fn keeper(&mut self, session: [u8; 32]) -> Box<dyn OpeningKeeper>;
}

/// Whether an input may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpendOutcome {
    /// It is recorded for this digest, now or in an earlier attempt.
    Granted,
    /// It is recorded for another digest: a second use.
    SpentElsewhere,
}

/// Why nothing was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum JournalError {
    /// The storage failed.
    #[error("the journal could not be written: {0}")]
    Storage(String),
    /// Another attempt at this computation already came so far that something may have been seen.
    #[error("another attempt at this computation was already ready to open; no new one may show anything")]
    AlreadyOpened,
    /// The nonce was used for another signature.
    #[error("the nonce of a signature was used before; nothing is signed with it again")]
    NonceUsed,
    /// The session was begun before.
    #[error("the session was begun before; after a crash a new attempt takes a new session")]
    AlreadyBegun,
}
