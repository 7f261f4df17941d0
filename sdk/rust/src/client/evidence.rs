//! Finding the transaction that finalised a computation, and proving its result.

use solana_pubkey::Pubkey;
use solana_signature::Signature;

use super::{
    Client, Cost, Settled,
    send::{Record, costs_in},
};
use crate::{
    Error, Evidence, PinnedCluster, SealedCall, VerifiedResult, instruction::Instruction,
    verify::Attestations,
};
use arx_wire::recipient::RecipientSeed;

/// A result that was found and verified, and where.
#[derive(Clone, Debug)]
pub struct Proven {
    /// The result.
    pub result: VerifiedResult,
    /// The transaction that finalised it.
    pub transaction: Signature,
    /// The slot it ran in.
    pub slot: u64,
    /// What it cost.
    pub costs: Vec<Cost>,
}

impl Client {
    /// Finds the members' signatures on a computation's result, verifies them under the pinned keys, and opens the
    /// outputs of `call`.
    ///
    /// # Errors
    /// [`Error::NoResult`] with the reason if it ended without one; those of [`prove`](Self::prove) and
    /// [`SealedCall::open`].
    pub async fn open<I: Instruction>(
        &self,
        cluster: &PinnedCluster,
        call: &SealedCall<I>,
        settled: Settled,
        recipient: &RecipientSeed,
    ) -> Result<I::Outputs, Error> {
        let settled = settled.finalized()?;
        let proven = self.prove(cluster, &settled).await?;
        call.open(&settled.computation, &proven.result, recipient)
    }

    /// Finds the members' signatures on a computation's result and verifies them under the pinned keys.
    ///
    /// # Errors
    /// [`Error::NoEvidence`]; those of [`VerifiedResult::verify`]; [`Error::Rpc`].
    pub async fn prove(&self, cluster: &PinnedCluster, settled: &Settled) -> Result<Proven, Error> {
        let (evidence, transaction, record) = self.find_evidence(settled).await?;
        let result = VerifiedResult::verify(cluster, settled.address, &settled.computation, evidence)?;
        Ok(Proven { result, transaction, slot: record.slot, costs: costs_in(&record.logs) })
    }

    /// Finds the members' signatures on a computation's result and the bytes of its outputs, and verifies nothing.
    ///
    /// # Errors
    /// [`Error::NoEvidence`]; [`Error::Rpc`].
    pub async fn evidence(&self, settled: &Settled) -> Result<Evidence, Error> {
        Ok(self.find_evidence(settled).await?.0)
    }

    async fn find_evidence(&self, settled: &Settled) -> Result<(Evidence, Signature, Record), Error> {
        let address = &settled.address;
        // Their order is all that is taken from here; whose signatures count is decided by the pinned keys.
        let members = self.cluster(&settled.computation.cluster).await?.members;
        let mut attestations = Attestations::default();
        for signature in self.transactions_of(address).await? {
            let record = self.record(&signature).await?;
            attestations.collect(address, &record.instructions);
            let found = Evidence::find_with(address, &record.instructions, &attestations, &members);
            let Some(evidence) = found else { continue };
            return Ok((evidence, signature, record));
        }
        Err(Error::NoEvidence { computation: *address })
    }

    /// The transactions that succeeded and name an account, oldest first, as far back as the RPC server goes.
    ///
    /// # Errors
    /// [`Error::Rpc`].
    pub async fn transactions_of(&self, address: &Pubkey) -> Result<Vec<Signature>, Error> {
        let newest_first = self.rpc().get_signatures_for_address(address).await;
        let newest_first =
            newest_first.map_err(Error::rpc(format!("cannot fetch the transactions of {address}")))?;
        let succeeded = newest_first.iter().rev().filter(|transaction| transaction.err.is_none());
        Ok(succeeded.filter_map(|transaction| transaction.signature.parse().ok()).collect())
    }
}
