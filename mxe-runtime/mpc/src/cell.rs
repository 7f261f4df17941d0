//! Cells: loading an application's state into shares, and storing shares as its next version.
//!
//! - **Load** of `(cell, version)`: `P_i` enters the pad it derives from its long-term key, the version and
//!   the coin in the body; `x = c ^ p_0 ^ .. ^ p_(n-1)`. The stored tags are checked against what was entered
//!   ([`check`]).
//! - **Store**: `P_i` enters a pad bound to the new version and this session's coin; `c = x ^ p_0 ^ .. ^
//!   p_(n-1)` is opened. `c` hides `x` from everyone who lacks one of the pads, so it is not a reveal. Tags are
//!   made of what was entered and what was opened ([`store`]), and checked like those of a load before anyone
//!   signs them.
//!
//! In the semi-honest engine cells carry no tags, and nothing here can tell an old or altered body: the pads of
//! another version, or of another coin, make it a uniformly random value, and a flipped bit of `c` flips that
//! bit of the state. What guards a cell then is the chain: its account is written by finalised results only,
//! with compare-and-swap on the version, and the parties agree on version and body bytes (they are part of the
//! task's digest) before they load.

use arx_wire::bits::PackedBits;
use arx_wire::cell::{CellBody, MxeKey};
use mpc_field::Gf128;
use zeroize::Zeroizing;

use crate::ProtocolError;
use crate::correlation::StateKeyId;
use crate::protocol::{Protocol, StateVector, mask, unmask};

/// What this party enters to load version `version` of `cell` from `body`, written under the key `key` of
/// version `body.key_version`.
pub fn load_vector(
    key: &MxeKey,
    mxe: &[u8; 32],
    cell: &[u8; 32],
    version: u64,
    body: &CellBody,
) -> StateVector {
    let name = StateKeyId { mxe: *mxe, version: body.key_version };
    store_vector(key, name, cell, version, &body.coin_s, body.ciphertext.len())
}

/// What this party enters to store `bits` bits as version `version` of `cell` under the key named `name`, in the
/// session that tossed `coin_s`.
pub fn store_vector(
    key: &MxeKey,
    name: StateKeyId,
    cell: &[u8; 32],
    version: u64,
    coin_s: &[u8; 32],
    bits: u32,
) -> StateVector {
    let pad = key.pad(cell, version, coin_s, bits);
    StateVector { key: name, pad, tag_pads: key.tag_pads(cell, version, coin_s, bits) }
}

/// Checks bodies against what was entered for them. Must have returned before anything that depends on a state
/// is shown. Bodies without tags are checked by engines that need none, and by no other.
///
/// # Errors
/// [`ProtocolError::StateMismatch`]; errors of peers.
pub async fn check<P: Protocol>(
    protocol: &mut P,
    bodies: &[(&CellBody, &P::StateEntry)],
) -> Result<(), ProtocolError> {
    let tags: Vec<Vec<Gf128>> = bodies
        .iter()
        .map(|(body, _)| {
            let tags = body.tags.as_deref().unwrap_or_default();
            tags.iter().map(|tag| Gf128::from_bytes(*tag)).collect()
        })
        .collect();
    let stored: Vec<_> = bodies
        .iter()
        .zip(&tags)
        .map(|((body, entry), tags)| (&body.ciphertext, tags.as_slice(), *entry))
        .collect();
    protocol.check_states(&stored).await
}

/// Shares of the state in `body`.
pub fn load<P: Protocol>(
    protocol: &mut P,
    body: &CellBody,
    entry: &P::StateEntry,
) -> Zeroizing<Vec<P::Share>> {
    let pads = protocol.state_pad_sum(entry);
    unmask(protocol, &body.ciphertext, pads)
}

/// Shares of the `c` to be stored, to be opened.
///
/// # Errors
/// [`ProtocolError::WidthMismatch`] if the state has another length than its pads.
pub fn masked<P: Protocol>(
    protocol: &mut P,
    state: &[P::Share],
    entry: &P::StateEntry,
) -> Result<Vec<P::Share>, ProtocolError> {
    let pads = protocol.state_pad_sum(entry);
    mask(protocol, state, pads)
}

/// The bodies to be stored, from their opened `c`: makes their tags and checks them as a load would.
///
/// # Errors
/// Errors of peers.
pub async fn store<P: Protocol>(
    protocol: &mut P,
    key_version: u64,
    coin_s: [u8; 32],
    opened: Vec<(PackedBits, &P::StateEntry)>,
) -> Result<Vec<CellBody>, ProtocolError> {
    if opened.is_empty() {
        return Ok(Vec::new());
    }
    let writes: Vec<_> = opened.iter().map(|(c, entry)| (c, *entry)).collect();
    let tags = protocol.make_state_tags(&writes).await?;
    let mut tags = tags.map(Vec::into_iter);
    let mut bodies = Vec::with_capacity(opened.len());
    let mut entries = Vec::with_capacity(opened.len());
    for (ciphertext, entry) in opened {
        let tags = tags.as_mut().map(|tags| tags.next().unwrap_or_default());
        let tags = tags.map(|tags| tags.into_iter().map(Gf128::to_bytes).collect());
        bodies.push(CellBody { key_version, coin_s, ciphertext, tags });
        entries.push(entry);
    }
    let stored: Vec<_> = bodies.iter().zip(entries).collect();
    check(protocol, &stored).await?;
    Ok(bodies)
}
