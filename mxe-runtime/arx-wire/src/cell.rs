//! Cells: an application's state, on chain between two computations.
//!
//! A cell holds `c = x ^ p_0 ^ .. ^ p_(n-1)`. Node `i` derives `p_i` from its long-term key of the
//! application, bound to the cell, the version it is written as, and a coin tossed in the session that writes
//! it, so no two writings share a pad. The chain's compare-and-swap guards the version; a node is given the
//! version and the body by its own view of the chain.
//!
//! Two forms, by the cluster's protocol. The *plain* one is for parties that follow the protocol and alter no
//! pad. The *tagged* one carries, for each block `x_b` of 128 bits (the last one padded with zeros), the value
//! `T_b = D_state x_b` in GF(2^128), where `D_state` is a key that is shared among the nodes, under pads of its
//! own: `T_b ^ q_(0,b) ^ .. ^ q_(n-1,b)`. A load recomputes `T_b` from what the nodes enter.
//!
//! Body, integers little-endian:
//! ```text
//! plain:  1 u8 || key_version u64 || coin_s 32 || k u32 || c ceil(k/8)
//! tagged: 2 u8 || key_version u64 || coin_s 32 || k u32 || c ceil(k/8) || tags ceil(k/128) * 16
//! ```

use mpc_field::Gf128;
use zeroize::Zeroizing;

use crate::bits::PackedBits;
use crate::hash::{LabelledHash, stream};
use crate::reader::Reader;
use crate::{VERSION, WireError};

const WHAT: &str = "the cell";

/// The first byte of a tagged body; a plain one begins with [`VERSION`].
pub const TAGGED_VERSION: u8 = 2;

/// Bytes before the ciphertext.
pub const HEADER_LENGTH: usize = 1 + 8 + 32 + 4;

/// How many bytes the plain body of a cell of `bits` bits takes.
pub const fn encoded_length(bits: u32) -> u64 {
    HEADER_LENGTH as u64 + bits.div_ceil(8) as u64
}

/// How many bytes the tagged body of a cell of `bits` bits takes.
pub const fn tagged_length(bits: u32) -> u64 {
    encoded_length(bits) + 16 * blocks(bits) as u64
}

/// How many blocks of 128 bits a state of `bits` bits has.
pub const fn blocks(bits: u32) -> usize {
    bits.div_ceil(128) as usize
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

    /// The pads `q_(i,b)` of the tags of that writing, one per block: the stream of `H(L("arx/v1/cell/tag") ||
    /// mxe_key_i || cell || version u64 || coin_s || k u32)`, less its first 16 bytes, in pieces of 16.
    pub fn tag_pads(
        &self,
        cell: &[u8; 32],
        version: u64,
        coin_s: &[u8; 32],
        bits: u32,
    ) -> Zeroizing<Vec<Gf128>> {
        let hash = LabelledHash::new("arx/v1/cell/tag").bytes(&*self.0).bytes(cell);
        let seed = hash.u64(version).bytes(coin_s).u32(bits).finish_secret();
        // A state has fewer than 2^32 bits, and so have its tags, which are as long but for the last block.
        let (_, pads) = stream(&seed, (blocks(bits) as u32).saturating_mul(128));
        let pads = pads.as_bytes().as_chunks::<16>().0.iter();
        Zeroizing::new(pads.map(|pad| Gf128::from_bytes(*pad)).collect())
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
    /// The tags under their pads, one per block; `None` in a plain body.
    pub tags: Option<Vec<[u8; 16]>>,
}

impl CellBody {
    /// Reads a body.
    ///
    /// # Errors
    /// Any [`WireError`] about version, length and trailing bits.
    pub fn parse(bytes: &[u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(WHAT, bytes);
        let tagged = match reader.u8()? {
            VERSION => false,
            TAGGED_VERSION => true,
            actual => return Err(WireError::UnknownVersion { what: WHAT, expected: VERSION, actual }),
        };
        let key_version = reader.u64()?;
        let coin_s = reader.array()?;
        let bits = reader.u32()?;
        reader.require_total(if tagged { tagged_length(bits) } else { encoded_length(bits) })?;
        let rest = reader.rest();
        let (ciphertext, tags) = rest.split_at(PackedBits::bytes_for(bits).min(rest.len()));
        let ciphertext = PackedBits::new(bits, ciphertext.to_vec()).map_err(|error| match error {
            WireError::BitsPastEnd { bits, .. } => WireError::BitsPastEnd { what: WHAT, bits },
            other => other,
        })?;
        let tags = tagged.then(|| tags.as_chunks().0.to_vec());
        Ok(Self { key_version, coin_s, ciphertext, tags })
    }

    /// The bytes that [`parse`](Self::parse) reads.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![if self.tags.is_some() { TAGGED_VERSION } else { VERSION }];
        bytes.extend(self.key_version.to_le_bytes());
        bytes.extend(self.coin_s);
        bytes.extend(self.ciphertext.len().to_le_bytes());
        bytes.extend(self.ciphertext.as_bytes());
        bytes.extend(self.tags.as_deref().unwrap_or_default().as_flattened());
        bytes
    }
}
