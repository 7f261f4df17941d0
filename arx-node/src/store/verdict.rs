//! Outcomes of computations: stored before anyone hears of them, signed at most once.
//!
//! The order in which things become durable, and what may be sent after each:
//! 1. [`Store::put_verdict`]: the outcome as this node has it. Then: `Ending` without a signature.
//! 2. [`Store::sign`], once all members have stored the same: this node's signature. Then: `Ending` with it.
//! 3. [`Store::put_certificate`]: all members' signatures. Then: the transaction.
//!
//! Until step 2 an outcome may give way to another (an attempt that not all members finished); after it, never.

use arx_program::message::{FailureStatement, ResultStatement, output_digest};
use arx_program::state::FailureReason;
use redb::ReadableTable;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use solana_pubkey::Pubkey;

use super::{CERTIFICATES, SIGNED, Store, StoreError, VERDICTS, count_change, from_cbor, to_cbor};
use crate::frame::{ComputationId, SessionId};

/// The outcome of a computation, with everything that its signature and its transaction need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The cluster's address.
    pub cluster: [u8; 32],
    /// The epoch.
    pub epoch: u64,
    /// The computation's address.
    pub computation: [u8; 32],
    /// Its input digest.
    pub input_digest: [u8; 32],
    /// The slot after which the chain can no longer ask about it.
    pub keep_until: u64,
    /// What came of it.
    pub outcome: VerdictOutcome,
}

/// What came of a computation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum VerdictOutcome {
    /// A result.
    Result {
        /// The session that computed it.
        session: [u8; 32],
        /// The circuit's hash.
        circuit_hash: [u8; 32],
        /// Digest of the session's broadcasts.
        transcript_digest: [u8; 32],
        /// The session's coin.
        coin: [u8; 32],
        /// The version each cell had at the start.
        cell_versions: Vec<u64>,
        /// The outputs.
        outputs: Vec<serde_bytes::ByteBuf>,
    },
    /// It cannot be computed.
    Failure {
        /// Why: the code of a [`FailureReason`].
        reason: u16,
        /// Which argument, where the reason concerns one.
        detail: u32,
    },
}

impl Verdict {
    /// The bytes that members sign.
    pub fn message(&self) -> Vec<u8> {
        let cluster = Pubkey::from(self.cluster);
        let computation = Pubkey::from(self.computation);
        match &self.outcome {
            VerdictOutcome::Result {
                session,
                circuit_hash,
                transcript_digest,
                coin,
                cell_versions,
                outputs,
            } => ResultStatement {
                cluster: &cluster,
                epoch: self.epoch,
                session,
                computation: &computation,
                circuit_hash,
                input_digest: &self.input_digest,
                cell_versions,
                output_digest: &output_digest(outputs),
                transcript_digest,
                coin,
            }
            .message()
            .to_vec(),
            VerdictOutcome::Failure { reason, detail } => FailureStatement {
                cluster: &cluster,
                epoch: self.epoch,
                computation: &computation,
                input_digest: &self.input_digest,
                // A record that this version wrote; another code could only come from a damaged disk.
                reason: reason_of(*reason).unwrap_or(FailureReason::ProtocolFailed),
                detail: *detail,
            }
            .message()
            .to_vec(),
        }
    }

    /// The hash by which members compare outcomes.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.message()).into()
    }

    /// The session that computed it, if it is a result.
    pub fn session(&self) -> Option<SessionId> {
        match &self.outcome {
            VerdictOutcome::Result { session, .. } => Some(SessionId(*session)),
            VerdictOutcome::Failure { .. } => None,
        }
    }
}

/// The reason with this code.
pub(crate) fn reason_of(code: u16) -> Option<FailureReason> {
    use FailureReason::{
        CellUnreadable, CircuitMismatch, DefinitionMismatch, InputMalformed, InputSpent, InputStale,
        InputTampered, ProtocolFailed,
    };
    let all = [
        InputTampered,
        InputSpent,
        InputMalformed,
        InputStale,
        CircuitMismatch,
        DefinitionMismatch,
        CellUnreadable,
        ProtocolFailed,
    ];
    all.into_iter().find(|reason| reason.code() == code)
}

/// How long a stored verdict is needed; `None` if it cannot be read.
pub(super) fn keep_until(bytes: &[u8]) -> Option<u64> {
    from_cbor::<Verdict>(bytes).ok().map(|verdict| verdict.keep_until)
}

/// Everything stored about one computation's end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEnding {
    /// The outcome.
    pub verdict: Verdict,
    /// This node's signature, if it has signed.
    pub signature: Option<[u8; 64]>,
    /// All members' signatures in their order, if they are complete.
    pub certificate: Option<Vec<[u8; 64]>>,
}

