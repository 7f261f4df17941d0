//! Transactions that settle a computation, and the one that publishes a signing key.
//!
//! Any member may send any of them; the signatures inside are what counts, so a second submission is only refused.
//! A failing callback undoes its whole transaction on Solana. So outcome and callback go together first; where the
//! callback fails, the outcome goes alone and the callback's error code is reported.

use std::sync::Arc;

use anchor_lang::AnchorSerialize;
use arx_program::instructions::{FailArguments, FinalizeArguments, SigningKeyArguments};
use arx_program::state::{Attestation, Computation, Delivery};
use arx_program::{client, pda};
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;
use tracing::{debug, warn};

use super::job::Job;
use crate::chain::view::decode;
use crate::chain::{Chain, SubmitError};
use crate::identity::Identity;
use crate::store::signing_keys::MadeKey;
use crate::store::verdict::{Verdict, VerdictOutcome, reason_of};

/// Compute units asked for without a callback, and with one: how much it needs is not ours to know.
const SETTLE_UNITS: u32 = 400_000;
const CALLBACK_UNITS: u32 = 1_400_000;
/// Members whose signatures go into the transaction that settles; those of more are collected by the program first.
const SIGNATURES_WITH_SETTLING: usize = 3;
/// Signatures that are collected per transaction.
const SIGNATURES_AT_ONCE: usize = 5;
/// Bytes of a result written per transaction.
const RESULT_CHUNK: usize = 900;

/// What to send.
pub(crate) enum Submission {
    /// An outcome with all members' signatures.
    Settle { job: Arc<Job>, verdict: Box<Verdict>, signatures: Vec<[u8; 64]> },
    /// The deadline has passed.
    Expire { job: Arc<Job> },
    /// Settled already; deliver the callback if nobody has.
    Deliver { job: Arc<Job> },
}

/// Who sends.
pub(crate) struct Submitter<C> {
    pub(crate) chain: Arc<C>,
    pub(crate) me: Identity,
    pub(crate) members: Arc<[Identity]>,
}

impl<C: Chain> Submitter<C> {
    pub(crate) async fn send(&self, submission: Submission) -> Result<(), SubmitError> {
        match submission {
            Submission::Settle { job, verdict, signatures } => self.settle(&job, &verdict, &signatures).await,
            Submission::Expire { job } => {
                let computation = Pubkey::from(job.id.0);
                let expire =
                    client::expire_computation(job.computation.payer, computation, job.computation.cluster);
                self.with_callback(&job, &[expire]).await
            }
            Submission::Deliver { job } => self.deliver(&job).await,
        }
    }

    async fn settle(&self, job: &Job, verdict: &Verdict, signatures: &[[u8; 64]]) -> Result<(), SubmitError> {
        let computation = Pubkey::from(job.id.0);
        let members: Vec<Pubkey> = self.members.iter().map(|member| Pubkey::from(*member)).collect();
        let message = verdict.message();
        // `send_settling` puts one instruction in front.
        let signature_instruction = 1;
        let attestation = if members.len() > SIGNATURES_WITH_SETTLING {
            let cluster = job.computation.cluster;
            Some(self.attest(computation, cluster, &members, signatures, &message).await?)
        } else {
            None
        };
        let with_proof = |settling: Instruction| match &attestation {
            Some(hash) => vec![client::with_attestation(settling, &computation, hash)],
            None => vec![client::verify_signatures(&members, signatures, &message), settling],
        };
        let settled = self.settle_with(job, verdict, signature_instruction, with_proof).await;
        if let (Ok(()), Some(hash)) = (&settled, &attestation) {
            self.close_attestation(&computation, hash).await;
        }
        settled
    }

