//! Demanding the opening that a member withholds, and what follows: this node's own challenges, to their end.
//!
//! The certificate has every member's signature that it is ready to open. Posted as a challenge, it obliges the member to
//! show its opening by the chain's clock. A member that can is paid for its trouble; one that cannot is punished, when its
//! miss was counted and its window of time is over.

use arx_program::message::Opening;
use arx_program::state::{Challenge, Cluster, Computation, OffenceClass, Parameters};
use arx_program::{client, pda};
use mpc::certificate::Certificate;
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_pubkey::Pubkey;
use tracing::{debug, info};

use super::openings::can_be_demanded;
use super::{CourtError, Docket, Hearing, readable};
use crate::chain::{Chain, SubmitError};
use crate::store::openings::WithheldOpening;

/// Signatures that are collected per transaction, where all do not fit the challenge's.
const SIGNATURES_AT_ONCE: usize = 5;
/// Compute units of a punishment.
const UNITS: u32 = 400_000;

impl<C: Chain> Hearing<C> {
    /// Demands on chain what members owe this node, once.
    pub(super) async fn demand_withheld(&self, docket: &Docket) -> Result<(), CourtError> {
        let Some(parameters) = &docket.parameters else { return Ok(()) };
        for owed in self.store.withheld()? {
            let subject = Pubkey::new_from_array(owed.session.0);
            let challenge = pda::challenge(&subject, &Pubkey::from(owed.accused)).0;
            let asked = docket.challenges.iter().any(|(place, _)| *place == challenge);
            if asked || self.demand(&owed, docket.slot, parameters).await? {
                self.store.forget_withheld(&owed.session)?;
            }
        }
        Ok(())
    }

