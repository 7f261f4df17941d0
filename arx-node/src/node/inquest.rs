//! Who burned a batch: its members reveal their seeds of it, each replays it, and what the replay does not have was said
//! by a cheater.
//!
//! 1. Whoever finds a batch of preprocessing burned by a breach of the protocol reveals its signed seed of it
//!    ([`Frame::Seed`]); the others, who have burned it too, answer with theirs. The stock sees to it, durably, that
//!    nothing of a batch whose seed is revealed is or will be used.
//! 2. With all seeds each member replays the batch ([`mpc::preprocessing::replay`]) and tells the others the first message,
//!    of those that it sent and received, that the replay does not have ([`Frame::Plea`]).
//! 3. The first of all of them is evidence. Who deviates later may have answered honestly to it. So nobody is blamed before
//!    it has been heard itself, unless it deviated in the first round, where there was nothing to answer to.
//!
//! A member that says nothing is not proven guilty: it may have crashed, and lost its records of the session with that.
//! One inquest at a time, about the batch that was burned last.

use std::time::Duration;

use mpc::PartyId;
use mpc::message::{Members, SignedHeader};
use mpc::misbehavior::{Misbehavior, WrongPreprocessing};
use mpc::preprocessing::replay::{Recipe, Replay, SignedSeed};
use mxe_runtime::stock::StoreError as StockStoreError;
use tokio::sync::oneshot;
use tracing::{debug, info, warn};
use zeroize::Zeroizing;

use super::NodeError;
use super::production::{lower_priority, recipe_of};
use super::scheduler::{Done, Purpose, Scheduler, Service, Wake};
use super::settings::Workplace;
use crate::chain::Chain;
use crate::clock::Clock;
use crate::frame::stock::Amounts;
use crate::frame::{Frame, SessionId};
use crate::identity::Identity;
use crate::secrets::Entropy;
use crate::store::journal::RecordsSlot;
use crate::transport::Transport;

/// How long the members have, from the burning of a batch, to say what they know about it.
const LIMIT: Duration = Duration::from_secs(120);

/// What is left of a batch that was burned while it was made.
pub(super) struct Burned {
    pub(super) session: SessionId,
    pub(super) records: RecordsSlot,
    pub(super) seed: Zeroizing<[u8; 32]>,
}

/// What is known about a burned batch.
pub(super) struct Inquest {
    burned: Burned,
    members: Members,
    recipe: Recipe,
    until: Duration,
    /// By member.
    seeds: Vec<Option<SignedSeed>>,
    /// By member, once it has replayed the batch.
    pleas: Vec<Option<Option<SignedHeader>>>,
    state: State,
}

enum State {
    /// Not all seeds are there.
    Asking,
    /// The batch is being replayed.
    Replaying,
    /// Not all members have said what they found.
    Hearing(Box<Replay>),
}

/// What an inquest comes to.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// Some member has yet to speak.
    Open,
    /// Nobody said anything but what the replay has.
    Nobody,
    /// Nobody who has been heard, and the member in question may have an answer.
    Unheard(PartyId),
    Guilty(Box<SignedHeader>),
}

impl Inquest {
    /// Who is guilty, from what has been said; `closing` if no more is waited for.
    fn verdict(&self, replay: &Replay, closing: bool) -> Verdict {
        if !closing && self.pleas.iter().any(Option::is_none) {
            return Verdict::Open;
        }
        let said = self.pleas.iter().flatten().flatten();
        let Some((party, first)) = replay.first(&self.members, said) else { return Verdict::Nobody };
        let heard = self.pleas.get(party.index()).is_some_and(Option::is_some);
        let answered_nobody = replay.deviation(&first.header) == Some(1);
        if heard || answered_nobody { Verdict::Guilty(Box::new(first)) } else { Verdict::Unheard(party) }
    }

    fn known_seeds(&self) -> Option<Vec<SignedSeed>> {
        self.seeds.iter().cloned().collect()
    }
}

