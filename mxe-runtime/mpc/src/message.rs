//! Signed messages: what makes a sender answerable for what it said.
//!
//! Every message of a signed session carries a signature over a [`Header`] of fixed layout that names the
//! message's place (cluster, epoch, session, phase, piece, sender, recipient), the hash of its payload and the
//! digest of everything that its sender broadcast before, its *chain*. One signature per message, however many
//! gates it is about; a broadcast is signed once for all peers.
//!
//! The receiver knows the header in advance but for the chain, so only that and the signature travel:
//! `signature 64 || chain 32 || payload`.
//!
//! The chain makes a sender that told two peers different things either sign two messages for one place or
//! sign, to each of them, a message that does not continue what it had said: both are evidence that anyone can
//! verify ([`crate::misbehavior`]). Only broadcasts enter it: an honest sender's messages to one recipient
//! differ from those to another.

use std::fmt;

use arx_wire::hash::{LabelledHash, sha256};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use thiserror::Error;

use crate::PartyId;
use crate::channel::Phase;

const LABEL: &[u8] = b"\x0earx/v1/message";

/// Bytes of an encoded header.
pub const HEADER_LENGTH: usize = LABEL.len() + 32 + 8 + 32 + 5 + 4 + 1 + 1 + 4 + 32 + 32;

/// Bytes that travel before the payload.
pub const ENVELOPE_LENGTH: usize = 64 + 32;

/// What a message's sender signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Address of the cluster.
    pub cluster: [u8; 32],
    /// The cluster's epoch.
    pub epoch: u64,
    /// The session.
    pub session: [u8; 32],
    /// The phase.
    pub phase: Phase,
    /// Which piece of the phase's payload, from 0.
    pub piece: u32,
    /// The sender.
    pub sender: PartyId,
    /// Whom it is for; `None` for a broadcast.
    pub recipient: Option<PartyId>,
    /// How many broadcasts the sender made before in this session.
    pub broadcasts: u32,
    /// SHA-256 of the payload.
    pub payload: [u8; 32],
    /// The digest of those broadcasts.
    pub chain: [u8; 32],
}

impl Header {
    /// The signed bytes: the label, then the fields in order, integers little-endian; recipient 255 is a
    /// broadcast.
    pub fn to_bytes(&self) -> [u8; HEADER_LENGTH] {
        let mut bytes = [0; HEADER_LENGTH];
        let mut rest = &mut bytes[..];
        let recipient = self.recipient.map_or(u8::MAX, |party| party.0);
        let parts: [&[u8]; 11] = [
            LABEL,
            &self.cluster,
            &self.epoch.to_le_bytes(),
            &self.session,
            &self.phase.to_bytes(),
            &self.piece.to_le_bytes(),
            &[self.sender.0],
            &[recipient],
            &self.broadcasts.to_le_bytes(),
            &self.payload,
            &self.chain,
        ];
        for part in parts {
            let (head, tail) = rest.split_at_mut(part.len());
            head.copy_from_slice(part);
            rest = tail;
        }
        bytes
    }

    /// Reads the bytes of [`to_bytes`](Self::to_bytes); `None` if they are none.
    pub fn from_bytes(bytes: &[u8; HEADER_LENGTH]) -> Option<Self> {
        let mut rest = bytes.strip_prefix(LABEL)?;
        let recipient;
        let header = Self {
            cluster: take(&mut rest)?,
            epoch: u64::from_le_bytes(take(&mut rest)?),
            session: take(&mut rest)?,
            phase: Phase::from_bytes(take(&mut rest)?)?,
            piece: u32::from_le_bytes(take(&mut rest)?),
            sender: PartyId(take::<1>(&mut rest)?[0]),
            recipient: {
                recipient = take::<1>(&mut rest)?[0];
                (recipient != u8::MAX).then_some(PartyId(recipient))
            },
            broadcasts: u32::from_le_bytes(take(&mut rest)?),
            payload: take(&mut rest)?,
            chain: take(&mut rest)?,
        };
        Some(header)
    }

    /// Whether two headers are for one place, of which a sender may fill each once.
    pub fn same_place(&self, other: &Self) -> bool {
        let place = |header: &Self| {
            (
                header.cluster,
                header.epoch,
                header.session,
                header.sender,
                header.recipient,
                header.phase,
                header.piece,
            )
        };
        place(self) == place(other)
    }

    /// The chain after this header's message, which is that before it unless it is a broadcast.
    pub fn next_chain(&self) -> [u8; 32] {
        if self.recipient.is_some() {
            return self.chain;
        }
        let hash = LabelledHash::new("arx/v1/chain/next").bytes(&self.chain).bytes(&self.phase.to_bytes());
        hash.u32(self.piece).bytes(&self.payload).finish()
    }

