//! How members come from one node's outcome to a transaction with everyone's signature.
//!
//! Two phases, so that no two outcomes of one computation can ever be signed in full:
//! 1. Each member stores its outcome durably and says so (`Ending` with the digest of what is to be signed).
//! 2. Only a member that has heard the *same* digest from all others signs, durably, and sends its signature.
//!
//! A member that crashed anywhere in between has stored what it needs to go on: it says again what it said, and asks
//! the others for theirs. An outcome that not all members share is not signed; it gives way to the next attempt's.
//!
//! This file decides; it sends, stores and signs nothing itself. The scheduler does what the returned steps say.

use std::collections::BTreeMap;

use ed25519_dalek::{Signature, VerifyingKey};

use crate::frame::{ComputationId, Ending as EndingFrame};
use crate::identity::Identity;
use crate::store::verdict::{StoredEnding, Verdict};

/// One computation's end, as this node sees it.
pub(crate) struct Ending {
    pub(crate) verdict: Verdict,
    digest: [u8; 32],
    message: Vec<u8>,
    me: Identity,
    members: Vec<Identity>,
    /// The last digest each other member said it stored.
    stored: BTreeMap<Identity, [u8; 32]>,
    /// Valid signatures of our message, by member.
    signatures: BTreeMap<Identity, [u8; 64]>,
    certificate: bool,
}

/// What is to be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// All members have stored the same: sign it, then [`Ending::signed`].
    Sign,
    /// All signatures are here: store them, then [`Ending::certified`].
    Certify(Vec<[u8; 64]>),
}

/// Something a peer said that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EndingFault {
    #[error("{peer} has another outcome of computation {computation} (ours {ours}, theirs {theirs})")]
    Differs { peer: Identity, computation: ComputationId, ours: String, theirs: String },
    #[error("{peer} sent a signature for computation {computation} that does not verify")]
    BadSignature { peer: Identity, computation: ComputationId },
    #[error("{peer} is not a member")]
    NotAMember { peer: Identity },
}

impl Ending {
    /// An outcome just stored.
    pub(crate) fn new(verdict: Verdict, me: Identity, members: Vec<Identity>) -> Self {
        let message = verdict.message();
        Ending {
            digest: verdict.digest(),
            message,
            me,
            members,
            stored: BTreeMap::new(),
            signatures: BTreeMap::new(),
            certificate: false,
            verdict,
        }
    }

    /// What was stored before a restart.
    pub(crate) fn restored(stored: StoredEnding, me: Identity, members: Vec<Identity>) -> Self {
        let mut ending = Ending::new(stored.verdict, me, members);
        if let Some(signature) = stored.signature {
            ending.signatures.insert(me, signature);
        }
        if let Some(certificate) =
            stored.certificate.filter(|signatures| signatures.len() == ending.members.len())
        {
            ending.signatures = ending.members.iter().copied().zip(certificate).collect();
            ending.certificate = true;
        }
        ending
    }

    pub(crate) fn computation(&self) -> ComputationId {
        ComputationId(self.verdict.computation)
    }

    pub(crate) fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// Whether this node has signed: from then on nothing changes the outcome.
    pub(crate) fn is_signed(&self) -> bool {
        self.signatures.contains_key(&self.me)
    }

    /// Whether all signatures are here and stored.
    pub(crate) fn is_certified(&self) -> bool {
        self.certificate
    }

    /// The members' signatures in their order, once complete.
    pub(crate) fn certificate(&self) -> Option<Vec<[u8; 64]>> {
        self.members.iter().map(|member| self.signatures.get(member).copied()).collect()
    }

    /// Members that have not said that they stored this outcome.
    pub(crate) fn missing(&self) -> Vec<Identity> {
        let others = self.members.iter().filter(|member| **member != self.me);
        others.filter(|member| self.stored.get(member) != Some(&self.digest)).copied().collect()
    }

