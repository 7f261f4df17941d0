//! Cells: loading an application's state into shares, and storing shares as its next version.
//!
//! - **Load** of `(cell, version)`: `P_i` enters the pad it derives from its long-term key, the version and
//!   the coin in the body; `x = c ^ p_0 ^ .. ^ p_(n-1)`.
//! - **Store**: `P_i` enters a pad bound to the new version and this session's coin; `c = x ^ p_0 ^ .. ^
//!   p_(n-1)` is opened. `c` hides `x` from everyone who lacks one of the pads, so it is not a reveal.
//!
//! In this semi-honest version nothing here can tell an old or altered body: the pads of another version, or
//! of another coin, make it a uniformly random value, and a flipped bit of `c` flips that bit of the state.
//! What guards a cell is the chain: its account is written by finalised results only, with compare-and-swap
//! on the version, and the parties agree on version and body bytes (they are part of the task's digest)
//! before they load. Cells of the engines for a dishonest majority carry tags.

use arx_wire::bits::PackedBits;
use arx_wire::cell::{CellBody, MxeKey};
use mpc_field::Gf128;
use zeroize::Zeroizing;

use crate::ProtocolError;
use crate::protocol::{PrivateVector, Protocol, mask, unmask};

/// This party's pad for loading version `version` of `cell` from `body`.
pub fn load_vector(key: &MxeKey, cell: &[u8; 32], version: u64, body: &CellBody) -> PrivateVector {
    let pad = key.pad(cell, version, &body.coin_s, body.ciphertext.len());
    PrivateVector { pad, mask: Gf128::ZERO }
}

/// Shares of the state in `body`.
pub fn load<P: Protocol>(protocol: &mut P, body: &CellBody, entry: &P::Entry) -> Zeroizing<Vec<P::Share>> {
    unmask(protocol, &body.ciphertext, entry)
}

/// This party's pad for storing `bits` bits as version `version` of `cell` in the session that tossed
/// `coin_s`.
pub fn store_vector(
    key: &MxeKey,
    cell: &[u8; 32],
    version: u64,
    coin_s: &[u8; 32],
    bits: u32,
) -> PrivateVector {
    PrivateVector { pad: key.pad(cell, version, coin_s, bits), mask: Gf128::ZERO }
}

/// Shares of the `c` to be stored, to be opened.
///
/// # Errors
/// [`ProtocolError::WidthMismatch`] if the state has another length than its pads.
pub fn masked<P: Protocol>(
    protocol: &mut P,
    state: &[P::Share],
    entry: &P::Entry,
) -> Result<Vec<P::Share>, ProtocolError> {
    mask(protocol, state, entry)
}

/// The body to be stored, from its opened `c`.
pub const fn body(key_version: u64, coin_s: [u8; 32], ciphertext: PackedBits) -> CellBody {
    CellBody { key_version, coin_s, ciphertext }
}