impl Store {
    /// Stores an outcome. It replaces a former one of the same computation unless that one is signed.
    pub fn put_verdict(&self, verdict: &Verdict) -> Result<(), StoreError> {
        let digest = verdict.digest();
        let stored = self.write("storing an outcome", |transaction| {
            let signed =
                transaction.open_table(SIGNED)?.get(verdict.computation)?.map(|record| record.value().0);
            if signed.is_some_and(|signed| signed != digest) {
                return Ok(false);
            }
            transaction.open_table(VERDICTS)?.insert(verdict.computation, to_cbor(verdict)?.as_slice())?;
            count_change(transaction)?;
            Ok(true)
        })?;
        let computation = ComputationId(verdict.computation);
        if stored { Ok(()) } else { Err(StoreError::AlreadySigned { computation }) }
    }

    /// Signs the stored outcome of a computation, once and for all: a second call gives the same signature, and a call
    /// for another outcome is refused. `sign` is called with the message.
    pub fn sign(
        &self,
        computation: &ComputationId,
        digest: &[u8; 32],
        sign: impl FnOnce(&[u8]) -> [u8; 64],
    ) -> Result<[u8; 64], StoreError> {
        self.write("signing an outcome", |transaction| {
            let mut signed = transaction.open_table(SIGNED)?;
            let former = signed.get(computation.0)?.map(|record| record.value());
            if let Some((other, signature, _)) = former {
                let same = other == *digest;
                return Ok(if same {
                    Ok(signature)
                } else {
                    Err(StoreError::AlreadySigned { computation: *computation })
                });
            }
            let verdicts = transaction.open_table(VERDICTS)?;
            let verdict: Option<Verdict> =
                verdicts.get(computation.0)?.map(|bytes| from_cbor(bytes.value())).transpose()?;
            let Some(verdict) = verdict.filter(|verdict| verdict.digest() == *digest) else {
                return Ok(Err(StoreError::NotStored { computation: *computation }));
            };
            let signature = sign(&verdict.message());
            signed.insert(computation.0, (*digest, signature, verdict.keep_until))?;
            drop(signed);
            count_change(transaction)?;
            Ok(Ok(signature))
        })?
    }

    /// Keeps the signatures of all members, in their order.
    pub fn put_certificate(
        &self,
        computation: &ComputationId,
        signatures: &[[u8; 64]],
    ) -> Result<(), StoreError> {
        let signatures: Vec<serde_bytes::ByteBuf> =
            signatures.iter().map(|signature| serde_bytes::ByteBuf::from(signature.to_vec())).collect();
        self.write("storing a certificate", |transaction| {
            transaction.open_table(CERTIFICATES)?.insert(computation.0, to_cbor(&signatures)?.as_slice())?;
            count_change(transaction)
        })
    }

    /// What is stored about this computation's end.
    pub fn ending(&self, computation: &ComputationId) -> Result<Option<StoredEnding>, StoreError> {
        self.read("reading a stored outcome", |transaction| {
            let verdicts = transaction.open_table(VERDICTS)?;
            let Some(bytes) = verdicts.get(computation.0)? else { return Ok(None) };
            let verdict: Verdict = from_cbor(bytes.value())?;
            let signature =
                transaction.open_table(SIGNED)?.get(computation.0)?.map(|record| record.value().1);
            let certificate = match transaction.open_table(CERTIFICATES)?.get(computation.0)? {
                Some(bytes) => read_certificate(bytes.value())?,
                None => None,
            };
            Ok(Some(StoredEnding { verdict, signature, certificate }))
        })
    }

    /// The computations whose outcome is stored.
    pub fn endings(&self) -> Result<Vec<ComputationId>, StoreError> {
        self.read("listing stored outcomes", |transaction| {
            let mut computations = Vec::new();
            for entry in transaction.open_table(VERDICTS)?.iter()? {
                computations.push(ComputationId(entry?.0.value()));
            }
            Ok(computations)
        })
    }

    /// Drops an outcome that is settled for good. That, and what, this node signed stays known.
    pub fn forget_outcome(&self, computation: &ComputationId) -> Result<(), StoreError> {
        self.write("forgetting a settled outcome", |transaction| {
            transaction.open_table(VERDICTS)?.remove(computation.0)?;
            transaction.open_table(CERTIFICATES)?.remove(computation.0)?;
            Ok(())
        })
    }
}

