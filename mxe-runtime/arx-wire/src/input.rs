//! Inputs: a client's values, encrypted to a cluster as a sharing.
//!
//! For every node `i` the client derives, from a first ephemeral key, a pad `p_i` and a mask `m_i`, and from
//! a second one a seed `a_i`. The ciphertext is `c = x ^ p_0 ^ .. ^ p_(n-1)` with one tag per node, `t_i =
//! U_h(p_i) ^ m_i ^ w_i`, where `h` and `w_i` come out of all the seeds and `c`. A node enters `p_i` and
//! `m_i` first and reveals `a_i` afterwards, so it is fixed to its pad before it learns the hash key that
//! would let it choose another with the same tag. `docs/protocol.md`, "Inputs", has the argument.
//!
//! The mask binds the ciphertext: `m_i = H(L("arx/v1/in/mask") || S_i || H(c))[..16]`. Nodes open `U_h(p_i) ^
//! m_i ^ w_i` to compare it with the tag; if one mask served two ciphertexts, someone who altered `c` would
//! see the same pad hashed under two keys, and the difference is a linear equation in the plaintext.
//!
//! Layout, integers little-endian, points compressed:
//! ```text
//! 1 u8 || n u8 || slot u16 || k u32 || counter u64 || not_after u64 || E1 32 || E2 32
//!      || n * (t_i 16 || g_i 16) || c ceil(k/8)
//! ```

use core::fmt;

use mpc_field::{Gf128, polynomial_hash};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::bits::PackedBits;
use crate::equality::RevealedValue;
use crate::hash::{LabelledHash, labelled_sha512, sha256, stream};
use crate::keys::{EncryptionPublicKey, EncryptionSecretKey};
use crate::reader::Reader;
use crate::{Base, VERSION, WireError};

const WHAT: &str = "the encrypted input";

/// Bytes before the tags.
pub const HEADER_LENGTH: usize = 24 + 2 * 32;
/// Bytes of one node's tag and binding.
pub const NODE_LENGTH: usize = 32;

/// How many bytes an input of `bits` bits takes for a cluster of `members` nodes.
pub const fn encoded_length(members: u8, bits: u32) -> u64 {
    HEADER_LENGTH as u64 + NODE_LENGTH as u64 * members as u64 + bits.div_ceil(8) as u64
}

/// What an input says about itself in the clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputHeader {
    /// Number of nodes it is encrypted to.
    pub members: u8,
    /// The owner's index in the interface.
    pub slot: u16,
    /// Number of bits of all the owner's encrypted arguments together.
    pub bits: u32,
    /// The client's counter of the call it is for.
    pub counter: u64,
    /// The last slot at which that call may be queued.
    pub not_after: u64,
}

/// What an input carries for one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeTag {
    /// `t_i`, which the node's pad must hash to.
    pub tag: [u8; 16],
    /// `g_i`, which binds the node to its seed `a_i`.
    pub binding: [u8; 16],
}

/// One client's encrypted arguments of one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncryptedInput {
    /// The clear part.
    pub header: InputHeader,
    /// `E1`, from which pads are derived.
    pub pad_ephemeral: EncryptionPublicKey,
    /// `E2`, from which seeds are derived.
    pub seed_ephemeral: EncryptionPublicKey,
    /// One entry per node, in the cluster's order.
    pub nodes: Vec<NodeTag>,
    /// `c`.
    pub ciphertext: PackedBits,
}

