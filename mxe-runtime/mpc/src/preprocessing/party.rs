//! One party at work on a batch: its session, its own randomness, and coins.

use arx_wire::coin::CoinName;
use arx_wire::hash::LabelledHash;
use mpc_ot::prg::{Prg, Seed};
use zeroize::Zeroizing;

use super::PreprocessingError;
use crate::channel::{Channel, MAX_PAYLOAD_BYTES, PartyId, PhaseKind};
use crate::session::Session;
use crate::{ProtocolError, coin};

/// The session and what this party draws for it, all from one seed: a run can be replayed from the parties'
/// seeds.
pub(super) struct Party<C> {
    pub(super) session: Session<C>,
    seed: Zeroizing<[u8; 32]>,
    coins: u32,
    nonces: u32,
    choices: Prg,
    choices_drawn: u64,
    /// How this party deviates: never, but in tests.
    pub(super) cheat: Option<Cheat>,
}

/// Deviations that take more than changing a message on the wire. Which party is the victim is given where one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "testing"), allow(dead_code))] // Made by tests alone.
pub enum Cheat {
    /// Another global key towards one peer than towards the others, used consistently with it.
    OtherKeyTowards(PartyId),
    /// Other bits towards one peer than towards the others, used consistently with it.
    OtherBitsTowards(PartyId),
    /// A global key whose lowest bit is not the public one.
    WrongLowestBit,
    /// In every leaky AND another second factor than the authenticated one, towards one peer.
    OtherFactorTowards(PartyId),
    /// Another first factor of a triple over GF(2^128) in every bit of the second one, towards one peer.
    OtherElementsTowards(PartyId),
    /// Shares of differences in buckets that are not those of the authenticated bits.
    WrongDifferences,
}

impl<C: Channel> Party<C> {
    pub(super) fn new(session: Session<C>, seed: [u8; 32]) -> Self {
        let seed = Zeroizing::new(seed);
        let key = derive(&seed, session.id(), "choices", 0);
        let choices = Prg::new(&first_half(&key));
        Self { session, seed, coins: 0, nonces: 0, choices, choices_drawn: 0, cheat: None }
    }

    pub(super) fn me(&self) -> PartyId {
        self.session.me()
    }

    pub(super) fn parties(&self) -> u8 {
        self.session.parties()
    }

    pub(super) fn peers(&self) -> impl Iterator<Item = PartyId> + use<C> {
        let me = self.me();
        (0..self.parties()).map(PartyId).filter(move |party| *party != me)
    }

    /// 32 secret bytes for one purpose.
    pub(super) fn secret(&self, purpose: &'static str, index: u32) -> Zeroizing<[u8; 32]> {
        derive(&self.seed, self.session.id(), purpose, index)
    }

    /// A fresh nonce for a commitment.
    pub(super) fn nonce(&mut self) -> Zeroizing<[u8; 32]> {
        self.nonces += 1;
        self.secret("nonce", self.nonces)
    }

    /// Random bits of this party's own.
    pub(super) fn draw_choices(&mut self, words: &mut [u128]) {
        self.choices.fill(self.choices_drawn, words);
        self.choices_drawn += words.len() as u64;
    }

    /// Tosses a coin once all parties agree on everything broadcast so far.
    pub(super) async fn toss(&mut self) -> Result<Seed, PreprocessingError> {
        let value = self.secret("coin", self.coins);
        let name = CoinName::Challenge(self.coins);
        self.coins += 1;
        let statement = self.session.transcript_digest();
        let diverged = |party| ProtocolError::TranscriptDiverged { party };
        let coin = coin::toss(&mut self.session, name, &value, &statement, diverged).await?;
        Ok(first_half(&coin))
    }

    /// Sends every peer its payload and returns what every peer sent to this party. All payloads have one
    /// length; long ones go in several pieces.
    pub(super) async fn scatter(
        &mut self,
        kind: PhaseKind,
        payloads: Vec<(PartyId, Vec<u8>)>,
    ) -> Result<Vec<(PartyId, Vec<u8>)>, PreprocessingError> {
        let length = payloads.first().map_or(0, |(_, payload)| payload.len());
        if length <= MAX_PAYLOAD_BYTES {
            return Ok(self.session.scatter(kind, payloads).await?);
        }
        let mut received: Vec<_> = self.peers().map(|peer| (peer, Vec::with_capacity(length))).collect();
        for start in (0..length).step_by(MAX_PAYLOAD_BYTES) {
            let end = length.min(start + MAX_PAYLOAD_BYTES);
            let pieces =
                payloads.iter().map(|(peer, payload)| (*peer, payload[start..end].to_vec())).collect();
            for ((_, whole), (_, piece)) in received.iter_mut().zip(self.session.scatter(kind, pieces).await?)
            {
                whole.extend(piece);
            }
        }
        Ok(received)
    }

    /// Every party commits to a message of its own, all see that they have the same commitments, and open.
    /// Returns all parties' messages; all have one length.
    pub(super) async fn commit_and_open(
        &mut self,
        stage: &'static str,
        message: &[u8],
    ) -> Result<Vec<(PartyId, Vec<u8>)>, PreprocessingError> {
        let nonce = self.nonce();
        let mine = commitment(self.session.id(), stage, self.me(), &nonce[..], message);
        let commitments = self.session.broadcast(PhaseKind::Commitments, mine.to_vec()).await?;
        self.session.confirm().await?;
        let opening = [&nonce[..], message].concat();
        let openings = self.session.broadcast(PhaseKind::Openings, opening).await?;
        let mut messages = Vec::with_capacity(self.parties().into());
        for ((party, opening), (_, committed)) in openings.iter().zip(commitments.iter()) {
            let (nonce, message) = opening.split_at(32);
            if commitment(self.session.id(), stage, party, nonce, message) != committed {
                return Err(PreprocessingError::WrongOpening { party, stage });
            }
            messages.push((party, message.to_vec()));
        }
        Ok(messages)
    }
}

/// `H(L("arx/v1/commit") || session || stage's length and bytes || party || nonce 32 || message)`.
pub(super) fn commitment(
    session: &[u8; 32],
    stage: &'static str,
    party: PartyId,
    nonce: &[u8],
    message: &[u8],
) -> [u8; 32] {
    let hash =
        LabelledHash::new("arx/v1/commit").bytes(session).u8(stage.len() as u8).bytes(stage.as_bytes());
    hash.u8(party.0).bytes(nonce).bytes(message).finish()
}

fn derive(seed: &[u8; 32], session: &[u8; 32], purpose: &'static str, index: u32) -> Zeroizing<[u8; 32]> {
    let hash = LabelledHash::new("arx/v1/preprocessing").bytes(seed).bytes(session);
    hash.u8(purpose.len() as u8).bytes(purpose.as_bytes()).u32(index).finish_secret()
}

pub(super) fn first_half(bytes: &[u8; 32]) -> Seed {
    core::array::from_fn(|k| bytes[k])
}
