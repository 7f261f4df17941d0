//! The certificate "ready to open": every member's signature on what is about to be shown, before any of it is.
//!
//! Before the first value of a computation becomes visible to anyone, all members sign which session of which
//! computation shows it, computed from which inputs by which circuit, after which broadcasts, and to whom.
//! Afterwards there is no other attempt (a coin flip or a deal could be re-rolled), and whoever withholds its
//! openings withholds them from a certificate that names it.
//!
//! Who has signed may be asked to show its first opening by anyone who has all signatures, whether or not it got them
//! itself. So the opening is made, signed and kept ([`OpeningKeeper`]) before the signature of the certificate is sent: the
//! round of the certificate runs when the engine hands over the message that opens ([`certify_next`]).

use std::fmt;

use arx_wire::hash::LabelledHash;
use ed25519_dalek::Signature;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteArray;
use thiserror::Error;

use crate::ProtocolError;
use crate::channel::{Channel, PartyId, PhaseKind};
use crate::message::{Identity, Members, SignedHeader};
use crate::misbehavior::EvidenceError;
use crate::session::{Broadcast, Session};

/// What the members are about to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// The session.
    pub session: ByteArray<32>,
    /// Address of the computation.
    pub computation: ByteArray<32>,
    /// Hash of the circuit.
    pub circuit: ByteArray<32>,
    /// Digest of everything that goes in: the task all members agreed on.
    pub inputs: ByteArray<32>,
    /// Digest of all broadcasts so far.
    pub transcript: ByteArray<32>,
    /// Digest of the recipients' keys, in the order of the outputs.
    pub recipients: ByteArray<32>,
}

/// Who gets an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Recipient {
    /// It is revealed.
    Everyone,
    /// The client with this recipient key.
    Client(ByteArray<32>),
    /// It is written to a cell.
    Cell,
}

/// The digest of everybody who gets something, in the order of the outputs: `H(L("arx/v1/recipients") || count u64 || per
/// output 0, or 1 and the recipient's key, or 2 for a cell)`.
pub fn recipients_digest(recipients: &[Recipient]) -> [u8; 32] {
    let hash = LabelledHash::new("arx/v1/recipients").u64(recipients.len() as u64);
    let add = |hash: LabelledHash, recipient: &Recipient| match recipient {
        Recipient::Everyone => hash.u8(0),
        Recipient::Client(key) => hash.u8(1).bytes(&**key),
        Recipient::Cell => hash.u8(2),
    };
    recipients.iter().fold(hash, add).finish()
}

/// The digest of a task, from that of its base and that of everything else: `H(L("arx/v1/task") || base || work)`.
pub fn task_digest(base: &[u8; 32], work: &[u8; 32]) -> [u8; 32] {
    LabelledHash::new("arx/v1/task").bytes(base).bytes(work).finish()
}

impl Opening {
    /// The 32 bytes that are signed.
    fn statement(&self, cluster: &[u8; 32], epoch: u64) -> [u8; 32] {
        let hash = LabelledHash::new("arx/v1/ready-to-open").bytes(cluster).u64(epoch);
        let hash = hash.bytes(&*self.session).bytes(&*self.computation).bytes(&*self.circuit);
        hash.bytes(&*self.inputs).bytes(&*self.transcript).bytes(&*self.recipients).finish()
    }
}

/// An opening with one member's signature, and whom it is for: what holds that member to both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedOpening {
    /// What the member was ready to open.
    pub opening: Opening,
    signature: ByteArray<64>,
    /// Who gets what, in the order of the outputs.
    pub recipients: Vec<Recipient>,
}

impl SignedOpening {
    /// A member's part of a certificate; `None` if it has none.
    pub fn of(certificate: &Certificate, party: PartyId, recipients: Vec<Recipient>) -> Option<Self> {
        let signature = *certificate.signatures.get(party.index())?;
        Some(Self { opening: certificate.opening, signature, recipients })
    }

    /// Checks that the member signed this, and that these are the recipients.
    ///
    /// # Errors
    /// [`EvidenceError`].
    pub fn verify(&self, members: &Members, party: PartyId) -> Result<(), EvidenceError> {
        let statement = self.opening.statement(&members.cluster, members.epoch);
        let signature = Signature::from_bytes(&self.signature);
        let key = members.key(party).ok_or(EvidenceError::Signature)?;
        key.verify_strict(&statement, &signature).map_err(|_| EvidenceError::Signature)?;
        if recipients_digest(&self.recipients) == *self.opening.recipients {
            Ok(())
        } else {
            Err(EvidenceError::Unrelated { what: "the recipients are not those of the certificate" })
        }
    }
}

/// An opening with every member's signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// What is opened.
    pub opening: Opening,
    /// By member.
    pub signatures: Vec<ByteArray<64>>,
}

impl Certificate {
    /// Checks that every member signed.
    ///
    /// # Errors
    /// [`EvidenceError::Signature`].
    pub fn verify(&self, members: &Members) -> Result<(), EvidenceError> {
        let statement = self.opening.statement(&members.cluster, members.epoch);
        let signed = |(party, signature): (u8, &ByteArray<64>)| {
            let signature = Signature::from_bytes(signature);
            members.key(PartyId(party)).is_some_and(|key| key.verify_strict(&statement, &signature).is_ok())
        };
        if self.signatures.len() == members.len() && (0..).zip(&self.signatures).all(signed) {
            Ok(())
        } else {
            Err(EvidenceError::Signature)
        }
    }