    /// The chain of a sender that has broadcast nothing yet.
    pub fn first_chain(session: &[u8; 32], sender: PartyId) -> [u8; 32] {
        LabelledHash::new("arx/v1/chain").bytes(session).u8(sender.0).finish()
    }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (head, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*head)
}

/// A header with its sender's signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedHeader {
    /// The header.
    pub header: Header,
    /// Ed25519 over its bytes.
    pub signature: [u8; 64],
}

impl SignedHeader {
    /// Bytes of an encoded signed header.
    pub const LENGTH: usize = 64 + HEADER_LENGTH;

    /// Whether the signature is `key`'s, by the strict rules: no malleable and no small-order encodings.
    pub fn is_signed_by(&self, key: &VerifyingKey) -> bool {
        let signature = Signature::from_bytes(&self.signature);
        key.verify_strict(&self.header.to_bytes(), &signature).is_ok()
    }

    /// `signature || header`.
    pub fn to_bytes(&self) -> Vec<u8> {
        [&self.signature[..], &self.header.to_bytes()].concat()
    }

    /// Reads the bytes of [`to_bytes`](Self::to_bytes); `None` if they are none.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (signature, header) = bytes.split_first_chunk()?;
        Some(Self { signature: *signature, header: Header::from_bytes(header.try_into().ok()?)? })
    }
}

/// The identity keys of a cluster's members in one epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Members {
    /// Address of the cluster.
    pub cluster: [u8; 32],
    /// The epoch.
    pub epoch: u64,
    keys: Vec<VerifyingKey>,
}

impl Members {
    /// Reads the members' keys, in the cluster's order.
    ///
    /// # Errors
    /// [`MembersError`].
    pub fn new(cluster: [u8; 32], epoch: u64, keys: &[[u8; 32]]) -> Result<Self, MembersError> {
        if keys.len() > usize::from(u8::MAX) {
            return Err(MembersError::TooMany { actual: keys.len() });
        }
        let mut parsed: Vec<VerifyingKey> = Vec::with_capacity(keys.len());
        for (member, key) in (0..).zip(keys) {
            let key = VerifyingKey::from_bytes(key).map_err(|_| MembersError::NotAKey { member })?;
            if key.is_weak() {
                return Err(MembersError::NotAKey { member });
            }
            if parsed.contains(&key) {
                return Err(MembersError::Duplicate { member });
            }
            parsed.push(key);
        }
        Ok(Self { cluster, epoch, keys: parsed })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// A member's key.
    pub fn key(&self, party: PartyId) -> Option<&VerifyingKey> {
        self.keys.get(party.index())
    }

    /// Whether a header was signed by its sender, as a member of this cluster in this epoch.
    pub fn vouch(&self, signed: &SignedHeader) -> bool {
        signed.header.cluster == self.cluster
            && signed.header.epoch == self.epoch
            && self.key(signed.header.sender).is_some_and(|key| signed.is_signed_by(key))
    }
}

/// Why a list of keys is not one of members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MembersError {
    /// More than there can be.
    #[error("a cluster of {actual} members is larger than any can be")]
    TooMany {
        /// How many.
        actual: usize,
    },
    /// Not a key that signatures can be checked with.
    #[error("the identity of member {member} is not an Ed25519 key")]
    NotAKey {
        /// Which.
        member: u8,
    },
    /// One key twice: two members could not be told apart.
    #[error("member {member} has the identity of another member")]
    Duplicate {
        /// The later of the two.
        member: u8,
    },
    /// The signing key is not the one of the party that the channel says this is.
    #[error("the identity key is not that of member {member}")]
    ForeignKey {
        /// The party that this is.
        member: u8,
    },
    /// The channel connects another number of parties than there are members.
    #[error("there are {expected} members, the channel connects {actual} parties")]
    Count {
        /// Members.
        expected: usize,
        /// Parties.
        actual: usize,
    },
}

/// The members, and the signing key of this one.
#[derive(Clone)]
pub struct Identity {
    members: Members,
    key: SigningKey,
}

impl Identity {
    /// The member with the Ed25519 secret key `secret` (RFC 8032: the 32-byte seed).
    pub fn new(members: Members, secret: &[u8; 32]) -> Self {
        Self { members, key: SigningKey::from_bytes(secret) }
    }

    /// The members.
    pub const fn members(&self) -> &Members {
        &self.members
    }

