//! The node before the court on chain: it answers challenges, asks for what is withheld, hands in what it can prove, and votes
//! as a juror.
//!
//! Everything is read from the chain anew each time, so nothing is missed across a restart; what is sent twice is refused
//! by the program. A round ([`Hearing::hear`]) is one task at a time, at a pace of its own, and its failures never hold up a
//! computation. It takes place whatever the cluster's state is: a challenge runs on while a cluster is frozen.
//!
//! # Layout
//! - here: the rounds; challenges about silence, evidence, votes.
//! - `openings`: showing the opening that a challenge demands.
//! - `pursuit`: demanding the opening that a member withholds, and what follows.

mod openings;
mod pursuit;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use arx_program::instructions::Equivocation;
use arx_program::message::MessageHeader;
use arx_program::state::{
    Buffer, Challenge, Cluster, Config, Dispute, DisputeState, Node, NodeStatus, OffenceClass, Parameters,
    Vote,
};
use arx_program::{client, pda};
use mpc::PartyId;
use mpc::message::Members;
use mpc::misbehavior::Misbehavior;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;
use tracing::{debug, error, info, warn};

use super::NodeError;
use super::scheduler::{Done, Purpose, Scheduler, Wake};
use crate::chain::view::{AccountError, decode};
use crate::chain::{Account, Chain, ChainError, MAX_ACCOUNTS_PER_READ, SubmitError};
use crate::clock::Clock;
use crate::frame::{ComputationId, SessionId};
use crate::identity::Identity;
use crate::secrets::Entropy;
use crate::store::evidence::EvidenceRecord;
use crate::store::openings::WithheldOpening;
use crate::store::{Store, StoreError};
use crate::transport::Transport;

/// What this node last said in the session of a waiting computation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    /// How many broadcasts it made.
    broadcasts: u32,
    /// The digest of them.
    digest: [u8; 32],
}

/// When the court is heard next.
#[derive(Debug)]
pub(super) struct Hearings {
    at: Duration,
    under_way: bool,
    /// Sessions in which a member owed its opening at the last hearing.
    owed: BTreeMap<SessionId, PartyId>,
    /// The last session whose kept opening was looked at.
    tidied: Option<SessionId>,
}

impl Hearings {
    pub(super) const fn new(now: Duration) -> Self {
        Hearings { at: now, under_way: false, owed: BTreeMap::new(), tidied: None }
    }

    /// There is something to bring before the court.
    pub(super) fn hasten(&mut self, now: Duration) {
        self.at = self.at.min(now);
    }
}

/// A round before the court failed; the next one does it again.
#[derive(Debug, thiserror::Error)]
pub(super) enum CourtError {
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something of several transactions was not sent to its end.
    #[error(transparent)]
    Submit(#[from] SubmitError),
}

/// What a round has to know.
struct Hearing<C> {
    chain: Arc<C>,
    store: Store,
    me: Identity,
    cluster: Pubkey,
    /// What this node last said about the computations that wait.
    standings: BTreeMap<ComputationId, Standing>,
    keep_slots: u64,
    tidied: Option<SessionId>,
    /// It shows nothing that it withholds.
    #[cfg(feature = "danger-misbehave")]
    withholds: bool,
}

/// What is before the court.
struct Docket {
    slot: u64,
    /// `None` if the network's account cannot be read.
    parameters: Option<Parameters>,
    challenges: Vec<(Pubkey, Challenge)>,
}

impl<C: Chain, T: Transport, K: Clock, E: Entropy> Scheduler<C, T, K, E> {
    pub(super) fn advance_court(&mut self, now: Duration, wake: &mut Wake) -> Result<(), NodeError> {
        if self.hearings.under_way || self.is_stopping() {
            return Ok(());
        }
        if now < self.hearings.at {
            wake.not_after(self.hearings.at);
            return Ok(());
        }
        self.note_what_is_owed()?;
        self.hearings.under_way = true;
        self.hearings.at = now + self.settings.timings.court_pause;
        let standings =
            self.order.iter().map(|computation| (*computation, self.standing(computation))).collect();
        let hearing = Hearing {
            chain: self.chain.clone(),
            store: self.store.clone(),
            me: self.me,
            cluster: self.settings.cluster,
            standings,
            keep_slots: self.settings.timings.keep_slots,
            tidied: self.hearings.tidied,
            #[cfg(feature = "danger-misbehave")]
            withholds: self.settings.misdeed == Some(super::misbehave::Misdeed::WithholdOpening),
        };
        self.spawn(Purpose::Court, async move { Done::Heard(hearing.hear().await) });
        Ok(())
    }

