//! Who is at fault when a session ends without an outcome, and what is kept of it.
//!
//! Every member tells the others what it was sent last, signed ([`Frame::Report`]); where two were told different things
//! by one, that shows, and is evidence for anyone. What only the members themselves can know (a share that does not
//! fit its MAC) is recorded as one's word against another's.

use std::collections::VecDeque;

use mpc::channel::{ChannelError, PartyId};
use mpc::message::Members;
use mpc::misbehavior::Misbehavior;
use mpc::preprocessing::PreprocessingError;
use mpc::{ProtocolError, Records, Report as Headers};
use serde_bytes::ByteBuf;
use tracing::{debug, error};

use super::NodeError;
use super::report::Report;
use super::scheduler::{Scheduler, Service};
use crate::chain::Chain;
use crate::clock::Clock;
use crate::frame::{Frame, SessionId};
use crate::identity::Identity;
use crate::secrets::Entropy;
use crate::store::evidence::{AccusationRecord, EvidenceRecord};
use crate::store::journal::RecordsSlot;
use crate::transport::Transport;

/// Sessions without an outcome whose records are kept for reports that still come.
const ENDED_KEPT: usize = 64;

/// The records of sessions that ended without an outcome.
pub(super) type Ended = VecDeque<(SessionId, Records)>;

/// Whose fault an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nobody's for certain: silence, a lost connection, another view of the chain. Trying again may help.
    None,
    /// Somebody broke the protocol, and it cannot be told who.
    OfSomebody,
    /// This party broke the protocol; this node knows it for certain.
    Of(PartyId),
}

impl Fault {
    /// Who, if it can be told.
    pub(super) const fn party(self) -> Option<PartyId> {
        match self {
            Fault::Of(party) => Some(party),
            Fault::None | Fault::OfSomebody => None,
        }
    }

    pub(super) fn of(error: &ProtocolError) -> Self {
        match error {
            ProtocolError::WrongLength { party, .. }
            | ProtocolError::Malformed { party, .. }
            | ProtocolError::CoinOpenedWrong { party }
            | ProtocolError::WrongShare { party }
            | ProtocolError::BadSignature { party, .. }
            | ProtocolError::Misbehaved { party, .. }
            | ProtocolError::WrongSignatureShare { party, .. }
            | ProtocolError::NonceOpenedWrong { party, .. }
            | ProtocolError::WrongKeyShare { party, .. }
            | ProtocolError::LoadCheckOpenedWrong { party } => Fault::Of(*party),
            ProtocolError::TranscriptDiverged { .. }
            | ProtocolError::WrongProduct
            | ProtocolError::ConflictingTags { .. }
            | ProtocolError::StateMismatch => Fault::OfSomebody,
            // A peer in another phase may honestly have come to another verdict; what it was sent shows in reports.
            ProtocolError::Channel(
                ChannelError::WrongPhase { .. }
                | ChannelError::Closed { .. }
                | ChannelError::Aborted { .. }
                | ChannelError::TimedOut { .. }
                | ChannelError::Refused { .. }
                | ChannelError::NoSuchPeer { .. },
            )
            | ProtocolError::DifferentTask { .. }
            | ProtocolError::WrongPartyCount { .. }
            | ProtocolError::UnsupportedPartyCount { .. }
            | ProtocolError::Unsigned
            | ProtocolError::NotKept(_)
            | ProtocolError::NoSigningKey
            | ProtocolError::TooManySignatures { .. }
            | ProtocolError::SigningKey(_)
            | ProtocolError::Members(_)
            | ProtocolError::ForeignStock
            | ProtocolError::Stock(_)
            | ProtocolError::WidthMismatch { .. }
            | ProtocolError::Wire(_) => Fault::None,
        }
    }

    pub(super) fn of_preprocessing(error: &PreprocessingError) -> Self {
        match error {
            PreprocessingError::Protocol(error) => Fault::of(error),
            PreprocessingError::Transfer { party, .. }
            | PreprocessingError::WrongMac { party, .. }
            | PreprocessingError::WrongOpening { party, .. }
            | PreprocessingError::StateKeyAhead { party, .. } => Fault::Of(*party),
            PreprocessingError::GlobalKeyUnproven { .. }
            | PreprocessingError::LeakyAnds
            | PreprocessingError::Products { .. } => Fault::OfSomebody,
            PreprocessingError::Parameters { .. } | PreprocessingError::Store(_) => Fault::None,
        }
    }
}

impl<C: Chain, T: Transport, K: Clock, E: Entropy> Scheduler<C, T, K, E> {
    /// A session ended without an outcome: tells the others what this node was sent in it, and keeps that for their
    /// reports.
    pub(super) fn session_is_over(
        &mut self,
        session: SessionId,
        records: &RecordsSlot,
    ) -> Result<(), NodeError> {
        let Some(records) = records.get().cloned() else { return Ok(()) };
        let Some(service) = self.service.clone() else { return Ok(()) };
        self.broadcast(&service.members, &Frame::Report { session, report: records.report() });
        let found = records.evidence();
        if self.ended.len() == ENDED_KEPT {
            self.ended.pop_front();
        }
        self.ended.push_back((session, records));
        self.keep_evidence(&session, found)
    }

