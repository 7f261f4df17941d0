//! What a peer can do wrong.

use thiserror::Error;

/// Why a message of the peer was refused. There is one peer in every protocol of this crate, so none is named
/// here; the caller knows whose message it handed in.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OtError {
    /// A message has another length than it must have.
    #[error("{what} has {actual} bytes where {expected} are right")]
    WrongLength {
        /// Which message.
        what: &'static str,
        /// The only length that is right.
        expected: usize,
        /// The length that came.
        actual: usize,
    },
    /// Bytes that are no canonical encoding of a point of ristretto255, or that of the identity.
    #[error("{what} is no canonical encoding of a ristretto255 point other than the identity")]
    InvalidPoint {
        /// Which value.
        what: &'static str,
    },
    /// Bytes that are no canonical encoding of a field element.
    #[error("{what} is no canonical encoding of a field element")]
    InvalidElement {
        /// Which value.
        what: &'static str,
    },
    /// The leaves of the peer's trees are not those it committed to.
    #[error("the trees of seeds do not fit their commitments: the peer corrected them wrongly")]
    TreeMismatch,
    /// The peer's corrections do not come from one vector of choice bits, or its digest is wrong.
    #[error("the correlated transfers fail their check: the peer's corrections fit no choice bits")]
    CorrelationMismatch,
}

/// Checks the length of a message before anything of it is used.
pub(crate) const fn require_length(
    what: &'static str,
    expected: usize,
    actual: usize,
) -> Result<(), OtError> {
    if expected == actual { Ok(()) } else { Err(OtError::WrongLength { what, expected, actual }) }
}
