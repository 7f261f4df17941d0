//! Outputs: a value of the computation, encrypted by the nodes together to one recipient.
//!
//! The nodes' pads are Diffie-Hellman values of their keys with the recipient's, so the recipient can derive
//! every one. The tags prove to it that no node altered its pad: the hash key comes out of a coin that is
//! tossed after `c` and all other broadcasts (`D_open`) are fixed, `h = H(L("arx/v1/out/h") || OCTX || D_open
//! || coin_o || H(c))[..16]`. It covers `c`, so the recipient notices a flipped bit of `c` by itself, whoever
//! served the output.
//!
//! Layout, integers little-endian:
//! ```text
//! 1 u8 || n u8 || index u16 || k u32 || epoch u64 || session 32 || coin_s 32 || D_open 32 || coin_o 32
//!      || R 32 || n * t_i 16 || c ceil(k/8)
//! ```

use mpc_field::{Gf128, polynomial_hash};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::bits::PackedBits;
use crate::equality::RevealedValue;
use crate::hash::{LabelledHash, sha256, stream};
use crate::keys::{EncryptionPublicKey, EncryptionSecretKey};
use crate::reader::Reader;
use crate::{Base, VERSION, WireError};

const WHAT: &str = "the encrypted output";

/// Bytes before the tags.
pub const HEADER_LENGTH: usize = 16 + 5 * 32;

/// How many bytes an output of `bits` bits takes from a cluster of `members` nodes.
pub const fn encoded_length(members: u8, bits: u32) -> u64 {
    HEADER_LENGTH as u64 + 16 * members as u64 + bits.div_ceil(8) as u64
}

/// What the recipient knows about the computation from elsewhere: the signed result. The output must fit all
/// of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputPlace {
    /// Address of the computation account.
    pub computation: [u8; 32],
    /// The attempt that produced the result.
    pub session: [u8; 32],
    /// Which output of the interface this is.
    pub index: u16,
    /// How many bits the output's type has.
    pub bits: u32,
}

/// `OCTX`: the digest of everything a derivation for one output binds.
#[derive(Clone, Debug)]
pub struct OutputContext {
    digest: [u8; 32],
    bits: u32,
    recipient: EncryptionPublicKey,
}

/// What node `i`, or the recipient for it, derives for one output.
#[derive(Clone, Debug, Zeroize, ZeroizeOnDrop)]
pub struct NodeOutputSecrets {
    /// `p_i`.
    pub pad: PackedBits,
    /// `m_i`.
    pub mask: Gf128,
}

impl OutputContext {
    /// The context of the output at `place` for `recipient`, in the computation `base` (with the epoch of its
    /// start).
    ///
    /// # Errors
    /// [`WireError::ImpossibleMemberCount`].
    pub fn new(
        base: &Base,
        place: &OutputPlace,
        coin_s: &[u8; 32],
        recipient: &EncryptionPublicKey,
    ) -> Result<Self, WireError> {
        let hash = LabelledHash::new("arx/v1/out").bytes(&base.digest()?);
        let hash = hash.bytes(&place.computation).bytes(&place.session).bytes(coin_s);
        let hash = hash.u16(place.index).u32(place.bits).bytes(&recipient.to_bytes());
        Ok(Self { digest: hash.finish(), bits: place.bits, recipient: *recipient })
    }

    /// `OCTX` itself.
    pub const fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// Node `node`'s pad and mask, derived by the node from its secret key.
    pub fn node_secrets(&self, node: u8, secret: &EncryptionSecretKey) -> NodeOutputSecrets {
        self.derive(node, &secret.diffie_hellman(&self.recipient))
    }

    /// `h`, determined by the digest of all broadcasts, the coin tossed after it, and `c`.
    pub fn hash_key(&self, d_open: &[u8; 32], coin_o: &[u8; 32], ciphertext: &PackedBits) -> Gf128 {
        let hash = LabelledHash::new("arx/v1/out/h").bytes(&self.digest).bytes(d_open).bytes(coin_o);
        hash.bytes(&sha256(ciphertext.as_bytes())).finish_gf128()
    }

    /// `U_h(p_i) ^ m_i` of node `node`, which it has to open, from the value `Z_i` that the recipient made public for it.
    ///
    /// # Errors
    /// [`WireError::Equality`].
    pub fn revealed_tag(
        &self,
        node: u8,
        revealed: &RevealedValue,
        key: &EncryptionPublicKey,
        h: Gf128,
    ) -> Result<Gf128, WireError> {
        let point = revealed.verify(&self.recipient, key, &self.digest)?;
        let NodeOutputSecrets { pad, mask } = &self.derive(node, &point);
        Ok(polynomial_hash(h, pad.as_bytes(), self.bits) + *mask)
    }

    fn derive(&self, node: u8, point: &[u8; 32]) -> NodeOutputSecrets {
        let hash = LabelledHash::new("arx/v1/out/pad").bytes(&self.digest).u8(node).bytes(point);
        let (mask, pad) = stream(&hash.finish_secret(), self.bits);
        NodeOutputSecrets { pad, mask }
    }
}