    /// Whether that is settled: demanded now, or never to be.
    async fn demand(
        &self,
        owed: &WithheldOpening,
        slot: u64,
        parameters: &Parameters,
    ) -> Result<bool, CourtError> {
        let (address, accused) = (Pubkey::from(owed.computation.0), Pubkey::from(owed.accused));
        let offence = pda::offence(&accused, OffenceClass::Withholding, &owed.session.0).0;
        let (_, accounts) = self.read(&[address, self.cluster, offence]).await?;
        let [account, cluster, punished] = accounts.as_slice() else { return Ok(false) };
        let computation = readable::<Computation>("computation", &address, account.as_ref());
        let cluster = readable::<Cluster>("cluster", &self.cluster, cluster.as_ref());
        let certificate = self.store.opening_certificate(&owed.computation)?;
        let (Some(computation), Some(cluster), Some(certificate)) = (computation, cluster, certificate)
        else {
            return Ok(true);
        };
        let late = slot > computation.deadline.saturating_add(parameters.evidence_slots);
        let session = *certificate.opening.session;
        if punished.is_some() || late || !can_be_demanded(&computation) || session != owed.session.0 {
            return Ok(true);
        }
        info!(computation = %owed.computation, session = %owed.session, %accused, "demands an opening");
        match self.challenge(&address, &computation, &cluster, accused, &certificate).await {
            Ok(()) => Ok(true),
            Err(error @ SubmitError::Refused { .. }) => {
                debug!(%error, "the demand of an opening was refused");
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn challenge(
        &self,
        address: &Pubkey,
        computation: &Computation,
        cluster: &Cluster,
        accused: Pubkey,
        certificate: &Certificate,
    ) -> Result<(), SubmitError> {
        let opening = Opening {
            session: *certificate.opening.session,
            task_digest: *certificate.opening.inputs,
            transcript_digest: *certificate.opening.transcript,
            recipients_digest: *certificate.opening.recipients,
        };
        let message = opening.message(address, computation);
        let payer = self.chain.fee_payer();
        let signatures: Vec<[u8; 64]> = certificate.signatures.iter().map(|signature| **signature).collect();
        let verify = client::verify_signatures(&cluster.members, &signatures, &message);
        let demand = |attestation: Option<&[u8; 32]>| {
            client::challenge_opening(payer, *address, computation, accused, opening, attestation)
        };
        match self.chain.submit(&[verify, demand(None)]).await {
            Ok(_) => return Ok(()),
            Err(SubmitError::TooLarge { bytes }) => {
                debug!(bytes, "the signatures of the certificate do not fit one transaction");
            }
            Err(error) => return Err(error),
        }
        let hash = arx_program::message::sha256(&[&message]);
        let signed: Vec<(Pubkey, [u8; 64])> = cluster.members.iter().copied().zip(signatures).collect();
        for part in signed.chunks(SIGNATURES_AT_ONCE) {
            let (members, signatures): (Vec<Pubkey>, Vec<[u8; 64]>) = part.iter().copied().unzip();
            let proof = client::verify_signatures(&members, &signatures, &message);
            let attest = client::attest_result(payer, *address, computation.cluster, &hash, 0);
            self.chain.submit(&[proof, attest]).await?;
        }
        self.chain.submit(&[demand(Some(&hash))]).await.map(|_| ())
    }

    /// Brings this node's own challenges to their end.
    pub(super) async fn pursue(&self, docket: &Docket) -> Result<(), CourtError> {
        let Some(parameters) = &docket.parameters else { return Ok(()) };
        let payer = self.chain.fee_payer();
        for (_, challenge) in docket.challenges.iter().filter(|(_, challenge)| challenge.challenger == payer)
        {
            self.pursue_one(challenge, docket.slot, parameters).await?;
        }
        Ok(())
    }

    async fn pursue_one(
        &self,
        challenge: &Challenge,
        slot: u64,
        parameters: &Parameters,
    ) -> Result<(), CourtError> {
        let (payer, accused, length) =
            (self.chain.fee_payer(), challenge.identity, parameters.challenge_slots.max(1));
        let window = client::window_of(challenge, parameters);
        let in_time = slot / length <= window.saturating_add(1);
        let over = slot > challenge.answer_by.saturating_add(parameters.evidence_slots);
        let close = client::close_challenge(payer, challenge.subject(), accused);
        let shown = challenge.demand.and_then(|demand| demand.shown);
        match (challenge.answer, shown) {
            (Some(_), Some(shown)) => {
                // Until then it is to be read.
                if slot > challenge.answer_by.saturating_add(length) {
                    let close = client::close_shown(payer, challenge.subject(), accused, shown);
                    self.submit("the end of an answered challenge", &[close]).await;
                }
            }
            (Some(_), None) => self.submit("the end of an answered challenge", &[close]).await,
            (None, _) if slot <= challenge.answer_by => {}
            (None, _) if over => self.submit("the end of an old challenge", &[close]).await,
            (None, _) if challenge.missed => {
                if in_time || self.is_punished(challenge).await? {
                    return Ok(());
                }
                info!(%accused, computation = %challenge.computation, "a challenge was not answered");
                let units = ComputeBudgetInstruction::set_compute_unit_limit(UNITS);
                let strike = client::strike_node(payer, challenge, parameters);
                self.submit("what follows from a missed challenge", &[units, strike]).await;
            }
            (None, _) if in_time => {
                let miss = client::record_miss(payer, challenge, parameters);
                self.submit("a missed challenge", &[miss]).await;
            }
            (None, _) => self.submit("the end of a challenge that was not counted", &[close]).await,
        }
        Ok(())
    }

    /// Whether the same was punished before, so that it is not again.
    async fn is_punished(&self, challenge: &Challenge) -> Result<bool, CourtError> {
        let Some(demand) = challenge.demand else { return Ok(false) };
        let place = pda::offence(&challenge.identity, OffenceClass::Withholding, &demand.session).0;
        let (_, accounts) = self.read(&[place]).await?;
        Ok(accounts.first().is_some_and(Option::is_some))
    }
}