    /// Has the program collect the signatures about `subject`, a computation or a signing key, where they are more than fit
    /// one transaction. Returns the hash of what they sign.
    async fn attest(
        &self,
        subject: Pubkey,
        cluster: Pubkey,
        members: &[Pubkey],
        signatures: &[[u8; 64]],
        message: &[u8],
    ) -> Result<[u8; 32], SubmitError> {
        let hash = arx_program::message::sha256(&[message]);
        let place = pda::attestation(&subject, &hash).0;
        let read = self.chain.accounts(&[place]).await?;
        let account = read.accounts.into_iter().next().flatten();
        let known = account.and_then(|account| decode::<Attestation>("attestation", &place, &account).ok());
        let signed = known.map_or(0, |known| known.signed);
        let missing: Vec<(Pubkey, [u8; 64])> = members
            .iter()
            .zip(signatures)
            .enumerate()
            // At most 16 members.
            .filter(|(index, _)| signed >> index & 1 == 0)
            .map(|(_, (member, signature))| (*member, *signature))
            .collect();
        for part in missing.chunks(SIGNATURES_AT_ONCE) {
            let (members, signatures): (Vec<Pubkey>, Vec<[u8; 64]>) = part.iter().copied().unzip();
            let proof = client::verify_signatures(&members, &signatures, message);
            let attest = client::attest_result(self.chain.fee_payer(), subject, cluster, &hash, 1);
            self.send_settling(&[proof, attest], SETTLE_UNITS).await?;
        }
        Ok(hash)
    }

    /// Takes back the rent of collected signatures, if this node paid it. They stay in the chain's history.
    async fn close_attestation(&self, subject: &Pubkey, hash: &[u8; 32]) {
        let close = client::close_attestation(self.chain.fee_payer(), *subject, hash);
        if let Err(error) = self.send_settling(&[close], SETTLE_UNITS).await {
            debug!(%subject, %error, "an attestation was not closed");
        }
    }

    /// Puts a signing key with all members' signatures on the chain.
    pub(crate) async fn publish_signing_key(&self, made: &MadeKey) -> Result<(), SubmitError> {
        let members: Vec<Pubkey> = self.members.iter().map(|member| Pubkey::from(*member)).collect();
        let signatures: Vec<[u8; 64]> = made.signatures.iter().map(|signature| **signature).collect();
        let (mxe, cluster, message) = (made.mxe.into(), made.cluster.into(), made.message());
        let arguments = SigningKeyArguments {
            key: made.key.into(),
            shares: made.shares.clone(),
            // `send_settling` puts one instruction in front.
            signature_instruction: 1,
        };
        let publish = client::publish_signing_key(mxe, made.version, cluster, arguments);
        if members.len() <= SIGNATURES_WITH_SETTLING {
            let proof = client::verify_signatures(&members, &signatures, &message);
            return self.send_settling(&[proof, publish], SETTLE_UNITS).await;
        }
        let place = pda::signing_key(&mxe, made.version).0;
        let hash = self.attest(place, cluster, &members, &signatures, &message).await?;
        let publish = client::with_attestation(publish, &place, &hash);
        self.send_settling(&[publish], SETTLE_UNITS).await?;
        self.close_attestation(&place, &hash).await;
        Ok(())
    }

    async fn settle_with(
        &self,
        job: &Job,
        verdict: &Verdict,
        signature_instruction: u8,
        with_proof: impl Fn(Instruction) -> Vec<Instruction> + Send + Sync,
    ) -> Result<(), SubmitError> {
        let computation = Pubkey::from(job.id.0);
        match &verdict.outcome {
            VerdictOutcome::Failure { reason, detail } => {
                let Some(reason) = reason_of(*reason) else { return Ok(()) };
                let arguments =
                    FailArguments { epoch: verdict.epoch, reason, detail: *detail, signature_instruction };
                let payer = job.computation.payer;
                let fail = client::fail_computation(payer, computation, job.computation.cluster, arguments);
                self.with_callback(job, &with_proof(fail)).await
            }
            VerdictOutcome::Result { session, transcript_digest, coin, cell_versions, outputs, .. } => {
                let arguments = |outputs| FinalizeArguments {
                    epoch: verdict.epoch,
                    session: *session,
                    transcript_digest: *transcript_digest,
                    coin: *coin,
                    cell_versions: cell_versions.clone(),
                    outputs,
                    signature_instruction,
                };
                let finalize = |outputs, from_buffer| {
                    let submitter = self.chain.fee_payer();
                    let account = &job.computation;
                    client::finalize_computation(
                        submitter,
                        computation,
                        account,
                        arguments(outputs),
                        from_buffer,
                    )
                };
                let outputs: Vec<Vec<u8>> = outputs.iter().map(|output| output.to_vec()).collect();
                let inline = finalize(outputs.clone(), false);
                match self.with_callback(job, &with_proof(inline)).await {
                    Err(SubmitError::TooLarge { bytes }) => {
                        debug!(computation = %job.id, bytes, "the result does not fit one transaction");
                        self.write_result(&computation, &outputs).await?;
                        self.with_callback(job, &with_proof(finalize(Vec::new(), true))).await
                    }
                    other => other,
                }
            }
        }
    }

