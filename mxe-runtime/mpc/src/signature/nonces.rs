//! Agreeing on messages and opening nonces: steps 1 to 3.

use arx_wire::hash::LabelledHash;
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use mpc_field::ScalarField;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::key::hash_to_scalar;
use super::{
    MAX_SIGNATURES, NonceSecret, NonceUse, Opened, Signatures, SigningKey, challenge, digests, diverged,
    point, too_many,
};
use crate::ProtocolError;
use crate::channel::{Channel, PartyId, PhaseKind};
use crate::correlation::{AuthScalars, StockError};
use crate::session::{Broadcast, Session};

/// Bytes of an encoded point.
const POINT: usize = 32;

/// One step's place: which of its session, with which key, what for.
pub(crate) struct Step<'a, C> {
    pub(crate) session: &'a mut Session<C>,
    pub(crate) key: &'a SigningKey,
    /// Steps of the session before.
    pub(crate) number: u32,
    pub(crate) messages: Vec<Vec<u8>>,
}

impl<C: Channel> Step<'_, C> {
    /// 1. Fixes what is signed, and by which key.
    async fn agree(&mut self) -> Result<[u8; 32], ProtocolError> {
        if self.messages.len() > MAX_SIGNATURES {
            return Err(too_many(self.messages.len()));
        }
        let (keys, messages) = (self.key.public().shares(), digests(&self.messages));
        if keys.len() != usize::from(self.session.parties()) {
            let (expected, actual) = (self.session.parties().into(), keys.len());
            return Err(ProtocolError::WidthMismatch {
                what: "the shares of a signing key",
                expected,
                actual,
            });
        }
        let statement = Opened::statement(self.session.id(), self.number, keys, &messages);
        self.all_say(PhaseKind::SignMessages, &statement).await?;
        Ok(statement)
    }

    /// Everybody says the same.
    async fn all_say(&mut self, kind: PhaseKind, statement: &[u8; 32]) -> Result<(), ProtocolError> {
        let said = self.session.broadcast(kind, statement.to_vec()).await?;
        match said.iter().find(|(_, theirs)| theirs != statement) {
            Some((party, _)) => Err(diverged(party)),
            None => Ok(()),
        }
    }

    /// 3. Fixes the nonces, and what each is for.
    async fn confirm(
        mut self,
        secrets: Vec<NonceSecret>,
        nonces: Vec<Vec<[u8; 32]>>,
    ) -> Result<Signatures, ProtocolError> {
        let keys = self.key.public().clone();
        let (session, number) = (*self.session.id(), self.number);
        let messages = digests(&self.messages);
        let mut opened = Opened { session, number, keys, messages, nonces, challenges: Vec::new() };
        let key = opened.keys.key();
        let me = self.session.me();
        let mut uses = Vec::with_capacity(self.messages.len());
        for (index, message) in self.messages.iter().enumerate() {
            let sum = opened.sum(index);
            opened.challenges.push(challenge(&sum, &key, message));
            let nonce = opened.nonces.get(index).and_then(|nonces| nonces.get(me.index())).copied();
            let used_for = LabelledHash::new("arx/v1/sign/use").bytes(&session).bytes(&sum).bytes(&key);
            let used_for = used_for.bytes(&opened.messages[index]).finish();
            uses.push(NonceUse { nonce: nonce.unwrap_or_default(), used_for });
        }
        self.all_say(PhaseKind::SignConfirm, &opened.confirmation()).await?;
        let confirmed = (0..self.session.parties()).map(PartyId);
        let confirmed = confirmed.map(|party| self.session.last_header(party)).collect();
        Ok(Signatures { opened, messages: self.messages, secrets, uses, confirmed })
    }
}

