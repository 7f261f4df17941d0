//! A wrong share of a signature.

use arx_wire::hash::sha256;
use serde::{Deserialize, Serialize};
use serde_bytes::{ByteArray, ByteBuf};

use super::EvidenceError;
use crate::PartyId;
use crate::channel::PhaseKind;
use crate::message::{Members, SignedHeader, payload_hash};
use crate::signature::{Opened, PublicShares, challenge, is_share, point};

/// A share of a signature that does not fit the key, the nonce and the message that its sender had confirmed in the
/// broadcast before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrongSignatureShare {
    /// What was confirmed.
    confirmed: SignedHeader,
    /// What was sent.
    shared: SignedHeader,
    /// The payload of what was sent.
    shares: ByteBuf,
    /// What the digest that was confirmed is of: which step of the session,
    number: u32,
    /// everybody's share of the key,
    keys: Vec<ByteArray<32>>,
    /// the digests of all messages,
    messages: Vec<ByteArray<32>>,
    /// and everybody's nonces, signature by signature.
    nonces: Vec<ByteArray<32>>,
    /// Which of the shares is wrong, and the message that it is for.
    index: u32,
    message: ByteBuf,
}

impl WrongSignatureShare {
    /// The message.
    pub const fn message(&self) -> &SignedHeader {
        &self.shared
    }

    pub(crate) fn new(
        opened: &Opened,
        confirmed: SignedHeader,
        shared: SignedHeader,
        shares: &[u8],
        index: usize,
        message: Vec<u8>,
    ) -> Self {
        let arrays = |bytes: &[[u8; 32]]| bytes.iter().copied().map(ByteArray::new).collect::<Vec<_>>();
        Self {
            confirmed,
            shared,
            shares: ByteBuf::from(shares.to_vec()),
            number: opened.number,
            keys: arrays(opened.keys.shares()),
            messages: arrays(&opened.messages),
            nonces: opened.nonces.iter().flatten().copied().map(ByteArray::new).collect(),
            index: index as u32,
            message: ByteBuf::from(message),
        }
    }

    /// The signed header of the shares.
    pub const fn shared(&self) -> &SignedHeader {
        &self.shared
    }

    /// Checks the evidence and returns who is guilty.
    pub(super) fn verify(&self, members: &Members) -> Result<PartyId, EvidenceError> {
        if !members.vouch(&self.confirmed) || !members.vouch(&self.shared) {
            return Err(EvidenceError::Signature);
        }
        let (confirmed, shared) = (&self.confirmed.header, &self.shared.header);
        let unrelated = |what| Err(EvidenceError::Unrelated { what });
        let in_place = |header: &crate::message::Header, kind| {
            header.phase.kind == kind && header.recipient.is_none() && header.piece == 0
        };
        if !in_place(confirmed, PhaseKind::SignConfirm) || !in_place(shared, PhaseKind::SignShares) {
            return unrelated("they are not a confirmation and shares");
        }
        if confirmed.sender != shared.sender || confirmed.session != shared.session {
            return unrelated("they are of different senders or sessions");
        }
        if shared.chain != confirmed.next_chain()
            || shared.broadcasts != confirmed.broadcasts.saturating_add(1)
        {
            return unrelated("the shares do not follow the confirmation");
        }
        if payload_hash(&self.shares) != shared.payload {
            return unrelated("the shares are not those that were signed");
        }
        let keys: Vec<[u8; 32]> = self.keys.iter().map(|key| **key).collect();
        let messages: Vec<[u8; 32]> = self.messages.iter().map(|message| **message).collect();
        let statement = Opened::statement(&shared.session, self.number, &keys, &messages);
        let digest = Opened::digest(&statement, self.nonces.iter().map(|nonce| **nonce));
        if payload_hash(&digest) != confirmed.payload {
            return unrelated("what was confirmed is something else");
        }
        let index = self.index as usize;
        if keys.len() != members.len() || self.nonces.len() != keys.len() * messages.len() {
            return unrelated("there are not as many nonces as keys and messages");
        }
        if messages.get(index) != Some(&sha256(&self.message)) {
            return unrelated("the message is not the one that was confirmed");
        }
        let nonces: Vec<[u8; 32]> =
            self.nonces.iter().skip(index * keys.len()).take(keys.len()).map(|nonce| **nonce).collect();
        // No honest party confirms anything else than points.
        let Ok(public) = PublicShares::parse(&keys) else { return Ok(shared.sender) };
        let points: Option<Vec<_>> = nonces.iter().map(point).collect();
        let Some(points) = points else { return Ok(shared.sender) };
        let sum: curve25519_dalek::EdwardsPoint = points.iter().sum();
        let h = challenge(&sum.compress().to_bytes(), &public.key(), &self.message);
        let share = self.shares.get(index * 32..index * 32 + 32).unwrap_or_default();
        let party = shared.sender;
        let fits = nonces.get(party.index()).zip(public.point(party));
        if self.shares.len() == messages.len() * 32
            && fits.is_some_and(|(nonce, key)| is_share(share, nonce, key, &h))
        {
            return Err(EvidenceError::Innocent);
        }
        Ok(party)
    }
}