impl EncryptedInput {
    /// Reads an input.
    ///
    /// # Errors
    /// Any [`WireError`] about version, member count, length, points and trailing bits.
    pub fn parse(bytes: &[u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(WHAT, bytes);
        reader.version()?;
        let members = reader.member_count()?;
        let (slot, bits) = (reader.u16()?, reader.u32()?);
        require_bits(bits)?;
        reader.require_total(encoded_length(members, bits))?;
        let header = InputHeader { members, slot, bits, counter: reader.u64()?, not_after: reader.u64()? };
        let pad_ephemeral = reader.point("the input's first ephemeral key")?;
        let seed_ephemeral = reader.point("the input's second ephemeral key")?;
        let nodes = (0..members)
            .map(|_| Ok(NodeTag { tag: reader.array()?, binding: reader.array()? }))
            .collect::<Result<_, WireError>>()?;
        let ciphertext = PackedBits::new(bits, reader.rest().to_vec()).map_err(|error| match error {
            WireError::BitsPastEnd { bits, .. } => WireError::BitsPastEnd { what: WHAT, bits },
            other => other,
        })?;
        Ok(Self { header, pad_ephemeral, seed_ephemeral, nodes, ciphertext })
    }

    /// The bytes that [`parse`](Self::parse) reads.
    pub fn to_bytes(&self) -> Vec<u8> {
        let InputHeader { members, slot, bits, counter, not_after } = self.header;
        let mut bytes = vec![VERSION, members];
        bytes.extend(slot.to_le_bytes());
        bytes.extend(bits.to_le_bytes());
        bytes.extend(counter.to_le_bytes());
        bytes.extend(not_after.to_le_bytes());
        bytes.extend(self.pad_ephemeral.to_bytes());
        bytes.extend(self.seed_ephemeral.to_bytes());
        for node in &self.nodes {
            bytes.extend(node.tag);
            bytes.extend(node.binding);
        }
        bytes.extend(self.ciphertext.as_bytes());
        bytes
    }

    /// What all derivations for this input start from, in the computation `base` with the recipients of the
    /// slot.
    ///
    /// # Errors
    /// [`WireError::OtherComputation`] if the header is for another cluster size, counter or last slot than
    /// `base`; [`WireError::ImpossibleMemberCount`].
    pub fn context(
        &self,
        base: &Base,
        recipients: &[EncryptionPublicKey],
    ) -> Result<InputContext, WireError> {
        let members = base.member_count()?;
        for (field, expected, actual) in [
            ("member count", members.into(), self.header.members.into()),
            ("counter", base.counter, self.header.counter),
            ("last slot (not_after)", base.not_after, self.header.not_after),
        ] {
            if expected != actual {
                return Err(WireError::OtherComputation { what: WHAT, field, expected, actual });
            }
        }
        let ephemerals = (self.pad_ephemeral, self.seed_ephemeral);
        let digest = context_digest(base, self.header.slot, self.header.bits, recipients, ephemerals)?;
        Ok(InputContext {
            digest,
            spent_id: spent_id(base, ephemerals),
            bits: self.header.bits,
            pad_ephemeral: self.pad_ephemeral,
            seed_ephemeral: self.seed_ephemeral,
            ciphertext_digest: sha256(self.ciphertext.as_bytes()),
        })
    }
}

/// `ICTX`: the digest of everything a derivation for one input binds, with the values of the input it is made
/// from.
#[derive(Clone, Debug)]
pub struct InputContext {
    digest: [u8; 32],
    spent_id: [u8; 32],
    bits: u32,
    pad_ephemeral: EncryptionPublicKey,
    seed_ephemeral: EncryptionPublicKey,
    ciphertext_digest: [u8; 32],
}

/// What node `i` derives from an input with its secret key.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct NodeInputSecrets {
    /// `p_i`.
    pub pad: PackedBits,
    /// `m_i`.
    pub mask: Gf128,
    /// `a_i`, to be revealed after pad and mask are entered, and recorded as spent.
    pub seed: [u8; 32],
}

impl fmt::Debug for NodeInputSecrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("NodeInputSecrets([secret])")
    }
}

impl InputContext {
    /// `ICTX` itself.
    pub const fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// The name under which every node of the cluster remembers that this authority used these ephemeral keys in this
    /// MXE. Who copies them into a call of their own spends nothing of the client's.
    pub const fn spent_id(&self) -> [u8; 32] {
        self.spent_id
    }

    /// Node `node`'s pad, mask and seed.
    pub fn node_secrets(&self, node: u8, secret: &EncryptionSecretKey) -> NodeInputSecrets {
        let pad_point = secret.diffie_hellman(&self.pad_ephemeral);
        let seed_point = secret.diffie_hellman(&self.seed_ephemeral);
        let (pad_seed, pad) = derive_pad(&self.digest, node, &pad_point, self.bits);
        let mask = derive_mask(&pad_seed, &self.ciphertext_digest);
        NodeInputSecrets { pad, mask, seed: derive_seed(&self.digest, node, &seed_point) }
    }

    /// The seed of node `node` from the value `Z2_i` that the client made public for it.
    ///
    /// # Errors
    /// [`WireError::Equality`].
    pub fn revealed_seed(
        &self,
        node: u8,
        revealed: &RevealedValue,
        key: &EncryptionPublicKey,
    ) -> Result<[u8; 32], WireError> {
        let point = revealed.verify(&self.seed_ephemeral, key, &self.digest)?;
        Ok(derive_seed(&self.digest, node, &point))
    }