    /// `heard` is the last session whose kept opening was looked at.
    pub(super) fn on_heard(&mut self, heard: Result<Option<SessionId>, CourtError>) {
        self.hearings.under_way = false;
        match heard {
            Ok(tidied) => self.hearings.tidied = tidied,
            Err(error) => warn!(%error, "the court could not be heard"),
        }
    }

    /// Who owed its opening at the last hearing and still does, withholds it.
    fn note_what_is_owed(&mut self) -> Result<(), NodeError> {
        let running = self.tracked.iter().filter_map(|(computation, tracked)| {
            let running = tracked.running.as_ref()?;
            Some((*computation, running.session, running.records.get()?.withholding()?))
        });
        let owed: Vec<(ComputationId, SessionId, PartyId)> = running.collect();
        for (computation, session, party) in &owed {
            if self.hearings.owed.get(session) == Some(party) {
                self.opening_withheld(computation, session, *party)?;
            }
        }
        self.hearings.owed = owed.into_iter().map(|(_, session, party)| (session, party)).collect();
        Ok(())
    }

    /// Takes down that a member owes its first opening in a session whose certificate this node has, to be demanded on
    /// chain.
    pub(super) fn opening_withheld(
        &mut self,
        computation: &ComputationId,
        session: &SessionId,
        party: PartyId,
    ) -> Result<(), NodeError> {
        let accused = self.service.as_ref().and_then(|service| service.members.get(party.index())).copied();
        let Some(accused) = accused else { return Ok(()) };
        let withheld = WithheldOpening { session: *session, computation: *computation, accused };
        if self.store.put_withheld(&withheld)? {
            error!(%computation, %session, peer = %accused, "a member withholds its opening; it is demanded on chain");
            metrics::counter!("arx_openings_withheld_total", "peer" => accused.to_string()).increment(1);
            self.hearings.hasten(self.now());
        }
        Ok(())
    }

    fn standing(&self, computation: &ComputationId) -> Standing {
        let tracked = self.tracked.get(computation);
        let running = tracked.and_then(|tracked| tracked.running.as_ref());
        let last = running.and_then(|running| {
            let index = self.service.as_ref()?.index;
            running.records.get()?.last_broadcast(PartyId(u8::try_from(index).ok()?))
        });
        last.map_or_else(Standing::default, |last| Standing {
            broadcasts: last.header.broadcasts.saturating_add(1),
            digest: last.header.next_chain(),
        })
    }
}

impl<C: Chain> Hearing<C> {
    /// Returns the last session whose kept opening was looked at.
    async fn hear(self) -> Result<Option<SessionId>, CourtError> {
        let docket = self.docket().await?;
        self.answer_challenges(&docket).await?;
        self.hand_in_evidence().await?;
        self.demand_withheld(&docket).await?;
        self.pursue(&docket).await?;
        self.vote().await?;
        self.tidy_openings(&docket).await
    }

    async fn docket(&self) -> Result<Docket, CourtError> {
        let place = pda::config().0;
        let (slot, accounts) = self.read(&[place]).await?;
        let config = accounts.into_iter().next().flatten();
        let parameters =
            readable::<Config>("config", &place, config.as_ref()).map(|config| config.parameters);
        let challenges =
            self.chain.accounts_of::<Challenge>().await?.into_iter().filter_map(|(place, account)| {
                Some((place, readable::<Challenge>("challenge", &place, Some(&account))?))
            });
        Ok(Docket { slot, parameters, challenges: challenges.collect() })
    }

