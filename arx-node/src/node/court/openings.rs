//! Showing the opening that a challenge demands, and letting go of openings that nobody can demand any more.
//!
//! What is shown was kept before this node signed the certificate ([`crate::store::openings`]), so it does not matter whether
//! the session came to its end, nor whether this node was restarted since.

use arx_program::state::{Buffer, Challenge, Computation, ComputationStatus, Demand, FailureReason};
use arx_program::{client, pda};
use futures::future::join_all;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;
use tracing::error;

use super::{CourtError, Docket, Hearing, readable};
use crate::chain::{Account, Chain};
use crate::frame::SessionId;

/// Bytes of an opening written per transaction.
const CHUNK: usize = 900;
/// Transactions on their way at once: a buffer grows by 10,240 bytes at a time, which they must not run ahead of.
const WRITES_AT_ONCE: usize = 8;
/// Kept openings looked at in one round.
const LOOKED_AT: usize = 30;

impl<C: Chain> Hearing<C> {
    pub(super) async fn show_opening(&self, demand: &Demand) -> Result<(), CourtError> {
        let session = SessionId(demand.session);
        let Some(record) = self.store.opening(&session)? else {
            error!(%session, "an opening is demanded of a session in which this node signed no certificate: \
                its key is used by another program too, or its store is not the one it had");
            return Ok(());
        };
        self.write_opening(&demand.session, &record.payload).await?;
        let me = Pubkey::from(self.me);
        let [certificate, opening] = [&record.certificate, &record.opening];
        let messages = [certificate.header.to_bytes(), opening.header.to_bytes()];
        let verify = client::verify_two(
            &me,
            [(&messages[0], &certificate.signature), (&messages[1], &opening.signature)],
        );
        let answer = client::answer_opening(self.chain.fee_payer(), me, &demand.session, &demand.session);
        self.submit("the opening that a challenge demands", &[verify, answer]).await;
        Ok(())
    }

    /// Writes what this node's buffer with this label does not have yet.
    async fn write_opening(&self, label: &[u8; 32], payload: &[u8]) -> Result<(), CourtError> {
        let owner = self.chain.fee_payer();
        let place = pda::buffer(&owner, label).0;
        let (_, accounts) = self.read(&[place]).await?;
        let present = accounts.into_iter().next().flatten();
        let written = |offset: usize, chunk: &[u8]| {
            let data = present.as_ref().map_or(&[][..], |account: &Account| &account.data);
            let start = Buffer::HEADER + offset;
            data.get(start..start + chunk.len()) == Some(chunk)
        };
        // A session's message is at most 2^20 bytes long.
        let length = payload.len() as u32;
        let missing: Vec<Instruction> = payload
            .chunks(CHUNK)
            .enumerate()
            .map(|(index, chunk)| (index * CHUNK, chunk))
            .filter(|(offset, chunk)| !written(*offset, chunk))
            .map(|(offset, chunk)| client::write_buffer(owner, *label, length, offset as u32, chunk.to_vec()))
            .collect();
        // The first one makes the account.
        let alone = usize::from(present.is_none()).min(missing.len());
        let (first, rest) = missing.split_at(alone);
        for part in std::iter::once(first).chain(rest.chunks(WRITES_AT_ONCE)) {
            let sent = part.iter().map(|write| self.chain.submit(std::slice::from_ref(write)));
            for written in join_all(sent).await {
                written?;
            }
        }
        Ok(())
    }

    /// Forgets openings about which the chain can no longer ask, and takes back the rent of those that were shown.
    pub(super) async fn tidy_openings(&self, docket: &Docket) -> Result<Option<SessionId>, CourtError> {
        let Some(parameters) = &docket.parameters else { return Ok(None) };
        let (owner, me) = (self.chain.fee_payer(), Pubkey::from(self.me));
        let before = docket.slot.saturating_sub(self.keep_slots);
        let due = self.store.openings_due_before(before, self.tidied, LOOKED_AT)?;
        let places: Vec<Pubkey> = due
            .iter()
            .flat_map(|(session, computation, _)| {
                [Pubkey::from(computation.0), pda::buffer(&owner, &session.0).0]
            })
            .collect();
        let (_, accounts) = self.read(&places).await?;
        for ((session, computation, deadline), found) in due.iter().zip(accounts.chunks(2)) {
            let [account, buffer] = found else { continue };
            let challenge = pda::challenge(&Pubkey::new_from_array(session.0), &me).0;
            if docket.challenges.iter().any(|(place, _): &(Pubkey, Challenge)| *place == challenge) {
                continue;
            }
            if buffer.is_some() {
                let close = client::close_buffer(owner, &session.0);
                self.submit("the end of a shown opening", &[close]).await;
            }
            let over = docket.slot > deadline.saturating_add(parameters.evidence_slots + self.keep_slots);
            let place = Pubkey::from(computation.0);
            let account = readable::<Computation>("computation", &place, account.as_ref());
            if over || account.is_none_or(|account| !can_be_demanded(&account)) {
                self.store.forget_opening(session)?;
            }
        }
        let more = due.len() == LOOKED_AT;
        Ok(due.last().filter(|_| more).map(|(session, ..)| *session))
    }
}

/// Whether the program takes demands of openings of this computation: it has no result.
pub(super) fn can_be_demanded(computation: &Computation) -> bool {
    match computation.status {
        ComputationStatus::Queued | ComputationStatus::Expired => true,
        ComputationStatus::Failed { reason, .. } => reason == FailureReason::ProtocolFailed,
        _ => false,
    }
}
