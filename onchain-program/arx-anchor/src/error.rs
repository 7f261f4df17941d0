//! What can go wrong, in words that a wallet can show.

use anchor_lang::prelude::*;

/// Errors of this crate. They begin at 9000, so that a wallet can tell them from the application's own, which begin at
/// 6000. Codes are stable: variants are only ever appended.
#[error_code(offset = 9000)]
#[derive(PartialEq, Eq)]
pub enum ArxAnchorError {
    /// See [`crate::Callback`].
    #[msg("this instruction is a callback: only the arx program calls it")]
    NotCalledByArx,
    /// See [`crate::Callback`].
    #[msg("the computation belongs to another application or another MXE")]
    WrongMxe,
    /// See [`crate::Callback`].
    #[msg(
        "the computation is of another definition than this handler expects, or of another version of its circuit"
    )]
    WrongDefinition,
    /// See [`crate::Outcome`].
    #[msg("the computation is not settled yet")]
    NotSettled,
    /// See [`crate::Callback::outputs`].
    #[msg("the computation ended without a result: it failed or expired")]
    NoResult,
    /// See [`crate::OutputReader`].
    #[msg("the outputs do not have the types of the definition: generate the types again")]
    MalformedOutputs,
    /// See [`crate::EncryptedCell`].
    #[msg("the cell holds a value of another size than its type")]
    WrongCellSize,
    /// See [`crate::callback_to`].
    #[msg("a callback's accounts begin with the callback signer and the computation that is being queued")]
    WrongCallbackHead,
    /// See [`crate::callback_to`].
    #[msg("no account of a callback can be a signer, except the callback signer")]
    CallbackSigner,
    /// See [`crate::callback_to`].
    #[msg("a callback's instruction has a discriminator of 8 bytes")]
    CallbackDiscriminator,
    /// See [`crate::ArgumentWriter`].
    #[msg("a call uses more than 255 accounts")]
    TooManyAccounts,
    /// See [`crate::PullAccounts`].
    #[msg("the outcome has already reached the application")]
    AlreadyDelivered,
    /// See [`crate::create_mxe`].
    #[msg("this account is not the loader's account of the application's program")]
    WrongProgramData,
    /// See [`crate::create_mxe`].
    #[msg("only the upgrade authority of the application's program can put it on a cluster")]
    NotUpgradeAuthority,
    /// See [`crate::Callback::with_large_outputs`].
    #[msg(
        "the outputs lie in a result buffer: read them with with_large_outputs, or elsewhere from that account"
    )]
    ResultInBuffer,
}