/// 2. with scalars of the stock.
pub(crate) async fn authenticated<C: Channel>(
    mut step: Step<'_, C>,
    items: AuthScalars<mpc_field::Scalar>,
    delta: mpc_field::Scalar,
) -> Result<Signatures, ProtocolError> {
    let count = step.messages.len();
    let (parties, me) = (usize::from(step.session.parties()), step.session.me());
    let columns = |columns: &[Vec<mpc_field::Scalar>]| {
        columns.len() == parties
            && columns.iter().enumerate().all(|(party, column)| party == me.index() || column.len() == count)
    };
    if items.shares.len() != count || !columns(&items.macs) || !columns(&items.keys) {
        return Err(
            StockError::Damaged { what: "scalars for nonces are not as many as were asked for" }.into()
        );
    }
    step.agree().await?;

    let secrets: Vec<_> = items.shares.iter().map(|share| NonceSecret(to_dalek(share))).collect();
    let mut message = Vec::with_capacity(count * parties * POINT);
    for (index, secret) in secrets.iter().enumerate() {
        for (party, macs) in items.macs.iter().enumerate() {
            let scalar = if party == me.index() {
                Zeroizing::new(secret.0)
            } else {
                Zeroizing::new(macs.get(index).map(to_dalek).unwrap_or_default())
            };
            message.extend(EdwardsPoint::mul_base(&scalar).compress().to_bytes());
        }
    }
    let broadcast = step.session.broadcast(PhaseKind::SignNonces, message).await?;
    let nonces = read_nonces(&broadcast, count, parties)?;

    let delta = Zeroizing::new(to_dalek(&delta));
    let mut liar = None;
    for (party, payload) in broadcast.iter().filter(|(party, _)| *party != me) {
        let keys = items.keys.get(party.index()).map(Vec::as_slice).unwrap_or_default();
        for (index, (nonces, key)) in nonces.iter().zip(keys).enumerate() {
            let (nonce, _) = nonces[party.index()];
            let expected = EdwardsPoint::mul_base(&Zeroizing::new(to_dalek(key))) + nonce * *delta;
            let mac = payload.get(place(index, parties, me)).unwrap_or_default();
            // All are compared before any is named, so that nobody's time depends on whose was wrong.
            if !bool::from(expected.compress().to_bytes().ct_eq(mac)) {
                liar.get_or_insert(party);
            }
        }
    }
    if let Some(party) = liar {
        return Err(ProtocolError::WrongShare { party });
    }
    let nonces = nonces.into_iter().map(|nonces| nonces.into_iter().map(|(_, bytes)| bytes).collect());
    step.confirm(secrets, nonces.collect()).await
}

/// Where a message of nonces has what is for `party`: its own nonce in the sender's place, MACs in the others'.
fn place(index: usize, parties: usize, party: PartyId) -> core::ops::Range<usize> {
    let from = (index * parties + party.index()) * POINT;
    from..from + POINT
}

/// By signature, by party: the nonces in a broadcast of which every party's `width` points are for one signature.
fn read_nonces(
    broadcast: &Broadcast,
    count: usize,
    width: usize,
) -> Result<Vec<Vec<(EdwardsPoint, [u8; 32])>>, ProtocolError> {
    let mut nonces = vec![Vec::new(); count];
    for (party, payload) in broadcast.iter() {
        let column = if width == 1 { PartyId(0) } else { party };
        for (index, nonces) in nonces.iter_mut().enumerate() {
            let malformed = || broadcast.malformed(party, "a nonce is not a point of the prime-order group");
            let bytes = payload.get(place(index, width, column)).and_then(|bytes| bytes.try_into().ok());
            let bytes: [u8; POINT] = bytes.ok_or_else(malformed)?;
            nonces.push((point(&bytes).ok_or_else(malformed)?, bytes));
        }
    }
    Ok(nonces)
}

/// 2. with nonces drawn here. `seed` is this party's own randomness, fresh for the session.
pub(crate) async fn committed<C: Channel>(
    mut step: Step<'_, C>,
    seed: &[u8; 32],
) -> Result<Signatures, ProtocolError> {
    let count = step.messages.len();
    let me = step.session.me();
    let statement = step.agree().await?;
    let own = Zeroizing::new(step.key.share().scalar().to_bytes());
    // The seed is fresh; that the rest is in it as well guards against a seed that is not.
    let transcript = step.session.transcript_digest();
    let secret = |index: u32| {
        let parts: [&[u8]; 5] = [seed, &*own, &statement, &transcript, &index.to_le_bytes()];
        NonceSecret(hash_to_scalar("arx/v1/sign/nonce", &parts))
    };
    let secrets: Vec<_> = (0..count as u32).map(secret).collect();
    let blind = LabelledHash::new("arx/v1/sign/nonce/blind").bytes(seed).bytes(&statement).finish_secret();

    let points = secrets.iter().flat_map(|secret| EdwardsPoint::mul_base(&secret.0).compress().to_bytes());
    let message: Vec<u8> = points.chain(*blind).collect();
    let commitment = |party: PartyId, message: &[u8]| {
        let hash = LabelledHash::new("arx/v1/sign/nonces/c").bytes(&statement);
        hash.u8(party.0).bytes(message).finish()
    };
    let mine = commitment(me, &message).to_vec();
    let commitments = step.session.broadcast(PhaseKind::Commitments, mine).await?;
    let broadcast = step.session.broadcast(PhaseKind::SignNonces, message).await?;
    for ((party, opening), (_, committed)) in broadcast.iter().zip(commitments.iter()) {
        if commitment(party, opening) != committed {
            return Err(ProtocolError::NonceOpenedWrong { party });
        }
    }
    let nonces = read_nonces(&broadcast, count, 1)?;
    let nonces = nonces.into_iter().map(|nonces| nonces.into_iter().map(|(_, bytes)| bytes).collect());
    step.confirm(secrets, nonces.collect()).await
}

fn to_dalek(scalar: &mpc_field::Scalar) -> Scalar {
    // A residue modulo the same order.
    Scalar::from_bytes_mod_order(scalar.to_canonical_bytes())
}