    /// Puts a large result into this node's buffer, piece by piece.
    async fn write_result(&self, computation: &Pubkey, outputs: &[Vec<u8>]) -> Result<(), SubmitError> {
        let unusable = |why: String| SubmitError::Refused { instruction: None, code: None, why };
        let mut bytes = Vec::new();
        outputs.serialize(&mut bytes).map_err(|error| unusable(error.to_string()))?;
        let length = u32::try_from(bytes.len()).map_err(|error| unusable(error.to_string()))?;
        let mut offset = 0;
        for chunk in bytes.chunks(RESULT_CHUNK) {
            let writer = self.chain.fee_payer();
            let write = client::write_result(writer, *computation, length, offset, chunk.to_vec());
            self.chain.submit(&[write]).await?;
            // Shorter than the whole, which fits.
            offset += chunk.len() as u32;
        }
        Ok(())
    }

    /// Sends the settling instructions together with the callback, and without it where they do not go together.
    async fn with_callback(&self, job: &Job, settling: &[Instruction]) -> Result<(), SubmitError> {
        let computation = Pubkey::from(job.id.0);
        let Some(callback) = client::deliver_callback(computation, &job.computation) else {
            return self.send_settling(settling, CALLBACK_UNITS).await;
        };
        if job.computation.is_large() {
            // Which buffer holds the result is known to the callback only after it was settled.
            self.send_settling(settling, CALLBACK_UNITS).await?;
            return self.deliver(job).await;
        }
        let mut together = settling.to_vec();
        together.push(callback);
        match self.send_settling(&together, CALLBACK_UNITS).await {
            // One instruction sets the compute units, so the callback's index is one more than the settling ones'.
            Err(SubmitError::Refused { instruction: Some(index), .. }) if index == settling.len() + 1 => {
                self.send_settling(settling, SETTLE_UNITS).await?;
                self.deliver(job).await
            }
            Err(SubmitError::TooLarge { .. }) => {
                self.send_settling(settling, SETTLE_UNITS).await?;
                self.deliver(job).await
            }
            other => other,
        }
    }

    async fn send_settling(&self, instructions: &[Instruction], units: u32) -> Result<(), SubmitError> {
        let mut all = vec![ComputeBudgetInstruction::set_compute_unit_limit(units)];
        all.extend_from_slice(instructions);
        self.chain.submit(&all).await.map(|submitted| debug!(signature = %submitted.signature, "sent"))
    }

    /// Delivers the callback of a settled computation unless that has been done or is known to fail.
    async fn deliver(&self, job: &Job) -> Result<(), SubmitError> {
        let address = Pubkey::from(job.id.0);
        let read = self.chain.accounts(&[address]).await?;
        // Gone: reclaimed. Not decodable: nothing that we could do about it.
        let Some(account) = read.accounts.into_iter().next().flatten() else { return Ok(()) };
        let Ok(current) = decode::<Computation>("computation", &address, &account) else { return Ok(()) };
        if !current.is_settled() || current.delivery != Delivery::Pending || current.callback_error.is_some()
        {
            return Ok(());
        }
        // As it is now: a large result's buffer is one of the callback's accounts.
        let Some(callback) = client::deliver_callback(address, &current) else { return Ok(()) };
        match self.send_settling(&[callback], CALLBACK_UNITS).await {
            Err(SubmitError::Refused { instruction: Some(_), code, why }) => {
                warn!(computation = %job.id, %why, "the application's callback fails");
                metrics::counter!("arx_callbacks_failed_total").increment(1);
                // A failure without a code (out of compute units, a panic) is reported as the largest one.
                let code = code.unwrap_or(u32::MAX);
                let (payer, identity) = (self.chain.fee_payer(), Pubkey::from(self.me));
                let report = client::report_callback_failure(payer, identity, address, code);
                self.send_settling(&[report], SETTLE_UNITS).await
            }
            other => other,
        }
    }
}