    pub(super) fn on_report(
        &mut self,
        from: Identity,
        session: SessionId,
        report: &Headers,
    ) -> Result<(), NodeError> {
        let Some(records) = self.records_of(&session) else {
            debug!(peer = %from, %session, "a report about a session that is not known");
            return Ok(());
        };
        self.keep_evidence(&session, records.compare(report))
    }

    fn records_of(&self, session: &SessionId) -> Option<Records> {
        let ended = self.ended.iter().find(|(ended, _)| ended == session).map(|(_, records)| records.clone());
        ended.or_else(|| {
            let mut running = self.tracked.values().filter_map(|tracked| tracked.running.as_ref());
            let running = running.find(|running| running.session == *session);
            let slot = running.map(|running| running.records.clone());
            slot.or_else(|| self.keeper.records_of(session))?.get().cloned()
        })
    }

    /// Keeps what verifies, and says so.
    fn keep_evidence(&mut self, session: &SessionId, found: Vec<Misbehavior>) -> Result<(), NodeError> {
        let Some(service) = self.service.clone() else { return Ok(()) };
        let (cluster, epoch) = (service.cluster.address.to_bytes(), service.cluster.epoch);
        let keys: Vec<[u8; 32]> = service.members.iter().map(|member| member.0).collect();
        let Ok(members) = Members::new(cluster, epoch, &keys) else { return Ok(()) };
        for evidence in found {
            // A report may say anything; what does not verify is nothing.
            if let Ok(guilty) = evidence.verify(&members) {
                self.keep_proof(&service, session, guilty, &evidence)?;
            }
        }
        Ok(())
    }

    /// Keeps evidence that has been verified.
    pub(super) fn keep_proof(
        &mut self,
        service: &Service,
        session: &SessionId,
        guilty: PartyId,
        evidence: &Misbehavior,
    ) -> Result<(), NodeError> {
        let Some(accused) = service.members.get(guilty.index()).copied() else { return Ok(()) };
        if accused == self.me {
            error!(%session, %evidence, "there is evidence against this node: its key is used by another program too");
        }
        let what = evidence.to_string();
        let record = EvidenceRecord {
            cluster: service.cluster.address.to_bytes(),
            epoch: service.cluster.epoch,
            session: session.0,
            accused: accused.0,
            what: what.clone(),
            evidence: ByteBuf::from(evidence.to_bytes()),
        };
        if !self.store.put_evidence(&record)? {
            return Ok(());
        }
        error!(%session, peer = %accused, %what, "a member is proven to have misbehaved; the evidence is kept");
        metrics::counter!("arx_misbehavior_total", "peer" => accused.to_string()).increment(1);
        self.hearings.hasten(self.now());
        self.report(Report::Misbehavior { session: hex::encode(session.0), peer: accused.to_string(), what });
        self.accuse(session, guilty.0, "proven by evidence".into())
    }

    /// Records that this node knows a member to have cheated.
    pub(super) fn accuse(&mut self, session: &SessionId, accused: u8, what: String) -> Result<(), NodeError> {
        let me = self.me;
        self.record_accusation(&me, session, accused, what)
    }

    /// A member says that another one cheated. Only the two know; they are not to be in one cluster again.
    pub(super) fn on_accusation(
        &mut self,
        from: &Identity,
        session: &SessionId,
        accused: u8,
    ) -> Result<(), NodeError> {
        let is_member = self.service.as_ref().is_some_and(|service| service.members.contains(from));
        if !is_member || self.records_of(session).is_none() {
            return Ok(());
        }
        self.record_accusation(from, session, accused, "by its word".into())
    }

    fn record_accusation(
        &mut self,
        accuser: &Identity,
        session: &SessionId,
        accused: u8,
        what: String,
    ) -> Result<(), NodeError> {
        let Some(service) = self.service.clone() else { return Ok(()) };
        let Some(accused) = service.members.get(usize::from(accused)).filter(|accused| *accused != accuser)
        else {
            return Ok(());
        };
        let record = AccusationRecord::new(service.cluster.address.to_bytes(), session, what.clone());
        if self.store.put_accusation(accuser, accused, &record)? {
            error!(%session, %accuser, %accused, %what, "a member accuses another; the two are not to be in one cluster again");
            metrics::counter!("arx_accusations_total", "peer" => accused.to_string()).increment(1);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_and_different_views_are_nobodys_fault() {
        let party = PartyId(2);
        let phase = mpc::Phase { kind: mpc::PhaseKind::And, index: 0 };
        assert_eq!(Fault::of(&ChannelError::TimedOut { party, phase }.into()), Fault::None);
        assert_eq!(Fault::of(&ProtocolError::DifferentTask { party }), Fault::None);
        assert_eq!(Fault::of(&ProtocolError::WrongShare { party }), Fault::Of(party));
        assert_eq!(Fault::of(&ProtocolError::StateMismatch), Fault::OfSomebody);
        assert_eq!(Fault::of_preprocessing(&PreprocessingError::LeakyAnds), Fault::OfSomebody);
        let wrong = PreprocessingError::WrongMac { party, stage: "a stage" };
        assert_eq!(Fault::of_preprocessing(&wrong).party(), Some(party));
    }
}