    pub(crate) fn require_party(&self, me: PartyId, parties: u8) -> Result<(), MembersError> {
        if self.members.len() != usize::from(parties) {
            return Err(MembersError::Count { expected: self.members.len(), actual: parties.into() });
        }
        if self.members.key(me) != Some(&self.key.verifying_key()) {
            return Err(MembersError::ForeignKey { member: me.0 });
        }
        Ok(())
    }

    pub(crate) fn sign(&self, bytes: &[u8]) -> [u8; 64] {
        self.key.sign(bytes).to_bytes()
    }

    pub(crate) fn sign_header(&self, header: Header) -> SignedHeader {
        SignedHeader { header, signature: self.sign(&header.to_bytes()) }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Identity({:?})", self.members)
    }
}

/// The hash of a payload, as headers have it.
pub fn payload_hash(payload: &[u8]) -> [u8; 32] {
    sha256(payload)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::PhaseKind;

    fn header() -> Header {
        Header {
            cluster: [1; 32],
            epoch: 2,
            session: [3; 32],
            phase: Phase { kind: PhaseKind::And, index: 4 },
            piece: 5,
            sender: PartyId(0),
            recipient: None,
            broadcasts: 7,
            payload: [8; 32],
            chain: [9; 32],
        }
    }

    fn identity() -> Identity {
        let key = SigningKey::from_bytes(&[7; 32]).verifying_key().to_bytes();
        Identity::new(Members::new([1; 32], 2, &[key]).expect("a key"), &[7; 32])
    }

    #[test]
    fn headers_have_one_layout_and_come_back() {
        assert_eq!(HEADER_LENGTH, 166);
        let header = header();
        let bytes = header.to_bytes();
        assert_eq!(&bytes[..15], b"\x0earx/v1/message");
        assert_eq!(bytes[15 + 32..15 + 40], 2_u64.to_le_bytes());
        assert_eq!(bytes[15 + 72..15 + 77], [7, 4, 0, 0, 0]);
        assert_eq!(bytes[15 + 82], 255);
        assert_eq!(Header::from_bytes(&bytes), Some(header));
        let to_one = Header { recipient: Some(PartyId(6)), ..header };
        assert_eq!(Header::from_bytes(&to_one.to_bytes()), Some(to_one));
        let mut other = bytes;
        other[0] ^= 1;
        assert_eq!(Header::from_bytes(&other), None);
    }

    #[test]
    fn every_bit_of_a_header_is_signed() {
        let identity = identity();
        let signed = identity.sign_header(header());
        assert!(identity.members().vouch(&signed));
        let bytes = signed.to_bytes();
        assert_eq!(bytes.len(), SignedHeader::LENGTH);
        assert_eq!(SignedHeader::from_bytes(&bytes), Some(signed));
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let accepted = SignedHeader::from_bytes(&flipped).is_some_and(|s| identity.members().vouch(&s));
            assert!(!accepted, "bit {bit}");
        }
    }

    #[test]
    fn only_broadcasts_lengthen_the_chain() {
        let broadcast = header();
        assert_ne!(broadcast.next_chain(), broadcast.chain);
        assert_ne!(broadcast.next_chain(), Header { payload: [0; 32], ..broadcast }.next_chain());
        let to_one = Header { recipient: Some(PartyId(1)), ..broadcast };
        assert_eq!(to_one.next_chain(), to_one.chain);
    }

    #[test]
    fn impossible_members_are_refused() {
        let key = |seed| SigningKey::from_bytes(&[seed; 32]).verifying_key().to_bytes();
        let members = |keys: &[[u8; 32]]| Members::new([0; 32], 0, keys).err();
        assert_eq!(members(&[key(1), key(2)]), None);
        assert_eq!(members(&[key(1), key(2), key(1)]), Some(MembersError::Duplicate { member: 2 }));
        // The neutral element is a point of order one, and 2 is the y-coordinate of no point.
        let mut neutral = [0; 32];
        neutral[0] = 1;
        assert_eq!(members(&[key(1), neutral]), Some(MembersError::NotAKey { member: 1 }));
        let mut no_point = [0; 32];
        no_point[0] = 2;
        assert_eq!(members(&[no_point]), Some(MembersError::NotAKey { member: 0 }));
        assert_eq!(
            identity().require_party(PartyId(0), 2),
            Err(MembersError::Count { expected: 1, actual: 2 })
        );
        let two = Members::new([0; 32], 0, &[key(1), key(7)]).expect("two keys");
        let second = Identity::new(two, &[7; 32]);
        assert_eq!(second.require_party(PartyId(1), 2), Ok(()));
        assert_eq!(second.require_party(PartyId(0), 2), Err(MembersError::ForeignKey { member: 0 }));
        assert!(!format!("{second:?}").contains("SigningKey"));
    }
}