/// One value, encrypted to one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncryptedOutput {
    /// Which output of the interface this is.
    pub index: u16,
    /// The cluster's epoch of the session.
    pub epoch: u64,
    /// The attempt that produced it.
    pub session: [u8; 32],
    /// The coin that entered the pads' derivation.
    pub coin_s: [u8; 32],
    /// The digest of all broadcasts before `coin_o` was tossed.
    pub d_open: [u8; 32],
    /// The coin that determines the hash key.
    pub coin_o: [u8; 32],
    /// `R`.
    pub recipient: EncryptionPublicKey,
    /// `t_i` for every node, in the cluster's order.
    pub tags: Vec<[u8; 16]>,
    /// `c`.
    pub ciphertext: PackedBits,
}

impl EncryptedOutput {
    /// Reads an output.
    ///
    /// # Errors
    /// Any [`WireError`] about version, member count, length, points and trailing bits.
    pub fn parse(bytes: &[u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(WHAT, bytes);
        reader.version()?;
        let members = reader.member_count()?;
        let (index, bits) = (reader.u16()?, reader.u32()?);
        reader.require_total(encoded_length(members, bits))?;
        let epoch = reader.u64()?;
        let (session, coin_s) = (reader.array()?, reader.array()?);
        let (d_open, coin_o) = (reader.array()?, reader.array()?);
        let recipient = reader.point("the output's recipient key")?;
        let tags = (0..members).map(|_| reader.array()).collect::<Result<_, _>>()?;
        let ciphertext = PackedBits::new(bits, reader.rest().to_vec()).map_err(|error| match error {
            WireError::BitsPastEnd { bits, .. } => WireError::BitsPastEnd { what: WHAT, bits },
            other => other,
        })?;
        Ok(Self { index, epoch, session, coin_s, d_open, coin_o, recipient, tags, ciphertext })
    }

    /// The bytes that [`parse`](Self::parse) reads.
    ///
    /// # Errors
    /// [`WireError::ImpossibleMemberCount`] if there is not one tag per node of a cluster.
    pub fn to_bytes(&self) -> Result<Vec<u8>, WireError> {
        let members = crate::base::require_member_count(WHAT, self.tags.len())?;
        let mut bytes = vec![VERSION, members];
        bytes.extend(self.index.to_le_bytes());
        bytes.extend(self.ciphertext.len().to_le_bytes());
        bytes.extend(self.epoch.to_le_bytes());
        for field in [&self.session, &self.coin_s, &self.d_open, &self.coin_o, &self.recipient.to_bytes()] {
            bytes.extend(field);
        }
        bytes.extend(self.tags.as_flattened());
        bytes.extend(self.ciphertext.as_bytes());
        Ok(bytes)
    }

    /// Removes the pads, after checking that the output is the one at `place` in the computation `base` and
    /// that every node's tag fits.
    ///
    /// `base` carries the members' keys of the epoch; they and the signatures over the result are to be
    /// checked against a pinned source by the caller, not taken from whoever served the result.
    ///
    /// # Errors
    /// [`WireError::OtherComputation`] or [`WireError::OtherContext`] if it belongs elsewhere or to another
    /// recipient; [`WireError::OutputTag`] if it was altered or a node used a wrong pad.
    pub fn decrypt(
        &self,
        base: &Base,
        place: &OutputPlace,
        secret: &EncryptionSecretKey,
    ) -> Result<PackedBits, WireError> {
        let members = base.member_count()?;
        for (field, expected, actual) in [
            ("member count", u64::from(members), self.tags.len() as u64),
            ("epoch", base.epoch, self.epoch),
            ("output index", place.index.into(), self.index.into()),
            ("number of bits", place.bits.into(), self.ciphertext.len().into()),
        ] {
            if expected != actual {
                return Err(WireError::OtherComputation { what: WHAT, field, expected, actual });
            }
        }
        if place.session != self.session {
            return Err(WireError::OtherContext { what: WHAT, field: "session" });
        }
        if secret.public_key() != self.recipient {
            return Err(WireError::OtherContext { what: WHAT, field: "recipient key" });
        }

        let context = OutputContext::new(base, place, &self.coin_s, &self.recipient)?;
        let h = context.hash_key(&self.d_open, &self.coin_o, &self.ciphertext);
        let mut plaintext = self.ciphertext.clone();
        for (node, (member, tag)) in (0..members).zip(base.members.iter().zip(&self.tags)) {
            let NodeOutputSecrets { pad, mask } =
                &context.derive(node, &secret.diffie_hellman(&member.encryption_key));
            if polynomial_hash(h, pad.as_bytes(), place.bits) + *mask != Gf128::from_bytes(*tag) {
                return Err(WireError::OutputTag { node });
            }
            plaintext = plaintext.xor(pad)?;
        }
        Ok(plaintext)
    }
}