    /// `U_h(p_i) ^ m_i` of node `node`, which it has to open, from the value `Z1_i` that the client made public for it.
    ///
    /// # Errors
    /// [`WireError::Equality`].
    pub fn revealed_tag(
        &self,
        node: u8,
        revealed: &RevealedValue,
        key: &EncryptionPublicKey,
        keys: &TagKeys,
    ) -> Result<Gf128, WireError> {
        let point = revealed.verify(&self.pad_ephemeral, key, &self.digest)?;
        let (pad_seed, pad) = derive_pad(&self.digest, node, &point, self.bits);
        let hash = polynomial_hash(keys.hash_key(), pad.as_bytes(), self.bits);
        Ok(hash + derive_mask(&pad_seed, &self.ciphertext_digest))
    }

    /// `g_i`, which the revealed seed of node `node` must match.
    pub fn binding(&self, node: u8, seed: &[u8; 32]) -> [u8; 16] {
        LabelledHash::new("arx/v1/in/bind").bytes(&self.digest).u8(node).bytes(seed).finish_16()
    }

    /// The hash key and the tag masks that the seeds of all nodes, in the cluster's order, determine.
    pub fn tag_keys(&self, seeds: &[[u8; 32]]) -> TagKeys {
        let mut sum = [0; 32];
        for seed in seeds {
            sum.iter_mut().zip(seed).for_each(|(sum, byte)| *sum ^= byte);
        }
        TagKeys { context: self.digest, sum, ciphertext_digest: self.ciphertext_digest }
    }
}

/// What the revealed seeds of an input determine. Public once the seeds are.
#[derive(Clone, Debug)]
pub struct TagKeys {
    context: [u8; 32],
    sum: [u8; 32],
    ciphertext_digest: [u8; 32],
}

impl TagKeys {
    /// `h`, the key of the polynomial hash.
    pub fn hash_key(&self) -> Gf128 {
        let hash = LabelledHash::new("arx/v1/in/h").bytes(&self.context);
        hash.bytes(&self.sum).bytes(&self.ciphertext_digest).finish_gf128()
    }

    /// `w_i`, without which a tag would be an equation in `h` for a node that knows its pad and mask.
    pub fn tag_mask(&self, node: u8) -> Gf128 {
        let hash = LabelledHash::new("arx/v1/in/w").bytes(&self.context).u8(node);
        hash.bytes(&self.sum).bytes(&self.ciphertext_digest).finish_gf128()
    }
}

/// The two secret keys a client makes afresh for every input. Using them twice would use pads twice.
#[derive(Debug)]
pub struct EphemeralKeys {
    /// `e1`, from which pads are derived.
    pub pads: EncryptionSecretKey,
    /// `e2`, from which seeds are derived.
    pub seeds: EncryptionSecretKey,
}

impl EphemeralKeys {
    /// Derives both from 32 secret bytes, drawn at random for this one input.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let derive = |which: u8| {
            EncryptionSecretKey::from_uniform(&labelled_sha512("arx/v1/ephemeral", &[seed, &[which]]))
        };
        Self { pads: derive(1), seeds: derive(2) }
    }
}

/// Encrypts `plaintext`, the slot's encrypted arguments in interface order, for the call `base`.
///
/// # Errors
/// [`WireError::ImpossibleMemberCount`]; [`WireError::NoBits`].
pub fn encrypt(
    base: &Base,
    slot: u16,
    recipients: &[EncryptionPublicKey],
    plaintext: &PackedBits,
    ephemeral: &EphemeralKeys,
) -> Result<EncryptedInput, WireError> {
    let members = base.member_count()?;
    let bits = plaintext.len();
    require_bits(bits)?;
    let (pad_ephemeral, seed_ephemeral) = (ephemeral.pads.public_key(), ephemeral.seeds.public_key());
    let digest = context_digest(base, slot, bits, recipients, (pad_ephemeral, seed_ephemeral))?;

    let mut pads = Vec::with_capacity(members.into());
    let mut seeds = Vec::with_capacity(members.into());
    for (node, member) in (0..members).zip(&base.members) {
        let pad_point = ephemeral.pads.diffie_hellman(&member.encryption_key);
        let seed_point = ephemeral.seeds.diffie_hellman(&member.encryption_key);
        pads.push(derive_pad(&digest, node, &pad_point, bits));
        seeds.push(derive_seed(&digest, node, &seed_point));
    }
    let ciphertext = pads.iter().try_fold(plaintext.clone(), |sum, (_, pad)| sum.xor(pad))?;

    let ciphertext_digest = sha256(ciphertext.as_bytes());
    let context = InputContext {
        digest,
        spent_id: spent_id(base, (pad_ephemeral, seed_ephemeral)),
        bits,
        pad_ephemeral,
        seed_ephemeral,
        ciphertext_digest,
    };
    let keys = context.tag_keys(&seeds);
    let nodes = (0..members)
        .zip(pads.iter().zip(&seeds))
        .map(|(node, ((pad_seed, pad), seed))| {
            let hash = polynomial_hash(keys.hash_key(), pad.as_bytes(), bits);
            let tag = hash + derive_mask(pad_seed, &ciphertext_digest) + keys.tag_mask(node);
            NodeTag { tag: tag.to_bytes(), binding: context.binding(node, seed) }
        })
        .collect();
    let header = InputHeader { members, slot, bits, counter: base.counter, not_after: base.not_after };
    Ok(EncryptedInput { header, pad_ephemeral, seed_ephemeral, nodes, ciphertext })
}

