//! Cells: an application's state, on chain between two computations.
//!
//! A cell holds `c = x ^ p_0 ^ .. ^ p_(n-1)`. Node `i` derives `p_i` from its long-term key of the
//! application, bound to the cell, the version it is written as, and a coin tossed in the session that writes
//! it, so no two writings share a pad. The chain's compare-and-swap guards the version; a node is given the
//! version and the body by its own view of the chain.
//!
//! This is the semi-honest version: cells carry no tags, since a party that follows the protocol alters no
//! pad.
//!
//! Body, integers little-endian:
//! ```text
//! 1 u8 || key_version u64 || coin_s 32 || k u32 || c ceil(k/8)
//! ```

use zeroize::Zeroizing;

use crate::bits::PackedBits;
use crate::hash::{LabelledHash, stream};
use crate::reader::Reader;
use crate::{VERSION, WireError};

const WHAT: &str = "the cell";

/// Bytes before the ciphertext.
pub const HEADER_LENGTH: usize = 1 + 8 + 32 + 4;

/// How many bytes the body of a cell of `bits` bits takes.
pub const fn encoded_length(bits: u32) -> u64 {
    HEADER_LENGTH as u64 + bits.div_ceil(8) as u64
}

/// One node's long-term key of one application. Wiped when dropped, not shown by `Debug`.
#[derive(Clone)]
pub struct MxeKey(Zeroizing<[u8; 32]>);

impl MxeKey {
    /// `H(L("arx/v1/mxe-key") || state secret || mxe || key_version u64)`.
    pub fn derive(state_secret: &[u8; 32], mxe: &[u8; 32], key_version: u64) -> Self {
        let hash = LabelledHash::new("arx/v1/mxe-key").bytes(state_secret).bytes(mxe).u64(key_version);
        Self(hash.finish_secret())
    }

    /// `p_i` of the writing of `cell` as `version` in the session that tossed `coin_s`: the stream of `S_i =
    /// H(L("arx/v1/cell/pad") || mxe_key_i || cell || version u64 || coin_s || k u32)`, less its first 16
    /// bytes.
    pub fn pad(&self, cell: &[u8; 32], version: u64, coin_s: &[u8; 32], bits: u32) -> PackedBits {
        let hash = LabelledHash::new("arx/v1/cell/pad").bytes(&*self.0).bytes(cell);
        let seed = hash.u64(version).bytes(coin_s).u32(bits).finish_secret();
        stream(&seed, bits).1
    }
}

impl core::fmt::Debug for MxeKey {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("MxeKey([secret])")
    }
}

/// What is written on chain in a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellBody {
    /// Which version of the nodes' long-term keys the pads come from.
    pub key_version: u64,
    /// The coin of the session that wrote it.
    pub coin_s: [u8; 32],
    /// `c`.
    pub ciphertext: PackedBits,
}

impl CellBody {
    /// Reads a body.
    ///
    /// # Errors
    /// Any [`WireError`] about version, length and trailing bits.
    pub fn parse(bytes: &[u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(WHAT, bytes);
        reader.version()?;
        let key_version = reader.u64()?;
        let coin_s = reader.array()?;
        let bits = reader.u32()?;
        reader.require_total(encoded_length(bits))?;
        let ciphertext = PackedBits::new(bits, reader.rest().to_vec()).map_err(|error| match error {
            WireError::BitsPastEnd { bits, .. } => WireError::BitsPastEnd { what: WHAT, bits },
            other => other,
        })?;
        Ok(Self { key_version, coin_s, ciphertext })
    }

    /// The bytes that [`parse`](Self::parse) reads.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        bytes.extend(self.key_version.to_le_bytes());
        bytes.extend(self.coin_s);
        bytes.extend(self.ciphertext.len().to_le_bytes());
        bytes.extend(self.ciphertext.as_bytes());
        bytes
    }
}
