//! Everything public that every derivation binds.

use crate::WireError;
use crate::hash::LabelledHash;
use crate::keys::EncryptionPublicKey;

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
        let count = self.member_count()?;
        let mut hash = LabelledHash::new("arx/v1/base")
            .bytes(&self.genesis)
            .bytes(&self.program)
            .bytes(&self.cluster)
            .u64(self.epoch)
            .u16(self.protocol)
            .u8(count);
        for member in &self.members {
            hash = hash.bytes(&member.identity).bytes(&member.encryption_key.to_bytes());
        }
        let hash = hash.bytes(&self.mxe).bytes(&self.circuit).bytes(&self.interface);
        let hash = hash.bytes(&self.instance).bytes(&self.authority);
        Ok(hash.u64(self.counter).u64(self.not_after).finish())
    }

    /// The number of members.
    ///
    /// # Errors
    /// [`WireError::ImpossibleMemberCount`].
    pub fn member_count(&self) -> Result<u8, WireError> {
        require_member_count("the base of a derivation", self.members.len())
    }
}

pub(crate) fn require_member_count(what: &'static str, actual: usize) -> Result<u8, WireError> {
    match u8::try_from(actual) {
        Ok(count) if (MIN_MEMBERS..=MAX_MEMBERS).contains(&actual) => Ok(count),
        _ => Err(WireError::ImpossibleMemberCount { what, actual }),
    }
}
