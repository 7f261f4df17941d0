//! Everything public that every derivation binds.

use crate::WireError;
use crate::hash::LabelledHash;
use crate::keys::EncryptionPublicKey;
use crate::reader::Reader;

const WHAT: &str = "the base of a derivation";

/// Bytes of all fields but the members.
const FIXED_LENGTH: u64 = 8 * 32 + 3 * 8 + 2 + 1;

/// The smallest cluster.
pub const MIN_MEMBERS: usize = 2;
/// The largest cluster.
pub const MAX_MEMBERS: usize = 16;

/// One node of a cluster as its epoch has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The node's Ed25519 identity.
    pub identity: [u8; 32],
    /// The node's encryption key of this epoch.
    pub encryption_key: EncryptionPublicKey,
}

/// The public facts of one computation. Its digest enters every key that is derived for the computation, so
/// that a ciphertext copied into another cluster, epoch, protocol, application, circuit, call or account is
/// noise there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// Genesis hash of the chain.
    pub genesis: [u8; 32],
    /// Address of the `arx` program.
    pub program: [u8; 32],
    /// Address of the cluster.
    pub cluster: [u8; 32],
    /// The cluster's epoch.
    pub epoch: u64,
    /// The multi-party protocol, [`crate::PROTOCOL_REPLICATED3_SEMI_HONEST`] for one.
    pub protocol: u16,
    /// The members in the cluster's order; a node's index is its place here.
    pub members: Vec<Member>,
    /// Address of the application's MXE.
    pub mxe: [u8; 32],
    /// Hash of the circuit artifact.
    pub circuit: [u8; 32],
    /// Hash of the typed interface.
    pub interface: [u8; 32],
    /// The application's own name for what this call is about (an auction, a game).
    pub instance: [u8; 32],
    /// The end user's key that signs the call.
    pub authority: [u8; 32],
    /// The client's counter of its calls.
    pub counter: u64,
    /// The last slot at which this call may be queued.
    pub not_after: u64,
}

impl Base {
    /// The digest that every derivation starts from.
    ///
    /// # Errors
    /// [`WireError::ImpossibleMemberCount`].
    pub fn digest(&self) -> Result<[u8; 32], WireError> {
        Ok(LabelledHash::new("arx/v1/base").bytes(&self.to_bytes()?).finish())
    }

    /// What the digest is of: all fields in order, the members after their number in one byte.
    ///
    /// # Errors
    /// [`WireError::ImpossibleMemberCount`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, WireError> {
        let count = self.member_count()?;
        let mut bytes = [self.genesis, self.program, self.cluster].concat();
        bytes.extend(self.epoch.to_le_bytes());
        bytes.extend(self.protocol.to_le_bytes());
        bytes.push(count);
        for member in &self.members {
            bytes.extend(member.identity);
            bytes.extend(member.encryption_key.to_bytes());
        }
        bytes.extend([self.mxe, self.circuit, self.interface, self.instance, self.authority].concat());
        bytes.extend(self.counter.to_le_bytes());
        bytes.extend(self.not_after.to_le_bytes());
        Ok(bytes)
    }

    /// Reads the bytes of [`to_bytes`](Self::to_bytes).
    ///
    /// # Errors
    /// Any [`WireError`] about member count, length and points.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(WHAT, bytes);
        let (genesis, program, cluster) = (reader.array()?, reader.array()?, reader.array()?);
        let (epoch, protocol) = (reader.u64()?, reader.u16()?);
        let count = reader.member_count()?;
        reader.require_total(FIXED_LENGTH + 64 * u64::from(count))?;
        let mut members = Vec::with_capacity(count.into());
        for _ in 0..count {
            let identity = reader.array()?;
            members.push(Member { identity, encryption_key: reader.point("a member's encryption key")? });
        }
        let (mxe, circuit, interface) = (reader.array()?, reader.array()?, reader.array()?);
        let (instance, authority) = (reader.array()?, reader.array()?);
        let (counter, not_after) = (reader.u64()?, reader.u64()?);
        Ok(Self {
            genesis,
            program,
            cluster,
            epoch,
            protocol,
            members,
            mxe,
            circuit,
            interface,
            instance,
            authority,
            counter,
            not_after,
        })
    }

    /// The number of members.
    ///
    /// # Errors
    /// [`WireError::ImpossibleMemberCount`].
    pub fn member_count(&self) -> Result<u8, WireError> {
        require_member_count(WHAT, self.members.len())
    }
}

pub(crate) fn require_member_count(what: &'static str, actual: usize) -> Result<u8, WireError> {
    match u8::try_from(actual) {
        Ok(count) if (MIN_MEMBERS..=MAX_MEMBERS).contains(&actual) => Ok(count),
        _ => Err(WireError::ImpossibleMemberCount { what, actual }),
    }
}