    async fn read(&self, addresses: &[Pubkey]) -> Result<(u64, Vec<Option<Account>>), ChainError> {
        let (mut slot, mut accounts) = (0, Vec::with_capacity(addresses.len()));
        for part in addresses.chunks(MAX_ACCOUNTS_PER_READ) {
            let read = self.chain.accounts(part).await?;
            slot = read.slot;
            accounts.extend(read.accounts);
        }
        Ok((slot, accounts))
    }

    async fn submit(&self, what: &'static str, instructions: &[Instruction]) {
        match self.chain.submit(instructions).await {
            Ok(submitted) => info!(what, signature = %submitted.signature, "sent to the court"),
            // Another may have been first, or the matter is closed: the next round reads how it stands.
            Err(error @ SubmitError::Refused { .. }) => debug!(what, %error, "the court refused"),
            Err(error) => warn!(what, %error, "could not be sent to the court"),
        }
    }

    /// A challenge that stays open costs a strike or a part of the stake, so it is answered whatever the computation's
    /// state is. Those that take one transaction go first.
    async fn answer_challenges(&self, docket: &Docket) -> Result<(), CourtError> {
        let me = Pubkey::from(self.me);
        let open = |challenge: &Challenge| {
            challenge.identity == me && challenge.answer.is_none() && docket.slot <= challenge.answer_by
        };
        let mut demands = Vec::new();
        for (_, challenge) in docket.challenges.iter().filter(|(_, challenge)| open(challenge)) {
            warn!(computation = %challenge.computation, challenger = %challenge.challenger,
                opening = challenge.demand.is_some(), "this node is challenged");
            if let Some(demand) = &challenge.demand {
                demands.push(demand);
                continue;
            }
            let computation = ComputationId(challenge.computation.to_bytes());
            let standing = self.standings.get(&computation).copied().unwrap_or_default();
            let answer = client::answer_challenge(
                self.chain.fee_payer(),
                me,
                challenge.computation,
                standing.broadcasts,
                standing.digest,
                Vec::new(),
            );
            self.submit("an answer to a challenge", &[answer]).await;
        }
        #[cfg(feature = "danger-misbehave")]
        if self.withholds {
            return Ok(());
        }
        for demand in demands {
            // What cannot be shown now is tried again; it keeps nothing else from the court.
            if let Err(error) = self.show_opening(demand).await {
                warn!(session = %SessionId(demand.session), %error, "an opening was not shown");
            }
        }
        Ok(())
    }

    /// Two signed messages that contradict each other are judged by the program itself, at once.
    async fn hand_in_evidence(&self) -> Result<(), CourtError> {
        let records = self.store.evidence()?;
        let cases: Vec<(EvidenceRecord, [Vec<u8>; 2], [[u8; 64]; 2])> = records
            .into_iter()
            .filter(|record| record.cluster == self.cluster.to_bytes() && record.accused != self.me.0)
            .filter_map(|record| {
                let evidence = Misbehavior::from_bytes(&record.evidence).ok()?;
                let (messages, signatures) = contradiction(&evidence)?;
                Some((record, messages, signatures))
            })
            .collect();
        let places: Vec<Pubkey> = cases
            .iter()
            .map(|(record, ..)| {
                pda::offence(&Pubkey::from(record.accused), OffenceClass::Equivocation, &record.session).0
            })
            .collect();
        let (_, accounts) = self.read(&places).await?;
        let mut done = BTreeSet::new();
        for ((record, messages, signatures), account) in cases.iter().zip(accounts) {
            // Punished already, or about to be by another piece of the same evidence.
            if account.is_some() || !done.insert((record.accused, record.session)) {
                continue;
            }
            let accused = Pubkey::from(record.accused);
            let [one, other] = messages;
            let verify =
                client::verify_two(&accused, [(one.as_slice(), &signatures[0]), (other, &signatures[1])]);
            let submit = client::submit_equivocation(
                self.chain.fee_payer(),
                accused,
                self.cluster,
                self.cluster,
                &record.session,
                Equivocation::Messages,
                0,
            );
            self.submit("evidence of an equivocation", &[verify, submit]).await;
        }
        Ok(())
    }

