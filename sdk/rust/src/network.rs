//! Which chain, which program, and who the members of a cluster are: what a client must know for itself before it
//! encrypts to anyone or believes anyone's result.

use arx_program::state::{Cluster, ClusterState};
use arx_wire::EncryptionPublicKey;
use serde::{Deserialize, Serialize};
use solana_pubkey::Pubkey;

use crate::Error;

/// One deployment of the network's program on one chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// Genesis hash of the chain.
    pub genesis: [u8; 32],
    /// Address of the program.
    pub program: Pubkey,
}

impl Network {
    /// The program of this build on the chain with this genesis hash.
    pub const fn new(genesis: [u8; 32]) -> Self {
        Self { genesis, program: arx_program::ID }
    }
}

/// One node of a cluster, as pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PinnedMember {
    /// Ed25519 identity: signs results.
    pub identity: Pubkey,
    /// Encryption key of the epoch: inputs are encrypted to it.
    pub encryption_key: EncryptionPublicKey,
}

/// A cluster's members and keys in one epoch, as this client has decided to believe them.
///
/// Everything that the network promises is relative to these keys: whoever chooses them can read inputs and forge
/// results. Ship [`PinnedCluster::fingerprint`] with the application, or keep it from the first use; a fingerprint
/// that changed means another epoch, and is for a human or a governance process to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinnedCluster {
    /// The chain and program.
    pub network: Network,
    /// Address of the cluster.
    pub address: Pubkey,
    /// The epoch of these keys.
    pub epoch: u64,
    /// The protocol the members run.
    pub protocol: u16,
    /// The members, in order.
    pub members: Vec<PinnedMember>,
}

/// SHA-256 over all that is pinned.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fingerprint(pub [u8; 32]);

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl std::fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl PinnedCluster {
    /// Takes the members and keys that an account states, on the word of whoever served the account.
    ///
    /// # Errors
    /// [`Error::ClusterNotActive`]; [`Error::MalformedCluster`] for keys that are no points or are missing.
    pub fn trust_on_first_use(network: Network, address: Pubkey, cluster: &Cluster) -> Result<Self, Error> {
        if cluster.state != ClusterState::Active {
            return Err(Error::ClusterNotActive { cluster: address });
        }
        if cluster.members.len() != cluster.encryption_keys.len() {
            let why = format!("{} members but {} keys", cluster.members.len(), cluster.encryption_keys.len());
            return Err(Error::MalformedCluster { cluster: address, why });
        }
        let members = cluster.members.iter().zip(&cluster.encryption_keys).map(|(identity, key)| {
            let encryption_key =
                EncryptionPublicKey::parse(key).map_err(|error| Error::MalformedCluster {
                    cluster: address,
                    why: format!("the key of member {identity}: {error}"),
                })?;
            Ok(PinnedMember { identity: *identity, encryption_key })
        });
        let members = members.collect::<Result<_, Error>>()?;
        Ok(Self { network, address, epoch: cluster.epoch, protocol: cluster.protocol, members })
    }

    /// Takes what an account states if it is what was pinned before.
    ///
    /// # Errors
    /// [`Error::FingerprintChanged`], and as [`trust_on_first_use`](Self::trust_on_first_use).
    pub fn require(
        network: Network,
        address: Pubkey,
        cluster: &Cluster,
        pinned: Fingerprint,
    ) -> Result<Self, Error> {
        let stated = Self::trust_on_first_use(network, address, cluster)?;
        match stated.fingerprint() {
            actual if actual == pinned => Ok(stated),
            actual => {
                Err(Error::FingerprintChanged { cluster: address, pinned, actual, epoch: stated.epoch })
            }
        }
    }

    /// Digest of network, address, epoch, protocol and all keys.
    pub fn fingerprint(&self) -> Fingerprint {
        let (epoch, protocol) = (self.epoch.to_le_bytes(), self.protocol.to_le_bytes());
        let count = [self.members.len() as u8];
        let mut parts: Vec<&[u8]> = vec![
            b"\x12arx/v1/pinned-keys",
            &self.network.genesis,
            self.network.program.as_ref(),
            self.address.as_ref(),
            &epoch,
            &protocol,
            &count,
        ];
        let keys: Vec<_> = self.members.iter().map(|member| member.encryption_key.to_bytes()).collect();
        for (member, key) in self.members.iter().zip(&keys) {
            parts.push(member.identity.as_ref());
            parts.push(key);
        }
        Fingerprint(arx_program::message::sha256(&parts))
    }

    /// The members' identities, in order.
    pub fn identities(&self) -> Vec<Pubkey> {
        self.members.iter().map(|member| member.identity).collect()
    }
}