/// The argument of a `Shared` slot as it stands in a call: the key its outputs are encrypted to, then the
/// input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputArgument {
    /// `R`, the recipient key of the slot's owner for this call.
    pub recipient: EncryptionPublicKey,
    /// The encrypted arguments; their derivations bind `R`.
    pub input: EncryptedInput,
}

impl InputArgument {
    /// Reads `R 32 || input`.
    ///
    /// # Errors
    /// As [`EncryptedInput::parse`] and [`EncryptionPublicKey::parse`].
    pub fn parse(bytes: &[u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new("the input argument", bytes);
        let recipient = reader.point("the recipient key")?;
        Ok(Self { recipient, input: EncryptedInput::parse(reader.rest())? })
    }

    /// The bytes that [`parse`](Self::parse) reads.
    pub fn to_bytes(&self) -> Vec<u8> {
        [&self.recipient.to_bytes()[..], &self.input.to_bytes()].concat()
    }
}

fn require_bits(bits: u32) -> Result<(), WireError> {
    if bits == 0 { Err(WireError::NoBits { what: WHAT }) } else { Ok(()) }
}

fn spent_id(
    base: &Base,
    (pad_ephemeral, seed_ephemeral): (EncryptionPublicKey, EncryptionPublicKey),
) -> [u8; 32] {
    let hash = LabelledHash::new("arx/v1/spent").bytes(&base.cluster).bytes(&base.mxe).bytes(&base.authority);
    hash.bytes(&pad_ephemeral.to_bytes()).bytes(&seed_ephemeral.to_bytes()).finish()
}

fn context_digest(
    base: &Base,
    slot: u16,
    bits: u32,
    recipients: &[EncryptionPublicKey],
    (pad_ephemeral, seed_ephemeral): (EncryptionPublicKey, EncryptionPublicKey),
) -> Result<[u8; 32], WireError> {
    let count = u8::try_from(recipients.len()).map_err(|_| WireError::WrongLength {
        what: "the list of recipients",
        expected: u8::MAX.into(),
        actual: recipients.len() as u64,
    })?;
    let mut hash = LabelledHash::new("arx/v1/in").bytes(&base.digest()?).u16(slot).u32(bits).u8(count);
    for recipient in recipients {
        hash = hash.bytes(&recipient.to_bytes());
    }
    Ok(hash.bytes(&pad_ephemeral.to_bytes()).bytes(&seed_ephemeral.to_bytes()).finish())
}

/// `S_i` and `p_i` from `Z1_i`.
fn derive_pad(
    context: &[u8; 32],
    node: u8,
    point: &[u8; 32],
    bits: u32,
) -> (Zeroizing<[u8; 32]>, PackedBits) {
    let seed = LabelledHash::new("arx/v1/in/pad").bytes(context).u8(node).bytes(point).finish_secret();
    let (_, pad) = stream(&seed, bits);
    (seed, pad)
}

/// `m_i` from `S_i` and `H(c)`.
fn derive_mask(pad_seed: &[u8; 32], ciphertext_digest: &[u8; 32]) -> Gf128 {
    LabelledHash::new("arx/v1/in/mask").bytes(pad_seed).bytes(ciphertext_digest).finish_gf128()
}

/// `a_i` from `Z2_i`.
fn derive_seed(context: &[u8; 32], node: u8, point: &[u8; 32]) -> [u8; 32] {
    LabelledHash::new("arx/v1/in/seed").bytes(context).u8(node).bytes(point).finish()
}