impl<C: Chain, T: Transport, K: Clock, E: Entropy> Scheduler<C, T, K, E> {
    /// A batch was burned: keeps what it takes to find out by whom.
    pub(super) fn keep_for_inquest(
        &mut self,
        burned: Burned,
        amounts: &Amounts,
        under_state_keys: bool,
        service: &Service,
    ) {
        let count = service.members.len();
        let under_way =
            self.keeper.inquest.as_ref().is_some_and(|inquest| {
                self.now() < inquest.until && inquest.seeds.iter().any(Option::is_some)
            });
        // A cluster has at most 16 members.
        let recipe = recipe_of(count as u8, amounts, under_state_keys);
        let (Ok(signer), Ok((_, recipe)), false) = (self.signer(service), recipe, under_way) else { return };
        self.keeper.inquest = Some(Inquest {
            burned,
            members: signer.members().clone(),
            recipe,
            until: self.now() + LIMIT,
            seeds: vec![None; count],
            pleas: vec![None; count],
            state: State::Asking,
        });
    }

    /// Reveals this node's seed of the batch that was just burned, and so asks the others for theirs.
    pub(super) fn call_inquest(&mut self, session: &SessionId) -> Result<(), NodeError> {
        let Some(service) = self.service.clone() else { return Ok(()) };
        let Some(inquest) = self.inquest(session) else { return Ok(()) };
        if inquest.seeds.get(service.index).is_none_or(Option::is_some) {
            return Ok(());
        }
        let Ok(signer) = self.signer(&service) else { return Ok(()) };
        let Some(inquest) = self.keeper.inquest.as_mut() else { return Ok(()) };
        let batch = mpc::correlation::BatchId(session.0);
        let seed = self.stocking.stock.reveal_seed(&signer, batch, &inquest.recipe, &inquest.burned.seed);
        let seed = match seed {
            Ok(seed) => seed,
            Err(StockStoreError::Released) => {
                debug!(%session, "a batch was burned by others that is in this node's stock: its seed stays secret");
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        info!(%session, "the seed of a burned batch is revealed");
        self.broadcast(&service.members, &Frame::Seed { session: *session, seed: seed.clone() });
        self.take_seed(session, service.index, seed);
        Ok(())
    }

    /// A member reveals its seed of a burned batch.
    pub(super) fn on_seed(
        &mut self,
        from: &Identity,
        session: SessionId,
        seed: SignedSeed,
    ) -> Result<(), NodeError> {
        let Some(index) = self.index_of(from) else { return Ok(()) };
        let Some(inquest) = self.inquest(&session) else { return Ok(()) };
        if !seed.is_of(&inquest.members, PartyId(index as u8), &session.0, &inquest.recipe) {
            warn!(peer = %from, %session, "a seed of a burned batch is not signed as such");
            return Ok(());
        }
        self.call_inquest(&session)?;
        self.take_seed(&session, index, seed);
        Ok(())
    }

    /// Notes a seed, the first of each member; with the last one the replay begins.
    fn take_seed(&mut self, session: &SessionId, index: usize, seed: SignedSeed) {
        let workplace = self.settings.stock.workplace;
        let Some(inquest) = self.keeper.inquest.as_mut().filter(|known| known.burned.session == *session)
        else {
            return;
        };
        if let Some(known) = inquest.seeds.get_mut(index) {
            known.get_or_insert(seed);
        }
        let (State::Asking, Some(seeds)) = (&inquest.state, inquest.known_seeds()) else { return };
        inquest.state = State::Replaying;
        info!(%session, "a burned batch is replayed");
        let (members, recipe, session) = (inquest.members.clone(), inquest.recipe.clone(), *session);
        let replay = move || {
            let replay = Replay::new(&members, &session.0, &recipe, &seeds);
            // The seeds were checked as they came.
            replay.inspect_err(|error| warn!(%session, %error, "a burned batch cannot be replayed")).ok()
        };
        self.spawn(Purpose::Inquest, async move {
            let replay = match workplace {
                Workplace::Inline => replay(),
                Workplace::Thread => on_a_thread(replay).await,
            };
            Done::Replayed(session, replay)
        });
    }

    pub(super) fn on_replayed(
        &mut self,
        session: SessionId,
        replay: Option<Replay>,
    ) -> Result<(), NodeError> {
        let Some(service) = self.service.clone() else { return Ok(()) };
        let now = self.now();
        let Some(inquest) = self.keeper.inquest.as_mut().filter(|known| known.burned.session == session)
        else {
            return Ok(());
        };
        let Some(replay) = replay else {
            self.keeper.inquest = None;
            return Ok(());
        };
        let log = inquest.burned.records.get().map(mpc::Records::log).unwrap_or_default();
        let first = replay.first(&inquest.members, &log).map(|(_, first)| first);
        if let Some(plea) = inquest.pleas.get_mut(service.index) {
            *plea = Some(first);
        }
        inquest.state = State::Hearing(Box::new(replay));
        inquest.until = now + LIMIT;
        self.broadcast(&service.members, &Frame::Plea { session, first });
        self.conclude_inquest(false)
    }

    /// A member says what it found in the replay.
    pub(super) fn on_plea(
        &mut self,
        from: &Identity,
        session: SessionId,
        first: Option<SignedHeader>,
    ) -> Result<(), NodeError> {
        let Some(index) = self.index_of(from) else { return Ok(()) };
        let Some(inquest) = self.keeper.inquest.as_mut().filter(|known| known.burned.session == session)
        else {
            return Ok(());
        };
        if let Some(plea) = inquest.pleas.get_mut(index) {
            plea.get_or_insert(first);
        }
        self.conclude_inquest(false)
    }

    /// Ends an inquest for which the time is over.
    pub(super) fn advance_inquest(&mut self, now: Duration, wake: &mut Wake) -> Result<(), NodeError> {
        match &self.keeper.inquest {
            Some(inquest) if now >= inquest.until => self.conclude_inquest(true),
            Some(inquest) => {
                wake.not_after(inquest.until);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Keeps the evidence once all have spoken, or the time is over.
    fn conclude_inquest(&mut self, closing: bool) -> Result<(), NodeError> {
        let Some(service) = self.service.clone() else { return Ok(()) };
        let Some(inquest) = &self.keeper.inquest else { return Ok(()) };
        let session = inquest.burned.session;
        let verdict = match &inquest.state {
            State::Hearing(replay) => inquest.verdict(replay, closing),
            // It can last longer than the others wait.
            State::Replaying => Verdict::Open,
            State::Asking if closing => {
                let silent = inquest.seeds.iter().filter(|seed| seed.is_none()).count();
                if silent < inquest.seeds.len() {
                    warn!(%session, silent, "not all members reveal their seeds of a burned batch: nobody is proven guilty");
                }
                Verdict::Nobody
            }
            State::Asking => Verdict::Open,
        };
        let message = match verdict {
            Verdict::Open => return Ok(()),
            Verdict::Guilty(message) => message,
            Verdict::Nobody => {
                info!(%session, "no message of a burned batch is another than the replay has");
                self.keeper.inquest = None;
                return Ok(());
            }
            Verdict::Unheard(party) => {
                warn!(%session, party = party.0, "a member that may have burned a batch does not answer for it");
                self.keeper.inquest = None;
                return Ok(());
            }
        };
        let Some(inquest) = self.keeper.inquest.take() else { return Ok(()) };
        let Some(seeds) = inquest.known_seeds() else { return Ok(()) };
        let guilty = message.header.sender;
        let evidence = WrongPreprocessing::new(*message, inquest.recipe, seeds);
        let evidence = Misbehavior::WrongPreprocessing(Box::new(evidence));
        self.keep_proof(&service, &session, guilty, &evidence)
    }

    fn inquest(&self, session: &SessionId) -> Option<&Inquest> {
        self.keeper.inquest.as_ref().filter(|inquest| inquest.burned.session == *session)
    }

    fn index_of(&self, peer: &Identity) -> Option<usize> {
        self.service.as_ref()?.members.iter().position(|member| member == peer)
    }
}

/// Computes on a thread of its own, at the lowest priority; `None` if there is none to be had.
async fn on_a_thread<R: Send + 'static>(work: impl FnOnce() -> Option<R> + Send + 'static) -> Option<R> {
    let (done, result) = oneshot::channel();
    let work = move || {
        lower_priority();
        // Nobody waits for it where the node has stopped meanwhile.
        let _ = done.send(work());
    };
    std::thread::Builder::new().name("inquest".into()).spawn(work).ok()?;
    result.await.ok().flatten()
}
