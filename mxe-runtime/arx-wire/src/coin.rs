//! Coins that all nodes toss together: every node commits to 32 random bytes, then all open.
//!
//! No node can steer a coin that at least one other node contributes honestly to; the last to open can only
//! refuse to.

use mpc_field::Gf128;

use crate::hash::LabelledHash;

/// What a coin is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoinName {
    /// `coin_s`, tossed after the start of a session; enters every derivation of pads the nodes make.
    Session,
    /// `coin_o`, tossed after all broadcasts are agreed on; gives the hash keys of outputs.
    Output,
    /// Challenges of consistency checks, numbered from zero.
    Challenge(u32),
}

impl CoinName {
    fn code(self) -> u32 {
        match self {
            Self::Session => 0,
            Self::Output => 1,
            Self::Challenge(number) => number.saturating_add(2),
        }
    }
}

/// The commitment of node `node` to its contribution `value`.
pub fn commitment(session: &[u8; 32], name: CoinName, node: u8, value: &[u8; 32]) -> [u8; 32] {
    let hash = LabelledHash::new("arx/v1/coin/c").bytes(session).u32(name.code()).u8(node);
    hash.bytes(value).finish()
}

/// The coin that the contributions of all nodes, in the cluster's order, make.
pub fn combine(session: &[u8; 32], name: CoinName, values: &[[u8; 32]]) -> [u8; 32] {
    LabelledHash::new("arx/v1/coin").bytes(session).u32(name.code()).bytes(values.as_flattened()).finish()
}

/// A coin as a challenge: its first 16 bytes as an element of GF(2^128).
pub fn challenge(coin: &[u8; 32]) -> Gf128 {
    Gf128::from_bytes(core::array::from_fn(|i| coin[i]))
}