    /// What this node says to the others.
    pub(crate) fn frame(&self, reply: bool) -> EndingFrame {
        EndingFrame {
            computation: self.computation(),
            digest: self.digest,
            signature: self.signatures.get(&self.me).copied(),
            reply,
        }
    }

    /// Takes what another member says. Returns what it does not make worse to repeat: see [`Ending::next_step`].
    pub(crate) fn hear(&mut self, from: &Identity, frame: &EndingFrame) -> Result<(), EndingFault> {
        if *from == self.me || !self.members.contains(from) {
            return Err(EndingFault::NotAMember { peer: *from });
        }
        self.stored.insert(*from, frame.digest);
        if frame.digest != self.digest {
            return Err(EndingFault::Differs {
                peer: *from,
                computation: self.computation(),
                ours: hex::encode(&self.digest[..8]),
                theirs: hex::encode(&frame.digest[..8]),
            });
        }
        if let Some(signature) = frame.signature
            && !self.signatures.contains_key(from)
        {
            if !verifies(from, &self.message, &signature) {
                return Err(EndingFault::BadSignature { peer: *from, computation: self.computation() });
            }
            self.signatures.insert(*from, signature);
        }
        Ok(())
    }

    /// What this node should do now, if anything.
    pub(crate) fn next_step(&self) -> Option<Step> {
        if !self.is_signed() {
            return self.missing().is_empty().then_some(Step::Sign);
        }
        if self.certificate {
            return None;
        }
        self.certificate().map(Step::Certify)
    }

    /// This node's signature is stored.
    pub(crate) fn signed(&mut self, signature: [u8; 64]) {
        self.signatures.insert(self.me, signature);
    }

    /// The certificate is stored.
    pub(crate) fn certified(&mut self) {
        self.certificate = true;
    }
}

/// Strict Ed25519 verification, as the chain's precompile does it.
fn verifies(identity: &Identity, message: &[u8], signature: &[u8; 64]) -> bool {
    VerifyingKey::from_bytes(&identity.0)
        .is_ok_and(|key| key.verify_strict(message, &Signature::from_bytes(signature)).is_ok())
}

#[cfg(test)]
mod tests {
    use arx_program::state::FailureReason;
    use proptest::prelude::*;

    use super::*;
    use crate::secrets::NodeKeys;
    use crate::store::Store;
    use crate::store::verdict::VerdictOutcome;

    fn keys(index: u8) -> NodeKeys {
        NodeKeys::from_seeds([index + 1; 32], [2; 32], [3; 32], [4; 32])
    }

    fn verdict(detail: u32) -> Verdict {
        Verdict {
            cluster: [1; 32],
            epoch: 1,
            computation: [9; 32],
            input_digest: [2; 32],
            keep_until: 10,
            outcome: VerdictOutcome::Failure { reason: FailureReason::InputStale.code(), detail },
        }
    }

    fn members() -> Vec<Identity> {
        (0..3).map(|index| keys(index).identity()).collect()
    }

    /// Three nodes with stores of their own.
    struct Cluster {
        nodes: Vec<(NodeKeys, Store, Ending)>,
    }

    impl Cluster {
        fn new(verdicts: [Verdict; 3]) -> Self {
            let nodes = verdicts.into_iter().enumerate().map(|(index, verdict)| {
                let (keys, store) = (keys(index as u8), Store::in_memory().unwrap());
                store.put_verdict(&verdict).unwrap();
                let ending = Ending::new(verdict, keys.identity(), members());
                (keys, store, ending)
            });
            Cluster { nodes: nodes.collect() }
        }

        fn say(&mut self, from: usize, to: usize) -> Result<(), EndingFault> {
            let frame = self.nodes[from].2.frame(false);
            let sender = self.nodes[from].0.identity();
            self.nodes[to].2.hear(&sender, &frame)
        }

