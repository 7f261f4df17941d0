//! Accounts of the `arx` program, decoded into what the scheduler works with.
//!
//! Nothing here trusts the endpoint's bytes: every account is checked for its owner, its discriminator and its
//! length, and whatever does not decode is a typed error that says which account it was.

use anchor_lang::AccountDeserialize;
use arx_program::state::{Cluster, ClusterState, Node, QueueEntry, QueueSnapshot};
use arx_wire::base::Member;
use arx_wire::keys::EncryptionPublicKey;
use solana_pubkey::Pubkey;

use super::Account;
use crate::frame::ComputationId;
use crate::identity::Identity;
use crate::transport::Peer;

/// What one reading of the chain shows about a cluster and its queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The slot it was read at.
    pub slot: u64,
    /// The cluster; `None` while there is none, or its members have not all joined.
    pub cluster: Option<ClusterView>,
    /// The waiting computations in queue order.
    pub queue: Vec<Waiting>,
}

/// An active cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterView {
    /// Its address.
    pub address: Pubkey,
    /// Its epoch.
    pub epoch: u64,
    /// The multi-party protocol its members run.
    pub protocol: u16,
    /// The members and their keys of the epoch, in the cluster's order.
    pub members: Vec<Member>,
    /// Where each member listens; empty where its registration was not readable.
    pub endpoints: Vec<String>,
}

/// One computation in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its address.
    pub computation: ComputationId,
    /// Its priority fee in lamports.
    pub priority: u64,
    /// The slot in which it was queued.
    pub slot: u64,
    /// Its number in the queue.
    pub sequence: u64,
    /// The slot after which it expires.
    pub deadline: u64,
}

impl ClusterView {
    /// The members as peers of the mesh.
    pub fn peers(&self) -> Vec<Peer> {
        self.members
            .iter()
            .zip(&self.endpoints)
            .filter(|(_, endpoint)| !endpoint.is_empty())
            .map(|(member, endpoint)| Peer {
                identity: Identity(member.identity),
                endpoint: endpoint.clone(),
            })
            .collect()
    }

    /// The members' keys in order.
    pub fn identities(&self) -> Vec<Identity> {
        self.members.iter().map(|member| Identity(member.identity)).collect()
    }

    /// A member's index.
    pub fn index_of(&self, identity: &Identity) -> Option<usize> {
        self.members.iter().position(|member| member.identity == identity.0)
    }
}

/// The public order of a queue: priority fee (highest first), then slot, then sequence.
pub fn queue_order(queue: &mut [Waiting]) {
    queue.sort_by_key(|waiting| (std::cmp::Reverse(waiting.priority), waiting.slot, waiting.sequence));
}

/// An account that is not what its address says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the {kind} account {address} cannot be used: {why}")]
pub struct AccountError {
    /// What should be there.
    pub kind: &'static str,
    /// Where.
    pub address: Pubkey,
    /// What is wrong.
    pub why: String,
}

/// Decodes an Anchor account of the `arx` program.
pub fn decode<T: AccountDeserialize>(
    kind: &'static str,
    address: &Pubkey,
    account: &Account,
) -> Result<T, AccountError> {
    let wrong = |why: String| AccountError { kind, address: *address, why };
    if account.owner != arx_program::ID {
        return Err(wrong(format!("its owner is {}", account.owner)));
    }
    T::try_deserialize(&mut account.data.as_slice()).map_err(|error| wrong(error.to_string()))
}

/// Decodes the queue account.
pub fn decode_queue(address: &Pubkey, account: &Account) -> Result<Vec<Waiting>, AccountError> {
    let wrong = |why: &str| AccountError { kind: "queue", address: *address, why: why.into() };
    if account.owner != arx_program::ID {
        return Err(wrong("the arx program does not own it"));
    }
    let queue =
        QueueSnapshot::decode(&account.data).ok_or_else(|| wrong("it is not a queue, or too short"))?;
    let mut waiting: Vec<Waiting> = queue.entries().iter().map(Waiting::from).collect();
    // The program keeps it sorted; the rule is ours to apply all the same.
    queue_order(&mut waiting);
    Ok(waiting)
}

impl From<&QueueEntry> for Waiting {
    fn from(entry: &QueueEntry) -> Self {
        Waiting {
            computation: ComputationId(entry.computation.to_bytes()),
            priority: entry.priority,
            slot: entry.slot,
            sequence: entry.sequence,
            deadline: entry.deadline,
        }
    }
}

/// Decodes a cluster with the registrations of its members; `None` while it is forming.
pub fn decode_cluster(
    address: &Pubkey,
    cluster: &Account,
    nodes: &[Option<Account>],
) -> Result<Option<ClusterView>, AccountError> {
    let decoded: Cluster = decode("cluster", address, cluster)?;
    if decoded.state != ClusterState::Active {
        return Ok(None);
    }
    let wrong = |why: String| AccountError { kind: "cluster", address: *address, why };
    if decoded.members.len() != decoded.encryption_keys.len() {
        return Err(wrong("it has another number of members than of keys".into()));
    }
    let mut members = Vec::with_capacity(decoded.members.len());
    for (identity, key) in decoded.members.iter().zip(&decoded.encryption_keys) {
        let encryption_key = EncryptionPublicKey::parse(key)
            .map_err(|error| wrong(format!("the encryption key of member {identity}: {error}")))?;
        members.push(Member { identity: identity.to_bytes(), encryption_key });
    }
    let endpoints = decoded.members.iter().enumerate().map(|(index, identity)| {
        let node = nodes.get(index).and_then(Option::as_ref)?;
        let node: Node = decode("node", &arx_program::pda::node(identity).0, node).ok()?;
        (node.identity == *identity).then_some(node.endpoint)
    });
    Ok(Some(ClusterView {
        address: *address,
        epoch: decoded.epoch,
        protocol: decoded.protocol,
        endpoints: endpoints.map(Option::unwrap_or_default).collect(),
        members,
    }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_queue_order_is_fee_then_slot_then_sequence(
            entries in prop::collection::vec((0u64..3, 0u64..3, 0u64..3), 0..20)
        ) {
            let mut queue: Vec<Waiting> = entries
                .iter()
                .map(|(priority, slot, sequence)| Waiting {
                    computation: ComputationId([0; 32]),
                    priority: *priority,
                    slot: *slot,
                    sequence: *sequence,
                    deadline: 0,
                })
                .collect();
            queue_order(&mut queue);
            for pair in queue.windows(2) {
                let [first, second] = pair else { continue };
                let later = first.priority < second.priority
                    || first.priority == second.priority && first.slot > second.slot
                    || first.priority == second.priority && first.slot == second.slot && first.sequence > second.sequence;
                prop_assert!(!later);
            }
        }

        #[test]
        fn any_bytes_are_an_account_or_an_error(data in prop::collection::vec(any::<u8>(), 0..200), ours in any::<bool>()) {
            let owner = if ours { arx_program::ID } else { Pubkey::default() };
            let mut data = data;
            if ours && data.len() > 8 {
                data[..8].copy_from_slice(<Cluster as anchor_lang::Discriminator>::DISCRIMINATOR);
            }
            let account = Account { owner, lamports: 1, data };
            let address = Pubkey::default();
            let _ = decode_cluster(&address, &account, &[]);
            prop_assert!(decode_queue(&address, &account).is_err());
        }
    }
}