fn read_certificate(bytes: &[u8]) -> Result<Option<Vec<[u8; 64]>>, redb::Error> {
    let signatures: Vec<serde_bytes::ByteBuf> = from_cbor(bytes)?;
    Ok(signatures.into_iter().map(|signature| signature.into_vec().try_into().ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPUTATION: ComputationId = ComputationId([3; 32]);

    fn verdict(session: u8) -> Verdict {
        Verdict {
            cluster: [1; 32],
            epoch: 2,
            computation: COMPUTATION.0,
            input_digest: [4; 32],
            keep_until: 100,
            outcome: VerdictOutcome::Result {
                session: [session; 32],
                circuit_hash: [5; 32],
                transcript_digest: [6; 32],
                coin: [7; 32],
                cell_versions: vec![1, 2],
                outputs: vec![serde_bytes::ByteBuf::from(vec![8, 9])],
            },
        }
    }

    fn failure(reason: FailureReason) -> Verdict {
        Verdict { outcome: VerdictOutcome::Failure { reason: reason.code(), detail: 1 }, ..verdict(0) }
    }

    fn signature(message: &[u8]) -> [u8; 64] {
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&Sha256::digest(message));
        signature
    }

    #[test]
    fn an_outcome_gives_way_until_it_is_signed_and_never_after() {
        let store = Store::in_memory().unwrap();
        let (first, second) = (verdict(1), verdict(2));
        store.put_verdict(&first).unwrap();
        store.put_verdict(&second).unwrap();
        assert_eq!(
            store.sign(&COMPUTATION, &first.digest(), signature),
            Err(StoreError::NotStored { computation: COMPUTATION })
        );
        let made = store.sign(&COMPUTATION, &second.digest(), signature).unwrap();
        assert_eq!(store.sign(&COMPUTATION, &second.digest(), |_| [0; 64]), Ok(made));
        let refused = Err(StoreError::AlreadySigned { computation: COMPUTATION });
        assert_eq!(store.put_verdict(&first), refused);
        assert_eq!(store.put_verdict(&failure(FailureReason::ProtocolFailed)), refused);
        assert_eq!(
            store.sign(&COMPUTATION, &first.digest(), signature),
            Err(StoreError::AlreadySigned { computation: COMPUTATION })
        );
        store.put_verdict(&second).unwrap();
    }

    #[test]
    fn a_crash_after_any_step_leaves_that_step_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("node.redb");
        let verdict = verdict(1);
        {
            let store = Store::open(&path).unwrap();
            store.put_verdict(&verdict).unwrap();
        }
        {
            let store = Store::open(&path).unwrap();
            let ending = store.ending(&COMPUTATION).unwrap().unwrap();
            assert_eq!((&ending.verdict, ending.signature, &ending.certificate), (&verdict, None, &None));
            store.sign(&COMPUTATION, &verdict.digest(), signature).unwrap();
        }
        {
            let store = Store::open(&path).unwrap();
            let expected = signature(&verdict.message());
            assert_eq!(store.ending(&COMPUTATION).unwrap().unwrap().signature, Some(expected));
            store.put_certificate(&COMPUTATION, &[expected, [1; 64], [2; 64]]).unwrap();
        }
        let store = Store::open(&path).unwrap();
        let certificate = store.ending(&COMPUTATION).unwrap().unwrap().certificate;
        assert_eq!(certificate.unwrap()[1..], [[1; 64], [2; 64]]);
        assert_eq!(store.sequence().unwrap(), 3);
    }

    #[test]
    fn outcomes_are_forgotten_when_the_chain_can_no_longer_ask() {
        let store = Store::in_memory().unwrap();
        store.put_verdict(&verdict(1)).unwrap();
        store.sign(&COMPUTATION, &verdict(1).digest(), signature).unwrap();
        store.prune(100).unwrap();
        assert_eq!(store.endings().unwrap().len(), 1);
        store.prune(101).unwrap();
        assert!(store.endings().unwrap().is_empty());
    }

    #[test]
    fn what_was_signed_is_known_longer_than_its_outcome() {
        let store = Store::in_memory().unwrap();
        store.put_verdict(&verdict(1)).unwrap();
        store.sign(&COMPUTATION, &verdict(1).digest(), signature).unwrap();
        store.forget_outcome(&COMPUTATION).unwrap();
        assert_eq!(store.ending(&COMPUTATION).unwrap(), None);
        assert_eq!(
            store.put_verdict(&verdict(2)),
            Err(StoreError::AlreadySigned { computation: COMPUTATION })
        );
    }

    #[test]
    fn every_reason_has_its_code() {
        for code in 0..20 {
            assert!(reason_of(code).is_none_or(|reason| reason.code() == code));
        }
        assert_eq!((1..=8).filter_map(reason_of).count(), 8);
    }

    #[test]
    fn a_store_serves_one_node() {
        let store = Store::in_memory().unwrap();
        let (mine, other) = (crate::Identity([1; 32]), crate::Identity([2; 32]));
        store.claim(&mine).unwrap();
        store.claim(&mine).unwrap();
        assert_eq!(store.claim(&other), Err(StoreError::AnotherNode { owner: mine, node: other }));
    }
}
