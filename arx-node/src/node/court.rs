//! The node before the court on chain: it answers challenges, hands in what it can prove, and votes as a juror.
//!
//! Everything is read from the chain anew each time, so nothing is missed across a restart; what is sent twice is refused
//! by the program. A round ([`hear`]) is one task at a time, at a pace of its own, and its failures never hold up a
//! computation.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use arx_program::instructions::Equivocation;
use arx_program::message::MessageHeader;
use arx_program::state::{
    Buffer, Challenge, Cluster, Dispute, DisputeState, Node, NodeStatus, OffenceClass, Vote,
};
use arx_program::{client, pda};
use mpc::message::Members;
use mpc::misbehavior::Misbehavior;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;
use tracing::{debug, info, warn};

use super::scheduler::{Done, Purpose, Scheduler, Service, Wake};
use crate::chain::view::{AccountError, decode};
use crate::chain::{Account, Chain, ChainError, MAX_ACCOUNTS_PER_READ, SubmitError};
use crate::clock::Clock;
use crate::frame::ComputationId;
use crate::identity::Identity;
use crate::secrets::Entropy;
use crate::store::evidence::EvidenceRecord;
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
}

impl Hearings {
    pub(super) const fn new(now: Duration) -> Self {
        Hearings { at: now, under_way: false }
    }
}

/// A round before the court failed; the next one does it again.
#[derive(Debug, thiserror::Error)]
pub(super) enum CourtError {
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a round has to know.
struct Hearing<C> {
    chain: Arc<C>,
    store: Store,
    me: Identity,
    cluster: Pubkey,
    /// The computations that wait.
    waiting: Vec<(ComputationId, Standing)>,
}

impl<C: Chain, T: Transport, K: Clock, E: Entropy> Scheduler<C, T, K, E> {
    pub(super) fn advance_court(&mut self, service: &Service, now: Duration, wake: &mut Wake) {
        if self.hearings.under_way || self.is_stopping() {
            return;
        }
        if now < self.hearings.at {
            wake.not_after(self.hearings.at);
            return;
        }
        self.hearings.under_way = true;
        let waiting =
            self.order.iter().map(|computation| (*computation, self.standing(computation))).collect();
        let hearing = Hearing {
            chain: self.chain.clone(),
            store: self.store.clone(),
            me: self.me,
            cluster: service.cluster.address,
            waiting,
        };
        self.spawn(Purpose::Court, async move { Done::Heard(hearing.hear().await) });
    }

    pub(super) fn on_heard(&mut self, heard: Result<(), CourtError>) {
        self.hearings = Hearings { at: self.now() + self.settings.timings.court_pause, under_way: false };
        if let Err(error) = heard {
            warn!(%error, "the court could not be heard");
        }
    }

    fn standing(&self, computation: &ComputationId) -> Standing {
        let tracked = self.tracked.get(computation);
        let running = tracked.and_then(|tracked| tracked.running.as_ref());
        let last = running.and_then(|running| {
            let index = self.service.as_ref()?.index;
            running.records.get()?.last_broadcast(mpc::PartyId(u8::try_from(index).ok()?))
        });
        last.map_or_else(Standing::default, |last| Standing {
            broadcasts: last.header.broadcasts.saturating_add(1),
            digest: last.header.next_chain(),
        })
    }
}

impl<C: Chain> Hearing<C> {
    async fn hear(self) -> Result<(), CourtError> {
        self.answer_challenges().await?;
        self.hand_in_evidence().await?;
        self.vote().await
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

    /// A challenge that stays open costs a strike, so it is answered whatever the computation's state is.
    async fn answer_challenges(&self) -> Result<(), CourtError> {
        let me = Pubkey::from(self.me);
        let places: Vec<Pubkey> = self
            .waiting
            .iter()
            .map(|(computation, _)| pda::challenge(&Pubkey::from(computation.0), &me).0)
            .collect();
        let (slot, accounts) = self.read(&places).await?;
        for ((place, account), (computation, standing)) in places.iter().zip(accounts).zip(&self.waiting) {
            let Some(challenge) = readable::<Challenge>("challenge", place, account.as_ref()) else {
                continue;
            };
            if challenge.answer.is_some() || slot > challenge.answer_by || challenge.identity != me {
                continue;
            }
            warn!(%computation, challenger = %challenge.challenger, "this node is challenged");
            let answer = client::answer_challenge(
                self.chain.fee_payer(),
                me,
                Pubkey::from(computation.0),
                standing.broadcasts,
                standing.digest,
                Vec::new(),
            );
            self.submit("an answer to a challenge", &[answer]).await;
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
    let place = evidence.header();
    let keys: Vec<[u8; 32]> = cluster.members.iter().map(Pubkey::to_bytes).collect();
    let Ok(members) = Members::new(dispute.cluster.to_bytes(), place.epoch, &keys) else { return false };
    let Ok(guilty) = evidence.verify(&members) else { return false };
    place.session == dispute.session
        && keys.get(guilty.index()).is_some_and(|key| *key == dispute.accused.to_bytes())
}