    /// The encoding, in CBOR.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        // Writing to memory cannot fail.
        let _ = ciborium::into_writer(&(1_u8, self), &mut bytes);
        bytes
    }

    /// Reads the bytes of [`to_bytes`](Self::to_bytes), and nothing else.
    ///
    /// # Errors
    /// [`EvidenceError::Encoding`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EvidenceError> {
        let (version, certificate): (u8, Self) =
            ciborium::from_reader(bytes).map_err(|_| EvidenceError::Encoding)?;
        if version != 1 || certificate.to_bytes() != bytes {
            return Err(EvidenceError::Encoding);
        }
        Ok(certificate)
    }
}

/// What a party must be able to show from the moment it has signed a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstOpening {
    /// Its message of the certificate.
    pub certificate: SignedHeader,
    /// Its message right after that: the first that opens anything, or the first piece of it.
    pub opening: SignedHeader,
    /// That message's payload.
    pub payload: Vec<u8>,
}

/// Keeps durably what a party of a certified session is answerable for. Every method returns only after what it is given
/// would survive a crash.
pub trait OpeningKeeper: Send + Sync {
    /// Keeps what this party must be able to show, before it signs the certificate.
    ///
    /// # Errors
    /// [`KeepError`]; nothing is signed.
    fn ready(&mut self, first: &FirstOpening) -> Result<(), KeepError>;

    /// Keeps the certificate, before this party opens anything.
    ///
    /// # Errors
    /// [`KeepError`]; nothing is opened.
    fn certified(&mut self, certificate: &Certificate) -> Result<(), KeepError>;
}

/// Something that must be kept was not.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("what this node must be able to show later could not be kept: {0}")]
pub struct KeepError(pub String);

/// A certificate that is made as soon as the message that opens is known.
pub(crate) struct Certification {
    opening: Opening,
    pub(crate) keeper: Box<dyn OpeningKeeper>,
}

impl Certification {
    /// This party's signature.
    pub(crate) fn sign(&self, identity: &Identity) -> [u8; 64] {
        let Members { cluster, epoch, .. } = identity.members();
        identity.sign(&self.opening.statement(cluster, *epoch))
    }

    /// Everybody's signatures.
    pub(crate) fn collect(
        &self,
        members: &Members,
        broadcast: &Broadcast,
    ) -> Result<Certificate, ProtocolError> {
        let statement = self.opening.statement(&members.cluster, members.epoch);
        let signatures = verified(members, broadcast, &statement)?;
        Ok(Certificate {
            opening: self.opening,
            signatures: signatures.into_iter().map(ByteArray::new).collect(),
        })
    }
}

impl fmt::Debug for Certification {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Certification({:?})", self.opening)
    }
}

/// Has `opening` certified by all before the next message of a signed session, which is the first that opens anything: one
/// round, in which everybody's signatures are exchanged. The caller has durably recorded that this session is the one
/// that opens. What goes wrong in that round is an error of sending the message: [`ProtocolError::BadSignature`] naming who
/// signed anything else; errors of peers; [`ProtocolError::NotKept`].
///
/// # Errors
/// [`ProtocolError::Unsigned`] in a session that is not signed.
pub fn certify_next<C: Channel>(
    session: &mut Session<C>,
    opening: Opening,
    keeper: Box<dyn OpeningKeeper>,
) -> Result<(), ProtocolError> {
    session.certify_next(Certification { opening, keeper })
}

/// Signs `statement`, which all must have come to by themselves, and collects everybody's signatures, by member: one
/// round of a signed session. What a statement is about must show in its first bytes.
///
/// # Errors
/// [`ProtocolError::Unsigned`] in a session that is not signed; [`ProtocolError::BadSignature`] naming who
/// signed anything else; errors of peers.
pub async fn collect<C: Channel>(
    session: &mut Session<C>,
    statement: &[u8],
) -> Result<Vec<[u8; 64]>, ProtocolError> {
    let identity = session.identity().ok_or(ProtocolError::Unsigned)?;
    let members = identity.members().clone();
    let signature = identity.sign(statement);
    let broadcast = session.broadcast(PhaseKind::Certificate, signature.to_vec()).await?;
    verified(&members, &broadcast, statement)
}

/// Everybody's signatures of `statement`, by member.
fn verified(
    members: &Members,
    broadcast: &Broadcast,
    statement: &[u8],
) -> Result<Vec<[u8; 64]>, ProtocolError> {
    let mut signatures = Vec::with_capacity(members.len());
    for (party, payload) in broadcast.iter() {
        let signature: [u8; 64] =
            payload.try_into().map_err(|_| broadcast.malformed(party, "a signature is not 64 bytes"))?;
        let key = members.key(party).ok_or_else(|| broadcast.malformed(party, "no such member"))?;
        if key.verify_strict(statement, &Signature::from_bytes(&signature)).is_err() {
            return Err(ProtocolError::BadSignature { party, phase: broadcast.phase() });
        }
        signatures.push(signature);
    }
    Ok(signatures)
}