    /// As a juror, this node replays the evidence, and votes what it finds.
    async fn vote(&self) -> Result<(), CourtError> {
        let me = Pubkey::from(self.me);
        let open = self.chain.accounts_of::<Dispute>().await?;
        let disputes: Vec<(Pubkey, Dispute)> = open
            .into_iter()
            .filter_map(|(address, account)| {
                let dispute = readable::<Dispute>("dispute", &address, Some(&account))?;
                let ours = dispute.state == DisputeState::Open && dispute.cluster != self.cluster;
                ours.then_some((address, dispute))
            })
            .collect();
        if disputes.is_empty() {
            return Ok(());
        }
        let mut places = vec![pda::node(&me).0];
        for (address, dispute) in &disputes {
            places.extend([pda::vote(address, &me).0, dispute.evidence, dispute.cluster]);
        }
        let (slot, accounts) = self.read(&places).await?;
        let mut accounts = accounts.into_iter();
        let own = accounts.next().flatten();
        let able = readable::<Node>("node", &places[0], own.as_ref())
            .is_some_and(|node| node.status == NodeStatus::Active && node.cluster.is_some());
        if !able {
            return Ok(());
        }
        for (address, dispute) in &disputes {
            let (vote, evidence, cluster) =
                (accounts.next().flatten(), accounts.next().flatten(), accounts.next().flatten());
            let voted = readable::<Vote>("vote", address, vote.as_ref()).is_some();
            if voted || slot > dispute.vote_by {
                continue;
            }
            let Some(cluster) = readable::<Cluster>("cluster", &dispute.cluster, cluster.as_ref()) else {
                continue;
            };
            // Evidence that cannot be read is none: it is the accuser's to make it so.
            let guilty = evidence.as_ref().is_some_and(|account| is_guilty(dispute, &cluster, account));
            info!(dispute = %address, accused = %dispute.accused, guilty, "votes as a juror");
            let vote = client::vote_dispute(self.chain.fee_payer(), me, *address, guilty);
            self.submit("a juror's vote", &[vote]).await;
        }
        Ok(())
    }
}

fn readable<T: anchor_lang::AccountDeserialize>(
    kind: &'static str,
    address: &Pubkey,
    account: Option<&Account>,
) -> Option<T> {
    let decoded: Result<T, AccountError> = decode(kind, address, account?);
    decoded.map_err(|error| debug!(%error, "an account of the court is not readable")).ok()
}

/// The two signed messages of a piece of evidence that the program judges by itself, if it is of that kind.
fn contradiction(evidence: &Misbehavior) -> Option<([Vec<u8>; 2], [[u8; 64]; 2])> {
    let (first, second) = match evidence {
        Misbehavior::Equivocation { first, second } => (first, second),
        Misbehavior::BrokenChain { first: Some(first), second } => (first, second),
        _ => return None,
    };
    let messages = [first.header.to_bytes().to_vec(), second.header.to_bytes().to_vec()];
    let [one, other] = [MessageHeader::parse(&messages[0])?, MessageHeader::parse(&messages[1])?];
    one.contradicts(&other).then_some((messages, [first.signature, second.signature]))
}

/// Whether a dispute's evidence proves what the accused is accused of.
fn is_guilty(dispute: &Dispute, cluster: &Cluster, evidence: &Account) -> bool {
    let Some(buffer) = readable::<Buffer>("evidence", &dispute.evidence, Some(evidence)) else {
        return false;
    };
    let Some(bytes) = Buffer::bytes(&evidence.data, buffer.length) else { return false };
    if arx_program::message::sha256(&[bytes]) != dispute.evidence_hash {
        return false;
    }
    let Ok(evidence) = Misbehavior::from_bytes(bytes) else { return false };
    let (epoch, session) = evidence.place();
    let keys: Vec<[u8; 32]> = cluster.members.iter().map(Pubkey::to_bytes).collect();
    let Ok(members) = Members::new(dispute.cluster.to_bytes(), epoch, &keys) else { return false };
    let Ok(guilty) = evidence.verify(&members) else { return false };
    session == dispute.session
        && keys.get(guilty.index()).is_some_and(|key| *key == dispute.accused.to_bytes())
}