        fn act(&mut self, index: usize) {
            let (keys, store, ending) = &mut self.nodes[index];
            while let Some(step) = ending.next_step() {
                match step {
                    Step::Sign => {
                        let digest = ending.digest();
                        let signature =
                            store.sign(&ending.computation(), &digest, |message| keys.sign(message)).unwrap();
                        ending.signed(signature);
                    }
                    Step::Certify(signatures) => {
                        store.put_certificate(&ending.computation(), &signatures).unwrap();
                        ending.certified();
                    }
                }
            }
        }

        fn crash(&mut self, index: usize) {
            let (keys, store, ending) = &mut self.nodes[index];
            let stored = store.ending(&ending.computation()).unwrap().unwrap();
            *ending = Ending::restored(stored, keys.identity(), members());
        }
    }

    proptest! {
        /// Any order of messages, any number of them lost, any crashes: never a signature before all have stored, and
        /// once everyone has spoken to everyone twice, all hold the certificate.
        #[test]
        fn members_end_alike_whatever_is_lost(moves in prop::collection::vec((0usize..3, 0usize..3, any::<bool>()), 0..40)) {
            let mut cluster = Cluster::new([verdict(1), verdict(1), verdict(1)]);
            for (from, to, crash) in moves {
                if crash {
                    cluster.crash(to);
                } else if from != to {
                    cluster.say(from, to).unwrap();
                    cluster.act(to);
                }
            }
            for _ in 0..2 {
                for from in 0..3 {
                    for to in 0..3 {
                        if from != to {
                            cluster.say(from, to).unwrap();
                            cluster.act(to);
                        }
                    }
                }
            }
            for (_, _, ending) in &cluster.nodes {
                prop_assert!(ending.is_certified());
            }
        }

        #[test]
        fn different_outcomes_are_never_signed(moves in prop::collection::vec((0usize..3, 0usize..3), 0..40)) {
            let mut cluster = Cluster::new([verdict(1), verdict(1), verdict(2)]);
            for (from, to) in moves {
                if from != to {
                    let said = cluster.say(from, to);
                    let differs = matches!(said, Err(EndingFault::Differs { .. }));
                    prop_assert_eq!(differs, from == 2 || to == 2);
                    cluster.act(to);
                }
            }
            for (_, _, ending) in &cluster.nodes {
                prop_assert!(!ending.is_signed());
            }
        }
    }

    #[test]
    fn a_bad_signature_names_its_sender_and_counts_for_nothing() {
        let mut cluster = Cluster::new([verdict(1), verdict(1), verdict(1)]);
        let peer = keys(1).identity();
        let mut frame = cluster.nodes[1].2.frame(false);
        frame.signature = Some([7; 64]);
        assert_eq!(
            cluster.nodes[0].2.hear(&peer, &frame),
            Err(EndingFault::BadSignature { peer, computation: ComputationId([9; 32]) })
        );
        frame.signature = Some(keys(2).sign(&verdict(1).message()));
        assert!(cluster.nodes[0].2.hear(&peer, &frame).is_err());
        assert!(!cluster.nodes[0].2.signatures.contains_key(&peer));
    }

    #[test]
    fn strangers_are_not_heard() {
        let mut cluster = Cluster::new([verdict(1), verdict(1), verdict(1)]);
        let frame = cluster.nodes[1].2.frame(false);
        for stranger in [Identity([8; 32]), keys(0).identity()] {
            assert!(matches!(
                cluster.nodes[0].2.hear(&stranger, &frame),
                Err(EndingFault::NotAMember { .. })
            ));
        }
    }

    #[test]
    fn a_member_that_changes_its_mind_is_no_longer_counted() {
        let mut cluster = Cluster::new([verdict(1), verdict(1), verdict(1)]);
        cluster.say(1, 0).unwrap();
        let other = Ending::new(verdict(2), keys(1).identity(), members()).frame(false);
        assert!(cluster.nodes[0].2.hear(&keys(1).identity(), &other).is_err());
        cluster.say(2, 0).unwrap();
        assert_eq!(cluster.nodes[0].2.next_step(), None);
    }
}
